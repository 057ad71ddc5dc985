"""The first page's key numbers and what stands folded below: what a leader must know in a minute, the rest on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.forecast import MANY, NONE
from pipeline.report.order import SEVERITIES
from pipeline.report.results import Results, day
from pipeline.report.words import Words, wording
from pipeline.schedule import days_between

Figure = dict[str, str]
"""One key number: what it is, the number, what it means."""


def band(
    results: Results, numbers: Mapping[str, int], ahead: pd.DataFrame, inputs: Sequence[Mapping[str, Any]],
    households: int, score: Mapping[str, Any] | None, words: Words
) -> list[Figure]:
    """The key numbers, those there is something to say of."""
    found = [
        _problems(numbers, words),
        _households(numbers, households, words),
        _days_left(results, words),
        _expected(results, ahead, words),
        _quality(score, words),
        _matching(results, words),
        _read(inputs, words),
    ]
    return [f for f in found if f]


def _figure(name: str, words: Words, value: str, note: str) -> Figure:
    return {"id": name, "label": words(f"band.{name}.label"), "value": value, "note": note}


def _problems(numbers: Mapping[str, int], words: Words) -> Figure:
    short = wording().names("severity_short")
    note = words("band.joiner").join(words("band.problems.part", level=short[s], count=numbers[s]) for s in SEVERITIES)
    return _figure("problems", words, words("band.problems.value", count=numbers["total"]), note)


def _households(numbers: Mapping[str, int], households: int, words: Words) -> Figure | None:
    if not households:
        return None
    said = {"count": numbers["households"], "all": households, "villages": numbers["villages"]}
    return _figure("households", words, words("band.households.value", **said), words("band.households.note", **said))


def _days_left(results: Results, words: Words) -> Figure | None:
    """From the day of the data; the page's script adds the days from today."""
    if not results.deadline:
        return None
    as_of = results.days.get(results.period)
    if not as_of:
        return _figure("days", words, words("band.days.unknown"), words("band.days.undated", due=results.due))
    left = days_between(as_of, results.deadline)
    value = words("band.days.value", days=left) if left >= 0 else words("band.days.over", days=-left)
    return _figure("days", words, value, words("band.days.note", due=results.due, as_of=day(as_of)))


def _expected(results: Results, ahead: pd.DataFrame, words: Words) -> Figure | None:
    if not len(ahead) or not results.deadline:
        return None
    whole = ahead.iloc[-1].to_dict()
    if whole["basis"] == NONE and whole["open"]:
        return _figure("expected", words, words("band.expected.unknown"), words("band.expected.why"))
    if not whole["open"]:
        return _figure("expected", words, words("band.expected.value", expected=0), words("band.expected.clear"))
    said = {"low": whole["low"], "high": whole["high"], "done": day(whole["done_by"] or "")}
    note = words("band.expected.done", **said) if whole["done_by"] else words("band.expected.never")
    sure = words("band.expected.range", **said) if whole["basis"] == MANY else words("band.expected.rough")
    return _figure("expected", words, words("band.expected.value", expected=whole["expected"]), sure + note)


def _quality(score: Mapping[str, Any] | None, words: Words) -> Figure | None:
    return _figure("quality", words, score["said"]["share"], words("band.quality.note", **score["said"])) if score else None


def _matching(results: Results, words: Words) -> Figure | None:
    """How many of the recognised rows of lists are the right persons, by the lists' own estimates, each counting by its rows."""
    sources = (results.manifest.get("linkage") or {}).get("sources", [])
    known = [(float(e["value"]), int(s["linked"])) for s in sources if (e := estimate(s, "precision")) is not None and s.get("linked")]
    rows = sum(n for _, n in known)
    if not rows:
        return None
    share = sum(value * n for value, n in known) / rows
    said = {"lists": len(sources), "linked": rows, "doubtful": sum(int(s.get("doubtful") or 0) for s in sources)}
    return _figure("matching", words, per_cent(share), words("band.matching.note", **said))


def _read(inputs: Sequence[Mapping[str, Any]], words: Words) -> Figure | None:
    used = [i for i in inputs if i["recognised_as"]]
    if not inputs:
        return None
    said = {"tables": len(used), "rows": sum(int(i["rows"] or 0) for i in used), "refused": sum(int(i["refused"] or 0) for i in inputs),
            "unread": len({i["file"] for i in refused(inputs) if not i["recognised_as"]})}  # fmt: skip
    note = words("band.read.note", **said) + (words("band.read.unread", **said) if said["unread"] else "")
    return _figure("read", words, words("band.read.value", **said), note)


def per_cent(share: float, digits: int = 1) -> str:
    """A share as people read it; never 100 % where anything is amiss."""
    shown = round(100 * share, digits)
    return f"{100 - 10**-digits if shown >= 100 and share < 1 else shown:.{digits}f}%"


def estimate(source: Mapping[str, Any], measure: str) -> Mapping[str, Any] | None:
    """A list's estimate over all townships: by the probabilities where there are any, else by replay."""
    found = [e for e in source.get("estimates", []) if e["measure"].startswith(measure) and not e.get("township") and e.get("rows")]
    return next((e for e in found if e["measure"].endswith("posterior")), found[0] if found else None)


def refused(inputs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What was given and not used, whole or in part, save sheets that only had to be handed in; where files are not named, known lists only."""
    return [i for i in inputs if (i["file"] and not i["recognised_as"] and not i["registered"]) or i["refused"]]
