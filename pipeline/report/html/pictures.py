"""What the charts show. A chart is a table: the page draws it and keeps the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from pipeline.report.results import Results
from pipeline.report.words import Words


@dataclass(frozen=True)
class Picture:
    """Rows of a label and numbers, how to draw them, and what they say.

    kind  heat: rows × columns by colour; stack: a bar per row; columns: upright bars; pyramid: two columns back to back; lines
    """

    id: str
    kind: str
    title: str
    columns: tuple[str, ...]
    rows: list[list[Any]]
    note: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def heat_of_villages(villages: Sequence[dict[str, Any]], dimensions: Sequence[str], words: Words) -> Picture:
    """Problems by village and dimension."""
    rows = [[v["village"], *v["cells"]] for v in villages]
    return Picture("heat", "heat", words("pictures.heat.title"), (words("columns.village"), *dimensions), rows, words("pictures.heat.note"))


def by_dimension(table: Sequence[dict[str, Any]], severities: Sequence[str], words: Words) -> Picture:
    """Problems by dimension and severity."""
    rows = [[row["dimension"], *row["cells"]] for row in table]
    return Picture("dimension", "stack", words("pictures.dimension.title"), (words("columns.dimension"), *severities), rows)


def incomes(results: Results, words: Words) -> Picture | None:
    """How many households have which income per head, and where the line is."""
    what: dict[str, Any] = words.get("pictures.income")
    frame = results.tables.get(what["table"])
    if frame is None or what["column"] not in frame.columns:
        return None
    values = pd.to_numeric(frame[what["column"]], errors="coerce").dropna()
    if len(values) < 2:
        return None
    line = next((s["value"] for s in results.manifest.get("standards", []) if s["name"] == what["line"] and isinstance(s["value"], float)), None)
    step, top = float(what["step"]), float(what["step"]) * int(what["steps"])
    edges = [step * n for n in range(int(what["steps"]) + 1)]
    inside = values.clip(lower=0, upper=top - step / 2)
    parts = [inside] if line is None else [inside[values < line], inside[values >= line]]
    counts = [np.histogram(part, bins=edges)[0] for part in parts]
    names = [words("pictures.income.band", low=f"{a:.0f}", high=f"{b:.0f}") for a, b in pairwise(edges)]
    names[-1] = words("pictures.income.top", low=f"{edges[-2]:.0f}")
    rows = [[name, *(int(c[n]) for c in counts)] for n, name in enumerate(names)]
    if line is None:
        return Picture("income", "columns", what["title"], (words("pictures.income.axis"), words("columns.households")), rows)
    said = {"line": f"{line:.0f}"}
    titles = (words("pictures.income.axis"), words("pictures.income.below", **said), words("pictures.income.above", **said))
    note = words("pictures.income.note", households=len(values), below=len(parts[0]), **said)
    mark = {"name": words("pictures.income.mark", **said), "at": min(line, top), "top": top}
    return Picture("income", "columns", what["title"], titles, rows, note, extra={"mark": mark})


def risks(results: Results, words: Words) -> Picture | None:
    """Households by risk, those whose risk is removed on one side and those still at risk on the other."""
    what: dict[str, Any] = words.get("pictures.risks")
    frame = results.tables.get(what["table"])
    columns = [c for c in what["columns"] if frame is not None and c in frame.columns]
    if frame is None or not columns or what["split"] not in frame.columns:
        return None
    long = frame[[what["split"], *columns]].melt(id_vars=what["split"], value_vars=columns, value_name="risk", ignore_index=False)
    long = long.dropna(subset=["risk"]).reset_index().drop_duplicates(["index", "risk"])
    done = long[what["split"]] == what["yes"]
    table = pd.crosstab(long["risk"], np.where(done, "done", "open")).reindex(columns=["open", "done"], fill_value=0)
    if not len(table):
        return None
    table = table.iloc[np.lexsort((table.index.astype(str), -table.sum(axis=1)))]
    rows = [[str(name), int(a), int(b)] for name, a, b in table.itertuples(name=None)]
    titles = (words("pictures.risks.axis"), words("pictures.risks.open"), words("pictures.risks.done"))
    return Picture("risks", "pyramid", what["title"], titles, rows, words("pictures.risks.note"))


def completeness(results: Results, village_names: Sequence[str | None], words: Words) -> Picture | None:
    """Per field and village what share of the monitored is filled; the least complete fields first."""
    what: dict[str, Any] = words.get("pictures.completeness")
    frame = results.tables.get(what["table"])
    if frame is None or what["where"] not in frame.columns:
        return None
    inside = frame[what["where"]].notna().to_numpy()
    homes = frame[inside].assign(_village=[v for v, keep in zip(village_names, inside, strict=True) if keep])
    homes = homes[homes["_village"].notna()]
    columns = [c for c in frame.columns if (what["table"], c) in results.labels and homes[c].notna().any()]
    shares = homes[columns].notna().groupby(homes["_village"], sort=True).mean() if len(homes) else pd.DataFrame()
    if not len(shares):
        return None
    least = homes[columns].notna().mean().sort_values(kind="stable")
    least = least[(least < 1) & (least >= float(what["least"]))].head(int(what["fields"]))
    if not len(least):
        return None
    rows = [[results.label(what["table"], str(c)), *(round(100 * float(x)) for x in shares[c])] for c in least.index]
    titles = (words("pictures.completeness.axis"), *map(str, shares.index))
    return Picture("completeness", "heat", what["title"], titles, rows, words("pictures.completeness.note"), extra={"percent": True})


def buckets(results: Results, names: dict[str, str], words: Words) -> Picture | None:
    """Five buckets per department."""
    if not results.comparisons:
        return None
    rows = [[one.owner or words("unknown"), *(len(one.buckets[b]) for b in names)] for one in results.comparisons]
    titles = (words("columns.owner"), *names.values())
    colours = {"colours": ["c4", "c2", "c3", "c6", "c1"]}  # what agrees is nobody's trouble
    return Picture("buckets", "stack", words("pictures.buckets.title"), titles, rows, words("pictures.buckets.note"), extra=colours)
