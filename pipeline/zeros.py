"""Numbers whose leading noughts a spreadsheet dropped, brought back to the spelling that other lists, or last month's, have kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from pipeline.ledger import cell_diff
from pipeline.mapping import Records
from pipeline.spec import Spec


def number_columns(spec: Spec) -> frozenset[str]:
    """Columns by which rows reach one another and that are plain text: the numbers of households and persons."""
    keys = {column for named in spec.relations.values() for column in (r.on for r in named.values())}
    keys |= {column for table in spec.keys.values() for key in table for column in key}
    return frozenset(f"{t}.{f.name}" for t, fields in spec.fields.items() for f in fields.values() if f.name in keys and f.type == "text")


def full_spellings(records: Iterable[Records], columns: frozenset[str]) -> dict[str, dict[str, str]]:
    """For each number without its leading noughts the spelling with them; none where two spellings with noughts compete."""
    seen: dict[str, set[str]] = {}
    for part in records:
        for key in columns & set(part.frame.columns):
            seen.setdefault(key.split(".", 1)[1], set()).update(v for v in part.frame[key].dropna().unique() if v.isdigit())
    found: dict[str, dict[str, str]] = {}
    for column, values in seen.items():
        padded: dict[str, set[str]] = {}
        for value in values:
            if value.startswith("0"):
                padded.setdefault(value.lstrip("0"), set()).add(value)
        found[column] = {bare: next(iter(spellings)) for bare, spellings in padded.items() if bare and len(spellings) == 1}
    return found


def restore_zeros(
    records: Sequence[Records], full: Mapping[str, Mapping[str, str]], columns: frozenset[str], reason: str
) -> tuple[list[Records], list[pd.DataFrame]]:
    """The records with their numbers' noughts, and the changes that made them so. A list that has both spellings means both."""
    restored: list[Records] = []
    changes: list[pd.DataFrame] = []
    for part in records:
        new: dict[str, pd.Series] = {}
        for key in sorted(columns & set(part.frame.columns)):
            own = set(part.frame[key].dropna().unique())
            mapping = {v: f for v, f in full.get(key.split(".", 1)[1], {}).items() if v in own and f not in own}
            if mapping:
                new[key] = part.frame[key].replace(mapping)
        if not new:
            restored.append(part)
            continue
        frame = part.frame.assign(**new)
        keys = list(new)
        changes.append(cell_diff(part.frame[keys], frame[keys], part.row_ids, part.headers, "normalise", dict.fromkeys(keys, reason)))
        restored.append(part.with_frame(frame))
    return restored, changes
