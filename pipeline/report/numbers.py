"""Somebody's number in a text, however it is written: wide, spaced, dashed, cut up by invisible characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

LEAST, MOST = 7, 24        # characters of a number that is somebody's; a shorter one may be anything
SURE = 11                  # from here on a known number is found inside a longer one too
_RUN = re.compile(r"[0-9A-Za-z]+(?:[ \-‐-―_.·/]{1,3}[0-9A-Za-z]+)*")
_GROUP = re.compile(r"[0-9A-Za-z]+")
_WIDE = re.compile(r"(?![0-9])\d")
_CHECKSUM = re.compile(r"(?=.*[a-f].*[a-f])[0-9a-f]{12,}")
_DIGITS = re.compile(r"\d{11,}[Xx]?")
_LONG = re.compile(r"\d{14,21}[0-9X]")
_MOBILE = re.compile(r"(?:00)?(?:86)?1\d{10}")
_PHONE = ((3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 4, 3), (1,) * 11)


def plain(text: str) -> str:
    """The text in narrow characters without the invisible ones; digits of any script as 0–9."""
    if text.isascii():
        return text
    narrow = unicodedata.normalize("NFKC", text)
    narrow = "".join(c for c in narrow if unicodedata.category(c) not in ("Cf", "Mn") or c == "\n")
    return _WIDE.sub(lambda digit: str(unicodedata.decimal(digit[0])), narrow)


def bare(number: str) -> str:
    """A number as it is compared: letters and digits only, in capitals."""
    return "".join(_GROUP.findall(plain(number))).upper()


class Numbers:
    """Knows the numbers of a run's people and households, and the look of ids, phones and accounts nobody told it of."""

    def __init__(self, known: Iterable[str]) -> None:
        cleaned = (bare(number) for number in known)
        self._known = frozenset(n for n in cleaned if LEAST <= len(n) <= MOST and any(c.isdigit() for c in n))
        self._sizes = sorted({len(n) for n in self._known if len(n) >= SURE})

    def stand_in(self, text: str) -> bool:
        """Is there somebody's number in the text?"""
        return any(self._tells(run) for run in _RUN.findall(plain(text)) if len(run) >= LEAST and any(map(str.isdigit, run)))

    def _tells(self, run: str) -> bool:
        groups = _GROUP.findall(run)
        return any(self._one(group) for group in groups) or (len(groups) > 1 and any(self._several(part) for part in _joined(groups)))

    def _one(self, group: str) -> bool:
        """A number written in one piece: known, inside a longer one, or one by its look."""
        said = group.upper()
        if said in self._known or self._inside(said):
            return True
        if _CHECKSUM.fullmatch(group):
            return False
        return any(_LONG.fullmatch(digits.upper()) or _MOBILE.fullmatch(digits) for digits in _DIGITS.findall(group))

    def _inside(self, said: str) -> bool:
        return any(said[at : at + size] in self._known for size in self._sizes for at in range(len(said) - size + 1))

    def _several(self, part: tuple[str, ...]) -> bool:
        """A number written in pieces. Two dates and a count beside each other are none: it must be known, or be right in itself."""
        said = "".join(part).upper()
        sizes = tuple(map(len, part))
        if said in self._known:
            return len(said) >= SURE or len(set(sizes)) == 1
        if re.fullmatch(r"1[3-9]\d{9}", said):
            return sizes in _PHONE
        return _is_id(said) or (said.isdigit() and 16 <= len(said) <= 19 and set(sizes[:-1]) == {4} and sizes[-1] <= 4 and _luhn(said))


def _joined(groups: list[str]) -> Iterator[tuple[str, ...]]:
    """Every stretch of neighbouring groups that is not too long for a number."""
    for first in range(len(groups) - 1):
        size = len(groups[first])
        for last in range(first + 1, len(groups)):
            size += len(groups[last])
            if size > MOST:
                break
            if size >= LEAST:
                yield tuple(groups[first : last + 1])


def _is_id(said: str) -> bool:
    """18 characters with their check character, or 15 digits, around a date of birth; never beginning with a year."""
    if said.startswith(("19", "20", "0")):
        return False
    if re.fullmatch(r"\d{17}[\dX]", said) and _is_day(said[6:14]):
        total = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(said[:17]))
        return "10X98765432"[total % 11] == said[17]
    return bool(re.fullmatch(r"\d{15}", said)) and _is_day("19" + said[6:12])


def _is_day(text: str) -> bool:
    return "1900" <= text[:4] <= "2100" and "01" <= text[4:6] <= "12" and "01" <= text[6:] <= "31"


def _luhn(said: str) -> bool:
    """The check digit of bank cards."""
    doubled = (sum(divmod(int(d) * 2, 10)) if at % 2 else int(d) for at, d in enumerate(reversed(said)))
    return sum(doubled) % 10 == 0
