"""Days, months and years. What lost its separators is never guessed at."""

import re
from dataclasses import dataclass
from datetime import date as Day  # noqa: N812  (date is the cleaner here)
from datetime import timedelta
from functools import cache

from pipeline.cleaners.base import (
    BLANK,
    DATE,
    NUMBER,
    Cleaned,
    Context,
    Spellings,
    alternatives,
    compatible,
    fold,
    tidy,
)

_TIME = re.compile(r"[ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?$")
_FLOAT = re.compile(r"(\d{4,})\.0+")
_SERIAL_DAY_ZERO = Day(1899, 12, 30)  # the 1900 system; 60 days are wrong before March 1900, which no cell here means
_EARLIEST = 1900


@dataclass(frozen=True)
class _Read:
    """What a text says, as far as it says it; or what is wrong with it."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    problem: str | None = None


def date(raw: str, context: Context) -> Cleaned:
    """YYYYMMDD of a day that exists."""
    cleaned, read = _start(raw, "date", context)
    if cleaned:
        return cleaned
    if read.year is None:
        return Cleaned(None, read.problem)
    if read.day is None:
        return Cleaned(None, "year_only" if read.month is None else "month_only")
    return Cleaned(f"{read.year:04d}{read.month:02d}{read.day:02d}", read.problem)


def month(raw: str, context: Context) -> Cleaned:
    """YYYYMM; the day, if one is given, is dropped."""
    cleaned, read = _start(raw, "month", context)
    if cleaned:
        return cleaned
    if read.year is None:
        return Cleaned(None, read.problem)
    if read.month is None:
        return Cleaned(None, "year_only")
    return Cleaned(f"{read.year:04d}{read.month:02d}", read.problem)


def year(raw: str, context: Context) -> Cleaned:
    """YYYY; month and day, if given, are dropped."""
    cleaned, read = _start(raw, "year", context)
    if cleaned:
        return cleaned
    return Cleaned(None, read.problem) if read.year is None else Cleaned(f"{read.year:04d}")


def _start(raw: str, wanted: str, context: Context) -> tuple[Cleaned | None, _Read]:
    """What every kind of date begins with: an open end, a blank, else the text read."""
    spellings = context.spellings
    written = tidy(raw)
    if context.open_end and fold(written) in spellings.open_end:
        return Cleaned(spellings.open_end_value), _Read()
    if spellings.is_blank(written, wanted):
        return BLANK, _Read()
    return None, _read(compatible(_TIME.sub("", written)), wanted, context)


def _read(folded: str, wanted: str, context: Context) -> _Read:
    whole = _FLOAT.fullmatch(folded)
    folded = whole[1] if whole else folded
    forms = _forms(context.spellings)
    if match := forms.separated.fullmatch(folded):
        return _separated(match, folded, context)
    if match := forms.digits.fullmatch(folded):
        return _digits(match["digits"], marked=bool(match["mark"]), wanted=wanted, context=context)
    if context.kind == NUMBER and re.fullmatch(r"\d{5}\.\d+", folded):
        return _digits(folded.split(".")[0], marked=False, wanted=wanted, context=context)
    if forms.short_year.fullmatch(folded):
        return _Read(problem="two_digit_year")
    return _Read(problem="no_year" if forms.no_year.fullmatch(folded) else "bad_date")


def _separated(match: re.Match[str], folded: str, context: Context) -> _Read:
    parts = [int(part) if part else None for part in (match["year"], match["month"], match["day"])]
    read = _existing(*parts, context=context)
    if read.year and context.kind == NUMBER and re.fullmatch(r"\d{4}\.1", folded):
        return _Read(read.year, read.month, problem="ambiguous_month")
    return read


def _digits(digits: str, marked: bool, wanted: str, context: Context) -> _Read:
    """A run of digits is a date only where every part has its full width."""
    if len(digits) == 8:
        return _existing(int(digits[:4]), int(digits[4:6]), int(digits[6:]), context=context)
    if len(digits) == 6 and _existing(int(digits[:4]), int(digits[4:]), None, context=context).year:
        return _Read(int(digits[:4]), int(digits[4:]))
    if len(digits) == 4 and not marked:
        return _existing(int(digits), None, None, context=context)
    if len(digits) == 5 and not marked and (serial := _serial(digits, wanted, context)):
        return serial
    if len(digits) in (5, 6, 7) and _plausible(int(digits[:4]), context):
        return _Read(problem="lost_separator")
    return _Read(problem="two_digit_year" if len(digits) == 6 else "bad_date")


def _serial(digits: str, wanted: str, context: Context) -> _Read | None:
    """The day a spreadsheet means by a number; in a column of months 20214 is 2021 and 4 run together."""
    run_together = wanted != "date" and _plausible(int(digits[:4]), context)
    if not 20000 < int(digits) < 60000 or run_together or wanted == "year":
        return None
    day = _SERIAL_DAY_ZERO + timedelta(days=int(digits))
    doubtful = context.kind not in (NUMBER, DATE) or _plausible(int(digits[:4]), context)
    return _Read(day.year, day.month, day.day, problem="excel_serial" if doubtful else None)


def _plausible(year: int, context: Context) -> bool:
    return _EARLIEST <= year <= context.reference_year + 20


def _existing(year: int | None, month: int | None, day: int | None, *, context: Context) -> _Read:
    """The day, month or year, if there is such a one."""
    try:
        Day(year or 0, month if month is not None else 1, day if day is not None else 1)
    except ValueError:
        return _Read(problem="bad_date")
    return _Read(year, month, day) if _plausible(year or 0, context) else _Read(problem="bad_date")


@dataclass(frozen=True)
class _Forms:
    separated: re.Pattern[str]
    digits: re.Pattern[str]
    short_year: re.Pattern[str]
    no_year: re.Pattern[str]


@cache
def _forms(spellings: Spellings) -> _Forms:
    year = rf"(?:[-/.\u2010-\u2015\u2212\\。、]|{alternatives(spellings.year_marks)})"
    month = rf"(?:[-/.\u2010-\u2015\u2212\\。、]|{alternatives(spellings.month_marks)})"
    day = f"(?:{alternatives(spellings.day_marks)}|\\.)?"
    after_year = f"{year}(?P<month>[0-9]{{1,2}})(?:{month}(?:(?P<day>[0-9]{{1,2}}){day})?)?"
    anonymous = re.sub(r"\?P<\w+>", "?:", after_year)
    last = f"{alternatives(spellings.year_marks)}|{alternatives(spellings.month_marks)}|{alternatives(spellings.day_marks)}"
    return _Forms(
        separated=re.compile(f"(?P<year>[0-9]{{4}})(?:{after_year}|(?:{alternatives(spellings.year_marks)}))"),
        digits=re.compile(f"(?P<digits>[0-9]{{4,8}})(?P<mark>{last})?"),
        short_year=re.compile(f"[0-9]{{2}}{anonymous}|[0-9]{{2}}(?:{alternatives(spellings.year_marks)})"),
        no_year=re.compile(f"[0-9]{{1,2}}{month}(?:[0-9]{{1,2}}{day})?"),
    )
