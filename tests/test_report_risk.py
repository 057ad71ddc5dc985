"""规模性返贫风险隐患: villages in their rank, shares with what chance may do to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
from test_report_invented import invented

from pipeline.report import risk
from pipeline.report.form import HEAD_ROW

FRAME = pd.DataFrame({"township": "青禾镇", "village": ["甲村", "乙村"], "rank": [1.0, 2.0], "monitored": [10.0, 0.0], "unremoved": [3.0, 0.0],
                      "unremoved_share": [0.3, None], "unremoved_share_low": [0.108, None], "unremoved_share_high": [0.603, None]})  # fmt: skip


def test_a_share_stands_with_its_interval_and_nothing_where_there_is_no_share(tmp_path: Path) -> None:
    path = risk.write(replace(invented(6), village_risk=FRAME), tmp_path)[0]
    sheet = openpyxl.load_workbook(path).worksheets[0]
    head = [c.value for c in sheet[HEAD_ROW]]
    rows = [dict(zip(head, (c.value for c in sheet[n]), strict=True)) for n in (HEAD_ROW + 1, HEAD_ROW + 2)]
    assert [r["村"] for r in rows] == ["甲村", "乙村"]
    assert [r["未消除风险占监测对象"] for r in rows] == ["30.0%（10.8%–60.3%）", None]


def test_only_the_wanted_columns_in_the_wanted_order() -> None:
    rows = risk.shown(invented(6), FRAME, ["village", "rank", "unknown"])
    assert rows is not None and rows.to_numpy().tolist() == [["甲村", "1"], ["乙村", "2"]]


def test_nothing_where_no_village_was_judged(tmp_path: Path) -> None:
    assert risk.write(invented(6), tmp_path) == []
