"""What is due when, and how many households stand on which list of the campaign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.report.html.figures import Places
from pipeline.report.html.pictures import Picture
from pipeline.report.results import Results, day
from pipeline.report.words import Words
from pipeline.schedule import AHEAD, HANDED_COLUMNS, LATE, MISSING, RECEIVED, by_village, few, standing
from pipeline.schedule import agenda as plan
from pipeline.spec.calendar import Duty

MOST_NAMED = 5


def agenda(results: Results, words: Words) -> dict[str, Any] | None:
    """What is due next and what is past, marked with what has been handed in; per village what it has brought and what it lacks."""
    calendar = [Duty(**duty) for duty in (results.manifest.get("campaign") or {}).get("calendar", ())]
    if not calendar:
        return None
    sheets = results.handed if results.handed is not None else pd.DataFrame(columns=list(HANDED_COLUMNS), dtype=object)
    today = _as_of(results, calendar, sheets)
    villages = _villages(results)
    stands = standing(calendar, sheets, villages, today)
    came = bool(len(sheets) and villages)
    marks = _marks(stands, words) if came else {}
    rows = [{**duty, "day": day(duty["date"]), "marks": marks.get((duty["date"], duty["duty"]), [])} for duty in plan(calendar).to_dict("records")]
    ahead, past = [r for r in rows if r["date"] >= today], [r for r in rows if r["date"] < today]
    told: dict[str, Any] = {"as_of": day(today), "ahead": ahead, "past": past, "villages": []}
    return told | (_sheets(stands, villages, today, words) if came else {})


def _sheets(stands: pd.DataFrame, villages: Sequence[str], today: str, words: Words) -> dict[str, Any]:
    """What each village has brought and lacks: counted, and day by day."""
    by = by_village(stands, today)
    rows = [[r["village"], r["due"], r["received"], r["late"], r["missing"], few(r["lacks"])] for r in by.to_dict("records")]
    counts = {key: int(by[key].sum()) for key in ("due", "received", "late", "missing")}
    return {"villages": rows, "counts": counts, "grid": _grid(stands, villages, words)}


def _as_of(results: Results, calendar: Sequence[Duty], sheets: pd.DataFrame) -> str:
    """The day up to which anything is known: of the data, or of the newest sheet; a sheet dated past the whole calendar is a slip."""
    last = max((d for duty in calendar for d in duty.days), default="")
    days = [d for d in sheets["day"] if d and d <= last] + [d for d in (results.days.get(results.period),) if d]
    return max(days, default=min((d for duty in calendar for d in duty.days), default=""))


def _villages(results: Results) -> list[str]:
    frame = results.tables.get("household")
    return sorted(map(str, frame["village"].dropna().unique())) if frame is not None and "village" in frame.columns else []


def _marks(stands: pd.DataFrame, words: Words) -> dict[Any, list[str]]:
    """(day, duty) → a sentence for the annexes that stand alike: how many villages have brought them, who was late, who lacks them."""
    alike: dict[Any, dict[str, list[str]]] = {}
    for (date, duty, annex), part in stands.groupby(["date", "duty", "annex"], sort=False):
        if (part["state"] != AHEAD).any():
            alike.setdefault((date, duty), {}).setdefault(_mark(part, words), []).append(str(annex))
    return {key: [words("calendar.of", annexes="、".join(names), mark=mark) for mark, names in marks.items()] for key, marks in alike.items()}


def _mark(part: pd.DataFrame, words: Words) -> str:
    of = {state: part.loc[part["state"] == state, "village"].tolist() for state in (RECEIVED, LATE, MISSING)}
    said = words("calendar.mark", came=len(of[RECEIVED]) + len(of[LATE]), villages=len(part))
    for state in (LATE, MISSING):
        if of[state]:
            more = words("calendar.more", count=len(of[state])) if len(of[state]) > MOST_NAMED else ""
            said += words(f"calendar.{state}", villages="、".join(of[state][:MOST_NAMED]), more=more)
    return said


def _grid(stands: pd.DataFrame, villages: Sequence[str], words: Words) -> dict[str, Any]:
    """Day and annex × village: handed in, late, missing, or not yet due."""
    named = stands.assign(shown=stands["state"].map(words.names("calendar.states")))
    wide = named.pivot_table(index=["date", "annex"], columns="village", values="shown", aggfunc="first", sort=False)[list(villages)]
    rows = [[day(str(date)), annex, *cells] for (date, annex), cells in zip(wide.index, wide.to_numpy().tolist(), strict=True)]
    return {"villages": list(villages), "rows": rows}


def roster_counts(results: Results, places: Places) -> dict[str, Any] | None:
    """List × village: how many stand on it; lists in their own order, villages in the order of names."""
    rosters = results.rosters
    if rosters is None or not len(rosters):
        return None
    villages = [name or "" for name in places.names(rosters)]
    table = pd.crosstab(rosters["annex"], pd.Series(villages, index=rosters.index))
    order = [a.name for a in results.annexes]
    names = [n for n in order if n in table.index] + [n for n in table.index if n not in order]
    label = {a.name: a.label for a in results.annexes}
    counts = {str(name): [int(n) for n in row] for name, *row in table.itertuples(name=None)}
    rows = [[n, label.get(n, "") or "", sum(counts[n]), *counts[n]] for n in names]
    return {"villages": list(map(str, table.columns)), "rows": rows}


def risk_rows(results: Results, words: Words) -> dict[str, Any] | None:
    """The villages most at risk first, as the screening ranks them."""
    frame = results.village_risk
    if frame is None or not len(frame):
        return None
    titles, shares = words.names("risk_columns"), set(words.get("risk_shares"))
    shown = [c for c in titles if c in frame.columns]
    rows = [[_cell(v, c in shares) for c, v in zip(shown, row, strict=True)] for row in frame[shown].to_numpy().tolist()]
    return {"titles": [titles[c] for c in shown], "rows": rows}


def _cell(value: Any, share: bool) -> str:
    """A number as people write it; a share in per cent."""
    if value is None or value != value:
        return ""
    if isinstance(value, (int, float)):
        return f"{100 * value:.1f}%" if share else f"{value:.10g}"
    return str(value)


def risk_picture(results: Results, words: Words) -> Picture | None:
    """Per village the households still at risk on one side, those below the line on the other."""
    frame, columns = results.village_risk, list(words.get("pictures.risk.columns"))
    if frame is None or not len(frame) or not {"village", *columns} <= set(frame.columns):
        return None
    titles = words.names("risk_columns")
    counts = frame[columns].astype(float).fillna(0).astype(int).to_numpy().tolist()
    rows = [[str(v), *numbers] for v, numbers in zip(frame["village"], counts, strict=True)]
    heads = (titles["village"], *(titles[c] for c in columns))
    return Picture("risk", "pyramid", words("pictures.risk.title"), heads, rows, words("pictures.risk.note"))
