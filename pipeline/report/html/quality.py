"""Data quality as shares: per dimension, per village, and how many households nothing was found of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.report.html.figures import Places
from pipeline.report.html.front import per_cent
from pipeline.report.html.pictures import Picture
from pipeline.report.results import Results
from pipeline.report.words import Words, wording

PER = 1000


def table(results: Results, issues: pd.DataFrame, households: Mapping[str, int], words: Words) -> dict[str, Any] | None:
    """Per dimension, and in all: things looked at, things amiss, the share that is right, the share of households without."""
    counts, homes = results.quality, sum(households.values())
    if counts is None or not len(counts):
        return None
    by = counts.groupby("dimension")[["asked", "broken"]].sum()
    names = [d for d in wording().get("dimensions") if d in by.index]
    rows = [_row(d, by.loc[d], issues[issues["dimension"] == d], homes) for d in names]
    everything = _row(words("sum"), by.loc[names].sum(), issues, homes)
    said = {"asked": everything[1], "share": everything[3], "homes": homes, "clean": homes - _touched(issues), "clean_share": everything[4]}
    return {"rows": rows, "all": everything, "said": said}


def _row(name: str, counts: pd.Series, issues: pd.DataFrame, homes: int) -> list[str]:
    asked, broken = float(counts["asked"]), float(counts["broken"])
    clean = per_cent(1 - _touched(issues) / homes, digits=0) if homes else ""
    return [name, f"{asked:,.0f}", f"{broken:,.0f}", per_cent(1 - broken / asked, digits=2), clean]


def _touched(issues: pd.DataFrame) -> int:
    """How many households some problem is of."""
    return int(issues["household_no"].nunique())


def clean_homes(issues: pd.DataFrame, households: Mapping[str, int]) -> dict[str, str]:
    """Village → the share of its households of which nothing was found."""
    touched = issues.groupby("place")["household_no"].nunique()
    return {place: per_cent(max(1 - int(touched.get(place, 0)) / size, 0), digits=0) for place, size in households.items() if size}


def picture(results: Results, places: Places, words: Words) -> Picture | None:
    """Per village and dimension how many of a thousand things looked at are amiss: large and small villages can be compared."""
    counts = results.quality
    if counts is None or not len(counts):
        return None
    here = counts.assign(place=pd.Series(places.names(counts), index=counts.index, dtype=object)).dropna(subset=["place"])
    sums = here.groupby(["place", "dimension"])[["asked", "broken"]].sum()
    wide = (PER * sums["broken"] / sums["asked"]).unstack().round(1)
    names = [d for d in wording().get("dimensions") if d in wide.columns]
    rows = [[str(place), *(None if n != n else float(n) for n in row)] for place, *row in wide[names].itertuples(name=None)]
    return Picture("quality", "heat", words("pictures.quality.title"), (words("columns.village"), *names), rows, words("pictures.quality.note"))
