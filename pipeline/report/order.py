"""The order in which problems are listed, and the columns every list may count on."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

SEVERITIES = ("critical", "warning", "info")
ISSUE_COLUMNS = (
    "issue_id", "rule", "title", "dimension", "severity", "owner", "township", "village", "group", "household_no",
    "person_no", "table", "row_id", "column", "source_column", "value", "suggestion", "message", "fix", "basis", "step",
    "status", "first_seen", "name", "other_cells", "waivable", "codes", "label", "source",
    "rests_on", "rule_version",
)  # fmt: skip


def by_place(issues: pd.DataFrame) -> pd.DataFrame:
    """Issues by township, village, group (2 before 10), household, severity; what is unknown comes last."""
    issues = complete(issues)
    keys = pd.DataFrame(
        {
            "township": issues["township"],
            "village": issues["village"],
            "group_number": pd.to_numeric(issues["group"], errors="coerce"),
            "group": issues["group"],
            "household_no": issues["household_no"],
            "rank": issues["severity"].map({s: n for n, s in enumerate(SEVERITIES)}),
            "person_no": issues["person_no"],
            "rule": issues["rule"],
            "issue_id": issues["issue_id"],
            "row_id": issues["row_id"],
        }
    )
    return issues.loc[keys.sort_values(list(keys.columns), kind="stable").index].reset_index(drop=True)


def with_none(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with None for whatever is missing."""
    plain: pd.DataFrame = frame.astype(object)
    return plain.where(plain.notna(), cast(Any, None))


def complete(issues: pd.DataFrame) -> pd.DataFrame:
    """Issues with every column of the contract; blank text is None."""
    issues = issues.reset_index(drop=True)
    issues = issues.reindex(columns=[*ISSUE_COLUMNS, *(c for c in issues.columns if c not in ISSUE_COLUMNS)])
    texts = with_none(issues[[c for c in ISSUE_COLUMNS if c != "waivable"]].replace("", np.nan))
    return issues.assign(**{str(name): texts[name] for name in texts})
