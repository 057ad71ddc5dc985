"""Nobody's health beside anybody: every table of a whole township's report is searched for words of health in rows that lead to a household."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from conftest import Made
from test_report_html import Visit, browser, data_of, unpacked  # noqa: F401
from test_report_invented import invented

from pipeline.report import html
from pipeline.report.html.course import causes
from pipeline.report.html.shield import Shield
from pipeline.report.words import page_words

# written out here, not read from report.yml: taking a word away there must fail here
AILING = re.compile(r"病|残|疾|瘫|癌|聋|盲|失能|自理|护理|健康|住院|诊断|丧失劳动|无劳动能力|自付|肢体|听力|视力|精神|智力|尿毒|恶性肿瘤|怀孕")
HARMLESS = re.compile(r"大病保险|文盲")


def ailing(value: object) -> bool:
    return isinstance(value, str) and bool(AILING.search(HARMLESS.sub("", value)))


def frame_of(packed: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({name: unpacked(column) for name, column in packed["columns"].items()}, dtype=object)


@pytest.fixture(scope="module")
def data(planted: Made) -> dict[str, Any]:
    return data_of((planted.out / "校验报告.html").read_text("utf-8"))


@pytest.fixture(scope="module")
def tables(data: dict[str, Any]) -> dict[str, pd.DataFrame]:
    return {name: frame_of(packed) for name, packed in data.items() if isinstance(packed, dict) and {"n", "columns"} <= set(packed)}


def test_no_row_that_leads_to_somebody_tells_of_health(tables: dict[str, pd.DataFrame], data: dict[str, Any]) -> None:
    titles = {rule["rule"]: rule["title"] for rule in data["rules"]}
    seen = 0
    for name in ("problems", "households", "members", "records", "links", "changes", "rosters"):
        frame = tables[name]
        key = [c for c in ("no", "household", "person", "who", "head", "name") if c in frame]
        named = frame[(frame[key].notna() & (frame[key] != "")).any(axis=1)]
        named = named.assign(rule=named["rule"].map(titles)) if "rule" in named else named
        told = [value for column in named for value in named[column] if ailing(value)]
        assert not told, (name, sorted(set(told))[:5])
        seen += len(named)
    assert seen > 1000


def test_what_tells_of_health_is_there_without_anybody(tables: dict[str, pd.DataFrame]) -> None:
    hushed = tables["problems"][tables["problems"]["hush"] == 1]
    assert len(hushed) > 20 and hushed["message"].map(ailing).any()
    somebody = re.compile(r"[\u3400-\u9fff]\*|\d{7}|\d\*{3}")
    told = hushed.drop(columns=["id", "file"])
    assert not [value for column in told for value in told[column] if isinstance(value, str) and somebody.search(value)]
    assert hushed[["household", "person", "group", "row"]].isna().all().all() and set(hushed["who"]) | set(hushed["value"]) == {""}
    lists = tables["rosters"][tables["rosters"]["household"].isna()]
    assert len(lists) and set(lists["label"]) | set(lists["reason"]) == {""}


def test_the_order_of_what_names_nobody_follows_nobody(tables: dict[str, pd.DataFrame]) -> None:
    """Between two problems of one household a third would be of the same."""
    hush = list(tables["problems"]["hush"])
    assert hush == sorted(hush)
    last = tables["problems"][tables["problems"]["hush"] == 1]
    keys = list(zip(last["place"].fillna("\uffff"), last["rule"], last["id"], strict=True))
    assert keys == sorted(keys)


def test_the_villages_numbers_still_add_up(planted: Made, tables: dict[str, pd.DataFrame], data: dict[str, Any]) -> None:
    problems = tables["problems"]
    assert sorted(problems["id"]) == sorted(planted.issues["issue_id"])
    mine = problems[(problems["again"] == 0) & (problems["owner"] == "village")].groupby("place").size()
    wanted = {village["village"]: village["settle"] for village in data["villages"] if village["settle"]}
    assert {place: int(mine.get(place, 0)) for place in wanted} == wanted


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("因病", True), ("致困原因：因残", True), ("重度残疾", True), ("县级5 重度残疾", True), ("生活不能自理", True), ("是否参加大病保险", False),
        ("文盲或半文盲", False), ("民族没有填", False), ("户主姓名和户编号对不上", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_what_tells_of_health(text: str | None, tells: bool) -> None:
    assert Shield(invented(3)).speaks_of_health([text]) == [tells]


def test_an_illness_nobody_thought_of_is_known_from_its_column() -> None:
    results = invented(3)
    person = results.tables["person"].assign(health="红斑狼疮")
    shield = Shield(replace(results, tables={**results.tables, "person": person}, sensitive={**results.sensitive, ("person", "health"): "health"}))
    assert shield.speaks_of_health(["名单上写着红斑狼疮", "名单上写着别的"]) == [True, False]


def test_a_name_inside_our_own_words_is_no_name() -> None:
    results = invented(3)
    name = "于全"
    person = results.tables["person"].assign(name=name)
    shield = Shield(replace(results, tables={**results.tables, "person": person}, own_words=["人数大于全村人数"]))
    assert shield.sentence("人数大于全村人数") == "人数大于全村人数" and name not in shield.sentence("于全的年龄不对")


def test_what_is_to_be_done_for_somebodys_health_names_nobody() -> None:
    results = invented(8)
    name = results.tables["person"]["name"].iloc[0]
    one = results.issues.iloc[[0]].assign(title="健康状况没有填", message="健康状况没有填", fix=f"只要改{name}的证件号码", rule="Z_01")
    page = html.page(replace(results, issues=one), page_words())
    problem = frame_of(json.loads(page["data"])["problems"]).iloc[0]
    assert problem["hush"] == 1 and problem["fix"] == "" and page["rules"][0]["fix"] == ""


def test_a_cause_that_tells_of_health_names_nobody() -> None:
    results = invented(8)
    name = results.tables["person"]["name"].iloc[0]
    said = {"title": "残疾证号不对", "message": f"{name}的残疾证号", "fix": "核对", "count": 3}
    plain = {"title": "证号不对", "message": f"{name}的证号", "fix": "核对", "count": 3}
    told = causes(replace(results, causes=pd.DataFrame([said, plain])), Shield(results))
    assert told[0]["message"] == "" and told[1]["message"].startswith(name[0] + "*")


def test_a_column_that_tells_of_health_once_is_told_of_nobody() -> None:
    """Were it left out only there, the gap would say as much."""
    results = invented(8)
    homes = results.tables["household"]["household_no"].head(2).to_numpy()
    rows = [{"row_id": f"a.xlsx#Sheet1!{n + 2}", "household_no": home, "cause": cause, "amount": "9"} for n, (home, cause) in enumerate(zip(homes, ["缺劳力", "因残"], strict=True))]
    labels = {**results.labels, ("aid", "cause"): "致困原因", ("aid", "amount"): "金额"}
    listed = replace(results, tables={**results.tables, "aid": pd.DataFrame(rows)}, labels=labels)
    told = frame_of(json.loads(html.page(listed, page_words())["data"])["records"])
    assert set(told[told["at"].str.startswith("a.xlsx")]["text"]) == {"金额：9"}


@pytest.mark.parametrize(("file", "there"), [("低保名单.xlsx", True), ("重度残疾人.xlsx", False)])
def test_a_list_named_for_an_illness_is_not_named(file: str, there: bool) -> None:
    results = invented(8)
    home = results.tables["household"]["household_no"].iloc[0]
    frame = pd.DataFrame([{"row_id": f"{file}#Sheet1!2", "household_no": home, "amount": "9"}])
    listed = replace(results, tables={**results.tables, "aid": frame}, labels={**results.labels, ("aid", "amount"): "金额"})
    told = frame_of(json.loads(html.page(listed, page_words())["data"])["records"])
    assert told["at"].str.startswith(file).any() == there


BLOCKS = "() => Array.from(document.querySelectorAll('#page-village table.homes tbody'), body => [body.querySelectorAll('a').length, body.innerText])"


def test_on_a_villages_page_health_stands_beside_no_household(browser: Any, planted: Made, data: dict[str, Any]) -> None:  # noqa: F811
    visit, health = Visit(browser, planted.out / "校验报告.html"), 0
    for village in data["villages"]:
        visit.go(f"village/{village['village']}")
        for homes, text in visit.page.evaluate(BLOCKS):
            health += ailing(text)
            assert not (homes and ailing(text)), text[:80]
    assert health > 3 and visit.wrong == []
    shown = visit.go("problems?rule=" + next(r["rule"] for r in data["rules"] if r["count"] and ailing(r["title"])))
    assert "《问题清单》里的编号" in shown.inner_text() and not shown.locator("tbody a[href^='#household']").count()


def test_every_household_says_the_same_of_health() -> None:
    assert "每一户" in page_words()("browser.health_note")
    assert html.own_script().count("words.health_note") == 1
