"""A page taken apart as a reader, or a program, would meet it: every stretch of text with the place it stands at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

Part = tuple[str, str]
"""(place, text): the place is a section's id, or `data.<table>.<column>` for what the page's script reads."""
WITHIN = frozenset({"a", "abbr", "b", "bdi", "code", "em", "font", "i", "label", "mark", "s", "small", "span", "strong", "sub", "sup", "u", "wbr"})
"""Tags that do not end a word: a number cut up by them is read on as one."""
_SAID = re.compile(r"[A-Za-z_]\w{0,30}")  # a key of ours; any other stays out of a place, it may be a value
HEAD = "head"


def parts(page: str) -> list[Part]:
    """Every text, attribute, comment and cell of data in a page."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    reader.end()
    return reader.found


class _Reader(HTMLParser):
    """Keeps the text of each block in one piece, whatever tags stand within it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Part] = []
        self._at = HEAD
        self._block: list[str] = []
        self._data: str | None = None

    def end(self) -> None:
        """The block is over."""
        text = "".join(self._block)
        if text.strip():
            self.found.append((self._at, text))
        self._block = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in WITHIN:
            self.end()
        said = dict(attrs)
        name = said.get("id") or ""
        if tag in ("section", "h2", "h3") and _SAID.fullmatch(name.replace("-", "_")):
            self._at = name
        for value in said.values():
            if value:
                self.found.extend((self._at, text) for text in {value, unquote(value)})
        if tag == "script":
            self._data = "" if said.get("type") == "application/json" else None

    def handle_endtag(self, tag: str) -> None:
        if tag not in WITHIN:
            self.end()
        if tag == "script" and self._data is not None:
            self.found.extend(of_data(self._data))
            self._data = None

    def handle_data(self, data: str) -> None:
        if self._data is None:
            self._block.append(data)
        else:
            self._data += data

    def handle_comment(self, data: str) -> None:
        self.found.append((self._at, data))

    def handle_decl(self, decl: str) -> None:
        self.found.append((self._at, decl))

    def handle_pi(self, data: str) -> None:
        self.found.append((self._at, data))

    def unknown_decl(self, data: str) -> None:
        self.found.append((self._at, data))


def of_data(text: str) -> list[Part]:
    """Every text and number of a page's data; of what cannot be read, the text as it is."""
    try:
        return list(_leaves(json.loads(text), "data"))
    except ValueError:
        return [("data", text)]


def _leaves(node: Any, at: str) -> Iterator[Part]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield at, str(key)
            yield from _leaves(value, f"{at}.{key}" if _SAID.fullmatch(key) and at.count(".") < 2 and key != "columns" else at)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value, at)
    elif isinstance(node, float):
        yield at, f"{node:.0f}" if node.is_integer() else repr(node)
    elif node is not None and not isinstance(node, bool):
        yield at, str(node)
