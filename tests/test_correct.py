"""Lists that come back: recognised, judged, laid over, followed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from villages import MEMBERS, TRUE_AS_IT_STANDS, Line, Villages, changed, fill, people, project

from pipeline.correct.imports import own_spelling
from pipeline.locked import lock, unlocked
from pipeline.spec import Spec, load_spec

WEEK1, WEEK2, WEEK3 = "2022-05-06", "2022-05-13", "2022-05-20"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_spec(project(tmp_path_factory.mktemp("spec") / "project"), county="云溪县")


@pytest.fixture(scope="module")
def first_week(spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> Villages:
    """One export with five mistakes in it, run; not to be changed."""
    town = Villages(tmp_path_factory.mktemp("week") / "project", spec)
    shutil.copytree(spec.root, town.root, symlinks=True)
    p = town.persons
    town.system[p[0]]["sex"] = "女"
    town.system[p[1]]["nationality"] = ""
    town.system[p[2]]["id_number"] = town.system[p[2]]["id_number"][:-1] + ("1" if town.system[p[2]]["id_number"][-1] != "1" else "2")
    town.system[p[16]]["phone"] = "12345"
    town.system[p[31]]["nationality"] = ""
    town.export(WEEK1)
    town.run()
    return town


@pytest.fixture
def town(first_week: Villages, tmp_path: Path) -> Villages:
    """A copy of the first week to go on from."""
    root = tmp_path / "project"
    shutil.copytree(first_week.root, root, symlinks=True)
    return Villages(root, first_week.spec, system={k: dict(v) for k, v in first_week.system.items()})


Answers = Callable[[Line], dict[str, object] | None]


def only(rule_and_person: dict[tuple[str, str], dict[str, object]]) -> Answers:
    """Answers by rule and name."""

    def answer(line: Line) -> dict[str, object] | None:
        return rule_and_person.get((line["rule"], line["姓名"]))

    return answer


def test_an_untouched_list_changes_nothing(town: Villages) -> None:
    before = {n: town.table(WEEK1, n) for n in ("person", "issues", "states", "changes")}
    for name, path in town.lists(WEEK1).items():
        shutil.copy(path, town.returned(WEEK1) / f"{name} 填好.xlsx")
    town.run()
    for name, table in before.items():
        pd.testing.assert_frame_equal(town.table(WEEK1, name), table)
    assert (town.table(WEEK1, "answers")["outcome"] == "blank").all() and len(town.answers(WEEK1)) == 0


def test_a_right_answer_is_laid_over_and_told(town: Villages) -> None:
    who = town.true[town.persons[0]]
    fill(town.lists(WEEK1)["石桥村"], town.returned(WEEK1) / "石桥.xlsx", only({("X-03", who["name"]): changed("男")}))
    town.run()
    person = town.table(WEEK1, "person").set_index("person_no").loc[who["person_no"]]
    assert person["sex"] == "男"
    assert town.states(WEEK1)[who["person_no"], "X-03"] == "已整改"
    assert "X-03" not in set(town.table(WEEK1, "issues")["rule"])
    change = town.table(WEEK1, "changes").query("step == 'correct'")
    assert list(change["after"]) == ["男"] and "石桥.xlsx" in change["reason"].iloc[0]
    receipt = openpyxl.load_workbook(town.clean(WEEK1) / "回执" / "石桥_回执.xlsx").worksheets[0]
    said = "".join(str(c.value) for row in receipt.iter_rows() for c in row if c.value)
    assert "采用 1 条" in said and who["name"] not in said


REFUSED = [
    ("1_12_003", 2, changed("51992319990101001"), "格式不对|仍然有问题"),
    ("1_12_003", 2, TRUE_AS_IT_STANDS, "不能答复情况属实"),
    ("X-03", 0, changed("外星人"), "不能作为性别"),
    ("X-03", 0, changed("女"), "与表中现在的值相同"),
    ("X-03", 0, {**TRUE_AS_IT_STANDS, "佐证说明": None}, "佐证说明"),
    ("X-03", 0, {**TRUE_AS_IT_STANDS, "核实人": None}, "核实人"),
    ("X-03", 0, {**TRUE_AS_IT_STANDS, "日期": None}, "日期"),
    ("X-03", 0, {**TRUE_AS_IT_STANDS, "正确值": "男"}, "不知以哪个为准"),
    ("X-03", 0, {"核实结果": "差不多"}, "请从"),
    ("X-03", 0, {"佐证说明": "看过了"}, "没有选核实结果"),
]


@pytest.mark.parametrize(("rule", "person", "answer", "why"), REFUSED)
def test_an_impossible_answer_goes_back_as_a_problem(town: Villages, rule: str, person: int, answer: dict[str, object], why: str) -> None:
    who = town.true[town.persons[person]]
    fill(town.lists(WEEK1)["石桥村"], town.returned(WEEK1) / "石桥.xlsx", only({(rule, who["name"]): answer}))
    town.run()
    judged = town.answers(WEEK1).iloc[0]
    assert judged["outcome"] == "refused" and pd.Series([judged["why"]]).str.contains(why).all()
    issue = town.table(WEEK1, "issues").query("rule == @rule and person_no == @who['person_no']").iloc[0]
    assert issue["status"] == "新增" and "没有采用" in issue["message"]
    assert not len(town.table(WEEK1, "changes").query("step == 'correct'"))


def test_true_as_it_stands_holds_until_a_value_it_rests_on_changes(town: Villages) -> None:
    who = town.system[town.persons[0]]
    fill(town.lists(WEEK1)["石桥村"], town.returned(WEEK1) / "a.xlsx", only({("X-03", who["name"]): TRUE_AS_IT_STANDS}))
    town.run()
    assert town.states(WEEK1)[who["person_no"], "X-03"] == "情况属实"
    assert "X-03" not in set(town.table(WEEK1, "issues")["rule"])
    town.export(WEEK2)
    town.run()
    assert town.states(WEEK2)[who["person_no"], "X-03"] == "情况属实"
    who["id_number"] = people()[who["person_no"]]["id_number"][:14] + "9" + who["id_number"][15:]
    who["id_number"] = next(n for d in "0123456789X" if (n := who["id_number"][:17] + d) and _valid(n))
    town.export(WEEK3)
    town.run()
    assert town.states(WEEK3)[who["person_no"], "X-03"] == "未整改"
    assert "再核实" in town.table(WEEK3, "issues").query("rule == 'X-03'")["message"].iloc[0]


def test_accepted_answers_come_out_as_the_system_writes_them(town: Villages) -> None:
    who = town.system[town.persons[0]]
    fill(town.lists(WEEK1)["石桥村"], town.returned(WEEK1) / "a.xlsx", only({("X-03", who["name"]): changed("男")}))
    town.run()
    sheet = openpyxl.load_workbook(town.clean(WEEK1) / "系统导入格式" / "家庭成员信息.xlsx").worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == tuple(MEMBERS.values()) and len(rows) == 2
    assert rows[1] == tuple({**who, "sex": "男"}[c] for c in MEMBERS)
    entry = town.table(WEEK1, "entries").iloc[0]
    assert (entry["person_no"], entry["old"], entry["new"], entry["done"]) == (who["person_no"], "女", "男", False)


@pytest.mark.parametrize(
    ("value", "written", "read", "expected"),
    [
        ("20220501", ["2021-03-04", "2020-01-02"], ["20210304", "20200102"], "2022-05-01"),
        ("男", ["1", "2", "1"], ["男", "女", "男"], "1"),
        ("202205", ["2021年03月"], ["202103"], "2022年05月"),
        ("汉族", ["彝族"], ["彝族"], "汉族"),
        ("12.5", ["1,200.00"], ["1200.00"], "12.5"),
        (None, ["a"], ["a"], None),
    ],
)
def test_a_value_is_written_as_the_export_writes_it(value: str | None, written: list[str], read: list[str], expected: str | None) -> None:
    assert own_spelling(value, pd.Series(written, dtype=object), pd.Series(read, dtype=object)) == expected


def test_a_list_behind_the_campaigns_password_goes_out_and_is_read_back(town: Villages) -> None:
    town.spec = replace(town.spec, campaign=replace(town.spec.campaign, list_password="晓得不"))
    who = town.system[town.persons[0]]
    town.run()
    source = town.lists(WEEK1)["石桥村"]
    assert source.read_bytes()[:4] == b"\xd0\xcf\x11\xe0" and "晓得不" not in (town.clean(WEEK1) / "manifest.json").read_text("utf-8")
    with unlocked(source, "晓得不") as plain:
        assert plain is not None
        path = fill(plain, town.returned(WEEK1) / "a.xlsx", only({("X-03", who["name"]): changed("男")}))
    lock(path, "晓得不")
    town.run()
    assert town.states(WEEK1)[who["person_no"], "X-03"] == "已整改"
    lock(_plain_copy(town, "石桥村", "晓得不"), "别的")
    town.run()
    assert "设了打开密码" in "".join(town.table(WEEK1, "issues").query("rule == 'R-04'")["message"])


def test_a_file_that_is_no_list_is_told_but_not_a_ledger_of_the_campaign(town: Villages) -> None:
    for name in ("附件1 石桥村台账.xlsx", "会议纪要.xlsx"):
        book = openpyxl.Workbook()
        for row in (["序号", "内容", "时间"], ["1", "开会", "上午"], ["2", "散会", "下午"]):
            book.worksheets[0].append(row)
        book.save(town.returned(WEEK1) / name)
    (town.returned(WEEK1) / "坏.xlsx").write_bytes(b"PK\x03\x04 nothing")
    town.run()
    issues = town.table(WEEK1, "issues")
    told = issues[issues["rule"] == "A-01"]["message"].tolist()
    assert len(told) == 1 and "会议纪要" in told[0]
    assert issues["message"].astype(str).str.contains("returned/坏.xlsx").sum() == 1
    assert [p.name for p in (town.clean(WEEK1) / "回执").iterdir()] == ["坏_回执.xlsx"]


def _plain_copy(town: Villages, village: str, password: str) -> Path:
    target = town.returned(WEEK1) / "别的密码.xlsx"
    with unlocked(town.lists(WEEK1)[village], password) as plain:
        assert plain is not None
        shutil.copy(plain, target)
    return target


def test_a_new_value_that_breaks_another_rule_is_refused(town: Villages) -> None:
    who = town.system[town.persons[16]]
    fill(town.lists(WEEK1)["青杠村"], town.returned(WEEK1) / "a.xlsx", only({("2_01_013", who["name"]): changed("石桥村村委会")}))
    town.run()
    assert town.answers(WEEK1)["outcome"].tolist() == ["refused"]


def test_a_rule_nearly_always_answered_as_true_is_shown_as_noisy(town: Villages) -> None:
    for number in range(0, 36, 3):
        town.system[town.persons[number]]["birth_date"] = "19250101"
    town.export(WEEK1)
    town.run()
    for name, path in town.lists(WEEK1).items():
        fill(path, town.returned(WEEK1) / f"{name}.xlsx", lambda line: TRUE_AS_IT_STANDS if line["rule"] == "X-09" else None)
    town.run()
    noisy = town.table(WEEK1, "waivers").set_index("rule").loc["X-09"]
    assert noisy["noisy"] and noisy["share"] == 1 and noisy["answered"] == 12


def _valid(number: str) -> bool:
    from villages import checked

    return checked(number[:17]) == number


def test_a_problem_is_followed_from_export_to_export(town: Villages) -> None:
    right, claimed, silent = (town.system[town.persons[i]] for i in (1, 0, 16))
    fill(
        town.lists(WEEK1)["石桥村"], town.returned(WEEK1) / "a.xlsx",
        only({("2_12_002", right["name"]): changed("汉"), ("X-03", claimed["name"]): changed("男")}),
    )  # fmt: skip
    town.run()
    right["nationality"] = "汉族"
    town.export(WEEK2)
    town.run()
    states = town.states(WEEK2)
    assert states[right["person_no"], "2_12_002"] == "已生效"
    assert states[claimed["person_no"], "X-03"] == "声称已改系统未变"
    assert states[silent["person_no"], "2_01_013"] == "未整改"
    assert "系统导出的表里还没有变" in town.table(WEEK2, "issues").query("rule == 'X-03'")["message"].iloc[0]
    right["nationality"] = ""
    town.export(WEEK3)
    town.run()
    assert town.states(WEEK3)[right["person_no"], "2_12_002"] == "复发"


def test_everything_stands_again_after_data_clean_is_deleted(town: Villages) -> None:
    fill(town.lists(WEEK1)["石桥村"], town.returned(WEEK1) / "a.xlsx", lambda line: TRUE_AS_IT_STANDS if line["rule"] == "X-03" else changed("汉族"))
    town.run(WEEK1)
    town.export(WEEK2)
    town.run(WEEK2)
    kept = town.snapshot(WEEK2)
    town.forget()
    town.run(WEEK2)
    assert town.snapshot(WEEK2) == kept


def test_two_copies_that_agree_count_once_and_that_disagree_go_to_the_township(town: Villages) -> None:
    who, other = town.system[town.persons[0]], town.system[town.persons[1]]
    source = town.lists(WEEK1)["石桥村"]
    fill(source, town.returned(WEEK1) / "a.xlsx", only({("X-03", who["name"]): changed("男"), ("2_12_002", other["name"]): changed("汉族")}))
    fill(source, town.returned(WEEK1) / "b.xlsx", only({("X-03", who["name"]): changed(" 男 "), ("2_12_002", other["name"]): changed("藏族")}))
    town.run()
    assert town.states(WEEK1)[who["person_no"], "X-03"] == "已整改"
    assert town.states(WEEK1)[other["person_no"], "2_12_002"] == "新增"
    conflict = town.table(WEEK1, "issues").query("rule == 'A-03'").iloc[0]
    assert "a.xlsx" in conflict["message"] and "b.xlsx" in conflict["message"] and conflict["owner"] == "township"


def test_a_value_that_has_moved_on_is_not_overwritten(town: Villages) -> None:
    who = town.system[town.persons[1]]
    fill(town.lists(WEEK1)["石桥村"], town.returned(WEEK2) / "a.xlsx", only({("2_12_002", who["name"]): changed("汉族")}))
    who["nationality"] = "彝族"
    town.export(WEEK2)
    town.run()
    judged = town.answers(WEEK2).iloc[0]
    assert judged["outcome"] == "refused" and "彝族" in judged["why"]
    assert town.table(WEEK2, "person").set_index("person_no").loc[who["person_no"], "nationality"] == "彝族"
    assert list(town.table(WEEK2, "issues").query("rule == 'A-04'")["value"]) == ["彝族"]
