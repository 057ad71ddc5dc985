"""What is due when, and how many households stand on which list of the campaign."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.report.html.figures import Places
from pipeline.report.html.pictures import Picture
from pipeline.report.results import Results, day
from pipeline.report.words import Words


def duties(results: Results) -> list[dict[str, Any]]:
    """One row per duty and day, by day."""
    found = [
        {**duty, "day": day(str(when)), "annexes": "、".join(duty.get("annexes", ())), "signs": "、".join(duty.get("signs", ()))}
        for duty in (results.manifest.get("campaign") or {}).get("calendar", ())
        for when in duty.get("days", ())
    ]
    return sorted(found, key=lambda d: d["day"])


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
