"""The rules' language: a yes/no question over one row, in a small part of Python's syntax.

`$name` is a standard, `@name(…)` a function of checks.py, `relation.column` a column of the one related row,
`any(relation, …)` a question about the many related rows. Nothing here runs: text in, checked tree out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

STANDARD = "standard"  # $line is parsed as standard.line
CHECK = "check"  # @first18(x) is parsed as check.first18(x)
OUTER = "outer"  # outer.x: a column of the row outside an any(…)
EACH = "it"

_TOKENS = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\$([A-Za-z_]\w*)|@([A-Za-z_]\w*)""")
_ALLOWED = (
    ast.Expression,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.UnaryOp,
    ast.Not,
    ast.USub,
    ast.BinOp,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.Compare,
    ast.Eq,
    ast.NotEq,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.In,
    ast.NotIn,
    ast.Call,
    ast.Name,
    ast.Load,
    ast.Attribute,
    ast.Constant,
    ast.List,
    ast.Tuple,
    ast.Dict,
)
AGGREGATES = frozenset({"any", "all", "count", "sum", "min", "max", "first"})
WHOLE_COLUMN = frozenset({"was_number", "usually_filled", "repeats"})


class ExpressionError(ValueError):
    """An expression that cannot be understood; the text says why, in Chinese."""


@dataclass(frozen=True)
class Reference:
    """A column an expression uses: through which relations, and its name."""

    through: tuple[str, ...]
    column: str


def parse(text: str) -> ast.expr:
    """The tree of one expression. Raises ExpressionError when it is not in the language."""
    source = _TOKENS.sub(_expand, " ".join(str(text).split()))
    try:
        tree = ast.parse(source, mode="eval")
    except SyntaxError as error:
        raise ExpressionError(f"写法看不懂：{text}（第{error.offset or 1}个字符附近）") from None
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise ExpressionError(f"不能使用 {type(node).__name__}：{text}")
    return tree.body


def _expand(found: re.Match[str]) -> str:
    literal, standard, check = found.groups()
    if literal is not None:
        return str(literal)
    return f"{STANDARD}.{standard}" if standard else f"{CHECK}.{check}"


def text_of(node: ast.expr) -> str:
    """One spelling per tree: two expressions that mean the same letter for letter have the same text."""
    return ast.unparse(node)


def called(node: ast.expr) -> str | None:
    """The name of the function a call calls; None when the node is no call."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name):
        return node.func.id
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == CHECK:
        return f"{CHECK}.{node.func.attr}"
    raise ExpressionError(f"不认识的函数：{text_of(node.func)}")


def is_aggregate(node: ast.expr) -> bool:
    """True for any(relation, …) and its kin."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in AGGREGATES


def dotted(node: ast.expr) -> tuple[str, ...] | None:
    """("household", "category") for household.category; None for anything that is no plain chain of names."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return (*head, node.attr) if head else None
    return None


def children(node: ast.expr) -> Iterator[ast.expr]:
    """The operands of a node, functions' names left out."""
    if isinstance(node, ast.Call):
        yield from node.args
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child


def replace_name(node: ast.expr, name: str, by: ast.expr) -> ast.expr:
    """The tree with every bare `name` replaced."""

    class Swap(ast.NodeTransformer):
        def visit_Name(self, found: ast.Name) -> ast.expr:
            return by if found.id == name else found

    swapped = Swap().visit(ast.parse(text_of(node), mode="eval").body)
    assert isinstance(swapped, ast.expr)
    return swapped


def standards_in(node: ast.expr) -> set[str]:
    """Names of the standards an expression needs."""
    found = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == STANDARD}
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "standard_by_year" and call.args:
            names = dotted(call.args[0])
            if names:
                found.add(names[-1])
    return found
