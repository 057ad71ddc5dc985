"""docs/提示.md: everything the program may say and what to do about it, taken from where it says it, so that the page cannot fall behind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.report.words import Words, wording
from pipeline.spec import Spec

PAGE = Path("docs") / "提示.md"
HERE = Path(__file__).parent
STOP, CHECK = "stop", "check"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_MORE = re.compile("…{2,}")
_SLOT = re.compile(r"\{[^{}]*\}")
_OWN_ADVICE = (re.compile(r"^.+?[。；）]\s*((?:[^。；，]+，)?请.+)$", re.DOTALL), re.compile(r"^.+?[，：]\s*(请.+)$", re.DOTALL))
_SAID = ("sentence", "_disk", "_fault", "_nothing_read")  # functions that return what is said
_BLAME = ("blame", "Mistake", "ExpressionError")  # calls that say what is wrong with a file of mappings/ or expectations/
_OURS = ("sample", "rehearse", "report", "reconcile")  # packages whose errors are ours alone, or whose sentences stand in YAML


def messages_page(spec: Spec) -> str:
    """The whole page; the same program gives the same text."""
    words = advice()
    parts = [words("head"), "# " + words("title") + "\n", words("lead") + "\n"]
    for section in words.names("sections"):
        rows = problem_rows(spec) if section == "problems" else told(section)
        titles = words.get(f"sections.{section}.columns")
        parts += [f"## {words(f'sections.{section}.title')}\n", words(f"sections.{section}.lead") + "\n", _table(titles, rows)]
    return "\n".join(parts)


def advice() -> Words:
    """The words of mappings/messages.yml."""
    return wording("messages.yml")


def problem_rows(spec: Spec) -> list[list[str]]:
    """What the problem list says of files, headers and cells."""
    severities = wording().names("severity_short")
    return [list(row) for row in sorted({(p.id, p.name, severities[p.severity], _plain(p.message), _plain(p.fix)) for p in spec.problems.values()})]


def said(section: str) -> list[str]:
    """Every sentence of one section, in the order of the alphabet: those of the program, and those that messages.yml finds in other files."""
    listed: Mapping[str, Any] = advice().get(f"sections.{section}").get("from", {})
    elsewhere = (_plain(text) for file, keys in listed.items() for key in keys for text in _texts(wording(file).get(key)))
    return sorted({*elsewhere, *(text for kind, text in spoken() if kind == section)})


def told(section: str) -> list[list[str]]:
    """The sentences of a section, those with the same remedy together, and the remedy; what a sentence itself advises is not said twice."""
    together: dict[str, list[str]] = {}
    for text in said(section):
        remedy = todo(section, text) or ""
        together.setdefault(remedy, []).append(text.removesuffix(remedy).strip() if text.endswith(remedy) else text)
    return [["<br>".join(texts), remedy] for remedy, texts in together.items()]


def todo(section: str, text: str) -> str | None:
    """What to do about a sentence: as messages.yml says, else as it says itself; None where nobody says."""
    found = next((str(entry["do"]) for entry in advice().get(f"sections.{section}").get("advice", []) if any(s in text for s in entry["says"])), None)
    return found or next((own[1] for pattern in _OWN_ADVICE if (own := pattern.match(text))), None)


def _texts(value: Any) -> Iterator[str]:
    """The texts in a part of a file of words."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


@cache
def spoken() -> tuple[tuple[str, str], ...]:
    """Every Chinese sentence with which a module stops (STOP), notes something for the user (notes) or blames a file (CHECK)."""
    found: set[tuple[str, str]] = set()
    for path in sorted(HERE.rglob("*.py")):
        if path.relative_to(HERE).parts[0] not in _OURS:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                texts = ((kind, _MORE.sub("…", _text(part))) for kind, part in _arguments(node, path))
                found |= {(kind, text) for kind, text in texts if _CHINESE.search(text) and len(text) > 4}
    return tuple(sorted(found))


def _arguments(node: ast.AST, path: Path) -> Iterator[tuple[str, ast.expr]]:
    """What a statement says to people, by the section it belongs to."""
    if isinstance(node, ast.Call) and node.args:
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
        if name in _BLAME:
            yield from ((CHECK, argument) for argument in node.args)
        elif name == "append" and path.name == "config.py":
            yield CHECK, node.args[0]
        elif name == "append" and isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "notes":
            yield "notes", node.args[0]
        elif name in ("_stop", "__init__"):
            yield STOP, node.args[0]
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args and getattr(node.exc.func, "id", "") not in _BLAME:
        yield STOP, node.exc.args[0]
    elif isinstance(node, ast.Yield) and path.stem == "sentences" and isinstance(node.value, ast.Tuple):
        yield CHECK, node.value.elts[-1]
    elif isinstance(node, ast.FunctionDef) and node.name in _SAID:
        yield from ((STOP, part.value) for part in ast.walk(node) if isinstance(part, ast.Return) and part.value is not None)


def _text(node: ast.expr) -> str:
    """A string of the program with … where something is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value).replace("\n", " ") if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return "…"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + (_text(node.right) or "…")
    return ""


def _plain(text: str) -> str:
    return _SLOT.sub("…", text).replace("\n", " ")


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    titles = list(titles)
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    return "\n".join(lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]) + "\n"
