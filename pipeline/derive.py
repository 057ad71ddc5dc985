"""Columns that follow from others: the facts of mappings/facts.yml, and what a rule asks of related rows.

Cross-table questions become columns here, so that every suite Great Expectations runs stands over one table.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import date as calendar_date
from typing import Any, cast

import numpy as np
import pandas as pd

from pipeline.expression.bind import Relation
from pipeline.expression.evaluate import as_numbers, as_truths, evaluate, evaluate_truth
from pipeline.expression.parse import AGGREGATES, OUTER, called, dotted, text_of
from pipeline.expression.values import Bools, Column, Floats, Ints, Numbers, Texts, Truths, Value, known, texts, unknown

PREVIOUS = "previous_"


class Columns(MutableMapping[str, Column]):
    """A table's columns, each made ready when it is first asked for: most rules need few of them."""

    def __init__(self, waiting: Mapping[str, Callable[[], Column]]) -> None:
        self._waiting = dict(waiting)
        self._ready: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name in self._waiting:
            self._ready[name] = self._waiting.pop(name)()
        return self._ready[name]

    def __setitem__(self, name: str, column: Column) -> None:
        self._waiting.pop(name, None)
        self._ready[name] = column

    def __delitem__(self, name: str) -> None:
        if self._waiting.pop(name, None) is None:
            del self._ready[name]

    def __contains__(self, name: object) -> bool:
        return name in self._waiting or name in self._ready

    def __iter__(self) -> Iterator[str]:
        return iter([*self._ready, *self._waiting])

    def __len__(self) -> int:
        return len(self._waiting) + len(self._ready)


@dataclass
class Table:
    """One table ready for questions: its columns as values, its facts still unasked."""

    name: str
    size: int
    columns: MutableMapping[str, Column]
    types: Mapping[str, str]  # every column that may exist, with its type
    facts: Mapping[str, ast.expr]
    relations: Mapping[str, Relation]
    was_number: Mapping[str, Bools] = field(default_factory=dict)
    carried: Mapping[str, Bools] = field(default_factory=dict)  # per column: the rows for which some list has a cell
    after: Mapping[str, str] = field(default_factory=dict)  # of several columns for one answer: the one filled before each


@dataclass
class Database:
    """All tables of one run, and the ways from one to another."""

    tables: dict[str, Table]
    checks: Mapping[str, Callable[..., Any]]
    usual_share: float = 0.8
    _views: dict[str, TableView] = field(default_factory=dict)
    _links: dict[tuple[str, str], Ints] = field(default_factory=dict)

    def view(self, table: str) -> TableView:
        """The table as something expressions can be computed over."""
        if table not in self._views:
            self._views[table] = TableView(self, self.tables[table])
        return self._views[table]

    def target(self, table: str, relation: Relation) -> str:
        """The table a relation leads to; inside last month's tables it stays there."""
        if relation.previous:
            return PREVIOUS + relation.table
        stays = table.startswith(PREVIOUS) and relation.name != "current"
        return PREVIOUS + relation.table if stays else relation.table

    def parents(self, table: str, relation: Relation) -> Ints:
        """For a many-relation: the row of `table` each row of the related table belongs to, −1 for none."""
        key = (table, relation.name)
        if key not in self._links:
            self._links[key] = match_rows(self._key(self.target(table, relation), relation.on), self._key(table, relation.on))
        return self._links[key]

    def children(self, table: str, relation: Relation, entity: int) -> Ints:
        """The related rows of one row; of its own table the others that share its key."""
        if self.target(table, relation) != table:
            return np.flatnonzero(self.parents(table, relation) == entity)
        key = self._key(table, relation.on).codes
        others = np.flatnonzero(key == key[entity]) if key[entity] >= 0 else np.array([], dtype=np.intp)
        return np.asarray(others[others != entity], dtype=np.intp)

    def reaches(self, table: str, key: str) -> bool:
        """Whether any row of the table can say whose it is; else nobody knows how many there are of anybody."""
        return key in self.tables[table].columns or key in self.tables[table].facts

    def partner(self, table: str, relation: Relation) -> Ints:
        """For a one-relation: the related row of each row of `table`, −1 for none."""
        key = (table, relation.name)
        if key not in self._links:
            self._links[key] = match_rows(self._key(table, relation.on), self._key(self.target(table, relation), relation.on))
        return self._links[key]

    def _key(self, table: str, column: str) -> Texts:
        value = self.view(table).column(ast.Name(column, ast.Load()))
        return value if isinstance(value, Texts) else texts(np.full(self.tables[table].size, None, dtype=object), absent=True)


def match_rows(keys: Texts, among: Texts) -> Ints:
    """For each key the first row of `among` that has the same text; −1 where there is none."""
    first = np.full(len(among.distinct), -1, dtype=np.intp)
    rows = np.flatnonzero(among.filled)[::-1]
    first[among.codes[rows]] = rows
    if not len(keys.distinct) or not len(among.distinct):
        return np.full(len(keys.codes), -1, dtype=np.intp)
    shared = pd.Index(among.distinct).get_indexer(pd.Index(keys.distinct))
    of_text = np.where(shared >= 0, first[shared], -1)
    return keys.lookup(of_text, -1).astype(np.intp)


class TableView:
    """A table of the database as the expressions see it."""

    def __init__(self, database: Database, table: Table) -> None:
        self.database = database
        self.table = table
        self.size = table.size
        self.memo: dict[str, Value] = {}

    def check(self, name: str) -> Callable[..., Any]:
        """The function of checks.py of that name."""
        return self.database.checks[name]

    def column(self, node: ast.expr) -> Column:
        """A column, fact, related row's column, aggregate or whole-column function."""
        if isinstance(node, ast.Call):
            return self._aggregate(node) if called(node) in AGGREGATES else self._whole_column(node)
        path = dotted(node)
        assert path is not None
        return self._named(path)

    def _named(self, path: tuple[str, ...]) -> Column:
        if len(path) == 1:
            return self._own(path[0])
        relation = self.table.relations[path[0]]
        target = self.database.target(self.table.name, relation)
        inner = self.database.view(target)._named(path[1:])
        return _take(inner, self.database.partner(self.table.name, relation))

    def _own(self, name: str) -> Column:
        if name not in self.table.columns:
            if name in self.table.facts:
                self.table.columns[name] = self._spread(evaluate(self.table.facts[name], self))
            else:
                self.table.columns[name] = self._absent(name)
        return self.table.columns[name]

    def _absent(self, name: str) -> Column:
        """A column of no list: nobody knows what it would hold, unless the one that is filled before it is blank."""
        before = self._own(self.table.after[name]) if name in self.table.after else None
        if not isinstance(before, Texts) or before.absent:
            return absent_column(self.table.types.get(name, "text"), self.size)
        asked = ~before.filled if before.there is None else before.there & ~before.filled
        return Texts(np.full(self.size, -1, dtype=np.intp), np.array([], dtype=object), there=asked)

    def _spread(self, value: Value) -> Column:
        if isinstance(value, Texts | Numbers | Truths):
            return value
        if isinstance(value, str):
            return texts(np.full(self.size, value, dtype=object))
        return as_truths(value, self.size) if isinstance(value, bool) or value is None else Numbers(as_numbers(value, self.size))

    def _aggregate(self, node: ast.Call) -> Column:
        function = called(node) or ""
        relation = self.table.relations[cast(ast.Name, node.args[0]).id]
        target = self.database.target(self.table.name, relation)
        parents = self.database.parents(self.table.name, relation)
        if not self.database.reaches(target, relation.on):
            return Numbers(np.full(self.size, np.nan), absent=True) if function not in ("any", "all") else unknown(self.size)
        many = relation.on in self.table.columns or relation.on in self.table.facts
        inner = self.database.view(target)
        view: TableView | OuterView = inner
        pairs = _Pairs(parents, np.arange(len(parents)), self.size)
        if target == self.table.name and many:
            pairs = _pair_rows(self.database._key(target, relation.on), self.size)
        if len(node.args) == 2 and OUTER + "." in text_of(node.args[1]):
            view = OuterView(self, inner, pairs)
            pairs = _Pairs(pairs.parents, np.arange(len(pairs.parents)), self.size)
        return _reduce(function, node, view, pairs)

    def _whole_column(self, node: ast.Call) -> Column:
        function = called(node)
        if function == "was_number":
            name = (dotted(node.args[0]) or ("",))[-1]
            return known(self.table.was_number.get(name, np.zeros(self.size, dtype=bool)))
        if function == "usually_filled":
            return self._usually_filled(self.column(node.args[0]))
        return self._repeats([self.column(a) for a in node.args])

    def _usually_filled(self, column: Column) -> Truths:
        """True for rows outside the scope when rows outside the scope have this column filled as a rule."""
        outside = ~as_truths(self._own("in_scope"), self.size).certain
        filled = column.known if isinstance(column, Truths) else column.filled
        share = filled[outside].mean() if outside.any() else 0.0
        return known(outside & bool(share >= self.database.usual_share))

    def _repeats(self, columns: list[Column]) -> Numbers:
        keys, there = [], np.ones(self.size, dtype=bool)
        for column in columns:
            codes = column.codes if isinstance(column, Texts) else pd.factorize(as_numbers(column, self.size))[0]
            there &= column.known if isinstance(column, Truths) else column.filled
            keys.append(codes)
        frame = pd.DataFrame(dict(enumerate(keys)))
        counts = frame.groupby(list(frame.columns), sort=False)[0].transform("size").to_numpy(dtype=float)
        return Numbers(np.where(there, counts, np.nan))


@dataclass(frozen=True)
class _Pairs:
    """Which related row (child) stands under which row (parent)."""

    parents: Ints
    children: Ints
    size: int


def _pair_rows(key: Texts, size: int) -> _Pairs:
    """Every row with every row that shares its key, itself included; a key's partners are cut to its first 200 rows."""
    rows = np.flatnonzero(key.filled)
    frame = pd.DataFrame({"key": key.codes[rows], "row": rows})
    shared = frame[frame.groupby("key", sort=False)["key"].transform("size") > 1]
    pairs = shared.merge(shared[shared.groupby("key", sort=False).cumcount() < 200], on="key", suffixes=("", "_other"))
    alone = frame["row"][~frame["row"].isin(shared["row"])].to_numpy()
    parents = np.concatenate([pairs["row"].to_numpy(), alone]).astype(np.intp)
    children = np.concatenate([pairs["row_other"].to_numpy(), alone]).astype(np.intp)
    return _Pairs(parents, children, size)


class OuterView:
    """Related rows paired with the row they are asked for, so that outer.x can be compared with x."""

    def __init__(self, outer: TableView, inner: TableView, pairs: _Pairs) -> None:
        self.outer, self.inner, self.pairs = outer, inner, pairs
        self.size = len(pairs.parents)
        self.memo: dict[str, Value] = {}

    def check(self, name: str) -> Callable[..., Any]:
        """The function of checks.py of that name."""
        return self.outer.check(name)

    def column(self, node: ast.expr) -> Column:
        """outer.x from the row outside, anything else from the related row."""
        path = dotted(node)
        if path and path[0] == OUTER:
            return _take(self.outer._named(path[1:]), self.pairs.parents)
        return _take(self.inner.column(node), self.pairs.children)


def _take(column: Column, positions: Ints) -> Column:
    return column.take(positions)


def absent_column(kind: str, size: int) -> Column:
    """A column no input carries: unknown everywhere, even to filled(…)."""
    if kind == "truth":
        return unknown(size)
    if kind == "number":
        return Numbers(np.full(size, np.nan), absent=True)
    return texts(np.full(size, None, dtype=object), absent=True)


def _reduce(function: str, node: ast.Call, view: TableView | OuterView, pairs: _Pairs) -> Column:
    parents = pairs.parents
    member = parents >= 0
    if function == "count" and len(node.args) == 1:
        return Numbers(np.bincount(parents[member], minlength=pairs.size).astype(float))
    if function in ("any", "all", "count"):
        answers = evaluate_truth(node.args[1], view)
        yes, no, open_ = (_tally(flags, pairs) for flags in (answers.certain, answers.refuted, ~answers.known))
        if function == "count":
            return Numbers(yes.astype(float))
        if function == "any":
            return Truths(yes > 0, (yes > 0) | (open_ == 0))
        return Truths((no == 0) & (open_ == 0), (no > 0) | (open_ == 0))
    return _reduce_values(function, node, view, pairs)


def _tally(flags: Bools, pairs: _Pairs) -> Ints:
    chosen = flags[pairs.children] & (pairs.parents >= 0)
    return np.bincount(pairs.parents[chosen], minlength=pairs.size).astype(np.intp)


def _reduce_values(function: str, node: ast.Call, view: TableView | OuterView, pairs: _Pairs) -> Column:
    value = evaluate(node.args[1], view)
    if function == "first" and isinstance(value, Texts):
        position = np.full(pairs.size, -1, dtype=np.intp)
        there = (pairs.parents >= 0) & value.filled[pairs.children]
        position[pairs.parents[there][::-1]] = pairs.children[there][::-1]
        return value.take(position)
    values = as_numbers(value, view.size)[pairs.children]
    usable = (pairs.parents >= 0) & ~np.isnan(values)
    grouped = pd.Series(values[usable]).groupby(pairs.parents[usable])
    reduced: pd.Series[Any] = getattr(grouped, function)()
    result: Floats = np.zeros(pairs.size) if function == "sum" else np.full(pairs.size, np.nan)
    result[reduced.index.to_numpy()] = reduced.to_numpy()
    return Numbers(result)


FAR_MONTH, FAR_DAY = 9999.0 * 12 + 12, float(calendar_date.max.toordinal())      # what 至今 counts as: open, yet filled


def typed(kind: str, series: pd.Series[Any]) -> Column:
    """Canonical text as the value its type means: number and year floats, month year×12+month, date a day number.

    A month or date that is a word (至今) lies further than any other.
    """
    column = texts(series.to_numpy(dtype=object))
    convert = _CONVERT.get(kind)
    if convert is None:
        return column
    answers = np.array([convert(text) for text in column.distinct], dtype=float)
    return Numbers(column.lookup(answers, np.nan).astype(float))


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _month(text: str) -> float:
    if text[:6].isdigit():
        return int(text[:4]) * 12.0 + int(text[4:6]) if len(text) >= 6 else float("nan")
    return FAR_MONTH


def _day(text: str) -> float:
    try:
        return float(calendar_date(int(text[:4]), int(text[4:6]), int(text[6:8])).toordinal())
    except ValueError:
        return FAR_DAY if not text[:1].isdigit() else float("nan")


_CONVERT: dict[str, Callable[[str], float]] = {"number": _float, "year": _float, "month": _month, "date": _day}
