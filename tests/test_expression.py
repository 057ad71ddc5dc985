"""The rules' language: three-valued logic, related rows, and nothing but columns."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.checks import CHECKS
from pipeline.derive import Database, Table, typed
from pipeline.expression.bind import Relation, Scope, bind, bind_truth
from pipeline.expression.evaluate import as_numbers, as_truths, evaluate, evaluate_truth
from pipeline.expression.parse import ExpressionError, parse, text_of
from pipeline.expression.values import Truths, texts

TYPES = {"no": "text", "sex": "text", "kinds": "text", "age": "number", "pay": "number", "since": "number", "never": "text"}
HOME, MEMBER = "home", "member"
RELATIONS = {
    HOME: {"members": Relation("members", MEMBER, True, "no")},
    MEMBER: {"home": Relation("home", HOME, False, "no"), "siblings": Relation("siblings", MEMBER, True, "no")},
}
SCOPE = Scope(
    table=MEMBER,
    types={HOME: TYPES, MEMBER: TYPES},
    relations=RELATIONS,
    column_groups={"pair": ("sex", "kinds")},
    code_groups={"sex": {"known": ("男", "女")}},
    attributes={"sex": {"男": {"parity": "1"}, "女": {"parity": "0"}}},
    column_codes={HOME: {}, MEMBER: {"sex": "sex"}},
    standards={"line": 7000.0, "nothing": None, "own": "甲县"},
    yearly={"line": {2021: 6000.0, 2022: 7000.0}},
    checks=frozenset(CHECKS),
)
Row = dict[str, Any]


def table(name: str, rows: Sequence[Row]) -> Table:
    kinds = {"age": "number", "pay": "number", "since": "month"}
    import pandas as pd

    columns = {c: typed(kinds.get(c, "text"), pd.Series([r.get(c) for r in rows], dtype=object)) for c in TYPES if c != "never"}
    return Table(name, len(rows), columns, TYPES, {}, RELATIONS[name])


def database(members: Sequence[Row], homes: Sequence[Row] = ()) -> Database:
    return Database({HOME: table(HOME, homes), MEMBER: table(MEMBER, members)}, CHECKS)


def truths(text: str, members: Sequence[Row], homes: Sequence[Row] = (), over: str = MEMBER) -> list[bool | None]:
    """Yes, no or None for every row."""
    from dataclasses import replace

    tree = bind_truth(parse(text), replace(SCOPE, table=over))
    return plain(evaluate_truth(tree, database(members, homes).view(over)))


def plain(answers: Truths) -> list[bool | None]:
    return [bool(y) if k else None for y, k in zip(answers.yes & answers.known, answers.known, strict=True)]


def numbers(text: str, members: Sequence[Row], homes: Sequence[Row] = (), over: str = MEMBER) -> list[float | None]:
    from dataclasses import replace

    view = database(members, homes).view(over)
    return [None if np.isnan(v) else float(v) for v in as_numbers(evaluate(bind(parse(text), replace(SCOPE, table=over)), view), view.size)]


# ---- Kleene -------------------------------------------------------------------------------------------------------------

truth = st.sampled_from([True, False, None])
columns = st.lists(st.tuples(truth, truth, truth), min_size=1, max_size=8)


def of(values: Sequence[bool | None]) -> Truths:
    return Truths(np.array([v is True for v in values]), np.array([v is not None for v in values]))


def kleene_and(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


def kleene_not(a: bool | None) -> bool | None:
    return None if a is None else not a


@given(columns)
def test_and_or_not_are_those_of_three_values(rows: list[tuple[bool | None, ...]]) -> None:
    a, b = of([r[0] for r in rows]), of([r[1] for r in rows])
    assert plain(a & b) == [kleene_and(x, y) for x, y, _ in rows]
    assert plain(a | b) == [kleene_not(kleene_and(kleene_not(x), kleene_not(y))) for x, y, _ in rows]
    assert plain(~a) == [kleene_not(x) for x, _, _ in rows]


@given(columns)
def test_the_laws_of_logic_hold_where_something_is_unknown(rows: list[tuple[bool | None, ...]]) -> None:
    a, b, c = (of([r[i] for r in rows]) for i in range(3))
    assert plain(~~a) == plain(a)
    assert plain(~(a & b)) == plain(~a | ~b)
    assert plain(a & (b | c)) == plain((a & b) | (a & c))
    assert plain((a & b) & c) == plain(a & (b & c))


# ---- against a plain loop -------------------------------------------------------------------------------------------------

cell = st.one_of(st.none(), st.integers(0, 3).map(str))
rows = st.lists(
    st.fixed_dictionaries({"no": st.sampled_from(["a", "b", "c", None]), "sex": st.sampled_from(["男", "女", None]), "age": cell, "pay": cell}), max_size=9
)
homes = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, max_size=4).map(lambda names: [{"no": n, "pay": "2"} for n in names])


def number(text: str | None) -> float | None:
    return None if text is None else float(text)


def condition(row: Row, home: Row | None = None) -> bool | None:
    """sex == "男" and age > pay, by hand."""
    man = None if row["sex"] is None else row["sex"] == "男"
    age, pay = number(row["age"]), number((home or row)["pay"])
    older = None if age is None or pay is None else age > pay
    return kleene_and(man, older)


def any_of(answers: list[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def all_of(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


@given(rows)
def test_an_expression_is_what_a_loop_would_say(members: list[Row]) -> None:
    assert truths('sex == "男" and age > pay', members) == [condition(r) for r in members]


@given(rows, homes)
def test_questions_about_related_rows_are_what_a_loop_would_say(members: list[Row], houses: list[Row]) -> None:
    inside = [[condition(m) for m in members if m["no"] == h["no"]] for h in houses]
    assert truths('any(members, sex == "男" and age > pay)', members, houses, HOME) == [any_of(a) for a in inside]
    assert truths('all(members, sex == "男" and age > pay)', members, houses, HOME) == [all_of(a) for a in inside]
    assert numbers('count(members, sex == "男" and age > pay)', members, houses, HOME) == [float(a.count(True)) for a in inside]
    assert numbers("count(members)", members, houses, HOME) == [float(len(a)) for a in inside]


@given(rows, homes)
def test_the_row_outside_can_be_compared_with(members: list[Row], houses: list[Row]) -> None:
    inside = [[condition(m, h) for m in members if m["no"] == h["no"]] for h in houses]
    assert truths('any(members, sex == "男" and age > outer.pay)', members, houses, HOME) == [any_of(a) for a in inside]


@given(rows, homes)
def test_sums_pass_over_blanks(members: list[Row], houses: list[Row]) -> None:
    inside = [[number(m["age"]) for m in members if m["no"] == h["no"] and m["age"] is not None] for h in houses]
    assert numbers("sum(members, age)", members, houses, HOME) == [sum(a) if a else 0.0 for a in inside]
    assert numbers("max(members, age)", members, houses, HOME) == [max(a) if a else None for a in inside]
    assert numbers("min(members, age)", members, houses, HOME) == [min(a) if a else None for a in inside]


@given(rows, homes)
def test_the_one_related_row_is_reached_by_a_dot(members: list[Row], houses: list[Row]) -> None:
    there = {h["no"] for h in houses}
    assert numbers("home.pay", members, houses) == [2.0 if m["no"] in there else None for m in members]


@given(rows)
def test_siblings_are_those_of_the_same_home_the_row_itself_included(members: list[Row]) -> None:
    counted = [float(sum(m["no"] == other["no"] for other in members)) if m["no"] else None for m in members]
    found = numbers("count(siblings, filled(no))", members)
    assert [f for f, c in zip(found, counted, strict=True) if c is not None] == [c for c in counted if c is not None]


@given(rows)
@settings(max_examples=40)
def test_a_bound_expression_survives_being_written_down(members: list[Row]) -> None:
    tree = bind_truth(parse("sex in sex.known and (age + pay > $line or not blank(age))"), SCOPE)
    view = database(members).view(MEMBER)
    assert plain(evaluate_truth(parse(text_of(tree)), view)) == plain(evaluate_truth(tree, database(members).view(MEMBER)))


# ---- one by one -------------------------------------------------------------------------------------------------------------

MAN = {"no": "a", "sex": "男", "kinds": "因病,因残", "age": "30", "pay": "8000", "since": "202204"}
BLANK = {"no": "b"}


@pytest.mark.parametrize(
    ("text", "man", "blank"),
    [
        ("filled(sex)", True, False),
        ("blank(sex)", False, True),
        ('sex == "男"', True, None),
        ('sex != "女"', True, None),
        ('sex in ["男", "女"]', True, None),
        ("sex in sex.known", True, None),
        ('sex not in ["女"]', True, None),
        ("age >= 18", True, None),
        ("18 <= age < 60", True, None),
        ("pay > $line", True, None),
        ("pay > $nothing", None, None),
        ('$own == "甲县"', True, True),
        ('has(kinds, "因病")', True, False),
        ('has(pair, "男")', True, False),
        ('has_any(kinds, ["因学", "因残"])', True, False),
        ('only(kinds, ["因病", "因残", "因学"])', True, None),
        ('only(kinds, ["因病"])', False, None),
        ("count_values(kinds) == 2", True, False),
        ('matches(kinds, "^因")', True, None),
        ('starts(kinds, "因病")', True, None),
        ('contains(kinds, "残")', True, None),
        ("length(sex) == 1", True, None),
        ("any_filled(pair)", True, False),
        ("all_filled([sex, age])", True, False),
        ("none_filled([sex, age])", False, True),
        ("count_filled([sex, age]) == 2", True, False),
        ('since == month("2022-04")', True, None),
        ("year_of(since) == 2022", True, None),
        ("pay > standard_by_year(line, year_of(since))", True, None),
        ('coalesce(sex, "女") == "男"', True, False),
        ('coalesce(sex == "男", False)', True, False),
        ('when(sex == "男", age, pay) == 30', True, None),
        ('attr(sex, "parity") == "1"', True, None),
        ("abs(0 - age) == 30", True, None),
        ("round(age / 7, 2) == 4.29", True, None),
        ("age / 0 > 1", None, None),
        ("filled(never)", None, None),
        ('never == "x" or sex == "男"', True, None),
        ("lower(age, pay) == 30", True, None),
        ("join(no, sex) == 'a|男'", True, None),
    ],
)
def test_what_a_filled_and_a_blank_row_answer(text: str, man: bool | None, blank: bool | None) -> None:
    assert truths(text, [MAN, BLANK]) == [man, blank]


def test_a_question_over_no_rows_at_all_is_no_error() -> None:
    for text in ("age > 1", "filled(sex)", "any(siblings, age > 1)", "home.age > 1", 'matches(kinds, "x")', "sex in sex.known"):
        assert truths(text, []) == []


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "sex.__class__", "[x for x in sex]", "lambda: 1", "sex if age else 1", "age ** 9", "f'{sex}'", "sex[0]", "age; age", "age = 1", "age %", ""],
)
def test_what_is_not_in_the_language_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        bind_truth(parse(text), SCOPE)


@pytest.mark.parametrize(
    "text",
    ["agee > 1", "filed(sex)", "sex > 1", "sex + 1 == 2", "sex == 1", "$lien > 1", "any(home, age > 1)", "members.age > 1", "@no_such(sex)", "siblings == 1", "age in 3"],
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        bind_truth(parse(text), SCOPE)


def test_a_missing_standard_is_remembered() -> None:
    from dataclasses import replace

    scope = replace(SCOPE, missing_standards=set())
    bind_truth(parse("pay > $nothing"), scope)
    assert scope.missing_standards == {"nothing"}


def test_standards_stand_filled_in_where_auditors_read() -> None:
    assert text_of(bind_truth(parse("pay < $line and sex in sex.known"), SCOPE)) == "pay < 7000.0 and sex in ['男', '女']"


def test_texts_may_hold_signs_of_the_language() -> None:
    assert isinstance(parse('sex == "$line @x"'), ast.Compare)
    assert truths('sex == "$line"', [{**MAN, "sex": "$line"}]) == [True]


def test_an_absent_column_never_refutes() -> None:
    assert plain(as_truths(evaluate(parse('not (never == "x")'), database([MAN]).view(MEMBER)), 1)) == [None]


def test_a_group_of_which_a_column_was_not_exported_says_nothing_of_what_it_lacks() -> None:
    view = {"a": texts(["x", None]), "b": texts([None, None], absent=True)}

    class Two:
        size = 2

        def __init__(self) -> None:
            self.memo: dict[str, Any] = {}

        def column(self, node: ast.expr) -> Any:
            return view[ast.unparse(node)]

        def check(self, name: str) -> Any:
            raise KeyError(name)

    def asked(text: str) -> list[bool | None]:
        said = evaluate_truth(parse(text), Two())
        return [bool(y) if k else None for y, k in zip(said.yes, said.known, strict=True)]

    assert asked("any_filled([a, b])") == [True, None]
    assert asked("none_filled([a, b])") == [False, None]
    assert asked("all_filled([a, b])") == [None, False]
    assert asked('has([a, b], "x")') == [True, None]
    assert asked("count_filled([a, b]) == 1") == [None, None]
