"""The few things python-calamine does not tell of an OLE file (.xls, or an .xlsx behind a password)."""

from __future__ import annotations

import re
import struct
from itertools import pairwise
from pathlib import Path

_FREE = 0xFFFFFFF0  # sector numbers from here on are marks, not sectors
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_CODES = re.escape(bytes(_ERRORS))
_ERROR_CELL = re.compile(rb"\x05\x02\x08\x00(..)(..)..([" + _CODES + rb"])\x01", re.DOTALL)
_ERROR_FORMULA = re.compile(rb"\x06\x00..(..)(..)..\x02.([" + _CODES + rb"])...\xff\xff", re.DOTALL)
_BOUNDSHEET, _FILEPASS, _EOF = 0x85, 0x2F, 0x0A


def streams(path: Path) -> dict[str, bytes]:
    """Name → content of the file's streams, those small ones left out that live in the mini stream; {} when damaged."""
    data = path.read_bytes()
    try:
        size = 1 << struct.unpack_from("<H", data, 30)[0]
        table = _allocation(data, size)
        folder = _chain(data, struct.unpack_from("<I", data, 48)[0], table, size)
        return dict(_entries(data, folder, table, size))
    except (struct.error, IndexError, ValueError):
        return {}


def _sector(data: bytes, number: int, size: int) -> bytes:
    return data[(number + 1) * size : (number + 2) * size]


def _allocation(data: bytes, size: int) -> list[int]:
    """Which sector follows which."""
    numbers = list(struct.unpack_from("<109I", data, 76))
    following = struct.unpack_from("<I", data, 68)[0]
    for _ in range(len(data) // size + 1):
        if following >= _FREE:
            break
        more = struct.unpack(f"<{size // 4}I", _sector(data, following, size))
        numbers += more[:-1]
        following = more[-1]
    sectors = b"".join(_sector(data, number, size) for number in numbers if number < _FREE)
    return list(struct.unpack(f"<{len(sectors) // 4}I", sectors[: len(sectors) // 4 * 4]))


def _chain(data: bytes, start: int, table: list[int], size: int) -> bytes:
    parts: list[bytes] = []
    while start < _FREE and len(parts) <= len(table):
        parts.append(_sector(data, start, size))
        start = table[start]
    return b"".join(parts)


def _entries(data: bytes, folder: bytes, table: list[int], size: int) -> list[tuple[str, bytes]]:
    found = []
    for at in range(0, len(folder) - 127, 128):
        length = struct.unpack_from("<H", folder, at + 64)[0]
        name = folder[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        kind, start, total = folder[at + 66], *struct.unpack_from("<II", folder, at + 116)
        if kind == 2:
            found.append((name, _chain(data, start, table, size)[:total] if total >= 4096 else b""))
    return found


def is_locked(parts: dict[str, bytes]) -> bool:
    """Whether a password keeps the workbook shut."""
    return "EncryptedPackage" in parts or any(code == _FILEPASS for code, _ in _records(_workbook(parts)))


def is_workbook(parts: dict[str, bytes]) -> bool:
    return bool({"Workbook", "Book", "EncryptedPackage"} & parts.keys())


def _workbook(parts: dict[str, bytes]) -> bytes:
    return parts.get("Workbook") or parts.get("Book") or b""


def _records(stream: bytes) -> list[tuple[int, bytes]]:
    """The workbook-wide records at the head of the stream."""
    records, at = [], 0
    while at + 4 <= len(stream):
        code, length = struct.unpack_from("<HH", stream, at)
        records.append((code, stream[at + 4 : at + 4 + length]))
        if code in {_EOF, _FILEPASS}:
            break
        at += 4 + length
    return records


def tab_names(parts: dict[str, bytes]) -> list[str]:
    """The tabs' names, in order."""
    names = []
    for code, body in _records(_workbook(parts)):
        if code == _BOUNDSHEET and len(body) >= 8:
            wide = body[7] & 1
            names.append(body[8 : 8 + body[6] * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace"))
    return names


def error_cells(parts: dict[str, bytes]) -> list[dict[tuple[int, int], str]]:
    """Per tab, in order: error cells by (row, column) from 0. A chance likeness of bytes may slip in: the caller
    believes an error only where calamine shows an empty cell."""
    stream = _workbook(parts)
    starts = [struct.unpack_from("<I", body)[0] for code, body in _records(stream) if code == _BOUNDSHEET]
    ends = dict(pairwise([*sorted(starts), len(stream)]))
    return [_errors(stream[start : ends[start]]) for start in starts]


def _errors(tab: bytes) -> dict[tuple[int, int], str]:
    found = [*_ERROR_CELL.findall(tab), *_ERROR_FORMULA.findall(tab)]
    return {
        (struct.unpack("<H", row)[0], struct.unpack("<H", column)[0]): _ERRORS[code[0]] for row, column, code in found
    }
