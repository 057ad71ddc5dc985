"""What may leave the office: counts and running numbers, and nothing written that says more."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_report_html import Visit, browser, data_of, own_part, unpacked
from test_report_invented import SENSITIVE, VILLAGES, id_number, invented

from pipeline.report import Results, share
from pipeline.report.html.few import of_risk, of_rosters
from pipeline.report.html.figures import Places
from pipeline.report.html.shield import Shield
from pipeline.report.numbers import Numbers
from pipeline.report.outbound import Found, NotShareable, Outbound
from pipeline.report.words import page_words

__all__ = ["browser"]  # a fixture of theirs


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


def test_a_villages_file_is_light_and_opens(browser: Any, shared: list[Path]) -> None:
    for path in shared[1:]:
        assert path.stat().st_size < 200_000, path.name
    visit = Visit(browser, shared[1])
    for link in visit.page.locator("nav a").all():
        link.click()
        visit.page.wait_for_timeout(60)
        assert visit.page.locator("section.page:not([hidden])").inner_text().strip()
    assert visit.wrong == []


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


def test_running_numbers_follow_the_data_and_not_the_household_numbers(results: Results) -> None:
    def order(checksum: str) -> list[str]:
        numbers = share.running_numbers(replace(results, manifest={"inputs": [{"sha256": checksum}]}), Places(results))
        mine = [no for no in numbers if numbers[no].startswith(VILLAGES[0])]
        return sorted(mine, key=lambda no: numbers[no])

    assert order("ab") == order("ab") and order("ab") != order("cd") and sorted(order("ab")) == sorted(order("cd"))
    assert order("ab") != sorted(order("ab"))


def test_what_tells_of_health_has_no_household_and_no_small_count(results: Results) -> None:
    few = results.issues[results.issues["village"].notna()].groupby("village").head(2)
    ill = few.assign(rule="H-01", title="残疾等级须填写", table="person", column="health", message="残疾等级没有填")
    both = replace(results, issues=pd.concat([results.issues, ill], ignore_index=True))
    told = share.shareable(both, Places(both)).problems
    health = told[told["title"].str.contains("健康")]
    assert len(health) == len(ill) and len(told) == len(both.issues)
    assert health["household_no"].isna().all() and set(health["rule"]) == {"涉及健康"} and "H-01" not in set(told["rule"])
    assert sorted(health["village"]) == sorted(ill["village"])


def test_few_on_a_list_of_health_are_not_counted_out(results: Results) -> None:
    shield, words = Shield(results), page_words()
    table = {"villages": ["甲村", "乙村", "丙村"], "rows": [["县级5", "重度残疾", 12, 1, 5, 6], ["县级6", "患大病", 8, 1, 2, 5], ["县级7", "脱贫户", 9, 1, 2, 6]]}
    told = of_rosters(table, shield, words)
    assert told is not None and told["rows"] == [
        ["县级5", "重度残疾", "", "少于3", 5, 6],
        ["县级6", "患大病", 8, "少于3", "少于3", 5],
        ["县级7", "脱贫户", 9, 1, 2, 6],
    ]
    risk = of_risk(pd.DataFrame({"village": ["甲村", "乙村"], "ill": [2, 3], "jobs": [1, 4]}), shield)
    assert risk is not None and risk["ill"].tolist() == ["少于3", 3] and risk["jobs"].tolist() == [1, 4]


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
        ("证件号码 519923 1970 0101 0011", None, []),       # shaped like an id, but wrong in itself and nobody's
        ("证件号码 519923 19700101 0013 与 51992319700101 0012", None, []),
        ("证件号码 519923-19700101-0037", None, ["number"]),
        ("５１９９２３１９７００１０１００１０", None, ["number"]),
        ("电话139 1234 5678", None, ["number"]),
        ("电话139-1234-5678、", None, ["number"]),
        ("+86 139 1234 5678", None, ["number"]),
        ("8613912345678", None, ["number"]),
        ("1 3 9 1 2 3 4 5 6 7 8", None, ["number"]),
        ("139\u200b1234\u200b5678", None, ["number"]),
        ("٠١٣٩١٢٣٤٥٦٧٨", None, []),
        ("١٣٩١٢٣٤٥٦٧٨", None, ["number"]),
        ("6228 4800 0000 0000 018", None, ["number"]),
        ("老证 519923 700101 003", None, ["number"]),
        ("2022-05-31 2022-06-10 之间，12 条、345 条", None, []),
        ("13,912,345,678 元", None, []),
        ("校验码 9f1391234567812ab0391827364554637281", None, []),
        ("20220531120000", None, []),
        ("12 345 678 901 234", None, []),
    ],
)
def test_the_scan_finds_what_must_stay(results: Results, text: str, village: str | None, kinds: list[str]) -> None:
    assert Outbound(results, VILLAGES, []).found(text, village) == kinds


def test_the_scan_finds_whole_names(results: Results) -> None:
    name = results.tables["person"]["name"].iloc[0]
    guard = Outbound(results, VILLAGES, [])
    assert guard.found(f"请核对{name}的户口本") == ["name"] and guard.found(f"请核对{name[0]}**的户口本") == []


@pytest.mark.parametrize("planted", ["联系 13912345678", "519923197001010010"])
def test_a_page_that_says_too_much_is_not_written(results: Results, tmp_path: Path, planted: str) -> None:
    manifest = {**results.manifest, "campaign": {"title": planted}}
    with pytest.raises(NotShareable) as refused:
        share.write(replace(results, manifest=manifest), tmp_path)
    assert list(tmp_path.rglob("*.html")) == [] and planted not in str(refused.value)


def test_a_name_that_is_a_word_of_our_own_is_not_held_against_a_page(results: Results) -> None:
    name = results.tables["person"]["name"].iloc[0]
    assert Outbound(results, VILLAGES, [f"我们自己的话里就有{name}"]).found(f"话里就有{name}") == []


def in_page(inside: str) -> str:
    return f'<html><head><title>报告</title></head><body><section class="page" id="page-risk">{inside}</section></body></html>'


@pytest.mark.parametrize(
    ("page", "place"),
    [
        (in_page("<p>139<b>1234</b>5678</p>"), "page-risk"),
        (in_page("<p>139&#49;2345678</p>"), "page-risk"),
        (in_page('<p title="13912345678">无</p>'), "page-risk"),
        (in_page('<a href="#village/%EF%BC%91%EF%BC%93912345678">无</a>'), "page-risk"),
        (in_page("<!-- 13912345678 -->"), "page-risk"),
        (in_page("<script>const phone = '13912345678';</script>"), "page-risk"),
        ("<title>13912345678</title>", "head"),
        ('<script type="application/json" id="data">{"problems":{"n":1,"columns":{"value":{"v":["\\u0031391234\\u200b5678"]}}}}</script>', "data.problems.value"),
        ('<script type="application/json" id="data">{"rosters":[13912345678]}</script>', "data.rosters"),
        ('<script type="application/json" id="data">{"13912345678":1}</script>', "data"),
        ('<script type="application/json" id="data">[13912345678</script>', "data"),
    ],
)  # fmt: skip
def test_the_scan_says_where_in_a_page(results: Results, page: str, place: str) -> None:
    assert Found("number", place) in Outbound(results, VILLAGES, []).found_in(page)


@pytest.mark.parametrize("inside", ["<td>139</td><td>12345678</td>", "<p>139</p><p>1234</p><p>5678</p>", "<li>1391<li>2345678"])
def test_cells_beside_each_other_are_no_number(results: Results, inside: str) -> None:
    assert Outbound(results, VILLAGES, []).found_in(in_page(inside)) == []


def test_scripts_that_come_with_the_program_are_not_read(results: Results) -> None:
    script = "const large = 1234567890123456789;"
    guard = Outbound(results, VILLAGES, [])
    assert guard.found_in(in_page(f"<script>{script}</script>"), known=[script]) == []
    assert guard.found_in(in_page(f"<script>{script}</script>")) == [Found("number", "page-risk")]


def test_the_keys_of_households_and_people_stay(results: Results) -> None:
    guard = Outbound(results, VILLAGES, [])
    home, person = results.tables["household"]["household_no"].iloc[3], results.tables["person"]["person_no"].iloc[3]
    for key in (home, person, f"户编号{home}。", f"（{person}）", person.lower()):
        assert guard.found(key) == ["number"], key
    assert guard.found(f"{person}{person}") == [] and guard.found(f"9{person[1:]}") == []


def named(results: Results, *names: str) -> Results:
    people = results.tables["person"].iloc[: len(names)].assign(name=list(names))
    return replace(results, tables={**results.tables, "person": people})


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("于全", "大于全村的一半", []),
        ("于全", "于全的户口本", ["name"]),
        ("于全", "户主：于 全", ["name"]),
        ("于全", "户主：于\u3000全，男", ["name"]),
        ("于全", "户主于\u200b全", ["name"]),
        ("阿依·古丽", "户主阿依•古丽", ["name"]),
        ("石桥", "石桥村 12 条", []),
        ("于全", "由 于 全村", []),
    ],
)
def test_a_name_is_told_from_our_words(results: Results, name: str, text: str, found: list[str]) -> None:
    assert Outbound(named(results, name), VILLAGES, ["大于全村的一半", "不在本村"]).found(text) == found


def test_a_refusal_says_file_kind_and_place_and_not_the_value(results: Results, tmp_path: Path) -> None:
    manifest = {**results.manifest, "campaign": {"title": "请打13912345678"}}
    with pytest.raises(NotShareable, match=r"校验报告（可外发）\.html 没有写出.*页首：完整的证件号码") as refused:
        share.write(replace(results, manifest=manifest), tmp_path)
    assert "1391" not in str(refused.value)


SEPARATED = st.sampled_from(["", " ", "-", "\u200b", "\u3000", "."])


@given(seed=st.integers(0, 10**6), gaps=st.lists(SEPARATED, min_size=17, max_size=17), wide=st.booleans(), around=st.sampled_from(["", "证号", "（", "，"]))
def test_a_known_number_is_found_however_it_is_written(seed: int, gaps: list[str], wide: bool, around: str) -> None:
    number = id_number("19700101", seed % 1000)
    written = "".join(a + b for a, b in zip(number, [*gaps, ""], strict=True))
    written = written.translate({ord("0") + n: 0xFF10 + n for n in range(10)}) if wide else written
    assert Numbers([number]).stand_in(around + written + around)


@given(st.lists(st.integers(0, 99_999), max_size=12), st.dates(), st.dates())
def test_counts_and_days_are_nobodys_number(counts: list[int], one: date, other: date) -> None:
    assert not Numbers(["519923197001010010", "5199230000001"]).stand_in(f"{one} 至 {other}，" + "、".join(f"石桥村 {n:,}" for n in counts))
