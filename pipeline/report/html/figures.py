"""The numbers of the first page: by village, by dimension, by rule; what was read and under which figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.correct.course import trends
from pipeline.report.fixlist import villages as villages_of  # the report counts what a village is handed, neither more nor less
from pipeline.report.fixrows import fix_rows
from pipeline.report.html.shield import Shield
from pipeline.report.order import SEVERITIES
from pipeline.report.results import Results, day
from pipeline.report.words import Words, page_words, wording

TOP_KINDS = 3


class Places:
    """How villages are called here: by their name, with the township where two townships have one of that name."""

    def __init__(self, results: Results) -> None:
        frames = [f[["township", "village"]] for f in (results.tables.get("household"), results.problems) if f is not None and "village" in f]
        pairs = pd.concat(frames, ignore_index=True).dropna().drop_duplicates()
        self._twice = set(pairs.loc[pairs["village"].duplicated(keep=False), "village"])

    def name(self, township: object, village: object) -> str:
        """One village as shown."""
        return f"{township or ''}{village}" if village in self._twice else str(village)

    def names(self, frame: pd.DataFrame) -> list[str | None]:
        """The village of each row, None where it has none."""
        known = zip(frame["township"], frame["village"], strict=True)
        return [None if village is None or village != village else self.name(township, village) for township, village in known]


def with_places(results: Results, places: Places, words: Words) -> pd.DataFrame:
    """The problems, each with the place it is counted under and a dimension."""
    issues, shown = results.problems, wording()
    nobody = issues[["village", "household_no", "person_no", "name"]].isna().all(axis=1)
    elsewhere = [shown("no_place") if n else shown("unknown_village") for n in nobody]
    place = [name or other for name, other in zip(places.names(issues), elsewhere, strict=True)]
    return issues.assign(place=place, dimension=issues["dimension"].fillna(words("unknown"))).reset_index(drop=True)


def facts(results: Results, words: Words) -> list[tuple[str, str]]:
    """What the report speaks of: period, days, run."""
    campaign = results.manifest.get("campaign", {})
    values = {
        "campaign": str(campaign.get("title") or ""),
        "period": results.period,
        "previous": str(results.manifest.get("previous") or ""),
        "reference_date": results.reference_day,
        "deadline": results.due or words("no_deadline"),
        "run_id": results.run_id,
    }
    return [(words(f"facts.{name}"), value) for name, value in values.items() if value]


def numbers(issues: pd.DataFrame) -> dict[str, int]:
    """How many problems, of which severity, of how many households, people and villages."""
    counted = issues["severity"].value_counts()
    return {
        "total": len(issues),
        **{severity: int(counted.get(severity, 0)) for severity in SEVERITIES},
        "households": issues["household_no"].nunique(),
        "people": issues["person_no"].nunique(),
        "villages": issues.loc[issues["village"].notna(), "place"].nunique(),
        "new": int((issues["status"] == next(iter(wording().names("status")))).sum()),
    }


def village_rows(results: Results, issues: pd.DataFrame, places: Places, shield: Shield) -> list[dict[str, Any]]:
    """Per village: what it has to settle, of which severities, the most frequent kinds; and the rest by dimension."""
    names = dimension_names(issues)
    counts = pd.crosstab(issues["place"], issues["dimension"]).reindex(columns=names, fill_value=0)
    sizes = households_of(results, places)
    mine = {places.name(v.township, v.name): v.rows for v in villages_of(fix_rows(results))}
    rows = []
    for place in dict.fromkeys([*sizes, *issues["place"]]):
        part = mine.get(place)
        cells = [int(n) for n in counts.loc[place]] if place in counts.index else [0] * len(names)
        rows.append(_village_row(place, cells, part, sizes.get(place), shield))
    return rows


def _village_row(place: str, cells: list[int], part: pd.DataFrame | None, households: int | None, shield: Shield) -> dict[str, Any]:
    shown = wording().names("severity_short")
    settle = {s: int((part["severity"] == shown[s]).sum()) if part is not None else 0 for s in SEVERITIES}
    total = 0 if part is None else len(part)
    kinds = [] if part is None else most_frequent(part, shield)
    return {
        "village": place, "households": households, "settle": total, **settle, "cells": cells, "kinds": kinds,
        "total": sum(cells), "nobody": not total and not households, "rate": round(100 * total / households, 1) if households else None,
    }  # fmt: skip


def most_frequent(part: pd.DataFrame, shield: Shield) -> list[tuple[str, int]]:
    """The kinds of problem that stand most often, by their titles; of equals the gravest first."""
    ranks = {name: n for n, name in enumerate(wording().names("severity_short").values())}
    kinds = part.assign(rank=part["severity"].map(ranks)).groupby("title", sort=True).agg(count=("rank", "size"), rank=("rank", "min"))
    kinds = kinds.sort_values(["count", "rank"], ascending=[False, True], kind="stable").head(TOP_KINDS)
    return [(shield.sentence(str(title)), int(count)) for title, count in kinds["count"].items()]


def dimension_names(issues: pd.DataFrame) -> list[str]:
    """The dimensions in their usual order, then any others found."""
    usual = list(wording().get("dimensions"))
    return usual + sorted(set(issues["dimension"]) - set(usual))


def households_of(results: Results, places: Places) -> dict[str, int]:
    """How many households each village has in the data."""
    frame = results.tables.get("household")
    if frame is None or not {"village", "township"} <= set(frame.columns):
        return {}
    counted = pd.Series(places.names(frame), dtype=object).dropna().value_counts(sort=False)
    return {str(place): int(size) for place, size in sorted(counted.items())}


def dimension_table(issues: pd.DataFrame) -> list[dict[str, Any]]:
    """Per dimension the problems of each severity."""
    counts = pd.crosstab(issues["dimension"], issues["severity"]).reindex(columns=list(SEVERITIES), fill_value=0)
    cells = {str(name): [int(n) for n in row] for name, *row in counts.itertuples(name=None)}
    return [{"dimension": n, "cells": cells.get(n, [0] * len(SEVERITIES)), "total": sum(cells.get(n, [0]))} for n in dimension_names(issues)]


def kind_rows(results: Results, issues: pd.DataFrame, shield: Shield) -> list[dict[str, Any]]:
    """Every kind of problem found, most first: rules of one number ask several things, and each is mended in its own way."""
    told = {} if results.validation is None else dict(zip(results.validation["name"], results.validation["fix"], strict=True))
    rows = [
        {
            "rule": str(rule), "title": shield.sentence(str(title)), "severity": min(part["severity"], key=_rank),
            "fix": shield.sentence(told.get(title) or most_common(part["fix"])), "count": len(part), "villages": _where(part),
        }
        for (rule, title), part in issues.groupby(["rule", "title"], sort=True)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -row["count"])


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def rule_rows(results: Results, issues: pd.DataFrame, shield: Shield) -> list[dict[str, Any]]:
    """Every rule: what it found and where, its course, or why it was not asked. What to do is said as the rule says it of everybody."""
    known = {str(r["id"]): dict(r) for r in results.manifest.get("rules", [])}
    if results.validation is not None:
        for rule, fix in zip(results.validation["rule"], results.validation["fix"], strict=True):
            known.setdefault(str(rule), {}).setdefault("fix", fix)
    found = {str(rule): part for rule, part in issues.groupby("rule", sort=True)}
    names = [*found, *(r for r in known if r not in found)]
    course = {} if results.states is None else trends(results.states, results.days)
    rows = [_rule_row(rule, known.get(rule, {}), found.get(rule), shield) | {"trend": course.get(rule, [])} for rule in names]
    rank = {severity: number for number, severity in enumerate(SEVERITIES)}
    return sorted(rows, key=lambda r: (-r["count"], rank.get(r["severity"], 9), r["rule"]))


def _rule_row(rule: str, known: Mapping[str, Any], part: pd.DataFrame | None, shield: Shield) -> dict[str, Any]:
    status = str(known.get("status") or "")
    first = {} if part is None else part.iloc[0].to_dict()
    titles = [known.get("name") or rule] if part is None else [title for title, _ in _counted(part["title"])]
    ran = page_words().get("ran")
    return {
        "rule": rule,
        "title": " / ".join(shield.sentence(str(title)) for title in titles),
        "severity": first.get("severity") or known.get("severity") or "info",
        "dimension": first.get("dimension") or known.get("dimension") or "",
        "basis": first.get("basis") or known.get("basis") or "",
        "fix": shield.sentence(known.get("fix") or (most_common(_of_everybody(part["fix"], shield)) if part is not None else None)),
        "count": 0 if part is None else len(part),
        "households": 0 if part is None else int(part["household_no"].nunique()),
        "villages": [] if part is None else _where(part),
        "evaluated": int(known.get("evaluated") or 0),
        "why_not": "" if not status or status in ran else status,
    }


def _where(part: pd.DataFrame) -> list[tuple[str, int]]:
    return _counted(part["place"])


def _counted(values: pd.Series) -> list[tuple[str, int]]:
    """What stands how often, most first; of equals the first in the order of characters."""
    counted = values.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return [(str(value), int(count)) for value, count in counted.items()]


def _of_everybody(fixes: pd.Series, shield: Shield) -> pd.Series:
    """What to do, without what names somebody."""
    return pd.Series([text for text in fixes.dropna() if not shield.names_in(text)], dtype=object)


def most_common(texts: pd.Series) -> str | None:
    """The text that stands most often; the first of equals in the order of characters."""
    return next((text for text, _ in _counted(texts)), None)


def inputs(results: Results) -> list[dict[str, Any]]:
    """What was read, with its day; and of what was not, why: a village's sheet may be there only to have been handed in."""
    sheets = set() if results.handed is None else {str(file).split("#")[0] for file in results.handed["file"]}
    before = f"{results.manifest.get('previous')}/"
    return [
        {
            "file": row.get("file") or "", "tab": row.get("tab") or "", "recognised_as": row.get("recognised_as") or "", "rows": row.get("rows"),
            "refused": row.get("refused"), "as_of": day(str(row.get("as_of") or "")), "sha256": str(row.get("sha256") or "")[:12],
            "registered": not row.get("recognised_as") and str(row.get("file") or "").removeprefix(before) in sheets,
            "note": row.get("note") or "",
        }
        for row in results.manifest.get("inputs", [])
    ]  # fmt: skip


def standard(row: Mapping[str, Any]) -> dict[str, Any]:
    """A standard as shown: 7000 rather than 7000.0, and whether it may be relied on."""
    value = row.get("value")
    state = "no_value" if value is None else "yes" if row.get("confirmed") else "no"
    shown = int(value) if isinstance(value, float) and value.is_integer() else value
    return {
        "title": row.get("title") or row.get("name"), "value": "" if shown is None else shown, "unit": row.get("unit") or "",
        "basis": row.get("basis") or "", "state": state,
    }  # fmt: skip
