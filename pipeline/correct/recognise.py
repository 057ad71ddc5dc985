"""Whose problem a returned row answers: by its fingerprint, else by what stands in sight; else by nothing.

A row's keys and words are covered by one fingerprint. Keys pasted over, one row's keys beside another's words, a sentence
changed: the fingerprint no longer fits and the row is refused. It is never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from pipeline.correct.model import CHANGED, TRUE, UNKNOWN, Answer
from pipeline.correct.returned import KIND, SAID
from pipeline.report.fixrows import KEYS, SIGNED, fingerprints, plain
from pipeline.report.order import with_none
from pipeline.report.words import wording

VISIBLE = ("household_no", "name", "id", "problem", "value")
"""What must all agree where the hidden keys are lost."""


WORDS = ("problem", "name", "head", "seen", "value", "row_ids", "rests_on", "id", "village", "township")
"""Keys in which a space may mean something."""


def answered(rows: pd.DataFrame) -> pd.Series:
    """The rows in which somebody said something."""
    found: pd.Series = rows[list(SAID)].notna().any(axis=1)
    return found


def recognise(rows: pd.DataFrame, listed: Callable[[], pd.DataFrame]) -> list[Answer | None]:
    """Per row the answer it is, or None where nothing says for certain which problem it is about. `listed`: rows as lists show them now."""
    if not len(rows):
        return []
    rows = with_none(rows)
    fits = rows["fingerprint"].notna() & (rows["fingerprint"] == pd.Series(fingerprints(rows), index=rows.index))
    numbers = [ref is None or plain(ids or "").startswith(plain(ref)) for ref, ids in zip(rows["ref"], rows["issue_ids"], strict=True)]
    fits &= pd.Series(numbers, index=rows.index, dtype=bool)
    lost = rows[list(KEYS)].isna().all(axis=1)
    known = by_sight(listed()) if lost.any() else {}
    meanings = verdicts()
    records = rows.to_dict("records")
    found: list[Answer | None] = []
    for record, fit, blank in zip(records, fits.tolist(), lost.tolist(), strict=True):
        keys = record if fit else known.get(_sight(record)) if blank else None
        found.append(_answer(record, keys, meanings) if keys else None)
    return found


def by_sight(listed: pd.DataFrame) -> dict[tuple[str, ...], dict[str, Any] | None]:
    """What stands in sight -> the row; two rows that look the same are neither."""
    found: dict[tuple[str, ...], dict[str, Any] | None] = {}
    for record in with_none(listed).to_dict("records"):
        sight = _sight(record)
        found[sight] = None if sight in found else {str(k): v for k, v in record.items()}
    return found


def _sight(record: Mapping[Any, Any]) -> tuple[str, ...]:
    return tuple(plain(record.get(name) or "") for name in ("ref", *VISIBLE))


def verdicts() -> dict[str, str]:
    """Folded words of 核实结果, and other words people write for them -> what they mean."""
    words = wording()
    usual = dict(zip(map(plain, words.get("fixlist.verdicts")), (CHANGED, TRUE, UNKNOWN), strict=True))
    others = {plain(alias): usual[plain(verdict)] for verdict, aliases in words.get("correct.verdicts").items() for alias in aliases}
    return {**others, **usual}


def _key(name: str, text: str) -> str:
    """A key as we wrote it, without what a program added that saved it."""
    return "\n".join(line.strip() for line in text.splitlines()).strip() if name in WORDS else plain(text)


def _answer(record: Mapping[Any, Any], keys: Mapping[Any, Any], meanings: Mapping[str, str]) -> Answer:
    said = record.get("verdict")
    return Answer(
        period=record["period"],
        file=record["file"],
        tab=record["tab"],
        row=int(record["row"]),
        issue_ids=tuple(str(keys["issue_ids"]).split()),
        keys={name: _key(name, str(keys.get(name) or "")) for name in (*SIGNED, "ref", "row_ids")},
        verdict=meanings.get(plain(said), said) if said else None,
        answer=record.get("answer"),
        kind_of_cell=int(record.get(KIND) or 0),
        evidence=record.get("evidence"),
        by=record.get("checked_by"),
        on=record.get("checked_on"),
    )
