"""Messy files for tests, made on the fly: no binary fixtures in git."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[Any]  # of rows of cells


def xlsx(path: Path, tabs: Mapping[str, Rows] | Rows, merges: Sequence[str] = (), hidden: Sequence[str] = ()) -> Path:
    """A workbook of the given tabs (or one tab); merges apply to the first tab."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in (tabs if isinstance(tabs, Mapping) else {"Sheet1": tabs}).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    for span in merges:
        book.worksheets[0].merge_cells(span)
    book.save(path)
    return path


def xls(path: Path, rows: Rows, merges: Sequence[tuple[int, int, int, int]] = ()) -> Path:
    """An Excel 97 workbook; merges as (first row, last row, first column, last column) from 0."""
    path.write_bytes(b"")
    book = _xls_book(rows)
    for span in merges:
        book.get_sheet(0).merge(*span)
    book.save(str(path))
    return path


def _xls_book(rows: Rows) -> Any:
    import xlwt  # type: ignore[import-untyped]

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, str) and cell.startswith("#"):
                sheet.row(r).set_cell_error(c, {"#N/A": 0x2A, "#DIV/0!": 0x07}[cell])
            elif cell not in (None, ""):
                sheet.write(r, c, cell)
    return book


def locked_xls(path: Path) -> Path:
    """An .xls with a FILEPASS record, as Excel writes when a password is set."""
    import xlwt

    data = _xls_book([["姓名"]]).get_biff_data()
    first = 4 + struct.unpack_from("<H", data, 2)[0]
    filepass = struct.pack("<HHHHHH", 0x2F, 6, 0, 1, 0, 0)
    with path.open("wb") as stream:
        xlwt.CompoundDoc.XlsDoc().save(stream, data[:first] + filepass + data[first:])
    return path


def locked_xlsx(path: Path) -> Path:
    """An .xlsx behind a password: an OLE file whose stream is named EncryptedPackage."""
    data = bytearray(xls(path, [["x" * 50] * 20]).read_bytes())
    name = "EncryptedPackage".encode("utf-16-le")
    at = data.find("Workbook".encode("utf-16-le"))
    data[at : at + len(name)] = name
    data[at + 64 : at + 66] = struct.pack("<H", len(name) + 2)
    path.write_bytes(bytes(data))
    return path


def patched(path: Path, old: str, new: str, part: str = "xl/worksheets/sheet1.xml") -> Path:
    """The workbook with a piece of its XML replaced."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert old.encode() in parts[part], f"{old} is not in {part}"
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def zipped(path: Path, *names: str) -> Path:
    """A zip archive of empty files: a docx or an archive under a workbook's ending."""
    with zipfile.ZipFile(path, "w") as package:
        for name in names:
            package.writestr(name, "")
    return path


def tall_xlsx(path: Path, filled: int, blank: int) -> Path:
    """A tab of two columns: a header, `filled` rows and then `blank` rows that only carry formatting."""
    xlsx(path, [["姓名", "户编号"], ["张三", "1"]])
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>甲</t></is></c><c r="B{n}"><v>{n}</v></c></row>' for n in range(3, filled + 2))
    tail = "".join(f'<row r="{n}"><c r="A{n}" s="0"/><c r="B{n}" s="0"/></row>' for n in range(filled + 2, filled + blank + 2))
    return patched(path, "</sheetData>", rows + tail + "</sheetData>")


def web_page(table: str, charset: str = "gb2312") -> str:
    """A page as county systems export it under the name .xls."""
    return (
        f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta http-equiv="Content-Type" '
        f'content="text/html; charset={charset}"><title>导出</title><style>td{{}}</style></head><body>{table}</body></html>'
    )


def bomb_xlsx(path: Path) -> Path:
    """A few hundred kilobytes that unfold to 300 MB of blanks."""
    xlsx(path, [["姓名"], ["甲"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package, package.open("xl/worksheets/sheet9.xml", "w") as part:
        for _ in range(300):
            part.write(b" " * 1_000_000)
    return path
