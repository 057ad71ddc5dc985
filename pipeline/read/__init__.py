"""A workbook tab or csv → a sheet of text; every row gets its address."""

from __future__ import annotations

from pathlib import Path

from pipeline.headers import Vocabulary
from pipeline.read.book import grids
from pipeline.read.model import Progress, SetAside, Sheet, Trouble, Unreadable
from pipeline.read.table import read_table

__all__ = ["SetAside", "Sheet", "Trouble", "Unreadable", "find_files", "read_file"]


def find_files(folder: Path) -> tuple[list[Path], list[Trouble]]:
    """Every readable file below a period's folder, sorted; a trouble for what was passed over and should not be."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in {".xlsx", ".xls", ".csv"}), []


def read_file(
    path: Path, relative: str, vocabulary: Vocabulary, progress: Progress | None = None
) -> tuple[list[Sheet], list[Trouble]]:
    """The file's tables, tab by tab. Raises Unreadable where the file gives none for a reason."""
    sheets, troubles = [], []
    for grid in grids(path, relative):
        sheet, said = read_table(grid, relative, vocabulary, progress)
        sheets += [sheet] if sheet else []
        troubles += said
    return sheets, troubles
