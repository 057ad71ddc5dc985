"""Who is the same as whom, and why: links two lists of persons, with probability, stage and one sentence per link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .config import ConfigError, LinkageConfig, load_config
from .result import LinkResult, Spine

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ConfigError", "LinkResult", "LinkageConfig", "Spine", "duplicates", "link", "load_config"]


def link(persons_a: pd.DataFrame | Spine, persons_b: pd.DataFrame, config: LinkageConfig) -> LinkResult:
    """Persons of B found among persons of A (the spine), nothing merged silently.

    Columns, each optional but one of name and idno: name, sex, idno, birth, province … village, group, household, phone,
    relation, and the configuration's extra text columns. Rows are named in the result by the frames' index, and their order
    changes nothing. Many lists against one are quicker with Spine(persons_a) made once; one spine goes with one configuration.
    """
    from .result import link_frames

    return link_frames(persons_a if isinstance(persons_a, Spine) else Spine(persons_a), persons_b, config)


def duplicates(persons: pd.DataFrame, config: LinkageConfig, least: float = 0.5) -> pd.DataFrame:
    """Pairs of rows of one list that are likely one person: a, b, probability, why; nothing is removed."""
    from .result import duplicate_frame

    return duplicate_frame(persons, config, least)
