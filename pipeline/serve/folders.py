"""What lies in a period's folders, and what may be done with it."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.period import put_aside
from pipeline.read.files import RETURNED
from pipeline.report.words import page_words
from pipeline.serve import words


@dataclass(frozen=True)
class Period:
    """One period: how many files it has, whether there are results, and whether they are of these very files."""

    name: str
    files: int
    ready: bool
    fresh: bool
    demo: bool


@dataclass(frozen=True)
class Given:
    """One file of a period, and what the last run took it for."""

    name: str
    size: int
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Results of one kind: the files, what they are and whom they are for."""

    name: str
    what: str
    files: tuple[str, ...]
    folder: bool


def period_names(raw: Path) -> list[str]:
    """Every period, the newest first."""
    return sorted((p.name for p in raw.glob("*") if p.is_dir() and not p.name.startswith((".", "_"))), reverse=True)


def files_of(folder: Path) -> list[Path]:
    """The files of a period, marks of open files and the like left out."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "~$")))


def periods(root: Path, mark: str) -> list[Period]:
    """Every period, the newest first; `mark` is the file that only a demo's folder has."""
    raw, found = root / "data" / "raw", []
    for name in period_names(raw):
        ready = (root / "data" / "clean" / name / page_words()("file")).exists()
        found.append(Period(name, len(files_of(raw / name)), ready, ready and is_fresh(root, name), (raw / name / mark).exists()))
    return found


def is_fresh(root: Path, period: str) -> bool:
    """Are the results what a run would give now? Files, mappings or rules may have changed since."""
    from pipeline.correct.history import input_files, periods_up_to

    made_of = _manifest(root, period).get("inputs_key")
    if made_of is None:
        return True
    raw = root / "data" / "raw"
    paths = input_files(root, [raw / n for n in periods_up_to(raw, period)])
    return bool(made_of == _key(root, period, tuple((p, s.st_mtime_ns, s.st_size) for p in paths for s in (p.stat(),))))


@lru_cache(maxsize=32)
def _key(root: Path, period: str, seen: tuple[Any, ...]) -> str:
    """The hash of everything; read again only where a file's date or size is another."""
    from pipeline.correct.history import inputs_key

    return inputs_key(root, period)


def _manifest(root: Path, period: str) -> dict[str, Any]:
    try:
        found = json.loads((root / "data" / "clean" / period / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def given(root: Path, period: str) -> list[Given]:
    """The period's files with what the last run made of each."""
    folder, manifest = root / "data" / "raw" / period, _manifest(root, period)
    said: dict[str, list[str]] = {}
    for one in manifest.get("inputs", ()):
        said.setdefault(one["file"], []).append(_said(one))
    for one in manifest.get("returned", ()):
        if one["period"] == period:
            line = words()("answers_read", rows=one["rows"]) if one["rows"] else words()("no_answers")
            said.setdefault(f"{RETURNED}/{one['file']}", []).append(line)
    names = [(path.relative_to(folder).as_posix(), path.stat().st_size) for path in files_of(folder)]
    return [Given(name, size, tuple(said.get(name, ()))) for name, size in names]


def _said(one: Mapping[str, Any]) -> str:
    """One line of the manifest's inputs for people."""
    if one["source"] is None or one["note"]:
        tab = words()("tab", tab=one["tab"]) if one["tab"] else ""
        return tab + str(one["note"] or words()("unknown_table"))
    return words()("was_table", title=one["recognised_as"], rows=one["rows"] - one["refused"])


def take_out(raw: Path, period: str, name: str) -> Path | None:
    """Move a file out of the period into a folder that no run reads; nothing is ever deleted. None where there is no such file."""
    folder = raw / period
    path = next((p for p in files_of(folder) if p.relative_to(folder).as_posix() == name), None)
    return None if path is None else put_aside(path, folder)


def result_files(folder: Path) -> list[str]:
    """Every file of the results by its path; what only points out of the folder is none of them."""
    inside = folder.resolve()
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.resolve().is_relative_to(inside))


def groups(folder: Path, known: Mapping[str, str]) -> list[Group]:
    """The results as an officer looks for them: in the order of `known`, which says what each is; the rest at the end."""
    files = result_files(folder)
    tops = list(dict.fromkeys(f.split("/")[0] for f in files))
    order = [*(n for n in known if n in tops), *(t for t in tops if t not in known)]
    return [Group(top, known.get(top, ""), tuple(f for f in files if f.split("/")[0] == top), (folder / top).is_dir()) for top in order]


def zipped(folder: Path, files: Sequence[str] | Iterable[str]) -> Path:
    """Some files of the folder as a zip in a temporary file."""
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name in files:
            package.write(folder / name, name)
    return Path(target.name)
