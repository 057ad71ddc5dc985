"""Candidate pairs: the union of passes, each a set of keys that must agree, found through recordlinkage's Index contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .config import LinkageConfig, Pass
from .joins import combine, distinct, distinct_pairs, join
from .persons import Pairing, Persons

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Candidates:
    """Distinct pairs, which passes found each (one bit per pass), and what the cap cost."""

    a: Array
    b: Array
    found_by: Array  # uint32
    lost: dict[str, int]


def candidates(pairing: Pairing, rows_a: Array, rows_b: Array, config: LinkageConfig) -> Candidates:
    """All candidate pairs between these rows of the two lists."""
    parts: list[tuple[Array, Array, Array]] = []
    lost: dict[str, int] = {}
    width = max(pairing.b.size, 1)
    for bit, one in enumerate(config.passes):
        keys, dropped = _one_pass(pairing, rows_a, rows_b, one, config)
        if dropped:
            lost[one.name] = dropped
        parts.append((keys, np.full(len(keys), 1 << bit, dtype=np.uint32), keys))
    keys = np.concatenate([part[0] for part in parts])
    bits = np.concatenate([part[1] for part in parts])
    del parts
    order = np.argsort(keys, kind="stable")
    keys, bits = keys[order], bits[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, dtype=int)
    found_by = np.bitwise_or.reduceat(bits, first) if len(first) else bits
    keys = keys[first]
    return Candidates((keys // width).astype(np.int32), (keys % width).astype(np.int32), found_by, lost)


def nameless(config: LinkageConfig) -> np.uint32:
    """The bits of the passes that do not look at names."""
    by_name = {"name", "sound", "near_sound", "given_sound", "given_any", "bag", "surname", "word"}
    return np.uint32(sum(1 << bit for bit, one in enumerate(config.passes) if not by_name & set(one.keys)))


def _one_pass(pairing: Pairing, rows_a: Array, rows_b: Array, one: Pass, config: LinkageConfig) -> tuple[Array, int]:
    """Distinct pair keys of one pass. A key with several values per row (a word, a year ±1) joins once per value."""
    from .contract import index_pairs

    lost = 0
    found: list[Array] = []
    for columns_a, columns_b in _key_columns(pairing, one):
        key_a, key_b = combine([c[rows_a] for c in columns_a], [c[rows_b] for c in columns_b])
        dropped: list[int] = []

        def capped(left: Array, right: Array, dropped: list[int] = dropped) -> tuple[Array, Array]:
            pairs_a, pairs_b, count = join(left, right, one.rare or config.block_cap)
            dropped.append(0 if one.rare else count)
            return pairs_a, pairs_b

        left, right = index_pairs(key_a, key_b, capped)
        lost += sum(dropped)
        found.append(rows_a[left].astype(np.int64) * max(pairing.b.size, 1) + rows_b[right])
    if not found:
        return np.zeros(0, dtype=np.int64), 0
    return (found[0] if len(found) == 1 else distinct(np.concatenate(found))), lost


def _key_columns(pairing: Pairing, one: Pass) -> list[tuple[list[Array], list[Array]]]:
    """The columns of a pass, once per combination of values a many-valued key can take."""
    variants: list[tuple[list[Array], list[Array]]] = [([], [])]
    for key in one.keys:
        columns = _columns(pairing, key)
        variants = [([*before_a, column_a], [*before_b, column_b]) for before_a, before_b in variants for column_a, column_b in columns]
    return [(a, b) for a, b in variants if all((x >= 0).any() for x in a) and all((x >= 0).any() for x in b)]


def _columns(pairing: Pairing, key: str) -> list[tuple[Array, Array]]:
    """The values of one key on both sides; several entries where rows may meet in several ways."""
    a, b = pairing.a, pairing.b
    if key == "word":
        words = pairing.names.tokens
        left = [np.where(a.name >= 0, words[a.name, i], -1) for i in range(words.shape[1])]
        right = [np.where(b.name >= 0, words[b.name, i], -1) for i in range(words.shape[1])]
        return [(x, y) for x in left for y in right if (x >= 0).any() and (y >= 0).any()]
    if key == "given_any":
        ends = ("given_first", "given_last")
        return [(_column(pairing, a, x), _column(pairing, b, y)) for x in ends for y in ends]
    if key == "extra":
        return list(zip(a.extra, b.extra, strict=True))
    if key == "extra_pair":
        sides = list(zip(a.extra, b.extra, strict=True))
        return [combine([x[0], y[0]], [x[1], y[1]]) for i, x in enumerate(sides) for y in sides[i + 1 :]]
    if key == "year_near":
        year_a, year_b = _year(a), _year(b)
        return [(year_a, np.where(year_b >= 0, year_b + step, -1)) for step in (-1, 0, 1)]
    return [(_column(pairing, a, key), _column(pairing, b, key))]


def _column(pairing: Pairing, side: Persons, key: str) -> Array:
    """One key of one list, -1 where unknown."""
    tables = {
        "sound": "sound_code", "near_sound": "near_code", "given_sound": "given_sound", "bag": "bag",
        "surname": "surname", "name": "fold_code", "given_first": "given_first", "given_last": "given_last",
    }  # fmt: skip
    if key in tables:
        # Sounds are codes of Han names; a Latin name's "sound" is its characters, which is as good.
        known = side.name >= 0
        return np.where(known, getattr(pairing.names, tables[key])[side.name], -1)
    if key == "latin":
        return np.where((side.name >= 0) & ~pairing.names.is_han[side.name], 1, -1)
    if key == "birth_year":
        return _year(side)
    if key == "birth_day":
        day = side.birth % 10000
        return np.where((side.birth > 0) & (day % 100 > 0), day, -1)
    if key == "birth":
        return np.where(side.birth % 100 > 0, side.birth, -1)
    if key == "sex":
        return side.sex.astype(np.int32) - 1
    column: Array = getattr(side, key)
    return column


def _year(side: Persons) -> Array:
    """Birth year, -1 where unknown."""
    return np.where(side.birth > 0, side.birth // 10000, -1)


def within(rows_a: Array, rows_b: Array, key_a: Array, key_b: Array, width: int) -> tuple[Array, Array]:
    """All pairs of these rows with equal keys, without repeats."""
    left, right, _ = join(key_a, key_b)
    return distinct_pairs(rows_a[left], rows_b[right], width)
