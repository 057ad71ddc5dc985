"""Smallest sets of cells for rules on codes, dates and ids, by trying them.

Fellegi & Holt (1976): a set of cells is a solution when new values for just these cells satisfy all rules, the broken ones and
those that held; the solution is the set of smallest weight. De Waal et al. (2011, ch. 3) on finding all of them. The fields here
have few values each, so sets are tried in the order of their weight, all records at once.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.localise.candidates import Cell, Copy, Judge, Records, Typed
from pipeline.localise.domains import Domains, Options
from pipeline.localise.model import Change, Pair, Settlement
from pipeline.localise.references import MANY, ONE, OWN, Reference

_BATCH, _PRODUCT, _SETS, _LARGEST = 40_000, 4_000, 40, 3


@dataclass
class Contradiction:
    """Broken rules of one record that share cells, and which cells may settle which of them."""

    number: int
    record: int
    pairs: list[Pair]
    relevant: dict[Cell, frozenset[Pair]]
    weight: dict[Cell, float]
    options: dict[Cell, Options] = field(default_factory=dict)
    queue: list[tuple[float, tuple[Cell, ...]]] = field(default_factory=list)
    still: dict[tuple[Cell, Typed], frozenset[Pair]] | None = None     # which rules stay broken when one cell gets one value

    def sets(self) -> list[tuple[float, tuple[Cell, ...]]]:
        """Every set of at most three cells that has a cell for each rule, lightest first."""
        found = []
        wanted = set(self.pairs)
        for size in range(1, _LARGEST + 1):
            for cells in itertools.combinations(self.relevant, size):
                if wanted == set().union(*(self.relevant[c] for c in cells)):
                    found.append((round(sum(self.weight[c] for c in cells), 6), cells))
        return sorted(found, key=lambda f: f[0])


    def values(self, cells: tuple[Cell, ...]) -> list[tuple[Typed, ...]]:
        """For each cell of a set the values worth trying: those that settle what no other cell of the set has a say in."""
        if self.still is None:
            return [self.options[c].values for c in cells]
        found = []
        for cell in cells:
            alone = self.relevant[cell] - frozenset().union(*(self.relevant[c] for c in cells if c != cell))
            found.append(tuple(v for v in self.options[cell].values if alone.isdisjoint(self.still[cell, v])))
        return found


def settle_cells(judge: Judge, domains: Domains, records: Records, pairs: Sequence[Pair]) -> list[Settlement]:
    """For every contradiction among these broken rules, the smallest sets of cells."""
    waiting = {c.number: c for c in _contradictions(judge, domains, records, pairs)}
    found: list[Settlement] = []
    for c in waiting.values():
        c.queue = c.sets()
    while waiting:
        now = {n: _lightest(c, domains) for n, c in waiting.items()}
        _try_singly(judge, domains, [c for n, c in waiting.items() if c.still is None and any(len(cells) > 1 for cells in now[n])])
        tries = [(c, cells, values) for n, c in waiting.items() for cells, values in _within_reach(c, now[n])]
        solved = _try(judge, tries)
        for number, changes in solved.items():
            found.append(Settlement(waiting[number].record, tuple(waiting[number].pairs), tuple(changes)))
        waiting = {n: c for n, c in waiting.items() if n not in solved and c.queue}
    return found


def _lightest(c: Contradiction, domains: Domains) -> list[tuple[Cell, ...]]:
    """Takes the sets of the next weight from the queue, and finds out what their cells may become."""
    if not c.queue:
        return []
    weight = c.queue[0][0]
    now = [cells for w, cells in c.queue if w == weight]
    c.queue = [(w, cells) for w, cells in c.queue if w != weight]
    c.options |= {cell: domains.options(cell) for cells in now for cell in cells if cell not in c.options}
    return now


def _within_reach(c: Contradiction, sets: Sequence[tuple[Cell, ...]]) -> list[tuple[tuple[Cell, ...], list[tuple[Typed, ...]]]]:
    """The sets with the values to try; none, and an end of the search, when they are too many: half an answer would mislead."""
    found = [(cells, c.values(cells)) for cells in sets]
    if len(found) > _SETS or any(math.prod(map(len, values)) > _PRODUCT for _, values in found):
        c.queue = []
        return []
    return found


def _try_singly(judge: Judge, domains: Domains, contradictions: Sequence[Contradiction]) -> None:
    """For every cell and value of these contradictions, which of their rules stay broken."""
    for c in contradictions:
        c.options |= {cell: domains.options(cell) for cell in c.relevant if cell not in c.options}
    tries = [(c, cell, value) for c in contradictions for cell in c.relevant for value in c.options[cell].values]
    still: dict[int, set[Pair]] = defaultdict(set)
    copies = [Copy(c.record, c.number, ((cell, value),)) for c, cell, value in tries]
    for at in range(0, len(copies), _BATCH):
        rules = frozenset(key for c, _, _ in tries[at:at + _BATCH] for key, _ in c.pairs)
        for number, pair in _still(judge, copies[at:at + _BATCH], at, rules):
            still[number].add(pair)
    for c in contradictions:
        c.still = {}
    for number, (c, cell, value) in enumerate(tries):
        assert c.still is not None
        c.still[cell, value] = frozenset(still[number]) & frozenset(c.pairs)


# ---- which cells matter ----------------------------------------------------------------------------------------------

def _contradictions(judge: Judge, domains: Domains, records: Records, pairs: Sequence[Pair]) -> Iterator[Contradiction]:
    """Broken rules put together where one cell matters to several of them."""
    relevant = _relevant(judge, domains, records, pairs)
    groups = _connected([p for p in pairs if relevant.get(p)], relevant)
    for number, group in enumerate(groups):
        matters: dict[Cell, set[Pair]] = defaultdict(set)
        for pair in group:
            for cell in relevant[pair]:
                matters[cell].add(pair)
        weight = {cell: w for cell in matters if (w := domains.weight(cell)) is not None}
        for key, row in group:
            judge.owners[key][row] = number
        yield Contradiction(number, _record(judge, records, group[0]), group, {c: frozenset(p) for c, p in matters.items()}, weight)


def _record(judge: Judge, records: Records, pair: Pair) -> int:
    return int(records.of[judge.rules[pair[0]].table][pair[1]])


def _relevant(judge: Judge, domains: Domains, records: Records, pairs: Sequence[Pair]) -> dict[Pair, list[Cell]]:
    """For each broken rule the cells without which it would not be broken."""
    by_record: dict[tuple[int, Cell], list[Pair]] = defaultdict(list)
    memo: dict[Cell, bool] = {}
    for pair in pairs:
        for cell in dict.fromkeys(_cells(judge, domains, records, pair)):
            if cell not in memo:
                memo[cell] = domains.weight(cell) is not None
            if memo[cell]:
                by_record[_record(judge, records, pair), cell].append(pair)
    tries = list(by_record)
    copies = [Copy(record, n, ((cell, None),)) for n, (record, cell) in enumerate(tries)]
    still: set[tuple[int, Pair]] = set()
    for at in range(0, len(copies), _BATCH):
        still |= _still(judge, copies[at:at + _BATCH], at, frozenset(k for t in tries[at:at + _BATCH] for k, _ in by_record[t]))
    found: dict[Pair, list[Cell]] = defaultdict(list)
    for n, key in enumerate(tries):
        for pair in by_record[key]:
            if (n, pair) not in still:
                found[pair].append(key[1])
    return found


def _still(judge: Judge, copies: Sequence[Copy], offset: int, rules: frozenset[str]) -> set[tuple[int, Pair]]:
    found = set()
    for key, (numbers, rows) in judge.still_broken(copies, rules).items():
        found |= {(n + offset, (key, r)) for n, r in zip(numbers.tolist(), rows.tolist(), strict=True)}
    return found


def _cells(judge: Judge, domains: Domains, records: Records, pair: Pair) -> Iterator[Cell]:
    """Cells a rule's answer for a row may rest on: its own, its related row's; of many rows only columns weights.yml names."""
    rule = judge.rules[pair[0]]
    record = _record(judge, records, pair)
    for r in sorted(judge.references.of_rule(rule), key=_order):
        kind = domains.weights.cells.get((r.table, r.column))
        if kind is None or r.table not in records.of:
            continue
        if r.via == OWN:
            yield r.table, pair[1], r.column
        elif r.via == ONE or kind.listed:
            yield from ((r.table, row, r.column) for row in records.rows(r.table, record))


def _order(r: Reference) -> tuple[int, str, str]:
    assert OWN < ONE < MANY
    return r.via, r.table, r.column


def _connected(pairs: Sequence[Pair], relevant: dict[Pair, list[Cell]]) -> list[list[Pair]]:
    group: dict[Pair, list[Pair]] = {}
    of_cell: dict[Cell, Pair] = {}
    for pair in pairs:
        mine = [pair]
        for other in {id(group[of_cell[c]]): of_cell[c] for c in relevant[pair] if c in of_cell}.values():
            mine = group[other] + mine
        for member in mine:
            group[member] = mine
        for cell in relevant[pair]:
            of_cell[cell] = pair
    return list({id(g): g for g in group.values()}.values())


# ---- trying ----------------------------------------------------------------------------------------------------------

def _try(judge: Judge, tries: Sequence[tuple[Contradiction, tuple[Cell, ...], list[tuple[Typed, ...]]]]) -> dict[int, list[Change]]:
    """The sets among `tries` that some values make a solution, by contradiction."""
    copies, wild, origin = [], [], []
    for number, (c, cells, domains) in enumerate(tries):
        any_wild = any(c.options[cell].wild for cell in cells)
        for values in itertools.product(*domains):
            copies.append(Copy(c.record, c.number, tuple(zip(cells, values, strict=True))))
            wild.append(any_wild)
            origin.append(number)
    good = feasible(judge, copies, np.array(wild, dtype=bool))
    fitting: dict[int, list[tuple[Typed, ...]]] = defaultdict(list)
    for at in np.flatnonzero(good).tolist():
        fitting[origin[at]].append(tuple(v for _, v in copies[at].changes))
    solved: dict[int, list[Change]] = defaultdict(list)
    for number, answers in fitting.items():
        c, cells, _ = tries[number]
        solved[c.number].append(_change(c, cells, answers))
    return solved


def _change(c: Contradiction, cells: tuple[Cell, ...], answers: Sequence[tuple[Typed, ...]]) -> Change:
    follows = tuple(c.options[cell].certain and len({a[i] for a in answers}) == 1 for i, cell in enumerate(cells))
    return Change(cells, answers[0], follows)


def feasible(judge: Judge, copies: Sequence[Copy], wild: np.ndarray) -> np.ndarray:
    """For each copy: the rules it is tried for are settled and no other is newly broken."""
    good = np.zeros(len(copies), dtype=bool)
    for at in range(0, len(copies), _BATCH):
        batch = copies[at:at + _BATCH]
        keep = (np.flatnonzero(judge.settled(batch)) + at).tolist()
        if keep:
            good[keep] = judge.harmless([copies[k] for k in keep], wild[keep])
    return good
