"""Copies of records with some cells changed, as one database, so that the rules can be asked what they would say then.

A record is a household with its members and their work. All candidates of all records stand in one database and every rule is
computed over them once; what no change touches is taken from the real tables, not computed again.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from pipeline.derive import Database, Table, TableView
from pipeline.expression.evaluate import as_truths, evaluate, evaluate_truth
from pipeline.expression.parse import called
from pipeline.expression.values import Bools, Column, Ints, Numbers, Texts, texts
from pipeline.localise.references import KEYS, References
from pipeline.spec import Rule

HOUSEHOLD, PERSON = "household", "person"
TABLES = (HOUSEHOLD, PERSON, "work", "work_plan")

Cell = tuple[str, int, str]              # table, row, column
Typed = str | float | None               # a cell's value as expressions see it; None makes it blank


@dataclass(frozen=True)
class Copy:
    """One record with some of its cells changed, tried on behalf of one contradiction."""

    record: int
    owner: int
    changes: tuple[tuple[Cell, Typed], ...]


class Records:
    """Which rows of which table make up each record; a row of no household is a record of its own."""

    def __init__(self, database: Database) -> None:
        self.tables = tuple(t for t in TABLES if t in database.tables and database.tables[t].size)
        keys = {t: _objects(database, t, "household_no") for t in self.tables}
        codes = pd.factorize(np.concatenate([keys[t] for t in self.tables]) if keys else np.array([], dtype=object))[0]
        self.of: dict[str, Ints] = {}
        at, fresh = 0, int(codes.max(initial=-1)) + 1
        for table in self.tables:
            own = codes[at:at + len(keys[table])].astype(np.intp)
            at += len(own)
            own, fresh = self._alone(database, table, own, fresh)
            self.of[table] = own
        self.size = fresh
        self.order = {t: np.argsort(r, kind="stable") for t, r in self.of.items()}
        self.count = {t: np.bincount(r, minlength=self.size).astype(np.intp) for t, r in self.of.items()}
        self.start = {t: np.concatenate([[0], np.cumsum(c)[:-1]]).astype(np.intp) for t, c in self.count.items()}
        self.rank: dict[str, Ints] = {}
        for table, order in self.order.items():
            rank = np.empty(len(order), dtype=np.intp)
            rank[order] = np.arange(len(order)) - np.repeat(self.start[table], self.count[table])
            self.rank[table] = rank

    def _alone(self, database: Database, table: str, own: Ints, fresh: int) -> tuple[Ints, int]:
        """Rows without a household number: with their person where they have one, else alone."""
        lost = np.flatnonzero(own < 0)
        if len(lost) and table not in (HOUSEHOLD, PERSON) and PERSON in self.of and PERSON in database.tables[table].relations:
            partner = database.partner(table, database.tables[table].relations[PERSON])[lost]
            own[lost] = np.where(partner >= 0, self.of[PERSON][np.maximum(partner, 0)], -1)
            lost = np.flatnonzero(own < 0)
        own[lost] = fresh + np.arange(len(lost))
        return own, fresh + len(lost)

    def rows(self, table: str, record: int) -> list[int]:
        """The rows of a table that belong to a record."""
        if table not in self.of:
            return []
        at = int(self.start[table][record])
        return [int(r) for r in self.order[table][at:at + int(self.count[table][record])]]


def _objects(database: Database, table: str, name: str) -> np.ndarray:
    column = database.view(table).column(ast.Name(name, ast.Load()))
    return column.objects() if isinstance(column, Texts) else np.full(database.tables[table].size, None, dtype=object)


class Candidates(Database):
    """All copies side by side; a table no record holds rows of is the real one."""

    def __init__(self, base: Database, records: Records, references: References, copies: Sequence[Copy]) -> None:
        super().__init__(dict(base.tables), base.checks, base.usual_share)
        self.base, self.records, self.references = base, records, references
        self.size = len(copies)
        numbers = np.array([c.record for c in copies], dtype=np.intp)
        self.origin: dict[str, Ints] = {}
        self.copy: dict[str, Ints] = {}
        self.first: dict[str, Ints] = {}
        for table in records.tables:
            self._lay_out(table, numbers)
        self.changed = self._changes(copies)
        self._keys: dict[tuple[str, str], Texts] = {}

    def _lay_out(self, table: str, numbers: Ints) -> None:
        counts = self.records.count[table][numbers]
        self.copy[table] = np.repeat(np.arange(len(numbers)), counts)
        self.first[table] = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
        within = np.arange(int(counts.sum())) - np.repeat(self.first[table], counts)
        self.origin[table] = self.records.order[table][np.repeat(self.records.start[table][numbers], counts) + within]
        real = self.base.tables[table]
        seed: dict[str, Column] = {k: real.columns[k].take(self.origin[table]) for k in KEYS if k in real.columns}
        self.tables[table] = Table(table, len(self.origin[table]), seed, real.types, real.facts, real.relations)

    def _changes(self, copies: Sequence[Copy]) -> dict[tuple[str, str], tuple[Ints, list[Typed]]]:
        found: dict[tuple[str, str], tuple[list[int], list[Typed]]] = {}
        for number, copy in enumerate(copies):
            for (table, row, column), value in copy.changes:
                positions, values = found.setdefault((table, column), ([], []))
                positions.append(int(self.first[table][number] + self.records.rank[table][row]))
                values.append(value)
        return {key: (np.array(p, dtype=np.intp), v) for key, (p, v) in found.items()}

    def touched(self, table: str, node: ast.expr) -> bool:
        """True when some change may change what the expression gives."""
        return not self.references.columns(table, node).isdisjoint(self.changed)

    def touched_name(self, table: str, name: str) -> bool:
        """The same of a column or fact."""
        return not self.references.of_name(table, name).isdisjoint(self.changed)

    def view(self, table: str) -> TableView:
        """Copies of the table; the real one where there are none."""
        if table not in self.origin:
            return self.base.view(table)
        if table not in self._views:
            self._views[table] = CandidateView(self, self.tables[table])
        return self._views[table]

    def _key(self, table: str, column: str) -> Texts:
        if table not in self.origin or column not in KEYS:
            return super()._key(table, column)
        if (table, column) not in self._keys:
            self._key_all(column)
        return self._keys[table, column]

    def _key_all(self, column: str) -> None:
        """The key of every table within its copy, so that copies of one household stay apart."""
        parts = {t: self.base._key(t, column).objects()[self.origin[t]] for t in self.origin}
        codes, _ = pd.factorize(np.concatenate(list(parts.values())))
        copies = np.concatenate([self.copy[t] for t in parts])
        joined = np.where(codes >= 0, copies * (int(codes.max(initial=0)) + 1) + codes, -1)
        distinct, numbers = np.unique(joined[joined >= 0], return_inverse=True)
        all_codes = np.full(len(joined), -1, dtype=np.intp)
        all_codes[joined >= 0] = numbers
        at = 0
        for table, part in parts.items():
            self._keys[table, column] = Texts(all_codes[at:at + len(part)], distinct)
            at += len(part)

    def broken(self, rule: Rule) -> Bools:
        """For each row of the copies: the rule is broken there."""
        view = self.view(rule.table)
        assert rule.check is not None
        refuted = evaluate_truth(rule.check, view).refuted
        if rule.when is not None:
            refuted = refuted & as_truths(evaluate(rule.when, view), view.size).certain
        return refuted


class CandidateView(TableView):
    """A table of copies: changed columns patched, what they touch computed again, the rest taken."""

    def __init__(self, database: Candidates, table: Table) -> None:
        super().__init__(database, table)
        self.copies = database
        self.origin = database.origin[table.name]

    def column(self, node: ast.expr) -> Column:
        """As in a real table."""
        if isinstance(node, ast.Name):
            return self._own(node.id)
        if not self.copies.touched(self.table.name, node):
            return self._taken(node)
        if isinstance(node, ast.Call) and called(node) in ("was_number", "usually_filled", "repeats"):
            return self._taken(node)
        return super().column(node)

    def _taken(self, node: ast.expr) -> Column:
        return cast(Column, evaluate(node, self.copies.base.view(self.table.name))).take(self.origin)

    def _own(self, name: str) -> Column:
        if name not in self.table.columns:
            if name in self.table.facts and self.copies.touched_name(self.table.name, name):
                self.table.columns[name] = self._spread(evaluate(self.table.facts[name], self))
            else:
                self.table.columns[name] = self._patched(name, self.copies.base.view(self.table.name)._own(name).take(self.origin))
        return self.table.columns[name]

    def _patched(self, name: str, column: Column) -> Column:
        change = self.copies.changed.get((self.table.name, name))
        if change is None:
            return column
        positions, values = change
        if isinstance(column, Numbers):
            numbers = column.values.copy()
            numbers[positions] = [np.nan if v is None else float(v) for v in values]
            return Numbers(numbers)
        assert isinstance(column, Texts)
        objects = column.objects()
        objects[positions] = values
        return texts(objects)

    def _named(self, path: tuple[str, ...]) -> Column:
        if len(path) == 1:
            return self._own(path[0])
        if self._outside(path[0]):
            return self._forgotten(path[0], self.copies.base.view(self.table.name)._named(path).take(self.origin))
        return super()._named(path)

    def _aggregate(self, node: ast.Call) -> Column:
        relation = cast(ast.Name, node.args[0]).id
        if self._outside(relation):
            return self._forgotten(relation, self._taken(node))
        return super()._aggregate(node)

    def _outside(self, name: str) -> bool:
        """True for a relation to rows of other records: those are not copied."""
        relation = self.table.relations[name]
        return relation.on not in KEYS or self.database.target(self.table.name, relation) not in self.copies.origin

    def _forgotten(self, name: str, column: Column) -> Column:
        """Unknown where the key of an outside relation was changed, and where the old key was shared: nobody shares the new one."""
        on = self.table.relations[name].on
        keys = self.copies.references.of_name(self.table.name, on)
        changed = [positions for cell, (positions, _) in self.copies.changed.items() if cell in keys and cell[0] == self.table.name]
        if not changed:
            return column
        at = np.concatenate(changed)
        codes = self.copies.base._key(self.table.name, on).codes[self.origin]
        shared = self.copies.copy[self.table.name] * (int(codes.max(initial=0)) + 1) + codes
        positions = np.where((codes >= 0) & np.isin(shared, shared[at]), -1, np.arange(self.size))
        positions[at] = -1
        return column.take(positions)


class Judge:
    """What the rules say of copies, against what they said of the real rows."""

    def __init__(self, base: Database, records: Records, references: References, rules: Sequence[Rule], broken: Mapping[str, Ints],
                 owners: dict[str, Ints], keeping: frozenset[str], blanks: frozenset[str]) -> None:
        self.base, self.records, self.references = base, records, references
        asked = [r for r in rules if r.check is not None and r.table in records.tables and not references.looks_back(r)]
        self.rules = {r.key: r for r in asked}
        self.reach = {k: frozenset((x.table, x.column) for x in references.of_rule(r)) for k, r in self.rules.items()}
        self.broken, self.owners, self.keeping, self.blanks = broken, owners, keeping, blanks

    def settled(self, copies: Sequence[Copy]) -> Bools:
        """For each copy: none of the broken rules it is tried for is broken any more."""
        world = Candidates(self.base, self.records, self.references, copies)
        tried_for = np.array([c.owner for c in copies], dtype=np.intp)
        good = np.ones(len(copies), dtype=bool)
        for key, owner in self.owners.items():
            table = self.rules[key].table
            copy = world.copy[table]
            concerned = owner[world.origin[table]] == tried_for[copy]
            if concerned.any():
                good[copy[world.broken(self.rules[key]) & concerned]] = False
        return good

    def harmless(self, copies: Sequence[Copy], wild: Bools) -> Bools:
        """For each copy: no rule is broken that was not.

        A rule on blanks has a say only where its own column was changed: who turns out to be older need not have every cell filled.
        `wild`: copies with a cell left blank to stand for any value, on which no rule on blanks has a say.
        """
        world = Candidates(self.base, self.records, self.references, copies)
        good = np.ones(len(copies), dtype=bool)
        for key, rule in self.rules.items():
            if rule.dimension not in self.keeping or self.reach[key].isdisjoint(world.changed):
                continue
            fresh = world.broken(rule) & ~self._was_broken(key, rule)[world.origin[rule.table]]
            copy = world.copy[rule.table]
            if rule.dimension in self.blanks:
                fresh &= (~wild & self._changes_own(rule, world))[copy]
            good[copy[fresh]] = False
        return good

    @staticmethod
    def _changes_own(rule: Rule, world: Candidates) -> Bools:
        flags = np.zeros(world.size, dtype=bool)
        for column in rule.columns:
            if (rule.table, column) in world.changed:
                flags[world.copy[rule.table][world.changed[rule.table, column][0]]] = True
        return flags

    def still_broken(self, copies: Sequence[Copy], rules: frozenset[str]) -> dict[str, tuple[Ints, Ints]]:
        """For each rule the copies and real rows where it was and is broken."""
        world = Candidates(self.base, self.records, self.references, copies)
        found = {}
        for key in sorted(rules):
            table = self.rules[key].table
            at = np.flatnonzero(world.broken(self.rules[key]) & self._was_broken(key, self.rules[key])[world.origin[table]])
            found[key] = world.copy[table][at], world.origin[table][at]
        return found

    def _was_broken(self, key: str, rule: Rule) -> Bools:
        flags = np.zeros(self.base.tables[rule.table].size, dtype=bool)
        flags[self.broken[key]] = True
        return flags
