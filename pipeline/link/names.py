"""How two names are alike, level by level, by codepoint: characters are looked up once, names are compared as tables.

Bytes would be noise here: DuckDB's Jaro-Winkler gives 王小明/王明小 0.92. Each distinct character gets a folded form, its
readings and its look-alike groups; each distinct name gets codes; a million pairs are then a few table look-ups.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .config import NameConfig

Array = npt.NDArray[Any]

WIDTH = 16  # characters of a name that are compared one by one; longer names still compare as wholes
READINGS = 3  # 乐 is le and yue; a fourth reading decides nothing
TOKENS = 4

LEVELS = (
    "missing", "equal", "folded", "pinyin", "shape", "near_sound", "swapped", "dropped",
    "one_char", "given_only", "surname_only", "other", "near", "one_token", "alike",
)  # fmt: skip
CODE = {level: code for code, level in enumerate(LEVELS)}
RELATED = tuple(CODE[level] for level in LEVELS if level not in ("missing", "surname_only", "other"))
_LATIN_STEPS = (("near", 0.92), ("alike", 0.84))  # Winkler's own "probably the same" and "maybe" marks
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
_PLAIN = re.compile(r"[㐀-鿿]+")
_SPACES = re.compile(r"[\s​‌‍﻿]+")


@dataclass(frozen=True)
class NameBook:
    """The distinct names of both lists: row u of every array belongs to name u."""

    text: Array  # object: the cleaned names
    length: Array  # int16
    folded: Array  # int32 (n, WIDTH) character ids after folding variants, -1 beyond the end
    sounds: Array  # int16 (characters, READINGS)
    near_sounds: Array  # int16 (characters, READINGS): readings with dialect confusions merged
    shapes: Array  # int16 (characters, 2): look-alike groups, negative where none
    is_han: Array  # bool
    surname: Array  # int32
    given: Array  # int32
    fold_code: Array  # int32
    sound_code: Array  # int32, first readings: a blocking key
    near_code: Array  # int32, first readings with dialect confusions merged: a blocking key
    given_sound: Array  # int32: sound of all but the surname
    given_first: Array  # int32: sound of the first and …
    given_last: Array  # … of the last given character, -1 where there is none
    first_character: Array  # int32: the first given character itself (a Latin first name) and …
    last_character: Array  # … the last one where there are two
    bag: Array  # int32: the same characters (or words) in any order
    tokens: Array  # int32 (n, TOKENS) words of a Latin name, -1 beyond the end
    sorted_text: Array  # object: Latin words in order, for Jaro-Winkler; '' for Han names


@lru_cache(100_000)
def clean_name(text: str, separators: str) -> str:
    """Half width, no spaces inside Han names, one kind of middle dot; never NFKC, which rewrites rare characters."""
    if _PLAIN.fullmatch(text):
        return text
    half = "".join(unicodedata.normalize("NFKC", c) if "！" <= c <= "～" or c == "\u3000" else c for c in text)
    if _HAN.search(half):
        joined = _SPACES.sub("", half)
        return re.sub(f"[{re.escape(separators)}]", "·", joined).strip("·")
    return _SPACES.sub(" ", half).strip().casefold()


def build_book(names: list[str], config: NameConfig) -> NameBook:
    """Tables for distinct cleaned names; characters are looked up once each."""
    matrix = _codepoints(names)
    characters, ids = np.unique(matrix, return_inverse=True)
    ids = ids.reshape(matrix.shape).astype(np.int32)
    symbols = [chr(c) if c else "" for c in characters]
    fold = _fold_ids(symbols, config)
    folded = np.where(matrix == 0, -1, fold[ids])
    sounds, near = _readings(symbols, config)
    length = (matrix != 0).sum(axis=1).astype(np.int16)
    is_han = np.array([bool(_HAN.search(name)) for name in names], dtype=bool)
    split = _surname_lengths(names, length, config)
    first = np.where(folded >= 0, sounds[folded, 0], -1).astype(np.int32)
    first_near = np.where(folded >= 0, near[folded, 0], -1).astype(np.int32)
    position = np.arange(WIDTH)[None, :]
    tokens, bags, ordered = _latin_words(names, is_han)
    han_bag = row_codes(np.sort(folded, axis=1))
    given = _edge_words(tokens, is_han, row_codes(np.where(position >= split[:, None], folded, -1)), last=False)
    return NameBook(
        text=np.array(names, dtype=object),
        length=length,
        folded=folded.astype(np.int32),
        sounds=sounds,
        near_sounds=near,
        shapes=_shapes(symbols, config),
        is_han=is_han,
        surname=_edge_words(tokens, is_han, row_codes(np.where(position < split[:, None], folded, -1)), last=True),
        given=given,
        fold_code=row_codes(folded),
        sound_code=row_codes(first),
        near_code=row_codes(first_near),
        given_sound=row_codes(np.where(position >= split[:, None], first, -1)),
        given_first=_at(first, split, split < length),
        given_last=_at(first, length.astype(np.int64) - 1, split < length),
        first_character=np.where(is_han, _at(folded, split, split < length), given),
        last_character=np.where(is_han, _at(folded, length.astype(np.int64) - 1, split + 1 < length), -1),
        bag=np.where(is_han, han_bag, bags + len(names)).astype(np.int32),
        tokens=tokens,
        sorted_text=ordered,
    )


def compare_names(book: NameBook, left: Array, right: Array) -> Array:
    """The level of each pair of names (row numbers of the book, -1 = missing); the first that holds wins."""
    level = np.full(len(left), CODE["other"], dtype=np.uint8)
    known = (left >= 0) & (right >= 0)
    level[~known] = CODE["missing"]
    same = known & (left == right)
    level[same] = CODE["equal"]
    rest = np.flatnonzero(known & ~same)
    han = book.is_han[left[rest]] & book.is_han[right[rest]]
    rows = rest[han]
    level[rows] = _han_levels(book, left[rows], right[rows])
    rows = rest[~han]
    level[rows] = _latin_levels(book, left[rows], right[rows])
    return level


def _han_levels(book: NameBook, left: Array, right: Array) -> Array:
    """Levels of Han names that are not identical. Most pairs are of strangers: each question is put to those alone that it may concern.

    From the weakest to the strongest, for the strongest that holds counts.
    """
    width = min(int(max(book.length[left].max(initial=1), book.length[right].max(initial=1))) + 1, WIDTH)
    a, b = book.folded[left, :width], book.folded[right, :width]
    length, same_surname = book.length[left], book.surname[left] == book.surname[right]
    longer = length - book.length[right]
    level = np.where(same_surname, CODE["surname_only"], CODE["other"]).astype(np.uint8)
    misses = np.zeros(len(left), dtype=np.uint8)
    for position in range(width):
        misses += a[:, position] != b[:, position]
    once = np.flatnonzero((misses == 1) & (longer == 0))
    long = once[length[once] >= 3]
    level[long] = np.where(same_surname[long], CODE["one_char"], CODE["given_only"])
    apart_by_one = np.flatnonzero(np.abs(longer) == 1)
    level[apart_by_one[_one_dropped(a, b, longer, apart_by_one)]] = CODE["dropped"]
    level[book.bag[left] == book.bag[right]] = CODE["swapped"]
    near = _all_shared(book.near_sounds, a, b, np.flatnonzero(longer == 0))
    level[near] = CODE["near_sound"]
    level[_all_shared(book.shapes, a, b, once)] = CODE["shape"]
    level[_all_shared(book.sounds, a, b, near)] = CODE["pinyin"]
    level[book.fold_code[left] == book.fold_code[right]] = CODE["folded"]
    return level


def _all_shared(table: Array, a: Array, b: Array, rows: Array) -> Array:
    """Those of these rows whose every two characters are one or have an entry of the table in common."""
    for position in (*range(1, a.shape[1]), 0):  # given characters first: they tell more people apart
        x, y = a[rows, position], b[rows, position]
        held = x == y
        unlike = np.flatnonzero(~held)
        held[unlike] = _shared(table, x[unlike], y[unlike])
        rows = rows[held]
    return rows


def _shared(table: Array, x: Array, y: Array) -> Array:
    """True where two characters have an entry of the table in common."""
    common = np.zeros(len(x), dtype=bool)
    for i in range(table.shape[1]):
        for j in range(table.shape[1]):
            common |= (table[x, i] == table[y, j]) & (table[x, i] >= 0)
    return common


def _one_dropped(a: Array, b: Array, longer: Array, rows: Array) -> Array:
    """Which of these rows, a character apart, become one by leaving a character out of the longer name (two characters at least)."""
    swap = (longer[rows] < 0)[:, None]
    long, short = np.where(swap, b[rows], a[rows]), np.where(swap, a[rows], b[rows])
    begins = (short[:, 1] >= 0) & ((long[:, 0] == short[:, 0]) | (long[:, 1] == short[:, 0]))
    at = np.flatnonzero(begins)
    long, short = long[at], short[at]
    same_head = np.cumprod(long == short, axis=1).sum(axis=1)  # equal characters before the gap
    shifted = long[:, 1:] == short[:, :-1]
    after_gap = np.arange(shifted.shape[1])[None, :] >= same_head[:, None]
    dropped: Array = at[(shifted | ~after_gap).all(axis=1)]
    return dropped


def _latin_levels(book: NameBook, left: Array, right: Array) -> Array:
    """Levels of names in Latin letters: words in any order, one word missing, near spellings, one word shared."""
    from rapidfuzz import process
    from rapidfuzz.distance import JaroWinkler

    a, b = book.tokens[left], book.tokens[right]
    shared = ((a[:, :, None] == b[:, None, :]) & (a[:, :, None] >= 0)).any(axis=2).sum(axis=1)
    fewest = np.minimum((a >= 0).sum(axis=1), (b >= 0).sum(axis=1))
    likeness = process.cpdist(book.sorted_text[left], book.sorted_text[right], scorer=JaroWinkler.similarity)
    conditions = [
        book.bag[left] == book.bag[right],
        (shared == fewest) & (fewest >= 2),
        likeness >= _LATIN_STEPS[0][1],
        shared >= 1,
        likeness >= _LATIN_STEPS[1][1],
    ]
    names = ["swapped", "dropped", "near", "one_token", "alike"]
    chosen: Array = np.select(conditions, [CODE[name] for name in names], CODE["other"]).astype(np.uint8)
    return chosen


def _at(sounds: Array, position: Array, there: Array) -> Array:
    """The sound at one position of each name, -1 where there is none."""
    column = np.clip(position, 0, WIDTH - 1)
    return np.where(there, sounds[np.arange(len(sounds)), column], -1).astype(np.int32)


def _codepoints(names: list[str]) -> Array:
    """An (n, WIDTH) matrix of codepoints, 0 beyond the end."""
    fixed = np.array([name[:WIDTH] for name in names], dtype=f"U{WIDTH}")
    matrix: Array = fixed.view(np.uint32).reshape(len(names), WIDTH)
    return matrix


def row_codes(matrix: Array) -> Array:
    """One integer per distinct row."""
    if not len(matrix):
        return np.zeros(0, dtype=np.int32)
    return pd.factorize(_hashes(matrix))[0].astype(np.int32)


def _hashes(matrix: Array) -> Array:
    """A 64-bit hash of each row (FNV-1a over columns); collisions among a million rows have odds below 10⁻⁷."""
    value = np.full(len(matrix), np.uint64(14695981039346656037))
    for column in matrix.T:
        value = (value ^ column.astype(np.int64).astype(np.uint64)) * np.uint64(1099511628211)
        value ^= value >> np.uint64(29)
    return value


def _fold_ids(symbols: list[str], config: NameConfig) -> Array:
    """Each character's simplified form, by the position of that form; variant groups of the configuration join too."""
    variant = {c: group[0] for group in config.variants for c in group}
    forms = [variant.get(form, form) for form in map(_simplified, symbols)]
    first: dict[str, int] = {}
    by_symbol = {symbol: i for i, symbol in enumerate(symbols)}
    return np.array([by_symbol.get(form, first.setdefault(form, i)) for i, form in enumerate(forms)], dtype=np.int32)


@cache
def _simplified(symbol: str) -> str:
    """The simplified form of one character; there are only so many."""
    return str(_converter().convert(symbol))


@cache
def _converter() -> Any:
    """OpenCC's tables, read once."""
    from opencc import OpenCC

    return OpenCC("t2s")


@cache
def _sounds(symbol: str) -> tuple[str, ...]:
    """Toneless readings of one character, the commonest first."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # its dictionary of phrases takes longer to read than all our names; we ask for characters
    from pypinyin import Style, pinyin

    return tuple(dict.fromkeys(pinyin(symbol, style=Style.NORMAL, heteronym=True)[0][:READINGS])) if symbol else ("",)


def _readings(symbols: list[str], config: NameConfig) -> tuple[Array, Array]:
    """Toneless readings of each character, and the same with dialect confusions merged; unknown ones are themselves."""
    codes: dict[str, int] = {}
    exact = np.full((len(symbols), READINGS), -1, dtype=np.int16)
    near = np.full((len(symbols), READINGS), -1, dtype=np.int16)
    for i, symbol in enumerate(symbols):
        for j, sound in enumerate(_sounds(symbol)):
            exact[i, j] = codes.setdefault(sound, len(codes))
            near[i, j] = codes.setdefault(_dialect(sound, config), len(codes))
    return exact, near


def _dialect(sound: str, config: NameConfig) -> str:
    """The reading with its beginning and its end replaced where the region does not tell them apart."""
    for written, heard in config.beginnings.items():
        if sound.startswith(written):
            sound = heard + sound[len(written) :]
            break
    for written, heard in config.endings.items():
        if sound.endswith(written):
            sound = sound[: -len(written)] + heard
            break
    return sound


def _shapes(symbols: list[str], config: NameConfig) -> Array:
    """Up to two look-alike groups per character; negative and distinct where there is none."""
    groups: dict[str, list[int]] = {}
    for number, group in enumerate(config.look_alikes):
        for character in group:
            groups.setdefault(character, []).append(number)
    table = np.full((len(symbols), 2), -1, dtype=np.int16)
    for i, symbol in enumerate(symbols):
        for j, number in enumerate(groups.get(symbol, [])[:2]):
            table[i, j] = number
    return table


def _surname_lengths(names: list[str], length: Array, config: NameConfig) -> Array:
    """Two characters where the name begins with a double surname and goes on, else one."""
    double = frozenset(config.double_surnames)
    starts = np.array([name[:2] in double for name in names], dtype=bool)
    return np.where(starts & (length > 2), 2, 1)


def _latin_words(names: list[str], is_han: Array) -> tuple[Array, Array, Array]:
    """Word ids, a code for the set of words, and the words in order, of names without Han characters."""
    tokens = np.full((len(names), TOKENS), -1, dtype=np.int32)
    ordered = np.full(len(names), "", dtype=object)
    bags = np.zeros(len(names), dtype=np.int64)
    words: dict[str, int] = {}
    seen: dict[str, int] = {}
    for i in np.flatnonzero(~is_han):
        parts = names[i].split()
        tokens[i, : min(len(parts), TOKENS)] = [words.setdefault(w, len(words)) for w in parts[:TOKENS]]
        ordered[i] = " ".join(sorted(parts))
        bags[i] = seen.setdefault(ordered[i], len(seen))
    return tokens, bags, ordered


def _edge_words(tokens: Array, is_han: Array, han_codes: Array, *, last: bool) -> Array:
    """Surname (last word) or first word of Latin names, beside the codes of Han names."""
    count = (tokens >= 0).sum(axis=1)
    column = np.maximum(count - 1, 0) if last else np.zeros(len(tokens), dtype=np.int64)
    word = tokens[np.arange(len(tokens)), column]
    return np.where(is_han, han_codes, np.where(word >= 0, word + len(tokens), -1)).astype(np.int32)
