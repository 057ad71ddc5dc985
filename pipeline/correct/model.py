"""Answers, what became of them, and what a period's answers changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from pipeline.ledger import Finding

CHANGED, TRUE, UNKNOWN = "changed", "true", "unknown"
"""What a village may say of a problem, in the order of the words in wording.yml."""
CORRECTION, CLAIM, WAIVER, OPEN = "correction", "claim", "waiver", "open"
"""What an answer is: a new value, the word that the system was changed, true as it stands, could not be found out."""
ACCEPTED, REFUSED, NEEDLESS, CONFLICT, BLANK, SETTLED = "accepted", "refused", "needless", "conflict", "blank", "settled"
"""What became of a row: settled means that the system itself holds the answer by now."""


@dataclass(frozen=True)
class Answer:
    """One answered row of a returned list, its problem recognised."""

    period: str
    file: str
    tab: str
    row: int
    issue_ids: tuple[str, ...]
    keys: Mapping[str, str]
    verdict: str | None
    answer: str | None
    kind_of_cell: int
    evidence: str | None
    by: str | None
    on: str | None

    @property
    def place(self) -> tuple[str, str, str, int]:
        """Where it stands; no two answers stand in one place."""
        return self.period, self.file, self.tab, self.row


@dataclass
class Judged:
    """An answer and what became of it."""

    answer: Answer
    outcome: str
    kind: str | None = None
    why: str = ""
    value: str | None = None
    table: str | None = None
    column: str | None = None
    entity: int = -1
    held: str | None = None
    issues: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReturnedFile:
    """One workbook that came back: its rows under our names, or why it gives none."""

    period: str
    file: str
    sha256: str
    rows: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    note: str = ""


@dataclass
class Corrected:
    """What answers did to one period.

    export   the problems of the export as it came
    issues   the problems that are open now, with their status
    states   every problem of the campaign with its state and history
    answers  every row of this period's returned workbooks, and what became of it
    """

    issues: pd.DataFrame
    states: pd.DataFrame
    answers: pd.DataFrame
    entries: pd.DataFrame
    progress: pd.DataFrame
    waivers: pd.DataFrame
    files: Sequence[ReturnedFile] = ()
    notes: Sequence[str] = field(default_factory=list)
