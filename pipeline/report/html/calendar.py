"""What is due when, and how many households stand on which list of the campaign."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.report.html.figures import Places
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
    titles = words.names("risk_columns")
    shown = [c for c in frame.columns if c in titles] or [str(c) for c in frame.columns]
    rows = [["" if v is None or v != v else f"{v:.10g}" if isinstance(v, float) else str(v) for v in row] for row in frame[shown].to_numpy().tolist()]
    return {"titles": [titles.get(str(c), str(c)) for c in shown], "rows": rows}
