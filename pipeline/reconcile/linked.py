"""One list after linkage: what became of each of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.link import LinkageConfig, LinkResult
from pipeline.link.ids import EMPTY, SOUND, read_ids
from pipeline.reconcile.frames import DepartmentList

Array = npt.NDArray[Any]
LINKED, DECIDED, DOUBTFUL, UNLINKED, OUTSIDE = "linked", "decided", "doubtful", "unlinked", "outside"
BY_LIKENESS = ("scored", "household")
UNPLACED_SHARE = 0.5  # rows without any place are taken for this township's where so many of the list are


@dataclass
class LinkedList:
    """One list's rows, in the order of its table: the person each is, how sure and why."""

    one: DepartmentList
    person: Array  # row of the person table, −1 for none
    kind: Array
    probability: Array
    stage: Array
    why: Array
    decided_by: Array
    review: pd.DataFrame  # a, b, probability, why: pairs still open
    queues: pd.DataFrame
    estimates: pd.DataFrame
    warnings: list[str]
    id_kind: Array
    households: pd.DataFrame
    resident: Array = field(default_factory=lambda: np.zeros(0, dtype=np.intp))  # of people outside the system, −1 for none

    def __post_init__(self) -> None:
        if not len(self.resident):
            self.resident = np.full(len(self.person), -1, dtype=np.intp)

    @property
    def invalid(self) -> Array:
        """Rows whose number proves nothing; none where the list has no numbers at all."""
        if "idno" not in self.one.columns:
            return np.zeros(len(self.person), dtype=bool)
        return ~np.isin(self.id_kind, SOUND)

    def count(self, *kinds: str) -> int:
        """How many rows are of these kinds."""
        return int(np.isin(self.kind.astype(str), kinds).sum())


@dataclass(frozen=True)
class Decided:
    """Answers that fit rows of this list: (person, row) → who said so."""

    same: dict[tuple[int, int], str]
    other: dict[tuple[int, int], str]


def settle(
    one: DepartmentList, result: LinkResult, decided: Decided, ours: tuple[Array, Array], words: tuple[str, str], config: LinkageConfig
) -> LinkedList:
    """Decisions laid over the links; `ours`: for each row whether it is of this township, and whether its place is known."""
    rows = one.rows
    at = {int(row): i for i, row in enumerate(rows.tolist())}
    size = len(rows)
    person: Array = np.full(size, -1, dtype=np.intp)
    kind, stage, why, by = (np.full(size, None, dtype=object) for _ in range(4))
    probability: Array = np.full(size, np.nan)
    forced_person = {a for a, _ in decided.same}
    forced_row = {b for _, b in decided.same}
    why[[at[int(b)] for b in result.unlinked["b"]]] = result.unlinked["why"].to_numpy(dtype=object)
    for a, b, p, how, said in result.links[["a", "b", "probability", "stage", "why"]].itertuples(index=False, name=None):
        i = at[int(b)]
        if (a, b) in decided.other:
            why[i], by[i] = words[1].format(by=decided.other[a, b]), decided.other[a, b]
        elif b not in forced_row and a in forced_person and how in BY_LIKENESS:
            why[i] = config.sentences["taken"]
        elif b not in forced_row:
            person[i], probability[i], stage[i], why[i], kind[i] = a, p, how, said, LINKED
    for (a, b), who in decided.same.items():
        i = at[b]
        person[i], probability[i], stage[i], why[i], kind[i], by[i] = a, 1.0, DECIDED, words[0].format(by=who), DECIDED, who
    prefix = config.sentences["review"].partition("{")[0]
    pairs = result.review.assign(why=[str(w).removeprefix(prefix) for w in result.review["why"]]) if len(result.review) else result.review
    review = _open_pairs(pairs, decided, forced_person | set(person[person >= 0].tolist()))
    kind[[at[int(b)] for b in review["b"]]] = DOUBTFUL
    rest = pd.isna(kind)
    kind[rest] = np.where(_of_ours(ours, person)[rest], UNLINKED, OUTSIDE)
    number = one.frame["idno"] if "idno" in one.frame.columns else None
    return LinkedList(
        one, person, kind, probability, stage, why, by, review, result.queues, result.estimates, result.warnings,
        read_ids(number, size).kind if number is not None else np.full(size, EMPTY), result.households,
    )  # fmt: skip


def _of_ours(ours: tuple[Array, Array], person: Array) -> Array:
    """Rows of this township; those that tell no place, where the list is mostly of people here."""
    here, placed = ours
    return here | (~placed & bool((person >= 0).mean() >= UNPLACED_SHARE))


def _open_pairs(review: pd.DataFrame, decided: Decided, taken: set[int]) -> pd.DataFrame:
    closed = set(decided.other) | set(decided.same)
    rows = {b for _, b in decided.same}
    keep = [(a, b) not in closed and b not in rows and a not in taken for a, b in zip(review["a"], review["b"], strict=True)]
    return review[np.array(keep, dtype=bool)].reset_index(drop=True)


def within(one: DepartmentList, spine: pd.DataFrame, addresses: Sequence[Array], config: LinkageConfig) -> tuple[Array, Array]:
    """For each row whether it is of a township (or village) of ours, and whether it says where it is."""
    size = len(one.rows)
    here, placed = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    for column, endings in (("township", config.places.township_endings), ("village", config.places.village_endings)):
        if column in one.frame.columns and column in spine.columns:
            known = {short(v, endings) for v in spine[column].dropna().unique()}
            given = one.frame[column].to_numpy(dtype=object)
            filled = ~pd.isna(given)
            mine = np.array([filled[i] and short(v, endings) in known for i, v in enumerate(given)], dtype=bool)
            here |= mine & ~placed
            # a village of another name may be a former one; only a township settles that a row is elsewhere
            placed |= filled if column == "township" else mine
    names = {short(v, config.places.township_endings) for c in ("township",) if c in spine.columns for v in spine[c].dropna().unique()}
    for texts in addresses:
        told = np.array([isinstance(t, str) and len(t) > 4 for t in texts], dtype=bool) & ~placed
        here |= told & np.array([isinstance(t, str) and any(n in t for n in names) for t in texts], dtype=bool)
        placed |= told & here
    return here, placed


def short(text: Any, endings: Sequence[str]) -> str:
    """A place without its kind."""
    folded = "".join(str(text).split())
    return next((folded[: -len(e)] for e in endings if folded.endswith(e) and len(folded) > len(e)), folded)


def awaiting(lists: Sequence[LinkedList], spine: pd.DataFrame) -> Array:
    """For each person of ours the tables in which a row may still be his: one that waits for an answer, was put into a queue, or has
    his name and reached nobody (one of the two numbers may be wrong); ",dibao,school," or None."""
    found: dict[int, set[str]] = {}
    names = pd.Series(spine.index.to_numpy(), index=spine["name"].to_numpy(dtype=object)) if "name" in spine.columns else pd.Series(dtype=int)
    names = names[names.index.notna()]
    for one in lists:
        maybe = {int(a) for a in one.review["a"]} if len(one.review) else set()
        maybe |= {int(a) for a in one.queues["a"] if a is not None and a == a} if len(one.queues) else set()
        if "name" in one.one.frame.columns:
            loose = one.one.frame["name"].to_numpy(dtype=object)[(one.person < 0) & (one.resident < 0) & (one.kind != OUTSIDE)]
            maybe |= {int(a) for a in names[names.index.isin(set(loose[~pd.isna(loose)]))]}
        for person in maybe - {int(p) for p in one.person[one.person >= 0]}:
            found.setdefault(person, set()).add(one.one.table)
    marks: Array = np.full(len(spine), None, dtype=object)
    for person, tables in found.items():
        marks[person] = "," + ",".join(sorted(tables)) + ","
    return marks
