"""Cells as Excel holds them → text, a column at a time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from pipeline.read.model import BOOLEAN, DATE, ERROR, NUMBER, TEXT, Cell

CELL_LIMIT = 32_767  # characters; Excel keeps no more
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Memo(dict[Cell, str | None]):
    """Text or number → the one copy of its text that is kept, "" → None. Equal cells then share memory and hash.

    Never asked for booleans: True == 1.0 would be found under one key.
    """

    def __init__(self) -> None:
        super().__init__({"": None})
        self.long: list[str] = []

    def __missing__(self, cell: Cell) -> str | None:
        kept = unescape(cell) if isinstance(cell, str) else number_text(cell)
        if len(kept) >= CELL_LIMIT:
            self.long.append(kept)
        self[cell] = kept
        return kept


def texts(column: Sequence[Cell], memo: Memo) -> tuple[list[str | None], np.ndarray | None]:
    """(texts, kinds) of a column's cells; kinds is None where every cell is text or empty."""
    types = set(map(type, column))
    if types <= {str, float, int}:
        kinds = None if types == {str} else np.array([type(cell) is not str for cell in column], dtype=np.uint8)
        return list(map(memo.__getitem__, column)), kinds
    pairs = [(memo[cell], TEXT) if type(cell) is str else text_and_kind(cell) for cell in column]
    return [text for text, _ in pairs], np.array([kind for _, kind in pairs], dtype=np.uint8)


def number_text(number: float) -> str:
    """The shortest plain text of a number: 5000.0 → 5000, 5.11992319800101e17 → 511992319800101000."""
    text = repr(number)
    if "e" in text:
        text = format(Decimal(text), "f")
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def unescape(text: str) -> str:
    """Excel's _x000D_ as the character it stands for."""
    return _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


def text_and_kind(cell: Cell) -> tuple[str | None, int]:
    """(text, kind) of one cell that is not text."""
    match cell:
        case None:
            return None, TEXT
        case bool():
            return ("TRUE" if cell else "FALSE"), BOOLEAN
        case int() | float():
            return number_text(cell), NUMBER
        case dt.datetime():
            return (cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")), DATE
        case dt.date():
            return cell.isoformat(), DATE
        case dt.time():
            return cell.isoformat("seconds"), DATE
        case dt.timedelta():
            return _clock(cell), DATE
        case ErrorText():
            return str(cell), ERROR
    return str(cell), TEXT


def _clock(span: dt.timedelta) -> str:
    """A length of time as Excel shows it: 30:00:00."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


class ErrorText(str):
    """The text of an error cell (#N/A), told apart from typed text by its type."""
