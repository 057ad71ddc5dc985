"""How the work goes: this run against the last, open problems period by period against the deadline, causes behind many problems."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from pipeline.report.html.pictures import Picture
from pipeline.report.html.shield import Shield
from pipeline.report.results import Results
from pipeline.report.words import Words, wording

_STEP = re.compile(r"(\S+) (\S+)")
PROGRESS = ("before", "new", "back", "done", "true", "now")


def burn_down(results: Results, words: Words) -> Picture | None:
    """Open problems at each period, beside the straight line from the first of them to none at the deadline."""
    states = results.states
    if states is None or not len(states):
        return None
    closed = set(wording().get("schedule.closed"))
    joiner = wording()("correct.history.joiner")
    events = [dict(_step(step) for step in str(history).split(joiner)) for history in states["history"]]
    periods = sorted({period for steps in events for period in steps if period} | {results.period})
    if len(periods) < 2:
        return None
    counts = [sum(_open_at(steps, period, closed) for steps in events) for period in periods]
    counts[-1] = int(states["open"].astype(bool).sum())
    titles = (words("pictures.burndown.axis"), words("pictures.burndown.open"), words("pictures.burndown.even"))
    names = [*periods, *([results.due] if results.due and results.due > periods[-1] else [])]
    step = counts[0] / max(len(names) - 1, 1)
    rows = [[name, counts[n] if n < len(counts) else None, round(counts[0] - n * step)] for n, name in enumerate(names)]
    return Picture("burndown", "lines", words("pictures.burndown.title"), titles, rows, words("pictures.burndown.note"), extra={"dashed": titles[2]})


def _step(text: str) -> tuple[str, str]:
    """Period and state of one step of a problem's history."""
    found = _STEP.fullmatch(text)
    return (found.group(1), found.group(2)) if found else ("", "")


def _open_at(steps: dict[str, str], period: str, closed: set[str]) -> bool:
    """Was a problem open in a period, by the last thing said of it until then?"""
    known = [when for when in steps if when <= period]
    return bool(known) and steps[max(known)] not in closed


def since_last(results: Results) -> dict[str, Any] | None:
    """This run against the last: in all, and by village."""
    frame = results.progress
    if frame is None or not len(frame) or not frame["before"].sum():
        return None
    columns = [c for c in PROGRESS if c in frame.columns]
    by = frame.groupby(frame["village"].fillna(""), sort=True)[columns].sum()
    rows = [[str(name), *(int(n) for n in row)] for name, *row in by.itertuples(name=None)]
    return {"columns": columns, "rows": [row for row in rows if row[0]], "all": [int(frame[c].sum()) for c in columns]}


def causes(results: Results, shield: Shield) -> list[dict[str, Any]]:
    """Many problems, one cause: what it is, how to mend it, how many problems go with it."""
    frame = results.causes if results.causes is not None else pd.DataFrame()
    told = ("title", "message", "fix")
    return [{**{c: shield.sentence(row[c]) for c in told}, "count": int(row["count"])} for row in frame.to_dict("records")]
