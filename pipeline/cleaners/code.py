"""Values of a code list: one in a cell, or several."""

import re

from pipeline.cleaners.base import BLANK, Cleaned, CodeList, Context, fold, lines, tidy

_NUMBERED = re.compile(r"(\d{1,4})[-._:、|)]?(\D.*)")
_STRONG = re.compile(r"[,，;；|+\r\n]+")
_WEAK = re.compile(r"[、/\s]+")
_EDGES = " '\"`‘’“”。，,;；、.:："


def code(raw: str, context: Context) -> Cleaned:
    """The list's own word for what is written, by value or alias."""
    codes = _list_of(context)
    cleaned = tidy(raw)
    value = known(cleaned, codes)
    if value is not None:
        return Cleaned(value)
    if _is_blank(cleaned, codes, context):
        return BLANK
    return Cleaned(cleaned) if codes.open else Cleaned(None, "unknown_code")


def codes(raw: str, context: Context) -> Cleaned:
    """The list's own words for everything that is written, in the list's order, joined by a comma."""
    codes_ = _list_of(context)
    whole = code(raw, context)
    if (whole.value is not None and whole.value in codes_.values) or whole == BLANK:
        return whole
    words = [word for word in _words(raw, codes_) if not _is_blank(word, codes_, context)]
    if any(fold(word) in context.spellings.errors for word in words):
        return Cleaned(None, "error_value")
    found = {word: known(word, codes_) for word in words}
    unknown = [word for word, value in found.items() if value is None]
    if unknown and not codes_.open:
        return Cleaned(None, "unknown_code")
    values = [value for value in codes_.values if value in found.values()]
    return Cleaned(",".join(values + unknown)) if values or unknown else BLANK


def known(tidy_text: str, codes: CodeList) -> str | None:
    """The value a text stands for: as written, without quotes and full stops around it, or behind its own number."""
    folded = fold(tidy_text)
    value = codes.aliases.get(folded) or codes.aliases.get(folded.removesuffix(".0"))
    if value is not None:
        return value
    bare = folded.strip(_EDGES)
    return codes.aliases.get(bare) or _numbered(bare, codes)


def _numbered(folded: str, codes: CodeList) -> str | None:
    """`2.听力` is 听力, unless 2 is the number of something else in this list."""
    match = _NUMBERED.fullmatch(folded)
    if not match:
        return None
    value = codes.aliases.get(match[2])
    by_number = codes.aliases.get(match[1], value)
    return value if value == by_number else None


def _words(raw: str, codes: CodeList) -> list[str]:
    """The words of a cell; 、 / and a blank separate only what the list then knows, since they also stand inside words."""
    words: list[str] = []
    for piece in _STRONG.split(lines(raw)):
        whole = tidy(piece)
        parts = [tidy(part) for part in _WEAK.split(piece)]
        split = known(whole, codes) is None and any(known(part, codes) for part in parts)
        words += parts if split or (not codes.open and known(whole, codes) is None) else [whole]
    return [word for word in words if word]


def _is_blank(tidy_text: str, codes: CodeList, context: Context) -> bool:
    return fold(tidy_text) in codes.blanks or context.spellings.is_blank(tidy_text, "code")


def _list_of(context: Context) -> CodeList:
    if context.codes is None:
        raise ValueError("a coded field needs its code list in the context")
    return context.codes
