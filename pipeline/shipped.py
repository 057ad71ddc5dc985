"""Where the mappings and rules are that came with the program: beside it in a checkout, inside it when installed."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

KNOWLEDGE = ("mappings", "expectations")
RECORD = ".qingxi.json"
NEWER = ".新版"
STARTER = "双击打开.bat"
_STARTER = """@echo off
rem 双击这个文件，在浏览器里打开清洗。用完关掉这个窗口。
title qingxi
cd /d "%~dp0"
where qingxi >nul 2>nul
if not errorlevel 1 goto installed
if exist pyproject.toml goto checkout
where py >nul 2>nul
if not errorlevel 1 goto python
echo 没有找到 qingxi。请先照手册“第一次安装”装好。
goto end
:checkout
py -m uv run qingxi serve
goto end
:installed
qingxi serve
goto end
:python
py -m pipeline serve
:end
echo.
pause
"""


_project: list[Path] = []       # the folder whose own mappings/ and expectations/ hold for this process, once it is known


class NotEmpty(Exception):
    """A project would be laid over files that are already there; the text says so in Chinese."""


@cache
def shipped() -> Path:
    """The folder that holds our mappings/ and expectations/."""
    inside = Path(__file__).parent / "shipped"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[1]


def use_project(root: Path) -> None:
    """From now on the words are those of this project's folder: what an officer changes there is what everybody sees."""
    _project[:] = [root]


def our_files(name: str) -> tuple[Path, ...]:
    """The files of this name (mappings/wording.yml), the one that counts first: the project's own, then the one that came with the program."""
    return tuple(dict.fromkeys(path for folder in (*_project, shipped()) if (path := folder / name).is_file()))


def make_project(folder: Path) -> Path:
    """A new project in `folder`: our knowledge to be changed there, and places for the data. Raises NotEmpty."""
    there = [name for name in KNOWLEDGE if (folder / name).exists()]
    if there:
        raise NotEmpty(f"{folder} 里已有 {'、'.join(there)}，没有改动。要从头来，请换一个空文件夹。")
    for name in KNOWLEDGE:
        shutil.copytree(shipped() / name, folder / name)
    for name in ("raw", "clean"):
        (folder / "data" / name).mkdir(parents=True, exist_ok=True)
    _record(folder)
    write_starter(folder)
    return folder


@dataclass(frozen=True)
class Update:
    """What a newer program did to a project's mappings and rules, by their paths."""

    renewed: tuple[str, ...]
    kept: tuple[str, ...]


def update_project(folder: Path) -> Update:
    """The knowledge of this program in a project of an older one. What an officer changed stays; its newer form is laid beside it."""
    before, ours = _recorded(folder), _hashes(shipped())
    renewed, kept = [], []
    for name in sorted({*before, *ours}):
        mine = _hash(folder / name)
        if mine == ours.get(name):
            continue
        if mine is None and name in before:  # taken away on purpose, here or by us
            continue
        if mine in (None, before.get(name)):
            _lay(name, folder)
            renewed.append(name)
        elif ours.get(name) != before.get(name):
            _lay(name, folder, NEWER)
            kept.append(name)
    _record(folder)
    write_starter(folder)
    return Update(tuple(renewed), tuple(kept))


def is_behind(folder: Path) -> bool:
    """Does the project hold the knowledge of an older program than this one?"""
    before = _recorded(folder)
    return bool(before) and before != _hashes(shipped())


def _lay(name: str, folder: Path, ending: str = "") -> None:
    """Our file of this name in the project; gone where we have none any more."""
    source, target = shipped() / name, folder / f"{name}{ending}"
    if not source.is_file():
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _record(folder: Path) -> None:
    """Note which form of each file the project was given: by it the next program knows what an officer changed."""
    text = json.dumps(_hashes(shipped()), indent=0, sort_keys=True, ensure_ascii=False)
    (folder / RECORD).write_text(text, encoding="utf-8", newline="\n")


def _recorded(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}


def _hashes(folder: Path) -> dict[str, str]:
    """The files of mappings/ and expectations/ with their content's hash."""
    files = sorted(p for name in KNOWLEDGE for p in (folder / name).rglob("*") if p.is_file() and not p.name.startswith(".") and p.suffix != ".pyc")
    return {path.relative_to(folder).as_posix(): str(_hash(path)) for path in files}


def _hash(path: Path) -> str | None:
    """Of the text, however its lines end; None where there is no file."""
    if not path.is_file():
        return None
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def write_starter(folder: Path) -> Path:
    """A file that opens the project in the browser by a double-click on Windows; cmd reads it in the code page of Chinese Windows."""
    path = folder / STARTER
    path.write_bytes(_STARTER.replace("\n", "\r\n").encode("gbk"))
    return path
