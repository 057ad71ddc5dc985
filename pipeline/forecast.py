"""How many problems will be open at the deadline if villages go on as they have: from the issues of the periods so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from pipeline.schedule import days_between, plus_days

FORECAST_COLUMNS = ("village", "open", "solved", "new", "per_day", "expected", "low", "high", "done_by", "basis")
NONE, ONE, MANY = "none", "one", "many"
"""No pair of dated periods; one pair, so a single rate; several, so a range."""


@dataclass(frozen=True)
class Snapshot:
    """The problems open on one day: an issue id and its village each."""

    period: str
    day: str | None
    issues: pd.DataFrame  # issue_id, village


def forecast(snapshots: Sequence[Snapshot], deadline: str | None) -> pd.DataFrame:
    """Per village, and for all in the last row (village None): open now, change per day, expected at the deadline.

    The expectation goes on from the whole time observed; low and high from the best and the worst stretch of it.
    """
    if not snapshots:
        return pd.DataFrame(columns=list(FORECAST_COLUMNS), dtype=object)
    now = snapshots[-1]
    dated = [s for s in snapshots if s.day]
    steps = _steps(dated) if now.day else []
    days_left = max(days_between(now.day, deadline), 0) if now.day and deadline else None
    villages: list[str | None] = sorted({v for s in snapshots for v in s.issues["village"].dropna()})
    rows = [_line(village, now, steps, days_left) for village in [*villages, None]]
    return pd.DataFrame(rows, columns=list(FORECAST_COLUMNS))


@dataclass(frozen=True)
class Step:
    """What happened between two days: solved and new ids with their villages."""

    days: int
    solved: pd.Series
    new: pd.Series


def _steps(dated: Sequence[Snapshot]) -> list[Step]:
    steps = []
    for before, after in pairwise(dated):
        days = days_between(str(before.day), str(after.day))
        if days <= 0:
            continue
        gone = before.issues[~before.issues["issue_id"].isin(after.issues["issue_id"])]
        come = after.issues[~after.issues["issue_id"].isin(before.issues["issue_id"])]
        steps.append(Step(days, gone["village"], come["village"]))
    return steps


def _line(village: str | None, now: Snapshot, steps: Sequence[Step], days_left: int | None) -> dict[str, object]:
    waiting = _count(now.issues["village"], village)
    row: dict[str, object] = dict.fromkeys(FORECAST_COLUMNS) | {"village": village, "open": waiting, "basis": NONE}
    if not steps or days_left is None:
        return row
    solved, new = [_count(s.solved, village) for s in steps], [_count(s.new, village) for s in steps]
    rates = [(a - b) / s.days for a, b, s in zip(solved, new, steps, strict=True)]  # fewer open problems per day
    rate = (sum(solved) - sum(new)) / sum(s.days for s in steps)
    ends = [_at(waiting, r, days_left) for r in (rate, max(rates), min(rates))]
    done = plus_days(str(now.day), int(np.ceil(waiting / rate))) if rate > 0 and waiting else None
    return row | {
        "solved": sum(solved), "new": sum(new), "per_day": rate, "expected": ends[0], "low": ends[1], "high": ends[2],
        "done_by": done, "basis": ONE if len(steps) == 1 else MANY,
    }  # fmt: skip


def _at(waiting: int, rate: float, days: int) -> int:
    return max(round(waiting - rate * days), 0)


def _count(villages: pd.Series, village: str | None) -> int:
    return len(villages) if village is None else int((villages == village).sum())
