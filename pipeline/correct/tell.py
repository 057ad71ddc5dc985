"""What is said of returned lists: a line per row for the receipts, and a finding where the township has to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.correct.follow import Story, shown_verdict
from pipeline.correct.judge import Outcome
from pipeline.correct.model import BLANK, CONFLICT, CORRECTION, REFUSED, Answer, Judged, ReturnedFile
from pipeline.ledger import Finding
from pipeline.report.words import wording
from pipeline.spec import Spec

if TYPE_CHECKING:
    from pipeline.correct import Recognised

COLUMNS = (
    "period", "file", "tab", "row", "township", "village", "household_no", "person_no", "name", "head", "ref", "title", "problem", "where", "verdict",
    "answer", "evidence", "checked_by", "checked_on", "outcome", "kind", "why", "value", "issue_ids", "open",
)  # fmt: skip
UNKNOWN_ROW = "unknown_row"


def answer_rows(known: Recognised, outcome: Outcome, states: pd.DataFrame, period: str) -> pd.DataFrame:
    """Every row of this period's returned lists and what became of it; nothing that stood on one is left out."""
    judged = {one.answer.place: one for one in outcome.judged}
    titles = dict(zip(states["issue_id"], states["title"], strict=True))
    still = set(states.loc[states["open"].astype(bool), "issue_id"])
    rows: list[dict[str, Any]] = []
    for one, found, said in known:
        if one.period != period:
            continue
        records = one.rows.to_dict("records")
        for record, answer, spoke in zip(records, found, said, strict=True):
            rows.append(_row({str(k): v for k, v in record.items()}, answer, spoke, judged, still, titles))
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return frame.assign(row=frame["row"].astype(float), open=frame["open"].astype(bool))


def _row(
    record: dict[str, Any], answer: Answer | None, spoke: bool, judged: dict[Any, Judged], still: set[str], titles: dict[Any, Any]
) -> dict[str, Any]:
    written = {c: _text(record.get(c)) for c in ("answer", "evidence", "checked_by", "checked_on", "verdict")}
    base = {**dict.fromkeys(COLUMNS), "period": record["period"], "file": record["file"], "tab": record["tab"], "row": record["row"], **written}
    if answer is None:  # not a word of it is repeated: nobody knows whose it is
        why = wording()(f"correct.why.{UNKNOWN_ROW}") if spoke else None
        return {**base, "outcome": UNKNOWN_ROW if spoke else BLANK, "why": why, "open": False}
    keys = answer.keys
    row = {
        **base,
        **{c: keys[c] or None for c in ("township", "village", "household_no", "person_no", "name", "head", "ref", "problem")},
        "where": _text(record.get("where")),
        "title": next((titles[i] for i in answer.issue_ids if i in titles), None),
        "issue_ids": " ".join(answer.issue_ids),
        "open": any(i in still for i in answer.issue_ids),
        "outcome": BLANK,
    }
    one = judged.get(answer.place)
    if not spoke or one is None:
        return row
    return {**row, "verdict": shown_verdict(answer.verdict) or None, "outcome": one.outcome, "kind": one.kind, "why": one.why, "value": one.value}


def findings(known: Recognised, outcome: Outcome, story: Story, states: pd.DataFrame, spec: Spec) -> list[Finding]:
    """What people must look at: files that are no lists, rows that nobody knows, copies that disagree, answers the data has overtaken."""
    found: list[Finding] = []
    for one, answers, said in known:
        if one.period == story.period:
            found += [*one.findings, *_of_file(one, spec), *_unknown(one, answers, said)]
    found += _conflicts(outcome, spec)
    open_cells = set(zip(*(states.loc[states["open"].astype(bool), c].fillna("") for c in CELL), strict=True))
    for judged in outcome.judged:
        overtaken = judged.outcome == REFUSED and judged.kind == CORRECTION and not judged.issues and judged.entity >= 0
        if overtaken and judged.value is not None and judged.held != judged.value and _cell(judged) not in open_cells:
            found.append(_about("correct.moved", judged, spec))
    return found


CELL = ("table", "column", "household_no", "person_no")


def _cell(one: Judged) -> tuple[str, ...]:
    return one.table or "", one.column or "", one.answer.keys["household_no"], one.answer.keys["person_no"]


def _of_file(one: ReturnedFile, spec: Spec) -> list[Finding]:
    """A word about a file that is no list; none about a ledger of the campaign, which villages hand in the same way."""
    from pipeline.schedule import annexes_named

    ledger = annexes_named(one.file, {name: () for duty in spec.campaign.calendar for name in duty.annexes})
    if one.note != "other" or one.findings or ledger:
        return []
    where = f"returned/{one.file}"
    return [Finding("correct.not_a_list", f"{where}#!1", (one.file,), slots={"file": where})]


def _unknown(one: ReturnedFile, answers: list[Answer | None], said: list[bool]) -> list[Finding]:
    found = []
    lost = [(tab, row) for tab, row, a, spoke in zip(one.rows["tab"], one.rows["row"], answers, said, strict=True) if a is None and spoke]
    for tab, row in lost:
        slots = {"file": f"returned/{one.file}", "tab": str(tab), "row": str(int(row))}
        found.append(Finding("correct.unknown_row", f"returned/{one.file}#{tab}!{int(row)}", (one.file, str(tab), str(int(row))), slots=slots))
    return found


def _conflicts(outcome: Outcome, spec: Spec) -> list[Finding]:
    """One finding per problem whose copies disagree."""
    found: dict[tuple[str, ...], Finding] = {}
    for one in outcome.judged:
        if one.outcome == CONFLICT:
            found.setdefault(_cell(one), _about("correct.conflict", one, spec))
    return list(found.values())


def _about(problem: str, one: Judged, spec: Spec) -> Finding:
    """A finding about the cell an answer is for."""
    answer, keys = one.answer, one.answer.keys
    known = one.column in spec.fields.get(one.table or "", {})
    field = spec.fields[one.table or ""][one.column or ""] if known else None
    slots = {
        "label": field.label if field else "", "answer": one.value or wording()("correct.blank"), "value": one.held or wording()("correct.blank"),
        "seen": keys["seen"] or wording()("correct.blank"), "why": one.why, "period": answer.period,
    }  # fmt: skip
    return Finding(
        problem, f"returned/{answer.file}#{answer.tab}!{answer.row}", (keys["rule"],),
        household_no=keys["household_no"] or None, person_no=keys["person_no"] or None, table=one.table, column=one.column,
        value=one.held, name=keys["name"] or None, codes=field.codes if field else None, label=field.label if field else None, slots=slots,
    )  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None or value != value else str(value)
