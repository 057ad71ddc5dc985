"""A tab's rows → one sheet of text: header found, title and footer told from data, every row with its address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from pipeline.headers import Vocabulary, fold_header
from pipeline.read import cells as cell_texts
from pipeline.read.header import FAR, HEAD, Header, convincing, filled, find_header
from pipeline.read.model import Cell, Grid, Progress, Row, SetAside, Sheet, Trouble, letters_of
from pipeline.read.titles import as_of, title_of

CHUNK = 20_000
DEEPEST = 500  # rows that a merged cell is believed to cover: no household is larger, a merged column is no data
LAST_ROWS = {1_048_576, 65_536}  # where Excel stops: .xlsx and .xls

_TOTAL = re.compile(r"^.{0,8}?(合计|总计|小计|共计|累计)([（(].{0,6}[）)])?[:：]?$")
_NOTE = re.compile(
    r"^[（(]?(注|备注|说明|填表|填报|制表|审核|复核|核对|负责人|主要负责|分管|经办|联系人|联系电话|单位|盖章|签字|签章|日期|时间|打印)"
    r".{0,12}?[:：）)]|^(注|说明|备注)\s*\d?\s*[:：.、]|^[*※]"
)
_NUMBER = re.compile(r"^[+\-]?[\d,]+(\.\d+)?%?$")
_ID_LIKE = re.compile(r"^[0-9A-Za-z*]{11,}$|^\d(\.\d+)?[eE]\+1\d$")


@dataclass
class _Kept:
    """Rows that are data so far, a list of texts per column."""

    width: int
    memos: list[cell_texts.Memo] = field(default_factory=list)
    columns: list[list[str | None]] = field(default_factory=list)
    kinds: dict[int, list[tuple[int, np.ndarray]]] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.widen(self.width)

    def widen(self, width: int) -> None:
        """Room for more columns: some files hold rows longer than the header."""
        while len(self.columns) < width:
            self.memos.append(cell_texts.Memo())
            self.columns.append([None] * len(self.rows))
        self.width = len(self.columns)


def read_table(
    grid: Grid, file: str, vocabulary: Vocabulary, progress: Progress | None = None
) -> tuple[Sheet | None, list[Trouble]]:
    """(the tab's sheet or None where it holds no table, troubles)."""
    rows = iter(grid.rows)
    head = list(islice(rows, HEAD))
    header = find_header(head, grid.merges, vocabulary)
    if header is None or not any(convincing(row, vocabulary) for row in head):
        head += islice(rows, FAR - HEAD)
        header = find_header(head, grid.merges, vocabulary)
    if header is None:
        return None, _no_table(head, grid, file)
    body = chain(head[header.bottom + 1 :], rows)
    kept = _collect(body, header, grid, progress)
    sheet = _sheet(kept, header, head[: header.top], grid, file)
    return sheet, [*_long_cells(kept, sheet), *_limits(sheet), *_nameless(sheet)]


def _no_table(head: list[Row], grid: Grid, file: str) -> list[Trouble]:
    """A word about a tab without a table, unless it is empty."""
    cells = sum(len(filled(row)) for row in head)
    return [Trouble("no_table", file, grid.tab, slots={"cells": str(cells)})] if cells else []


def _collect(body: Iterator[Row], header: Header, grid: Grid, progress: Progress | None) -> _Kept:
    """All rows below the header as texts, without the blank ones and those that are set aside."""
    kept = _Kept(len(header.names))
    judge = _Judge(header, grid)
    merged = _MergedDown(grid, header)
    at = header.bottom + 1  # rows above the next chunk
    while chunk := list(islice(body, CHUNK)):
        sums = {i for i, row in enumerate(chunk) for cell in row[:6] if type(cell) is str and "计" in cell}
        data: list[Row] = []
        for i, row in enumerate(chunk):
            if _is_blank(row):
                continue
            merged.fill(row, at + i)
            if reason := judge.reason(row, at + i, i in sums):
                kept.aside.append(SetAside(at + i + 1, reason))
            else:
                data.append(row)
                kept.rows.append(at + i + 1)
        _append(kept, data)
        at += len(chunk)
        if progress:
            progress(len(chunk))
    return kept


def _is_blank(row: Row) -> bool:
    """Whether a row holds nothing but spaces."""
    first = next(filter(None, row), None)
    if first is None:
        return row.count("") == len(row)
    return isinstance(first, str) and first.isspace() and not filled(row)


def _append(kept: _Kept, data: list[Row]) -> None:
    """The rows, turned to columns of text and put under what is kept."""
    if not data:
        return
    start = len(kept.columns[0]) if kept.columns else 0
    width = max(map(len, data))
    if min(map(len, data)) < max(width, kept.width):
        data = [row + [""] * (max(width, kept.width) - len(row)) for row in data]
    if width > kept.width:
        kept.rows, rows = kept.rows[:start], kept.rows
        kept.widen(width)
        kept.rows = rows
    for i, column in enumerate(zip(*data, strict=True)):
        texts, kinds = cell_texts.texts(column, kept.memos[i])
        kept.columns[i].extend(texts)
        if kinds is not None:
            kept.kinds.setdefault(i, []).append((start, kinds))


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

    def __init__(self, header: Header, grid: Grid) -> None:
        self.names = header.names
        self.folded = {fold_header(name) for name in header.names if name}
        self.labelled = sum(map(bool, header.names))
        self.anchor = next((i for i, name in enumerate(header.names) if name), 0)
        spans = [(first[0], last[1] - first[1] + 1) for first, last in grid.merges or ()]
        self.wide = {row for row, width in spans if width >= 3 and width * 2 > self.labelled}

    def reason(self, row: Row, index: int, may_be_sum: bool) -> str | None:
        """Why a row (at `index` from 0) is not data, None where it is."""
        if self.anchor < len(row) and row[self.anchor] == self.names[self.anchor] and self._repeats_header(row):
            return "header_again"
        cells = len(row) - row.count("")
        if not may_be_sum and cells > 4 and cells * 2 > self.labelled:
            return None
        return self._sparse(row, index)

    def _repeats_header(self, row: Row) -> bool:
        texts = [row[i] for i in filled(row)]
        same = sum(isinstance(text, str) and fold_header(text) in self.folded for text in texts)
        return same >= 2 and same * 10 >= len(texts) * 8

    def _sparse(self, row: Row, index: int) -> str | None:
        cells = [row[i] for i in filled(row)]
        texts = [cell for cell in cells if isinstance(cell, str) and not _NUMBER.match(cell.strip())]
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


def _sheet(kept: _Kept, header: Header, above: list[Row], grid: Grid, file: str) -> Sheet:
    """The sheet, blank columns dropped."""
    names = header.names + ("",) * (kept.width - len(header.names))
    sections = header.sections + ("",) * (kept.width - len(header.sections))
    columns = [i for i in range(kept.width) if names[i] or any(kept.columns[i])]
    block = np.empty((len(columns), len(kept.rows)), dtype=object)
    for j, i in enumerate(columns):
        block[j, :] = kept.columns[i]
        kept.columns[i] = []
    return Sheet(
        file, grid.tab, grid.hidden, header.bottom + 1,
        tuple(names[i] for i in columns), tuple(sections[i] for i in columns), tuple(letters_of(i) for i in columns),
        pd.DataFrame(block.T, copy=False), np.array(kept.rows, dtype=np.int64),
        {j: _kinds(kept.kinds[i], len(kept.rows)) for j, i in enumerate(columns) if i in kept.kinds},
        tuple(kept.aside), as_of(above, PurePosixPath(file).stem), title_of(above),
    )


def _kinds(parts: list[tuple[int, np.ndarray]], height: int) -> np.ndarray:
    """The kinds of a column's cells, put together from its chunks."""
    kinds = np.zeros(height, dtype=np.uint8)
    for start, part in parts:
        kinds[start : start + len(part)] = part
    return kinds


def _long_cells(kept: _Kept, sheet: Sheet) -> list[Trouble]:
    """A word for each cell as long as Excel allows: the rest of its text was probably cut off."""
    long = {text for memo in kept.memos for text in memo.long}
    if not long:
        return []
    places = [
        (int(sheet.rows[i]), j) for j in range(len(sheet.headers)) for i in np.flatnonzero(sheet.cells[j].isin(long))
    ]
    return [
        Trouble("cell_limit", sheet.file, sheet.tab, row, {"header": _shown(sheet.headers[j]), "letter": sheet.letters[j]})
        for row, j in places
    ]


def _limits(sheet: Sheet) -> list[Trouble]:
    """A word where the data ends exactly at the last row Excel has."""
    last = int(sheet.rows[-1]) if len(sheet.rows) else 0
    return [Trouble("row_limit", sheet.file, sheet.tab, last, {"rows": str(last)})] if last in LAST_ROWS else []


def _nameless(sheet: Sheet) -> list[Trouble]:
    """A word about columns that hold data under no header."""
    pairs = zip(sheet.headers, sheet.letters, strict=True)
    letters = [letter for header, letter in pairs if not header.strip()]
    slots = {"letters": "、".join(letters)}
    return [Trouble("no_header", sheet.file, sheet.tab, sheet.header_row, slots)] if letters else []


def _shown(header: str) -> str:
    return " ".join(header.split())
