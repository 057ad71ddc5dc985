"""The products, opened again as their readers would."""

from __future__ import annotations

import os
import re
import string
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from test_report_invented import LABELS, VILLAGES, invented

from pipeline.report import Results, write_all
from pipeline.report.address import addresses
from pipeline.report.fastsheet import Body, Column, letters, to_arrow
from pipeline.report.mask import masked, masked_text
from pipeline.report.order import ISSUE_COLUMNS, by_place
from pipeline.report.problems import count_table
from pipeline.report.words import wording
from pipeline.report.workbook import Look, merge, new_workbook, save, style

REPORT = Path(__file__).parents[1] / "pipeline" / "report"


@pytest.fixture(scope="module")
def results() -> Results:
    return invented()


@pytest.fixture(scope="module")
def folder(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("products")
    write_all(results, path)
    return path


def grid(path: Path, sheet: str) -> list[list[object]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()


def test_every_product_is_written(folder: Path) -> None:
    names = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert {"清洗数据.xlsx", "问题清单.xlsx", "修改记录.xlsx", "校验报告.html", "manifest.json"} <= names
    assert {f"村级整改清单/{village}.xlsx" for village in VILLAGES} <= names
    tables = ("household", "person", "work", "work_plan", "issues", "changes", "links", "rosters")
    assert {f"tables/{table}.parquet" for table in tables} <= names


def test_the_same_results_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """In another process too, whose sets and dictionaries have another order."""
    code = "import sys, pathlib; from test_report_invented import *; from pipeline.report import write_all; "
    code += "write_all(invented(), pathlib.Path(sys.argv[1]))"
    here = Path(__file__).parent
    env = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": f"{here}{os.pathsep}{here.parent}"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=env)
    for path in (p for p in folder.rglob("*") if p.is_file()):
        assert path.read_bytes() == (tmp_path / path.relative_to(folder)).read_bytes(), path.name


@pytest.mark.parametrize("name", ["清洗数据.xlsx", "问题清单.xlsx", "修改记录.xlsx", "村级整改清单/石桥村.xlsx"])
def test_workbooks_are_sound(folder: Path, name: str) -> None:
    """Every part is XML, texts are numbered within the table of texts, cells stand in order, sizes are told truly."""
    with zipfile.ZipFile(folder / name) as book:
        parts = {n: ElementTree.fromstring(book.read(n)) for n in book.namelist() if n.endswith((".xml", ".rels"))}
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    texts = len(parts["xl/sharedStrings.xml"])
    for sheet in (parts[n] for n in parts if n.startswith("xl/worksheets/")):
        rows = sheet.findall(f".//{main}row")
        numbers = [int(row.get("r", 0)) for row in rows]
        assert numbers == sorted(set(numbers))
        cells = [cell for row in rows for cell in row]
        assert all(int(c[0].text or -1) < texts for c in cells if c.get("t") == "s")
        size = sheet.find(f"{main}dimension")
        assert size is not None and (not numbers or int(re.sub(r".*\D", "", size.get("ref", ""))) >= numbers[-1])


def test_clean_tables_come_back_as_they_were(results: Results, folder: Path) -> None:
    for table, tab in (("household", "户信息"), ("person", "家庭成员信息"), ("work", "已外出务工")):
        head, *rows = grid(folder / "清洗数据.xlsx", tab)
        frame = results.tables[table]
        assert head == [LABELS.get((table, str(c)), "来源（文件#工作表!行）") for c in frame]
        wanted = frame.astype(object).where(frame.notna(), "").to_numpy().tolist()
        assert rows == wanted


def test_ids_and_phones_are_text_cells(folder: Path) -> None:
    sheet = openpyxl.load_workbook(folder / "清洗数据.xlsx")["家庭成员信息"]
    cell = sheet["D2"]
    assert (sheet["D1"].value, cell.data_type, cell.number_format) == ("证件号码", "s", "@")
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref.startswith("A1:")


def test_problem_list_has_every_problem_with_its_address(results: Results, folder: Path) -> None:
    head, *rows = grid(folder / "问题清单.xlsx", "问题")
    assert head == list(wording().names("problems.issues.columns").values())
    listed = pd.DataFrame(rows, columns=head)
    assert sorted(listed["问题编号"]) == sorted(results.issues["issue_id"])
    one = listed[listed["规则编号"] == "1_12_003"].iloc[0]
    assert (one["所在文件"], one["工作表"]) == ("（自定义）监测对象信息.xlsx", "Sheet1")
    assert f"{one['所在文件']}#{one['工作表']}!{one['行']:.0f}" in set(results.issues["row_id"])
    known = listed[listed["村"] != ""]
    assert list(known["村"]) == sorted(known["村"])
    assert [float(g) for g in known.loc[known["村"] == "石桥村", "组"]] == sorted(
        float(g) for g in known.loc[known["村"] == "石桥村", "组"]
    )


def test_counts_add_up(results: Results, folder: Path) -> None:
    head, *rows = grid(folder / "问题清单.xlsx", "统计")
    assert head[:5] == ["规则编号", "问题", "严重程度", "类别", "合计"]
    assert rows[-1][4] == sum(r[4] for r in rows[:-1]) == len(results.issues)  # type: ignore[misc]
    assert all(sum(n or 0 for n in r[5:]) == r[4] for r in rows)  # type: ignore[misc]


def test_counts_of_no_problems() -> None:
    table = count_table(by_place(pd.DataFrame(columns=list(ISSUE_COLUMNS))))
    assert list(table["total"]) == [0.0]


def test_changes_keep_texts_that_look_like_formulas(results: Results, folder: Path) -> None:
    sheet = openpyxl.load_workbook(folder / "修改记录.xlsx")["修改记录"]
    last = list(list(sheet.rows)[-1])
    assert [c.value for c in last][6:9] == ["=1+1", "-1", "+全角改半角"]
    assert {c.data_type for c in last[4:]} == {"s"}
    assert sheet.max_row - 1 == len(results.changes)


def test_parquet_has_the_contract(results: Results, folder: Path) -> None:
    issues = pq.read_table(folder / "tables" / "issues.parquet")
    assert tuple(issues.column_names[: len(ISSUE_COLUMNS)]) == ISSUE_COLUMNS
    links = pq.read_table(folder / "tables" / "links.parquet")
    assert links.num_rows == 0 and links.column_names[:3] == ["source", "row_id", "person_no"]
    household = pq.read_table(folder / "tables" / "household.parquet").to_pandas()
    assert household["income_wage"].dtype == float and household.columns[-1] == "row_id"


def test_nothing_found_is_written_too(tmp_path: Path) -> None:
    base = invented(3)
    empty = {"issues": base.issues.iloc[:0], "changes": base.changes.iloc[:0]}
    paths = write_all(Results(**{**vars(base), **empty, "manifest": {}, "deadline": None}), tmp_path)
    assert "没有发现问题" in (tmp_path / "校验报告.html").read_text("utf-8")
    assert not [p for p in paths if p.parent.name == "村级整改清单"]
    openpyxl.load_workbook(tmp_path / "问题清单.xlsx")


@pytest.mark.parametrize(
    ("row_id", "file", "tab", "row"),
    [
        ("低保_5月.xlsx#Sheet1!17", "低保_5月.xlsx", "Sheet1", 17.0),
        ("村级上报/石#桥.xls#a#b!c!9", "村级上报/石#桥.xls", "a#b!c", 9.0),
        ("低保.csv#!3", "低保.csv", "", 3.0),
        ("低保.xlsx", "低保.xlsx", None, None),
        ("低保.xlsx#Sheet1", "低保.xlsx", "Sheet1", None),
        (None, None, None, None),
    ],
)
def test_addresses_are_taken_apart(row_id: str | None, file: str | None, tab: str | None, row: float | None) -> None:
    found = addresses(pd.Series([row_id], dtype=object)).iloc[0]
    assert (found["file"], found["tab"]) == (file, tab)
    assert found["row"] == row or (row is None and np.isnan(found["row"]))


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("id", "519923197001010010", "519" + "*" * 13 + "10"),
        ("phone", "13800000000", "138****0000"),
        ("name", "张三", "张*"),
        ("name", "欧阳小明", "欧**"),
        ("name", "王", "王*"),
        ("health", "长期慢性病", "***"),
        ("account", "6228480000001234567", "*" * 17 + "67"),
        ("id", "123", "***"),
        ("name", None, ""),
    ],
)
def test_masks(kind: str, text: str | None, shown: str) -> None:
    assert masked(kind, text) == shown


def test_numbers_inside_a_sentence_are_masked() -> None:
    said = masked_text("与519923197001010010、13800000000重复，2022年收入120000元")
    assert said == "与519*************10、138****0000重复，2022年收入120000元"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(string.printable, max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | TEXTS, min_size=1, max_size=8))
def test_any_text_survives_the_sheet(values: list[str | None]) -> None:
    path = _poured([values], Path(_folder.name) / "any.xlsx")
    rows = list(openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=1, max_row=len(values)))
    for value, row in zip(values, rows, strict=True):
        kept = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", value or "")
        kept = re.sub(r"_x([0-9A-Fa-f]{4})_", r"_x005F_x\1_", kept).replace("\r", "_x000D_")
        assert (row[0].value or "") == kept
        assert row[0].value is None or row[0].data_type == "s"


def test_a_cell_longer_than_excel_keeps_is_cut_and_says_so(tmp_path: Path) -> None:
    path = _poured([["长" * 40_000, "短"]], tmp_path / "long.xlsx")
    first, second = (row[0].value for row in openpyxl.load_workbook(path).worksheets[0].rows)
    assert len(first) == 32_767 and first.endswith("截断）") and second == "短"


def test_numbers_are_numbers_and_blanks_are_no_cells(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.5, np.nan, -3e20], "b": [None, "", "x"]})
    book = new_workbook()
    sheet = book.create_sheet("s")
    body = Body("s", 1, [Column(to_arrow(frame[c]), style(sheet, Look())) for c in frame])
    cells = openpyxl.load_workbook(save(book, tmp_path / "n.xlsx", invented(1).moment, [body])).worksheets[0]
    assert [c.value for c in cells["A"]] == [1.5, None, -3e20] and cells["B3"].value == "x"
    assert "B1" not in zipfile.ZipFile(tmp_path / "n.xlsx").read("xl/worksheets/sheet1.xml").decode()


def test_letters() -> None:
    assert [letters(i) for i in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


def test_no_chinese_in_the_code_but_in_what_explains_it() -> None:
    """Words shown to people come from mappings/wording.yml or the labels."""
    for path in (*REPORT.glob("*.py"), *REPORT.glob("html/*.py")):
        code = re.sub(r'""".*?"""|#.*', "", path.read_text("utf-8"), flags=re.S)
        code = re.sub(r"KeyError\(.*|TypeError\(.*", "", code)
        assert not re.search(r"[\u4e00-\u9fff]", code), path.name
    for path in (p for p in (REPORT / "templates").rglob("*") if p.is_file()):
        assert not re.search(r"[\u4e00-\u9fff]", path.read_text("utf-8")), path.name


_folder = __import__("tempfile").TemporaryDirectory()


def _poured(columns: list[list[str | None]], path: Path) -> Path:
    book = new_workbook()
    book.create_sheet("s")
    return save(book, path, invented(1).moment, [Body("s", 1, [Column(to_arrow(c)) for c in columns])])


def test_merged_cells_stand_in_one_order_whoever_merged_them(tmp_path: Path) -> None:
    from datetime import datetime

    book = new_workbook()
    sheet = book.create_sheet("表")
    for row in (12, 3, 7):
        merge(sheet, row, 1, 4)
        sheet.merge_cells(f"B{row + 20}:C{row + 20}")
    with zipfile.ZipFile(save(book, tmp_path / "合并.xlsx", datetime(2022, 5, 31))) as packed:
        xml = packed.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r'count="(\d+)"><mergeCell', xml) == ["6"]
    assert re.findall(r'mergeCell ref="([^"]*)"', xml) == ["A12:D12", "A3:D3", "A7:D7", "B23:C23", "B27:C27", "B32:C32"]
