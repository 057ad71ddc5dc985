"""Ledgers that are counts, a row per village: which of their columns the data can fill, by mappings/counts.yml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.report.results import Results
from pipeline.report.words import Words, wording


def count_words() -> Words:
    """What mappings/counts.yml says."""
    return wording("counts.yml")


def counted(results: Results, annex: str, labels: Sequence[str], villages: Sequence[str]) -> pd.DataFrame | None:
    """One row per village under the ledger's column labels; None for a ledger that is no count."""
    if not count_words().has(annex):
        return None
    asked: Mapping[str, Mapping[str, Any]] = count_words().get(annex)
    return pd.DataFrame({label: _column(results, asked.get(label, {}), villages) for label in labels}, index=pd.RangeIndex(len(villages)))


def _column(results: Results, asked: Mapping[str, Any], villages: Sequence[str]) -> object:
    if "number" in asked:
        return [float(n) for n in range(1, len(villages) + 1)]
    if "village" in asked:
        return list(villages)
    if "text" in asked:
        names = re.findall(r"\{([^{}]+)\}", asked["text"])
        counts = {name: roster_count(results, name, villages) for name in names}
        return [asked["text"].format(**{name: f"{counts[name][v]:.0f}" for name in names}) for v in villages]
    counts_by = _counts(results, asked, villages)
    return [None] * len(villages) if counts_by is None else [float(counts_by[v]) for v in villages]


def _counts(results: Results, asked: Mapping[str, Any], villages: Sequence[str]) -> Mapping[str, float] | None:
    homes = results.whole("household")
    if "roster" in asked:
        return roster_count(results, asked["roster"], villages)
    if "people" in asked:
        people = results.whole("person").groupby("household_no").size()
        rows = of_roster(results, asked["people"])
        return _by_village(rows.assign(n=rows["household_no"].map(people).fillna(0)), villages, "n")
    if "problems" in asked:
        closed = wording().get("schedule.closed")
        waiting = results.problems[~results.problems["status"].isin(closed) & results.problems["household_no"].notna()]
        return _by_village(waiting.drop_duplicates("household_no"), villages)
    if "month" in asked:
        return _by_village(homes[homes[asked["month"]] == results.reference_date[:6]], villages) if homes[asked["month"]].notna().any() else None
    if "households" in asked:
        chosen = homes
        for column, values in asked["households"].items():
            if homes[column].isna().all():
                return None
            chosen = chosen[chosen[column].isin(values)]
        return _by_village(chosen, villages)
    return None


def of_roster(results: Results, annex: str) -> pd.DataFrame:
    """The households on one roster, each once."""
    rosters = results.rosters
    if rosters is None:
        return pd.DataFrame(columns=["household_no", "village"], dtype=object)
    return rosters[rosters["annex"] == annex].drop_duplicates("household_no")


def roster_count(results: Results, annex: str, villages: Sequence[str]) -> dict[str, float]:
    """Households on one roster per village."""
    return _by_village(of_roster(results, annex), villages)


def _by_village(rows: pd.DataFrame, villages: Sequence[str], amount: str | None = None) -> dict[str, float]:
    place = rows["village"].fillna(wording()("annex.unknown_unit"))
    found = rows.groupby(place)[amount].sum() if amount else place.value_counts()
    return {v: float(found.get(v, 0)) for v in villages}

