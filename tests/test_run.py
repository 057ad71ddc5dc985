"""A whole run: which period, what comes out, and that what is absent makes no rule cry."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import PERIOD, Made, files_below

from pipeline.demo import NotADemo, make_demo
from pipeline.ledger import ISSUE_COLUMNS
from pipeline.period import NothingToDo, find_period
from pipeline.place import OpenElsewhere, alone, swap_in, workplace
from pipeline.run import Summary
from pipeline.spec import Spec

RunSmall = Callable[..., tuple[Summary, pd.DataFrame]]


@pytest.fixture
def months(tmp_path: Path) -> Path:
    for name in ("2022-03", "2022-04", "2022-05", ".hidden", "_drafts"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "name", "previous"), [(None, "2022-05", "2022-04"), ("2022-04", "2022-04", "2022-03"), ("2022-03", "2022-03", None)]
)
def test_the_newest_period_is_meant_unless_one_is_named(months: Path, wanted: str | None, name: str, previous: str | None) -> None:
    found = find_period(months, wanted)
    assert (found.name, found.previous and found.previous.name) == (name, previous)


def test_a_period_that_is_not_there_is_told_with_those_that_are(months: Path) -> None:
    with pytest.raises(NothingToDo, match="2022-03、2022-04、2022-05"):
        find_period(months, "2021-01")


def test_no_data_at_all_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="请新建一个文件夹"):
        find_period(tmp_path / "raw", None)


def test_what_comes_out_is_what_was_promised(planted: Made) -> None:
    names = {name for name, _ in files_below(planted.out)}
    assert {"清洗数据.xlsx", "问题清单.xlsx", "修改记录.xlsx", "校验报告.html", "manifest.json"} <= names
    assert {f"tables/{t}.parquet" for t in ("issues", "changes", "household", "person", "work", "work_plan", "village")} <= names
    villages = set(pd.read_parquet(planted.out / "tables" / "village.parquet")["village"])
    assert {n.split("/")[1].removesuffix(".xlsx") for n in names if n.startswith("村级整改清单/")} <= villages | {"未注明村"}
    assert any(n.startswith("suites/") for n in names)


def test_the_issues_table_has_the_columns_of_the_contract(planted: Made) -> None:
    assert list(planted.issues.columns)[:23] == list(ISSUE_COLUMNS)[:23]
    assert set(planted.issues["severity"]) <= {"critical", "warning", "info"}
    assert set(planted.issues["step"]) <= {"read", "mapping", "normalise", "assemble", "link", "validate"}


def test_every_table_knows_its_rows(planted: Made) -> None:
    for name in ("household", "person", "work", "village"):
        table = pd.read_parquet(planted.out / "tables" / f"{name}.parquet")
        assert table["row_id"].str.fullmatch(r".+#.*!\d+").all()
        assert table["row_id"].is_unique


def test_nobody_is_lost_or_doubled(clean: Made) -> None:
    persons = pd.read_parquet(clean.out / "tables" / "person.parquet")
    assert len(persons) == clean.report.members == clean.summary.persons
    assert clean.summary.households == clean.report.households
    assert persons["person_no"].is_unique


def test_the_manifest_tells_what_went_in_and_what_was_asked(planted: Made) -> None:
    manifest = json.loads((planted.out / "manifest.json").read_text(encoding="utf-8"))
    assert all(len(i["sha256"]) == 64 for i in manifest["inputs"])
    counts = {r["id"]: r["count"] for r in manifest["rules"]}
    assert counts["X-03"] == (planted.issues["rule"] == "X-03").sum() > 0
    assert {s["name"] for s in manifest["standards"]} >= {"line"}
    assert manifest["previous"] == "2022-04"


def test_a_rule_without_a_figure_is_switched_off_and_said_so(planted: Made) -> None:
    manifest = json.loads((planted.out / "manifest.json").read_text(encoding="utf-8"))
    [rule] = [r for r in manifest["rules"] if r["id"] == "3_11_010"]
    assert rule["status"].startswith("未检查") and rule["count"] == 0


def test_the_place_is_learned_and_said(planted: Made) -> None:
    assert planted.summary.place == "云溪县青禾镇"
    assert any("从导出的表中认定为" in note for note in planted.summary.notes)


def test_the_same_problem_keeps_its_id_when_rows_move(hamlet: Path, run_small: RunSmall) -> None:
    from test_bad_input import FIRST_ROW, MEMBERS, column_of, edit, raw

    def swap_sexes(sheet) -> None:
        at = column_of(sheet, "性别")
        for row in range(FIRST_ROW, FIRST_ROW + 4):
            sheet.cell(row, at).value = {"1": "2", "2": "1", "男": "女", "女": "男"}[str(sheet.cell(row, at).value)]

    def push_down(sheet) -> None:
        rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=FIRST_ROW)]
        for offset, cells in enumerate(reversed(rows)):
            for column, value in enumerate(cells, 1):
                sheet.cell(FIRST_ROW + offset, column).value = value

    edit(raw(hamlet) / MEMBERS, swap_sexes)
    _, before = run_small(hamlet)
    edit(raw(hamlet) / MEMBERS, push_down)
    _, after = run_small(hamlet)
    mine = before[before["rule"] == "X-03"]
    assert len(mine) >= 3
    assert set(before["issue_id"]) == set(after["issue_id"])
    assert set(mine["row_id"]) != set(after.loc[after["rule"] == "X-03", "row_id"])


def test_a_demo_never_touches_real_data(tmp_path: Path) -> None:
    (tmp_path / "data" / "raw" / "2023-01").mkdir(parents=True)
    with pytest.raises(NotADemo, match="2023-01"):
        make_demo(tmp_path, scale=0.02)
    assert [p.name for p in (tmp_path / "data" / "raw").iterdir()] == ["2023-01"]


def test_a_demo_may_replace_a_demo(tmp_path: Path) -> None:
    first = make_demo(tmp_path, scale=0.02)
    assert first.planted
    assert not make_demo(tmp_path, scale=0.02, clean=True).planted
    (tmp_path / "data" / "raw" / "2023-01").mkdir()
    with pytest.raises(NotADemo):
        make_demo(tmp_path, scale=0.02)


def test_a_result_moves_into_place_as_a_whole(tmp_path: Path) -> None:
    with workplace(tmp_path, PERIOD) as folder:
        (folder / "a").write_text("new")
        assert not (tmp_path / PERIOD).exists()
        swap_in(folder, tmp_path / PERIOD)
    assert dict(files_below(tmp_path)) == {f"{PERIOD}/a": b"new"}


def test_without_last_month_rules_about_it_rest(hamlet: Path, run_small: RunSmall) -> None:
    shutil.rmtree(hamlet / "data" / "raw" / "2022-04")
    summary, issues = run_small(hamlet)
    assert json.loads((summary.folder / "manifest.json").read_text(encoding="utf-8"))["previous"] is None
    assert not issues["rule"].str.startswith("T-").any()


def test_small_rules_are_ours(small_spec: Spec) -> None:
    assert [rule.id for rule in small_spec.rules] == ["X-03"]


def test_two_windows_do_not_write_one_periods_results_at_once(tmp_path: Path) -> None:
    with workplace(tmp_path, PERIOD) as folder, pytest.raises(OpenElsewhere, match="另一个窗口"), alone(tmp_path, PERIOD, patience=0):
        pass
    assert not folder.exists() and list(tmp_path.iterdir()) == []
    with workplace(tmp_path, "2022-06"), workplace(tmp_path, PERIOD):
        assert len(list(tmp_path.glob(".new-*"))) == 2
