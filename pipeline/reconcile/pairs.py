"""Doubtful pairs for 待认定匹配: both records side by side, the households behind them, and the keys they will be known by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.assemble import Assembled, Entities
from pipeline.reconcile.decisions import SAME, Decision, known_frame, pair_keys
from pipeline.reconcile.linked import LinkedList
from pipeline.report.words import wording

SIDES = ("name", "sex", "birth", "idno", "township", "village", "group", "relation", "phone", "members")
MEMBERS = 12  # of a household, so many are shown
SHOWN_AT_MOST = 5000  # pairs; beyond this nobody reads on, and the sheet says so


def review_frame(
    lists: list[LinkedList], decided: list[tuple[LinkedList, int, int, Decision]], now: Assembled, spine: pd.DataFrame, keys: Any
) -> pd.DataFrame:
    """One row per pair, the most useful decision first; pairs that are decided already at the end, with their answer."""
    verdicts = wording().get("review.verdicts")
    parts = []
    for one in lists:
        frame = one.review.assign(verdict=None, by=None)
        mine = [(a, b, d) for linked, a, b, d in decided if linked is one]
        more = pd.DataFrame(
            [
                {"a": a, "b": b, "probability": np.nan, "gain": -1.0, "why": "", "verdict": verdicts[0 if d.verdict == SAME else 1], "by": d.by}
                for a, b, d in mine
            ]
        )
        frame = pd.concat([f for f in (frame, more) if len(f)], ignore_index=True) if len(frame) or len(more) else frame
        if len(frame):
            parts.append(_pairs(one, frame, now, spine, keys))
    if not parts:
        return pd.DataFrame()
    whole = pd.concat(parts, ignore_index=True)
    whole = whole.assign(done=whole["verdict"].notna())
    return (
        whole.sort_values(["done", "gain", "title", "their_row", "probability"], ascending=[True, False, True, True, False], kind="stable")
        .head(SHOWN_AT_MOST)
        .drop(columns="done")
        .reset_index(drop=True)
    )


def _pairs(one: LinkedList, pairs: pd.DataFrame, now: Assembled, spine: pd.DataFrame, keys: Any) -> pd.DataFrame:
    at_a, at_b = (sorted({int(v) for v in pairs[side]}) for side in ("a", "b"))
    theirs, ours = known_frame(one.one.frame.loc[at_b]), known_frame(spine.loc[at_a])
    persons, entities = now.tables["person"], now.tables[one.one.table]
    our_home, their_home = _members(spine, at_a), _members(one.one.frame, at_b)
    our_rows, their_rows = persons.row_ids(), entities.row_ids()
    rows = []
    for a, b, probability, gain, why, verdict, by in pairs[["a", "b", "probability", "gain", "why", "verdict", "by"]].itertuples(
        index=False, name=None
    ):
        a, b = int(a), int(b)
        row: dict[str, Any] = {
            "title": one.one.source.title, "owner": one.one.source.owner, "probability": probability, "gain": gain, "why": why,
            "verdict": verdict, "by": by, "household_no": _value(persons, "household_no", a),
            "our_row": str(our_rows[a]), "their_row": str(their_rows[b]),
        }  # fmt: skip
        for side, known, at, home, frame in (("our", ours, a, our_home, spine), ("their", theirs, b, their_home, one.one.frame)):
            row |= {f"{side}_{c}": known[at].get(c) for c in SIDES if c != "members"}
            row[f"{side}_members"] = _household(home, frame, at)
        rows.append({**row, **pair_keys(one.one.source.name, ours[a], str(keys[a]), theirs[b])})
    return pd.DataFrame(rows).astype({"probability": float, "gain": float})


def _members(frame: pd.DataFrame, rows: list[int]) -> dict[Any, list[str]]:
    """The members of these rows' households as words: 王小明（户主，1970）."""
    if "household" not in frame.columns or "name" not in frame.columns:
        return {}
    frame = frame[frame["household"].isin(set(frame.loc[rows, "household"].dropna()))]
    births = frame["birth"] if "birth" in frame.columns else pd.Series([None] * len(frame), index=frame.index)
    relations = frame["relation"] if "relation" in frame.columns else births.map(lambda _: None)
    found: dict[Any, list[str]] = {}
    for home, name, relation, birth in zip(frame["household"], frame["name"], relations, births, strict=True):
        if home is not None and home == home and name is not None and name == name:
            facts = [str(relation) if relation and relation == relation else "", str(birth)[:4] if birth and birth == birth else ""]
            said = "，".join(f for f in facts if f)
            found.setdefault(home, []).append(f"{name}（{said}）" if said else str(name))
    return found


def _household(home: dict[Any, list[str]], frame: pd.DataFrame, row: int) -> str | None:
    members = home.get(frame.at[row, "household"], []) if "household" in frame.columns else []
    return "、".join(members[:MEMBERS]) or None


def _value(entities: Entities, column: str, row: int) -> str | None:
    value = entities.frame[column].iat[row] if column in entities.frame.columns else None
    return None if value is None or value != value else str(value)
