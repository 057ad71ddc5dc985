"""村报与数据对照: who is on a village's list only, who by the data only."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from test_report_invented import invented

from pipeline.inspect import inspect_file
from pipeline.report import Results, against
from pipeline.report.form import HEAD_ROW
from pipeline.spec import Spec
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


def test_a_reason_the_data_give_is_not_taken_for_the_villages_word() -> None:
    """村级4 has reasons of its own beside the village's."""
    spending = replace(GROUND, key="spending", because="收入计算期以来有灾害")
    both = (LISTS[0], replace(LISTS[1], name="村级4", merged=(), grounds=(spending, GROUND)))
    rows = pd.DataFrame(
        {"township": "青禾镇", "village": "A", "group": "1", "household_no": ["1", "2", "3"], "name": "甲", "annex": "村级4",
         "reason": ["收入计算期以来有灾害", SAID, f"收入计算期以来有灾害；{SAID}"]}
    )  # fmt: skip
    assert told(replace(invented(6), rosters=rows, annexes=both)) == [("1", "only_data"), ("2", "only_village")]
    assert told(replace(invented(6), rosters=rows.iloc[:1], annexes=both)) == []


HOUSEHOLDS = ("附件1", "附件2", "附件3", "附件4", "附件5", "附件6", "附件7", "附件8", "附件10")


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_our_own_ledger_is_known_again_when_a_village_hands_it_in(spec: Spec, tmp_path: Path, name: str) -> None:
    annex = next(a for a in spec.annexes if a.name == name)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in ([name], [annex.title.replace("{village}", "石桥村")], [], [c.label for c in annex.columns], [1, "石桥村", 2, "王小明", "519923198001011234"]):
        sheet.append(row)
    (tmp_path / "村级上报").mkdir()
    book.save(tmp_path / "村级上报" / "石桥村.xlsx")
    said, _ = inspect_file(tmp_path / "村级上报" / "石桥村.xlsx", spec)
    assert "村报" in said and "不认识" not in said
    assert ("village_ledger_others" in said) == (name in ("附件6", "附件7", "附件8", "附件10"))
