"""Table cells as the XML of a worksheet, by whole columns: five million cells in three seconds.

openpyxl, which lays our workbooks out, takes some 8 microseconds per cell, xlsxwriter 3: a township's data would take
most of a minute. Here pyarrow joins the text of a column, then the columns of a row, without a Python step per cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.report.words import wording

CHUNK = 4096
FEW = 64  # up to so many texts Python is quicker than calling pyarrow five times
CELL_LIMIT = 32_767  # characters Excel keeps in a cell; a longer one makes it call the file damaged
ROW_LIMIT = 1_048_576
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFE}\x{FFFF}]"  # not allowed in XML


def to_arrow(values: pd.Series | Iterable[Any]) -> pa.Array:
    """Numbers as float64, everything else as text; NaN, None and empty text are null."""
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype):
        numbers = series.to_numpy(dtype=float, na_value=np.nan)
        return pa.array(numbers, mask=~np.isfinite(numbers))
    return _text(series)


def _text(series: pd.Series) -> pa.Array:
    try:
        text = pa.array(series, type=pa.string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeError):
        plain = [None if pd.isna(v) else str(v).encode("utf-8", "replace").decode() for v in series]
        text = pa.array(plain, type=pa.string())
    text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


@dataclass(frozen=True)
class Column:
    """A column's values with the number of its cell style, one for all rows or one per row."""

    values: pa.Array
    style: int | npt.NDArray[np.int64] = 0


@dataclass(frozen=True)
class Body:
    """Rows to be poured into a sheet from `first_row` down; `blanks`: empty cells are written too, for their style."""

    sheet: str
    first_row: int
    columns: Sequence[Column]
    heights: npt.NDArray[np.float64] | None = None
    blanks: bool = False

    @property
    def rows(self) -> int:
        return len(self.columns[0].values) if self.columns else 0

    def part(self, start: int, stop: int) -> Body:
        """The rows from `start` up to `stop` alone."""
        cut = slice(start, stop)
        columns = [Column(c.values[cut], c.style if isinstance(c.style, int) else c.style[cut]) for c in self.columns]
        heights = None if self.heights is None else self.heights[cut]
        return Body(self.sheet, self.first_row, columns, heights, self.blanks)


@dataclass
class SharedStrings:
    """The workbook's table of texts, each kept once."""

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, texts: pa.Array) -> pa.Array:
        """The number of each text, as text."""
        known = self.numbers
        return pa.array([known.setdefault(t, len(known)) for t in texts.to_pylist()], pa.int64()).cast(pa.string())

    @property
    def count(self) -> int:
        return len(self.numbers)

    def xml(self) -> Iterator[memoryview]:
        texts = pa.array(self.numbers, pa.string())
        for start in range(0, len(texts), 65_536):
            part = escape(texts.slice(start, 65_536))
            yield _bytes(_join('<si><t xml:space="preserve">', part, "</t></si>"))


_EMPTY = pa.scalar("")
_NULL, _SKIPPED = pc.JoinOptions(null_handling="emit_null"), pc.JoinOptions(null_handling="skip")


def _join(*parts: str | pa.Scalar | pa.Array, nulls: pc.JoinOptions = _NULL) -> pa.Array:
    """Texts side by side, element by element. Many sheets are small, and making the options anew costs more than the joining."""
    return pc.call_function("binary_join_element_wise", [*(pa.scalar(p) if isinstance(p, str) else p for p in parts), _EMPTY], nulls)


def escape(texts: pa.Array) -> pa.Array:
    """Texts as they may stand in XML: cut to what a cell holds, without control characters, & < > written out."""
    mark = wording()("too_long")
    cut = _join(pc.utf8_slice_codeunits(texts, 0, CELL_LIMIT - len(mark)), mark)
    texts = pc.if_else(pc.greater(pc.utf8_length(texts), CELL_LIMIT), cut, texts)
    texts = pc.replace_substring_regex(texts, CONTROL, "")
    texts = pc.replace_substring_regex(texts, "_x([0-9A-Fa-f]{4})_", r"_x005F_x\1_")  # Excel reads _x0041_ as A
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "_x000D_")):
        texts = pc.replace_substring(texts, char, entity)
    return texts


def text_lines(texts: pa.Array, width: float) -> npt.NDArray[np.float64]:
    """Lines each text takes: a Chinese character is three bytes and two columns wide, a Latin one one and one.

    Two columns are given away: lines break before words and long numbers, not within them.
    """
    if len(texts) <= FEW:
        return np.array([sum(max(math.ceil(_wide(line) / (width - 2)), 1) for line in (text or "").split("\n")) for text in texts.to_pylist()], float)
    parts = pc.split_pattern(pc.fill_null(texts, ""), "\n")
    of, texts = pc.list_parent_indices(parts).to_numpy(False), pc.list_flatten(parts)
    wide = (pc.binary_length(texts).to_numpy(False) + pc.utf8_length(texts).to_numpy(False)) / 2
    lines = np.maximum(np.ceil(wide / (width - 2)), 1)
    found: npt.NDArray[np.float64] = np.bincount(of, weights=lines).astype(float)
    return found


def _wide(text: str) -> float:
    return (len(text.encode()) + len(text)) / 2


@cache
def letters(index: int) -> str:
    """0 is A, 26 is AA."""
    name, index = "", index + 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def rows_xml(body: Body, strings: SharedStrings) -> Iterator[memoryview]:
    """The <row> elements of a body, a few thousand at a time."""
    tails = [_tails(column, strings, body.blanks) for column in body.columns]
    prefixes = [f'<c r="{letters(i)}' for i in range(len(tails))]
    for start in range(0, body.rows, CHUNK):
        size = min(CHUNK, body.rows - start)
        number = pa.array(np.arange(start, start + size) + body.first_row).cast(pa.string())
        cells = [
            _join(prefix, number, tail.slice(start, size))
            for prefix, tail in zip(prefixes, tails, strict=True)
        ]
        opening = _row_opening(number, body, start, size)
        yield _bytes(_join(opening, *cells, "</row>", nulls=_SKIPPED))


def _row_opening(number: pa.Array, body: Body, start: int, size: int) -> pa.Array:
    if body.heights is None:
        return _join('<row r="', number, '">')
    height = pa.array(body.heights[start : start + size]).cast(pa.string())
    return _join('<row r="', number, '" ht="', height, '">')


def _tails(column: Column, strings: SharedStrings, blanks: bool) -> pa.Array:
    """What follows the row number in each cell's XML; null where no cell is to be written."""
    opening = _style(column)
    empty = _join(opening, "/>") if blanks else None
    if pa.types.is_floating(column.values.type):
        return _joined(opening, column.values.cast(pa.string()), "><v>", empty)
    coded = column.values.dictionary_encode()
    return _joined(opening, strings.of(coded.dictionary).take(coded.indices), ' t="s"><v>', empty)


def _style(column: Column) -> pa.Scalar | pa.Array:
    if isinstance(column.style, int):
        return pa.scalar(f'" s="{column.style}"')
    return _join('" s="', pa.array(column.style).cast(pa.string()), '"')


def _joined(opening: pa.Scalar | pa.Array, content: pa.Array, between: str, empty: pa.Array | None) -> pa.Array:
    cells = _join(opening, between, content, "</v></c>")
    return cells if empty is None else pc.coalesce(cells, empty)


def _bytes(texts: pa.Array) -> memoryview:
    """The texts of an array one after the other, uncopied."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    _, offsets, data = texts.buffers()
    if data is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(data)[int(ends[0]) : int(ends[-1])]
