"""A bound expression over a whole table at once, three-valued: unknown where its inputs are blank."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from datetime import date as calendar_date
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.expression.parse import AGGREGATES, CHECK, WHOLE_COLUMN, ExpressionError, called, text_of
from pipeline.expression.values import Bools, Column, Floats, Numbers, Texts, Truths, Value, known, of_boolean, texts, unknown

_NONE = np.array(None, dtype=object)


class View(Protocol):
    """Where columns come from while an expression is computed."""

    size: int
    memo: dict[str, Value]

    def column(self, node: ast.expr) -> Column:
        """The column a name, a dotted name or an aggregate stands for."""
        ...

    def check(self, name: str) -> Callable[..., Any]:
        """The function of checks.py of that name."""
        ...


def evaluate(node: ast.expr, view: View) -> Value:
    """The value of a bound tree, each distinct part computed once per view."""
    if isinstance(node, ast.Constant):
        constant: Value = node.value  # type: ignore[assignment]
        return constant
    key = text_of(node)
    if key not in view.memo:
        view.memo[key] = _compute(node, view)
    return view.memo[key]


def evaluate_truth(node: ast.expr, view: View) -> Truths:
    """As evaluate, and the answer is yes, no or unknown for every row."""
    return as_truths(evaluate(node, view), view.size)


def as_truths(value: Value, size: int) -> Truths:
    """Any value that answers yes or no, spread over all rows."""
    if isinstance(value, Truths):
        return value
    if value is None or (isinstance(value, Numbers | Texts) and value.absent):
        return unknown(size)
    if isinstance(value, bool):
        return known(np.full(size, value))
    if isinstance(value, Numbers):
        return Truths(value.values == 1, value.filled)
    raise ExpressionError("条件的结果不是“是/否”")


def as_numbers(value: Value, size: int) -> Floats:
    """Any number, spread over all rows; NaN where unknown."""
    if isinstance(value, Numbers):
        return value.values
    if isinstance(value, Truths):
        return np.where(value.known, value.yes.astype(float), np.nan)
    if value is None or (isinstance(value, Texts) and value.absent):
        return np.full(size, np.nan)
    if isinstance(value, int | float):
        return np.full(size, float(value))
    if isinstance(value, Texts):
        return _to_number(value).values
    raise ExpressionError("这里要一个数")


def _compute(node: ast.expr, view: View) -> Value:
    match node:
        case ast.List():
            return [evaluate(item, view) for item in node.elts]
        case ast.Dict():
            return {ast.literal_eval(k): ast.literal_eval(v) for k, v in zip(node.keys, node.values, strict=True) if k is not None}
        case ast.Name() | ast.Attribute():
            return view.column(node)
        case ast.Call():
            return _call(node, view)
        case ast.BoolOp(op=op, values=values):
            parts = [evaluate_truth(v, view) for v in values]
            result = parts[0]
            for part in parts[1:]:
                result = result & part if isinstance(op, ast.And) else result | part
            return result
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ~evaluate_truth(operand, view)
        case ast.UnaryOp(operand=operand):
            return Numbers(-as_numbers(evaluate(operand, view), view.size))
        case ast.BinOp(left=left, op=op, right=right):
            with np.errstate(divide="ignore", invalid="ignore"):
                result_values = _ARITHMETIC[type(op)](as_numbers(evaluate(left, view), view.size), as_numbers(evaluate(right, view), view.size))
            return Numbers(np.where(np.isfinite(result_values), result_values, np.nan))
        case ast.Compare(left=left, ops=ops, comparators=rights):
            return _compare_chain(left, ops, rights, view)
    raise ExpressionError(f"写法看不懂：{text_of(node)}")


_ARITHMETIC: dict[type[ast.operator], Callable[[Floats, Floats], Floats]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_ORDER: dict[type[ast.cmpop], Callable[[Floats, Floats], Bools]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _compare_chain(left: ast.expr, ops: list[ast.cmpop], rights: list[ast.expr], view: View) -> Truths:
    result: Truths | None = None
    value = evaluate(left, view)
    for op, right in zip(ops, rights, strict=True):
        other = evaluate(right, view)
        step = _compare(op, value, other, view.size)
        result = step if result is None else result & step
        value = other
    assert result is not None
    return result


def _compare(op: ast.cmpop, left: Value, right: Value, size: int) -> Truths:
    if _is_absent(left) or _is_absent(right):
        return unknown(size)
    if isinstance(op, ast.In | ast.NotIn):
        inside = _inside(left, right if isinstance(right, list) else [right], size)
        return inside if isinstance(op, ast.In) else ~inside
    if isinstance(left, Texts) or isinstance(right, Texts):
        equal = _equal_texts(left, right, size)
        return equal if isinstance(op, ast.Eq) else ~equal
    if isinstance(left, Truths | bool) and isinstance(right, Truths | bool):
        a, b = as_truths(left, size), as_truths(right, size)
        same = Truths(a.yes == b.yes, a.known & b.known)
        return same if isinstance(op, ast.Eq) else ~same
    if isinstance(left, str) and isinstance(right, str):
        return known(np.full(size, (left == right) == isinstance(op, ast.Eq)))
    a_values, b_values = as_numbers(left, size), as_numbers(right, size)
    there = ~(np.isnan(a_values) | np.isnan(b_values))
    with np.errstate(invalid="ignore"):
        return Truths(_ORDER[type(op)](a_values, b_values) & there, there)


def _is_absent(value: Value) -> bool:
    return value is None or (isinstance(value, Texts | Numbers) and value.absent)


def _inside(left: Value, options: list[Any], size: int) -> Truths:
    if isinstance(left, Texts):
        wanted = {option for option in options if isinstance(option, str)}
        return left.ask(wanted.__contains__)
    values = as_numbers(left, size)
    return Truths(np.isin(values, [float(o) for o in options]), ~np.isnan(values))


def _equal_texts(left: Value, right: Value, size: int) -> Truths:
    if isinstance(left, Texts) and isinstance(right, Texts):
        shared = pd.Index(left.distinct).get_indexer(pd.Index(right.distinct)) if len(right.distinct) else np.array([], dtype=np.intp)
        codes = right.lookup(shared, -2)
        there = left.filled & right.filled
        return Truths((left.codes == codes) & there, there)
    column, constant = (left, right) if isinstance(left, Texts) else (right, left)
    assert isinstance(column, Texts)
    if constant is None:
        return unknown(size)
    return column.ask(lambda text: text == constant)


def _call(node: ast.Call, view: View) -> Value:
    name = called(node) or ""
    if name in WHOLE_COLUMN or (name in AGGREGATES):
        return view.column(node)
    arguments = [evaluate(a, view) for a in node.args]
    if name.startswith(CHECK + "."):
        return _call_check(name.split(".", 1)[1], arguments, view)
    return _FUNCTIONS[name](arguments, view.size)


def _call_check(name: str, arguments: list[Value], view: View) -> Value:
    if any(isinstance(a, Texts | Numbers) and a.absent for a in arguments):
        return unknown(view.size) if name.startswith(("valid", "is_", "has_")) else texts(np.full(view.size, None, dtype=object), absent=True)
    plain = [_plain(a) for a in arguments]
    return _wrap(view.check(name)(*plain))


def _plain(value: Value) -> Any:
    if isinstance(value, Texts):
        return value.objects()
    if isinstance(value, Numbers):
        return value.values
    if isinstance(value, Truths):
        return pd.arrays.BooleanArray(value.yes.copy(), ~value.known)
    return value


def _wrap(result: Any) -> Value:
    if isinstance(result, pd.arrays.BooleanArray):
        return of_boolean(result)
    array = np.asarray(result)
    if array.dtype == object:
        return texts(array)
    if array.dtype == bool:
        return known(array)
    return Numbers(array.astype(np.float64))


# ---- functions of the language -------------------------------------------------------------------------------------


def _filled(value: Value, size: int) -> Truths:
    if _is_absent(value):
        return unknown(size)
    if isinstance(value, Texts | Numbers):
        return known(value.filled) if value.there is None else Truths(value.filled, value.there)
    if isinstance(value, Truths):
        return known(value.known)
    return known(np.full(size, True))


def _columns(value: Value) -> list[Any]:
    return [v for v in (value if isinstance(value, list) else [value]) if not _is_absent(v)]


def _count_filled(value: Value, size: int) -> Numbers:
    counted = np.sum([np.zeros(size), *(_filled(c, size).yes for c in _columns(value))], axis=0)
    return Numbers(np.where(_all_asked(value, size), counted, np.nan))


def _all_asked(value: Value, size: int) -> Bools:
    """The rows for which some list has a cell in every one of the columns: only of these can it be said that none holds it."""
    asked = np.ones(size, dtype=bool)
    for column in value if isinstance(value, list) else [value]:
        there = getattr(column, "there", None)
        asked &= not _is_absent(column) if there is None else there
    return asked


def _any_filled(arguments: list[Value], size: int) -> Truths:
    filled = np.zeros(size, dtype=bool)
    for column in _columns(arguments[0]):
        filled |= _filled(column, size).certain
    return Truths(filled, filled | _all_asked(arguments[0], size))


def _all_filled(arguments: list[Value], size: int) -> Truths:
    blank = np.zeros(size, dtype=bool)
    for column in _columns(arguments[0]):
        blank |= _filled(column, size).refuted
    return Truths(~blank, blank | _all_asked(arguments[0], size))


def _has(arguments: list[Value], size: int) -> Truths:
    where, wanted = arguments
    return _has_any([where, wanted if isinstance(wanted, list) else [wanted]], size)


def _has_any(arguments: list[Value], size: int) -> Truths:
    where, options = arguments
    wanted = set(options) if isinstance(options, list) else {options}
    found = np.zeros(size, dtype=bool)
    for column in _columns(where):
        if isinstance(column, Texts):
            found |= column.ask(lambda text: not wanted.isdisjoint(text.split(","))).certain
    return Truths(found, found | _all_asked(where, size))


def _only(arguments: list[Value], size: int) -> Truths:
    where, options = arguments
    assert isinstance(options, list)
    wanted = set(options)
    return where.ask(lambda text: wanted.issuperset(text.split(","))) if isinstance(where, Texts) else unknown(size)


def _count_values(arguments: list[Value], size: int) -> Numbers:
    column = arguments[0]
    if not isinstance(column, Texts) or column.absent:
        return Numbers(np.full(size, np.nan))
    return Numbers(column.lookup(np.array([float(len(t.split(","))) for t in column.distinct]), 0.0).astype(float))


def _asks(question: Callable[[str, str], bool]) -> Callable[[list[Value], int], Truths]:
    def answer(arguments: list[Value], size: int) -> Truths:
        column, argument = arguments
        if not isinstance(column, Texts) or column.absent:
            return unknown(size)
        return column.ask(lambda text: question(text, str(argument)))

    return answer


def _length(arguments: list[Value], size: int) -> Numbers:
    column = arguments[0]
    if not isinstance(column, Texts):
        return Numbers(np.full(size, np.nan))
    return Numbers(column.lookup(np.array([float(len(t)) for t in column.distinct]), np.nan).astype(float))


def _text_attribute(arguments: list[Value], size: int) -> Texts:
    column, table = arguments
    assert isinstance(table, dict)
    if not isinstance(column, Texts):
        return texts(np.full(size, None, dtype=object), absent=True)
    answers = np.array([table.get(t) for t in column.distinct], dtype=object)
    return texts(column.lookup(answers, None), column.absent)


def _number_attribute(arguments: list[Value], size: int) -> Numbers:
    column, table = arguments
    assert isinstance(table, dict)
    if not isinstance(column, Texts):
        return Numbers(np.full(size, np.nan), absent=True)
    answers = np.array([table.get(t, np.nan) for t in column.distinct], dtype=float)
    return Numbers(column.lookup(answers, np.nan).astype(float), column.absent)


def _coalesce(arguments: list[Value], size: int) -> Value:
    first, second = arguments
    if _is_absent(first):
        return second
    if isinstance(first, Truths):
        other = as_truths(second, size)
        return Truths(np.where(first.known, first.yes, other.yes), first.known | other.known)
    if isinstance(first, Texts):
        fallback = second.objects() if isinstance(second, Texts) else np.full(size, second, dtype=object)
        return texts(np.where(first.filled, first.objects(), fallback))
    values = as_numbers(first, size)
    return Numbers(np.where(np.isnan(values), as_numbers(second, size), values))


def _when(arguments: list[Value], size: int) -> Value:
    """The second where the first is yes, the third where it is no, unknown where it is unknown."""
    condition = as_truths(arguments[0], size)
    yes, no = (None if _is_absent(v) else v for v in arguments[1:3])
    if yes is None and no is None:
        return texts(np.full(size, None, dtype=object), absent=True)
    if isinstance(yes, Texts | str) or isinstance(no, Texts | str):
        spread = [v.objects() if isinstance(v, Texts) else np.full(size, v, dtype=object) for v in (yes, no)]
        return texts(np.where(condition.certain, spread[0], np.where(condition.refuted, spread[1], _NONE)))
    if isinstance(yes, Truths | bool) and isinstance(no, Truths | bool):
        return (condition & as_truths(yes, size)) | (~condition & as_truths(no, size))
    return Numbers(np.where(condition.certain, as_numbers(yes, size), np.where(condition.refuted, as_numbers(no, size), np.nan)))


def _join(arguments: list[Value], size: int) -> Texts:
    columns = [a for a in arguments if isinstance(a, Texts)]
    if len(columns) < len(arguments) or any(c.absent for c in columns):
        return texts(np.full(size, None, dtype=object), absent=True)
    there = np.logical_and.reduce([c.filled for c in columns])
    combined = columns[0].codes.astype(np.int64)
    for column in columns[1:]:
        combined = combined * max(len(column.distinct), 1) + column.codes
    codes, keys = pd.factorize(np.where(there, combined, -1))
    first = np.full(len(keys), 0, dtype=np.intp)
    first[codes[::-1]] = np.arange(size)[::-1]
    names = np.array(
        [None if key == -1 else "|".join(str(c.distinct[c.codes[row]]) for c in columns) for key, row in zip(keys, first, strict=True)], dtype=object
    )
    return texts(names[codes] if size else np.array([], dtype=object))


def _lookup(arguments: list[Value], size: int) -> Numbers:
    table, year = arguments
    assert isinstance(table, dict)
    years = as_numbers(year, size)
    result = np.full(size, np.nan)
    for key, value in table.items():
        result[years == float(key)] = float(value)
    return Numbers(result)


def _distinct(arguments: list[Value], size: int) -> Numbers:
    columns = [c.codes for c in _columns(arguments if len(arguments) > 1 else arguments[0]) if isinstance(c, Texts)]
    if not columns:
        return Numbers(np.full(size, np.nan))
    objects: npt.NDArray[Any] = np.array(
        [c.objects() for c in _columns(arguments if len(arguments) > 1 else arguments[0]) if isinstance(c, Texts)], dtype=object
    )
    return Numbers(np.array([float(len({t for t in row if t is not None})) for row in objects.T]))


def _extreme(pick: Callable[[Floats, Floats], Floats]) -> Callable[[list[Value], int], Numbers]:
    def answer(arguments: list[Value], size: int) -> Numbers:
        result = as_numbers(arguments[0], size)
        for argument in arguments[1:]:
            result = pick(result, as_numbers(argument, size))
        return Numbers(result)

    return answer


def _left(arguments: list[Value], size: int) -> Texts:
    column, width = arguments
    if not isinstance(column, Texts):
        return texts(np.full(size, None, dtype=object), absent=True)
    size_ = int(width) if isinstance(width, int | float) else 0
    cut: npt.NDArray[Any] = np.array([t[:size_] for t in column.distinct], dtype=object)
    return texts(column.lookup(cut, None), column.absent)


def _to_number(column: Texts) -> Numbers:
    answers = pd.to_numeric(pd.Series(column.distinct, dtype=object), errors="coerce").to_numpy(dtype=float)
    return Numbers(column.lookup(answers, np.nan).astype(float), column.absent)


def month_number(text: str) -> float:
    """2022-04 or 202204 → year × 12 + month."""
    digits = re.sub(r"\D", "", text)
    return float(int(digits[:4]) * 12 + int(digits[4:6]))


def day_number(text: str) -> float:
    """2022-04-30 or 20220430 → the proleptic Gregorian ordinal."""
    digits = re.sub(r"\D", "", text)
    return float(calendar_date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).toordinal())


def _year_of(arguments: list[Value], size: int) -> Numbers:
    months = as_numbers(arguments[0], size)
    return Numbers(np.floor((months - 1) / 12))


def _month_of_day(arguments: list[Value], size: int) -> Numbers:
    days = pd.Series(as_numbers(arguments[0], size))
    distinct = {
        d: float(calendar_date.fromordinal(int(d)).year * 12 + calendar_date.fromordinal(int(d)).month)
        for d in days.dropna().unique()
        if d <= calendar_date.max.toordinal()
    }
    return Numbers(days.map(distinct).to_numpy(dtype=float))


_FUNCTIONS: dict[str, Callable[[list[Value], int], Value]] = {
    "filled": lambda a, n: _filled(a[0], n),
    "blank": lambda a, n: ~_filled(a[0], n),
    "any_filled": _any_filled,
    "all_filled": _all_filled,
    "none_filled": lambda a, n: ~_any_filled(a, n),
    "count_filled": lambda a, n: _count_filled(a[0], n),
    "has": _has,
    "has_any": _has_any,
    "only": _only,
    "count_values": _count_values,
    "matches": _asks(lambda text, pattern: re.search(pattern, text) is not None),
    "starts": _asks(str.startswith),
    "ends": _asks(str.endswith),
    "contains": _asks(str.__contains__),
    "length": _length,
    "text_attr": _text_attribute,
    "number_attr": _number_attribute,
    "abs": lambda a, n: Numbers(np.abs(as_numbers(a[0], n))),
    "round": lambda a, n: Numbers(np.round(as_numbers(a[0], n), int(a[1]) if len(a) > 1 else 0)),  # type: ignore[arg-type]
    "coalesce": _coalesce,
    "when": _when,
    "month": lambda a, n: month_number(str(a[0])),
    "date": lambda a, n: day_number(str(a[0])),
    "year_of": _year_of,
    "month_of_day": _month_of_day,
    "join": _join,
    "lookup": _lookup,
    "distinct": _distinct,
    "lower": _extreme(np.minimum),
    "upper": _extreme(np.maximum),
    "left": _left,
    "same_as": lambda a, n: _equal_texts(a[0], a[1], n),
    "to_number": lambda a, n: Numbers(as_numbers(a[0], n)),
}
