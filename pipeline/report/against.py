"""台账/村报与数据对照.xlsx: what villages put on their key-household lists against what the data say, where the two differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.report import form
from pipeline.report.results import Results
from pipeline.report.words import wording
from pipeline.report.workbook import new_workbook, save
from pipeline.screen.engine import BETWEEN
from pipeline.spec.annexes import Annex

ONLY_VILLAGE, ONLY_DATA = "only_village", "only_data"


def write(results: Results, folder: Path) -> list[Path]:
    """Nothing where no village has reported, or all agree."""
    rows = differences(results)
    if not len(rows):
        return []
    words, book = wording(), new_workbook()
    target = folder / words("annex.folder")
    target.mkdir(parents=True, exist_ok=True)
    columns: dict[str, dict[str, object]] = words.get("against.columns")
    shown = rows.assign(number=np.arange(1, len(rows) + 1, dtype=float), what=rows["kind"].map(words.names("against.kinds")))
    shown = shown.reindex(columns=list(columns)).rename(columns={name: str(look["title"]) for name, look in columns.items()})
    widths = form.column_widths(shown, {str(look["title"]): float(str(look["width"])) for look in columns.values()})
    title = words("against.title", place=results.place)
    subtitle = words("against.subtitle", period=results.period, rows=len(rows))
    sheet = form.Form(words("against.tab"), "", title, subtitle, shown, widths, (), footer=title)
    return [save(book, target / words("against.file"), results.moment, [form.add(book, sheet)])]


def differences(results: Results) -> pd.DataFrame:
    """Households on a village's list only, or by the data only in a village that has reported; with what is said of them."""
    rosters, compared = results.rosters, wording().get("against.rosters")
    if rosters is None:
        return pd.DataFrame()
    parts = [part for annex in results.annexes if annex.name in compared for part in _of(annex, rosters, _reporting(results, rosters, compared))]
    if not parts:
        return pd.DataFrame()
    rows = pd.concat(parts, ignore_index=True)
    return rows.sort_values(["township", "village", "roster", "kind", "household_no"], kind="stable", ignore_index=True)


def _reporting(results: Results, rosters: pd.DataFrame, compared: list[str]) -> set[str]:
    """The villages that have put anybody on any of these lists."""
    found: set[str] = set()
    for annex in results.annexes:
        if annex.name in compared:
            mine = rosters[rosters["annex"] == annex.name]
            found |= set(mine.loc[_told(annex, mine), "village"].dropna())
    return found


def _told(annex: Annex, rows: pd.DataFrame) -> pd.Series:
    """Which rows stand there because their village said so."""
    said = _said(annex)
    return pd.Series([bool(said & set(_reasons(reason))) for reason in rows["reason"]], index=rows.index, dtype=bool)


def _by_data(annex: Annex, rows: pd.DataFrame) -> pd.Series:
    """Which rows would stand there if their village had said nothing."""
    said = _said(annex)
    return pd.Series([bool(set(_reasons(reason)) - said) for reason in rows["reason"]], index=rows.index, dtype=bool)


def _said(annex: Annex) -> set[str]:
    """The words of the reasons that are a village's own report."""
    return {ground.because for ground in annex.grounds if ground.key == wording()("against.ground")}


def _reasons(told: object) -> list[str]:
    return [part for part in str(told or "").split(BETWEEN) if part]


def _of(annex: Annex, rosters: pd.DataFrame, reporting: set[str]) -> Iterator[pd.DataFrame]:
    mine = rosters[rosters["annex"] == annex.name].drop_duplicates("household_no")
    told, by_data = _told(annex, mine), _by_data(annex, mine)
    yield mine[told & ~by_data].assign(roster=annex.label, kind=ONLY_VILLAGE)
    yield mine[by_data & ~told & mine["village"].isin(reporting)].assign(roster=annex.label, kind=ONLY_DATA)
