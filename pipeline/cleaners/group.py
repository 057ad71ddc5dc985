"""村民小组, which Sichuan calls 社: a number where it has one."""

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
from pipeline.cleaners.numeral import numeral, numeral_pattern


def group(raw: str, context: Context) -> Cleaned:
    """The number of a group, or its name as written; several groups in one cell are for people to settle."""
    spellings = context.spellings
    written = tidy(raw)
    if spellings.is_blank(written, "group"):
        return BLANK
    folded = compatible(written).strip("()").removesuffix(".0")
    one, several = _patterns(spellings)
    if match := one.fullmatch(folded):
        number = numeral(match["number"], spellings)
        return Cleaned(written if number is None else str(number))
    if several.fullmatch(folded):
        return Cleaned(None, "several_groups")
    return Cleaned(written)


@cache
def _patterns(spellings: Spellings) -> tuple[re.Pattern[str], re.Pattern[str]]:
    number = rf"(?:[0-9]{{1,4}}|{numeral_pattern(spellings)})"
    ordinal = f"(?:{alternatives(spellings.ordinal)})?"
    suffix = f"(?:{alternatives(spellings.group_suffixes)})"
    join = f"(?:{alternatives(spellings.group_joins)})"
    one = re.compile(f"{ordinal}(?P<number>{number}){suffix}?")
    item = f"{ordinal}{number}"
    several = re.compile(f"{item}{suffix}?(?:{join}{item}{suffix}?)+|(?:{item}{suffix}){{2,}}")
    return one, several
