"""Both sides of every list in five buckets: 两边一致, 字段不同, 仅系统有, 仅部门有, 证件无效 — each row with both cells' addresses."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.assemble import Assembled, Entities, fold_ids
from pipeline.link.ids import CLASS_NAMES
from pipeline.reconcile.linked import DOUBTFUL, UNLINKED, LinkedList
from pipeline.reconcile.model import AGREE, BUCKETS, COMPARED, DIFFER, INVALID, ONLY_LIST, ONLY_SYSTEM, AsOf, Comparison
from pipeline.report.order import with_none
from pipeline.report.words import wording
from pipeline.spec import Spec

Array = npt.NDArray[Any]
SAME_FACT = {"name": "name", "sex": "sex", "birth": "birth_date", "idno": "id_number"}  # linkage's column → the person's
PARTIAL = 0.5  # a list of this little of our people with the counterpart is of part of the township: its gaps say nothing


def compare(lists: list[LinkedList], now: Assembled, spec: Spec, spine: pd.DataFrame) -> list[Comparison]:
    """One comparison per department, its lists side by side."""
    system_day = _system_day(now, spec)
    owners = sorted({one.one.source.owner for one in lists})
    found = []
    for owner in owners:
        mine = [one for one in lists if one.one.source.owner == owner]
        works = [_One(one, mine, now, spec, spine, system_day) for one in mine]
        buckets = {b: _sorted(pd.concat([w.buckets[b] for w in works], ignore_index=True)) for b in BUCKETS}
        found.append(Comparison(owner, tuple(w.as_of for w in works), buckets))
    return found


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(
        ["source", "township", "village", "group", "household_no", "their_cell", "our_cell"], kind="stable", na_position="last", ignore_index=True
    )


def _system_day(now: Assembled, spec: Spec) -> str:
    """The latest day the system's exports speak of, else the reference date."""
    days = [o.records.as_of for o in now.tables["person"].origins if o.records.source.system and o.records.as_of]
    return max(days, key=last_day) if days else spec.campaign.reference_date


def last_day(text: str) -> date:
    """YYYYMMDD, or the last day of YYYYMM."""
    year, month = int(text[:4]), int(text[4:6])
    return date(year, month, int(text[6:8]) if len(text) >= 8 else calendar.monthrange(year, month)[1])


def too_late(lists: Sequence[LinkedList], now: Assembled, spec: Spec) -> dict[str, int]:
    """Tables whose every list tells of a state (who is on it, not what once happened) of a day too far from the system's, with the days."""
    system_day = _system_day(now, spec)
    found = {}
    for table in sorted({one.one.table for one in lists}):
        mine = [one.one for one in lists if one.one.table == table]
        days = [_apart(one.as_of, system_day) if one.source.counterpart is not None else None for one in mine]
        least = min((d if d is not None else 0 for d in days), default=0)
        if least > spec.campaign.as_of_max_days:
            found[table] = least
    return found


def _apart(one: str | None, other: str | None) -> int | None:
    return abs((last_day(one) - last_day(other)).days) if one and other else None


class _One:
    """One list's five buckets."""

    def __init__(self, linked: LinkedList, siblings: Sequence[LinkedList], now: Assembled, spec: Spec, spine: pd.DataFrame, system_day: str) -> None:
        self.linked, self.one, self.source, self.spec, self.spine = linked, linked.one, linked.one.source, spec, spine
        self.tables = now.tables
        self.persons, self.households, self.rows = now.tables["person"], now.tables["household"], now.tables[linked.one.table]
        self.words = wording()
        apart = _apart(self.one.as_of, system_day)
        self.late = apart is not None and apart > spec.campaign.as_of_max_days
        self.our_ids, self.their_ids = self.persons.row_ids(), self.rows.row_ids()
        known = linked.person >= 0
        base = self._base(np.flatnonzero(known))
        differ = self._differing(np.flatnonzero(known), base)
        agree = base[~base.index.isin(differ.index)]
        only_system, remark = self._only_system(siblings)
        only_list = self._base(np.flatnonzero(np.isin(linked.kind.astype(str), (UNLINKED, DOUBTFUL))))
        self.buckets = {AGREE: agree, DIFFER: differ, ONLY_SYSTEM: only_system, ONLY_LIST: only_list, INVALID: self._invalid()}
        counts = {name: len(frame) for name, frame in self.buckets.items()}
        files = tuple(dict.fromkeys(r.file for r in self.one.records))
        self.as_of = AsOf(self.source.title, files, self.one.as_of, system_day, apart, self.late, counts, remark)

    def _base(self, at: Array) -> pd.DataFrame:
        """Rows of the list with the person each is; the index is the row's position in the list."""
        person = self.linked.person[at]
        frame: dict[str, Any] = {"source": np.full(len(at), self.source.title, dtype=object)}
        for column in ("township", "village", "group"):
            ours = _picked(self.spine, column, person)
            theirs = self.one.frame[column].to_numpy(dtype=object)[at] if column in self.one.frame.columns else ours
            frame[column] = np.where(person >= 0, ours, theirs)
        for column in ("household_no", "person_no", "name", "id_number"):
            frame[column] = _picked(self.persons.frame, column, person)
        for column, asked in (("list_name", "name"), ("list_id", "idno")):
            frame[column] = self.one.frame[asked].to_numpy(dtype=object)[at] if asked in self.one.frame.columns else None
        frame |= {"label": None, "ours": None, "theirs": None}
        frame["our_cell"] = np.append(self.our_ids, np.array([None], dtype=object))[person]
        frame["their_cell"] = self.their_ids[self.one.rows[at]]
        frame["why"] = self.linked.why[at]
        return pd.DataFrame(frame, columns=list(COMPARED), index=pd.Index(at), dtype=object)

    # -- fields that differ --

    def _pairs(self) -> list[tuple[str, str, str]]:
        """(the list's column, our table, our column) that must say the same."""
        own = {ours: self.one.columns[asked] for asked, ours in SAME_FACT.items() if asked in self.one.columns}
        if own.get("id_number") not in (None, "id_number", "head_id_number"):
            own.pop("id_number")
        pairs = [(theirs, "person", ours) for ours, theirs in own.items()]
        for theirs, ours in self.source.compare.items():
            table, _, column = ("person." + ours).rpartition(".")
            pairs.append((theirs, table.rpartition(".")[2], column))
        return pairs

    def _differing(self, at: Array, base: pd.DataFrame) -> pd.DataFrame:
        parts = [self._field(at, base, *pair) for pair in self._pairs()]
        if self.source.counterpart is not None and not self.late:
            parts.append(self._not_said(at, base))
        return pd.concat([p for p in parts if len(p)]) if any(len(p) for p in parts) else base.iloc[:0]

    def _field(self, at: Array, base: pd.DataFrame, theirs: str, table: str, ours: str) -> pd.DataFrame:
        entities, rows = self._ours(table, self.linked.person[at])
        if theirs not in self.rows.frame.columns or ours not in entities.frame.columns:
            return base.iloc[:0]
        given = self.rows.frame[theirs].to_numpy(dtype=object)[self.one.rows[at]]
        held = _picked(entities.frame, ours, rows)
        differ = np.flatnonzero(_unlike(held, given, self.spec.fields[table][ours].type))
        return self._told(
            base.iloc[differ],
            held[differ],
            given[differ],
            entities,
            rows[differ],
            ours,
            self.spec.label(table, ours),
            self.one.rows[at][differ],
            theirs,
        )

    def _ours(self, table: str, person: Array) -> tuple[Entities, Array]:
        if table == "person":
            return self.persons, person
        numbers = _picked(self.persons.frame, "household_no", person)
        known = pd.Series(np.arange(len(self.households.frame)), index=self.households.frame["household_no"].to_numpy(dtype=object))
        known = known[known.index.notna() & ~known.index.duplicated()]
        return self.households, np.asarray(known.reindex(numbers).fillna(-1), dtype=np.intp)

    def _told(
        self,
        rows: pd.DataFrame,
        held: Array,
        given: Array,
        entities: Entities,
        at: Array,
        column: str,
        label: str,
        list_rows: Array,
        list_column: str | None,
    ) -> pd.DataFrame:
        here = _objects([_address(entities, column, int(r)) for r in at])
        there = _objects([_address(self.rows, list_column, int(r)) for r in list_rows])
        return rows.assign(label=label, ours=held, theirs=given, our_cell=here, their_cell=there)

    def _not_said(self, at: Array, base: pd.DataFrame) -> pd.DataFrame:
        """On the list, and the system does not say so."""
        said = self.source.counterpart
        assert said is not None
        entities, rows = self._ours(said.table, self.linked.person[at])
        held = _picked(entities.frame, said.column, rows)
        if said.column not in entities.frame.columns:
            return base.iloc[:0]
        missing = np.flatnonzero(~_has(held, said.values) & self._in_force(at))
        listed = np.full(len(missing), self.words("compare.on_the_list", title=self.source.title), dtype=object)
        blank = np.where(pd.isna(held[missing]), self.words("compare.blank"), held[missing])
        return self._told(
            base.iloc[missing],
            blank,
            listed,
            entities,
            rows[missing],
            said.column,
            self.spec.label(said.table, said.column),
            self.one.rows[at][missing],
            None,
        )

    def _in_force(self, at: Array) -> Array:
        """Rows whose list does not itself say that they have ended."""
        return _in_force(self.linked, self.rows)[at]

    # -- only one side --

    def _only_system(self, siblings: Sequence[LinkedList]) -> tuple[pd.DataFrame, str | None]:
        """Persons of whom the system says it and who are on none of the department's lists of the kind; told at the first of these lists."""
        nobody = self._base(np.zeros(0, dtype=np.intp))
        said = self.source.counterpart
        if said is None or self.late:
            return nobody, "late" if self.late else "no_counterpart"
        alike = [one for one in siblings if one.one.source.counterpart == said]
        if alike[0] is not self.linked:
            return nobody, "with_other"
        everyone = np.arange(len(self.persons.frame))
        entities, rows = self._ours(said.table, everyone)
        if said.column not in entities.frame.columns:
            return nobody, "no_counterpart"
        has = _has(_picked(entities.frame, said.column, rows), said.values)
        listed = np.zeros(len(everyone), dtype=bool)
        for one in alike:
            known = one.person[(one.person >= 0) & _in_force(one, self.tables[one.one.table])]
            listed[known] = True
            if one.one.of_heads or said.table == "household":
                homes = _picked(self.persons.frame, "household_no", known)
                listed |= np.isin(_picked(self.persons.frame, "household_no", everyone).astype(str), [str(h) for h in homes if h is not None])
        if has.any() and (listed & has).sum() < PARTIAL * has.sum():
            return nobody, "partial"
        return self._missing(np.flatnonzero(has & ~listed), entities, rows, said.column, said.table, alike), None

    def _missing(self, at: Array, entities: Entities, rows: Array, column: str, table: str, alike: Sequence[LinkedList]) -> pd.DataFrame:
        maybe = {int(a) for one in alike for a in one.review["a"]}
        frame: dict[str, Any] = {"source": np.full(len(at), self.source.title, dtype=object)}
        frame |= {c: _picked(self.spine, c, at) for c in ("township", "village", "group")}
        frame |= {c: _picked(self.persons.frame, c, at) for c in ("household_no", "person_no", "name", "id_number")}
        frame |= {"label": self.spec.label(table, column), "ours": _picked(entities.frame, column, rows[at])}
        frame["our_cell"] = [_address(entities, column, int(r)) for r in rows[at]]
        told = (self.words("compare.not_listed"), self.words("compare.maybe_listed"))
        frame["why"] = [told[int(a) in maybe] for a in at.tolist()]
        made = pd.DataFrame(frame, columns=list(COMPARED), dtype=object)
        if table == "household":  # once per household
            made = made[~made["household_no"].duplicated()]
        return with_none(made)

    def _invalid(self) -> pd.DataFrame:
        """Rows whose number cannot be right, and in what way."""
        at = np.flatnonzero(self.linked.invalid)
        names = self.words.names("compare.id_kinds")
        made = self._base(at)
        kinds = [names[CLASS_NAMES[int(k)]] for k in self.linked.id_kind[at]]
        address = _objects([_address(self.rows, self.one.columns.get("idno"), int(r)) for r in self.one.rows[at]])
        return made.assign(label=_objects(kinds), theirs=made["list_id"], ours=made["id_number"], their_cell=address)


def _objects(values: Sequence[str | None]) -> Array:
    column: Array = np.full(len(values), None, dtype=object)
    column[:] = values
    return column


def _in_force(linked: LinkedList, rows: Entities) -> Array:
    """For each row of a list whether it does not itself say that it has ended."""
    said = linked.one.source.counterpart
    flags = np.ones(len(linked.person), dtype=bool)
    for column, ended in (said.unless if said else {}).items():
        if column in rows.frame.columns:
            flags &= ~np.isin(rows.frame[column].to_numpy(dtype=object)[linked.one.rows].astype(str), list(ended))
    return flags


def _picked(frame: pd.DataFrame, column: str, rows: Array) -> Array:
    if column not in frame.columns:
        return np.full(len(rows), None, dtype=object)
    picked: Array = np.append(frame[column].to_numpy(dtype=object), np.array([None], dtype=object))[rows]
    return picked


def _has(held: Array, values: Sequence[str]) -> Array:
    """Whether cells say it: one of the values, among several in one cell too; any value where none is named."""
    if not values:
        return ~pd.isna(held)
    wanted = set(values)
    codes, distinct = pd.factorize(held)
    flags = np.array([bool(wanted & set(str(d).replace("；", "、").replace(",", "、").split("、"))) for d in distinct] + [False], dtype=bool)
    picked: Array = flags[codes]
    return picked


def _unlike(held: Array, given: Array, kind: str) -> Array:
    """Both filled and not the same fact; a date that lacks its day is compared without it."""
    both = ~(pd.isna(held) | pd.isna(given))
    unlike = np.zeros(len(held), dtype=bool)
    at = np.flatnonzero(both)
    if not len(at):
        return unlike
    ours, theirs = held[at], given[at]
    if kind == "id":
        ours, theirs = fold_ids(ours), fold_ids(theirs)
        unlike[at] = (ours != theirs) & ~(pd.isna(ours) | pd.isna(theirs))
    elif kind == "date":
        unlike[at] = [not (str(o).startswith(str(t)) or str(t).startswith(str(o))) for o, t in zip(ours, theirs, strict=True)]
    elif kind == "codes":
        unlike[at] = [not set(str(o).split(",")) & set(str(t).split(",")) for o, t in zip(ours, theirs, strict=True)]
    else:
        unlike[at] = ours != theirs
    return unlike


def _address(entities: Entities, column: str | None, row: int) -> str | None:
    if row < 0:
        return None
    address = entities.address(column, row) if column else None
    return f"{address[0]}·{address[1]}" if address else str(entities.row_ids()[row])


__all__ = ["compare", "last_day", "too_late"]
