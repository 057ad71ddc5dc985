"""Products: what a run leaves for people (workbooks, a report) and for programs (parquet)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from pipeline.report.results import Results

__all__ = ["PRODUCTS", "Results", "write_all"]

PRODUCTS = ("dataset", "problems", "changes", "fixlist", "html", "tables")
"""Modules of this package, each with write(results, folder) -> the files it wrote."""


def write_all(results: Results, folder: Path) -> list[Path]:
    """Every product, into a folder of the caller's."""
    folder.mkdir(parents=True, exist_ok=True)
    modules = [import_module(f"{__name__}.{name}") for name in PRODUCTS]
    return [path for module in modules for path in module.write(results, folder)]
