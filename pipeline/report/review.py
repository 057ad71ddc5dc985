"""待认定匹配.xlsx: pairs that linkage could not settle, side by side, with a drop-down for the answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from openpyxl import Workbook
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.reconcile.decisions import FORMAT, KEY_SHEET, KEYS, KIND
from pipeline.report.fastsheet import Body, Column, letters, to_arrow
from pipeline.report.form import row_heights
from pipeline.report.results import Results
from pipeline.report.words import wording
from pipeline.report.workbook import ANSWER, GRID, HEAD, HEAD_FILL, PLAIN, TITLE, Look, new_workbook, printed, put, save, style

HEAD_ROW = 3
ANSWERS = ("verdict", "by")
UNLIKE = PatternFill("solid", fgColor="FCE4D6")


def write(results: Results, folder: Path) -> list[Path]:
    """Nothing where nothing is doubtful."""
    if results.review is None or not len(results.review):
        return []
    words, book = wording(), new_workbook()
    rows = results.review.reset_index(drop=True)
    layout: dict[str, dict[str, object]] = words.get("review.columns")
    sheet = book.create_sheet(words("review.sheet"))
    columns = [*layout, *KEYS]
    _top(sheet, results, layout, columns, len(rows))
    _choices(book, sheet, columns, len(rows))
    protection = sheet.protection
    protection.sheet = True
    protection.formatColumns = protection.formatRows = protection.autoFilter = False  # no sorting: Excel would sort the open cells alone
    _keys(book, results, columns, len(rows))
    body = Body(sheet.title, HEAD_ROW + 1, [_column(sheet, rows, name) for name in columns], _heights(rows, layout), blanks=True)
    return [save(book, folder / words("review.file"), results.moment, [body])]


def _top(sheet: Worksheet, results: Results, layout: dict[str, dict[str, object]], columns: list[str], rows: int) -> None:
    words = wording()
    put(sheet, 1, 1, words("review.title"), Look(TITLE))
    put(sheet, 2, 1, words("review.how", period=results.period), Look(wrap=True))
    last = letters(len(layout) - 1)
    sheet.merge_cells(f"A2:{last}2")
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height, sheet.row_dimensions[HEAD_ROW].height = 26, 32, 30
    for number, name in enumerate(columns):
        put(
            sheet,
            HEAD_ROW,
            number + 1,
            str(layout[name]["title"]) if name in layout else name,
            Look(HEAD, ANSWER if name in ANSWERS else HEAD_FILL, GRID, wrap=True, centre=True),
        )
        dimension = sheet.column_dimensions[letters(number)]
        dimension.width = float(str(layout[name]["width"])) if name in layout else 12
        dimension.hidden = name not in layout
    printed(sheet, HEAD_ROW)
    sheet.print_area = f"A1:{last}{HEAD_ROW + rows}"
    sheet.freeze_panes = f"{letters(columns.index('probability'))}{HEAD_ROW + 1}"
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{letters(len(columns) - 1)}{HEAD_ROW + rows}"


def _choices(book: Workbook, sheet: Worksheet, columns: list[str], rows: int) -> None:
    """The three answers as a drop-down, and nothing else."""
    words = wording()
    lists = book.create_sheet(words("review.lists_sheet"))
    lists.sheet_state = "hidden"
    for number, verdict in enumerate(words.get("review.verdicts"), start=1):
        put(lists, number, 1, verdict)
    letter = letters(columns.index("verdict"))
    cells = f"{letter}{HEAD_ROW + 1}:{letter}{HEAD_ROW + rows}"
    refusal = {"showErrorMessage": True, "errorTitle": words("review.refuse_title"), "error": words("review.refuse")}
    sheet.add_data_validation(DataValidation("list", formula1=f"'{lists.title}'!$A$1:$A${number}", allow_blank=True, sqref=cells, **refusal))


def _keys(book: Workbook, results: Results, columns: list[str], rows: int) -> None:
    """A hidden tab that says what this workbook is and of which run; its answers are known by the keys beside each pair."""
    sheet = book.create_sheet(KEY_SHEET)
    sheet.sheet_state, sheet.protection.sheet = "veryHidden", True
    facts = {
        "kind": KIND, "format": FORMAT, "run_id": results.run_id, "period": results.period, "sheet": wording()("review.sheet"), "rows": str(rows),
        "head_row": str(HEAD_ROW), "columns": " ".join(columns),
    }  # fmt: skip
    for row, (key, value) in enumerate(facts.items(), start=1):
        put(sheet, row, 1, key)
        put(sheet, row, 2, value)


def _column(sheet: Worksheet, rows: pd.DataFrame, name: str) -> Column:
    if name == "number":
        return Column(to_arrow(pd.Series(np.arange(1, len(rows) + 1, dtype=float))), style(sheet, Look(PLAIN, None, GRID, "0", top=True)))
    if name == "probability":
        shown = [None if p != p else f"{p:.0%}" for p in rows[name]]
        return Column(pa.array(shown, pa.string()), style(sheet, Look(PLAIN, None, GRID, top=True, centre=True)))
    values = to_arrow(rows[name].astype(object)) if name in rows else pa.nulls(len(rows), pa.string())
    if name in ANSWERS:
        return Column(values, style(sheet, Look(PLAIN, ANSWER, GRID, wrap=True, centre=name == "verdict", locked=False)))
    return Column(values, _looks(sheet, rows, name))


def _heights(rows: pd.DataFrame, layout: dict[str, dict[str, object]]) -> npt.NDArray[np.float64]:
    """Heights at which every text is seen."""
    shown = [name for name in layout if name in rows]
    return row_heights([to_arrow(rows[name]) for name in shown], [float(str(layout[name]["width"])) for name in shown], 1)


def _looks(sheet: Worksheet, rows: pd.DataFrame, name: str) -> npt.NDArray[np.int64]:
    """Cells that differ from the other side's are shaded."""
    plain, unlike = (style(sheet, Look(PLAIN, fill, GRID, wrap=True, top=True)) for fill in (None, UNLIKE))
    side, _, column = name.partition("_")
    other = f"{'their' if side == 'our' else 'our'}_{column}"
    if side not in ("our", "their") or column in ("members", "row") or other not in rows:
        return np.full(len(rows), plain, np.int64)
    mine, theirs = rows[name], rows[other]
    differ = mine.notna() & theirs.notna() & (mine.astype(str) != theirs.astype(str))
    return np.where(differ.to_numpy(dtype=bool), unlike, plain).astype(np.int64)
