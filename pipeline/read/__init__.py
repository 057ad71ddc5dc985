"""A workbook tab or csv → a sheet of text; every row gets its address.

Nothing is refused quietly: a file gives sheets, or Unreadable says why not; a tab or row that is left out is listed
in the troubles or in the sheet's `set_aside`. The wording stands in expectations/structure.yml, section read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.headers import Vocabulary
from pipeline.read.book import Book
from pipeline.read.files import find_files, name_of, sniff
from pipeline.read.model import Grid, Progress, SetAside, Sheet, Trouble, Unreadable
from pipeline.read.table import read_tables
from pipeline.read.text import csv_grid
from pipeline.read.web import web_grids

__all__ = ["SetAside", "Sheet", "Trouble", "Unreadable", "find_files", "name_of", "read_file"]


def read_file(
    path: Path, relative: str, vocabulary: Vocabulary, progress: Progress | None = None
) -> tuple[list[Sheet], list[Trouble]]:
    """The file's tables, tab by tab. Raises Unreadable where the file as a whole gives none for a reason."""
    sheets: list[Sheet] = []
    troubles: list[Trouble] = []
    try:
        for grid, said in _grids(path, relative):
            troubles += said
            if grid is not None:
                found, said = read_tables(grid, relative, vocabulary, progress)
                sheets += found
                troubles += said
    except FileNotFoundError:
        raise Unreadable("vanished", relative) from None
    except OSError:
        raise Unreadable("no_access", relative) from None
    if not sheets and not troubles:
        raise Unreadable("empty_file", relative)
    return _without_copies(sheets, [trouble for trouble in troubles if not (sheets and _is_cover(trouble))])


def _grids(path: Path, file: str) -> Iterator[tuple[Grid | None, list[Trouble]]]:
    """The file's grids by what it is, not by what its ending says."""
    kind = sniff(path, file)
    if kind in {"zip", "ole"}:
        yield from Book(path, file, kind).grids()
    elif kind == "html":
        yield from ((grid, []) for grid in web_grids(path, file))
    else:
        yield csv_grid(path, file)


def _is_cover(trouble: Trouble) -> bool:
    """A tab beside real tables with only a few words on it."""
    return trouble.problem == "no_table" and int(trouble.slots["cells"]) < 10


def _without_copies(sheets: list[Sheet], troubles: list[Trouble]) -> tuple[list[Sheet], list[Trouble]]:
    """The sheets without those that repeat an earlier one cell for cell; a visible one is kept before a hidden one."""
    kept: list[Sheet] = []
    for sheet in sorted(sheets, key=lambda sheet: sheet.hidden):
        twin = next((other for other in kept if _same(sheet, other)), None)
        if twin is None:
            kept.append(sheet)
        else:
            troubles = [*troubles, Trouble("same_tab", sheet.file, sheet.tab, slots={"other": twin.tab})]
    return [sheet for sheet in sheets if any(sheet is one for one in kept)], troubles


def _same(one: Sheet, other: Sheet) -> bool:
    return one.headers == other.headers and one.cells.shape == other.cells.shape and one.cells.equals(other.cells)
