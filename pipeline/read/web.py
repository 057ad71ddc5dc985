"""Tables of a web page saved as .xls → grids; many county systems export that way. Standard library only."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from pipeline.read.model import Grid, Merge, Row, Unreadable
from pipeline.read.text import decode

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_CHINESE = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "gb18030": "gb18030"}


def web_grids(path: Path, file: str) -> list[Grid]:
    """Every table of the page that has more than one row, in order."""
    data = path.read_bytes()
    tables = _Tables()
    tables.feed(_page(data, file))
    tables.close()
    found = [table for table in tables.done if len(table.rows) > 1]
    if not found:
        raise Unreadable("web_without_table", file)
    names = [path.stem] if len(found) == 1 else [f"表{i}" for i in range(1, len(found) + 1)]
    return [Grid(name, False, table.padded(), table.merges) for name, table in zip(names, found, strict=True)]


def _page(data: bytes, file: str) -> str:
    declared = _CHARSET.search(data[:4096])
    encoding = _CHINESE.get(declared[1].decode("ascii", "ignore").lower()) if declared else None
    if encoding:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass  # pages that say gb2312 and are utf-8 are common
    return decode(data, file)


class _Table:
    """One table's cells on Excel's grid: a cell that spans keeps its text at the top left, the rest is blank."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.merges: list[Merge] = []
        self.taken: dict[tuple[int, int], bool] = {}
        self.cell: list[str] | None = None
        self.span = (1, 1)

    def open_cell(self, attributes: dict[str, str | None]) -> None:
        if not self.rows:
            self.rows.append([])
        self.close_cell()
        self.cell = []
        self.span = (_number(attributes.get("rowspan")), _number(attributes.get("colspan")))

    def close_cell(self) -> None:
        if self.cell is None:
            return
        row, at = self.rows[-1], len(self.rows) - 1
        while self.taken.pop((at, len(row)), False):
            row.append("")
        column, (deep, wide) = len(row), self.span
        row.append(_tidy("".join(self.cell)))
        row.extend([""] * (wide - 1))
        for below in range(at + 1, at + deep):
            self.taken.update(((below, across), True) for across in range(column, column + wide))
        if deep > 1 or wide > 1:
            self.merges.append(((at, column), (at + deep - 1, column + wide - 1)))
        self.cell = None

    def padded(self) -> list[Row]:
        width = max(map(len, self.rows))
        return [row + [""] * (width - len(row)) for row in self.rows]


class _Tables(HTMLParser):
    """Collects tables; a table inside a cell is its own table."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[_Table] = []
        self.done: list[_Table] = []
        self.silent = 0  # inside <style>, <script>, <head> or an Excel comment block

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"style", "script", "title"}:
            self.silent += 1
        elif tag == "table":
            self.open.append(_Table())
            self.done.append(self.open[-1])
        elif not self.open:
            return
        elif tag == "tr":
            self.open[-1].close_cell()
            self.open[-1].rows.append([])
        elif tag in {"td", "th"}:
            self.open[-1].open_cell(dict(attrs))
        elif tag in {"br", "p", "div"} and self.open[-1].cell:
            self.open[-1].cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script", "title"}:
            self.silent = max(0, self.silent - 1)
        elif self.open and tag in {"td", "th", "tr"}:
            self.open[-1].close_cell()
        elif self.open and tag == "table":
            self.open.pop().close_cell()

    def close(self) -> None:
        super().close()
        while self.open:
            self.open.pop().close_cell()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1].cell is not None and not self.silent:
            # Line breaks of the source are no line breaks of the page.
            self.open[-1].cell.append(re.sub(r"[\r\n\t ]+", " ", data))


def _number(text: str | None) -> int:
    """A span; anything odd counts as 1, and no span is believed beyond Excel's width."""
    return min(max(int(text), 1), 16_384) if text and text.strip().isdigit() else 1


def _tidy(text: str) -> str:
    return re.sub(r" ?\n ?", "\n", text).strip(" \n").replace("\xa0", " ").strip()
