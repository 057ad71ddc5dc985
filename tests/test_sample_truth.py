"""Every kind of planted error is found at the cell where it stands; a township without errors gets no reproach."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import pandas as pd
import pytest
from conftest import Made

from pipeline.spec import Spec

Cell = tuple[str, str]
Line = dict[str, str]


@dataclass
class Score:
    """How one kind of planted error fared."""

    kind: str
    planted: int = 0
    found: int = 0
    by_expected_rule: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


def fold(text: object) -> str:
    """A header without the line breaks and blanks of its cell."""
    return "".join(str(text or "").split())


def cells_named(issues: pd.DataFrame) -> dict[Cell, set[str]]:
    """For every cell that an issue names, filed there or beside it, the rules that name it."""
    named: dict[Cell, set[str]] = defaultdict(set)
    for issue in issues.itertuples():
        filed = {issue.rule, "@unreadable"} if issue.step == "normalise" else {issue.rule}
        named[issue.row_id, fold(issue.source_column)] |= filed
        for other in (issue.other_cells or "").split("；"):
            address, _, header = other.partition(":")
            named[address, fold(header)].add(issue.rule)
    return named


def wanted(line: Line) -> list[str]:
    """The rules of which any will do."""
    return [rule for text in line["expected"].split() for rule in text.split("|")]


def can_be_found(line: Line, live: set[str]) -> bool:
    """Whether any rule that is expected is in force here; what the reader finds always is."""
    return any(rule.startswith("@") or any(fnmatchcase(name, rule) for name in live) for rule in wanted(line))


def live_rules(spec: Spec) -> set[str]:
    rules = {rule.id for rule in spec.rules if not rule.retired and not rule.switched_off}
    also = {name for rule in spec.rules if rule.id in rules for name in rule.also}
    return rules | also | {problem.id for problem in spec.problems.values()}


def rules_at(lines: list[Line], named: dict[Cell, set[str]], issues: pd.DataFrame) -> set[str]:
    """The rules that name one of a plant's cells. What is gone since last month has no cell of this month: its household is looked up."""
    found = {rule for line in lines for rule in named.get((f"{line['file']}#{line['tab']}!{line['row']}", fold(line["column"])), ())}
    if not found and all(rule.startswith("T-") for rule in wanted(lines[0])):
        there = issues[(issues["household_no"] == lines[0]["household_no"]) & issues["rule"].str.startswith("T-")]
        found = set(there["rule"])
    return found


def scored(made: Made, spec: Spec) -> tuple[list[Score], list[str]]:
    """The score of every kind, and the kinds that no rule in force can find."""
    named, live = cells_named(made.issues), live_rules(spec)
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in made.truth:
        groups[line["group"]].append(line)
    scores: dict[str, Score] = {}
    unasked: set[str] = set()
    for lines in groups.values():
        kind = lines[0]["kind"]
        if not can_be_found(lines[0], live):
            unasked.add(f"{kind}（{lines[0]['expected']}）")
            continue
        score = scores.setdefault(kind, Score(kind))
        score.planted += 1
        rules = rules_at(lines, named, made.issues)
        score.found += bool(rules)
        score.by_expected_rule += any(fnmatchcase(rule, want) for rule in rules for want in wanted(lines[0]))
        score.rules.update(rule for rule in rules if not rule.startswith("@"))
        if not rules:
            score.missed += [f"{line['file']}#{line['tab']}!{line['row']} {fold(line['column'])}" for line in lines[:2]]
    return sorted(scores.values(), key=lambda s: s.kind), sorted(unasked)


def table(scores: list[Score], unasked: list[str]) -> Iterator[str]:
    yield f"\n{'错误种类':<36}{'埋':>4}{'找到':>5}{'按预期规则':>6}  规则"
    for s in scores:
        yield f"{s.kind:<40}{s.planted:>4}{s.found:>6}{s.by_expected_rule:>8}  {' '.join(f'{r}×{n}' for r, n in s.rules.most_common(5))}"
    yield f"{'合计':<38}{sum(s.planted for s in scores):>4}{sum(s.found for s in scores):>6}{sum(s.by_expected_rule for s in scores):>8}"
    yield "没有可用的规则（缺本省标准值），不计：" + ("、".join(unasked) or "无")


@pytest.fixture(scope="module")
def scores(planted: Made, spec: Spec) -> list[Score]:
    found, unasked = scored(planted, spec)
    print("\n".join(table(found, unasked)))
    return found


def test_planted_errors_are_found_at_their_cell(scores: list[Score]) -> None:
    missed = [address for score in scores for address in score.missed]
    assert sum(s.found for s in scores) / sum(s.planted for s in scores) >= 0.99, missed


def test_no_kind_of_error_is_missed_altogether(scores: list[Score]) -> None:
    assert {s.kind: s.missed for s in scores if not s.found} == {}


def test_errors_are_found_by_the_rule_that_is_about_them(scores: list[Score]) -> None:
    assert sum(s.by_expected_rule for s in scores) / sum(s.planted for s in scores) >= 0.97


def test_few_kinds_wait_for_a_figure(planted: Made, spec: Spec) -> None:
    assert len(scored(planted, spec)[1]) <= 5


def test_a_township_without_errors_gets_no_reproach(clean: Made) -> None:
    serious = clean.issues[clean.issues["severity"].isin(["critical", "warning"])]
    assert serious[["rule", "row_id", "source_column", "value"]].to_dict("records") == []


def test_a_township_without_errors_is_asked_few_questions(clean: Made) -> None:
    questions = clean.issues[clean.issues["severity"] == "info"]
    assert len(questions) <= clean.summary.households / 100, questions["rule"].value_counts().to_dict()


def test_households_without_planted_errors_are_left_alone(planted: Made) -> None:
    touched = {line["household_no"] for line in planted.truth}
    issues = planted.issues
    innocent = issues[issues["household_no"].notna() & ~issues["household_no"].isin(touched) & (issues["severity"] != "info")]
    assert innocent[["rule", "row_id", "source_column"]].to_dict("records") == []
