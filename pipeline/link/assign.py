"""One person, one row: probabilities under that rule, and the most probable assignment."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .joins import distinct

Array = npt.NDArray[Any]

_CAP = 30.0  # log odds beyond this are certainty; keeps sums exact enough in doubles
_DENSE = 4_000_000  # cells of the largest dense assignment


def posteriors(a: Array, b: Array, log_odds: Array, rounds: int = 12) -> Array:
    """Probability of each pair when every row has at most one partner: rivals share what there is.

    Belief propagation for the monomer–dimer model (Zdeborová & Mézard 2006); exact on trees, and it always converges.
    """
    if not len(a):
        return np.zeros(0)
    row, column = pd.factorize(a)[0], pd.factorize(b)[0]
    weight = np.exp(np.minimum(log_odds, _CAP))
    from_b = np.ones(len(a))
    from_a = np.ones(len(a))
    for _ in range(rounds):
        flow = weight * from_b
        from_a = 1 / (1 + np.maximum(np.bincount(row, flow)[row] - flow, 0))
        flow = weight * from_a
        update = 1 / (1 + np.maximum(np.bincount(column, flow)[column] - flow, 0))
        from_b = np.sqrt(from_b * update)  # damped: plain updates alternate between an upper and a lower bound
    odds = weight * from_a * from_b
    share: Array = odds / (1 + odds)
    return share


def assign(a: Array, b: Array, log_odds: Array) -> Array:
    """Positions of the pairs of the best one-to-one assignment; only pairs more likely than not (> 0) compete.

    Per connected component: a lone pair stands, a star takes its best, the rest is solved exactly.
    """
    kept = np.flatnonzero(log_odds > 0)
    if not len(kept):
        return kept
    row, column, weight = pd.factorize(a[kept])[0], pd.factorize(b[kept])[0], np.minimum(log_odds[kept], 200.0)
    component = _components(row, column)
    star = _is_star(component, row, column)
    chosen = [_best_of_each(component, weight, star)]
    rest = np.flatnonzero(~star)
    rest = rest[np.argsort(component[rest], kind="stable")]
    bounds = np.flatnonzero(np.diff(component[rest])) + 1
    for part in np.split(rest, bounds) if len(rest) else []:
        chosen.append(part[_solve(row[part], column[part], weight[part])])
    return np.sort(kept[np.concatenate(chosen)])


def _components(row: Array, column: Array) -> Array:
    """The connected component of each pair."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, size = int(row.max()) + 1, int(row.max()) + int(column.max()) + 2
    graph = coo_matrix((np.ones(len(row), dtype=np.int8), (row, column + rows)), shape=(size, size))
    labels: Array = connected_components(graph, directed=False)[1]
    return labels[row]


def _is_star(component: Array, row: Array, column: Array) -> Array:
    """True for pairs of components in which one row (or one column) meets all the others."""
    pairs = np.bincount(component)
    ends = []
    for side in (row, column):
        members = distinct(component.astype(np.int64) * (int(side.max()) + 1) + side) // (int(side.max()) + 1)
        ends.append(np.bincount(members, minlength=len(pairs)))
    star: Array = (np.minimum(*ends) == 1)[component]
    return star


def _best_of_each(component: Array, weight: Array, mask: Array) -> Array:
    """The heaviest pair of each component under the mask; the first of equals."""
    rows = np.flatnonzero(mask)
    order = rows[np.lexsort((rows, -weight[rows], component[rows]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = component[order[1:]] != component[order[:-1]]
    best: Array = order[first]
    return best


def _solve(row: Array, column: Array, weight: Array) -> Array:
    """Positions of the heaviest one-to-one set of pairs of one component (Hungarian, unmatched allowed)."""
    from scipy.optimize import linear_sum_assignment

    i, j = pd.factorize(row)[0], pd.factorize(column)[0]
    rows, columns = int(i.max()) + 1, int(j.max()) + 1
    if rows * columns > _DENSE:
        return _solve_sparse(i, j, weight, rows, columns)
    profit = np.zeros((rows, columns))
    np.maximum.at(profit, (i, j), weight)
    picked_i, picked_j = linear_sum_assignment(profit, maximize=True)
    partner = np.full(rows, -1)
    partner[picked_i] = picked_j
    return np.flatnonzero(partner[i] == j)


def _solve_sparse(i: Array, j: Array, weight: Array, rows: int, columns: int) -> Array:
    """The same for a large component: every row also has a private empty partner of almost no worth."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    cost = np.concatenate([-weight - 1.0, np.full(rows, -1e-3)])
    at = (np.concatenate([i, np.arange(rows)]), np.concatenate([j, columns + np.arange(rows)]))
    matrix = coo_matrix((cost, at), shape=(rows, columns + rows)).tocsr()
    partner = np.full(rows, -1)
    picked_i, picked_j = min_weight_full_bipartite_matching(matrix)
    partner[picked_i] = picked_j
    return np.flatnonzero(partner[i] == j)
