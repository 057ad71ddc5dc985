"""Which cells an expression rests on: its columns, and the columns its facts and relations are made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.derive import PREVIOUS, Database
from pipeline.expression.parse import AGGREGATES, OUTER, called, children, dotted
from pipeline.spec import Rule

OWN, ONE, MANY = 0, 1, 2
KEYS = ("household_no", "person_key")    # what holds a record together


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
    _memo: dict[tuple[str, int], tuple[ast.expr, frozenset[Reference]]] = field(default_factory=dict)
    _columns: dict[tuple[str, int], frozenset[tuple[str, str]]] = field(default_factory=dict)
    _names: dict[tuple[str, str], frozenset[tuple[str, str]]] = field(default_factory=dict)
    _rules: dict[str, frozenset[Reference]] = field(default_factory=dict)

    def of_rule(self, rule: Rule) -> frozenset[Reference]:
        """All that the answer of a rule depends on."""
        if rule.key not in self._rules:
            self._rules[rule.key] = frozenset(r for part in (rule.when, rule.check) if part is not None for r in self.of(rule.table, part))
        return self._rules[rule.key]

    def of(self, table: str, node: ast.expr) -> frozenset[Reference]:
        """All that an expression over a table depends on. Trees are known by identity: kept here, so that none is mistaken for another."""
        key = (table, id(node))
        if key not in self._memo:
            self._memo[key] = node, frozenset()
            self._memo[key] = node, frozenset(self._walk(table, node, None))
        return self._memo[key][1]

    def of_name(self, table: str, name: str) -> frozenset[tuple[str, str]]:
        """The columns a column or fact of a table depends on."""
        if (table, name) not in self._names:
            self._names[table, name] = frozenset((r.table, r.column) for r in self._path(table, (name,)))
        return self._names[table, name]

    def columns(self, table: str, node: ast.expr) -> frozenset[tuple[str, str]]:
        """The same as pairs of table and column."""
        key = (table, id(node))
        if key not in self._columns:
            self._columns[key] = frozenset((r.table, r.column) for r in self.of(table, node))
        return self._columns[key]

    def looks_back(self, rule: Rule) -> bool:
        """True for a rule that compares with last month: every correction differs from what stood there."""
        return any(r.table.startswith(PREVIOUS) for r in self.of_rule(rule))

    def beyond(self, rule: Rule) -> set[str]:
        """What a rule asks of other records: repeats(…), or relations by another key than the household's and the person's."""
        found = set()
        for node in (n for part in (rule.when, rule.check) if part is not None for n in ast.walk(part) if isinstance(n, ast.Call)):
            name = self._many(rule.table, node)
            if called(node) == "repeats":
                found.add("repeats")
            elif name is not None and self.database.tables[rule.table].relations[name].on not in KEYS:
                found.add(name)
        return found

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
