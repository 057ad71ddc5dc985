"""How the work goes: this run against the last, open problems period by period against the deadline, causes behind many problems."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.correct.course import open_in, snapshots
from pipeline.correct.follow import TRUE
from pipeline.forecast import NONE, forecast
from pipeline.report.html.figures import Places
from pipeline.report.html.pictures import Picture
from pipeline.report.html.shield import Shield
from pipeline.report.outlook import expected_range, sentence
from pipeline.report.results import Results, day
from pipeline.report.words import Words, page_words
from pipeline.schedule import days_between

PROGRESS = ("before", "new", "back", "done", "true", "now")
OF_ANSWERS = "correct"  # the step of problems that are about what came back, not about the export
AHEAD = ("per_day", "expected", "done_by")


def outlook(results: Results, places: Places) -> pd.DataFrame:
    """The forecast (forecast.py) from the campaign's periods up to this one, villages as they are called here; empty without any states."""
    states = results.states
    if states is None or not len(results.days):
        return forecast([], results.deadline)
    here = states.assign(village=_villages(states, places))
    return forecast(snapshots(here, results.days), results.deadline)


def burn_down(results: Results, ahead: pd.DataFrame, words: Words) -> Picture | None:
    """Open problems by the day of each period's data, the straight line from the first to none at the deadline, and how it will go on."""
    if results.states is None or len(results.days) < 2:
        return None
    open_now: list[int | None] = [int(n) for n in open_in(results.states, list(results.days)).sum()]
    days = [when or "" for when in results.days.values()]
    dated = all(days) and days == sorted(set(days))
    names = [day(when) if when else period for period, when in results.days.items()]
    columns: dict[str, list[Any]] = {"axis": names, "open": open_now}
    if dated and results.deadline:
        columns |= _to_the_deadline(names, open_now, days, results.deadline, ahead.iloc[-1].to_dict())
    titles = tuple(words(f"pictures.burndown.{key}") for key in columns)
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    said: dict[str, str] = words.get("pictures.burndown")
    note = said["note"] if "even" in columns else ""
    return Picture("burndown", "lines", said["title"], titles, rows, note, extra={"dashed": titles[2:], "time": dated})


def _to_the_deadline(names: list[Any], counts: list[int | None], days: list[str], due: str, whole: dict[Any, Any]) -> dict[str, list[Any]]:
    """The same lines drawn on to the deadline, with the even way there and the way as it has gone."""
    first, now, later = int(counts[0] or 0), counts[-1], days[-1] < due
    span = max(days_between(days[0], due), 1)
    even = [max(round(first * (1 - days_between(days[0], d) / span)), 0) for d in (*days, *([due] if later else []))]
    found = {"axis": [*names, *([day(due)] if later else [])], "open": [*counts, *([None] if later else [])], "even": even}
    if later and whole["basis"] != NONE:
        found["ahead"] = [*([None] * (len(counts) - 1)), now, int(whole["expected"])]
    return found


def progress(results: Results, places: Places, ahead: pd.DataFrame, words: Words) -> dict[str, Any] | None:
    """This run against the last and the way to the deadline, in all and by village; the columns that there is something to say in."""
    if results.states is None:
        return None
    since, whole = _since_last(results, places), ahead.iloc[-1].to_dict() if len(ahead) else None
    shown = list(PROGRESS) if since is not None else []
    known = whole is not None and whole["basis"] != NONE
    titles = [words(f"progress.{c}") for c in shown] + ([words("progress.now")] if not shown and known else [])
    titles += [words(f"progress.{c}") for c in AHEAD] if known else []
    by: dict[Any, list[Any]] = {} if since is None else {village: [int(n) for n in since.loc[village]] for village in since.index}
    for row in ahead.to_dict("records") if known else ():
        village = row["village"] or ""
        by[village] = (by.get(village) or [0] * len(shown) or [row["open"]]) + _ahead(row)
    blank = [0] * len(shown) + [""] * (len(AHEAD) if known else 0)
    order = sorted((v for v in by if v), key=lambda v: (v == words("elsewhere"), v))
    rows = [[str(village), *(by[village] + blank[len(by[village]) :])] for village in order]
    return {
        "sentence": outlook_sentence(results, whole), "so_far": _so_far(results, words), "columns": titles if rows else [], "rows": rows,
        "all": by.get("", blank),
    }  # fmt: skip


def outlook_sentence(results: Results, whole: Any) -> str:
    """The forecast in one sentence; nothing where there is no deadline to forecast for."""
    return sentence(whole, results.deadline) if whole is not None and results.deadline else ""


def _villages(frame: pd.DataFrame, places: Places) -> pd.Series:
    """The village of each row as it is called here; what is of no village stands under a name of its own, so that the villages add up."""
    return pd.Series(places.names(frame), index=frame.index, dtype=object).fillna(page_words()("elsewhere"))


def _since_last(results: Results, places: Places) -> pd.DataFrame | None:
    """Per village, and for all under "", what became of the problems since the last run."""
    frame = results.progress
    if frame is None or not len(frame) or not frame["before"].sum():
        return None
    by = frame.groupby(_villages(frame, places), sort=True)[list(PROGRESS)].sum()
    return pd.concat([by, frame[list(PROGRESS)].sum().to_frame("").T])


def _ahead(row: dict[Any, Any]) -> list[Any]:
    return [f"{row['per_day']:.1f}", expected_range(row), day(row["done_by"]) if row["done_by"] else ""]


def _so_far(results: Results, words: Words) -> str:
    """How many problems the campaign has found, how many are settled, and how many of these are true as they stand."""
    states = results.states
    if states is None or not len(states):
        return ""
    waiting = int(states["open"].astype(bool).sum())
    true = int((states["state"] == TRUE).sum())
    others = int((results.issues["step"] == OF_ANSWERS).sum())
    said = words("so_far", found=len(states), settled=len(states) - waiting, true=true, open=waiting)
    return said + (words("so_far_others", count=others) if others else "")


def causes(results: Results, shield: Shield) -> list[dict[str, Any]]:
    """Many problems, one cause: what it is, how to mend it, how many problems go with it."""
    frame = results.causes if results.causes is not None else pd.DataFrame()
    return [{**_cause(row, shield), "count": int(row["count"])} for row in frame.to_dict("records")]


def _cause(row: dict[Any, Any], shield: Shield) -> dict[str, str]:
    """Title, message, fix, masked; without the message where it would name somebody beside what tells of health."""
    told = {c: shield.sentence(row[c]) for c in ("title", "message", "fix")}
    telling = any(shield.speaks_of_health([row["title"], row["message"], row["fix"]]))
    return told | {"message": ""} if telling and shield.names_in(str(row["message"] or "")) else told
