"""mappings/ and expectations/ → one frozen Spec; every mistake in them at once, as file:line."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.expression.bind import NUMBER, TEXT, Relation, Scope, bind, type_of
from pipeline.expression.evaluate import day_number, month_number
from pipeline.expression.parse import ExpressionError
from pipeline.spec.annexes import Annex, read_annexes
from pipeline.spec.expectations import RuleReader, read_exceptions, read_problems, read_standards
from pipeline.spec.mappings import (
    Mistakes,
    check_code_names,
    expression_type,
    read_campaign,
    read_codes,
    read_facts,
    read_fields,
    read_groups,
    read_likenesses,
    read_relations,
    read_sources,
)
from pipeline.spec.model import Campaign, CodeList, Field, Problem, Rule, Source, Spec, Standard
from pipeline.spec.profile import read_profile
from pipeline.spec.reader import Node
from pipeline.spec.risk import read_risk
from pipeline.spec.yamlfile import Mistake

__all__ = [
    "Annex", "Campaign", "CodeList", "Field", "Mistake", "Problem", "Rule", "Source", "Spec", "SpecError", "Standard", "find_root", "load_spec",
]  # fmt: skip

PREVIOUS = "previous_"
LINKED = ("person_key", "person_no", "household_no")


class SpecError(Exception):
    """mappings/ or expectations/ hold mistakes; str() lists all of them, a line each."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(set(mistakes), key=lambda m: (m.file, m.line, m.message))
        super().__init__("\n".join(str(m) for m in self.mistakes))


def find_root(start: Path) -> Path | None:
    """The nearest folder at or above `start` that holds mappings/ and expectations/."""
    for folder in (start, *start.parents):
        if (folder / "mappings" / "fields.yml").exists() and (folder / "expectations").is_dir():
            return folder
    return None


def load_spec(root: Path, county: str | None = None) -> Spec:
    """Everything under mappings/ and expectations/; `county` stands in where campaign.yml names none. Raises SpecError."""
    mistakes = Mistakes()
    top = mistakes.open(root, "mappings/fields.yml")
    campaign_node = mistakes.open(root, "mappings/campaign.yml")
    facts_node = mistakes.open(root, "mappings/facts.yml")
    exceptions_node = mistakes.open(root, "expectations/exceptions.yml") if (root / "expectations" / "exceptions.yml").exists() else None
    if top is None or campaign_node is None or facts_node is None:
        raise SpecError(mistakes)
    fields = read_fields(top)
    tables = top.value.get("tables") or {}
    lists = frozenset(str(name) for name, table in tables.items() if table.get("list"))
    register = next((str(name) for name, table in tables.items() if table.get("register")), "")
    relations = _with_current(read_relations(top, tables))
    groups = read_groups(top, fields)
    codes = read_codes(root, mistakes)
    check_code_names(fields, codes, top)
    campaign = read_campaign(campaign_node)
    campaign = replace(campaign, county=campaign.county or county)
    profile = read_profile(root, mistakes)
    standards = profile.figures(read_standards(root, campaign, mistakes))
    parsed_facts, labels = read_facts(facts_node, fields)
    scopes = _scopes(fields, relations, groups, codes, campaign, standards)
    facts, fact_types = _bind_facts(parsed_facts, scopes, facts_node, lists)
    told = _with_facts(scopes, fact_types, lists)
    reader = RuleReader(root, told, tables, mistakes, [], [])
    reader.read()
    problems = read_problems(root, mistakes)
    names = {**{p.id: p.name for p in problems.values()}, **{r.id: r.name for r in reader.rules}}
    profile.check_ids(set(names))
    spec = Spec(
        root,
        fields,
        {t: str(v.get("label", t)) for t, v in tables.items()},
        {t: _match_keys(v) for t, v in tables.items()},
        relations,
        groups,
        codes,
        read_sources(root, fields, codes, mistakes),
        facts,
        fact_types,
        labels,
        campaign,
        standards,
        profile.rules(reader.rules),
        profile.problems(problems),
        tuple(reader.examples),
        read_exceptions(exceptions_node) if exceptions_node else {},
        read_places(root, mistakes),
        profile.sentences(names, standards),
        profile.switch_off,
        read_likenesses(top, fields),
        lists,
        read_annexes(root, told, fields, mistakes),
        village_risk=read_risk(root, told, mistakes),
        register=register,
    )
    if mistakes:
        raise SpecError(mistakes)
    return spec


def _match_keys(table: Mapping[str, object]) -> tuple[tuple[str, ...], ...]:
    keys = table.get("match") or [table.get("key")]
    return tuple(tuple(str(c) for c in key) for key in keys)  # type: ignore[attr-defined]


def _with_current(relations: dict[str, dict[str, Relation]]) -> dict[str, dict[str, Relation]]:
    """Last month's tables: the same relations among themselves, and `current` back to this month."""
    found = dict(relations)
    for table, named in relations.items():
        back = next((r for r in named.values() if r.previous), None)
        if back is not None:
            inside = {n: r for n, r in named.items() if not r.previous}
            found[PREVIOUS + table] = {**inside, "current": Relation("current", table, False, back.on)}
    return found


def read_places(root: Path, mistakes: Mistakes) -> dict[str, str]:
    """Merged and former village names → today's name, from mappings/codes/village.yml if a county wrote one."""
    if not (root / "mappings" / "codes" / "village.yml").exists():
        return {}
    top = mistakes.open(root, "mappings/codes/village.yml")
    places: dict[str, str] = {}
    for village, node in (top.mapping("values") if top else {}).items():
        for alias in (village, *node.texts("aliases")):
            places[alias] = village
    return places


def _scopes(
    fields: Mapping[str, Mapping[str, Field]],
    relations: Mapping[str, Mapping[str, Relation]],
    groups: Mapping[str, tuple[str, ...]],
    codes: Mapping[str, CodeList],
    campaign: Campaign,
    standards: Mapping[str, Standard],
) -> dict[str, Scope]:
    from pipeline.checks import CHECKS

    types = {table: {f.name: expression_type(f) for f in columns.values()} for table, columns in fields.items()}
    column_codes = {table: {f.name: f.codes for f in columns.values() if f.codes} for table, columns in fields.items()}
    types |= {PREVIOUS + table: columns for table, columns in types.items()}
    column_codes |= {PREVIOUS + table: columns for table, columns in column_codes.items()}
    figures = {**{name: s.value for name, s in standards.items()}, **campaign_figures(campaign)}
    shared = {
        "types": types,
        "relations": relations,
        "column_groups": groups,
        "code_groups": {name: c.groups for name, c in codes.items()},
        "attributes": {name: c.attributes for name, c in codes.items()},
        "column_codes": column_codes,
        "standards": figures,
        "yearly": {name: s.yearly for name, s in standards.items()},
        "checks": frozenset(CHECKS),
        "code_values": {name: frozenset(c.values) for name, c in codes.items() if not c.open},
    }
    return {table: Scope(table=table, **shared) for table in types}  # type: ignore[arg-type]


def campaign_figures(campaign: Campaign) -> dict[str, float | str | None]:
    """What $name gives besides the standards."""
    return {
        "reference_date": day_number(campaign.reference_date),
        "reference_month": month_number(campaign.reference_date),
        "window_start": month_number(campaign.window_start),
        "window_end": month_number(campaign.window_end),
        "school_year_start": day_number(campaign.school_year_start),
        "deadline": day_number(campaign.deadline),
        "year": float(campaign.year),
        "own_county": campaign.county or "",
    }


def _bind_facts(
    parsed: Mapping[str, Mapping[str, ast.expr]], scopes: Mapping[str, Scope], top: Node, lists: frozenset[str]
) -> tuple[dict[str, dict[str, ast.expr]], dict[str, dict[str, str]]]:
    """Facts may name facts of other tables, so their types settle round by round; what is left unknown is a mistake."""
    kinds: dict[str, dict[str, str]] = {table: {} for table in parsed}
    bound: dict[str, dict[str, ast.expr]] = {table: {} for table in parsed}
    errors: dict[tuple[str, str], str] = {}
    for _ in range(sum(map(len, parsed.values()))):  # every round settles at least one, else it is the last
        settled = len(errors)
        errors = {}
        known = _with_facts(scopes, kinds, lists)
        for table, facts in parsed.items():
            for name, tree in facts.items():
                try:
                    scope = replace(known[table], used=set(), missing_standards=set())
                    bound[table][name] = bind(tree, scope)
                    kinds[table][name] = type_of(tree, scope)
                except (ExpressionError, KeyError) as error:
                    errors[table, name] = str(error)
        if not errors or len(errors) == settled:
            break
    for (table, name), message in errors.items():
        top.blame(message, table, name, "expr")
    ordered = {table: {name: bound[table][name] for name in facts if name in bound[table]} for table, facts in parsed.items()}
    return ordered, kinds


def _with_facts(scopes: Mapping[str, Scope], kinds: Mapping[str, Mapping[str, str]], lists: frozenset[str]) -> dict[str, Scope]:
    types = {table: {**columns, **kinds.get(table.removeprefix(PREVIOUS), {})} for table, columns in next(iter(scopes.values())).types.items()}
    for table, found in types.items():
        if table.removeprefix(PREVIOUS) == "person":
            found.setdefault("person_key", TEXT)
        if table.removeprefix(PREVIOUS) in ("work", "work_plan"):
            found.setdefault("person_key", TEXT)
        if table.removeprefix(PREVIOUS) in lists:  # whom linkage found behind the row
            found.update(dict.fromkeys(LINKED, TEXT))
    return {table: replace(scope, types=types) for table, scope in scopes.items()}


__all__ += ["NUMBER"]
