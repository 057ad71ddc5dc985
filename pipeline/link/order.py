"""The order of a list by what its rows say: nothing that is found may depend on how a file was sorted."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[Any]


def by_content(frame: pd.DataFrame) -> Array:
    """Row numbers in an order that only the rows' content decides, village by village; equal rows by their label.

    Hashes of text decide, so the order means nothing to a reader; neighbours stay near each other in memory.
    """
    hashes = {str(column): _hashes(frame[column]) for column in sorted(map(str, frame.columns))}
    whole = np.zeros(len(frame), dtype=np.uint64)
    for values in hashes.values():
        whole = (whole ^ values) * np.uint64(1099511628211)
        whole ^= whole >> np.uint64(31)
    near = [hashes[column] for column in ("name", "household", "village") if column in hashes]
    order = np.lexsort([whole, *near])
    ordered = whole[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.lexsort([_label_ranks(frame.index), whole, *near])
    return order


def _hashes(column: pd.Series[Any]) -> Array:
    """One hash per cell, of its text; blanks are alike."""
    codes, values = pd.factorize(column.to_numpy(dtype=object))
    texts = np.array([str(value) for value in values], dtype=object)
    table: Array = np.append(pd.util.hash_array(texts, categorize=False), np.uint64(0))
    picked: Array = table[codes]
    return picked


def _label_ranks(index: pd.Index[Any]) -> Array:
    """The place of each label among all; labels that cannot be compared keep the order they came in."""
    try:
        ranks: Array = np.argsort(np.argsort(index.to_numpy(), kind="stable"), kind="stable")
    except TypeError:
        ranks = np.arange(len(index))
    return ranks
