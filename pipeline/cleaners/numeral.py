"""Counting words: 十一, 廿三, 第5."""

import re
from functools import cache

from pipeline.cleaners.base import Spellings, alternatives


@cache
def numeral_pattern(spellings: Spellings) -> str:
    """A regular expression (no groups) for a number up to 99 written in words."""
    digit = f"(?:{alternatives(tuple(spellings.digits))})"
    ten = f"(?:{alternatives(tuple(spellings.tens))})"
    return f"(?:{digit}?{ten}{digit}?|{digit})"


def numeral(word: str, spellings: Spellings) -> int | None:
    """The number a word stands for, up to 99; arabic digits too."""
    if word.isascii() and word.isdigit():
        return int(word) if len(word) < 10 else None
    if not re.fullmatch(numeral_pattern(spellings), word):
        return None
    ten = next((sign for sign in word if sign in spellings.tens), None)
    if ten is None:
        return spellings.digits[word]
    before, after = word.split(ten)
    times = spellings.digits[before] if before else 1
    return times * spellings.tens[ten] + (spellings.digits[after] if after else 0)
