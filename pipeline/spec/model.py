"""What mappings/ and expectations/ say, as frozen objects."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.expression.bind import Relation
from pipeline.spec.calendar import Duty

if TYPE_CHECKING:
    from pipeline.spec.annexes import Annex
    from pipeline.spec.risk import VillageRisk


@dataclass(frozen=True)
class Field:
    """One canonical column of one table."""

    table: str
    name: str
    label: str
    aliases: tuple[str, ...]
    type: str
    codes: str | None
    unit: str | None
    sensitive: str | None
    open_end: bool
    instead: tuple[str, ...] = ()
    yearly: str | None = None  # where this year's figure goes when another list states the column for a time of its own
    after: str | None = None  # of several columns for one answer, the one that is filled before this one

    @property
    def key(self) -> str:
        """table.name: the column's name where several tables stand side by side."""
        return f"{self.table}.{self.name}"


@dataclass(frozen=True)
class Likeness:
    """Headers that stand for a column in a department's list which has none of the column's own headers."""

    column: str
    like: re.Pattern[str]
    unlike: re.Pattern[str] | None

    def fits(self, folded: str) -> bool:
        """Whether a folded header is one of them."""
        return bool(self.like.search(folded)) and not (self.unlike is not None and self.unlike.search(folded))


@dataclass(frozen=True)
class CodeList:
    """One code list: its values in their canonical order, and every other spelling of them."""

    name: str
    title: str
    values: tuple[str, ...]
    aliases: Mapping[str, str]
    blanks: frozenset[str]
    groups: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, Mapping[str, str]]
    open: bool


@dataclass(frozen=True)
class Counterpart:
    """Where the system says the same as a department's list does: being on the list is having one of these values there."""

    table: str
    column: str
    values: tuple[str, ...]  # empty: any value that is filled
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the list's own columns that say a row has ended


@dataclass(frozen=True)
class Source:
    """One incoming list: how to know it, what its headers mean, what to expect of it."""

    name: str
    title: str
    owner: str
    table: str
    also: tuple[str, ...]
    recognise: tuple[str, ...]
    without: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    sections: Mapping[str, Mapping[str, str]]
    ignore: tuple[str, ...]
    lookups: Mapping[str, Mapping[str, str]]
    required: tuple[str, ...]
    priority: int
    system: bool
    at_least: int
    hints: tuple[str, ...]
    needs_hint: bool
    own_time: tuple[str, ...]
    counterpart: Counterpart | None = None
    link: Mapping[str, str] = field(default_factory=dict)
    compare: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)  # what being on this list says of every row, without a column for it
    whose: tuple[str, ...] = ()  # words that say whose list it is; they only break ties
    unlike: tuple[str, ...] = ()  # words that say it is another list

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables this list carries columns of, what one row is first."""
        return (self.table, *self.also)


@dataclass(frozen=True)
class Standard:
    """A figure some document sets, as it holds for this campaign."""

    name: str
    title: str
    unit: str
    value: float | str | None
    document: str
    confirmed: bool
    yearly: Mapping[int, float]


@dataclass(frozen=True)
class Campaign:
    """This year's 排查."""

    title: str
    basis: str
    province: str
    year: int
    county: str | None
    county_code: str | None
    townships: tuple[str, ...]
    reference_date: str
    window_start: str
    window_end: str
    school_year_start: str
    deadline: str
    usual_share: float
    as_of_max_days: float = 45.0
    calendar: tuple[Duty, ...] = ()
    history_from: str | None = None  # the first period folder of the campaign
    list_password: str | None = field(default=None, repr=False)  # to open the fix lists


@dataclass(frozen=True)
class Rule:
    """One thing that must hold, bound to the columns and figures of this campaign."""

    id: str
    also: tuple[str, ...]
    name: str
    dimension: str
    severity: str
    subject: str
    table: str
    when: ast.expr | None
    check: ast.expr | None
    expect: str | None
    arguments: Mapping[str, object]
    columns: tuple[str, ...]
    message: str
    fix: str
    owner: str
    basis: str
    waivable: bool
    retired: str | None
    needs: tuple[str, ...]
    used: frozenset[tuple[str, str]]  # (table, column) the rule names itself: it is not asked where one of them is in no list
    grouped: frozenset[tuple[str, str]]  # (table, column) it names as one of a group: of these some may be absent
    switched_off: str | None
    file: str
    line: int
    each: str | None = None
    variant: int = 0
    standards: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The id, made unique where one id stands on several checks (each column of a group, several entries)."""
        return f"{self.id}#{self.variant}" + (f"#{self.each}" if self.each else "")


@dataclass(frozen=True)
class Problem:
    """A kind of problem the engine itself finds (a header, a cell, a file), with its wording."""

    key: str
    id: str
    name: str
    dimension: str
    severity: str
    owner: str
    message: str
    fix: str


@dataclass(frozen=True)
class Example:
    """One row that must pass or fail one rule."""

    rule: str
    keys: tuple[str, ...]
    row: Mapping[str, object]
    fails: bool
    kind: str
    file: str
    line: int


@dataclass(frozen=True)
class Spec:
    """Everything the project knows of lists, columns, codes, figures and rules."""

    root: Path
    fields: Mapping[str, Mapping[str, Field]]
    table_labels: Mapping[str, str]
    keys: Mapping[str, tuple[tuple[str, ...], ...]]
    relations: Mapping[str, Mapping[str, Relation]]
    column_groups: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, CodeList]
    sources: tuple[Source, ...]
    facts: Mapping[str, Mapping[str, ast.expr]]
    fact_types: Mapping[str, Mapping[str, str]]
    fact_labels: Mapping[str, Mapping[str, str]]
    campaign: Campaign
    standards: Mapping[str, Standard]
    rules: tuple[Rule, ...]
    problems: Mapping[str, Problem]
    examples: tuple[Example, ...]
    exceptions: Mapping[str, str]
    places: Mapping[str, str]
    profile: tuple[str, ...] = ()
    switches: Mapping[str, str] = field(default_factory=dict)
    likenesses: tuple[Likeness, ...] = ()
    lists: frozenset[str] = frozenset()  # tables that hold departments' lists: fields.yml says `list: true`
    annexes: tuple[Annex, ...] = ()
    village_risk: VillageRisk | None = None
    register: str = ""  # the list of all people with their households: fields.yml says `register: true`

    def field(self, table: str, column: str) -> Field:
        """The field of a table's column; last month's tables have the fields of this month's."""
        return self.fields[table.removeprefix("previous_")][column]

    def label(self, table: str, column: str) -> str:
        """What an officer calls a column."""
        table = table.removeprefix("previous_")
        found = self.fields.get(table, {}).get(column)
        return found.label if found else self.fact_labels.get(table, {}).get(column, column)
