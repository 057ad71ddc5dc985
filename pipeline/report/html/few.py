"""Counts so small that a village would know who is meant: of what tells of health, one or two people are not counted out."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.report.html.shield import Shield
from pipeline.report.words import Words, page_words

LEAST = 3
HEAD = 3  # of a roster's row: its name, its label, its sum


def is_few(value: object) -> bool:
    """One or two."""
    return isinstance(value, (int, float)) and 0 < value < LEAST


def of_kinds(row: dict[str, Any], shield: Shield) -> dict[str, Any]:
    """A village's most frequent kinds without those of health that are few."""
    return row | {"kinds": [(title, n) for title, n in row["kinds"] if not is_few(n) or not shield.speaks_of_health([title])[0]]}


def of_rosters(table: dict[str, Any] | None, shield: Shield, words: Words) -> dict[str, Any] | None:
    """List × village; where one village alone is few, neither is the sum told: the rest would give it away."""
    if table is None:
        return None
    said = words("share.few")
    rows = []
    for row in table["rows"]:
        small = [is_few(n) for n in row[HEAD:]] if any(shield.speaks_of_health(row[:2])) else []
        cells = [said if hide else n for n, hide in zip(row[HEAD:], small, strict=True)] if any(small) else row[HEAD:]
        rows.append([*row[:2], "" if sum(small) == 1 else row[2], *cells])
    return table | {"rows": rows}


def of_risk(frame: pd.DataFrame | None, shield: Shield) -> pd.DataFrame | None:
    """The villages at risk, without few of health."""
    if frame is None:
        return None
    words = page_words()
    telling = [c for c, title in words.names("risk_columns").items() if c in frame.columns and shield.speaks_of_health([title])[0]]
    told = {c: [words("share.few") if is_few(n) else n for n in frame[c]] for c in telling}
    return frame.assign(**{c: pd.Series(values, index=frame.index, dtype=object) for c, values in told.items()})


def of_roster_rows(rosters: pd.DataFrame | None, titles: dict[str, str], shield: Shield) -> pd.DataFrame | None:
    """Who is on which list, without the lists of health on which a village has but few."""
    if rosters is None or not len(rosters):
        return rosters
    telling = {a: shield.speaks_of_health([a, titles.get(a)]) for a in map(str, rosters["annex"].unique())}
    ill = rosters["annex"].map(lambda annex: any(telling[str(annex)]))
    sizes = rosters.groupby(["annex", "township", "village"], dropna=False)["annex"].transform("size")
    return rosters[~(ill & (sizes < LEAST))]


def of_problems(issues: pd.DataFrame, ill: pd.Series) -> pd.DataFrame:
    """The problems; kinds of health of which a village has but few are one kind without a name, so that the sums stay."""
    sizes = issues.groupby(["rule", "township", "village"], dropna=False)["rule"].transform("size")
    rare = ill & (sizes < LEAST)
    words = page_words()
    kind = {"rule": words("share.rare_rule"), "title": words("share.rare"), "message": words("share.rare")}
    nothing = dict.fromkeys(("table", "column", "label", "fix", "basis", "codes"))
    merged = issues.astype(object)
    for column, value in (kind | nothing).items():
        if column in merged.columns:
            merged.loc[rare, column] = value
    return merged
