"""Answers from the villages, laid over the data: recognised, judged, applied, followed from period to period.

What comes back lies in data/raw/<period>/returned/ and is read anew on every run, so every state, decision and waiver stands
as before when data/clean is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.correct.config import AnswerConfig, load_config
from pipeline.correct.entries import entries
from pipeline.correct.follow import STILL, Story, follow, no_states, open_issues, progress, reopened, waivers
from pipeline.correct.history import Past, campaign_periods, inputs_key, kept_past
from pipeline.correct.judge import Outcome, judge
from pipeline.correct.model import NEEDLESS, Answer, Corrected, Judged, ReturnedFile
from pipeline.correct.recognise import answered, recognise
from pipeline.correct.returned import read_returned
from pipeline.correct.tell import answer_rows, findings
from pipeline.intake import Intake
from pipeline.issues import Whereabouts, finding_rows, issue_table
from pipeline.normalise import Normaliser
from pipeline.report.words import wording
from pipeline.spec import Spec

if TYPE_CHECKING:
    from pipeline.run import Examined

__all__ = ["STILL", "AnswerConfig", "Corrected", "Past", "campaign_periods", "correct", "inputs_key", "kept_past", "no_states", "read_returned"]

Recognised = list[tuple[ReturnedFile, list[Answer | None], list[bool]]]


def correct(
    period: str,
    files: Sequence[ReturnedFile],
    first: Examined,
    before: pd.DataFrame,
    spec: Spec,
    normaliser: Normaliser,
    examine: Callable[[Intake], Examined],
    listed: Callable[[], pd.DataFrame],
) -> tuple[Corrected, Examined]:
    """What the returned lists make of a period whose export shows `first`; and what the records show with the answers in them.

    `before`: the states of the campaign's previous period; `listed`: the export's problems as rows of a fix list.
    """
    config = load_config(spec)
    known: Recognised = [(one, recognise(one.rows, listed), answered(one.rows).tolist()) for one in files]
    answers = [a for _, found, said in known for a, spoke in zip(found, said, strict=True) if a is not None and spoke]
    again = reopened(first.issues, before, period)
    spent = [a for a in answers if all(a.period < again.get(i, "") for i in a.issue_ids)]
    standing = [a for a in answers if not any(a is s for s in spent)]
    outcome = judge(standing, first, spec, normaliser, config, examine) if standing else Outcome([], first)
    outcome.judged += [Judged(a, NEEDLESS, why=wording()("correct.why.spent", period=again[a.issue_ids[0]])) for a in spent]
    story = Story(period, first.issues, again, outcome.seen.issues, outcome, before)
    states = follow(story)
    rows = answer_rows(known, outcome, states, period)
    issues = open_issues(story, states)
    told = findings(known, outcome, story, states, spec)
    if told:
        extra = issue_table(finding_rows(told, spec, Whereabouts(outcome.seen.now.tables), period))
        issues = pd.concat([issues, extra], ignore_index=True)
    done = Corrected(
        issues=issues,
        states=states,
        answers=rows,
        entries=entries(outcome, states, spec),
        progress=progress(states, before, period),
        waivers=waivers(states, config),
        files=files,
    )
    return done, outcome.seen
