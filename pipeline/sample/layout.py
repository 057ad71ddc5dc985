"""The township laid out as files: which rows, which columns, which headers, and where every cell came to stand."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache
from operator import attrgetter
from random import Random
from typing import Any

from pipeline.sample.clock import Clock
from pipeline.sample.model import Household, Person, Spell, Township, VillageRow
from pipeline.sample.spelling import speller, variation
from pipeline.sample.words import Words, fields, load
from pipeline.sample.writers import Cell, Tab


@dataclass(frozen=True, slots=True)
class Column:
    section: str
    header: str
    path: str
    style: str = ""

    @property
    def subject(self) -> str:
        """h, p, s or v: whose value it is."""
        return self.path[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """One export or list: everything layouts.yml says of it."""

    key: str
    file: str
    rows: str
    of: str
    tab: str
    titles: tuple[str, ...]
    columns: tuple[Column, ...]
    previous: dict[str, str]
    mess: float
    section_row: bool = False
    section_header: bool = False
    only_now: bool = False
    by_hand: bool = False
    outside: bool = False
    if_any: bool = False  # no file where nobody is on it
    wrong_dimension: bool = False
    village: str = ""
    tabs_by: str = ""
    blank_rows_before_header: int = 0
    numbering: str = ""
    footer: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    hidden_tab: tuple[Any, ...] = ()
    encoding: str = "utf-8-sig"

    @property
    def loose(self) -> bool:
        """Not written by the system: villages are called by other names, numbers carry their unit."""
        return self.by_hand


@cache
def layouts(name: str) -> tuple[Layout, ...]:
    """layouts.yml or departments.yml, in its order."""
    return tuple(layout_from(key, dict(entry)) for key, entry in load(name).items())


def layout_from(key: str, entry: dict[str, Any]) -> Layout:
    columns = tuple(
        Column(section, *column) for section, listed in entry.pop("columns").items() for column in listed
    )
    for name in ("titles", "footer", "notes", "hidden_tab"):
        entry[name] = tuple(entry.get(name, ()))
    entry.setdefault("previous", {})
    return Layout(key=key, columns=columns, **entry)


@dataclass(frozen=True, slots=True)
class RowOf:
    """Whom one row is about."""

    household: Household | None = None
    person: Person | None = None
    spell: Spell | None = None
    village: VillageRow | None = None

    def subject(self, letter: str) -> Any:
        return {"h": self.household, "p": self.person, "s": self.spell, "v": self.village}[letter]


@dataclass(frozen=True, slots=True)
class Written:
    """A text (or number) put into cells in place of what the model says."""

    value: Cell
    layout: str = ""  # only in this file
    person_no: str = ""  # only in this member's row


Overrides = dict[tuple[str, str], list[Written]]


@dataclass(slots=True)
class Sheet:
    """A tab with the address of everything in it."""

    file: str
    layout: Layout
    tab: Tab
    columns: tuple[Column, ...]
    about: list[RowOf]
    first_row: int  # Excel number of the first data row
    first_column: int  # Excel number of the first field's column

    def cell(self, row: int, column: int) -> Cell:
        return self.tab.rows[self.first_row - 1 + row][self.first_column - 1 + column]


@dataclass(slots=True)
class Book:
    """A file to be written."""

    file: str
    layout: Layout
    sheets: list[Sheet]
    extra: list[Tab] = field(default_factory=list)


def books(
    township: Township,
    clock: Clock,
    seed: int,
    words: Words,
    overrides: Overrides,
    *,
    now: bool,
    names: tuple[str, ...] = ("layouts.yml",),
) -> Iterator[Book]:
    """Every file of one period folder, laid out one after the other so that only one is in memory."""
    for layout in (as_here(layout, words) for name in names for layout in layouts(name)):
        if layout.village and layout.village not in {village.name for village in words.villages}:
            continue
        if now or not layout.only_now:
            yield book(layout, township, clock, Random(f"{seed}/{clock.month}/{layout.key}"), words, overrides, now=now)


def as_here(layout: Layout, words: Words) -> Layout:
    """The file as this township calls it and its columns."""
    called = {**words.headers.get("*", {}), **words.headers.get(layout.key, {})} if layout.by_hand else words.headers.get(layout.key, {})
    if not called and layout.key not in words.files:
        return layout
    columns = tuple(replace(column, header=called.get(column.path, column.header)) for column in layout.columns)
    return replace(layout, columns=columns, file=words.files.get(layout.key, layout.file))


def book(
    layout: Layout, township: Township, clock: Clock, rng: Random, words: Words, overrides: Overrides, *, now: bool
) -> Book:
    names = {"county": words.place["county"], "town": words.place["town"], "day": f"{clock.reference:%Y%m%d}"}
    names |= {"year": str(clock.reference.year), "province": words.place["province"], "city": words.place["city"]}
    file = layout.file.format(**names)
    columns = layout.columns if now else tuple(renamed(column, layout) for column in layout.columns)
    about = rows_of(layout, township)
    sheets = [
        sheet(file, layout, columns, tab, part, rng, words, overrides, names) for tab, part in tabs_of(layout, about, words)
    ]
    extra = [Tab(layout.hidden_tab[0], [[word] for word in layout.hidden_tab[1]], hidden=True)] if layout.hidden_tab else []
    return Book(file, layout, sheets, extra)


def renamed(column: Column, layout: Layout) -> Column:
    """Last month's export called some columns otherwise."""
    return Column(column.section, layout.previous.get(column.path, column.header), column.path, column.style)


def rows_of(layout: Layout, township: Township) -> list[RowOf]:
    """Whom the rows are about, in order."""
    if layout.rows == "village":
        return [RowOf(village=row) for row in township.villages]
    if layout.of in ("departed", "moved"):
        return [RowOf(household, person) for household, person in getattr(township, layout.of)]
    everyone = [*township.households, *township.residents] if layout.by_hand else township.households
    everyone = [*everyone, *township.outside] if layout.outside else everyone
    chosen = [household for household in everyone if belongs(layout, household)]
    if layout.of == "houses":
        return [RowOf(house) for household in chosen for house in houses_of(household)]
    if layout.rows == "household":
        return [RowOf(household) for household in chosen]
    if layout.rows == "spell":
        return [RowOf(household, person, spell) for household in chosen for person, spell in household.spells]
    return [
        RowOf(household, person)
        for household in chosen
        for person in household.members
        if listed(layout.of, person)
    ]


def houses_of(household: Household) -> list[Household]:
    """Once for each of its houses, with the grade of that house."""
    if not household.file.second_grade:
        return [household]
    second = copy(household)
    second.danger_grade = household.file.second_grade
    second.address = f"{household.address}附1号"
    return [household, second]


def listed(of: str, person: Person) -> bool:
    """Whether a list about some members has this one."""
    tests = {
        "planned": bool(person.plans),
        "dibao": person.dibao == "rural",
        "disabled": len(person.id) > 18,
        "pupils": person.school.startswith(("primary", "grade", "senior", "vocational")),
        "tekun": person.tekun == "rural",
        "insured": "yes" in (person.resident_insured, person.employee_insured),
        "pensioned": "yes" in (person.resident_pension, person.employee_pension),
        "subsidy": person.file.subsidy != "",
        "settled": person.file.self_paid is not None,
        "ill": person.file.illness != "",
        "assets": person.file.asset != "",
        "posts": bool(person.post),
    }
    return tests.get(of, True)


def belongs(layout: Layout, household: Household) -> bool:
    if layout.village and household.place.name != layout.village:
        return False
    tests = {
        "monitored": household.monitored,
        "village_monitored": household.monitored,
        "dibao_households": household.dibao_people > 0,
        "lifted": household.lifted == "yes",
        "marginal": household.marginal,
        "struck": household.file.struck != "",
        "claimed": household.file.claimed is not None,
        "concerns": household.file.concerns != (),
    }
    return tests.get(layout.of, True)


def tabs_of(layout: Layout, about: list[RowOf], words: Words) -> list[tuple[str, list[RowOf]]]:
    """One tab, or one per group of the village."""
    if layout.tabs_by != "group":
        return [(layout.tab, about)]
    groups = sorted({row.household.group for row in about if row.household})
    name = f"{{}}{words.place['group_suffix']}"
    return [
        (name.format(words.place["digits"][group]), [row for row in about if row.household and row.household.group == group])
        for group in groups
    ]


def sheet(
    file: str,
    layout: Layout,
    columns: tuple[Column, ...],
    tab: str,
    about: list[RowOf],
    rng: Random,
    words: Words,
    overrides: Overrides,
    names: dict[str, str],
) -> Sheet:
    """Title rows, header rows, one row per subject, footer and notes."""
    shift = 1 if layout.numbering else 0
    rows, merges = top(layout, columns, shift, names)
    first_row = len(rows) + 1
    body = [list(cells) for cells in zip(*(column_cells(c, about, layout, rng, words, names) for c in columns), strict=True)]
    put_overrides(body, columns, about, layout, overrides)
    rows += [[str(number), *cells] for number, cells in enumerate(body, start=1)] if shift else body
    if layout.footer:
        rows.append([text.format(rows=len(body)) for text in layout.footer])
    rows += [[note] for note in layout.notes]
    return Sheet(file, layout, Tab(tab, rows, merges), columns, about, first_row, 1 + shift)


def top(
    layout: Layout, columns: tuple[Column, ...], shift: int, names: dict[str, str]
) -> tuple[list[list[Cell]], list[tuple[int, int, int, int]]]:
    """Everything above the first data row, with its merged cells."""
    width = len(columns) + shift
    rows: list[list[Cell]] = [[title.format(**names)] for title in layout.titles]
    merges = [(n, 1, n, width) for n, title in enumerate(layout.titles, start=1) if title]
    rows += [[] for _ in range(layout.blank_rows_before_header)]
    if layout.section_row or layout.section_header:
        rows.append(section_cells(columns, shift))
        number = len(rows)
        merges += [(number, a + shift, number, b + shift) for a, b in section_spans(columns) if b > a]
    header: list[Cell] = [column.header for column in columns]
    if shift:
        # the numbering column spans both header rows, so its name stands in the upper one only
        rows[-1][0] = layout.numbering
        merges.append((len(rows), 1, len(rows) + 1, 1))
        header = ["", *header]
    rows.append(header)
    return rows, merges


def section_spans(columns: tuple[Column, ...]) -> list[tuple[int, int]]:
    """First and last column number of each section, from 1."""
    starts = [n for n, column in enumerate(columns, start=1) if n == 1 or column.section != columns[n - 2].section]
    return [(start, end - 1) for start, end in zip(starts, [*starts[1:], len(columns) + 1], strict=True)]


def section_cells(columns: tuple[Column, ...], shift: int) -> list[Cell]:
    """A section's name in its first column, as a merged cell reads."""
    cells: list[Cell] = [""] * (len(columns) + shift)
    for start, _ in section_spans(columns):
        cells[start - 1 + shift] = columns[start - 1].section
    return cells


def kind_of(column: Column) -> str:
    """How the column's field is written; a style may name another code list."""
    return column.style if column.style.startswith("code ") else fields()[column.path]


def column_cells(
    column: Column, about: list[RowOf], layout: Layout, rng: Random, words: Words, names: dict[str, str]
) -> list[Cell]:
    """One column of text, a small share of it spelled another way."""
    if column.path.startswith("="):
        return [column.path[1:].format(**names)] * len(about)
    kind = kind_of(column)
    spell = speller(kind, column.style, words)
    value_of = attrgetter(column.path[2:])
    letter = {"h": "household", "p": "person", "s": "spell", "v": "village"}[column.subject]
    subject_of = attrgetter(letter)
    values = [value_of(subject_of(row)) for row in about]
    cells: list[Cell] = [spell(value) for value in values]
    vary = variation(kind, words, loose=layout.loose)
    for index in rng.sample(range(len(cells)), k=round(len(cells) * layout.mess)):
        if cells[index] != "" or kind.startswith(("code", "set")):
            cells[index] = vary(rng, values[index], str(cells[index]))
    return cells


def put_overrides(
    body: list[list[Cell]], columns: tuple[Column, ...], about: list[RowOf], layout: Layout, overrides: Overrides
) -> None:
    """Write planted texts over what the model said."""
    if not overrides:
        return
    wanted = {no for no, _ in overrides}
    for index, row in enumerate(about):
        for letter in "hpsv":
            no = subject_no(row.subject(letter))
            if no in wanted:
                put_in_row(body[index], columns, layout, overrides, letter, no, row)


def put_in_row(
    cells: list[Cell], columns: tuple[Column, ...], layout: Layout, overrides: Overrides, letter: str, no: str, row: RowOf
) -> None:
    for position, column in enumerate(columns):
        if column.subject != letter:
            continue
        for written in overrides.get((no, column.path), ()):
            here = written.layout in ("", layout.key)
            if here and (not written.person_no or (row.person and row.person.no == written.person_no)):
                cells[position] = written.value


def subject_no(subject: Any) -> str:
    """What names a subject: its number, a spell's key, a village's name."""
    if subject is None:
        return ""
    if isinstance(subject, Spell):
        return subject.key
    return subject.name if isinstance(subject, VillageRow) else str(subject.no)
