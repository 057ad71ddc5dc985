"""Village clerks who answer a 村级整改清单 as people do: right, wrong, twice, late, untidily; and the export after they have typed.

They see what a person sees: the columns that are shown, by their titles. What the right value is they know from the truth file.
Everything follows from the random stream they are given.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.sample import Again

WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789X."}
SEX = {"1": "男", "2": "女"}
PLACE = re.compile(r"第(\d+)行·(.*)", re.DOTALL)
Cell = tuple[str, int, str]  # file name, Excel row, header without blanks


@dataclass(frozen=True, slots=True)
class Known:
    """What the clerk can find out about one cell."""

    group: str
    right: str
    stated: str
    subject: str
    path: str


class Truth:
    """The truth file, looked up by the place a list names."""

    def __init__(self, path: Path) -> None:
        self.cells: dict[Cell, Known] = {}
        self.households: dict[str, str] = {}
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for line in csv.DictReader(stream):
                self.households.setdefault(line["household_no"], line["group"])
                if not line["row"]:
                    continue
                subject = line["person_no"] if line["field"].startswith("p.") else line["household_no"]
                known = Known(line["group"], line["true_value"], line["planted_value"], subject, line["field"])
                self.cells.setdefault((Path(line["file"]).name, int(line["row"]), folded(line["column"])), known)

    def at(self, place: str) -> Known | None:
        """The first cell that the text of the place column names, if anything is wrong with it."""
        for cell in cells_named(place):
            if cell in self.cells:
                return self.cells[cell]
        return None


def folded(text: object) -> str:
    return "".join(str(text or "").split())


def cells_named(place: str) -> list[Cell]:
    """家庭成员信息.xlsx / Sheet1·第12行·性别 as (file, 12, 性别)."""
    found, file = [], ""
    for line in re.split(r"\n(?=[^\n]*(?:\.xlsx|\.xls|\.csv|·第\d+行·))", place):
        if match := PLACE.search(line):
            found.append((file, int(match[1]), folded(match[2])))
        elif line.strip().endswith((".xlsx", ".xls", ".csv")):
            file = Path(line.strip()).name
    return found


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of what a clerk does with a row; what is left over stays unanswered."""

    right: float = 0.6  # the right value, where there is one
    wrong: float = 0.08  # some other value
    unsure: float = 0.07  # 无法核实
    typed: float = 0.8  # of those said to be corrected, really corrected in the system
    messy: float = 0.3  # of the values, written another way
    changes: tuple[str, ...] = ()  # what happens to the sheet, names of CHANGES


@dataclass(frozen=True, slots=True)
class Answer:
    """What a clerk did with one row, as we know it and the reader of the workbook must find out."""

    household_no: str
    name: str
    problem: str
    place: str
    kind: str  # right, wrong, elsewhere (another cell was the wrong one), so (情况属实), unsure
    value: str  # as written; empty where nothing is to be written
    meant: str  # the same without its untidiness
    typed: bool  # corrected in the system as well
    known: Known | None


@dataclass(frozen=True, slots=True)
class Returned:
    """A workbook that came back."""

    path: Path
    answers: tuple[Answer, ...]


@dataclass(slots=True)
class View:
    """The sheet as a person sees it: titles over columns, rows below."""

    sheet: Worksheet
    head: int
    columns: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> range:
        """Rows of the table: those with a running number."""
        number = self.columns["序号"]
        last = self.head
        while str(self.sheet.cell(last + 1, number).value or "").strip():
            last += 1
        return range(self.head + 1, last + 1)

    def text(self, row: int, title: str) -> str:
        return str(self.sheet.cell(row, self.columns[title]).value or "")

    def write(self, row: int, title: str, value: Any) -> None:
        self.sheet.cell(row, self.columns[title]).value = value


def view(sheet: Worksheet) -> View:
    """Find the titles by the columns that ask to be filled in."""
    for row in range(1, 12):
        titles = {folded(cell.value): cell.column for cell in sheet[row] if cell.value}
        shown = {t: n for t, n in titles.items() if not sheet.column_dimensions[letter(n)].hidden}
        if {"正确值", "核实结果"} <= set(shown):
            return View(sheet, row, shown)
    raise ValueError("no list to fill in")


def letter(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(number)


def answer(path: Path, target: Path, truth: Truth, rng: Random, habits: Habits, day: str = "2022-05-12", clerk: str = "") -> Returned:
    """Fill in a list and save it under another name."""
    book = load_workbook(path)
    seen = view(book.worksheets[0])
    answers = [done for row in seen.rows if (done := fill_in(seen, row, truth, rng, habits, day, clerk))]
    for name in habits.changes:
        CHANGES[name](seen, rng)
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return Returned(target, tuple(answers))


def fill_in(seen: View, row: int, truth: Truth, rng: Random, habits: Habits, day: str, clerk: str) -> Answer | None:
    """One row, or nothing where the clerk left it."""
    place = seen.text(row, next(title for title in seen.columns if title.startswith("在系统里的位置")))
    known = truth.at(place)
    household_no = seen.text(row, "户编号")
    kind = decided(rng, habits, known, household_no in truth.households)
    if kind is None:
        return None
    meant = value_for(kind, known, seen.text(row, "表中现在的值"), rng)
    value = untidy(rng, meant) if rng.random() < habits.messy else meant
    verdict = {"so": "情况属实", "unsure": "无法核实"}.get(kind, "已改")
    seen.write(row, "正确值", value or None)
    seen.write(row, "核实结果", verdict)
    reasons = {"so": "入户核实，与实际一致", "unsure": "人在外地，联系不上", "elsewhere": "错在另一处，已在系统改正"}
    seen.write(row, "佐证说明", reasons.get(kind))
    seen.write(row, "核实人", clerk or "陈明")
    seen.write(row, "日期", rng.choice((day, day.replace("-", "."), f"{int(day[5:7])}月{int(day[8:])}日")))
    typed = kind in ("right", "elsewhere") and rng.random() < habits.typed
    return Answer(household_no, seen.text(row, "姓名"), seen.text(row, "问题"), place, kind, value, meant, typed, known)


def decided(rng: Random, habits: Habits, known: Known | None, household_wrong: bool) -> str | None:
    """What the clerk does: the share of right answers is spent on what is right for this row."""
    draw = rng.random()
    if draw < habits.right:
        if known and known.right and known.right != known.stated:
            return "right"
        return "elsewhere" if household_wrong else "so"
    if draw < habits.right + habits.wrong:
        return "wrong"
    return "unsure" if draw < habits.right + habits.wrong + habits.unsure else None


def value_for(kind: str, known: Known | None, stated: str, rng: Random) -> str:
    if kind == "right" and known:
        return SEX.get(known.right, known.right) if known.path == "p.sex" else known.right
    if kind == "wrong":
        return str(rng.choice(("不清楚", "99", "20221301", "51992319990101", f"{stated}1", "同上")))
    return ""


def untidy(rng: Random, value: str) -> str:
    """The same value as people write it."""
    forms = [f" {value}", f"{value} ", value.translate(WIDE)]
    if re.fullmatch(r"(19|20)\d\d(0[1-9]|1[0-2])", value):
        forms += [f"{value[:4]}年{int(value[4:])}月", f"{value[:4]}.{value[4:]}", f"{value[:4]}-{value[4:]}"]
    if re.fullmatch(r"(19|20)\d{6}", value):
        forms += [f"{value[:4]}年{int(value[4:6])}月{int(value[6:])}日", f"{value[:4]}/{int(value[4:6])}/{int(value[6:])}"]
    if re.fullmatch(r"\d{17}X", value):
        forms.append(value.lower())
    if re.fullmatch(r"\d{4,}\.\d\d", value):
        forms.append(f"{float(value):,.2f}")
    return rng.choice(forms) if value else value


# ---- what happens to a sheet --------------------------------------------------------------------------------------------------------


def whole_rows(seen: View) -> list[list[Any]]:
    """Every cell of the table's rows, those in hidden columns too, as Excel moves them."""
    return [[seen.sheet.cell(row, column).value for column in range(1, seen.sheet.max_column + 1)] for row in seen.rows]


def put_rows(seen: View, rows: Sequence[Sequence[Any]]) -> None:
    """Write the table's rows anew; fewer rows leave the rest empty."""
    width = seen.sheet.max_column
    padded = [*rows, *([[None] * width] * (len(seen.rows) - len(rows)))]
    for number, values in zip(seen.rows, padded, strict=True):
        for column, value in enumerate(values, start=1):
            seen.sheet.cell(number, column).value = value


def sort_rows(seen: View, rng: Random) -> None:
    """By another column, whole rows."""
    key = seen.columns[rng.choice(("姓名", "问题", "社/组"))] - 1
    put_rows(seen, sorted(whole_rows(seen), key=lambda row: str(row[key] or "")))


def filter_rows(seen: View, rng: Random) -> None:
    """Hide every third row, as a filter does."""
    for row in [*seen.rows][::3]:
        seen.sheet.row_dimensions[row].hidden = True


def delete_rows(seen: View, rng: Random) -> None:
    """Throw out a tenth of the rows."""
    rows = whole_rows(seen)
    gone = set(rng.sample(range(len(rows)), k=len(rows) // 10))
    put_rows(seen, [row for number, row in enumerate(rows) if number not in gone])


def repeat_rows(seen: View, rng: Random) -> None:
    """Copy a row over the unanswered one below it, if there is one."""
    rows, verdict = whole_rows(seen), seen.columns["核实结果"] - 1
    for number in range(1, len(rows)):
        if rows[number - 1][verdict] and not rows[number][verdict]:
            rows[number] = copy(rows[number - 1])
            break
    put_rows(seen, rows)


def insert_column(seen: View, rng: Random) -> None:
    """A column of the clerk's own before the answers."""
    at = seen.columns["正确值"]
    hidden = [number for number in range(1, seen.sheet.max_column + 1) if seen.sheet.column_dimensions[letter(number)].hidden]
    seen.sheet.insert_cols(at)
    for number in hidden:
        seen.sheet.column_dimensions[letter(number)].hidden = False
    for number in hidden:
        seen.sheet.column_dimensions[letter(number + (number >= at))].hidden = True
    seen.sheet.cell(seen.head, at).value = "村里备注"
    seen.columns = {title: number + (number >= at) for title, number in seen.columns.items()}


def paste_over_names(seen: View, rng: Random) -> None:
    """The first rows' shown household numbers pasted down over the next ones."""
    rows = [*seen.rows][:4]
    for row in rows[1:]:
        seen.write(row, "户编号", seen.text(rows[0], "户编号"))


CHANGES: dict[str, Callable[[View, Random], None]] = {
    "sorted": sort_rows,
    "filtered": filter_rows,
    "deleted": delete_rows,
    "repeated": repeat_rows,
    "column": insert_column,
    "pasted": paste_over_names,
}


# ---- the export after it ---------------------------------------------------------------------------------------------------------------


def typed_in(answers: Iterable[Answer], folder: str, before: Again | None = None) -> Again:
    """The later export of `write_township` in which the corrections stand that were really typed; earlier ones stay."""
    mended = set(before.mended) if before else set()
    for one in answers:
        if one.typed and one.known:
            mended.add(one.known.group)
    return Again(folder, frozenset(mended), dict(before.typed) if before else {})
