"""What the reconciliation hands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.ledger import Finding

if TYPE_CHECKING:
    from pipeline.reconcile.linked import LinkedList
    from pipeline.reconcile.residents import Residents

AGREE, DIFFER, ONLY_SYSTEM, ONLY_LIST, INVALID = "agree", "differ", "only_system", "only_list", "invalid"
BUCKETS = (AGREE, DIFFER, ONLY_SYSTEM, ONLY_LIST, INVALID)
COMPARED = (
    "source", "township", "village", "group", "household_no", "person_no", "name", "id_number", "list_name", "list_id",
    "label", "ours", "theirs", "our_cell", "their_cell", "why",
)  # fmt: skip
"""The columns of every bucket."""


@dataclass(frozen=True)
class AsOf:
    """One list and the days it and the system speak of; `late` when they lie too far apart to be compared."""

    title: str
    files: tuple[str, ...]
    list_day: str | None
    system_day: str | None
    days_apart: int | None
    late: bool
    counts: dict[str, int]
    remark: str | None = None  # a word key for the reader: the list links to nobody, has no places …


@dataclass(frozen=True)
class Comparison:
    """One department's lists against the system: five buckets of rows, and the days they speak of."""

    owner: str
    lists: tuple[AsOf, ...]
    buckets: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Reconciled:
    """Links, what is to be asked, and everything the sheets and the manifest say of it."""

    links: pd.DataFrame
    findings: list[Finding]
    notes: list[str]
    linkage: dict[str, Any]
    comparisons: list[Comparison] = field(default_factory=list)
    review: pd.DataFrame = field(default_factory=pd.DataFrame)
    residents: Residents | None = None  # people of the register in households outside the system
    lists: tuple[LinkedList, ...] = ()
    late: frozenset[str] = frozenset()  # tables of lists that are too old (or new) to be held against the system
