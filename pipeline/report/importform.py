"""系统导入格式/<导出文件>: the rows that answers changed, headers and spellings as the system exports them, changed cells shaded."""

from __future__ import annotations

from pathlib import Path

from pipeline.correct.imports import ImportSheet, by_file
from pipeline.report.fastsheet import letters
from pipeline.report.fixlist import file_name
from pipeline.report.results import Results
from pipeline.report.words import wording
from pipeline.report.workbook import ANSWER, COLUMN_TITLE, GRID, Look, new_workbook, put, save

PLAIN, CHANGED = Look(border=GRID), Look(border=GRID, fill=ANSWER)


def write(results: Results, folder: Path) -> list[Path]:
    """A workbook per export with answers in it; nothing where there are none."""
    if not results.imports:
        return []
    target = folder / wording()("imports.folder")
    target.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    return [
        _write(results, sheets, target / file_name(Path(file.replace("/", "_")).stem, taken)) for file, sheets in by_file(results.imports).items()
    ]


def _write(results: Results, sheets: list[ImportSheet], path: Path) -> Path:
    book = new_workbook()
    for one in sheets:
        sheet = book.create_sheet(one.tab[:31])
        for j, title in enumerate(one.headers):
            put(sheet, 1, j + 1, title, COLUMN_TITLE)
            sheet.column_dimensions[letters(j)].width = min(max(2 * len(title) + 2, 8), 24)
        for i, row in enumerate(one.cells.to_numpy(dtype=object).tolist()):
            for j, text in enumerate(row):
                put(sheet, i + 2, j + 1, "" if text is None or text != text else str(text), CHANGED if one.changed[i, j] else PLAIN)
        sheet.freeze_panes = "A2"
    return save(book, path, results.moment)
