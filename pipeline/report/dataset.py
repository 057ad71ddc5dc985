"""清洗数据.xlsx: the clean tables, one tab each."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from openpyxl import Workbook

from pipeline.report.fastsheet import Body, Column, letters, to_arrow
from pipeline.report.results import Results
from pipeline.report.words import wording
from pipeline.report.workbook import Look, header, new_workbook, notes, save, spans, style

WIDTHS = {"id": 21, "phone": 14, "account": 22, "address": 24, "name": 10, "codes": 20, "number": 11, "text": 14}


def write(results: Results, folder: Path) -> list[Path]:
    book = new_workbook()
    bodies = [body for table in results.tables for body in _tab(book, results, table)]
    words = wording()
    notes(book, words("dataset.notes.sheet"), *_notes(results))
    return [save(book, folder / words("dataset.file"), results.moment, bodies)]


def _tab(book: Workbook, results: Results, table: str) -> list[Body]:
    """The tab of a table; a second one where a sheet holds no more rows."""
    frame, words = results.tables[table], wording()
    titles = [_title(results, table, column) for column in frame.columns]
    widths = [_width(results, table, str(column)) for column in frame.columns]
    name = results.title(table)
    bodies = []
    for number, (start, stop) in enumerate(spans(len(frame)), start=1):
        sheet = book.create_sheet(name if number == 1 else words("dataset.more", title=name, number=number))
        header(sheet, titles, widths)
        sheet.auto_filter.ref = f"A1:{letters(len(titles) - 1)}{stop - start + 1}"
        text, number_style = style(sheet, Look()), style(sheet, Look(number_format="General"))
        bodies.append(Body(sheet.title, 2, _columns(frame.iloc[start:stop], text, number_style)))
    return bodies


def _columns(frame: pd.DataFrame, text: int, number: int) -> list[Column]:
    return [
        Column(to_arrow(series), number if pd.api.types.is_numeric_dtype(series.dtype) else text)
        for _, series in frame.items()
    ]


def _title(results: Results, table: str, column: str) -> str:
    return wording()("source_row") if column == "row_id" else results.label(table, column)


def _width(results: Results, table: str, column: str) -> float:
    kind = results.sensitive.get((table, column)) or results.types.get((table, column), "text")
    return 34 if column == "row_id" else WIDTHS.get(kind, 12)


def _notes(results: Results) -> tuple[str, list[tuple[str, str]]]:
    words = wording()
    counts = words("dataset.notes.joiner").join(
        words("dataset.notes.count", table=results.title(t), rows=len(frame))
        for t, frame in results.tables.items()
    )
    values = {
        "place": results.place, "period": results.period, "reference_date": results.reference_day, "counts": counts,
    }  # fmt: skip
    rows = [(item, text.format(**values)) for item, text in words.get("dataset.notes.rows").values()]
    return words("dataset.notes.title", **values), rows
