"""Grafts put to the rules: which of them fire where their example was laid."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.derive import PREVIOUS, Database
from pipeline.expression.evaluate import evaluate_truth
from pipeline.expression.values import Numbers, Texts, Truths
from pipeline.expression.values import texts as as_texts
from pipeline.rehearse.graft import HOME, MUST, Graft, Likes, Nursery, Stated, failing
from pipeline.rehearse.town import Town
from pipeline.run import Teller, make_database
from pipeline.spec import Rule, Spec
from pipeline.spec.model import Example
from pipeline.validate import Outcome, validate

TRIES = 3                       # examples of a silent rule that are tried in every way
ROUNDS = 8                      # more than that only small villages need: their rules have few rows to be tried on


@dataclass(frozen=True)
class Wanted:
    """An example to be tried: on a blanked row or not, without one of its parts or whole, on rows of a liking."""

    example: Example
    table: str
    alone: bool = False
    without: str | None = None
    liking: Likes | None = None


@dataclass(frozen=True)
class Round:
    """One township full of grafts, and what the rules said of it."""

    town: Town
    database: Database
    grafts: list[Graft]
    outcomes: Sequence[Outcome]


@dataclass(frozen=True)
class Trials:
    """All rounds, and one row per graft and rule: rule, example (file:line), alone, fired."""

    rounds: list[Round]
    table: pd.DataFrame


def try_examples(town: Town, spec: Spec, resting: Mapping[str, str], tell: Teller) -> Trials:
    """Every failing example over a household like it; where no rule of it fires, alone on a blanked row.

    A rule that still did not fire although its twin did (the pair for lifted and monitored households shares its examples)
    is tried again on rows where most of its own `when` holds, each part of the example in turn left as the host has it.
    """
    live = {rule.key: rule.id for rule in spec.rules if rule.id not in resting}
    examples = failing(spec, live)
    trials = Trials([], pd.DataFrame(columns=["rule", "example", "alone", "fired"]))
    trials = _more(trials, [Wanted(e, t) for e, t in examples], town, spec, live, tell)
    trials = _more(trials, [Wanted(e, t, alone=True) for e, t in examples if name_of(e) not in fired_examples(trials)], town, spec, live, tell)
    for alone, in_parts in ((False, False), (True, False), (False, True), (True, True)):
        trials = _more(trials, list(_for_the_silent(trials, examples, town, spec, live, alone, in_parts)), town, spec, live, tell)
    return trials


def _for_the_silent(
    trials: Trials, examples: Sequence[tuple[Example, str]], town: Town, spec: Spec, live: Mapping[str, str], alone: bool, in_parts: bool
) -> Iterator[Wanted]:
    """The examples of rules that no graft has made fire, for rows that the rule is about."""
    alive = set(trials.table.loc[trials.table["fired"], "rule"])
    database = make_database(town.now, town.last, spec)
    for rule in spec.rules:
        if rule.key not in live or rule.id in alive:
            continue
        liking = _fitting(rule, database)
        for example, table in [(e, t) for e, t in examples if rule.key in e.keys][:TRIES]:
            for without in _parts(example, table, spec) if in_parts else (None,):
                yield Wanted(example, table, alone, without, liking)


def _fitting(rule: Rule, database: Database) -> Likes:
    """For each row, how much of the rule's `when` holds; the last part, which tells a pair apart, weighs most."""
    view = database.view(rule.table)
    parts = rule.when.values if isinstance(rule.when, ast.BoolOp) and isinstance(rule.when.op, ast.And) else [rule.when] if rule.when else []
    likes = np.zeros(view.size)
    for number, part in enumerate(parts):
        likes += evaluate_truth(part, view).certain * (MUST if number == len(parts) - 1 else 1.0)
    return likes


def _parts(example: Example, table: str, spec: Spec) -> list[str]:
    """What can be left out of the example: a cell of its own row, or the row it belongs to."""
    base = table.removeprefix(PREVIOUS)
    cells = [c for c in example.row if c in spec.fields[base] and c != HOME]
    return cells + [n for n, r in spec.relations.get(table, {}).items() if n in example.row and not r.many and not r.previous]


def _more(trials: Trials, wanted: list[Wanted], town: Town, spec: Spec, live: Mapping[str, str], tell: Teller) -> Trials:
    """The trials with more grafts, in as many rounds as the households allow."""
    rounds, tables = list(trials.rounds), [trials.table]
    for _ in range(ROUNDS):
        if not wanted:
            break
        tell.step(f"第{len(rounds) + 1}轮，{len(wanted)}个示例")
        nursery = Nursery(town, spec)
        left = [w for w in wanted if not nursery.graft(w.example, w.table, w.alone, w.without, w.liking)]
        if len(left) == len(wanted):
            break
        wanted = left
        rounds.append(_play(nursery, spec))
        tables.append(_answers(rounds[-1], live))
    return Trials(rounds, pd.concat([t for t in tables if len(t)] or tables, ignore_index=True))


def _play(nursery: Nursery, spec: Spec) -> Round:
    town, grafts, facts = nursery.town()
    database = make_database(town.now, town.last, spec)
    for fact in facts:
        state(database, fact)
    outcomes, _ = validate(database, spec, town.carried, town.read)
    return Round(town, database, grafts, outcomes)


def _answers(played: Round, live: Mapping[str, str]) -> pd.DataFrame:
    """For every graft, the live rules of its example and whether they fired on its row."""
    broken = {o.rule.key: set(o.broken.tolist()) for o in played.outcomes}
    rows = []
    for graft in played.grafts:
        fired: dict[str, bool] = {}
        for key in graft.example.keys:
            if key in live:
                fired[live[key]] = fired.get(live[key], False) or graft.row in broken[key]
        rows += [(rule, name_of(graft.example), graft.alone, hit) for rule, hit in fired.items()]
    return pd.DataFrame(rows, columns=["rule", "example", "alone", "fired"])


def fired_examples(trials: Trials) -> set[str]:
    """The examples that made a rule fire."""
    return set(trials.table.loc[trials.table["fired"], "example"])


def name_of(example: Example) -> str:
    """Where an example stands."""
    return f"{example.file}:{example.line}"


def state(database: Database, stated: Stated) -> None:
    """Let a fact be what an example says, at one row."""
    table = database.tables[stated.table]
    column = database.view(stated.table).column(ast.Name(stated.fact, ast.Load()))
    at = np.arange(table.size) == stated.row
    if isinstance(column, Truths):
        says = str(stated.value).lower() == "true"
        table.columns[stated.fact] = Truths(np.where(at, says, column.yes), column.known | at)
    elif isinstance(column, Numbers):
        table.columns[stated.fact] = replace(column, values=np.where(at, float(stated.value), column.values))
    else:
        assert isinstance(column, Texts)
        table.columns[stated.fact] = as_texts(_with(column.objects(), stated.row, stated.value))


def _with(cells: npt.NDArray[Any], row: int, value: Any) -> npt.NDArray[Any]:
    changed = cells.copy()
    changed[row] = value
    return changed
