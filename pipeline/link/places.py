"""Villages that are spelt differently in two lists, found by where the same people live."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .config import LinkageConfig, PlaceConfig
from .joins import combine, join
from .links import Links
from .names import build_book
from .persons import Pairing

Array = npt.NDArray[Any]


def align_villages(pairing: Pairing, links: Links, config: LinkageConfig) -> Pairing:
    """B's village codes replaced by A's where certain persons, or else the spelling, say it is the same village."""
    a, b = pairing.a, pairing.b
    if not (a.village >= 0).any() or not (b.village >= 0).any():
        return pairing
    left, right = (links.a, links.b) if len(links) >= config.model.anchors else _rare_names(pairing)
    table = np.arange(len(pairing.villages), dtype=np.int32)
    known = np.unique(a.village[a.village >= 0])
    strange = np.setdiff1d(b.village[b.village >= 0], known)
    by_spelling = _by_spelling(pairing.villages, known, strange, config)
    table[list(by_spelling)] = list(by_spelling.values())
    by_people = _by_people(a.village[left], b.village[right], config.places)
    table[list(by_people)] = list(by_people.values())
    village = np.where(b.village >= 0, table[b.village], -1).astype(np.int32)
    return replace(pairing, b=replace(b, village=village))


def _rare_names(pairing: Pairing) -> tuple[Array, Array]:
    """Rows whose full name stands once in each list: not certain, but a majority of them is."""
    a = np.where(pairing.a.name >= 0, pairing.names.fold_code[pairing.a.name], -1)
    b = np.where(pairing.b.name >= 0, pairing.names.fold_code[pairing.b.name], -1)
    key_a, key_b = combine([a], [b])
    left, right, _ = join(key_a, key_b, 1)
    return left, right


def _by_people(village_a: Array, village_b: Array, config: PlaceConfig) -> dict[int, int]:
    """B's village → A's, where enough anchored persons of one spelling live in one village."""
    both = (village_a >= 0) & (village_b >= 0)
    counts = pd.DataFrame({"a": village_a[both], "b": village_b[both]}).value_counts(sort=False).reset_index(name="n")
    if counts.empty:
        return {}
    counts["share"] = counts["n"] / counts.groupby("b")["n"].transform("sum")
    best = counts[(counts["n"] >= config.anchors) & (counts["share"] >= config.share)]
    return dict(zip(best["b"].tolist(), best["a"].tolist(), strict=True))


def _by_spelling(villages: list[str], known: Array, strange: Array, config: LinkageConfig) -> dict[int, int]:
    """B's village → the only village of A that sounds alike or differs by one character (within the township)."""
    if not len(strange) or not len(known) or len(strange) * len(known) > 20_000_000:
        return {}
    book = build_book([name.rpartition("/")[2] for name in villages], config.names)
    town = pd.factorize(np.array([name.rpartition("/")[0] for name in villages], dtype=object))[0]
    found = {}
    for code in strange.tolist():
        near = known[town[known] == town[code]]
        for rule in (book.sound_code, book.near_code):
            same = near[rule[near] == rule[code]]
            if len(same) == 1:
                found[code] = int(same[0])
                break
        else:
            one_off = near[_one_character_off(book.folded[near], book.folded[code], book.length[near])]
            if len(one_off) == 1 and book.length[code] >= 2:
                found[code] = int(one_off[0])
    return found


def _one_character_off(rows: Array, row: Array, length: Array) -> Array:
    """Rows of the same length that differ from this one in exactly one character."""
    differ: Array = ((rows != row).sum(axis=1) == 1) & (length == (row >= 0).sum())
    return differ
