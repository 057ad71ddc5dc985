"""A column that an export leaves out silences rules; it never makes a problem of what is none."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
from conftest import linked_project

from pipeline.assemble import Assembled, Entities, assemble, same_persons
from pipeline.derive import PREVIOUS, Database
from pipeline.expression.evaluate import as_truths, evaluate, evaluate_truth
from pipeline.period import find_period
from pipeline.run import Clock, Silence, make_database, take
from pipeline.sample import write_township
from pipeline.spec import Rule, Spec, load_spec
from pipeline.validate import can_be_asked, why_not

SEED, SAMPLE, OF_A_GROUP = 20220531, 12, 3
OFTEN_LEFT_OUT = ("risks", "measures")  # groups of columns that counties leave out, singly or all
Hits = Mapping[str, frozenset[int]]

@dataclass(frozen=True)
class Town:
    """A township without a mistake, both months, ready to be asked."""

    now: Assembled
    last: Assembled
    spec: Spec

    def columns(self) -> list[tuple[str, str]]:
        """(table, column) of what the exports bring; without what a list is known by it would be no list."""
        known_by = {c for source in self.spec.sources if source.system for c in source.required}
        return [(name, c) for name, e in self.now.tables.items() for c in sorted(e.origin_of) if c not in known_by]

    def more(self, *without: tuple[str, str]) -> dict[str, int]:
        """Rule -> how many rows break it only when these columns are left out."""
        found = {rule: len(rows - self.usual.get(rule, frozenset())) for rule, rows in self.hits(*without).items()}
        return {rule: rows for rule, rows in found.items() if rows}

    @cached_property
    def usual(self) -> Hits:
        """What is said when nothing is left out."""
        return self.hits()

    def hits(self, *without: tuple[str, str]) -> Hits:
        """Rule -> the rows that break it when these columns are in no export of this month."""
        now = replace(self.now, tables={name: _cut(e, {c for t, c in without if t == name}) for name, e in self.now.tables.items()})
        database = make_database(now, self.last, self.spec)
        tables = {**now.tables, **{PREVIOUS + name: e for name, e in self.last.tables.items()}}
        carried = {name: frozenset(e.origin_of) for name, e in tables.items()}
        read = frozenset(name for name, e in tables.items() if e.origins)
        found = {}
        for rule in self.spec.rules:
            if not rule.expect and why_not(rule, carried, read, self.spec) is None:
                found[rule.key] = _broken(rule, database)
        return found

def _cut(entity: Entities, columns: set[str]) -> Entities:
    if not columns:
        return entity
    kept = {c: origin for c, origin in entity.origin_of.items() if c not in columns}
    return replace(entity, frame=entity.frame.drop(columns=[c for c in columns if c in entity.frame]), origin_of=kept)

def _broken(rule: Rule, database: Database) -> frozenset[int]:
    view = database.view(rule.table)
    broken = evaluate_truth(rule.check, view).refuted
    if rule.when is not None and broken.any():
        broken = broken & as_truths(evaluate(rule.when, view), view.size).certain
    return frozenset(np.flatnonzero(broken & can_be_asked(rule, database)).tolist()) if broken.any() else frozenset()

@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    root: Path = linked_project(tmp_path_factory.mktemp("missing") / "project")
    write_township(root / "data" / "raw", scale=0.02, clean=True)
    given = take(root, find_period(root / "data" / "raw", None), load_spec(root), Clock(Silence()))
    now, last = assemble(given.intake.records, given.spec), assemble(given.before.records, given.spec)
    same_persons(now, last, given.spec)
    return Town(now, last, given.spec)

def test_a_column_left_out_makes_no_problem(town: Town) -> None:
    columns = town.columns()
    groups = [[one for one in columns if one[1] in town.spec.column_groups[group]] for group in OFTEN_LEFT_OUT]
    assert all(groups) and len(columns) > 100
    chance = random.Random(SEED)
    single = chance.sample(columns, SAMPLE) + [one for group in groups for one in chance.sample(group, OF_A_GROUP)]
    left_out = [*([one] for one in single), *groups]
    made = {"、".join(".".join(one) for one in some): more for some in left_out if (more := town.more(*some))}
    assert not made
