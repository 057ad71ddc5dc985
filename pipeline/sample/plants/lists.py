"""What the departments say otherwise than the system: in their copy of the township, one household each."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from pipeline.sample.clock import first_day
from pipeline.sample.layout import Overrides, Written
from pipeline.sample.model import Household, Person, Township
from pipeline.sample.plants.core import Garden, Planted, Told
from pipeline.sample.words import load

CHANGED_NAME = {"芳": "方", "伟": "炜", "英": "瑛", "军": "君", "明": "铭", "华": "花", "芬": "芳", "强": "墙", "丽": "莉", "平": "萍"}


@dataclass(slots=True)
class Desk:
    """What a department's slip may touch: its copy of one household, one member, and the texts of its own list."""

    garden: Garden
    county: Township
    home: Household
    person: Person
    overrides: Overrides

    def write(self, path: str, text: str, layout: str) -> None:
        """Put a text into the cells of one list."""
        no = self.home.no if path.startswith("h.") else self.person.no
        self.overrides.setdefault((no, path), []).append(Written(text, layout))


Fits = Callable[[Household, Person], bool]
Slip = Callable[[Desk], None]
SLIPS: dict[str, tuple[Fits, Slip]] = {}


def slip(name: str, fits: Fits) -> Callable[[Slip], Slip]:
    """Register a slip under its name in lists.yml."""

    def keep(act: Slip) -> Slip:
        SLIPS[name] = (fits, act)
        return act

    return keep


def sow_lists(garden: Garden, county: Township, rng: Random, scale: float) -> Overrides:
    """Every slip of lists.yml, each in a household of its own in which nothing else was planted."""
    overrides: Overrides = {}
    taken = {garden.township.households[index].no for index in garden.used if index < len(garden.township.households)}
    taken |= {planted.household_no for planted in garden.planted}
    touched = {no for planted in garden.planted for no in planted.before}
    free = [h for h in county.households if h.no not in taken | touched | garden.reserved]
    kinds: list[tuple[str, dict[str, Any]]] = [(name, dict(entry)) for name, entry in load("plants/lists.yml").items()]
    for name, entry in kinds:
        count = max(1, round(entry["count"] * scale))
        fits, act = SLIPS[name]
        start = rng.randrange(len(free)) if free else 0
        for home in [*free[start:], *free[:start]]:
            somebody = [person for person in home.members if fits(home, person)]
            if count and somebody and home.no not in taken:
                taken.add(home.no)
                count -= 1
                plant(garden, county, home, somebody[0].no, name, entry, act, overrides)
    return overrides


def plant(
    garden: Garden, county: Township, home: Household, no: str, name: str, entry: dict[str, Any], act: Slip, overrides: Overrides
) -> None:
    """One slip in the departments' copy of a household, and a line in the truth."""
    copy = deepcopy(home)
    county.households[next(i for i, h in enumerate(county.households) if h is home)] = copy
    person = next(person for person in copy.members if person.no == no)
    told = Told(name=name, note=entry["note"], expects=(entry["expects"],), may=tuple(entry.get("may", "").split()))
    garden.planted.append(Planted(f"L{len(garden.planted) + 1:04d}", told, copy.no, no, [entry["expects"]]))
    act(Desk(garden, county, copy, person, overrides))


def grown(home: Household, person: Person) -> bool:
    """An adult besides the head, in a household of three or more."""
    return person.relation != "head" and 25 <= person.age < 80 and len(home.members) >= 3


def plain(home: Household, person: Person) -> bool:
    """Nobody's list has the person but everybody's."""
    unsupported = person.dibao == "none" and person.tekun == "none" and not home.monitored
    return unsupported and person.health == ("healthy",) and 25 <= person.age < 58


@slip("list_dead", grown)
def dead(desk: Desk) -> None:
    desk.county.departed.append((desk.home, desk.person))


@slip("list_moved", grown)
def moved(desk: Desk) -> None:
    desk.person.file.change = "迁出"
    desk.county.moved.append((desk.home, desk.person))


@slip("list_name", lambda h, p: len(p.name) == 3 and p.name[2] in CHANGED_NAME and "·" not in p.name)
def other_name(desk: Desk) -> None:
    desk.write("p.name", desk.person.name[:2] + CHANGED_NAME[desk.person.name[2]], "register")


@slip("list_dibao_stopped", lambda h, p: p.dibao == "rural")
def stopped(desk: Desk) -> None:
    for person in desk.home.members:
        person.dibao = "none"


@slip("list_dibao_unknown", lambda h, p: plain(h, p) and h.dibao_people == 0)
def unknown_dibao(desk: Desk) -> None:
    desk.person.dibao = "rural"
    desk.home.now.dibao = 2400.0


@slip("list_card_void", lambda h, p: len(p.id) > 18)
def void_card(desk: Desk) -> None:
    desk.person.id = desk.person.id[:18]
    desk.person.file.subsidy = ""


@slip("list_card_unknown", plain)
def unknown_card(desk: Desk) -> None:
    desk.person.id += "43"
    desk.person.disability_kind, desk.person.disability_grade, desk.person.disability_year = "4", "3", "2015"


@slip("list_grade", lambda h, p: p.disability_grade == "4" or p.disability_grade == "3")
def graded(desk: Desk) -> None:
    desk.write("p.disability_grade", {"3": "四级", "4": "三级"}[desk.person.disability_grade], "disability")


@slip("list_uninsured", lambda h, p: plain(h, p) and p.resident_insured == "yes")
def uninsured(desk: Desk) -> None:
    desk.person.resident_insured = "no"


@slip("list_no_aid", lambda h, p: h.monitored and h.removed == "no" and p.employee_insured == "no")
def no_aid(desk: Desk) -> None:
    desk.person.file.medical_category, desk.person.file.aided_pay = "普通居民", 0.0


@slip("list_self_paid", lambda h, p: h.lifted == "yes" and plain(h, p))
def self_paid(desk: Desk) -> None:
    settle(desk, first_day(desk.garden.clock.month) + timedelta(days=3), 9400.0)


@slip("list_settled", lambda h, p: h.lifted == "no" and plain(h, p) and h.now.self_paid == 0)
def settled(desk: Desk) -> None:
    settle(desk, first_day(desk.garden.clock.window_end - 2) + timedelta(days=9), 3600.0)


def settle(desk: Desk, day: Any, amount: float) -> None:
    """A stay in hospital."""
    record = desk.person.file
    record.hospital, record.settled_on = f"{desk.home.county}人民医院", day
    record.cost, record.self_paid, record.basic = amount * 3, amount, amount * 2


@slip("list_illness", plain)
def illness(desk: Desk) -> None:
    desk.person.file.illness = "尿毒症"


@slip("list_not_at_school", lambda h, p: p.school in ("primary", "grade7", "grade8") and 7 <= p.school_age <= 13)
def not_at_school(desk: Desk) -> None:
    desk.person.school = ""


@slip("list_grade_school", lambda h, p: p.school == "grade7")
def other_grade(desk: Desk) -> None:
    desk.write("p.grade", "九年级", "education")


@slip("list_house", lambda h, p: h.dangerous == "no" and h.danger_grade in ("A", "B"))
def house(desk: Desk) -> None:
    desk.home.danger_grade = "D"


@slip("list_water", lambda h, p: h.safe_water == "yes")
def water(desk: Desk) -> None:
    desk.home.safe_water = "no"


@slip("list_work", lambda h, p: any(spell.working == "yes" for spell in p.spells) and not p.post)
def work(desk: Desk) -> None:
    desk.person.spells = []


@slip("list_pension", lambda h, p: plain(h, p) and p.resident_pension == "yes")
def pension(desk: Desk) -> None:
    desk.person.resident_pension = "no"


@slip("list_post", lambda h, p: bool(p.post))
def post(desk: Desk) -> None:
    desk.person.post = ()


@slip("list_incident", lambda h, p: not h.monitored)
def incident(desk: Desk) -> None:
    desk.home.risk1 = desk.home.file.struck = "accident"
    desk.home.file.struck_on = first_day(desk.garden.clock.month) + timedelta(days=14)


@slip("list_asset", lambda h, p: p.dibao == "rural" and p.age >= 18)
def asset(desk: Desk) -> None:
    desk.person.file.asset, desk.person.file.asset_detail = "车辆", "小型轿车"
