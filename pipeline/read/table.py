"""A tab's rows → one sheet of text: header found, title and footer told from data, every row with its address."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from pipeline.headers import Vocabulary
from pipeline.read.body import Body, collect
from pipeline.read.header import FAR, HEAD, Header, convincing, filled, find_header
from pipeline.read.model import Grid, Progress, Row, Sheet, Trouble, letters_of
from pipeline.read.titles import as_of, title_of

LAST_ROWS = {1_048_576, 65_536}  # where Excel stops: .xlsx and .xls


def read_tables(
    grid: Grid, file: str, vocabulary: Vocabulary, progress: Progress | None = None
) -> tuple[list[Sheet], list[Trouble]]:
    """(the tab's tables from top to bottom, troubles)."""
    sheets: list[Sheet] = []
    troubles: list[Trouble] = []
    rest: Grid | None = grid
    while rest is not None:
        part = rest
        rows = iter(part.rows)
        header, head = _find(rows, part, vocabulary)
        if header is None:
            return sheets, troubles + ([] if sheets else _no_table(head, grid, file))
        above = head[: header.top]
        body = collect(chain(head[header.bottom + 1 :], rows), header, above, part, vocabulary, progress)
        sheet = _sheet(body, header, above, part, file)
        sheets.append(sheet)
        troubles += [*_long_cells(body, sheet), *_limits(sheet), *_nameless(sheet)]
        rest = part.below(*body.rest) if body.rest else None
    return sheets, troubles


def _find(rows: Iterator[Row], grid: Grid, vocabulary: Vocabulary) -> tuple[Header | None, list[Row]]:
    """(header, the rows read to find it)."""
    head = list(islice(rows, HEAD))
    header = find_header(head, grid.merges, vocabulary)
    if header is None or not any(convincing(row, vocabulary) for row in head):
        head += islice(rows, FAR - HEAD)
        header = find_header(head, grid.merges, vocabulary)
    return header, head


def _no_table(head: list[Row], grid: Grid, file: str) -> list[Trouble]:
    """A word about a tab without a table, unless it is empty."""
    cells = sum(len(filled(row)) for row in head)
    return [Trouble("no_table", file, grid.tab, slots={"cells": str(cells)})] if cells else []


def _sheet(body: Body, header: Header, above: list[Row], grid: Grid, file: str) -> Sheet:
    """The sheet, blank columns dropped."""
    names = header.names + ("",) * (body.width - len(header.names))
    sections = header.sections + ("",) * (body.width - len(header.sections))
    columns = [i for i in range(body.width) if names[i] or any(body.columns[i])]
    block = np.empty((len(columns), len(body.rows)), dtype=object)
    for j, i in enumerate(columns):
        block[j, :] = body.columns[i]
        body.columns[i] = []
    return Sheet(
        file, grid.tab, grid.hidden, grid.above + header.bottom + 1,
        tuple(names[i] for i in columns), tuple(sections[i] for i in columns), tuple(letters_of(i) for i in columns),
        pd.DataFrame(block.T, copy=False), np.array(body.rows, dtype=np.int64),
        {j: _kinds(body.kinds[i], len(body.rows)) for j, i in enumerate(columns) if i in body.kinds},
        tuple(body.aside), as_of(above, PurePosixPath(file).stem), title_of(above),
    )


def _kinds(parts: list[tuple[int, np.ndarray]], height: int) -> np.ndarray:
    """The kinds of a column's cells, put together from its chunks."""
    kinds = np.zeros(height, dtype=np.uint8)
    for start, part in parts:
        kinds[start : start + len(part)] = part
    return kinds


def _long_cells(body: Body, sheet: Sheet) -> list[Trouble]:
    """A word for each cell as long as Excel allows: the rest of its text was probably cut off."""
    long = {text for memo in body.memos for text in memo.long}
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
