"""Answers judged before they are believed: still about the value held, possible in itself, and right by the rules.

Nothing here writes: a judgement says what an answer is and what becomes of it. Answers are judged in rounds, for an answer
may be to a problem that only an earlier answer brought to light.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.assemble import Assembled
from pipeline.cleaners import Cleaned
from pipeline.correct.config import AnswerConfig
from pipeline.correct.lay import Cell, Correction, Finder, lay
from pipeline.correct.model import (
    ACCEPTED,
    CHANGED,
    CLAIM,
    CONFLICT,
    CORRECTION,
    NEEDLESS,
    OPEN,
    REFUSED,
    SETTLED,
    TRUE,
    UNKNOWN,
    WAIVER,
    Answer,
    Judged,
)
from pipeline.intake import Intake
from pipeline.normalise import Normaliser
from pipeline.report.fixchecks import LARGEST
from pipeline.report.words import wording
from pipeline.spec import Spec

if TYPE_CHECKING:
    from pipeline.run import Examined

OWN = ("household", "person")  # tables with one row per subject: a problem of the subject and column is one of the cell
ROUNDS = 6  # answers to problems that answers brought to light: deeper than this nobody answers within one period


@dataclass
class Outcome:
    """All answers judged, and what the records with the accepted ones show."""

    judged: list[Judged]
    seen: Examined
    waived: dict[str, Judged] = field(default_factory=dict)  # issue_id -> the answer that says it is true as it stands


def judge(
    answers: Sequence[Answer], first: Examined, spec: Spec, normaliser: Normaliser, config: AnswerConfig, examine: Callable[[Intake], Examined]
) -> Outcome:
    """Every answer judged against the records `first` was made from; `examine` shows what records with answers in them look like."""
    work = _Judging(spec, normaliser, config, first.intake, first.now, examine)
    waiting, seen, done = list(answers), first, list[Judged]()
    for _ in range(ROUNDS):
        ids = set(seen.issues["issue_id"])
        fresh = [a for a in waiting if ids & set(a.issue_ids)]
        if not fresh:
            break
        waiting = [a for a in waiting if not ids & set(a.issue_ids)]
        round_, after = work.round(fresh, done, seen)
        done += round_
        if after is None:
            break
        seen = after
    latest = _latest(answers)
    done += [work.late(answer, seen, first) if answer.period == latest[answer.issue_ids] else _overtaken(answer, latest) for answer in waiting]
    outcome = Outcome(done, seen)
    _waive(outcome)
    return outcome


def _latest(answers: Sequence[Answer]) -> dict[tuple[str, ...], str]:
    """The latest period in which a problem was answered."""
    found: dict[tuple[str, ...], str] = {}
    for answer in answers:
        found[answer.issue_ids] = max(found.get(answer.issue_ids, ""), answer.period)
    return found


def _overtaken(answer: Answer, latest: Mapping[tuple[str, ...], str]) -> Judged:
    return Judged(answer, NEEDLESS, why=_why("later", period=latest[answer.issue_ids]), kind=_kind(answer))


@dataclass
class _Judging:
    spec: Spec
    normaliser: Normaliser
    config: AnswerConfig
    intake: Intake
    now: Assembled
    examine: Callable[[Intake], Examined]

    def round(self, fresh: Sequence[Answer], before: Sequence[Judged], seen: Examined) -> tuple[list[Judged], Examined | None]:
        """The answers to problems that are there now; and what the records show with the accepted ones, None if nothing was laid."""
        issues = seen.issues.drop_duplicates("issue_id").set_index("issue_id", drop=False)
        finders = Finder(self.now), Finder(seen.now)
        judged = [self.alone(answer, issues, *finders) for answer in fresh]
        settle_copies(judged)
        settle_cells(judged)
        known = set(issues.index)
        while any(new := [j for j in judged if j.outcome == ACCEPTED and j.kind == CORRECTION]):
            laid = [j for j in [*before, *judged] if j.outcome == ACCEPTED and j.kind == CORRECTION]
            corrections = [_correction(j) for j in laid]
            covered = lay(self.intake, self.now, corrections, self.spec, self.config.same_fact)
            after = self.examine(covered.intake)
            told = [(j, still_broken(j, cells, after.issues, known)) for j, cells in zip(laid, covered.written, strict=True)]
            broken = [(j, said) for j, said in told if said and any(j is n for n in new)]
            if not broken:
                return judged, after
            for one, said in broken:
                _refuse_all(judged, one, said)
        return judged, None

    def alone(self, answer: Answer, issues: pd.DataFrame, at_first: Finder, by_now: Finder) -> Judged:
        """One answer by itself: is it complete, and is what it says possible."""
        ids = tuple(i for i in answer.issue_ids if i in issues.index)
        issue = issues.loc[ids[0]].to_dict()
        one = Judged(answer, ACCEPTED, issues=ids, table=_text(issue["table"]), column=_text(issue["column"]))
        objection = incomplete(answer)
        if objection:
            return _refused(one, objection)
        if answer.verdict == TRUE:
            return self._waiver(replace(one, kind=WAIVER), issues)
        if answer.verdict == UNKNOWN:
            return replace(one, kind=OPEN, why=_why("open"))
        if answer.answer is None:
            return replace(one, kind=CLAIM, why=_why("claim"))
        return self._correction(replace(one, kind=CORRECTION), issue, at_first, by_now)

    def _waiver(self, one: Judged, issues: pd.DataFrame) -> Judged:
        rows = issues.loc[list(one.issues)]
        if not rows["waivable"].all():
            return _refused(one, "not_waivable")
        bound, versions = one.answer.keys["rests_on"].split(), {one.answer.keys["rule_version"]}
        if not set(rows["rests_on"]) <= set(bound):
            return _refused(one, "values_changed")
        if not set(rows["rule_version"].fillna("")) <= versions:
            return _refused(one, "rule_changed")
        return replace(one, why=_why("waived"))

    def _correction(self, one: Judged, issue: dict[Any, Any], at_first: Finder, by_now: Finder) -> Judged:
        table, column, keys = one.table or "", one.column or "", one.answer.keys
        known = column in self.spec.fields.get(table, {}) and table not in self.spec.lists
        where = (table, _text(issue["row_id"]), keys["household_no"], keys["person_no"])
        entity = at_first.entity(*where) if known else -1
        if entity < 0 or column not in at_first.now.tables[table].origin_of:
            return replace(one, kind=CLAIM, why=_why("no_cell"))
        clean = self.clean(table, column, one.answer)
        held = by_now.held(table, column, by_now.entity(*where))
        one = replace(one, entity=entity, value=clean.value, held=held)
        if clean.problem:
            return _refused(one, "unusable", label=self.spec.label(table, column), value=one.answer.answer or "")
        if clean.value == held and issue["step"] != "normalise":
            return _refused(one, "same")
        return replace(one, why=_why("corrected"))

    def clean(self, table: str, column: str, answer: Answer) -> Cleaned:
        """The answer as the column's own cleaner writes it."""
        field_ = self.spec.fields[table][column]
        found = self.normaliser.one(answer.answer or "", field_, answer.kind_of_cell)
        if field_.type == "number" and found.value is not None and abs(float(found.value)) > LARGEST:
            return Cleaned(None, "too_large")  # a number of somebody or something in the place of an amount
        return found

    def late(self, answer: Answer, seen: Examined, first: Examined) -> Judged:
        """An answer to a problem that is not there (any more): has the system got it by now, does it hold something else, or is it needless."""
        table, column = answer.keys["table"], answer.keys["column"]
        one = Judged(answer, NEEDLESS, why=_why("gone"), table=table or None, column=column or None, kind=_kind(answer))
        if column not in self.spec.fields.get(table, {}) or table in self.spec.lists:
            return one
        finder = Finder(first.now)
        entity = finder.entity(table, None, answer.keys["household_no"], answer.keys["person_no"])
        if entity < 0:
            return one if table not in ("household", "person") else _refused(one, "nobody")
        held = finder.held(table, column, entity)
        one = replace(one, entity=entity, held=held)
        moved = held not in {self._seen(part, table, column) for part in answer.keys["seen"].split("\n")}
        if one.kind == CORRECTION and not incomplete(answer):
            clean = self.clean(table, column, answer)
            if not clean.problem and clean.value == held:
                return replace(one, outcome=SETTLED, value=clean.value, why=_why("settled"))
            one = replace(one, value=clean.value)
        if moved:
            return _refused(one, "moved", value=held or wording()("correct.blank"))
        return one

    def _seen(self, text: str, table: str, column: str) -> str | None:
        return self.normaliser.one(text, self.spec.fields[table][column], 0).value if text else None


def incomplete(answer: Answer) -> str | None:
    """What an answer lacks to be one; None when it is whole."""
    if answer.verdict is None:
        return None if answer.answer else "no_verdict"
    if answer.verdict not in (CHANGED, TRUE, UNKNOWN):
        return "odd_verdict"
    if answer.verdict != CHANGED and answer.answer and answer.answer != answer.keys["seen"]:
        return "both"
    if answer.verdict == TRUE:
        lacking = [not answer.evidence and "no_evidence", not answer.by and "no_name", not answer.on and "no_date"]
        return next((str(name) for name in lacking if name), None)
    return None


def _kind(answer: Answer) -> str:
    if answer.verdict in (TRUE, UNKNOWN):
        return WAIVER if answer.verdict == TRUE else OPEN
    return CORRECTION if answer.answer else CLAIM


def settle_copies(judged: Sequence[Judged]) -> None:
    """Of several answers to one problem the latest period's counts; within a period those that agree count once, others are a conflict."""
    by_issue: dict[str, list[Judged]] = {}
    for one in judged:
        for issue in one.issues if one.outcome == ACCEPTED else ():
            by_issue.setdefault(issue, []).append(one)
    for several in by_issue.values():
        latest = max(one.answer.period for one in several)
        for one in several:
            if one.answer.period < latest and one.outcome == ACCEPTED:
                one.outcome, one.why = NEEDLESS, _why("later", period=latest)
        _agree([one for one in several if one.answer.period == latest])


def settle_cells(judged: Sequence[Judged]) -> None:
    """Answers to different problems of one cell must give it one value."""
    by_cell: dict[tuple[str | None, str | None, int], list[Judged]] = {}
    for one in judged:
        if one.outcome == ACCEPTED and one.kind == CORRECTION:
            by_cell.setdefault((one.table, one.column, one.entity), []).append(one)
    for several in by_cell.values():
        latest = max(one.answer.period for one in several)
        newest = [one for one in several if one.answer.period == latest]
        if len({one.value for one in newest}) > 1:
            _in_conflict(newest)
        for one in several:
            if one.answer.period < latest and one.value != newest[0].value:
                one.outcome, one.why = NEEDLESS, _why("later", period=latest)


def _agree(several: Sequence[Judged]) -> None:
    standing = [one for one in several if one.outcome in (ACCEPTED, CONFLICT)]
    said = {(one.kind, one.value) for one in standing}
    if (CLAIM, None) in said and any(kind == CORRECTION for kind, _ in said):
        said.discard((CLAIM, None))  # “changed” without the value and “changed” with it do not contradict one another
    if len(said) > 1:
        _in_conflict(standing)


def _in_conflict(several: Sequence[Judged]) -> None:
    places = "；".join(sorted({_who(one.answer) for one in several}))
    for one in several:
        one.outcome, one.why = CONFLICT, _why("conflict", who=places)


def _who(answer: Answer) -> str:
    """Whose copy it is: file, row, who filled it in and when."""
    words = wording()
    return words(
        "correct.copy", file=answer.file, row=answer.row, by=answer.by or words("correct.nobody"), on=answer.on or words("correct.no_day")
    )


def still_broken(one: Judged, cells: Iterable[Cell], issues: pd.DataFrame, known: Collection[str]) -> str | None:
    """What the rules say of the cells a correction was written to: its own rule again, one that no value may break, or a new fault.

    Questions of plausibility (info) do not refuse an answer; they are asked as problems of their own.
    """
    rows = {row_id for row_id, _, _ in cells}
    keys = one.answer.keys
    here = issues[(issues["table"] == one.table) & (issues["column"] == one.column)]
    of_it = here["row_id"].isin(rows)
    if one.table in OWN:
        of_it |= (here["household_no"] == keys["household_no"]) & (here["person_no"].fillna("") == keys["person_no"])
    new_fault = (here["severity"] == "warning") & ~here["issue_id"].isin(list(known))
    here = here[of_it & ((here["severity"] == "critical") | (here["rule"] == keys["rule"]) | new_fault)]
    return str(here["message"].iloc[0]) if len(here) else None


def _refuse_all(judged: Sequence[Judged], one: Judged, said: str) -> None:
    """The correction and every other that gives the same cell the same value."""
    for other in judged:
        if other.outcome == ACCEPTED and (other.table, other.column, other.entity) == (one.table, one.column, one.entity):
            other.outcome, other.why = REFUSED, _why("still_broken", message=said)


def _correction(one: Judged) -> Correction:
    assert one.table is not None and one.column is not None
    answer = one.answer
    reason = wording()("correct.reason", file=f"{answer.period}/returned/{answer.file}", tab=answer.tab, row=answer.row)
    return Correction(one.table, one.column, one.entity, one.value, reason)


def _waive(outcome: Outcome) -> None:
    """The problems that are true as they stand, where the answers laid meanwhile have not changed what that rests on."""
    now = outcome.seen.issues.drop_duplicates("issue_id").set_index("issue_id")
    for one in outcome.judged:
        if one.kind == WAIVER and one.outcome == ACCEPTED:
            there = [i for i in one.issues if i in now.index]
            if not there:
                one.outcome, one.why = NEEDLESS, _why("gone")
            elif set(now.loc[there, "rests_on"]) <= set(one.answer.keys["rests_on"].split()):
                outcome.waived.update((i, one) for i in there)
            else:
                one.outcome, one.why = REFUSED, _why("values_changed")


def _refused(one: Judged, why: str, **slots: str) -> Judged:
    return replace(one, outcome=REFUSED, why=_why(why, **slots))


def _why(key: str, **slots: object) -> str:
    return wording()(f"correct.why.{key}", **slots)


def _text(value: object) -> str | None:
    return None if value is None or value != value else str(value)
