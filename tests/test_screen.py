"""The screening on invented townships: who is on which list against a truth written without any of our code, and by which cells."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

from pipeline.run import run
from pipeline.sample import write_township
from tests.conftest import linked_project

Key = tuple[str, str, str]


def truth_of(path: Path) -> tuple[set[Key], set[Key]]:
    """Whom the invented township's own record puts on a list for sure, and whom it would not blame a reader for."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    keys = {(r["annex"], r["household_no"], r["person_no"]): r["may"] for r in rows}
    return {k for k, may in keys.items() if not may}, {k for k, may in keys.items() if may}


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    root = linked_project(tmp_path_factory.mktemp("screened") / "project")
    report = write_township(root / "data" / "raw", scale=0.1, departments=True, screening=True, seed=77)
    summary = run(root)
    return root, report, pd.read_parquet(summary.folder / "tables" / "rosters.parquet")


def keys_of(rosters: pd.DataFrame) -> set[Key]:
    """Who is on which list."""
    plain = rosters.astype(object).where(rosters.notna(), "")
    return set(zip(plain["annex"], plain["household_no"], plain["person_no"], strict=True))


def test_the_lists_hold_whom_the_truth_says(screened):
    root, _report, rosters = screened
    must, may = truth_of(next((root / "data" / "sample_truth").glob("*.rosters.csv")))
    got, wrong = keys_of(rosters), defaultdict(list)
    judged = {k[0] for k in must | may}
    for key in sorted(must - got):
        wrong[key[0]].append(("missed", key[1:]))
    for key in sorted(k for k in got - must - may if k[0] in judged):
        wrong[key[0]].append(("extra", key[1:]))
    hits = sum(k[0] in judged for k in got)
    assert sum(map(len, wrong.values())) <= 0.01 * hits, dict(wrong)


def test_every_row_has_a_reason_and_cells_that_exist(screened):
    root, _report, rosters = screened
    files = {p.name for p in (root / "data" / "raw" / "2022-05").rglob("*") if p.is_file()}
    assert rosters["reason"].str.len().gt(3).all() and rosters["evidence"].str.len().gt(8).all()
    for cell in rosters["evidence"].str.split("；").explode().unique():
        file, _, rest = cell.partition("#")
        assert Path(file).name in files and "!" in rest, cell


def test_a_household_stands_once_on_a_list(screened):
    _root, _report, rosters = screened
    assert not rosters.duplicated(["annex", "household_no", "person_no"]).any()


def test_the_visit_list_holds_everybody_of_its_lists(screened):
    _root, _report, rosters = screened
    merged = ["县级1", "县级2", "县级3", "县级4", "县级5", "县级6", "村级1", "村级2", "村级3", "村级4", "村级5", "识别新增", "回退", "重新识别"]
    visited = set(rosters.loc[rosters["annex"] == "入户核查", "household_no"])
    assert visited == set(rosters.loc[rosters["annex"].isin(merged), "household_no"])
    assert rosters.loc[rosters["annex"] == "入户核查", "origin"].eq("outside").any()


def test_the_hardest_ten_are_ten_of_a_village(screened):
    _root, _report, rosters = screened
    ten = rosters[rosters["annex"] == "附件2"]
    assert ten.groupby("village").size().max() <= 10
