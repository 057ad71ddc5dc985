"""What localising hands over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.localise.candidates import Cell, Typed

Pair = tuple[str, int]                   # a rule's key, and the row of its table that breaks it


@dataclass(frozen=True)
class Change:
    """Cells to change together; a value only where it follows by necessity."""

    cells: tuple[Cell, ...]
    values: tuple[Typed, ...]
    follows: tuple[bool, ...]


@dataclass(frozen=True)
class Settlement:
    """Some broken rules of one record, and every smallest set of cells whose change settles all of them."""

    record: int
    pairs: tuple[Pair, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Advice:
    """改哪里: the cells to change, what would do as well, and a sentence. A value stands where it follows: None is any, "" is none."""

    household_no: str | None
    places: tuple[tuple[str, int], ...]                   # table and row of every broken rule
    rules: tuple[str, ...]                                # their keys, in the same order
    subjects: tuple[tuple[str, str | None, str | None], ...]   # their ids, households and persons, as issue rows name them
    cells: tuple[Cell, ...]
    suggestions: Mapping[Cell, str | None]
    alternatives: tuple[Mapping[Cell, str | None], ...]
    sentence: str
