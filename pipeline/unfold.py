"""A form of households that names its members beside one another → one row per member, each at the address of its household's row.

Two such forms are known: numbered or repeated columns (成员1姓名, 成员1身份证号, 成员2姓名 …) and one cell that holds names with their numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.headers import fold_header
from pipeline.read import Sheet
from pipeline.spec import Spec

NAME, ID = "name", "id_number"
OF_HEAD = {NAME: "head_name", ID: "head_id_number"}
SHARED = ("township", "village", "group", "household_key", "head_name", "head_id_number", "address")
"""What holds for all members of a household and is written again on each one's row; sums are not."""
WANTED = (NAME, ID, *SHARED, "sex", "relation", "birth_date", "phone")
SAMPLE = 200  # cells that are read to see whether a column holds members
SHARE = 0.3  # of them

_NUMBERED = re.compile(r"^(\D*?)(\d{1,2}|[一二三四五六七八九十]{1,2})(\D*)$")
_MEMBER = re.compile(r"([㐀-鿿·]{2,15})[^㐀-鿿\dXx]{0,4}(?:[㐀-鿿]{0,4}[:]?[^㐀-鿿\dXx]{0,2})?(\d{17}[\dXx]|\d{15})(?!\d)")

Cells = npt.NDArray[np.object_]


@dataclass(frozen=True)
class _Slot:
    """The columns of one further member: our column → position."""

    columns: dict[str, int]


def unfold(sheet: Sheet, spec: Spec) -> Sheet:
    """The same sheet, or one with a row per person where its rows name several."""
    words = _Words(spec)
    kinds = [words.kind(fold_header(h)) for h in sheet.headers]
    slots = _numbered(sheet, words) or _repeated(kinds)
    if slots:
        return _with_members(sheet, words, kinds, [_of_slot(sheet, slot) for slot in slots], {p for s in slots for p in s.columns.values()})
    inside = next((p for p in range(len(sheet.headers)) if _holds_members(sheet.cells[p])), None)
    if inside is None:
        return sheet
    found = [_MEMBER.findall(str(cell)) if cell is not None else [] for cell in sheet.cells[inside]]
    most = max(len(members) for members in found)
    members = [{c: np.array([m[k][n] if len(m) > k else None for m in found], dtype=object) for n, c in enumerate((NAME, ID))} for k in range(most)]
    return _with_members(sheet, words, kinds, members, {inside})


class _Words:
    """Which of our columns a header of a department's list is, whatever the list."""

    def __init__(self, spec: Spec) -> None:
        self.likenesses = spec.likenesses
        self.fields = {f.name: f for table in sorted(spec.lists) for f in spec.fields[table].values() if f.name in WANTED}
        self.known: dict[str, str] = {}
        for wanted in (OF_HEAD.values(), WANTED):  # a head's header is a head's, though in some list it stands for the person
            for table in sorted(spec.lists):
                for field in (f for f in spec.fields[table].values() if f.name in wanted):
                    for alias in (field.label, *field.aliases):
                        self.known.setdefault(fold_header(alias), field.name)

    def kind(self, folded: str) -> str | None:
        """Our column, by the headers known or else by their likeness."""
        if folded in self.known:
            return self.known[folded]
        return next((one.column for one in self.likenesses if one.column in WANTED and one.fits(folded)), None)

    def label(self, column: str) -> str:
        """A header that every list knows for the column."""
        return self.fields[column].label


def _numbered(sheet: Sheet, words: _Words) -> list[_Slot]:
    """Slots by the number in their headers; at least two that have a name."""
    found: dict[str, dict[str, int]] = {}
    for position, header in enumerate(sheet.headers):
        match = _NUMBERED.match(fold_header(header))
        kind = words.kind(match[1] + match[3]) if match else None
        if match and kind and kind not in OF_HEAD.values():
            found.setdefault(match[2], {}).setdefault(kind, position)
    slots = [_Slot(columns) for columns in found.values() if NAME in columns]
    return slots if len(slots) > 1 else []


def _repeated(kinds: Sequence[str | None]) -> list[_Slot]:
    """Slots by repetition: a name, a number, a name, a number. The first is the row's own person unless a head stands before it."""
    counts = Counter(kinds)
    if min(counts[NAME], counts[ID]) < 2:
        return []
    starts = [p for p, kind in enumerate(kinds) if kind == NAME]
    ends = [*starts[1:], starts[-1] + min(b - a for a, b in pairwise(starts))]
    slots = []
    for start, end in zip(starts, ends, strict=True):
        columns: dict[str, int] = {}
        for position in range(start, min(end, len(kinds))):
            kind = kinds[position]
            if kind is not None and kind not in SHARED:
                columns.setdefault(kind, position)
        slots.append(_Slot(columns))
    own = 0 if OF_HEAD[NAME] in kinds[: starts[0]] else 1
    return slots[own:] if all(ID in s.columns for s in slots[own:]) else []


def _holds_members(column: pd.Series[Any]) -> bool:
    """Whether its cells name people with their numbers."""
    sample = [str(cell) for cell in column.dropna().head(SAMPLE)]
    return len(sample) > 2 and sum(bool(_MEMBER.search(cell)) for cell in sample) >= SHARE * len(sample)


def _of_slot(sheet: Sheet, slot: _Slot) -> dict[str, Cells]:
    return {kind: sheet.cells[position].to_numpy(dtype=object) for kind, position in slot.columns.items()}


def _with_members(sheet: Sheet, words: _Words, kinds: Sequence[str | None], members: Sequence[dict[str, Cells]], used: set[int]) -> Sheet:
    """The rows as they were without the members' columns, and after each one row per member."""
    personal = list(dict.fromkeys([NAME, ID, *(kind for member in members for kind in member)]))
    at = {kind: next((p for p, k in enumerate(kinds) if k == kind and p not in used), None) for kind in (*personal, *OF_HEAD.values())}
    own = {kind: at[kind] if at[kind] is not None else at.get(OF_HEAD.get(kind, "")) for kind in personal}
    kept = [p for p in range(len(sheet.headers)) if p not in used and p not in {at[kind] for kind in personal}]
    parts = [_rows(sheet, kept, kept, {k: _column(sheet, own[k]) for k in personal}, np.arange(len(sheet.cells)), 0)]
    shared = [p for p in kept if kinds[p] in SHARED]
    for number, member in enumerate(members, start=1):
        named = np.flatnonzero(~pd.isna(member[NAME]) | ~pd.isna(member[ID] if ID in member else member[NAME]))
        parts.append(_rows(sheet, kept, shared, {k: member.get(k, _column(sheet, None)) for k in personal}, named, number))
    whole = pd.concat(parts, ignore_index=True).sort_values(["row", "turn"], kind="stable", ignore_index=True)
    rows = whole["row"].to_numpy(dtype=np.intp)
    columns: list[Any] = [*kept, *personal]
    return replace(
        sheet,
        headers=tuple(sheet.headers[c] if isinstance(c, int) else words.label(c) for c in columns),
        sections=tuple(sheet.sections[c] if isinstance(c, int) else "" for c in columns),
        letters=tuple(sheet.letters[c if isinstance(c, int) else own[c] if own[c] is not None else min(used)] for c in columns),  # type: ignore[index]
        cells=pd.DataFrame({n: whole[c].to_numpy(dtype=object) for n, c in enumerate(columns)}),
        rows=sheet.rows[rows],
        kinds={n: sheet.kinds[c][rows] for n, c in enumerate(columns) if isinstance(c, int) and c in sheet.kinds},
    )


def _rows(sheet: Sheet, kept: Sequence[int], copied: Sequence[int], person: dict[str, Cells], rows: npt.NDArray[np.intp], turn: int) -> pd.DataFrame:
    cells: dict[Any, Any] = {p: _column(sheet, p if p in copied else None)[rows] for p in kept}
    return pd.DataFrame({**cells, **{kind: values[rows] for kind, values in person.items()}, "row": rows, "turn": turn}, index=range(len(rows)))


def _column(sheet: Sheet, position: int | None) -> Cells:
    return np.full(len(sheet.cells), None, dtype=object) if position is None else sheet.cells[position].to_numpy(dtype=object)
