"""Free text, names of people, and names of places."""

import re

from pipeline.cleaners.base import BLANK, Cleaned, Context, tidy

# Han of every plane, compatibility forms, 〇, and private-use characters (rare Han before they had a number).
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ue000-\uf8ff\U00020000-\U000323af\U000f0000-\U0010fffd"
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}\u00b7]) (?=[{_HAN}\u00b7])")
# Look-alikes of the separator U+00B7; NFKC does not unite them. The ordinary full stop is one of them.
_DOTS = ".\u00b7\u2022\u2024\u2027\u2219\u22c5\u25cf\u30fb\ufe52\uff0e\uff65"
_LETTER = f"[{_HAN}A-Za-z]"
_SEPARATOR = re.compile(f"(?<={_LETTER}) ?[{_DOTS}]+(?: [{_DOTS}]+)* ?(?={_LETTER})")


def text(raw: str, context: Context) -> Cleaned:
    """Trimmed, on one line, single blanks, half-width letters and digits."""
    cleaned = tidy(raw)
    return BLANK if context.spellings.is_blank(cleaned, "text") else Cleaned(cleaned)


def name(raw: str, context: Context) -> Cleaned:
    """A name without padding, its parts joined by U+00B7; rare characters are left for a rule to point at."""
    cleaned = _SEPARATOR.sub("\u00b7", _without_padding(tidy(raw)))
    return BLANK if context.spellings.is_blank(cleaned, "name") else Cleaned(cleaned)


def place(raw: str, context: Context) -> Cleaned:
    """A place name as written, without padding; pipeline/place.py says which place it is."""
    cleaned = _without_padding(tidy(raw))
    return BLANK if context.spellings.is_blank(cleaned, "place") else Cleaned(cleaned)


def _without_padding(tidy_text: str) -> str:
    return _BETWEEN_HAN.sub("", tidy_text) if " " in tidy_text else tidy_text
