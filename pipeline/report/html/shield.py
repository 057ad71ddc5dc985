"""What of a run may be shown: every table's personal columns are known by `sensitive`, and masked here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from pipeline.report.mask import masked, masked_text
from pipeline.report.phrases import OwnWords, Phrases, replaced
from pipeline.report.results import Results
from pipeline.report.words import page_words, wording

_NAME = re.compile(r"(?=.*[\u3400-\u9fff\U00020000-\U0003ffff]).{2,15}")
_TOKEN = re.compile(r"[^,，、;；\s]+")
HIDDEN = "***"


class Shield:
    """Masks cells by their column's kind and sentences by the names, numbers and addresses that the tables hold."""

    def __init__(self, results: Results) -> None:
        self._kinds = dict(results.sensitive)
        self._said: dict[str, str] = {}
        self._asked: dict[str, bool] = {}
        plain = _plain_words(results)
        self._names = Phrases({n for n in values_of(results, "name") if _NAME.fullmatch(n)} - plain)
        ill = {t for v in values_of(results, "health") for t in _TOKEN.findall(v) if _NAME.fullmatch(t)} - plain - _said_elsewhere(results)
        words = _either(page_words().get("health_words"))
        self._ill = _either({*page_words().get("health_words"), *(value for value in ill if not words.search(value))})
        self._harmless = _either(page_words().get("health_free"))
        self._own = OwnWords(results.own_words)
        self._others = Phrases({v for kind in ("account", "address") for v in values_of(results, kind) if len(v) > 5} - plain)

    def kind(self, table: object, column: object) -> str | None:
        """The kind of personal data a column holds, if any."""
        return self._kinds.get((str(table), str(column)))

    def health_tables(self) -> set[str]:
        """Tables that say how healthy somebody is: being in one is health itself."""
        return {table for (table, _), kind in self._kinds.items() if kind == "health"} - set(wording().names("tables"))

    def cell(self, table: object, column: object, value: object) -> str:
        """A cell as it may be shown."""
        if value is None or value != value or value == "":
            return ""
        if isinstance(value, float):
            value = f"{value:.10g}"
        kind = self.kind(table, column)
        return masked(kind, str(value)) if kind else self.sentence(str(value))

    def sentence(self, text: str | None) -> str:
        """A sentence without whole names, numbers and addresses. Most sentences come many times over."""
        if not text:
            return ""
        if text not in self._said:
            self._said[text] = self._masked(text)
        return self._said[text]

    def _masked(self, text: str) -> str:
        text = self._others.replaced(text, lambda _: HIDDEN)
        found = [(at, name) for at, name in self._names.found(text) if not self._own.hold(text, at, name)]
        return masked_text(replaced(text, found, lambda name: masked("name", name)))

    def names_in(self, text: str) -> list[str]:
        """The whole names that stand in a text."""
        return [name for _, name in self._names.found(text)]

    def speaks_of_health(self, texts: Iterable[object]) -> list[bool]:
        """Which texts say something of somebody's health. Most come many times over."""
        return [self._ails(text) if isinstance(text, str) and text else False for text in texts]

    def _ails(self, text: str) -> bool:
        if text not in self._asked:
            self._asked[text] = bool(self._ill.search(self._harmless.sub("", text)))
        return self._asked[text]


def _either(phrases: Iterable[str]) -> re.Pattern[str]:
    """A pattern of any of the phrases, the longest first; of none at all it fits nowhere."""
    return re.compile("|".join(map(re.escape, sorted(phrases, key=lambda p: (-len(p), p)))) or "(?!)")


def values_of(results: Results, kind: str) -> set[str]:
    """All that stands in the columns of one kind, in every table."""
    found: set[str] = set()
    for (table, column), its in results.sensitive.items():
        frame = results.tables.get(table)
        if its == kind and frame is not None and column in frame.columns:
            found.update(str(v).strip() for v in pd.unique(frame[column].dropna()))
    if kind == "name" and "name" in results.issues.columns:
        found.update(str(v).strip() for v in pd.unique(results.issues["name"].dropna()))
    return found


def _said_elsewhere(results: Results) -> set[str]:
    """The codes of columns that tell of nobody's health: 其他, 未知 in a column of illnesses are no illness."""
    codes = {cell for cell, kind in results.types.items() if kind == "code"} - set(results.sensitive)
    coded = [frame[c] for t, frame in results.tables.items() for c in frame.columns if (t, str(c)) in codes]
    return {str(value) for column in coded for value in pd.unique(column.dropna())}


def _plain_words(results: Results) -> set[str]:
    """Words that are no person's though they stand in a personal column: labels, codes of other columns, places."""
    places: set[str] = set()
    for frame in results.tables.values():
        for column in {"county", "township", "village"} & set(frame.columns):
            places.update(map(str, pd.unique(frame[column].dropna())))
    return set(results.labels.values()) | places
