"""Who is left when nearly everybody is linked: the few rows over on both sides are likely each other's."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .persons import Pairing, Persons

Array = npt.NDArray[Any]


def remaining(pairing: Pairing, a: Array, b: Array, belief: Array, rows: tuple[Array, Array], config_auto: float, most: float) -> Array:
    """Log odds that each doubtful pair gains from the links around it; 0 for pairs that are certain themselves.

    In every village (and relation to the head, where the list tells it) the odds of a random pair rise from 1 in all rows to 1 in
    those left over, on the side where more are left: the prior of one-to-one matching given all other links (Sadinle 2017).
    Only names written alike gain: two neighbours of one surname who are both left over are not thereby one person.
    At most `most` nats: a village that is linked but for two rows does not make them one person.
    """
    certain = belief >= config_auto
    kind_a, kind_b = _kinds(pairing)
    size = int(max(kind_a.max(initial=-1), kind_b.max(initial=-1))) + 1
    if not size:
        return np.zeros(len(a))
    gain = []
    for kinds, all_rows, linked in ((kind_a, rows[0], a[certain]), (kind_b, rows[1], b[certain])):
        there = np.bincount(kinds[all_rows][kinds[all_rows] >= 0], minlength=size)
        settled = np.unique(linked)
        taken = np.bincount(kinds[settled][kinds[settled] >= 0], minlength=size)
        gain.append(np.log(np.maximum(there, 1)) - np.log(np.maximum(there - taken, 1)))
    kind = kind_b[b]
    lifted = ~certain & (kind >= 0) & (kind_a[a] == kind) & (_fold(pairing, pairing.a)[a] == _fold(pairing, pairing.b)[b])
    return np.where(lifted, np.clip(np.minimum(*gain)[kind], 0.0, most), 0.0)


def _fold(pairing: Pairing, side: Persons) -> Array:
    codes: Array = np.where(side.name >= 0, pairing.names.fold_code[side.name], -1 - (side is pairing.a))
    return codes


def _kinds(pairing: Pairing) -> tuple[Array, Array]:
    """A code per row for village and relation; of the village alone where B does not tell relations."""
    told = (pairing.b.relation >= 0).all() and pairing.b.size > 0
    width = int(max(pairing.a.relation.max(initial=-1), pairing.b.relation.max(initial=-1))) + 2

    def code(side: Persons) -> Array:
        relation = side.relation + 1 if told else 0
        return np.where(side.village >= 0, side.village.astype(np.int64) * width + relation, -1)

    return code(pairing.a), code(pairing.b)
