"""The two sides of linkage as it wants them: the system's persons, and the rows of one department's list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.assemble import Assembled, Entities, Origin
from pipeline.mapping import Records
from pipeline.reconcile.places import OurVillages
from pipeline.spec import Source, Spec

Positions = npt.NDArray[np.intp]
Cells = npt.NDArray[np.object_]

SAID = ("village", "group")
PLACES = ("province", "city", "county", "township", "village", "group")
# What linkage asks for → the columns that may hold it, the first that a list has; `link:` of its YAML goes before.
ASKED: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "idno": ("id_number",),
    "sex": ("sex",),
    "birth": ("birth_date",),
    **{place: (place,) for place in PLACES},
    "household": ("household_key", "household_no", "head_id_number"),
    "phone": ("phone",),
    "relation": ("relation",),
    "death_date": ("death_date",),
}
OF_HEAD: Mapping[str, tuple[str, ...]] = {"name": ("head_name",), "idno": ("head_id_number",)}


@dataclass(frozen=True)
class DepartmentList:
    """One department's list: its rows in their table, as linkage sees them, and where each stands."""

    source: Source
    table: str
    rows: Positions  # of the table, in its order
    frame: pd.DataFrame  # linkage's columns, indexed by the table's rows
    columns: Mapping[str, str]  # linkage's column → the list's own
    records: tuple[Records, ...]
    of_heads: bool  # it names households by their head only

    @property
    def as_of(self) -> str | None:
        """The latest day or month that its files speak of."""
        return max((r.as_of for r in self.records if r.as_of), default=None)


def spine(now: Assembled) -> pd.DataFrame:
    """The system's persons with where they live, indexed by their row."""
    persons, households = now.tables["person"].frame, now.tables["household"].frame
    at = _household_rows(persons, households)
    found: dict[str, Any] = {
        "name": persons.get("name"),
        "sex": persons.get("sex"),
        "idno": persons.get("id_number"),
        "birth": persons.get("birth_date"),
        "relation": persons.get("relation"),
        "household": persons.get("household_no"),
    }
    for place in PLACES:
        found[place] = _either(persons.get(place), _taken(households, place, at))
    found["phone"] = _either(persons.get("phone"), _taken(households, "phone", at))
    return pd.DataFrame({k: v for k, v in found.items() if v is not None and pd.Series(v).notna().any()}, index=pd.RangeIndex(len(persons)))


def _household_rows(persons: pd.DataFrame, households: pd.DataFrame) -> Positions:
    if "household_no" not in persons.columns or "household_no" not in households.columns:
        return np.full(len(persons), -1, dtype=np.intp)
    known = pd.Index(households["household_no"].to_numpy(dtype=object))
    first = pd.Series(np.arange(len(known)), index=known)
    first = first[first.index.notna() & ~first.index.duplicated()]
    return np.asarray(first.reindex(persons["household_no"]).fillna(-1), dtype=np.intp)


def _taken(frame: pd.DataFrame, column: str, at: Positions) -> Cells | None:
    if column not in frame.columns:
        return None
    return np.append(frame[column].to_numpy(dtype=object), np.array([None], dtype=object))[at]


def _either(first: pd.Series | None, second: Cells | None) -> Cells | None:
    if first is None or second is None:
        return second if first is None else first.to_numpy(dtype=object)
    one = first.to_numpy(dtype=object)
    return np.where(pd.isna(one), second, one)


def department_lists(now: Assembled, spec: Spec, head: str, villages: OurVillages) -> list[DepartmentList]:
    """Every list of a department that came in: those that tell of deaths first, then in the order of their names.

    `head` is the relation of whoever is named on a list of households.
    """
    found = []
    for table in sorted(spec.lists):
        entities = now.tables[table]
        for form in sorted({_form(o.records) for o in entities.origins}):
            made = _list_of(entities, form, spec, head, villages)
            if len(made.rows):
                found.append(made)
    return sorted(found, key=lambda one: ("death_date" not in one.columns, one.source.name, one.of_heads))


def _form(records: Records) -> tuple[str, bool]:
    """Which list it is, and whether it names households by their heads only: the two forms of one list are linked apart."""
    key = f"{records.source.table}.name"
    return records.source.name, key not in records.frame.columns or not records.frame[key].notna().any()


def _list_of(entities: Entities, form: tuple[str, bool], spec: Spec, head: str, villages: OurVillages) -> DepartmentList:
    origins = [o for o in entities.origins if _form(o.records) == form]
    source = origins[0].records.source
    mine = np.zeros(len(entities.frame), dtype=bool)
    as_of: Cells = np.full(len(entities.frame), None, dtype=object)
    for origin in origins:
        there = (origin.rows >= 0) & first_of(entities, origin)
        as_of[there & ~mine] = origin.records.as_of
        mine |= there
    rows = np.flatnonzero(mine)
    filled = {c for c in entities.frame.columns if entities.frame[c].iloc[rows].notna().any()}
    columns, of_heads = _columns(source, filled, spec)
    frame = pd.DataFrame({k: entities.frame[c].to_numpy(dtype=object)[rows] for k, c in columns.items()}, index=pd.Index(rows))
    frame = _with_other_ids(frame, entities.frame.iloc[rows], source, spec)
    frame = _with_places(frame, entities, origins, spec, villages)
    if of_heads:
        frame["relation"] = head
    elif "relation" not in columns:
        frame = _with_heads(frame, origins, columns, entities.table, head)
    if any(r is not None for r in as_of[rows]):
        frame["as_of"] = as_of[rows]
    return DepartmentList(source, entities.table, rows, frame, columns, tuple(o.records for o in origins), of_heads)


def _with_heads(frame: pd.DataFrame, origins: list[Origin], columns: Mapping[str, str], table: str, head: str) -> pd.DataFrame:
    """Whoever stands under a header that says “head of household” is one, though the column is only that of a name."""
    rows, of_head = frame.index.to_numpy(), np.zeros(len(frame), dtype=bool)
    for origin in origins:
        if head in origin.records.headers.get(f"{table}.{columns.get('name')}", ""):
            of_head |= origin.rows[rows] >= 0
    relation: Cells = np.full(len(frame), None, dtype=object)
    relation[of_head] = head
    return frame.assign(relation=relation) if of_head.any() else frame


def first_of(entities: Entities, origin: Origin) -> npt.NDArray[np.bool_]:
    """Rows of the table that this list brought in: the same row in a later list is no row of its own."""
    earlier = np.zeros(len(entities.frame), dtype=bool)
    for other in entities.origins:
        if other is origin:
            return ~earlier
        earlier |= other.rows >= 0
    return ~earlier


def _with_places(frame: pd.DataFrame, entities: Entities, origins: list[Origin], spec: Spec, villages: OurVillages) -> pd.DataFrame:
    """Rows that name no village have it from their address, else from the tab or file they stand in."""
    columns = [f.name for f in spec.fields[entities.table].values() if f.sensitive == "address" and f.name in entities.frame.columns]
    rows = frame.index.to_numpy()
    found = {place: frame[place].to_numpy(dtype=object) if place in frame.columns else np.full(len(frame), None, dtype=object) for place in SAID}
    without = pd.isna(found["village"])
    for column in columns:
        village, group = villages.in_column(_only(entities.frame[column].to_numpy(dtype=object)[rows], without))
        found["group"] = np.where(without & ~pd.isna(village) & pd.isna(found["group"]), group, found["group"])
        found["village"] = np.where(without, village, found["village"])
        without = pd.isna(found["village"])
    for origin in origins:
        told = villages.named(origin.records.tab) or villages.named(origin.records.file)
        if told is not None:
            found["village"] = np.where(without & (origin.rows[rows] >= 0), told[0], found["village"])
    return frame.assign(**{place: values for place, values in found.items() if not pd.isna(values).all()})


def _only(values: Cells, wanted: npt.NDArray[np.bool_]) -> Cells:
    kept: Cells = values.copy()
    kept[~wanted] = None
    return kept


def _columns(source: Source, filled: set[str], spec: Spec) -> tuple[dict[str, str], bool]:
    """Which of the list's columns linkage uses for what."""
    chosen = {asked: next((c for c in (source.link.get(asked, ""), *names) if c in filled), "") for asked, names in ASKED.items()}
    of_heads = not chosen["name"] and any(c in filled for c in OF_HEAD["name"])
    if of_heads:
        chosen |= {asked: next((c for c in names if c in filled), "") for asked, names in OF_HEAD.items()}
        chosen["relation"] = ""
    if not chosen["idno"]:
        chosen["idno"] = next(
            (f.name for f in spec.fields[source.table].values() if f.type == "id" and f.name in filled and f.name != "head_id_number"), ""
        )
    return {asked: column for asked, column in chosen.items() if column}, of_heads


def _with_other_ids(frame: pd.DataFrame, rows: pd.DataFrame, source: Source, spec: Spec) -> pd.DataFrame:
    """Rows without an identity number take it from another number of theirs that begins with it (残疾人证号, 学籍号)."""
    others = [
        f.name
        for f in spec.fields[source.table].values()
        if f.type == "id" and f.name in rows.columns and f.name not in ("id_number", "head_id_number")
    ]
    if "idno" in frame.columns:
        for column in others:
            given = rows[column].to_numpy(dtype=object)
            held = frame["idno"].to_numpy(dtype=object)
            frame["idno"] = np.where(pd.isna(held), given, held)
    return frame
