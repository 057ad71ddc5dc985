"""Damaged identity numbers, put right by the other list: one edit away, or the fifteen digits Excel left.

MOD 11-2 finds every single slip but cannot say which: a one-edit error has 18 check-valid repairs on average. So the other
list is the dictionary. Any single edit leaves two of region (6), birth (8) and tail (4) whole: three keys find all of them,
and two more find swaps across a border.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .compare import one_edit
from .config import LinkageConfig
from .ids import B18, SOUND, TRUNC
from .joins import distinct_pairs, join
from .links import REPAIRED, TRUNCATED, Links, join_links, make_links
from .names import CODE, RELATED, compare_names
from .persons import Pairing, Persons

Array = npt.NDArray[Any]

_READABLE = (*SOUND, B18, TRUNC)
_STRONG = 0.999
# Characters counted from the front (a, b) or from the end (−a, −b): what an edit elsewhere leaves in place.
_KEYS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((0, 14),),
    ((0, 6), (-4, 0)),
    ((-12, 0),),
    ((0, 5), (-11, 0)),
    ((0, 13), (-3, 0)),
)


def link_repaired(pairing: Pairing, rows_a: Array, rows_b: Array, config: LinkageConfig) -> Links:
    """Links of remaining rows whose numbers differ by one slip or by Excel's damage, where the name agrees and is alone."""
    a = rows_a[np.isin(pairing.a.ids.kind[rows_a], _READABLE)]
    b = rows_b[np.isin(pairing.b.ids.kind[rows_b], _READABLE)]
    if not len(a) or not len(b):
        return make_links(a[:0], b[:0], 1.0, REPAIRED)
    cut = _one_to_one(pairing, *_truncated(pairing, a, b, config), TRUNCATED)
    a, b = a[~np.isin(a, cut.a)], b[~np.isin(b, cut.b)]
    return join_links([cut, _one_to_one(pairing, *_slips(pairing, a, b, config), REPAIRED)])


def _slips(pairing: Pairing, a: Array, b: Array, config: LinkageConfig) -> tuple[Array, Array]:
    """Pairs of numbers within one edit, at least one of them damaged (two valid ones differ for good)."""
    found: list[tuple[Array, Array]] = []
    for spans in _KEYS:
        for some_a, some_b in _one_side_damaged(pairing, a, b):
            key_a, key_b = _keys(pairing.a, some_a, spans), _keys(pairing.b, some_b, spans)
            left, right, _ = join(key_a, key_b, config.block_cap)
            left, right = some_a[left], some_b[right]
            near = _near_in_chunks(pairing, left, right)
            found.append((left[near], right[near]))
    left, right = (np.concatenate([pair[side] for pair in found]) for side in (0, 1))
    return distinct_pairs(left, right, pairing.b.size)


def _one_side_damaged(pairing: Pairing, a: Array, b: Array) -> list[tuple[Array, Array]]:
    """Damaged rows of A with all of B, and sound rows of A with the damaged ones of B."""
    bad_a, bad_b = np.isin(pairing.a.ids.kind[a], (B18, TRUNC)), np.isin(pairing.b.ids.kind[b], (B18, TRUNC))
    return [(a[bad_a], b), (a[~bad_a], b[bad_b])]


def _near_in_chunks(pairing: Pairing, left: Array, right: Array) -> Array:
    """one_edit on many pairs with bounded memory."""
    near = np.zeros(len(left), dtype=bool)
    for start in range(0, len(left), 500_000):
        part = slice(start, start + 500_000)
        near[part] = one_edit(pairing.a.ids.chars[left[part]], pairing.b.ids.chars[right[part]])
    return near


def _keys(side: Persons, rows: Array, spans: tuple[tuple[int, int], ...]) -> Array:
    """The characters of these spans as one number; -1 where the number is too short or too long to be one slip away."""
    chars, length = side.ids.chars[rows], side.ids.length[rows].astype(np.int64)
    key = np.zeros(len(rows), dtype=np.int64)
    for start, stop in spans:
        for offset in range(start, stop):
            at = offset if start >= 0 else length + offset
            value = chars[np.arange(len(rows)), np.clip(at, 0, chars.shape[1] - 1)].astype(np.int64)
            key = key * 11 + np.where(value == ord("X"), 10, np.clip(value - 48, 0, 9))
    return np.where((length >= 17) & (length <= 19), key, -1)


def _truncated(pairing: Pairing, a: Array, b: Array, config: LinkageConfig) -> tuple[Array, Array]:
    """Pairs that agree on the first 15 digits where one side was cut by Excel."""
    left, right, _ = join(pairing.a.ids.prefix15[a], pairing.b.ids.prefix15[b], config.block_cap)
    left, right = a[left], b[right]
    cut = (pairing.a.ids.kind[left] == TRUNC) | (pairing.b.ids.kind[right] == TRUNC)
    return left[cut], right[cut]


def _one_to_one(pairing: Pairing, left: Array, right: Array, stage: int) -> Links:
    """Pairs with a related name that are each other's only such pair; the rest is left to the weighing of all evidence."""
    level = compare_names(pairing.names, pairing.a.name[left], pairing.b.name[right])
    fits = np.isin(level, RELATED) & ~np.isin(level, (CODE["one_char"], CODE["one_token"], CODE["alike"]))
    left, right = left[fits], right[fits]
    alone = (np.bincount(left, minlength=1)[left] == 1) & (np.bincount(right, minlength=1)[right] == 1)
    return make_links(left[alone], right[alone], _STRONG, stage)
