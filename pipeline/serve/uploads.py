"""A file sent by the browser is an input like any other: its name, kind and size are checked before it is kept."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, BinaryIO

from pipeline.demo import MARK
from pipeline.period import free_name
from pipeline.read.files import RETURNED, TEXTS, WORKBOOKS
from pipeline.serve import words

MEGABYTE = 1 << 20
AT_ONCE = 300 * MEGABYTE
FILES_AT_ONCE = 200
UNPACKED = 2000 * MEGABYTE
PACKAGE = ".zip"
TYPES = (*sorted(WORKBOOKS | TEXTS), PACKAGE)
PERIOD = re.compile(r"20\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])\s*(\..*)?")  # names that Windows keeps for devices
_LONGEST = 150  # bytes: a path on Windows may have 260 characters, and a name on Linux 255 bytes


class Refused(Exception):
    """What was sent is not kept; the text says why."""


@dataclass(frozen=True)
class Kept:
    """One file as it was put away, and what there is to say of it."""

    path: Path
    remark: str = ""


def period_folder(raw: Path, period: str, kind: str) -> Path:
    """The folder a file goes into. Raises Refused."""
    if not PERIOD.fullmatch(period) and not (period and (raw / period).is_dir() and raw / period in raw.iterdir()):
        raise Refused(words()("bad_period"))
    if kind not in words().names("kinds"):
        raise Refused(words()("bad_kind"))
    if (raw / period / MARK).exists() and kind != RETURNED:  # its lists may be tried out, filled in, as anybody's
        raise Refused(words()("demo_period", period=period))
    return raw / period / kind if kind else raw / period


def safe_name(sent: str) -> str:
    """The last part of what was sent as a name, if a file may be called so everywhere. Raises Refused."""
    name = PurePosixPath(PureWindowsPath(sent).name).name.strip()
    if not name or name.startswith((".", "~$")) or name.endswith(".") or _FORBIDDEN.search(name) or _RESERVED.fullmatch(name):
        raise Refused(words()("bad_name", name=_shortened(_FORBIDDEN.sub("_", name))))
    if len(name.encode("utf-8", "replace")) > _LONGEST:
        raise Refused(words()("long_name", name=_shortened(name)))
    if not name.lower().endswith(TYPES):
        raise Refused(words()("bad_type", name=name))
    return name


def _shortened(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:25]}……{name[-10:]}"


def keep(stream: BinaryIO, sent: str, folder: Path) -> Iterator[Kept | Refused]:
    """Put one file away under its own name, or the files of a package, never over another; each as it comes, or why it was refused."""
    try:
        name = safe_name(sent)
        if name.lower().endswith(PACKAGE):
            yield from _unpack(stream, name, folder)
        else:
            yield _keep_one(stream, name, folder)
    except Refused as why:
        yield why


def _keep_one(stream: IO[bytes], name: str, folder: Path) -> Kept:
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


def _put(new: Path, wanted: Path) -> Kept:
    """The new file in its place; the same one twice is kept once."""
    size = new.stat().st_size
    others = sorted(p for p in wanted.parent.iterdir() if p.is_file() and p != new and p.stat().st_size == size)
    twin = next((p for p in others if _digest(p) == _digest(new)), None)
    if twin is not None:
        return Kept(twin, words()("same") if twin.name == wanted.name else words()("same_as", name=twin.name))
    path = free_name(wanted)
    new.rename(path)
    return Kept(path, words()("renamed", name=path.name) if path != wanted else "")


def _digest(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _unpack(stream: BinaryIO, name: str, folder: Path) -> Iterator[Kept | Refused]:
    """The files in a package, without their folders. Raises Refused where the package as a whole cannot be used."""
    try:
        with zipfile.ZipFile(stream) as package:
            parts = [(part, inner) for part in package.infolist() if not part.is_dir() and (inner := _name_in(part)) and not _is_litter(inner)]
            if sum(part.file_size for part, _ in parts) > UNPACKED:
                raise Refused(words()("bomb", name=name))
            if len(parts) > FILES_AT_ONCE:
                raise Refused(words()("too_many", limit=FILES_AT_ONCE))
            if any(part.flag_bits & 1 for part, _ in parts):
                raise Refused(words()("locked_package", name=name))
            for part, inner in parts:
                with package.open(part) as content:
                    yield _of_package(content, inner, folder)
    except (zipfile.BadZipFile, NotImplementedError, EOFError):
        raise Refused(words()("bad_package", name=name)) from None


def _of_package(content: IO[bytes], inner: str, folder: Path) -> Kept | Refused:
    try:
        if inner.lower().endswith(PACKAGE):
            raise Refused(words()("nested_package", name=_shortened(inner)))
        return _keep_one(content, safe_name(inner), folder)
    except Refused as why:
        return why


def _name_in(part: zipfile.ZipInfo) -> str:
    """The last part of the name, as it was meant: Windows packs Chinese names in its own code page without saying so."""
    name = part.filename
    if not part.flag_bits & 0x800:
        try:
            packed = name.encode("cp437")
            name = packed.decode("utf-8") if _is_utf8(packed) else packed.decode("gb18030")
        except UnicodeError:
            pass
    return PurePosixPath(name.replace("\\", "/")).name


def _is_utf8(packed: bytes) -> bool:
    try:
        packed.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_litter(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in ("thumbs.db", "desktop.ini")


def unpacked(path: Path) -> int:
    """How large a workbook says it is when unpacked; 0 for what is no zip."""
    try:
        with zipfile.ZipFile(path) as package:
            return sum(part.file_size for part in package.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return 0
