"""The invented township keeps its own promises, read back from the files it writes."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from pipeline.sample import Again, SampleReport, write_township
from pipeline.sample.clock import Clock, full_years
from pipeline.sample.ids import check_character
from pipeline.sample.model import Household, Township
from pipeline.sample.plants.core import told
from pipeline.sample.plants.villages import village_kinds
from pipeline.sample.township import township
from pipeline.sample.words import load, words

CLOCK = Clock.of("2022-05")
Cells = dict[tuple[str, str], list[list[object]]]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    return write_township(tmp_path_factory.mktemp("clean") / "raw", scale=0.2, clean=True)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    return write_township(tmp_path_factory.mktemp("planted") / "raw")


@pytest.fixture(scope="module")
def model() -> Township:
    return township(CLOCK, 20220531, 1.0, words())


def contents(report: SampleReport) -> dict[str, bytes]:
    written = (*report.files, report.truth, report.people)
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in written}


def cells(report: SampleReport) -> Cells:
    """Every tab of the period's files as a grid whose first row is Excel's row 1."""
    grids: Cells = {}
    for path in report.files:
        if not path.is_relative_to(report.folder):
            continue
        name = path.relative_to(report.folder).as_posix()
        if path.suffix == ".csv":
            with path.open(encoding="gb18030", newline="") as handle:
                grids[name, ""] = [list(row) for row in csv.reader(handle)]
            continue
        book = CalamineWorkbook.from_path(str(path))
        for tab in book.sheet_names:
            grids[name, tab] = [list(row) for row in book.get_sheet_by_name(tab).to_python(skip_empty_area=False)]
    return grids


def truth(report: SampleReport) -> Iterator[dict[str, str]]:
    with report.truth.open(encoding="utf-8-sig", newline="") as handle:
        yield from csv.DictReader(handle)


def letter_to_index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def grid_of(grids: Cells, line: dict[str, str]) -> list[list[object]]:
    return grids[line["file"], "" if line["file"].endswith(".csv") else line["tab"]]


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first = contents(write_township(tmp_path / "a" / "raw", scale=0.1))
    second = contents(write_township(tmp_path / "b" / "raw", scale=0.1))
    assert [name for name in first | second if first.get(name) != second.get(name)] == []


def test_every_error_put_right_leaves_the_township_that_has_none(tmp_path: Path) -> None:
    planted = write_township(tmp_path / "a" / "raw", scale=0.1)
    groups = frozenset(line["group"] for line in truth(planted))
    mended = write_township(tmp_path / "a" / "raw", scale=0.1, again=Again("2022-05-20", groups))
    clean = write_township(tmp_path / "b" / "raw", scale=0.1, clean=True)
    now = {path.name: path.read_bytes() for path in clean.files if path.is_relative_to(clean.folder)}
    assert list(truth(mended)) == [] and mended.folder.name == "2022-05-20"
    assert [path.name for path in mended.files if path.read_bytes() != now[path.name]] == []


def test_one_error_put_right_changes_nothing_else(tmp_path: Path) -> None:
    planted = write_township(tmp_path / "raw", scale=0.1)
    lines = list(truth(planted))
    group = next(line["group"] for line in lines if line["kind"] == "name_with_digit")
    other = next(line for line in lines if line["kind"] == "labour_blank" and line["person_no"])
    typed = {(other["person_no"], "p.labour"): "技能劳动力"}
    later = write_township(tmp_path / "raw", scale=0.1, again=Again("2022-05-20", frozenset({group}), typed))
    assert [line for line in truth(later) if line["kind"] != "labour_blank"] == [
        line for line in lines if line["group"] != group and line["kind"] != "labour_blank"
    ]
    assert {line["planted_value"] for line in truth(later) if line["person_no"] == other["person_no"]} == {"技能劳动力"}


def test_another_seed_gives_other_people(clean: SampleReport, tmp_path: Path) -> None:
    other = write_township(tmp_path / "raw", scale=0.2, clean=True, seed=1)
    assert contents(other) != contents(clean)


def test_a_clean_township_has_an_empty_truth_file(clean: SampleReport) -> None:
    assert list(truth(clean)) == []
    assert clean.planted == {}


def test_every_id_is_lawful_unique_and_in_no_real_county(model: Township) -> None:
    people = [person for household in model.households for person in household.members]
    first18 = [person.id[:18] for person in people]
    assert len(set(first18)) == len(first18)
    assert {number[:6] for number in first18} == {"519923"}
    assert [number for number in first18 if check_character(number[:17]) != number[17]] == []
    assert [p.no for p in people if p.id[6:14] != f"{p.birth:%Y%m%d}"] == []
    assert [p.no for p in people if (int(p.id[16]) % 2 == 1) != (p.sex == "male")] == []
    assert {len(person.id) for person in people if "disabled" in person.health} <= {20, 22}


def test_the_township_has_the_asked_shape(model: Township) -> None:
    households = model.households
    monitored = sum(household.monitored for household in households)
    assert len(households) == 1500
    assert 4500 <= sum(len(household.members) for household in households) <= 5500
    assert 0.2 < sum(household.lifted == "yes" for household in households) / 1500 < 0.3
    assert 0.05 < monitored / 1500 < 0.08
    assert 0.35 < sum(household.removed == "yes" for household in households) / monitored < 0.6


def test_every_household_has_one_head_and_a_true_count(model: Township) -> None:
    heads = Counter(sum(person.relation == "head" for person in household.members) for household in model.households)
    assert heads == {1: 1500}
    assert [h.no for h in model.households if h.size != len(h.members) or h.head_id != h.head.id] == []


def blocks(household: Household) -> list[tuple[float, float, float]]:
    """Net, what the parts make, and per head times size, of every income block in use."""
    found = []
    for income in (household.now, household.found, household.after):
        if income.net is not None:
            earned = (income.wage or 0) + (income.operating or 0) + (income.property or 0) + (income.transfer or 0)
            found.append((income.net, earned - (income.expense or 0), (income.per_head or 0) * len(household.members)))
    return found


def test_income_adds_up(model: Township) -> None:
    sums = [block for household in model.households for block in blocks(household)]
    assert [s for s in sums if abs(s[0] - s[1]) > 0.02 or abs(s[0] - s[2]) > 0.1] == []


def test_wages_come_from_work_and_work_brings_wages(model: Township) -> None:
    assert [h.no for h in model.households if bool(h.now.wage) != bool(h.spells)] == []


def test_children_of_school_age_are_at_school(model: Township) -> None:
    people = [person for household in model.households for person in household.members]
    assert [p.no for p in people if 6 <= full_years(p.birth, CLOCK.school_start) <= 16 and not p.school] == []
    assert [p.no for p in people if bool(p.school) == bool(p.education)] == []
    assert [p.no for p in people if p.school and p.labour != "none"] == []


def test_monitored_households_fit_their_category(model: Township) -> None:
    monitored = [household for household in model.households if household.monitored]
    assert [h.no for h in monitored if h.category == "unstable" and h.lifted == "no"] == []
    assert [h.no for h in monitored if h.category == "marginal" and h.lifted == "yes"] == []
    sudden = {"illness", "disaster", "accident"}
    assert [h.no for h in monitored if h.category == "sudden" and not sudden & set(h.risks)] == []


def test_removal_follows_identification_by_half_a_year_at_least(model: Township) -> None:
    removed = [(h.found_on or 0, h.removed_on or 0) for h in model.households if h.removed == "yes"]
    assert removed
    assert [pair for pair in removed if pair[1] - pair[0] < 6 or pair[1] > CLOCK.month] == []


def test_every_kind_is_planted(planted: SampleReport) -> None:
    wanted = {entry.name for entry in [*told(), *village_kinds()]}
    assert len(wanted) > 60
    assert wanted - planted.planted.keys() == set()


def test_no_two_plants_share_a_household(planted: SampleReport) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for line in truth(planted):
        owners[line["household_no"]].add(line["group"])
    assert {no: groups for no, groups in owners.items() if no and len(groups) > 1} == {}


def test_every_untrue_cell_stands_where_the_truth_says(planted: SampleReport) -> None:
    grids = cells(planted)
    wrong = []
    for line in truth(planted):
        if not line["file"]:
            continue
        row = grid_of(grids, line)[int(line["row"]) - 1]
        index = letter_to_index(line["column_letter"])
        seen = row[index] if index < len(row) else ""
        if str(seen) != line["planted_value"]:
            wrong.append((line["kind"], line["planted_value"], seen))
    assert wrong == []


def test_the_named_column_stands_above_the_cell(planted: SampleReport) -> None:
    grids = cells(planted)
    for line in truth(planted):
        if line["file"]:
            above = [row[letter_to_index(line["column_letter"])] for row in grid_of(grids, line)[:8]]
            assert line["column"] in above, line


def test_every_plant_says_what_to_expect(planted: SampleReport) -> None:
    shape = re.compile(r"@[a-z_]+|[A-Z0-9]+[-_][A-Za-z0-9_*]+")
    lines = list(truth(planted))
    assert [line["kind"] for line in lines if not line["expected"]] == []
    ids = {rule for line in lines for rule in f"{line['expected']} {line['may']}".replace("|", " ").split()}
    assert [rule for rule in ids if not shape.fullmatch(rule)] == []


def test_every_data_row_has_its_people(planted: SampleReport) -> None:
    behind = pd.read_parquet(planted.people)
    grids = cells(planted)
    row = behind[behind["file"].str.startswith("家庭成员信息")].iloc[17]
    seen = grids[row["file"], row["tab"]][row["row"] - 1]
    assert row["household_no"] in [str(cell).strip() for cell in seen]
    assert set(behind["file"]) == {name for name, _ in grids}
    assert behind.loc[~behind["file"].str.contains("行政村"), "household_no"].ne("").all()


def test_previous_month_is_nearly_the_same(clean: SampleReport) -> None:
    def rows(folder: Path) -> set[tuple[str, ...]]:
        path = next(folder.glob("家庭成员信息_*.xlsx"))
        grid = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        return {(str(row[7]).strip(), str(row[12]).strip()[:6]) for row in grid[3:]}

    now, before = rows(clean.folder), rows(clean.previous)
    assert 0 < len(now ^ before) < 12


def test_every_reader_is_needed(planted: SampleReport) -> None:
    assert {path.suffix for path in planted.files} == {".xlsx", ".xls", ".csv"}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    return write_township(tmp_path_factory.mktemp("county") / "raw", scale=0.2, clean=True, departments=True)


@pytest.fixture(scope="module")
def slips(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    return write_township(tmp_path_factory.mktemp("slips") / "raw", departments=True)


def test_every_list_has_the_true_person_behind_its_rows(county: SampleReport) -> None:
    lists = [path for path in county.files if path.parent.name == "部门"]
    behind = pd.read_parquet(county.people)
    rows = behind[behind["file"].str.startswith("部门/")]
    always = [name for name, entry in load("departments.yml").items() if not entry.get("if_any")]
    assert len(lists) == len(always) > 20
    members = behind.loc[behind["file"].str.startswith("家庭成员信息")]
    known = rows[rows["person_no"].ne("")]
    died = known.loc[known["file"].str.contains("死亡"), "person_no"]
    assert set(known["person_no"]) - set(died) <= set(members["person_no"])
    assert not set(died) & set(members["person_no"])
    assert set(known["household_no"]) <= set(members["household_no"])


def test_lists_of_the_county_hold_neighbours(county: SampleReport) -> None:
    behind = pd.read_parquet(county.people)
    rows = behind[behind["file"].str.contains("户籍人口")]
    strangers = rows[rows["household_no"].eq("") & rows["register_no"].eq("")]
    assert 0 < len(strangers) < 0.2 * len(rows)
    assert strangers["person_no"].eq("").all()
    assert not behind.loc[~behind["file"].str.startswith("部门/"), "file"].isin(strangers["file"]).any()


def test_lists_hold_farm_households_outside_the_system(county: SampleReport) -> None:
    behind = pd.read_parquet(county.people)
    near = behind[behind["register_no"].ne("")]
    assert near["household_no"].eq("").all() and near["file"].str.startswith("部门/").all()
    assert near["file"].nunique() > 8
    assert 0.3 < near["register_no"].nunique() / county.households < 0.5


def test_every_slip_of_the_departments_is_planted(slips: SampleReport) -> None:
    wanted = set(load("plants/lists.yml"))
    assert wanted - slips.planted.keys() == set()
    lines = [line for line in truth(slips) if line["kind"] in wanted]
    assert all(re.fullmatch(r"D-\d\d", line["expected"]) and line["household_no"] for line in lines)
    others = {line["household_no"] for line in truth(slips) if line["kind"] not in wanted}
    assert not others & {line["household_no"] for line in lines}


def test_a_clean_county_has_an_empty_truth_file(county: SampleReport) -> None:
    assert list(truth(county)) == []


def test_the_county_gives_the_same_bytes(county: SampleReport, tmp_path: Path) -> None:
    again = write_township(tmp_path / "raw", scale=0.2, clean=True, departments=True)
    first, second = contents(county), contents(again)
    assert [name for name in first | second if first.get(name) != second.get(name)] == []


def test_departments_hold_the_true_numbers(tmp_path: Path) -> None:
    report = write_township(tmp_path / "raw", scale=0.2, departments=True)
    path = report.folder / "部门" / "公安局_户籍人口.xlsx"
    grid = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    numbers = ["".join(str(row[5]).split()).upper() for row in grid[1:]]
    readable = [number for number in numbers if re.fullmatch(r"[0-9]{17}[0-9X]", number)]
    assert len(readable) > 0.97 * len(numbers)  # the rest is written in full width
    assert [number for number in readable if check_character(number[:17]) != number[17]] == []
