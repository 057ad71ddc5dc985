"""村级整改清单: what a village opens, prints and fills in."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from test_report_invented import NATIONALITIES, SENSITIVE, VILLAGES, invented

from pipeline.report import Results, fixlist
from pipeline.report.fixlist import FIRST_ROW, HEAD_ROW, KEY_SHEET, file_name
from pipeline.report.fixrows import KEYS, fingerprints, fix_rows

ANSWERS = ("正确值", "核实结果", "佐证说明", "核实人", "日期")


@pytest.fixture(scope="module")
def results() -> Results:
    return invented(30)


@pytest.fixture(scope="module")
def lists(results: Results, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {p.stem: p for p in fixlist.write(results, tmp_path_factory.mktemp("lists"))}


def sheet_of(path: Path) -> Worksheet:
    return openpyxl.load_workbook(path).worksheets[0]


def table_of(sheet: Worksheet) -> pd.DataFrame:
    head = [cell.value for cell in sheet[HEAD_ROW]]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=FIRST_ROW)]
    return pd.DataFrame([row for row in rows if row[1] is not None or row[-1] is not None], columns=head)


def checks_on(sheet: Worksheet, cell: str) -> list[tuple[str, str]]:
    return [(v.type, v.formula1) for v in sheet.data_validations.dataValidation if cell in v.sqref]


def column(sheet: Worksheet, title: str) -> str:
    return next(cell.column_letter for cell in sheet[HEAD_ROW] if cell.value == title)


def test_one_list_per_village_and_one_for_those_without(lists: dict[str, Path]) -> None:
    assert set(lists) == {*VILLAGES, "未注明村"}


def test_a_list_shows_no_one_of_another_village(results: Results, lists: dict[str, Path]) -> None:
    homes = results.tables["household"].set_index("household_no")["village"]
    for village in VILLAGES:
        with zipfile.ZipFile(lists[village]) as book:
            content = "".join(book.read(name).decode() for name in book.namelist())
        for (table, name), kind in SENSITIVE.items():
            frame = results.tables[table]
            strangers = frame.loc[frame["household_no"].map(homes) != village, name].dropna()
            own = set(frame.loc[frame["household_no"].map(homes) == village, name])
            if kind != "health":
                assert not [value for value in set(strangers) - own if f">{value}<" in content], (village, name)
        others = set(homes[homes != village].index)
        assert not [number for number in others if number in content]


def test_a_strangers_number_in_a_sentence_is_masked(results: Results) -> None:
    people = results.tables["person"]
    homes = results.tables["household"].set_index("household_no")["village"]
    mine, theirs = (people.loc[people["household_no"].map(homes) == v, "id_number"].iloc[0] for v in VILLAGES[:2])
    issues = results.issues[results.issues["village"] == VILLAGES[0]].head(1).assign(message=f"与{theirs}重复，{mine}")
    told = fix_rows(Results(**{**fields(results), "issues": issues}))["problem"].iloc[0]
    assert theirs not in told and mine in told and theirs[:3] + "*" * 13 + theirs[-2:] in told


def test_a_sentence_names_nobody_of_another_village(results: Results) -> None:
    homes = results.tables["household"]
    mine, theirs = (homes[homes["village"] == v].iloc[0] for v in VILLAGES[:2])
    said = f"{mine['head_name']}的电话与{theirs['head_name']}家（户编号{theirs['household_no']}）相同"
    issues = results.issues[results.issues["village"] == VILLAGES[0]].head(1).assign(message=said, name=mine["head_name"])
    told = fix_rows(Results(**{**fields(results), "issues": issues}))["problem"].iloc[0]
    assert told == f"{mine['head_name']}的电话与外村某人家（户编号外村某户）相同"


def test_a_name_inside_a_word_of_ours_is_no_stranger(results: Results) -> None:
    homes = results.tables["household"].copy()
    homes.loc[homes["village"] == VILLAGES[1], "head_name"] = "于全"
    issues = results.issues[results.issues["village"] == VILLAGES[0]].head(1).assign(message="各户合计3大于全村总人口，于全家也在内")
    changed = {**fields(results), "issues": issues, "tables": {**results.tables, "household": homes}, "own_words": ["各户合计{n}大于全村总人口"]}
    assert fix_rows(Results(**changed))["problem"].iloc[0] == "各户合计3大于全村总人口，外村某人家也在内"


def fields(results: Results) -> dict[str, object]:
    return {name: getattr(results, name) for name in Results.__dataclass_fields__}


def test_every_problem_a_village_can_settle_is_on_one_list(results: Results, lists: dict[str, Path]) -> None:
    listed = [i for path in lists.values() for ids in table_of(sheet_of(path))["issue_ids"] for i in ids.split()]
    wanted = results.issues.loc[results.issues["owner"] == "village", "issue_id"]
    assert set(listed) == set(wanted) and len(listed) == len(set(listed))


def test_the_same_problem_of_two_exports_stands_once_with_both_addresses(results: Results) -> None:
    rows = fix_rows(results)
    both = rows[rows["where"].str.count("\n") == 4]
    assert len(both) == 3
    assert all("监测对象信息.xlsx" in w and "家庭成员.xlsx" in w for w in both["where"])


def test_the_second_spell_of_a_person_is_a_problem_of_its_own(results: Results) -> None:
    spell = results.issues[results.issues["table"] == "work"].head(1)
    second = spell.assign(row_id="已外出务工.xlsx#务工!900", issue_id="other")
    rows = fix_rows(Results(**{**fields(results), "issues": pd.concat([spell, second])}))
    assert len(rows) == 2


def test_rows_are_in_order_of_group_household_and_severity(lists: dict[str, Path]) -> None:
    table = table_of(sheet_of(lists["石桥村"]))
    keys = [(int(g), h, s) for g, h, s in zip(table["社/组"], table["户编号"], table["等级"], strict=True)]
    assert keys == sorted(keys) and list(table["序号"]) == list(range(1, len(table) + 1))


def test_words_of_a_row(lists: dict[str, Path]) -> None:
    table = table_of(sheet_of(lists["石桥村"]))
    row = table[table["rule"] == "1_12_003"].iloc[0]
    assert row["在系统里的位置（及原表位置）"].startswith(
        "家庭成员信息 → 证件号码\n（自定义）监测对象信息.xlsx\nSheet1·第"
    )
    assert row["户主"] and row["姓名"] and len(row["证件号码"]) == 18 and row["表中现在的值"] == row["证件号码"]
    assert row["seen"] == row["表中现在的值"] and row["run_id"] == "20220531-ab12cd"


def test_answers_are_open_and_all_else_is_locked(lists: dict[str, Path]) -> None:
    sheet = sheet_of(lists["石桥村"])
    assert sheet.protection.sheet and not sheet.protection.autoFilter and not sheet.protection.formatColumns
    for cell in sheet[FIRST_ROW]:
        title = sheet.cell(HEAD_ROW, cell.column).value
        assert cell.protection.locked == (title not in ANSWERS), title
    assert not any(sheet.column_dimensions[column(sheet, title)].hidden for title in ANSWERS)
    assert all(sheet.column_dimensions[column(sheet, key)].hidden for key in KEYS)


def test_answers_are_checked_by_their_kind(lists: dict[str, Path]) -> None:
    sheet = sheet_of(lists["石桥村"])
    rules = {cell.value: cell.row for cell in sheet[column(sheet, "rule")][HEAD_ROW:] if cell.value}
    answer, verdict, day = (column(sheet, t) for t in ("正确值", "核实结果", "日期"))
    assert [t for t, _ in checks_on(sheet, f"{verdict}{FIRST_ROW}")] == ["list"]
    assert [t for t, _ in checks_on(sheet, f"{day}{FIRST_ROW}")] == ["date"]
    kinds = {"1_12_003": "textLength", "5_11_044": "decimal", "5_11_032": "custom", "2_12_009": "custom"}
    kinds |= {"2_12_002": "list", "5_11_040": "list"}
    for rule, kind in kinds.items():
        assert [t for t, _ in checks_on(sheet, f"{answer}{rules[rule]}")] == [kind], rule
    assert sheet[f"{answer}{rules['5_11_044']}"].number_format == "General"
    assert sheet[f"{answer}{rules['1_12_003']}"].number_format == "@"
    assert not checks_on(sheet, f"{answer}{sheet.max_row}")


def test_drop_downs_point_at_the_whole_code_list(lists: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(lists["石桥村"])
    sheet, choices = book.worksheets[0], book["选项"]
    row = next(c.row for c in sheet[column(sheet, "rule")] if c.value == "2_12_002")
    [(_, formula)] = checks_on(sheet, f"{column(sheet, '正确值')}{row}")
    cells = choices[formula.split("!")[1].replace("$", "")]
    assert [c[0].value for c in cells] == list(NATIONALITIES) and choices.sheet_state == "hidden"


def test_printed_on_a4_with_titles_on_every_page(lists: dict[str, Path]) -> None:
    sheet = sheet_of(lists["石桥村"])
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == ("9", "landscape") or (
        sheet.page_setup.paperSize == 9 and sheet.page_setup.orientation == "landscape"
    )
    assert sheet.page_setup.fitToWidth == 1 and sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == f"${HEAD_ROW}:${HEAD_ROW}"
    assert "&P" in sheet.oddFooter.center.text
    assert "石桥村" in sheet["A1"].value and "2022-06-10" in sheet["A2"].value
    assert str(sheet.cell(sheet.max_row, 1).value).startswith("村书记签字")


def test_the_hidden_tab_says_what_the_list_is(lists: dict[str, Path]) -> None:
    sheet = openpyxl.load_workbook(lists["石桥村"])[KEY_SHEET]
    facts = {row[0].value: row[1].value for row in sheet.rows}
    assert sheet.sheet_state == "veryHidden"
    assert (facts["run_id"], facts["period"], facts["village"]) == ("20220531-ab12cd", "2022-05", "石桥村")
    assert facts["columns"].split()[-len(KEYS) :] == list(KEYS)


def test_a_fingerprint_covers_the_keys_and_the_value_seen(results: Results) -> None:
    rows = fix_rows(results)
    assert list(rows["fingerprint"]) == fingerprints(rows) and rows["fingerprint"].is_unique
    for name in ("household_no", "id", "seen", "issue_ids"):
        assert fingerprints(rows.head(1).assign(**{name: "else"})) != fingerprints(rows.head(1))


def test_files_are_named_safely() -> None:
    taken: set[str] = set()
    names = [file_name(n, taken) for n in ("石桥村", "石桥村", "a/b:c", "CON", " . ", "A", "a", "..\\x")]
    assert names == [
        "石桥村.xlsx",
        "石桥村_2.xlsx",
        "a_b_c.xlsx",
        "CON_.xlsx",
        "_.xlsx",
        "A.xlsx",
        "a_2.xlsx",
        "_x.xlsx",
    ]


def test_two_villages_of_one_name_get_a_list_each(results: Results, tmp_path: Path) -> None:
    one = results.issues[results.issues["village"] == "石桥村"].head(2)
    two = one.assign(township="白云乡", household_no="H2", person_no=None)
    paths = fixlist.write(Results(**{**fields(results), "issues": pd.concat([one, two])}), tmp_path)
    assert {p.stem for p in paths} == {"青禾镇石桥村", "白云乡石桥村"}
