"""Cells as Excel holds them → text, a column at a time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from pipeline.read.model import BOOLEAN, DATE, ERROR, NUMBER, TEXT, Cell

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Memo(dict[str, str | None]):
    """Text → the one copy of it that is kept, "" → None. Equal texts then share memory and their hash."""

    def __init__(self) -> None:
        super().__init__({"": None})

    def __missing__(self, text: str) -> str | None:
        kept = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text
        self[text] = kept
        return kept


def texts(column: Sequence[Cell], memo: Memo) -> tuple[list[str | None], np.ndarray | None]:
    """(texts, kinds) of a column's cells; kinds is None where every cell is text or empty."""
    types = set(map(type, column))
    if types <= {str}:
        return list(map(memo.__getitem__, column)), None
    kinds = np.zeros(len(column), dtype=np.uint8)
    if types <= {str, float, int}:
        kinds[:] = [type(cell) is not str for cell in column]
        return [memo[cell] if type(cell) is str else number_text(cell) for cell in column], kinds
    pairs = [(memo[cell], TEXT) if type(cell) is str else text_and_kind(cell) for cell in column]
    kinds[:] = [kind for _, kind in pairs]
    return [text for text, _ in pairs], kinds


def number_text(number: float) -> str:
    """The shortest plain text of a number: 5000.0 → 5000, 5.11992319800101e17 → 511992319800101000."""
    if isinstance(number, int) or (number.is_integer() and abs(number) < 1e15):
        return str(int(number))
    return format(Decimal(repr(number)), "f").removesuffix(".0") if np.isfinite(number) else str(number)


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
