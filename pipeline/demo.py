"""The invented township of `qingxi demo`, never laid over anybody's real data."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

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
        shutil.rmtree(folder)
    report = write_township(raw, period=PERIOD, scale=scale, clean=clean, departments=True)
    for folder in (report.folder, report.previous):
        (folder / MARK).write_text("invented data of qingxi demo\n", encoding="utf-8")
    return Demo(report.folder, report.truth, report.households, report.members, report.files, report.planted)


def demo_folders(raw: Path) -> list[Path]:
    """The periods that a demo made."""
    return sorted(p for p in raw.iterdir() if p.is_dir() and (p / MARK).exists()) if raw.is_dir() else []


def clear_demo(root: Path) -> list[str]:
    """Take the invented periods away, with their results; nobody's own files are among them. The periods that are gone."""
    folders = demo_folders(root / "data" / "raw")
    for folder in folders:
        shutil.rmtree(root / "data" / "clean" / folder.name, ignore_errors=True)
        shutil.rmtree(folder)
    if folders:
        shutil.rmtree(root / "data" / "sample_truth", ignore_errors=True)
    return [folder.name for folder in folders]
