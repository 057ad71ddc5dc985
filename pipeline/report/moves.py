"""整改进度.xlsx: this run against the last, by village and rule; what is settled; which rules are answered “true as it stands”."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl import Workbook

from pipeline.report.fastsheet import Body, Column, letters, to_arrow
from pipeline.report.results import Results
from pipeline.report.words import worded, wording
from pipeline.report.workbook import GRID, HEAD, PLAIN, TEXT, Look, header, new_workbook, notes, printed, save, style

NUMBERS = ("before", "new", "back", "still", "unchanged", "changed", "done", "true", "now")
CLOSED = ("village", "household_no", "name", "title", "label", "value", "state", "answer", "evidence", "checked_by", "checked_on", "history")
WIDTHS = {"title": 36, "history": 44, "evidence": 24, "state": 20, "household_no": 15, "rule": 12, "village": 12, "value": 16, "answer": 16}


def write(results: Results, folder: Path) -> list[Path]:
    """Nothing where no campaign is followed."""
    if results.progress is None or results.states is None or results.waivers is None:
        return []
    words, book = wording(), new_workbook()
    moved, states = results.progress, results.states
    notes(book, words("progress.notes.sheet"), *_notes(results, moved))
    closed = states[~states["open"].astype(bool)].assign(state=lambda s: worded(s["state"], "status"))
    bodies = [
        _sheet(book, "villages", _summed(moved, ["township", "village"])),
        _sheet(book, "rules", _summed(moved, ["rule", "title"])),
        _sheet(book, "waivers", _noisy(results.waivers)),
        _sheet(book, "closed", closed.sort_values(["township", "village", "household_no"], kind="stable")[list(CLOSED)]),
    ]
    return [save(book, folder / words("progress.file"), results.moment, bodies)]


def _notes(results: Results, moved: pd.DataFrame) -> tuple[str, list[tuple[str, str]]]:
    words = wording()
    sums = {name: int(moved[name].sum()) for name in NUMBERS}
    values = {"place": results.place, "period": results.period, "before": _before(results), "last": sums.pop("before"), **sums}
    rows = [(item, text.format(**values)) for item, text in words.get("progress.notes.rows").values()]
    return words("progress.notes.title", place=results.place, period=results.period), rows


def _before(results: Results) -> str:
    """The period this one is held against: the latest in which a problem of before was seen first."""
    assert results.states is not None
    earlier = results.states.loc[results.states["first_seen"] < results.period, "first_seen"]
    return str(earlier.max()) if len(earlier) else wording()("progress.notes.none")


def _summed(moved: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The numbers by these keys, those with most to do first, and the sums."""
    counted = moved.groupby(list(keys), dropna=False, sort=True)[list(NUMBERS)].sum().reset_index()
    counted = counted.sort_values("now", ascending=False, kind="stable")
    sums = {keys[0]: wording()("progress.sum"), **{name: counted[name].sum() for name in NUMBERS}}
    return pd.concat([counted, pd.DataFrame([sums])], ignore_index=True)[[*keys, *NUMBERS]]


def _noisy(waivers: pd.DataFrame) -> pd.DataFrame:
    shown = waivers[waivers["true"] > 0].sort_values(["share", "answered"], ascending=False, kind="stable")
    yes: dict[bool, str | None] = {True: wording()("progress.noisy"), False: None}
    return shown.assign(
        share=[f"{share:.0%}" for share in shown["share"]], noisy=shown["noisy"].map(yes).astype(object)
    )[["rule", "title", "answered", "true", "share", "noisy"]]


def _sheet(book: Workbook, name: str, frame: pd.DataFrame) -> Body:
    words = wording()
    titles = words.names("progress.columns")
    sheet = book.create_sheet(words(f"progress.{name}"))
    names = [str(c) for c in frame.columns]
    header(sheet, [titles[c] for c in names], [WIDTHS.get(c, 10) for c in names])
    printed(sheet)
    sheet.auto_filter.ref = f"A1:{letters(len(frame.columns) - 1)}{max(len(frame), 1) + 1}"
    last_is_sum = name in ("villages", "rules")
    columns = []
    for c in names:
        number = pd.api.types.is_numeric_dtype(frame[c].dtype)
        plain, bold = (style(sheet, Look(font, border=GRID, number_format="0" if number else TEXT, wrap=not number)) for font in (PLAIN, HEAD))
        styles = np.full(len(frame), plain, np.int64)
        if last_is_sum and len(frame):
            styles[-1] = bold
        columns.append(Column(to_arrow(frame[c]), styles))
    return Body(sheet.title, 2, columns, blanks=True)
