"""Which rows of a tab are its header: by known headers first, by shape where none is known."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from pipeline.headers import Vocabulary, known_header
from pipeline.read.cells import unescape
from pipeline.read.model import Cell, Merge, Row

HEAD = 30  # rows looked at first
FAR = 300  # and this far when those hold nothing convincing

_NUMBERISH = re.compile(r"^[\s(+\-]*[\d,.]+[\s%)xX]*$")
_LONG_DIGITS = re.compile(r"\d{11,}")
_UNITS = re.compile(r"^[（(]?(单位[:：]?)?(万元|元|亩|月|个|人|户|岁|年|天|次|%|％|公里|千米|米|平方米|㎡|公斤|斤|头|只)[)）]?$")
_FORM_LINE = re.compile(r"[:：]|\d{4}\s*年|单位|^\s*[（(]?\s*(注|说明|备注|填表|填报|制表|审核)")


@dataclass(frozen=True)
class Header:
    """Rows `top`…`bottom` (from 0) name the columns; `names` and `sections` are as wide as the widest of them."""

    top: int
    bottom: int
    names: tuple[str, ...]
    sections: tuple[str, ...]
    known: int


def filled(row: Row) -> list[int]:
    """Positions of the cells that hold something other than spaces."""
    return [i for i, cell in enumerate(row) if cell != "" and not _is_space(cell)]


def _is_space(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.isspace()


def is_label(cell: Cell) -> bool:
    """A cell that could be a header: short text without long digits that is not a number."""
    return isinstance(cell, str) and len(cell) <= 60 and not _NUMBERISH.match(cell) and not _LONG_DIGITS.search(cell)


def find_header(rows: Sequence[Row], merges: Sequence[Merge] | None, vocabulary: Vocabulary) -> Header | None:
    """The header among a tab's first rows, None where there is no table."""
    best = _best_known(rows, vocabulary)
    if best is None:
        best = _best_shape(rows)
    return None if best is None else _block(rows, best, merges or (), vocabulary)


def count_known(row: Row, vocabulary: Vocabulary) -> int:
    """Number of different known headers in a row."""
    labels = {cell for cell in row if is_label(cell) and not _asks(cell)}
    return sum(known_header(label, vocabulary) for label in labels)


def _asks(cell: Cell) -> bool:
    """乡镇：______ is a form to fill in, not a header."""
    return isinstance(cell, str) and cell.rstrip(" _　").endswith((":", "："))


def convincing(row: Row, vocabulary: Vocabulary) -> bool:
    """At least three known headers, or two that are half of what the row holds; and hardly any number."""
    cells = [row[i] for i in filled(row)]
    labels = sum(map(is_label, cells))
    known = count_known(row, vocabulary)
    return (known >= 3 or (known >= 2 and known * 2 >= len(cells))) and labels * 5 >= len(cells) * 4


def _best_known(rows: Sequence[Row], vocabulary: Vocabulary) -> int | None:
    """The row with the most known headers; the first of equals."""
    scores = [(count_known(row, vocabulary), -i) for i, row in enumerate(rows) if convincing(row, vocabulary)]
    return -max(scores)[1] if scores else None


def _best_shape(rows: Sequence[Row]) -> int | None:
    """The first row with (nearly) the most distinct labels, and nothing else, that has rows of data under it."""
    scores = {}
    for i, row in enumerate(rows[:HEAD]):
        cells = [row[j] for j in filled(row)]
        below = [len(filled(other)) for other in rows[i + 1 : i + 6]]
        labels = all(is_label(cell) and not _asks(cell) for cell in cells)
        if len(cells) >= 2 and labels and any(n * 2 > len(cells) for n in below):
            scores[i] = len(set(cells))
    return next((i for i, score in scores.items() if score >= 2 and score * 5 >= max(scores.values()) * 4), None)


def _block(rows: Sequence[Row], best: int, merges: Sequence[Merge], vocabulary: Vocabulary) -> Header:
    """The header rows around the best one, and what they say of each column."""
    top = bottom = best
    while top > 0 and best - top < 2 and _is_section_row(rows[top - 1], rows[top], top - 1, merges):
        top -= 1
    if bottom + 1 < len(rows) and _is_lower_line(rows, best, merges, vocabulary):
        bottom += 1
    width = max(len(row) for row in rows[top : bottom + 1])
    lines = [_spread(rows[i], i, width, i < bottom, merges, rows[i + 1] if i < bottom else []) for i in range(top, bottom + 1)]
    names, sections = [], []
    for column in zip(*lines, strict=True):
        own = [text for text, starts_here in column if text and starts_here]
        lowest = column[-1][0] or (own[-1] if own else "")
        above = [text for text, _ in column[:-1] if text and text != lowest]
        names.append(lowest)
        sections.append("/".join(dict.fromkeys(above)))
    if bottom + 1 < len(rows) and _is_unit_line(rows[bottom + 1], names):
        bottom += 1
        names = [name + _text(unit) for name, unit in zip_longest(names, rows[bottom], fillvalue="")]
        sections += [""] * (len(names) - len(sections))
    known = sum(known_header(name, vocabulary) for name in names if name)
    return Header(top, bottom, tuple(names), tuple(sections), known)


def _is_section_row(upper: Row, lower: Row, index: int, merges: Sequence[Merge]) -> bool:
    """Whether a row names groups of columns, or columns that reach down into the header row below it."""
    cells = filled(upper)
    if not cells or any(not is_label(upper[i]) or _FORM_LINE.search(str(upper[i])) for i in cells):
        return False
    spans = {first[1]: (last[0] - first[0], last[1] - first[1] + 1) for first, last in merges if first[0] == index}
    if spans:
        wide = [i for i in cells if i in spans and spans[i][1] >= 2]
        deep = [i for i in cells if i in spans and spans[i][0] >= 1]
        title = len(cells) == 1 and bool(wide) and spans[cells[0]][1] * 10 >= len(filled(lower)) * 8
        return bool(wide or deep) and not title
    return len(cells) >= 2 and bool(set(filled(lower)) - set(cells))


def _is_lower_line(rows: Sequence[Row], best: int, merges: Sequence[Merge], vocabulary: Vocabulary) -> bool:
    """Whether the row under the best one names columns too: sub-headers under a header that spans several columns."""
    upper, lower = rows[best], rows[best + 1]
    above, below = set(filled(upper)), filled(lower)
    if not below or any(not is_label(lower[i]) for i in below):
        return False
    spans = [(first, last) for first, last in merges if first[0] == best and last[0] <= best + 1]
    if any(last[0] == best + 1 for _, last in spans):
        deep = {c for first, last in spans if last[0] == best + 1 for c in range(first[1], last[1] + 1)}
        return not deep & set(below)
    wide = {c for first, last in spans for c in range(first[1], last[1] + 1)}
    if wide:
        return set(below) <= wide
    # No merges known: sub-headers stand under gaps of the upper row and at the start of such a gap, nowhere else.
    gaps = {i for i in range(max(len(upper), len(lower))) if i not in above}
    under = [i for i in below if i in gaps]
    stray = [i for i in below if i not in gaps and i + 1 not in gaps]
    return len(under) >= 1 and len(below) >= 2 and not stray and len(above - set(below)) >= 1


def _is_unit_line(row: Row, names: Sequence[str]) -> bool:
    """A line of nothing but units under the names: 元, （月）."""
    cells = filled(row)
    return bool(cells) and all(
        i < len(names) and names[i] and isinstance(row[i], str) and _UNITS.match(row[i].strip()) for i in cells
    )


def _spread(
    row: Row, index: int, width: int, upper: bool, merges: Sequence[Merge], below: Row
) -> list[tuple[str, bool]]:
    """(text, whether it may name the column itself) per column, a section text filled to the right over its columns."""
    texts = [_text(cell) for cell in row] + [""] * (width - len(row))
    own = [bool(text) for text in texts]
    if not upper:
        return list(zip(texts, own, strict=True))
    wide = [(first[1], last[1]) for first, last in merges if first[0] == index and last[1] > first[1]]
    if wide:
        for start, end in wide:
            texts[start : end + 1] = [texts[start]] * (min(end + 1, width) - start)
    else:
        current = ""
        for i in range(width):
            current = texts[i] or current
            if i < len(below) and _text(below[i]):
                texts[i] = current
            elif not texts[i]:
                current = ""
    return list(zip(texts, own, strict=True))


def _text(cell: Cell) -> str:
    """A header cell as it stands; numbers and dates as a person would read them."""
    if isinstance(cell, str):
        return "" if cell.isspace() else unescape(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
