"""Issues and changes: what was found, and what the tool itself changed, each as rows of one table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

ISSUE_COLUMNS = (
    "issue_id",
    "rule",
    "title",
    "dimension",
    "severity",
    "owner",
    "township",
    "village",
    "group",
    "household_no",
    "person_no",
    "table",
    "row_id",
    "column",
    "source_column",
    "value",
    "suggestion",
    "message",
    "fix",
    "basis",
    "step",
    "status",
    "first_seen",
    "name",
    "other_cells",
    "waivable",
    "codes",
    "label",
    "source",
    "rests_on",
    "rule_version",
    "subject",
)
CHANGE_COLUMNS = ("row_id", "table", "column", "source_column", "before", "after", "step", "reason")
LINK_COLUMNS = ("source", "row_id", "person_no", "household_no", "kind", "probability", "stage", "why", "decided_by")
ROSTER_COLUMNS = ("annex", "household_no", "person_no", "village", "reason", "row_id")


@dataclass(frozen=True)
class Finding:
    """One problem the engine itself found; the words stand in expectations/structure*.yml under `problem`."""

    problem: str
    row_id: str
    subject: tuple[str, ...] = ()
    household_no: str | None = None
    person_no: str | None = None
    table: str | None = None
    column: str | None = None
    source_column: str | None = None
    value: str | None = None
    suggestion: str | None = None
    source: str | None = None
    name: str | None = None
    codes: str | None = None
    label: str | None = None
    other_cells: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)


def digest(*parts: str) -> str:
    """16 hex digits over some texts."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def issue_ids(rules: Sequence[str], subjects: Sequence[str], columns: Sequence[str], values: Sequence[str]) -> list[str]:
    """A hash of rule, subject, column and value, never of row or time; a repeat of all four is told apart by its count."""
    seen: dict[str, int] = {}
    found = []
    for parts in zip(rules, subjects, columns, values, strict=True):
        text = "\x1f".join("" if p is None or p != p else str(p) for p in parts)
        count = seen.get(text, 0)
        seen[text] = count + 1
        text += f"\x1f{count}" if count else ""
        found.append(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest())
    return found


def issue_frame(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Issues as the contract's table."""
    frame = pd.DataFrame(list(rows), columns=list(ISSUE_COLUMNS), dtype=object)
    frame["waivable"] = [v is None or v != v or bool(v) for v in frame["waivable"]]
    return frame


def cell_diff(
    before: pd.DataFrame, after: pd.DataFrame, row_ids: np.ndarray, headers: Mapping[str, str], step: str, reasons: Mapping[str, str]
) -> pd.DataFrame:
    """Every cell that differs between two frames of the same rows and columns, as rows of `changes`."""
    parts = []
    for key in after.columns:
        old, new = before[key].to_numpy(dtype=object), after[key].to_numpy(dtype=object)
        differ = np.flatnonzero((old != new) & ~(pd.isna(old) & pd.isna(new)))
        if len(differ):
            table, column = key.split(".", 1)
            parts.append(
                pd.DataFrame(
                    {
                        "row_id": row_ids[differ],
                        "table": table,
                        "column": column,
                        "source_column": headers.get(key, ""),
                        "before": old[differ],
                        "after": new[differ],
                        "step": step,
                        "reason": reasons.get(key, ""),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CHANGE_COLUMNS), dtype=object)


def replay(before: pd.DataFrame, row_ids: np.ndarray, changes: pd.DataFrame) -> pd.DataFrame:
    """The frame after its changes: mapped table + changes = cleaned table, cell for cell."""
    result = before.copy()
    position = pd.Series(np.arange(len(row_ids)), index=row_ids)
    for (table, column), group in changes.groupby(["table", "column"], sort=False):
        key = f"{table}.{column}"
        if key in result.columns:
            mine = group[group["row_id"].isin(position.index)]
            values = result[key].to_numpy(dtype=object, copy=True)
            values[position.loc[mine["row_id"]].to_numpy()] = mine["after"].to_numpy(dtype=object)
            result[key] = values
    return result
