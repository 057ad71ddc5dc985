"""Which problems were open in which period of the campaign: told again from the histories of their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from pipeline.correct.follow import STILL
from pipeline.forecast import Snapshot
from pipeline.report.words import wording


def open_in(states: pd.DataFrame, periods: Sequence[str]) -> pd.DataFrame:
    """A line per problem, a column per period: was it open when that period's answers had been laid over?"""
    words = wording()
    steps = states["history"].astype(object).str.split(words("correct.history.joiner")).explode().dropna()
    told = steps.str.rsplit(" ", n=1, expand=True).reindex(columns=[0, 1])
    shown = words.names("status")
    waits = pd.DataFrame({"period": told[0], "open": told[1].isin([shown.get(s, s) for s in STILL])}, index=steps.index)
    wide = waits.reset_index(names="row").drop_duplicates(["row", "period"], keep="last").pivot(index="row", columns="period", values="open")
    known = sorted({*wide.columns, *periods})
    filled = wide.reindex(index=states.index, columns=known).astype("boolean").ffill(axis=1)
    return filled[list(periods)].fillna(False).astype(bool)


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
