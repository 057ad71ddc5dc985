"""data/raw/<period>/returned/: every workbook there as rows under our names, whatever it is called and whoever saved it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.correct.model import ReturnedFile
from pipeline.headers import fold_header
from pipeline.ledger import Finding
from pipeline.read import Trouble, Unreadable, find_files, name_of, read_file
from pipeline.read.files import RETURNED
from pipeline.report.fixrows import KEYS
from pipeline.report.words import wording

if TYPE_CHECKING:
    from pipeline.read import Sheet

ANSWERS = ("answer", "verdict", "evidence", "checked_by", "checked_on")
SAID = ("answer", "verdict", "evidence")  # by and on alone say nothing: they are filled down a whole column
WHERE = ("period", "file", "tab", "row")
KIND = "answer_kind"
REVIEW = ("pair", "content", "fingerprint")  # what tells the list of doubtful matches, which linkage reads itself
UNSAID = {"hidden_tab", "same_tab", "no_table", "no_header"}  # what the reader remarks on and every list of ours has


def titles() -> dict[str, str]:
    """Folded title of a column of a fix list -> our name for it."""
    words = wording()
    both = {**words.get("fixlist.columns"), **words.get("fixlist.answers")}
    named = {fold_header(str(look["title"])): name for name, look in both.items()}
    return {**named, **{fold_header(key): key for key in KEYS}}


def read_returned(raw: Path, periods: Iterable[str], password: str | None = None) -> list[ReturnedFile]:
    """Every file in the returned/ folders of these periods, in order. One bad file never stops the others."""
    known = titles()
    found: list[ReturnedFile] = []
    for period in periods:
        folder = raw / period / RETURNED
        if folder.is_dir():
            files, troubles = find_files(folder)
            found += [ReturnedFile(period, t.file, "", nothing(), (_finding(t),), t.problem) for t in troubles if t.problem != "still_open"]
            found += [_read(path, name_of(path, folder), period, known, password) for path in files]
    return found


def is_returned(headers: Iterable[str]) -> bool:
    """Are these the headers of a fix list, or of the list of doubtful matches? Outside of returned/ only what can be nothing else is one."""
    given, known = set(headers), titles()
    names = {known.get(fold_header(header)) for header in given}
    return set(REVIEW) <= given or ({"answer", "verdict"} <= names and bool({"fingerprint", "ref"} & names))


def read_one(path: Path, password: str | None = None) -> ReturnedFile:
    """One such file, wherever it lies."""
    return _read(path, path.name, "", titles(), password)


def _is_fix_list(names: Sequence[str | None]) -> bool:
    """A place for an answer, and something by which a row is known."""
    return bool({"answer", "verdict"} & set(names) and {"fingerprint", "ref"} & set(names))


def nothing() -> pd.DataFrame:
    """No rows at all."""
    return pd.DataFrame(columns=[*WHERE, *dict.fromkeys(titles().values()), KIND], dtype=object)


def _read(path: Path, file: str, period: str, known: dict[str, str], password: str | None) -> ReturnedFile:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        sheets, troubles = _opened(path, file, frozenset({*known, *map(fold_header, REVIEW)}), password)
    except Unreadable as problem:
        return ReturnedFile(period, file, digest, nothing(), (_finding(problem.trouble()),), problem.problem)
    parts = [part for sheet in sheets if (part := _rows(sheet, known)) is not None]
    if not parts:
        review = any(set(REVIEW) <= set(sheet.headers) for sheet in sheets)
        return ReturnedFile(period, file, digest, nothing(), note="review" if review else "other")
    rows = pd.concat(parts, ignore_index=True).assign(period=period, file=file)
    said = tuple(_finding(t) for t in troubles if t.problem not in UNSAID)
    return ReturnedFile(period, file, digest, rows.reindex(columns=list(nothing().columns)), said)


def _opened(path: Path, file: str, vocabulary: frozenset[str], password: str | None) -> tuple[list[Sheet], list[Trouble]]:
    """The file's tables, with the campaign's password where it is locked. Raises Unreadable."""
    try:
        return read_file(path, f"{RETURNED}/{file}", vocabulary)
    except Unreadable as problem:
        if problem.problem != "password" or not password:
            raise
        from pipeline.locked import unlocked

        with unlocked(path, password) as plain:
            if plain is None:
                raise
            return read_file(plain, f"{RETURNED}/{file}", vocabulary)


def _finding(trouble: Trouble) -> Finding:
    slots = {"file": trouble.file, "tab": trouble.tab or "", "row": str(trouble.row or ""), **trouble.slots}
    where = f"{trouble.file}#{trouble.tab or ''}!{trouble.row or 1}"
    return Finding(f"read.{trouble.problem}", where, (trouble.file, trouble.tab or "", str(trouble.row or "")), slots=slots)


def _rows(sheet: Sheet, known: dict[str, str]) -> pd.DataFrame | None:
    """The tab's rows if it is a fix list."""
    names = [known.get(fold_header(header)) for header in sheet.headers]
    if not _is_fix_list(names):
        return None
    rows = pd.DataFrame({"tab": sheet.tab, "row": sheet.rows}, index=range(len(sheet.rows)))
    for position, name in enumerate(names):
        if name is not None and name not in rows.columns:  # a column that was copied: the first one counts
            rows[name] = _stripped(sheet.cells[position].tolist())
            if name == "answer":
                rows[KIND] = sheet.kinds.get(position, np.zeros(len(rows), dtype=np.uint8))
    return rows


def _stripped(cells: Sequence[str | None]) -> list[str | None]:
    return [cell.strip() or None if isinstance(cell, str) else None for cell in cells]
