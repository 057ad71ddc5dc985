"""What the rows above a header and the file's name say: a title, and the day or month the list is of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from pipeline.read.header import filled
from pipeline.read.model import Cell, Row

_DAYS = re.compile(
    r"(?<!\d)(?P<y>20\d\d)(?:\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})(?!\d)"
    r"|(?P<s>[.\-/_])(?P<m2>\d{1,2})(?P=s)(?P<d2>\d{1,2})(?!\d)|(?P<m3>\d\d)(?P<d3>\d\d)(?!\d))"
)
# 2022年1-5月 is of May; 2022年3季度 is of no month.
_MONTHS = re.compile(
    r"(?<!\d)(?P<y>20\d\d)(?:\s*年\s*(?:\d{1,2}\s*[-—~至]\s*)?(?P<m>\d{1,2})\s*月"
    r"|[.\-/_](?P<m2>\d{1,2})(?![\d季])|(?P<m3>\d\d)(?!\d))"
)


def title_of(above: Sequence[Row]) -> str:
    """The first text above the header, on one line."""
    texts = [" ".join(cell.split()) for row in above for i in filled(row) if isinstance(cell := row[i], str)]
    return texts[0] if texts else ""


def as_of(above: Sequence[Row], stem: str) -> str | None:
    """YYYYMMDD or YYYYMM that the rows above the header or the file's name speak of; a day before a month, rows first."""
    texts = [_dated(row[i]) for row in above for i in filled(row)] + [stem]
    found = [date for pattern in (_DAYS, _MONTHS) for text in texts for date in _dates(pattern, text)]
    return found[0] if found else None


def _dated(cell: Cell) -> str:
    return cell.strftime("%Y%m%d") if isinstance(cell, dt.date) else str(cell)


def _dates(pattern: re.Pattern[str], text: str) -> list[str]:
    """The real dates in a text; 20221399 is none."""
    found = []
    for match in pattern.finditer(text):
        named = match.groupdict()
        parts = [int(next(filter(None, map(named.get, names)), 0)) for names in (["y"], ["m", "m2", "m3"], ["d", "d2", "d3"])]
        try:
            day = dt.date(parts[0], parts[1], parts[2] or 1)
        except ValueError:
            continue
        found.append(day.strftime("%Y%m%d" if parts[2] else "%Y%m"))
    return found
