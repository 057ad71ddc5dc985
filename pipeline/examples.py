"""The rows that stand beside each rule, as tiny databases, so that the rule can be run on them through Great Expectations."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.checks import CHECKS
from pipeline.derive import PREVIOUS, Database, Table, typed
from pipeline.expression.values import Column, known, texts
from pipeline.report.words import wording
from pipeline.spec import Rule, Spec
from pipeline.spec.model import Example

Row = Mapping[str, Any]


@dataclass
class _Rows:
    """The rows of all tables of one example, before they are columns."""

    spec: Spec
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    made: int = 0

    def add(self, table: str, row: Row, keys: Mapping[str, Any]) -> None:
        """A row and everything nested in it, tied together by the keys of the relations."""
        relations = self.spec.relations.get(table, {})
        own = {**keys, **{k: v for k, v in row.items() if k not in relations}}
        for relation in relations.values():
            if own.get(relation.on) is None and (given := self._given(table, row, relation.on)) is not None:
                own[relation.on] = given
        own.setdefault("person_key", f"P{self._number()}") if table.removeprefix(PREVIOUS) == "person" else None
        own.setdefault("household_no", f"H{self._number()}") if "household_no" in self.spec.fields[table.removeprefix(PREVIOUS)] else None
        self.tables.setdefault(table, []).append(own)
        for name, relation in relations.items():
            if name not in row or row[name] is None:
                continue
            nested = row[name] if isinstance(row[name], list) else [row[name]]
            target = self._target(table, name)
            if relation.on not in own and relation.on in self.spec.facts.get(table.removeprefix(PREVIOUS), {}) and not self._computable(relation.on):
                own[relation.on] = f"K{self._number()}"
            tie = {relation.on: own[relation.on]} if relation.on in own else {}
            for item in nested:
                self.add(target, item, tie)

    def _given(self, table: str, row: Row, column: str) -> Any:
        """The key a nested row was given, when the row around it was not."""
        for name, relation in self.spec.relations.get(table, {}).items():
            nested = row.get(name)
            for item in nested if isinstance(nested, list) else [nested]:
                if relation.on == column and isinstance(item, Mapping):
                    value = item.get(column) or self._given(self._target(table, name), item, column)
                    if value is not None:
                        return value
        return None

    def _computable(self, fact: str) -> bool:
        """A key that follows from the id itself is left to follow from it."""
        return fact == "id_key"

    def _target(self, table: str, name: str) -> str:
        relation = self.spec.relations[table][name]
        if relation.previous:
            return PREVIOUS + relation.table
        return PREVIOUS + relation.table if table.startswith(PREVIOUS) and name != "current" else relation.table

    def _number(self) -> int:
        self.made += 1
        return self.made


def example_database(table: str, row: Row, spec: Spec) -> Database:
    """All tables of one example; the example's own row is row 0 of its table. Columns not written down are blank."""
    rows = _Rows(spec)
    rows.add(table, row, {})
    tables: dict[str, Table] = {}
    for name in spec.fields:
        for full in (name, PREVIOUS + name):
            tables[full] = _table(full, rows.tables.get(full, []), spec)
    return Database(tables, CHECKS, spec.campaign.usual_share)


def _table(name: str, rows: Sequence[Row], spec: Spec) -> Table:
    base = name.removeprefix(PREVIOUS)
    fields, facts = spec.fields[base], spec.facts.get(base, {})
    columns: dict[str, Column] = {f.name: typed(f.type, _series(rows, f.name)) for f in fields.values()}
    numeric = {key.removeprefix("was_number_") for row in rows for key in row if key.startswith("was_number_")}
    for row in rows:
        for key, value in row.items():
            if key not in fields and key not in facts and not key.startswith("was_number_") and key != "person_key":
                raise KeyError(f"{name} 表没有 {key} 这一列")
            if key in facts:
                columns[key] = _fact(spec.fact_types[base][key], _series(rows, key), value)
    if base in ("person", "work", "work_plan"):
        columns["person_key"] = texts(_series(rows, "person_key").to_numpy(dtype=object))
    was_number = {c: np.array([bool(row.get(f"was_number_{c}")) for row in rows], dtype=bool) for c in numeric}
    types = {f.name: "number" if f.type in ("number", "month", "date", "year") else "text" for f in fields.values()}
    return Table(name, len(rows), columns, types, facts, spec.relations.get(name, {}), was_number)


def _series(rows: Sequence[Row], name: str) -> pd.Series:
    values = [row.get(name) for row in rows]
    return pd.Series(
        [None if v is None or v == "" else v if isinstance(v, str) else f"{v:g}" if isinstance(v, float) else str(v) for v in values], dtype=object
    )


def _fact(kind: str, series: pd.Series, value: object) -> Column:
    if kind == "truth":
        return known(np.array([str(v).lower() == "true" for v in series], dtype=bool))
    if kind == "number":
        return typed("number", series)
    del value
    return texts(series.to_numpy(dtype=object))


def example_frame(rules: Sequence[Rule], rows: Sequence[Row], spec: Spec) -> tuple[pd.DataFrame, np.ndarray]:
    """One flat frame with one row per example, for the rules that share them; and which rows `when` of an expect-rule admits."""
    from pipeline.validate import flat_frame

    frames = []
    admitted = []
    when = _when_text(rules[0])
    for row in rows:
        database = example_database(rules[0].table, row, spec)
        frame, kept = flat_frame(database, rules[0].table, rules, None)
        if when is not None:
            kept = flat_frame(database, rules[0].table, rules, when)[1]
        frames.append(frame.iloc[:1])
        admitted.append(0 in kept.tolist())
    return _stacked(frames), np.array(admitted)


def _when_text(rule: Rule) -> str | None:
    return ast.unparse(rule.when) if rule.expect and rule.when is not None else None


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The frames under one another, each column of the kind it has in the first."""
    stacked: dict[str, Any] = {}
    for column in frames[0].columns:
        cells = [cell for frame in frames for cell in frame[column].astype(object)]
        kind = frames[0][column].dtype
        if isinstance(kind, pd.CategoricalDtype):
            stacked[column] = pd.Categorical([None if c is None or c != c else c for c in cells])
        elif kind == "boolean":
            stacked[column] = pd.array(cells, dtype="boolean")
        else:
            stacked[column] = np.array(cells, dtype=float)
    return pd.DataFrame(stacked).assign(row_id=np.arange(len(frames)))


def broken_examples(context: Any, rules: Sequence[Rule], rows: Sequence[Row], spec: Spec) -> dict[str, set[int]]:
    """For each rule, by its key, the numbers of the example rows that break it, as Great Expectations finds them."""
    from pipeline.validate import run_suite

    frame, admitted = example_frame(rules, rows, spec)
    found, *_ = run_suite(context, f"examples-{rules[0].key.replace('#', '-')}", frame, rules)
    return {key: {int(p) for p in positions if admitted[int(p)]} for key, positions in found.items()}


def untrue_examples(spec: Spec, file: str) -> tuple[int, list[str]]:
    """How many examples the rules of a file have, and of those that a rule takes otherwise than it says, a line each.

    `file` is a piece of the file's name. Rules that are not in force have nothing to prove.
    """
    rules, examples = _by_entry(spec)
    asked = {place: mine for place, mine in rules.items() if file in Path(place[0]).stem}
    if not asked:
        return 0, []
    context, wrong, count = _quiet_context(), [], 0
    for place, mine in asked.items():
        rows = examples[place]
        count += len(rows)
        broken = broken_examples(context, mine, [e.row for e in rows], spec)
        for number, example in enumerate(rows):
            fires = any(number in found for found in broken.values())
            if fires != example.fails:
                wrong.append(wording()("examples.needless" if fires else "examples.missed", file=example.file, line=example.line, rule=mine[0].id))
    return count, wrong


def _by_entry(spec: Spec) -> tuple[dict[tuple[str, int], list[Rule]], dict[tuple[str, int], list[Example]]]:
    """The rules in force and their examples, by the YAML entry they stand in."""
    rules: dict[tuple[str, int], list[Rule]] = {}
    for rule in spec.rules:
        if not rule.retired and not rule.switched_off:
            rules.setdefault((rule.file, rule.line), []).append(rule)
    places = {rule.key: (rule.file, rule.line) for rule in spec.rules}
    examples: dict[tuple[str, int], list[Example]] = {place: [] for place in rules}
    for example in spec.examples:
        if example.keys and (place := places[example.keys[0]]) in rules:
            examples[place].append(example)
    return rules, examples


def _quiet_context() -> Any:
    """Great Expectations without its progress bars."""
    import great_expectations as gx

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context
