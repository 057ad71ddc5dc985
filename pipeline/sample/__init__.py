"""The invented township behind `qingxi demo`, the tests and the benches.

It knows nothing of the code that cleans it: it imports nothing else of this package and reads none of its mappings or
rules, so that it is an independent test of both. Nobody in it exists: ids lie in a county that does not exist, phones in
a segment that was never given out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.sample.clock import Clock, month_name
from pipeline.sample.layout import Book, books
from pipeline.sample.township import month_before, township
from pipeline.sample.truth import TruthWriter
from pipeline.sample.words import words
from pipeline.sample.writers import write

__all__ = ["SampleReport", "write_township"]


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What was written, and how much was planted in it."""

    folder: Path
    previous: Path
    files: tuple[Path, ...]
    truth: Path
    people: Path
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
) -> SampleReport:
    """An invented township's exports of one period and of the month before; the same arguments give the same bytes."""
    vocabulary, clock = words(), Clock.of(period)
    now = township(clock, seed, scale, vocabulary)
    folder, previous = raw_dir / period, raw_dir / month_name(clock.month - 1)
    truth = TruthWriter(truth_dir or raw_dir.parent / "sample_truth", period)
    files: list[Path] = []
    for book in books(now, clock, seed, vocabulary, {}, now=True):
        files.append(save(book, folder))
        truth.note(book)
    before, _ = month_before(now, clock, seed, set())
    for book in books(before, Clock(clock.month - 1), seed, vocabulary, {}, now=False):
        files.append(save(book, previous))
    truth.close()
    return SampleReport(
        folder=folder,
        previous=previous,
        files=tuple(files),
        truth=truth.cells_path,
        people=truth.people_path,
        households=len(now.households),
        members=sum(len(household.members) for household in now.households),
        planted={},
    )


def save(book: Book, folder: Path) -> Path:
    """Write one file into a period folder."""
    path = folder / book.file
    tabs = [sheet.tab for sheet in book.sheets] + book.extra
    write(path, tabs, wrong_dimension=book.layout.wrong_dimension, encoding=book.layout.encoding)
    return path
