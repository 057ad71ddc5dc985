"""The invented township of `qingxi demo`, never laid over anybody's real data."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from pipeline.period import put_aside

MARK = ".demo"
PERIOD = "2022-05"


class NotADemo(Exception):
    """data/raw holds data that no demo made; the text says so in Chinese."""


@dataclass(frozen=True)
class Demo:
    """What was made."""

    folder: Path
    truth: Path
    households: int
    members: int
    files: tuple[Path, ...]
    planted: dict[str, int]


def make_demo(root: Path, clean: bool = False, scale: float = 1.0) -> Demo:
    """Write the invented township and its departments' lists into data/raw. Raises NotADemo rather than touch a folder it did not make."""
    from pipeline.sample import write_township

    raw = root / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    mine = demo_folders(raw)
    others = sorted(p.name for p in raw.iterdir() if p.is_dir() and p not in mine and not p.name.startswith((".", "_")))
    if others:
        raise NotADemo(f"{raw} 里已有数据（{'、'.join(others)}），演示不会动它。请换一个空的项目文件夹运行演示，或先把这些文件夹移走。")
    for folder in mine:
        _take_away(folder)
    report = write_township(raw, period=PERIOD, scale=scale, clean=clean, departments=True)
    for folder in (report.folder, report.previous):
        _mark(folder)
    return Demo(report.folder, report.truth, report.households, report.members, report.files, report.planted)


def demo_folders(raw: Path) -> list[Path]:
    """The periods that a demo made."""
    return sorted(p for p in raw.iterdir() if p.is_dir() and (p / MARK).exists()) if raw.is_dir() else []


def _mark(folder: Path) -> None:
    """Note which files the demo made, and what is in them: anything else in the folder is somebody's own."""
    made = {path.relative_to(folder).as_posix(): _digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    (folder / MARK).write_text(json.dumps(made, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def _take_away(folder: Path) -> None:
    """Remove a demo's folder. What the demo did not make is moved where no run reads it, never deleted."""
    try:
        made = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except ValueError:
        made = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "~$"))):
        name = path.relative_to(folder).as_posix()
        if made.get(name) != _digest(path):
            put_aside(path, folder)
    shutil.rmtree(folder)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def clear_demo(root: Path) -> list[str]:
    """Take the invented periods away, with their results; files that somebody put among them are kept aside. The periods that are gone."""
    folders = demo_folders(root / "data" / "raw")
    for folder in folders:
        shutil.rmtree(root / "data" / "clean" / folder.name, ignore_errors=True)
        _take_away(folder)
    if folders:
        shutil.rmtree(root / "data" / "sample_truth", ignore_errors=True)
    return [folder.name for folder in folders]
