"""Planting: which households a kind fits, what it changes, and a note of every cell that is no longer true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from dataclasses import dataclass, field
from operator import attrgetter
from random import Random
from typing import Any

from pipeline.sample.clock import Clock
from pipeline.sample.ids import IdIssuer
from pipeline.sample.layout import Overrides, Written, subject_no
from pipeline.sample.model import Household, Person, Spell, Township, VillageRow
from pipeline.sample.township import PER_SCALE, copy_head
from pipeline.sample.words import Words, load
from pipeline.sample.writers import Cell

Subject = Household | Person | Spell | VillageRow
Where = Callable[[Household], bool]
Who = Callable[[Household, Person], bool]
Act = Callable[["Hand"], None]


@dataclass(frozen=True, slots=True)
class Told:
    """What kinds.yml says of a kind: how many per 1,500 households, where, and what a checker should answer.

    `expects` holds rule ids: "a/b" is the pair for lifted and for monitored households (either will do where a household is
    both), "a|b" means that either will do, "a~" counts for lifted households that are not monitored, "x*" is any id of that
    form. `may` lists what can rightly be raised beside them. Words beginning with @ name problems found while reading:
    @unreadable, @unknown_code.
    """

    name: str
    note: str
    monitored: int = 0
    others: int = 0
    pool: str = "lifted"
    expects: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    across_time: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to go wrong: the households and members it fits, and the deed."""

    name: str
    act: Act
    where: Where
    who: Who | None


@dataclass(frozen=True, slots=True)
class WrongCell:
    """One fact that is no longer true, wherever it stands."""

    no: str
    path: str
    layout: str = ""
    person_no: str = ""


@dataclass(slots=True)
class Planted:
    """One instance of a kind."""

    group: str
    told: Told
    household_no: str
    person_no: str
    expected: list[str]
    cells: list[WrongCell] = field(default_factory=list)
    before: dict[str, Subject] = field(default_factory=dict)


KINDS: dict[str, Kind] = {}


def everyone(household: Household) -> bool:
    return True


def kind(name: str, where: Where = everyone, who: Who | None = None) -> Callable[[Act], Act]:
    """Register the deed under its name in kinds.yml."""

    def keep(act: Act) -> Act:
        KINDS[name] = Kind(name, act, where, who)
        return act

    return keep


def told() -> list[Told]:
    """kinds.yml, in its order."""
    return [told_from(name, dict(entry)) for name, entry in load("plants/kinds.yml").items()]


def told_from(name: str, entry: dict[str, Any]) -> Told:
    entry["expects"] = tuple(str(entry.pop("expects", "")).split())
    entry["may"] = tuple(str(entry.pop("may", "")).split())
    return Told(name=name, **entry)


@dataclass(slots=True)
class Hand:
    """What a deed may touch: one household (a copy), perhaps one of its members, and the notebook."""

    garden: Garden
    planted: Planted
    household: Household
    somebody: Person | None

    @property
    def rng(self) -> Random:
        return self.garden.rng

    @property
    def words(self) -> Words:
        return self.garden.words

    @property
    def clock(self) -> Clock:
        return self.garden.clock

    @property
    def person(self) -> Person:
        if self.somebody is None:
            raise ValueError(f"{self.planted.told.name}: this kind names no member")
        return self.somebody

    def subject(self, path: str) -> Any:
        """The household, the member, or the member's last spell, by the letter of the path."""
        return {"h": self.household, "p": self.somebody, "s": self.somebody and self.somebody.spells[-1:]}[path[0]]

    def set(self, path: str, value: Any, subject: Subject | None = None) -> None:
        """Change a fact of the model; every file that holds it will say so."""
        target: Any = subject if subject is not None else self.subject(path)
        if isinstance(target, list):
            target = target[0]
        self.note(path, target)
        *way, name = path[2:].split(".")
        holder = attrgetter(".".join(way))(target) if way else target
        setattr(holder, name, value)
        if path in ("p.id", "p.name", "p.id_type") and target.relation == "head":
            self.follow_head(path)

    def follow_head(self, path: str) -> None:
        """The household row repeats its head's name and number."""
        self.note("h.head_" + path[2:], self.household)
        copy_head(self.household)

    def write(self, path: str, text: Cell, *, layout: str = "", person_no: str = "", subject: Subject | None = None) -> None:
        """Put a text into the cells in place of what the model says."""
        target: Any = subject if subject is not None else self.subject(path)
        if isinstance(target, list):
            target = target[0]
        self.note(path, target, layout=layout, person_no=person_no)
        self.garden.overrides.setdefault((subject_no(target), path), []).append(Written(text, layout, person_no))

    def note(self, path: str, subject: Subject, *, layout: str = "", person_no: str = "") -> None:
        """Name a cell as one an officer must look at."""
        cell = WrongCell(subject_no(subject), path, layout, person_no)
        if cell not in self.planted.cells:
            self.planted.cells.append(cell)

    def settle(self, *blocks: str) -> None:
        """Sums follow the changed parts; the sums themselves are then right."""
        for block in blocks:
            getattr(self.household, block).settle(self.household.size)

    def resize(self) -> None:
        """The household row follows a change of members."""
        household = self.household
        self.set("h.size", len(household.members))
        household.now.settle(household.size)
        if household.monitored:
            household.found.settle(household.size)
            household.limit_total = (household.limit_per_head or 0.0) * household.size
            if household.removed == "yes":
                household.after.settle(household.size)

    def renumber(self, person: Person) -> None:
        """A new lawful number for a changed birth date or sex."""
        suffix = person.id[18:]
        self.set("p.id", self.garden.ids.issue(person.birth, person.sex) + suffix, person)

    def another(self, where: Where) -> Household | None:
        """A second household for kinds that need two."""
        return self.garden.take(where, self.planted)


@dataclass(slots=True)
class Garden:
    """The township while errors are planted in it; no two plants share a household."""

    township: Township
    clock: Clock
    words: Words
    rng: Random
    ids: IdIssuer
    scale: float
    used: set[int] = field(default_factory=set)
    overrides: Overrides = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)
    earlier: dict[int, Household] = field(default_factory=dict)  # as they were a month ago, where that differs
    vanished: set[int] = field(default_factory=set)
    gone: dict[int, Household] = field(default_factory=dict)  # the same, once they are taken out
    reserved: frozenset[str] = frozenset()  # numbers of households in which nothing may be planted

    def pool(self, name: str) -> list[int]:
        """Indexes of the households a kind may choose from."""
        households = self.township.households
        tests: dict[str, Where] = {
            "monitored": lambda h: h.monitored,
            "lifted": lambda h: h.lifted == "yes" and not h.monitored,
            "ordinary": lambda h: h.lifted == "no" and not h.monitored,
            "any": lambda h: not h.monitored,
        }
        free = (pair for pair in enumerate(households) if pair[1].no not in self.reserved)
        return [index for index, household in free if tests[name](household)]

    def take(self, where: Where, planted: Planted) -> Household | None:
        """An unused household outside monitoring, reserved and copied for change."""
        households = self.township.households
        for index in self.from_anywhere(self.pool("any")):
            if index not in self.used and where(households[index]):
                return self.reserve(index, planted)
        return None

    def from_anywhere(self, pool: list[int]) -> Iterator[int]:
        """The pool once around, from a random start."""
        start = self.rng.randrange(len(pool)) if pool else 0
        yield from pool[start:]
        yield from pool[:start]

    def reserve(self, index: int, planted: Planted) -> Household:
        """Replace a household by a copy that may be changed, and keep what was true."""
        original = self.township.households[index]
        self.used.add(index)
        self.township.households[index] = deepcopy(original)
        planted.before[original.no] = original
        for person in original.members:
            planted.before[person.no] = person
            planted.before.update({spell.key: spell for spell in person.spells})
        if planted.told.across_time:
            self.earlier[index] = original
        return self.township.households[index]

    def sow(self) -> None:
        """Every kind, as often as kinds.yml asks; the ones that fit fewest households choose first."""
        pools = {name: self.pool(name) for name in ("monitored", "lifted", "ordinary", "any")}
        errands = [
            (self.rarity(entry, pools[pool]), entry, pool, round(count * self.scale) or 1)
            for entry in told()
            for pool, count in (("monitored", entry.monitored), (entry.pool, entry.others))
            if count
        ]
        errands.sort(key=lambda errand: errand[0])
        # first one of every kind, so that a small township still shows them all; a kind that other households can show
        # as well leaves the monitored ones to those that need them
        flexible = [errand for errand in errands if errand[2] == "monitored" and errand[1].others]
        urgent = [errand for errand in errands if errand not in flexible]
        for _, entry, pool, _ in urgent + flexible:
            self.plant(entry, pools[pool], 1)
        for _, entry, pool, count in urgent + flexible:
            self.plant(entry, pools[pool], count - 1)

    def rarity(self, entry: Told, pool: list[int]) -> int:
        households = self.township.households
        way = KINDS[entry.name]
        return sum(way.where(households[index]) and bool(who(way, households[index])) for index in pool[:PER_SCALE])

    def plant(self, entry: Told, pool: list[int], count: int) -> None:
        """Up to `count` instances of one kind."""
        way = KINDS[entry.name]
        for index in self.from_anywhere(pool):
            if count <= 0:
                return
            household = self.township.households[index]
            if index in self.used or not way.where(household):
                continue
            somebody = who(way, household)
            if way.who and not somebody:
                continue
            self.plant_here(entry, way, index, self.rng.choice(somebody) if way.who else None)
            count -= 1

    def plant_here(self, entry: Told, way: Kind, index: int, position: int | None) -> None:
        household = self.township.households[index]
        planted = Planted(
            group=f"{len(self.planted) + 1:05d}",
            told=entry,
            household_no=household.no,
            person_no="" if position is None else household.members[position].no,
            expected=[rule for text in entry.expects for rule in rules_for(text, household)],
        )
        changed = self.reserve(index, planted)
        self.planted.append(planted)
        way.act(Hand(self, planted, changed, None if position is None else changed.members[position]))


def who(way: Kind, household: Household) -> list[int]:
    """Positions of the members a kind fits; [0] when it is about the household."""
    if way.who is None:
        return [0]
    return [position for position, person in enumerate(household.members) if way.who(household, person)]


def rules_for(text: str, household: Household) -> list[str]:
    """One expectation: the ids that apply to this household, any of which will do, joined by "|"."""
    choices = [rule for part in text.split("|") for rule in applicable(part, household)]
    return ["|".join(choices)] if choices else []


def applicable(text: str, household: Household) -> list[str]:
    """The side or sides of a pair that are about this household."""
    if text.endswith("~"):
        return [text[:-1]] if household.lifted == "yes" and not household.monitored else []
    if "/" not in text:
        return [text]
    lifted, monitored = text.split("/")
    wanted = [(lifted, household.lifted == "yes"), (monitored, household.monitored)]
    return [rule for rule, applies in wanted if rule and applies]


def copy_villages(township: Township) -> None:
    """Village rows may be changed from here on."""
    township.villages = [copy(row) for row in township.villages]
