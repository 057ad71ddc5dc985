"""What linkage hands on: links, doubtful pairs, cases for people, rows without a partner, and how sure all this is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .compare import compare, features_of, level_of, levels_of
from .config import LinkageConfig
from .constraints import check
from .engine import Outcome, pairs_within, run
from .estimate import estimate
from .ids import SOUND
from .joins import distinct, find
from .links import EXACT, EXACT_AGAIN, HOUSEHOLD, REPAIRED, STAGES, TRUNCATED, Links, cases, join_links
from .order import by_content
from .persons import Known, Pairing, prepare, swapped_rows

Array = npt.NDArray[Any]

_QUIET = {("sex", "equal"), ("relation", "equal"), ("relation", "generation"), ("place", "elsewhere")}


@dataclass(frozen=True)
class LinkResult:
    """Rows are named by the index of the two frames.

    links: a, b, probability, stage, why — taken without a person looking.
    review: a, b, probability, chosen, gain, why — for 待认定匹配, the most useful decision first.
    queues: queue, a, b, why — constraints that were broken; a or b may be blank.
    households: a, b, members, share, same — household codes of the two lists that share linked persons.
    unlinked: b, why. estimates: measure, value, low, high. warnings: sentences.
    """

    links: pd.DataFrame
    review: pd.DataFrame
    queues: pd.DataFrame
    households: pd.DataFrame
    unlinked: pd.DataFrame
    estimates: pd.DataFrame
    warnings: list[str] = field(default_factory=list)


class Spine:
    """A list that others are linked with, one after the other: what is known of it alone is worked out once."""

    def __init__(self, persons: pd.DataFrame) -> None:
        self.origin = Origin(by_content(persons), persons.index.to_numpy())
        self.persons = persons.iloc[self.origin.position]
        self.known = Known()


def link_frames(spine: Spine, persons_b: pd.DataFrame, config: LinkageConfig) -> LinkResult:
    """The whole of linkage on two lists."""
    persons_a = spine.persons
    if not {"name", "idno"} & set(persons_a.columns) & set(persons_b.columns):
        raise ValueError(config.sentences["neither"])
    came_in = spine.origin, Origin(by_content(persons_b), persons_b.index.to_numpy())
    persons_b = persons_b.iloc[came_in[1].position]
    outcome = run(prepare(persons_a, persons_b, config, spine.known), config)
    automatic = outcome.chosen.probability >= config.decide.auto
    sure = join_links([outcome.settled, outcome.chosen.take(automatic)])
    sure, impossible = check(outcome.pairing, sure, persons_a, persons_b, config)
    links = _links_frame(outcome, sure, config)
    review = _review_frame(outcome, sure, config)
    unlinked = _unlinked_frame(outcome, sure, review, config)
    queues = pd.concat([*outcome.queues, *impossible, _two_numbers(outcome, config)], ignore_index=True)
    return LinkResult(
        links=_named(links, *came_in),
        review=_named(review, *came_in, ordered=False),
        queues=_named(queues, *came_in),
        households=_households_frame(outcome.pairing, sure, persons_a, persons_b, config),
        unlinked=_named(unlinked, *came_in),
        estimates=estimate(outcome, sure, config),
        warnings=_warnings(outcome, sure, (persons_a, persons_b), config),
    )


def duplicate_frame(persons: pd.DataFrame, config: LinkageConfig, least: float) -> pd.DataFrame:
    """Likely repetitions within one list, each pair once, the earlier row first."""
    origin = Origin(by_content(persons), persons.index.to_numpy())
    persons = persons.iloc[origin.position]
    pairing = prepare(persons, persons, config)
    a, b, probability, pattern = pairs_within(pairing, config)
    likely = np.flatnonzero(probability >= least)
    distinct, code = np.unique(pattern[likely], return_inverse=True)
    words = np.array([evidence_words(pairing, int(p), config) for p in distinct], dtype=object)
    a, b = a[likely], b[likely]
    turned = origin.position[a] > origin.position[b]
    frame = pd.DataFrame({"a": np.where(turned, b, a), "b": np.where(turned, a, b), "probability": probability[likely].round(6)})
    frame["why"] = words[code] if len(words) else ""
    return _named(frame, origin, origin)


@dataclass(frozen=True)
class Origin:
    """Where each row stood in the caller's frame, and the caller's labels."""

    position: Array
    label: Array

    def positions(self, rows: Array) -> Array:
        """The caller's row numbers; -1 stays -1."""
        return np.where(rows >= 0, self.position[rows], -1)

    def labels(self, rows: Array) -> Array:
        """The caller's labels; -1 becomes None."""
        named = np.full(len(rows), None, dtype=object)
        named[rows >= 0] = self.label[self.position[rows[rows >= 0]]]
        return named


def _named(frame: pd.DataFrame, a: Origin, b: Origin, *, ordered: bool = True) -> pd.DataFrame:
    """Row numbers replaced by the callers' labels, in the order of the caller's B, then A (within a queue)."""
    sides = [(column, origin) for column, origin in (("a", a), ("b", b)) if column in frame]
    rows = {column: frame[column].to_numpy(dtype=np.int64) for column, _ in sides}
    if ordered:
        keys = [origin.positions(rows[column]) for column, origin in sides]
        if "queue" in frame:
            keys.append(pd.factorize(frame["queue"])[0])
        order = np.lexsort(keys)
        frame = frame.iloc[order].reset_index(drop=True)
        rows = {column: values[order] for column, values in rows.items()}
    return frame.assign(**{column: origin.labels(rows[column]) for column, origin in sides})


def _links_frame(outcome: Outcome, sure: Links, config: LinkageConfig) -> pd.DataFrame:
    """The links with their sentences, in order of B."""
    pattern = compare(outcome.pairing, sure.a, sure.b)
    return pd.DataFrame(
        {
            "a": sure.a,
            "b": sure.b,
            "probability": sure.probability.round(6),
            "stage": np.array(STAGES, dtype=object)[sure.stage],
            "why": _sentences(outcome.pairing, sure, pattern, config),
        }
    )


def _sentences(pairing: Pairing, links: Links, pattern: Array, config: LinkageConfig) -> Array:
    """One sentence per link; each distinct combination of stage, likeness and household is worded once."""
    if not len(links):
        return np.zeros(0, dtype=object)
    key = pd.DataFrame({"stage": links.stage, "pattern": pattern, "members": links.members})
    code, distinct = pd.factorize(pd.MultiIndex.from_frame(key))
    worded = np.array([_word(pairing, int(s), int(p), int(m), config) for s, p, m in distinct], dtype=object)
    text: Array = worded[code]
    for row in np.flatnonzero(np.isin(links.stage, (REPAIRED, TRUNCATED))):
        ids = {"a": pairing.a.ids.text(links.a[[row]])[0], "b": pairing.b.ids.text(links.b[[row]])[0]}
        text[row] = text[row].format(**ids)
    return text


def _word(pairing: Pairing, stage: int, pattern: int, members: int, config: LinkageConfig) -> str:
    """The sentence of one kind of link."""
    name = _level_why(pairing, pattern, 0, config) or config.sentences["no_name"]
    evidence = evidence_words(pairing, pattern, config)
    if stage == HOUSEHOLD:
        return config.sentences["household"].format(n=members, evidence=evidence)
    keys = {EXACT: "exact", EXACT_AGAIN: "exact_again", REPAIRED: "repaired", TRUNCATED: "truncated"}
    if stage in keys:
        return config.sentences[keys[stage]].format(name=name, a="{a}", b="{b}")
    return config.sentences["scored"].format(evidence=evidence)


def evidence_words(pairing: Pairing, pattern: int, config: LinkageConfig) -> str:
    """The likeness of a pair in words; what agrees as a matter of course is left out."""
    words = [_level_why(pairing, pattern, position, config) for position in range(len(features_of(pairing)))]
    return "，".join(word for word in words if word)


def _level_why(pairing: Pairing, pattern: int, position: int, config: LinkageConfig) -> str:
    feature = features_of(pairing)[position]
    level = levels_of(feature)[int(level_of(np.array([pattern], dtype=np.uint64), position)[0])]
    if level == "missing" or (feature, level) in _QUIET:
        return ""
    if feature.startswith("extra"):
        number = int(feature.removeprefix("extra"))
        return f"{config.extra[number]}{config.levels['extra'][level].why}"
    return config.levels[feature][level].why


def _review_frame(outcome: Outcome, sure: Links, config: LinkageConfig) -> pd.DataFrame:
    """Doubtful pairs, the most useful decision first: what is least known, times what hangs on it."""
    weighed = outcome.weighed
    linked_a, linked_b = np.zeros(outcome.pairing.a.size, bool), np.zeros(outcome.pairing.b.size, bool)
    linked_a[sure.a] = True
    linked_b[sure.b] = True
    likely = np.flatnonzero((weighed.probability >= config.decide.review) & ~linked_b[weighed.b] & ~linked_a[weighed.a])
    likely = likely[np.lexsort((weighed.a[likely], -weighed.probability[likely], weighed.b[likely]))]
    rank = pd.Series(weighed.b[likely]).groupby(weighed.b[likely]).cumcount().to_numpy()
    likely = likely[rank < config.decide.listed_candidates]
    a, b, p = weighed.a[likely], weighed.b[likely], weighed.probability[likely]
    chosen_key = distinct(outcome.chosen.b.astype(np.int64) * outcome.pairing.a.size + outcome.chosen.a)
    frame = pd.DataFrame(
        {
            "a": a,
            "b": b,
            "probability": p.round(6),
            "stage": "review",
            "chosen": find(chosen_key, b.astype(np.int64) * outcome.pairing.a.size + a) >= 0,
            "gain": _gain(outcome.pairing, b, p, linked_b).round(4),
            "why": _review_words(outcome, likely, config),
        }
    )
    return frame.sort_values(["gain", "b", "probability"], ascending=[False, True, False], ignore_index=True)


def _gain(pairing: Pairing, b: Array, p: Array, linked_b: Array) -> Array:
    """Entropy of the pair times the rows it may settle: itself and the unlinked rows of its household."""
    entropy = -(p * np.log2(np.clip(p, 1e-9, 1)) + (1 - p) * np.log2(np.clip(1 - p, 1e-9, 1)))
    home = pairing.b.household
    waiting = np.bincount(home[(home >= 0) & ~linked_b], minlength=int(home.max(initial=0)) + 1)
    gain: Array = entropy * np.where(home[b] >= 0, np.maximum(waiting[home[b]], 1), 1)
    return gain


def _review_words(outcome: Outcome, rows: Array, config: LinkageConfig) -> list[str]:
    """The evidence of each doubtful pair, each pattern worded once."""
    patterns = outcome.weighed.pattern[rows]
    distinct, code = np.unique(patterns, return_inverse=True)
    words = [evidence_words(outcome.pairing, int(pattern), config) for pattern in distinct]
    texts = [config.sentences["review"].format(evidence=word) for word in words]
    return [texts[c] for c in code]


def _unlinked_frame(outcome: Outcome, sure: Links, review: pd.DataFrame, config: LinkageConfig) -> pd.DataFrame:
    """Every row of B in no link, and why: nobody alike, too little evidence, or the alike one is taken."""
    size = outcome.pairing.b.size
    linked = np.zeros(size, dtype=bool)
    linked[sure.b] = True
    rows = np.flatnonzero(~linked)
    best = np.full(size, -np.inf)
    np.maximum.at(best, outcome.weighed.b, outcome.weighed.log_odds)
    doubtful = np.isin(rows, review["b"].to_numpy())
    taken = best[rows] > 0
    proven = np.isin(outcome.pairing.b.ids.kind[rows], SOUND)
    text = config.sentences
    weak = text["too_weak"].format(evidence=text["below"])
    why = np.select(
        [doubtful, taken, np.isfinite(best[rows]), proven],
        [text["review"].format(evidence=text["in_review"]), text["taken"], weak, text["id_not_found"]],
        text["no_candidate"],
    )
    return pd.DataFrame({"b": rows, "why": why.astype(object)})


def _two_numbers(outcome: Outcome, config: LinkageConfig) -> pd.DataFrame:
    """Pairs chosen by all other evidence although both have a valid number, and not the same."""
    chosen = outcome.chosen
    pattern = compare(outcome.pairing, chosen.a, chosen.b)
    conflict = level_of(pattern, 6) == levels_of("id").index("conflict")
    return cases(config.queues["two_numbers"], chosen.a[conflict], chosen.b[conflict], config.sentences["two_numbers"])


def _households_frame(pairing: Pairing, sure: Links, persons_a: pd.DataFrame, persons_b: pd.DataFrame, config: LinkageConfig) -> pd.DataFrame:
    """Households that share linked persons; same = each is where most of the other's members are."""
    columns = ["a", "b", "members", "share", "same"]
    if "household" not in persons_a or "household" not in persons_b:
        return pd.DataFrame(columns=columns)
    home_a, home_b = pairing.a.household[sure.a], pairing.b.household[sure.b]
    both = (home_a >= 0) & (home_b >= 0)
    counts = pd.DataFrame({"code_a": home_a[both], "code_b": home_b[both]}).value_counts(sort=False)
    frame = counts.reset_index(name="members").sort_values(["code_a", "code_b"], ignore_index=True)
    size_a = np.bincount(pairing.a.household[pairing.a.household >= 0], minlength=1)[frame["code_a"]]
    size_b = np.bincount(pairing.b.household[pairing.b.household >= 0], minlength=1)[frame["code_b"]]
    frame["share"] = frame["members"] / (size_a + size_b - frame["members"].to_numpy())
    order = frame.sort_values(["members", "share", "code_a", "code_b"], ascending=[False, False, True, True])
    best = ~order.duplicated("code_a") & ~order.duplicated("code_b")
    frame["same"] = best.sort_index()
    for side, persons, code in (("a", persons_a, pairing.a.household), ("b", persons_b, pairing.b.household)):
        number = np.full(int(code.max(initial=0)) + 1, None, dtype=object)
        number[code[code >= 0]] = persons["household"].to_numpy(dtype=object)[code >= 0]
        frame[side] = number[frame[f"code_{side}"]]
    return frame[columns]


def _warnings(outcome: Outcome, sure: Links, frames: tuple[pd.DataFrame, pd.DataFrame], config: LinkageConfig) -> list[str]:
    """What the reader must know before believing the result."""
    text = config.sentences
    said = [text["capped"].format(n=n, pass_name=name) for name, n in outcome.weighed.lost.items()]
    size = len(frames[1])
    if size >= 20 and len(sure) < 0.02 * size:
        said.append(text["nobody"].format(share=f"{len(sure) / size:.1%}"))
    said += outcome.pairing.known.once("swapped", lambda: _swapped(frames[0], text)) + _swapped(frames[1], text)
    numbers = int((outcome.pairing.b.ids.key >= 0).sum())
    known = int((outcome.pairing.a.ids.key >= 0).sum())
    if numbers >= 20 and known >= 20 and len(outcome.settled) < 0.02 * numbers:
        said.append(text["foreign_ids"].format(n=numbers))
    by_id = int(np.isin(outcome.settled.stage, (EXACT,)).sum())
    if by_id < config.model.anchors:
        said.append(text["few_anchors"].format(n=by_id))
    return said


def _swapped(frame: pd.DataFrame, text: dict[str, str]) -> list[str]:
    """That names and numbers stand in each other's column, all of them or some."""
    if "name" in frame and _mostly_numbers(frame["name"]):
        return [text["swapped_columns"]]
    rows = swapped_rows(frame)
    return [text["swapped_rows"].format(n=len(rows))] if rows else []


def _mostly_numbers(names: pd.Series[Any]) -> bool:
    """True where names look like identity numbers."""
    sample = names.dropna().astype(str).head(200)
    return len(sample) > 0 and bool(sample.str.fullmatch(r"\d{15,17}[\dXx]{0,3}").mean() > 0.5)
