"""Which problems were open in which period of the campaign: told again from the histories of their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from pipeline.correct.follow import STILL
from pipeline.forecast import Snapshot
from pipeline.report.words import wording


def open_in(states: pd.DataFrame, periods: Sequence[str]) -> pd.DataFrame:
    """A line per problem, a column per period: was it open when that period's answers had been laid over?"""
    told, histories = pd.factorize(states["history"].astype(object))  # thousands of problems share a few histories
    known = pd.DataFrame([_open_at(str(history), periods) for history in histories], columns=list(periods), dtype=bool)
    return known.iloc[told].set_axis(states.index)


def _open_at(history: str, periods: Sequence[str]) -> list[bool]:
    """For each period: was a problem of this history open then, by the last thing said of it until then?"""
    words = wording()
    shown = words.names("status")
    waits = {shown.get(state, state) for state in STILL}
    steps = dict(step.rsplit(" ", 1) for step in history.split(words("correct.history.joiner")))
    said = [max((p for p in steps if p <= period), default=None) for period in periods]
    return [when is not None and steps[when] in waits for when in said]


def snapshots(states: pd.DataFrame, days: Mapping[str, str | None]) -> list[Snapshot]:
    """The problems open at each period, with the day its data speak of."""
    there = open_in(states, list(days))
    return [Snapshot(period, day, states.loc[there[period], ["issue_id", "village"]].reset_index(drop=True)) for period, day in days.items()]


def trends(states: pd.DataFrame, days: Mapping[str, str | None]) -> dict[str, list[tuple[str, int]]]:
    """Rule → how many of its problems were open, period by period; nothing where there is one period only."""
    if len(days) < 2:
        return {}
    counts = open_in(states, list(days)).groupby(states["rule"], sort=True).sum()
    return {str(rule): list(zip(days, map(int, row), strict=True)) for rule, *row in counts.itertuples(name=None)}
