"""村报与数据对照: who is on a village's list only, who by the data only."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
from test_report_invented import invented

from pipeline.report import Results, against
from pipeline.report.form import HEAD_ROW
from pipeline.spec.annexes import Annex, Ground

SAID = "村里报的重点对象名册上有"
GROUND = Ground("village", ast.Constant(True), SAID, {}, (), None, (), (), (), 1)
LISTS = (
    Annex("附件1", "低于收入标准", "", "ledger", False, "户", "household", None, (), (), (), None, (), (), (), False, "", "", "", 1),
    Annex("村级1", "村级：低于收入标准", "", "roster", False, "户", "household", None, (GROUND,), ("附件1",), (), None, (), (), (), False, "", "", "", 1),
)


def reported(*rows: tuple[str, str, str]) -> Results:
    """(village, household, what: v for the village, d for the data)"""
    made = []
    for village, home, what in rows:
        place = {"township": "青禾镇", "village": village, "group": "1", "household_no": home, "name": home}
        made += [{**place, "annex": "附件1", "reason": "收入4000元"}] if "d" in what else []
        reasons = [r for r in (SAID if "v" in what else "", "低于收入标准：收入4000元" if "d" in what else "") if r]
        made.append({**place, "annex": "村级1", "reason": "；".join(reasons)})
    return replace(invented(6), rosters=pd.DataFrame(made), annexes=LISTS)


def told(results: Results) -> list[tuple[str, str]]:
    return [(row.household_no, row.kind) for row in against.differences(results).itertuples()]


def test_what_only_one_side_says_is_told() -> None:
    results = reported(("A", "both", "vd"), ("A", "village", "v"), ("A", "data", "d"))
    assert told(results) == [("data", "only_data"), ("village", "only_village")]


def test_a_village_that_has_not_reported_is_not_held_against() -> None:
    assert told(reported(("A", "both", "vd"), ("B", "data", "d"))) == []


def test_the_workbook_says_which_side_and_nothing_is_written_where_all_agree(tmp_path: Path) -> None:
    assert against.write(reported(("A", "both", "vd")), tmp_path) == []
    sheet = openpyxl.load_workbook(against.write(reported(("A", "village", "v")), tmp_path)[0]).active
    assert sheet is not None
    assert [c.value for c in sheet[HEAD_ROW + 1]][4:8] == ["village", "村级：低于收入标准", "村里报了，数据上看不出", SAID]
