"""docs/提示.md: everything the program may say, taken from where it says it, so that the page cannot fall behind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.report.words import page_words, wording
from pipeline.spec import Spec

PAGE = Path("docs") / "提示.md"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SLOT = re.compile(r"\{[^{}]*\}")
_SAID = ("sentence", "_disk", "_fault")  # functions of cli.py that return what is said
_HEAD = """# 全部提示

这一页由 `qingxi check --write-docs` 从程序和 expectations/ 里生成，请不要手改。“…”处是当时的文件、行、村等。
"""


def messages_page(spec: Spec) -> str:
    """The whole page; the same program gives the same text."""
    severities = wording().names("severity_short")
    problems = sorted({(p.id, p.name, severities[p.severity], _plain(p.message), _plain(p.fix)) for p in spec.problems.values()})
    screen = sorted({*spoken(Path(__file__).parent), _plain(page_words()("share.refused"))})
    return "\n".join(
        [
            _HEAD,
            "## 屏幕上说的\n\n程序停下来、没有做完的时候说的话。每句都写了怎么办；原来的结果都没有动。\n",
            *(f"- {text}" for text in screen),
            "\n## 问题清单里说的（文件、表头、单元格）\n\n规则说的话见[规则](规则.md)。\n",
            "| 编号 | 是什么 | 等级 | 意思 | 怎么办 |",
            "|---|---|---|---|---|",
            *("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in problems),
            "",
        ]
    )


def spoken(package: Path) -> Iterator[str]:
    """Every Chinese sentence with which a module of the package stops or refuses."""
    for path in sorted(package.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for said in _arguments(node, path.stem):
                text = _text(said)
                if _CHINESE.search(text) and len(text) > 6:
                    yield text


def _arguments(node: ast.AST, module: str) -> Iterator[ast.expr]:
    """What a statement that ends the program says."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
        yield node.exc.args[0]
    elif isinstance(node, ast.Call) and node.args and (getattr(node.func, "id", "") == "_stop" or getattr(node.func, "attr", "") == "__init__"):
        yield node.args[0]
    elif isinstance(node, ast.FunctionDef) and module == "cli" and node.name in _SAID:
        yield from (part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value is not None)


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
