"""The words of mappings/wording.yml, and of mappings/report.yml beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.shipped import shipped
from pipeline.spec.yamlfile import load

WORDING = shipped() / "mappings" / "wording.yml"


class Words:
    """Wording by dotted key: words("fixlist.title", village=…); a missing key stops the run."""

    def __init__(self, content: Mapping[str, Any], name: str) -> None:
        self._content = content
        self._name = name

    def get(self, key: str) -> Any:
        node: Any = self._content
        for part in key.split("."):
            if not isinstance(node, Mapping) or part not in node:
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


@cache
def wording(path: Path = WORDING) -> Words:
    file = load(path, f"mappings/{path.name}")
    if file.mistakes:
        raise ValueError("\n".join(map(str, file.mistakes)))
    return Words(file.data, file.name)


def page_words() -> Words:
    """The words of mappings/report.yml: what 校验报告 says and shows."""
    return wording(WORDING.with_name("report.yml"))


def worded(values: pd.Series, key: str) -> pd.Series:
    """Values by the words that wording.yml has for them under `key`; one it does not know stays as it is."""
    return values.replace(wording().names(key)) if len(values) else values
