"""Where a row stands: "file#tab!row" taken apart."""

from __future__ import annotations

import pandas as pd

from pipeline.report.order import with_none

ADDRESS = r"^(?P<file>.*?\.[A-Za-z]{3,4}|[^#]*)(?:#(?P<tab>.*?))?(?:!(?P<row>\d+)(?:·\d+)?)?$"


def addresses(row_id: pd.Series) -> pd.DataFrame:
    """Columns file, tab (text or None) and row (float); a row_id that names only a file gives only the file."""
    unique = pd.Series(row_id.dropna().unique(), dtype=object).astype(str)
    parts = unique.str.extract(ADDRESS)
    parts["row"] = pd.to_numeric(parts["row"], errors="coerce")
    parts.index = pd.Index(unique)
    found = parts.reindex(pd.Index(row_id))
    found.index = row_id.index
    return with_none(found).astype({"row": float})
