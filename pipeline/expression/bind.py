"""An expression against what is known: every name checked, standards and code groups filled in.

The bound text needs nothing but columns any more: `labour_skill in labour_skill.able and income < $line` becomes
`labour_skill in ['普通劳动力', '技能劳动力'] and income < 7000.0`, which is what auditors read in the compiled suites.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz, process

from pipeline.expression.parse import (
    AGGREGATES,
    CHECK,
    EACH,
    OUTER,
    STANDARD,
    WHOLE_COLUMN,
    ExpressionError,
    called,
    dotted,
    replace_name,
    text_of,
)

TEXT, NUMBER, TRUTH, LIST, ANY = "text", "number", "truth", "list", "any"

# name → (least, most arguments, what it returns; ANY takes the type of its first argument)
BUILTINS: dict[str, tuple[int, int, str]] = {
    "filled": (1, 1, TRUTH),
    "blank": (1, 1, TRUTH),
    "any_filled": (1, 1, TRUTH),
    "all_filled": (1, 1, TRUTH),
    "none_filled": (1, 1, TRUTH),
    "count_filled": (1, 1, NUMBER),
    "has": (2, 2, TRUTH),
    "has_any": (2, 2, TRUTH),
    "only": (2, 2, TRUTH),
    "count_values": (1, 1, NUMBER),
    "matches": (2, 2, TRUTH),
    "length": (1, 1, NUMBER),
    "starts": (2, 2, TRUTH),
    "ends": (2, 2, TRUTH),
    "contains": (2, 2, TRUTH),
    "attr": (2, 2, TEXT),
    "abs": (1, 1, NUMBER),
    "round": (1, 2, NUMBER),
    "coalesce": (2, 2, ANY),
    "when": (3, 3, "third"),
    "month": (1, 1, NUMBER),
    "date": (1, 1, NUMBER),
    "year_of": (1, 1, NUMBER),
    "month_of_day": (1, 1, NUMBER),
    "join": (2, 9, TEXT),
    "standard_by_year": (2, 2, NUMBER),
    "lookup": (2, 2, NUMBER),
    "distinct": (1, 9, NUMBER),
    "lower": (2, 9, NUMBER),
    "upper": (2, 9, NUMBER),
    "left": (2, 2, TEXT),
    "same_as": (2, 2, TRUTH),
    "was_number": (1, 1, TRUTH),
    "usually_filled": (1, 2, TRUTH),
    "repeats": (1, 20, NUMBER),
    "to_number": (1, 1, NUMBER),
    "text_attr": (2, 2, TEXT),
    "number_attr": (2, 2, NUMBER),
}
_AGGREGATE_TYPES = {"any": TRUTH, "all": TRUTH, "count": NUMBER, "sum": NUMBER, "min": NUMBER, "max": NUMBER, "first": ANY}


@dataclass(frozen=True)
class Relation:
    """How rows of one table reach rows of another."""

    name: str
    table: str
    many: bool
    on: str
    previous: bool = False


@dataclass(frozen=True)
class Scope:
    """All that an expression over one table may name."""

    table: str
    types: Mapping[str, Mapping[str, str]]  # table → column → text, number, truth
    relations: Mapping[str, Mapping[str, Relation]]
    column_groups: Mapping[str, tuple[str, ...]]
    code_groups: Mapping[str, Mapping[str, tuple[str, ...]]]  # code list → group → values
    attributes: Mapping[str, Mapping[str, Mapping[str, str]]]  # code list → value → attribute → text
    column_codes: Mapping[str, Mapping[str, str]]  # table → column → code list
    standards: Mapping[str, float | str | None]
    yearly: Mapping[str, Mapping[int, float]]
    checks: frozenset[str]
    code_values: Mapping[str, frozenset[str]] = field(default_factory=dict)     # closed code lists only
    outer: str | None = None
    used: set[tuple[str, str]] = field(default_factory=set, compare=False)
    grouped: set[tuple[str, str]] = field(default_factory=set, compare=False)  # as one of a column group, of which any may be absent
    missing_standards: set[str] = field(default_factory=set, compare=False)

    def columns(self) -> Mapping[str, str]:
        """The columns of this scope's table, with their types."""
        return self.types[self.table]


def bind(node: ast.expr, scope: Scope) -> ast.expr:
    """The tree with standards, groups and attributes filled in. Raises ExpressionError on anything unknown."""
    return _bind(node, scope)[0]


def bind_truth(node: ast.expr, scope: Scope) -> ast.expr:
    """As bind, and the expression must answer yes or no."""
    bound, kind = _bind(node, scope)
    if kind not in (TRUTH, ANY):
        raise ExpressionError(f"这里要一个能回答是或否的条件，写的却是{_KIND_WORDS.get(kind, kind)}：{text_of(node)}")
    return bound


def type_of(node: ast.expr, scope: Scope) -> str:
    """text, number or truth: what the expression gives."""
    return _bind(node, scope)[1]


_KIND_WORDS = {TEXT: "文本", NUMBER: "数", LIST: "一组值", TRUTH: "是否"}


def nearest(word: str, known: object) -> str:
    """“，是否想写 x？” when something alike is known, else nothing."""
    choices = sorted(str(k) for k in known)  # type: ignore[attr-defined]
    best = process.extractOne(word, choices, scorer=fuzz.ratio, score_cutoff=60)
    return f"，是否想写 {best[0]}？" if best else ""


def _bind(node: ast.expr, scope: Scope) -> tuple[ast.expr, str]:
    match node:
        case ast.Constant(value=value):
            return node, TRUTH if isinstance(value, bool) else NUMBER if isinstance(value, int | float) else TEXT if isinstance(value, str) else ANY
        case ast.List() | ast.Tuple():
            items = [_bind(item, scope)[0] for item in node.elts]
            return ast.List(elts=items, ctx=ast.Load()), LIST
        case ast.Dict():
            return node, LIST
        case ast.Name() | ast.Attribute():
            return _bind_name(node, scope)
        case ast.Call():
            return _bind_call(node, scope)
        case ast.BoolOp():
            return ast.BoolOp(op=node.op, values=[_truth(v, scope) for v in node.values]), TRUTH
        case ast.UnaryOp(op=ast.Not()):
            return ast.UnaryOp(op=node.op, operand=_truth(node.operand, scope)), TRUTH
        case ast.UnaryOp():
            return ast.UnaryOp(op=node.op, operand=_number(node.operand, scope)), NUMBER
        case ast.BinOp():
            return ast.BinOp(left=_number(node.left, scope), op=node.op, right=_number(node.right, scope)), NUMBER
        case ast.Compare():
            return _bind_compare(node, scope), TRUTH
    raise ExpressionError(f"写法看不懂：{text_of(node)}")


def _truth(node: ast.expr, scope: Scope) -> ast.expr:
    return bind_truth(node, scope)


def _number(node: ast.expr, scope: Scope) -> ast.expr:
    bound, kind = _bind(node, scope)
    if kind not in (NUMBER, ANY):
        raise ExpressionError(f"只有数才能加减乘除或比大小，{text_of(node)} 是{_KIND_WORDS.get(kind, kind)}")
    return bound


def _bind_compare(node: ast.Compare, scope: Scope) -> ast.Compare:
    left, kind = _bind(node.left, scope)
    rights: list[ast.expr] = []
    for op, right in zip(node.ops, node.comparators, strict=True):
        bound, other = _bind(right, scope)
        _check_kinds(op, kind, other, node)
        _check_values(node.left, bound, scope, node)
        rights.append(bound)
        kind = other if other != LIST else kind
    return ast.Compare(left=left, ops=node.ops, comparators=rights)


def _code_list_of(node: ast.expr, scope: Scope) -> str | None:
    """The code list of the column a name stands for, also through relations of one row; None where it has none."""
    path = dotted(node)
    if path is None:
        return None
    table, *_ = (scope.outer or scope.table,) if path[0] == OUTER else (scope.table,)
    for step in path[1 if path[0] == OUTER else 0 : -1]:
        relation = scope.relations.get(table, {}).get(step)
        if relation is None:
            return None
        table = _related(relation, replace(scope, table=table))
    return scope.column_codes.get(table, {}).get(path[-1])


def _check_values(column: ast.expr, values: ast.expr, scope: Scope, node: ast.expr) -> None:
    """Refuse a text that a column with a closed code list can never hold."""
    name = _code_list_of(column, scope)
    known = scope.code_values.get(name or "")
    if known is None:
        return
    for item in values.elts if isinstance(values, ast.List) else [values]:
        if isinstance(item, ast.Constant) and isinstance(item.value, str) and item.value not in known:
            raise ExpressionError(f"代码表 {name} 里没有“{item.value}”{nearest(item.value, known)}（{text_of(node)}）")


def _check_kinds(op: ast.cmpop, left: str, right: str, node: ast.expr) -> None:
    if isinstance(op, ast.In | ast.NotIn):
        if right not in (LIST, ANY):
            raise ExpressionError(f"in 后面要一组值：{text_of(node)}")
        return
    if ANY in (left, right):
        return
    if left != right:
        raise ExpressionError(
            f"{_KIND_WORDS.get(left, left)}不能与{_KIND_WORDS.get(right, right)}比较：{text_of(node)}（代码、编号、是否等文本要加引号）"
        )
    if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) and left != NUMBER:
        raise ExpressionError(f"只有数才能比大小：{text_of(node)}")


def _bind_name(node: ast.expr, scope: Scope) -> tuple[ast.expr, str]:
    path = dotted(node)
    if path is None:
        raise ExpressionError(f"写法看不懂：{text_of(node)}")
    if path[0] == STANDARD:
        return _bind_standard(path, scope)
    if path[0] == OUTER and scope.outer:
        _, kind = _bind_name(_chain(path[1:]), replace(scope, table=scope.outer, outer=None))
        return node, kind
    columns = scope.columns()
    if len(path) == 1:
        return _bind_column(path[0], node, scope, columns)
    relation = scope.relations.get(scope.table, {}).get(path[0])
    if relation is not None:
        if relation.many:
            raise ExpressionError(f"{path[0]} 有多行，要写成 any({path[0]}, …) 或 count({path[0]}, …)")
        scope.used.add((scope.table, relation.on))
        inner = replace(scope, table=_related(relation, scope), outer=None)
        _, kind = _bind_name(_chain(path[1:]), inner)
        return node, kind
    if path[0] in scope.code_groups and len(path) == 2:
        group = scope.code_groups[path[0]].get(path[1])
        if group is None:
            raise ExpressionError(f"代码表 {path[0]} 没有叫 {path[1]} 的分组{nearest(path[1], scope.code_groups[path[0]])}")
        return ast.List(elts=[ast.Constant(value) for value in group], ctx=ast.Load()), LIST
    raise ExpressionError(f"不认识 {path[0]}{nearest(path[0], {*scope.relations.get(scope.table, {}), *scope.code_groups})}")


def _chain(path: tuple[str, ...]) -> ast.expr:
    node: ast.expr = ast.Name(path[0], ast.Load())
    for part in path[1:]:
        node = ast.Attribute(node, part, ast.Load())
    return node


def related_table(relation: Relation, table: str) -> str:
    """The table a relation of `table` leads to; inside last month's tables it stays there."""
    prefix = "previous_"
    if relation.previous:
        return prefix + relation.table
    inside_previous = table.startswith(prefix) and relation.name != "current"
    return prefix + relation.table if inside_previous else relation.table


def _related(relation: Relation, scope: Scope) -> str:
    return related_table(relation, scope.table)


def _bind_column(name: str, node: ast.expr, scope: Scope, columns: Mapping[str, str]) -> tuple[ast.expr, str]:
    if name in columns:
        scope.used.add((scope.table, name))
        return node, columns[name]
    group = scope.column_groups.get(name)
    if group is not None:
        members = [column for column in group if column in columns]
        if not members:
            raise ExpressionError(f"列组 {name} 里没有 {scope.table} 表的列")
        scope.grouped.update((scope.table, column) for column in members)
        return ast.List(elts=[ast.Name(column, ast.Load()) for column in members], ctx=ast.Load()), LIST
    if name == EACH:
        raise ExpressionError("it 只能用在写了 each 的规则里")
    quotes = "" if name.isascii() else f"；如果是文本，要加引号写成 \"{name}\""
    raise ExpressionError(f"{scope.table} 表没有 {name} 这一列{nearest(name, {*columns, *scope.column_groups})}{quotes}")


def _bind_standard(path: tuple[str, ...], scope: Scope) -> tuple[ast.expr, str]:
    name = path[1]
    if name not in scope.standards:
        raise ExpressionError(f"standards.yml 和 campaign.yml 里没有 ${name}{nearest(name, scope.standards)}")
    value = scope.standards[name]
    if value is None:
        scope.missing_standards.add(name)
        return ast.Constant(None), ANY
    return ast.Constant(value), TEXT if isinstance(value, str) else NUMBER


def _bind_call(node: ast.Call, scope: Scope) -> tuple[ast.expr, str]:
    name = called(node) or ""
    if node.keywords:
        raise ExpressionError(f"函数的参数不写名字：{text_of(node)}")
    first = dotted(node.args[0]) if node.args else None
    if name in AGGREGATES and first and first[0] in scope.relations.get(scope.table, {}):
        return _bind_aggregate(node, name, first[0], scope)
    if name.startswith(CHECK + "."):
        short = name.split(".", 1)[1]
        if short in WHOLE_COLUMN or short in BUILTINS:
            return _bind_call(ast.Call(func=ast.Name(short, ast.Load()), args=node.args, keywords=[]), scope)
        if short not in scope.checks:
            raise ExpressionError(f"checks.py 里没有 @{short}{nearest(short, scope.checks)}")
        return ast.Call(func=node.func, args=[_bind(a, scope)[0] for a in node.args], keywords=[]), ANY
    if name not in BUILTINS:
        hint = (
            f"；{first[0]} 不是 {scope.table} 表的关联{nearest(first[0], scope.relations.get(scope.table, {}))}"
            if name in AGGREGATES and first
            else ""
        )
        raise ExpressionError(f"没有叫 {name} 的函数{hint or nearest(name, BUILTINS)}")
    least, most, returns = BUILTINS[name]
    if not least <= len(node.args) <= most:
        wanted = str(least) if least == most else f"{least} 到 {most}"
        raise ExpressionError(f"{name} 要 {wanted} 个参数，写了 {len(node.args)} 个：{text_of(node)}")
    special = _SPECIAL.get(name)
    if special is not None:
        return special(node, scope)
    bound = [_bind(a, _excused(scope) if name == "coalesce" and a is node.args[0] else scope) for a in node.args]
    if name in ("has", "has_any", "only"):
        _check_values(_first_column(node.args[0], scope), bound[1][0], scope, node)
    if name == "matches":
        _check_pattern(node)
    kind = bound[0][1] if returns == ANY else bound[2][1] if returns == "third" else returns
    return ast.Call(func=node.func, args=[b for b, _ in bound], keywords=[]), kind


def _excused(scope: Scope) -> Scope:
    """The scope for what stands inside coalesce: the rule says itself what to think where a related row has no such cell."""
    return replace(scope, used=_OwnOnly(scope))


class _OwnOnly(set[tuple[str, str]]):
    """Notes only the columns of the rule's own table."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def add(self, element: tuple[str, str]) -> None:
        if element[0] == self.scope.table:
            self.scope.used.add(element)


def _first_column(node: ast.expr, scope: Scope) -> ast.expr:
    """The column itself, or the first of a group of columns: all of a group share their code list."""
    group = scope.column_groups.get(node.id) if isinstance(node, ast.Name) else None
    return ast.Name(group[0], ast.Load()) if group else node


def _check_pattern(node: ast.Call) -> None:
    pattern = node.args[1]
    try:
        re.compile(str(pattern.value) if isinstance(pattern, ast.Constant) else "")
    except re.error as error:
        raise ExpressionError(f"正则表达式写法不对：{text_of(pattern)}（{error}）") from None


def _bind_aggregate(node: ast.Call, name: str, relation_name: str, scope: Scope) -> tuple[ast.expr, str]:
    relation = scope.relations[scope.table][relation_name]
    if not relation.many:
        raise ExpressionError(f"{relation_name} 只有一行，直接写 {relation_name}.列名")
    if len(node.args) > 2 or (len(node.args) == 1 and name != "count"):
        raise ExpressionError(f"写法应为 {name}({relation_name}, 条件)：{text_of(node)}")
    scope.used.add((scope.table, relation.on))
    args: list[ast.expr] = [node.args[0]]
    kind = _AGGREGATE_TYPES[name]
    if len(node.args) == 2:
        inner = replace(scope, table=_related(relation, scope), outer=scope.table)
        bound, inner_kind = _bind(node.args[1], inner)
        wanted = TRUTH if name in ("any", "all", "count") else NUMBER if name in ("sum", "min", "max") else inner_kind
        if inner_kind not in (wanted, ANY):
            raise ExpressionError(f"{name}({relation_name}, …) 里要{_KIND_WORDS[wanted]}：{text_of(node)}")
        args.append(bound)
        kind = inner_kind if name == "first" else kind
    return ast.Call(func=node.func, args=args, keywords=[]), kind


def _bind_attribute(node: ast.Call, scope: Scope) -> tuple[ast.expr, str]:
    """attr(relation, "sex") becomes a lookup table of code value → attribute."""
    column = dotted(node.args[0])
    wanted = node.args[1]
    if column is None or not isinstance(wanted, ast.Constant):
        raise ExpressionError(f'写法应为 attr(列名, "属性")：{text_of(node)}')
    table = scope.table
    walker = scope
    for step in column[:-1]:
        relation = walker.relations.get(walker.table, {}).get(step)
        if relation is None:
            raise ExpressionError(f"不认识 {step}：{text_of(node)}")
        table = _related(relation, walker)
        walker = replace(walker, table=table, outer=None)
    code_list = scope.column_codes.get(table, {}).get(column[-1])
    if code_list is None:
        raise ExpressionError(f"{column[-1]} 没有代码表，不能取属性：{text_of(node)}")
    pairs = {value: attributes[str(wanted.value)] for value, attributes in scope.attributes[code_list].items() if str(wanted.value) in attributes}
    if not pairs:
        raise ExpressionError(f"代码表 {code_list} 没有属性 {str(wanted.value)!r}")
    bound, _ = _bind(node.args[0], scope)
    numeric = called(node) == "number_attr"
    keys: list[ast.expr | None] = [ast.Constant(k) for k in pairs]
    items: list[ast.expr] = [ast.Constant(float(v) if numeric else v) for v in pairs.values()]
    function = "number_attr" if numeric else "text_attr"
    return ast.Call(func=ast.Name(function, ast.Load()), args=[bound, ast.Dict(keys=keys, values=items)], keywords=[]), NUMBER if numeric else TEXT


def _bind_standard_by_year(node: ast.Call, scope: Scope) -> tuple[ast.expr, str]:
    name = (dotted(node.args[0]) or ("",))[-1]
    if name not in scope.yearly:
        raise ExpressionError(f"standards.yml 里没有 {name}{nearest(name, scope.yearly)}")
    table = scope.yearly[name]
    if not table:
        scope.missing_standards.add(name)
    year, _ = _bind(node.args[1], scope)
    keys: list[ast.expr | None] = [ast.Constant(y) for y in sorted(table)]
    values: list[ast.expr] = [ast.Constant(table[y]) for y in sorted(table)]
    return ast.Call(func=ast.Name("lookup", ast.Load()), args=[ast.Dict(keys=keys, values=values), year], keywords=[]), NUMBER


_SPECIAL: dict[str, Callable[[ast.Call, Scope], tuple[ast.expr, str]]] = {
    "attr": _bind_attribute,
    "number_attr": _bind_attribute,
    "standard_by_year": _bind_standard_by_year,
}


def expand_each(node: ast.expr, column: str) -> ast.expr:
    """The expression with `it` replaced by a column."""
    return replace_name(node, EACH, ast.Name(column, ast.Load()))
