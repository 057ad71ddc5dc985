"""校验报告.html of a whole invented township, walked through in a real Chromium with the network off: every link, every filter, paper, keyboard."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, Made
from test_report_course import story
from test_report_html import Visit, browser  # noqa: F401
from test_report_invented import invented

from pipeline.report import html
from pipeline.report.html import payload

SETTLED = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))"


@pytest.fixture(scope="module")
def report(planted: Made) -> Path:
    return planted.out / "校验报告.html"


@pytest.fixture(scope="module")
def visit(browser: Any, report: Path) -> Visit:  # noqa: F811
    return Visit(browser, report)


@pytest.fixture(scope="module")
def places(visit: Visit) -> list[str]:
    """Where to look: every page of the menu, and one village, one rule, one household."""
    village = visit.page.locator("table.villages tbody th a").first.get_attribute("href")
    rule = visit.go("rules").locator(".paged tbody a").first.get_attribute("href")
    household = visit.go("household").locator(".paged tbody a").first.get_attribute("href")
    menu = visit.page.eval_on_selector_all("nav a[data-page]", "all => all.map(a => a.getAttribute('href'))")
    return [place.removeprefix("#") for place in (*menu, village, rule, household)]


def test_every_page_is_there(places: list[str]) -> None:
    assert {"home", "village", "rules", "problems", "household", "risk", "calendar", "engine"} <= set(places)


WALK = """async ([settled, most]) => {
    const kind = hash => hash.replace(/\\/[^?]*/, '/').replace(/=[^&]*/g, '=');
    const seen = new Set(), todo = ['home'], empty = [], of = {};
    while (todo.length) {
        const hash = todo.shift();
        if (seen.has(hash) || (of[kind(hash)] || 0) >= most) { continue; }
        seen.add(hash);
        of[kind(hash)] = (of[kind(hash)] || 0) + 1;
        location.hash = hash;
        await eval(settled)();
        const shown = document.querySelectorAll('section.page:not([hidden])');
        if (shown.length !== 1 || shown[0].innerText.length < 20) { empty.push(hash); }
        document.querySelectorAll('section.page:not([hidden]) a, nav a').forEach(a => {
            const href = a.getAttribute('href');
            if (!href.startsWith('#') || a.textContent.trim() === '') { empty.push(a.outerHTML); } else { todo.push(href.slice(1)); }
        });
    }
    return [Object.keys(of).sort(), seen.size, empty];
}"""


def test_every_kind_of_link_leads_to_something(browser: Any, report: Path) -> None:  # noqa: F811
    """From page to page by their own links, up to twenty of each kind."""
    there = Visit(browser, report, bypass_csp=True)
    kinds, walked, empty = there.page.evaluate(WALK, [SETTLED, 20])
    assert {"problems?rule=", "problems?rule=&place=", "household/", "rules/", "village/"} <= set(kinds) and walked > 80
    assert empty == [] and there.wrong == [] and len(there.asked) == 1


CHOOSE = """() => {
    const section = document.querySelector('section.page:not([hidden])'), found = {};
    section.querySelectorAll('select[data-field]').forEach(select => {
        found[select.dataset.field] = Array.from(select.options).slice(1).map(one => [select.value = one.value, 0]);
        select.value = '';
    });
    return found;
}"""
COUNTED = """([field, value]) => new Promise(done => {
    const section = document.querySelector('section.page:not([hidden])'), bar = section.querySelector('.filters');
    const select = bar.querySelector(`[data-field=${field}]`), before = bar.dataset.filtered;
    select.value = value;
    select.dispatchEvent(new Event('change'));
    (function look() { bar.dataset.filtered !== before ? done(section.querySelector('output').textContent) : setTimeout(look, 1); })();
})"""


@pytest.mark.parametrize(("page", "parted"), [
    ("problems", {"place", "severity", "dimension", "rule", "owner", "status"}), ("rules", {"state"}), ("household", {"place"}), ("engine", {"state"}),
])  # fmt: skip
def test_every_choice_of_every_filter_finds_its_rows(visit: Visit, page: str, parted: set[str]) -> None:
    """What a choice offers is there; and each row falls under one choice of each filter."""
    shown = visit.go(f"{page}?text=")
    shown.get_by_text("清除条件").click()
    total = number(shown.locator("output").inner_text())
    for field, options in visit.page.evaluate(CHOOSE).items():
        found = [number(visit.page.evaluate(COUNTED, [field, value])) for value, _ in options]
        visit.page.evaluate(COUNTED, [field, ""])
        assert options and (min(found) > 0 or field in ("severity", "state")), field
        assert sum(found) == total or field not in parted, field
    assert number(shown.locator("output").inner_text()) == total and visit.wrong == []


def number(text: str) -> int:
    """The first count of a sentence."""
    return int(re.findall(r"[\d,]+", text)[0].replace(",", ""))


def test_what_is_chosen_is_kept_on_the_way_back(visit: Visit) -> None:
    shown = visit.go("problems?severity=0")
    found = shown.locator("output").inner_text()
    assert set(shown.locator(".paged tbody .sev").all_inner_texts()) == {"A类"}
    shown.locator(".paged tbody td a").first.click()
    visit.page.go_back()
    visit.page.wait_for_timeout(100)
    assert visit.page.locator("#page-problems output").inner_text() == found and "severity=0" in visit.page.url


def test_columns_sort_both_ways_and_pages_turn(visit: Visit) -> None:
    shown = visit.go("rules?state=found")
    head, counts = shown.locator("th", has_text="条数"), shown.locator(".paged tbody tr td:nth-child(4)")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert numbers(counts) == sorted(numbers(counts), reverse=True)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending" and numbers(counts) == sorted(numbers(counts))
    first = shown.locator(".paged tbody").inner_text()
    shown.get_by_text("下一页").click()
    assert shown.locator(".paged tbody").inner_text() != first and "51–" in shown.locator(".pager").inner_text()


def numbers(cells: Any) -> list[int]:
    return [number(text) for text in cells.all_inner_texts()]


@pytest.mark.parametrize("clipboard", ["navigator.clipboard", "none"])
def test_a_problem_is_copied_as_one_line(browser: Any, report: Path, clipboard: str) -> None:  # noqa: F811
    """Also where the browser gives files no clipboard of their own."""
    there = Visit(browser, report, permissions=["clipboard-read", "clipboard-write"])
    if clipboard == "none":
        there.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    shown = there.go("problems?text=")
    row = shown.locator(".paged tbody tr").first
    cells = row.locator("td").all_inner_texts()
    row.get_by_role("button").click()
    there.page.wait_for_timeout(50)
    assert row.get_by_role("button").inner_text() == "已复制"
    box = shown.locator("input[type=search]")
    box.fill("")
    box.press("Control+V")
    line = box.input_value().split("\t")
    assert len(line) == 11 and line[0] == cells[0] and line[5] == cells[3] and "行" in line[8] and line[8] == cells[6]


AXE = {
    "wide": ({"viewport": {"width": 1280, "height": 900}}, None),
    "narrow": ({"viewport": {"width": 390, "height": 800}}, ("home", "village", "problems", "rules", "household")),
    "dark": ({"color_scheme": "dark"}, ("home", "village", "problems")),
}


@pytest.mark.parametrize("how", AXE)
def test_axe_finds_nothing_to_complain_of(browser: Any, report: Path, places: list[str], how: str) -> None:  # noqa: F811
    """Names, roles, headings, order and contrast, as axe-core sees them."""
    from axe_playwright_python.sync_playwright import Axe

    context, only = AXE[how]
    there = Visit(browser, report, bypass_csp=True, **context)
    options = {"resultTypes": ["violations"], **({"runOnly": {"type": "rule", "values": ["color-contrast"]}} if how == "dark" else {})}
    for place in only or [p for p in places if p not in ("village", "rules", "household")]:    # they stand again below a rule, a household
        there.go(place)
        found = Axe().run(there.page, context={"exclude": [[".chart"]]}, options=options).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == [], place


@pytest.mark.parametrize("width", [390, 640, 820])
def test_nothing_sticks_out_and_no_heading_stands_upright(browser: Any, report: Path, places: list[str], width: int) -> None:  # noqa: F811
    """640 is a usual screen at 200 %. A heading of one letter per line is no heading."""
    there = Visit(browser, report, viewport={"width": width, "height": 900})
    narrow = """() => Array.from(document.querySelectorAll('section.page:not([hidden]) th')).filter(th => th.textContent.trim().length > 2
        && th.offsetWidth && th.offsetWidth < 2.5 * parseFloat(getComputedStyle(th).fontSize)).map(th => th.textContent)"""
    for place in places:
        there.go(place)
        assert there.page.evaluate("document.documentElement.scrollWidth") <= width, place
        assert there.page.evaluate(narrow) == [], place


def test_the_keyboard_opens_a_row_and_goes_on_at_the_new_page(visit: Visit) -> None:
    shown = visit.go("engine")
    opener = shown.locator(".open").first
    opener.focus()
    visit.page.keyboard.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true" and "规则所在文件" in shown.locator("tr.opened").inner_text()
    visit.page.keyboard.press("Enter")
    assert shown.locator("tr.opened").count() == 0
    visit.go("rules?state=found").locator(".paged tbody a").first.focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_timeout(60)
    assert visit.page.evaluate("document.activeElement.tagName") == "H3"


def test_a_household_is_found_by_a_whole_name_typed(visit: Visit) -> None:
    """The page knows masked names only; who types the whole one finds those it may be."""
    shown = visit.go("household?text=")
    head = shown.locator(".paged tbody tr td:nth-child(2)").first.inner_text()
    shown.locator("input[type=search]").fill(head[0] + "小明")
    visit.page.wait_for_timeout(150)
    names = shown.locator(".paged tbody tr").all_inner_texts()
    assert names and head in " ".join(names)
    shown.locator("input[type=search]").fill("没有这样的字")
    visit.page.wait_for_timeout(150)
    assert "没有符合条件的行" in shown.inner_text()


def test_all_of_a_household_is_told(visit: Visit, planted: Made) -> None:
    busiest = planted.issues["household_no"].value_counts().index[0]
    text = visit.go(f"household/{busiest}").locator(".detail").inner_text()
    for part in ("问题", "家庭成员", "部门名单里的记录", "凭什么对上的", "在哪些名单上", "统一过写法的单元格"):
        assert part in text
    assert "没有这个户编号" in visit.go("household/123").locator(".detail").inner_text()


def test_a_rule_says_all_that_is_known_of_it(visit: Visit) -> None:
    shown = visit.go("rules?state=found")
    shown.locator(".paged tbody a").first.click()
    visit.page.wait_for_timeout(60)
    text = shown.locator(".detail").inner_text()
    for part in ("结果", "条数", "户数", "怎么改", "依据", "在哪些村", "看这些问题"):
        assert part in text
    assert visit.go("rules?state=not_run").locator(".paged tbody tr").count() > 0


def test_a_rules_course_is_a_line_and_said_in_words(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    states = story("2022-05-06 新增；2022-05-13 已整改", "2022-05-06 新增").assign(rule="1_12_003")
    results = replace(invented(), states=states, days={"2022-05-06": "20220506", "2022-05-13": "20220513"}, period="2022-05-13")
    shown = Visit(browser, html.write(results, tmp_path)[0]).go("rules/1_12_003")
    assert shown.locator(".detail .chart svg").count() == 1
    assert "2022-05-06 2 条；2022-05-13 1 条" in shown.locator(".detail").inner_text()


def test_where_not_all_fits_whole_households_stay_and_the_page_says_so(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    numbers = pd.Series(["甲", "乙", "甲", "丙", "丙", "丙"])
    assert payload.room_for(numbers, ["丙", "甲", "乙"], most=5) == ({"丙", "甲"}, 6)
    assert payload.room_for(numbers, [], most=5) == (set(), 0)
    monkeypatch.setattr(payload, "MOST_ROWS", 3)
    visit = Visit(browser, html.write(invented(), tmp_path)[0])
    shown = visit.go("household")
    shown.locator(".paged tbody a").first.click()
    visit.page.wait_for_timeout(60)
    assert re.search(r"全镇共 \d+ 行，报告里只放得下 [0-3] 行", shown.locator(".detail").inner_text())


def test_a_village_on_paper_is_whole_and_alone(browser: Any, report: Path, tmp_path: Path) -> None:  # noqa: F811
    """Every sheet of its households carries the headings and says what it is; no other village is on any."""
    there = Visit(browser, report)
    rows = there.page.locator("table.villages tbody tr").all()
    villages = [row.locator("th").inner_text() for row in rows]
    village = max(rows, key=lambda row: number("0" + row.locator("td").first.inner_text())).locator("th").inner_text()
    problems = there.go(f"village/{village}").locator("table.homes tbody tr").count()
    there.page.pdf(path=tmp_path / "村.pdf", prefer_css_page_size=True)
    sheets = text_of(tmp_path / "村.pdf").split("\f")[:-1]
    told = [sheet for sheet in sheets if "办理情况（手写）" in sheet]
    assert len(told) >= 2 and all(f"{village} 云" in re.sub(r"\s+", " ", sheet) and "数据期次 2022-05" in sheet for sheet in told)
    assert not [other for other in villages if other != village and any(other in sheet for sheet in sheets)]
    told[0] = told[0].partition("逐户问题")[2]
    assert sum(len(re.findall(r"[ABC]类", sheet)) for sheet in told) == problems


def test_what_is_printed_is_what_was_found_not_one_page_of_it(browser: Any, report: Path, tmp_path: Path) -> None:  # noqa: F811
    there = Visit(browser, report)
    shown = there.go("problems?severity=1")
    found = number(shown.locator("output").inner_text())
    assert found > 50 >= shown.locator(".paged tbody tr").count()
    there.page.pdf(path=tmp_path / "问题.pdf", prefer_css_page_size=True)
    assert len(re.findall("B类", text_of(tmp_path / "问题.pdf"))) == found
    assert shown.locator(".paged tbody tr").count() <= 50


def text_of(path: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout


# Old browsers: what Chromium 69 and Firefox 62 do not know ----------------------------------------------------------------

TOO_NEW = {
    "js": r"\?\.[a-zA-Z(\[]|\?\?|\|\|=|&&=|\d_\d|\.(?:replaceAll|matchAll|flatMap|flat|fromEntries|at|replaceChildren|allSettled|toSorted|findLast)\("
    r"|structuredClone|globalThis|\bawait\b|\bimport\b|^\s*(?:static|#)|catch \{|BigInt|ResizeObserver|:has\(|:is\(|:where\(",
    "css": r"(?<!grid-)gap:|min\(|max\((?!-)|clamp\(|:has\(|:is\(|:where\(|color-mix|@layer|@container|aspect-ratio|inset:|dvh|svh|accent-color|^\s*&",
}


@pytest.mark.parametrize("path", sorted((html.TEMPLATES).glob("**/*.[jc]s*")), ids=lambda path: path.name)
def test_nothing_an_old_browser_does_not_know(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"minmax\(|Math\.m(?:in|ax)\(", "(", text)
    found = re.findall(TOO_NEW[path.suffix[1:]], text, re.MULTILINE)
    assert found == [], path.name
    if path.suffix == ".css":  # an unknown selector spoils the whole list it stands in
        for rule in re.findall(r"([^{}]*:focus-visible[^{}]*)\{", text):
            assert "outline: none" in text[text.index(rule) : text.index("}", text.index(rule))]


def test_the_chart_library_is_for_old_browsers_too() -> None:
    text = (html.ASSETS / "echarts.min.js").read_text("utf-8")
    assert not re.search(r"=>|\?\.[a-zA-Z]|\?\?|\bconst [a-z]|\blet [a-z]", re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", "", text))


def test_the_manual_says_which_browsers_will_do() -> None:
    for name in ("README.md", "docs/手册.md"):
        assert re.search(r"Chrom(?:e|ium) 69", (ROOT / name).read_text("utf-8")), name


def test_an_old_browser_is_told_so(browser: Any, report: Path, tmp_path: Path) -> None:  # noqa: F811
    """Where the script does not start, the first page is still there and, after a while, says what to do."""
    broken = tmp_path / "old.html"
    text = report.read_text("utf-8")
    at = text.rindex("<script>") + len("<script>")
    broken.write_text(text[:at] + "a ?= b;" + text[at:], "utf-8")
    page = browser.new_context(offline=True).new_page()
    page.goto(broken.as_uri())
    assert not page.locator("#too-old").is_visible() and page.locator("table.villages").is_visible()
    page.add_style_tag(content="#too-old { animation-delay: 0s !important; }")
    page.wait_for_timeout(100)
    assert page.locator("#too-old").is_visible()


