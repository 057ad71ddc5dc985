"""The words a county changes for itself are checked before they are said, and every table has a name people know."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from pipeline.shipped import make_project


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("wording.yml", "page: 第{页}页", "mappings/wording.yml:1 page 里的 {页} 没有东西可填"),
        ("wording.yml", "receipt:\n  counts:\n    accepted: 采用 {数} 条", "mappings/wording.yml:3 accepted 里的 {数} 没有东西可填，可以写 {count}"),
        ("wording.yml", "receipt: {counts: {accepted: '采用 {count 条'}}", "mappings/wording.yml:1 accepted 里的 {} 没有东西可填"),
        ("wording.yml", "font: 12", "font 应当和原来一样"),
        ("serve.yml", "kinds: 甲", "kinds 应当和原来一样"),
        ("report.yml", "limits: 甲", "limits 应当和原来一样"),
    ],
)
def test_a_word_that_cannot_be_said_is_named_with_its_line(file: str, content: str, said: str, tmp_path: Path, command: Any) -> None:
    made = make_project(tmp_path / "甲")
    (made / "mappings" / file).write_text(content, encoding="utf-8")
    answer = command("check", "--root", made)
    assert answer.code == 1 and said in answer.err


def test_words_changed_with_care_and_new_ones_are_left_alone(tmp_path: Path, command: Any) -> None:
    made = make_project(tmp_path / "甲")
    (made / "mappings" / "wording.yml").write_text("font: 楷体\nours: 甲\nreceipt: {counts: {accepted: '已采用'}}\n", encoding="utf-8")
    assert command("check", "--root", made).code == 0


def test_tables_are_called_by_names_people_know(planted: Any) -> None:
    tabs = CalamineWorkbook.from_path(str(planted.out / "清洗数据.xlsx")).sheet_names
    assert "农村低保名单" in tabs and not [tab for tab in tabs if re.search("[a-z]", tab)]
    changed = CalamineWorkbook.from_path(str(planted.out / "修改记录.xlsx")).get_sheet_by_index(0).to_python()
    at = changed[0].index("数据表")
    assert not [row[at] for row in changed[1:] if re.search("[a-z_]{4}", str(row[at]))]


RULE = """
rules:
- {id: "本县-1", table: person, name: 甲, dimension: 准确性, severity: info, subject: 人, flag: age > 200, columns: [birth_date], message: 甲,
   fix: 乙, basis: 丙, owner: village, waivable: true, examples: {pass: [{birth_date: "20000101"}], fail: [{birth_date: "DAY"}]}}
"""


@pytest.mark.parametrize(
    ("day", "code", "said"),
    [("10000101", 0, "“county”的 2 个例子都对"), ("20000101", 1, "expectations/county.yml:4 规则 本县-1：这一行写在 fail 里，规则却没有报")],
)
def test_the_examples_of_a_file_are_tried_by_a_command(day: str, code: int, said: str, tmp_path: Path, command: Any) -> None:
    made = make_project(tmp_path / "甲")
    (made / "expectations" / "county.yml").write_text(RULE.replace("DAY", day), encoding="utf-8")
    answer = command("check", "--root", made, "--examples", "county")
    assert answer.code == code and said in answer.out + answer.err
