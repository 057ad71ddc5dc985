"""tables/*.parquet and manifest.json: the same results for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.report.changes import CHANGE_COLUMNS
from pipeline.report.fastsheet import to_arrow
from pipeline.report.results import Results

LINK_COLUMNS = ("source", "row_id", "person_no", "household_no", "kind", "probability", "stage", "why", "decided_by")
ROSTER_COLUMNS = (
    "annex", "household_no", "person_no", "village", "reason", "row_id", "township", "group", "name", "rank", "label", "evidence", "origin",
)  # fmt: skip

ROUND_TRIP = ("states", "answers", "entries", "progress", "waivers", "causes", "handed", "quality")


def write(results: Results, folder: Path) -> list[Path]:
    target = folder / "tables"
    target.mkdir(parents=True, exist_ok=True)
    frames = {**results.tables, **products(results)}
    paths = [_parquet(frame, target / f"{name}.parquet") for name, frame in frames.items()]
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(dict(results.manifest), ensure_ascii=False, indent=1, default=str) + "\n", "utf-8")
    return [*paths, manifest]


def products(results: Results) -> dict[str, pd.DataFrame]:
    """The tables that are about the data; those of a stage that did not run are empty."""
    nothing = pd.DataFrame(dtype=object)
    return {
        "issues": results.problems,
        "changes": results.changes.reindex(columns=list(CHANGE_COLUMNS)),
        "links": (nothing if results.links is None else results.links).reindex(columns=list(LINK_COLUMNS)),
        **{name: frame for name in ROUND_TRIP if (frame := getattr(results, name)) is not None},
        "rosters": (nothing if results.rosters is None else results.rosters).reindex(columns=list(ROSTER_COLUMNS)),
        "village_risk": nothing if results.village_risk is None else results.village_risk,
    }


def _parquet(frame: pd.DataFrame, path: Path) -> Path:
    """Text as text and numbers as numbers, even where a column is empty; no pandas metadata, no times."""
    columns = {str(name): _array(series) for name, series in frame.items()}
    pq.write_table(pa.table(columns), path, compression="zstd")
    return path


def _array(series: pd.Series) -> pa.Array:
    if pd.api.types.is_bool_dtype(series.dtype):
        return pa.array(series, from_pandas=True)
    return to_arrow(series)
