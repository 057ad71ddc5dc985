"""The files of mappings/ that hold words for people: read, and checked against those that came with the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

from pipeline.shipped import shipped
from pipeline.spec.yamlfile import Mistake, load

SENTENCES = ("wording.yml", "report.yml", "serve.yml", "visit.yml")
"""Files whose texts have a {…} that the program fills in."""


def read_words(path: Path, name: str) -> Mapping[str, Any]:
    """The content of one file. Raises SpecError where it cannot be read."""
    from pipeline.spec import SpecError

    file = load(path, name)
    mistakes = file.mistakes or ([] if isinstance(file.data, dict) else [Mistake(name, 1, "里面应是“键: 值”的样子")])
    if mistakes:
        raise SpecError(mistakes)
    content: Mapping[str, Any] = file.data
    return content


def check_words(root: Path) -> None:
    """Raises SpecError with every mistake of form in the files directly in mappings/, which no other check looks at."""
    from pipeline.spec import SpecError

    files = [load(path, f"mappings/{path.name}") for path in sorted((root / "mappings").glob("*.yml"))]
    mistakes = [mistake for file in files for mistake in file.mistakes]
    for file in files:
        if Path(file.name).name in SENTENCES and not file.mistakes:
            ours = load(shipped() / file.name, file.name)
            mistakes += [Mistake(file.name, file.line(*path), said) for path, said in _unlike(file.data, ours.data)]
    if mistakes:
        raise SpecError(mistakes)


def _unlike(theirs: Any, ours: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where a project's words cannot stand in the place of ours, and why: no text, or a {…} that nothing fills in."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for key in (k for k in theirs if k in ours):
            yield from _unlike(theirs[key], ours[key], (*path, key))
    elif type(ours) is not type(theirs) and not (isinstance(ours, int | float) and isinstance(theirs, int | float)):
        yield path, f"{path[-1] if path else '这里'} 应当和原来一样，是文字、列表或“键: 值”；像数字的文字要加引号"
    elif isinstance(ours, str) and (unknown := _slots(theirs) - _slots(ours)):
        yield path, f"{path[-1]} 里的 {{{min(unknown)}}} 没有东西可填，可以写 {'、'.join(f'{{{s}}}' for s in sorted(_slots(ours))) or '的一个也没有'}"


def _slots(text: str) -> set[str]:
    """The names in {…}; a brace left open is one that nothing fills in."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {""}
