"""Every row of every department's list at its right person and household, with evidence; nothing is merged silently.

Without such lists this costs nothing: linkage itself is imported only when one is there.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.assemble import Assembled
from pipeline.reconcile.model import Comparison, Reconciled
from pipeline.spec import Spec

__all__ = ["Comparison", "Reconciled", "reconcile"]


def reconcile(now: Assembled, spec: Spec, raw: Path, period: str) -> Reconciled | None:
    """Links the lists to the system's persons and says in their tables whom each row is; None where no list came in."""
    if not any(now.tables[table].origins and len(now.tables[table].frame) for table in spec.lists) or not len(now.tables["person"].frame):
        return None
    from pipeline.reconcile.work import Reconciliation

    return Reconciliation(now, spec, raw, period).result()
