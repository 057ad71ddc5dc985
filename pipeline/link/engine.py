"""The flow: certain ids, then repaired ids, then all evidence weighed, households feeding persons and back, then one to one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .assign import assign, posteriors
from .blocking import Candidates, candidates, nameless
from .compare import compare
from .config import LinkageConfig
from .exact import link_exact
from .household import PairEvidence, associates, learn_listed, vote
from .ids import EMPTY, IdTable
from .joins import distinct, distinct_pairs, find, pair_key
from .links import HOUSEHOLD, SCORED, Links, join_links, make_links
from .model import Frequencies, Model, first_guess, frequencies, kin_ratio, learn, learn_in_households, member_evidence, refine, score
from .persons import Pairing
from .places import align_villages
from .remaining import remaining
from .repair import link_repaired
from .repeats import follow, repeat_cases, same_number, stand_ins

Array = npt.NDArray[Any]

_HOPELESS = -9.0  # nats below even odds from where on a pair is dropped, unless its household may still lift it


@dataclass(frozen=True)
class Weighed:
    """The candidate pairs of the residue with all that is known of them."""

    a: Array
    b: Array
    pattern: Array
    found_by: Array
    alone: Array  # log odds without the household
    log_odds: Array
    probability: Array
    members: Array
    model: Model
    lost: dict[str, int]


@dataclass(frozen=True)
class Outcome:
    """Everything the run found, as row numbers."""

    pairing: Pairing
    settled: Links  # by id
    weighed: Weighed
    chosen: Links  # by evidence, one to one, any probability above even odds
    queues: list[pd.DataFrame]


def run(pairing: Pairing, config: LinkageConfig) -> Outcome:
    """Both lists linked."""
    exact = link_exact(pairing, config)
    pairing = align_villages(pairing, exact.links, config)
    pairing = without_ids(pairing, exact.borrowed)
    repeats = stand_ins(pairing, pairing.a), stand_ins(pairing, pairing.b)
    leaders = repeats[0], same_number(pairing, pairing.b, repeats[1])
    repaired = link_repaired(pairing, *_rest(exact.links, leaders), config)
    settled = join_links([exact.links, repaired])
    rest = _rest(settled, leaders)
    model = learn(pairing, exact.links, (len(rest[0]), len(rest[1])), config)
    weighed, chosen = weigh_and_choose(pairing, *rest, settled, model, config)
    queues = [*exact.queues, *repeat_cases(*repeats, config)]
    return Outcome(pairing, follow(settled, leaders[1]), weighed, follow(chosen, leaders[1]), queues)


def weigh_and_choose(pairing: Pairing, rows_a: Array, rows_b: Array, settled: Links, model: Model, config: LinkageConfig) -> tuple[Weighed, Links]:
    """The residue compared, weighed with its households, and assigned one to one."""
    names = frequencies(pairing, config)
    found = candidates(pairing, rows_a, rows_b, config)
    pattern = compare(pairing, found.a, found.b)
    if len(settled) < config.model.anchors:
        pairs = float(len(rows_a)) * float(len(rows_b))
        guess = first_guess(pairing, config)
        model = refine(model, pattern, guess, pairs, config)
        blind = (found.found_by & nameless(config)) > 0
        held = {feature: np.exp(values) for feature, values in model.log_m.items()}
        model = refine(model, pattern[blind], {**held, "name": guess["name"]}, pairs, config, names_only=True)
    weighed = _weigh(pairing, found, pattern, model, names, settled, (rows_a, rows_b), config)
    at = assign(weighed.a, weighed.b, weighed.log_odds)
    stage = np.where(weighed.members[at] > 0, HOUSEHOLD, SCORED)
    links = make_links(weighed.a[at], weighed.b[at], weighed.probability[at], SCORED, weighed.members[at])
    return weighed, replace(links, stage=stage.astype(np.uint8))


def pairs_within(pairing: Pairing, config: LinkageConfig) -> tuple[Array, Array, Array, Array]:
    """Rows of one list that may be one person (pairing.a and pairing.b are the same list): a < b, probability, pattern.

    A person may stand on many rows, so rivals do not share the probability here.
    """
    rows = np.arange(pairing.a.size, dtype=np.int32)
    found = candidates(pairing, rows, rows, config)
    below = found.a < found.b
    a, b = found.a[below], found.b[below]
    pattern = compare(pairing, a, b)
    none = make_links(rows[:0], rows[:0], 1.0, SCORED)
    model = learn(pairing, none, (len(rows), len(rows)), config)
    model = refine(model, pattern, first_guess(pairing, config), len(rows) * (len(rows) - 1) / 2, config)
    probability = 1 / (1 + np.exp(-np.clip(score(model, pattern, a, frequencies(pairing, config)), -30, 30)))
    return a, b, probability, pattern


def _weigh(
    pairing: Pairing, found: Candidates, pattern: Array, model: Model, names: Frequencies, settled: Links,
    rows: tuple[Array, Array], config: LinkageConfig,
) -> Weighed:  # fmt: skip
    """Rounds of household votes; after each, members of households that now share somebody are compared too."""
    a, b, found_by = found.a, found.b, found.found_by
    alone = score(model, pattern, a, names)
    a, b, pattern, found_by, alone = (x[alone > _HOPELESS] for x in (a, b, pattern, found_by, alone))
    belief: Array | None = None
    listed = learn_listed(pairing, settled.a, settled.b, config.household)
    tried: Array = np.zeros(0, dtype=np.int64)
    for step in range(config.household.rounds + 1):
        evidence = _evidence(model, pattern, a, names, alone)
        votes = vote(pairing, a, b, evidence, settled, belief, model.prior, replace(config.household, listed=listed))
        belief = posteriors(a, b, votes.log_odds)
        if step == config.household.rounds:
            break
        if step and len(settled) < config.model.anchors:
            backed = votes.members >= 2
            model = learn_in_households(model, pattern[backed], a[backed], names, votes.log_odds[backed], first_guess(pairing, config), config)
            alone = score(model, pattern, a, names)
        likely = belief >= config.household.open_at
        listed = learn_listed(pairing, np.concatenate([a[likely], settled.a]), np.concatenate([b[likely], settled.b]), config.household)
        more_a, more_b = associates(pairing, *rows, np.concatenate([a[likely], settled.a]), np.concatenate([b[likely], settled.b]))
        new_a, new_b = _unseen(more_a, more_b, a, b, tried, pairing.b.size)
        tried = distinct(np.concatenate([tried, pair_key(new_a, new_b, pairing.b.size)]))
        fresh = compare(pairing, new_a, new_b)
        a, b = np.concatenate([a, new_a]), np.concatenate([b, new_b])
        pattern = np.concatenate([pattern, fresh])
        found_by = np.concatenate([found_by, np.zeros(len(new_a), dtype=np.uint32)])
        alone = np.concatenate([alone, score(model, fresh, new_a, names)])
        belief = np.concatenate([belief, np.full(len(new_a), 0.5)])
    assert belief is not None
    log_odds = votes.log_odds + remaining(pairing, a, b, belief, rows, config.decide.auto, config.decide.leftover_nats)
    return Weighed(a, b, pattern, found_by, alone, log_odds, posteriors(a, b, log_odds), votes.members, model, found.lost)


def _evidence(model: Model, pattern: Array, a: Array, names: Frequencies, alone: Array) -> PairEvidence:
    """What each pair says, alone and as a further member."""
    return PairEvidence(alone, member_evidence(model, pattern, a, names), kin_ratio(model, pattern, a, names), names.surname[a])


def _unseen(new_a: Array, new_b: Array, a: Array, b: Array, tried: Array, width: int) -> tuple[Array, Array]:
    """The new pairs that are not candidates yet."""
    new_a, new_b = distinct_pairs(new_a, new_b, width)
    key = pair_key(new_a, new_b, width)
    seen = find(distinct(np.concatenate([pair_key(a, b, width), tried])), key) >= 0
    return new_a[~seen], new_b[~seen]


def _rest(links: Links, leaders: tuple[Array, Array]) -> tuple[Array, Array]:
    """Rows of both lists that are in no link and stand for themselves, and whose other rows are in no link."""
    rest = []
    for leader, linked in ((leaders[0], links.a), (leaders[1], links.b)):
        free = leader == np.arange(len(leader))
        free[leader[linked]] = False
        rest.append(np.flatnonzero(free).astype(np.int32))
    return rest[0], rest[1]


def without_ids(pairing: Pairing, rows: Array) -> Pairing:
    """B without the numbers of these rows: they are somebody else's, and say nothing about their bearer."""
    if not len(rows):
        return pairing
    b = pairing.b
    columns = {name: getattr(b.ids, name).copy() for name in IdTable.__dataclass_fields__}
    blank = {"kind": EMPTY, "chars": 0, "length": 0, "key": -1, "prefix15": -1, "birth": 0, "sex": 0}
    for name, value in blank.items():
        columns[name][rows] = value
    birth, sex = b.birth.copy(), b.sex.copy()
    birth[rows], sex[rows] = b.birth_written[rows], b.sex_written[rows]
    return replace(pairing, b=replace(b, ids=IdTable(**columns), birth=birth, sex=sex))
