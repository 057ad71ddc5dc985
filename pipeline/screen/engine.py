"""Every list over the tables: rows for which a reason is known to hold, told with its cells."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.assemble import Entities
from pipeline.derive import Database
from pipeline.expression.evaluate import as_numbers, evaluate, evaluate_truth
from pipeline.expression.values import Numbers
from pipeline.report.words import wording
from pipeline.screen.cells import Ints, Screening
from pipeline.screen.model import OUTSIDE, ROSTER_ALL, SYSTEM, Screened, no_rosters
from pipeline.screen.risk import village_risk
from pipeline.spec import Annex, Spec
from pipeline.spec.annexes import Ground

BETWEEN = "；"
PLACES = ("township", "village", "group")
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Chosen:
    """The rows on one list, in its order: which, why, by which cells."""

    annex: Annex
    rows: Ints
    reasons: list[str]
    proofs: list[list[str]]
    rank: npt.NDArray[np.int64]


def screen(database: Database, tables: Mapping[str, Entities], spec: Spec, read: frozenset[str]) -> Screened:
    """All lists. `read`: the tables that were read."""
    work = Screening(database, tables, spec)
    outside = evaluate_truth(ast.Name("outside", ast.Load()), database.view("household")).certain
    made: dict[str, _Chosen] = {}
    unasked: dict[str, list[str]] = {}
    for annex in spec.annexes:
        if annex.grounds:
            made[annex.name] = _chosen(annex, work, read, unasked)
    for annex in spec.annexes:
        if annex.merged:
            made[annex.name] = _merged(annex, [made[name] for name in annex.merged if name in made], made.get(annex.name), work)
    frames = [_rows(made[a.name], work, outside) for a in spec.annexes if a.name in made]
    rosters = pd.concat([f for f in frames if len(f)], ignore_index=True) if any(len(f) for f in frames) else no_rosters()
    ledgers = _ledgers(rosters, [made[a.name] for a in spec.annexes if a.name in made], work)
    return Screened(rosters, ledgers, village_risk(work), _told(unasked))


# ---- who is on a list --------------------------------------------------------------------------------------------------


def _told(unasked: dict[str, list[str]]) -> tuple[str, ...]:
    """One sentence per cause, however many lists it is missed on."""
    said = wording()
    return tuple(said("screen.not_asked", why=why, lists=said("screen.between").join(dict.fromkeys(names))) for why, names in unasked.items())


def _chosen(annex: Annex, work: Screening, read: frozenset[str], unasked: dict[str, list[str]]) -> _Chosen:
    view = work.database.view(annex.table)
    within = evaluate_truth(annex.among, view).certain if annex.among is not None else np.ones(view.size, dtype=bool)
    hits: list[tuple[Ground, Ints]] = []
    for ground in annex.grounds:
        why_not = _why_not(ground, read, work.spec)
        if why_not:
            unasked.setdefault(why_not, []).append(annex.name)
        else:
            hits.append((ground, np.flatnonzero(within & evaluate_truth(ground.when, view).certain)))
    rows, rank = _ordered(annex, np.unique(np.concatenate([r for _, r in hits])) if hits else np.zeros(0, dtype=np.intp), work)
    place = np.full(view.size, -1, dtype=np.intp)
    place[rows] = np.arange(len(rows))
    reasons: list[list[str]] = [[] for _ in rows]
    proofs: list[list[str]] = [[] for _ in rows]
    for ground, found in hits:
        mine = found[place[found] >= 0]
        texts = work.words(annex.table, ground.because, ground.slots, ground.who, mine)
        for row, text, cells in zip(place[mine].tolist(), texts, work.proofs(annex.table, ground.cells, mine), strict=True):
            reasons[row].append(text)
            proofs[row] += cells
    return _Chosen(annex, rows, [BETWEEN.join(dict.fromkeys(r)) for r in reasons], [list(dict.fromkeys(p)) for p in proofs], rank)


def _why_not(ground: Ground, read: frozenset[str], spec: Spec) -> str | None:
    """Why a reason cannot be asked of these inputs; None when it can."""
    if ground.missing:
        titles = "、".join(spec.standards[s].title if s in spec.standards else s for s in ground.missing)
        return wording()("screen.no_figure", standards=titles)
    absent = [t for t in ground.needs if t not in read]
    return wording()("screen.not_read", tables="、".join(spec.table_labels.get(t, t) for t in absent)) if absent else None


def _ordered(annex: Annex, rows: Ints, work: Screening) -> tuple[Ints, npt.NDArray[np.int64]]:
    """The rows by place, the list's own order and number, the first so many of each village; and their rank in the village."""
    frame = _whereabouts(annex.table, rows, work)
    keys = []
    for number, tree in enumerate(annex.order):
        frame[f"order{number}"] = _sortable(tree, annex.table, rows, work)
        keys.append(f"order{number}")
    frame["group_number"] = pd.to_numeric(frame["group"], errors="coerce")  # 2 before 10
    by = ["township", "village", *([] if annex.limit or keys else ["group_number", "group"]), *keys, "household_no", "person_no", "row"]
    frame = frame.sort_values(by, kind="stable", na_position="last")
    frame["rank"] = frame.groupby(["township", "village"], sort=False, dropna=False).cumcount() + 1
    if annex.limit:
        frame = frame[frame["rank"] <= annex.limit]
    return frame["row"].to_numpy(dtype=np.intp), frame["rank"].to_numpy(dtype=np.int64)


def _sortable(tree: ast.expr, table: str, rows: Ints, work: Screening) -> npt.NDArray[np.float64] | pd.Series[Any]:
    value = evaluate(tree, work.database.view(table))
    if isinstance(value, Numbers):
        return as_numbers(value, work.database.tables[table].size)[rows]
    return pd.Series(work.texts(table, tree, rows), dtype=object)


def _whereabouts(table: str, rows: Ints, work: Screening) -> pd.DataFrame:
    """Where the rows' households are, and their numbers."""
    persons = table == "person"
    found: dict[str, object] = {"row": rows}
    for column in PLACES:
        texts = work.texts(table, ast.parse(f"household.{column}" if persons else column, mode="eval").body, rows)
        found[column] = [t or None for t in texts]
    for column in ("household_no", "person_no"):
        frame = work.tables[table].frame
        found[column] = frame[column].to_numpy(dtype=object)[rows] if column in frame.columns else np.full(len(rows), None, dtype=object)
    return pd.DataFrame(found)


# ---- lists made of lists -----------------------------------------------------------------------------------------------


def _merged(annex: Annex, parts: list[_Chosen], own: _Chosen | None, work: Screening) -> _Chosen:
    """One row per household, with every reason of every list it is on."""
    reasons: dict[int, list[str]] = {}
    proofs: dict[int, list[str]] = {}
    for part in [*parts, *([own] if own else [])]:
        homes = part.rows if part.annex.table == annex.table else _household_rows(part.rows, work)
        for home, reason, cells in zip(homes.tolist(), part.reasons, part.proofs, strict=True):
            if home >= 0:
                reasons.setdefault(home, []).append(f"{part.annex.label}：{reason}" if part is not own else reason)
                proofs.setdefault(home, []).extend(cells)
    rows, rank = _ordered(annex, np.array(sorted(reasons), dtype=np.intp), work)
    told = [BETWEEN.join(dict.fromkeys(reasons[r])) for r in rows.tolist()]
    return _Chosen(annex, rows, told, [list(dict.fromkeys(proofs[r])) for r in rows.tolist()], rank)


def _household_rows(persons: Ints, work: Screening) -> Ints:
    relation = work.database.tables["person"].relations["household"]
    return work.database.partner("person", relation)[persons]


# ---- the tables --------------------------------------------------------------------------------------------------------


def _rows(made: _Chosen, work: Screening, outside: Bools) -> pd.DataFrame:
    """One list's part of the rosters."""
    table, rows = made.annex.table, made.rows
    frame = _whereabouts(table, rows, work)
    homes = rows if table == "household" else _household_rows(rows, work)
    elsewhere = np.append(outside, False)[homes]
    named = ast.Name("head_name" if table == "household" else "name", ast.Load())
    frame["annex"], frame["label"] = made.annex.name, made.annex.label
    frame["person_no"] = frame["person_no"] if table == "person" else None
    frame["reason"], frame["evidence"] = made.reasons, [BETWEEN.join(p) for p in made.proofs]
    frame["row_id"] = work.tables[table].row_ids()[rows]
    frame["name"] = [t or None for t in work.texts(table, named, rows)]
    frame["rank"] = made.rank
    frame["origin"] = np.where(elsewhere, OUTSIDE, SYSTEM)
    return frame[list(ROSTER_ALL)]


def _ledgers(rosters: pd.DataFrame, made: list[_Chosen], work: Screening) -> dict[str, pd.DataFrame]:
    """What is printed of each list."""
    found = {}
    for one in made:
        index = rosters.index[rosters["annex"] == one.annex.name]
        columns: dict[str, object] = {}
        for column in one.annex.columns:
            columns[column.label] = _printed(column.value, column.type, one, work)
        found[one.annex.name] = pd.DataFrame(columns, index=index)
    return found


def _printed(tree: ast.expr | None, kind: str, one: _Chosen, work: Screening) -> object:
    """A printed column: numbers as numbers, anything else as text; None where it is left for handwriting."""
    if tree is None:
        return np.full(len(one.rows), None, dtype=object)
    if isinstance(tree, ast.Name) and tree.id == "_reason":
        return one.reasons
    if isinstance(tree, ast.Name) and tree.id == "_number":
        return one.rank.astype(float)
    plain = work.texts(one.annex.table, tree, one.rows)
    if kind in ("number", "any") and all(not t or _numeric(t) for t in plain):
        return [float(t) if t else None for t in plain]
    return [t or None for t in plain]


def _numeric(text: str) -> bool:
    return text.replace(".", "", 1).lstrip("-").isdigit() and len(text) < 16
