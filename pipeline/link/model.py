"""Multi-level Fellegi–Sunter: what each level of likeness is worth, learned from the two lists themselves.

weight = log m(level) − log u(level | context), Fellegi & Sunter 1969; a missing value has weight 0. u is counted on random
pairs of different persons in three contexts — anywhere, in one village, in one household — because in a one-surname village
an equal surname says nothing, and within a household even a shared generation character does not. m comes from pairs that
share a valid id (Wagner & Layne 2014, PVS: no labels, no blocking bias), by EM where there are too few of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .compare import SAME_VILLAGE, compare, features_of, level_of, levels_of
from .config import LinkageConfig
from .joins import combine, find
from .links import Links
from .names import CODE
from .persons import Pairing, Persons

Array = npt.NDArray[Any]

ANYWHERE, VILLAGE, HOUSEHOLD, SURNAME = range(4)  # contexts of u
_ONLY_ANYWHERE = ("place", "id")  # features whose u has one context
_ENOUGH_ANCHORS = 200_000


@dataclass(frozen=True)
class Model:
    """Natural-log probabilities of every level, and the prior odds of a random pair."""

    features: tuple[str, ...]
    log_m: dict[str, Array]
    log_u: dict[str, Array]  # (contexts, levels)
    prior: float  # log odds that a random pair of the residue is one person
    max_weight: float
    floor_weight: float

    def weight(self, feature: str, context: int) -> Array:
        """Log likelihood ratio per level, 0 for missing, bounded."""
        raw: Array = np.clip(self.log_m[feature] - self.log_u[feature][context], self.floor_weight, self.max_weight)
        raw[0] = 0.0
        return raw


@dataclass(frozen=True)
class Frequencies:
    """How common each row's name is: everywhere, in its village, and among its surname in the village (natural logs)."""

    everywhere: Array
    village: Array
    surname: Array  # share of the surname in the village


def learn(pairing: Pairing, anchors: Links, residue: tuple[int, int], config: LinkageConfig) -> Model:
    """Starting model: m from anchors (or the first guesses), u from random pairs, the prior from the anchored share."""
    features = features_of(pairing)
    log_m = _log_m(pairing, anchors, config)
    log_u = _log_u(pairing, config)
    bits = np.log(2.0)
    return Model(
        features=features,
        log_m=log_m,
        log_u=log_u,
        prior=_prior(pairing, anchors, residue, config),
        max_weight=config.model.max_bits * bits,
        floor_weight=config.model.floor_bits * bits,
    )


def _prior(pairing: Pairing, anchors: Links, residue: tuple[int, int], config: LinkageConfig) -> float:
    """Log odds of a random residual pair: the share of listed persons found by id is the share expected without id."""
    with_id = int((pairing.b.ids.key >= 0).sum())
    enough = len(anchors) >= config.model.anchors and with_id > 0
    share = len(anchors) / with_id if enough else config.model.expected_share
    expected = max(min(share, 0.98) * min(residue), 0.5)
    return float(np.log(expected / max(float(residue[0]) * residue[1], 1.0)))


def _log_m(pairing: Pairing, anchors: Links, config: LinkageConfig) -> dict[str, Array]:
    """log m per level; the first guesses count as prior_strength observed pairs."""
    guess = first_guess(pairing, config)
    if len(anchors) < config.model.anchors:
        return {feature: np.log(m) for feature, m in guess.items()}
    step = max(len(anchors) // _ENOUGH_ANCHORS, 1)
    sample = anchors.take(np.arange(0, len(anchors), step))
    patterns = compare(_as_written(pairing), sample.a, sample.b)
    return {feature: np.log(m) for feature, m in m_from(patterns, None, guess, features_of(pairing), config).items()}


def _as_written(pairing: Pairing) -> Pairing:
    """Both lists without what was taken from the ids: pairs with one id agree on its birth date by definition."""
    a = replace(pairing.a, birth=pairing.a.birth_written, sex=pairing.a.sex_written)
    b = replace(pairing.b, birth=pairing.b.birth_written, sex=pairing.b.sex_written)
    return replace(pairing, a=a, b=b)


def first_guess(pairing: Pairing, config: LinkageConfig) -> dict[str, Array]:
    """The configuration's m per level, in the engine's order, summing to one over known levels."""
    guess = {}
    for feature in features_of(pairing):
        described = config.levels["extra" if feature.startswith("extra") else feature]
        m = np.array([1.0] + [described[level].m for level in levels_of(feature)[1:]])
        m[1:] /= m[1:].sum()
        guess[feature] = m
    return guess


def m_from(
    patterns: Array, weights: Array | None, guess: dict[str, Array], features: tuple[str, ...], config: LinkageConfig,
    held: tuple[str, ...] = (),
) -> dict[str, Array]:  # fmt: skip
    """m per level from (weighted) patterns of matches, drawn towards the guess; held features keep the guess."""
    learned = {}
    strength = config.model.prior_strength
    for position, feature in enumerate(features):
        described = config.levels["extra" if feature.startswith("extra") else feature]
        size = len(levels_of(feature))
        counts = np.bincount(level_of(patterns, position), weights=weights, minlength=size).astype(float)[:size]
        m = (counts + strength * guess[feature]) / (counts[1:].sum() + strength)
        fixed = feature in held or not all(level.learn for level in described.values())
        learned[feature] = guess[feature].copy() if fixed else m
        learned[feature][0] = 1.0
    return learned


def _log_u(pairing: Pairing, config: LinkageConfig) -> dict[str, Array]:
    """log u per context and level, counted on random pairs within each list (so that no true pair is among them)."""
    features = features_of(pairing)
    of_a = pairing.known.once(("strangers", features), lambda: _stranger_counts(pairing, pairing.a, features, config))
    of_b = _stranger_counts(pairing, pairing.b, features, config)
    tables = {feature: of_a[feature] + of_b[feature] for feature in features}
    if (pairing.a.village >= 0).any() and (pairing.b.village >= 0).any():
        tables["place"][ANYWHERE] = _place_counts(pairing)
    return {feature: _smooth(feature, table) for feature, table in tables.items()}


def _stranger_counts(pairing: Pairing, side: Persons, features: tuple[str, ...], config: LinkageConfig) -> dict[str, Array]:
    """How often random pairs of one list are on each level, per context; it depends on nothing but that list."""
    tables = {feature: np.zeros((4, len(levels_of(feature)))) for feature in features}
    rng = np.random.default_rng(config.model.seed)
    within = replace(pairing, a=side, b=side)
    for context in (ANYWHERE, VILLAGE, HOUSEHOLD, SURNAME):
        share = 2 if context == ANYWHERE else 4
        left, right = _strangers(side, context, config.model.sample // share, rng, pairing)
        patterns = compare(within, left, right)
        for position, feature in enumerate(features):
            counts = np.bincount(level_of(patterns, position), minlength=tables[feature].shape[1])
            tables[feature][context] += counts[: tables[feature].shape[1]]
    return tables


def _smooth(feature: str, counts: Array) -> Array:
    """Log shares of the known levels; a context that was never seen borrows the wider one's."""
    counts = counts.copy()
    counts[:, 0] = 0
    wider = {VILLAGE: ANYWHERE, SURNAME: VILLAGE, HOUSEHOLD: SURNAME}
    logs = np.zeros(counts.shape)
    levels = counts.shape[1] - 1
    for context in (ANYWHERE, VILLAGE, SURNAME, HOUSEHOLD):
        if context != ANYWHERE and (feature in _ONLY_ANYWHERE or counts[context].sum() < 100):
            logs[context] = logs[wider[context]]
            continue
        share = (counts[context, 1:] + 0.5) / (counts[context].sum() + 0.5 * levels)
        logs[context, 1:] = np.log(share)
    return logs


def _strangers(side: Persons, context: int, size: int, rng: np.random.Generator, pairing: Pairing) -> tuple[Array, Array]:
    """Random pairs of different rows of one list: anywhere, or sharing a village, a household, a village and surname."""
    size = min(size, side.size * 60)
    if context == ANYWHERE:
        left, right = rng.integers(0, max(side.size, 1), (2, size))
        different = _are_strangers(side, left, right)
        return left[different].astype(np.int32), right[different].astype(np.int32)
    surname = np.where(side.name >= 0, pairing.names.surname[side.name], -1)
    keys = {VILLAGE: side.village, HOUSEHOLD: side.household}
    key = keys[context] if context in keys else combine([side.village, surname], [side.village[:0], surname[:0]])[0]
    members = np.flatnonzero(key >= 0)
    if not len(members):
        return members.astype(np.int32), members.astype(np.int32)
    order = members[np.argsort(key[members], kind="stable")]
    _, start, count = np.unique(key[order], return_index=True, return_counts=True)
    block = np.repeat(np.arange(len(start)), count)
    at = rng.integers(0, len(order), size)
    other = start[block[at]] + rng.integers(0, count[block[at]])
    left, right = order[at], order[other]
    different = _are_strangers(side, left, right)
    return left[different].astype(np.int32), right[different].astype(np.int32)


def _are_strangers(side: Persons, left: Array, right: Array) -> Array:
    """Not one row, nor one valid number, nor one name in one household: those are one person entered twice."""
    same_number = (side.ids.key[left] == side.ids.key[right]) & (side.ids.key[left] >= 0)
    same_home = (side.household[left] == side.household[right]) & (side.household[left] >= 0)
    strangers: Array = (left != right) & ~same_number & ~(same_home & (side.name[left] == side.name[right]))
    return strangers


def _place_counts(pairing: Pairing) -> Array:
    """Expected levels of place over all pairs of the two lists, exactly, from how many live where."""
    a, b = pairing.a, pairing.b
    known_a, known_b = a.village >= 0, b.village >= 0
    total = float(known_a.sum()) * float(known_b.sum())
    same = _agreeing(a.village, b.village)
    group_a, group_b = combine([a.village, a.group], [b.village, b.group])
    grouped = _agreeing(group_a, group_b)
    both_groups = _agreeing(np.where(a.group >= 0, a.village, -1), np.where(b.group >= 0, b.village, -1))
    town = max(_agreeing(a.township, b.township) - same, 0.0)
    scale = 1e9 / max(total, 1.0)  # so that smoothing does not matter
    counts = [0.0, grouped, same - both_groups, both_groups - grouped, town, max(total - same - town, 0.0)]
    return np.array(counts) * scale


def _agreeing(keys_a: Array, keys_b: Array) -> float:
    """Number of pairs with equal keys."""
    values, counts = np.unique(keys_a[keys_a >= 0], return_counts=True)
    at = find(values, keys_b[keys_b >= 0])
    return float(np.append(counts, 0)[at].sum())


def frequencies(pairing: Pairing, config: LinkageConfig) -> Frequencies:
    """Name frequencies seen from each row of A, over both lists, without the pair itself.

    A village of 300 has no rare names: that nobody else there is seen with the name says little where its surname and its
    generation character are common. So the village's count is weighed against what its characters let expect (a gamma prior).
    """
    book, sides = pairing.names, (pairing.a, pairing.b)
    fold, surname, first, last = (
        [np.where(side.name >= 0, table[side.name], -1) for side in sides]
        for table in (book.fold_code, book.surname, book.first_character, book.last_character)
    )
    village = [side.village for side in sides]
    total = float(pairing.a.size + pairing.b.size)
    everywhere = (np.maximum(_counts_for_a(fold) - 2, 0) + 0.5) / total
    people = _counts_for_a(village)
    strength = config.model.tf_strength
    kin = _counts_for_a(village, surname)
    share = (kin + strength * _counts_for_a(surname) / total) / (people + strength)
    generation = (np.maximum(_counts_for_a(village, surname, first) - 2, 0) + strength * _counts_for_a(first) / total) / (kin + strength)
    ending = np.where(last[0] >= 0, _counts_for_a(last) / total, 1.0)
    expected = np.maximum(share * generation * ending, everywhere)
    others, shape = np.maximum(_counts_for_a(village, fold) - 2, 0), config.model.tf_shape
    in_village = (others + shape) / (np.maximum(people - 2, 0) + shape / expected)
    return Frequencies(np.log(everywhere), np.log(in_village), np.log(np.maximum(share, 1e-6)))


def _counts_for_a(*columns: list[Array]) -> Array:
    """How many rows of both lists agree with each row of A in all of these columns (each given for A and for B)."""
    key_a, key_b = combine([column[0] for column in columns], [column[1] for column in columns])
    values, counts = np.unique(np.concatenate([key_a[key_a >= 0], key_b[key_b >= 0]]), return_counts=True)
    counted: Array = np.append(counts, 1)[find(values, key_a)].astype(float)
    return counted


def contexts(patterns: Array) -> Array:
    """The context of u for each pair: in one village or anywhere."""
    place = level_of(patterns, 3)
    return np.where(np.isin(place, SAME_VILLAGE), VILLAGE, ANYWHERE)


def score(model: Model, patterns: Array, left: Array, names: Frequencies) -> Array:
    """Log odds of each pair by itself, without its household."""
    context = contexts(patterns)
    total = np.full(len(patterns), model.prior)
    for position, feature in enumerate(model.features):
        level = level_of(patterns, position)
        table = np.stack([model.weight(feature, ANYWHERE), model.weight(feature, VILLAGE)])
        part = table[context, level]
        if feature == "name":
            frequency = np.where(context == VILLAGE, names.village[left], names.everywhere[left])
            part = _by_frequency(model, level, part, frequency)
        total += part
    return total


def _by_frequency(model: Model, level: Array, weight: Array, log_frequency: Array) -> Array:
    """Equal names weigh by how rare they are here; fuzzy levels are left alone (Splink #1234, #2006)."""
    m = model.log_m["name"]
    for name in ("equal", "folded"):
        hit = level == CODE[name]
        # What the frequency adds is bounded, so that a rare name does not outweigh everything else.
        weight = np.where(hit, np.clip(np.logaddexp(m[1], m[2]) - log_frequency, 0, model.max_weight), weight)
    return weight


def member_evidence(model: Model, patterns: Array, left: Array, names: Frequencies) -> Array:
    """What a pair of further members says about two households, when village and surname are known to agree."""
    total = np.zeros(len(patterns))
    for position, feature in enumerate(model.features):
        if feature == "place":
            continue
        level = level_of(patterns, position)
        part = model.weight(feature, SURNAME)[level]
        if feature == "name":
            part = _by_frequency(model, level, part, np.minimum(names.village[left] - names.surname[left], -0.5))
        total += part
    return total


def kin_ratio(model: Model, patterns: Array, left: Array, names: Frequencies) -> Array:
    """log P(likeness | two members of one household) − log P(likeness | two strangers): how well a brother would pass."""
    context = contexts(patterns)
    total = np.zeros(len(patterns))
    for position, feature in enumerate(model.features):
        level = level_of(patterns, position)
        known = level > 0
        stranger = model.log_u[feature][context, level]
        # One household lives in one place, as far as true pairs do.
        kin = (model.log_m[feature] if feature == "place" else model.log_u[feature][HOUSEHOLD])[level]
        if feature == "name":
            frequency = np.where(context == VILLAGE, names.village[left], names.everywhere[left])
            stranger = np.where(np.isin(level, (CODE["equal"], CODE["folded"])), frequency, stranger)
        total += np.where(known, kin - stranger, 0.0)
    return total


def refine(model: Model, patterns: Array, guess: dict[str, Array], pairs: float, config: LinkageConfig, names_only: bool = False) -> Model:
    """EM on pattern counts with u held fixed; m is drawn towards the guess, the prior follows the expected matches.

    Winkler 1988; counting patterns instead of pairs makes a round cost the number of patterns. Blocking picks pairs by their
    names, and what it finds cannot tell how names of true pairs differ: so m of names is held, except (names_only) on pairs
    that were found without looking at names, where it is all that is learned.
    """
    held = tuple(feature for feature in model.features if (feature == "name") != names_only)
    distinct, counts = np.unique(patterns, return_counts=True)
    context = contexts(distinct)
    for _ in range(config.model.rounds):
        odds = np.full(len(distinct), model.prior)
        for position, feature in enumerate(model.features):
            table = np.stack([model.weight(feature, ANYWHERE), model.weight(feature, VILLAGE)])
            odds += table[context, level_of(distinct, position)]
        matches = counts / (1 + np.exp(-odds))
        m = m_from(distinct, matches, guess, model.features, config, held)
        prior = model.prior if names_only else float(np.log(max(matches.sum(), 0.5) / max(pairs, 1.0)))
        log_m = {feature: np.log(values) for feature, values in m.items()}
        change = max(float(np.abs(np.exp(log_m[f]) - np.exp(model.log_m[f])).max()) for f in model.features)
        model = replace(model, log_m=log_m, prior=min(prior, model.prior + 1.0))
        if change < 1e-4 or (names_only and matches.sum() < config.model.anchors):
            break
    return model


def learn_in_households(
    model: Model, patterns: Array, left: Array, names: Frequencies, log_odds: Array, guess: dict[str, Array], config: LinkageConfig
) -> Model:  # fmt: skip
    """m by EM from pairs inside households that other members have linked: found without looking at their own values.

    log_odds are those under the model given; what a new m changes is each pair's own part of them.
    """
    step = max(len(patterns) // _ENOUGH_ANCHORS, 1)
    patterns, left, log_odds = patterns[::step], left[::step], log_odds[::step]
    belief = _sigmoid(log_odds)
    if belief.sum() < config.model.anchors:
        return model
    rest = log_odds - score(model, patterns, left, names)
    for _ in range(config.model.rounds):
        m = m_from(patterns, belief, guess, model.features, config)
        # Whoever is left over in two households is not the same person for that alone.
        m["name"][CODE["other"]] = min(m["name"][CODE["other"]], guess["name"][CODE["other"]])
        log_m = {f: np.log(m[f]) if f != "place" else model.log_m[f] for f in model.features}
        change = max(float(np.abs(np.exp(log_m[f]) - np.exp(model.log_m[f])).max()) for f in model.features)
        model = replace(model, log_m=log_m)
        if change < 1e-5:
            break
        belief = _sigmoid(rest + score(model, patterns, left, names))
    return model


def _sigmoid(log_odds: Array) -> Array:
    """Odds as a probability."""
    share: Array = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return share
