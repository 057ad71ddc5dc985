"""recordlinkage's two extension points, filled with our joins and comparisons: the only module that knows it.

Its own string comparators, clean() and ECM are not used (they erase Chinese); its Index / Compare contract is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from recordlinkage.base import BaseCompareFeature, BaseIndexAlgorithm

Array = npt.NDArray[Any]


def positions(left: Array, right: Array, sizes: tuple[int, int]) -> pd.MultiIndex:
    """Row numbers of both sides as the MultiIndex recordlinkage passes around."""
    levels: Any = [pd.RangeIndex(size) for size in sizes]
    codes: Any = [left, right]
    return pd.MultiIndex(levels=levels, codes=codes, verify_integrity=False)


class KeyIndex(BaseIndexAlgorithm):  # type: ignore[misc]
    """Candidate pairs whose keys agree; the keys are columns 'key' of the two frames, -1 is no key."""

    def __init__(self, join: Callable[[Array, Array], tuple[Array, Array]]) -> None:
        super().__init__(verify_integrity=False)
        self.join = join

    def _link_index(self, df_a: pd.DataFrame, df_b: pd.DataFrame) -> pd.MultiIndex:
        """The pairs as positions; levels are ranges, so nothing is copied or hashed."""
        left, right = self.join(df_a["key"].to_numpy(), df_b["key"].to_numpy())
        return positions(left, right, (len(df_a), len(df_b)))


class LevelCompare(BaseCompareFeature):  # type: ignore[misc]
    """All comparison levels of a pair, from the row numbers of both sides."""

    def __init__(self, levels: Callable[[Array, Array], Array], labels: list[str]) -> None:
        super().__init__(["row"], ["row"], label=labels)
        self.levels = levels

    def _compute_vectorized(self, *rows: Any) -> pd.DataFrame:
        left, right = rows
        return pd.DataFrame(self.levels(left.to_numpy(), right.to_numpy()), columns=self.label)


def index_pairs(keys_a: Array, keys_b: Array, join: Callable[[Array, Array], tuple[Array, Array]]) -> tuple[Array, Array]:
    """Pairs found by recordlinkage with our join, as row numbers."""
    pairs = KeyIndex(join).index(pd.DataFrame({"key": keys_a}), pd.DataFrame({"key": keys_b}))
    return np.asarray(pairs.codes[0], dtype=np.int32), np.asarray(pairs.codes[1], dtype=np.int32)


def compare_pairs(left: Array, right: Array, sizes: tuple[int, int], levels: Callable[[Array, Array], Array], labels: list[str]) -> Array:
    """The level matrix of these pairs, computed through recordlinkage."""
    rows = [pd.DataFrame({"row": np.arange(size, dtype=np.int32)}) for size in sizes]
    pairs = positions(left, right, sizes)
    return np.asarray(LevelCompare(levels, labels).compute(pairs, rows[0], rows[1]).to_numpy(), dtype=np.uint8)
