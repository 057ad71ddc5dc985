"""Two lists of persons as columns of integers that mean the same on both sides."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from .config import LinkageConfig
from .ids import IdTable, is_day, read_ids
from .names import NameBook, build_book, clean_name

Array = npt.NDArray[Any]
T = TypeVar("T")

COLUMNS = (
    "name", "sex", "idno", "birth", "province", "city", "county", "township", "village",
    "group", "household", "phone", "relation",
)  # fmt: skip
_CHINESE_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_NUMBER = re.compile(r"\s*\d{14,17}|\d\.\d+E\+\d\d")  # what begins an identity number, no name
_DAY_ZERO = date(1899, 12, 30)  # of spreadsheets
_DAYS = (3_000, 73_000)  # 1908 to 2099
_DATE_PARTS = re.compile(r"(\d{4})\D+(\d{1,2})(?:\D+(\d{1,2}))?\D*")


@dataclass
class Persons:
    """One list: row i of every array is person i; -1 or 0 is unknown."""

    size: int
    ids: IdTable
    name: Array  # int32, row of the name book
    birth: Array  # int32 YYYYMMDD, parts 00 where unknown; from the id where the column is blank
    birth_written: Array  # int32, the column alone: what m may be learned from
    sex: Array  # int8
    sex_written: Array
    village: Array  # int32, the same code on both sides once places are aligned
    township: Array  # int32
    group: Array  # int32
    household: Array  # int32, codes of this side only: numbers of two lists are never compared
    phone: Array  # int32
    relation: Array  # int32
    generation: Array  # int8, -9 unknown
    extra: list[Array] = field(default_factory=list)


@dataclass
class Known:
    """What has been worked out of the first list alone; it stays while other lists are linked with it."""

    answers: dict[Any, Any] = field(default_factory=dict)

    def once(self, question: Any, work_out: Callable[[], T]) -> T:
        """The answer, worked out the first time it is asked for. Nobody may change it."""
        if question not in self.answers:
            self.answers[question] = work_out()
        answer: T = self.answers[question]
        return answer


@dataclass
class Pairing:
    """Both lists and the tables they share."""

    a: Persons
    b: Persons
    names: NameBook
    villages: list[str]
    townships: list[str]
    extra_text: list[Array]
    known: Known = field(default_factory=Known)


def prepare(frame_a: pd.DataFrame, frame_b: pd.DataFrame, config: LinkageConfig, known: Known | None = None) -> Pairing:
    """Both frames read into codes; a column either side lacks is unknown everywhere."""
    known = known or Known()
    frame_a, frame_b = known.once("put right", lambda: put_right(frame_a)), put_right(frame_b)
    shared_codes = partial(_shared_codes, frame_a, frame_b, config, known)
    names_a, names_b, distinct = shared_codes("name", lambda text: clean_name(text, config.names.separators))
    book = build_book([str(name) for name in distinct] or [""], config.names)
    shared = {"name": (names_a, names_b)}
    townships: list[str] = []
    for column, clean in _cleaners(config).items():
        code_a, code_b, values = shared_codes(column, clean)
        shared[column] = (code_a, code_b)
        townships = values if column == "township" else townships
    village_a, village_b, villages = _villages(frame_a, frame_b, config, known)
    shared["village"] = (village_a, village_b)
    extra, extra_text = [], []
    for column in config.extra:
        code_a, code_b, values = shared_codes(column, lambda t: t.strip().casefold())
        extra.append((code_a, code_b))
        extra_text.append(np.array(values or [""], dtype=object))
    sides = [
        _side(frame, own, {k: v[i] for k, v in shared.items()}, [e[i] for e in extra], config)
        for i, (frame, own) in enumerate(((frame_a, known.once("own", lambda: _own(frame_a, config))), (frame_b, _own(frame_b, config))))
    ]
    return Pairing(sides[0], sides[1], book, villages, townships, extra_text, known)


def put_right(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows whose name and number stand in each other's column, each where it belongs; the caller's frame is not touched."""
    rows = swapped_rows(frame)
    if not rows:
        return frame
    names, numbers = (frame[column].to_numpy(dtype=object, na_value="").copy() for column in ("name", "idno"))
    names[rows], numbers[rows] = numbers[rows], names[rows]
    return frame.assign(name=names, idno=numbers)


def swapped_rows(frame: pd.DataFrame) -> list[int]:
    """Rows with a number for a name and no digit in the number."""
    if "name" not in frame or "idno" not in frame:
        return []
    names, numbers = (frame[column].to_numpy(dtype=object, na_value="") for column in ("name", "idno"))
    begins_so = np.array([str(name).strip()[:1].isdigit() for name in names], dtype=bool)
    return [row for row in np.flatnonzero(begins_so).tolist() if _NUMBER.match(str(names[row])) and not any(map(str.isdigit, str(numbers[row])))]


def _shared_codes(
    frame_a: pd.DataFrame, frame_b: pd.DataFrame, config: LinkageConfig, known: Known, column: str, clean: Callable[[str], str], role: str = ""
) -> tuple[Array, Array, list[str]]:
    """Codes that are equal where the cleaned texts are equal; -1 for blanks. Each distinct text is cleaned once."""
    blanks = frozenset(config.blanks)
    code_a, texts = known.once(("codes", role or column), lambda: _codes(frame_a, column, clean, {}, blanks))
    code_b, both = _codes(frame_b, column, clean, dict(texts), blanks)
    return code_a, code_b, list(both)


def _codes(
    frame: pd.DataFrame, column: str, clean: Callable[[str], str], known: dict[str, int], blanks: frozenset[str]
) -> tuple[Array, dict[str, int]]:  # fmt: skip
    """The codes of one column, and the texts that are known with those it adds."""
    if column not in frame:
        return np.full(len(frame), -1, dtype=np.int32), known
    raw, values = pd.factorize(frame[column].to_numpy(dtype=object))
    cleaned = [clean(_text(value)) for value in values]
    table = np.array([-1 if t in blanks else known.setdefault(t, len(known)) for t in cleaned] + [-1])
    return table[raw].astype(np.int32), known


def _text(value: Any) -> str:
    """A cell as text; a whole number that passed through a float loses its '.0'."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _cleaners(config: LinkageConfig) -> dict[str, Callable[[str], str]]:
    """How each plain column is folded before it is compared."""
    return {
        "township": lambda text: _place(text, config.places.township_endings),
        "group": lambda text: group_number(text, config.places.group_words),
        "phone": lambda text: re.sub(r"\D", "", _half(text).removesuffix(".0"))[-11:],
        "relation": _half,
    }


def _half(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


@lru_cache(10_000)
def _place(text: str, endings: tuple[str, ...]) -> str:
    """A place without its kind: 大寨村民委员会 and 大寨村 are 大寨. Latin text only loses case and double spaces."""
    if text.isascii():
        return " ".join(text.split()).casefold()
    folded = _half(text)
    for ending in endings:
        if folded.endswith(ending) and len(folded) > len(ending):
            return folded[: -len(ending)]
    return folded


@lru_cache(10_000)
def group_number(text: str, words: tuple[str, ...]) -> str:
    """第十一村民小组, 11社 and １１组 are all '11'; what is no number stays as it is written."""
    folded = _half(text).removeprefix("第")
    for word in words:
        if folded.endswith(word) and len(folded) > len(word):
            folded = folded[: -len(word)]
            break
    if folded.isdigit():
        return str(int(folded))
    number = _chinese_number(folded)
    return folded if number is None else str(number)


def _chinese_number(text: str) -> int | None:
    """一 to 九十九, 廿 and 卅 included, or None."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.rpartition("十")
    if any(c not in _CHINESE_DIGITS for c in tens + ones) or not text or len(tens) > 1 or len(ones) > 1:
        return None
    if not ten:
        return _CHINESE_DIGITS[ones]
    return (_CHINESE_DIGITS[tens] if tens else 1) * 10 + (_CHINESE_DIGITS[ones] if ones else 0)


def _villages(frame_a: pd.DataFrame, frame_b: pd.DataFrame, config: LinkageConfig, known: Known) -> tuple[Array, Array, list[str]]:
    """One code per village, told apart by the narrowest wider place (township, county …) that both lists name."""
    shared_codes = partial(_shared_codes, frame_a, frame_b, config, known)
    code_a, code_b, villages = shared_codes("village", lambda text: _place(text, config.places.village_endings))
    wider = next((place for place in reversed(config.path[:-1]) if place in frame_a and place in frame_b), None)
    if wider is None:
        return code_a, code_b, villages
    town_a, town_b, towns = shared_codes(wider, lambda text: _place(text, config.places.township_endings), f"wider place {wider}")
    width = len(villages) + 1
    joint = np.concatenate([(town_a + 1) * width + code_a, (town_b + 1) * width + code_b]).astype(np.int64)
    joint[np.concatenate([code_a, code_b]) < 0] = -1
    codes, values = pd.factorize(joint)
    blank = np.flatnonzero(values == -1)
    if len(blank):
        codes = np.where(codes == blank[0], -1, codes)
    spelt = ["" if v < 0 else f"{([*towns, ''])[v // width - 1]}/{villages[v % width]}" for v in values]
    return codes[: len(code_a)].astype(np.int32), codes[len(code_a) :].astype(np.int32), spelt


@dataclass(frozen=True)
class Own:
    """What a list says by itself, whatever it is linked with."""

    ids: IdTable
    birth: Array
    sex: Array
    generation: Array


def _own(frame: pd.DataFrame, config: LinkageConfig) -> Own:
    """The columns of one list that need no codes."""
    size = len(frame)
    words = {word: code for code, sex in ((1, "male"), (2, "female")) for word in config.sexes[sex]}
    ages = {word: int(age) for age, group in config.generations.items() for word in group}
    return Own(
        ids=read_ids(frame.get("idno"), size),
        birth=distinct_values(frame, "birth", read_date, size, np.int32),
        sex=distinct_values(frame, "sex", lambda text: words.get(_half(text).casefold(), 0), size, np.int8),
        generation=distinct_values(frame, "relation", lambda text: ages.get(_half(text), -9), size, np.int8, -9),
    )


def _side(frame: pd.DataFrame, own: Own, codes: dict[str, Array], extra: list[Array], config: LinkageConfig) -> Persons:
    """The columns of one list."""
    return Persons(
        size=len(frame),
        ids=own.ids,
        name=codes["name"],
        birth=np.where(own.birth > 0, own.birth, own.ids.birth),
        birth_written=own.birth,
        sex=np.where(own.sex > 0, own.sex, own.ids.sex),
        sex_written=own.sex,
        village=codes["village"],
        township=codes["township"],
        group=codes["group"],
        household=_households(frame, codes["village"], config),
        phone=codes["phone"],
        relation=codes["relation"],
        generation=own.generation,
        extra=extra,
    )


def distinct_values(frame: pd.DataFrame, column: str, read: Callable[[str], int], size: int, dtype: Any, blank: int = 0) -> Array:
    """Read each distinct text of a column once."""
    if column not in frame:
        return np.full(size, blank, dtype=dtype)
    codes, values = pd.factorize(frame[column].to_numpy(dtype=object))
    table = np.array([read(_text(value)) for value in values] + [blank], dtype=dtype)
    picked: Array = table[codes]
    return picked


@lru_cache(100_000)
def read_date(text: str) -> int:
    """YYYYMMDD as a number; 00 for a month or day that is not written; 0 where nothing can be made of it."""
    folded = _half(re.sub(r"[ T]\d{1,2}:\d\d.*$", "", text)).removesuffix(".0")
    match = _DATE_PARTS.fullmatch(folded)
    if match:
        year, month, day = int(match[1]), int(match[2]), int(match[3] or 0)
    elif folded.isdigit() and len(folded) in (4, 6, 8):
        padded = folded.ljust(8, "0")
        year, month, day = int(padded[:4]), int(padded[4:6]), int(padded[6:])
    elif folded.isdigit() and len(folded) == 5 and _DAYS[0] <= int(folded) <= _DAYS[1]:
        return int((_DAY_ZERO + timedelta(days=int(folded))).strftime("%Y%m%d"))
    else:
        return 0
    written = year * 10000 + month * 100 + day
    probe = year * 10000 + (month or 1) * 100 + (day or 1)
    if 1880 <= year < 2100 and is_day(probe):
        return written
    # An impossible day or month still tells the year: 19780231 keeps 1978.
    return year * 10000 if 1880 <= year < 2100 else 0


def _are_names(values: Any) -> bool:
    """True where households are called by their head instead of numbered: there are namesakes in other villages."""
    return len(values) > 0 and sum(not any(map(str.isdigit, _text(value))) for value in values) > 0.5 * len(values)


def _households(frame: pd.DataFrame, village: Array, config: LinkageConfig) -> Array:
    """Household codes; numbers that start again in every village, and names, are told apart by the village."""
    if "household" not in frame:
        return np.full(len(frame), -1, dtype=np.int32)
    codes, values = pd.factorize(frame["household"].to_numpy(dtype=object))
    blank = np.array([_text(value).strip() in config.blanks for value in values] + [True])
    codes = np.where(blank[codes], -1, codes)
    sizes = np.bincount(codes[codes >= 0]) if (codes >= 0).any() else np.zeros(1)
    again = (sizes[np.maximum(codes, 0)] > config.household.largest).mean() > 0.05
    if again or _are_names(values):
        joint = np.where(codes >= 0, codes.astype(np.int64) * (int(village.max(initial=0)) + 2) + village + 1, -1)
        codes = pd.factorize(np.where(joint >= 0, joint, -1))[0]
        codes = np.where(joint >= 0, codes, -1)
    codes = codes.astype(np.int32)
    sizes = np.bincount(codes[codes >= 0]) if (codes >= 0).any() else np.zeros(1)
    # A "household" of hundreds is a blank spelt as a number: it says nothing.
    return np.where(sizes[np.maximum(codes, 0)] > config.household.largest * 3, -1, codes).astype(np.int32)
