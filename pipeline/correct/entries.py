"""What is to be typed into the system: the accepted new values, cell by cell."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.correct.judge import Outcome
from pipeline.correct.model import ACCEPTED, CORRECTION, SETTLED
from pipeline.spec import Spec

COLUMNS = (
    "township", "village", "group", "household_no", "person_no", "head", "name", "table", "page", "column", "field", "old", "new", "evidence",
    "checked_by", "checked_on", "done", "period", "file", "row", "row_ids",
)  # fmt: skip
"""`done`: the system's newest export holds the value already."""


def entries(outcome: Outcome, states: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """One row per cell that an accepted answer gives a new value, in the order of places and households."""
    place = states.drop_duplicates("issue_id").set_index("issue_id")[["group"]].to_dict("index")
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in outcome.judged:
        if one.kind != CORRECTION or one.outcome not in (ACCEPTED, SETTLED) or one.table is None or one.column is None:
            continue
        answer, keys = one.answer, one.answer.keys
        rows.setdefault(
            (one.table, one.column, keys["household_no"], keys["person_no"], one.entity),
            {
                "township": keys["township"] or None, "village": keys["village"] or None,
                "group": next((place[i]["group"] for i in answer.issue_ids if i in place), None),
                "household_no": keys["household_no"] or None, "person_no": keys["person_no"] or None,
                "head": keys["head"] or None, "name": keys["name"] or None,
                "table": one.table, "page": spec.table_labels.get(one.table, one.table),
                "column": one.column, "field": spec.label(one.table, one.column),
                "old": keys["seen"] or None, "new": one.value, "evidence": answer.evidence,
                "checked_by": answer.by, "checked_on": answer.on, "done": one.outcome == SETTLED,
                "period": answer.period, "file": answer.file, "row": float(answer.row), "row_ids": keys["row_ids"] or None,
            },
        )  # fmt: skip
    found = pd.DataFrame(list(rows.values()), columns=list(COLUMNS), dtype=object)
    found = found.assign(done=found["done"].astype(bool), row=found["row"].astype(float))
    return found.sort_values(["township", "village", "group", "household_no", "person_no", "table", "column"], kind="stable").reset_index(drop=True)
