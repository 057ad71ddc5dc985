"""The deterministic pass: one valid identity number on both sides, under a name that supports it.

The number alone is not enough: with an unrelated name it may be borrowed, and goes to a queue instead of a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .compare import place_levels
from .config import LinkageConfig
from .joins import combine, distinct, find, join
from .links import EXACT, EXACT_AGAIN, Links, cases, join_links, make_links
from .names import CODE, RELATED, compare_names
from .persons import Pairing

Array = npt.NDArray[Any]

# Not 1: numbers are mistyped into other people's valid numbers, about once in a hundred thousand rows.
CERTAIN, LIKELY = 0.9999, 0.995


@dataclass(frozen=True)
class ExactResult:
    """Links by number, the cases they left for people, and the B rows whose number is somebody else's."""

    links: Links
    queues: list[pd.DataFrame]
    borrowed: Array


def link_exact(pairing: Pairing, config: LinkageConfig) -> ExactResult:
    """Equal valid numbers become links where the name agrees, is a likely slip, or is not given."""
    a, b = pairing.a, pairing.b
    left, right, _ = join(a.ids.key, b.ids.key, config.block_cap)
    level = compare_names(pairing.names, a.name[left], b.name[right])
    strong = np.isin(level, RELATED) | (level == CODE["missing"])
    weak = ~strong & _share_a_character(pairing, left, right) & ~_name_lives_there(pairing, left, right)
    keep = strong | weak
    left, right, strong, lost_a, lost_b = left[keep], right[keep], strong[keep], left[~keep], right[~keep]
    chosen = _one_spine_row(pairing, left, right)
    queues = [*_spine_repeats(pairing, config), *_list_repeats(left[chosen], right[chosen], config)]
    left, right, strong = left[chosen], right[chosen], strong[chosen]
    borrowed = ~np.isin(lost_b, right)
    queues.append(_borrowed_cases(pairing, lost_a[borrowed], lost_b[borrowed], config))
    links = _as_links(left, right, np.where(strong, CERTAIN, LIKELY))
    return ExactResult(links, queues, np.unique(lost_b[borrowed]))


def _as_links(left: Array, right: Array, probability: Array) -> Links:
    """The first B row of a person is the link, its repeats follow it."""
    order = np.lexsort((right, left))
    again = np.zeros(len(left), dtype=bool)
    again[order[1:]] = left[order[1:]] == left[order[:-1]]
    parts = [
        make_links(left[~again], right[~again], probability[~again], EXACT),
        make_links(left[again], right[again], probability[again], EXACT_AGAIN),
    ]
    return join_links(parts)


def _share_a_character(pairing: Pairing, left: Array, right: Array) -> Array:
    """True where the two names have a character in common (a two-character name with one slip)."""
    book = pairing.names
    x, y = book.folded[pairing.a.name[left]], book.folded[pairing.b.name[right]]
    shared: Array = ((x[:, :, None] == y[:, None, :]) & (x[:, :, None] >= 0)).any(axis=(1, 2))
    return shared


def _name_lives_there(pairing: Pairing, left: Array, right: Array) -> Array:
    """True where the holder's own household has somebody else of the name on the list: then the number is borrowed."""
    a, book = pairing.a, pairing.names
    sound = np.where(a.name >= 0, book.sound_code[a.name], -1)
    wanted = np.where(pairing.b.name[right] >= 0, book.sound_code[pairing.b.name[right]], -1)
    keys, probes = combine([a.household, sound], [a.household[left], wanted])
    return (find(distinct(keys), probes) >= 0) & (probes >= 0)


def _one_spine_row(pairing: Pairing, left: Array, right: Array) -> Array:
    """Positions of the pairs kept when several spine rows carry the number: the household's votes, then the place."""
    order = np.lexsort((left, right))
    b_sorted = right[order]
    multiple = np.zeros(len(left), dtype=bool)
    same = b_sorted[1:] == b_sorted[:-1]
    multiple[order[1:][same]] = True
    multiple[order[:-1][same]] = True
    if not multiple.any():
        return np.arange(len(left))
    votes = _household_votes(pairing, left, right, ~multiple)
    place = place_levels(pairing, left, right).astype(np.int64)
    best = np.lexsort((left, np.where(place == 0, 9, place), -votes, right))
    first = np.ones(len(best), dtype=bool)
    first[1:] = right[best[1:]] != right[best[:-1]]
    return np.sort(best[first])


def _household_votes(pairing: Pairing, left: Array, right: Array, settled: Array) -> Array:
    """How many settled pairs share both households with each pair."""
    keys, _ = combine(
        [pairing.a.household[left], pairing.b.household[right]],
        [np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)],
    )
    shared, counts = np.unique(keys[settled & (keys >= 0)], return_counts=True)
    at = find(shared, keys)
    return np.where(at >= 0, np.append(counts, 0)[at], 0)


def _spine_repeats(pairing: Pairing, config: LinkageConfig) -> list[pd.DataFrame]:
    """Spine rows that share a number: one person in two households, or two people under one number."""
    return [_repeats(pairing, pairing.a, config, "a")] + [_repeats(pairing, pairing.b, config, "b")]


def _repeats(pairing: Pairing, side: Any, config: LinkageConfig, which: str) -> pd.DataFrame:
    """Queue rows for every person of one list whose number stands on another row of it too."""
    order = np.argsort(side.ids.key, kind="stable")
    key = side.ids.key[order]
    edge = np.flatnonzero((key[1:] == key[:-1]) & (key[1:] >= 0))
    if not len(edge):
        return cases(config.queues["shared_number"], np.zeros(0, int), np.zeros(0, int), [])
    first, second = order[edge], order[edge + 1]
    level = compare_names(pairing.names, side.name[first], side.name[second])
    related = np.isin(level, RELATED) | (level == CODE["missing"])
    moved = (side.household[first] != side.household[second]) & (side.household[first] >= 0)
    none = np.full(len(edge), -1)
    parts = []
    for mask, case in ((~related, "shared_number"), (related & moved, "two_households")):
        place = (second[mask], none[mask]) if which == "a" else (none[mask], second[mask])
        parts.append(cases(config.queues[case], place[0], place[1], config.sentences[case].format(n=2)))
    return pd.concat(parts, ignore_index=True)


def _list_repeats(left: Array, right: Array, config: LinkageConfig) -> list[pd.DataFrame]:
    """One person several times on the list: every row keeps the link, and the repetition is said."""
    rows, counts = np.unique(left, return_counts=True)
    many = counts > 1
    if not many.any():
        return []
    times = dict(zip(rows[many].tolist(), counts[many].tolist(), strict=True))
    repeated = np.isin(left, rows[many])
    why = [config.sentences["repeated"].format(n=times[row]) for row in left[repeated].tolist()]
    return [cases(config.queues["repeated"], left[repeated], right[repeated], why)]


def _borrowed_cases(pairing: Pairing, left: Array, right: Array, config: LinkageConfig) -> pd.DataFrame:
    """The same number under unrelated names, both named."""
    text = pairing.names.text
    why = [config.sentences["borrowed"].format(a=text[x], b=text[y]) for x, y in zip(pairing.a.name[left], pairing.b.name[right], strict=True)]
    return cases(config.queues["borrowed"], left, right, why)
