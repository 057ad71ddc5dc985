"""csv and other text files → a grid. utf-8, utf-16 with its mark, gb18030 (never gbk, which loses rare names)."""

from __future__ import annotations

import codecs
import csv
import sys
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pipeline.read.model import Grid, Row, Trouble, Unreadable

_MARKS = [(codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")]


def decode(data: bytes, file: str) -> str:
    """The text of a file's bytes; Unreadable where they are none of the encodings a Chinese office uses."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding, file)
    if b"\0" in data:
        raise Unreadable("encoding", file)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:  # cut in the middle of the last character
            return data[: error.start].decode("utf-8")
    text = _strict(data, "gb18030", file)
    if not _is_plausible(text):
        raise Unreadable("encoding", file)
    return text


def _strict(data: bytes, encoding: str, file: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("encoding", file) from None


def _is_plausible(text: str) -> bool:
    """Whether text decoded as gb18030 was: other encodings come out as characters that hardly anyone uses."""
    foreign = [character for character in text[:50_000] if character > "\x7f"]
    usual = len("".join(foreign).encode("gb2312", "ignore")) // 2
    return usual * 10 >= len(foreign) * 7


def csv_grid(path: Path, file: str) -> tuple[Grid, list[Trouble]]:
    """The file as one grid. Rows count as Excel counts them: a record is a row, however many lines it takes."""
    text = decode(path.read_bytes(), file)
    csv.field_size_limit(sys.maxsize)
    # The text is split at \n only, as csv wants it: str.splitlines would also break at U+2028 and \x1c inside a cell.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    separator = _separator(lines)
    troubles = _open_quote(lines, separator, file)
    return Grid(path.stem, False, _rows(lines, separator, dressed='="' in text or "'" in text)), troubles


def _separator(lines: list[str]) -> str:
    """The character that splits the first lines into the most cells, evenly."""

    def score(separator: str) -> int:
        widths = [len(row) for row in islice(_records(lines, separator), 50)]
        return sum(width - 1 for width in widths if width > 1)

    return max(",\t;|", key=score)  # the first of equals: a comma


def _records(lines: list[str], separator: str) -> Iterator[Row]:
    return csv.reader((line + "\n" for line in lines), delimiter=separator)


def _rows(lines: list[str], separator: str, dressed: bool) -> Iterator[Row]:
    rows = _records(lines, separator)
    return ([_bare(cell) for cell in row] for row in rows) if dressed else rows


def _bare(cell: str) -> str:
    """A cell without what was put around it to keep Excel from making it a number: ="5199…" or '5199…"""
    if cell.startswith('="') and cell.endswith('"') and len(cell) >= 3:
        return cell[2:-1]
    return cell[1:] if cell.startswith("'") and len(cell) > 1 else cell


def _open_quote(lines: list[str], separator: str, file: str) -> list[Trouble]:
    """A word where a quotation mark never closed and the rest of the file sits in one cell."""
    tail = sum(line.count('"') for line in lines) % 2
    if not tail:
        return []
    [(row, last)] = deque(enumerate(_records(lines, separator), 1), maxlen=1)
    return [Trouble("open_quote", file, Path(file).stem, row)] if any(cell.count("\n") >= 2 for cell in last) else []
