"""What a written identity number is worth: its class, its 18-character form, the birth date and sex inside it.

GB 11643-1999: 6 address digits, 8 birth digits, 3 sequence digits (odd = male), 1 check character (ISO 7064 MOD 11-2).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[Any]

EMPTY, V18, B18, V15, D20, TRUNC, SCI, OTHER = range(8)
CLASS_NAMES = ("EMPTY", "V18", "B18", "V15", "D20", "TRUNC", "SCI", "OTHER")
SOUND = (V18, V15, D20)  # classes whose 18 characters prove themselves

_CHUNK = 100_000  # rows classed at a time: the digit matrices of a million rows would take a gigabyte
WIDTH = 24  # longest form kept: a 22-character disability card and a little
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int32)
_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)
_MONTH_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0, 0, 0, 0, 0])
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?E\+?(1[5-9]|2[01])")
_NOISE = re.compile(r"[\s'\"`=()\[\]‘’“”:-]+")


@dataclass(frozen=True)
class IdTable:
    """One row per person: class, canonical characters, and what they tell."""

    kind: Array  # uint8, one of the classes above
    chars: Array  # uint8 (n, WIDTH), the number as characters, 0 where there is none
    length: Array  # int8
    key: Array  # int64: the 18 characters as one number where they prove themselves, else -1
    prefix15: Array  # int64: first 15 digits of any 18-digit form, else -1 (all that Excel leaves)
    birth: Array  # int32 YYYYMMDD, 0 where unknown
    sex: Array  # int8: 1 male, 2 female, 0 unknown

    def text(self, rows: Array) -> Array:
        """The numbers of these rows as an object array of text, for string distances."""
        fixed = np.ascontiguousarray(self.chars[rows]).view(f"S{WIDTH}").ravel()
        return np.array([value.decode() for value in fixed.tolist()], dtype=object)


def read_ids(column: pd.Series[Any] | None, size: int) -> IdTable:
    """Every identity number of a column, read and classed; an absent column is all EMPTY."""
    if column is None:
        return classify(np.zeros((size, WIDTH), dtype=np.uint8))
    parts = [
        classify(as_characters(column.iloc[start : start + _CHUNK].to_numpy(dtype=object, na_value=""))) for start in range(0, max(size, 1), _CHUNK)
    ]
    return IdTable(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(IdTable)})


def as_characters(texts: Array) -> Array:
    """An (n, WIDTH) matrix of upper-case ASCII; only rows that are not plain ASCII pay for NFKC."""
    plain = [text if isinstance(text, str) else "" if text is None else str(text) for text in texts]
    tidy = [text if text.isalnum() and text.isascii() else _tidy(text) for text in plain]
    fixed = np.array([text[:WIDTH] for text in tidy], dtype=f"S{WIDTH}")
    chars = fixed.view(np.uint8).reshape(len(tidy), WIDTH).copy()
    chars[(chars >= ord("a")) & (chars <= ord("z"))] -= 32
    return chars


def _tidy(text: str) -> str:
    """Half width, upper case, no quotes, spaces or dashes; scientific notation spelt as far as it is known."""
    folded = _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
    if folded.endswith(".0"):
        folded = folded[:-2]
    match = _SCIENTIFIC.fullmatch(folded)
    if match:
        digits = match[1] + (match[2] or "")
        # A float's text drops trailing zeros, so twelve digits are still all Excel kept; fewer are only a region.
        return digits[:18].ljust(18, "0") if len(digits) >= 12 else digits + "E"
    return folded.encode("ascii", "replace").decode()


def classify(chars: Array) -> IdTable:
    """Class every number; upgrade 15 digits, cut cards and school numbers to the identity number inside."""
    chars = _strip_school_letter(chars)
    length = (chars != 0).sum(axis=1).astype(np.int8)
    digit = (chars >= 48) & (chars <= 57)
    digits_before_end = digit.cumprod(axis=1).sum(axis=1)
    placeholder = _is_placeholder(chars, length)
    old = (length == 15) & (digits_before_end == 15) & ~placeholder
    chars = _upgrade(chars, old)
    shaped = _looks_like_18(chars, np.where(old, 18, length)) & ~placeholder
    numbers = _as_numbers(chars)
    birth = np.where(shaped, _birth(numbers), 0)
    sound = shaped & (birth > 0) & _region_exists(numbers) & (_check_character(numbers) == chars[:, 17])
    is18 = length == 18
    damaged = is18 & (digits_before_end == 18) & ~placeholder & _excel_signature(numbers, chars, sound)
    cards = (length == 20) & (digits_before_end == 20) & (chars[:, 15:20] == ord("0")).all(axis=1)  # a card number that Excel cut to 15 digits
    damaged |= cards
    chars[cards, 18:] = 0
    kind = np.full(len(chars), OTHER, dtype=np.uint8)
    kind[length == 0] = EMPTY
    kind[placeholder] = EMPTY
    kind[_is_scientific(chars, length)] = SCI
    kind[(digits_before_end >= 15) & (length >= 16) & (length <= 20) & ~placeholder] = B18
    kind[shaped] = B18
    kind[sound & is18] = V18
    kind[sound & old] = V15
    kind[sound & ((length == 20) | (length == 22))] = D20
    kind[damaged] = TRUNC
    chars[np.isin(kind, (EMPTY, SCI))] = 0
    chars[np.isin(kind, (V18, V15, D20)), 18:] = 0
    return _table(kind, chars, numbers, birth, sound)


def _table(kind: Array, chars: Array, numbers: Array, birth: Array, sound: Array) -> IdTable:
    """Keys and derived facts, each only where the class supports it."""
    proven = np.isin(kind, SOUND)
    eighteen = proven | (kind == TRUNC) | ((kind == B18) & ((chars != 0).sum(axis=1) == 18))
    powers = 10 ** np.arange(16, -1, -1, dtype=np.int64)
    first17 = (numbers[:, :17].astype(np.int64) * powers).sum(axis=1)
    last = np.where(chars[:, 17] == ord("X"), 10, numbers[:, 17]).astype(np.int64)
    # A number ending in 000 may be a real one: it keeps its key, and the name decides.
    keyed = proven | ((kind == TRUNC) & sound)
    sequence = numbers[:, 16]
    sex = np.where(proven, np.where(sequence % 2 == 1, 1, 2), 0)
    return IdTable(
        kind=kind,
        chars=chars,
        length=(chars != 0).sum(axis=1).astype(np.int8),
        key=np.where(keyed, first17 * 11 + last, -1),
        prefix15=np.where(eighteen, first17 // 100, -1),
        birth=np.where(eighteen, birth, 0).astype(np.int32),
        sex=sex.astype(np.int8),
    )


def _strip_school_letter(chars: Array) -> Array:
    """A pupil's number is G or L and the 18 characters of the identity number."""
    school = np.isin(chars[:, 0], (ord("G"), ord("L"))) & (chars[:, 18] != 0) & (chars[:, 19] == 0)
    if school.any():
        chars = chars.copy()
        chars[school, :18] = chars[school, 1:19]
        chars[school, 18] = 0
    return chars


def _is_placeholder(chars: Array, length: Array) -> Array:
    """999999…, one digit repeated, or too short to be a number of any kind."""
    filled = np.arange(WIDTH) < length[:, None]
    one_digit = ((chars == chars[:, :1]) | ~filled).all(axis=1)
    nines = (chars[:, :6] == ord("9")).all(axis=1)
    empty: Array = (length > 0) & (one_digit | nines | (length < 5))
    return empty


def _is_scientific(chars: Array, length: Array) -> Array:
    """Digits followed by the mark that the rest is unknown."""
    last = chars[np.arange(len(chars)), np.maximum(length.astype(int) - 1, 0)]
    marked: Array = (last == ord("E")) & (length < 16)
    return marked


def _upgrade(chars: Array, old: Array) -> Array:
    """15 digits → 18: insert 19 before the year, compute the check character."""
    if not old.any():
        return chars.copy()
    chars = chars.copy()
    rows = np.flatnonzero(old)
    short = chars[rows, :15].copy()
    chars[rows, 6:8] = np.frombuffer(b"19", dtype=np.uint8)
    chars[rows, 8:17] = short[:, 6:]
    chars[rows, 17] = _check_character(_as_numbers(chars[rows]))
    return chars


def _looks_like_18(chars: Array, length: Array) -> Array:
    """17 digits and a digit or X, alone or at the head of a disability card."""
    digits = ((chars[:, :17] >= 48) & (chars[:, :17] <= 57)).all(axis=1)
    last = ((chars[:, 17] >= 48) & (chars[:, 17] <= 57)) | (chars[:, 17] == ord("X"))
    shaped: Array = digits & last & np.isin(length, (18, 20, 22))
    return shaped


def _as_numbers(chars: Array) -> Array:
    """Digit values of the first 18 characters; anything else counts as 0."""
    head = chars[:, :18].astype(np.int16) - 48
    return np.where((head >= 0) & (head <= 9), head, 0)


def _birth(numbers: Array) -> Array:
    """YYYYMMDD of positions 7–14, or 0 where no calendar has that day."""
    powers = np.array([10**7, 10**6, 10**5, 10**4, 1000, 100, 10, 1], dtype=np.int64)
    date = (numbers[:, 6:14].astype(np.int64) * powers).sum(axis=1)
    return np.where(is_date(date), date, 0)


def is_day(date: int) -> bool:
    """is_date of one date."""
    month, day = date // 100 % 100, date % 100
    return 1880 <= date // 10000 < 2100 and 1 <= month <= 12 and 1 <= day <= int(_MONTH_DAYS[month])


def is_date(date: Array) -> Array:
    """True where YYYYMMDD is a day between 1880 and 2100 (29 February is let pass in any year)."""
    year, month, day = date // 10000, date // 100 % 100, date % 100
    known = (year >= 1880) & (year < 2100) & (month >= 1) & (month <= 12)
    return known & (day >= 1) & (day <= _MONTH_DAYS[np.where(known, month, 0)])


def _region_exists(numbers: Array) -> Array:
    """Only the province is checked: revoked county codes are normal, the code is the one at issue."""
    province = numbers[:, 0] * 10 + numbers[:, 1]
    return ((province >= 11) & (province <= 65)) | np.isin(province, (71, 81, 82, 83))


def _check_character(numbers: Array) -> Array:
    """The check character of the first 17 digits (ISO 7064 MOD 11-2)."""
    check: Array = _CHECKS[(numbers[:, :17].astype(np.int32) @ _WEIGHTS) % 11]
    return check


def _excel_signature(numbers: Array, chars: Array, sound: Array) -> Array:
    """Ends in 000 (15 digits kept), or a broken check and a multiple of the float spacing (64, from 2^59 on 128)."""
    zeros = (chars[:, 15:18] == 48).all(axis=1)
    powers = 10 ** np.arange(17, -1, -1, dtype=np.int64)
    value = (numbers.astype(np.int64) * powers).sum(axis=1)
    spacing = np.where(value >= 2**59, 128, 64)
    signature: Array = zeros | (~sound & (value % spacing == 0))
    return signature
