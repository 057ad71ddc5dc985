"""Pairs of rows that agree on a key, capped where a key says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[Any]


def join(keys_a: Array, keys_b: Array, cap: int = 0) -> tuple[Array, Array, int]:
    """All pairs with equal keys (< 0 never joins), in order of the second list; and the pairs lost to the cap.

    A key with more than `cap` pairs (rows of A × rows of B) is skipped whole: such a block finds nobody.
    """
    order = np.argsort(keys_a, kind="stable")
    ordered = keys_a[order]
    start = np.searchsorted(ordered, keys_b, side="left")
    count = np.searchsorted(ordered, keys_b, side="right") - start
    count[keys_b < 0] = 0
    lost = 0
    if cap:
        lost = _drop_heavy(keys_b, count, cap)
    right = np.repeat(np.arange(len(keys_b), dtype=np.int32), count)
    offset = np.arange(len(right), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count)
    left = order[np.repeat(start, count) + offset].astype(np.int32)
    return left, right, lost


def _drop_heavy(keys_b: Array, count: Array, cap: int) -> int:
    """Sets the count of every key with more than cap pairs to 0; returns the number of pairs so lost."""
    present = np.flatnonzero(count > 0)
    if not len(present):
        return 0
    codes, _ = pd.factorize(keys_b[present])
    pairs = np.bincount(codes, weights=count[present])
    heavy = present[pairs[codes] > cap]
    lost = int(count[heavy].sum())
    count[heavy] = 0
    return lost


def combine(columns_a: Sequence[Array], columns_b: Sequence[Array]) -> tuple[Array, Array]:
    """One key of several columns, the same on both sides; -1 where any of them is unknown (negative)."""
    size = len(columns_a[0])
    key = np.zeros(size + len(columns_b[0]), dtype=np.int64)
    unknown = np.zeros(len(key), dtype=bool)
    for a, b in zip(columns_a, columns_b, strict=True):
        both = np.concatenate([a, b]).astype(np.int64)
        unknown |= both < 0
        width = int(both.max(initial=0)) + 1
        if int(key.max(initial=0)) > 2**62 // max(width, 1):
            key = pd.factorize(key)[0].astype(np.int64)
        key = key * width + np.maximum(both, 0)
    key[unknown] = -1
    return key[:size], key[size:]


def pair_key(left: Array, right: Array, width: int) -> Array:
    """One integer per pair."""
    return left.astype(np.int64) * width + right


def distinct(keys: Array) -> Array:
    """The keys without repeats, ascending. (np.unique hashes plain integers: many times slower on millions of keys that are nearly all different.)"""
    ordered = np.sort(keys)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def distinct_pairs(left: Array, right: Array, width: int) -> tuple[Array, Array]:
    """The pairs without repeats, in order of (left, right)."""
    key = distinct(pair_key(left, right, width))
    return (key // width).astype(np.int32), (key % width).astype(np.int32)


def find(sorted_keys: Array, keys: Array) -> Array:
    """Position of each key in a sorted array, -1 where absent."""
    if not len(sorted_keys):
        return np.full(len(keys), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return np.where(sorted_keys[at] == keys, at, -1)
