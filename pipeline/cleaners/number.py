"""Numbers and their units. Decimal throughout: 1.1万 is 11000, not 11000.000000000002."""

import re
from dataclasses import dataclass
from decimal import Context as Arithmetic
from decimal import Decimal
from functools import cache

from pipeline.cleaners.base import (
    BLANK,
    Cleaned,
    Context,
    Spellings,
    Unit,
    alternatives,
    compatible,
    fold,
    tidy,
)
from pipeline.cleaners.numeral import numeral, numeral_pattern

_CANONICAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NEGATIVE = re.compile(r"\((.+)\)|[-\u2010-\u2015\u2212](.+)")
_ARABIC = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?(?:E[+-]?[0-9]{1,2})?|\.[0-9]+"
_LONGEST = 40  # characters; longer is a slip
_EXACT = Arithmetic(prec=200)  # enough for every number of that length
_ONE = Decimal(1)


@dataclass(frozen=True)
class _Part:
    """A number with its own unit, if it names one: 3亩5分 has two."""

    amount: Decimal
    multiplier: Decimal | None
    unit: Unit | None
    in_words: bool


def number(raw: str, context: Context) -> Cleaned:
    """A plain decimal in the field's unit; 12,000元 is 12000, and 1.2 for a field in 万元."""
    if _CANONICAL.fullmatch(raw) and (context.header_unit is None or _same_unit(context)):
        return Cleaned(raw)
    written = tidy(raw)
    if context.spellings.is_blank(written, "number"):
        return BLANK
    return _read(written, context) or Cleaned(None, "bad_number")


def _read(written: str, context: Context) -> Cleaned | None:
    """The number with its remark, or None when it is none."""
    spellings = context.spellings
    exact, approximate = _without_rough_words(_without_currency(compatible(written).upper(), spellings), spellings)
    minus = _NEGATIVE.fullmatch(exact)
    bare = (minus[1] or minus[2]) if minus else exact.removeprefix("+")
    if len(bare) > _LONGEST:
        return None
    parts = [] if bare.endswith("%") else _parts(bare, spellings)
    amount = _percent(bare, context) if bare.endswith("%") else _in_field_unit(parts, context)
    if amount is None:
        return None
    in_words = any(part.in_words for part in parts)
    if approximate:
        return Cleaned(None, "approximate")      # about 5,000 is not 5,000: what the figure is, the village says
    return Cleaned(_plain(-amount if minus else amount), "written_numeral" if in_words else None)


def _without_currency(text: str, spellings: Spellings) -> str:
    signs = alternatives(spellings.currency)
    return re.sub(f"^(?:{signs})|(?:{signs})$", "", text)


def _without_rough_words(text: str, spellings: Spellings) -> tuple[str, bool]:
    exact = re.sub(alternatives(spellings.approximate), "", text)
    return exact, exact != text


def _percent(bare: str, context: Context) -> Decimal | None:
    if context.unit not in (None, "%") or not _CANONICAL.fullmatch(bare[:-1]):
        return None
    return Decimal(bare[:-1]) * (_ONE if context.unit == "%" else Decimal("0.01"))


def _parts(bare: str, spellings: Spellings) -> list[_Part]:
    """The numbers a text is made of, in falling units; none when it is made of anything else."""
    whole, one = _grammar(spellings)
    if not whole.fullmatch(bare):
        return []
    parts = [_part(match, spellings) for match in one.finditer(bare)]
    return parts if all(map(_falls, parts, parts[1:])) else []


def _falls(first: _Part, second: _Part) -> bool:
    if first.unit is None or second.unit is None:
        return False
    return first.unit.measure == second.unit.measure and first.unit.factor > second.unit.factor


def _part(match: re.Match[str], spellings: Spellings) -> _Part:
    arabic, words, times, unit = (
        match["arabic"],
        match["words"],
        match["times"],
        match["unit"],
    )
    return _Part(
        amount=Decimal(arabic.replace(",", "")) if arabic else Decimal(numeral(words, spellings) or 0),
        multiplier=spellings.multipliers[times.casefold()] if times else None,
        unit=spellings.units[fold(unit)] if unit else None,
        in_words=arabic is None,
    )


@cache
def _grammar(spellings: Spellings) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A whole cell (every number but the last must name its unit, so that digits are never cut in two), and one number."""
    numeric = f"(?:(?P<arabic>{_ARABIC})|(?P<words>{numeral_pattern(spellings)}))"
    times = f"(?P<times>{alternatives(tuple(word.upper() for word in spellings.multipliers))})?"
    unit = f"(?P<unit>{alternatives(tuple(word.upper() for word in spellings.units))})"
    whole = re.sub(r"\?P<\w+>", "?:", f"(?:{numeric}{times}{unit})*{numeric}{times}{unit}?")
    return re.compile(whole), re.compile(f"{numeric}{times}{unit}?")


def _in_field_unit(parts: list[_Part], context: Context) -> Decimal | None:
    """What the parts amount to; None when there are none or they count something else than the field."""
    if not parts:
        return None
    field = _scale(context.unit, context.spellings)
    header = _scale(context.header_unit, context.spellings)
    if parts[0].unit is None:
        return _bare(parts[0], field, header)
    if field is None:
        return _EXACT.multiply(parts[0].amount, parts[0].multiplier or _ONE) if len(parts) == 1 else None
    if parts[0].unit.measure != field.measure:
        return None
    total = sum((_size(part) for part in parts), Decimal(0))
    return _EXACT.divide(total, field.factor * field.multiplier)


def _size(part: _Part) -> Decimal:
    factor = part.unit.factor if part.unit else _ONE
    return _EXACT.multiply(part.amount, (part.multiplier or _ONE) * factor)


@dataclass(frozen=True)
class _Scale:
    measure: str
    multiplier: Decimal
    factor: Decimal


def _scale(unit: str | None, spellings: Spellings) -> _Scale | None:
    """万元 as ten thousand times one 元; None for a unit that nothing is known of."""
    if unit is None:
        return None
    folded = fold(unit)
    for word, multiplier in (("", _ONE), *spellings.multipliers.items()):
        known = spellings.units.get(folded.removeprefix(word)) if folded.startswith(word) else None
        if known:
            return _Scale(known.measure, multiplier, known.factor)
    return None


def _same_unit(context: Context) -> bool:
    """The header counts in the field's own unit, or in none that could be converted to it."""
    field, header = _scale(context.unit, context.spellings), _scale(context.header_unit, context.spellings)
    return field is None or header is None or field == header or field.measure != header.measure


def _bare(part: _Part, field: _Scale | None, header: _Scale | None) -> Decimal:
    """A number without a unit: in the header's unit, else the field's; 3万 counts that unit's plain form."""
    if field is None:
        return _EXACT.multiply(part.amount, part.multiplier or _ONE)
    if part.multiplier:
        return _EXACT.divide(_EXACT.multiply(part.amount, part.multiplier), field.multiplier)
    if header is None or header.measure != field.measure:
        return part.amount
    counted = _EXACT.multiply(part.amount, header.multiplier * header.factor)
    return _EXACT.divide(counted, field.multiplier * field.factor)


def _plain(amount: Decimal) -> str:
    """No exponent, no sign on nought, no noughts behind the point that arithmetic put there."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
