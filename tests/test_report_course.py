"""How the campaign goes, as 校验报告.html shows it: course, forecast, quality, agenda; each from a few histories with a known end."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_report_invented import invented

from pipeline.correct.course import open_in, snapshots, trends
from pipeline.correct.follow import STILL
from pipeline.report import Results
from pipeline.report.html import course, figures, front
from pipeline.report.words import page_words, wording

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
