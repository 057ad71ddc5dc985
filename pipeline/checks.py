"""Predicates a rule may call by @name: whole columns in, whole columns out.

Texts are object arrays with None for missing. Numbers are float arrays with NaN for missing; a day is its ordinal
(datetime.date.toordinal), a month is year × 12 + month. Truths are pandas BooleanArrays: NA where an input is missing.

Each function works on the distinct values of its column, and on all of them at once, so that a county takes milliseconds.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.arrays import BooleanArray

Texts = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Truths = BooleanArray
_Flags = npt.NDArray[np.bool_]
_Ints = npt.NDArray[np.int64]

Check = TypeVar("Check", bound=Callable[..., Any])

CHECKS: dict[str, Callable[..., Any]] = {}

_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])  # GB 11643-1999
_CHECK_CHARACTERS = np.array(list("10X98765432"))  # by the weighted sum modulo 11
_CHECK_CODES = _CHECK_CHARACTERS.view(np.uint32).astype(np.int64)
_PROVINCES = np.isin(np.arange(100), [*range(11, 66), 71, 81, 82, 83])  # first two digits, at issue; never a current table
_WIDTH = 23  # one more than the longest number, so that longer ones are seen to be longer
_UNIX_EPOCH = 719163  # ordinal of 1970-01-01


def check(function: Check) -> Check:
    """Makes a function callable from rules under its own name."""
    CHECKS[function.__name__] = function
    return function


# ---- columns by their distinct values ------------------------------------------------------------------------------


def _distinct(texts: Texts) -> tuple[_Ints, Texts]:
    """For each row the place of its value among the distinct ones, -1 where it is missing; and the distinct ones."""
    places, values = pd.factorize(texts)
    return places.astype(np.int64), np.asarray(values, dtype=object)


def _truths(places: _Ints, of_distinct: _Flags) -> Truths:
    padded = np.append(of_distinct, False)  # the place -1
    return BooleanArray(padded[places], places < 0)


def _texts(places: _Ints, of_distinct: Texts) -> Texts:
    return _objects([*of_distinct, None], len(of_distinct) + 1)[places]


def _floats(places: _Ints, of_distinct: Floats) -> Floats:
    return np.append(of_distinct, np.nan)[places]


def _matching(texts: Texts, pattern: re.Pattern[str]) -> Truths:
    places, values = _distinct(texts)
    return _truths(places, np.fromiter((bool(pattern.fullmatch(v)) for v in values), bool, len(values)))


def _objects(values: Iterable[str | None], size: int) -> Texts:
    result = np.empty(size, dtype=object)
    result[:] = list(values)
    return result


# ---- identity numbers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Ids:
    """Distinct identity numbers as one matrix of characters, the first 18 read as one legal number."""

    values: Texts

    @cached_property
    def characters(self) -> _Ints:
        wide = np.array(self.values, dtype=f"U{_WIDTH}")
        codes = wide.view(np.uint32).reshape(len(wide), _WIDTH).astype(np.int64)
        return np.where((codes >= ord("a")) & (codes <= ord("z")), codes - 32, codes)

    @cached_property
    def first18(self) -> Texts:
        """The first 18 characters, upper-case."""
        wide = np.ascontiguousarray(self.characters[:, :18].astype(np.uint32))
        return wide.view("U18").ravel().astype(object)

    @cached_property
    def lengths(self) -> _Ints:
        return np.fromiter(map(len, self.values), np.int64, len(self.values))

    @cached_property
    def digits(self) -> _Ints:
        """Values of the characters; -1 for what is no ASCII digit."""
        digits = self.characters - ord("0")
        return np.where((digits >= 0) & (digits <= 9), digits, -1)

    @cached_property
    def numeric17(self) -> _Flags:
        return np.asarray((self.digits[:, :17] >= 0).all(axis=1) & (self.lengths >= 18), dtype=bool)

    @cached_property
    def check_character(self) -> _Ints:
        """The character the first 17 digits ask for."""
        return np.asarray(_CHECK_CODES[(self.digits[:, :17] @ _WEIGHTS) % 11], dtype=np.int64)

    @cached_property
    def checksum_ok(self) -> _Flags:
        return np.asarray(self.numeric17 & (self.characters[:, 17] == self.check_character), dtype=bool)

    @cached_property
    def birth(self) -> Floats:
        """Day number of characters 7–14; NaN where there is no such day."""
        d = self.digits
        year = d[:, 6] * 1000 + d[:, 7] * 100 + d[:, 8] * 10 + d[:, 9]
        births = _day_numbers(year, d[:, 10] * 10 + d[:, 11], d[:, 12] * 10 + d[:, 13])
        return np.where(self.numeric17, births, np.nan)

    @cached_property
    def province_ok(self) -> _Flags:
        return np.asarray(self.numeric17 & _PROVINCES[np.maximum(self.digits[:, 0] * 10 + self.digits[:, 1], 0)], dtype=bool)

    @cached_property
    def length_ok(self) -> _Flags:
        return np.isin(self.lengths, [18, 20, 22])

    @cached_property
    def valid(self) -> _Flags:
        return np.asarray(self.length_ok & self.checksum_ok & self.province_ok & ~np.isnan(self.birth), dtype=bool)

    @cached_property
    def placeholder(self) -> _Flags:
        """Begins with 999999, or is one character over and over."""
        nines = (self.digits[:, :6] == 9).all(axis=1)
        same = (self.characters == self.characters[:, :1]) | (np.arange(_WIDTH) >= self.lengths[:, None])
        return np.asarray(nines | (same.all(axis=1) & (self.lengths >= 6)), dtype=bool)

    @cached_property
    def legacy(self) -> _Flags:
        """15 digits with a day of the 1900s at 7–12."""
        d = self.digits
        births = _day_numbers(1900 + d[:, 6] * 10 + d[:, 7], d[:, 8] * 10 + d[:, 9], d[:, 10] * 10 + d[:, 11])
        return np.asarray((self.lengths == 15) & (d[:, :15] >= 0).all(axis=1) & ~np.isnan(births), dtype=bool)

    @cached_property
    def damaged(self) -> _Flags:
        scientific = (self.characters == ord("E")).any(axis=1)
        scientific[scientific] = [bool(_SCIENTIFIC.fullmatch(value)) for value in self.values[scientific]]
        wrong18 = (self.lengths == 18) & self.numeric17 & (self.digits[:, 17] >= 0) & ~self.valid
        cut18 = wrong18 & (self.digits[:, 15:18] == 0).all(axis=1)
        return np.asarray(scientific | cut18 | self._through_float(wrong18) | self._cut_card, dtype=bool)

    @cached_property
    def _cut_card(self) -> _Flags:
        """Numbers of 20 digits whose last five are noughts: a card has no kind 0 and no grade 0."""
        digits = (self.digits[:, :20] >= 0).all(axis=1)
        return np.asarray((self.lengths == 20) & digits & (self.digits[:, 15:20] == 0).all(axis=1), dtype=bool)

    def _through_float(self, wrong18: _Flags) -> _Flags:
        """A 64-bit float of this size holds multiples of 64 below 2^59, of 128 above."""
        numbers = np.zeros(len(self.values), dtype=np.int64)
        numbers[wrong18] = [int(value) for value in self.values[wrong18]]
        step = np.where(numbers < 2**59, 64, 128)
        return np.asarray(wrong18 & (numbers % step == 0), dtype=bool)


_SCIENTIFIC = re.compile(r"\d+(\.\d+)?[eE]\+?\d+")
_LONG_NUMBER = re.compile(r"\d{16,}")


def _day_numbers(year: _Ints, month: _Ints, day: _Ints) -> Floats:
    """Ordinals of days from 1900 to 2099; NaN for days that do not exist."""
    plausible = (year >= 1900) & (year <= 2099) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(plausible, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    after = (months + 1).astype("datetime64[D]").astype(np.int64)
    return np.where(plausible & (day <= after - first), first + day - 1 + _UNIX_EPOCH, np.nan)


def _ids(id_number: Texts) -> tuple[_Ints, _Ids]:
    places, values = _distinct(id_number)
    return places, _Ids(values)


@check
def valid_id_number(id_number: Texts) -> Truths:
    """18 characters (or 20, 22: a 残疾人证) with a possible province, a real day, and the check character of the first 17 (GB 11643)."""
    places, ids = _ids(id_number)
    return _truths(places, ids.valid)


@check
def id_checksum_ok(id_number: Texts) -> Truths:
    """The 18th character is the check character of the 17 digits before it (GB 11643)."""
    places, ids = _ids(id_number)
    return _truths(places, ids.checksum_ok)


@check
def valid_id_date(id_number: Texts) -> Truths:
    """Characters 7–14 (7–12 of an old 15-digit number) are a day that exists."""
    places, ids = _ids(id_number)
    return _truths(places, ~np.isnan(ids.birth) | ids.legacy)


@check
def id_length_ok(id_number: Texts) -> Truths:
    """18 characters, or the 20 or 22 of a 残疾人证."""
    places, ids = _ids(id_number)
    return _truths(places, ids.length_ok)


@check
def is_card20(id_number: Texts) -> Truths:
    """The 20 or 22 characters of a 残疾人证, whatever they are."""
    places, ids = _ids(id_number)
    return _truths(places, np.isin(ids.lengths, [20, 22]))


@check
def card_kind_grade_ok(id_number: Texts) -> Truths:
    """20 or 22 characters whose 19th is a 残疾类别 1–7 and whose 20th a 残疾等级 1–4."""
    places, ids = _ids(id_number)
    kind, grade = ids.digits[:, 18], ids.digits[:, 19]
    ok = np.isin(ids.lengths, [20, 22]) & (kind >= 1) & (kind <= 7) & (grade >= 1) & (grade <= 4)
    return _truths(places, ok)


@check
def card_kind(id_number: Texts) -> Texts:
    """The 19th character of a 残疾人证: the digit of its 残疾类别. None for other numbers."""
    return _character(id_number, 18, "1234567")


@check
def card_grade(id_number: Texts) -> Texts:
    """The 20th character of a 残疾人证: the digit of its 残疾等级. None for other numbers."""
    return _character(id_number, 19, "1234")


def _character(id_number: Texts, at: int, allowed: str) -> Texts:
    places, values = _distinct(id_number)
    found = (v[at] if len(v) in (20, 22) and v[at] in allowed else None for v in values)
    return _texts(places, _objects(found, len(values)))


@check
def first18(id_number: Texts) -> Texts:
    """The number a person is known by: the first 18 characters, an old 15-digit number brought to 18.

    None where there is no such number: shorter ones, placeholders, and what a spreadsheet has damaged. A student number
    is the letter G before it. Whether the check character is right does not matter here.
    """
    places, values = _distinct(id_number)
    ids = _Ids(_without_g(values))
    keys = ids.first18.copy()
    keys[(ids.lengths < 18) | ids.placeholder | ids.damaged] = None
    keys[ids.legacy] = _upgraded(ids.values[ids.legacy])
    return _texts(places, keys)


def _without_g(values: Texts) -> Texts:
    student = np.fromiter((len(v) == 19 and v[0] in "Gg" for v in values), bool, len(values))
    values = values.copy()
    values[student] = [value[1:] for value in values[student]]
    return values


def _upgraded(legacy: Texts) -> Texts:
    """Numbers of 15 digits as 18: the century 19 put in, the check character at the end."""
    bodies = _objects((f"{v[:6]}19{v[6:]}" for v in legacy), len(legacy))
    characters = _Ids(_objects((f"{body}0" for body in bodies), len(bodies))).check_character
    return _objects((body + chr(c) for body, c in zip(bodies, characters, strict=True)), len(bodies))


@check
def legacy15(id_number: Texts) -> Truths:
    """15 digits with a real day of the 1900s: a number as issued before 1999, no longer valid."""
    places, ids = _ids(id_number)
    return _truths(places, ids.legacy)


@check
def id_damaged(id_number: Texts, was_number: Truths | None = None) -> Truths:
    """Bears the marks of a spreadsheet's arithmetic: its last digits are gone and cannot be computed back (handbook §5.2).

    Scientific notation; 18 digits, not valid, that end in 000 or that a 64-bit float would hold; 20 digits that
    end in 00000; with `was_number`, any number of more than 15 digits that the cell held as a number.
    """
    places, ids = _ids(id_number)
    damaged = np.append(ids.damaged, False)[places]
    if was_number is not None:
        long = np.fromiter((bool(_LONG_NUMBER.fullmatch(v)) for v in ids.values), bool, len(ids.values))
        held = pd.array(np.asarray(was_number), dtype="boolean").fillna(False).to_numpy(dtype=bool)
        damaged = damaged | (np.append(long, False)[places] & held)
    return BooleanArray(damaged, places < 0)


@check
def is_placeholder_id(id_number: Texts) -> Truths:
    """Stands for a number that nobody has: begins with 999999, or is one character over and over."""
    places, ids = _ids(id_number)
    return _truths(places, ids.placeholder)


@check
def id_birth(id_number: Texts) -> Floats:
    """Day number of birth in a valid identity number; NaN for others."""
    places, ids = _ids(id_number)
    return _floats(places, np.where(ids.valid, ids.birth, np.nan))


@check
def id_sex(id_number: Texts) -> Floats:
    """1 for a man, 0 for a woman, by the 17th digit of a valid identity number (odd, even); NaN for others."""
    places, ids = _ids(id_number)
    return _floats(places, np.where(ids.valid, ids.digits[:, 16] % 2, np.nan))


# ---- time ----------------------------------------------------------------------------------------------------------


@check
def full_years(birth_day: Floats, on_day: Floats | float) -> Floats:
    """Birthdays passed on that day; who was born on 29 February has one on 1 March in common years."""
    birth, on = np.broadcast_arrays(np.asarray(birth_day, dtype=float), np.asarray(on_day, dtype=float))
    known = ~(np.isnan(birth) | np.isnan(on))
    born, then = _dates(np.where(known, birth, 1)), _dates(np.where(known, on, 1))
    years = then.year - born.year - (then.within < born.within)
    return np.where(known, years, np.nan)


@dataclass(frozen=True)
class _Dates:
    year: _Ints
    within: _Ints  # month × 100 + day: orders the days of a year


def _dates(ordinals: Floats) -> _Dates:
    days = (ordinals.astype(np.int64) - _UNIX_EPOCH).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    number = months.astype(np.int64)
    within = (number % 12 + 1) * 100 + (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    return _Dates(number // 12 + 1970, within)


@check
def school_age(birth_day: Floats, school_start_day: Floats | float) -> Floats:
    """Full years on the day the school year begins."""
    return full_years(birth_day, school_start_day)


@check
def months_between(earlier: Floats | float, later: Floats | float) -> Floats:
    """Months from the first to the second; negative when the second comes first."""
    months: Floats = np.asarray(later, dtype=np.float64) - np.asarray(earlier, dtype=np.float64)
    return months


# ---- lists ---------------------------------------------------------------------------------------------------------

_FEW_HOMES = 4  # a place with fewer households of the kind does not tell whether a list holds it


@check
def is_reached(says: Truths, listed: Truths, share: float, home: Texts, widest: Texts, *places: Texts) -> Truths:
    """The list holds at least `share` of those of whom the system says it, in the widest place and in each narrower one of several households.

    What is not on a list says something only there: a list may hold some townships, villages or groups and not the others.
    """
    told = np.asarray(says.fillna(False), dtype=bool)
    there = told & np.asarray(listed.fillna(False), dtype=bool)
    reached = _held(told, there, pd.factorize(widest)[0], share)
    homes = pd.factorize(home)[0]
    inside = pd.factorize(widest)[0].astype(np.int64)
    for place in places:
        inside = pd.factorize(inside * (len(place) + 2) + pd.factorize(place)[0])[0].astype(np.int64)
        of_home = pd.DataFrame({"place": inside, "home": homes, "told": told, "there": there})[told].groupby(["place", "home"], as_index=False).max()
        counted = of_home.groupby("place")[["told", "there"]].sum()
        enough = (counted["told"] < _FEW_HOMES) | (counted["there"] >= share * counted["told"])
        reached &= enough.reindex(inside, fill_value=True).to_numpy(dtype=bool) | (pd.factorize(place)[0] < 0)
    return BooleanArray(reached, np.zeros(len(reached), dtype=bool))


def _held(told: _Flags, there: _Flags, place: Any, share: float) -> _Flags:
    counted = pd.DataFrame({"place": place, "told": told, "there": there}).groupby("place")[["told", "there"]].sum()
    enough = (counted["told"] > 0) & (counted["there"] >= share * counted["told"])
    held: _Flags = enough.reindex(place, fill_value=False).to_numpy(dtype=bool)
    return held


# ---- texts ---------------------------------------------------------------------------------------------------------

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_NAME = re.compile(f"[{_HAN}]+(?:\u00b7[{_HAN}]+)*")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


@check
def valid_mobile(phone: Texts) -> Truths:
    """11 digits, the first 1, the second 3–9."""
    return _matching(phone, _MOBILE)


@check
def valid_name(name: Texts) -> Truths:
    """Han characters of any plane, parts joined by U+00B7: no digit, letter, blank, private-use character or question mark."""
    return _matching(name, _NAME)


@check
def has_private_use(text: Texts) -> Truths:
    """Holds a character without a public number, which other computers show as another one or as a box."""
    places, values = _distinct(text)
    return _truths(places, np.fromiter((bool(_PRIVATE.search(v)) for v in values), bool, len(values)))


@check
def place_reaches_county(place: Texts, county_words: Sequence[str]) -> Truths:
    """Contains one of the words that end the name of a county (given by the rule: 县, 区, 市, 旗)."""
    places, values = _distinct(place)
    return _truths(places, np.fromiter((any(word in v for word in county_words) for v in values), bool, len(values)))
