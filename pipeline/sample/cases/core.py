"""How a case is made: a household drawn by chance, the one fact that matters, and what the lists say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from pipeline.sample.clock import Clock, first_day
from pipeline.sample.ids import IdIssuer
from pipeline.sample.livelihood import add_transfers, describe_work, modest_income, scaled
from pipeline.sample.model import Household, Income, Person, Township
from pipeline.sample.people import Registrar
from pipeline.sample.township import drawn
from pipeline.sample.words import Words, load

FIRST = 700_000  # household numbers of the cases begin here
ListedLater = Callable[[Household], None]


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

    def stay(self, amount: float, month: int, who: Person | None = None) -> ListedLater:
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


Act = Callable[[Scene], "ListedLater | None"]
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
    later: ListedLater | None
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
    for position, (name, entry) in enumerate(load("cases/cases.yml").items()):
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


def struck(month: int, what: str) -> ListedLater:
    def on_list(home: Household) -> None:
        home.file.struck, home.file.struck_on = what, first_day(month) + timedelta(days=16)

    return on_list


def pupil(person: Person) -> bool:
    return 7 <= person.school_age <= 13 and person.school.startswith(("primary", "grade"))


def on_list_of(who: Person, change: Callable[[Person], Any]) -> ListedLater:
    """The departments' copy of one person, changed."""
    no = who.no

    def on_list(home: Household) -> None:
        for person in home.members:
            if person.no == no:
                change(person)

    return on_list


def graded(grade: str, second: str = "", on: date | None = None) -> ListedLater:
    def on_list(home: Household) -> None:
        home.danger_grade, home.file.second_grade = grade, second
        home.file.appraised_on = on or home.file.appraised_on

    return on_list


def told(scene: Scene, concern: str, income: float | None = None) -> ListedLater:
    """The village has the household on its list of key households."""

    def on_list(home: Household) -> None:
        home.file.concerns, home.file.told_income = (concern,), income

    return on_list


def steady(scene: Scene, months: int = 4) -> None:
    """Removed long enough ago, well above the line, with nothing else to be said."""
    home = scene.home
    scene.need((home.removed_on or 0) <= scene.clock.month - months, home.dangerous == "no", home.safe_water == "yes")
    scene.need(all(person.disability_grade not in ("1", "2") for person in home.members))
    scene.quiet_risk()
    scene.removed_at(round(2 * scene.line))


def strong(scene: Scene) -> None:
    """Somebody could go out to work."""
    scene.need(any(person.strong and person.age < 60 for person in scene.home.members))
