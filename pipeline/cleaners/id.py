"""Numbers of identity documents. Form only: a wrong digit stays wrong and a damaged number stays damaged."""

import re
import unicodedata

from pipeline.cleaners.base import BLANK, Cleaned, Context, compatible, tidy

_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?E[+-]?\d+")
_FLOAT = re.compile(r"(\d+)\.0+")
_QUOTES = dict.fromkeys(map(ord, "'\"`=\u2018\u2019\u201c\u201d\u2032\u2033"))
_DASHES = dict.fromkeys(map(ord, "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212_"))
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_FIRST = {**_QUOTES, **_UPPER}
_SECOND = {**_FIRST, **_DASHES}


def id_number(raw: str, context: Context) -> Cleaned:
    """Half-width, upper case, without blanks, quotes, dashes and the `.0` of a float; nothing else is touched."""
    if (raw.isdigit() and raw.isascii()) or (raw[:-1].isdigit() and raw.isascii() and raw[-1] == "X"):
        return Cleaned(raw)
    written = tidy(raw)
    if context.spellings.is_blank(written, "id"):
        return BLANK
    number = _stripped(written, _FIRST)
    if not _SCIENTIFIC.fullmatch(number):
        number = _stripped(number, _SECOND)
    whole = _FLOAT.fullmatch(number)
    number = whole[1] if whole else number
    return BLANK if context.spellings.is_blank(number, "id") else Cleaned(number)


def _stripped(number: str, table: dict[int, int | None]) -> str:
    if number.isascii():
        return compatible(number).translate(table)
    while (folded := compatible(number).translate(table)) != number:
        number = folded
    return unicodedata.normalize("NFKC", number)
