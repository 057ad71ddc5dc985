"""Reading our own YAML with every mistake noted at its line, so that all can be mended in one go."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from rapidfuzz import fuzz, process

from pipeline.spec.yamlfile import YamlFile


def suggestion(word: object, known: Iterable[str]) -> str:
    """“，是否想写 x？” when something alike is known, else nothing."""
    best = process.extractOne(str(word), sorted(map(str, known)), scorer=fuzz.ratio, score_cutoff=60)
    return f"，是否想写 {best[0]}？" if best else ""


class Node:
    """A mapping of one of our files, at its place, that notes what is wrong with it."""

    def __init__(self, file: YamlFile, *path: str | int) -> None:
        self.file, self.path = file, path
        value: Any = file.data
        for step in path:
            value = value[step]
        self.value: dict[Any, Any] = value if isinstance(value, dict) else {}
        if value is not None and not isinstance(value, dict):
            file.blame("这里应当是“键: 值”的一组，不是单个值", *path)

    @property
    def line(self) -> int:
        """The line this mapping starts on."""
        return self.file.line(*self.path)

    def blame(self, message: str, *path: str | int) -> None:
        """Note a mistake at a place inside this mapping."""
        self.file.blame(message, *self.path, *path)

    def only(self, known: Collection[str], what: str) -> None:
        """Refuse keys nobody knows."""
        for key in self.value:
            if key not in known:
                self.blame(f"{what}没有 {key} 这个键{suggestion(key, known)}", key)

    def child(self, key: str | int) -> Node:
        """The mapping under a key."""
        return Node(self.file, *self.path, key)

    def text(self, key: str, default: str = "", required: bool = False) -> str:
        """The text under a key; a bare number where text is meant is refused."""
        value = self.value.get(key)
        if value is None:
            if required:
                self.blame(f"缺少 {key}", *([key] if key in self.value else []))
            return default
        return self._as_text(value, key)

    def maybe_text(self, key: str) -> str | None:
        """As text, None where the key is absent or null."""
        return self._as_text(self.value[key], key) if self.value.get(key) is not None else None

    def _as_text(self, value: object, *path: str | int) -> str:
        if isinstance(value, bool | int | float):
            self.blame(f"{path[-1] if isinstance(path[-1], str) else value} 的值 {value} 要加引号（否则会被当成数，前面的 0 会丢）", *path)
        elif not isinstance(value, str):
            self.blame(f"{path[-1]} 应当是一段文字", *path)
        return str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts under a key; one text counts as a list of one."""
        value = self.value.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            return (self._as_text(value, key),)
        return tuple(self._as_text(item, key, number) for number, item in enumerate(value))

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false under a key."""
        value = self.value.get(key, default)
        if not isinstance(value, bool):
            self.blame(f"{key} 只能写 true 或 false", key)
            return default
        return value

    def number(self, key: str, default: float) -> float:
        """The number under a key."""
        value = self.value.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.blame(f"{key} 应当是一个数", key)
            return default
        return float(value)

    def items(self, key: str) -> list[Node]:
        """The mappings of the list under a key."""
        value = self.value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.blame(f"{key} 应当是一个列表，每项以“- ”开头", key)
            return []
        return [Node(self.file, *self.path, key, number) for number in range(len(value))]

    def mapping(self, key: str) -> dict[str, Node]:
        """The named mappings under a key."""
        value = self.value.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.blame(f"{key} 下面应当是“名字: {{…}}”", key)
            return {}
        return {str(name): Node(self.file, *self.path, key, name) for name in value}

    def choice(self, key: str, known: Collection[str], default: str) -> str:
        """One of the known words."""
        value = self.text(key, default)
        if value not in known:
            self.blame(f"{key} 不能写 {value}{suggestion(value, known)}（可写：{'、'.join(sorted(known))}）", key)
            return default
        return value
