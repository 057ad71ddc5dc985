"""mappings/village_risk.yml: what is counted of each village, and by what villages are ranked."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.expression.bind import NUMBER, TRUTH, Scope, bind, type_of
from pipeline.expression.parse import ExpressionError, parse
from pipeline.spec.mappings import Mistakes
from pipeline.spec.reader import Node, suggestion

FILE = "mappings/village_risk.yml"
WAYS = ("count", "sum", "median", "share")
BOUNDS = ("_low", "_high")


@dataclass(frozen=True)
class RiskColumn:
    """One figure of each village: counted, summed or the median over its households; or one figure's share of another."""

    name: str
    label: str
    way: str
    value: ast.expr | None
    part: str = ""
    whole: str = ""


@dataclass(frozen=True)
class VillageRisk:
    """All figures, and the columns by which villages are ranked (a leading minus: the greatest first)."""

    title: str
    basis: str
    columns: tuple[RiskColumn, ...]
    order: tuple[str, ...]


def read_risk(root: Path, scopes: Mapping[str, Scope], mistakes: Mistakes) -> VillageRisk | None:
    """The file, when there is one; every mistake at its line."""
    top = mistakes.open(root, FILE) if (root / FILE).exists() else None
    if top is None:
        return None
    top.only({"title", "basis", "columns", "order", "note"}, "村级风险")
    scope = replace(scopes["household"], used=set(), grouped=set(), missing_standards=set())
    columns: list[RiskColumn] = []
    for node in top.items("columns"):
        column = _column(node, scope, {c.name for c in columns})
        if column is not None:
            columns.append(column)
    known = {c.name for c in columns} | {c.name + b for c in columns if c.way == "share" for b in BOUNDS}
    for number, name in enumerate(top.texts("order")):
        if name.lstrip("-") not in known:
            top.blame(f"没有 {name} 这一栏{suggestion(name.lstrip('-'), known)}", "order", number)
    return VillageRisk(top.text("title", required=True), top.text("basis"), tuple(columns), top.texts("order"))


def _column(node: Node, scope: Scope, before: set[str]) -> RiskColumn | None:
    node.only({"name", "label", "of", "note", *WAYS}, "栏目")
    name, label = node.text("name", required=True), node.text("label", required=True)
    ways = [way for way in WAYS if way in node.value]
    if len(ways) != 1:
        node.blame("count、sum、median、share 四者要写一个，也只能写一个")
        return None
    text = node.text(ways[0], required=True)
    if ways[0] == "share":
        for key in ("share", "of"):
            if node.text(key, required=True) not in before:
                node.blame(f"前面没有 {node.text(key)} 这一栏{suggestion(node.text(key), before)}", key)
        return RiskColumn(name, label, "share", None, text, node.text("of"))
    try:
        tree = parse(text)
        kind = type_of(tree, scope)
        if kind not in ((TRUTH, "any") if ways[0] == "count" else (NUMBER, "any")):
            node.blame("count 后面要条件，sum、median 后面要数", ways[0])
        return RiskColumn(name, label, ways[0], bind(tree, scope))
    except ExpressionError as error:
        node.blame(str(error), ways[0])
        return None
