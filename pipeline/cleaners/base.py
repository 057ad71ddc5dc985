"""What every cleaner is given and what it answers, and the two ways of folding a text."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

TEXT, NUMBER, DATE, BOOL, ERROR = range(5)  # how Excel held the cell


class Cleaned(NamedTuple):
    """A canonical text, None where there is none; and what somebody should be told about it, if anything.

    (None, None) is a blank. (None, problem) could not be read. (value, problem) was read, with a remark.
    """

    value: str | None
    problem: str | None = None


BLANK = Cleaned(None)

# Every problem a cleaner reports; what an officer is told stands in expectations/structure_tables.yml under normalise.
PROBLEMS = frozenset(
    [
        "error_value",
        "unknown_code",
        "bad_number",
        "approximate",
        "written_numeral",
        "bad_date",
        "lost_separator",
        "ambiguous_month",
        "month_only",
        "year_only",
        "no_year",
        "two_digit_year",
        "excel_serial",
        "damaged_phone",
        "several_phones",
        "several_groups",
    ]
)


class CodeList(Protocol):
    """One file of mappings/codes/, as far as a cleaner looks at it. Aliases and blanks are folded with `fold`."""

    @property
    def values(self) -> tuple[str, ...]: ...
    @property
    def aliases(self) -> Mapping[str, str]: ...
    @property
    def blanks(self) -> frozenset[str]: ...
    @property
    def open(self) -> bool: ...


@dataclass(frozen=True)
class Unit:
    measure: str  # money, area …: only units of one measure are converted into each other
    factor: Decimal  # how many of the measure's smallest named unit


@dataclass(frozen=True, eq=False)
class Spellings:
    """mappings/spellings.yml: the words that are neither headers nor codes."""

    blank: frozenset[str]  # folded
    blank_for: Mapping[str, frozenset[str]]  # folded, by type: blank there and a word elsewhere
    errors: frozenset[str]  # folded: what Excel shows where a formula failed
    open_end: frozenset[str]  # folded
    open_end_value: str
    approximate: tuple[str, ...]
    currency: tuple[str, ...]
    multipliers: Mapping[str, Decimal]
    units: Mapping[str, Unit]
    digits: Mapping[str, int]
    tens: Mapping[str, int]
    ordinal: tuple[str, ...]
    group_suffixes: tuple[str, ...]
    village_suffixes: tuple[str, ...]
    set_aside: Mapping[str, str]  # why a row below the header is no data
    reasons: Mapping[str, str]  # type of a column → why one of its cells was rewritten
    group_joins: tuple[str, ...]
    year_marks: tuple[str, ...]
    month_marks: tuple[str, ...]
    day_marks: tuple[str, ...]
    phone_joins: tuple[str, ...]

    def is_blank(self, tidy_text: str, kind_of_value: str) -> bool:
        """No text, or one of the ways to write that there is none."""
        if not tidy_text:
            return True
        if len(tidy_text) > self._longest_blank:
            return False
        folded = fold(tidy_text)
        return folded in self.blank or folded in self.blank_for.get(kind_of_value, ())

    @cached_property
    def _longest_blank(self) -> int:
        """Longer texts need not be folded; blanks inside a text may double its length."""
        return 2 * max(map(len, self.blank.union(*self.blank_for.values())))


@dataclass(frozen=True)
class Context:
    """What a cleaner may know besides the text: the field, its header, and how Excel held the cell."""

    spellings: Spellings
    codes: CodeList | None = None
    unit: str | None = None
    header_unit: str | None = None
    open_end: bool = False
    kind: int = TEXT
    reference_year: int = 2050  # years later than 20 years after this are slips


Cleaner = Callable[[str, Context], Cleaned]

# Format characters nobody sees (zero width, direction, byte order mark, soft hyphen) and control characters that are no blanks.
_INVISIBLE = [
    *range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0x85), *range(0x86, 0xA0), 0xAD, 0x61C, 0x180E,
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080),
]  # fmt: skip
_BLANKS = [
    0x2800,
    0x3164,
]  # Braille blank and Hangul filler: pasted from chat programs to look empty
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()}
_TIDY: dict[int, int | str | None] = {
    **_WIDE, **dict.fromkeys(_INVISIBLE), **dict.fromkeys(_BLANKS, " "),
}  # fmt: skip
_PLAIN = re.compile("[0-9A-Za-z\u4e00-\u9fff]+")  # most texts: nothing to fold but case
_ESCAPED_CONTROL = re.compile(r"_x00[01][0-9A-Fa-f]_")  # how xlsx writes a line break inside a text


def tidy(text: str) -> str:
    """The text without invisible characters, on one line, single blanks, with half-width letters and digits."""
    if _PLAIN.fullmatch(text):
        return text
    return " ".join(lines(text).split())


def lines(text: str) -> str:
    """The text without invisible characters, with half-width letters and digits, its line breaks left."""
    text = text.translate(_TIDY)
    return _ESCAPED_CONTROL.sub("\n", text) if "_x" in text else text


def fold(text: str) -> str:
    """The text as it is compared: width, case, blanks and composed forms do not count."""
    if _PLAIN.fullmatch(text):
        return text.casefold()
    return _compact(unicodedata.normalize("NFKC", text)).casefold()


def _compact(text: str) -> str:
    return "".join(text.translate(_TIDY).split())


def compatible(text: str) -> str:
    """NFKC, with no blank and no invisible character left; doing it again changes nothing."""
    if text.isascii():
        return _compact(text)
    while True:
        folded = _compact(unicodedata.normalize("NFKC", text))
        if folded == text:
            return folded
        text = folded  # what stood between two characters is gone, so they may now compose


def spellings_from(data: Mapping[str, Any]) -> Spellings:
    """The parsed mappings/spellings.yml as Spellings."""
    number, date, group = data["number"], data["date"], data["group"]
    return Spellings(
        blank=_folded(data["blank"]),
        blank_for={kind: _folded(words) for kind, words in data["blank_for"].items()},
        errors=_folded(data["errors"]),
        open_end=_folded([date["open_end_value"], *date["open_end"]]),
        open_end_value=date["open_end_value"],
        approximate=tuple(number["approximate"]),
        currency=tuple(number["currency"]),
        multipliers={word: Decimal(factor) for word, factor in number["multipliers"].items()},
        units={
            fold(word): Unit(measure, Decimal(factor))
            for measure, units in number["units"].items()
            for word, factor in units.items()
        },
        digits={word: int(value) for word, value in data["numerals"]["digits"].items()},
        tens={word: int(value) for word, value in data["numerals"]["tens"].items()},
        ordinal=tuple(data["numerals"]["ordinal"]),
        group_suffixes=tuple(group["suffixes"]),
        village_suffixes=tuple(data["place"]["village_suffixes"]),
        set_aside=dict(data["set_aside"]),
        reasons=dict(data["reasons"]),
        group_joins=tuple(group["joins"]),
        year_marks=tuple(date["year"]),
        month_marks=tuple(date["month"]),
        day_marks=tuple(date["day"]),
        phone_joins=tuple(data["phone"]["joins"]),
    )


def _folded(words: list[str]) -> frozenset[str]:
    return frozenset(fold(word) for word in words)


def load_spellings(path: Path) -> Spellings:
    """mappings/spellings.yml, read."""
    from ruamel.yaml import YAML  # late: --help must not wait for it

    return spellings_from(YAML(typ="safe").load(path))


def alternatives(words: tuple[str, ...]) -> str:
    """A regular expression for one of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
