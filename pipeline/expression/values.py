"""What an expression is made of while it is computed: whole columns, three-valued where they answer yes or no.

Texts are held as numbers of a short list of distinct texts, so that a comparison over 100,000 rows touches each
distinct text once; numbers are floats with NaN for missing; truths carry beside each answer whether it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Objects = npt.NDArray[Any]


@dataclass(frozen=True)
class Truths:
    """Yes, no or unknown for every row (Kleene's three values)."""

    yes: Bools
    known: Bools

    def __and__(self, other: Truths) -> Truths:
        no = (self.known & ~self.yes) | (other.known & ~other.yes)
        return Truths(self.yes & other.yes & self.known & other.known, (self.known & other.known) | no)

    def __or__(self, other: Truths) -> Truths:
        yes = (self.known & self.yes) | (other.known & other.yes)
        return Truths(yes, (self.known & other.known) | yes)

    def __invert__(self) -> Truths:
        return Truths(~self.yes & self.known, self.known)

    @property
    def certain(self) -> Bools:
        """Known yes."""
        return self.yes & self.known

    @property
    def refuted(self) -> Bools:
        """Known no."""
        return ~self.yes & self.known

    def take(self, positions: Ints) -> Truths:
        """The answers at `positions`; −1 is unknown."""
        there = positions >= 0
        at = np.where(there, positions, 0)
        if not len(self.yes):
            return unknown(len(positions))
        return Truths(self.yes[at] & there, self.known[at] & there)


@dataclass(frozen=True)
class Texts:
    """A column of texts: for each row the number of its text, −1 for blank.

    `absent`: no input carries the column. `there`: the rows for which some input does; None: all of them.
    """

    codes: Ints
    distinct: Objects
    absent: bool = False
    there: Bools | None = None

    @cached_property
    def filled(self) -> Bools:
        return self.codes >= 0

    def take(self, positions: Ints) -> Texts:
        """The texts at `positions`; −1 is blank."""
        if not len(self.codes):
            return Texts(np.full(len(positions), -1, dtype=np.intp), self.distinct, self.absent)
        there = positions >= 0
        return Texts(np.where(there, self.codes[np.where(there, positions, 0)], -1), self.distinct, self.absent, _taken(self.there, positions))

    def lookup(self, answers: Objects | Floats | Bools, missing: Any) -> npt.NDArray[Any]:
        """One answer per row from one answer per distinct text."""
        if not len(self.distinct):
            return np.full(len(self.codes), missing)
        return np.where(self.filled, np.asarray(answers)[np.where(self.filled, self.codes, 0)], missing)

    def ask(self, question: Callable[[str], bool]) -> Truths:
        """A yes/no question put to each distinct text; unknown where blank."""
        answers = np.fromiter((question(text) for text in self.distinct), dtype=bool, count=len(self.distinct))
        return Truths(self.lookup(answers, False).astype(bool), self.filled)

    def objects(self) -> Objects:
        """The texts themselves, None for blank."""
        padded = np.append(self.distinct, np.array([None], dtype=object))
        return padded[self.codes]


@dataclass(frozen=True)
class Numbers:
    """A column of floats, NaN for missing; `absent` and `there` as in Texts."""

    values: Floats
    absent: bool = False
    there: Bools | None = None

    @cached_property
    def filled(self) -> Bools:
        return ~np.isnan(self.values)

    def take(self, positions: Ints) -> Numbers:
        """The numbers at `positions`; −1 is missing."""
        if not len(self.values):
            return Numbers(np.full(len(positions), np.nan), self.absent)
        there = positions >= 0
        return Numbers(np.where(there, self.values[np.where(there, positions, 0)], np.nan), self.absent, _taken(self.there, positions))


def _taken(there: Bools | None, positions: Ints) -> Bools | None:
    """The mask at `positions`; a row that does not exist has no cell that could be absent."""
    return None if there is None else there[np.maximum(positions, 0)] | (positions < 0)


Column = Texts | Numbers | Truths
Value = Column | str | float | bool | None | list[Any] | dict[Any, Any]


def unknown(size: int) -> Truths:
    """Nobody knows, for every row."""
    return Truths(np.zeros(size, dtype=bool), np.zeros(size, dtype=bool))


def known(answers: Bools) -> Truths:
    """Answers that are all known."""
    return Truths(answers, np.ones(len(answers), dtype=bool))


def texts(values: Sequence[Any] | Objects | pd.Series[Any], absent: bool = False) -> Texts:
    """A column of texts from any sequence of str and None."""
    codes, distinct = pd.factorize(np.asarray(values, dtype=object), use_na_sentinel=True)
    return Texts(codes.astype(np.intp), np.asarray(distinct, dtype=object), absent)


def of_series(series: pd.Series[Any]) -> Column:
    """The column of a frame as a value: category and object are texts, boolean truths, the rest numbers."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        return Texts(series.cat.codes.to_numpy().astype(np.intp), series.cat.categories.to_numpy(dtype=object))
    if series.dtype == "boolean":
        return of_boolean(series.array)
    if series.dtype == object:
        return texts(series.to_numpy())
    return Numbers(series.to_numpy(dtype=np.float64))


def of_boolean(array: Any) -> Truths:
    """pandas' nullable booleans as yes, no and unknown."""
    missing = np.asarray(array.isna(), dtype=bool)
    return Truths(np.asarray(array.fillna(False), dtype=bool), ~missing)


def to_series(value: Column) -> pd.Series[Any]:
    """The value as a column of a frame; of_series takes it back."""
    if isinstance(value, Texts):
        return pd.Series(pd.Categorical.from_codes(cast(Any, value.codes), categories=pd.Index(value.distinct, dtype=object)))
    if isinstance(value, Truths):
        return pd.Series(pd.arrays.BooleanArray(value.yes.copy(), ~value.known))
    return pd.Series(value.values)
