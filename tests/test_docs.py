"""docs/规则.md says what the YAML says, and every id of the published catalogue went somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import messages
from pipeline.docs import PAGE, coverage, resting, rules_page, uncovered
from pipeline.messages import messages_page
from pipeline.spec import Spec

ROOT = Path(__file__).parents[1]


def test_the_page_is_current(spec: Spec) -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == rules_page(spec), "请运行 qingxi check --write-docs"


def test_the_page_of_messages_is_current_and_whole(spec: Spec) -> None:
    page = messages_page(spec)
    assert (ROOT / messages.PAGE).read_text(encoding="utf-8") == page, "请运行 qingxi check --write-docs"
    assert all(problem.id in page for problem in spec.problems.values())
    for said in ("里没有数据", "磁盘满了", "行数对不上", "正被打开", "演示不会动它", "没有写出", "未能执行", "端口", "没有一张能用的表", "还没有文件确认", "写法不符合 YAML"):
        assert said in page, said


SECTIONS = [name for name in messages.advice().names("sections") if name != "problems"]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_message_has_its_mending(section: str) -> None:
    texts = messages.said(section)
    assert texts and [text for text in texts if not messages.todo(section, text)] == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_mending_has_its_message(section: str) -> None:
    entries = messages.advice().get(f"sections.{section}").get("advice", [])
    assert [piece for entry in entries for piece in entry["says"] if not any(piece in text for text in messages.said(section))] == []


def test_every_id_of_the_catalogue_is_a_rule_or_an_exception_with_its_reason(spec: Spec) -> None:
    assert uncovered(spec) == []


def test_an_id_stands_in_the_catalogue_once(spec: Spec) -> None:
    table = coverage(spec)
    assert table["id"].is_unique
    assert len(table) == 340


def test_nothing_is_both_a_rule_and_an_exception(spec: Spec) -> None:
    ids = {name for rule in spec.rules for name in (rule.id, *rule.also)} | {p.id for p in spec.problems.values()}
    assert ids & set(spec.exceptions) == set()


def test_only_the_departments_lists_are_left_for_later(spec: Spec) -> None:
    table = coverage(spec)
    assert set(table.loc[table["status"] == "以后", "id"]) <= {f"D-{n:02d}" for n in range(1, 31)}


def test_the_page_names_every_rule_and_what_switches_it_off(spec: Spec) -> None:
    page = rules_page(spec)
    assert [rule.id for rule in spec.rules if rule.id not in page] == []
    assert all(reason in page for reason in resting(spec).values())
