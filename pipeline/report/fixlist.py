"""村级整改清单/<村>.xlsx: what one village is to look at, with a place for each answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.locked import lock
from pipeline.report.fastsheet import Body, Column, letters, text_lines, to_arrow
from pipeline.report.fixchecks import VERDICTS, add_checks
from pipeline.report.fixrows import KEYS, fix_rows
from pipeline.report.results import Results
from pipeline.report.words import Words, wording
from pipeline.report.workbook import (
    ANSWER,
    GRID,
    HEAD,
    HEAD_FILL,
    PLAIN,
    SHADE,
    TITLE,
    Look,
    new_workbook,
    printed,
    put,
    save,
    style,
)  # fmt: skip

HEAD_ROW = 4
FIRST_ROW = HEAD_ROW + 1
KEY_SHEET = "_qingxi"
FORMAT = "2"
LINE_HEIGHT = 13
CENTRED = ("number", "ref", "group", "severity", "verdict", "checked_on")
NUMERIC = ("number", "year")


@dataclass(frozen=True)
class Village:
    """One list to be written."""

    name: str
    township: str
    file: str
    rows: pd.DataFrame


def write(results: Results, folder: Path) -> list[Path]:
    target = folder / wording()("fixlist.folder")
    target.mkdir(parents=True, exist_ok=True)
    return [_write(results, village, target) for village in villages(fix_rows(results))]


def villages(rows: pd.DataFrame) -> Iterator[Village]:
    """Each village with its rows and a file name of its own."""
    unknown = wording()("unknown_village")
    taken: set[str] = set()
    names = rows["village"].fillna(unknown)
    townships = rows["township"].mask(rows["village"].isna()).fillna("")
    places = pd.DataFrame({"name": names, "township": townships}).drop_duplicates()
    twice = set(places.loc[places["name"].duplicated(keep=False), "name"])
    for place, part in rows.groupby([names, townships], sort=False):
        name, township = map(str, place)
        file = file_name(f"{township}{name}" if name in twice else name, taken)
        yield Village(name, township, file, part.reset_index(drop=True))


def file_name(name: str, taken: set[str]) -> str:
    """A name every file system takes and that is not taken yet (Windows makes no difference between A and a)."""
    base = safe = re.sub(r'[\x00-\x1f\\/:*?"<>|]', "_", name).strip(" .")[:80] or "_"
    if re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", base):
        base = safe = f"{base}_"
    number = 1
    while safe.casefold() in taken:
        number += 1
        safe = f"{base}_{number}"
    taken.add(safe.casefold())
    return f"{safe}.xlsx"


def _write(results: Results, village: Village, folder: Path) -> Path:
    words, book = wording(), new_workbook()
    sheet = book.create_sheet(words("fixlist.sheet"))
    layout = Layout.of(words)
    kinds = answer_kinds(results, village.rows)
    _top(sheet, results, village, layout)
    _bottom(sheet, layout, FIRST_ROW + len(village.rows) + 1)
    lists = _lists(book, results, village.rows)
    add_checks(sheet, layout.letter, kinds, village.rows["codes"], lists, FIRST_ROW)
    _protect(sheet)
    _print_setup(sheet, results, village, layout)
    _keys(book, results, village, layout)
    columns, heights = _columns(sheet, layout, village.rows, kinds), _heights(layout, village.rows)
    body = Body(sheet.title, FIRST_ROW, columns, heights, blanks=True)
    path = save(book, folder / village.file, results.moment, [body])
    return lock(path, results.list_password) if results.list_password else path


@dataclass(frozen=True)
class Layout:
    """The columns from left to right: shown, to be answered, hidden."""

    titles: dict[str, str]
    widths: dict[str, float]
    shown: tuple[str, ...]
    answers: tuple[str, ...]

    @classmethod
    def of(cls, words: Words) -> Layout:
        shown, answers = words.get("fixlist.columns"), words.get("fixlist.answers")
        both = {**shown, **answers}
        titles = {name: str(look["title"]) for name, look in both.items()}
        return cls(titles, {name: float(look["width"]) for name, look in both.items()}, tuple(shown), tuple(answers))

    @property
    def visible(self) -> tuple[str, ...]:
        return (*self.shown, *self.answers)

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.visible, *KEYS)

    def letter(self, column: str) -> str:
        return letters(self.all.index(column))

    @property
    def last(self) -> str:
        return letters(len(self.visible) - 1)


def answer_kinds(results: Results, rows: pd.DataFrame) -> pd.Series:
    """The type of the field each row asks for."""
    types = [results.types.get((t, c)) for t, c in zip(rows["table"], rows["column"], strict=True)]
    kinds = pd.Series(types, index=rows.index, dtype=object)
    known = rows["codes"].isin(list(results.codes))
    is_code = kinds.isin(["code", "codes"])
    return kinds.mask(known & ~is_code, "code").mask(~known & is_code, "text")


def _top(sheet: Worksheet, results: Results, village: Village, layout: Layout) -> None:
    """Title, what this is and until when, how to fill it in, and the column titles."""
    words = wording()
    values = {
        "place": _place(results, village), "period": results.period, "deadline": results.due,
        "problems": len(village.rows), "households": village.rows["household_no"].nunique(),
    }  # fmt: skip
    subtitle = "fixlist.subtitle" if results.due else "fixlist.subtitle_open"
    put(sheet, 1, 1, words("fixlist.title", village=village.name), Look(TITLE, centre=True))
    put(sheet, 2, 1, words(subtitle, **values), Look(centre=True))
    put(sheet, 3, 1, words("fixlist.how"), Look(wrap=True))
    for row, height in ((1, 26), (2, 16), (3, 30)):
        sheet.merge_cells(f"A{row}:{layout.last}{row}")
        sheet.row_dimensions[row].height = height
    for number, column in enumerate(layout.all, start=1):
        fill = ANSWER if column in layout.answers else HEAD_FILL
        title = layout.titles.get(column, column)
        put(sheet, HEAD_ROW, number, title, Look(HEAD, fill, GRID, wrap=True, centre=True))
        dimension = sheet.column_dimensions[letters(number - 1)]
        dimension.width, dimension.hidden = layout.widths.get(column, 12), column in KEYS
    sheet.row_dimensions[HEAD_ROW].height = 30
    sheet.freeze_panes = f"{layout.letter('id')}{FIRST_ROW}"
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{letters(len(layout.all) - 1)}{HEAD_ROW + len(village.rows)}"


def _place(results: Results, village: Village) -> str:
    """云溪县青禾镇, the township not said twice."""
    return results.place if village.township in results.place else f"{results.place}{village.township}"


def _bottom(sheet: Worksheet, layout: Layout, row: int) -> None:
    put(sheet, row, 1, wording()("fixlist.signature"))
    sheet.merge_cells(f"A{row}:{layout.last}{row}")
    sheet.row_dimensions[row].height = 32


def _columns(sheet: Worksheet, layout: Layout, rows: pd.DataFrame, kinds: pd.Series) -> list[Column]:
    """The columns of the table, every second household shaded, answer cells open."""
    shade = _every_second_household(rows)
    numbers = rows.assign(number=np.arange(1, len(rows) + 1, dtype=float))
    columns = []
    for name in layout.all:
        if name in layout.answers:
            values, looks = _blank(len(rows)), _answer_styles(sheet, name, kinds)
        else:
            values, looks = to_arrow(numbers[name]), _shown_styles(sheet, name, shade)
        columns.append(Column(values, looks))
    return columns


def _blank(rows: int) -> pa.Array:
    return pa.nulls(rows, pa.string())


def _every_second_household(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    household = rows["household_no"].fillna("")
    turn: npt.NDArray[np.bool_] = (household.ne(household.shift()).cumsum() % 2 == 0).to_numpy()
    return turn


def _shown_styles(sheet: Worksheet, name: str, shade: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    number_format = "0" if name == "number" else "@"
    plain, shaded = (
        style(sheet, Look(PLAIN, fill, GRID, number_format, wrap=True, top=True, centre=name in CENTRED))
        for fill in (None, SHADE)
    )
    return np.where(shade, shaded, plain).astype(np.int64)


def _answer_styles(sheet: Worksheet, name: str, kinds: pd.Series) -> npt.NDArray[np.int64]:
    """Open cells; text, so that ids stay whole, but for numbers and the date, which Excel is to check."""
    text, number, date = (
        style(sheet, Look(PLAIN, ANSWER, GRID, f, wrap=True, centre=name in CENTRED, locked=False))
        for f in ("@", "General", "yyyy-mm-dd")
    )
    if name == "checked_on":
        return np.full(len(kinds), date, np.int64)
    as_number = kinds.isin(NUMERIC).to_numpy() & (name == "answer")
    return np.where(as_number, number, text).astype(np.int64)


def _heights(layout: Layout, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Heights at which every text is seen, for programs that do not fit rows on opening (WPS)."""
    lines = np.full(len(rows), 2.0)
    for name in ("problem", "where", "value", "fix", "suggestion", "household_no", "head", "name", "id"):
        lines = np.maximum(lines, text_lines(to_arrow(rows[name]), layout.widths[name]))
    heights: npt.NDArray[np.float64] = np.minimum(lines * LINE_HEIGHT + 4, 400)  # Excel ends at 409
    return heights


def _lists(book: Workbook, results: Results, rows: pd.DataFrame) -> dict[str, str]:
    """A hidden tab with the choices of each code list in use; list name -> its range."""
    words = wording()
    sheet = book.create_sheet(words("fixlist.lists_sheet"))
    sheet.sheet_state = "hidden"
    sheet.protection.sheet = True
    used = sorted(set(rows["codes"].dropna()) & set(results.codes))
    choices: dict[str, Sequence[str]] = {VERDICTS: words.get("fixlist.verdicts")}
    choices |= {name: results.codes[name] for name in used}
    ranges = {}
    for number, (name, values) in enumerate(choices.items()):
        for row, value in enumerate(values, start=1):
            put(sheet, row, number + 1, value)
        letter = letters(number)
        ranges[name] = f"'{sheet.title}'!${letter}$1:${letter}${max(len(values), 1)}"
    return ranges


def _protect(sheet: Worksheet) -> None:
    """Keys and words locked, without a password; filtering and widening columns stay allowed.

    Sorting does not: with the other cells locked, what Excel would still sort is the answers alone, away from their rows.
    """
    protection = sheet.protection
    protection.sheet = True
    protection.formatColumns = protection.formatRows = protection.autoFilter = False


def _print_setup(sheet: Worksheet, results: Results, village: Village, layout: Layout) -> None:
    """On paper: the columns people read and fill in, whose list it is on every page."""
    words = wording()
    printed(sheet, HEAD_ROW)
    sheet.print_area = f"A1:{layout.last}{FIRST_ROW + len(village.rows) + 1}"
    sheet.oddFooter.left.text = words("fixlist.footer_left", village=village.name, period=results.period)
    sheet.oddFooter.right.text = words("fixlist.footer_right")


def _keys(book: Workbook, results: Results, village: Village, layout: Layout) -> None:
    """A hidden tab that says which run, place and columns this list is of."""
    sheet = book.create_sheet(KEY_SHEET)
    sheet.sheet_state, sheet.protection.sheet = "veryHidden", True
    facts = {
        "format": FORMAT, "run_id": results.run_id, "period": results.period, "township": village.township,
        "village": "" if village.rows["village"].isna().all() else village.name, "rows": str(len(village.rows)),
        "head_row": str(HEAD_ROW), "columns": " ".join(layout.all),
    }  # fmt: skip
    for row, (key, value) in enumerate(facts.items(), start=1):
        put(sheet, row, 1, key)
        put(sheet, row, 2, value)
