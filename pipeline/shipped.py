"""Where the mappings and rules are that came with the program: beside it in a checkout, inside it when installed."""

from __future__ import annotations

import shutil
from pathlib import Path

KNOWLEDGE = ("mappings", "expectations")


_project: list[Path] = []       # the folder whose own mappings/ and expectations/ hold for this process, once it is known


class NotEmpty(Exception):
    """A project would be laid over files that are already there; the text says so in Chinese."""


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
    return folder
