"""Accepted values laid over the records, in every row of every list that fed the cell; each one a change with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.assemble import Assembled, Entities, Origin
from pipeline.intake import Intake
from pipeline.ledger import CHANGE_COLUMNS
from pipeline.mapping import Records
from pipeline.spec import Spec

STEP = "correct"
Cell = tuple[str, str, str]  # row_id, table, column


@dataclass(frozen=True)
class Correction:
    """A new value for one cell of one row of a table, and who said so."""

    table: str
    column: str
    entity: int
    value: str | None
    reason: str


@dataclass
class Finder:
    """Where a problem's row stands in the tables of this run."""

    now: Assembled
    _rows: dict[str, dict[str, int]] = field(default_factory=dict)
    _keys: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def entity(self, table: str, row_id: str | None, household_no: str | None, person_no: str | None) -> int:
        """The row of the table that is meant, −1 where there is none."""
        if table not in self.now.tables:
            return -1
        if table == "household":
            return self._by(table, "household_no").get(household_no or "", -1)
        at = self._by_row(table).get(row_id or "", -1)
        if at >= 0 or table != "person" or not person_no:
            return at
        return self._by(table, "person_no").get(person_no, -1)

    def held(self, table: str, column: str, entity: int) -> str | None:
        """The value a cell holds."""
        frame = self.now.tables[table].frame
        value = frame[column].iat[entity] if column in frame.columns and entity >= 0 else None
        return None if value is None or value != value else str(value)

    def _by_row(self, table: str) -> dict[str, int]:
        if table not in self._rows:
            found: dict[str, int] = {}
            for origin in self.now.tables[table].origins:
                there = np.flatnonzero(origin.rows >= 0)
                for row_id, entity in zip(origin.records.row_ids[origin.rows[there]].tolist(), there.tolist(), strict=True):
                    found.setdefault(str(row_id), entity)
            self._rows[table] = found
        return self._rows[table]

    def _by(self, table: str, column: str) -> dict[str, int]:
        """Key -> row; keys that two rows have are nobody's."""
        if (table, column) not in self._keys:
            frame = self.now.tables[table].frame
            values = frame[column] if column in frame.columns else pd.Series(dtype=object)
            once = values[values.notna() & ~values.duplicated(keep=False)]
            self._keys[table, column] = {str(v): int(i) for i, v in once.items()}  # type: ignore[call-overload]
        return self._keys[table, column]


@dataclass
class Laid:
    """Records with corrections in them, and the cells each correction was written to."""

    intake: Intake
    written: list[list[Cell]]


def lay(intake: Intake, now: Assembled, corrections: Sequence[Correction], spec: Spec, same_fact: Mapping[str, Mapping[str, str]]) -> Laid:
    """The intake with the corrections laid over its records. The records given are not touched."""
    work = _Laying(intake, now, spec, same_fact)
    for correction in corrections:
        work.echo(correction)
    written = [work.write(correction) for correction in corrections]
    return Laid(work.result(), written)


class _Laying:
    """The cells to be written, collected list by list."""

    def __init__(self, intake: Intake, now: Assembled, spec: Spec, same_fact: Mapping[str, Mapping[str, str]]) -> None:
        self.intake, self.now, self.spec, self.same_fact = intake, now, spec, same_fact
        self.number = {id(records): i for i, records in enumerate(intake.records)}
        self.cells: dict[tuple[int, str], dict[int, tuple[str | None, str]]] = {}
        self.members: dict[tuple[int, str], dict[str, npt.NDArray[np.intp]]] = {}
        self.homes: dict[str, dict[str, npt.NDArray[np.intp]]] = {}

    def write(self, correction: Correction) -> list[Cell]:
        """Write one value into every row that fed the cell."""
        return self._write(self.now.tables[correction.table], correction.column, correction.entity, correction.value, correction.reason)

    def echo(self, correction: Correction) -> None:
        """The other columns that hold the same fact of the same person follow, where they hold the same value."""
        name = f"{correction.table}.{correction.column}"
        group = self.same_fact.get(name, {})
        table = self.now.tables[correction.table]
        old, home = (_value(table.frame, c, correction.entity) for c in (correction.column, "household_no"))
        whose = _value(table.frame, group[name], correction.entity) if group else None
        if old is None or home is None or whose is None:
            return
        for other, beside in group.items():
            entities, column = self.now.tables[other.split(".")[0]], other.split(".")[1]
            for entity in self._of_home(entities.table, home) if other != name else ():
                if (_value(entities.frame, column, entity), _value(entities.frame, beside, entity)) == (old, whose):
                    self._write(entities, column, int(entity), correction.value, correction.reason)

    def _of_home(self, table: str, household_no: str) -> npt.NDArray[np.intp]:
        if table not in self.homes:
            numbers = self.now.tables[table].frame.get("household_no", pd.Series(dtype=object))
            self.homes[table] = _positions(numbers)
        return self.homes[table].get(household_no, np.array([], dtype=np.intp))

    def _write(self, entities: Entities, column: str, entity: int, value: str | None, reason: str) -> list[Cell]:
        key = f"{entities.table}.{column}"
        written: list[Cell] = []
        for origin in self._origins(entities, column, entity):
            records = origin.records
            where = self.cells.setdefault((self.number[id(records)], key), {})
            for position in self._positions(origin, entities, entity):
                where[int(position)] = (value, reason)
                written.append((str(records.row_ids[position]), entities.table, column))
        return written

    def _origins(self, entities: Entities, column: str, entity: int) -> Iterator[Origin]:
        """The lists that have this cell, those of another time (own_time) left out."""
        key = f"{entities.table}.{column}"
        chosen = int(entities.origin_of[column][entity]) if column in entities.origin_of else -1
        own = column in entities.origins[chosen].records.source.own_time if chosen >= 0 else False
        for origin in entities.origins:
            there = origin.rows[entity] >= 0 and key in origin.records.frame.columns
            if there and id(origin.records) in self.number and (column in origin.records.source.own_time) == own:
                yield origin

    def _positions(self, origin: Origin, entities: Entities, entity: int) -> npt.NDArray[np.intp]:
        """The list's rows of the entity: of a household on a list of members all its members' rows."""
        row = int(origin.rows[entity])
        number = _value(entities.frame, "household_no", entity)
        if entities.table != "household" or number is None:
            return np.array([row], dtype=np.intp)
        frame = origin.records.frame
        key = next((k for k in ("household.household_no", "person.household_no") if k in frame.columns), None)
        if key is None:
            return np.array([row], dtype=np.intp)
        at = (self.number[id(origin.records)], key)
        if at not in self.members:
            self.members[at] = _positions(frame[key])
        return self.members[at].get(number, np.array([row], dtype=np.intp))

    def result(self) -> Intake:
        """The intake with new records, its changes with ours at the end, and no findings at cells that now hold something else."""
        records = list(self.intake.records)
        changes = list(self.intake.changes)
        gone: set[Cell] = set()
        by_records: dict[int, dict[str, dict[int, tuple[str | None, str]]]] = {}
        for (number, key), cells in self.cells.items():
            by_records.setdefault(number, {})[key] = cells
        for number in sorted(by_records):
            records[number], diff = _written(records[number], by_records[number])
            changes.append(diff)
            ids = records[number].row_ids
            for key, cells in by_records[number].items():
                table, column = key.split(".", 1)
                gone |= {(str(ids[position]), table, column) for position in cells}
        findings = [f for f in self.intake.findings if (f.row_id, f.table or "", f.column or "") not in gone]
        return replace(self.intake, records=records, changes=changes, findings=findings)


def _written(records: Records, cells: Mapping[str, Mapping[int, tuple[str | None, str]]]) -> tuple[Records, pd.DataFrame]:
    """One list's records with some cells replaced, and these changes."""
    columns: dict[str, Any] = {}
    kinds = dict(records.kinds)
    rows: list[dict[str, object]] = []
    for key in sorted(cells):
        values = records.frame[key].to_numpy(dtype=object, copy=True)
        kind = kinds[key].copy() if key in kinds else None
        table, column = key.split(".", 1)
        for position, (value, reason) in sorted(cells[key].items()):
            before, values[position] = values[position], value
            if kind is not None:
                kind[position] = 0
            if _text(before) != _text(value):
                row = (records.row_ids[position], table, column, records.headers.get(key, ""), _text(before), value, STEP, reason)
                rows.append(dict(zip(CHANGE_COLUMNS, row, strict=True)))
        columns[key] = values
        if kind is not None:
            kinds[key] = kind
    frame = records.frame.assign(**columns)
    return replace(records, frame=frame, kinds=kinds), pd.DataFrame(rows, columns=list(CHANGE_COLUMNS), dtype=object)


def _positions(values: pd.Series) -> dict[str, npt.NDArray[np.intp]]:
    numbered = pd.Series(np.arange(len(values)), index=values.to_numpy())
    numbered = numbered[numbered.index.notna()]
    return {str(k): np.asarray(v, dtype=np.intp) for k, v in numbered.groupby(level=0, sort=False).agg(list).items()}


def _value(frame: pd.DataFrame, column: str, row: int) -> str | None:
    return _text(frame[column].iat[row]) if column in frame.columns else None


def _text(value: object) -> str | None:
    return None if value is None or value != value else str(value)
