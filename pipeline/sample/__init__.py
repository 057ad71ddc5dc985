"""The invented township behind `qingxi demo`, the tests and the benches.

It knows nothing of the code that cleans it: it imports nothing else of this package and reads none of its mappings or
rules, so that it is an independent test of both. Nobody in it exists: ids lie in a county that does not exist, phones in
a segment that was never given out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from pipeline.sample.cases import Case, make_cases, settle_in, write_lists
from pipeline.sample.clock import Clock, month_name
from pipeline.sample.files import keep_records, outsiders, residents
from pipeline.sample.ids import IdIssuer
from pipeline.sample.layout import Book, Overrides, Written, books
from pipeline.sample.model import Household, Township
from pipeline.sample.plants import Garden, sow_villages
from pipeline.sample.plants.lists import sow_lists
from pipeline.sample.plants.mend import mend
from pipeline.sample.rosters import Finding, Sight, doubted, merged, on_rosters, settled
from pipeline.sample.township import departed, month_before, township, village_rows
from pipeline.sample.truth import TruthWriter
from pipeline.sample.villages import tell_villages, village_books
from pipeline.sample.words import words
from pipeline.sample.writers import write

__all__ = ["Again", "SampleReport", "write_township"]


IDENTITY = ("p.id", "p.name", "p.birth", "p.no", "h.no", "h.village", "h.head_id", "h.head_name")


@dataclass(frozen=True, slots=True)
class Again:
    """A later export of the same period: which plants were put right by then, and what was typed over cells instead.

    `mended` names groups of the truth file; `typed` is keyed by subject (household, person or village) and field, as there.
    """

    folder: str
    mended: frozenset[str] = frozenset()
    typed: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What was written, and how much was planted in it."""

    folder: Path
    previous: Path
    files: tuple[Path, ...]
    truth: Path
    people: Path
    rosters: Path | None
    households: int
    members: int
    planted: dict[str, int]


def write_township(
    raw_dir: Path,
    *,
    period: str = "2022-05",
    seed: int = 20220531,
    scale: float = 1.0,
    clean: bool = False,
    truth_dir: Path | None = None,
    departments: bool = False,
    residents: float = 0.4,
    screening: bool = False,
    elsewhere: Path | None = None,
    again: Again | None = None,
) -> SampleReport:
    """An invented township's exports of one period and of the month before; the same arguments give the same bytes.

    `clean` plants no error; the files stay as untidy in form. `departments` adds the lists of the county's departments, on
    which stand farm households outside the system as well, `residents` for each one inside it. `screening` adds households
    made on purpose for the plan's rosters, and the villages' own lists of key households. `elsewhere` is a file of words of
    another township, see words.py. `again` writes a later export of the same period alone, some of its errors corrected.
    """
    vocabulary, clock = words(elsewhere), Clock.of(period)
    now = township(clock, seed, scale, vocabulary)
    cases = make_cases(clock, seed, vocabulary, scale) if screening else []
    garden = Garden(
        now, clock, vocabulary, Random(f"{seed}/garden"), IdIssuer(vocabulary.place["county_code"], 500), scale
    )
    if cases:
        garden.reserved = settle_in(now.households, cases, vocabulary, resident=False)
        now.villages = village_rows(now.households, vocabulary, seed)
    if not clean:
        garden.sow()
        sow_villages(garden, Random(f"{seed}/plots"))
    before = month_ago(garden, seed)
    now.departed = departed(now, before)
    folder, previous = raw_dir / (again.folder if again else period), raw_dir / month_name(clock.month - 1)
    remove_vanished(garden)
    around = round(len(now.households) * residents)
    county = county_of(garden, clock, seed, scale, cases, around, clean=clean) if departments or screening else None
    if again:
        mend(garden, again.mended)
        garden.overrides |= {key: [Written(text)] for key, text in again.typed.items()}
    truth = TruthWriter(truth_dir or raw_dir.parent / "sample_truth", folder.name, garden.planted, vocabulary)
    files: list[Path] = []
    for book in books(now, clock, seed, vocabulary, garden.overrides, now=True):
        files.append(save(book, folder))
        truth.note(book)
    if county:
        for book in books(county.township, clock, seed, vocabulary, county.overrides, now=True, names=("departments.yml",)):
            if any(sheet.about for sheet in book.sheets) or not book.layout.if_any:
                files.append(save(book, folder))
                truth.note_rows(book)
        for book in village_books(county.township, clock, seed, vocabulary) if screening else ():
            files.append(save(book, folder))
            truth.note_rows(book)
        truth.note_rosters(on_the_rosters(garden, county.township))
    for book in () if again else books(before, Clock(clock.month - 1), seed, vocabulary, garden.overrides, now=False):
        files.append(save(book, previous))
    truth.close()
    return SampleReport(
        folder=folder,
        previous=previous,
        files=tuple(files),
        truth=truth.cells_path,
        people=truth.people_path,
        rosters=truth.rosters_path if county else None,
        households=len(now.households),
        members=sum(len(household.members) for household in now.households),
        planted=dict(sorted(Counter(planted.told.name for planted in garden.planted).items())),
    )


@dataclass(frozen=True, slots=True)
class County:
    """The township as the departments have it in their files, and what they wrote otherwise."""

    township: Township
    overrides: Overrides


def county_of(
    garden: Garden, clock: Clock, seed: int, scale: float, cases: list[Case], around: int, *, clean: bool
) -> County:
    """The departments know nothing of the township's mistakes, know people of other townships, and make mistakes of their own.

    They also know the farm households that the system does not hold.
    """
    known = as_it_is(garden)
    known.residents = residents(clock, seed, garden.words, around)
    settle_in(known.residents, cases, garden.words, resident=True)
    known.outside = outsiders(clock, seed, garden.words, max(9, round(45 * scale)))
    known.moved = [(home, person) for home in known.outside[:6] for person in home.members[-1:]]
    known.departed = [*known.departed, *((home, person) for home in known.outside[6:9] for person in home.members[:1])]
    keep_records(known, clock, seed)
    for _, person in known.moved:
        person.file.change = "迁出"
    overrides = {} if clean else sow_lists(garden, known, Random(f"{seed}/lists"), scale)
    write_lists(known, cases)
    if cases:
        tell_villages(known, as_plain(garden, known))
    return County(known, overrides)


def touched(garden: Garden) -> set[str]:
    """Households in which an error was planted, of whatever is planted in the exports."""
    errors = [planted for planted in garden.planted if not planted.group.startswith("L")]
    numbers = {subject.no for planted in errors for subject in planted.before.values() if isinstance(subject, Household)}
    return numbers | {planted.household_no for planted in errors}


def as_plain(garden: Garden, county: Township) -> list[Finding]:
    """Who belongs on which roster among the households in which nothing was planted."""
    marked = touched(garden)
    return account(garden, county, [home for home in garden.township.households if home.no not in marked])


def account(garden: Garden, county: Township, homes: list[Household]) -> list[Finding]:
    """Who belongs on which roster when the system holds these households."""
    line, listed = float(garden.words.place["income_line"]), {home.no: home for home in county.households}
    dead = frozenset(person.no for _, person in county.departed)
    names = Counter((home.village, person.name) for home in [*homes, *county.residents] for person in home.members)

    def sight(home: Household | None, on_lists: Household) -> Sight:
        return Sight(home, on_lists, dead, garden.clock, line, names[on_lists.village, on_lists.head_name] > 1)

    inside = [sight(home, listed[home.no]) for home in homes if home.no in listed]
    return merged(on_rosters(inside + [sight(None, home) for home in county.residents]))


def on_the_rosters(garden: Garden, county: Township) -> list[Finding]:
    """What is certain whatever one makes of the planted errors, and what is not."""
    stated = account(garden, county, garden.township.households)
    true = account(garden, county, as_it_is(garden).households)
    return settled(stated, true, as_plain(garden, county), doubts=doubts(garden, county))


def doubts(garden: Garden, county: Township) -> list[Finding]:
    """What may be found of households in which somebody cannot be recognised any more."""
    errors = [planted for planted in garden.planted if not planted.group.startswith("L")]
    numbers = {p.household_no for p in errors if not p.cells or any(cell.path in IDENTITY for cell in p.cells)}
    listed = {home.no: home for home in county.households}
    marked = [home for home in garden.township.households if home.no in numbers and home.no in listed]
    line = float(garden.words.place["income_line"])
    inside = doubted(Sight(home, listed[home.no], frozenset(), garden.clock, line) for home in marked)
    # nor can anybody tell that the police's rows of such a household are not one more household
    outside = on_rosters([Sight(None, listed[home.no], frozenset(), garden.clock, line) for home in marked])
    return merged([*inside, *(replace(one, firm=False) for one in outside)])


def month_ago(garden: Garden, seed: int) -> Township:
    """The month before: errors stood there already, except those that consist in a change since."""
    now = garden.township
    households = [garden.earlier.get(index, household) for index, household in enumerate(now.households)]
    touched = {now.households[index].no for index in garden.used}
    return month_before(Township(households, now.villages), garden.clock, seed, touched)


def as_it_is(garden: Garden) -> Township:
    """The township without the planted errors."""
    originals = {
        subject.no: subject
        for planted in garden.planted
        for subject in planted.before.values()
        if isinstance(subject, Household)
    }
    now = garden.township
    return Township([originals.get(h.no, h) for h in now.households], now.villages, now.departed)


def remove_vanished(garden: Garden) -> None:
    """Take out of this month what was only there last month."""
    now = garden.township
    garden.gone = {index: now.households[index] for index in garden.vanished}
    now.households = [household for index, household in enumerate(now.households) if index not in garden.vanished]


def save(book: Book, folder: Path) -> Path:
    """Write one file into a period folder."""
    path = folder / book.file
    tabs = [sheet.tab for sheet in book.sheets] + book.extra
    write(path, tabs, wrong_dimension=book.layout.wrong_dimension, encoding=book.layout.encoding)
    return path
