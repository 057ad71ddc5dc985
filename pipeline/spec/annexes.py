"""mappings/annexes/*.yml: which households and persons stand on which list, why, and by which cells. The format stands in 01.yml."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.expression.bind import NUMBER, TEXT, Scope, bind, bind_truth, related_table, type_of
from pipeline.expression.parse import ExpressionError, dotted, parse
from pipeline.spec.mappings import Mistakes
from pipeline.spec.model import Field
from pipeline.spec.reader import Node, suggestion

KINDS = ("ledger", "roster", "template")
SUBJECTS = {"户": "household", "人": "person"}
SLOT = re.compile(r"\{\s*([^{}]*?)\s*\}")
WHO = "who"

_ANNEX_KEYS = frozenset(
    {"name", "label", "title", "kind", "inferred", "subject", "basis", "note", "among", "on", "from", "order", "limit"}
    | {"columns", "signs", "due", "examples", "mask", "like"}
)


@dataclass(frozen=True)
class CellRef:
    """Cells that prove a reason: a column of the row itself, or of those of its related rows for which `where` holds."""

    relation: str | None
    column: str
    where: ast.expr | None


@dataclass(frozen=True)
class Ground:
    """One reason for standing on a list."""

    key: str
    when: ast.expr
    because: str
    slots: Mapping[str, ast.expr]  # what stands between { and } → what it means
    cells: tuple[CellRef, ...]
    who: CellRef | None  # whose names {who} stands for
    needs: tuple[str, ...]
    standards: tuple[str, ...]
    missing: tuple[str, ...]  # standards without a figure for this campaign: the reason cannot be asked
    line: int


@dataclass(frozen=True)
class AnnexColumn:
    """One column of a printed list; without a value it is left for handwriting."""

    label: str
    value: ast.expr | None
    type: str  # text, number, truth
    mask: bool = False
    width: float | None = None


@dataclass(frozen=True)
class AnnexExample:
    """A row that must stand on the list, or must not."""

    row: Mapping[str, object]
    on: bool
    line: int


@dataclass(frozen=True)
class Annex:
    """One list of the campaign: who is on it and what is printed of them."""

    name: str
    label: str
    title: str
    kind: str
    inferred: bool
    subject: str
    table: str
    among: ast.expr | None
    grounds: tuple[Ground, ...]
    merged: tuple[str, ...]  # the lists whose union this is
    order: tuple[ast.expr, ...]
    limit: int | None  # so many of each village
    columns: tuple[AnnexColumn, ...]
    signs: tuple[str, ...]
    due: tuple[str, ...]
    mask: bool
    basis: str
    note: str
    file: str
    line: int
    examples: tuple[AnnexExample, ...] = field(default=(), compare=False)


def read_annexes(root: Path, scopes: Mapping[str, Scope], fields: Mapping[str, Mapping[str, Field]], mistakes: Mistakes) -> tuple[Annex, ...]:
    """Every list, in the order of the files' names; every mistake at its line."""
    found: list[Annex] = []
    nodes: dict[str, Node] = {}
    for path in sorted((root / "mappings" / "annexes").glob("*.yml")):
        top = mistakes.open(root, f"mappings/annexes/{path.name}")
        if top is None:
            continue
        annex = _Reader(top, scopes, fields, f"mappings/annexes/{path.name}").annex()
        if annex.name in nodes:
            top.blame(f"{annex.name} 在两个文件里都有，只能保留一处", "name")
        nodes[annex.name] = top
        found.append(annex)
    for annex in found:
        for number, name in enumerate(annex.merged):
            if name not in nodes:
                nodes[annex.name].blame(f"没有叫 {name} 的名册{suggestion(name, nodes)}", "from", number)
    return tuple(_printed_like(annex, nodes[annex.name], {a.name: a for a in found}) for annex in found)


def _printed_like(annex: Annex, node: Node, others: Mapping[str, Annex]) -> Annex:
    """The list with the columns and signatures of the one it is printed like, where it has none of its own."""
    like = node.maybe_text("like")
    if like is None:
        return annex
    if like not in others:
        node.blame(f"没有叫 {like} 的名册{suggestion(like, others)}", "like")
        return annex
    return replace(annex, columns=annex.columns or others[like].columns, signs=annex.signs or others[like].signs)


class _Reader:
    """One file."""

    def __init__(self, top: Node, scopes: Mapping[str, Scope], fields: Mapping[str, Mapping[str, Field]], file: str) -> None:
        self.top, self.fields, self.file = top, fields, file
        top.only(_ANNEX_KEYS, "名册")
        self.subject = top.choice("subject", SUBJECTS, "户")
        self.scope = replace(scopes[SUBJECTS[self.subject]], used=set(), grouped=set(), missing_standards=set())

    def annex(self) -> Annex:
        top = self.top
        name = top.text("name", required=True)
        kind = top.choice("kind", KINDS, "roster")
        if kind != "template" and not top.value.get("on") and not top.value.get("from"):
            top.blame("要写 on（在册的理由）或 from（由哪些名册合并），空表写 kind: template")
        title = top.text("title", name, required=True)
        self._slots(self.top, "title", title, {"village", "township", "month", "year"})
        return Annex(
            name,
            top.text("label", name),
            title,
            kind,
            top.flag("inferred"),
            self.subject,
            self.scope.table,
            self._truth(top, "among"),
            tuple(self._ground(node, number) for number, node in enumerate(top.items("on"))),
            top.texts("from"),
            tuple(tree for number, text in enumerate(top.texts("order")) if (tree := self._tree(top, text, "order", number)) is not None),
            self._limit(),
            tuple(self._column(node) for node in top.items("columns")),
            top.texts("signs"),
            top.texts("due"),
            top.flag("mask"),
            top.text("basis", required=True),
            top.text("note"),
            self.file,
            1,
            self._examples(),
        )

    def _limit(self) -> int | None:
        if self.top.value.get("limit") is None:
            return None
        if not self.top.texts("order"):
            self.top.blame("写了 limit（每村几户）就要写 order（按什么排）", "limit")
        return int(self.top.number("limit", 0)) or None

    def _ground(self, node: Node, number: int) -> Ground:
        node.only({"key", "when", "because", "cells", "who", "needs", "note"}, "在册的理由")
        self.scope.missing_standards.clear()
        when = self._truth(node, "when", required=True) or ast.Constant(None)
        missing = tuple(sorted(self.scope.missing_standards))
        because = node.text("because", required=True)
        who = self._who(node)
        slots = self._slots(node, "because", because, {WHO} if who else set())
        return Ground(
            node.text("key", str(number + 1)),
            when,
            because,
            slots,
            self._cells(node),
            who,
            self._needs(node),
            tuple(sorted(_figures(node.value.get("when")))),
            missing,
            node.line,
        )

    def _needs(self, node: Node) -> tuple[str, ...]:
        for number, table in enumerate(node.texts("needs")):
            if table not in self.scope.relations and table not in self.scope.types:
                node.blame(f"needs 里没有 {table} 这张表{suggestion(table, self.scope.types)}", "needs", number)
        return node.texts("needs")

    def _slots(self, node: Node, key: str, text: str, plain: set[str]) -> dict[str, ast.expr]:
        """Every {…} of a text that is more than a plain word of the engine's, bound."""
        found: dict[str, ast.expr] = {}
        for slot in SLOT.findall(text):
            if slot not in plain:
                tree = self._tree(node, slot, key)
                if tree is not None:
                    found[slot] = tree
        return found

    def _cells(self, node: Node) -> tuple[CellRef, ...]:
        value = node.value.get("cells")
        if not isinstance(value, list) or not value:
            node.blame("缺少 cells（凭哪几格）", "cells") if not value else node.blame("cells 应当是一个列表", "cells")
            return ()
        found = []
        for number, item in enumerate(value):
            if isinstance(item, dict):
                found.append(self._cell(Node(node.file, *node.path, "cells", number)))
            else:
                relation, _, column = str(item).rpartition(".")
                found.append(self._known(node, relation or None, column, None, "cells", number))
        return tuple(f for f in found if f is not None)

    def _who(self, node: Node) -> CellRef | None:
        return self._cell(node.child("who")) if isinstance(node.value.get("who"), dict) else None

    def _cell(self, node: Node) -> CellRef | None:
        """{rows: members, where: …, column: name} or {where: …, column: income_per_head}"""
        node.only({"rows", "where", "column"}, "凭据")
        relation = node.maybe_text("rows")
        scope = self.scope
        if relation is not None:
            known = scope.relations.get(scope.table, {})
            if relation not in known:
                node.blame(f"{scope.table} 表没有叫 {relation} 的关联{suggestion(relation, known)}", "rows")
                return None
            scope = replace(scope, table=related_table(known[relation], scope.table), outer=scope.table)
        where = self._truth(node, "where", scope=scope)
        return self._known(node, relation, node.text("column", required=True), where, "column")

    def _known(self, node: Node, relation: str | None, column: str, where: ast.expr | None, *place: str | int) -> CellRef | None:
        """The cell, when a list may carry such a column: what is only reckoned stands in no cell."""
        table = self.scope.table
        if relation is not None:
            found = self.scope.relations.get(table, {}).get(relation)
            if found is None:
                node.blame(f"{table} 表没有叫 {relation} 的关联{suggestion(relation, self.scope.relations.get(table, {}))}", *place)
                return None
            table = related_table(found, table)
        known = self.fields[table.removeprefix("previous_")]
        if column not in known:
            told = "是推算出来的，不在表里，要写它所根据的列" if column in self.scope.types[table] else f"这一列没有{suggestion(column, known)}"
            node.blame(f"{table} 表的 {column} {told}", *place)
            return None
        return CellRef(relation, column, where)

    def _column(self, node: Node) -> AnnexColumn:
        node.only({"label", "value", "mask", "width"}, "列")
        width = node.number("width", 0) or None
        text = node.maybe_text("value")
        tree = self._tree(node, text, "value") if text is not None and text not in (WHO, "reason", "number") else None
        if text in ("reason", "number"):  # the reasons themselves; the running number
            name = ast.Name(f"_{text}", ast.Load())
            return AnnexColumn(node.text("label", required=True), name, TEXT if text == "reason" else NUMBER, node.flag("mask"), width)
        kind = type_of(tree, self.scope) if tree is not None else TEXT
        return AnnexColumn(node.text("label", required=True), tree, kind, node.flag("mask"), width)

    def _truth(self, node: Node, key: str, required: bool = False, scope: Scope | None = None) -> ast.expr | None:
        text = node.text(key, required=required)
        if not text:
            return None
        try:
            return bind_truth(parse(text), scope or self.scope)
        except ExpressionError as error:
            node.blame(str(error), key)
            return None

    def _tree(self, node: Node, text: str, *place: str | int) -> ast.expr | None:
        try:
            return bind(parse(text), self.scope)
        except ExpressionError as error:
            node.blame(str(error), *place)
            return None

    def _examples(self) -> tuple[AnnexExample, ...]:
        if "examples" not in self.top.value:
            return ()
        block = self.top.child("examples")
        block.only({"on", "off"}, "examples ")
        return tuple(AnnexExample(item.value, kind == "on", item.line) for kind in ("on", "off") for item in block.items(kind))


def _figures(text: object) -> set[str]:
    return set(re.findall(r"\$([A-Za-z_]\w*)", str(text or "")))


def plain_column(tree: ast.expr | None) -> tuple[str, ...] | None:
    """("household", "head_name") where a printed column is nothing but a column."""
    return dotted(tree) if tree is not None else None
