"""Farm households that are not in the system: the households of the people's register none of which is a household of ours.

They stand beside the system's persons when the other lists look for their people, so that a list's row finds its own person
and not somebody of ours who merely resembles him.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.link import LinkResult
from pipeline.reconcile.linked import DOUBTFUL, OUTSIDE, LinkedList
from pipeline.report.order import with_none

Ints = npt.NDArray[np.intp]
HALF = 0.5


@dataclass(frozen=True)
class Residents:
    """People of the register outside the system: the row of the register each is, and his household."""

    table: str
    rows: Ints
    homes: npt.NDArray[np.object_]  # the register's own number of the household, else the address of its first row
    heads: npt.NDArray[np.bool_]
    villages: npt.NDArray[np.object_]  # as the system calls them
    frame: pd.DataFrame  # linkage's columns, in the order of `rows`

    def __len__(self) -> int:
        return len(self.rows)


NOBODY = Residents("", np.zeros(0, dtype=np.intp), np.zeros(0, dtype=object), np.zeros(0, dtype=bool), np.zeros(0, dtype=object), pd.DataFrame())


def residents(
    register: LinkedList, row_ids: npt.NDArray[np.object_], heads: Sequence[str], villages: Mapping[str, str], spine: pd.DataFrame
) -> Residents:
    """The register's people in households outside the system.

    A household is the system's when its head is, or half of its people are, a person of ours, for sure or maybe (one of ours of the
    same name and village whom the register does not know by his number may be he); it is none of
    this township when it is of a village that is not here (`villages`: the register's name → ours). Where most villages would not
    be, they go by names nobody knows, and nothing is said of it.
    """
    one = register.one
    told = one.frame["village"] if "village" in one.frame.columns else pd.Series([None] * len(one.frame), index=one.frame.index)
    ours = told.map(villages)
    strange = (told.notna() & ours.isna()).to_numpy()
    frame = pd.DataFrame(
        {
            "row": one.rows,
            "home": _homes(one.frame, row_ids[one.rows]),
            "ours": register.person >= 0,
            "maybe": (register.kind.astype(str) == DOUBTFUL) | _of_the_lost(one.frame, ours, spine, register.person),
            "head": one.frame["relation"].isin(heads).to_numpy() if "relation" in one.frame.columns else False,
            "elsewhere": (register.kind.astype(str) == OUTSIDE) | (strange & bool(strange.mean() < HALF)),
        }
    )
    known = frame["ours"] | frame["maybe"]
    groups = frame.groupby("home", sort=False)
    inside = (known & frame["head"]).groupby(frame["home"], sort=False).transform("any") | (
        known.groupby(frame["home"], sort=False).transform("mean") >= HALF
    )
    outside = ~inside & ~known & ~groups["elsewhere"].transform("all")
    at = np.flatnonzero(outside.to_numpy())
    theirs = one.frame.iloc[at].reset_index(drop=True)
    homes = frame["home"].to_numpy(dtype=object)[at]
    marked = [f"{one.table}:{h}" for h in homes]  # its number may be some number of the system's as well
    named = ours.where(ours.notna(), told).to_numpy(dtype=object)[at]
    theirs = theirs.assign(household=marked, **({"village": named} if "village" in theirs.columns else {}))
    return Residents(one.table, one.rows[at], homes, frame["head"].to_numpy(dtype=bool)[at], named, theirs)


def _of_the_lost(frame: pd.DataFrame, villages: pd.Series[Any], spine: pd.DataFrame, found: Ints) -> npt.NDArray[np.bool_]:
    """Rows with name and village of somebody of ours to whom no row of the register belongs."""
    if not {"name", "village"} <= set(spine.columns) or "name" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    lost = spine[~spine.index.isin(set(found[found >= 0].tolist()))]
    known = pd.MultiIndex.from_arrays([lost["name"].astype(str), lost["village"].astype(str)])
    asked = pd.MultiIndex.from_arrays([frame["name"].astype(str), villages.astype(str)])
    return np.asarray(asked.isin(known) & frame["name"].notna().to_numpy() & villages.notna().to_numpy() & (found < 0), dtype=bool)


def _homes(frame: pd.DataFrame, row_ids: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The household of each row: its number, else the row itself."""
    if "household" not in frame.columns:
        return row_ids
    given = frame["household"].to_numpy(dtype=object)
    return np.where(pd.isna(given), row_ids, given)


def beside(ours: pd.DataFrame, theirs: Residents) -> pd.DataFrame:
    """The system's persons, and after them the residents."""
    if not len(theirs):
        return ours
    columns = [c for c in theirs.frame.columns if c in ours.columns]
    return with_none(pd.concat([ours, theirs.frame[columns]], ignore_index=True))


def apart(result: LinkResult, ours: int, why: str, homes: set[Any]) -> tuple[LinkResult, dict[int, int]]:
    """The result as far as it is about the system's persons; and row of the list → resident, of which nothing is asked."""
    if not len(result.links) and not len(result.review) and not len(result.queues):
        return result, {}
    here = result.links["a"].astype(int) < ours if len(result.links) else pd.Series(dtype=bool)
    found = {int(b): int(a) - ours for a, b in zip(result.links["a"], result.links["b"], strict=True) if int(a) >= ours}
    rest = pd.DataFrame({"b": list(found), "why": why}, dtype=object)
    return (
        replace(
            result,
            links=result.links[here.to_numpy()] if len(result.links) else result.links,
            review=result.review[_below(result.review, ours) & ~result.review["b"].isin(list(found))] if len(result.review) else result.review,
            queues=result.queues[_below(result.queues, ours)] if len(result.queues) else result.queues,
            households=result.households[~result.households["a"].isin(homes)] if len(result.households) else result.households,
            unlinked=pd.concat([result.unlinked[["b", "why"]], rest], ignore_index=True) if len(rest) else result.unlinked,
        ),
        found,
    )


def _below(frame: pd.DataFrame, ours: int) -> npt.NDArray[np.bool_]:
    """Rows about the system's persons, or about the list alone."""
    return np.array([a is None or a != a or int(a) < ours for a in frame["a"]], dtype=bool)
