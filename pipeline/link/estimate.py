"""How wrong the links are, as far as the data itself can tell, with intervals.

Three views that fail in different ways: the posteriors' sums (right if the model is), the replay with ids hidden (right if rows
without an id are like rows with one), and how many links a single pass alone has found (what no pass finds is not seen by
either of the others; Splink's accuracy charts leave it out, its issue #793).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .compare import levels_of
from .config import LinkageConfig
from .engine import Outcome, weigh_and_choose, without_ids
from .links import EXACT, EXACT_AGAIN, Links
from .model import refine

Array = npt.NDArray[Any]
_ENOUGH = 30  # rows of a township from which on its own figures mean something


@dataclass(frozen=True)
class Measure:
    """One estimated figure; township is blank for the whole."""

    measure: str
    value: float
    low: float
    high: float
    rows: int
    township: str = ""


def estimate(outcome: Outcome, sure: Links, config: LinkageConfig) -> pd.DataFrame:
    """measure, value, low, high, rows, township — a row per figure."""
    measures = [*_posterior_sums(outcome, sure, config), *_replay(outcome, config)]
    measures += [*_blocking(outcome, config), *_em_check(outcome, config)]
    columns = list(Measure.__dataclass_fields__)
    return pd.DataFrame([[getattr(m, c) for c in columns] for m in measures], columns=columns)


def wilson(right: int, rows: int, z: float) -> tuple[float, float]:
    """Wilson's score interval of a share; it stays inside [0, 1] and is honest at 100 %."""
    if not rows:
        return 0.0, 1.0
    share, weight = right / rows, 1 + z * z / rows
    middle = (share + z * z / (2 * rows)) / weight
    half = z * np.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows)) / weight
    return max(float(middle - half), 0.0), min(float(middle + half), 1.0)


def _posterior_sums(outcome: Outcome, sure: Links, config: LinkageConfig) -> list[Measure]:
    """Expected share of false links, and of true pairs that were not linked: of the whole and of each township."""
    b = outcome.pairing.b
    linked = np.zeros(b.size, dtype=bool)
    linked[sure.b] = True
    open_pair = ~linked[outcome.weighed.b]
    missed = np.bincount(outcome.weighed.b[open_pair], outcome.weighed.probability[open_pair], minlength=b.size)
    missed = np.minimum(np.maximum(missed, _expected_of_bare(outcome, linked, config)), 1.0)
    probability = np.zeros(b.size)
    probability[sure.b] = sure.probability
    measures = _expected("", probability[linked], missed[~linked], config)
    for code, name in enumerate(outcome.pairing.townships):
        here = b.township == code
        if int(here.sum()) >= _ENOUGH:
            measures += _expected(name, probability[linked & here], missed[~linked & here], config)
    return measures


def _expected(township: str, p: Array, missed: Array, config: LinkageConfig) -> list[Measure]:
    """Precision and recall of links with these probabilities beside rows that were missed with those."""
    z, size = config.estimate.confidence_z, max(len(p), 1)
    false, spread = float((1 - p).sum()), float(np.sqrt((p * (1 - p)).sum()))
    lost, doubt = float(missed.sum()), float(np.sqrt((missed * (1 - missed)).sum()))
    whole = max(float(p.sum()) + lost, 1.0)
    return [
        Measure("precision_by_posterior", 1 - false / size, max(1 - (false + z * spread) / size, 0.0),
                min(1 - (false - z * spread) / size, 1.0), len(p), township),
        Measure("recall_by_posterior", 1 - lost / whole, max(1 - (lost + z * doubt) / whole, 0.0),
                min(1 - (lost - z * doubt) / whole, 1.0), len(p), township),
    ]  # fmt: skip


def _expected_of_bare(outcome: Outcome, linked: Array, config: LinkageConfig) -> Array:
    """How likely each unlinked row without a sound number is on the other list: as often as rows with one are, less those found.

    Without it a row that says so little that nobody is like it would count as nobody's.
    """
    settled = outcome.settled
    exact = np.zeros(len(linked), dtype=bool)
    exact[settled.b[np.isin(settled.stage, (EXACT, EXACT_AGAIN))]] = True
    sound = outcome.pairing.b.ids.key >= 0
    bare, waiting = ~sound, ~sound & ~linked
    if exact.sum() < config.model.anchors or not waiting.any():
        return np.zeros(len(linked))
    share = exact[sound].mean() * bare.sum() - (bare & linked).sum()
    each = float(np.clip(share / waiting.sum(), 0.0, 1.0))
    return np.where(waiting, each, 0.0)


def _replay(outcome: Outcome, config: LinkageConfig) -> list[Measure]:
    """Rows linked by id, linked again with the id hidden: precision and recall of what is linked without one."""
    exact = outcome.settled.take(outcome.settled.stage == EXACT)
    hidden = _hidden(outcome, exact, config)
    if len(hidden) < 50:
        return []
    keep = np.ones(outcome.pairing.b.size, dtype=bool)
    keep[hidden.b] = False
    settled = outcome.settled.take(keep[outcome.settled.b])
    free = np.ones(outcome.pairing.a.size, dtype=bool)
    free[settled.a] = False
    rows_a, rows_b = np.flatnonzero(free).astype(np.int32), np.sort(hidden.b)
    _, chosen = weigh_and_choose(without_ids(outcome.pairing, rows_b), rows_a, rows_b, settled, outcome.weighed.model, config)
    again = chosen.take(chosen.probability >= config.decide.auto)
    partner = np.full(outcome.pairing.b.size, -1, dtype=np.int32)
    partner[hidden.b] = hidden.a
    right = partner[again.b] == again.a
    town = outcome.pairing.b.township
    measures = _rates("replay", right, len(hidden), "", config)
    for code, name in enumerate(outcome.pairing.townships):
        here, wanted = town[again.b] == code, int((town[hidden.b] == code).sum())
        if wanted >= _ENOUGH:
            measures += _rates("replay", right[here], wanted, name, config)
    return measures


def _hidden(outcome: Outcome, exact: Links, config: LinkageConfig) -> Links:
    """A random part of the id-linked rows, as large a share as really goes without an id (at least 5 %)."""
    if not len(exact):
        return exact
    bare = 1 - len(exact) / max(outcome.pairing.b.size, 1)
    size = int(min(config.estimate.replay_rows, max(bare, 0.05) * len(exact)))
    rng = np.random.default_rng(config.model.seed + 1)
    return exact.take(np.sort(rng.permutation(len(exact))[:size]))


def _rates(kind: str, right: Array, wanted: int, township: str, config: LinkageConfig) -> list[Measure]:
    """Precision and recall with intervals."""
    z = config.estimate.confidence_z
    good, made = int(right.sum()), len(right)
    return [
        Measure(f"precision_by_{kind}", good / max(made, 1), *wilson(good, made, z), made, township),
        Measure(f"recall_by_{kind}", good / max(wanted, 1), *wilson(good, wanted, z), wanted, township),
    ]


def _blocking(outcome: Outcome, config: LinkageConfig) -> list[Measure]:
    """Share of true pairs that the passes find (Chao's lower bound on the unseen), and what each pass alone adds.

    Chao 1987: with f1 pairs found by exactly one pass and f2 by exactly two, at least f1²/(2·f2) are found by none.
    """
    weighed = outcome.weighed
    found = weighed.found_by[weighed.probability >= config.decide.auto]
    if not len(found):
        return []
    bits = (found[:, None] >> np.arange(len(config.passes), dtype=np.uint32)) & 1
    times = bits.sum(axis=1)
    once, twice, never = int((times == 1).sum()), int((times == 2).sum()), int((times == 0).sum())
    unseen = once * once / (2.0 * max(twice, 1))
    seen = len(found) - never
    # Pairs that only their household has found are known misses of the passes.
    whole = max(seen + max(unseen, float(never)), 1.0)
    measures = [Measure("blocking_recall", seen / whole, *wilson(int(seen), int(whole), config.estimate.confidence_z), seen)]
    alone = (bits[times == 1]).sum(axis=0)
    for one, count in zip(config.passes, alone.tolist(), strict=True):
        if not count:
            continue
        low, high = wilson(count, len(found), config.estimate.confidence_z)
        measures.append(Measure(f"only_by:{one.name}", count / len(found), low, high, count))
    return measures


def _em_check(outcome: Outcome, config: LinkageConfig) -> list[Measure]:
    """m of equal values as EM sees it on the residue, beside the m that was used: far apart means the anchors are unlike."""
    weighed = outcome.weighed
    if not len(weighed.pattern):
        return []
    model = weighed.model
    used = {feature: np.exp(values) for feature, values in model.log_m.items()}
    pairs = float(np.exp(-model.prior)) * max(float(weighed.probability.sum()), 1.0)
    em = refine(model, weighed.pattern, used, pairs, replace(config, model=replace(config.model, prior_strength=1.0)))
    measures = []
    for feature in model.features:
        level = levels_of(feature).index("equal") if "equal" in levels_of(feature) else 1
        if feature not in ("name", "id"):
            by_em = float(np.exp(em.log_m[feature][level]))
            measures.append(Measure(f"m_by_em:{feature}", by_em, float(used[feature][level]), by_em, len(weighed.a)))
    return measures
