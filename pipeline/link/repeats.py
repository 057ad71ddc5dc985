"""One person on several rows of the same list: the fullest row stands for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .config import LinkageConfig
from .ids import EMPTY, SCI, SOUND
from .joins import combine, find
from .links import EXACT_AGAIN, Links, cases, join_links, make_links
from .persons import Pairing, Persons

Array = npt.NDArray[Any]


def stand_ins(pairing: Pairing, side: Persons) -> Array:
    """For each row the row that stands for it: the fullest of one name in one household, of no other sex or valid number.

    Two people of one full name in one household are practically unknown; one person entered twice is not.
    """
    name = np.where(side.name >= 0, pairing.names.fold_code[side.name], -1)
    key, _ = combine([side.household, name], [side.household[:0], name[:0]])
    sound = np.isin(side.ids.kind, SOUND)
    fullness = 4 * sound.astype(int) + 2 * (side.birth > 0) + (side.sex > 0)
    order = np.lexsort((np.arange(side.size), -fullness, key))
    first = np.ones(side.size, dtype=bool)
    first[1:] = key[order[1:]] != key[order[:-1]]
    leader = np.empty(side.size, dtype=np.int32)
    leader[order] = order[np.maximum.accumulate(np.where(first, np.arange(side.size), 0))]
    other_number = sound & sound[leader] & (side.ids.key != side.ids.key[leader])
    other_sex = (side.sex > 0) & (side.sex[leader] > 0) & (side.sex != side.sex[leader])
    alone = (key < 0) | other_number | other_sex
    return np.where(alone, np.arange(side.size), leader).astype(np.int32)


def same_number(pairing: Pairing, side: Persons, leader: Array) -> Array:
    """Stand-ins, rows of one number and one name standing for each other too: spells and settlements of one person, whatever the number is worth."""
    name = np.where(side.name >= 0, pairing.names.fold_code[side.name], -1)
    number = pd.factorize(np.ascontiguousarray(side.ids.chars).view(f"S{side.ids.chars.shape[1]}").ravel())[0]
    telling = (name >= 0) & ~np.isin(side.ids.kind, (EMPTY, SCI)) & (leader == np.arange(side.size))
    rows = np.flatnonzero(telling)
    first = pd.DataFrame({"name": name[rows], "number": number[rows], "row": rows}).groupby(["name", "number"], sort=False)["row"].transform("min")
    chosen = leader.copy()
    chosen[rows] = first.to_numpy()
    result: Array = chosen[chosen]
    return result


def follow(links: Links, leader: Array) -> Links:
    """Links of B rows whose stand-in is linked: the same partner, said to be a repetition."""
    linked = np.zeros(len(leader), dtype=bool)
    linked[links.b] = True
    rows = np.flatnonzero((leader != np.arange(len(leader))) & ~linked)
    order = np.argsort(links.b, kind="stable")
    at = find(links.b[order], leader[rows])
    rows, at = rows[at >= 0], order[at[at >= 0]]
    again = make_links(links.a[at], rows, links.probability[at], EXACT_AGAIN, links.members[at])
    return join_links([links, again])


def repeat_cases(leader_a: Array, leader_b: Array, config: LinkageConfig) -> list[pd.DataFrame]:
    """Queue rows for repetitions within either list."""
    parts = []
    for side, leader in (("a", leader_a), ("b", leader_b)):
        rows = np.flatnonzero(leader != np.arange(len(leader)))
        if len(rows):
            times = np.bincount(leader, minlength=len(leader))[leader[rows]]
            why = [config.sentences["repeated"].format(n=n) for n in times.tolist()]
            none = np.full(len(rows), -1)
            parts.append(cases(config.queues["repeated"], rows if side == "a" else none, none if side == "a" else rows, why))
    return parts
