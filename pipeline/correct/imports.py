"""The rows that answers changed, in the system's own headers and spellings, so that they can be imported where the system allows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.correct.lay import STEP
from pipeline.headers import Vocabulary
from pipeline.mapping import Records
from pipeline.read import Sheet, Unreadable, read_file


@dataclass(frozen=True)
class ImportSheet:
    """Rows of one tab of one export, as exported but for the corrected cells; `changed` marks those."""

    file: str
    tab: str
    headers: tuple[str, ...]
    cells: pd.DataFrame
    changed: npt.NDArray[np.bool_]


def import_sheets(
    folder: Path, changes: pd.DataFrame, mapped: Sequence[Records], clean: Sequence[Records], vocabulary: Vocabulary
) -> list[ImportSheet]:
    """One sheet per tab of the system's exports in which answers changed something.

    `mapped`: the cells as they stood; `clean`: what they were read as.
    """
    mine = changes[changes["step"] == STEP]
    if not len(mine):
        return []
    known = {(before.file, before.tab): (before, after) for before, after in zip(mapped, clean, strict=True) if before.source.system}
    places = mine["row_id"].astype(str).str.extract(r"^(?P<file>.*)#(?P<tab>[^#]*)!(?P<row>\d+)$")
    found = []
    for (file, tab), rows in mine.assign(**{str(c): places[c] for c in places}).groupby(["file", "tab"], sort=True):
        pair = known.get((str(file), str(tab)))
        sheet = _sheet(folder / str(file), str(file), str(tab), vocabulary) if pair is not None else None
        if pair is not None and sheet is not None:
            found.append(_corrected(sheet, rows, *pair))
    return found


def _sheet(path: Path, file: str, tab: str, vocabulary: Vocabulary) -> Sheet | None:
    """The tab once more, with the columns we have no name for."""
    try:
        sheets, _ = read_file(path, file, vocabulary)
    except Unreadable:
        return None
    return next((s for s in sheets if s.tab == tab), None)


def _corrected(sheet: Sheet, rows: pd.DataFrame, before: Records, after: Records) -> ImportSheet:
    positions = {int(number): i for i, number in enumerate(sheet.rows.tolist())}
    columns = {header: j for j, header in reversed(list(enumerate(sheet.headers)))}
    wanted = sorted({int(r) for r in rows["row"]} & set(positions))
    at = {number: i for i, number in enumerate(wanted)}
    cells = sheet.cells.iloc[[positions[n] for n in wanted]].reset_index(drop=True).astype(object)
    values = cells.to_numpy(dtype=object, copy=True)
    changed = np.zeros(values.shape, dtype=bool)
    for table, column, header, row, value in rows[["table", "column", "source_column", "row", "after"]].itertuples(index=False, name=None):
        if header in columns and int(row) in at:
            where = at[int(row)], columns[header]
            key = f"{table}.{column}"
            values[where] = own_spelling(value, before.frame[key], after.frame[key]) if key in before.frame.columns else value
            changed[where] = True
    return ImportSheet(sheet.file, sheet.tab, tuple(" ".join(h.split()) for h in sheet.headers), pd.DataFrame(values), changed)


def own_spelling(value: str | None, written: pd.Series, read: pd.Series) -> str | None:
    """A value as this export writes it: as it writes the same value elsewhere, else in the shape of its other cells (2022-05-01)."""
    if value is None or value != value:
        return None
    same = written[(read == value) & written.notna()]
    if len(same):
        return str(same.value_counts().index[0])
    usual = shape_of(written, read)
    return shaped(value, usual) if usual else value


def shape_of(written: pd.Series, read: pd.Series) -> str | None:
    """The commonest way in which the export sets digits apart: 9999-99-99; None where it does not."""
    both = pd.DataFrame({"written": written, "read": read}).dropna().drop_duplicates().head(500)
    digits = both["written"].astype(str).str.replace(r"\D", "", regex=True)
    plain = both[(digits == both["read"].astype(str)) & (both["written"] != both["read"])]
    return str(plain["written"].astype(str).str.replace(r"\d", "9", regex=True).value_counts().index[0]) if 2 * len(plain) > len(both) else None


def shaped(value: str, shape: str) -> str:
    """The digits of a value in a shape; the value itself where it has more or fewer of them."""
    if not value.isdigit() or shape.count("9") != len(value):
        return value
    digits = iter(value)
    return re.sub("9", lambda _: next(digits), shape)


def by_file(sheets: Sequence[ImportSheet]) -> Mapping[str, list[ImportSheet]]:
    """The sheets of each export."""
    found: dict[str, list[ImportSheet]] = {}
    for sheet in sheets:
        found.setdefault(sheet.file, []).append(sheet)
    return found
