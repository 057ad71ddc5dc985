"""台账/规模性返贫风险隐患.xlsx: villages ranked by what may throw many households back at once, with the reach of chance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.report import form
from pipeline.report.results import Results
from pipeline.report.words import Words, wording
from pipeline.report.workbook import new_workbook, save


def write(results: Results, folder: Path) -> list[Path]:
    """Nothing where no village was judged."""
    rows = shown(results, results.village_risk)
    if rows is None:
        return []
    words = wording()
    target = folder / words("annex.folder")
    target.mkdir(parents=True, exist_ok=True)
    book = new_workbook()
    title = words("risk.title", place=results.place)
    subtitle = words("risk.subtitle", period=results.period, rows=len(rows))
    widths = form.column_widths(rows, {})
    sheet = form.Form(words("risk.tab"), "", title, subtitle, rows, widths, words.get("annex.township_signs"), footer=title, empty=words("risk.note"))
    return [save(book, target / words("risk.file"), results.moment, [form.add(book, sheet)])]


def shown(results: Results, frame: pd.DataFrame | None) -> pd.DataFrame | None:
    """The villages as people read them: known columns under their titles, shares as percentages, figures short."""
    if frame is None or not len(frame):
        return None
    words = wording()
    titles = {name: title for name, title in words.names("risk.columns").items() if name in frame}
    rows = pd.DataFrame({title: _told(frame[name], name, words) for name, title in titles.items()}, index=frame.index)
    return rows.reset_index(drop=True)


def _told(values: pd.Series, name: str, words: Words) -> list[Any]:
    if name in words.get("risk.percent"):
        return [None if pd.isna(v) else f"{v:.1%}" for v in values]
    if pd.api.types.is_numeric_dtype(values.dtype):
        return [None if pd.isna(v) else f"{v:.2f}".rstrip("0").rstrip(".") for v in values]
    return [None if pd.isna(v) else str(v) for v in values]
