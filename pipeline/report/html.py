"""校验报告.html: one file that opens anywhere, asks no network for anything, and shows no one's name or number."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.report.mask import masked, masked_text
from pipeline.report.order import SEVERITIES
from pipeline.report.problems import place_names
from pipeline.report.results import Results, day
from pipeline.report.words import Words, wording

TEMPLATES = Path(__file__).parent / "templates"
TOP_RULES = 20


def write(results: Results, folder: Path) -> list[Path]:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    env.trim_blocks = env.lstrip_blocks = True
    words = wording()
    path = folder / words("report.file")
    path.write_text(env.get_template("report.html").render(page(results, words)), "utf-8", newline="\n")
    return [path]


def page(results: Results, words: Words) -> dict[str, Any]:
    """All that the template shows."""
    issues = results.problems
    issues = issues.assign(place=place_names(issues), dimension=issues["dimension"].fillna(words("report.unknown")))
    return {
        "w": words,
        "title": words("report.title", place=results.place),
        "facts": facts(results, words),
        "numbers": numbers(issues),
        "villages": village_table(results, issues),
        "dimensions": dimension_table(issues),
        "severities": SEVERITIES,
        "rules": top_rules(issues),
        "shown_rules": TOP_RULES,
        "rule_count": issues["rule"].nunique(),
        "households": households_by_village(results, issues),
        "inputs": [{**row, "as_of": day(str(row.get("as_of") or ""))} for row in results.manifest.get("inputs", [])],
        "standards": [standard(row) for row in results.manifest.get("standards", [])],
        "skipped": [r for r in results.manifest.get("rules", []) if r.get("status") not in words.get("report.ran")],
        "notes": [masked_text(str(note)) for note in results.manifest.get("notes", [])],
    }


def standard(row: Mapping[str, Any]) -> dict[str, Any]:
    """A standard as shown: 7000 rather than 7000.0, and whether it may be relied on."""
    value = row.get("value")
    state = "no_value" if value is None else "yes" if row.get("confirmed") else "no"
    shown = int(value) if isinstance(value, float) and value.is_integer() else value
    return {**row, "value": "" if shown is None else shown, "state": state}


def facts(results: Results, words: Words) -> list[tuple[str, str]]:
    values = {
        "period": results.period,
        "reference_date": results.reference_day,
        "deadline": results.due or words("report.no_deadline"),
        "run_id": results.run_id,
    }
    return [(words(f"report.facts.{name}"), value) for name, value in values.items() if value]


def numbers(issues: pd.DataFrame) -> dict[str, int]:
    counted = issues["severity"].value_counts()
    return {
        "total": len(issues),
        **{severity: int(counted.get(severity, 0)) for severity in SEVERITIES},
        "households": issues["household_no"].nunique(),
        "people": issues["person_no"].nunique(),
        "villages": issues.loc[issues["village"].notna(), "place"].nunique(),
    }


def village_table(results: Results, issues: pd.DataFrame) -> dict[str, Any]:
    """Per village: households, problems, A-class problems, problems per hundred households, problems per dimension."""
    names = dimension_names(issues)
    counts = pd.crosstab(issues["place"], issues["dimension"]).reindex(columns=names, fill_value=0)
    grave = issues.loc[issues["severity"] == SEVERITIES[0], "place"].value_counts()
    sizes = _households_of(results, issues)
    rows = [
        _village_row(str(place), counts.loc[place].tolist(), int(grave.get(place, 0)), sizes.get(str(place)))
        for place in dict.fromkeys(issues["place"])
    ]
    most = int(counts.to_numpy().max()) if counts.size else 0
    sums = [sum(row["cells"][i] for row in rows) for i in range(len(names))]
    return {"dimensions": names, "rows": rows, "most": most, "sums": sums}


def _village_row(place: str, cells: list[int], grave: int, households: int | None) -> dict[str, Any]:
    total = sum(cells)
    rate = round(100 * total / households, 1) if households else None
    return {"village": place, "households": households, "total": total, "grave": grave, "rate": rate, "cells": cells}


def dimension_names(issues: pd.DataFrame) -> list[str]:
    """The dimensions in their usual order, then any others found."""
    usual = list(wording().get("dimensions"))
    return usual + sorted(set(issues["dimension"]) - set(usual))


def _households_of(results: Results, issues: pd.DataFrame) -> dict[str, int]:
    """How many households each village has in the data, by the village's name as shown."""
    frame = results.tables.get("household")
    if frame is None or not {"village", "township"} <= set(frame.columns):
        return {}
    shown = issues[["township", "village", "place"]].dropna(subset=["village"]).drop_duplicates()
    sizes = frame.groupby(["township", "village"], dropna=False).size().rename("households").reset_index()
    merged = shown.merge(sizes, on=["township", "village"], how="inner")
    return {str(place): int(size) for place, size in zip(merged["place"], merged["households"], strict=True)}


def dimension_table(issues: pd.DataFrame) -> list[dict[str, Any]]:
    """Per dimension the problems of each severity."""
    counts = pd.crosstab(issues["dimension"], issues["severity"]).reindex(columns=list(SEVERITIES), fill_value=0)
    cells = {str(name): [int(n) for n in row] for name, *row in counts.itertuples(name=None)}
    names = [name for name in dimension_names(issues) if name in cells]
    return [{"dimension": name, "cells": cells[name], "total": sum(cells[name])} for name in names]


def top_rules(issues: pd.DataFrame) -> list[dict[str, Any]]:
    """The most frequent rules, the gravest first among equals, each with how to settle it and where most stand."""
    rank = {severity: number for number, severity in enumerate(SEVERITIES)}
    found = []
    for rule, part in issues.groupby("rule", sort=True):
        first = part.iloc[0]
        places = part["place"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
        found.append(
            {
                "rule": rule, "title": masked_text(first["title"]), "severity": first["severity"], "count": len(part),
                "households": part["household_no"].nunique(), "basis": first["basis"],
                "fix": masked_text(most_common(part["fix"])),
                "most": [(str(place), int(count)) for place, count in places.head(3).items()],
            }
        )  # fmt: skip
    return sorted(found, key=lambda r: (-r["count"], rank.get(r["severity"], 9), r["rule"]))[:TOP_RULES]


def most_common(texts: pd.Series) -> str | None:
    """The text that stands most often; the first of equals in the order of characters."""
    counted = texts.dropna().value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return str(counted.index[0]) if len(counted) else None


def households_by_village(results: Results, issues: pd.DataFrame) -> list[dict[str, Any]]:
    """Per village its households with problems, those with most of the gravest first; names masked."""
    heads = _masked_heads(results)
    keyed = issues.assign(household_no=issues["household_no"].fillna(""), group=issues["group"].fillna(""))
    counts = keyed.groupby(["place", "household_no"], sort=False)["severity"].value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=list(SEVERITIES), fill_value=0)
    groups = keyed.drop_duplicates(["place", "household_no"]).set_index(["place", "household_no"])["group"]
    rows: dict[str, list[dict[str, Any]]] = {place: [] for place in dict.fromkeys(keyed["place"])}
    for (place, household), cells in zip(counts.index, counts.to_numpy().tolist(), strict=True):
        head, group = heads.get(household, ""), groups[place, household]
        rows[place].append({"household_no": household, "group": group, "head": head, "cells": cells})
    return [
        {
            "village": place,
            "rows": sorted(found, key=lambda r: ([-c for c in r["cells"]], r["household_no"])),
            "problems": sum(sum(r["cells"]) for r in found),
            "households": sum(1 for r in found if r["household_no"]),
        }
        for place, found in rows.items()
    ]


def _masked_heads(results: Results) -> dict[str, str]:
    frame = results.tables.get("household")
    column = wording()("about.household.name")
    if frame is None or not {"household_no", column} <= set(frame.columns):
        return {}
    known = frame[["household_no", column]].dropna().drop_duplicates("household_no")
    return {str(no): masked("name", str(name)) for no, name in zip(known["household_no"], known[column], strict=True)}
