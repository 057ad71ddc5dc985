"""The cells that prove a reason, and the words it is told in, for many rows at once."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.assemble import Entities
from pipeline.derive import Database, OuterView, _pair_rows, _Pairs
from pipeline.expression.evaluate import evaluate, evaluate_truth
from pipeline.expression.parse import OUTER, dotted, text_of
from pipeline.expression.values import Numbers, Texts, Truths, Value
from pipeline.spec import Spec
from pipeline.spec.annexes import CellRef

Array = npt.NDArray[np.object_]
Ints = npt.NDArray[np.intp]
MANY = 20  # cells named of one row of a list
NAMES = 6  # names told of one household


@dataclass(frozen=True)
class Screening:
    """All tables of one period, ready for questions, and where their cells stand."""

    database: Database
    tables: Mapping[str, Entities]
    spec: Spec

    def related(self, table: str, name: str, chosen: Ints) -> tuple[str, Ints, Ints]:
        """(table, place in `chosen`, row) of every row related to one of the chosen rows."""
        relation = self.database.tables[table].relations[name]
        target = self.database.target(table, relation)
        place = np.full(self.database.tables[table].size, -1, dtype=np.intp)
        place[chosen] = np.arange(len(chosen))
        if not relation.many:
            partner = self.database.partner(table, relation)[chosen]
            there = np.flatnonzero(partner >= 0)
            return target, there, partner[there]
        if target == table:
            pairs = _pair_rows(self.database._key(target, relation.on), self.database.tables[table].size)
            mine = (place[pairs.parents] >= 0) & (pairs.parents != pairs.children)
            return target, place[pairs.parents[mine]], pairs.children[mine]
        parents = self.database.parents(table, relation)
        rows = np.flatnonzero(parents >= 0)
        rows = rows[place[parents[rows]] >= 0]
        return target, place[parents[rows]], rows

    def rows_of(self, table: str, ref: CellRef, chosen: Ints) -> tuple[str, Ints, Ints]:
        """(table, place in `chosen`, row) of the rows whose cells a reason rests on."""
        if ref.relation is None:
            target, places, rows = table, np.arange(len(chosen)), chosen
        else:
            target, places, rows = self.related(table, ref.relation, chosen)
        if ref.where is None or not len(rows):
            return target, places, rows
        inner = self.database.view(target)
        if OUTER + "." in text_of(ref.where):
            view = OuterView(self.database.view(table), inner, _Pairs(chosen[places], rows, self.database.tables[table].size))
            holds = evaluate_truth(ref.where, view).certain
        else:
            holds = evaluate_truth(ref.where, inner).certain[rows]
        return target, places[holds], rows[holds]

    # -- addresses --

    def proofs(self, table: str, refs: tuple[CellRef, ...], chosen: Ints) -> list[list[str]]:
        """For each chosen row the addresses of its cells, "file#tab!row:header"; blank cells only where nothing is filled."""
        filled: list[list[str]] = [[] for _ in chosen]
        blank: list[list[str]] = [[] for _ in chosen]
        for ref in refs:
            target, places, rows = self.rows_of(table, ref, chosen)
            for place, address, there in zip(places.tolist(), *self._addresses(target, ref.column, rows), strict=True):
                if address is not None:
                    (filled if there else blank)[place].append(address)
        first = self.first_cells(table, chosen)
        return [list(dict.fromkeys(a or b or [c]))[:MANY] for a, b, c in zip(filled, blank, first, strict=True)]

    def _addresses(self, table: str, column: str, rows: Ints) -> tuple[list[str | None], list[bool]]:
        entities = self.tables.get(table)
        if entities is None or column not in entities.origin_of:
            return [None] * len(rows), [False] * len(rows)
        numbers = entities.origin_of[column][rows]
        found: Array = np.full(len(rows), None, dtype=object)
        for number in np.unique(numbers[numbers >= 0]).tolist():
            origin, here = entities.origins[number], np.flatnonzero(numbers == number)
            ids = origin.records.row_ids[origin.rows[rows[here]]]
            found[here] = ids + f":{origin.header(column)}"
        return found.tolist(), pd.notna(entities.frame[column].to_numpy(dtype=object)[rows]).tolist()

    def first_cells(self, table: str, chosen: Ints) -> list[str]:
        """What proves that the row is there at all."""
        ids = self.tables[table].row_ids()[chosen]
        own, _ = self._addresses(table, "household_no" if table == "household" else "name", chosen)
        return [a or f"{i}:" for a, i in zip(own, ids.tolist(), strict=True)]

    # -- words --

    def words(self, table: str, because: str, slots: Mapping[str, ast.expr], who: CellRef | None, chosen: Ints) -> list[str]:
        """The reason as told of each chosen row."""
        told = {slot: self.texts(table, tree, chosen) for slot, tree in slots.items()}
        if who is not None:
            told["who"] = self._names(table, who, chosen)
        texts = [because] * len(chosen)
        for slot, values in told.items():
            texts = [t.replace("{" + slot + "}", v) for t, v in zip(texts, values, strict=True)]
        return texts

    def _names(self, table: str, ref: CellRef, chosen: Ints) -> list[str]:
        target, places, rows = self.rows_of(table, ref, chosen)
        names: list[list[str]] = [[] for _ in chosen]
        for place, name in zip(places.tolist(), self.texts(target, ast.Name(ref.column, ast.Load()), rows), strict=True):
            if name:
                names[place].append(name)
        return ["、".join(dict.fromkeys(n[:NAMES])) + ("等" if len(n) > NAMES else "") for n in names]

    def texts(self, table: str, tree: ast.expr, chosen: Ints) -> list[str]:
        """What an expression says of each chosen row, as people write it; a plain column as it stands in the table."""
        path = dotted(tree)
        plain = self._plain(table, path, chosen) if path is not None else None
        if plain is not None:
            return plain
        view = self.database.view(table)
        return told(evaluate(tree, view), chosen)

    def _plain(self, table: str, path: tuple[str, ...], chosen: Ints) -> list[str] | None:
        """A column's own text, months and days written with their parts."""
        rows = chosen
        for step in path[:-1]:
            relation = self.database.tables[table].relations.get(step)
            if relation is None or relation.many:
                return None
            partner = self.database.partner(table, relation)
            rows = np.where(rows >= 0, partner[np.maximum(rows, 0)], -1)
            table = self.database.target(table, relation)
        entities, kinds = self.tables.get(table), self.spec.fields.get(table.removeprefix("previous_"), {})
        if entities is None or path[-1] not in kinds:
            return None
        if path[-1] not in entities.frame.columns or not len(entities.frame):
            return [""] * len(chosen)
        cells = np.append(entities.frame[path[-1]].to_numpy(dtype=object), np.array([None], dtype=object))[rows]
        kind = kinds[path[-1]].type
        return [written(c, kind) for c in cells.tolist()]


def written(cell: object, kind: str) -> str:
    """A cell as people write it: 2022-04, 2022-04-30, 5000."""
    if cell is None or cell != cell:
        return ""
    text = str(cell)
    if kind in ("month", "date") and text[:6].isdigit():
        return "-".join(filter(None, (text[:4], text[4:6], text[6:8] if kind == "date" else "")))
    return number(float(text)) if kind == "number" and _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def number(value: float) -> str:
    """As short as can be, to the cent."""
    return "" if value != value else f"{value:.2f}".rstrip("0").rstrip(".")


def told(value: Value, chosen: Ints) -> list[str]:
    """A computed value in words."""
    if isinstance(value, Texts):
        return [t or "" for t in value.objects()[chosen].tolist()]
    if isinstance(value, Numbers):
        return [number(v) for v in value.values[chosen].tolist()]
    if isinstance(value, Truths):
        yes, known = value.yes[chosen].tolist(), value.known[chosen].tolist()
        return ["" if not k else "是" if y else "否" for y, k in zip(yes, known, strict=True)]
    plain = number(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else "" if value is None else str(value)
    return [plain] * len(chosen)
