"""Data quality by dimension and village, as GB/T 36344—2018 counts it: the share A/B, A what is as it must be, B what was looked at.

One thing looked at is one rule put to one row: a household, a person, a spell of work … B is honest only without what could not have
been wrong. So a row counts for a rule where the rule's `when` is known to hold, what it needs is filled in (blankness has rules of its
own) and some list has the cells: Outcome.evaluated. A problem answered as true as it stands is as it must be. Findings that no rule
made (a file that could not be read, a list that does not fit) are a share of nothing and stay out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.correct.follow import TRUE

if TYPE_CHECKING:
    from pipeline.validate import Outcome

PLACE = ["township", "village"]
QUALITY_COLUMNS = (*PLACE, "dimension", "asked", "broken")


def quality(outcomes: Sequence[Outcome], frames: Mapping[str, pd.DataFrame], states: pd.DataFrame) -> pd.DataFrame:
    """Per village and dimension how many things were looked at and how many are not as they must be; `frames`: the tables of the rules."""
    ran = [o for o in outcomes if o.skipped is None]
    rows = {table: places_of(frames[table], frames["household"]) for table in dict.fromkeys(["household", *(o.rule.table for o in ran)])}
    every = pd.concat(rows)
    every = every.assign(code=every.groupby(PLACE, dropna=False, sort=True).ngroup())
    names = every.drop_duplicates("code").sort_values("code")[PLACE].reset_index(drop=True)
    of_table, code = every.index.get_level_values(0), every["code"].to_numpy(dtype=int)
    codes = {table: code[of_table == table] for table in rows}
    parts = [names.assign(dimension=o.rule.dimension, **_counts(o, codes[o.rule.table], len(names))) for o in ran]
    there = [part for part in (*parts, _true(states, ran)) if len(part)]
    found = pd.concat(there, ignore_index=True) if there else pd.DataFrame(columns=list(QUALITY_COLUMNS), dtype=object)
    counts = found.astype({"asked": float, "broken": float}).groupby([*PLACE, "dimension"], dropna=False, sort=True)[["asked", "broken"]]
    sums = counts.sum().clip(lower=0).reset_index()
    return sums[sums["asked"] > 0].astype(dict.fromkeys((*PLACE, "dimension"), object)).reset_index(drop=True)


def places_of(frame: pd.DataFrame, households: pd.DataFrame) -> pd.DataFrame:
    """Township and village of each row: of its household, else as it says itself."""
    own = frame.reindex(columns=PLACE).reset_index(drop=True).astype(object)
    if not {"household_no"} <= set(frame.columns) & set(households.columns):
        return own
    homes = households.reindex(columns=["household_no", *PLACE]).dropna(subset=["household_no"]).drop_duplicates("household_no")
    of_home = frame[["household_no"]].merge(homes, on="household_no", how="left")[PLACE].astype(object)
    return of_home.where(of_home.notna(), own)


def _counts(outcome: Outcome, place: np.ndarray, places: int) -> dict[str, np.ndarray]:
    """By place the rows a rule was put to, and those that break it."""
    asked, broken = outcome.rows_asked(len(place)), np.unique(outcome.broken)
    return {"asked": np.bincount(place[asked], minlength=places), "broken": np.bincount(place[broken], minlength=places)}


def _true(states: pd.DataFrame, ran: Sequence[Outcome]) -> pd.DataFrame:
    """What rules found and villages answered to be true as it stands, taken off again."""
    dimension = {o.rule.id: o.rule.dimension for o in ran}
    true = states[(states["state"] == TRUE) & states["rule"].isin(list(dimension))]
    return true[PLACE].assign(dimension=true["rule"].map(dimension), asked=0.0, broken=-1.0)
