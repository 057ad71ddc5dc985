"""Many problems, one cause: said once, with what settles them; and what a change would do, before it is made."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from villages import VILLAGES, Villages, checked, project

from pipeline.cleaners import load_spellings
from pipeline.correct.causes import Scene, find_causes, other_year
from pipeline.correct.whatif import BadOverlay, overlaid
from pipeline.ledger import ISSUE_COLUMNS
from pipeline.mapping import Records
from pipeline.normalise import Normaliser
from pipeline.run import what_if
from pipeline.spec import Spec, load_spec

PERIOD = "2022-05"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_spec(project(tmp_path_factory.mktemp("spec") / "project"), county="云溪县")


@pytest.fixture
def town(spec: Spec, tmp_path: Path) -> Villages:
    """Three villages without a mistake."""
    made = Villages(tmp_path / "project", spec)
    shutil.copytree(spec.root, made.root, symlinks=True)
    return made


def causes(town: Villages) -> pd.DataFrame:
    town.run()
    return town.table(PERIOD, "causes").set_index("kind")


def test_without_a_pattern_there_is_no_cause(town: Villages) -> None:
    town.system[town.persons[3]]["sex"] = "女"
    town.export(PERIOD)
    assert not len(causes(town))


def test_one_unknown_spelling_is_one_cause_whose_lines_settle_it(town: Villages) -> None:
    for person in list(town.system.values())[:7]:
        person["nationality"] = "汉人族群"
    town.export(PERIOD)
    cause = causes(town).loc["unknown_spelling"]
    assert cause["count"] == 7 and "汉人族群" in cause["message"] and cause["where"] == "mappings/codes/nationality.yml"
    overlay = town.root / "试.yml"
    overlay.write_text(cause["what_if"].replace("（请填对应的代码）", "汉族"), encoding="utf-8")
    kept = town.snapshot(PERIOD)
    effect = what_if(town.root, PERIOD, overlay)
    assert len(effect.settled) == 7 and not len(effect.added)
    assert town.snapshot(PERIOD) == kept and not (town.root / "mappings" / "codes" / "nationality.yml").read_text("utf-8").count("汉人族群")


def test_a_column_nobody_exported_is_one_cause(town: Villages) -> None:
    for person in town.system.values():
        person["nationality"] = ""
    town.export(PERIOD)
    cause = causes(town).loc["empty_column"]
    assert cause["count"] == len(town.system) and "民族" in cause["message"]


def test_ids_through_a_number_column_are_one_cause(town: Villages) -> None:
    town.export(PERIOD)
    path = town.raw(PERIOD) / "家庭成员信息.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    column = next(c.column for c in sheet[1] if c.value == "证件号码")
    for row in range(2, 12):
        cell = sheet.cell(row, column)
        cell.value = float(str(cell.value)[:15]) * 1000
    book.save(path)
    found = causes(town)
    assert found.loc["numbers_for_ids", "count"] == (town.table(PERIOD, "issues")["column"] == "id_number").sum() > 5
    assert "存成了数字" in found.loc["numbers_for_ids", "message"]


def test_a_villages_own_habit_is_one_cause(town: Villages) -> None:
    for person in town.system.values():
        if person["village"] == VILLAGES[1]:
            person["birth_date"] = "19250101"
    for household in {p["household_no"] for p in town.system.values() if p["village"] == VILLAGES[1]}:
        extra = dict(next(p for p in town.system.values() if p["household_no"] == household))
        extra |= {"household_no": household + "9", "person_no": extra["person_no"] + "9", "id_number": checked(f"5199231925010{household[-3:]}1"[:17].ljust(17, "1"))}
        town.system[extra["person_no"]] = extra
    town.export(PERIOD)
    found = causes(town)
    assert found.loc["one_village", "village"] == VILLAGES[1] and found.loc["one_village", "rules"] == "X-09"


def test_every_problem_is_laid_to_one_cause_at_most(town: Villages) -> None:
    for person in town.system.values():
        person["nationality"] = "汉人族群"
        person["phone"] = "12345"
    town.export(PERIOD)
    ids = " ".join(causes(town)["issue_ids"]).split()
    assert len(ids) == len(set(ids)) and set(ids) <= set(town.table(PERIOD, "issues")["issue_id"])


def test_cells_moved_sideways_are_one_cause(town: Villages) -> None:
    town.export(PERIOD)
    path = town.raw(PERIOD) / "家庭成员信息.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    column = next(c.column for c in sheet[1] if c.value == "民族")
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column).value = sheet.cell(row, column + 1).value  # the relation in the nationality's place
    book.save(path)
    cause = causes(town).loc["shifted"]
    assert "“民族”→“与户主关系”" in cause["message"] and cause["count"] == len(town.system)


@pytest.mark.parametrize("text", ["不是映射", "codes/nothing: {a: b}", "../x: {a: b}", "a: [", ""])
def test_a_file_that_cannot_be_laid_over_is_refused_with_a_sentence(town: Villages, text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text(text, encoding="utf-8")
    town.raw(PERIOD)
    with pytest.raises(BadOverlay, match=r"x\.yml"):
        overlaid(town.root, file, tmp_path / "other")


# ---- two detectors by themselves ------------------------------------------------------------------------------------------

LIST = "家庭成员信息.xlsx"


def issues(*rows: dict[str, Any]) -> pd.DataFrame:
    """Issues of a rule at the phones of one list, a household and a row each, save for what is said otherwise."""
    usual = [
        {
            "issue_id": f"i{at}", "row_id": f"{LIST}#成员!{at + 2}", "rule": "2_01_013", "title": "电话须为11位", "step": "validate", "table": "person",
            "column": "phone", "label": "联系电话", "value": "12345", "household_no": f"00{at:03d}", "village": VILLAGES[at % 3],
        }
        | row
        for at, row in enumerate(rows)
    ]  # fmt: skip
    return pd.DataFrame(usual, columns=list(dict.fromkeys([*ISSUE_COLUMNS, *usual[0]])), dtype=object)


def read_as(as_of: str | None, spec: Spec) -> Records:
    """The list the issues stand in, of that date; its cells do not matter here."""
    source = next(s for s in spec.sources if s.system and "person" in s.tables)
    nothing = pd.DataFrame()
    return Records(source, LIST, "成员", as_of, nothing, np.array([], dtype=object), np.array([], dtype=np.int64), {}, {}, {})


def found(rows: Sequence[dict[str, Any]], as_of: str | None, spec: Spec) -> dict[str, dict[str, Any]]:
    """The causes of these issues by their kind."""
    causes = find_causes(issues(*rows), [read_as(as_of, spec)], spec, Normaliser(spec, load_spellings(spec.root / "mappings" / "spellings.yml")))
    return {row["kind"]: row for row in causes.to_dict("records")}


# The reference date is 2022-05-31.
@pytest.mark.parametrize(
    ("as_of", "said"),
    [("20210531", "2021-05-31"), ("202105", "2021-05-28"), ("20211111", "2021-11-11"), ("20211112", None), ("20211113", None), ("202204", None),
     ("20220531", None), ("20230101", None), ("20210231", None), ("2021", None), (None, None)],
)  # fmt: skip
def test_a_list_long_before_the_reference_date_is_another_years(as_of: str | None, said: str | None, spec: Spec) -> None:
    causes = found([{"value": str(n), "column": ("phone", "sex", "name")[n % 3]} for n in range(4)], as_of, spec)
    if said is None:
        assert not causes
    else:
        assert list(causes) == ["other_year"] and causes["other_year"]["count"] == 4
        assert said in causes["other_year"]["message"] and LIST in causes["other_year"]["message"]


def test_an_old_list_answers_for_its_own_problems_and_only_from_three_on(spec: Spec) -> None:
    other = {"row_id": "另一张.xlsx#成员!2", "value": "7"}
    own = [{"value": str(n)} for n in range(3)]
    assert found([*own, other], "20210531", spec)["other_year"]["issue_ids"] == "i0 i1 i2"
    assert not found([*own[:2], other], "20210531", spec)
    scene = Scene(issues(*own).assign(file=None, tab=None), {}, spec, Normaliser(spec, load_spellings(spec.root / "mappings" / "spellings.yml")))
    assert not list(other_year(scene))


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([{}] * 6, 6),
        ([{}] * 5, None),                                                     # too few households
        ([{"household_no": "001"}] * 9, None),                                # one family
        ([{"value": str(n)} for n in range(8)], None),                        # everybody's own mistake
        ([{"value": None}] * 8, None),                                        # nothing was filled in
        ([{}] * 3 + [{"rule": "X-01"}] * 3, None),                            # different rules
        ([{"column": "sex", "value": "女"}] * 8, None),                       # a code: many have the same, and rightly
        ([{"column": "name", "value": "张三"}] * 8, None),
        ([{"step": "normalise"}] * 8, None),                                  # that is an unknown spelling's business
        ([{"column": "birth_date", "value": "19000101"}] * 7, 7),
        ([{"column": "id_number", "value": "519923190001010000"}] * 7, 7),
        ([{}] * 6 + [{"household_no": "000"}, {"value": "678"}], 7),
    ],
)  # fmt: skip
def test_the_same_value_in_many_households_is_one_cause(rows: list[dict[str, Any]], count: int | None, spec: Spec) -> None:
    causes = found(rows, "20220531", spec)
    assert ({kind: one["count"] for kind, one in causes.items()}) == ({} if count is None else {"one_value": count})


def test_a_long_value_is_shown_by_its_end_only(spec: Spec) -> None:
    number = "519923190001010000"
    assert number not in str(found([{"column": "id_number", "value": number}] * 7, None, spec)["one_value"])
    assert "12345" in found([{}] * 7, None, spec)["one_value"]["message"]


def test_a_number_filled_down_is_one_cause_in_a_run(town: Villages) -> None:
    for person in list(town.system.values())[::3][:8]:
        person["phone"] = "12345"
    town.export(PERIOD)
    cause = causes(town).loc["one_value"]
    assert cause["count"] == 8 and cause["column"] == "phone" and "8 户" in cause["message"]
