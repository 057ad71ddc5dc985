"""Workbooks → grids, by python-calamine: ten times faster than openpyxl, reads xlsx, xls, xlsb and ods alike, and
goes by the cells that are there instead of the sheet size the file declares, which WPS often gets wrong."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

from pipeline.read.model import Grid, Row, Unreadable


def grids(path: Path, file: str) -> Iterator[Grid]:
    """The workbook's tabs that can hold cells, in order."""
    from python_calamine import CalamineError, PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

    try:
        book = load_workbook(str(path))
        for tab in book.sheets_metadata:
            if tab.typ is SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_name(tab.name)
                hidden = tab.visible is not SheetVisibleEnum.Visible
                yield Grid(tab.name, hidden, _rows(sheet), _merges(sheet), height=sheet.height)
    except PasswordError:
        raise Unreadable("password", file) from None
    except CalamineError as error:
        raise Unreadable("damaged", file) from error


def _rows(sheet: Any) -> Iterator[Row]:
    """Rows from Excel row 1; calamine pads all to one width."""
    if sheet.start is None:
        return iter(())
    return sheet.iter_rows()  # type: ignore[no-any-return]


def _merges(sheet: Any) -> Any:
    return sheet.merged_cell_ranges


_ = repeat
