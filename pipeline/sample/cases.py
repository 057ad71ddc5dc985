"""Households made on purpose for the plan's rosters: each is drawn by chance, then given the one fact that matters.

The system and the departments agree about it unless the case is about their not agreeing. cases.yml says what every case is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from pipeline.sample.clock import Clock, first_day, month_number
from pipeline.sample.ids import IdIssuer
from pipeline.sample.livelihood import add_transfers, describe_work, modest_income, scaled
from pipeline.sample.model import Help, Household, Income, Person, Spell, Township
from pipeline.sample.people import Registrar
from pipeline.sample.township import drawn
from pipeline.sample.words import Words, load

FIRST = 700_000  # household numbers of the cases begin here
LISTED_LATER = Callable[[Household], None]


class Unfit(Exception):
    """This household cannot be made into the case; another one is drawn."""


@dataclass(slots=True)
class Scene:
    """One household that becomes a case."""

    home: Household
    rng: Random
    clock: Clock
    line: float
    dead: Person | None = None

    def somebody(self, fits: Callable[[Person], bool]) -> Person:
        """A member who can play the part."""
        found = next((person for person in self.home.members if fits(person)), None)
        if found is None:
            raise Unfit
        return found

    def need(self, *conditions: bool) -> None:
        if not all(conditions):
            raise Unfit

    def earn(self, per_head: float) -> Income:
        """This year's income at exactly this sum per head, every yuan with a source."""
        home = self.home
        income = modest_income(self.rng, home, self.clock, per_head)
        wanted = round(per_head * len(home.members), 2)
        gap = round(wanted - (income.net or 0.0), 2)
        if income.operating:
            income.operating = round(income.operating + gap, 2)
        else:
            income.other_transfer = round((income.other_transfer or 0.0) + gap, 2)
            add_transfers(income)
        self.need((income.operating or 0.0) >= 0, (income.other_transfer or 0.0) >= 0)
        income.settle(len(home.members))
        self.need(income.per_head == round(per_head, 2))
        home.now = income
        return income

    def rest(self) -> None:
        """Nobody works away from home, and nobody did."""
        for person in self.home.members:
            person.spells, person.post, person.post_months = [], (), None
            describe_work(person, self.clock)

    def removed_at(self, per_head: float) -> None:
        """Removed with this income, and identified with less."""
        home = self.home
        home.after = copy(self.earn(per_head))
        home.found = scaled(home.now, 0.7, len(home.members))

    def quiet_risk(self) -> None:
        """A risk that asks for no particular measure and leaves no trace of its own."""
        home = self.home
        self.need(home.dangerous == "no", home.safe_water == "yes")
        home.name_risks(["other"])
        home.risk_remark, home.disaster, home.disaster_remark = "突发变故", "", ""
        home.house_problem = home.water_problem = "no"
        for block in (home.now, home.found, home.after):
            if block.self_paid:
                block.self_paid = 0.0

    def stay(self, amount: float, month: int, who: Person | None = None) -> LISTED_LATER:
        """A stay in hospital that the system does not know of."""
        patient = (who or self.somebody(lambda p: p.age >= 20)).no

        def on_list(home: Household) -> None:
            for person in home.members:
                person.file.settled_on, person.file.self_paid = None, None
                if person.no == patient:
                    file = person.file
                    file.hospital, file.settled_on = f"{home.city}中心医院", first_day(month) + timedelta(days=11)
                    file.self_paid, file.cost, file.basic = amount, amount * 3, amount * 2

        return on_list


Act = Callable[[Scene], "LISTED_LATER | None"]
CASES: dict[str, Act] = {}


def case(name: str) -> Callable[[Act], Act]:
    """Register the deed under its name in cases.yml."""

    def keep(act: Act) -> Act:
        CASES[name] = act
        return act

    return keep


@dataclass(frozen=True, slots=True)
class Case:
    """One household made on purpose."""

    name: str
    home: Household
    later: LISTED_LATER | None
    dead: Person | None
    on: tuple[str, ...]
    off: tuple[str, ...]


def make_cases(clock: Clock, seed: int, words: Words, scale: float) -> list[Case]:
    """Every case in as many villages as the scale allows, in two at least."""
    registrar = Registrar(words, clock)
    registrar.ids = IdIssuer(words.place["county_code"], 430)
    registrar.phones_given = 3_000_000
    villages = min(len(words.villages), max(2, round(len(words.villages) * scale)))
    made: list[Case] = []
    for position, (name, entry) in enumerate(load("cases.yml").items()):
        for turn in range(villages):
            village = words.villages[(position + turn * len(words.villages) // villages) % len(words.villages)]
            number = FIRST + len(made)
            for home in draws(Random(f"{seed}/{name}/{turn}"), number, village, registrar, str(entry["kind"])):
                scene = Scene(home, Random(f"{seed}/{name}/{turn}/act"), clock, float(words.place["income_line"]))
                try:
                    later = CASES[name](scene)
                except Unfit:
                    continue
                asked = (tuple(str(entry.get(key, "")).split()) for key in ("on", "not"))
                made.append(Case(name, home, later, scene.dead, *asked))
                break
    return made


def draws(rng: Random, number: int, village: Any, registrar: Registrar, kind: str) -> Iterator[Household]:
    """Households of a kind, one after the other."""
    for _ in range(3000):
        lifted = kind == "lifted" or (kind in ("open", "removed") and rng.random() < 0.5)
        home = drawn(rng, number, village, registrar, lifted=lifted, monitored=kind in ("open", "removed"))
        home.resident = kind == "resident"
        plain = kind in ("open", "removed") or not any(p.dibao == "rural" or p.tekun == "rural" for p in home.members)
        sound = not any("disabled" in p.health for p in home.members) or kind in ("open", "removed")
        if plain and sound and {"open": "no", "removed": "yes"}.get(kind, "") == home.removed:
            yield home
    raise ValueError(f"no household fits a case of kind {kind}")


def settle_in(homes: list[Household], cases: list[Case], words: Words, *, resident: bool) -> frozenset[str]:
    """Put the cases among other households, each in its village; their numbers."""
    order = {village.name: position for position, village in enumerate(words.villages)}
    ours = [one.home for one in cases if one.home.resident == resident]
    homes += ours
    homes.sort(key=lambda home: order[home.village])
    return frozenset(home.no for home in ours)


def write_lists(county: Township, cases: list[Case]) -> None:
    """What the departments and the villages hold of the cases."""
    numbers = {one.home.no: one for one in cases}
    for homes in (county.households, county.residents):
        for position, home in enumerate(homes):
            later = numbers[home.no].later if home.no in numbers else None
            if later:
                homes[position] = deepcopy(home)
                later(homes[position])
    county.departed += [(one.home, one.dead) for one in cases if one.dead]


def adult(person: Person) -> bool:
    return 20 <= person.age < 75 and not person.school


def at_home(scene: Scene) -> None:
    """Nobody's hospital stay or support clouds the case."""
    scene.need(all(person.health == ("healthy",) for person in scene.home.members))


def rich(scene: Scene, more: float = 0.0) -> None:
    """Far above the line, whatever is taken off."""
    scene.earn(round(2.5 * scene.line + more / len(scene.home.members)))


# ---- 二(一) ------------------------------------------------------------------------------------------------------------------


@case("low_general")
@case("low_lifted")
def low(scene: Scene) -> None:
    at_home(scene)
    scene.earn(round(scene.rng.uniform(0.6, 0.95) * scene.line))


@case("just_below")
def just_below(scene: Scene) -> None:
    at_home(scene)
    scene.earn(scene.line - 0.01)


@case("at_line")
def at_line(scene: Scene) -> None:
    at_home(scene)
    scene.earn(scene.line)


@case("low_after_spending")
def low_after_spending(scene: Scene) -> None:
    at_home(scene)
    scene.earn(1.1 * scene.line).self_paid = round(0.25 * scene.line * len(scene.home.members))


@case("at_line_after_spending")
def at_line_after_spending(scene: Scene) -> None:
    at_home(scene)
    scene.earn(1.1 * scene.line).self_paid = round(0.1 * scene.line * len(scene.home.members), 2)


@case("low_after_stay")
def low_after_stay(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    scene.need(len(scene.home.members) <= 4)
    scene.earn(1.1 * scene.line)
    return scene.stay(round(0.2 * scene.line * len(scene.home.members)), scene.clock.window_end - 1)


@case("stay_general")
@case("resident_stay")
def stay_general(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    rich(scene, 20000)
    return scene.stay(20000.0, scene.clock.window_end)


@case("stay_general_below")
@case("resident_stay_below")
def stay_general_below(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    rich(scene, 20000)
    return scene.stay(9999.99, scene.clock.window_end)


@case("stay_lifted")
def stay_lifted(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    rich(scene, 5000)
    return scene.stay(5000.0, scene.clock.window_end)


@case("stay_lifted_below")
def stay_lifted_below(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    rich(scene, 5000)
    return scene.stay(4999.99, scene.clock.window_end)


@case("struck_general")
@case("resident_struck")
def struck_general(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    return struck(scene.clock.window_end - 1, scene.rng.choice(("accident", "disaster")))


def struck(month: int, what: str) -> LISTED_LATER:
    def on_list(home: Household) -> None:
        home.file.struck, home.file.struck_on = what, first_day(month) + timedelta(days=16)

    return on_list


@case("claimed_general")
def claimed_general(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    month = scene.clock.window_end - 2

    def on_list(home: Household) -> None:
        home.file.claimed, home.file.claimed_on = 8600.0, first_day(month) + timedelta(days=20)

    return on_list


def pupil(person: Person) -> bool:
    return 7 <= person.school_age <= 13 and person.school.startswith(("primary", "grade"))


@case("out_of_school")
@case("out_of_school_again")
@case("resident_out_of_school")
def out_of_school(scene: Scene) -> LISTED_LATER:
    child = scene.somebody(pupil)
    at_home(scene)
    if scene.home.removed:
        steady(scene)
    child.school = ""
    return on_list_of(child, lambda person: setattr(person, "school", ""))


@case("no_school_row")
def no_school_row(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    return on_list_of(scene.somebody(pupil), lambda person: setattr(person, "school", ""))


def on_list_of(who: Person, change: Callable[[Person], Any]) -> LISTED_LATER:
    """The departments' copy of one person, changed."""
    no = who.no

    def on_list(home: Household) -> None:
        for person in home.members:
            if person.no == no:
                change(person)

    return on_list


@case("too_young")
@case("resident_too_young")
def too_young(scene: Scene) -> None:
    at_home(scene)
    scene.somebody(lambda person: person.school_age == 5).school = ""


@case("too_old")
def too_old(scene: Scene) -> None:
    at_home(scene)
    youth = scene.somebody(lambda person: person.school_age in (16, 17) and person.school.startswith(("senior", "vocational")))
    youth.school, youth.education, youth.labour = "", "junior", "ordinary" if youth.age >= 16 else "none"


@case("uninsured_system")
@case("uninsured_again")
@case("resident_uninsured")
def uninsured(scene: Scene) -> None:
    at_home(scene)
    scene.need(len(scene.home.members) >= 3)
    if scene.home.removed:
        steady(scene)
    who = scene.somebody(lambda p: adult(p) and p.relation != "head" and p.resident_insured == "yes")
    who.resident_insured = "no"


@case("house_by_list")
def house_by_list(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    return graded("D")


@case("resident_house")
def resident_house(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    return graded("C")


def graded(grade: str, second: str = "", on: date | None = None) -> LISTED_LATER:
    def on_list(home: Household) -> None:
        home.danger_grade, home.file.second_grade = grade, second
        home.file.appraised_on = on or home.file.appraised_on

    return on_list


@case("house_by_system")
@case("house_again")
def house_by_system(scene: Scene) -> None:
    at_home(scene)
    if scene.home.removed:
        steady(scene)
    scene.home.dangerous, scene.home.danger_grade = "yes", "C"


@case("second_house_safe")
def second_house_safe(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    return graded("C", "A")


@case("resident_second_house")
def resident_second_house(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    return graded("D", "B")


@case("water_by_list")
@case("resident_water")
def water_by_list(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    # the list gives names only: one that nobody else has
    head = scene.home.head
    head.name = f"{head.name[:1]}{scene.rng.choice('淼垚喆堃')}{scene.rng.choice('祺瑄翊霖骞澍')}"
    scene.home.head_name = head.name
    return lambda home: setattr(home, "safe_water", "no")


@case("water_by_system")
@case("water_again")
def water_by_system(scene: Scene) -> None:
    at_home(scene)
    if scene.home.removed:
        steady(scene)
    scene.home.safe_water = "no"


# ---- outside the system ------------------------------------------------------------------------------------------------------


def told(scene: Scene, concern: str, income: float | None = None) -> LISTED_LATER:
    """The village has the household on its list of key households."""

    def on_list(home: Household) -> None:
        home.file.concerns, home.file.told_income = (concern,), income

    return on_list


@case("resident_low")
def resident_low(scene: Scene) -> LISTED_LATER:
    return told(scene, "income", float(round(scene.rng.uniform(0.6, 0.95) * scene.line)))


@case("resident_at_line")
def resident_at_line(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    return told(scene, "other", scene.line)


@case("told_other")
def told_other(scene: Scene) -> LISTED_LATER:
    return told(scene, "other")


@case("told_hardship")
def told_hardship(scene: Scene) -> LISTED_LATER:
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


def since(year: int, month: int) -> LISTED_LATER:
    return lambda home: setattr(home.file, "dibao_from", month_number(year, month))


SINCE = {"dibao_new": (2020, 1), "dibao_old": (2019, 12), "resident_dibao_new": (2020, 3), "resident_dibao_old": (2019, 12)}


def dated(name: str) -> Act:
    def act(scene: Scene) -> LISTED_LATER:
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


def tekun(scene: Scene, size: int, way: str = "分散供养") -> LISTED_LATER:
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


# ---- 二(二) ------------------------------------------------------------------------------------------------------------------


def steady(scene: Scene, months: int = 4) -> None:
    """Removed long enough ago, well above the line, with nothing else to be said."""
    home = scene.home
    scene.need((home.removed_on or 0) <= scene.clock.month - months, home.dangerous == "no", home.safe_water == "yes")
    scene.need(all(person.disability_grade not in ("1", "2") for person in home.members))
    scene.quiet_risk()
    scene.removed_at(round(2 * scene.line))


@case("low_after_removal")
def low_after_removal(scene: Scene) -> None:
    at_home(scene)
    steady(scene)
    scene.removed_at(round(0.9 * scene.line))


@case("at_line_after_removal")
def at_line_after_removal(scene: Scene) -> None:
    at_home(scene)
    steady(scene)
    scene.removed_at(scene.line)


@case("low_this_year")
def low_this_year(scene: Scene) -> None:
    at_home(scene)
    steady(scene, 12)
    scene.earn(round(0.85 * scene.line))


@case("house_marked_again")
def house_marked_again(scene: Scene) -> None:
    at_home(scene)
    steady(scene)
    scene.home.after_house = "yes"


@case("nobody_able")
def nobody_able(scene: Scene) -> None:
    steady(scene)
    scene.rest()
    for person in scene.home.members:
        if person.able:
            person.labour = "lost"
    scene.removed_at(round(1.4 * scene.line))


@case("one_weak")
def one_weak(scene: Scene) -> None:
    at_home(scene)
    steady(scene)
    scene.rest()
    able = [person for person in scene.home.members if person.able]
    for person in able:
        person.labour = "lost"
    able[0].labour = "weak"
    scene.removed_at(round(1.4 * scene.line))


@case("job_still_lost")
def job_still_lost(scene: Scene) -> None:
    at_home(scene)
    steady(scene)
    scene.home.name_risks(["job"])
    scene.home.risk_remark = ""
    scene.rest()
    scene.removed_at(round(1.3 * scene.line))


@case("struck_after_removal")
def struck_after_removal(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    steady(scene)
    return struck(scene.clock.month - 1, "accident")


@case("struck_before_removal")
def struck_before_removal(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    steady(scene)
    return struck((scene.home.removed_on or 0) - 2, "accident")


@case("stay_after_removal")
def stay_after_removal(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    steady(scene)
    scene.removed_at(round(2.5 * scene.line))
    return scene.stay(5000.0, scene.clock.window_end)


@case("stay_after_removal_below")
def stay_after_removal_below(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    steady(scene)
    scene.removed_at(round(2.5 * scene.line))
    return scene.stay(4999.99, scene.clock.window_end)


@case("house_after_removal")
def house_after_removal(scene: Scene) -> LISTED_LATER:
    at_home(scene)
    steady(scene)
    return graded("D", on=first_day(scene.clock.month - 1) + timedelta(days=8))


# ---- 二(三) ------------------------------------------------------------------------------------------------------------------


def undertaken(scene: Scene, risk: str, **given: tuple[str, ...]) -> None:
    """Identified half a year ago or so for one risk, with these measures and no others."""
    home = scene.home
    at_home(scene)
    scene.need((home.found_on or 0) <= scene.clock.month - 3, all(p.dibao == "none" and p.tekun == "none" for p in home.members))
    scene.quiet_risk()
    if risk != "other":
        home.name_risks([risk])
        home.risk_remark = ""
    home.help = Help()
    for name, tokens in given.items():
        setattr(home.help, name, tokens)
    developing = any(given.get(name) for name in ("industry", "employment", "finance", "post"))
    home.carried_out = "done" if developing else "not_yet"
    home.found = scaled(home.now, 0.85, len(home.members))


@case("no_measure")
def no_measure(scene: Scene) -> None:
    undertaken(scene, "other")


@case("no_measure_yet")
def no_measure_yet(scene: Scene) -> None:
    at_home(scene)
    scene.rest()
    scene.home.found_on = scene.clock.month
    scene.earn(round(0.85 * scene.line))
    scene.home.found = copy(scene.home.now)
    scene.quiet_risk()
    scene.home.help, scene.home.carried_out = Help(), "not_yet"


@case("dibao_on_paper")
def dibao_on_paper(scene: Scene) -> None:
    undertaken(scene, "other", industry=("planting",), security=("dibao",))


@case("job_on_paper")
def job_on_paper(scene: Scene) -> None:
    scene.rest()
    scene.need(any(person.strong for person in scene.home.members))
    scene.earn(round(0.85 * scene.line))
    undertaken(scene, "other", industry=("planting",), employment=("export",))


@case("not_carried_out")
def not_carried_out(scene: Scene) -> None:
    undertaken(scene, "other", industry=("breeding",))
    scene.home.carried_out = "not_yet"


@case("illness_unanswered")
def illness_unanswered(scene: Scene) -> None:
    undertaken(scene, "illness", industry=("planting",))


@case("illness_by_friends")
def illness_by_friends(scene: Scene) -> None:
    undertaken(scene, "illness", industry=("planting",), social=("fixed",))


@case("housing_unanswered")
def housing_unanswered(scene: Scene) -> None:
    undertaken(scene, "housing", industry=("planting",), health=("doctor",))
    scene.home.house_problem, scene.home.dangerous, scene.home.danger_grade = "yes", "yes", "D"


@case("study_unanswered")
def study_unanswered(scene: Scene) -> None:
    undertaken(scene, "study", industry=("planting",))


def strong(scene: Scene) -> None:
    scene.need(any(person.strong and person.age < 60 for person in scene.home.members))


@case("only_security")
def only_security(scene: Scene) -> None:
    strong(scene)
    undertaken(scene, "other", security=("urgent",))


@case("security_and_health")
def security_and_health(scene: Scene) -> None:
    strong(scene)
    undertaken(scene, "other", security=("urgent",), health=("premium",))


@case("security_nobody_able")
def security_nobody_able(scene: Scene) -> None:
    scene.need(not any(person.able for person in scene.home.members))
    for person in scene.home.members:
        person.dibao = person.tekun = "none"
    undertaken(scene, "other", security=("urgent",))


# ---- people, and 附件4 and 5 -----------------------------------------------------------------------------------------------------


@case("dead_listed")
def dead_listed(scene: Scene) -> None:
    at_home(scene)
    scene.dead = scene.somebody(late)


@case("dead_gone")
def dead_gone(scene: Scene) -> None:
    """The system took the dead member out; the household is one smaller."""
    at_home(scene)
    home = scene.home
    scene.dead = scene.somebody(late)
    home.members.remove(scene.dead)
    home.size = len(home.members)
    rich(scene)


def late(person: Person) -> bool:
    """Who dies in the cases about deaths."""
    return person.relation in ("father", "mother") and not person.spells


@case("idle_strong")
def idle_strong(scene: Scene) -> None:
    """Lives on rents and transfers."""
    at_home(scene)
    strong(scene)
    scene.rest()
    income = Income(wage=0.0, operating=0.0, property=0.0, transfer=0.0, expense=0.0, claims=0.0, self_paid=0.0)
    income.pension = income.dibao = income.tekun = income.ecology = income.family_planning = 0.0
    income.dividend = income.posts = 0.0
    income.property = 600.0
    income.other_transfer = round(1.5 * scene.line) * len(scene.home.members) - 600.0
    add_transfers(income)
    income.settle(len(scene.home.members))
    scene.home.now = income


@case("idle_old")
def idle_old(scene: Scene) -> None:
    scene.need(any(p.able for p in scene.home.members), all(p.age >= 60 for p in scene.home.members))
    at_home(scene)
    rich(scene)
    income = scene.home.now
    income.other_transfer = round((income.other_transfer or 0.0) + (income.operating or 0.0) - (income.expense or 0.0), 2)
    income.operating = income.expense = 0.0
    add_transfers(income)
    income.settle(len(scene.home.members))


@case("wages_few_months")
def wages_few_months(scene: Scene) -> None:
    at_work(scene, 0.8, [(4, None)])


@case("wages_with_gap")
def wages_with_gap(scene: Scene) -> None:
    at_work(scene, 0.8, [(11, 8), (5, None)])


@case("wages_six_months")
def wages_six_months(scene: Scene) -> None:
    at_work(scene, 0.8, [(6, None)])


@case("wages_half")
def wages_half(scene: Scene) -> None:
    at_work(scene, 0.5, [(4, None)])


def at_work(scene: Scene, share: float, spans: list[tuple[int, int | None]]) -> None:
    """One member works in these spans, counted back from the window's end; wages are this share of the net income."""
    home, clock = scene.home, scene.clock
    at_home(scene)
    worker = scene.somebody(lambda p: p.strong and 20 <= p.age < 55)
    scene.rest()
    net = round(1.6 * scene.line) * len(home.members)
    for first, last in spans:
        end = None if last is None else clock.window_end - last
        worker.spells.append(
            Spell(f"{worker.no}/{len(worker.spells)}", "yes", clock.window_end - first + 1, end, "浙江省义乌市", 0.0, "宏运建筑劳务队",
                  "building", "friends", "no", 0.0)
        )  # fmt: skip
    describe_work(worker, clock)
    for spell in worker.spells:
        spell.wage = round(net * share / (worker.work_months or 1), 2)
    income = Income(wage=round(net * share, 2), operating=0.0, property=0.0, expense=0.0, claims=0.0, self_paid=0.0, posts=0.0)
    income.pension = income.dibao = income.tekun = income.ecology = income.family_planning = income.dividend = 0.0
    income.operating, income.expense = round(net * (1 - share) * 1.05, 2), round(net * (1 - share) * 0.05, 2)
    income.other_transfer = 0.0
    add_transfers(income)
    income.settle(len(home.members))
    home.now = income
