"""What the rows above a header and the file's name say: a title, and the day or month the list is of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from pipeline.read.header import filled
from pipeline.read.model import Cell, Row

_DAY = re.compile(r"(?<!\d)(20\d\d)\s*(?:[年.\-/_]\s*(\d{1,2})\s*[月.\-/_]\s*(\d{1,2})(?!\d)|(\d\d)(\d\d)(?!\d))")
_MONTH = re.compile(r"(?<!\d)(20\d\d)\s*(?:[年.\-/_]\s*(\d{1,2})(?!\d)|(\d\d)(?!\d))")


def title_of(above: Sequence[Row]) -> str:
    """The first text above the header, on one line."""
    texts = [" ".join(cell.split()) for row in above for i in filled(row) if isinstance(cell := row[i], str)]
    return texts[0] if texts else ""


def as_of(above: Sequence[Row], stem: str) -> str | None:
    """YYYYMMDD or YYYYMM that the rows above the header or the file's name speak of; a day before a month, rows first."""
    texts = [_dated(row[i]) for row in above for i in filled(row)] + [stem]
    found = [date for pattern in (_DAY, _MONTH) for text in texts for date in _dates(pattern, text)]
    return found[0] if found else None


def _dated(cell: Cell) -> str:
    return cell.strftime("%Y%m%d") if isinstance(cell, dt.date) else str(cell)


def _dates(pattern: re.Pattern[str], text: str) -> list[str]:
    """The real dates in a text; 20221399 is none."""
    found = []
    for groups in (match.groups() for match in pattern.finditer(text)):
        parts = [int(group) for group in groups if group]
        try:
            day = dt.date(*(parts + [1])[:3])
        except ValueError:
            continue
        found.append(day.strftime("%Y%m%d" if len(parts) == 3 else "%Y%m"))
    return found
