"""Products: what a run leaves for people (workbooks, a report) and for programs (parquet)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from pipeline.report.results import Results

__all__ = ["PRODUCTS", "Results", "write_all"]

PRODUCTS = (
    "dataset", "problems", "changes", "fixlist", "compare", "review", "receipt", "moves", "importform", "annex",
    "against", "risk", "visit", "entry", "summary", "html", "tables",
)  # fmt: skip
"""Modules of this package, each with write(results, folder) -> the files it wrote."""


def write_all(results: Results, folder: Path) -> list[Path]:
    """Every product, into a folder of the caller's, two at a time: half their work is done outside Python."""
    folder.mkdir(parents=True, exist_ok=True)
    modules = [import_module(f"{__name__}.{name}") for name in PRODUCTS]
    with ThreadPoolExecutor(max_workers=2) as pool:
        written: list[list[Path]] = list(pool.map(lambda module: module.write(results, folder), modules))
    return [path for paths in written for path in paths]
