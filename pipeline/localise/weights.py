"""mappings/weights.yml as frozen objects, its expressions bound like the rules' own."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.checks import CHECKS
from pipeline.expression.bind import Scope, bind
from pipeline.expression.parse import ExpressionError, parse
from pipeline.shipped import shipped
from pipeline.spec import Spec, SpecError, campaign_figures
from pipeline.spec.mappings import Mistakes, expression_type
from pipeline.spec.reader import Node

_KEYS = {"settle", "keep", "blanks", "types", "owners", "cells", "ages", "linear", "words", "remarks", "who"}


@dataclass(frozen=True)
class CellKind:
    """What is believed of one column: how far it is trusted, what it follows from, what it may become."""

    weight: float
    trusted: ast.expr | None = None
    trusted_weight: float = 1.0
    derive: ast.expr | None = None
    blank: bool = False
    birth: str | None = None
    listed: bool = False


@dataclass(frozen=True)
class Linear:
    """lower ≤ Σ coefficient × column ≤ upper, where `when` holds; the mirror of some rules."""

    rules: frozenset[str]
    terms: Mapping[str, ast.expr]
    equals: ast.expr | None
    within: ast.expr
    at_least: ast.expr | None
    when: ast.expr | None


@dataclass(frozen=True)
class Weights:
    """All of weights.yml."""

    settle: frozenset[str]
    keep: frozenset[str]
    blanks: frozenset[str]
    owners: Mapping[str, float]
    cells: Mapping[tuple[str, str], CellKind]
    ages: tuple[float, ...]
    linear: Mapping[str, tuple[Linear, ...]]
    words: Mapping[str, str]
    remarks: Mapping[str, str]
    who: Mapping[str, str]
    shown: int


def load_weights(spec: Spec) -> Weights:
    """mappings/weights.yml of this project. Raises SpecError with every mistake in it."""
    mistakes = Mistakes()
    top = mistakes.open(spec.root if (spec.root / "mappings" / "weights.yml").exists() else shipped(), "mappings/weights.yml")
    if top is None:
        raise SpecError(mistakes)
    top.only(_KEYS, "weights.yml ")
    reader = _Reader(spec, top)
    words = _texts(top.child("words"))
    weights = Weights(
        settle=frozenset(top.texts("settle")), keep=frozenset(top.texts("keep")), blanks=frozenset(top.texts("blanks")),
        owners={k: float(v) for k, v in top.child("owners").value.items()}, cells=reader.cells(),
        ages=tuple(float(a) for a in top.value.get("ages", [])), linear=reader.linear(), words=words,
        remarks=_texts(top.child("remarks")), who=_texts(top.child("who")), shown=int(words.get("shown", "3")))
    if mistakes:
        raise SpecError(mistakes)
    return weights


def _texts(node: Node) -> dict[str, str]:
    return {str(k): str(v) for k, v in node.value.items()}


class _Reader:
    def __init__(self, spec: Spec, top: Node) -> None:
        self.spec, self.top = spec, top
        self.scopes = {table: _scope(spec, table) for table in spec.fields}

    def cells(self) -> dict[tuple[str, str], CellKind]:
        """Every column that may be suggested, with what is believed of it."""
        types = self.top.child("types")
        named = self.top.mapping("cells")
        summed = {table: {c for node in self.top.child("linear").items(table) for c in (*(node.value.get("terms") or ()), *node.texts("each"))}
                  for table in self.top.child("linear").value}
        found = {}
        for table, fields in self.spec.fields.items():
            node = named.get(table)
            for name, field in fields.items():
                own = node.child(name) if node is not None and name in node.value else None
                if field.type in types.value or own is not None:
                    kind = self._cell(table, own, 1.0 if own is not None or name in summed.get(table, ()) else types.number(field.type, 1.0))
                    if kind is not None:
                        found[table, name] = kind
            if node is not None:
                node.only(fields, f"{table} 表")
        return found

    def _cell(self, table: str, node: Node | None, weight: float) -> CellKind | None:
        if node is None:
            return CellKind(weight)
        node.only({"weight", "trusted", "derive", "blank", "birth", "never"}, "列")
        if node.flag("never"):
            return None
        trusted = node.child("trusted") if "trusted" in node.value else None
        return CellKind(
            weight=node.number("weight", weight), trusted=self._bound(trusted, "when", table) if trusted else None,
            trusted_weight=trusted.number("weight", 1.0) if trusted else 1.0, derive=self._bound(node, "derive", table),
            blank=node.flag("blank"), birth=node.maybe_text("birth"), listed=True)

    def linear(self) -> dict[str, tuple[Linear, ...]]:
        """The linear constraints of every table."""
        block = self.top.child("linear")
        return {table: tuple(c for node in block.items(table) for c in self._linear(table, node)) for table in block.value}

    def _linear(self, table: str, node: Node) -> Iterable[Linear]:
        node.only({"rules", "terms", "each", "equals", "within", "at_least", "when"}, "等式")
        groups = [{c: 1} for c in node.texts("each")] or [node.child("terms").value]
        for terms in groups:
            bound = {c: self._expression(str(a), table, node) for c, a in terms.items()}
            yield Linear(
                rules=frozenset(node.texts("rules")), terms={c: a for c, a in bound.items() if a is not None},
                equals=self._bound(node, "equals", table), within=self._bound(node, "within", table) or ast.Constant(0.0),
                at_least=self._bound(node, "at_least", table), when=self._bound(node, "when", table))

    def _bound(self, node: Node, key: str, table: str) -> ast.expr | None:
        value = node.value.get(key)
        return None if value is None else self._expression(str(value), table, node)

    def _expression(self, text: str, table: str, node: Node) -> ast.expr | None:
        try:
            return bind(parse(text), self.scopes[table])
        except ExpressionError as error:
            node.blame(str(error))
            return None


def _scope(spec: Spec, table: str) -> Scope:
    """What an expression over a table may name: columns, facts, standards, code groups."""
    types = {t: {**{f.name: expression_type(f) for f in fields.values()}, **spec.fact_types.get(t, {})} for t, fields in spec.fields.items()}
    return Scope(
        table=table, types={**types, **{f"previous_{t}": v for t, v in types.items()}}, relations=spec.relations, column_groups=spec.column_groups,
        code_groups={n: c.groups for n, c in spec.codes.items()}, attributes={n: c.attributes for n, c in spec.codes.items()},
        column_codes={t: {f.name: f.codes for f in fields.values() if f.codes} for t, fields in spec.fields.items()},
        standards={**{n: s.value for n, s in spec.standards.items()}, **campaign_figures(spec.campaign)},
        yearly={n: s.yearly for n, s in spec.standards.items()}, checks=frozenset(CHECKS))
