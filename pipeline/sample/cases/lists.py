"""三(二) and 三(三): households for the lists of the county and of the villages, in the system and outside it."""

from __future__ import annotations

from pipeline.sample.cases.core import (
    CASES,
    Act,
    ListedLater,
    Scene,
    at_home,
    case,
    rich,
    told,
)
from pipeline.sample.clock import month_number
from pipeline.sample.livelihood import add_transfers, describe_work
from pipeline.sample.model import Household


@case("resident_low")
def resident_low(scene: Scene) -> ListedLater:
    return told(scene, "income", float(round(scene.rng.uniform(0.6, 0.95) * scene.line)))


@case("resident_at_line")
def resident_at_line(scene: Scene) -> ListedLater:
    at_home(scene)
    return told(scene, "other", scene.line)


@case("told_other")
def told_other(scene: Scene) -> ListedLater:
    return told(scene, "other")


@case("told_hardship")
def told_hardship(scene: Scene) -> ListedLater:
    rich(scene)
    return told(scene, "hardship", scene.home.now.per_head)


def supported(scene: Scene) -> None:
    at_home(scene)
    rich(scene)
    for person in scene.home.members:
        person.dibao = "rural"
    scene.home.now.dibao = 2400.0 * len(scene.home.members)
    add_transfers(scene.home.now)
    scene.home.now.settle(len(scene.home.members))


def since(year: int, month: int) -> ListedLater:
    return lambda home: setattr(home.file, "dibao_from", month_number(year, month))


SINCE = {"dibao_new": (2020, 1), "dibao_old": (2019, 12), "resident_dibao_new": (2020, 3), "resident_dibao_old": (2019, 12)}


def dated(name: str) -> Act:
    def act(scene: Scene) -> ListedLater:
        supported(scene)
        return since(*SINCE[name])

    return act


CASES.update({name: dated(name) for name in SINCE})


CARDS = {
    "resident_severe": ("2", "2015"), "resident_new_card": ("4", "2021"), "resident_mild": ("3", "2018"),
    "severe_new": ("1", "2016"), "new_card": ("4", "2020"), "old_card": ("3", "2019"),
}  # fmt: skip


def carded(grade: str, year: str) -> Act:
    def act(scene: Scene) -> None:
        at_home(scene)
        person = scene.somebody(lambda p: 60 <= p.age < 85)
        person.health, person.disability_kind, person.disability_grade, person.disability_year = ("disabled",), "4", grade, year
        person.id_type, person.id, person.labour = "disability", f"{person.id}4{grade}", "none"
        home = scene.home
        home.head_id, home.head_id_type = home.head.id, home.head.id_type

    return act


CASES.update({name: carded(*card) for name, card in CARDS.items()})


def tekun(scene: Scene, size: int, way: str = "分散供养") -> ListedLater:
    at_home(scene)
    scene.need(len(scene.home.members) == size, all(p.age >= 60 for p in scene.home.members))
    for person in scene.home.members:
        person.tekun = "rural"
    rich(scene)

    def on_list(home: Household) -> None:
        for person in home.members:
            person.file.support_way = way

    return on_list


CASES["tekun_spread"] = CASES["resident_tekun"] = lambda scene: tekun(scene, 1)
CASES["tekun_of_two"] = lambda scene: tekun(scene, 2)
CASES["tekun_home"] = lambda scene: tekun(scene, 1, "集中供养")


@case("students_two")
@case("resident_students")
def students_two(scene: Scene) -> None:
    at_home(scene)
    youths = [p for p in scene.home.members if 15 <= p.school_age <= 19]
    scene.need(len(youths) == 2)
    for person in youths:
        person.school, person.education, person.labour = f"senior{min(person.school_age - 14, 3)}", "", "none"
        person.spells, person.post, person.post_months, person.plans = [], (), None, ""
        person.resident_insured, person.employee_insured = "yes", "no"
        describe_work(person, scene.clock)
    rich(scene)


@case("students_one")
@case("resident_one_student")
def students_one(scene: Scene) -> None:
    at_home(scene)
    schools = [person.school for person in scene.home.members if person.school]
    scene.need(len(schools) == 2, any(s.startswith(("senior", "vocational")) for s in schools), any(s.startswith("grade") for s in schools))
