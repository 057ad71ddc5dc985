"""The periods of the campaign before this one, and whether what is kept of them was made from the same inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from pipeline.correct.follow import STATE_COLUMNS, no_states
from pipeline.read.files import RETURNED
from pipeline.report.order import with_none
from pipeline.schedule import HANDED_COLUMNS


@dataclass(frozen=True)
class Past:
    """What the campaign's periods so far leave behind: every problem's state, the day of each period's data, the sheets handed in."""

    states: pd.DataFrame = field(default_factory=no_states)
    days: Mapping[str, str | None] = field(default_factory=dict)
    handed: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(HANDED_COLUMNS), dtype=object))


def periods_up_to(raw: Path, name: str) -> list[str]:
    """The folders of data/raw up to this period, in order."""
    names = sorted(p.name for p in raw.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))) if raw.is_dir() else []
    return [n for n in names if n <= name]


def campaign_periods(raw: Path, name: str, start: str | None) -> list[str]:
    """The periods of the campaign up to this one: from campaign.yml's history_from, else from the first that lists were returned in.

    Last month's export, there to compare with, is no part of the campaign.
    """
    names = periods_up_to(raw, name)
    if start is None:
        start = next((n for n in names if (raw / n / RETURNED).is_dir()), name)
    return [n for n in names if n >= start] or [name]


def inputs_key(root: Path, name: str) -> str:
    """A hash of everything a period's results follow from: its files and all before them, mappings, rules and the version."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(version("qingxi").encode())
    raw = root / "data" / "raw"
    for path in input_files(root, [raw / n for n in periods_up_to(raw, name)]):
        digest.update(path.relative_to(root).as_posix().encode("utf-8", "surrogateescape") + b"\0")
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def input_files(root: Path, folders: Sequence[Path]) -> Iterator[Path]:
    """The files themselves, in an order that does not depend on the disk; open-file marks and the like left out."""
    for folder in (root / "mappings", root / "expectations", *folders):
        yield from sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "~$")))


def kept_past(root: Path, name: str) -> Past | None:
    """What is kept in data/clean up to this period, if it was made from what lies in data/raw, mappings and expectations now."""
    folder = root / "data" / "clean" / name
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest.get("inputs_key") != inputs_key(root, name):
            return None
        states, handed = (pd.read_parquet(folder / "tables" / f"{table}.parquet") for table in ("states", "handed"))
    except (OSError, ValueError):
        return None
    if list(states.columns) != list(STATE_COLUMNS):
        return None
    states = with_none(states).assign(open=states["open"].astype(bool), in_export=states["in_export"].astype(bool))
    return Past(states, manifest["periods"], with_none(handed))
