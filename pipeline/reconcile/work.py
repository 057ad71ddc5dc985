"""The lists linked one by one, decisions laid over the result, and everything told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.assemble import Assembled
from pipeline.ledger import LINK_COLUMNS
from pipeline.link import LinkageConfig, LinkResult, Spine, link, load_config
from pipeline.reconcile.compare import compare, too_late
from pipeline.reconcile.decisions import SAME, Decision, Decisions, known_frame, pair_keys, read_decisions
from pipeline.reconcile.frames import DepartmentList, department_lists, first_of, spine
from pipeline.reconcile.linked import DECIDED, DOUBTFUL, LINKED, OUTSIDE, UNLINKED, Decided, LinkedList, awaiting, settle, short, within
from pipeline.reconcile.model import Reconciled
from pipeline.reconcile.pairs import review_frame
from pipeline.reconcile.places import OurVillages
from pipeline.reconcile.residents import NOBODY, apart, beside, residents
from pipeline.reconcile.told import Teller, folded
from pipeline.report.words import wording
from pipeline.spec import Spec

MEASURES = ("precision_by_posterior", "recall_by_posterior", "precision_by_replay", "recall_by_replay", "blocking_recall")
EVENTS = 200  # households drawn differently: so many are named in the manifest
FEW_HERE, MOST = 3, 0.7  # people of a village by whom it is known to be one of ours, and how many of them must agree


class Reconciliation:
    """All lists of one period against the system's persons."""

    def __init__(self, now: Assembled, spec: Spec, raw: Path, period: str) -> None:
        self.now, self.spec = now, spec
        self.config = _config(spec)
        self.spine = spine(now)
        self.ready: Spine | None = None  # the spine as linkage wants it, made once for many lists
        self.keys = now.tables["person"].frame["person_key"].to_numpy(dtype=object)
        self.decisions = read_decisions(raw, period, wording().get("review.verdicts"))
        self.teller = Teller(now, spec, self.config, self.spine)
        self.lists: list[LinkedList] = []
        self.decided: list[tuple[LinkedList, int, int, Decision]] = []
        self.residents = NOBODY

    def result(self) -> Reconciled:
        """Everything the lists have to say."""
        lists = department_lists(self.now, self.spec, self.config.constraints.heads[0], OurVillages(self.spine, self.config))
        for one in self._ordered(lists):
            self.lists.append(self._one(one))
            if one.table == self.spec.register and not len(self.residents):
                heads, row_ids = self.config.constraints.heads, self.now.tables[one.table].row_ids()
                self.residents = residents(self.lists[-1], row_ids, heads, self._villages(self.lists[-1]), self.spine)
                self.ready = None
        self._mark()
        findings = folded([f for one in self.lists for f in self.teller.of_list(one)])
        findings += self.teller.of_tables(self.lists) + self.teller.of_answers(self.decisions)
        late = too_late(self.lists, self.now, self.spec)
        words = wording()
        told = [words("compare.late_note", table=self.spec.table_labels[t], days=days) for t, days in late.items()]
        return Reconciled(
            links=self._links(),
            findings=findings,
            notes=told + [f"{one.one.source.title}：{said}" for one in self.lists for said in one.warnings if self.teller.is_note(said)],
            linkage=self._linkage(),
            comparisons=compare(self.lists, self.now, self.spec, self.spine),
            late=frozenset(late),
            review=review_frame(self.lists, self.decided, self.now, self.spine, self.keys),
            residents=self.residents,
            lists=tuple(self.lists),
        )

    def _ordered(self, lists: list[DepartmentList]) -> list[DepartmentList]:
        """Those that tell of deaths, then the register of all people, then whatever looks for its people among both."""
        return sorted(lists, key=lambda one: ("death_date" not in one.columns, one.table != self.spec.register))

    def _villages(self, linked: LinkedList) -> dict[str, str]:
        """What the system calls the villages of a list: by their names, else by where the list's people are with us; without those of neither."""
        frame, endings = linked.one.frame, self.config.places.village_endings
        if "village" not in frame.columns:
            return {}
        ours = [f["village"].dropna() for f in (self.now.tables["village"].frame, self.spine) if "village" in f.columns]
        known = {short(v, endings): v for names in ours for v in names.unique()}
        found = {v: known[short(v, endings)] for v in frame["village"].dropna().unique() if short(v, endings) in known}
        there = linked.person >= 0
        if "village" in self.spine.columns and there.any():
            at = self.spine["village"].to_numpy(dtype=object)[linked.person[there]]
            for village, here in pd.Series(at).groupby(frame["village"].to_numpy(dtype=object)[there], sort=True):
                counts = here.value_counts()
                if village not in found and len(counts) and counts.iloc[0] >= FEW_HERE and counts.iloc[0] >= MOST * counts.sum():
                    found[str(village)] = str(counts.index[0])
        return found

    # -- one list --

    def _one(self, one: DepartmentList) -> LinkedList:
        config = self.config
        self.ready = self.ready or Spine(beside(self.spine, self.residents))
        result = _link(self.ready, one.frame, config)
        resident: dict[int, int] = {}
        if len(self.residents):
            result, resident = apart(result, len(self.spine), wording()("screen.resident"), set(self.residents.frame["household"]))
        decided = self._decided(one)
        addresses = self._addresses(one)
        ours = within(one, self.spine, addresses, config)
        words = wording()
        linked = settle(one, result, decided[0], ours, (words("review.why.same"), words("review.why.other")), config)
        linked.resident[np.searchsorted(one.rows, list(resident))] = list(resident.values())
        self.decided += [(linked, a, b, d) for (a, b), d in decided[1].items()]
        if "death_date" in one.frame.columns:
            self._learn_deaths(linked)
        return linked

    def _addresses(self, one: DepartmentList) -> list[Any]:
        frame = self.now.tables[one.table].frame
        columns = [f.name for f in self.spec.fields[one.table].values() if f.sensitive == "address" and f.name in frame.columns]
        return [frame[c].to_numpy(dtype=object)[one.rows] for c in columns]

    def _learn_deaths(self, linked: LinkedList) -> None:
        """Whoever a list of deaths names is dead for the lists that follow."""
        if "death_date" not in self.spine.columns:
            self.spine["death_date"] = pd.Series([None] * len(self.spine), index=self.spine.index, dtype=object)
        self.ready = None
        there = linked.person >= 0
        self.spine.loc[linked.person[there], "death_date"] = linked.one.frame["death_date"].to_numpy(dtype=object)[there]

    def _decided(self, one: DepartmentList) -> tuple[Decided, dict[tuple[int, int], Decision]]:
        """The answers that are about rows of this list; those whose values have changed are told."""
        mine = [(key, ds) for key, ds in self.decisions.by_person.items() if key[0] == one.source.name]
        same: dict[tuple[int, int], str] = {}
        other: dict[tuple[int, int], str] = {}
        all_: dict[tuple[int, int], Decision] = {}
        if mine:
            row_of = {str(k): i for i, k in enumerate(self.keys.tolist())}
            theirs, ours = known_frame(one.frame), known_frame(self.spine)
            by_hash = _by_hash(theirs)
            for (_, our_key), decisions in mine:
                a = row_of.get(our_key)
                if a is None:
                    continue
                hashes = {h for d in decisions for h in (d.keys["id_key"], d.keys["name_key"])}
                for b in sorted({b for h in hashes for b in by_hash.get(h, ())}):
                    keys = pair_keys(one.source.name, ours[a], our_key, theirs[b])
                    decision = self.decisions.of(keys)
                    if decision is not None:
                        (same if decision.verdict == SAME else other)[a, b] = _who(decision)
                        all_[a, b] = decision
                    elif (outdated := self.decisions.outdated(keys)) is not None:
                        self.teller.reopened(one, a, b, outdated)
        return Decided(_one_each(same), other), all_

    # -- what is handed on --

    def _mark(self) -> None:
        """person_key, person_no and household_no in the lists' own tables."""
        persons = self.now.tables["person"].frame
        persons["awaiting"] = awaiting(self.lists, self.spine)
        for table in sorted({one.one.table for one in self.lists}):
            frame = self.now.tables[table].frame
            row = np.full(len(frame), -1, dtype=np.intp)
            for one in self.lists:
                if one.one.table == table:
                    row[one.one.rows] = one.person
            for column in ("person_key", "person_no", "household_no"):
                if column in persons.columns:
                    frame[column] = np.append(persons[column].to_numpy(dtype=object), np.array([None], dtype=object))[row]

    def _links(self) -> pd.DataFrame:
        persons = self.now.tables["person"].frame
        parts = []
        for one in self.lists:
            ids = self.now.tables[one.one.table].row_ids()[one.one.rows]
            taken = {c: _taken(persons, c, one.person) for c in ("person_no", "household_no")}
            values = (one.one.source.name, ids, *taken.values(), one.kind, one.probability, one.stage, one.why, one.decided_by)
            mine = pd.DataFrame(dict(zip(LINK_COLUMNS, values, strict=True)))
            parts += [mine, *self._again(one.one, mine)]
        return pd.concat(parts, ignore_index=True)

    def _again(self, one: DepartmentList, links: pd.DataFrame) -> list[pd.DataFrame]:
        """The same rows where they stand in a later list once more: whom they are has been settled by the first."""
        found = []
        for origin in self.now.tables[one.table].origins:
            again = np.flatnonzero((origin.rows[one.rows] >= 0) & ~first_of(self.now.tables[one.table], origin)[one.rows])
            if len(again):
                part = links.iloc[again]
                ids = origin.records.row_ids[origin.rows[one.rows[again]]]
                why = [wording()("review.why.again", row=first, why=said) for first, said in zip(part["row_id"], part["why"], strict=True)]
                found.append(part.assign(source=origin.records.source.name, row_id=ids, why=why))
        return found

    def _linkage(self) -> dict[str, Any]:
        """Counts and estimates for the manifest."""
        sources: list[dict[str, Any]] = []
        for one in self.lists:
            told = one.estimates[one.estimates["measure"].isin(MEASURES)] if len(one.estimates) else one.estimates
            sources.append(
                {
                    "source": one.one.source.name,
                    "title": one.one.source.title,
                    "owner": one.one.source.owner,
                    "as_of": one.one.as_of,
                    "rows": len(one.person),
                    **{kind: one.count(kind) for kind in (LINKED, DECIDED, DOUBTFUL, UNLINKED, OUTSIDE)},
                    "stages": {str(k): int(v) for k, v in pd.Series(one.stage).dropna().value_counts().sort_index().items()},
                    "invalid_ids": int(one.invalid.sum()),
                    "households": _events(one.households),
                    "estimates": [_measure(row) for row in told.to_dict("records")],
                    "warnings": list(one.warnings),
                }
            )
        inside = sum(s["rows"] - s[OUTSIDE] for s in sources)
        asked = sum(s[DOUBTFUL] + s[DECIDED] for s in sources)
        return {"sources": sources, "automatic_share": round(1 - asked / inside, 6) if inside else None}


def _config(spec: Spec) -> LinkageConfig:
    path = spec.root / "mappings" / "linkage.yml"
    return load_config(path) if path.exists() else load_config()


def _link(a: Spine, b: pd.DataFrame, config: LinkageConfig) -> LinkResult:
    if {"name", "idno"} & set(a.persons.columns) & set(b.columns):
        return link(a, b, config)
    empty = pd.DataFrame({"a": [], "b": [], "probability": [], "stage": [], "why": []}, dtype=object)
    rest = pd.DataFrame({"b": b.index, "why": config.sentences["neither"]})
    queues = pd.DataFrame({"queue": [], "a": [], "b": [], "why": []}, dtype=object)
    estimates = pd.DataFrame(columns=["measure", "value", "low", "high", "rows", "township"])
    return LinkResult(empty, empty, queues, pd.DataFrame(), rest, estimates, [config.sentences["neither"]])


def _by_hash(theirs: dict[Any, dict[str, Any]]) -> dict[str, list[int]]:
    """Rows of the list by the hashes of their number and name."""
    from pipeline.reconcile.decisions import _hash, _text

    found: dict[str, list[int]] = {}
    for row, values in theirs.items():
        for column in ("idno", "name"):
            text = _text(values.get(column))
            if text:
                found.setdefault(_hash(text), []).append(int(row))
    return found


def _one_each(same: dict[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    """A row decided to be two persons is the first of them."""
    taken: set[int] = set()
    kept = {}
    for (a, b), who in sorted(same.items()):
        if b not in taken:
            taken.add(b)
            kept[a, b] = who
    return kept


def _who(decision: Decision) -> str:
    return f"{decision.period}/{decision.file}" + (f"（{decision.by}）" if decision.by else "")


def _taken(frame: pd.DataFrame, column: str, rows: Any) -> Any:
    if column not in frame.columns:
        return np.full(len(rows), None, dtype=object)
    return np.append(frame[column].to_numpy(dtype=object), np.array([None], dtype=object))[rows]


def _events(households: pd.DataFrame) -> dict[str, Any]:
    """Households that the two sides draw differently: events to know of, no errors."""
    if not len(households):
        return {"same": 0, "split": [], "merged": []}
    found: dict[str, Any] = {"same": int(households["same"].sum())}
    for event, one, several in (("split", "b", "a"), ("merged", "a", "b")):  # one of theirs is several of ours; one of ours several of theirs
        groups = households.groupby(one, sort=True)[several].agg(lambda v: sorted(map(str, v)))
        found[event] = [{"theirs" if one == "b" else "ours": str(k), "parts": v} for k, v in groups.items() if len(v) > 1][:EVENTS]
    return found


def _measure(row: dict[Any, Any]) -> dict[str, Any]:
    return {k: (round(float(v), 6) if isinstance(v, float) else v) for k, v in row.items()}


__all__ = ["Decisions", "Reconciliation"]
