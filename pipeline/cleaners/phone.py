"""Telephone numbers."""

import re
from functools import cache

from pipeline.cleaners.base import (
    BLANK,
    Cleaned,
    Context,
    Spellings,
    alternatives,
    compatible,
    tidy,
)

_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_COUNTRY = re.compile(r"(?:\+|00)?86(1\d{10})")
_INSIDE = re.compile(r"[-\s()（）\u2010-\u2015\u2212]+")
_NUMBER = re.compile(r"\+?[0-9]+")


def phone(raw: str, context: Context) -> Cleaned:
    """The digits of a number; several numbers stay several, and what is no number stays as written for a rule to judge."""
    if len(raw) == 11 and raw.isascii() and raw.isdigit():
        return Cleaned(raw)
    written = tidy(raw)
    if context.spellings.is_blank(written, "phone"):
        return BLANK
    folded = compatible(written).strip("'\"`").removeprefix("=").strip("'\"`")
    if _SCIENTIFIC.fullmatch(folded):
        return Cleaned(None, "damaged_phone")
    number = _digits(folded)
    if number and len(number) <= 13:
        return Cleaned(number)
    numbers = _numbers(written, context.spellings)
    if len(numbers) > 1:
        return Cleaned("/".join(numbers), "several_phones")
    return Cleaned(numbers[0] if numbers else number or written)


def _digits(folded: str) -> str | None:
    bare = _INSIDE.sub("", re.sub(r"(?<=\d)\.0+$", "", folded))
    if not bare.isascii() or not _NUMBER.fullmatch(bare):
        return None
    country = _COUNTRY.fullmatch(bare)
    return country[1] if country else bare


def _numbers(written: str, spellings: Spellings) -> list[str]:
    """The different numbers of a cell, or none when a part of it is something else."""
    for joins in (_joins(spellings), _INSIDE):
        parts = [_digits(compatible(part)) for part in joins.split(written) if part.strip()]
        numbers = [part for part in parts if part and 7 <= len(part) <= 12]
        if len(numbers) == len(parts):
            return list(dict.fromkeys(numbers))
    return []


@cache
def _joins(spellings: Spellings) -> re.Pattern[str]:
    return re.compile(alternatives(spellings.phone_joins))
