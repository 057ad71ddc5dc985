"""A rule's own failing examples laid over households of a clean township, to see whether the rule still fires among full rows.

This is weaker than a planted error, since the example was written beside the rule: it shows that the rule is alive on real
tables (relations, columns no example mentions, facts over whole tables), not that it means the right thing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.assemble import Assembled, Entities
from pipeline.derive import PREVIOUS
from pipeline.expression.bind import Relation
from pipeline.rehearse.town import Town
from pipeline.spec import Spec
from pipeline.spec.model import Example

HOME = "household_no"
MUST = 100.0                    # a liking of so much is not to be done without
Row = dict[str, Any]
Likes = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Graft:
    """One example on one row of the township: where it was laid, and whether the rest of that row was blanked."""

    example: Example
    table: str
    host: str                   # the home of the row
    row: int                    # its position in the finished table
    alone: bool


@dataclass(frozen=True)
class Stated:
    """A fact that an example states outright instead of what it follows from."""

    table: str
    fact: str
    row: int
    value: Any


@dataclass
class Field:
    """The rows of one table while they are being changed; a dropped row is None, its place is kept."""

    columns: list[str]
    rows: list[Row | None]
    by: dict[str, dict[Any, list[int]]] = field(default_factory=dict)
    laid: set[tuple[int, str]] = field(default_factory=set)                     # cells that were written here

    def where(self, column: str, value: Any) -> list[int]:
        """The places of the rows with that value."""
        if column not in self.by:
            index: dict[Any, list[int]] = {}
            for place, row in enumerate(self.rows):
                if row is not None and row.get(column) is not None:
                    index.setdefault(row[column], []).append(place)
            self.by[column] = index
        return [p for p in self.by[column].get(value, ()) if (row := self.rows[p]) is not None and row.get(column) == value]

    def put(self, place: int, changes: Row) -> None:
        """Change cells of one row."""
        row = {**(self.rows[place] or {}), **changes}
        self.rows[place] = row
        for column in changes:
            self.laid.add((place, column))
            if column in self.by:
                self.by[column].setdefault(row[column], []).append(place)

    def add(self, row: Row) -> int:
        """One more row; its place."""
        self.rows.append({})
        self.put(len(self.rows) - 1, row)
        return len(self.rows) - 1


class Nursery:
    """The tables of a clean township, and the households not used yet."""

    def __init__(self, town: Town, spec: Spec) -> None:
        self.clean, self.spec = town, spec
        self.fields = {n: Field(list(e.frame.columns), _records(e.frame)) for n, e in town.tables().items()}
        self.free = list(dict.fromkeys(r[HOME] for r in self.fields["household"].rows if r and r.get(HOME)))
        self.used: set[Any] = set()
        self.overrides: list[tuple[str, str, int, Any]] = []
        self.made = 0
        self.held: set[tuple[str, int]] = set()         # the rows the example at hand already lies on
        self.done: list[Graft] = []
        self.matrix = {n: e.frame for n, e in town.tables().items()}

    # ---- choosing a host ---------------------------------------------------------------------------------------------

    def host(self, table: str, row: Mapping[str, Any], liking: Likes | None = None) -> int | None:
        """The place of the row most like the example (and best liked) whose household is still free."""
        frame = self.matrix[table]
        own = self.spec.fields[table.removeprefix(PREVIOUS)]
        alike = np.zeros(len(frame)) if liking is None else liking.astype(float)
        for column, value in row.items():
            if column in own and column in frame.columns:
                alike += (frame[column].isna() if value in (None, "") else frame[column] == _text(value)).to_numpy(dtype=float)
        household = row.get("household")
        if isinstance(household, Mapping):
            homes = self.matrix["household"].drop_duplicates(HOME).set_index(HOME)
            for column, value in household.items():
                if column in homes.columns:
                    alike += (frame[HOME].map(homes[column]) == _text(value)).to_numpy(dtype=float)
        taken = frame[HOME].isin(self.used) | frame[HOME].isna() if HOME in frame.columns else pd.Series([i in self.used for i in range(len(frame))])
        alike = np.where(taken.to_numpy(dtype=bool), -1, alike)
        if liking is not None and len(liking):
            alike = np.where(liking < liking.max() // MUST * MUST, -1, alike)
        best = int(np.argmax(alike)) if len(alike) else -1
        return best if best >= 0 and alike[best] >= 0 else None

    def graft(self, example: Example, table: str, alone: bool, without: str | None = None, liking: Likes | None = None) -> bool:
        """Lay the example over a free host; False when none is left. `without`: a part of the example to leave as the host has it."""
        row = {k: v for k, v in example.row.items() if k != without}
        place = self.host(table, row, liking)
        if place is None:
            return False
        mine = (self.fields[table].rows[place] or {}).get(HOME, place)
        self.used.add(mine)
        self.held = set()
        symbols: dict[str, Any] = {}
        if HOME in row and row[HOME] is not None and HOME in self.fields[table].columns:
            symbols[str(row[HOME])] = mine
        self._lay(table, place, row, symbols, alone, mine)
        self.done.append(Graft(example, table, str(mine), place, alone))
        return True

    # ---- laying an example over rows ---------------------------------------------------------------------------------

    def _lay(self, table: str, place: int, row: Mapping[str, Any], symbols: dict[str, Any], alone: bool, mine: Any) -> None:
        self.held.add((table, place))
        base = table.removeprefix(PREVIOUS)
        relations = self.spec.relations.get(table, {})
        facts, fields = self.spec.facts.get(base, {}), self.fields[table]
        fixed = self._tying(table)
        changes: Row = {}
        if alone:
            keep = {HOME, "person_key", *self.spec.keys[base][0], *fixed}
            changes = {c: None for c in fields.columns if c not in keep}
        for column, value in row.items():
            if column in relations or column == "person_key" or column in fixed:
                continue
            if column in facts:
                self.overrides.append((table, column, place, value))
            elif column == HOME and value is not None:
                changes[column] = self._home(str(value), symbols, mine)
            else:
                changes[column] = _text(value)
        fields.put(place, changes)
        for name, relation in relations.items():
            if name in row or (alone and relation.many and self._target(table, relation) != table):
                self._related(table, place, relation, row.get(name), symbols, alone, mine)

    def _related(self, table: str, place: int, relation: Relation, given: Any, symbols: dict[str, Any], alone: bool, mine: Any) -> None:
        target = self._target(table, relation)
        items: list[Any] = given if isinstance(given, list) else [given] if given is not None else []
        there = [p for p in self._places(table, place, relation, target) if not relation.many or (target, p) not in self.held]
        for surplus in there[len(items) :] if relation.many or not items else []:
            self._drop(target, surplus)
        for number, item in enumerate(items):
            at = there[number] if number < len(there) else self._another(table, place, relation, target, there)
            if at is not None and isinstance(item, Mapping):
                self._lay(target, at, item, symbols, alone, mine)

    def _places(self, table: str, place: int, relation: Relation, target: str) -> list[int]:
        """The related rows. Keys that are facts are followed through the row's own cells, as far as that goes: villages by their homes."""
        key = (self.fields[table].rows[place] or {}).get(relation.on)
        if key is None:
            columns = self._made_of(table, relation.on)
            if not columns or relation.table == table.removeprefix(PREVIOUS):
                return []
            mine = self.fields[table].rows[place] or {}
            return [p for p in self.fields[target].where(columns[0], mine.get(columns[0])) if self._equal(target, p, mine, columns)]
        return [p for p in self.fields[target].where(relation.on, key) if not (target == table and p == place)]

    def _equal(self, target: str, place: int, mine: Row, columns: Sequence[str]) -> bool:
        return all((self.fields[target].rows[place] or {}).get(c) == mine.get(c) for c in columns)

    def _another(self, table: str, place: int, relation: Relation, target: str, there: Sequence[int]) -> int | None:
        """One more related row, made after a sister of it, tied to the row at `place`."""
        fields, mine = self.fields[target], self.fields[table].rows[place] or {}
        model = fields.rows[there[0]] if there else mine if target == table else next((r for r in fields.rows if r is not None), None)
        if model is None:
            return None
        self.made += 1
        new = dict(model)
        for key in self.spec.keys[target.removeprefix(PREVIOUS)]:
            if len(key) == 1 and key[0] != relation.on:
                new[key[0]] = f"G{self.made}" if key[0] != "id_number" else None
        new |= {"person_key": f"G{self.made}"} if "person_key" in new else {}
        new |= {HOME: mine[HOME]} if HOME in new and mine.get(HOME) else {}
        new |= {relation.on: mine[relation.on]} if mine.get(relation.on) is not None else {}
        new |= {c: mine.get(c) for c in self._made_of(table, relation.on) if c in new}
        return fields.add(new)

    def _drop(self, table: str, place: int) -> None:
        """Take a row out, and what belongs to it alone."""
        row = self.fields[table].rows[place] or {}
        for relation in self.spec.relations.get(table, {}).values():
            if relation.many and relation.on != HOME and relation.table != table.removeprefix(PREVIOUS) and row.get(relation.on) is not None:
                target = self._target(table, relation)
                for below in self.fields[target].where(relation.on, row[relation.on]):
                    self.fields[target].rows[below] = None
        self.fields[table].rows[place] = None

    def _home(self, symbol: str, symbols: dict[str, Any], mine: Any) -> Any:
        """The household that a household number of an example stands for: the host's own first, then others of the township."""
        if symbol not in symbols:
            free = next((h for h in reversed(self.free) if h not in self.used), None)
            symbols[symbol] = mine if not symbols else free
            self.used.add(symbols[symbol])
        return symbols[symbol]

    def _tying(self, table: str) -> tuple[str, ...]:
        """Columns that tie a table to another one by a fact: changing them would cut the host off."""
        relations = self.spec.relations.get(table, {}).values()
        return tuple(c for r in relations if r.many and r.table != table.removeprefix(PREVIOUS) for c in self._made_of(table, r.on))

    def _made_of(self, table: str, key: str) -> list[str]:
        """The columns a key is made of, where it is a fact."""
        fact = self.spec.facts.get(table.removeprefix(PREVIOUS), {}).get(key)
        return [n.id for n in ast.walk(fact) if isinstance(n, ast.Name) and n.id in self.fields[table].columns] if fact is not None else []

    def _target(self, table: str, relation: Relation) -> str:
        if relation.previous:
            return PREVIOUS + relation.table
        return PREVIOUS + relation.table if table.startswith(PREVIOUS) and relation.name != "current" else relation.table

    # ---- the township afterwards -------------------------------------------------------------------------------------

    def town(self) -> tuple[Town, list[Graft], list[Stated]]:
        """The township with all grafts, the grafts with their rows as they now lie, and the facts that examples state outright."""
        kept = {name: [p for p, row in enumerate(f.rows) if row is not None] for name, f in self.fields.items()}
        places = {name: {p: n for n, p in enumerate(rows)} for name, rows in kept.items()}
        tables = {name: self._entities(name, before, kept[name]) for name, before in self.clean.tables().items()}
        now = Assembled({n: t for n, t in tables.items() if not n.startswith(PREVIOUS)}, [], {}, {})
        last = Assembled({n.removeprefix(PREVIOUS): t for n, t in tables.items() if n.startswith(PREVIOUS)}, [], {}, {})
        grafts = [replaced(g, row=places[g.table][g.row]) for g in self.done if g.row in places[g.table]]
        facts = [Stated(t, c, places[t][p], v) for t, c, p, v in self.overrides if p in places[t]]
        return Town(now, last), grafts, facts

    def _entities(self, name: str, before: Entities, kept: list[int]) -> Entities:
        """One table as assembled, its new cells as if the first list had brought them."""
        fields, size, at = self.fields[name], len(before.frame), np.array(kept, dtype=np.intp)
        columns = list(dict.fromkeys([*fields.columns, *(c for _, c in sorted(fields.laid))]))
        frame = pd.DataFrame([fields.rows[p] for p in kept], columns=columns, dtype=object)
        old = at < size
        origin_of = {}
        for column in [*before.origin_of, *(c for c in columns if c not in before.origin_of and c in self.spec.fields[before.table])]:
            known = before.origin_of.get(column, np.full(size, -1, dtype=np.int16))
            origin = np.full(len(kept), 0 if column in before.origin_of else -1, dtype=np.int16)
            origin[old] = known[at[old]]
            origin[[(p, column) in fields.laid for p in kept]] = 0
            origin_of[column] = origin
        marks = {c: np.array([p < size and bool(m[p]) for p in kept], dtype=bool) for c, m in before.was_number.items()}
        return Entities(before.table, nones(frame), before.origins, origin_of, marks)


def _records(frame: pd.DataFrame) -> list[Row | None]:
    columns = list(frame.columns)
    return [dict(zip(columns, values, strict=True)) for values in nones(frame).to_numpy(dtype=object)]


def nones(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts, and None where there is nothing."""
    texts = frame.astype(object)
    return texts.mask(texts.isna(), None)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def failing(spec: Spec, live: Iterable[str]) -> list[tuple[Example, str]]:
    """Every example that must fail a rule in force, with the table it is a row of."""
    tables = {rule.key: rule.table for rule in spec.rules}
    awake = set(live)
    return [(e, tables[e.keys[0]]) for e in spec.examples if e.fails and any(key in awake for key in e.keys)]
