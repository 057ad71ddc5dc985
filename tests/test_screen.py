"""The screening on invented townships: who is on which list against a truth written without any of our code, and by which cells."""

from __future__ import annotations

import csv
import re
import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, linked_project
from hypothesis import given as held
from hypothesis import strategies as st
from rosters import ELSEWHERE, campaign_of, scores, township_of

from pipeline.assemble import Entities
from pipeline.period import find_period
from pipeline.run import Clock, Examined, Given, Silence, examine, make_database, screened_lists, take
from pipeline.sample import write_township
from pipeline.screen import Screened, screen, widen
from pipeline.screen.risk import wilson
from pipeline.spec import load_spec

Key = tuple[str, str, str]


def truth_of(path: Path) -> tuple[set[Key], set[Key]]:
    """Whom the invented township's own record puts on a list for sure, and whom it would not blame a reader for."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    keys = {(r["annex"], r["household_no"], r["person_no"]): r["may"] for r in rows}
    return {k for k, may in keys.items() if not may}, {k for k, may in keys.items() if may}


@dataclass(frozen=True)
class Town:
    """An invented township, its tables with whoever only other lists know, and its lists."""

    root: Path
    given: Given
    found: Examined
    tables: Mapping[str, Entities]
    screened: Screened

    @property
    def rosters(self) -> pd.DataFrame:
        return self.screened.rosters

    def again(self, tables: Mapping[str, Entities]) -> pd.DataFrame:
        """The lists that other tables give."""
        database = make_database(replace(self.found.now, tables=dict(tables)), self.found.last, self.given.spec)
        return screen(database, tables, self.given.spec, self.found.read).rosters


def town_of(root: Path) -> Town:
    """A project's lists, without the products."""
    clock = Clock(Silence())
    given = take(root, find_period(root / "data" / "raw", None), load_spec(root), clock)
    found = examine(given, given.intake, clock, advise=False)
    return Town(root, given, found, widen(found.now.tables, found.linked, given.spec), screened_lists(given, found, clock))


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    root = linked_project(tmp_path_factory.mktemp("screened") / "project")
    write_township(root / "data" / "raw", scale=0.1, departments=True, screening=True, seed=77)
    return town_of(root)


def keys_of(rosters: pd.DataFrame) -> set[Key]:
    """Who is on which list."""
    plain = rosters.astype(object).where(rosters.notna(), "")
    return set(zip(plain["annex"], plain["household_no"], plain["person_no"], strict=True))


def test_the_lists_hold_whom_the_truth_says(town):
    root, rosters = town.root, town.rosters
    must, may = truth_of(next((root / "data" / "sample_truth").glob("*.rosters.csv")))
    got, wrong = keys_of(rosters), defaultdict(list)
    judged = {k[0] for k in must | may}
    for key in sorted(must - got):
        wrong[key[0]].append(("missed", key[1:]))
    for key in sorted(k for k in got - must - may if k[0] in judged):
        wrong[key[0]].append(("extra", key[1:]))
    hits = sum(k[0] in judged for k in got)
    assert sum(map(len, wrong.values())) <= 0.01 * hits, dict(wrong)


def test_every_row_has_a_reason_and_cells_that_exist(town):
    root, rosters = town.root, town.rosters
    files = {p.name for p in (root / "data" / "raw" / "2022-05").rglob("*") if p.is_file()}
    assert rosters["reason"].str.len().gt(3).all() and rosters["evidence"].str.len().gt(8).all()
    for cell in rosters["evidence"].str.split("；").explode().unique():
        file, _, rest = cell.partition("#")
        assert Path(file).name in files and "!" in rest, cell


def test_a_household_stands_once_on_a_list(town):
    rosters = town.rosters
    assert not rosters.duplicated(["annex", "household_no", "person_no"]).any()


def test_the_visit_list_holds_everybody_of_its_lists(town):
    rosters = town.rosters
    merged = ["县级1", "县级2", "县级3", "县级4", "县级5", "县级6", "村级1", "村级2", "村级3", "村级4", "村级5", "识别新增", "回退", "重新识别"]
    visited = set(rosters.loc[rosters["annex"] == "入户核查", "household_no"])
    assert visited == set(rosters.loc[rosters["annex"].isin(merged), "household_no"])
    assert rosters.loc[rosters["annex"] == "入户核查", "origin"].eq("outside").any()


def test_the_hardest_ten_are_ten_of_a_village(town):
    rosters = town.rosters
    ten = rosters[rosters["annex"] == "附件2"]
    assert ten.groupby("village").size().max() <= 10


# ---- without the evidence nobody is on a list ---------------------------------------------------------------------------------------

WHO = ("name", "id_number", "birth_date", "head_name", "known_from")
OF_EACH = 6


def cells_of(tables: Mapping[str, Entities]) -> dict[str, list[tuple[str, int, str]]]:
    """Where each address of the inputs stands in the tables."""
    found: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for table, entities in tables.items():
        for column, origins in entities.origin_of.items():
            for number in np.unique(origins[origins >= 0]).tolist():
                origin, here = entities.origins[number], np.flatnonzero(origins == number)
                for entity, row_id in zip(here.tolist(), origin.records.row_ids[origin.rows[here]].tolist(), strict=True):
                    found[f"{row_id}:{origin.header(column)}"].append((table, entity, column))
    return found


def without(entities: Entities, cells: set[tuple[int, str]], gone: set[int]) -> Entities:
    """The table with some cells blank and some rows not there."""
    frame = entities.frame.copy()
    for row, column in cells:
        frame.at[row, column] = None
    keep = np.array([row not in gone for row in range(len(frame))], dtype=bool)
    return Entities(
        entities.table,
        frame[keep].reset_index(drop=True),
        [replace(o, rows=o.rows[keep]) for o in entities.origins],
        {c: v[keep] for c, v in entities.origin_of.items()},
        {c: v[keep] for c, v in entities.was_number.items()},
    )


def test_without_its_evidence_a_row_is_not_on_its_list(town):
    lists, where = town.given.spec.lists, cells_of(town.tables)
    own = town.rosters[~town.rosters["annex"].isin([a.name for a in town.given.spec.annexes if a.merged and not a.grounds])]
    chosen = own.groupby("annex", sort=False).head(OF_EACH)
    removed = set(chosen["evidence"].str.split("；").explode())
    blank: dict[str, set[tuple[int, str]]] = defaultdict(set)
    gone: dict[str, set[int]] = defaultdict(set)
    for address in removed:
        assert where[address], address
        for table, row, column in where[address]:
            if table in lists or (table == "person" and column in WHO):  # a list's row is its evidence; who is missed elsewhere is himself
                gone[table].add(row)
            else:
                blank[table].add((row, column))
    after = town.again({t: without(e, blank[t], gone[t]) if blank[t] or gone[t] else e for t, e in town.tables.items()})
    proofs = dict(zip(plain_keys(after), after["evidence"].str.split("；"), strict=True))
    still = [key for key in plain_keys(chosen) if key in proofs]
    assert not [(key, proofs[key]) for key in still if removed & set(proofs[key])]
    assert len(still) <= 0.2 * len(chosen), still  # on other evidence: another figure of the household, another list
    assert {k[0] for k in plain_keys(chosen)} >= {"附件1", "附件2", "附件3", "附件4", "附件5", "附件6", "识别新增", "回退", "重新识别", "死亡未减", "疑似辍学", "县级6"}


def plain_keys(rosters: pd.DataFrame) -> list[Key]:
    """Who is on which list, row by row."""
    plain = rosters.astype(object).where(rosters.notna(), "")
    return list(zip(plain["annex"], plain["household_no"], plain["person_no"], strict=True))


# ---- another campaign is another YAML --------------------------------------------------------------------------------------------


def elsewhere_project(root: Path, elsewhere: Path) -> Path:
    """Our mappings and rules with the other campaign's province, year and days in campaign.yml, and nothing else changed."""
    for name in ("mappings", "expectations"):
        shutil.copytree(ROOT / name, root / name)
    told, campaign = campaign_of(elsewhere), root / "mappings" / "campaign.yml"
    year = int(told["period"][:4])
    text = campaign.read_text(encoding="utf-8").replace("2022", str(year)).replace("2021", str(year - 1))
    campaign.write_text(re.sub("province: .*", f"province: {told['place']['province']}", text), encoding="utf-8")
    return root


@pytest.mark.parametrize("elsewhere", [p for p in ELSEWHERE if "2023" in p.stem], ids=lambda p: p.stem)
def test_another_year_in_another_province_needs_yaml_only(elsewhere, tmp_path):
    root = elsewhere_project(tmp_path / "project", elsewhere)
    report = township_of(elsewhere, root / "data" / "raw", seed=5, scale=0.04, departments=True)
    town = town_of(root)
    judged = scores(report.rosters, plain_keys(town.rosters))
    right = sum(s.right for s in judged.values())
    wrong = {a: (s.missed, s.wrong) for a, s in judged.items() if s.missed or s.wrong}
    assert right > 100 and sum(len(m) + len(w) for m, w in wrong.values()) <= 0.02 * right, wrong
    assert town.rosters["reason"].str.contains("低于7300元").any()


# ---- villages --------------------------------------------------------------------------------------------------------------------


@held(st.integers(0, 50), st.integers(1, 50))
def test_an_interval_holds_its_share_and_is_wider_for_fewer(part, more):
    whole = float(part + more)
    low, high = (float(x[0]) for x in wilson(np.array([float(part)]), np.array([whole])))
    low_ten, high_ten = (float(x[0]) for x in wilson(np.array([10.0 * part]), np.array([10 * whole])))
    assert 0 <= low <= part / whole <= high <= 1
    assert high_ten - low_ten < high - low


def test_villages_are_ranked_by_what_is_sure(town):
    risk = town.screened.risk
    assert risk["rank"].tolist() == list(range(1, len(risk) + 1))
    assert (risk["unremoved_share_low"].fillna(0) <= risk["unremoved_share"].fillna(0)).all()
    assert risk["unremoved_share_low"].dropna().is_monotonic_decreasing
    homes = town.tables["household"].frame
    assert risk["households"].sum() == homes["village"].notna().sum()
