"""A YAML file as plain values that still know the line they stand on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.spec.compose import composed

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """One thing wrong in one of our own files, at the line where it can be mended."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.message}"


@dataclass
class YamlFile:
    """The values of one file, and the line of every key and item by its path."""

    name: str
    data: Any
    lines: dict[Path_, int]
    mistakes: list[Mistake] = field(default_factory=list)

    def line(self, *path: str | int) -> int:
        """The line of the nearest known ancestor of `path`, counted from 1."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def blame(self, message: str, *path: str | int) -> None:
        """Note a mistake at `path`."""
        self.mistakes.append(Mistake(self.name, self.line(*path), message))


def load(path: Path, name: str) -> YamlFile:
    """Read one YAML 1.2 file; syntax errors and doubled keys become mistakes, never exceptions."""
    from ruamel.yaml.error import MarkedYAMLError

    file = YamlFile(name, None, {})
    try:
        node = composed(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        file.mistakes.append(Mistake(name, 1, "不是 UTF-8 编码，请用记事本另存为 UTF-8"))
        return file
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        file.mistakes.append(Mistake(name, line, f"写法不符合 YAML：{in_chinese(error.problem or error.context or '')}"))
        return file
    if node is not None:
        file.data = _value(node, (), file)
    return file


# What the parser says, by a piece of its sentence, and what an officer should look for.
SYNTAX = {
    "mapping values are not allowed": "这一行多了一个“: ”，或上一行的值没有写完；值里有冒号时请用双引号括起来",
    "could not find expected ':'": "这一行或上一行少了“: ”（冒号后要有一个空格）",
    "found character '\\t'": "用了制表符（Tab）缩进，请改成空格",
    "cannot start any token": "值以 @ % ` 这样的符号开头，请用双引号括起来",
    "unexpected end of stream": "引号没有成对",
    "unknown escape character": "双引号里有反斜杠 \\，请改用单引号",
    "expected <block end>": "缩进和上一行对不齐，或同一层里混用了“- ”和“键: ”",
    "did not find expected key": "缩进和上一行对不齐",
    "expected ',' or ']'": "方括号 [ ] 没有成对，或其中少了逗号",
    "expected ',' or '}'": "花括号 { } 没有成对，或其中少了逗号",
    "undefined alias": "值以 * 开头，请用双引号括起来",
    "expected alphabetic or numeric": "值以 * 或 & 开头，请用双引号括起来",
    "bad indentation": "缩进和上一行对不齐",
}


def in_chinese(problem: str) -> str:
    """What to look for when the YAML parser says `problem`, which it does in English."""
    return next((said for piece, said in SYNTAX.items() if piece in problem), "请检查这一行和上一行的缩进、冒号后的空格和引号")


def _value(node: Any, path: Path_, file: YamlFile) -> Any:
    file.lines.setdefault(path, node.start_mark.line + 1)
    if node.id == "mapping":
        return dict(_pairs(node, path, file))
    if node.id == "sequence":
        return [_value(item, (*path, number), file) for number, item in enumerate(node.value)]
    return _scalar(node)


def _pairs(node: Any, path: Path_, file: YamlFile) -> Iterator[tuple[Any, Any]]:
    seen: set[Any] = set()
    for key_node, value_node in node.value:
        key = _scalar(key_node) if key_node.id == "scalar" else str(key_node.value)
        here = (*path, key)
        line = key_node.start_mark.line + 1
        if key in seen:
            file.mistakes.append(Mistake(file.name, line, f"{key} 写了两次，只能保留一处"))
            continue
        seen.add(key)
        file.lines[here] = line
        yield key, _value(value_node, here, file)


def _scalar(node: Any) -> Any:
    """The value YAML 1.2 gives a plain scalar; quoted ones stay text."""
    kind = str(node.tag).rsplit(":", 1)[-1]
    text = node.value
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text.replace("_", ""), 0) if not text.lstrip("+-").startswith("0") or len(text) == 1 else int(text, 10)
    if kind == "float":
        return float(text)
    return text
