"""The comparison levels of a pair, packed into one integer: four bits per feature, 0 = missing = no evidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .ids import B18, CLASS_NAMES, SOUND, TRUNC
from .joins import distinct, find
from .names import LEVELS as NAME_LEVELS
from .names import compare_names
from .persons import Pairing

Array = npt.NDArray[Any]

FEATURE_LEVELS: dict[str, tuple[str, ...]] = {
    "name": NAME_LEVELS,
    "birth": (
        "missing", "equal", "swapped", "partial", "one_digit", "month_day", "year_month", "lunar",
        "same_year", "near_year", "other",
    ),
    "sex": ("missing", "equal", "differ"),
    "place": ("missing", "group", "village", "other_group", "township", "elsewhere"),
    "phone": ("missing", "equal", "differ"),
    "relation": ("missing", "equal", "generation", "differ"),
    "id": ("missing", "equal", "one_edit", "truncated", "differ", "conflict"),
    "extra": ("missing", "equal", "near", "alike", "other"),
}  # fmt: skip
BASE = ("name", "birth", "sex", "place", "phone", "relation", "id")
SAME_VILLAGE = (1, 2, 3)  # levels of place
_CHUNK = 500_000
_WORTH = np.array([2 if kind in SOUND else 1 if kind in (B18, TRUNC) else 0 for kind in range(len(CLASS_NAMES))], dtype=np.uint8)


def features_of(pairing: Pairing) -> tuple[str, ...]:
    """The features of these two lists: the base ones and one per extra text column."""
    return BASE + tuple(f"extra{i}" for i in range(len(pairing.extra_text)))


def levels_of(feature: str) -> tuple[str, ...]:
    return FEATURE_LEVELS["extra" if feature.startswith("extra") else feature]


def level_of(patterns: Array, position: int) -> Array:
    """The level of one feature out of packed patterns."""
    return ((patterns >> np.uint64(4 * position)) & np.uint64(15)).astype(np.uint8)


def compare(pairing: Pairing, left: Array, right: Array) -> Array:
    """The packed pattern of each pair, by way of recordlinkage's Compare, in chunks that bound memory."""
    from .contract import compare_pairs

    sizes = (pairing.a.size, pairing.b.size)
    labels = list(features_of(pairing))
    patterns = np.zeros(len(left), dtype=np.uint64)
    for start in range(0, len(left), _CHUNK):
        part = slice(start, start + _CHUNK)
        matrix = compare_pairs(left[part], right[part], sizes, lambda i, j: level_matrix(pairing, i, j), labels)
        patterns[part] = pack(matrix)
    return patterns


def pack(matrix: Array) -> Array:
    """Levels of many features as one integer per pair."""
    packed = np.zeros(len(matrix), dtype=np.uint64)
    for position in range(matrix.shape[1]):
        packed |= matrix[:, position].astype(np.uint64) << np.uint64(4 * position)
    return packed


def level_matrix(pairing: Pairing, i: Array, j: Array) -> Array:
    """One column of levels per feature for rows i of A and j of B."""
    a, b = pairing.a, pairing.b
    place = place_levels(pairing, i, j)
    columns = [
        compare_names(pairing.names, a.name[i], b.name[j]),
        birth_levels(a.birth[i], b.birth[j]),
        _equality(a.sex[i] - 1, b.sex[j] - 1),
        place,
        _equality(a.phone[i], b.phone[j]),
        _relation_levels(pairing, i, j),
        id_levels(pairing, i, j),
    ]
    columns += [_text_levels(pairing, n, i, j) for n in range(len(pairing.extra_text))]
    return np.stack(columns, axis=1)


def _equality(a: Array, b: Array) -> Array:
    """0 unknown, 1 equal, 2 different."""
    chosen: Array = np.where((a < 0) | (b < 0), 0, np.where(a == b, 1, 2)).astype(np.uint8)
    return chosen


def birth_levels(a: Array, b: Array) -> Array:
    """Level of two birth dates YYYYMMDD, with the slips that clerks make; the first that holds wins."""
    level = np.zeros(len(a), dtype=np.uint8)
    known = (a > 0) & (b > 0)
    level[known & (a == b)] = 1
    rest = np.flatnonzero(known & (a != b))
    level[rest] = _unequal_births(a[rest].astype(np.int64), b[rest].astype(np.int64))
    return level


def _unequal_births(a: Array, b: Array) -> Array:
    """Levels of dates that differ. Most are years apart, and then nothing but a slip of the pen can join them."""
    level = np.full(len(a), 10, dtype=np.uint8)
    near = np.abs(a // 10000 - b // 10000) <= 2
    level[near] = _near_births(a[near], b[near])
    far = np.flatnonzero(~near)
    level[far[one_slip(a[far], b[far])]] = 4
    return level


def _near_births(a: Array, b: Array) -> Array:
    """Levels of dates that differ and are two years apart at most; the first that holds wins."""
    year_a, month_a, day_a = a // 10000, a // 100 % 100, a % 100
    year_b, month_b, day_b = b // 10000, b // 100 % 100, b % 100
    same_year = year_a == year_b
    vague_a, vague_b = month_a == 0, month_b == 0
    no_day = (day_a == 0) | (day_b == 0)
    # A lunar date is its solar date some 17 to 52 days later; a clerk may have written either.
    days = np.abs((year_a * 365.25 + month_a * 30.44 + day_a) - (year_b * 365.25 + month_b * 30.44 + day_b))
    conditions = [
        same_year & (month_a == day_b) & (day_a == month_b),
        same_year & (vague_a | vague_b | ((month_a == month_b) & no_day)),
        one_slip(a, b),
        (month_a == month_b) & (day_a == day_b),
        same_year & (month_a == month_b),
        (days >= 16) & (days <= 53),
        same_year,
    ]
    chosen: Array = np.select(conditions, [2, 3, 4, 5, 6, 7, 8], 9).astype(np.uint8)
    return chosen


def _slips() -> Array:
    """By how much two numbers of eight digits can differ when one digit does (d·10ⁿ), or two neighbours are swapped (9d·10ⁿ)."""
    steps = {d * 10**n for d in range(1, 10) for n in range(8)} | {9 * d * 10**n for d in range(1, 10) for n in range(7)}
    return np.array(sorted(steps), dtype=np.int64)


_SLIPS = _slips()


def one_slip(a: Array, b: Array) -> Array:
    """One digit differs, or two neighbours are swapped (optimal string alignment distance 1 on eight digits)."""
    slip = find(_SLIPS, np.abs(a - b)) >= 0
    rows = np.flatnonzero(slip)
    powers = 10 ** np.arange(7, -1, -1, dtype=np.int64)
    digits_a, digits_b = a[rows, None] // powers % 10, b[rows, None] // powers % 10
    unlike = digits_a != digits_b
    count = unlike.sum(axis=1)
    crossed = (digits_a[:, :-1] == digits_b[:, 1:]) & (digits_a[:, 1:] == digits_b[:, :-1])
    neighbours = (unlike[:, :-1] & unlike[:, 1:] & crossed).any(axis=1)
    slip[rows] = (count == 1) | ((count == 2) & neighbours)
    return slip


def place_levels(pairing: Pairing, i: Array, j: Array) -> Array:
    """Same group, same village, same township, elsewhere; unknown where either side names no village."""
    a, b = pairing.a, pairing.b
    village_a, village_b = a.village[i], b.village[j]
    group_a, group_b = a.group[i], b.group[j]
    town_a, town_b = a.township[i], b.township[j]
    same = village_a == village_b
    no_group = (group_a < 0) | (group_b < 0)
    same_town = (town_a == town_b) & (town_a >= 0)
    conditions = [
        (village_a < 0) | (village_b < 0),
        same & no_group,
        same & (group_a == group_b),
        same,
        same_town,
    ]
    chosen: Array = np.select(conditions, [0, 2, 1, 3, 4], 5).astype(np.uint8)
    return chosen


def _relation_levels(pairing: Pairing, i: Array, j: Array) -> Array:
    """Same word, same generation, different generation."""
    a, b = pairing.a, pairing.b
    level = _equality(a.relation[i], b.relation[j])
    generation_a, generation_b = a.generation[i], b.generation[j]
    same = (level == 2) & (generation_a == generation_b) & (generation_a > -9)
    level[same] = 2
    level[(level == 2) & ~same] = 3
    return level


def id_levels(pairing: Pairing, i: Array, j: Array) -> Array:
    """How two identity numbers relate: one feature, because birth, sex and region are inside the number."""
    a, b = pairing.a.ids, pairing.b.ids
    worth_a, worth_b = _WORTH[a.kind[i]], _WORTH[b.kind[j]]
    level = np.zeros(len(i), dtype=np.uint8)
    proven = (worth_a == 2) & (worth_b == 2)  # each proves itself: they are one number or two
    level[proven] = np.where(a.key[i[proven]] == b.key[j[proven]], 1, 5)
    rest = np.flatnonzero((worth_a > 0) & (worth_b > 0) & ~proven)
    level[rest] = _doubtful_ids(pairing, i[rest], j[rest])
    return level


def _doubtful_ids(pairing: Pairing, i: Array, j: Array) -> Array:
    """Levels of numbers of which one at least is damaged."""
    a, b = pairing.a.ids, pairing.b.ids
    equal = (a.chars[i, :18] == b.chars[j, :18]).all(axis=1)
    truncated = ((a.kind[i] == TRUNC) | (b.kind[j] == TRUNC)) & (a.prefix15[i] == b.prefix15[j])
    near = ~equal & one_edit(a.chars[i], b.chars[j])
    chosen: Array = np.select([equal, near, truncated & (a.prefix15[i] >= 0)], [1, 2, 3], 4).astype(np.uint8)
    return chosen


def one_edit(a: Array, b: Array) -> Array:
    """One character replaced, dropped, added, or two neighbours swapped (optimal string alignment ≤ 1).

    Pairs of equal length are settled by counting; only the others are worth a string distance.
    """
    unlike = a != b
    count = unlike.sum(axis=1)
    crossed = (a[:, :-1] == b[:, 1:]) & (a[:, 1:] == b[:, :-1]) & unlike[:, :-1] & unlike[:, 1:]
    near: Array = (count <= 1) | ((count == 2) & crossed.any(axis=1))
    length_a, length_b = (a != 0).sum(axis=1), (b != 0).sum(axis=1)
    rows = np.flatnonzero(~near & (np.abs(length_a - length_b) == 1))
    if len(rows):
        near[rows] = _osa_at_most_one(a[rows], b[rows])
    return near


def _osa_at_most_one(a: Array, b: Array) -> Array:
    """rapidfuzz's optimal string alignment, for numbers of unequal length."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    texts = [[v.decode() for v in np.ascontiguousarray(side).view(f"S{side.shape[1]}").ravel().tolist()] for side in (a, b)]
    distance: Array = process.cpdist(texts[0], texts[1], scorer=OSA.distance, score_cutoff=1)
    return distance <= 1


def _text_levels(pairing: Pairing, n: int, i: Array, j: Array) -> Array:
    """Equal, one slip or near, alike, other, for a column of any text."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA, JaroWinkler

    a, b, text = pairing.a.extra[n][i], pairing.b.extra[n][j], pairing.extra_text[n]
    level = _equality(a, b)
    rest = np.flatnonzero(level == 2)
    if not len(rest):
        return level
    # Few distinct pairs of values: each is compared once.
    width = len(text)
    keys = a[rest].astype(np.int64) * width + b[rest]
    pairs = distinct(keys)
    left, right = text[pairs // width], text[pairs % width]
    likeness = process.cpdist(left, right, scorer=JaroWinkler.similarity)
    slip = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=1) <= 1
    shortest = np.minimum([len(t) for t in left], [len(t) for t in right])
    steps = np.select([(likeness >= 0.92) | (slip & (shortest >= 3)), likeness >= 0.84], [2, 3], 4)
    level[rest] = steps[find(pairs, keys)]
    return level
