"""部门比对/<部门>.xlsx: a department's lists against the system, five tabs, each row with both sides' cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.report.fastsheet import Body, Column, letters, to_arrow
from pipeline.report.fixlist import file_name
from pipeline.report.form import row_heights
from pipeline.report.results import Results, day
from pipeline.report.words import wording
from pipeline.report.workbook import GRID, HEAD, TITLE, Look, header, new_workbook, printed, put, save, spans, style

if TYPE_CHECKING:
    from pipeline.reconcile.model import AsOf, Comparison

WIDTHS = {
    "source": 18, "group": 6, "household_no": 14, "name": 10, "list_name": 10, "id_number": 21, "list_id": 21, "theirs": 21, "ours": 21, "why": 30,
    "our_cell": 34, "their_cell": 34, "label": 16,
}  # fmt: skip


def write(results: Results, folder: Path) -> list[Path]:
    """A workbook per department; nothing where no department has sent a list."""
    if not results.comparisons:
        return []
    target = folder / wording()("compare.folder")
    target.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    return [_book(results, one, target / file_name(one.owner or wording()("compare.no_owner"), taken)) for one in results.comparisons]


def _book(results: Results, one: Comparison, path: Path) -> Path:
    book, bodies = new_workbook(), []
    for bucket, name in wording().names("compare.buckets").items():
        frame = one.buckets[bucket]
        titles: dict[str, str] = wording().names(f"compare.columns.{bucket}")
        for number, (start, stop) in enumerate(spans(len(frame), 12 + 2 * len(one.lists)), start=1):
            sheet = book.create_sheet(name if number == 1 else wording()("dataset.more", title=name, number=number))
            head = _top(sheet, one, name, len(titles))
            header(sheet, list(titles.values()), [WIDTHS.get(c, 12) for c in titles], head)
            printed(sheet, head)
            sheet.auto_filter.ref = f"A{head}:{letters(len(titles) - 1)}{head + max(stop - start, 1)}"
            columns = _columns(sheet, frame.iloc[start:stop], list(titles))
            bodies.append(Body(sheet.title, head + 1, columns, row_heights([c.values for c in columns], [WIDTHS.get(c, 12) for c in titles], 1)))
    return save(book, path, results.moment, bodies)


def _columns(sheet: Worksheet, frame: pd.DataFrame, names: list[str]) -> list[Column]:
    look = style(sheet, Look(border=GRID, wrap=True))
    return [Column(to_arrow(frame[name].astype(object)), look) for name in names]


def _top(sheet: Worksheet, one: Comparison, name: str, width: int) -> int:
    """Title, the days both sides speak of, warnings; the row of the column titles."""
    words = wording()
    put(sheet, 1, 1, words("compare.title", owner=one.owner or words("compare.no_owner"), bucket=name), Look(TITLE))
    lines = [(_days(as_of), Look()) for as_of in one.lists]
    lines += [(warning, Look(HEAD)) for as_of in one.lists if (warning := _warning(as_of))]
    for row, (text, look) in enumerate(lines, start=2):
        put(sheet, row, 1, text, look)
        sheet.merge_cells(f"A{row}:{letters(width - 1)}{row}")
    return len(lines) + 2


def _days(as_of: AsOf) -> str:
    words = wording()
    unknown = words("compare.unknown_day")
    names = words.names("compare.buckets")
    counts = words("compare.joiner").join(words("compare.count", bucket=names[b], count=n) for b, n in as_of.counts.items())
    list_day, system_day = (day(d) if d else unknown for d in (as_of.list_day, as_of.system_day))
    return words("compare.days", title=as_of.title, list_day=list_day, files="、".join(as_of.files), system_day=system_day, counts=counts)


def _warning(as_of: AsOf) -> str | None:
    return wording()(f"compare.warning.{as_of.remark}", title=as_of.title, days=as_of.days_apart) if as_of.remark else None
