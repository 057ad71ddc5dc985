"""Returned lists mangled in every way people and programs do it: every row recognised for what it is, or refused; never misapplied."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from villages import TRUE_AS_IT_STANDS, VILLAGES, Villages, changed, fill, lines, project

from pipeline.correct.recognise import recognise
from pipeline.correct.returned import nothing, read_returned
from pipeline.report.fixrows import KEYS, plain
from pipeline.spec import load_spec

PERIOD = "2022-05-06"
MANGLINGS = 10_000
SIGHT = ("household_no", "name", "id", "problem", "value")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Villages:
    """Every person of three villages has a mistake or two, so that the lists are long and much alike."""
    root = project(tmp_path_factory.mktemp("mangled") / "project")
    made = Villages(root, load_spec(root, county="云溪县"))
    for number, person in enumerate(made.system.values()):
        person["nationality"] = ""
        if number % 2:
            person["sex"] = "女" if person["sex"] == "男" else "男"
        if number % 5 == 0:
            person["phone"] = "12345"
    made.export(PERIOD)
    made.run()
    return made


@pytest.fixture(scope="module")
def listed(town: Villages) -> pd.DataFrame:
    """All rows of all lists as reading gives them."""
    for name, path in town.lists(PERIOD).items():
        shutil.copy(path, town.returned(PERIOD) / f"{name}.xlsx")
    files = read_returned(town.root / "data" / "raw", [PERIOD])
    shutil.rmtree(town.returned(PERIOD))
    return pd.concat([f.rows for f in files], ignore_index=True)


def whose(row: dict[str, Any]) -> tuple[str, ...]:
    """What a person sees of a row when answering it."""
    return tuple(plain(row[c] or "") for c in SIGHT)


def mangled(rows: list[dict[str, Any]], dice: random.Random) -> dict[str, Any]:
    """One row after one mishap: another row's keys, words, cells; columns lost; texts cut, doubled, respaced, retyped."""
    row, other = dict(dice.choice(rows)), dice.choice(rows)
    columns = [c for c in row if c not in ("period", "file", "tab", "row", "answer", "verdict", "evidence", "checked_by", "checked_on", "answer_kind")]
    part = dice.sample(columns, dice.randint(1, len(columns)))
    match dice.randrange(9):
        case 0:
            row |= {c: other[c] for c in KEYS}  # keys pasted over
        case 1:
            row |= {c: other[c] for c in KEYS if dice.random() < 0.5}
        case 2:
            row |= {c: other[c] for c in columns if c not in KEYS}  # visible words sorted without the hidden columns
        case 3:
            row |= {c: other[c] for c in part}
        case 4:
            row |= dict.fromkeys(KEYS)  # hidden columns deleted
        case 5:
            row |= dict.fromkeys(KEYS) | {c: other[c] for c in part if c not in KEYS}
        case 6:
            row |= {c: f" {row[c]}\r\n" for c in part if row[c]}  # another program's spaces and line ends
        case 7:
            cell = dice.choice(part)
            row[cell] = (row[cell] or "x")[:-1]
        case _:
            row |= dict.fromkeys(part)
    return row | {"verdict": "已改", "answer": "汉族"}


def test_ten_thousand_mangled_rows_never_answer_anothers_problem(listed: pd.DataFrame) -> None:
    dice = random.Random(6)
    rows = [{str(k): (None if v != v else v) for k, v in r.items()} for r in listed.to_dict("records")]
    truth = {whose(r): set(str(r["issue_ids"]).split()) for r in rows}
    assert len(truth) == len(rows) > 60
    spoilt = [mangled(rows, dice) for _ in range(MANGLINGS)]
    frame = pd.DataFrame(spoilt, columns=list(nothing().columns), dtype=object)
    found = recognise(frame, lambda: listed)
    kept = 0
    for row, answer in zip(spoilt, found, strict=True):
        if answer is not None:
            kept += 1
            assert truth.get(whose(row)) == set(answer.issue_ids), whose(row)
            assert answer.keys["household_no"] == plain(row["household_no"])
            assert answer.issue_ids[0].startswith(plain(row["ref"] or ""))
    assert MANGLINGS / 10 < kept < MANGLINGS / 2  # respaced rows and lost columns are known again, the others refused


def test_rows_as_they_were_are_all_recognised(listed: pd.DataFrame) -> None:
    assert all(answer is not None for answer in recognise(listed, lambda: listed))
    without_keys = listed.assign(**dict.fromkeys(KEYS))
    assert all(answer is not None for answer in recognise(without_keys, lambda: listed))
    assert not any(recognise(without_keys.assign(value="别的"), lambda: listed))


# ---- whole workbooks ---------------------------------------------------------------------------------------------------


def expected(line: Any) -> dict[str, object] | None:
    """The answers given: enough of each kind to see where they end up."""
    if line["rule"] == "2_12_002":
        return changed(f"{['汉', '藏', '彝', '回', '羌'][int(line['编号'], 16) % 5]}族")
    return dict(TRUE_AS_IT_STANDS) if line["rule"] == "X-03" else None


def told(town: Villages) -> dict[str, tuple[str | None, ...]]:
    """編号 → what was read and what became of it, of every filled row."""
    found = town.answers(PERIOD)
    return {str(r): (v, a, o) for r, v, a, o in zip(found["ref"], found["verdict"], found["answer"], found["outcome"], strict=True)}


def shuffled(sheet: Worksheet) -> None:
    _rearrange(sheet, lambda rows: random.Random(1).sample(rows, len(rows)))


def thinned(sheet: Worksheet) -> None:
    _rearrange(sheet, lambda rows: rows[::2])


def doubled(sheet: Worksheet) -> None:
    _rearrange(sheet, lambda rows: [*rows, *rows[:5]])


def _rearrange(sheet: Worksheet, order: Callable[[list[list[Any]]], Sequence[list[Any]]]) -> None:
    numbers = [line.row for line in lines(sheet)]
    rows = [[cell.value for cell in sheet[n]] for n in numbers]
    for number in numbers:
        for cell in sheet[number]:
            if type(cell).__name__ == "Cell":
                cell.value = None
    sheet.delete_rows(numbers[-1] + 1, 5)
    for number, row in enumerate(order(rows), start=numbers[0]):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column).value = value


def with_columns(sheet: Worksheet) -> None:
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.insert_cols(3)
    sheet.insert_rows(2)


def without_hidden(sheet: Worksheet) -> None:
    titles = [cell.value for cell in sheet[4]]
    first = titles.index(KEYS[0]) + 1
    sheet.delete_cols(first, len(KEYS))


def widened(sheet: Worksheet) -> None:
    for letter in "ABCDEFGHIJ":
        sheet.column_dimensions[letter].width = 40
    sheet.title = "填好的"


def stripped(sheet: Worksheet) -> None:
    sheet.delete_rows(1, 3)


SHAPES = [shuffled, thinned, doubled, with_columns, without_hidden, widened, stripped]


@pytest.mark.parametrize("shape", SHAPES, ids=[s.__name__ for s in SHAPES])
def test_a_workbook_put_in_another_shape_says_the_same(town: Villages, shape: Callable[[Worksheet], None]) -> None:
    _back(town, lambda path: _reshape(path, shape))
    files = read_returned(town.root / "data" / "raw", [PERIOD])
    _compare(town, files[0].rows)


def _reshape(path: Path, shape: Callable[[Worksheet], None]) -> None:
    book = openpyxl.load_workbook(path)
    shape(book.worksheets[0])
    book.save(path)


def _back(town: Villages, mangle: Callable[[Path], object]) -> None:
    shutil.rmtree(town.returned(PERIOD))
    mangle(fill(town.lists(PERIOD)[VILLAGES[0]], town.returned(PERIOD) / "a.xlsx", expected))


def _compare(town: Villages, rows: pd.DataFrame) -> None:
    """Every filled row of the mangled file is recognised as the problem whose number it shows, with the answer given to it."""
    before: dict[str, tuple[str, object]] = {}
    book = openpyxl.load_workbook(fill(town.lists(PERIOD)[VILLAGES[0]], town.root / "truth.xlsx", expected))
    for line in lines(book.worksheets[0]):
        before[line["编号"]] = (line["issue_ids"], line["正确值"] or line["核实结果"])
    filled = rows[rows["verdict"].notna()].reset_index(drop=True)
    listed = _listed(town)
    found = recognise(filled, lambda: listed)
    assert len(found) >= 5
    for row, answer in zip(filled.to_dict("records"), found, strict=True):
        assert answer is not None
        assert before[str(row["ref"])] == (" ".join(answer.issue_ids), answer.answer or "情况属实")


def _listed(town: Villages) -> pd.DataFrame:
    folder = town.root / "data" / "raw" / "listed" / "returned"
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in town.lists(PERIOD).items():
        shutil.copy(path, folder / f"{name}.xlsx")
    found = pd.concat([f.rows for f in read_returned(town.root / "data" / "raw", ["listed"])], ignore_index=True)
    shutil.rmtree(folder.parent)
    return found


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods", "csv"])
def test_a_list_saved_by_libreoffice_says_the_same(town: Villages, ending: str, tmp_path: Path) -> None:
    def saved(path: Path) -> None:
        kind = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false' if ending == "csv" else ending
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(tmp_path), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        path.unlink()
        shutil.copy(next(tmp_path.glob(f"a*.{ending}")), path.with_name(f"交回.{ending}"))

    _back(town, saved)
    _compare(town, read_returned(town.root / "data" / "raw", [PERIOD])[0].rows)
