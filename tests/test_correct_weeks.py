"""Four weeks from the first export to the deadline: villages answer late, wrongly and twice, and the data end as the truth."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from villages import ROOT, TRUE_AS_IT_STANDS, VILLAGES, Line, Villages, changed, fill, lines, people, project

from pipeline.ledger import replay
from pipeline.period import find_period
from pipeline.place import recover
from pipeline.run import Clock, Silence, take
from pipeline.run import answered as with_answers
from pipeline.spec import Spec, load_spec
from pipeline.status import status_text

WEEKS = ("2022-05-06", "2022-05-13", "2022-05-20", "2022-05-27")


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_spec(project(tmp_path_factory.mktemp("spec") / "project"), county="云溪县")


@pytest.fixture
def town(spec: Spec, tmp_path: Path) -> Villages:
    """Ten mistakes in three villages, not yet exported."""
    made = Villages(tmp_path / "project", spec)
    shutil.copytree(spec.root, made.root, symlinks=True)
    for number in (1, 4, 16, 19, 31, 34):
        made.system[made.persons[number]]["nationality"] = ""
    for number in (0, 15, 30):
        made.system[made.persons[number]]["sex"] = "女"
    old = made.true[made.persons[36]]
    old["birth_date"] = "19250101"
    made.system[old["person_no"]]["birth_date"] = "19250101"
    return made


def right(town: Villages, line: Line) -> dict[str, object] | None:
    """What an honest villager answers: the truth, or that it is true as it stands."""
    columns = {"2_12_002": "nationality", "X-03": "sex", "2_01_013": "phone"}
    if line["rule"] == "X-09":
        return dict(TRUE_AS_IT_STANDS)
    return changed(town.true[line["person_no"]][columns[line["rule"]]]) if line["rule"] in columns else None


def open_now(town: Villages, today: str) -> dict[str, int]:
    """Village → open problems, as qingxi status tells it."""
    text = status_text(town.root, today)
    return {v: int(n) for v, n in re.findall(rf"^\s*({'|'.join(VILLAGES)})\s+(\d+)", text, re.MULTILINE)}


def typed_in(town: Villages, village: str) -> None:
    """The village's cadre types the truth into the system."""
    for number, person in town.true.items():
        if person["village"] == village:
            town.system[number] = dict(person)


def test_four_weeks_end_with_the_truth_and_status_is_right_every_week(town: Villages) -> None:
    prompt, forgetful, late = VILLAGES
    honest: Callable[[Line], dict[str, object] | None] = lambda line: right(town, line)  # noqa: E731  (short enough to be read in place)

    town.export(WEEKS[0])
    town.run()
    first = town.lists(WEEKS[0])
    assert open_now(town, "20220506") == dict(zip(VILLAGES, (3, 3, 4), strict=True))

    assert "请再运行一次" not in status_text(town.root, "20220506")

    # The first village answers rightly, twice the same, and types it in; the second answers nonsense first.
    fill(first[prompt], town.returned(WEEKS[0]) / "石桥.xlsx", honest)
    fill(first[prompt], town.returned(WEEKS[0]) / "石桥村 李四.xlsx", honest)
    fill(first[forgetful], town.returned(WEEKS[0]) / "青杠.xlsx", lambda line: changed("不晓得"))
    assert "请再运行一次" in status_text(town.root, "20220510")
    town.run()
    assert open_now(town, "20220510") == dict(zip(VILLAGES, (0, 3, 4), strict=True))
    assert (town.answers(WEEKS[0]).query("village == @forgetful")["outcome"] == "refused").all()

    # The second then answers rightly but forgets the system.
    typed_in(town, prompt)
    town.export(WEEKS[1])
    town.run()
    assert set(town.table(WEEKS[1], "states").query("village == @prompt")["state"]) == {"已生效"}
    fill(town.lists(WEEKS[1])[forgetful], town.returned(WEEKS[1]) / "青杠 改.xlsx", honest)
    town.run()
    assert open_now(town, "20220514") == dict(zip(VILLAGES, (0, 0, 4), strict=True))

    # The third hands in the list of the first week; the second's problems are still in the system.
    town.export(WEEKS[2])
    fill(first[late], town.returned(WEEKS[2]) / "迟交.xlsx", honest)
    town.run()
    states = town.table(WEEKS[2], "states")
    assert set(states.query("village == @forgetful")["state"]) == {"声称已改系统未变"}
    assert sorted(states.query("village == @late")["state"]) == ["已整改", "已整改", "已整改", "情况属实"]
    assert open_now(town, "20220521") == dict(zip(VILLAGES, (0, 3, 0), strict=True))

    for village in VILLAGES:
        typed_in(town, village)
    town.export(WEEKS[3])
    town.run()
    assert open_now(town, "20220528") == dict.fromkeys(VILLAGES, 0)
    last = town.table(WEEKS[3], "states")
    assert last["state"].value_counts().to_dict() == {"已生效": 9, "情况属实": 1}
    held = town.table(WEEKS[3], "person").set_index("person_no")
    for number, person in town.true.items():
        assert all(held.loc[number, c] == person[c] for c in ("name", "sex", "id_number", "nationality", "birth_date", "phone"))

    kept = town.snapshot(WEEKS[3])
    town.forget()
    town.run()
    assert town.snapshot(WEEKS[3]) == kept


# ---- laws ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> Villages:
    """One week exported and run; answers are tried on copies of its returned folder."""
    town = Villages(tmp_path_factory.mktemp("laws") / "project", spec)
    shutil.copytree(spec.root, town.root, symlinks=True)
    for number in range(0, 45, 3):
        town.system[town.persons[number]]["nationality"] = ""
        town.system[town.persons[number]]["phone"] = "12345"
    town.export(WEEKS[0])
    town.run()
    return town


SAID = st.sampled_from(
    [None, changed("汉族"), changed("藏"), changed("外星"), changed(None), changed("13900000000"), changed("139"), TRUE_AS_IT_STANDS,
     {"核实结果": "无法核实"}, {"核实结果": "情况属实"}, {"佐证说明": "去了"}, {"正确值": "１３９００００００００"}]
)  # fmt: skip


def one_after_another(said: list[dict[str, object] | None]) -> Callable[[Line], dict[str, object] | None]:
    """The answers, row by row."""
    waiting = iter(said)
    return lambda _: next(waiting, None)


def after(town: Villages, sheets: list[list[dict[str, object] | None]], names: list[str]) -> dict[str, pd.DataFrame]:
    """What a run makes of these answers, without writing."""
    shutil.rmtree(town.returned(WEEKS[0]))
    for name, said in zip(names, sheets, strict=True):
        fill(town.lists(WEEKS[0])[VILLAGES[0]], town.returned(WEEKS[0]) / f"{name}.xlsx", one_after_another(said))
    given_ = take(town.root, find_period(town.root / "data" / "raw", WEEKS[0]), town.spec, Clock(Silence()))
    from pipeline.correct import no_states

    done, found = with_answers(given_, no_states(), Clock(Silence()), advise=False)
    person = found.now.tables["person"].frame
    return {
        "states": done.states[["issue_id", "state"]], "person": person, "answers": done.answers, "changes": found.intake.all_changes(),
        "mapped": given_.intake.mapped, "records": found.intake.records,
    }  # type: ignore[dict-item]  # fmt: skip


SLOW = settings(max_examples=5, phases=[Phase.generate], deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@SLOW
@given(st.lists(st.lists(SAID, min_size=10, max_size=10), min_size=2, max_size=2))
def test_the_order_and_number_of_files_do_not_matter(exported: Villages, sheets: list[list[dict[str, object] | None]]) -> None:
    one = after(exported, sheets, ["甲", "乙"])
    for order in list(permutations(range(2)))[1:]:
        other = after(exported, [sheets[i] for i in order], ["甲", "乙"])
        pd.testing.assert_frame_equal(one["states"], other["states"])
        pd.testing.assert_frame_equal(one["person"], other["person"])
    twice = after(exported, [*sheets, sheets[0]], ["甲", "乙", "丙"])
    pd.testing.assert_frame_equal(one["states"], twice["states"])
    pd.testing.assert_frame_equal(one["person"], twice["person"])


@SLOW
@given(st.lists(SAID, min_size=10, max_size=10))
def test_changes_replay_and_no_answer_is_lost(exported: Villages, said: list[dict[str, object] | None]) -> None:
    found = after(exported, [said], ["甲"])
    for before, now in zip(found["mapped"], found["records"], strict=True):
        replayed = replay(before.frame, before.row_ids, found["changes"])
        for key in now.frame.columns:
            assert [_plain(v) for v in replayed[key]] == [_plain(v) for v in now.frame[key]], key
    book = openpyxl.load_workbook(exported.returned(WEEKS[0]) / "甲.xlsx")
    filled = [line for line in lines(book.worksheets[0]) if line["正确值"] or line["核实结果"] or line["佐证说明"]]
    told = found["answers"].query("outcome != 'blank'")
    assert sorted(told["ref"]) == sorted(line["编号"] for line in filled) and told["why"].notna().all()
    accepted = told.query("outcome == 'accepted' and kind == 'correction'")
    assert (found["changes"]["step"] == "correct").sum() == len(accepted)


def _plain(value: object) -> object:
    return None if value is None or value != value else value


# ---- killed at any moment --------------------------------------------------------------------------------------------------


def test_a_run_killed_at_any_moment_leaves_the_old_result_or_the_new(exported: Villages, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(exported.root, root, symlinks=True)
    town = Villages(root, exported.spec)
    shutil.rmtree(town.returned(WEEKS[0]))
    town.run()
    old = town.snapshot(WEEKS[0])
    fill(town.lists(WEEKS[0])[VILLAGES[0]], town.returned(WEEKS[0]) / "a.xlsx", lambda line: changed("汉族") if line["rule"] == "2_12_002" else None)
    raw = {p: p.read_bytes() for p in sorted((root / "data" / "raw").rglob("*")) if p.is_file()}
    command = [sys.executable, "-m", "pipeline", "run", "--root", str(root)]
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=120)
    whole = time.perf_counter() - started
    new = town.snapshot(WEEKS[0])
    assert new != old
    shutil.rmtree(town.clean(WEEKS[0]))
    for name, content in old.items():
        path = town.clean(WEEKS[0]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for share in (0.55, 0.75, 0.85, 0.9, 0.95):
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * share)
        running.send_signal(signal.SIGKILL)
        running.wait()
        recover(root / "data" / "clean", WEEKS[0])
        assert town.snapshot(WEEKS[0]) in (old, new)
        assert {p: p.read_bytes() for p in raw} == raw


def test_a_villages_list_holds_no_one_else_and_no_more_than_it_needs(exported: Villages) -> None:
    asked = {"编号", "序号", "社/组", "户编号", "户主", "姓名", "证件号码", "联系电话", "问题", "等级", "在系统里的位置（及原表位置）", "表中现在的值",
             "要核对什么、怎么办", "建议值", "正确值", "核实结果", "佐证说明", "核实人", "日期"}  # fmt: skip
    for village, path in exported.lists(WEEKS[0]).items():
        content = "".join(_texts(path))
        for person in exported.system.values():
            if person["village"] != village:
                assert not any(str(person[c]) in content for c in ("name", "id_number", "household_no", "person_no")), village
        sheet = openpyxl.load_workbook(path).worksheets[0]
        shown = {c.value for c in sheet[4] if not sheet.column_dimensions[c.column_letter].hidden}
        assert shown == asked


def _texts(path: Path) -> list[str]:
    import zipfile

    with zipfile.ZipFile(path) as book:
        return [book.read(name).decode("utf-8", "replace") for name in book.namelist()]


def test_people_of_the_truth_are_invented() -> None:
    assert all(p["id_number"].startswith("519923") for p in people().values())
