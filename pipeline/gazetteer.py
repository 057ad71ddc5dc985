"""Villages as the system's own exports spell them, and other lists' spellings brought to that: 石桥村村民委员会 is 石桥村.

What a county wrote into mappings/codes/village.yml (merged and former names) has been applied by then; this learns the rest.
Only the kind-of-place word at the end may differ; anything else is left as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.cleaners import Spellings
from pipeline.ledger import cell_diff
from pipeline.mapping import Records


@dataclass(frozen=True)
class Gazetteer:
    """The villages of this place, by their name without the word for what they are."""

    villages: dict[str, str]
    suffix: re.Pattern[str]

    def resolve(self, name: str) -> str:
        """The system's own spelling of a village; the name itself where it is none of them."""
        return self.villages.get(self.bare(name), name)

    def bare(self, name: str) -> str:
        """The name without 村, 村委会, 社区 …"""
        return self.suffix.sub("", name) or name


def learn_villages(records: Sequence[Records], spellings: Spellings) -> Gazetteer:
    """From the system's exports: of several spellings the commonest, unless two are two villages by their rows' sheer number."""
    words = sorted(spellings.village_suffixes, key=len, reverse=True)
    suffix = re.compile("(?:" + "|".join(map(re.escape, words)) + ")$") if words else re.compile("(?!)")
    seen: Counter[str] = Counter()
    for part in records:
        if part.source.system:
            for table in part.source.tables:
                column = part.frame.get(f"{table}.village")
                if column is not None:
                    seen.update({str(k): int(v) for k, v in column.value_counts().items()})
    best: dict[str, str] = {}
    for name, _ in sorted(seen.items(), key=lambda item: (-item[1], item[0])):
        best.setdefault(suffix.sub("", name) or name, name)
    return Gazetteer(best, suffix)


def resolve_villages(records: Sequence[Records], gazetteer: Gazetteer, reason: str) -> tuple[list[Records], list[pd.DataFrame]]:
    """The records with villages in the system's spelling, and the changes that made them so."""
    resolved: list[Records] = []
    changes: list[pd.DataFrame] = []
    for part in records:
        keys = [f"{table}.village" for table in part.source.tables if f"{table}.village" in part.frame.columns]
        mapping = {name: gazetteer.resolve(name) for key in keys for name in part.frame[key].dropna().unique()}
        if all(old == new for old, new in mapping.items()):
            resolved.append(part)
            continue
        frame = part.frame.assign(**{key: np.array([mapping.get(name) for name in part.frame[key]], dtype=object) for key in keys})
        changes.append(cell_diff(part.frame[keys], frame[keys], part.row_ids, part.headers, "normalise", dict.fromkeys(keys, reason)))
        resolved.append(part.with_frame(frame))
    return resolved, changes
