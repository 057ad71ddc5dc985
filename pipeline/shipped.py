"""Where the mappings and rules are that came with the program: beside it in a checkout, inside it when installed."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

KNOWLEDGE = ("mappings", "expectations")
STARTER = "双击打开.bat"
_STARTER = """@echo off
rem 双击这个文件，在浏览器里打开清洗。用完关掉这个窗口。
title qingxi
cd /d "%~dp0"
if exist pyproject.toml goto checkout
where qingxi >nul 2>nul
if not errorlevel 1 goto installed
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
    write_starter(folder)
    return folder


def write_starter(folder: Path) -> Path:
    """A file that opens the project in the browser by a double-click on Windows; cmd reads it in the code page of Chinese Windows."""
    path = folder / STARTER
    path.write_bytes(_STARTER.replace("\n", "\r\n").encode("gbk"))
    return path
