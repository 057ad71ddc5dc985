"""How much of each village is at risk, with intervals: a village of three households is not worst by chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.expression.evaluate import as_numbers, as_truths, evaluate
from pipeline.screen.cells import Screening

PLACE = ["township", "village"]
Z = 1.959964  # of a 95 % interval
Floats = npt.NDArray[np.float64]


def wilson(part: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """The 95 % interval of a share (Wilson's score interval); NaN where there is nothing to have a share of."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p = part / whole
        middle = (p + Z**2 / (2 * whole)) / (1 + Z**2 / whole)
        half = Z / (1 + Z**2 / whole) * np.sqrt(p * (1 - p) / whole + Z**2 / (4 * whole**2))
    there = whole > 0
    return np.where(there, np.clip(middle - half, 0, 1), np.nan), np.where(there, np.clip(middle + half, 0, 1), np.nan)


def village_risk(work: Screening) -> pd.DataFrame:
    """One row per village in the order of its risk: township, village, rank and the figures of mappings/village_risk.yml."""
    told = work.spec.village_risk
    frame = work.tables["household"].frame
    if told is None or not len(frame) or "village" not in frame.columns:
        return pd.DataFrame(columns=[*PLACE, "rank"])
    view = work.database.view("household")
    place = pd.DataFrame({c: frame[c] if c in frame.columns else None for c in PLACE})
    there = place["village"].notna().to_numpy()
    grouped = place[there].groupby(PLACE, sort=True, dropna=False)
    found = grouped.size().index.to_frame(index=False)
    for column in told.columns:
        if column.value is None:
            part, whole = found[column.part].to_numpy(dtype=float), found[column.whole].to_numpy(dtype=float)
            with np.errstate(divide="ignore", invalid="ignore"):
                found[column.name] = np.round(np.where(whole > 0, part / whole, np.nan), 4)
            low, high = wilson(part, whole)
            found[f"{column.name}_low"], found[f"{column.name}_high"] = np.round(low, 4), np.round(high, 4)
            continue
        value = evaluate(column.value, view)
        numbers = as_truths(value, view.size).certain.astype(float) if column.way == "count" else as_numbers(value, view.size)
        series = pd.Series(numbers[there]).groupby([place.loc[there, c].to_numpy(dtype=object) for c in PLACE], sort=True, dropna=False)
        figure = series.median() if column.way == "median" else series.sum()
        found[column.name] = np.round(figure.to_numpy(dtype=float), 2)
    names = [name.lstrip("-") for name in told.order]
    upwards = [not name.startswith("-") for name in told.order] + [True, True]
    found = found.sort_values([*names, *PLACE], ascending=upwards, kind="stable", ignore_index=True)
    found.insert(2, "rank", np.arange(1, len(found) + 1, dtype=float))
    return found
