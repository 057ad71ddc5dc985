"""Tables small enough to travel inside a page: each distinct text once, rows as numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

MANY = 0.5  # of the rows different: a list of texts is shorter than a list of numbers beside it


def pack(columns: dict[str, Sequence[Any] | pd.Series]) -> dict[str, Any]:
    """{"n": rows, "columns": {name: {"d": distinct, "i": which} or {"v": values}}}."""
    sizes = {len(values) for values in columns.values()}
    assert len(sizes) <= 1, "columns of unequal length"
    return {"n": sizes.pop() if sizes else 0, "columns": {name: _column(list(values)) for name, values in columns.items()}}


def _column(values: list[Any]) -> dict[str, Any]:
    plain = [None if v is None or v != v else v for v in values]
    if all(v is None or isinstance(v, (int, float)) for v in plain):
        return {"v": plain}
    numbers: dict[Any, int] = {}
    which = [numbers.setdefault(v, len(numbers)) for v in plain]
    return {"v": plain} if len(numbers) > MANY * len(plain) else {"d": list(numbers), "i": which}


def as_json(data: Any) -> str:
    """JSON that may stand inside <script>: no tag can begin in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
