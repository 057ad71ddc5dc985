"""Which files of a period's folder are read, and what a file really is whatever its ending says."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from pipeline.read.model import Trouble, Unreadable

WORKBOOKS = {".xlsx", ".xls", ".xlsm", ".xltx", ".xlsb", ".ods"}
TEXTS = {".csv", ".tsv", ".txt", ".htm", ".html"}
RETURNED = "returned"  # filled fix lists: read by correct, not here
_LITTER = {"thumbs.db", "desktop.ini", "ehthumbs.db"}
_LITTER_ENDINGS = {".tmp", ".bak", ".lnk", ".ini", ".part", ".crdownload"}

_MAGIC = [  # first bytes → what the file is
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"%PDF", "PDF"),
    (b"\xff\xd8\xff", "图片"),
    (b"\x89PNG", "图片"),
    (b"GIF8", "图片"),
    (b"{\\rtf", "RTF文档"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"\x09\x08", "old"),
    (b"\x09\x04", "old"),
    (b"\x09\x02", "old"),
    (b"\x09\x00", "old"),
]


def find_files(folder: Path) -> tuple[list[Path], list[Trouble]]:
    """Every file to read below a period's folder, sorted by name; a trouble for each that should not be passed over."""
    files: list[Path] = []
    troubles: list[Trouble] = []

    def locked(error: OSError) -> None:
        troubles.append(Trouble("no_access", name_of(Path(error.filename), folder)))

    for place, subfolders, names in os.walk(folder, onerror=locked):
        here = Path(place)
        subfolders[:] = [n for n in subfolders if not n.startswith(".") and not (here == folder and n == RETURNED)]
        for name in names:
            problem, slots = _objection(name)
            if problem:
                troubles.append(Trouble(problem, name_of(here / name, folder), slots=slots))
            elif not _is_litter(name):
                files.append(here / name)
                if not name.isprintable():
                    troubles.append(Trouble("odd_name", name_of(here / name, folder)))
    return (
        sorted(files, key=lambda path: name_of(path, folder)),
        sorted(troubles, key=lambda trouble: (trouble.file, trouble.problem)),
    )


def name_of(path: Path, folder: Path) -> str:
    """A file's name relative to the period's folder with '/', safe to write down: NFC, undecodable bytes as U+FFFD."""
    relative = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    return unicodedata.normalize("NFC", relative.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _objection(name: str) -> tuple[str, dict[str, str]]:
    """(problem, slots) of a file that is passed over but that the officer may have meant to hand in."""
    if name.startswith("~$"):
        return "still_open", {"original": name[2:]}
    ending = Path(name).suffix.lower()
    if _is_litter(name) or ending in WORKBOOKS | TEXTS:
        return "", {}
    return "unsupported", {"ending": ending or "没有后缀"}


def _is_litter(name: str) -> bool:
    lower = name.lower()
    return lower.startswith((".", "~wrl")) or lower in _LITTER or Path(lower).suffix in _LITTER_ENDINGS


def sniff(path: Path, file: str) -> str:
    """What the file is by its first bytes: zip, ole, html or text. Raises Unreadable for anything that holds no table."""
    with path.open("rb") as stream:
        start = stream.read(4096)
    if not start.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Unreadable("empty_file", file)
    for magic, what in _MAGIC:
        if start.startswith(magic):
            return _of_magic(what, file)
    return _of_text(start, file)


def _of_magic(what: str, file: str) -> str:
    if what in {"zip", "ole"}:
        return what
    if what == "old":
        raise Unreadable("old_excel", file)
    raise Unreadable("not_a_table", file, slots={"what": what})


def _of_text(start: bytes, file: str) -> str:
    """html or text, by the markup a text file begins with."""
    lower = start.replace(b"\0", b"").lower()
    if b"mime-version:" in lower[:200]:
        raise Unreadable("web_archive", file)
    if b"urn:schemas-microsoft-com:office:spreadsheet" in lower or b'progid="excel.sheet"' in lower:
        raise Unreadable("xml_2003", file)
    if any(tag in lower for tag in (b"<html", b"<table", b"<!doctype html", b"<head", b"<meta")):
        return "html"
    return "text"
