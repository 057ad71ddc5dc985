"""Which folders of data/raw a run reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TAKEN_OUT = "_取出"  # a folder of data/raw that no run reads, as its name begins with _


class NothingToDo(Exception):
    """There is no such period, or nothing in it; the text says so in Chinese."""


@dataclass(frozen=True)
class Period:
    """One period's folder, and the one before it if there is one."""

    name: str
    folder: Path
    previous: Path | None


def find_period(raw: Path, wanted: str | None) -> Period:
    """The named period, else the newest; the one before it is last month's export. Raises NothingToDo."""
    names = sorted(p.name for p in raw.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))) if raw.is_dir() else []
    if not names:
        raise NothingToDo(f"{raw} 里没有数据。请新建一个文件夹（如 2022-05），把导出的表放进去，再运行。想先看看效果，可运行 qingxi demo。")
    if wanted is None:
        wanted = names[-1]
    if wanted not in names:
        raise NothingToDo(f"{raw} 里没有 {wanted} 这个文件夹，现有：{'、'.join(names)}。")
    before = [n for n in names if n < wanted]
    return Period(wanted, raw / wanted, raw / before[-1] if before else None)


def put_aside(path: Path, folder: Path) -> Path:
    """Move a file of a period where no run reads it; nothing that people put in is ever deleted. Where it is now."""
    target = free_name(folder.parent / TAKEN_OUT / folder.name / path.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    return path.rename(target)


def free_name(wanted: Path) -> Path:
    """This path, or the same with a number that no file has yet."""
    path, number = wanted, 1
    while path.exists():
        number += 1
        path = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
    return path
