"""The truth about the plan's rosters: every household made for one is on it, every near miss is off it, whatever else is planted."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook
from rosters import ELSEWHERE, campaign_of, scores, township_of

from pipeline.sample import SampleReport, write_township
from pipeline.sample.cases import CASES, Case, make_cases
from pipeline.sample.clock import Clock
from pipeline.sample.model import Household, Income, Spell
from pipeline.sample.rosters import Finding, Sight, merged, on_rosters
from pipeline.sample.township import township
from pipeline.sample.words import load, words

CLOCK = Clock.of("2022-05")
SEED, SCALE, LINE = 20220531, 0.1, 7000.0
NARROW = {0xFEE0 + n: n for n in range(0x21, 0x7F)}
Rosters = dict[tuple[str, str], list[dict[str, str]]]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    return write_township(tmp_path_factory.mktemp("rosters") / "raw", seed=SEED, scale=SCALE, screening=True)


@pytest.fixture(scope="module")
def rosters(report: SampleReport) -> Rosters:
    return read(report)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return make_cases(CLOCK, SEED, words(), SCALE)


def read(report: SampleReport) -> Rosters:
    """The truth file: rows by roster and household."""
    assert report.rosters is not None
    found: Rosters = defaultdict(list)
    with report.rosters.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            found[row["annex"], row["household_no"]].append(row)
    return found


def number(case: Case) -> str:
    return case.home.register_no if case.home.resident else case.home.no


def test_every_case_has_its_deed_and_its_purpose() -> None:
    told, names = load("cases/cases.yml"), load("rosters.yml")["names"]
    assert set(told) == set(CASES)
    assert [name for name, entry in told.items() if not (entry.get("on") or entry.get("not")) or not entry["note"]] == []
    asked = {roster for entry in told.values() for key in ("on", "not") for roster in str(entry.get(key, "")).split()}
    assert asked - set(names) == set()
    # the rest is common in any township
    assert set(names) - asked <= {"poorest", "monitored", "lifted", "told_students", "told_wages", "visit"}


def test_every_case_is_on_its_rosters(rosters: Rosters, cases: list[Case]) -> None:
    names = load("rosters.yml")["names"]
    wanted = [(case.name, names[roster], number(case)) for case in cases for roster in case.on]
    missing = [(name, roster) for name, roster, no in wanted if not any(not row["may"] for row in rosters.get((roster, no), ()))]
    assert missing == []


def test_every_near_miss_is_off_its_rosters(rosters: Rosters, cases: list[Case]) -> None:
    names = load("rosters.yml")["names"]
    unwanted = [(case.name, names[roster], number(case)) for case in cases for roster in case.off]
    assert [(name, roster) for name, roster, no in unwanted if (roster, no) in rosters] == []


def test_every_roster_has_somebody(rosters: Rosters) -> None:
    sure = {roster for (roster, _), rows in rosters.items() if any(not row["may"] for row in rows)}
    assert set(load("rosters.yml")["names"].values()) - sure == set()


def test_no_roster_truth_stands_in_the_raw_files(report: SampleReport) -> None:
    assert report.rosters is not None and not report.rosters.is_relative_to(report.folder.parent)


def test_the_same_arguments_give_the_same_bytes(report: SampleReport, tmp_path: Path) -> None:
    again = write_township(tmp_path / "raw", seed=SEED, scale=SCALE, screening=True)
    assert report.rosters is not None and again.rosters is not None
    assert report.rosters.read_bytes() == again.rosters.read_bytes()
    pairs = zip(report.files, again.files, strict=True)
    assert [one.name for one, other in pairs if one.read_bytes() != other.read_bytes()] == []


def test_the_visit_list_is_the_union_of_the_lists_it_is_made_of(rosters: Rosters) -> None:
    names = load("rosters.yml")["names"]
    ledgers = {names[name] for name in ("income", "poorest", "students", "idle", "wages", "found")}
    people = {names[name] for name in ("dead", "dropout")}
    measures = {names[name] for name in ("undone", "unfit", "only_security")}
    sure = {no for (roster, no), rows in rosters.items() if any(not r["may"] for r in rows) and roster not in ledgers | people | measures}
    assert sure == {no for (roster, no), rows in rosters.items() if roster == names["visit"] and not rows[0]["may"]}


# ---- other townships -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=[path.stem for path in ELSEWHERE])
def test_another_township_keeps_the_same_promises(elsewhere: Path, tmp_path: Path) -> None:
    told = campaign_of(elsewhere)
    report = township_of(elsewhere, tmp_path / "raw", seed=7, scale=0.05)
    assert report.folder.name == told["period"]
    made, found = make_cases(Clock.of(told["period"]), 7, words(elsewhere), 0.05), read(report)
    names = load("rosters.yml")["names"]
    missing = [(c.name, r) for c in made for r in c.on if not any(not row["may"] for row in found.get((names[r], number(c)), ()))]
    assert missing == []
    assert [(case.name, roster) for case in made for roster in case.off if (names[roster], number(case)) in found] == []
    assert {row["village"] for rows in found.values() for row in rows} == {village["name"] for village in told["place"]["villages"]}
    text = b"".join(path.read_bytes() for path in report.files if path.suffix == ".csv").decode("gb18030")
    assert not any(word in text for word in ("云溪", "青禾", "川宁"))
    assert all(header in text for header in told["headers"].get("settlement", {}).values())


def test_scores_count_what_is_missed_and_what_is_too_much(tmp_path: Path) -> None:
    truth = tmp_path / "t.csv"
    lines = ["附件1,1,,甲村,,", "附件1,2,,甲村,,", "附件1,3,,甲村,,may", "死亡未减,1,101,甲村,,", "疑似辍学,9,,甲村,,"]
    truth.write_text("annex,household_no,person_no,village,why,may\n" + "\n".join(lines), encoding="utf-8")
    rows = [("附件1", "1", ""), ("附件1", "3", ""), ("附件1", "4", ""), ("死亡未减", "1", "102"), ("疑似辍学", "9", "x")]
    found = scores(truth, rows)
    assert (found["附件1"].right, found["附件1"].missed, found["附件1"].wrong) == (1, [("2", "")], [("4", "")])
    assert (found["死亡未减"].missed, found["死亡未减"].wrong) == ([("1", "101")], [("1", "102")])
    assert found["疑似辍学"].recall == found["疑似辍学"].precision == 1.0


# ---- the definitions, one household at a time -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound() -> Household:
    """A household in the system about which there is nothing to say."""
    homes = township(CLOCK, 1, 0.3, words()).households
    quiet = (h for h in homes if h.category == "" and h.lifted == "no" and len(h.members) == 3 and not h.spells)
    return next(home for home in quiet if rosters_of(home) == {})


def rosters_of(home: Household, listed: Household | None = None, dead: frozenset[str] = frozenset()) -> dict[str, bool]:
    """The rosters of one household on which it does not stand for want of neighbours."""
    found = merged(on_rosters([Sight(home, listed or home, dead, CLOCK, LINE)]))
    return {one.roster: one.firm for one in found if one.roster not in ("poorest", "visit")}


def with_income(home: Household, **parts: float) -> Household:
    income = replace(home.now, **parts)
    return replace(home, now=income)


def test_income_at_the_line_is_not_below_it(sound: Household) -> None:
    assert rosters_of(with_income(sound, per_head=7000.0)) == {}
    assert rosters_of(with_income(sound, per_head=6999.99)) == {"income": True, "identify": True, "told_income": False}


def test_claims_are_set_against_what_was_paid(sound: Household) -> None:
    paid = with_income(sound, per_head=7100.0, self_paid=3000.0)
    assert rosters_of(paid)["identify"] is True
    assert rosters_of(replace(paid, now=replace(paid.now, claims=3000.0))).get("identify") is False


def test_only_a_dangerous_house_without_another_counts(sound: Household) -> None:
    appraised = replace(sound, danger_grade="D")
    assert rosters_of(sound, appraised)["identify"] is True
    assert "identify" not in rosters_of(sound, replace(appraised, file=replace(appraised.file, second_grade="B")))


def test_work_with_a_gap_is_unsteady_and_a_whole_year_is_not(sound: Household) -> None:
    def worker(*spans: tuple[int, int | None]) -> Household:
        end = CLOCK.window_end
        spells = [
            Spell("k", "yes", end - first, None if last is None else end - last, "", 1000.0, "", "", "", "", 0.0) for first, last in spans
        ]
        person = replace(sound.members[0], spells=spells)
        income = Income(wage=30000.0, net=31000.0, gross=32000.0, per_head=10333.0, operating=1000.0)
        return replace(sound, members=[person, *sound.members[1:]], now=income)

    assert rosters_of(worker((11, None))).get("wages") is None
    assert rosters_of(worker((4, None)))["wages"] is True
    assert rosters_of(worker((11, 8), (5, None)))["wages"] is True
    assert rosters_of(worker((11, 6), (5, None))).get("wages") is None


def test_an_event_counts_only_after_the_removal(sound: Household) -> None:
    removed = replace(sound, category="marginal", removed="yes", removed_on=CLOCK.month - 6, after=sound.now, risk1="other")

    def struck(day: date) -> bool | None:
        return rosters_of(removed, replace(removed, file=replace(removed.file, struck="accident", struck_on=day))).get("again")

    assert struck(date(2021, 10, 20)) is None
    assert struck(date(2021, 11, 20)) is False  # the month of the removal: before or after it, nobody can tell
    assert struck(date(2022, 1, 20)) is True


def test_somebody_on_the_list_of_deaths_is_dead_only_while_listed(sound: Household) -> None:
    assert rosters_of(sound, dead=frozenset({sound.members[-1].no})) == {"dead": True}
    assert rosters_of(sound, dead=frozenset({"nobody"})) == {}


def test_the_ten_lowest_leave_out_an_eleventh_and_doubt_a_tie() -> None:
    homes = [home for home in township(CLOCK, 1, 0.3, words()).households if home.category == ""][:12]
    homes = [replace(home, village="一村", now=Income(per_head=8000.0 + 10 * n, self_paid=0.0)) for n, home in enumerate(homes)]
    assert lowest(homes) == {home.no: True for home in homes[:10]}
    tied = [*homes[:10], replace(homes[10], now=homes[9].now), homes[11]]
    assert lowest(tied) == {**{home.no: True for home in homes[:9]}, homes[9].no: False, homes[10].no: False}


def lowest(homes: list[Household]) -> dict[str, bool]:
    found: list[Finding] = on_rosters([Sight(home, home, frozenset(), CLOCK, LINE) for home in homes])
    return {one.household_no: one.firm for one in found if one.roster == "poorest"}


def test_most_farm_households_may_be_outside_the_system(tmp_path: Path) -> None:
    report = write_township(tmp_path / "raw", scale=0.05, residents=2.0, screening=True, clean=True)
    behind = pd.read_parquet(report.people)
    outside = behind.loc[behind["register_no"].ne(""), "register_no"].nunique()
    assert outside > 1.9 * report.households
    grid = CalamineWorkbook.from_path(str(report.folder / "部门" / "公安局_户籍人口.xlsx")).get_sheet_by_index(0).to_python()
    numbers = ["".join(str(row[5]).split()).translate(NARROW).upper() for row in grid[1:]]
    assert len(numbers) > 1000 and len(set(numbers)) == len(numbers)
    assert {number[:6] for number in numbers} == {"519923"}
