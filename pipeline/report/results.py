"""What a run hands to the products, and nothing else they may look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.report.order import by_place
from pipeline.report.words import wording

if TYPE_CHECKING:
    from pipeline.correct.imports import ImportSheet
    from pipeline.reconcile.model import Comparison
    from pipeline.spec import Annex

Cell = tuple[str, str]
"""(table, column) of fields.yml."""


@dataclass(frozen=True)
class Results:
    """One run's outcome for one place and period.

    tables    canonical columns plus row_id; text columns hold str or None, number columns float
    labels    (table, column) -> what an officer calls it;  the order is the order of columns in the products
    types     (table, column) -> type of fields.yml (number, date, month, code, codes, …)
    sensitive (table, column) -> id, name, phone, account, health, address
    rosters   who is on which list of mappings/annexes/ and why (screen/model.py), ledgers: what is printed of each, row for row
    codes     code list name -> its values
    """

    period: str
    place: str
    reference_date: str
    deadline: str | None
    tables: Mapping[str, pd.DataFrame]
    labels: Mapping[Cell, str]
    sensitive: Mapping[Cell, str]
    codes: Mapping[str, tuple[str, ...]]
    issues: pd.DataFrame
    changes: pd.DataFrame
    manifest: Mapping[str, Any]
    rules: pd.DataFrame | None = None
    types: Mapping[Cell, str] = field(default_factory=dict)
    links: pd.DataFrame | None = None
    comparisons: Sequence[Comparison] = ()
    review: pd.DataFrame | None = None
    rosters: pd.DataFrame | None = None
    validation: pd.DataFrame | None = None
    ledgers: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    village_risk: pd.DataFrame | None = None
    annexes: Sequence[Annex] = ()
    states: pd.DataFrame | None = None     # every problem of the campaign with its state and history
    answers: pd.DataFrame | None = None    # every row of this period's returned lists, and what became of it
    entries: pd.DataFrame | None = None    # accepted new values, to be typed into the system: pipeline/correct/entries.py
    progress: pd.DataFrame | None = None   # per village and rule: this run against the last
    imports: Sequence[ImportSheet] = ()    # the rows that answers changed, as the system exports them
    list_password: str | None = field(default=None, repr=False)  # to open the fix lists
    causes: pd.DataFrame | None = None     # many problems, one cause: title, message, fix, count, what_if: pipeline/correct/causes.py
    own_words: Sequence[str] = ()          # what the project itself says, in which somebody's name may stand by chance
    titles: Mapping[str, str] = field(default_factory=dict)      # of the tables, as fields.yml calls them
    waivers: pd.DataFrame | None = None    # per rule: how often its problems are true as they stand
    days: Mapping[str, str | None] = field(default_factory=dict)  # the campaign's periods up to this one, each with the day of its data
    quality: pd.DataFrame | None = None    # per village and dimension: things looked at and things amiss: pipeline/quality.py
    handed: pd.DataFrame | None = None     # sheets handed in so far: annex, village, day, file (schedule.py)

    @cached_property
    def fix_rows(self) -> pd.DataFrame:
        """What the villages are handed to settle; to be read, never written to."""
        from pipeline.report.fixrows import made_rows

        return made_rows(self)

    @cached_property
    def problems(self) -> pd.DataFrame:
        """The issues, complete and in the order in which every product lists them."""
        return by_place(self.issues)

    def whole(self, table: str) -> pd.DataFrame:
        """A table with every column fields.yml gives it: blank where no list brought it."""
        frame = self.tables[table]
        known = [column for of, column in self.labels if of == table]
        return frame.reindex(columns=[*frame.columns, *(c for c in dict.fromkeys(known) if c not in frame.columns)])

    @property
    def run_id(self) -> str:
        return str(self.manifest.get("run_id") or "")

    @property
    def moment(self) -> datetime:
        """Midnight of the reference date: the only time the products carry, so that equal input gives equal bytes."""
        digits = "".join(c for c in self.reference_date if c.isdigit())
        try:
            return max(datetime.strptime(digits, "%Y%m%d"), datetime(1980, 1, 1))
        except ValueError:
            return datetime(1980, 1, 1)

    @property
    def reference_day(self) -> str:
        return day(self.reference_date)

    @property
    def due(self) -> str | None:
        """The deadline as people write it."""
        return day(self.deadline) if self.deadline else None

    def title(self, table: str) -> str:
        """What an officer calls a table: a part of the system by the system's word, a department's list by ours."""
        return wording().names("tables").get(table) or self.titles.get(table, table)

    def label(self, table: str, column: str) -> str:
        return self.labels.get((table, column), column)


def day(text: str) -> str:
    """20220531 as 2022-05-31, 202205 as 2022-05; any other text as it is."""
    return "-".join(filter(None, (text[:4], text[4:6], text[6:]))) if len(text) in (6, 8) and text.isdigit() else text
