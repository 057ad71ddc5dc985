"""Finding many phrases in a text quickly, and telling somebody's name from the same characters inside our own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_SLOT = re.compile(r"\{[^{}]*\}|\n")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")


class Phrases:
    """A set of phrases that can be found in any text quickly, however many they are."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._all = frozenset(phrases)
        self._sizes = sorted({len(p) for p in self._all}, reverse=True)
        self._start = min(self._sizes, default=2)
        self._starts = {p[: self._start] for p in self._all}

    def found(self, text: str) -> list[tuple[int, str]]:
        """Where phrases stand; at each place the longest."""
        found, at, size, starts = [], 0, self._start, self._starts
        last = len(text) - size
        while at <= last:
            if text[at : at + size] in starts:
                phrase = next((text[at : at + n] for n in self._sizes if text[at : at + n] in self._all), None)
                if phrase:
                    found.append((at, phrase))
                    at += len(phrase)
                    continue
            at += 1
        return found

    def replaced(self, text: str, by: Callable[[str], str]) -> str:
        """The text with every phrase replaced."""
        return replaced(text, self.found(text), by)


def replaced(text: str, found: Iterable[tuple[int, str]], by: Callable[[str], str]) -> str:
    """The text with what was found in it replaced."""
    for at, phrase in reversed(list(found)):
        text = text[:at] + by(phrase) + text[at + len(phrase) :]
    return text


class OwnWords:
    """The product's own words. 于全 is somebody's name, and stands in 大于全村 all the same."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._pieces = frozenset(piece for text in dict.fromkeys(texts) for piece in _SLOT.split(text) if piece)
        self._text = "\n".join(sorted(self._pieces))
        self._short = {self._text[n : n + size] for size in (2, 3) for n in range(len(self._text) - size + 1)}

    def hold(self, text: str, at: int, name: str, loosely: bool = False) -> bool:
        """Is the name here but a stretch of our own words, by the characters on either side of it (`loosely`: on one side)?"""
        if len(name) > 3 or name not in self._short:
            return False
        before, after = _han(text[at - 1 : at] if at else ""), _han(text[at + len(name) : at + len(name) + 1])
        if not before and not after:
            return name in self._pieces
        if loosely:
            return bool(before and before + name in self._text) or bool(after and name + after in self._text)
        return before + name + after in self._text


def _han(character: str) -> str:
    return character if _HAN.match(character) else ""
