"""What became of every problem of the campaign: new, still there, changed in the table, changed in the system, back again …

A problem keeps its id from export to export, so its story is told by which exports and answers know it. Everything here
follows from the exports and the returned lists: nothing is remembered elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.correct.config import AnswerConfig
from pipeline.correct.judge import Outcome
from pipeline.correct.model import ACCEPTED, CLAIM, CONFLICT, CORRECTION, NEEDLESS, OPEN, REFUSED, SETTLED, Judged
from pipeline.report.words import wording

NEW, SAME, CHANGED, DONE, UNCHANGED, BACK, TRUE, UNSETTLED = "新增", "未整改", "已整改", "已生效", "声称已改系统未变", "复发", "情况属实", "无法核实"
"""States of a problem; wording.yml says how they are shown."""
STILL = frozenset({NEW, SAME, UNCHANGED, BACK, UNSETTLED})
ABOUT = (
    "issue_id", "rule", "title", "severity", "owner", "township", "village", "group", "household_no", "person_no", "name", "table", "column",
    "label", "value",
)  # fmt: skip
TOLD = ("answered", "kind", "answer", "evidence", "checked_by", "checked_on")
STATE_COLUMNS = (*ABOUT, "state", "open", "in_export", "first_seen", "last_seen", "reopened", *TOLD, "history")


@dataclass(frozen=True)
class Story:
    """What a period's export, its answers and the states before it make of every problem."""

    period: str
    export: pd.DataFrame  # problems of the export as it came
    reopened: Mapping[str, str]  # issue_id -> the last period in which it came back
    after: pd.DataFrame   # problems with the answers laid over
    outcome: Outcome
    before: pd.DataFrame  # the states of the period before


def no_states() -> pd.DataFrame:
    """The states before the campaign began."""
    return pd.DataFrame(columns=list(STATE_COLUMNS), dtype=object)


def reopened(export: pd.DataFrame, before: pd.DataFrame, period: str) -> dict[str, str]:
    """issue_id -> the last period in which a problem came back that the system had been rid of: what was said before does not count any more."""
    there = set(export["issue_id"])
    found = {str(i): str(p) for i, p in zip(before["issue_id"], before["reopened"], strict=True) if p is not None and p == p}
    gone = before.loc[before["state"] == DONE, "issue_id"]
    return found | {str(i): period for i in gone if i in there}


def follow(story: Story) -> pd.DataFrame:
    """Every problem of the campaign so far, with its state after this period and how it came to it."""
    here = _problems(story)
    before = story.before.set_index("issue_id", drop=False).to_dict("index")
    claims, words = _claims(story.outcome.judged), _answers(story.outcome)
    rows: list[dict[str, Any]] = []
    for problem in here.to_dict("records"):
        row = {str(k): v for k, v in problem.items()}
        rows.append(_told(row, before.get(row["issue_id"]), story, claims, words))
    there = set(here["issue_id"])
    rows += [_gone({str(k): v for k, v in row.items()}, story.period) for row in before.values() if row["issue_id"] not in there]
    frame = pd.DataFrame(rows, columns=list(STATE_COLUMNS), dtype=object)
    return frame.assign(open=frame["open"].astype(bool), in_export=frame["in_export"].astype(bool))


def _problems(story: Story) -> pd.DataFrame:
    """The problems of the export and those that answers brought to light, each once."""
    exported, after = set(story.export["issue_id"]), set(story.after["issue_id"])
    both = pd.concat([story.export, story.after], ignore_index=True).drop_duplicates("issue_id")[list(ABOUT)].astype(object)
    ids = both["issue_id"]
    return both.assign(in_export=ids.isin(exported), in_table=ids.isin(after))


def _claims(judged: Sequence[Judged]) -> dict[str, str]:
    """issue_id -> the period in which somebody first said that it is changed, the answer standing."""
    found: dict[str, str] = {}
    for one in judged:
        standing = one.outcome in (ACCEPTED, SETTLED, NEEDLESS)
        for issue in one.answer.issue_ids if standing and one.kind in (CORRECTION, CLAIM) else ():
            found[issue] = min(found.get(issue, one.answer.period), one.answer.period)
    return found


def _answers(outcome: Outcome) -> dict[str, Judged]:
    """issue_id -> the answer that stands."""
    found: dict[str, Judged] = {}
    for one in outcome.judged:
        if one.outcome in (ACCEPTED, SETTLED):
            for issue in one.answer.issue_ids:
                found.setdefault(issue, one)
    return found


def _told(
    row: dict[str, Any], before: Mapping[Any, Any] | None, story: Story, claims: Mapping[str, str], words: Mapping[str, Judged]
) -> dict[str, Any]:
    issue, in_table = row["issue_id"], row.pop("in_table")
    standing = words.get(issue)
    state = _state(row, in_table, before, story, claims.get(issue), standing)
    said = _said(standing) if standing is not None else dict.fromkeys(TOLD)
    first = before["first_seen"] if before else story.period
    known = before["history"] if before else ""
    return {
        **row, **said, "state": state, "open": state in STILL, "first_seen": first, "last_seen": story.period,
        "reopened": story.reopened.get(issue), "history": _history(known, before["state"] if before else None, state, story.period),
    }  # fmt: skip


def _state(
    row: Mapping[str, Any], in_table: bool, before: Mapping[Any, Any] | None, story: Story, claimed: str | None, standing: Judged | None
) -> str:
    late = claimed is not None and claimed < story.period and row["in_export"]
    if not in_table:  # the answers settle it; does the system know?
        return UNCHANGED if late or (claimed is None and before is not None and before["state"] in (CHANGED, UNCHANGED)) else CHANGED
    if row["issue_id"] in story.outcome.waived:
        return TRUE
    if late and standing is not None and standing.kind in (CORRECTION, CLAIM):
        return UNCHANGED
    if standing is not None and standing.kind == OPEN:
        return UNSETTLED
    if before is None:
        return NEW
    return BACK if before["state"] == DONE else SAME


def _said(one: Judged) -> dict[str, Any]:
    answer = one.answer
    value = one.value if one.kind == CORRECTION else None
    return {
        "answered": answer.period, "kind": one.kind, "answer": value, "evidence": answer.evidence, "checked_by": answer.by, "checked_on": answer.on
    }  # fmt: skip


def _gone(row: dict[str, Any], period: str) -> dict[str, Any]:
    """A problem that neither the export nor the answers know any more: the system holds something else by now."""
    history = _history(row["history"], row["state"], DONE, period)
    return {**row, "state": DONE, "open": False, "in_export": False, "history": history}


def _history(known: str, before: str | None, state: str, period: str) -> str:
    if state == before:
        return known
    step = wording()("correct.history.step", period=period, state=wording().names("status").get(state, state))
    return wording()("correct.history.joiner").join(filter(None, (known, step)))


# ---- the problems that are open now ------------------------------------------------------------------------------------


def open_issues(story: Story, states: pd.DataFrame) -> pd.DataFrame:
    """What is still to be done, with its state; what was said of it and did not hold stands in its message."""
    known = states.set_index("issue_id")
    still = set(known.index[known["open"].to_numpy(dtype=bool)])
    after = story.after[story.after["issue_id"].isin(still)]
    unchanged = story.export[story.export["issue_id"].isin(still - set(after["issue_id"]))]
    found = pd.concat([after, unchanged], ignore_index=True) if len(unchanged) else after.reset_index(drop=True)
    if not len(found):
        return found
    told = known.reindex(found["issue_id"])
    found = found.assign(status=told["state"].to_numpy(dtype=object), first_seen=told["first_seen"].to_numpy(dtype=object))
    remarks = _remarks(story, told)
    extra = np.array([remarks.get(issue, "") for issue in found["issue_id"]], dtype=object)
    if not any(extra):
        return found
    said = found["message"].where(found["message"].notna(), found["title"])
    return found.assign(message=np.where(extra != "", said + extra, found["message"]))


def _remarks(story: Story, told: pd.DataFrame) -> dict[str, str]:
    """issue_id -> what to add to its message: the answer that was refused, or that the system has not been changed."""
    words = wording()
    found = {
        str(issue): words("correct.remark.unchanged", period=row["answered"], value=row["answer"] or words("correct.changed"))
        for issue, row in told[told["state"] == UNCHANGED].to_dict("index").items()
        if row["answered"]
    }
    for one in story.outcome.judged:
        if one.outcome in (REFUSED, CONFLICT):
            said = one.answer.answer or words("correct.verdict_of").format(verdict=shown_verdict(one.answer.verdict))
            key = "correct.remark.refused" if one.outcome == REFUSED else "correct.remark.conflict"
            found.update({issue: words(key, value=said, why=one.why) for issue in one.issues})
    return found


def shown_verdict(verdict: str | None) -> str:
    """A verdict in the words of the list."""
    from pipeline.correct.model import CHANGED as SAID_CHANGED
    from pipeline.correct.model import TRUE as SAID_TRUE
    from pipeline.correct.model import UNKNOWN

    shown: dict[str | None, str] = dict(zip((SAID_CHANGED, SAID_TRUE, UNKNOWN), wording().get("fixlist.verdicts"), strict=True))
    return shown.get(verdict, verdict or "")


# ---- this run against the last -----------------------------------------------------------------------------------------


def progress(states: pd.DataFrame, before: pd.DataFrame, period: str) -> pd.DataFrame:
    """Per village and rule: open before, new, back, still open, solved, true as it stands, open now."""
    was_open = set(before.loc[before["open"].astype(bool), "issue_id"]) if len(before) else set()
    ids, state = states["issue_id"], states["state"]
    before_here = ids.isin(was_open)
    counted = states[["township", "village", "rule", "title", "severity"]].assign(
        before=before_here,
        new=(state == NEW),
        back=(state == BACK),
        still=states["open"].astype(bool) & ~state.isin([NEW, BACK]),
        changed=(state == CHANGED),
        done=(state == DONE) & before_here,
        unchanged=(state == UNCHANGED),
        true=(state == TRUE),
        now=states["open"].astype(bool),
    )
    keys = ["township", "village", "rule"]
    numbers = ["before", "new", "back", "still", "changed", "done", "unchanged", "true", "now"]
    grouped = counted.astype(dict.fromkeys(numbers, float)).groupby(keys, dropna=False, sort=True)
    sums = grouped[numbers].sum().reset_index()
    facts = counted.drop_duplicates("rule").set_index("rule")[["title", "severity"]]
    found = sums.join(facts, on="rule")[[*keys, "title", "severity", *numbers]].astype(dict.fromkeys((*keys, "title", "severity"), object))
    return found[found[numbers].sum(axis=1) > 0].reset_index(drop=True)


def waivers(states: pd.DataFrame, config: AnswerConfig) -> pd.DataFrame:
    """Per rule how many of its answered problems are true as they stand; a rule that nearly always is so is noisy."""
    answered = states[states["state"].isin([CHANGED, UNCHANGED, TRUE]) | ((states["state"] == DONE) & states["answered"].notna())]
    grouped = answered.assign(true=(answered["state"] == TRUE).astype(float)).groupby("rule", sort=True)
    found = grouped.agg(title=("title", "first"), answered=("issue_id", "count"), true=("true", "sum")).reset_index()
    found = found.assign(answered=found["answered"].astype(float))
    share = found["true"] / found["answered"]
    noisy = (share >= config.noisy_share) & (found["answered"] >= config.noisy_answers)
    return found.assign(share=share.astype(float), noisy=noisy.astype(bool))
