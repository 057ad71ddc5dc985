"""Excel's own checks of the answer cells of a fix list: drop-downs, numbers, dates, lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.report.words import wording

VERDICTS = ""  # the list of 核实结果 among the code lists
RANGES_PER_CHECK = 150  # Excel takes a check of several ranges, but calls a file damaged when their list is very long
LARGEST = 1_000_000_000  # no amount of a household is larger
ISO_DATE = "OR(ISNUMBER(DATEVALUE({cell})),AND(LEN({cell})=8,ISNUMBER(--{cell})))"
ISO_MONTH = 'OR(ISNUMBER(DATEVALUE({cell}&"-01")),AND(LEN({cell})=6,ISNUMBER(--{cell})))'

Check = Mapping[str, object]
TYPED: dict[str, Check] = {
    "number": {"type": "decimal", "operator": "between", "formula1": str(-LARGEST), "formula2": str(LARGEST)},
    "year": {"type": "whole", "operator": "between", "formula1": "1900", "formula2": "2100"},
    "date": {"type": "custom", "formula1": ISO_DATE},
    "month": {"type": "custom", "formula1": ISO_MONTH, "errorStyle": "warning"},  # 至今 may stand in a month
    "id": {"type": "textLength", "operator": "between", "formula1": "15", "formula2": "22"},
    "phone": {"type": "textLength", "operator": "between", "formula1": "7", "formula2": "13"},
}
DAY: Check = {"type": "date", "operator": "greaterThan", "formula1": "43831"}  # 2020-01-01


def add_checks(
    sheet: Worksheet,
    letter: Callable[[str], str],
    kinds: pd.Series,
    codes: pd.Series,
    lists: Mapping[str, str],
    first_row: int,
) -> None:
    """Checks for the answer, verdict and date columns; `lists` gives the range of each code list's values."""
    rows = pd.Series(True, index=kinds.index)
    for column, check, kind in (("verdict", _choice(lists[VERDICTS]), "list"), ("checked_on", DAY, "date")):
        _add(sheet, check, _refusal(kind), letter(column), rows, first_row)
    for name, cells in lists.items():
        if name != VERDICTS:
            one, several = kinds == "code", kinds == "codes"
            _add(sheet, _choice(cells), _refusal("list"), letter("answer"), one & (codes == name), first_row)
            _add(sheet, _choice(cells), _suggestion(), letter("answer"), several & (codes == name), first_row)
    for kind, check in TYPED.items():
        _add(sheet, check, _refusal(kind), letter("answer"), kinds == kind, first_row)


def _choice(cells: str) -> Check:
    return {"type": "list", "formula1": cells}


def _refusal(kind: str) -> Check:
    refuse = wording().names("fixlist.refuse")
    return {"showErrorMessage": True, "errorTitle": refuse["title"], "error": refuse[kind]}


def _suggestion() -> Check:
    """Where several values may stand in one cell the drop-down only suggests."""
    return {"showErrorMessage": False, "showInputMessage": True, "prompt": wording()("fixlist.hint.codes")}


def _add(sheet: Worksheet, check: Check, reaction: Check, letter: str, rows: pd.Series, first_row: int) -> None:
    """The check on the marked rows of a column."""
    runs = list(_runs(rows))
    for start in range(0, len(runs), RANGES_PER_CHECK):
        part = runs[start : start + RANGES_PER_CHECK]
        ranges = " ".join(f"{letter}{first_row + a}:{letter}{first_row + b}" for a, b in part)
        formula = str(check["formula1"]).format(cell=f"{letter}{first_row + part[0][0]}")
        facts = {**check, **reaction, "formula1": formula}
        sheet.add_data_validation(DataValidation(sqref=ranges, allow_blank=True, **facts))


def _runs(rows: pd.Series) -> Iterator[tuple[int, int]]:
    """First and last position of each unbroken run of marked rows."""
    marked = np.flatnonzero(rows.to_numpy(dtype=bool))
    if len(marked):
        breaks = np.flatnonzero(np.diff(marked) > 1)
        yield from zip(marked[np.r_[0, breaks + 1]].tolist(), marked[np.r_[breaks, -1]].tolist(), strict=True)
