"""回执/<文件名>_回执.xlsx: one page for whoever handed a list in: what was accepted, what was not and why, what is still open.

Names and numbers are masked: the page travels. A list that holds two villages' rows has a receipt for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.report.fixlist import file_name
from pipeline.report.fixrows import plain
from pipeline.report.mask import masked, masked_text
from pipeline.report.results import Results
from pipeline.report.words import wording
from pipeline.report.workbook import GRID, HEAD, HEAD_FILL, TITLE, Look, new_workbook, printed, put, save

HEAD_ROW = 4
WRAPPED = Look(wrap=True)
SECTIONS = ("unknown_row", "conflict", "refused", "accepted", "settled", "needless")
"""Outcomes in the order of the page: what asks for something first."""
OPEN_SHOWN = 60  # numbers of problems not answered yet that are named; a page holds no more


@dataclass(frozen=True)
class Receipt:
    """One page: of which file, for which village, about which rows; or why the file gave none."""

    file: str
    village: str
    rows: pd.DataFrame
    trouble: str = ""


def write(results: Results, folder: Path) -> list[Path]:
    """A receipt per returned list and village; nothing where nothing came back."""
    receipts = list(receipts_of(results))
    if not receipts:
        return []
    target = folder / wording()("receipt.folder")
    target.mkdir(parents=True, exist_ok=True)
    several = pd.Series([r.file for r in receipts]).value_counts()
    taken: set[str] = set()
    return [_write(results, one, target / _name(one, int(several[one.file]) > 1, taken)) for one in receipts]


def _name(receipt: Receipt, several: bool, taken: set[str]) -> str:
    base = receipt.file.replace("/", "_")
    base = base.rpartition(".")[0] or base
    return file_name(wording()("receipt.file", name=f"{base}_{receipt.village}" if several and receipt.village else base), taken)


def receipts_of(results: Results) -> Iterator[Receipt]:
    """What each returned file of this period is answered with."""
    rows = results.answers if results.answers is not None else pd.DataFrame(columns=["file", "village"])
    for given in results.manifest.get("returned", ()):
        if given["period"] != results.period or given["note"] in ("other", "review"):
            continue
        mine = rows[rows["file"] == given["file"]]
        if not len(mine):
            yield Receipt(given["file"], "", mine, _trouble(results, given["file"]))
            continue
        villages = mine["village"].dropna().unique().tolist() or [""]
        for village in villages:
            yield Receipt(given["file"], village, mine[mine["village"].isna() | (mine["village"] == village)])


def _trouble(results: Results, file: str) -> str:
    """Why a file gave no rows, in the words of its problem."""
    at = results.issues["row_id"].astype(str).str.startswith(f"returned/{file}#")
    said = results.issues.loc[at, "message"].dropna()
    return str(said.iloc[0]) if len(said) else wording()("receipt.empty")


def _write(results: Results, receipt: Receipt, path: Path) -> Path:
    words, book = wording(), new_workbook()
    sheet = book.create_sheet(words("receipt.sheet"))
    columns: dict[str, dict[str, Any]] = words.get("receipt.columns")
    _top(sheet, results, receipt, columns)
    row = HEAD_ROW
    for section in SECTIONS:
        for record in receipt.rows[receipt.rows["outcome"] == section].to_dict("records"):
            row += 1
            _line(sheet, row, columns, _shown({str(k): v for k, v in record.items()}, section))
    for text in _closing(receipt):
        row += 1
        _whole(sheet, row, len(columns), text)
    printed(sheet, HEAD_ROW)
    sheet.oddFooter.left.text = masked_text(receipt.file)
    return save(book, path, results.moment)


def _top(sheet: Worksheet, results: Results, receipt: Receipt, columns: Mapping[str, Mapping[str, Any]]) -> None:
    words = wording()
    counts = receipt.rows["outcome"].value_counts() if len(receipt.rows) else pd.Series(dtype=int)
    said = words("receipt.joiner").join(
        words(f"receipt.counts.{name}", count=int(counts[name])) for name in (*SECTIONS, "blank") if counts.get(name)
    )
    _whole(sheet, 1, len(columns), words("receipt.title", village=receipt.village), Look(TITLE, centre=True), 28)
    _whole(sheet, 2, len(columns), words("receipt.about", place=results.place, period=results.period, file=receipt.file))
    _whole(sheet, 3, len(columns), receipt.trouble or said or words("receipt.nothing"), Look(HEAD, wrap=True))
    for number, look in enumerate(columns.values(), start=1):
        put(sheet, HEAD_ROW, number, str(look["title"]), Look(HEAD, HEAD_FILL, GRID, wrap=True, centre=True))
        sheet.column_dimensions[sheet.cell(HEAD_ROW, number).column_letter].width = float(look["width"])


def _shown(record: dict[str, Any], section: str) -> dict[str, str]:
    """A row as it may travel: names and numbers masked."""
    words = wording()
    answer = words("receipt.answer", verdict=_text(record["verdict"]), answer=plain(_text(record["answer"]))).strip()
    return {
        "ref": _text(record["ref"]) or words("receipt.line", row=int(record["row"])),
        "household_no": _text(record["household_no"]),
        "name": masked("name", _text(record["name"])),
        "title": _text(record.get("title")),
        "answer": _veiled(answer, record),
        "outcome": words.names("receipt.outcomes")[section],
        "why": _veiled(_text(record["why"]), record),
    }


def _veiled(text: str, record: Mapping[str, Any]) -> str:
    for name in {_text(record["name"]), _text(record["head"])} - {""}:
        text = text.replace(name, masked("name", name))
    return masked_text(text)


def _closing(receipt: Receipt) -> Iterator[str]:
    """What is still open on this list, and what to do."""
    words = wording()
    waiting = receipt.rows[(receipt.rows["outcome"] == "blank") & receipt.rows["open"].astype(bool)] if len(receipt.rows) else receipt.rows
    if len(waiting):
        refs = waiting["ref"].dropna().tolist()
        more = words("receipt.more") if len(refs) > OPEN_SHOWN else ""
        yield words("receipt.waiting", count=len(waiting), refs="、".join(refs[:OPEN_SHOWN]) + more)
    yield words("receipt.next")


def _line(sheet: Worksheet, row: int, columns: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str]) -> None:
    for number, name in enumerate(columns, start=1):
        put(sheet, row, number, texts[name], Look(border=GRID, wrap=True, top=True))
    lines = max(1, *(-(-_wide(texts[name]) // max(int(float(columns[name]["width"])) - 2, 1)) for name in columns))
    sheet.row_dimensions[row].height = min(13.0 * lines + 5, 400)


def _whole(sheet: Worksheet, row: int, columns: int, text: str, look: Look = WRAPPED, height: float | None = None) -> None:
    """A text across the page."""
    put(sheet, row, 1, text, look)
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=columns)
    sheet.row_dimensions[row].height = height or 15.0 * (1 + _wide(text) // 130)


def _wide(text: str) -> int:
    """How many columns of Latin letters a text takes."""
    return sum(1 if character.isascii() else 2 for character in text)


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)
