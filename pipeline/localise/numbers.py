"""Smallest sets of cells for sums and ratios: linear constraints with a switch per cell.

Fellegi & Holt (1976) as the mixed-integer problem of De Waal, Pannekoek & Scholtus (2011, ch. 3): minimise the weight of the cells
that may move, so that every constraint holds. One cell and two are decided in closed form, every set of them; only where no two
cells will do, scipy's milp is asked, again and again with the sets already found cut off, until they grow heavier.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from pipeline.derive import TableView
from pipeline.expression.evaluate import as_numbers, as_truths, evaluate
from pipeline.expression.values import Numbers
from pipeline.localise.candidates import Candidates, Cell, Copy, Judge, Records, Typed
from pipeline.localise.cells import feasible
from pipeline.localise.domains import Domains, as_text, is_slip
from pipeline.localise.model import Change, Pair, Settlement
from pipeline.localise.weights import Linear
from pipeline.spec import Rule

Floats = npt.NDArray[np.float64]
_MOST, _EPS, _CENT = 10, 1e-6, 0.005


@dataclass(frozen=True)
class System:
    """The constraints of some rows of a table, one matrix each: lower ≤ A·x ≤ upper; `target` is what an equality asks for."""

    columns: tuple[str, ...]
    x: Floats            # rows × columns
    a: Floats            # rows × constraints × columns
    lower: Floats        # rows × constraints
    upper: Floats
    target: Floats       # NaN for an inequality
    weight: Floats       # rows × columns; inf for a cell that must stay


@dataclass(frozen=True)
class Block:
    """Constraints that share columns, and the columns other coefficients are computed from."""

    table: str
    constraints: tuple[Linear, ...]
    columns: tuple[str, ...]
    factors: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """Cells of one row that may settle it, with new values (NaN where none follows) and a witness that fits."""

    cost: float
    cells: tuple[str, ...]
    values: tuple[float, ...]
    witness: tuple[float, ...]


def blocks(domains: Domains, judge: Judge) -> Iterator[Block]:
    """The constraints of weights.yml whose rules are being checked, in groups that share no column."""
    for table, constraints in domains.weights.linear.items():
        live = {r.id for r in judge.rules.values()}
        groups: list[list[Linear]] = []
        for constraint in (c for c in constraints if c.rules & live):
            columns = _columns(judge, table, constraint)
            touching = [g for g in groups if any(columns & _columns(judge, table, c) for c in g)]
            groups = [g for g in groups if g not in touching] + [[c for g in touching for c in g] + [constraint]]
        for group in groups:
            terms = tuple(dict.fromkeys(name for c in group for name in c.terms))
            factors = tuple(name for name in terms if any(name in _factors(judge, table, c) for c in group))
            yield Block(table, tuple(group), tuple(t for t in terms if t not in factors), factors)


def _factors(judge: Judge, table: str, constraint: Linear) -> set[str]:
    return {column for a in constraint.terms.values() for t, column in judge.references.columns(table, a) if t == table}


def _columns(judge: Judge, table: str, constraint: Linear) -> set[str]:
    return set(constraint.terms) | _factors(judge, table, constraint)


def in_block(block: Block, rule: Rule) -> bool:
    """True when one of the block's constraints mirrors the rule."""
    return rule.table == block.table and rule.columns[0] in (*block.columns, *block.factors) and any(rule.id in c.rules for c in block.constraints)


def settle_numbers(block: Block, judge: Judge, domains: Domains, records: Records, pairs: Sequence[Pair]) -> list[Settlement]:
    """For every row of the block's table that breaks its rules, the smallest sets of cells, each verified by the rules themselves."""
    rows = np.unique(np.array([row for _, row in pairs], dtype=np.intp))
    found: dict[int, list[Answer]] = {int(r): [] for r in rows}
    moved = _moved(block, domains, rows)
    _solve_option(block, judge, domains, records, rows, {}, found)
    if moved:
        _solve_option(block, judge, domains, records, rows, moved, found)
    return _verified(block, judge, domains, records, pairs, found)


def _moved(block: Block, domains: Domains, rows: npt.NDArray[np.intp]) -> dict[int, dict[str, float]]:
    """For each row the factors that are not what they must be, with what they must be."""
    found: dict[int, dict[str, float]] = {}
    for row in rows.tolist():
        for name in block.factors:
            cell = (block.table, row, name)
            must = domains.derived(cell) if (block.table, name) in domains.weights.cells else None
            if isinstance(must, float) and domains.weight(cell) is not None and domains.value(cell) != must:
                found.setdefault(row, {})[name] = must
    return found


def _solve_option(block: Block, judge: Judge, domains: Domains, records: Records, rows: npt.NDArray[np.intp],
                  moved: Mapping[int, Mapping[str, float]], found: dict[int, list[Answer]]) -> None:
    """Answers with the factors as they stand, or, where `moved` says so, as they must be."""
    here = rows if not moved else np.array(sorted(moved), dtype=np.intp)
    copies = [Copy(int(records.of[block.table][r]), 0, tuple(((block.table, int(r), c), v) for c, v in moved.get(int(r), {}).items())) for r in here]
    system = _system(block, judge, domains, records, here, copies)
    for number, row in enumerate(here.tolist()):
        extra = moved.get(row, {})
        cost = sum(domains.weight((block.table, row, c)) or 0.0 for c in extra)
        first = Answer(cost, tuple(extra), tuple(extra.values()), tuple(extra.values()))
        found[row] += [_joined(first, answer) for answer in _answers(system, number)]


def _joined(a: Answer, b: Answer) -> Answer:
    return Answer(a.cost + b.cost, a.cells + b.cells, a.values + b.values, a.witness + b.witness)


# ---- the system ------------------------------------------------------------------------------------------------------

def _system(block: Block, judge: Judge, domains: Domains, records: Records, rows: npt.NDArray[np.intp], copies: Sequence[Copy]) -> System:
    world = Candidates(judge.base, records, judge.references, copies)
    view = world.view(block.table)
    at = world.first[block.table] + records.rank[block.table][rows]
    x = np.column_stack([as_numbers(view._own(c), view.size)[at] for c in block.columns])
    shape = (len(rows), len(block.constraints))
    a, lower, upper, target = np.zeros((*shape, len(block.columns))), np.full(shape, -np.inf), np.full(shape, np.inf), np.full(shape, np.nan)
    for j, constraint in enumerate(block.constraints):
        known, constant = _active(constraint, view, at), np.zeros(len(rows))
        for name, coefficient in constraint.terms.items():
            factor, value = _number(coefficient, view)[at], as_numbers(view._own(name), view.size)[at]
            known &= ~np.isnan(factor) & ~np.isnan(value)
            if name in block.columns:
                a[:, j, block.columns.index(name)] = np.where(known, factor, 0.0)
            else:
                constant += factor * value
        goal = _number(constraint.equals or constraint.at_least or ast.Constant(0.0), view)[at] - constant
        known &= ~np.isnan(goal)
        a[~known, j, :] = 0.0
        lower[known, j] = (goal - (_number(constraint.within, view)[at] if constraint.equals else 0.0))[known]
        if constraint.equals is not None:
            upper[known, j], target[known, j] = (goal + _number(constraint.within, view)[at])[known], goal[known]
    weights = [[domains.weight((block.table, int(r), c)) for c in block.columns] for r in rows]
    weight = np.array([[np.inf if w is None else w for w in line] for line in weights])
    return System(block.columns, np.nan_to_num(x), a, lower, upper, target, weight)


def _active(constraint: Linear, view: TableView, at: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    if constraint.when is None:
        return np.ones(len(at), dtype=bool)
    return np.array(as_truths(evaluate(constraint.when, view), view.size).certain[at])


def _number(node: ast.expr, view: TableView) -> Floats:
    value = evaluate(node, view)
    return value.values if isinstance(value, Numbers) else as_numbers(value, view.size)


# ---- solving ---------------------------------------------------------------------------------------------------------

def _answers(system: System, n: int) -> list[Answer]:
    """Every lightest set for one row."""
    a, x, weight = system.a[n], system.x[n], system.weight[n]
    total = a @ x
    if _holds(total, system.lower[n], system.upper[n]):
        return [Answer(0.0, (), (), ())]
    violated = (total < system.lower[n] - _CENT) | (total > system.upper[n] + _CENT)
    if (a[violated] == 0).all(axis=1).any():
        return []
    lightest = np.sort(weight[np.isfinite(weight)])[:3]
    singles = [s for c in range(len(x)) if (s := _single(system, n, c, total)) is not None]
    best = min((s.cost for s in singles), default=np.inf)
    pairs: list[Answer] = []
    if best >= lightest[:2].sum() - _EPS:
        pairs = [p for c, d in combinations(range(len(x)), 2) if (p := _pair(system, n, c, d, total)) is not None]
        best = min((s.cost for s in singles + pairs), default=np.inf)
    if best < lightest.sum() - _EPS or len(lightest) < 3:
        return [s for s in singles + pairs if s.cost <= best + _EPS]
    return _milp(system, n)


def _holds(total: Floats, lower: Floats, upper: Floats) -> bool:
    return bool(((total >= lower - _CENT) & (total <= upper + _CENT)).all())


def _single(system: System, n: int, c: int, total: Floats) -> Answer | None:
    """One cell alone: the interval every constraint leaves it, and the value the first equality asks for."""
    a, weight = system.a[n][:, c], float(system.weight[n, c])
    if not np.isfinite(weight) or not (a != 0).any():
        return None
    rest = total - a * system.x[n, c]
    if not _holds(rest[a == 0], system.lower[n][a == 0], system.upper[n][a == 0]):
        return None
    used = a != 0
    ends = np.stack([(system.lower[n] - rest)[used] / a[used], (system.upper[n] - rest)[used] / a[used]])
    low, high = float(ends.min(axis=0).max()), float(ends.max(axis=0).min())
    if low > high + _CENT:
        return None
    asked = [float((system.target[n, j] - rest[j]) / a[j]) for j in np.flatnonzero(used) if not np.isnan(system.target[n, j])]
    value = round(asked[0], 2) if asked else float("nan")
    witness = value if asked else max(low, min(high, 0.0))
    return Answer(weight, (system.columns[c],), (value,), (witness,))


def _pair(system: System, n: int, c: int, d: int, total: Floats) -> Answer | None:
    """Two cells together, by Fourier–Motzkin elimination of the second."""
    a, x, cost = system.a[n][:, [c, d]], system.x[n][[c, d]], float(system.weight[n][[c, d]].sum())
    violated = (total < system.lower[n] - _CENT) | (total > system.upper[n] + _CENT)
    if not np.isfinite(cost) or (a[violated] == 0).all(axis=1).any():
        return None
    rest = total - a @ x
    rows = np.vstack([np.column_stack([a, system.upper[n] - rest + _CENT]), np.column_stack([-a, rest - system.lower[n] + _CENT])])
    rows = rows[np.isfinite(rows[:, 2])]
    low, high = _interval(_eliminated(rows))
    if low > high:
        return None
    values = _follow(system, n, (c, d))
    first = values[0] if values[0] == values[0] else float(np.clip(x[0], low, high))
    low, high = _interval(np.column_stack([rows[:, 1], rows[:, 2] - rows[:, 0] * first]))
    second = values[1] if values[1] == values[1] else float(np.clip(x[1], low, high))
    return Answer(cost, (system.columns[c], system.columns[d]), values, (first, second))


def _eliminated(rows: Floats) -> Floats:
    """Rows p·x + q·y ≤ r as rows p·x ≤ r that hold for some y."""
    p, q, r = rows.T
    up, down = rows[q > 0] / q[q > 0, None], rows[q < 0] / -q[q < 0, None]
    both = (up[:, None, :] + down[None, :, :]).reshape(-1, 3)
    return np.vstack([np.column_stack([p, r])[q == 0], both[:, [0, 2]]])


def _interval(rows: Floats) -> tuple[float, float]:
    """What rows p·x ≤ r leave of x; low > high where they leave nothing."""
    p, r = np.where(np.abs(rows[:, 0]) < _EPS, 0.0, rows[:, 0]), rows[:, 1]
    if (r[p == 0] < -_EPS).any():
        return np.inf, -np.inf
    return float((r[p < 0] / p[p < 0]).max(initial=-np.inf)), float((r[p > 0] / p[p > 0]).min(initial=np.inf))


def _milp(system: System, n: int) -> list[Answer]:
    """Sets of several cells: scipy's milp, each set found cut off before the next is sought."""
    free = np.flatnonzero(np.isfinite(system.weight[n]) & (system.a[n] != 0).any(axis=0))
    found: list[Answer] = []
    cuts: list[Floats] = []
    while len(found) < _MOST:
        solved = _minimum(system, n, free, cuts)
        if solved is None:
            break
        chosen, x = solved
        cost = float(system.weight[n][chosen].sum())
        if found and cost > found[0].cost + _EPS:
            break
        values = _follow(system, n, chosen.tolist())
        witness = tuple(v if v == v else float(x[c]) for c, v in zip(chosen.tolist(), values, strict=True))
        found.append(Answer(cost, tuple(system.columns[c] for c in chosen), values, witness))
        cuts.append(np.isin(free, chosen).astype(float))
    return found


def _minimum(system: System, n: int, free: npt.NDArray[np.intp], cuts: Sequence[Floats]) -> tuple[npt.NDArray[np.intp], Floats] | None:
    from scipy.optimize import Bounds, LinearConstraint, milp
    k, x = len(free), system.x[n]
    if not k:
        return None
    a = system.a[n][:, free]
    fixed = system.a[n] @ x - a @ x[free]
    reach = 2 * float(np.abs(x).max() + np.abs(np.nan_to_num(system.target[n])).max()) + 1000
    eye = np.eye(k)
    constraints = [LinearConstraint(np.hstack([a, np.zeros_like(a)]), system.lower[n] - fixed, system.upper[n] - fixed),
                   LinearConstraint(np.hstack([eye, -reach * eye]), -np.inf, x[free]),
                   LinearConstraint(np.hstack([eye, reach * eye]), x[free], np.inf)]
    constraints += [LinearConstraint(np.concatenate([np.zeros(k), cut]), -np.inf, cut.sum() - 1) for cut in cuts]
    bounds = Bounds(np.repeat([-np.inf, 0], k), np.repeat([np.inf, 1], k))
    weight = np.concatenate([np.zeros(k), system.weight[n][free]])
    answer = milp(weight, constraints=constraints, integrality=np.repeat([0, 1], k), bounds=bounds)
    if answer.x is None:
        return None
    full = x.copy()
    full[free] = answer.x[:k]
    return free[answer.x[k:] > 0.5], full


def _follow(system: System, n: int, chosen: Sequence[int]) -> tuple[float, ...]:
    """The values that follow one after another from equalities with a single open cell left; NaN for the others."""
    x, open_ = system.x[n].copy(), set(chosen)
    while open_:
        step = next(((j, left[0]) for j in range(len(system.target[n])) if not np.isnan(system.target[n, j])
                     and len(left := [c for c in open_ if system.a[n][j, c] != 0]) == 1), None)
        if step is None:
            break
        j, c = step
        rest = system.a[n][j] @ x - system.a[n][j, c] * x[c]
        x[c] = round((system.target[n, j] - rest) / system.a[n][j, c], 2)
        open_.discard(c)
    return tuple(float("nan") if c in open_ else float(x[c]) for c in chosen)


# ---- verifying -------------------------------------------------------------------------------------------------------

def _verified(block: Block, judge: Judge, domains: Domains, records: Records, pairs: Sequence[Pair],
              found: Mapping[int, list[Answer]]) -> list[Settlement]:
    """The lightest answers that the rules themselves are content with."""
    of_row: dict[int, tuple[Pair, ...]] = defaultdict(tuple)
    for key, row in pairs:
        judge.owners[key][row] = row
        of_row[row] += ((key, row),)
    flat = [(row, answer) for row, answers in found.items() for answer in answers if answer.cells]
    copies = [Copy(int(records.of[block.table][row]), row, _changes(block, row, a)) for row, a in flat]
    good = feasible(judge, copies, np.zeros(len(copies), dtype=bool))
    settled = []
    fitting: dict[int, list[Answer]] = defaultdict(list)
    for (row, answer), ok in zip(flat, good, strict=True):
        if ok:
            fitting[row].append(answer)
    for row, answers in fitting.items():
        best = min(a.cost for a in answers)
        changes = [_change(block, row, a) for a in answers if a.cost <= best + _EPS]
        changes.sort(key=lambda c: -_slips(domains, c))
        settled.append(Settlement(int(records.of[block.table][row]), of_row[row], tuple(changes)))
    return settled


def _changes(block: Block, row: int, answer: Answer) -> tuple[tuple[Cell, Typed], ...]:
    return tuple(((block.table, row, c), v) for c, v in zip(answer.cells, answer.witness, strict=True))


def _change(block: Block, row: int, answer: Answer) -> Change:
    return Change(tuple((block.table, row, c) for c in answer.cells), answer.witness, tuple(v == v for v in answer.values))


def _slips(domains: Domains, change: Change) -> int:
    """How many of the changes are what a slip of the finger explains."""
    return sum(follows and is_slip(as_text(domains.value(cell), "number"), as_text(value, "number"))
               for cell, value, follows in zip(change.cells, change.values, change.follows, strict=True))
