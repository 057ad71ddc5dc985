"""The words of mappings/wording.yml, and of the files beside it: the project's own, then those that came with the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.shipped import our_files


class Words:
    """Wording by dotted key: words("fixlist.title", village=…); a missing key stops the run.

    What a project's file of an older program does not have yet is said as the program has it (`behind`).
    """

    def __init__(self, content: Mapping[str, Any], name: str, behind: Words | None = None) -> None:
        self._content = content
        self._name = name
        self._behind = behind

    def get(self, key: str) -> Any:
        node: Any = self._content
        for part in key.split("."):
            if not isinstance(node, Mapping) or part not in node:
                if self._behind is not None:
                    return self._behind.get(key)
                raise KeyError(f"{self._name} 没有 {key} 这一项")
            node = node[part]
        return node

    def __call__(self, key: str, **values: object) -> str:
        text = self.get(key)
        if not isinstance(text, str):
            raise TypeError(f"{self._name} 的 {key} 应当是文字，数字请加引号")
        return text.format(**values) if values else text

    def names(self, key: str) -> dict[str, str]:
        """A mapping of words: severity -> what it is called."""
        return {str(k): str(v) for k, v in self.get(key).items()}

    def all(self) -> list[str]:
        """Every text there is."""
        return [text for text in _leaves(self._content) if isinstance(text, str)]

    def has(self, key: str) -> bool:
        try:
            self.get(key)
        except KeyError:
            return False
        return True


def _leaves(node: Any) -> Iterator[Any]:
    if isinstance(node, Mapping):
        for value in node.values():
            yield from _leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value)
    else:
        yield node


def wording(name: str = "wording.yml") -> Words:
    """The words of mappings/<name>. Raises SpecError where the project's own file cannot be read."""
    words: Words | None = None
    for path in reversed(our_files(f"mappings/{name}")):
        words = _read(path, path.stat().st_mtime_ns, words)
    if words is None:
        raise KeyError(f"没有 mappings/{name}")
    return words


@cache
def _read(path: Path, changed: int, behind: Words | None) -> Words:
    """The words of one file as it was at that moment: a page that is open for days says what the file says today."""
    from pipeline.spec.sentences import read_words

    name = f"mappings/{path.name}"
    return Words(read_words(path, name), name, behind)


def page_words() -> Words:
    """The words of mappings/report.yml: what 校验报告 says and shows."""
    return wording("report.yml")


def worded(values: pd.Series, key: str) -> pd.Series:
    """Values by the words that wording.yml has for them under `key`; one it does not know stays as it is."""
    return values.replace(wording().names(key)) if len(values) else values
