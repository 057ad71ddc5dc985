"""A tab's rows → one sheet of text: header found, title and footer told from data, every row with its address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
import pandas as pd

from pipeline.headers import Vocabulary, fold_header
from pipeline.read import cells as cell_texts
from pipeline.read.header import FAR, HEAD, Header, convincing, filled, find_header
from pipeline.read.model import Cell, Grid, Progress, Row, SetAside, Sheet, Trouble, letters_of

CHUNK = 20_000
EXCEL_ROWS = 1_048_576
CELL_LIMIT = 32_767

_TOTAL = re.compile(r"^.{0,8}?(合计|总计|小计|共计|累计)([（(].{0,6}[）)])?[:：]?$")
_NOTE = re.compile(
    r"^[（(]?(注|备注|说明|填表|填报|制表|审核|复核|核对|负责人|主要负责|分管|经办|联系人|联系电话|单位|盖章|签字|签章|日期|时间|打印)"
    r".{0,12}?[:：）)]|^(注|说明|备注)\s*\d?\s*[:：.、]|^[*※]"
)
_NUMBER = re.compile(r"^[+\-]?[\d,]+(\.\d+)?%?$")
_ID_LIKE = re.compile(r"^[0-9A-Za-z*]{11,}$")


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
    return _sheet(kept, header, head[: header.top], grid, file), []


def _no_table(head: list[Row], grid: Grid, file: str) -> list[Trouble]:
    """A word about a tab without a table, unless it is empty or hardly anything."""
    texts = sum(len(filled(row)) for row in head)
    return [Trouble("no_table", file, grid.tab)] if texts >= 10 else []


def _collect(body: Iterator[Row], header: Header, grid: Grid, progress: Progress | None) -> _Kept:
    """All rows below the header as texts, without the blank ones and those that are set aside."""
    kept = _Kept(len(header.names))
    judge = _Judge(header, grid)
    at = header.bottom + 1  # position of the next row, from 0
    while chunk := list(islice(body, CHUNK)):
        data: list[Row] = []
        for row in chunk:
            first = next(filter(None, row), None)
            at += 1
            if first is None and not any(cell == 0 and cell != "" for cell in row if cell is not None):
                continue
            if isinstance(first, str) and first.isspace() and not filled(row):
                continue
            reason = judge.reason(row, at - 1)
            if reason:
                kept.aside.append(SetAside(at, reason))
            else:
                data.append(row)
                kept.rows.append(at)
        _append(kept, data)
        if progress:
            progress(len(chunk))
    return kept


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


class _Judge:
    """Tells rows that are not data by what they lack."""

    def __init__(self, header: Header, grid: Grid) -> None:
        self.names = header.names
        self.folded = {fold_header(name) for name in header.names if name}
        self.labelled = sum(map(bool, header.names))
        self.anchor = next((i for i, name in enumerate(header.names) if name), 0)
        self.wide = {
            first[0] for first, last in grid.merges or () if last[1] - first[1] >= 2 and last[1] - first[1] + 2 >= self.labelled / 2
        }

    def reason(self, row: Row, index: int) -> str | None:
        """Why a row is not data, None where it is."""
        if self.anchor < len(row) and row[self.anchor] == self.names[self.anchor] and self._repeats_header(row):
            return "header_again"
        blanks = row.count("") + row.count(None)
        cells = len(row) - blanks
        if cells * 2 > self.labelled and cells > 4 and not self._sum_word(row):
            return None
        return self._sparse(row, index)

    def _sum_word(self, row: Row) -> bool:
        return any(isinstance(cell, str) and _is_total(cell) for cell in row[:6])

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
    title, as_of = "", None
    return Sheet(
        file, grid.tab, grid.hidden, header.bottom + 1,
        tuple(names[i] for i in columns), tuple(sections[i] for i in columns), tuple(letters_of(i) for i in columns),
        pd.DataFrame(block.T, copy=False), np.array(kept.rows, dtype=np.int64),
        {j: _kinds(kept.kinds[i], len(kept.rows)) for j, i in enumerate(columns) if i in kept.kinds},
        tuple(kept.aside), as_of, title,
    )


def _kinds(parts: list[tuple[int, np.ndarray]], height: int) -> np.ndarray:
    """The kinds of a column's cells, put together from its chunks."""
    kinds = np.zeros(height, dtype=np.uint8)
    for start, part in parts:
        kinds[start : start + len(part)] = part
    return kinds
