"""What is true of the written cells: who stands behind every row, and what was planted where."""

from __future__ import annotations

import csv
from operator import attrgetter
from pathlib import Path

from pipeline.sample.layout import Book, Column, Sheet, kind_of, subject_no
from pipeline.sample.model import Household
from pipeline.sample.plants.core import Planted, Subject, WrongCell
from pipeline.sample.rosters import Finding
from pipeline.sample.spelling import speller
from pipeline.sample.words import Words, load
from pipeline.sample.writers import column_letter

TRUTH_COLUMNS = (
    "file", "tab", "row", "column", "column_letter", "field", "kind", "true_value", "planted_value",
    "household_no", "person_no", "note", "expected", "may", "group",
)  # fmt: skip
ROSTER_COLUMNS = ("annex", "household_no", "person_no", "village", "why", "may")
Marked = dict[str, list[tuple[Planted, WrongCell]]]


def in_system(home: Household, words: Words) -> bool:
    """Neither of another township nor a household that only the lists know."""
    return home.town == words.place["town"] and not home.resident


class TruthWriter:
    """Collects the truth while the files are laid out."""

    def __init__(self, folder: Path, period: str, planted: list[Planted], words: Words) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.cells_path = folder / f"{period}.csv"
        self.people_path = folder / f"{period}.people.parquet"
        self.rosters_path = folder / f"{period}.rosters.csv"
        self.words = words
        self.planted = planted
        self.lines: list[dict[str, str]] = []
        self.behind: dict[str, list[object]] = {name: [] for name in ("file", "tab", "row", "household_no", "person_no", "register_no")}
        self.marked: Marked = {}
        for one in planted:
            for cell in one.cells:
                self.marked.setdefault(cell.no, []).append((one, cell))

    def note(self, book: Book) -> None:
        """Remember who is behind every row of a file, and which of its cells are untrue."""
        for sheet in book.sheets:
            self.note_people(sheet)
            self.note_cells(sheet)

    def note_rows(self, book: Book) -> None:
        """Remember who is behind every row of a file in which nothing was planted."""
        for sheet in book.sheets:
            self.note_people(sheet)

    def note_people(self, sheet: Sheet) -> None:
        count = len(sheet.about)
        self.behind["file"] += [sheet.file] * count
        self.behind["tab"] += [sheet.tab.name] * count
        self.behind["row"] += range(sheet.first_row, sheet.first_row + count)
        ours = [not row.household or in_system(row.household, self.words) for row in sheet.about]
        numbers = zip(ours, sheet.about, strict=True)
        self.behind["household_no"] += [row.household.no if row.household and our else "" for our, row in numbers]
        numbers = zip(ours, sheet.about, strict=True)
        self.behind["person_no"] += [row.person.no if row.person and our else "" for our, row in numbers]
        near = (row.household if row.household and row.household.resident else None for row in sheet.about)
        self.behind["register_no"] += [home.register_no if home else "" for home in near]

    def note_cells(self, sheet: Sheet) -> None:
        by_path: dict[str, list[int]] = {}
        for position, column in enumerate(sheet.columns):
            by_path.setdefault(column.path, []).append(position)
        for index, row in enumerate(sheet.about):
            for letter in "hpsv":
                for planted, cell in self.marked.get(subject_no(row.subject(letter)), ()):
                    wanted = cell.path[0] == letter and cell.layout in ("", sheet.layout.key)
                    if wanted and (not cell.person_no or (row.person and row.person.no == cell.person_no)):
                        for position in by_path.get(cell.path, ()):
                            self.lines.append(self.line(sheet, index, position, planted, cell))

    def line(self, sheet: Sheet, index: int, position: int, planted: Planted, cell: WrongCell) -> dict[str, str]:
        """One cell of the truth file."""
        row, column = sheet.about[index], sheet.columns[position]
        return {
            "file": sheet.file,
            "tab": sheet.tab.name,
            "row": str(sheet.first_row + index),
            "column": column.header,
            "column_letter": column_letter(sheet.first_column + position),
            "true_value": self.true_text(column, planted.before.get(cell.no)),
            "planted_value": str(sheet.cell(index, position)),
            "household_no": row.household.no if row.household else "",
            "person_no": row.person.no if row.person else "",
            "field": cell.path,
            **self.about(planted),
        }

    def about(self, planted: Planted) -> dict[str, str]:
        told = planted.told
        return {
            "kind": told.name,
            "note": told.note,
            "expected": " ".join(planted.expected),
            "may": " ".join(side for text in told.may for side in text.rstrip("~").split("/") if side),
            "group": planted.group,
        }

    def true_text(self, column: Column, before: Subject | None) -> str:
        """As the system would have written it; nothing where the subject should not exist."""
        if before is None:
            return ""
        return speller(kind_of(column), column.style, self.words)(attrgetter(column.path[2:])(before))

    def without_cells(self) -> list[dict[str, str]]:
        """Plants that leave no cell behind, such as a household that is gone."""
        shown = {line["group"] for line in self.lines}
        missing = [planted for planted in self.planted if planted.group not in shown]
        return [
            dict.fromkeys(TRUTH_COLUMNS, "")
            | {"household_no": planted.household_no, "person_no": planted.person_no}
            | self.about(planted)
            for planted in missing
        ]

    def note_rosters(self, findings: list[Finding]) -> None:
        """Write who belongs on every roster; `may` where a careful reader might leave it."""
        names = load("rosters.yml")["names"]
        with self.rosters_path.open("w", encoding="utf-8-sig", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(ROSTER_COLUMNS)
            writer.writerows(
                (names[one.roster], one.household_no, one.person_no, one.village, one.why, "" if one.firm else "may")
                for one in findings
            )

    def close(self) -> None:
        """Write both truth files."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with self.cells_path.open("w", encoding="utf-8-sig", newline="") as handle:
            writer = csv.DictWriter(handle, TRUTH_COLUMNS)
            writer.writeheader()
            writer.writerows(self.lines + self.without_cells())
        pq.write_table(pa.table(self.behind), self.people_path)
