"""What the screening hands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from pipeline.ledger import ROSTER_COLUMNS

ROSTER_EXTRAS = ("township", "group", "name", "rank", "label", "evidence", "origin")
ROSTER_ALL = (*ROSTER_COLUMNS, *ROSTER_EXTRAS)
SYSTEM, OUTSIDE = "system", "outside"
LEAD = "lead"  # a row of a list that links to nobody, where no register tells of households: somebody, not a household


@dataclass(frozen=True)
class Screened:
    """The lists of one period.

    rosters  one row per list and household (or person): its reasons, the cells that prove them, the first row it stands on;
             `rank` counts within the village in the list's own order, `origin` is system or outside (known from other lists only)
    ledgers  list name → what is printed of it, row for row as in rosters (index: the row of rosters)
    risk     one row per village: how much of it is at risk, with intervals
    notes    what could not be asked, in words
    """

    rosters: pd.DataFrame
    ledgers: Mapping[str, pd.DataFrame]
    risk: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()


def no_rosters() -> pd.DataFrame:
    """The table with nobody in it."""
    return pd.DataFrame({c: pd.Series(dtype=object) for c in ROSTER_ALL})
