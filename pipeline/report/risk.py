"""台账/规模性返贫风险隐患.xlsx: villages ranked by what may throw many households back at once, with the reach of chance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.report import form
from pipeline.report.results import Results
from pipeline.report.words import Words, wording
from pipeline.report.workbook import new_workbook, save

SHARE_WIDTH = 14  # the share above, its interval below


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
    widths = form.column_widths(rows, {str(title): SHARE_WIDTH for title in rows if _has_interval(results.village_risk, str(title))})
    sheet = form.Form(words("risk.tab"), "", title, subtitle, rows, widths, words.get("annex.township_signs"), footer=title, empty=words("risk.note"))
    return [save(book, target / words("risk.file"), results.moment, [form.add(book, sheet)])]


def _has_interval(frame: pd.DataFrame | None, title: str) -> bool:
    """Whether the column of this title is a share, which is told with its interval."""
    asked = wording("village_risk.yml").get("columns")
    return frame is not None and any(c["label"] == title and f"{c['name']}_low" in frame for c in asked)


def shown(results: Results, frame: pd.DataFrame | None, only: Sequence[str] = ()) -> pd.DataFrame | None:
    """The villages as people read them, under the titles of village_risk.yml; a share with its interval; `only` some columns."""
    if frame is None or not len(frame):
        return None
    words = wording()
    asked = wording("village_risk.yml").get("columns")
    titles = words.names("risk.columns") | {str(c["name"]): str(c["label"]) for c in asked}
    kept = [name for name in (only or titles) if name in frame and name in titles]
    return pd.DataFrame({titles[name]: _told(frame, name, words) for name in kept}).reset_index(drop=True)


def _told(frame: pd.DataFrame, name: str, words: Words) -> list[Any]:
    values, low, high = frame[name], f"{name}_low", f"{name}_high"
    if low in frame:
        parts = zip(values, frame[low], frame[high], strict=True)
        return [None if pd.isna(v) else words("risk.share", share=f"{v:.1%}", low=f"{a:.1%}", high=f"{b:.1%}") for v, a, b in parts]
    if pd.api.types.is_numeric_dtype(values.dtype):
        return [None if pd.isna(v) else f"{v:.2f}".rstrip("0").rstrip(".") for v in values]
    return [None if pd.isna(v) else str(v) for v in values]
