"""What a cell may become: what follows from other cells, else the values of its code list, a birth date of every age, another valid id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date as calendar_date
from functools import cache

import numpy as np

from pipeline.assemble import Entities
from pipeline.checks import CHECKS
from pipeline.derive import Database
from pipeline.expression.evaluate import as_truths, day_number, evaluate
from pipeline.expression.values import Numbers, Texts
from pipeline.localise.candidates import Cell, Typed
from pipeline.localise.weights import CellKind, Weights
from pipeline.spec import Spec

_DAY, _YEAR = 150, 365.2425


@dataclass(frozen=True)
class Options:
    """The values a cell may become. `certain`: no other value is possible, so the only one that fits follows by necessity."""

    values: tuple[Typed, ...]
    certain: bool

    @property
    def wild(self) -> bool:
        """Any value at all, tried as not known."""
        return self.values == (None,) and not self.certain


@dataclass
class Domains:
    """Values, weights and possible values of the cells of one database."""

    spec: Spec
    weights: Weights
    database: Database
    tables: Mapping[str, Entities]
    _trusted: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def value(self, cell: Cell) -> Typed:
        """What stands in a cell; None for blank."""
        table, row, name = cell
        return _at(self.database.view(table)._own(name), row)

    def weight(self, cell: Cell) -> float | None:
        """How far a cell is trusted; None for one that is blank, in no list, or never to be changed."""
        table, row, name = cell
        kind = self.weights.cells.get((table, name))
        if kind is None or self.value(cell) is None:
            return None
        owner = self._owner(cell)
        if owner is None:
            return None
        return (kind.trusted_weight if self._is_trusted(table, name, kind, row) else kind.weight) * self.weights.owners.get(owner, 1.0)

    def _owner(self, cell: Cell) -> str | None:
        """Who keeps the list a cell was taken from; "" where there are no lists at all, None where no list carries it."""
        table, row, name = cell
        if table not in self.tables:
            return ""
        entities = self.tables[table]
        number = int(entities.origin_of[name][row]) if name in entities.origin_of else -1
        return entities.origins[number].records.source.owner if number >= 0 else None

    def _is_trusted(self, table: str, name: str, kind: CellKind, row: int) -> bool:
        if kind.trusted is None:
            return False
        if (table, name) not in self._trusted:
            view = self.database.view(table)
            self._trusted[table, name] = as_truths(evaluate(kind.trusted, view), view.size).certain
        return bool(self._trusted[table, name][row])

    def derived(self, cell: Cell) -> Typed:
        """What the cell must be by other cells of its record; None where nothing follows."""
        kind = self.weights.cells[cell[0], cell[2]]
        if kind.derive is None:
            return None
        found = evaluate(kind.derive, self.database.view(cell[0]))
        return _at(found, cell[1]) if isinstance(found, Texts | Numbers) else None

    def options(self, cell: Cell) -> Options:
        """What a cell may become, its present value left out."""
        table, _, name = cell
        kind, now, must = self.weights.cells[table, name], self.value(cell), self.derived(cell)
        described = self.spec.fields[table][name]
        blank: tuple[Typed, ...] = (None,) if kind.blank else ()
        if described.codes is not None:
            values = _codes(self.spec.codes[described.codes].values, str(now), described.type == "codes")
            return Options((*values, *blank), True)
        if must is not None or described.type == "name":
            return Options(() if must is None or must == now else (must,), True)
        if described.type == "id" and kind.birth is not None:
            return Options(tuple(self._ids(cell, str(now), kind.birth)), False)
        if described.type == "date" and kind.listed:
            return Options(tuple(d for d in self._days() if d != now), False)
        return Options((None,), False)

    def _days(self) -> Iterator[float]:
        today = day_number(self.spec.campaign.reference_date)
        yield from (float(round(today - age * _YEAR - _DAY)) for age in self.weights.ages)

    def _ids(self, cell: Cell, now: str, birth: str) -> Iterator[str]:
        """Valid numbers of the other sex, of the birth date written down, of both; of every age where none is written."""
        own, written = CHECKS["id_birth"](np.array([now], dtype=object))[0], self.value((cell[0], cell[1], birth))
        days = [d for d in (own, written) if d is not None and d == d]
        for day in dict.fromkeys([float(d) for d in days] + ([] if written is not None else list(self._days()))):
            for sex in (1, 2):
                made = _id(now, day, sex)
                if made[:18] != now[:18]:
                    yield made


def _at(column: object, row: int) -> Typed:
    if isinstance(column, Texts):
        code = int(column.codes[row]) if len(column.codes) else -1
        return str(column.distinct[code]) if code >= 0 else None
    if isinstance(column, Numbers):
        number = float(column.values[row])
        return None if np.isnan(number) else number
    return None


def _codes(values: tuple[str, ...], now: str, several: bool) -> list[str]:
    """The other values of a list; for a cell of several, also the present set with one left out."""
    found = [v for v in values if v != now]
    parts = now.split(",")
    if several and len(parts) > 1:
        found += [",".join(p for p in parts if p != left) for left in parts if len(parts) > 2]
    return found


def _id(like: str, day: float, sex: int) -> str:
    """A valid number of that birth and sex, from the same place as `like`."""
    place = like[:6] if like[:6].isdigit() and int(like[:2]) in range(11, 66) else "110101"
    return _closed(f"{place}{calendar_date.fromordinal(int(day)):%Y%m%d}00{sex}") + like[18:]


@cache
def _closed(body: str) -> str:
    """17 digits with their check character."""
    made = np.array([body + c for c in "0123456789X"], dtype=object)
    return str(made[np.asarray(CHECKS["id_checksum_ok"](made), dtype=bool)][0])


def as_text(value: Typed, kind: str) -> str:
    """A value as a cell of our tables is written: dates YYYYMMDD, months YYYYMM, numbers with at most two decimals; blank is ''."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if kind == "date":
        return f"{calendar_date.fromordinal(int(value)):%Y%m%d}"
    if kind == "month":
        return f"{int(value - 1) // 12:04d}{int(value - 1) % 12 + 1:02d}"
    return f"{value:.2f}".rstrip("0").rstrip(".") if round(value, 2) else "0"


def is_slip(before: str, after: str) -> bool:
    """Two digits swapped, one digit wrong, left out or doubled, noughts or the sign lost: how numbers are mistyped (Scholtus 2009)."""
    from rapidfuzz.distance import OSA
    digits = before.lstrip("-").replace(".", ""), after.lstrip("-").replace(".", "")
    if not (digits[0].isdigit() and digits[1].isdigit()):
        return False
    return digits[0].strip("0") == digits[1].strip("0") or OSA.distance(*digits) <= 1
