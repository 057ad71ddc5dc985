"""Workbooks: laid out by openpyxl, filled by fastsheet, the same bytes for the same content."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from weakref import WeakKeyDictionary

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.report.fastsheet import ROW_LIMIT, Body, SharedStrings, letters, rows_xml
from pipeline.report.words import wording

FONT = wording()("font")
TITLE = Font(name=FONT, size=16, bold=True)
HEAD = Font(name=FONT, size=10, bold=True)
PLAIN = Font(name=FONT, size=10)
HEAD_FILL = PatternFill("solid", fgColor="D9E2EC")
SHADE = PatternFill("solid", fgColor="F3F5F7")
ANSWER = PatternFill("solid", fgColor="FFF9E5")
THIN = Side(style="thin", color="9AA5B1")
GRID = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
TEXT = "@"

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRINGS = "xl/sharedStrings.xml"
STRINGS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
STRINGS_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
CORE = "docProps/core.xml"

A4, A3 = "A4", "A3"
ROOM = {A4: 151, A3: 217}  # widths of columns, in characters, that stand side by side across the paper unshrunk
LEGIBLE, SMALLEST = 0.8, 0.75  # of the 10 points of our text: below the first the larger paper is worth it, below the second nobody reads it


def new_workbook() -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


@dataclass(frozen=True)
class Look:
    """How a cell looks and whether it may be written in."""

    font: Font = PLAIN
    fill: PatternFill | None = None
    border: Border | None = None
    number_format: str = TEXT
    wrap: bool = False
    centre: bool = False
    top: bool = False
    locked: bool = True

    def key(self) -> tuple[object, ...]:
        """Fonts, fills and borders are this module's constants; by value openpyxl is slow to compare them."""
        looks = (id(self.font), id(self.fill), id(self.border))
        return (*looks, self.number_format, self.wrap, self.centre, self.top, self.locked)


COLUMN_TITLE = Look(HEAD, HEAD_FILL, GRID, wrap=True, centre=True)
_styles: WeakKeyDictionary[Workbook, dict[tuple[object, ...], int]] = WeakKeyDictionary()
_spans: WeakKeyDictionary[Worksheet, list[bytes]] = WeakKeyDictionary()  # the merged cells of a sheet, as they are written


def style(sheet: Worksheet, look: Look) -> int:
    """The number under which the sheet's workbook keeps a look."""
    known = _styles.setdefault(sheet.parent, {})
    key = look.key()
    if key not in known:
        known[key] = _new_style(sheet, look)
    return known[key]


def _new_style(sheet: Worksheet, look: Look) -> int:
    cell = WriteOnlyCell(sheet)
    cell.font = look.font
    if look.fill is not None:
        cell.fill = look.fill
    if look.border is not None:
        cell.border = look.border
    cell.number_format = look.number_format
    horizontal, vertical = "center" if look.centre else None, "top" if look.top else "center"
    cell.alignment = Alignment(wrap_text=look.wrap, horizontal=horizontal, vertical=vertical)
    cell.protection = Protection(locked=look.locked)
    return int(cell.style_id)


def put(sheet: Worksheet, row: int, column: int, text: str, look: Look = Look()) -> None:
    """Text into a cell, as text whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type = "s"
    cell._style = sheet.parent._cell_styles[style(sheet, look)]


def merge(sheet: Worksheet, row: int, first: int, last: int) -> None:
    """One cell out of several of a row. openpyxl is told of the first alone: it looks through all of them for each new one."""
    if last <= first:
        return
    if sheet not in _spans:
        sheet.merged_cells.ranges.add(CellRange(min_col=first, min_row=row, max_col=last, max_row=row))
    _spans.setdefault(sheet, []).append(f'<mergeCell ref="{letters(first - 1)}{row}:{letters(last - 1)}{row}"/>'.encode())


def header(sheet: Worksheet, titles: Sequence[str], widths: Sequence[float], row: int = 1) -> None:
    """A row of column titles with a filter, frozen above the rows that follow."""
    for index, (title, width) in enumerate(zip(titles, widths, strict=True)):
        put(sheet, row, index + 1, title, COLUMN_TITLE)
        sheet.column_dimensions[letters(index)].width = width
    sheet.freeze_panes = f"A{row + 1}"


def notes(book: Workbook, sheet_name: str, title: str, rows: Sequence[tuple[str, str]]) -> Worksheet:
    """A tab of explanations: what on the left, the words on the right."""
    sheet: Worksheet = book.create_sheet(sheet_name)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 96
    put(sheet, 1, 1, title, Look(TITLE))
    for number, (item, text) in enumerate(rows, start=3):
        put(sheet, number, 1, item, Look(HEAD, HEAD_FILL, GRID, wrap=True, top=True))
        put(sheet, number, 2, text, Look(border=GRID, wrap=True, top=True))
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    return sheet


def printed(sheet: Worksheet, head_row: int = 1) -> None:
    """Across, the titles on every page, pages numbered: on A4 where that can be read, else on A3, else on several sheets of A3 side by side.

    To be called once the columns have their widths. Sheets side by side all begin with the columns that are frozen.
    """
    paper, across = paper_for(visible_widths(sheet), _frozen(sheet))
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3 if paper == A3 else sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = across, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{head_row}:{head_row}"
    if across > 1 and _frozen(sheet):
        sheet.print_title_cols = f"A:{letters(_frozen(sheet) - 1)}"
    sheet.print_options.horizontalCentered = True
    sheet.page_margins = PageMargins(left=0.35, right=0.35, top=0.4, bottom=0.55, header=0.2, footer=0.25)
    sheet.oddFooter.center.text = wording()("page")


def paper_for(widths: Sequence[float], frozen: int = 0) -> tuple[str, int]:
    """The smallest paper on which the text is printed at LEGIBLE of its size or more, and how many sheets of it side by side."""
    whole, repeated = sum(widths), sum(widths[:frozen])
    if whole <= ROOM[A4] / LEGIBLE:
        return A4, 1
    room = ROOM[A3] / SMALLEST
    if whole <= room:
        return A3, 1
    return A3, max(math.ceil((whole - repeated) / max(room - repeated, room / 2)), 2)


def visible_widths(sheet: Worksheet) -> list[float]:
    """Of the columns that have been given one and are not hidden."""
    return [dimension.width for dimension in sheet.column_dimensions.values() if not dimension.hidden]


def _frozen(sheet: Worksheet) -> int:
    """How many columns stay where they are when one scrolls to the right."""
    return coordinate_to_tuple(sheet.freeze_panes)[1] - 1 if sheet.freeze_panes else 0


def spans(rows: int, head_rows: int = 1) -> Iterator[tuple[int, int]]:
    """Slices of at most as many rows as a sheet holds below its head; one, even if empty."""
    size = ROW_LIMIT - head_rows
    yield from ((start, min(start + size, rows)) for start in range(0, max(rows, 1), size))


def save(book: Workbook, path: Path, moment: datetime, bodies: Sequence[Body] = ()) -> Path:
    """The workbook with its bodies poured in, every time stamp in it being `moment`."""
    laid_out = io.BytesIO()
    book.properties.creator, book.properties.created = "qingxi", moment
    book.save(laid_out)
    parts = {f"xl/worksheets/sheet{book.sheetnames.index(b.sheet) + 1}.xml": b for b in bodies if b.rows}
    spans = {f"xl/worksheets/sheet{n}.xml": _spans[sheet] for n, sheet in enumerate(book.worksheets, start=1) if sheet in _spans}
    strings = SharedStrings()
    with zipfile.ZipFile(laid_out) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            _add(
                target,
                name,
                moment,
                _content(name, _all_merges(source.read(name), spans.get(name, [])), parts.get(name), strings, moment),
            )
        _add(target, STRINGS, moment, _strings_xml(strings))  # last: the sheets have told it their texts
    return path


def _add(target: zipfile.ZipFile, name: str, moment: datetime, content: Iterable[bytes | memoryview]) -> None:
    info = zipfile.ZipInfo(name, moment.timetuple()[:6])
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
    info._compresslevel = 1  # type: ignore[attr-defined]  # the fastest: a fifth larger, half the time
    with target.open(info, "w", force_zip64=_is_large(content)) as out:
        for block in content:
            out.write(block)


def _is_large(content: object) -> bool:
    """Whether a part may pass the 2 GB beyond which zip needs its longer form, which some readers do not know."""
    return isinstance(content, Poured) and content.body.rows * len(content.body.columns) > 20_000_000


def _content(
    name: str, xml: bytes, body: Body | None, strings: SharedStrings, moment: datetime
) -> Iterable[bytes | memoryview]:
    """A part of the workbook as it is to be written."""
    if body is not None:
        return Poured(xml, body, strings)
    if name == CORE:
        return [_stamped(xml, moment)]
    return [_with_strings(name, xml)]


@dataclass(frozen=True)
class Poured:
    """A sheet's XML with a body's rows in it."""

    xml: bytes
    body: Body
    strings: SharedStrings

    def __iter__(self) -> Iterator[bytes | memoryview]:
        before, after = _around(self.xml, self.body)
        yield before
        yield from rows_xml(self.body, self.strings)
        yield after


def _all_merges(xml: bytes, spans: Sequence[bytes]) -> bytes:
    """A sheet's XML with all its merged cells, of openpyxl and ours, in an order that does not change: openpyxl keeps a set."""
    merges = sorted({*re.findall(rb"<mergeCell [^>]*>", xml), *spans})
    if not merges:
        return xml
    written = b'<mergeCells count="%d">%s</mergeCells>' % (len(merges), b"".join(merges))
    return re.sub(rb"<mergeCells[^>]*>.*?</mergeCells>", lambda _: written, xml)


def _strings_xml(strings: SharedStrings) -> Iterator[bytes | memoryview]:
    yield b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    yield f'<sst xmlns="{MAIN}" uniqueCount="{strings.count}">'.encode()
    yield from strings.xml()
    yield b"</sst>"


def _with_strings(name: str, xml: bytes) -> bytes:
    """The two parts that list the workbook's parts, with the table of texts, which openpyxl does without, added."""
    if name == "[Content_Types].xml":
        entry = f'<Override PartName="/{STRINGS}" ContentType="{STRINGS_TYPE}"/>'
        return xml.replace(b"</Types>", entry.encode() + b"</Types>")
    if name == "xl/_rels/workbook.xml.rels":
        entry = f'<Relationship Type="{STRINGS_RELATION}" Target="/{STRINGS}" Id="strings"/>'
        return xml.replace(b"</Relationships>", entry.encode() + b"</Relationships>")
    return xml


def _around(xml: bytes, body: Body) -> tuple[bytes, bytes]:
    """The sheet's XML before and after the place where the body goes: after the last row above it."""
    last = body.first_row + body.rows - 1
    xml = re.sub(rb"<sheetData ?/>", b"<sheetData></sheetData>", xml)
    below = [(m.start(), int(m[1])) for m in re.finditer(rb'<row r="(\d+)"', xml) if int(m[1]) > last]
    place = below[0][0] if below else xml.index(b"</sheetData>")
    corner = f"A1:{letters(len(body.columns) - 1)}{below[-1][1] if below else last}".encode()
    ignored = b'<ignoredErrors><ignoredError sqref="%s" numberStoredAsText="1"/></ignoredErrors>' % corner
    before = re.sub(rb'<dimension ref="[^"]*" ?/>', b'<dimension ref="%s"/>' % corner, xml[:place])
    return before, xml[place:].replace(b"</worksheet>", ignored + b"</worksheet>")


def _stamped(core: bytes, moment: datetime) -> bytes:
    """Document properties whose moment of change, which openpyxl takes from the clock, is `moment`."""
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, core)
