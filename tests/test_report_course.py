"""How the campaign goes, as 校验报告.html shows it: course, forecast, quality, agenda; each from a few histories with a known end."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_report_html import Visit, chromium, data_of, unpacked
from test_report_invented import invented
from villages import VILLAGES, Villages, project

from pipeline.correct.course import open_in, snapshots, trends
from pipeline.correct.follow import STILL
from pipeline.quality import quality
from pipeline.report import Results
from pipeline.report.html import calendar, course, figures, front
from pipeline.report.html import quality as html_quality
from pipeline.report.words import page_words, wording
from pipeline.run import run
from pipeline.spec import load_spec
from pipeline.status import status_text
from pipeline.validate import Outcome

SHOWN = wording().names("status")
DAYS = {"2022-05-06": "20220506", "2022-05-13": "20220513", "2022-05-20": "20220520"}


@pytest.fixture(scope="module")
def results() -> Results:
    return invented()


def story(*histories: str, village: str = "石桥村") -> pd.DataFrame:
    """States with these histories: period and state, the states by their own names."""
    told = [[step.split(" ") for step in h.split("；")] for h in histories]
    shown = ["；".join(f"{period} {SHOWN[state]}" for period, state in steps) for steps in told]
    last = [steps[-1][1] for steps in told]
    return pd.DataFrame(
        {"issue_id": [str(n) for n in range(len(told))], "rule": [f"R{n % 2}" for n in range(len(told))], "history": shown, "state": last,
         "open": [s in STILL for s in last], "township": "青禾镇", "village": village}
    )  # fmt: skip


MAY = (
    "2022-05-06 新增；2022-05-13 已生效",
    "2022-05-06 新增；2022-05-20 情况属实",
    "2022-05-13 新增",
    "2022-05-06 新增；2022-05-13 已整改；2022-05-20 复发",
)


def in_may(results: Results, *histories: str, deadline: str | None = "20220531") -> Results:
    return replace(results, states=story(*histories), days=DAYS, period="2022-05-20", deadline=deadline)


def test_a_problem_is_open_in_the_periods_its_history_says() -> None:
    assert open_in(story(*MAY), list(DAYS)).to_numpy().tolist() == [[1, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1]]


@given(st.lists(st.lists(st.sampled_from(sorted(SHOWN)), min_size=1, max_size=3), min_size=1, max_size=6))
def test_the_newest_period_holds_what_the_states_say_is_open(told: list[list[str]]) -> None:
    states = story(*("；".join(f"{p} {s}" for p, s in zip(DAYS, one, strict=False)) for one in told))
    assert open_in(states, list(DAYS)).iloc[:, -1].tolist() == states["open"].tolist()
    assert [len(s.issues) for s in snapshots(states, DAYS)][-1] == states["open"].sum()


def test_each_rule_has_its_course() -> None:
    assert trends(story(*MAY), DAYS) == {
        "R0": [("2022-05-06", 1), ("2022-05-13", 1), ("2022-05-20", 1)],
        "R1": [("2022-05-06", 2), ("2022-05-13", 1), ("2022-05-20", 1)],
    }
    assert trends(story("2022-05-06 新增"), {"2022-05-06": "20220506"}) == {}


def test_problems_burn_down_against_the_deadline_and_go_on_as_they_went(results: Results) -> None:
    may = in_may(results, *MAY)
    drawn = course.burn_down(may, course.outlook(may, figures.Places(may)), page_words())
    assert drawn and drawn.rows == [["2022-05-06", 3, 3, None], ["2022-05-13", 2, 2, None], ["2022-05-20", 2, 1, 2], ["2022-05-31", None, 0, 1]]
    assert drawn.extra["time"] and len(drawn.extra["dashed"]) == 2


def test_a_course_past_its_deadline_or_without_one_promises_nothing(results: Results) -> None:
    def drawn(deadline: str | None) -> list[list[object]]:
        may = in_may(results, *MAY, deadline=deadline)
        found = course.burn_down(may, course.outlook(may, figures.Places(may)), page_words())
        assert found
        return found.rows

    assert drawn("20220513") == [["2022-05-06", 3, 3], ["2022-05-13", 2, 0], ["2022-05-20", 2, 0]]
    assert drawn(None) == [["2022-05-06", 3], ["2022-05-13", 2], ["2022-05-20", 2]]


def test_one_period_is_no_course(results: Results) -> None:
    one = replace(results, states=story("2022-05 新增"), days={"2022-05": None}, period="2022-05")
    ahead = course.outlook(one, figures.Places(one))
    assert course.burn_down(one, ahead, page_words()) is None
    told = course.progress(one, figures.Places(one), ahead, page_words())
    assert told and "还不能推算" in told["sentence"] and not told["rows"]
    nothing = replace(results, states=None)
    assert course.burn_down(nothing, course.outlook(nothing, figures.Places(nothing)), page_words()) is None


def test_what_is_true_as_it_stands_is_counted_as_settled_and_named(results: Results) -> None:
    may = in_may(results, *MAY)
    told = course.progress(may, figures.Places(may), course.outlook(may, figures.Places(may)), page_words())
    assert told and "查出 4 条，已办结 2 条（其中情况属实 1 条），未办 2 条" in told["so_far"]
    assert told["columns"][0] == "现在未办" and told["rows"][0][:2] == ["石桥村", 2] and told["all"][0] == 2


@pytest.mark.parametrize(
    ("day", "deadline", "value"),
    [("20220520", "20220531", "11 天"), ("20220531", "20220531", "0 天"), ("20220602", "20220531", "已过 2 天"), (None, "20220531", "不明")],
)
def test_days_left_are_counted_from_the_data(results: Results, day: str | None, deadline: str, value: str) -> None:
    told = replace(results, days={results.period: day}, deadline=deadline)
    assert front._days_left(told, page_words())["value"] == value  # type: ignore[index]


def test_a_share_is_whole_only_where_all_are_right() -> None:
    assert [front.per_cent(x) for x in (1.0, 0.99999, 0.5, 0.0)] == ["100.0%", "99.9%", "50.0%", "0.0%"]


def test_what_was_not_used_is_always_named_but_not_where_files_are_left_out() -> None:
    rows = (("a", "甲", 0, False), ("b", "", 0, False), ("c", "甲", 2, False), ("d", "", 0, True), ("", "", 0, False))
    used, bad, part, sheet, left_out = ({"file": f, "recognised_as": r, "refused": n, "registered": s} for f, r, n, s in rows)
    assert front.refused([used, bad, part, sheet, left_out]) == [bad, part]


def test_a_sheet_that_only_had_to_be_handed_in_is_said_to_be_registered(results: Results) -> None:
    handed = pd.DataFrame({"annex": ["附件8"], "village": ["石桥村"], "day": [None], "file": ["坏文件.xlsx"]}, dtype=object)
    rows = {r["file"]: r["registered"] for r in figures.inputs(replace(results, handed=handed))}
    assert rows["坏文件.xlsx"] and sum(rows.values()) == 1


# ---- quality ---------------------------------------------------------------------------------------------------------------


HOMES = pd.DataFrame({"household_no": ["H1", "H2", "H3"], "township": "青禾镇", "village": ["石桥村", "石桥村", "青杠村"]}, dtype=object)
PEOPLE = pd.DataFrame({"household_no": ["H1", "H2", "H3", "H3", None], "village": [None, None, None, None, "青杠村"], "township": [None] * 4 + ["青禾镇"]}, dtype=object)


@dataclass(frozen=True)
class Asked:
    """A rule of one dimension over one table."""

    id: str
    table: str
    dimension: str


def outcome(rule: Asked, asked: list[int], broken: list[int], skipped: str | None = None) -> Outcome:
    """What became of it, by the rows' ones and noughts."""
    put = np.packbits(np.array(asked, dtype=bool))
    return Outcome(rule, np.flatnonzero(broken), sum(asked), skipped, asked=put)  # type: ignore[arg-type]


def counted(*outcomes: Outcome, states: pd.DataFrame | None = None) -> dict[tuple[str, str], tuple[float, float]]:
    found = quality(outcomes, {"household": HOMES, "person": PEOPLE}, story("2022-05 新增") if states is None else states)
    return {(v, d): (a, b) for v, d, a, b in found[["village", "dimension", "asked", "broken"]].itertuples(index=False)}


HOME, BLANKS, PERSON = Asked("H", "household", "一致性"), Asked("B", "household", "完整性"), Asked("P", "person", "一致性")


def test_only_what_could_be_wrong_is_counted_each_row_in_its_village() -> None:
    assert counted(outcome(HOME, [1, 0, 1], [1, 0, 0]), outcome(PERSON, [1, 1, 1, 1, 1], [0, 0, 0, 1, 1]), outcome(BLANKS, [0, 0, 0], [0, 0, 0], "没有读到")) == {
        ("石桥村", "一致性"): (3.0, 1.0),
        ("青杠村", "一致性"): (4.0, 2.0),
    }


def test_what_is_true_as_it_stands_is_not_amiss() -> None:
    true = story("2022-05 新增；2022-05 情况属实").assign(rule="H")
    assert counted(outcome(HOME, [1, 1, 1], [1, 1, 0]), states=true)["石桥村", "一致性"] == (2.0, 1.0)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=3, max_size=3))
def test_never_more_is_amiss_than_was_looked_at(rows: list[tuple[bool, bool]]) -> None:
    asked, broken = [int(a) for a, _ in rows], [int(a and b) for a, b in rows]
    found = counted(outcome(HOME, asked, broken))
    assert all(b <= a for a, b in found.values())
    assert sum(a for a, _ in found.values()) == sum(asked) and sum(b for _, b in found.values()) == sum(broken)


def test_quality_is_shown_by_dimension_and_for_households(results: Results) -> None:
    frame = pd.DataFrame({"township": "青禾镇", "village": ["石桥村", "双河口村"], "dimension": "完整性", "asked": [100.0, 300.0], "broken": [1.0, 0.0]})
    told, places = replace(results, quality=frame), figures.Places(results)
    issues = figures.with_places(told, places, page_words())
    shown = html_quality.table(told, issues, figures.households_of(told, places), page_words())
    assert shown and shown["rows"][0][:4] == ["完整性", "400", "1", "99.75%"] and shown["all"][:4] == ["合计", "400", "1", "99.75%"]
    assert shown["said"]["clean"] == len(told.tables["household"]) - told.issues["household_no"].nunique()
    drawn = html_quality.picture(told, places, page_words())
    assert drawn and drawn.rows == [["双河口村", 0.0], ["石桥村", 10.0]]
    assert html_quality.table(results, issues, {}, page_words()) is None


# ---- the agenda --------------------------------------------------------------------------------------------------------------


CALENDAR = [
    {"id": "a", "what": "报名册", "annexes": ["附件8", "附件12"], "days": ["20220506"], "before": "", "who": "village", "to": "街道办", "signs": ["村书记"], "basis": "", "rhythm": ""},
    {"id": "b", "what": "报进度", "annexes": ["附件11"], "days": ["20220510", "20220517"], "before": "", "who": "village", "to": "", "signs": [], "basis": "", "rhythm": ""},
    {"id": "c", "what": "写总结", "annexes": [], "days": ["20220602"], "before": "", "who": "township", "to": "", "signs": [], "basis": "", "rhythm": ""},
]  # fmt: skip


def scheduled(results: Results, *sheets: tuple[str, str, str], day: str | None = "20220512") -> Results:
    handed = pd.DataFrame([(*s, "f.xlsx") for s in sheets], columns=["annex", "village", "day", "file"], dtype=object)
    return replace(results, handed=handed, days={results.period: day}, manifest={**results.manifest, "campaign": {"calendar": CALENDAR}})


def test_duties_are_marked_with_what_came_was_late_and_lacks(results: Results) -> None:
    told = calendar.agenda(scheduled(results, ("附件8", "石桥村", "20220506"), ("附件8", "柏树湾村", "20220508")), page_words())
    assert told and told["as_of"] == "2022-05-12"
    assert [(d["day"], d["marks"]) for d in told["past"]] == [
        ("2022-05-06", ["附件8：3 个村交了 2 个，迟交：柏树湾村，缺：双河口村", "附件12：3 个村交了 0 个，缺：双河口村、柏树湾村、石桥村"]),
        ("2022-05-10", ["附件11：3 个村交了 0 个，缺：双河口村、柏树湾村、石桥村"]),
    ]
    assert [(d["day"], d["marks"]) for d in told["ahead"]] == [("2022-05-17", []), ("2022-06-02", [])]
    assert [row[:5] for row in told["villages"]] == [["双河口村", 3, 0, 0, 3], ["柏树湾村", 3, 0, 1, 2], ["石桥村", 3, 1, 0, 2]]
    assert told["counts"] == {"due": 9, "received": 1, "late": 1, "missing": 7}
    assert told["grid"]["rows"][0] == ["2022-05-06", "附件8", "缺", "迟", "交"]


def test_without_any_sheet_nobody_is_blamed(results: Results) -> None:
    told = calendar.agenda(scheduled(results), page_words())
    assert told and not told["villages"] and not any(d["marks"] for d in told["past"])


def test_a_sheet_newer_than_the_data_has_come_and_a_date_beyond_the_calendar_is_a_slip(results: Results) -> None:
    assert calendar.agenda(scheduled(results, ("附件11", "石桥村", "20220515")), page_words())["as_of"] == "2022-05-15"  # type: ignore[index]
    assert calendar.agenda(scheduled(results, ("附件11", "石桥村", "20320515")), page_words())["as_of"] == "2022-05-12"  # type: ignore[index]
    assert calendar.agenda(scheduled(results, day=None), page_words())["as_of"] == "2022-05-06"  # type: ignore[index]


# ---- a run tells it --------------------------------------------------------------------------------------------------------


WEEKS = ("2022-05-06", "2022-05-13")


@pytest.fixture(scope="module")
def two_weeks(tmp_path_factory: pytest.TempPathFactory) -> Villages:
    """Ten blanks, four of them filled in by the second week; one village hands in a sheet each week, the second one late."""
    root = project(tmp_path_factory.mktemp("course") / "project")
    town = Villages(root, load_spec(root, county="云溪县"))
    blank = [*town.persons[0:5], *town.persons[15:20]]
    for number in blank:
        town.system[number]["nationality"] = ""
    for week, mended, day in zip(WEEKS, ((), blank[3:7]), ("5月6日", "5月12日"), strict=True):
        for number in mended:
            town.system[number]["nationality"] = town.true[number]["nationality"]
        town.export(week)
        (town.raw(week) / f"附件8_石桥村_{day}.xlsx").touch()
        with patch("pipeline.report.PRODUCTS", ("html", "tables")):
            run(root, week, spec=town.spec)
    return town


def test_the_report_and_status_say_the_same_of_the_deadline(two_weeks: Villages) -> None:
    page = (two_weeks.clean(WEEKS[1]) / "校验报告.html").read_text("utf-8")
    status = {line.split()[0]: line.split() for line in status_text(two_weeks.root, "20220513").splitlines() if line.startswith(VILLAGES)}
    assert [status[v][1:3] for v in VILLAGES] == [["3", "0"], ["3", "0"], ["0", "0"]]
    rows = {v: re.findall(rf'<tr><th scope="row">{v}</th>(.*?)</tr>', page) for v in VILLAGES}
    cells = {v: [re.findall("<td>(.*?)</td>", row) for row in found] for v, found in rows.items()}
    assert cells["石桥村"][0] == ["5", "", "", "2", "", "3", "0.3", "0", "2022-05-24"]
    assert "离整改期限</dt><dd class=\"big\">18 天" in page


def test_sheets_of_earlier_periods_count_and_need_nothing_kept(two_weeks: Villages) -> None:
    handed = two_weeks.table(WEEKS[1], "handed")
    assert handed[["annex", "village", "day"]].to_numpy().tolist() == [["附件8", "石桥村", "20220506"], ["附件8", "石桥村", "20220512"]]
    kept = two_weeks.snapshot(WEEKS[1])
    two_weeks.forget()
    with patch("pipeline.report.PRODUCTS", ("html", "tables")):
        run(two_weeks.root, WEEKS[1], spec=two_weeks.spec)
    assert two_weeks.snapshot(WEEKS[1]) == kept


def test_a_rule_is_put_to_the_rows_it_can_be_asked_of(two_weeks: Villages) -> None:
    told = two_weeks.table(WEEKS[1], "quality")
    assert told.loc[told["village"] == "石桥村", ["dimension", "asked", "broken"]].to_numpy().tolist() == [["准确性", 60.0, 0.0], ["完整性", 15.0, 3.0]]


def test_in_a_browser_the_course_is_drawn_nothing_sticks_out_and_paper_shows_what_is_folded(two_weeks: Villages) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        visit = Visit(opened, two_weeks.clean(WEEKS[1]) / "校验报告.html", viewport={"width": 390, "height": 800})
        for name, figures_drawn in (("home", 3), ("calendar", 0)):
            shown = visit.go(name)
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390, name
            assert shown.locator("figure.picture svg").count() >= figures_drawn
        folds = visit.page.locator("#page-calendar details.fold")
        assert folds.count() == 2 and visit.page.locator("#page-calendar details[open]").count() == 0
        visit.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert visit.page.locator("#page-calendar details.fold[open]").count() == 2
        visit.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert visit.page.locator("#page-calendar details[open]").count() == 0
        assert visit.wrong == []
        opened.close()


def test_great_expectations_own_counts_are_of_the_rows_a_rule_was_put_to(two_weeks: Villages) -> None:
    told = data_of((two_weeks.clean(WEEKS[1]) / "校验报告.html").read_text("utf-8"))["validation"]["columns"]
    counts = dict(zip(unpacked(told["rule"]), zip(unpacked(told["evaluated"]), unpacked(told["unexpected"]), strict=True), strict=True))
    assert counts == {"X-03": (45, 0), "1_12_003": (45, 0), "2_12_002": (45, 6), "2_01_013": (45, 0), "X-09": (45, 0)}
