"""A file sent by the browser is an input like any other: its name, kind and size are checked before it is kept."""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from pipeline.demo import MARK
from pipeline.serve import words

MEGABYTE = 1 << 20
AT_ONCE = 300 * MEGABYTE
FILES_AT_ONCE = 60
UNPACKED = 2000 * MEGABYTE
TYPES = (".xlsx", ".xlsm", ".xls", ".csv")
PERIOD = re.compile(r"20\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class Refused(Exception):
    """What was sent is not kept; the text says why."""


@dataclass(frozen=True)
class Kept:
    """One file as it was put away, and what there is to say of it."""

    path: Path
    remark: str = ""


def period_folder(raw: Path, period: str, kind: str) -> Path:
    """The folder a file goes into. Raises Refused."""
    if not PERIOD.fullmatch(period):
        raise Refused(words()("bad_period"))
    if kind not in words().names("kinds"):
        raise Refused(words()("bad_kind"))
    if (raw / period / MARK).exists():
        raise Refused(words()("demo_period", period=period))
    return raw / period / kind if kind else raw / period


def safe_name(sent: str) -> str:
    """The last part of what was sent as a name, if a file may be called so everywhere. Raises Refused."""
    name = PurePosixPath(PureWindowsPath(sent).name).name.strip()
    if not name or name.startswith((".", "~$")) or _FORBIDDEN.search(name) or _RESERVED.fullmatch(name) or len(name.encode()) > 200:
        raise Refused(words()("bad_name", name=_FORBIDDEN.sub("_", name)[:80]))
    if not name.lower().endswith(TYPES):
        raise Refused(words()("bad_type", types=" ".join(TYPES), name=name))
    return name


def keep(stream: BinaryIO, sent: str, folder: Path) -> Kept:
    """Put one file away under its own name, never over another. Raises Refused."""
    name = safe_name(sent)
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f".new-{name}"
    try:
        with new.open("wb") as target:
            shutil.copyfileobj(stream, target, MEGABYTE)
        if unpacked(new) > UNPACKED:
            raise Refused(words()("bomb", name=name))
        return _put(new, folder / name)
    finally:
        new.unlink(missing_ok=True)


def _put(new: Path, path: Path) -> Kept:
    number, wanted = 1, path
    while path.exists():
        if path.read_bytes() == new.read_bytes():
            return Kept(path, words()("same"))
        number += 1
        path = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
    new.rename(path)
    return Kept(path, words()("renamed", name=path.name) if number > 1 else "")


def unpacked(path: Path) -> int:
    """How large a workbook says it is when unpacked; 0 for what is no zip."""
    try:
        with zipfile.ZipFile(path) as package:
            return sum(part.file_size for part in package.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return 0
