"""Tabs of text into .xlsx, .xls and .csv files whose bytes depend on nothing but their cells."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

# a cell is text; a float is what Excel made of a number somebody typed
Cell = str | float

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
LONG_AGO = (1980, 1, 1, 0, 0, 0)
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(slots=True)
class Tab:
    """One sheet as it will be seen: every row from the first, ragged rows allowed."""

    name: str
    rows: list[list[Cell]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)  # first row, first column, last row, last column; from 1
    hidden: bool = False


def column_letter(number: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def write(path: Path, tabs: list[Tab], *, wrong_dimension: bool = False, encoding: str = "utf-8-sig") -> None:
    """By the suffix of the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".xlsx":
        write_xlsx(path, tabs, wrong_dimension=wrong_dimension)
    elif path.suffix == ".xls":
        write_xls(path, tabs)
    else:
        write_csv(path, tabs[0], encoding)


def write_csv(path: Path, tab: Tab, encoding: str) -> None:
    """Rows padded to one width, as Excel's own export has them."""
    width = max(len(row) for row in tab.rows)
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([*row, *[""] * (width - len(row))] for row in tab.rows)
    path.write_bytes(text.getvalue().encode(encoding))


def write_xls(path: Path, tabs: list[Tab]) -> None:
    """The old binary format, through xlwt."""
    import xlwt  # type: ignore[import-untyped]  # (only this function needs it)

    book = xlwt.Workbook(encoding="utf-8")
    for tab in tabs:
        sheet = book.add_sheet(tab.name)
        sheet.visibility = int(tab.hidden)
        covered = {(row, column) for r1, c1, r2, c2 in tab.merges for row in range(r1, r2 + 1) for column in range(c1, c2 + 1)}
        for r1, c1, r2, c2 in tab.merges:
            sheet.write_merge(r1 - 1, r2 - 1, c1 - 1, c2 - 1, tab.rows[r1 - 1][c1 - 1])
        for row, cells in enumerate(tab.rows):
            for column, cell in enumerate(cells):
                if cell != "" and (row + 1, column + 1) not in covered:
                    sheet.write(row, column, cell)
    book.save(str(path))


def write_xlsx(path: Path, tabs: list[Tab], *, wrong_dimension: bool = False) -> None:
    """Inline strings, streamed row by row; openpyxl would stamp the time of day into the file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as package:
        add(package, "[Content_Types].xml", [content_types(len(tabs))])
        add(package, "_rels/.rels", [relations([("officeDocument", "xl/workbook.xml")])])
        add(package, "xl/workbook.xml", [workbook(tabs)])
        sheets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(tabs) + 1)]
        add(package, "xl/_rels/workbook.xml.rels", [relations([*sheets, ("styles", "styles.xml")])])
        add(package, "xl/styles.xml", [STYLES])
        for number, tab in enumerate(tabs, start=1):
            add(package, f"xl/worksheets/sheet{number}.xml", sheet_xml(tab, wrong_dimension=wrong_dimension))


def add(package: zipfile.ZipFile, name: str, chunks: Iterable[str]) -> None:
    """One member with a fixed date."""
    entry = zipfile.ZipInfo(name, LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with package.open(entry, "w", force_zip64=True) as member:
        for chunk in chunks:
            member.write(chunk.encode("utf-8"))


def content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    parts = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    parts += [(f"/xl/worksheets/sheet{n}.xml", "worksheet") for n in range(1, sheets + 1)]
    overrides = "".join(f'<Override PartName="{part}" ContentType="{kind}{name}+xml"/>' for part, name in parts)
    return (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def relations(targets: list[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'


def workbook(tabs: list[Tab]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(tab.name)} sheetId="{n}" {"state=" + quoteattr("hidden") if tab.hidden else ""} r:id="rId{n}"/>'
        for n, tab in enumerate(tabs, start=1)
    )
    return f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{sheets}</sheets></workbook>'


def sheet_xml(tab: Tab, *, wrong_dimension: bool) -> Iterator[str]:
    """A worksheet part, some hundred rows at a time."""
    width = max((len(row) for row in tab.rows), default=1)
    letters = [column_letter(n) for n in range(1, width + 1)]
    extent = "A1" if wrong_dimension else f"A1:{letters[-1]}{len(tab.rows)}"
    yield f'{HEAD}<worksheet xmlns="{MAIN}"><dimension ref="{extent}"/><sheetData>'
    chunk: list[str] = []
    for number, row in enumerate(tab.rows, start=1):
        chunk.append(row_xml(number, row, letters))
        if number % 500 == 0:
            yield "".join(chunk)
            chunk.clear()
    yield "".join(chunk) + "</sheetData>"
    if tab.merges:
        spans = "".join(
            f'<mergeCell ref="{column_letter(c1)}{r1}:{column_letter(c2)}{r2}"/>' for r1, c1, r2, c2 in tab.merges
        )
        yield f'<mergeCells count="{len(tab.merges)}">{spans}</mergeCells>'
    yield "</worksheet>"


def row_xml(number: int, row: list[Cell], letters: list[str]) -> str:
    """One row; empty cells are left out, as the system leaves them out."""
    cells = [cell_xml(f"{letter}{number}", cell) for letter, cell in zip(letters, row, strict=False) if cell != ""]
    return f'<row r="{number}">{"".join(cells)}</row>'


def cell_xml(address: str, cell: Cell) -> str:
    if isinstance(cell, float):
        return f'<c r="{address}"><v>{cell!r}</v></c>'
    if "&" in cell or "<" in cell or ">" in cell:
        cell = escape(cell)
    # without it Excel drops blanks at either end
    keep = ' xml:space="preserve"' if cell != cell.strip() or "\n" in cell else ""
    return f'<c r="{address}" t="inlineStr"><is><t{keep}>{cell}</t></is></c>'
