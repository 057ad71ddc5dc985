"""修改记录.xlsx: every change of form, with its address, what stood there before, and why."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.report.address import addresses
from pipeline.report.fastsheet import Body, Column, letters, to_arrow
from pipeline.report.results import Results
from pipeline.report.words import worded, wording
from pipeline.report.workbook import Look, header, new_workbook, notes, printed, save, spans, style

CHANGE_COLUMNS = ("row_id", "table", "column", "source_column", "before", "after", "step", "reason")
WIDTHS = {"file": 26, "tab": 14, "header": 22, "table": 14, "label": 20, "before": 28, "after": 28, "reason": 34}


def write(results: Results, folder: Path) -> list[Path]:
    words, book = wording(), new_workbook()
    titles: dict[str, str] = words.names("changes.columns")
    frame = listed(results)[list(titles)]
    bodies = []
    for number, (start, stop) in enumerate(spans(len(frame)), start=1):
        name = words("changes.sheet")
        sheet = book.create_sheet(name if number == 1 else words("dataset.more", title=name, number=number))
        header(sheet, list(titles.values()), [WIDTHS.get(c, 12) for c in titles])
        printed(sheet)
        sheet.auto_filter.ref = f"A1:{letters(len(titles) - 1)}{stop - start + 1}"
        text, count = style(sheet, Look()), style(sheet, Look(number_format="0", centre=True))
        part = frame.iloc[start:stop]
        bodies.append(Body(sheet.title, 2, [Column(to_arrow(part[c]), count if c == "row" else text) for c in titles]))
    notes(book, words("changes.notes.sheet"), *_notes(results))
    return [save(book, folder / words("changes.file"), results.moment, bodies)]


def listed(results: Results) -> pd.DataFrame:
    """Changes as an officer reads them: addresses taken apart, our columns by their labels."""
    changes = results.changes.reindex(columns=list(CHANGE_COLUMNS))
    pairs = zip(changes["table"], changes["column"], strict=True)
    label = pd.Series([results.labels.get(pair) for pair in pairs], index=changes.index, dtype=object)
    return changes.assign(
        **addresses(changes["row_id"]),
        header=changes["source_column"],
        label=label.where(label.notna(), changes["column"]),
        table=changes["table"].map({table: results.title(table) for table in changes["table"].unique()}),
        step=worded(changes["step"], "step"),
    )


def _notes(results: Results) -> tuple[str, list[tuple[str, str]]]:
    words = wording()
    counted = results.changes.reindex(columns=["reason"])["reason"].value_counts().sort_index(kind="stable")
    reasons = words("changes.notes.joiner").join(
        words("changes.notes.count", reason=reason, count=count)
        for reason, count in sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))[:30]
    )
    values = {
        "place": results.place, "period": results.period, "total": len(results.changes), "reasons": reasons,
    }  # fmt: skip
    rows = [(item, text.format(**values)) for item, text in words.get("changes.notes.rows").values()]
    return words("changes.notes.title", **values), rows
