"""Many problems, one cause: said once, with what settles them; and what a change would do, before it is made."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from villages import VILLAGES, Villages, checked, project

from pipeline.correct.whatif import BadOverlay, overlaid
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
