"""Workbooks → grids, by python-calamine: ten times faster than openpyxl, reads xlsx, xls, xlsb and ods alike, and
goes by the cells that are there instead of the sheet size the file declares, which WPS often gets wrong.
What it keeps to itself (error cells, uncomputed formulas, who is behind a password) comes from inside.py and ole.py."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.read import inside, ole
from pipeline.read.cells import ErrorText
from pipeline.read.inside import Findings
from pipeline.read.model import Grid, Row, Trouble, Unreadable, letters_of

# Cells written out differ at least in their address, so that a sheet shrinks some thirty times; a part that shrinks to
# less than a four-hundredth and unfolds to this many bytes was made to fill the memory.
BOMB_FROM, BOMB_RATIO = 200_000_000, 400


@dataclass
class Book:
    """An open workbook: its tabs as grids, and what is to be said of them."""

    path: Path
    file: str
    kind: str  # zip or ole

    def grids(self) -> Iterator[tuple[Grid | None, list[Trouble]]]:
        """Each tab that can hold cells, in order: (grid or None where it cannot be read, troubles)."""
        from python_calamine import SheetTypeEnum

        findings = self._findings()
        with self._faults():
            book = self._open()
            tabs = [tab for tab in book.sheets_metadata if tab.typ is SheetTypeEnum.WorkSheet]
        for tab in tabs:
            found = findings.get(tab.name, Findings())
            if found.too_large:
                yield None, [self._too_large(tab.name, found)]
                continue
            try:
                with self._faults(tab.name):
                    grid = _grid(book, tab, found)
            except Unreadable as fault:
                if len(tabs) == 1:
                    raise
                yield None, [fault.trouble()]
                continue
            yield grid, _remarks(grid, found, self.file)

    def _open(self) -> Any:
        from python_calamine import load_workbook

        # By path calamine believes the ending; handed the open file it looks for itself.
        usual = {"zip": {".xlsx", ".xlsm", ".xlsb", ".ods"}, "ole": {".xls"}}[self.kind]
        if self.path.suffix.lower() in usual:
            return load_workbook(str(self.path))
        with self.path.open("rb") as stream:
            return load_workbook(stream)

    def _findings(self) -> dict[str, Findings]:
        """Per tab what calamine does not tell. Raises Unreadable for a password and for files that are no workbook."""
        if self.kind == "zip":
            self._expect_workbook()
            return inside.scan(self.path)
        parts = ole.streams(self.path)
        if ole.is_locked(parts):
            raise Unreadable("password", self.file)
        if parts and not ole.is_workbook(parts):
            raise Unreadable("not_a_table", self.file, slots={"what": "Word等其他文档"})
        errors = ole.error_cells(parts)
        return {name: Findings(errors=cells) for name, cells in zip(ole.tab_names(parts), errors, strict=True)}

    def _expect_workbook(self) -> None:
        try:
            with zipfile.ZipFile(self.path) as package:
                parts = package.infolist()
        except (zipfile.BadZipFile, OSError):
            raise Unreadable("damaged", self.file) from None
        names = {part.filename for part in parts}
        if any(part.file_size > BOMB_FROM and part.file_size > BOMB_RATIO * max(part.compress_size, 1) for part in parts):
            raise Unreadable("bomb", self.file)
        if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
            office = "[Content_Types].xml" in names
            raise Unreadable("not_a_table", self.file, slots={"what": "Word等其他文档" if office else "压缩包"})

    @contextmanager
    def _faults(self, tab: str | None = None) -> Iterator[None]:
        """calamine's complaints as ours."""
        from python_calamine import CalamineError, PasswordError

        try:
            yield
        except PasswordError:
            raise Unreadable("password", self.file) from None
        except (CalamineError, ValueError, zipfile.BadZipFile):
            raise Unreadable("damaged_tab" if tab else "damaged", self.file, tab) from None
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # pyo3's, no Exception: Rust code gave up on a broken file
                raise
            raise Unreadable("damaged_tab" if tab else "damaged", self.file, tab) from None

    def _too_large(self, tab: str, found: Findings) -> Trouble:
        far = f"{letters_of(found.last_column - 1)}{found.last_row}"
        return Trouble("stray_cell", self.file, tab, slots={"cell": far})


def _grid(book: Any, tab: Any, found: Findings) -> Grid:
    from python_calamine import SheetVisibleEnum

    sheet = book.get_sheet_by_name(tab.name)
    hidden = tab.visible is not SheetVisibleEnum.Visible
    rows = _rows(sheet)
    return Grid(tab.name, hidden, _with_errors(rows, found.errors) if found.errors else rows, sheet.merged_cell_ranges)


def _rows(sheet: Any) -> Iterator[Row]:
    """Rows from Excel row 1 and column A, all of one width: calamine leaves out the blank columns on the left."""
    if sheet.start is None:
        return iter(())
    left: Row = [""] * sheet.start[1]
    return (left + row for row in sheet.iter_rows()) if left else sheet.iter_rows()


def _with_errors(rows: Iterator[Row], errors: dict[tuple[int, int], str]) -> Iterator[Row]:
    """The rows with the text of error cells put where calamine left them empty."""
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in errors.items():
        by_row.setdefault(row, []).append((column, text))
    for number, cells in enumerate(rows):
        for column, text in by_row.get(number, ()):
            if column < len(cells) and cells[column] == "":
                cells[column] = ErrorText(text)
        yield cells


def _remarks(grid: Grid, found: Findings, file: str) -> list[Trouble]:
    troubles = [Trouble("hidden_tab", file, grid.tab)] if grid.hidden else []
    if found.uncomputed:
        slots = {"cell": found.first_uncomputed, "count": str(found.uncomputed)}
        troubles.append(Trouble("uncomputed", file, grid.tab, slots=slots))
    return troubles
