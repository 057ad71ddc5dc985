"""Lists in other shapes than the sample's: the run ends, nobody is lost, and no rule cries because something is absent."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import PERIOD, linked_project
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from pipeline.mapping import Recogniser, vocabulary
from pipeline.read import read_file
from pipeline.run import Summary, run
from pipeline.sample import write_township
from pipeline.spec import Spec

Grid = list[list[Any]]
Lists = dict[str, Grid]
HEADER = 2  # rows above it: two titles (or a title and the sections)
KEYS = {"户编号", "姓名", "证件号码", "与户主关系", "户主姓名", "监测对象类别", "风险是否已消除", "行政村", "村", "开始时间", "结束时间", "人编号",
        "人口编号", "成员编号", "总户数", "总人口数", "是否计划务工", "公民身份号码", "监测对象类型"}  # fmt: skip
MONITORED, BASIC, RURAL, MEMBERS, WORK = "监测对象信息", "（基础信息）户信息", "（乡村建设）户信息", "家庭成员信息", "已外出务工信息"


def bare(header: object) -> str:
    return "".join(str(header).split())


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Lists, Lists]:
    """Forty households without errors: the folder of this month's files, and both months' lists as grids."""
    raw = tmp_path_factory.mktemp("township") / "raw"
    report = write_township(raw, scale=0.03, clean=True)
    return report.folder, grids(report.folder), grids(report.previous)


def grids(folder: Path) -> Lists:
    found = {}
    for path in sorted(folder.glob("*.xlsx")):
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        found[path.name] = [["" if cell is None else cell for cell in row] for row in rows]
    return found


def only(lists: Lists, *words: str) -> Lists:
    return {name: grid for name, grid in lists.items() if any(word in name for word in words)}


@pytest.fixture
def cleaned(tmp_path: Path, spec: Spec) -> Callable[..., tuple[Summary, pd.DataFrame]]:
    """Write lists as files, run them, give what was said."""

    def go(now: Mapping[str, Grid], before: Mapping[str, Grid] | None = None) -> tuple[Summary, pd.DataFrame]:
        return run_lists(tmp_path, spec, now, before or {})

    return go


def run_lists(folder: Path, spec: Spec, now: Mapping[str, Grid], before: Mapping[str, Grid]) -> tuple[Summary, pd.DataFrame]:
    root = linked_project(folder / "project")
    for period, lists in ((PERIOD, now), ("2022-04", before)):
        for name, grid in lists.items():
            write(root / "data" / "raw" / period / name, grid)
    summary = run(root, PERIOD, spec=spec)
    return summary, pd.read_parquet(summary.folder / "tables" / "issues.parquet")


def tables(summary: Summary) -> dict[str, list[tuple[Any, ...]]]:
    """What the tables say, whatever file and row it came from."""
    found = {}
    for name in ("household", "person", "work", "work_plan", "village"):
        table = pd.read_parquet(summary.folder / "tables" / f"{name}.parquet").drop(columns="row_id")
        table = table[sorted(table.columns)].astype(object)
        found[name] = sorted(map(tuple, table.where(table.notna(), None).to_numpy().tolist()), key=str)
    return found


@pytest.fixture(scope="module")
def plain(months: tuple[Path, Lists, Lists], small_spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    """The tables of the lists as they are."""
    return tables(run_lists(tmp_path_factory.mktemp("plain"), small_spec, months[1], months[2])[0])


def write(path: Path, grid: Grid) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        with path.open("w", encoding="gb18030", newline="") as stream:
            csv.writer(stream).writerows(grid)
        return
    book = Workbook()
    for row in grid:
        book.active.append([None if cell == "" else cell for cell in row])
    book.save(path)


def reproaches(issues: pd.DataFrame, *but: str) -> list[str]:
    serious = issues[issues["severity"].isin(["critical", "warning"]) & ~issues["rule"].isin(but)]
    return [f"{i.rule} {i.message}" for i in serious.itertuples()][:5]


def people(lists: Lists) -> int:
    [grid] = only(lists, MEMBERS).values()
    return len(grid) - HEADER - 1


def homes(lists: Lists) -> int:
    [grid] = only(lists, BASIC).values()
    return len(grid) - HEADER - 1


# ---- what is there and what is not -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [(MONITORED,), (BASIC, MEMBERS), (RURAL, MEMBERS, WORK), (BASIC,), (WORK,), (BASIC, MEMBERS, MONITORED)]
)
def test_some_of_the_lists_are_enough(months: tuple[Path, Lists, Lists], cleaned: Callable[..., Any], words: tuple[str, ...]) -> None:
    _, now, _ = months
    summary, issues = cleaned(only(now, *words))
    assert reproaches(issues) == []
    if MEMBERS in words:
        assert summary.persons == people(now)


@pytest.mark.parametrize("seed", range(2))
def test_columns_that_are_not_exported_are_not_missed_cell_by_cell(months: tuple[Path, Lists, Lists], cleaned: Callable[..., Any], seed: int) -> None:
    rng = random.Random(seed)

    def thinned(grid: Grid) -> Grid:
        kept = [n for n, header in enumerate(grid[HEADER]) if bare(header) in KEYS or rng.random() > 0.3]
        return [[row[n] if n < len(row) else "" for n in kept] for row in grid]

    _, now, before = months
    summary, issues = cleaned({name: thinned(grid) for name, grid in now.items()}, {name: thinned(grid) for name, grid in before.items()})
    assert (summary.households, summary.persons) == (homes(now), people(now))
    assert reproaches(issues, "M-03") == []


def test_a_county_that_names_the_category_in_one_list_only(months: tuple[Path, Lists, Lists], cleaned: Callable[..., Any]) -> None:
    _, now, before = months
    lists = {name: grid if MONITORED in name else without(grid, "监测对象类别") for name, grid in now.items()}
    assert reproaches(cleaned(lists, before)[1]) == []


@pytest.mark.parametrize("which", ["now", "before"])
def test_persons_without_numbers_are_still_the_same_persons(months: tuple[Path, Lists, Lists], cleaned: Callable[..., Any], which: str) -> None:
    _, now, before = months
    lists = {"now": now, "before": before}
    lists[which] = {name: without(grid, "人编号", "人口编号", "成员编号") for name, grid in lists[which].items()}
    _, issues = cleaned(lists["now"], lists["before"])
    assert reproaches(issues) == []
    assert issues["rule"].str.startswith("T-").sum() <= 2


def without(grid: Grid, *headers: str) -> Grid:
    kept = [n for n, header in enumerate(grid[HEADER]) if bare(header) not in headers]
    return [[row[n] if n < len(row) else "" for n in kept] for row in grid]


# ---- other forms of the same ---------------------------------------------------------------------------------------------------


def as_csv(now: Lists) -> Lists:
    return {name.replace(".xlsx", ".csv"): grid for name, grid in now.items()}


def shuffled(now: Lists) -> Lists:
    rng = random.Random(1)

    def turn(name: str, grid: Grid) -> Grid:
        order = list(range(len(grid[HEADER])))
        if MONITORED not in name:  # its columns belong to sections
            rng.shuffle(order)
        return grid[:HEADER] + [[row[n] if n < len(row) else "" for n in order] for row in grid[HEADER:]]

    return {name: turn(name, grid) for name, grid in now.items()}


def with_more_titles_and_empty_columns(now: Lists) -> Lists:
    return {name: [["某县防返贫监测数据"]] + [[*row[:3], "", *row[3:], "", ""] for row in grid] for name, grid in now.items()}


def with_ugly_headers(now: Lists) -> Lists:
    def ugly(header: object) -> str:
        text = str(header).replace("（", "(").replace("）", ")")
        return f" {text[:2]}\n{text[2:]}\u3000" if len(text) > 3 else text

    return {name: [*grid[:HEADER], [ugly(h) for h in grid[HEADER]], *grid[HEADER + 1 :]] for name, grid in now.items()}


def with_numbers_as_numbers(now: Lists) -> Lists:
    """As after somebody typed into the workbook: the noughts in front of household and person numbers are gone."""

    def typed(grid: Grid) -> Grid:
        which = [n for n, h in enumerate(grid[HEADER]) if bare(h) in ("户编号", "人编号", "当前家庭人口数", "成员联系电话", "户联系电话")]
        rows = [[int(str(c)) if n in which and str(c).strip().isdigit() else c for n, c in enumerate(row)] for row in grid[HEADER + 1 :]]
        return [*grid[: HEADER + 1], *rows]

    return {name: typed(grid) for name, grid in now.items()}


def with_numbers_as_numbers_in_one_list(now: Lists) -> Lists:
    return {**now, **with_numbers_as_numbers(only(now, MEMBERS))}


def by_village(now: Lists) -> Lists:
    """One file per village in a folder of its own."""
    found = {}
    for name, grid in now.items():
        if not any(word in name for word in (MEMBERS, BASIC, RURAL)):
            found[name] = grid
            continue
        at = next(n for n, h in enumerate(grid[HEADER]) if bare(h) in ("村", "行政村"))
        for village in {bare(row[at]) for row in grid[HEADER + 1 :]}:
            found[f"{village or '不明'}/{name}"] = [*grid[: HEADER + 1], *(row for row in grid[HEADER + 1 :] if bare(row[at]) == village)]
    return found


def with_merged_sections(now: Lists) -> Lists:
    def sectioned(name: str, grid: Grid) -> Grid:
        width = len(grid[HEADER])
        return grid if MONITORED in name else [*grid[:HEADER], ["基本信息", *[""] * (width // 2 - 1), "其他信息", *[""] * (width - width // 2 - 1)], *grid[HEADER:]]

    return {name: sectioned(name, grid) for name, grid in now.items()}


SHAPES = [as_csv, shuffled, with_more_titles_and_empty_columns, with_ugly_headers, with_numbers_as_numbers, with_numbers_as_numbers_in_one_list, by_village, with_merged_sections]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_another_form_is_the_same_data(
    months: tuple[Path, Lists, Lists], plain: dict[str, list[Any]], tmp_path: Path, small_spec: Spec, shape: Callable[[Lists], Lists]
) -> None:
    _, now, before = months
    summary, issues = run_lists(tmp_path, small_spec, shape(now), before)
    for name, rows in tables(summary).items():
        assert rows == plain[name], name
    assert issues["message"].tolist() == []


@pytest.mark.parametrize("seed", range(3))
def test_every_spelling_of_a_header_that_fields_yml_knows(
    months: tuple[Path, Lists, Lists], plain: dict[str, list[Any]], tmp_path: Path, spec: Spec, small_spec: Spec, seed: int
) -> None:
    folder, now, before = months
    rng = random.Random(seed)
    recogniser = Recogniser(spec)

    def respelt(name: str, grid: Grid) -> Grid:
        [sheet] = read_file(folder / name, name, vocabulary(spec))[0]
        bound = recogniser.recognise(sheet)
        assert bound is not None
        spellings = {b.header: b.field.aliases for b in bound.bound if b.field.aliases}
        headers = grid[HEADER]
        return [*grid[:HEADER], [rng.choice(spellings[h]) if h in spellings and headers.count(h) == 1 else h for h in headers], *grid[HEADER + 1 :]]

    summary, issues = run_lists(tmp_path, small_spec, {name: respelt(name, grid) for name, grid in now.items()}, before)
    for name, rows in tables(summary).items():
        assert rows == plain[name], name
    assert issues["message"].tolist() == []


def test_the_newest_of_two_exports_decides(months: tuple[Path, Lists, Lists], cleaned: Callable[..., Any]) -> None:
    _, now, _ = months
    [(name, grid)] = only(now, MEMBERS).items()
    at = [bare(h) for h in grid[HEADER]].index("民族")
    old = [*grid[:1], ["导出日期：20210131"], grid[HEADER], *([*row[:at], "藏族", *row[at + 1 :]] for row in grid[HEADER + 1 :])]
    summary, issues = cleaned({**now, name.replace("20220531", "20210131"): old})
    assert summary.persons == people(now)
    assert name in issues.loc[issues["rule"] == "M-06", "message"].item()
    persons = pd.read_parquet(summary.folder / "tables" / "person.parquet")
    assert (persons["nationality"] == "藏族").mean() < 0.5
