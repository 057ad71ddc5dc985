"""The tables with the households outside the system laid under those of the system, so that one question is put to all.

Such a household has the columns the register carries and no others: what nobody was asked is unknown, not blank. Without a
register whoever links to nobody is known from his lists alone, with those whom a list has in one household with him.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.assemble import Entities, Origin
from pipeline.reconcile.linked import DOUBTFUL, UNLINKED, LinkedList
from pipeline.reconcile.model import Reconciled
from pipeline.screen.model import LEAD, OUTSIDE
from pipeline.spec import Spec

Ints = npt.NDArray[np.intp]
Cells = npt.NDArray[np.object_]
KEYS = ("person_key", "person_no", "household_no")
MOST_PEOPLE = 15  # in one household of a list
HEAD = {"head_name": "name", "head_id_number": "id_number"}  # a head's own columns as the household's


@dataclass(frozen=True)
class Newcomers:
    """Persons outside the system: the table and row each stands in first, and his household."""

    table: str
    rows: Ints
    homes: Cells  # numbers of the households, as they will be called
    heads: npt.NDArray[np.bool_]
    villages: Cells | None = None  # as the system calls them, where the list may call them otherwise
    known: str = OUTSIDE


def widen(tables: Mapping[str, Entities], linked: Reconciled | None, spec: Spec) -> Mapping[str, Entities]:
    """All tables, with whoever the lists know and the system does not; the same tables where there is nobody."""
    if linked is None or linked.residents is None:
        return tables
    groups, of_row = _newcomers(linked, tables, spec)
    found = dict(tables)
    for group in groups:
        found["person"] = _with_persons(found["person"], group, tables[group.table], spec)
        found["household"] = _with_households(found["household"], group, tables[group.table], spec)
    for table, of_rows in of_row.items():
        found[table] = _at_newcomers(tables[table], of_rows, groups)
    for one in linked.lists:
        placed = _alone_of_the_name(one, found, all_known=any(len(g.rows) for g in groups))
        if len(placed[0]):
            found[one.one.table] = _at_persons(found[one.one.table], *placed, found["person"].frame)
    changed = any(found[t] is not tables[t] for t in tables)
    return found if changed else tables


# ---- lists of heads without numbers ------------------------------------------------------------------------------------


def _alone_of_the_name(one: LinkedList, tables: Mapping[str, Entities], all_known: bool) -> tuple[Ints, Ints]:
    """(row, person) where a row without a number names somebody of whom there is but one in that village and group.

    For a link that would be too little and stays a question to people; to go and look it is enough. Rows without a group are
    taken by their village alone only where a register tells of all people there.
    """
    nobody = np.zeros(0, dtype=np.intp)
    frame = one.one.frame
    if not {"name", "village"} <= set(frame.columns):
        return nobody, nobody
    number = frame["idno"] if "idno" in frame.columns else pd.Series([None] * len(frame), index=frame.index)
    open_rows = np.flatnonzero((one.person < 0) & (one.resident < 0) & number.isna().to_numpy() & np.isin(one.kind.astype(str), (UNLINKED, DOUBTFUL)))
    if not len(open_rows):
        return nobody, nobody
    theirs = _places(frame, list(frame.columns)).iloc[open_rows]
    persons, households = tables["person"].frame, tables["household"].frame
    homes = households.drop_duplicates("household_no").set_index("household_no")
    ours = pd.DataFrame({"name": persons["name"]})
    for column in ("village", "group"):
        ours[column] = homes[column].reindex(persons["household_no"]).to_numpy(dtype=object) if column in homes.columns else None
    rows, found = nobody, nobody
    for keys in (["name", "village", "group"], ["name", "village"]):
        if len(keys) == 3 or all_known:
            left = theirs[~theirs.index.isin(rows)]
            both = _single(left, keys, "place").merge(_single(ours, keys, "person"), on=keys)
            rows, found = (np.concatenate([a, both[c].to_numpy(dtype=np.intp)]) for a, c in ((rows, "place"), (found, "person")))
    return rows, found


def _single(frame: pd.DataFrame, keys: list[str], name: str) -> pd.DataFrame:
    """The rows that are alone with their keys, and their index under a name."""
    told = frame.dropna(subset=keys)
    return told[~told.duplicated(keys, keep=False)][keys].assign(**{name: lambda f: f.index})


def _places(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Name, village and group of each row of a list."""
    return pd.DataFrame({c: frame[c] if c in columns else None for c in ("name", "village", "group")}, index=frame.index)


def _at_persons(entities: Entities, rows: Ints, persons: Ints, frame: pd.DataFrame) -> Entities:
    """A list whose rows also say which person each is."""
    return _marked(entities, rows, {c: frame[c].to_numpy(dtype=object)[persons] for c in ("person_key", "household_no")})


# ---- who they are ------------------------------------------------------------------------------------------------------


def _newcomers(linked: Reconciled, tables: Mapping[str, Entities], spec: Spec) -> tuple[list[Newcomers], dict[str, dict[int, tuple[int, int]]]]:
    """Groups of newcomers by the list they are known from; and for rows of lists which of them (group, place) each is."""
    assert linked.residents is not None
    found: list[Newcomers] = []
    of_row: dict[str, dict[int, tuple[int, int]]] = {}
    taken = set(tables["household"].frame.get("household_no", pd.Series(dtype=object)).dropna())
    if len(linked.residents):
        theirs = linked.residents
        found.append(Newcomers(theirs.table, theirs.rows, _free(theirs.homes, theirs.table, taken), theirs.heads, theirs.villages))
        for one in linked.lists:
            at = np.flatnonzero(one.resident >= 0)
            of_row.setdefault(one.one.table, {}).update(zip(one.one.rows[at].tolist(), ((0, int(r)) for r in one.resident[at]), strict=True))
        of_row.setdefault(theirs.table, {}).update({int(row): (0, i) for i, row in enumerate(theirs.rows.tolist())})
        return found, of_row
    if any(one.one.table == spec.register for one in linked.lists):
        return found, of_row
    return _leads(linked.lists, tables)


def _free(homes: Cells, table: str, taken: set[object]) -> Cells:
    """The households' own numbers; one that is a number of the system's too is marked with its list."""
    return np.array([f"{table}:{h}" if h in taken else h for h in homes.tolist()], dtype=object)


def _leads(lists: tuple[LinkedList, ...], tables: Mapping[str, Entities]) -> tuple[list[Newcomers], dict[str, dict[int, tuple[int, int]]]]:
    """Without a register: every person whom lists of this township know and the system does not; those whom a list has in one household
    are one, across lists, anybody else is a household of his own. A household is called by the address of the row it is first known by."""
    groups: list[Newcomers] = []
    of_row: dict[str, dict[int, tuple[int, int]]] = {}
    known: dict[str, tuple[int, int]] = {}
    home_of: dict[str, object] = {}  # by person
    for one in lists:
        at = np.flatnonzero((one.kind.astype(str) == UNLINKED) & (one.person < 0))
        if "death_date" in one.one.columns or not len(at):
            continue
        keys = _who(one.one.frame.iloc[at])
        told = one.one.frame["village"].to_numpy(dtype=object)[at] if "village" in one.one.frame.columns else np.full(len(at), None, dtype=object)
        villages: list[object] = []
        rows: list[int] = []
        homes: list[object] = []
        heads: list[bool] = []
        addresses = tables[one.one.table].row_ids()
        together = _together(one, at, addresses)
        shared = {h: home_of[k] for h, k in zip(together, keys, strict=True) if h is not None and k in home_of}
        for row, key, village, home in zip(one.one.rows[at].tolist(), keys, told.tolist(), together, strict=True):
            if key is not None and key not in known:
                known[key] = (len(groups), len(rows))
                founded = home is None or home not in shared
                home_of[key] = addresses[row] if home is None else shared.setdefault(home, addresses[row])
                rows.append(row)
                homes.append(home_of[key])
                heads.append(founded)
                villages.append(village)
            if key is not None:
                of_row.setdefault(one.one.table, {})[row] = known[key]
        if rows:
            cells, places, founders = np.array(homes, dtype=object), np.array(villages, dtype=object), np.array(heads, dtype=bool)
            groups.append(Newcomers(one.one.table, np.array(rows, dtype=np.intp), cells, founders, places, LEAD))
    return groups, of_row


def _together(one: LinkedList, at: Ints, addresses: Cells) -> list[tuple[str, str, str] | None]:
    """For each of these rows the household its list has it in: file, village and the list's own number; None where it says none.

    A number under which too many stand is no household's: a column filled down, or numbers begun anew without a word.
    """
    frame = one.one.frame.iloc[at]
    if "household" not in frame.columns:
        return [None] * len(at)
    village = frame["village"] if "village" in frame.columns else pd.Series([None] * len(at), index=frame.index)
    files = [str(addresses[row]).partition("!")[0] for row in one.one.rows[at].tolist()]
    found = [(f, str(v), str(h)) if isinstance(h, str) and h else None for f, v, h in zip(files, village, frame["household"], strict=True)]
    size = Counter(found)
    return [h if h is not None and size[h] <= MOST_PEOPLE else None for h in found]


def _who(frame: pd.DataFrame) -> list[str | None]:
    """What a person is known by among lists: the number, else name and village."""
    blank = pd.Series([None] * len(frame), index=frame.index, dtype=object)
    number, name, village = (frame.get(c, blank) for c in ("idno", "name", "village"))
    return [
        str(i)[:18] if isinstance(i, str) and len(i) >= 18 else f"{n}|{v}" if isinstance(n, str) and isinstance(v, str) else None
        for i, n, v in zip(number, name, village, strict=True)
    ]


# ---- the tables --------------------------------------------------------------------------------------------------------


def _with_persons(persons: Entities, group: Newcomers, source: Entities, spec: Spec) -> Entities:
    """The persons, and the newcomers with the columns that their list has in common with them."""
    shared = {
        f.name: f.name
        for f in spec.fields["person"].values()
        if f.name in source.frame.columns and f.name not in KEYS and spec.fields[source.table][f.name].codes == f.codes
        and spec.fields[source.table][f.name].type == f.type
    }  # fmt: skip
    keys = np.array([f"{source.table}:{row}" for row in group.rows.tolist()], dtype=object)
    return _extended(persons, source, group.rows, shared, {"household_no": group.homes, "person_key": keys})


def _with_households(households: Entities, group: Newcomers, source: Entities, spec: Spec) -> Entities:
    """The households, and those of the newcomers, told by their head's row."""
    order = np.lexsort((np.arange(len(group.rows)), ~group.heads))
    there = set(households.frame["household_no"]) if "household_no" in households.frame.columns else set()
    order = order[[home not in there for home in group.homes[order]]]  # another list has told of it before
    homes, first = np.unique(group.homes[order].astype(str), return_index=True)
    rows = group.rows[order][first]
    common = ("township", "village", "group", "phone", "address", "county")
    shared = {c: c for c in common if c in source.frame.columns and c in spec.fields["household"]}
    shared |= {ours: theirs for ours, theirs in HEAD.items() if theirs in source.frame.columns}
    said = {c for c in HEAD if c in source.frame.columns}
    filled = {"household_no": homes.astype(object), "known_from": np.full(len(rows), group.known, dtype=object)}
    made = _extended(households, source, rows, shared, filled)
    for column in said:  # the list's own word for the head, where the head himself is not on it
        at = np.arange(len(households.frame), len(made.frame))
        own = source.frame[column].to_numpy(dtype=object)[rows]
        blank = pd.isna(made.frame[column].to_numpy(dtype=object)[at])
        made.frame.loc[at[blank], column] = own[blank]
    if group.villages is not None and "village" in made.frame.columns:
        made.frame.loc[len(households.frame) :, "village"] = group.villages[order][first]
    return replace(made, frame=_in_their_township(made.frame))


def _in_their_township(frame: pd.DataFrame) -> pd.DataFrame:
    """Households whose list names no township are in the township of their village."""
    if not {"township", "village"} <= set(frame.columns):
        return frame
    known = frame.dropna(subset=["township", "village"]).drop_duplicates("village").set_index("village")["township"]
    blank = frame["township"].isna()
    return frame.assign(township=np.where(blank, frame["village"].map(known).to_numpy(dtype=object), frame["township"].to_numpy(dtype=object)))


def _extended(base: Entities, source: Entities, rows: Ints, shared: Mapping[str, str], given: Mapping[str, Cells]) -> Entities:
    """A table with more rows, taken from the rows of another table; every cell still knows where it stands."""
    size, more = len(base.frame), len(rows)
    columns = [*base.frame.columns, *(c for c in (*shared, *given) if c not in base.frame.columns)]
    none, nothing = np.full(size, None, dtype=object), np.full(more, None, dtype=object)

    def cells(c: str) -> Cells:
        held = base.frame[c].to_numpy(dtype=object) if c in base.frame.columns else none
        new = given[c] if c in given else source.frame[shared[c]].to_numpy(dtype=object)[rows] if c in shared else nothing
        return np.concatenate([held, new])

    frame = pd.DataFrame({c: cells(c) for c in columns})
    nowhere = np.full(more, -1, dtype=np.intp)
    origins = [replace(o, rows=np.concatenate([o.rows, nowhere])) for o in base.origins]
    number_of: dict[int, int] = {}
    for number, origin in enumerate(source.origins):
        number_of[number] = len(origins)
        at = np.concatenate([np.full(size, -1, dtype=np.intp), origin.rows[rows]])
        names = {c: origin.names.get(theirs, theirs) for c, theirs in shared.items()}
        origins.append(Origin(origin.records, source.table, at, {**names, "household_no": "household_key"}))
    origin_of = {}
    for c in columns:
        theirs = shared.get(c)
        told = source.origin_of[theirs][rows] if theirs in source.origin_of else np.full(more, -1, dtype=np.int16)
        told = np.array([number_of.get(int(n), -1) for n in told], dtype=np.int16)
        held = base.origin_of.get(c, np.full(size, -1, dtype=np.int16))
        origin_of[c] = np.concatenate([held, told])
    was = {c: np.concatenate([v, np.zeros(more, dtype=bool)]) for c, v in base.was_number.items()}
    return Entities(base.table, frame, origins, {c: v for c, v in origin_of.items() if c in base.origin_of or c in shared}, was)


def _at_newcomers(entities: Entities, of_rows: Mapping[int, tuple[int, int]], groups: list[Newcomers]) -> Entities:
    """A list whose rows also say which newcomer each is."""
    rows = np.array(sorted(of_rows), dtype=np.intp)
    keys = [f"{groups[g].table}:{int(groups[g].rows[i])}" for g, i in (of_rows[int(r)] for r in rows)]
    homes = [groups[g].homes[i] for g, i in (of_rows[int(r)] for r in rows)]
    return _marked(entities, rows, {"person_key": np.array(keys, dtype=object), "household_no": np.array(homes, dtype=object)})


def _marked(entities: Entities, rows: Ints, values: Mapping[str, Cells]) -> Entities:
    """A copy of the table with some cells of some columns set."""
    frame = entities.frame.copy()
    for column, cells in values.items():
        held = frame[column].to_numpy(dtype=object, copy=True) if column in frame.columns else np.full(len(frame), None, dtype=object)
        held[rows] = cells
        frame[column] = held
    return replace(entities, frame=frame)
