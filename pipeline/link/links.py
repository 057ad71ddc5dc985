"""The shapes that pass between the passes: links found, and cases for a queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[Any]

EXACT, EXACT_AGAIN, REPAIRED, TRUNCATED, SCORED, HOUSEHOLD = range(6)
STAGES = ("exact", "exact_again", "repaired", "truncated", "scored", "household")


@dataclass(frozen=True)
class Links:
    """Pairs (row of A, row of B) taken as one person, with probability, stage and members of the household behind it."""

    a: Array
    b: Array
    probability: Array
    stage: Array
    members: Array

    def __len__(self) -> int:
        return len(self.a)

    def take(self, rows: Array) -> Links:
        """The links at these positions (or under this mask)."""
        return Links(self.a[rows], self.b[rows], self.probability[rows], self.stage[rows], self.members[rows])


def make_links(a: Array, b: Array, probability: Array | float, stage: int, members: Array | None = None) -> Links:
    """Links of one stage."""
    size = len(a)
    return Links(
        a.astype(np.int32),
        b.astype(np.int32),
        np.broadcast_to(np.asarray(probability, dtype=np.float64), (size,)).copy(),
        np.full(size, stage, dtype=np.uint8),
        np.zeros(size, dtype=np.int16) if members is None else members.astype(np.int16),
    )


def join_links(parts: Sequence[Links]) -> Links:
    """All links in order of B, then A."""
    joined = Links(*(np.concatenate([getattr(part, name) for part in parts]) for name in Links.__dataclass_fields__))
    return joined.take(np.lexsort((joined.a, joined.b)))


def cases(queue: str, a: Array, b: Array, why: Sequence[str] | str) -> pd.DataFrame:
    """Rows of a queue; a or b may be -1."""
    return pd.DataFrame({"queue": queue, "a": a, "b": b, "why": why})
