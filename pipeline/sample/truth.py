"""What is true of the written cells: who stands behind every row, and what was planted where."""

from __future__ import annotations

import csv
from pathlib import Path

from pipeline.sample.layout import Book, Sheet

TRUTH_COLUMNS = (
    "file", "tab", "row", "column", "column_letter", "field", "kind", "true_value", "planted_value",
    "household_no", "person_no", "group", "note", "expected",
)  # fmt: skip


class TruthWriter:
    """Collects the truth while the files are laid out."""

    def __init__(self, folder: Path, period: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.cells_path = folder / f"{period}.csv"
        self.people_path = folder / f"{period}.people.parquet"
        self.lines: list[dict[str, str]] = []
        self.behind: dict[str, list[object]] = {name: [] for name in ("file", "tab", "row", "household_no", "person_no")}

    def note(self, book: Book) -> None:
        """Remember who is behind every row of a file."""
        for sheet in book.sheets:
            self.note_people(sheet)

    def note_people(self, sheet: Sheet) -> None:
        count = len(sheet.about)
        self.behind["file"] += [sheet.file] * count
        self.behind["tab"] += [sheet.tab.name] * count
        self.behind["row"] += range(sheet.first_row, sheet.first_row + count)
        self.behind["household_no"] += [row.household.no if row.household else "" for row in sheet.about]
        self.behind["person_no"] += [row.person.no if row.person else "" for row in sheet.about]

    def close(self) -> None:
        """Write both truth files."""
        import pyarrow as pa  # type: ignore[import-untyped]  # (half a second to import)
        import pyarrow.parquet as pq  # type: ignore[import-untyped]

        with self.cells_path.open("w", encoding="utf-8-sig", newline="") as handle:
            writer = csv.DictWriter(handle, TRUTH_COLUMNS)
            writer.writeheader()
            writer.writerows(self.lines)
        pq.write_table(pa.table(self.behind), self.people_path)
