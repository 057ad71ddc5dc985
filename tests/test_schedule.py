"""The calendar, what villages have handed in, the forecast, and qingxi status."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forecast import MANY, NONE, ONE, Snapshot, forecast
from pipeline.schedule import (
    AHEAD,
    LATE,
    MISSING,
    RECEIVED,
    Given,
    annexes_named,
    by_village,
    days_between,
    handed_in,
    newest_day,
    next_days,
    standing,
)
from pipeline.spec import SpecError
from pipeline.spec.calendar import Duty
from pipeline.status import aligned, read_campaign_file, status_text, width

NAMES = {f"附件{n}": () for n in range(1, 13)} | {"回退": ()}
CALENDAR = read_campaign_file(ROOT).calendar
VILLAGES = ["双桥村", "桥村"]


def duty(days: tuple[str, ...], annexes: tuple[str, ...] = ("附件1",)) -> Duty:
    return Duty("d", "报表", annexes, days, "", "village", "", (), "")


@pytest.mark.parametrize(
    ("annex", "days"),
    [
        ("附件11", ["0505", "0510", "0512", "0517", "0519", "0524", "0526", "0531"]),
        ("附件8", ["0506"]),
        ("附件12", ["0506"]),
        ("附件9", ["0505", "0512", "0519", "0520", "0526"]),
        ("回退", ["0511"]),
        *((f"附件{n}", ["0520"]) for n in range(1, 8)),
    ],
)
def test_every_annex_is_due_when_the_plan_says(annex: str, days: list[str]) -> None:
    assert sorted(day for d in CALENDAR if annex in d.annexes for day in d.days) == [f"2022{d}" for d in days]


def test_the_next_days_are_the_nearest_with_the_days_left() -> None:
    rows = next_days(CALENDAR, "20220531", 2)
    assert list(zip(rows["duty"], rows["days_left"], strict=True)) == [("progress", 0), ("system", 0), ("summary", 2)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{id: a, what: x, on: "20220231"}', "真实日期"),
        ("{id: a, what: x, on: 20220531}", "要加引号"),
        ('{id: a, what: x, every: [周八], from: "20220501", until: "20220531"}', "周八"),
        ('{id: a, what: x, every: [周一], from: "20220531", until: "20220501"}', "until 早于 from"),
        ('{id: a, what: x, on: "20220501", every: [周一], from: "20220501", until: "20220531"}', "只能写一个"),
        ('{id: a, what: x, on: "20220501", wh: village}', "是否想写 who"),
        ('{id: a, what: x, on: "20220501", who: 村}', "who 不能写 村"),
        ('{id: a, what: x, on: "20220501"}\n- {id: a, what: y, on: "20220502"}', "写了两次"),
    ],
)
def test_a_slip_in_the_calendar_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "mappings").mkdir()
    text = (ROOT / "mappings" / "campaign.yml").read_text(encoding="utf-8").split("\ncalendar:")[0]
    (tmp_path / "mappings" / "campaign.yml").write_text(f"{text}\ncalendar:\n- {line}\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"campaign\.yml:\d+ ") as caught:
        read_campaign_file(tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("附件1_双桥村.xlsx", ["附件1"]),
        ("附件11 双桥村.xlsx", ["附件11"]),
        ("附件1、3-5双桥村.xlsx", ["附件1", "附件3", "附件4", "附件5"]),
        ("附件1至3.xlsx", ["附件1", "附件2", "附件3"]),
        ("附件11-5月10日双桥村.xlsx", ["附件11"]),
        ("附件11-5.10双桥村.xlsx", ["附件11"]),
        ("附件(9)/双桥村.xls", ["附件9"]),
        ("双桥村风险消除回退名单.xlsx", ["回退"]),
        ("双桥村附件13.xlsx", []),
        ("双桥村花名册.xlsx", []),
    ],
)
def test_an_annex_is_known_by_its_files_name(text: str, found: list[str]) -> None:
    assert list(annexes_named(text, NAMES)) == found


def test_a_title_names_its_annex_too() -> None:
    assert annexes_named("双桥村最困难10户.xlsx", {**NAMES, "附件2": ("最困难10户",)}) == ("附件2",)


def handed(*names: str, period: str = "2022-05") -> pd.DataFrame:
    return handed_in([Given(name) for name in names], NAMES, VILLAGES, period, CALENDAR)


def test_a_village_is_known_by_its_whole_name() -> None:
    assert handed("附件8/双桥村.xlsx", "附件8_桥村.xlsx", "附件8_别村.xlsx")["village"].tolist() == ["双桥村", "桥村"]


def test_a_sheet_without_a_village_in_its_name_is_of_the_villages_in_its_rows() -> None:
    assert handed_in([Given("附件8.xlsx", "Sheet1", None, ("桥村",))], NAMES, VILLAGES, "2022-05", CALENDAR)["village"].tolist() == ["桥村"]


def test_another_years_sheets_do_not_count() -> None:
    assert len(handed("附件8/双桥村.xlsx", period="2021-11")) == 0


def states(rows: pd.DataFrame, village: str = "双桥村") -> dict[tuple[str, str], str]:
    mine = rows[rows["village"] == village]
    return {(d[4:], a): s for d, a, s in zip(mine["date"], mine["annex"], mine["state"], strict=True)}


def test_a_sheet_meets_the_first_day_it_is_due_at_or_after_its_own() -> None:
    found = states(standing(CALENDAR, handed("附件11双桥村5月9日.xlsx", "附件8双桥村5月8日.xlsx"), VILLAGES, "20220518"))
    assert found["0505", "附件11"] == MISSING
    assert found["0510", "附件11"] == RECEIVED
    assert found["0512", "附件11"] == MISSING
    assert found["0519", "附件11"] == AHEAD
    assert found["0506", "附件8"] == LATE
    assert found["0506", "附件12"] == MISSING


def test_a_sheet_without_a_day_is_not_held_against_the_village() -> None:
    found = states(standing(CALENDAR, handed("附件11_双桥村.xlsx"), VILLAGES, "20220518"))
    assert {s for (_, annex), s in found.items() if annex == "附件11"} == {RECEIVED}


def test_what_came_later_had_not_come_on_the_day_asked_about() -> None:
    found = states(standing(CALENDAR, handed("附件8双桥村5月9日.xlsx"), VILLAGES, "20220508"))
    assert found["0506", "附件8"] == MISSING


def test_what_is_missing_is_counted_and_named_per_village() -> None:
    rows = standing([duty(("20220505", "20220512"))], handed("附件1双桥村20220505.xlsx"), VILLAGES, "20220520")
    told = by_village(rows, "20220520").set_index("village")
    assert told.loc["双桥村", ["due", "received", "missing", "lacks"]].tolist() == [2, 1, 1, "5-12 附件1"]
    assert told.loc["桥村", ["due", "received", "missing", "lacks"]].tolist() == [2, 0, 2, "5-12 附件1；5-5 附件1"]


@given(st.lists(st.sampled_from(["20220503", "20220505", "20220508", "20220512", "20220519", None])), st.sampled_from(["20220501", "20220512", "20220601"]))
def test_every_sheet_due_is_in_exactly_one_state(days: list[str | None], today: str) -> None:
    given = pd.DataFrame([("附件1", "桥村", day, "f") for day in days], columns=["annex", "village", "day", "file"], dtype=object)
    rows = standing([duty(("20220505", "20220512"))], given, VILLAGES, today)
    assert len(rows) == len(rows.drop_duplicates(["date", "annex", "village"])) == 4
    assert set(rows["state"]) <= {RECEIVED, LATE, MISSING, AHEAD}
    told = by_village(rows, today)
    assert (told["received"] + told["late"] + told["missing"] == told["due"]).all()
    assert (rows.loc[rows["village"] == "双桥村", "state"] == ([MISSING, MISSING] if today > "20220512" else [AHEAD, AHEAD] if today < "20220505" else [MISSING, AHEAD])).all()


# ---- forecast ------------------------------------------------------------------------------------------------------


def snapshot(day: str | None, *ids: str) -> Snapshot:
    return Snapshot(day or "p", day, pd.DataFrame({"issue_id": list(ids), "village": [i[0] for i in ids]}, dtype=object))


def outlook(*snapshots: Snapshot, deadline: str = "20220531") -> dict[str | None, dict[str, object]]:
    return {row["village"]: row for row in forecast(snapshots, deadline).to_dict("records")}


def test_one_period_gives_no_forecast_and_says_so() -> None:
    assert outlook(snapshot("20220506", "A1", "B1"))[None] | {"x": 0} == {
        "village": None, "open": 2, "solved": None, "new": None, "per_day": None, "expected": None, "low": None, "high": None, "done_by": None, "basis": NONE, "x": 0,
    }  # fmt: skip


def test_two_periods_give_one_rate() -> None:
    found = outlook(snapshot("20220501", *(f"A{n}" for n in range(20))), snapshot("20220511", *(f"A{n}" for n in range(10)), "A99"))
    assert (found["A"]["open"], found["A"]["solved"], found["A"]["new"], found["A"]["basis"]) == (11, 10, 1, ONE)
    assert found["A"]["per_day"] == pytest.approx(0.9)
    assert found["A"]["expected"] == 0
    assert found["A"]["done_by"] == "20220524"


def test_three_periods_give_a_range() -> None:
    steps = (snapshot("20220501", *(f"A{n}" for n in range(40))), snapshot("20220511", *(f"A{n}" for n in range(38))), snapshot("20220521", *(f"A{n}" for n in range(30))))
    found = outlook(*steps)[None]
    assert (found["expected"], found["low"], found["high"], found["basis"]) == (25, 22, 28, MANY)


def test_growing_problems_never_end() -> None:
    found = outlook(snapshot("20220501", "A1"), snapshot("20220511", "A1", "A2", "A3"))[None]
    assert found["done_by"] is None
    assert found["expected"] == 7


def test_periods_without_a_day_give_no_rate() -> None:
    assert outlook(snapshot(None, "A1", "A2"), snapshot("20220511", "A1"))[None]["basis"] == NONE
    assert outlook(snapshot("20220501", "A1", "A2"), snapshot(None, "A1"))[None]["basis"] == NONE


@given(st.lists(st.sets(st.sampled_from(["A1", "A2", "B1", "B2", "B3"])), min_size=1, max_size=5))
def test_the_villages_add_up_and_the_range_holds_the_expectation(sets: list[set[str]]) -> None:
    found = outlook(*(snapshot(f"202205{1 + 3 * n:02d}", *sorted(ids)) for n, ids in enumerate(sets)))
    whole = found.pop(None)
    assert whole["open"] == len(sets[-1]) == sum(row["open"] for row in found.values())
    if whole["basis"] != NONE:
        assert whole["low"] <= whole["expected"] <= whole["high"]


def test_a_periods_day_is_its_name_or_its_newest_export() -> None:
    inputs = [{"file": "a.xlsx", "as_of": "20220507"}, {"file": "b.xlsx", "as_of": "202205"}, {"file": "2022-06/c.xlsx", "as_of": "20220630"}]
    assert newest_day(inputs, "2022-05") == "20220507"
    assert newest_day(inputs, "2022-05-13") == "20220513"
    assert newest_day([], "2022-05") is None
    lists = [{"file": "a.xlsx", "as_of": "20220507", "recognised_as": "成员"}, {"file": "b.xlsx", "as_of": "20221231", "recognised_as": "名单"}]
    assert newest_day(lists, "2022-05", {"成员"}) == "20220507"
    assert days_between("20220228", "20220301") == 1


# ---- the page ------------------------------------------------------------------------------------------------------


def test_columns_stand_in_line_in_a_console() -> None:
    lines = aligned([["村", "数"], ["双桥村", "1"], ["A", "12"]])
    assert [width(line[: -len(line.split()[-1])]) for line in lines] == [8, 8, 8]


def project(tmp_path: Path, *periods: tuple[str, list[str]]) -> Path:
    """A project whose cleaned periods hold these problems."""
    (tmp_path / "mappings").symlink_to(ROOT / "mappings")
    histories: dict[str, str] = {}
    for period, ids in periods:
        histories = {i: f"{h}；{period} 已生效" if i not in ids else h for i, h in (dict.fromkeys(ids, f"{period} 新增") | histories).items()}
        out = tmp_path / "data" / "clean" / period
        (out / "tables").mkdir(parents=True)
        (tmp_path / "data" / "raw" / period).mkdir(parents=True)
        days = {name: name.replace("-", "") for name, _ in periods if name <= period}
        (out / "manifest.json").write_text(json.dumps({"inputs": [], "notes": [], "periods": days}), encoding="utf-8")
        pd.DataFrame({"severity": ["warning"] * len(ids)}, dtype=object).to_parquet(out / "tables" / "issues.parquet")
        states = pd.DataFrame({"issue_id": list(histories), "village": "双桥村", "history": list(histories.values())}, dtype=object)
        states.to_parquet(out / "tables" / "states.parquet")
        pd.DataFrame({"village": ["双桥村", "古井村"]}).to_parquet(out / "tables" / "household.parquet")
    return tmp_path


def test_status_tells_what_is_due_missing_and_to_be_expected(tmp_path: Path) -> None:
    root = project(tmp_path, ("2022-05-06", [str(n) for n in range(20)]), ("2022-05-16", [str(n) for n in range(12)]))
    sheet = root / "data" / "raw" / "2022-05-06" / "上报" / "双桥村附件8、12.xlsx"
    sheet.parent.mkdir()
    sheet.touch()
    text = status_text(root, "20220518")
    assert "2022-05-20（还有 2 天） 村：完成入户核查" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.startswith(("双桥村", "古井村"))}
    assert rows["双桥村"][1:5] == ["12", "0", "9", "2"]
    assert rows["古井村"][1:5] == ["0", "0", "9", "0"]
    assert "附件8" not in " ".join(rows["双桥村"])
    assert "到 2022-05-31 约剩 0 条，2022-05-31 前后清完。只有两期数据" in text


def test_status_with_one_period_says_why_there_is_no_forecast(tmp_path: Path) -> None:
    assert "还不能推算" in status_text(project(tmp_path, ("2022-05-06", ["1"])), "20220518")


def test_a_sheet_of_the_whole_township_counts_for_the_villages_in_its_rows(tmp_path: Path) -> None:
    root = project(tmp_path, ("2022-05-06", ["1"]))
    (root / "data" / "raw" / "2022-05-06" / "附件8.xlsx").touch()
    out = root / "data" / "clean" / "2022-05-06"
    said = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    (out / "manifest.json").write_text(json.dumps(said | {"inputs": [{"file": "附件8.xlsx", "tab": "Sheet1", "as_of": None}]}), encoding="utf-8")
    pd.DataFrame({"row_id": ["附件8.xlsx#Sheet1!5", "附件80.xlsx#Sheet1!6"], "village": ["双桥村", "古井村"]}).to_parquet(out / "tables" / "village_list.parquet")
    lines = {line.split()[0]: line.split()[4] for line in status_text(root, "20220518").splitlines() if line.startswith(("双桥村", "古井村"))}
    assert lines == {"双桥村": "1", "古井村": "0"}
