"""Rows of all lists → one row per household, person, spell and village, every cell still knowing where it stands.

The list with the best priority that carries a column decides its value; where another list says otherwise, that is a
finding, not a merge. Nothing is invented and no row vanishes: what becomes no row of a table becomes a finding.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.checks import CHECKS
from pipeline.ledger import Finding
from pipeline.mapping import Records
from pipeline.spec import Field, Spec

_NONE = np.array(None, dtype=object)
ID = "id_number"  # the one key that is compared by its first 18 characters
OTHER_MEANING = 0.3  # two lists that differ in more than this share of a column's rows do not mean the same by it
Positions = npt.NDArray[np.intp]
Cells = npt.NDArray[np.object_]


@dataclass
class Origin:
    """One list's part in a table: for each row of the table the list's row, and the headers of its columns."""

    records: Records
    prefix: str
    rows: Positions  # per entity: position in the records, −1 where the list does not have it
    names: dict[str, str] = field(default_factory=dict)  # columns of the table that this list calls otherwise

    def key(self, column: str) -> str:
        """The column's name in the records."""
        return f"{self.prefix}.{self.names.get(column, column)}"

    def header(self, column: str) -> str:
        """The column's header as it stands in that file."""
        return self.records.headers.get(self.key(column), "")


@dataclass
class Entities:
    """One table: canonical text, and for every cell the list and row it was taken from."""

    table: str
    frame: pd.DataFrame
    origins: list[Origin] = field(default_factory=list)
    origin_of: dict[str, npt.NDArray[np.int16]] = field(default_factory=dict)
    was_number: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def row_ids(self) -> Cells:
        """The address of each entity's first row."""
        result: Cells = np.full(len(self.frame), None, dtype=object)
        for origin in reversed(self.origins):
            there = origin.rows >= 0
            result[there] = origin.records.row_ids[origin.rows[there]]
        return result

    def address(self, column: str, entity: int) -> tuple[str, str, str] | None:
        """(row_id, header, list) of a cell; None where no list carries the column for this row."""
        number = int(self.origin_of[column][entity]) if column in self.origin_of else -1
        if number < 0:
            return None
        origin = self.origins[number]
        return str(origin.records.row_ids[origin.rows[entity]]), origin.header(column), origin.records.source.title

    def elsewhere(self, column: str, entity: int) -> list[str]:
        """Where else the same cell stands: "file#tab!row:header"."""
        chosen = int(self.origin_of[column][entity]) if column in self.origin_of else -1
        return [
            f"{o.records.row_ids[o.rows[entity]]}:{o.header(column)}"
            for number, o in enumerate(self.origins)
            if number != chosen and o.rows[entity] >= 0 and o.header(column)
        ]


@dataclass
class Assembled:
    """All tables of one period, what was found while they were put together, and where every row went."""

    tables: dict[str, Entities]
    findings: list[Finding]
    refused: dict[str, int]  # per file#tab: rows that became no part of a table
    used: dict[str, int]


def assemble(records: Sequence[Records], spec: Spec) -> Assembled:
    """The tables. Lists are taken in the order of their priority, the newest of one kind first, then of their names."""
    ordered = sorted(records, key=lambda r: (r.source.priority, -int((r.as_of or "00000000").ljust(8, "9")), r.file, r.tab))
    work = _Assembly(spec)
    for part in ordered:
        work.add(part)
    return work.finish()


class _Assembly:
    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.builders = {table: _Builder(table, spec) for table in spec.fields}
        self.findings: list[Finding] = []
        self.refused: dict[str, int] = {}
        self.used: dict[str, int] = {}

    def add(self, records: Records) -> None:
        """Put one list's rows into the tables it carries."""
        table = records.source.table
        usable = self._identified(records)
        if table == "person":
            kept = self._persons(records, usable)
        elif table == "household":
            kept = usable
        else:
            kept = self._rows(records, table, usable)
        if "household" in records.source.tables:
            self._households(records, kept)
        name = f"{records.file}#{records.tab}"
        self.used[name] = self.used.get(name, 0) + int(kept.sum())
        self.refused[name] = self.refused.get(name, 0) + int((~kept).sum())

    def _identified(self, records: Records) -> npt.NDArray[np.bool_]:
        """Rows that say whom they are about; the others are findings."""
        table = records.source.table
        telling = [c for key in self.spec.keys[table] for c in key] + ["household_no", "name", "head_name", "village"]
        there = np.zeros(len(records.frame), dtype=bool)
        for column in dict.fromkeys(telling):
            key = f"{table}.{column}"
            if key in records.frame.columns and not (column == "village" and table != "village"):
                there |= records.frame[key].notna().to_numpy()
        for position in np.flatnonzero(~there).tolist():
            self.findings.append(_row_finding("assemble.no_key", records, position))
        return there

    def _persons(self, records: Records, usable: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        builder = self.builders["person"]
        positions = np.flatnonzero(usable)
        within = bool(records.frame.get("person.household_no", pd.Series(dtype=object)).notna().any())
        match = builder.match(records, positions, within_household=within)
        if not records.source.system and within:
            match = np.where(match < 0, builder.match(records, positions, within_household=False), match)
        if records.source.system:
            self.findings.extend(builder.again(records, match))
            match = builder.append(match)
            self._without_household(records, positions)
        lost = match < 0
        for position in positions[lost].tolist():
            self.findings.append(_row_finding("assemble.not_in_system", records, position))
        builder.merge(records, positions[~lost], match[~lost])
        kept = usable.copy()
        kept[positions[lost]] = False
        return kept

    def _without_household(self, records: Records, positions: Positions) -> None:
        numbers = records.frame.get("person.household_no")
        if numbers is None:
            return
        for position in positions[numbers.isna().to_numpy()[positions]].tolist():
            self.findings.append(_row_finding("assemble.no_household_number", records, position, column="household_no"))

    def _rows(self, records: Records, table: str, usable: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Every row is a row of its own; the same row in a second file of the same list is not taken twice."""
        builder = self.builders[table]
        positions = np.flatnonzero(usable)
        match = np.full(len(positions), -1, dtype=np.intp)
        if builder.has_source(records.source.name):
            match = builder.match_exact(records, positions, self.spec.keys[table][0])
            self.findings.extend(builder.again(records, match))
        match = builder.append(match)
        builder.merge(records, positions, match)
        return usable

    def _households(self, records: Records, usable: npt.NDArray[np.bool_]) -> None:
        builder = self.builders["household"]
        key = "household.household_no" if "household.household_no" in records.frame.columns else "person.household_no"
        if key not in records.frame.columns:
            return
        numbers = records.frame[key].to_numpy(dtype=object)
        positions = np.flatnonzero(usable & ~pd.isna(numbers))
        codes, names = pd.factorize(numbers[positions])
        first = positions[np.unique(codes, return_index=True)[1]] if len(positions) else positions
        chosen = _Repeated(records, positions, codes, first, names, self.spec)
        self.findings.extend(chosen.findings)
        match = builder.positions_of(names)
        if records.source.table == "household":
            self.findings.extend(builder.again(records, match))
        if records.source.system:
            match = builder.append(match)
        builder.know(names, match)
        keep = match >= 0
        usual = {column: values[keep] for column, values in chosen.values.items()}
        builder.merge(records, first[keep], match[keep], overrides=usual, skip=("household_no",), key=names[keep])

    def finish(self) -> Assembled:
        """The tables, with the keys by which they reach one another."""
        tables = {name: builder.build() for name, builder in self.builders.items()}
        self.findings.extend(f for builder in self.builders.values() for f in builder.contradicted())
        self.findings.extend(_missing_members(tables["person"]))
        self.findings.extend(_missing_households(tables["household"]))
        persons = tables["person"].frame
        ids = person_key(persons)
        known = persons.assign(**{ID: ids})
        for name in ("work", "work_plan"):
            frame = tables[name].frame
            asked = frame.assign(**{ID: fold_ids(frame[ID].to_numpy(dtype=object))}) if ID in frame.columns else frame
            rows = refer(asked, known, self.spec.keys["person"])
            frame["person_key"] = np.append(persons["person_key"].to_numpy(dtype=object), _NONE)[rows]
            if len(persons):
                self._strangers(tables[name], rows)
        return Assembled(tables, self.findings, self.refused, self.used)

    def _strangers(self, entities: Entities, rows: Positions) -> None:
        for entity in np.flatnonzero(rows < 0).tolist():
            origin = next(o for o in entities.origins if o.rows[entity] >= 0)
            self.findings.append(_row_finding("assemble.not_in_system", origin.records, int(origin.rows[entity]), column="id_number"))


def _row_finding(problem: str, records: Records, position: int, column: str | None = None) -> Finding:
    """A finding about one whole row of a list."""
    table = records.source.table
    frame = records.frame

    def cell(name: str) -> str | None:
        value = frame[f"{table}.{name}"].iat[position] if f"{table}.{name}" in frame.columns else None
        return None if value is None or value != value else str(value)

    name = cell("name") or cell("head_name")
    slots = {"file": records.file, "tab": records.tab, "row": str(int(records.excel_rows[position])), "source": records.source.title}
    return Finding(
        problem,
        str(records.row_ids[position]),
        (records.source.name, cell("id_number") or "", name or ""),
        household_no=cell("household_no"),
        person_no=cell("person_no"),
        table=table,
        column=column,
        value=cell(column) if column else None,
        name=name,
        source=records.source.title,
        source_column=records.headers.get(f"{table}.{column}") if column else None,
        slots=slots,
    )


def _twice(records: Records, other: str, count: int) -> Finding:
    slots = {"file": records.file, "tab": records.tab, "other": other, "title": records.source.title, "count": str(count)}
    return Finding(
        "assemble.same_list_twice", f"{records.file}#{records.tab}!1", (records.source.name, records.file), source=records.source.title, slots=slots
    )


class _Repeated:
    """The household columns that a list repeats on every member's row: the usual value, and the rows that differ from it."""

    def __init__(self, records: Records, positions: Positions, codes: Positions, first: Positions, names: Cells, spec: Spec) -> None:
        self.values: dict[str, Cells] = {}
        self.findings: list[Finding] = []
        if len(positions) == len(first):
            return
        if records.source.table == "household":
            self._twice(records, positions, codes, first)
        for key in records.frame.columns:
            if key.startswith("household.") and key != "household.household_no":
                self._column(key, records, positions, codes, first, names, spec)

    def _twice(self, records: Records, positions: Positions, codes: Positions, first: Positions) -> None:
        for position in np.setdiff1d(positions, first).tolist():
            self.findings.append(_row_finding("assemble.household_twice", records, int(position), column="household_no"))

    def _column(self, key: str, records: Records, positions: Positions, codes: Positions, first: Positions, names: Cells, spec: Spec) -> None:
        cells = pd.factorize(_comparable(records.frame[key].to_numpy(dtype=object), spec.fields["household"][key.split(".", 1)[1]]))[0]
        differ = np.unique(codes[cells[positions] != cells[first][codes]])
        if not len(differ):
            return
        texts = records.frame[key].to_numpy(dtype=object)
        values = texts[first].copy()
        order = np.argsort(codes, kind="stable")
        starts = np.searchsorted(codes[order], differ)
        ends = np.searchsorted(codes[order], differ, side="right")
        for household, start, end in zip(differ.tolist(), starts.tolist(), ends.tolist(), strict=True):
            rows = positions[order[start:end]]
            usual = _usual(texts[rows])
            values[household] = usual
            wrong = ~_same(texts[rows], np.full(len(rows), usual, dtype=object), spec.fields["household"][key.split(".", 1)[1]])
            for row in rows[wrong].tolist():
                self.findings.append(self._differs(key, records, int(row), str(names[household]), usual, spec))
        self.values[key] = values

    @staticmethod
    def _differs(key: str, records: Records, row: int, household_no: str, usual: str | None, spec: Spec) -> Finding:
        column = key.split(".", 1)[1]
        value = records.frame[key].iat[row]
        label = spec.fields["household"][column].label
        slots = {"household_no": household_no, "label": label, "value": _text(value) or "空", "other": _text(usual) or "空"}
        problem = "assemble.household_in_two_villages" if column == "village" else "assemble.repeated_rows_differ"
        return Finding(
            problem,
            str(records.row_ids[row]),
            (column,),
            household_no=household_no,
            table="household",
            column=column,
            value=_text(value) or None,
            suggestion=_text(usual) or None,
            source=records.source.title,
            source_column=records.headers[key],
            label=label,
            codes=spec.fields["household"][column].codes,
            slots=slots,
        )


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)


def _usual(texts: Cells) -> str | None:
    """The commonest text, blank counted like any other; the first of equals."""
    counted = pd.Series([_text(t) for t in texts]).value_counts(sort=False)
    return str(counted.idxmax()) or None


@dataclass(frozen=True)
class _Conflicts:
    """The cells of one column in which a later list says otherwise than an earlier one."""

    cells: Cells
    entities: Positions
    differ: Positions

    def frequent(self) -> bool:
        """Whether they differ too often to be slips."""
        return len(self.differ) > max(5, OTHER_MEANING * len(self.entities))


class _Builder:
    """A table while its lists come in one by one."""

    def __init__(self, table: str, spec: Spec) -> None:
        self.table, self.spec = table, spec
        self.size = 0
        self.columns: dict[str, Cells] = {}
        self.origin_of: dict[str, npt.NDArray[np.int16]] = {}
        self.was_number: dict[str, npt.NDArray[np.bool_]] = {}
        self.origins: list[Origin] = []
        self.known: dict[str, int] = {}
        self.contradictions: dict[tuple[str, int], list[int]] = {}
        self._folded: Cells | None = None
        self.other_meanings: list[Finding] = []

    # -- which entity a row is --

    def has_source(self, name: str) -> bool:
        """Whether this list has already come once."""
        return any(o.records.source.name == name for o in self.origins)

    def again(self, records: Records, match: Positions) -> list[Finding]:
        """Where rows of one list come a second time: it was put in twice. Two exports of different columns are two parts of one list."""
        mine, rows = set(records.headers), match[match >= 0]
        counts = [
            (int((o.rows[rows] >= 0).sum()), -number)
            for number, o in enumerate(self.origins)
            if o.records.source.name == records.source.name and len(mine & set(o.records.headers)) > 0.6 * len(mine)
        ]
        count, number = max(counts, default=(0, 0))
        return [_twice(records, self.origins[-number].records.file, count)] if count else []

    def positions_of(self, names: Cells) -> Positions:
        """The entity of each key, −1 for new ones."""
        return np.array([self.known.get(name, -1) for name in names], dtype=np.intp)

    def know(self, names: Cells, positions: Positions) -> None:
        """Remember which entity a key is."""
        self.known.update((name, int(p)) for name, p in zip(names, positions, strict=True) if p >= 0)

    def match(self, records: Records, positions: Positions, within_household: bool) -> Positions:
        """The entity each row is, by the keys of fields.yml in turn; each entity is taken at most once."""
        return self._match(records, positions, self.spec.keys[self.table], "household_no" if within_household else None)

    def match_exact(self, records: Records, positions: Positions, key: tuple[str, ...]) -> Positions:
        """The entity whose whole key is the same."""
        return self._match(records, positions, (key,), None)

    def _match(self, records: Records, positions: Positions, keys: Sequence[tuple[str, ...]], within: str | None) -> Positions:
        wanted = {c for key in keys for c in key} | ({within} if within else set())
        rows = _plain(records, self.table, positions, wanted)
        mine = pd.DataFrame({c: self.columns[c] for c in wanted if c in self.columns}, index=range(self.size))
        if ID in mine.columns:
            mine[ID] = self._ids()
            rows[ID] = fold_ids(rows[ID].to_numpy(dtype=object)) if ID in rows.columns else None
        return refer(rows, mine, keys, within, once=True)

    def _ids(self) -> Cells:
        """The ids as they are compared; folded once for as long as no list adds any."""
        if self._folded is None or len(self._folded) != self.size:
            self._folded = fold_ids(self.columns[ID])
        return self._folded

    def append(self, match: Positions) -> Positions:
        """New entities for the rows that matched none."""
        new = match < 0
        count = int(new.sum())
        numbered = match.copy()
        numbered[new] = np.arange(self.size, self.size + count)
        self._grow(count)
        return numbered

    def _grow(self, count: int) -> None:
        self.size += count
        self.columns = {c: np.concatenate([v, np.full(count, None, dtype=object)]) for c, v in self.columns.items()}
        self.origin_of = {c: np.concatenate([v, np.full(count, -1, dtype=np.int16)]) for c, v in self.origin_of.items()}
        self.was_number = {c: np.concatenate([v, np.zeros(count, dtype=bool)]) for c, v in self.was_number.items()}
        for origin in self.origins:
            origin.rows = np.concatenate([origin.rows, np.full(count, -1, dtype=np.intp)])

    # -- what a cell is --

    def merge(
        self,
        records: Records,
        rows: Positions,
        entities: Positions,
        overrides: Mapping[str, Cells] | None = None,
        skip: tuple[str, ...] = (),
        key: Cells | None = None,
    ) -> None:
        """Lay one list's cells under the entities, and note where an earlier list says otherwise."""
        origin = Origin(records, self.table, np.full(self.size, -1, dtype=np.intp))
        origin.rows[entities] = rows
        number = len(self.origins)
        self.origins.append(origin)
        if key is not None:
            self._own_key(entities, key, number, origin)
        conflicts: dict[str, _Conflicts] = {}
        for name in records.frame.columns:
            table, column = name.split(".", 1)
            if table == self.table and column not in skip:
                values = (overrides or {}).get(name)
                cells = values if values is not None and len(values) == len(rows) else records.frame[name].to_numpy(dtype=object)[rows]
                conflicts[column] = self._lay(column, cells, entities, number, records, rows)
                yearly = self.spec.fields[self.table][column].yearly
                if yearly and f"{self.table}.{yearly}" not in records.frame.columns and records.source.system:
                    there = self._stated_otherwise(column, entities, number)
                    if there.any():
                        origin.names[yearly] = column
                        conflicts[yearly] = self._lay(yearly, cells[there], entities[there], number, records, rows[there])
        for column in conflicts:
            if conflicts[column].frequent():
                self.other_meanings.append(self._other_meaning(column, conflicts[column], number))
            else:
                self._note(column, conflicts[column], number)

    def _other_meaning(self, column: str, conflicts: _Conflicts, number: int) -> Finding:
        """Lists that differ about a column all the time do not mean the same by it: said once, not cell by cell."""
        here, field_ = self.origins[number], self.spec.fields[self.table][column]
        first = self.origins[int(self.origin_of[column][conflicts.entities[conflicts.differ[0]]])]
        names = _titles(here.records, first.records)
        slots = {
            "file": here.records.file,
            "tab": here.records.tab,
            "label": field_.label,
            "source": names[0],
            "other_source": names[1],
            "count": str(len(conflicts.differ)),
            "total": str(len(conflicts.entities)),
        }
        return Finding(
            "assemble.other_meaning",
            f"{here.records.file}#{here.records.tab}!1",
            (here.records.source.name, self.table, column),
            table=self.table,
            column=column,
            source_column=here.header(column),
            source=here.records.source.title,
            label=field_.label,
            slots=slots,
        )

    def _own_key(self, entities: Positions, key: Cells, number: int, origin: Origin) -> None:
        """The household number, which on members' lists stands in the member's own column."""
        column = "household_no"
        self._ensure(column)
        new = self.origin_of[column][entities] < 0
        self.columns[column][entities[new]] = key[new]
        self.origin_of[column][entities[new]] = number
        header = origin.records.headers.get("person.household_no")
        if header and f"household.{column}" not in origin.records.headers:
            origin.records.headers = {**origin.records.headers, f"household.{column}": header}

    def _ensure(self, column: str) -> None:
        if column not in self.columns:
            self.columns[column] = np.full(self.size, None, dtype=object)
            self.origin_of[column] = np.full(self.size, -1, dtype=np.int16)

    def _lay(self, column: str, cells: Cells, entities: Positions, number: int, records: Records, rows: Positions) -> _Conflicts:
        self._ensure(column)
        new = self.origin_of[column][entities] < 0
        held = ~new
        new &= self._of_its_time(column, entities, number)
        if not records.source.system and self.table not in self.spec.lists:
            new &= False
        target = entities[new]
        self.columns[column][target] = cells[new]
        self._folded = None if column == ID and len(target) else self._folded
        self.origin_of[column][target] = number
        kinds = records.kinds.get(self.origins[number].key(column))
        if kinds is not None:
            numeric = self.was_number.setdefault(column, np.zeros(self.size, dtype=bool))
            numeric[target] = kinds[rows[new]] == 1
        return self._conflicts(column, cells[held], entities[held], number)

    def _of_its_time(self, column: str, entities: Positions, number: int) -> npt.NDArray[np.bool_]:
        """Not where an earlier list states its own_time block: a cell of another time among them would make sums that never were."""
        free = np.ones(len(entities), dtype=bool)
        if column not in self.origins[number].records.source.own_time:
            for origin in self.origins[:number]:
                own = origin.records.source.own_time
                if column in own and any(f"{self.table}.{c}" in origin.records.headers for c in own):
                    free &= origin.rows[entities] < 0
        return free

    def _stated_otherwise(self, column: str, entities: Positions, number: int) -> npt.NDArray[np.bool_]:
        """Where an earlier list has the row and states this column, if at all, for a time of its own; this one states it for the year."""
        there = np.zeros(len(entities), dtype=bool)
        if column not in self.origins[number].records.source.own_time:
            for origin in self.origins[:number]:
                if column in origin.records.source.own_time:
                    there |= origin.rows[entities] >= 0
        return there

    def _conflicts(self, column: str, cells: Cells, entities: Positions, number: int) -> _Conflicts:
        field_ = self.spec.fields[self.table][column]
        if not len(entities) or field_.type == "text" or column == "household_no":
            return _Conflicts(cells, entities, np.array([], dtype=np.intp))
        held = self.columns[column][entities]
        differ = np.flatnonzero(~_same(held, cells, field_))
        origin = self.origins[number]
        if not origin.records.source.system:
            differ = differ[~(pd.isna(cells[differ]) | pd.isna(held[differ]))]
        return _Conflicts(cells, entities, self._of_one_time(column, entities, differ, number))

    def _of_one_time(self, column: str, entities: Positions, differ: Positions, number: int) -> Positions:
        """Without the cells that one list states for a time of its own (own_time: income then) and the other does not (income now)."""
        own = np.array([column in o.records.source.own_time for o in self.origins])
        return differ[own[self.origin_of[column][entities[differ]]] == own[number]] if own.any() else differ

    def _note(self, column: str, conflicts: _Conflicts, number: int) -> None:
        for i in conflicts.differ.tolist():
            self.contradictions.setdefault((column, int(conflicts.entities[i])), []).append(number)

    def contradicted(self) -> list[Finding]:
        """One finding per cell that lists contradict one another about, filed where fewest lists stand behind the value."""
        return [*self.other_meanings, *(self._contradiction(column, entity) for column, entity in self.contradictions)]

    def _contradiction(self, column: str, entity: int) -> Finding:
        field_ = self.spec.fields[self.table][column]
        said = {n: _text(self._said(n, column, entity)) for n, o in enumerate(self.origins) if o.rows[entity] >= 0 and o.header(column)}
        own = column in self.origins[self.contradictions[column, entity][0]].records.source.own_time
        said = {n: text for n, text in said.items() if (column in self.origins[n].records.source.own_time) == own}
        behind = {n: sum(_same_text(v, w, field_) for w in said.values()) for n, v in said.items()}
        blamed = min(said, key=lambda n: (behind[n], said[n] != "", -n))
        witness = next(n for n in sorted(said, key=lambda n: (-behind[n], n)) if not _same_text(said[n], said[blamed], field_))
        here, there = self.origins[blamed], self.origins[witness]
        number = _cell(self.columns, "household_no", entity)
        names = _titles(here.records, there.records)
        slots = {
            "label": field_.label,
            "value": said[blamed] or "空",
            "other": said[witness] or "空",
            "source": names[0],
            "other_source": names[1],
            "household_no": number or "",
        }
        problem = "assemble.household_in_two_villages" if self.table == "household" and column == "village" else "assemble.lists_differ"
        others = [n for n in said if n != blamed]
        return Finding(
            problem,
            str(here.records.row_ids[here.rows[entity]]),
            (self.table, column),
            household_no=number,
            person_no=_cell(self.columns, "person_no", entity),
            table=self.table,
            column=column,
            source_column=here.header(column),
            value=said[blamed] or None,
            suggestion=said[witness] or None,
            source=here.records.source.title,
            label=field_.label,
            codes=field_.codes,
            other_cells="；".join(
                f"{self.origins[n].records.row_ids[self.origins[n].rows[entity]]}:{self.origins[n].header(column)}" for n in others
            ),
            name=_cell(self.columns, "name", entity) or _cell(self.columns, "head_name", entity),
            slots=slots,
        )

    def _said(self, number: int, column: str, entity: int) -> Any:
        """What one list says of a cell; of a repeated household column its usual value, which is what was laid."""
        if self.origin_of[column][entity] == number:
            return self.columns[column][entity]
        origin = self.origins[number]
        return origin.records.frame[origin.key(column)].iat[int(origin.rows[entity])]

    def build(self) -> Entities:
        """The table as it now stands, its columns in the order of fields.yml."""
        order = [c for c in self.spec.fields[self.table] if c in self.columns]
        frame = pd.DataFrame({c: self.columns[c] for c in order}, index=pd.RangeIndex(self.size))
        return Entities(self.table, frame, self.origins, self.origin_of, self.was_number)


def _cell(columns: Mapping[str, Cells], name: str, entity: int) -> str | None:
    return _text(columns[name][entity]) or None if name in columns else None


def _same(one: Cells, two: Cells, field_: Field) -> npt.NDArray[np.bool_]:
    """Equal as facts: numbers by their value, blanks alike."""
    equal = (one == two) | (pd.isna(one) & pd.isna(two))
    rest = np.flatnonzero(~equal)
    if field_.type == "number" and len(rest):
        a, b = (pd.to_numeric(pd.Series(c[rest], dtype=object), errors="coerce").to_numpy(dtype=float) for c in (one, two))
        equal[rest] = np.abs(a - b) < 0.005
    if field_.type == "id" and len(rest):
        a, b = fold_ids(one[rest]), fold_ids(two[rest])          # a disability card's 20 characters begin with the id's 18
        equal[rest] = (a == b) & ~pd.isna(a)
    return np.asarray(equal, dtype=bool)


def _comparable(cells: Cells, field_: Field) -> npt.NDArray[Any]:
    """Cells as facts: 107 and 107.00 are one number."""
    if field_.type != "number":
        return cells
    codes, distinct = pd.factorize(cells)
    values = np.append(pd.to_numeric(pd.Series(distinct, dtype=object), errors="coerce").to_numpy(dtype=float), np.nan)
    return np.round(values, 2)[codes]


def _titles(one: Records, other: Records) -> tuple[str, str]:
    """What to call two lists: by their titles, by their files where the titles are the same."""
    same = one.source.title == other.source.title
    return (one.file, other.file) if same else (one.source.title, other.source.title)


def _same_text(one: str, two: str, field_: Field) -> bool:
    """Equal as facts, two single cells."""
    cells = [np.array([t or None], dtype=object) for t in (one, two)]
    return bool(_same(cells[0], cells[1], field_)[0])


def _plain(records: Records, table: str, positions: Positions, columns: Collection[str]) -> pd.DataFrame:
    """Some columns of one table's rows under their plain names."""
    named = {c: f"{table}.{c}" for c in columns if f"{table}.{c}" in records.frame.columns}
    return pd.DataFrame({c: records.frame[key].to_numpy(dtype=object)[positions] for c, key in named.items()}, index=range(len(positions)))


def fold_ids(ids: Cells) -> Cells:
    """Ids as they are compared: by their first 18 characters, blank where there are none to compare."""
    return np.asarray(CHECKS["first18"](ids), dtype=object) if len(ids) else ids


def refer(rows: pd.DataFrame, among: pd.DataFrame, keys: Sequence[tuple[str, ...]], within: str | None = None, once: bool = False) -> Positions:
    """For each row the row of `among` it is about, by each key in turn; −1 where none fits.

    `within` is a column that must agree as well; with `once` a row of `among` is taken by one row only.
    """
    found = np.full(len(rows), -1, dtype=np.intp)
    free = np.ones(len(among), dtype=bool)
    codes = _SharedCodes(rows, among)
    for key in keys:
        columns = tuple(dict.fromkeys((*((within,) if within else ()), *key)))
        if not all(c in rows.columns and c in among.columns for c in columns):
            continue
        asked, candidates = codes.of(columns, found < 0, free)
        if not len(asked) or not len(candidates):
            continue
        if once:
            asked["turn"] = asked.groupby("key", sort=False).cumcount()
            candidates["turn"] = candidates.groupby("key", sort=False).cumcount()
            joined = asked.merge(candidates, on=["key", "turn"])
        else:
            joined = asked.merge(candidates.drop_duplicates("key"), on="key")
        found[joined["row"].to_numpy()] = joined["at"].to_numpy()
        if once:
            free[joined["at"].to_numpy()] = False
    return found


class _SharedCodes:
    """The key columns of two tables as numbers: the same number for the same text, −1 for blank."""

    def __init__(self, rows: pd.DataFrame, among: pd.DataFrame) -> None:
        self.rows, self.among = rows, among
        self.made: dict[str, npt.NDArray[np.int64]] = {}

    def _codes(self, column: str) -> npt.NDArray[np.int64]:
        if column not in self.made:
            codes, _distinct = pd.factorize(np.concatenate([self.rows[column].to_numpy(dtype=object), self.among[column].to_numpy(dtype=object)]))
            self.made[column] = codes.astype(np.int64)
        return self.made[column]

    def of(self, columns: tuple[str, ...], open_rows: npt.NDArray[np.bool_], free: npt.NDArray[np.bool_]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Rows still to be matched and rows still to be taken, each with its key; blank keys left out."""
        key = np.zeros(len(self.rows) + len(self.among), dtype=np.int64)
        there = np.concatenate([open_rows, free])
        for column in columns:
            codes = self._codes(column)
            there &= codes >= 0
            key = key * (int(codes.max(initial=0)) + 1) + codes
        cut = len(self.rows)
        row, at = np.flatnonzero(there[:cut]), np.flatnonzero(there[cut:])
        return pd.DataFrame({"key": key[:cut][row], "row": row}), pd.DataFrame({"key": key[cut:][at], "at": at})


def person_key(persons: pd.DataFrame) -> Cells:
    """Add person_key: the person's number, else the id, else household and name; unique within the table. Gives the folded ids."""
    size = len(persons)
    blank: Cells = np.full(size, None, dtype=object)
    number, household, name, given = (
        persons[c].to_numpy(dtype=object) if c in persons.columns else blank for c in ("person_no", "household_no", "name", "id_number")
    )
    ids = fold_ids(given)
    fallback = np.array([f"{h}/{i or n}" for h, i, n in zip(household, ids, name, strict=True)], dtype=object)
    keys = pd.Series(np.where(pd.isna(number), fallback, number), dtype=object)
    repeat = keys.groupby(keys, sort=False).cumcount()
    persons["person_key"] = np.where(repeat > 0, keys + "~" + repeat.astype(str), keys)
    return ids


def same_persons(now: Assembled, last: Assembled, spec: Spec) -> None:
    """Give last month's persons the key of who they are this month, by the keys of fields.yml in turn.

    One export may carry the persons' numbers and the other not; a key made of what each month happens to have would
    make everybody vanish and everybody new.
    """
    mine, theirs = now.tables["person"].frame, last.tables["person"].frame
    if not len(mine) or not len(theirs):
        return
    frames = [f.assign(**{ID: fold_ids(f[ID].to_numpy(dtype=object))}) if ID in f.columns else f for f in (theirs, mine)]
    found = refer(frames[0], frames[1], spec.keys["person"], once=True)
    old, taken = theirs["person_key"].to_numpy(dtype=object), set(mine["person_key"])
    gone = np.array([f"{key}~gone" if key in taken else key for key in old], dtype=object)
    keys = np.where(found >= 0, np.append(mine["person_key"].to_numpy(dtype=object), _NONE)[found], gone)
    renamed = dict(zip(old, keys, strict=True))
    theirs["person_key"] = keys
    for name in ("work", "work_plan"):
        frame = last.tables[name].frame
        frame["person_key"] = np.array([renamed.get(key) for key in frame["person_key"]], dtype=object)


def _presence(entities: Entities) -> dict[str, tuple[npt.NDArray[np.bool_], str]]:
    """For each of the system's lists: which rows of the table it has, and its title."""
    lists: dict[str, tuple[npt.NDArray[np.bool_], str]] = {}
    for origin in entities.origins:
        source = origin.records.source
        if source.system:
            before = lists[source.name][0] if source.name in lists else np.zeros(len(entities.frame), dtype=bool)
            lists[source.name] = (before | (origin.rows >= 0), source.title)
    return lists


def _missing_members(persons: Entities) -> list[Finding]:
    """A member whom one system list has and another, that has the same household, has not."""
    lists = _presence(persons)
    if len(lists) < 2 or "household_no" not in persons.frame.columns:
        return []
    household = pd.factorize(persons.frame["household_no"].to_numpy(dtype=object))[0]
    findings: list[Finding] = []
    for name, (there, title) in lists.items():
        shared = np.isin(household, np.unique(household[there & (household >= 0)]))
        for other, (present, _) in lists.items():
            if other != name:
                findings += _absent("assemble.member_missing", persons, shared & present, there, other, title, "name")
    return findings


def _absent(
    problem: str, entities: Entities, expected: npt.NDArray[np.bool_], there: npt.NDArray[np.bool_], other: str, title: str, column: str
) -> list[Finding]:
    """Rows expected in a list and not there; none when so many are missing that the list is plainly meant for others."""
    missing = np.flatnonzero(expected & ~there)
    if len(missing) > max(5, OTHER_MEANING * int(expected.sum())):
        return []
    findings = []
    for entity in missing.tolist():
        origin = next(o for o in entities.origins if o.records.source.name == other and o.rows[entity] >= 0)
        finding = _row_finding(problem, origin.records, int(origin.rows[entity]), column=column)
        slots = {**finding.slots, "other_source": title, "household_no": str(finding.household_no or "")}
        findings.append(replace(finding, slots=slots))
    return findings


FULL = 0.8  # a list with this share of all households is meant to have every one of them


def _missing_households(households: Entities) -> list[Finding]:
    """A household that one system list has and another, which has nearly all of them, has not."""
    lists: dict[tuple[str, frozenset[str]], npt.NDArray[np.bool_]] = {}
    firsts: dict[tuple[str, frozenset[str]], Records] = {}
    for origin in households.origins:
        if origin.records.source.system:
            key = (origin.records.source.name, frozenset(origin.records.headers))  # one list, in however many files
            lists[key] = lists.get(key, np.zeros(len(households.frame), dtype=bool)) | (origin.rows >= 0)
            firsts.setdefault(key, origin.records)
    findings: list[Finding] = []
    for key, there in lists.items():
        if len(there) and FULL <= there.mean() < 1:
            for entity in np.flatnonzero(~there).tolist():
                origin = next(o for o in households.origins if o.records.source.system and o.rows[entity] >= 0)
                names = _titles(origin.records, firsts[key])
                finding = _row_finding("assemble.household_missing", origin.records, int(origin.rows[entity]), column="household_no")
                slots = {**finding.slots, "source": names[0], "other_source": names[1], "file": firsts[key].file}
                number = _text(households.frame["household_no"].iat[entity]) or None
                findings.append(replace(finding, slots=slots, household_no=number, person_no=None, table="household"))
    return findings
