"""What may leave the office: counts and running numbers, and nothing written that says more."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from test_report_html import data_of, own_part, unpacked
from test_report_invented import SENSITIVE, VILLAGES, invented

from pipeline.report import Results, share
from pipeline.report.html.figures import Places
from pipeline.report.outbound import NotShareable, Outbound


@pytest.fixture(scope="module")
def results() -> Results:
    return invented()


@pytest.fixture(scope="module")
def shared(results: Results, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return share.write(results, tmp_path_factory.mktemp("shared"))


def test_the_whole_and_each_village_are_written(shared: list[Path]) -> None:
    assert shared[0].name == "校验报告（可外发）.html" and shared[0].parent.name == "可外发"
    assert {p.stem for p in shared[1:]} == set(VILLAGES)


def test_no_number_account_or_name_is_in_any_of_it(results: Results, shared: list[Path]) -> None:
    for path in shared:
        page = own_part(path.read_text("utf-8"))
        assert not re.search(r"\d{15,}|(?<!\d)1\d{10}(?!\d)", page), path.name
        for (table, column), kind in SENSITIVE.items():
            for value in results.tables[table][column].dropna():
                assert value not in page, (path.name, kind)
        for number in results.tables["household"]["household_no"]:
            assert number not in page, path.name


def test_a_villages_file_knows_no_other_village(shared: list[Path]) -> None:
    for path in shared[1:]:
        page = own_part(path.read_text("utf-8"))
        assert path.stem in page
        assert not [v for v in VILLAGES if v != path.stem and v in page]


def test_the_counts_are_those_of_the_office(results: Results, shared: list[Path]) -> None:
    problems = data_of(shared[0].read_text("utf-8"))["problems"]
    assert problems["n"] == len(results.issues)
    rules = unpacked(problems["columns"]["rule"])
    assert sorted(rules) == sorted(results.issues["rule"])
    for path in shared[1:]:
        assert data_of(path.read_text("utf-8"))["problems"]["n"] == int((results.issues["village"] == path.stem).sum())


def test_households_keep_one_running_number(results: Results) -> None:
    numbers = share.running_numbers(results, Places(results))
    assert set(numbers) == set(results.tables["household"]["household_no"])
    assert len(set(numbers.values())) == len(numbers)
    assert all(re.fullmatch(r".+-\d{4}", n) for n in numbers.values())


@pytest.mark.parametrize(
    ("text", "village", "kinds"),
    [
        ("石桥村 12 条", "石桥村", []),
        ("石桥村与双河口村相邻", "石桥村", ["village"]),
        ("石桥村与双河口村相邻", None, []),
        ("证件号码519923197001010010", None, ["number"]),
        ("号码 51992319700101001X 有误", None, ["number"]),
        ("电话13800000000", None, ["number"]),
        ("账号6228480000001234567", None, ["number"]),
        ("2022-05-31 共 120000 元", None, []),
    ],
)
def test_the_scan_finds_what_must_stay(results: Results, text: str, village: str | None, kinds: list[str]) -> None:
    assert Outbound(results, VILLAGES, "").found(text, village) == kinds


def test_the_scan_finds_whole_names(results: Results) -> None:
    name = results.tables["person"]["name"].iloc[0]
    guard = Outbound(results, VILLAGES, "")
    assert guard.found(f"请核对{name}的户口本") == ["name"] and guard.found(f"请核对{name[0]}**的户口本") == []


@pytest.mark.parametrize("planted", ["联系 13912345678", "519923197001010010"])
def test_a_page_that_says_too_much_is_not_written(results: Results, tmp_path: Path, planted: str) -> None:
    manifest = {**results.manifest, "campaign": {"title": planted}}
    with pytest.raises(NotShareable) as refused:
        share.write(replace(results, manifest=manifest), tmp_path)
    assert list(tmp_path.rglob("*.html")) == [] and planted not in str(refused.value)


def test_a_name_that_is_a_word_of_our_own_is_not_held_against_a_page(results: Results) -> None:
    name = results.tables["person"]["name"].iloc[0]
    assert Outbound(results, VILLAGES, f"我们自己的话里就有{name}").found(name) == []
