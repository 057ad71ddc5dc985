"""What people have decided about doubtful pairs: read from returned workbooks, known again by content, reopened when it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.headers import fold_header
from pipeline.read import Unreadable, find_files, name_of, read_file
from pipeline.report.words import wording

KEY_SHEET = "_qingxi"
KIND = "review"
FORMAT = "1"
SIGNED = ("pair", "source", "ours", "theirs", "id_key", "name_key", "content")
KEYS = (*SIGNED, "fingerprint")
"""Hidden beside each pair: whose rows these are, and a hash of everything the decision rests on."""
RESTS_ON = ("name", "sex", "idno", "birth", "township", "village", "group", "phone", "relation")
SAME, OTHER, OPEN = "same", "other", "open"


@dataclass(frozen=True)
class Decision:
    """One answered pair, and where the answer stands."""

    verdict: str
    keys: dict[str, str]
    period: str
    file: str
    row: int
    by: str

    @property
    def address(self) -> str:
        return f"{self.period}/{self.file}#!{self.row}"


@dataclass
class Decisions:
    """All answers up to a period; the latest of each pair counts, two different ones of one period none."""

    by_pair: dict[str, Decision] = field(default_factory=dict)
    by_person: dict[tuple[str, str], list[Decision]] = field(default_factory=dict)
    spoilt: list[Decision] = field(default_factory=list)
    contradicted: list[tuple[Decision, Decision]] = field(default_factory=list)

    def of(self, keys: dict[str, str]) -> Decision | None:
        """The decision about this very content."""
        found = self.by_pair.get(keys["pair"])
        return found if found is not None and found.keys["content"] == keys["content"] else None

    def outdated(self, keys: dict[str, str]) -> Decision | None:
        """A decision about these two whose values have changed since."""
        for one in self.by_person.get((keys["source"], keys["ours"]), ()):
            same_row = one.keys["pair"] == keys["pair"] or (one.keys["id_key"] and one.keys["id_key"] == keys["id_key"])
            if (same_row or (one.keys["name_key"] and one.keys["name_key"] == keys["name_key"])) and one.keys["content"] != keys["content"]:
                return one
        return None


def pair_keys(source: str, ours: dict[str, Any], our_key: str, theirs: dict[str, Any]) -> dict[str, str]:
    """What a pair is known by: the two it is about, and a hash of the values that a decision rests on."""
    mine, other = ({c: _text(row.get(c)) for c in RESTS_ON} for row in (ours, theirs))
    their_key = other["idno"] or "/".join(other[c] for c in ("name", "birth", "village", "group", "phone"))
    keys = {
        "pair": _hash(source, our_key, their_key),
        "source": source,
        "ours": our_key,
        "theirs": _hash(their_key),
        "id_key": _hash(other["idno"]) if other["idno"] else "",
        "name_key": _hash(other["name"]) if other["name"] else "",
        "content": _hash(*mine.values(), *other.values()),
    }
    return {**keys, "fingerprint": fingerprint(keys)}


def fingerprint(keys: dict[str, str]) -> str:
    """Fits the keys it was made for and no others."""
    return _hash(*(keys[name] for name in SIGNED))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()


def read_decisions(raw: Path, period: str, verdicts: Sequence[str]) -> Decisions:
    """Every answered pair in the returned/ folders of this and earlier periods. `verdicts`: the words for same, other, open."""
    meaning = dict(zip(verdicts, (SAME, OTHER, OPEN), strict=False))
    found = Decisions()
    for folder in sorted(p for p in raw.iterdir() if p.is_dir() and p.name <= period) if raw.is_dir() else []:
        latest: dict[str, Decision] = {}
        clash: set[str] = set()
        for decision in _of_folder(folder / "returned", folder.name, meaning):
            if decision.keys["fingerprint"] != fingerprint(decision.keys):
                found.spoilt.append(decision)
                continue
            other = latest.setdefault(decision.keys["pair"], decision)
            if other.verdict != decision.verdict:
                clash.add(decision.keys["pair"])
                found.contradicted.append((other, decision))
        for pair, decision in latest.items():
            if pair in clash:
                found.by_pair.pop(pair, None)
            else:
                found.by_pair[pair] = decision
    for decision in found.by_pair.values():
        found.by_person.setdefault((decision.keys["source"], decision.keys["ours"]), []).append(decision)
    return found


def _of_folder(folder: Path, period: str, meaning: dict[str, str]) -> Iterator[Decision]:
    if folder.is_dir():
        for path in find_files(folder)[0]:
            yield from _answers(path, name_of(path, folder), period, meaning)


def _answers(path: Path, file: str, period: str, meaning: dict[str, str]) -> Iterator[Decision]:
    """The answered pairs of a file, whatever program saved it; what cannot be opened is the business of whoever reads answers."""
    columns = _columns()
    try:
        sheets, _ = read_file(path, file, frozenset(columns))
    except Unreadable:
        return
    for sheet in sheets:
        names = [columns.get(fold_header(header)) for header in sheet.headers]
        if "verdict" in names and set(KEYS) <= set(names):
            for number, row in zip(sheet.rows.tolist(), sheet.cells.itertuples(index=False, name=None), strict=True):
                cells = {name: _text(value) for name, value in zip(names, row, strict=True) if name is not None}
                verdict = meaning.get(cells["verdict"])
                if verdict and verdict != OPEN:
                    yield Decision(verdict, {k: cells[k] for k in KEYS}, period, file, number, cells.get("by", ""))


def _columns() -> dict[str, str]:
    """Folded title of a column of the workbook -> our name for it; the keys stand there under their own names."""
    layout = wording().get("review.columns")
    return {**{fold_header(key): key for key in KEYS}, **{fold_header(str(layout[name]["title"])): name for name in layout}}


def known_frame(frame: pd.DataFrame) -> dict[Any, dict[str, Any]]:
    """Rows of one side by their label, as plain values."""
    part = frame.reindex(columns=list(RESTS_ON)).astype(object)
    return dict(zip(part.index.tolist(), part.to_dict("records"), strict=True))
