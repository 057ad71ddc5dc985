"""Which cells an expression rests on: its columns, and the columns its facts and relations are made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.derive import Database
from pipeline.expression.parse import AGGREGATES, OUTER, called, children, dotted, text_of
from pipeline.spec import Rule

OWN, ONE, MANY = 0, 1, 2


@dataclass(frozen=True)
class Reference:
    """A column of a table, and how it is reached: in the row itself, in the one related row, in many related rows."""

    table: str
    column: str
    via: int


@dataclass
class References:
    """The references of expressions over the tables of one database."""

    database: Database
    _memo: dict[tuple[str, str], frozenset[Reference]] = field(default_factory=dict)

    def of_rule(self, rule: Rule) -> frozenset[Reference]:
        """All that the answer of a rule depends on."""
        return frozenset(r for part in (rule.when, rule.check) if part is not None for r in self.of(rule.table, part))

    def of(self, table: str, node: ast.expr) -> frozenset[Reference]:
        """All that an expression over a table depends on."""
        key = (table, text_of(node))
        if key not in self._memo:
            self._memo[key] = frozenset()
            self._memo[key] = frozenset(self._walk(table, node, None))
        return self._memo[key]

    def columns(self, table: str, node: ast.expr) -> frozenset[tuple[str, str]]:
        """The same as pairs of table and column."""
        return frozenset((r.table, r.column) for r in self.of(table, node))

    def _walk(self, table: str, node: ast.expr, outer: str | None) -> Iterator[Reference]:
        path = dotted(node)
        if path is not None:
            yield from self._path(outer, path[1:]) if path[0] == OUTER and outer else self._path(table, path)
            return
        relation = self._many(table, node)
        if relation is None:
            for child in children(node):
                yield from self._walk(table, child, outer)
            return
        assert isinstance(node, ast.Call)
        found = self.database.tables[table].relations[relation]
        target = self.database.target(table, found)
        yield from self._path(table, (found.on,))
        yield from (Reference(r.table, r.column, MANY) for r in self._path(target, (found.on,)))
        for child in node.args[1:]:
            yield from (Reference(r.table, r.column, MANY) for r in self._walk(target, child, table))
            yield from (r for path in _outers(child) for r in self._path(table, path))

    def _many(self, table: str, node: ast.expr) -> str | None:
        """The relation an aggregate runs over; None for anything else."""
        if not isinstance(node, ast.Call) or called(node) not in AGGREGATES or not node.args:
            return None
        name = (dotted(node.args[0]) or ("",))[0]
        return name if name in self.database.tables[table].relations else None

    def _path(self, table: str | None, path: tuple[str, ...]) -> Iterator[Reference]:
        assert table is not None
        here = self.database.tables[table]
        if len(path) == 1:
            if path[0] in here.facts:
                yield from self.of(table, here.facts[path[0]])
            else:
                yield Reference(table, path[0], OWN)
            return
        relation = here.relations.get(path[0])
        if relation is None:
            return
        yield from self._path(table, (relation.on,))
        for found in self._path(self.database.target(table, relation), path[1:]):
            yield Reference(found.table, found.column, max(found.via, ONE))


def _outers(node: ast.expr) -> Iterator[tuple[str, ...]]:
    path = dotted(node)
    if path is not None:
        if path[0] == OUTER:
            yield path[1:]
        return
    for child in children(node):
        yield from _outers(child)
