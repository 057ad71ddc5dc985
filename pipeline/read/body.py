"""The rows below a header: which are data, which are set aside and why, and where another table begins."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np

from pipeline.headers import Vocabulary, fold_header, known_header
from pipeline.read import cells as cell_texts
from pipeline.read.header import Header, convincing, count_known, filled
from pipeline.read.model import Cell, Grid, Progress, Row, SetAside

CHUNK = 1_000  # small enough that its cells stay in the processor cache
DEEPEST = 500  # rows that a merged cell is believed to cover: no household is larger, a merged column is no data

# 甲村小计 is a sum, 王小计 may be a person.
_TOTAL = re.compile(r"^(.{0,8}[村镇乡县市区组社队户页类月年项本全])?(合计|总计|小计|共计|累计)([（(].{0,6}[）)])?[:：]?$")
_NOTE = re.compile(
    r"^[（(]?(注|备注|说明|填表|填报|制表|审核|复核|核对|负责人|主要负责|分管|经办|联系人|联系电话|单位|盖章|签字|签章|日期|时间|打印)"
    r".{0,12}?[:：）)]|^(注|说明|备注)\s*\d?\s*[:：.、]|^[*※]"
)
_NUMBER = re.compile(r"^[+\-]?[\d,]+(\.\d+)?%?$")
_ID_LIKE = re.compile(r"^[0-9A-Za-z*]{11,}$|^\d(\.\d+)?[eE]\+1\d$")


_COLUMN_NUMBER = re.compile(r"^[（(]?(\d{1,3})[)）]?$")


@dataclass
class Body:
    """What stands under a header: texts by column, their Excel rows, rows set aside, and what comes after."""

    width: int
    memos: list[cell_texts.Memo] = field(default_factory=list)
    columns: list[list[str | None]] = field(default_factory=list)
    kinds: dict[int, list[tuple[int, np.ndarray]]] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    rest: tuple[int, Iterator[Row]] | None = None  # (rows above it, rows) where another table follows

    def __post_init__(self) -> None:
        self.widen(self.width)

    def widen(self, width: int) -> None:
        """Room for more columns: some files hold rows longer than the header."""
        while len(self.columns) < width:
            self.memos.append(cell_texts.Memo())
            self.columns.append([None] * len(self.rows))
        self.width = len(self.columns)

    def append(self, data: list[Row], numbers: list[int]) -> None:
        """Data rows and their Excel rows, turned to columns of text and put under what is there."""
        if not data:
            return
        self.widen(max(map(len, data)))
        if min(map(len, data)) < self.width:
            data = [row + [""] * (self.width - len(row)) for row in data]
        for i, column in enumerate(zip(*data, strict=True)):
            texts, kinds = cell_texts.texts(column, self.memos[i])
            self.columns[i].extend(texts)
            if kinds is not None:
                self.kinds.setdefault(i, []).append((len(self.rows), kinds))
        self.rows += numbers


def collect(
    rows: Iterator[Row], header: Header, above: Sequence[Row], grid: Grid, vocabulary: Vocabulary, progress: Progress | None
) -> Body:
    """All rows below the header as texts, without blank ones and those that are set aside; up to the next table."""
    body = Body(len(header.names))
    judge = _Judge(header, above, grid, vocabulary)
    merged = _MergedDown(grid, header)
    at = header.bottom + 1  # rows above the next chunk
    while body.rest is None and (chunk := list(islice(rows, CHUNK))):
        sums = {i for i, row in enumerate(chunk) for cell in row[:6] if type(cell) is str and "计" in cell}
        data: list[Row] = []
        places: list[int] = []
        for i, row in enumerate(chunk):
            first = next(filter(None, row), None)
            if _is_blank(row, first):
                continue
            if isinstance(first, str) and judge.begins_table(row, first):
                start = _with_titles(i, chunk)
                data, places = data[: bisect_left(places, start)], places[: bisect_left(places, start)]
                body.rest = grid.above + at + start, chain(chunk[start:], rows)
                body.aside = [aside for aside in body.aside if aside.row <= body.rest[0]]
                break
            merged.fill(row, at + i)
            if reason := judge.reason(row, at + i, i in sums):
                body.aside.append(SetAside(grid.above + at + i + 1, reason))
            else:
                data.append(row)
                places.append(i)
        body.append(data, [grid.above + at + i + 1 for i in places])
        at += len(chunk)
        if progress:
            progress(len(chunk))
    return body


def _is_blank(row: Row, first: Cell) -> bool:
    """Whether a row, whose first true cell is given, holds nothing but spaces."""
    if first is None:
        return row.count("") == len(row)
    return isinstance(first, str) and first.isspace() and not filled(row)


def _with_titles(start: int, chunk: list[Row]) -> int:
    """Where a table begins whose header is at `start`: at its title, a lone text too long for a name."""
    for i in range(start - 1, -1, -1):
        texts = [chunk[i][j] for j in filled(chunk[i])]
        if not texts:
            continue
        if len(texts) > 1 or not isinstance(texts[0], str) or len(texts[0].strip()) < 5 or _NOTE.match(texts[0].strip()):
            break
        start = i
    return start


class _MergedDown:
    """Cells merged over several rows (one household, many members) hold for each of these rows."""

    def __init__(self, grid: Grid, header: Header) -> None:
        deep = [(first, last) for first, last in grid.merges or () if last[0] > first[0] > header.bottom]
        self.values: dict[tuple[int, int], Cell] = {}
        self.covers: dict[int, list[tuple[int, int]]] = {}
        for first, last in deep:
            for row in range(first[0], min(last[0], first[0] + DEEPEST) + 1):
                self.covers.setdefault(row, []).append((first[0], first[1]))

    def fill(self, row: Row, index: int) -> None:
        """Puts the merged cells' values into a row that they cover."""
        for top in self.covers.get(index, ()):
            if top[1] < len(row):
                if top[0] == index:
                    self.values[top] = row[top[1]]
                elif row[top[1]] == "":
                    row[top[1]] = self.values.get(top, "")


class _Judge:
    """Tells rows that are not data by what they lack."""

    def __init__(self, header: Header, above: Sequence[Row], grid: Grid, vocabulary: Vocabulary) -> None:
        self.names, self.first, self.vocabulary = header.names, header.bottom + 1, vocabulary
        self.folded = {fold_header(name) for name in header.names if name}
        self.titles = {row[i] for row in above for i in filled(row)}
        self.labelled = sum(map(bool, header.names))
        self.anchor = next((i for i, name in enumerate(header.names) if name), 0)
        spans = [(first[0], last[1] - first[1] + 1) for first, last in grid.merges or ()]
        self.wide = {row for row, width in spans if width >= 3 and width * 2 > self.labelled}
        self.seen: dict[str, bool] = {}

    def begins_table(self, row: Row, first: str) -> bool:
        """Whether a row is the header of another table: mostly known headers, not this table's, nothing like data."""
        if first not in self.seen:
            self.seen[first] = known_header(first, self.vocabulary)
        if not self.seen[first] or not convincing(row, self.vocabulary):
            return False
        known, cells = count_known(row, self.vocabulary), len(filled(row))
        return known >= 3 and known * 3 >= cells * 2 and not self._repeats_header(row)

    def reason(self, row: Row, index: int, may_be_sum: bool) -> str | None:
        """Why a row (at `index` from 0) is not data, None where it is."""
        if self.anchor < len(row) and row[self.anchor] == self.names[self.anchor] and self._repeats_header(row):
            return "header_again"
        if index == self.first and self._numbers_columns(row):
            return "column_numbers"
        cells = len(row) - row.count("")
        if not may_be_sum and cells > 4 and cells * 2 > self.labelled:
            return None
        return self._sparse(row, index)

    def _numbers_columns(self, row: Row) -> bool:
        """1, 2, 3 … under the headers, as printed forms have it."""
        found = [match for i in filled(row) if (match := _COLUMN_NUMBER.match(_plain(row[i])))]
        numbers = [int(match[1]) for match in found]
        return len(numbers) >= max(3, self.labelled * 0.6) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    def _repeats_header(self, row: Row) -> bool:
        texts = [row[i] for i in filled(row)]
        same = sum(isinstance(text, str) and fold_header(text) in self.folded for text in texts)
        return same >= 2 and same * 10 >= len(texts) * 8

    def _sparse(self, row: Row, index: int) -> str | None:
        cells = [row[i] for i in filled(row)]
        texts = [cell for cell in cells if isinstance(cell, str) and not _NUMBER.match(cell.strip())]
        if all(cell in self.titles for cell in cells):
            return "header_again"  # a title, printed again at the top of a page
        if any(_ID_LIKE.match(_plain(cell)) for cell in cells):
            return None
        if any(_is_total(text) for text in texts[:3]) and len(texts) <= 3:
            return "total"
        if len(cells) == 1 and self.labelled >= 3:
            return self._lonely(cells[0], index)
        if self.labelled > len(cells) and texts and len(texts) <= 4 and _NOTE.match(texts[0].strip()) and texts[0] is cells[0]:
            return "note"
        return None

    def _lonely(self, cell: Cell, index: int) -> str | None:
        if not isinstance(cell, str):
            return "only_serial" if isinstance(cell, (int, float)) and abs(cell) < 1e6 else None
        if _NUMBER.match(cell.strip()):
            return "only_serial" if len(cell.strip()) <= 6 else None
        if index in self.wide or len(cell) > 20 or _NOTE.match(cell.strip()):
            return "note"
        return None


def _is_total(text: str) -> bool:
    return bool(_TOTAL.match("".join(text.split())))


def _plain(cell: Cell) -> str:
    """A cell without its blanks; whole numbers without the point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


