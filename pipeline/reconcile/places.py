"""Which of our villages a text names: the tab or file of a list, or an address in a cell."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.link import LinkageConfig

Cells = npt.NDArray[np.object_]
_NUMBER = r"第?(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})"


class OurVillages:
    """The villages of the system's persons, found in texts by their names with any of the usual endings."""

    def __init__(self, spine: pd.DataFrame, config: LinkageConfig) -> None:
        names = sorted({str(v) for v in spine["village"].dropna().unique()}) if "village" in spine.columns else []
        endings = config.places.village_endings
        self.bare = {_bare(name, endings): name for name in names if _bare(name, endings)}
        of_names = "|".join(re.escape(b) for b in sorted(self.bare, key=len, reverse=True))
        of_endings = "|".join(re.escape(e) for e in sorted(endings, key=len, reverse=True))
        groups = "|".join(re.escape(w) for w in sorted(config.places.group_words, key=len, reverse=True))
        self.pattern = re.compile(rf"({of_names})(?:{of_endings})({_NUMBER}(?:{groups}))?") if names else None

    def named(self, text: Any) -> tuple[str, str | None] | None:
        """(village, group) where the text names just one of our villages."""
        found = self.pattern.findall("".join(str(text).split())) if self.pattern is not None and isinstance(text, str) else []
        return (self.bare[found[0][0]], found[0][1] or None) if len({name for name, _ in found}) == 1 else None

    def in_column(self, texts: Cells) -> tuple[Cells, Cells]:
        """Village and group of each text, None where it names none of ours or several."""
        codes, distinct = pd.factorize(texts)
        answers = [self.named(text) for text in distinct] + [None]
        village = np.array([a[0] if a else None for a in answers], dtype=object)
        group = np.array([a[1] if a else None for a in answers], dtype=object)
        return village[codes], group[codes]


def _bare(name: str, endings: tuple[str, ...]) -> str:
    return next((name[: -len(e)] for e in endings if name.endswith(e) and len(name) > len(e)), name)
