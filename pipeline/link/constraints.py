"""Links that cannot be: a person dead before the list was made, a parent younger than the child.

A link by number stands (the finding is about the person) and is said beside it; a link by likeness is taken back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .config import ConstraintConfig, LinkageConfig
from .links import HOUSEHOLD, SCORED, Links, cases
from .persons import Pairing, distinct_values, read_date

Array = npt.NDArray[Any]


def check(
    pairing: Pairing, links: Links, persons_a: pd.DataFrame, persons_b: pd.DataFrame, config: LinkageConfig
) -> tuple[Links, list[pd.DataFrame]]:
    """The links that may stand, and queue rows for all that break a constraint."""
    broken = {
        "dead_before": _dead_before(links, persons_a, persons_b, config.constraints),
        "generations": _wrong_generation(pairing, links, persons_a, config.constraints),
    }
    queues = [cases(config.queues[case], links.a[mask], links.b[mask], config.sentences[case]) for case, mask in broken.items()]
    impossible = np.logical_or.reduce(list(broken.values()))
    return links.take(~(impossible & np.isin(links.stage, (SCORED, HOUSEHOLD)))), queues


def _dead_before(links: Links, persons_a: pd.DataFrame, persons_b: pd.DataFrame, config: ConstraintConfig) -> Array:
    """Either list gives a death date earlier than the day the other one says its row was true."""
    dates = [
        {name: distinct_values(frame, name, read_date, len(frame), np.int32) for name in (config.death, config.as_of)}
        for frame in (persons_a, persons_b)
    ]
    broken = np.zeros(len(links), dtype=bool)
    for dead, rows, listed, others in ((dates[0], links.a, dates[1], links.b), (dates[1], links.b, dates[0], links.a)):
        died, seen = dead[config.death][rows], listed[config.as_of][others]
        broken |= (died > 0) & (seen > 0) & (died < seen)
    return broken


def _wrong_generation(pairing: Pairing, links: Links, persons_a: pd.DataFrame, config: ConstraintConfig) -> Array:
    """B's birth date puts the person on the wrong side of A's head of household: a father younger than his child."""
    if "relation" not in persons_a or "household" not in persons_a:
        return np.zeros(len(links), dtype=bool)
    a, b = pairing.a, pairing.b
    is_head = persons_a["relation"].isin(list(config.heads)).to_numpy() & (a.household >= 0) & (a.birth > 0)
    head_year = np.zeros(int(a.household.max(initial=0)) + 1, dtype=np.int32)
    head_year[a.household[is_head]] = a.birth[is_head] // 10000
    generation = a.generation[links.a].astype(np.int32)
    head = np.where(a.household[links.a] >= 0, head_year[a.household[links.a]], 0)
    year = b.birth[links.b] // 10000
    older_by = (head - year) * np.sign(generation)
    known = (head > 0) & (year > 0) & (generation != 0) & (generation > -9)
    wrong: Array = known & (older_by < config.generation_gap)
    return wrong
