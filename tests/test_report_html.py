"""校验报告.html: what it says, what it keeps to itself, and what it is in a real browser with the network off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_report_invented import SENSITIVE, invented

from pipeline.report import Results, html
from pipeline.report.html import calendar
from pipeline.report.html.course import causes
from pipeline.report.html.packed import as_json, pack
from pipeline.report.html.shield import Phrases, Shield
from pipeline.report.words import page_words

SCRIPT = re.compile(r"<script>.*?</script>", re.DOTALL)


@pytest.fixture(scope="module")
def results() -> Results:
    return invented()


@pytest.fixture(scope="module")
def report(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return html.write(results, tmp_path_factory.mktemp("report"))[0]


def own_part(page: str) -> str:
    """The page without the libraries."""
    return SCRIPT.sub("", page)


def data_of(page: str) -> dict[str, Any]:
    """What the page's script reads."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return dict(json.loads(found.group(1)))


def test_one_file_that_asks_for_nothing(report: Path) -> None:
    page = own_part(report.read_text("utf-8"))
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)|url\(|@import|https?:|//[a-z]", page)
    assert "default-src 'none'" in page and "unsafe-eval" not in page


def test_nobody_in_it(results: Results, report: Path) -> None:
    page = own_part(report.read_text("utf-8"))
    for (table, column), kind in SENSITIVE.items():
        for value in results.tables[table][column].dropna():
            assert value not in page, kind
    assert not re.search(r"\d{17}[\dXx]|(?<!\d)1[3-9]\d{9}(?!\d)", page)


def test_it_says_what_there_is(report: Path) -> None:
    page = report.read_text("utf-8")
    for text in ("云溪县青禾镇", "2022-05-31", "坏文件.xlsx", "理赔收入预警", "5_14_001", "石桥村", "没有收到上期数据"):
        assert text in page


def test_what_it_is_given_stays_text(tmp_path: Path) -> None:
    base = invented(3)
    bad = base.issues.assign(village="<script>x</script>", title="a<b>&c", message="</script><script>alert(1)</script>")
    page = html.write(replace(base, issues=bad), tmp_path)[0].read_text("utf-8")
    assert "<script>x" not in page and "<script>alert" not in page and "a&lt;b&gt;&amp;c" in page
    assert "</script><script>alert(1)</script>" in data_of(page)["problems"]["columns"]["message"]["d"]


def test_every_problem_is_in_it_with_its_place(results: Results, report: Path) -> None:
    packed = data_of(report.read_text("utf-8"))["problems"]
    table = pd.DataFrame({name: unpacked(column) for name, column in packed["columns"].items()})
    assert sorted(table["id"]) == sorted(results.issues["issue_id"])
    one = table[table["rule"] == "1_12_003"].iloc[0]
    assert (one["file"], one["tab"]) == ("（自定义）监测对象信息.xlsx", "Sheet1") and one["row"] > 0
    assert set(table["household"].dropna()) <= set(results.tables["household"]["household_no"])


def unpacked(column: dict[str, Any]) -> list[Any]:
    return [column["d"][n] for n in column["i"]] if "i" in column else column["v"]


@pytest.mark.parametrize("values", [[], [None, None], ["甲", "甲", None, "甲"], [1, 2.5, None], ["a", "b"]])
def test_what_is_packed_comes_out_again(values: list[Any]) -> None:
    assert unpacked(pack({"x": values})["columns"]["x"]) == values


def test_packed_text_cannot_end_the_script() -> None:
    assert "<" not in as_json({"x": "</script>"}) and json.loads(as_json({"x": "</script>"})) == {"x": "</script>"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张三家与李四光家相邻", [(0, "张三"), (4, "李四光")]),
        ("李四光", [(0, "李四光")]),
        ("李四", [(0, "李四")]),
        ("没有", []),
        ("", []),
        ("张", []),
    ],
)
def test_names_are_found_in_a_sentence_the_longest_first(text: str, found: list[tuple[int, str]]) -> None:
    assert Phrases({"张三", "李四", "李四光"}).found(text) == found


def test_no_phrases_find_nothing() -> None:
    assert Phrases(set()).found("张三") == []


def test_sentences_lose_names_numbers_and_keep_the_rest(results: Results) -> None:
    name = results.tables["person"]["name"].iloc[0]
    number = results.tables["person"]["id_number"].iloc[0]
    said = Shield(results).sentence(f"{name}的证件号码{number}与户口本不一致，收入5000元")
    assert said == f"{name[0]}{'*' * min(len(name) - 1, 2)}的证件号码{number[:3]}{'*' * 13}{number[-2:]}与户口本不一致，收入5000元"


def test_health_names_nobody(results: Results, tmp_path: Path) -> None:
    person = results.tables["person"].iloc[0]
    sick = results.tables["person"].assign(health="长期慢性病")
    said = {"message": f"{person['name']}的健康状况是长期慢性病", "title": "健康状况要核实", "name": person["name"]}
    one = results.issues.iloc[[0]].assign(**said, table="person", column="phone")
    page = html.write(replace(results, issues=one, tables={**results.tables, "person": sick}), tmp_path)[0].read_text("utf-8")
    columns = data_of(page)["problems"]["columns"]
    assert unpacked(columns["message"]) == ["健康状况要核实"] and unpacked(columns["who"]) == [""]
    assert "长期慢性病" not in own_part(page)


# In a real browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        # chromium as Debian packages it: a container's root needs --no-sandbox
        opened = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()


def chromium() -> str:
    import shutil

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "chromium is not on this machine: apt-get install chromium"
    return found


class Visit:
    """A report opened with the network off; what it asked for and what went wrong."""

    def __init__(self, browser: Any, path: Path, **how: Any) -> None:
        self.page = browser.new_context(offline=True, **how).new_page()
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-ready]")

    def go(self, where: str) -> Any:
        """Follow a link of the page."""
        self.page.evaluate("where => { location.hash = where; }", where)
        self.page.wait_for_timeout(60)
        return self.page.locator("section.page:not([hidden])")


@pytest.fixture(scope="module")
def visit(browser: Any, report: Path) -> Visit:
    return Visit(browser, report)


def test_every_page_opens_without_a_request_or_an_error(visit: Visit, report: Path) -> None:
    for link in visit.page.locator("nav a").all():
        link.click()
        visit.page.wait_for_timeout(120)
        shown = visit.page.locator("section.page:not([hidden])")
        assert shown.count() == 1 and shown.inner_text().strip()
        assert visit.page.locator("nav a[aria-current]").inner_text() == link.inner_text()
    assert visit.wrong == [] and set(visit.asked) == {visit.asked[0]}


def test_the_first_page_answers_how_many_and_which_kinds(visit: Visit, results: Results) -> None:
    from pipeline.report.fixrows import fix_rows

    wanted = fix_rows(results)
    mine = wanted[wanted["village"] == "石桥村"]
    row = visit.go("home").locator("table.villages tbody tr", has_text="石桥村")
    assert row.locator("td").first.inner_text() == str(len(mine))
    top = mine["title"].value_counts()
    assert f"{top.index[0]} {top.iloc[0]}" in row.inner_text()
    row.locator("a").click()
    visit.page.wait_for_timeout(100)
    assert f"要处理 {len(mine)} 条" in visit.page.locator("#page-village h2").inner_text()


def test_every_link_of_every_page_leads_somewhere(visit: Visit) -> None:
    for name in ("home", "village", "rules", "problems", "household", "engine"):
        visit.go(name)
        for target in set(visit.page.eval_on_selector_all("section.page:not([hidden]) a", "all => all.map(a => a.getAttribute('href'))")):
            shown = visit.go(target.removeprefix("#"))
            assert shown.count() == 1 and len(shown.inner_text()) > 10, target
    assert visit.wrong == []


def test_filters_keep_what_fits(visit: Visit, results: Results) -> None:
    shown = visit.go("problems")
    shown.get_by_text("清除条件").click()
    for field, value, wanted in (
        ("place", "石桥村", int((results.issues["village"] == "石桥村").sum())),
        ("severity", "0", int((results.issues["severity"] == "critical").sum())),
        ("rule", "1_12_003", int((results.issues["rule"] == "1_12_003").sum())),
    ):
        shown.locator(f"select[data-field={field}]").select_option(value)
        visit.page.wait_for_timeout(150)
        assert shown.locator("output").inner_text().startswith(f"{wanted} 条")
        shown.get_by_text("清除条件").click()
    shown.locator("input[type=search]").fill("没有这样的字")
    visit.page.wait_for_timeout(200)
    assert "没有符合条件的行" in shown.inner_text()
    shown.get_by_text("清除条件").click()
    assert shown.locator("output").inner_text() == f"{len(results.issues)} 条"


def test_a_household_is_found_by_its_number_and_shown_whole(visit: Visit, results: Results) -> None:
    number = results.issues["household_no"].dropna().iloc[0]
    shown = visit.go("household")
    shown.locator("input[type=search]").fill(number)
    visit.page.wait_for_timeout(200)
    shown.locator(".paged tbody a").first.click()
    visit.page.wait_for_timeout(100)
    text = shown.locator(".detail").inner_text()
    assert number in text and "家庭成员" in text and "部门名单里的记录" in text
    assert text.count("复制") > 1


def test_a_table_stands_behind_every_chart(visit: Visit) -> None:
    shown = visit.go("home")
    assert shown.locator("figure.picture").count() >= 2
    for figure in shown.locator("figure.picture").all():
        assert figure.locator("svg").count() == 1
        figure.locator("summary").click()
        assert figure.locator("tbody tr").count() >= 1


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_at_any_width(browser: Any, report: Path, width: int, scheme: str) -> None:
    there = Visit(browser, report, viewport={"width": width, "height": 800}, color_scheme=scheme)
    for name in ("home", "village", "rules", "problems", "household", "engine"):
        there.go(name)
        assert there.page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert there.wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Any, report: Path, scheme: str) -> None:
    """4.5 to 1 or better for every pair of colours that text is set in."""
    there = Visit(browser, report, color_scheme=scheme)
    value = "name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()"
    colours = {name: there.page.evaluate(value, name) for name in ("ink", "quiet", "link", "paper", "band", "heat1")}
    for ink, ground in (("ink", "paper"), ("quiet", "paper"), ("link", "paper"), ("ink", "band"), ("quiet", "band"), ("link", "band"), ("ink", "heat1")):
        assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    text = colour.lstrip("#")
    text = "".join(c * 2 for c in text) if len(text) == 3 else text
    parts = [int(text[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_keyboard_reaches_everything(visit: Visit) -> None:
    visit.go("home")
    visit.page.reload()
    visit.page.wait_for_selector("html[data-ready]")
    reached = []
    for _ in range(14):
        visit.page.keyboard.press("Tab")
        reached.append(visit.page.evaluate("document.activeElement.textContent"))
    assert reached[0] == "跳到正文" and {"首页", "按村", "按规则", "问题", "按户"} <= set(reached)


def test_a_village_is_printed_alone(visit: Visit, tmp_path: Path) -> None:
    visit.go("village/石桥村")
    visit.page.emulate_media(media="print")
    assert not visit.page.locator("nav").is_visible() and not visit.page.locator("#page-home").is_visible()
    assert visit.page.locator("#page-village table.homes").is_visible()
    path = tmp_path / "village.pdf"
    visit.page.pdf(path=str(path), prefer_css_page_size=True)
    visit.page.emulate_media(media="screen")
    assert path.read_bytes().startswith(b"%PDF")


# How the work goes ------------------------------------------------------------------------------------------------------


def test_villages_at_risk_are_shown_as_ranked(results: Results) -> None:
    frame = pd.DataFrame({"village": ["双河口村", "石桥村"], "rank": [1.0, 2.0], "unremoved": [6.0, None], "below_line": [3.0, 1.0], "unremoved_share": [0.857, None]})
    at_risk = replace(results, village_risk=frame)
    shown = calendar.risk_rows(at_risk, page_words())
    assert shown and [row[0] for row in shown["rows"]] == ["双河口村", "石桥村"] and "85.7%" in shown["rows"][0] and "risk" in html.shown_pages(at_risk, shared=False)
    drawn = calendar.risk_picture(at_risk, page_words())
    assert drawn and drawn.rows == [["双河口村", 6, 3], ["石桥村", 0, 1]]


def test_causes_name_nobody(results: Results) -> None:
    name = results.tables["person"]["name"].iloc[0]
    frame = pd.DataFrame({"title": ["一处原因"], "message": [f"{name}等 12 条"], "fix": ["重新导出"], "count": [12.0]})
    assert causes(replace(results, causes=frame), Shield(results)) == [
        {"title": "一处原因", "message": f"{name[0]}{'*' * min(len(name) - 1, 2)}等 12 条", "fix": "重新导出", "count": 12}
    ]
