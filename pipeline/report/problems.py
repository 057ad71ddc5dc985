"""问题清单.xlsx: every problem of the place, and how many of which kind stand where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.report.address import addresses
from pipeline.report.fastsheet import Body, Column, letters, to_arrow
from pipeline.report.order import SEVERITIES
from pipeline.report.results import Results
from pipeline.report.words import worded, wording
from pipeline.report.workbook import (
    GRID,
    HEAD,
    PLAIN,
    TEXT,
    Look,
    header,
    new_workbook,
    notes,
    printed,
    save,
    spans,
    style,
)  # fmt: skip

WIDTHS = {
    "village": 10, "group": 6, "household_no": 14, "who": 9, "message": 44, "severity": 18, "file": 24, "tab": 12,
    "header": 18, "value": 18, "title": 28, "fix": 34, "suggestion": 14, "other_cells": 30, "basis": 24, "rule": 12,
    "issue_id": 18,
}  # fmt: skip

CAUSE_WIDTHS = {"title": 16, "message": 48, "count": 9, "fix": 40, "where": 26, "what_if": 36, "rules": 14}


def write(results: Results, folder: Path) -> list[Path]:
    words, book = wording(), new_workbook()
    issues = results.problems
    notes(book, words("problems.notes.sheet"), *_notes(results, issues))
    bodies = [_counts(book, issues), *_causes(book, results), *_list(book, issues)]
    return [save(book, folder / words("problems.file"), results.moment, bodies)]


def _notes(results: Results, issues: pd.DataFrame) -> tuple[str, list[tuple[str, str]]]:
    words = wording()
    counted = issues["severity"].value_counts()
    values = {
        "place": results.place,
        "period": results.period,
        "reference_date": results.reference_day,
        "deadline": results.due or words("problems.notes.no_deadline"),
        "total": len(issues),
        "households": issues["household_no"].nunique(),
        "villages": issues[["township", "village"]].dropna(subset=["village"]).drop_duplicates().shape[0],
        "severities": words("problems.notes.joiner").join(
            words("problems.notes.count", severity=words(f"severity.{s}"), count=int(counted.get(s, 0)))
            for s in SEVERITIES
        ),
    }
    rows = [(item, text.format(**values)) for item, text in words.get("problems.notes.rows").values()]
    return words("problems.notes.title", **values), rows


def _causes(book: Workbook, results: Results) -> list[Body]:
    """The causes that many problems share, before the problems one by one."""
    if results.causes is None or not len(results.causes):
        return []
    words = wording()
    titles = words.names("causes.columns")
    sheet = book.create_sheet(words("causes.sheet"))
    header(sheet, list(titles.values()), [CAUSE_WIDTHS.get(c, 14) for c in titles])
    printed(sheet)
    text, count = style(sheet, Look(border=GRID, wrap=True, top=True)), style(sheet, Look(border=GRID, number_format="0", top=True, centre=True))
    return [Body(sheet.title, 2, [Column(to_arrow(results.causes[c]), count if c == "count" else text) for c in titles], blanks=True)]


def _counts(book: Workbook, issues: pd.DataFrame) -> Body:
    """Rules by village, the gravest and most frequent first, with totals."""
    words = wording()
    table = count_table(issues)
    places = [c for c in table.columns if c not in ("rule", "title", "severity", "dimension", "total")]
    titles = [words(f"problems.counts.{c}") for c in ("rule", "title", "severity", "dimension", "total")]
    sheet = book.create_sheet(words("problems.counts.sheet"))
    header(sheet, [*titles, *places], [14, 40, 18, 10, 9, *[9] * len(places)])
    sheet.freeze_panes = "F2"
    printed(sheet)
    sheet.auto_filter.ref = f"A1:{letters(len(table.columns) - 1)}{max(len(table), 1)}"
    return Body(
        sheet.title, 2, [Column(to_arrow(table[c]), _count_styles(sheet, table[c])) for c in table], blanks=True
    )


def _count_styles(sheet: Worksheet, column: pd.Series) -> npt.NDArray[np.int64]:
    """Ruled cells, the last row of sums in bold."""
    number_format = "0" if pd.api.types.is_numeric_dtype(column.dtype) else TEXT
    plain, bold = (style(sheet, Look(font, border=GRID, number_format=number_format)) for font in (PLAIN, HEAD))
    return np.array([*[plain] * (len(column) - 1), bold], np.int64)


def count_table(issues: pd.DataFrame) -> pd.DataFrame:
    """One row per rule with rule, title, severity, dimension, total and one column per village; last the sums."""
    words = wording()
    place = place_names(issues)
    counts = pd.crosstab(issues["rule"].fillna(""), place)
    counts = counts.reindex(columns=list(dict.fromkeys(place)))
    facts = issues.assign(rule=issues["rule"].fillna("")).drop_duplicates("rule").set_index("rule")
    table = facts[["title", "severity", "dimension"]].join(counts).reset_index()
    table.insert(4, "total", table[list(counts.columns)].sum(axis=1))
    rank = table["severity"].map({s: n for n, s in enumerate(SEVERITIES)})
    table = table.assign(_rank=rank).sort_values(["_rank", "total", "rule"], ascending=[True, False, True])
    table = table.drop(columns="_rank").assign(severity=worded(table["severity"], "severity"))
    numbers = ["total", *counts.columns]
    sums = {"rule": words("problems.counts.total"), **{c: table[c].sum() for c in numbers}}
    table = pd.concat([table, pd.DataFrame([sums])], ignore_index=True)
    return table.astype(dict.fromkeys(numbers, float)).replace({c: {0.0: np.nan} for c in counts.columns})


def place_names(issues: pd.DataFrame) -> pd.Series:
    """The village of each issue, with its township where two townships have a village of that name."""
    words = wording()
    nobody = issues[["village", "household_no", "person_no", "name"]].isna().all(axis=1)
    village = issues["village"].mask(issues["village"].isna(), words("unknown_village")).mask(nobody, words("no_place"))
    pairs = issues[["township", "village"]].dropna().drop_duplicates()
    twice = set(pairs.loc[pairs["village"].duplicated(keep=False), "village"])
    return village.where(~village.isin(twice), issues["township"].fillna("") + village)


def _list(book: Workbook, issues: pd.DataFrame) -> list[Body]:
    words = wording()
    titles: dict[str, str] = words.names("problems.issues.columns")
    frame = listed(issues)[list(titles)]
    bodies = []
    for number, (start, stop) in enumerate(spans(len(frame)), start=1):
        name = words("problems.issues.sheet")
        sheet = book.create_sheet(name if number == 1 else words("dataset.more", title=name, number=number))
        header(sheet, list(titles.values()), [WIDTHS.get(c, 10) for c in titles])
        sheet.freeze_panes = "E2"
        printed(sheet)
        sheet.auto_filter.ref = f"A1:{letters(len(titles) - 1)}{stop - start + 1}"
        text, count = style(sheet, Look()), style(sheet, Look(number_format="0", centre=True))
        part = frame.iloc[start:stop]
        bodies.append(Body(sheet.title, 2, [Column(to_arrow(part[c]), count if c == "row" else text) for c in titles]))
    return bodies


def listed(issues: pd.DataFrame) -> pd.DataFrame:
    """Issues as an officer reads them: addresses taken apart, words for severity, owner and status."""
    return issues.assign(
        **addresses(issues["row_id"]),
        who=issues["name"],
        header=issues["source_column"].where(issues["source_column"].notna(), issues["label"]),
        message=issues["message"].where(issues["message"].notna(), issues["title"]),
        severity=worded(issues["severity"], "severity"),
        owner=worded(issues["owner"], "owner"),
        status=worded(issues["status"], "status"),
    )
