"""How the members of a household speak for each other.

For a pair (a, b) with households A and B, R = the evidence of the other members, x = the pair's own:

    odds = π·LR(x)·(stay·LR(R) + 1 − stay) / (1 + π_h·LR(R)·P(x | two members of one household)/P(x | strangers))

The numerator: the person stayed in the household, or moved. The denominator: a stranger, or a brother. As LR(R) grows this
becomes the comparison inside a known household; without other members it is the pair by itself. (The vote, the associative
pass of ONS ccslink and RELATER's feedback of accepted links, as one formula.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .config import HouseholdConfig
from .joins import distinct, find, join
from .links import Links
from .persons import Pairing

Array = npt.NDArray[Any]

_SETTLED = 14.0  # what a member linked by id adds, in nats: a million to one


@dataclass(frozen=True)
class PairEvidence:
    """Per candidate pair: log odds alone, its evidence as a further member, how well a brother would pass, surname share."""

    alone: Array
    member: Array
    kin: Array
    surname: Array


@dataclass(frozen=True)
class Vote:
    """Log odds with the household's evidence, and how many other members stand behind each pair."""

    log_odds: Array
    members: Array


def vote(
    pairing: Pairing, a: Array, b: Array, own: PairEvidence, settled: Links, belief: Array | None, prior: float,
    config: HouseholdConfig,
) -> Vote:  # fmt: skip
    """Each pair weighed with the other members of its two households; belief is the last round's probability."""
    home_a, home_b = pairing.a.household[a], pairing.b.household[b]
    housed = np.flatnonzero((home_a >= 0) & (home_b >= 0))
    log_odds, members = own.alone.copy(), np.zeros(len(a), dtype=np.int16)
    if not len(housed):
        return Vote(log_odds, members)
    own = PairEvidence(own.alone[housed], own.member[housed], own.kin[housed], own.surname[housed])
    others, count = _others(pairing, a[housed], b[housed], own, settled, None if belief is None else belief[housed], config)
    stay = np.logaddexp(np.log(config.stay) + others, np.log1p(-config.stay))
    # Whoever the other members are not may still be this one: the last two left over are likely one person.
    left_over = np.maximum(np.maximum(*_sizes(pairing, a[housed], b[housed])) - count, 1)
    household_prior = prior + np.log(config.stay * (left_over - config.listed) / config.listed)
    brother = np.logaddexp(0.0, household_prior + others + own.kin)
    log_odds[housed] = own.alone + stay - brother
    members[housed] = count
    return Vote(log_odds, members)


def _sizes(pairing: Pairing, a: Array, b: Array) -> tuple[Array, Array]:
    """Members of both households."""
    sizes = []
    for side, rows in ((pairing.a, a), (pairing.b, b)):
        counts = np.bincount(side.household[side.household >= 0])
        sizes.append(counts[side.household[rows]])
    return sizes[0], sizes[1]


def _others(
    pairing: Pairing, a: Array, b: Array, own: PairEvidence, settled: Links, belief: Array | None,
    config: HouseholdConfig,
) -> tuple[Array, Array]:  # fmt: skip
    """log LR of the other members for each pair, and how many of them are matched."""
    size_a, size_b = _sizes(pairing, a, b)
    gain = _gain(own.member, belief, np.maximum(size_a, size_b) - 1, config)
    width = int(pairing.b.household.max()) + 1
    homes = pairing.a.household[a].astype(np.int64) * width + pairing.b.household[b]
    in_a = pairing.b.household[b].astype(np.int64) * pairing.a.size + a  # one row of A against one household of B
    in_b = pairing.a.household[a].astype(np.int64) * pairing.b.size + b
    chosen = _mutual_best(in_a, in_b, gain)
    settled_homes, settled_count = _settled_homes(pairing, settled, width)
    keys = distinct(np.concatenate([homes[chosen], settled_homes]))
    at_chosen, at_settled = np.searchsorted(keys, homes[chosen]), np.searchsorted(keys, settled_homes)
    total = np.bincount(at_chosen, gain[chosen], len(keys)) + _SETTLED * np.bincount(at_settled, settled_count, len(keys))
    matched = np.bincount(at_chosen, minlength=len(keys)) + np.bincount(at_settled, settled_count, len(keys))
    surname = np.zeros(len(keys))
    np.maximum.at(surname, at_chosen, -own.surname[chosen])
    position = find(keys, homes)
    here = position >= 0
    rest = np.where(here, np.append(total, 0)[position], 0.0)
    count = np.where(here, np.append(matched, 0)[position], 0.0)
    # Under "a is b" neither a's nor b's own best pair in these households can speak as another member.
    for key in (in_a, in_b):
        mine, worth = _lookup(key[chosen], gain[chosen], key)
        once = np.isin(np.arange(len(a)), chosen) if key is in_b else np.zeros(len(a), dtype=bool)
        rest -= np.where(once, 0.0, worth)
        count -= np.where(once, 0.0, mine)
    silent = np.maximum(np.minimum(size_a, size_b) - 1 - count, 0)
    evidence = rest + np.where(count > 0, np.append(surname, 0)[position], 0.0)
    return evidence + np.log1p(-config.listed) * silent, np.maximum(count, 0)


def learn_listed(pairing: Pairing, a: Array, b: Array, config: HouseholdConfig) -> float:
    """How often a member of a household that shares one person with another list is on that list too.

    Counted where the other household has room for more than the one; drawn towards the configuration's guess.
    """
    home_a, home_b = pairing.a.household[a], pairing.b.household[b]
    both = (home_a >= 0) & (home_b >= 0)
    if not both.any():
        return config.listed
    a, b = a[both], b[both]
    key = home_a[both].astype(np.int64) * (int(home_b.max()) + 1) + home_b[both]
    _, code, shared = np.unique(key, return_inverse=True, return_counts=True)
    room = np.minimum(*_sizes(pairing, a, b)) - 1
    found = np.minimum(shared[code] - 1, room)
    strength = 200.0
    listed = (found.sum() + strength * config.listed) / (room.sum() + strength)
    return float(np.clip(listed, 0.2, 0.97))


def _gain(member: Array, belief: Array | None, others: Array, config: HouseholdConfig) -> Array:
    """What a pair adds as a further member, weighed by how far it is believed; never below zero.

    Any of the other household's members might have been the counterpart, so the best of n counts for an n-th of its worth.
    """
    share = config.listed / np.maximum(others, 1)
    fair = np.logaddexp(np.log(share) + member, np.log1p(-config.listed))
    if belief is not None:
        with np.errstate(divide="ignore"):
            fair = np.logaddexp(np.log(belief) + fair, np.log1p(-np.minimum(belief, 1 - 1e-12)))
    gain: Array = np.maximum(fair, 0.0)
    return gain


def _mutual_best(in_a: Array, in_b: Array, gain: Array) -> Array:
    """Positions of pairs that are the best of both their rows within the two households."""
    order = np.argsort(-gain, kind="stable")
    order = order[gain[order] > 0]
    best = []
    for key in (in_a, in_b):
        _, first = np.unique(key[order], return_index=True)
        flags = np.zeros(len(order), dtype=bool)
        flags[first] = True
        best.append(flags)
    return np.sort(order[best[0] & best[1]])


def _lookup(keys: Array, worth: Array, wanted: Array) -> tuple[Array, Array]:
    """1 and the worth where a wanted key is among the (distinct) keys, else 0 and 0."""
    order = np.argsort(keys, kind="stable")
    at = find(keys[order], wanted)
    return (at >= 0).astype(float), np.append(worth[order], 0.0)[at]


def _settled_homes(pairing: Pairing, settled: Links, width: int) -> tuple[Array, Array]:
    """Household pairs that share members linked already, and how many."""
    home_a, home_b = pairing.a.household[settled.a], pairing.b.household[settled.b]
    both = (home_a >= 0) & (home_b >= 0)
    keys = home_a[both].astype(np.int64) * width + home_b[both]
    homes, counts = np.unique(keys, return_counts=True)
    return homes, counts.astype(float)


def associates(pairing: Pairing, rows_a: Array, rows_b: Array, linked_a: Array, linked_b: Array) -> tuple[Array, Array]:
    """All pairs of remaining members of households that share a linked person."""
    home_a, home_b = pairing.a.household[linked_a], pairing.b.household[linked_b]
    both = (home_a >= 0) & (home_b >= 0)
    width = int(pairing.b.household.max(initial=0)) + 1
    homes = distinct(home_a[both].astype(np.int64) * width + home_b[both])
    home_a, home_b = homes // width, homes % width
    member, which, _ = join(pairing.a.household[rows_a].astype(np.int64), home_a)
    # For each (member of A's household, household of B): all members of the latter.
    other, pair, _ = join(pairing.b.household[rows_b].astype(np.int64), home_b[which])
    return rows_a[member[pair]], rows_b[other]
