"""可外发/: the report fit to leave the office: counts and running numbers instead of households, one file per village beside the whole."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.report.fixlist import file_name
from pipeline.report.html import our_code, page, render
from pipeline.report.html.few import of_problems, of_risk, of_roster_rows
from pipeline.report.html.figures import Places
from pipeline.report.html.payload import about_health, again
from pipeline.report.html.shield import Shield
from pipeline.report.order import by_place, with_none
from pipeline.report.outbound import NotShareable, Outbound
from pipeline.report.results import Results
from pipeline.report.words import page_words, wording

HIDDEN = ("person_no", "name", "value", "suggestion", "row_id", "other_cells", "source_column", "source", "group")


def write(results: Results, folder: Path) -> list[Path]:
    """The whole place in one file, and each village in one of its own. Raises NotShareable before writing what may not leave."""
    words = page_words()
    places = Places(results)
    guard = Outbound(results, _villages(results, places), _ours(results))
    whole = shareable(results, places)
    target = folder / words("share.folder")
    written = [_write(page(whole, words, source=results), target / words("share.file"), guard, None)]
    taken: set[str] = set()
    for village in _villages(results, places):
        only = of_village(whole, village, places)
        path = target / words("share.villages") / file_name(village, taken)
        content = page(only, words, source=of_village(results, village, places))
        written.append(_write(content, path.with_suffix(".html"), guard, village))
    return written


def _write(content: dict[str, Any], path: Path, guard: Outbound, village: str | None) -> Path:
    charts = village is None
    text = render(content, charts)
    found = guard.found_in(text, village, our_code(charts))
    if found:
        raise NotShareable(path.name, found)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", newline="\n")
    return path


def shareable(results: Results, places: Places) -> Results:
    """The results without anybody: problems say their kind, households are running numbers, lists are counts."""
    issues = results.problems
    keys = running_numbers(results, places)
    fixes = {} if results.validation is None else dict(zip(results.validation["rule"], results.validation["fix"], strict=True))
    shield = Shield(results)
    ill = about_health(issues, shield, {cell for cell, kind in results.sensitive.items() if kind == "health"})
    told = issues.assign(
        household_no=issues["household_no"].map(keys).mask(ill),
        again=again(issues),
        message=[shield.sentence(title) for title in issues["title"]],
        title=[shield.sentence(title) for title in issues["title"]],
        fix=pd.Series([fixes.get(rule) for rule in issues["rule"]], index=issues.index, dtype=object),
        issue_id=None,
        **dict.fromkeys(HIDDEN),
    )
    rosters = of_roster_rows(results.rosters, {a.name: f"{a.label}\n{a.title}" for a in results.annexes}, shield)
    about = wording().get("about")["household"]
    homes = results.tables.get("household", pd.DataFrame())
    secret = {c for (t, c) in results.sensitive if t == "household"} | set(about.values()) | {"household_no", "row_id"}
    return replace(
        results,
        issues=numbered(of_problems(with_none(told), ill)),
        tables={"household": homes.drop(columns=[c for c in secret if c in homes.columns])},
        changes=results.changes.iloc[:0],
        village_risk=of_risk(results.village_risk, shield),
        causes=None,
        answers=None,
        links=None,
        review=None,
        rosters=None if rosters is None else rosters.assign(reason=None, name=None, household_no=None, person_no=None, row_id=None),
        comparisons=[replace(c, buckets={k: f.iloc[:, :0] for k, f in c.buckets.items()}) for c in results.comparisons],
        manifest={**results.manifest, "inputs": [_input(i) for i in results.manifest.get("inputs", [])], "run_id": None},
    )


def _input(row: dict[str, Any]) -> dict[str, Any]:
    """What was read, without the files' names and checksums."""
    return {k: row.get(k) for k in ("recognised_as", "rows", "refused", "as_of")}


def numbered(told: pd.DataFrame) -> pd.DataFrame:
    """The problems under numbers of their own, which follow what is shown of them and nothing that is not."""
    shown = by_place(told.sort_values(["rule", "title", "status"], kind="stable"))
    return shown.assign(issue_id=[str(n + 1) for n in range(len(shown))])


def running_numbers(results: Results, places: Places) -> dict[str, str]:
    """Household number → village and running number, dealt out by the data's checksums: the same whenever they are, no way back without them."""
    homes = results.tables.get("household")
    if homes is None or not {"household_no", "township", "village"} <= set(homes.columns):
        return {}
    frame = pd.DataFrame({"no": homes["household_no"], "place": places.names(homes)}).dropna().drop_duplicates("no")
    key = "\n".join(sorted(str(i.get("sha256") or "") for i in results.manifest.get("inputs", []))).encode()
    frame["order"] = [hmac.new(key, str(no).encode(), "sha256").hexdigest() for no in frame["no"]]
    frame = frame.sort_values(["place", "order", "no"])
    numbers = frame.groupby("place").cumcount() + 1
    return {no: f"{place}-{n:04d}" for no, place, n in zip(frame["no"], frame["place"], numbers, strict=True)}


def of_village(results: Results, village: str, places: Places) -> Results:
    """Only what is of one village; what speaks of all villages is left out."""
    mine = {name: frame[_mine(frame, village, places)] for name, frame in results.tables.items() if {"township", "village"} <= set(frame.columns)}
    issues = results.problems[_mine(results.problems, village, places)]
    rosters, asked = results.rosters, results.validation
    return replace(
        results,
        place=f"{results.place}{village}",
        issues=issues,
        tables={**{n: f for n, f in results.tables.items() if n not in mine}, **mine} if "person" in results.tables else mine,
        comparisons=[],
        rosters=None if rosters is None else rosters[_mine(rosters, village, places)],
        village_risk=None,
        states=None if results.states is None else results.states[_mine(results.states, village, places)],
        progress=None if results.progress is None else results.progress[_mine(results.progress, village, places)],
        causes=None,
        quality=None if results.quality is None else results.quality[_mine(results.quality, village, places)],
        handed=None if results.handed is None else results.handed[results.handed["village"] == village],
        validation=None if asked is None else asked[asked["rule"].isin(issues["rule"])].assign(evaluated=0, unexpected=0, reported=0),
        manifest={k: v for k, v in results.manifest.items() if k not in ("inputs", "notes", "linkage", "switches", "rules")},
    )


def _mine(frame: pd.DataFrame, village: str, places: Places) -> list[bool]:
    return [name == village for name in places.names(frame)]


def _villages(results: Results, places: Places) -> Sequence[str]:
    homes = results.tables.get("household")
    named = set(places.names(results.problems)) | (set(places.names(homes)) if homes is not None and {"township", "village"} <= set(homes) else set())
    return sorted(name for name in named if name)


def _ours(results: Results) -> list[str]:
    """The product's own words: what the YAML files say of rules, lists and pages."""
    rules = results.validation[["name", "fix", "arguments"]].fillna("").to_numpy().tolist() if results.validation is not None else []
    said = [*page_words().all(), *wording().all(), *(text for row in rules for text in row), *results.labels.values()]
    return [*map(str, said), *results.own_words, results.place]
