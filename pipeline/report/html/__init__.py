"""校验报告.html: one file that opens anywhere, asks no network for anything, and shows no one's name or number."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.report.html import calendar, course, few, figures, front, payload, pictures, quality
from pipeline.report.html.packed import as_json
from pipeline.report.html.shield import Shield
from pipeline.report.order import SEVERITIES
from pipeline.report.results import Results, day
from pipeline.report.words import Words, page_words, wording

HERE = Path(__file__).parent
TEMPLATES, ASSETS = HERE.parent / "templates", HERE.parent / "assets"
SCRIPTS = ("echarts.min.js",)
PARTS = ("base", "pictures", "rows", "village", "rules", "problems", "household", "engine", "start")  # of the page's own script; the last starts it


def write(results: Results, folder: Path) -> list[Path]:
    """The report for those whose work it is: masked, with every problem, household and list."""
    words = page_words()
    path = folder / words("file")
    path.write_text(render(page(results, words)), "utf-8", newline="\n")
    return [path]


def render(content: dict[str, Any], charts: bool = True) -> str:
    """The page as one file. Its scripts run by their own checksums only: nothing else in it can become a script.

    Without `charts` the numbers stand where the pictures would, and the page is light enough to be sent by phone.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    env.trim_blocks = env.lstrip_blocks = True
    *scripts, style = our_code(charts)
    allowed = " ".join(f"'sha256-{checksum(text)}'" for text in scripts)
    return env.get_template("report.html").render(content, charts=charts, scripts=scripts, style=style, allowed=allowed)


def our_code(charts: bool = True) -> list[str]:
    """The scripts a page carries, and last its style: the same in every page, whatever it is of."""
    libraries = [asset(name) for name in SCRIPTS] if charts else []
    return [*libraries, own_script(), (TEMPLATES / "report.css").read_text("utf-8")]


def own_script() -> str:
    """The page's own script: one closed function made of the parts in templates/page/."""
    parts = "\n".join((TEMPLATES / "page" / f"{name}.js").read_text("utf-8") for name in PARTS)
    return f'"use strict";\n(function () {{\n{parts}}})();\n'


@cache
def asset(name: str) -> str:
    """A library as it is kept beside us."""
    return (ASSETS / name).read_text("utf-8")


def checksum(script: str) -> str:
    """What a Content-Security-Policy calls a script by."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def page(results: Results, words: Words, source: Results | None = None) -> dict[str, Any]:
    """All that the template shows. `source`: the results with everybody in them, when `results` is what may be shared of them."""
    shield, places = Shield(source or results), figures.Places(source or results)
    issues = figures.with_places(results, places, words)
    villages = figures.village_rows(source or results, figures.with_places(source or results, places, words), places, shield)
    if source is not None:
        villages = [few.of_kinds(row, shield) for row in villages]
    rules = figures.rule_rows(results, issues, shield)
    ahead = course.outlook(results, places)
    numbers, inputs = figures.numbers(issues), figures.inputs(results)
    standards = [figures.standard(row) for row in results.manifest.get("standards", [])]
    sizes = figures.households_of(results, places)
    agenda = calendar.agenda(results, words)
    score = quality.table(results, issues, sizes, words)
    clean = quality.clean_homes(issues, sizes)
    kinds, lists = figures.kind_rows(results, issues, shield), list_rows(results, words)
    drawn = all_pictures(results, issues, villages, ahead, places, words)
    return {
        "w": words,
        "shown": wording(),
        "title": words("title", place=results.place),
        "facts": figures.facts(results, words),
        "numbers": numbers,
        "band": front.band(results, numbers, ahead, inputs, sum(sizes.values()), score, words),
        "villages": villages,
        "pages": shown_pages(results, shared=source is not None),
        "severities": SEVERITIES,
        "shown_first": words.get("shown_first"),
        "grave": [kind for kind in kinds if kind["severity"] == SEVERITIES[0]],
        "rules": rules,
        "due": results.due,
        "inputs": inputs,
        "refused": front.refused(inputs),
        "standards": standards,
        "unconfirmed": [s for s in standards if s["state"] != "yes"],
        "switches": dict(results.manifest.get("switches", {})),
        "told": [part for part in ("inputs", "switches", "rules") if part in results.manifest],
        "skipped": [r for r in rules if r["why_not"]],
        "notes": [shield.sentence(str(note)) for note in results.manifest.get("notes", [])],
        "previous": results.manifest.get("previous"),
        "lists": lists,
        "worst": worst_list(lists, words),
        "linkage": linkage_rows(results, words),
        "automatic": automatic(results, words),
        "quality": score,
        "clean": clean,
        "progress": course.progress(results, places, ahead, words),
        "causes": course.causes(results, shield),
        "agenda": agenda,
        "rosters": few.of_rosters(calendar.roster_counts(source, places), shield, words) if source else calendar.roster_counts(results, places),
        "risk": calendar.risk_rows(results, words),
        "pictures": {p.id: p for p in drawn},
        "data": as_json(data(results, issues, villages, rules, kinds, drawn, shield, places, words)),
    }


def shown_pages(results: Results, shared: bool) -> list[str]:
    """The pages there is something to show on."""
    there = {
        "household": not shared,
        "lists": bool(results.comparisons) or bool(results.manifest.get("linkage")),
        "risk": results.village_risk is not None and len(results.village_risk) > 0,
        "calendar": bool((results.manifest.get("campaign") or {}).get("calendar")) or results.rosters is not None,
        "engine": not shared,
    }
    return [name for name in page_words().names("pages") if there.get(name, True)]


def all_pictures(
    results: Results, issues: Any, villages: list[dict[str, Any]], ahead: Any, places: figures.Places, words: Words
) -> list[pictures.Picture]:
    """Every picture there is data for."""
    homes = results.tables.get("household")
    names = places.names(homes) if homes is not None and {"township", "village"} <= set(homes.columns) else []
    drawn = [
        pictures.heat_of_villages(villages, figures.dimension_names(issues), words),
        quality.picture(results, places, words),
        pictures.by_dimension(figures.dimension_table(issues), list(wording().names("severity").values()), words),
        course.burn_down(results, ahead, words),
        calendar.risk_picture(results, words),
        pictures.incomes(results, words),
        pictures.risks(results, words),
        pictures.completeness(results, names, words) if names else None,
        pictures.buckets(results, wording().names("compare.buckets"), words),
    ]
    return [p for p in drawn if p is not None and p.rows]


def data(
    results: Results,
    issues: Any,
    villages: list[dict[str, Any]],
    rules: list[dict[str, Any]],
    kinds: list[dict[str, Any]],
    drawn: list[pictures.Picture],
    shield: Shield,
    places: figures.Places,
    words: Words,
) -> dict[str, Any]:
    """What the page's script searches and draws."""
    sheets = payload.Sheets(results, shield)
    wanted = payload.gravest_first(issues)
    health: set[tuple[object, object]] = {(t, c) for (t, c), kind in results.sensitive.items() if kind == "health"}
    shown = {t: {c: results.label(t, c) for c in words.get(f"{k}_shown")} for t, k in (("household", "household"), ("person", "member"))}
    return {
        "words": {**words.get("browser"), "labels": shown},
        "due": results.due or "",
        "period": results.period,
        "villages": [{k: v[k] for k in ("village", "settle", *SEVERITIES, "kinds", "total")} for v in villages],
        "rules": [{**r, "severity": SEVERITIES.index(r["severity"]) if r["severity"] in SEVERITIES else len(SEVERITIES)} for r in rules],
        "fixes": {kind["title"]: kind["fix"] for kind in kinds},
        "pictures": [{"id": p.id, "kind": p.kind, "columns": p.columns, "rows": p.rows, **p.extra} for p in drawn],
        "problems": payload.problems(issues, shield, health, {r["rule"]: r["fix"] for r in rules}),
        "households": payload.households(results, places, shield),
        "members": payload.members(results, shield),
        "records": payload.records(results, wanted, sheets, shield),
        "links": payload.links(results, wanted, sheets, shield),
        "changes": payload.changes(results, wanted, shield),
        "rosters": payload.rosters(results, places, shield),
        "validation": payload.validation(results),
    }


def list_rows(results: Results, words: Words) -> list[dict[str, Any]]:
    """Each department with its five counts, and under it each of its lists: days, counts, and what is to be minded."""
    names = wording().names("compare.buckets")
    return [
        {
            "owner": one.owner or words("unknown"),
            **_counted({b: len(one.buckets[b]) for b in names}, words),
            "lists": [
                {
                    "title": as_of.title, "list_day": day(as_of.list_day or ""), "system_day": day(as_of.system_day or ""),
                    **_counted({b: as_of.counts.get(b, 0) for b in names}, words), "remark": _remark(as_of),
                }
                for as_of in one.lists
            ],
        }
        for one in results.comparisons
    ]  # fmt: skip


def _counted(counts: Mapping[str, int], words: Words) -> dict[str, Any]:
    """The five counts; how many could be compared, how many of them do not agree, and their share as people write it."""
    of, amiss = (sum(counts[bucket] for bucket in words.get("lists_amiss")[part]) for part in ("of", "amiss"))
    return {"counts": list(counts.values()), "of": of, "amiss": amiss, "share": f"{100 * amiss / of:.1f}%" if of else ""}


def worst_list(departments: list[dict[str, Any]], words: Words) -> str:
    """One sentence on the list that agrees least, among those long enough to tell."""
    long = [{"owner": of["owner"], **one} for of in departments for one in of["lists"] if one["of"] >= words.get("lists_amiss")["least"]]
    worst = max(long, key=lambda one: one["amiss"] / one["of"], default=None)
    if worst is None or not worst["amiss"]:
        return ""
    return words("lists_worst", **{name: worst[name] for name in ("owner", "title", "of", "amiss", "share")})


def _remark(as_of: Any) -> str:
    return wording()(f"compare.warning.{as_of.remark}", title=as_of.title, days=as_of.days_apart) if as_of.remark else ""


def linkage_rows(results: Results, words: Words) -> list[dict[str, Any]]:
    """Per list how many rows were recognised, and how sure that is."""
    sources = (results.manifest.get("linkage") or {}).get("sources", [])
    return [
        {
            **{k: s.get(k) for k in ("title", "rows", "linked", "doubtful", "unlinked", "outside")},
            "precision": _estimate(s, "precision", words),
            "recall": _estimate(s, "recall", words),
            "warnings": s.get("warnings", []),
        }
        for s in sources
    ]


def _estimate(source: dict[str, Any], measure: str, words: Words) -> str:
    """The estimate over all townships, with its interval."""
    best = front.estimate(source, measure)
    if best is None:
        return ""
    value, low, high = (f"{100 * float(best[k]):.1f}%" for k in ("value", "low", "high"))
    return words("interval", value=value, low=low, high=high)


def automatic(results: Results, words: Words) -> str:
    """One sentence on how much was settled without asking."""
    linkage = results.manifest.get("linkage") or {}
    share = linkage.get("automatic_share")
    doubtful = sum(int(s.get("doubtful") or 0) for s in linkage.get("sources", []))
    return words("automatic", share=f"{100 * share:.1f}%", doubtful=doubtful) if share is not None else ""
