"""系统录入清单: accepted answers in the order of the system's pages; proposals apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
from test_report_invented import invented

from pipeline.report import Results, entry
from pipeline.report.form import HEAD_ROW


def entered(results: Results, *rows: dict[str, object]) -> Results:
    return replace(results, entries=pd.DataFrame([{"township": "青禾镇", "village": "石桥村", "group": "2", "household_no": "H1", "evidence": "户口本", "done": False} | r for r in rows]))


def table(path: Path, tab: str) -> list[dict[str, object]]:
    sheet = openpyxl.load_workbook(path)[tab]
    head = [c.value for c in sheet[HEAD_ROW]]
    rows = [dict(zip(head, row, strict=True)) for row in sheet.iter_rows(min_row=HEAD_ROW + 1, values_only=True)]
    return [row for row in rows if isinstance(row["序号"], int | float)]


def test_fields_stand_in_the_order_of_the_systems_pages(tmp_path: Path) -> None:
    results = entered(
        invented(6),
        {"table": "work", "column": "monthly_wage", "field": "务工月收入", "old": "98000", "new": "9800", "person_no": "P1"},
        {"table": "person", "column": "phone", "field": "联系电话", "old": None, "new": "15412345678", "person_no": "P1"},
        {"table": "person", "column": "birth_date", "field": "出生日期", "old": "20010101", "new": "20010102", "person_no": "P1"},
        {"table": "household", "column": "risk1", "field": "风险1", "old": "因病", "new": "因学"},
        {"table": "household", "column": "head_name", "field": "户主姓名", "old": "甲", "new": "乙", "group": "10", "household_no": "H0"},
    )
    rows = table(entry.write(results, tmp_path)[0], "要录入")
    assert [(r["户编号"], r["系统页面"], r["字段"]) for r in rows] == [
        ("H1", "户信息", "风险1"), ("H1", "家庭成员信息", "出生日期"), ("H1", "家庭成员信息", "联系电话"), ("H1", "已外出务工", "务工月收入"), ("H0", "户信息", "户主姓名"),
    ]  # fmt: skip
    assert (rows[1]["原来的值"], rows[1]["改成"], rows[1]["依据"]) == ("20010101", "20010102", "户口本")


def test_what_has_since_appeared_in_the_system_is_not_to_be_typed_again(tmp_path: Path) -> None:
    results = entered(
        invented(6),
        {"table": "person", "column": "phone", "field": "电话", "old": "1", "new": "2", "done": True},
        {"table": "person", "column": "birth_date", "field": "出生", "old": "3", "new": "4"},
    )
    path = entry.write(results, tmp_path)[0]
    assert [r["字段"] for r in table(path, "要录入")] == ["出生"]
    assert [r["字段"] for r in table(path, "系统里已改")] == ["电话"]


def test_the_screenings_proposals_stand_apart(tmp_path: Path) -> None:
    rosters = pd.DataFrame([{"annex": a, "township": "青禾镇", "village": "石桥村", "group": "1", "household_no": "H9", "name": "某甲", "reason": "收入低"} for a in ("回退", "县级1")])
    path = entry.write(replace(invented(6), rosters=rosters), tmp_path)[0]
    assert table(path, "要录入") == []
    assert [(r["户编号"], r["办什么"]) for r in table(path, "待研判")] == [("H9", "研判后做风险消除回退")]


def test_nothing_to_enter_makes_no_file(tmp_path: Path) -> None:
    assert entry.write(invented(6), tmp_path) == []
