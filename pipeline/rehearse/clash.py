"""Rules that say the same, and rules that cannot both be satisfied, as far as one rehearsal shows it.

Repeats: over all planted errors and grafts, two rules always raised at the same cells (or, weaker, at the same persons), three
times at least; and rules that were raised nowhere without another. It shows what these records show: two rules may part ways
on a record nobody has thought of.

Contradictions: on the record of an example, A is broken and B is not; every single coded cell whose change would satisfy A is
tried with every code and with blank, and each change that satisfies A breaks B. It finds rules of one table that pull a coded
cell in opposite directions (one wants it filled, the other blank; one wants this code, the other that). It does not find
contradictions between tables, over free text, numbers or dates, or such as only two cells changed together would show; nor
can it tell a contradiction from an example that contradicts itself.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.assemble import Assembled, Entities
from pipeline.derive import PREVIOUS
from pipeline.expression.evaluate import evaluate_truth
from pipeline.rehearse.graft import HOME, Graft
from pipeline.rehearse.town import Town, View
from pipeline.rehearse.trial import Round, Trials
from pipeline.run import make_database
from pipeline.spec import Rule, Spec

ENOUGH = 3                      # hits before two rules can be said to go together
CODES = 12                      # of a code list, so many are tried
Hits = Mapping[str, set[tuple[Any, ...]]]

# ---- rules that repeat one another -----------------------------------------------------------------------------------


def hits(view: View, trials: Trials) -> Hits:
    """For each rule, the places where it was raised: township, household, person, cell."""
    found: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    there = view.issues[view.issues["step"] == "validate"]
    for rule, home, person, row, column in there[["rule", "household_no", "person_no", "row_id", "column"]].itertuples(index=False):
        found[rule].add((-1, home or row, person or "", column))
    for number, played in enumerate(trials.rounds):
        for outcome in played.outcomes:
            frame = played.town.tables()[outcome.rule.table].frame.iloc[outcome.broken]
            blank = [""] * len(frame)
            homes = frame[HOME] if HOME in frame.columns else frame.index
            persons = frame["person_key"] if "person_key" in frame.columns else blank
            column = outcome.rule.each or outcome.rule.columns[0].split(".")[-1]
            found[outcome.rule.id].update((number, h, p, column) for h, p in zip(homes, persons, strict=True))
    return found


def repeats(found: Hits) -> pd.DataFrame:
    """Pairs of rules: rule, other, how (同一格 同一人 only_with), hits. only_with: `rule` is nowhere raised without `other` at the same cell."""
    rows: list[tuple[str, str, str, int]] = []
    cells = {rule: places for rule, places in found.items() if len(places) >= ENOUGH}
    persons = {rule: {p[:3] for p in places} for rule, places in cells.items()}
    for a in sorted(cells):
        for b in _sharing(a, cells):
            if cells[a] == cells[b] and a < b:
                rows.append((a, b, "同一格", len(cells[a])))
            elif cells[a] < cells[b]:
                rows.append((a, b, "only_with", len(cells[a])))
        for b in sorted(cells):
            if a < b and persons[a] == persons[b] and cells[a] != cells[b] and len(persons[a]) >= ENOUGH:
                rows.append((a, b, "同一人", len(persons[a])))
    return pd.DataFrame(rows, columns=["rule", "other", "how", "hits"])


def _sharing(rule: str, cells: Hits) -> list[str]:
    one = next(iter(cells[rule]))
    return [other for other in sorted(cells) if other != rule and one in cells[other]]


# ---- rules that contradict one another -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """A record with one cell changed (or none): which graft, which cell, to what."""

    graft: int
    column: str | None = None
    value: str | None = None


@dataclass
class Ward:
    """Copies of the households of some grafts of one table, a cell changed in each."""

    table: str
    played: Round
    trials: list[Trial] = field(default_factory=list)


def contradictions(trials: Trials, spec: Spec, resting: Mapping[str, str]) -> pd.DataFrame:
    """Pairs of rules: rule, other, columns, records on which satisfying `rule` breaks `other`, of so many that could be satisfied."""
    clash: dict[tuple[str, str], list[str]] = defaultdict(list)
    could: dict[str, int] = defaultdict(int)
    for played in trials.rounds:
        for table in spec.fields:
            rules = [r for r in spec.rules if r.table == table and r.id not in resting and r.check is not None and not _looks_around(r, spec)]
            ward = _ward(table, played, rules, spec)
            if ward.trials:
                _judge(ward, rules, spec, clash, could)
    rows = [(a, b, "、".join(sorted(set(columns))), len(columns), could[a]) for (a, b), columns in sorted(clash.items())]
    return pd.DataFrame(rows, columns=["rule", "other", "columns", "records", "of"])


def _ward(table: str, played: Round, rules: Sequence[Rule], spec: Spec) -> Ward:
    """For each graft on which rules fired, the record as it is and with every coded cell of those rules changed to every code."""
    ward = Ward(table, played)
    fired = {o.rule.key: set(o.broken.tolist()) for o in played.outcomes}
    for number, graft in enumerate(played.grafts):
        mine = [r for r in rules if graft.table == table and r.key in graft.example.keys and graft.row in fired[r.key]]
        columns = sorted({c for r in mine for c in own_columns(r, spec)})
        if columns and HOME in spec.fields[table]:
            ward.trials.append(Trial(number))
            ward.trials += [Trial(number, c, v) for c in columns for v in _values(table, c, spec)]
    return ward


def _values(table: str, column: str, spec: Spec) -> Iterator[str | None]:
    codes = spec.fields[table][column].codes
    if codes is not None:
        yield None
        yield from spec.codes[codes].values[:CODES]


def _judge(ward: Ward, rules: Sequence[Rule], spec: Spec, clash: dict[tuple[str, str], list[str]], could: dict[str, int]) -> None:
    """Add what the ward's records show."""
    town, hosts = _copies(ward, spec)
    database = make_database(town.now, town.last, spec)
    view = database.view(ward.table)
    broken: dict[str, npt.NDArray[np.bool_]] = {}
    asked: dict[str, npt.NDArray[np.bool_]] = {}
    for rule in rules:
        assert rule.check is not None
        asked[rule.key] = (evaluate_truth(rule.when, view).certain if rule.when is not None else np.ones(view.size, dtype=bool))[hosts]
        broken[rule.key] = evaluate_truth(rule.check, view).refuted[hosts] & asked[rule.key]
    of = np.array([t.graft for t in ward.trials])
    by_key = {r.key: r for r in rules}
    for graft in np.unique(of).tolist():
        at = np.flatnonzero(of == graft)
        for key in ward.played.grafts[graft].example.keys:
            if key in broken and broken[key][at[0]]:
                fixes = [int(p) for p in at[1:] if asked[key][p] and not broken[key][p]]
                if fixes:
                    _note(by_key[key], int(at[0]), fixes, ward, broken, by_key, spec, clash, could)


def _note(
    rule: Rule,
    unchanged: int,
    fixes: list[int],
    ward: Ward,
    broken: Mapping[str, npt.NDArray[np.bool_]],
    by_key: Mapping[str, Rule],
    spec: Spec,
    clash: dict[tuple[str, str], list[str]],
    could: dict[str, int],
) -> None:
    """Note the rules that every change satisfying `rule` breaks. A change after which `rule` no longer applies satisfies nothing."""
    could[rule.id] += 1
    columns = sorted({spec.label(rule.table, ward.trials[p].column or "") for p in fixes})
    for key, bad in broken.items():
        if by_key[key].id != rule.id and not bad[unchanged] and bad[fixes].all():
            clash[rule.id, by_key[key].id].append("、".join(columns))


def _copies(ward: Ward, spec: Spec) -> tuple[Town, npt.NDArray[np.intp]]:
    """A township of one household per trial, and the row of each trial's record."""
    tables = ward.played.town.tables()
    grafts = [ward.played.grafts[t.graft] for t in ward.trials]
    made: dict[str, Entities] = {}
    hosts = np.zeros(len(ward.trials), dtype=np.intp)
    for name, before in tables.items():
        if HOME not in before.frame.columns:
            made[name] = before
            continue
        rows, trial = _rows_of(grafts, name, before, ward.table)
        frame = before.frame.iloc[rows].reset_index(drop=True)
        frame[HOME] = [f"{h}~{t}" for h, t in zip(frame[HOME], trial, strict=True)]
        if "person_key" in frame.columns:
            frame["person_key"] = [None if k is None or k != k else f"{k}~{t}" for k, t in zip(frame["person_key"], trial, strict=True)]
        origin_of = {c: o[rows].copy() for c, o in before.origin_of.items()}
        if name == ward.table:
            for number, graft in enumerate(grafts):
                hosts[number] = np.flatnonzero((trial == number) & (rows == graft.row))[0]
            _change(frame, origin_of, ward.trials, hosts)
        made[name] = Entities(before.table, frame, before.origins, origin_of, {c: m[rows] for c, m in before.was_number.items()})
    now = Assembled({n: t for n, t in made.items() if not n.startswith(PREVIOUS)}, [], {}, {})
    last = Assembled({n.removeprefix(PREVIOUS): t for n, t in made.items() if n.startswith(PREVIOUS)}, [], {}, {})
    return Town(now, last), hosts


def _rows_of(grafts: Sequence[Graft], name: str, before: Entities, table: str) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The rows of every graft's household, and which trial each is for; the host's own row is there whatever its number."""
    members = before.frame.groupby(HOME, sort=False).indices
    empty = np.array([], dtype=np.intp)
    rows, trial = [], []
    for number, graft in enumerate(grafts):
        mine = np.asarray(members.get(graft.host, empty), dtype=np.intp)
        if name == table and graft.row not in mine:
            mine = np.append(mine, graft.row)
        rows.append(mine)
        trial.append(np.full(len(mine), number))
    return np.concatenate(rows), np.concatenate(trial)


def _change(frame: pd.DataFrame, origin_of: Mapping[str, npt.NDArray[np.int16]], trials: Sequence[Trial], hosts: npt.NDArray[np.intp]) -> None:
    by_column: dict[str, list[int]] = defaultdict(list)
    for number, trial in enumerate(trials):
        if trial.column is not None:
            by_column[trial.column].append(number)
    for column, numbers in by_column.items():
        cells = frame[column].to_numpy(dtype=object).copy() if column in frame.columns else np.full(len(frame), None, dtype=object)
        cells[hosts[numbers]] = np.array([trials[n].value for n in numbers], dtype=object)
        frame[column] = cells
        if column in origin_of:
            origin_of[column][hosts[numbers]] = 0


# ---- what a rule looks at --------------------------------------------------------------------------------------------


def own_columns(rule: Rule, spec: Spec) -> frozenset[str]:
    """The coded columns of its own table that a rule's check looks at, itself or through facts."""
    fields = spec.fields[rule.table.removeprefix(PREVIOUS)]
    return frozenset(n for n in _names(rule, spec, (rule.check,)) if n in fields and fields[n].codes is not None)


def _looks_around(rule: Rule, spec: Spec) -> bool:
    """Whether copies of a household would disturb the rule: it compares rows of the whole table."""
    far = {n for named in spec.relations.values() for n, r in named.items() if r.many and r.on not in (HOME, "person_key")}
    return bool(_names(rule, spec, (rule.when, rule.check)) & (far | {"repeats"}))


def _names(rule: Rule, spec: Spec, parts: Sequence[ast.expr | None]) -> set[str]:
    """Every name in parts of a rule and in the facts they use."""
    facts = spec.facts.get(rule.table.removeprefix(PREVIOUS), {})
    found: set[str] = set()
    todo = [n for part in parts for n in _idents(part)]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += _idents(facts.get(name))
    return found


def _idents(node: ast.expr | None) -> Iterable[str]:
    return [] if node is None else _idents_of(node)


@cache
def _idents_of(node: ast.expr) -> tuple[str, ...]:
    return tuple(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
