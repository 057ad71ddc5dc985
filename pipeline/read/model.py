"""What reading hands on: sheets of text, and what there is to say about the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

Cell = Any  # what python-calamine gives: str, float, int, bool, date, datetime, time, timedelta; "" is empty
Row = list[Cell]
Merge = tuple[tuple[int, int], tuple[int, int]]  # ((first row, first column), (last row, last column)), from 0
Progress = Callable[[int], None]  # called with the number of rows read since the last call

TEXT, NUMBER, DATE, BOOLEAN, ERROR = range(5)  # kinds of cells


@dataclass(frozen=True)
class SetAside:
    """A row below the header that is not data, and why: total, note, header_again, only_serial, column_numbers."""

    row: int
    reason: str


@dataclass(frozen=True)
class Sheet:
    """One table as text. `rows[i]` is the Excel row of `cells` row i, `letters[j]` the Excel column of column j."""

    file: str
    tab: str
    hidden: bool
    header_row: int
    headers: tuple[str, ...]
    sections: tuple[str, ...]
    letters: tuple[str, ...]
    cells: pd.DataFrame
    rows: np.ndarray
    kinds: dict[int, np.ndarray]
    set_aside: tuple[SetAside, ...]
    as_of: str | None
    title: str


@dataclass(frozen=True)
class Trouble:
    """Something to tell the officer; reading went on. Wording: expectations/structure.yml, section read."""

    problem: str
    file: str
    tab: str | None = None
    row: int | None = None
    slots: dict[str, str] = field(default_factory=dict)


class Unreadable(Exception):
    """A file or tab that gives no sheet. Carries a problem key and slots, never personal data."""

    def __init__(self, problem: str, file: str, tab: str | None = None, slots: dict[str, str] | None = None) -> None:
        super().__init__(f"{problem}: {file}" + (f" [{tab}]" if tab else ""))
        self.problem, self.file, self.tab, self.slots = problem, file, tab, slots or {}

    def trouble(self) -> Trouble:
        """The same, as a row for the list of troubles."""
        return Trouble(self.problem, self.file, self.tab, None, self.slots)


@dataclass
class Grid:
    """A tab before anyone knows where its table is. Rows come once, from Excel row 1, and may be ragged."""

    tab: str
    hidden: bool
    rows: Iterable[Row] | Iterator[Row]
    merges: list[Merge] | None = None  # None: the format does not tell
    above: int = 0  # rows of the tab above the first of `rows`, where a second table begins further down

    def below(self, above: int, rows: Iterator[Row]) -> Grid:
        """What is left of the tab from a row on; merges then count from that row."""
        shift = above - self.above
        merges = [((a - shift, b), (c - shift, d)) for (a, b), (c, d) in self.merges or () if a >= shift]
        return Grid(self.tab, self.hidden, rows, None if self.merges is None else merges, above)


def letters_of(position: int) -> str:
    """The Excel letters of a column counted from 0: 27 → AB."""
    name, rest = "", position + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(65 + digit) + name
    return name
