"""expectations/: standards, rules with their examples, and the engine's own kinds of problem."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from pipeline.expression.bind import Scope, bind_truth, expand_each, related_table
from pipeline.expression.parse import ExpressionError, parse, standards_in
from pipeline.spec.mappings import Mistakes
from pipeline.spec.model import Campaign, Example, Problem, Rule, Standard
from pipeline.spec.reader import Node, suggestion

_SLOT = re.compile(r"\{\s*([^{}]*?)\s*\}")
DIMENSIONS = ("完整性", "准确性", "一致性", "唯一性", "及时性", "合规性")
SEVERITIES = ("critical", "warning", "info")
SUBJECTS = ("户", "人", "村", "表")
OWNERS = ("village", "township", "department")
NOT_RULES = ("standards", "structure", "exceptions", "profile", "catalogue")

_RULE_KEYS = frozenset(
    {
        "id",
        "ids",
        "also",
        "name",
        "dimension",
        "severity",
        "subject",
        "table",
        "when",
        "check",
        "flag",
        "expect",
        "column",
        "each",
        "columns",
        "message",
        "fix",
        "owner",
        "basis",
        "waivable",
        "retired",
        "needs",
        "examples",
        "regress",
        "note",
        "with",
    }
)


# ---- standards*.yml ------------------------------------------------------------------------------------------------


def read_standards(root: Path, campaign: Campaign, mistakes: Mistakes) -> dict[str, Standard]:
    """Every figure of standards*.yml, as it holds for the campaign's province and year."""
    found: dict[str, Standard] = {}
    for path in sorted((root / "expectations").glob("standards*.yml")):
        top = mistakes.open(root, f"expectations/{path.name}")
        for name in top.value if top else ():
            assert top is not None
            node = top.child(name)
            if name in found:
                node.blame(f"{name} 在两个 standards 文件里都有，只能保留一处")
            found[str(name)] = _standard(str(name), node, campaign)
    return found


def _standard(name: str, node: Node, campaign: Campaign) -> Standard:
    node.only({"title", "unit", "values", "note", "basis"}, "标准")
    provinces = node.mapping("values")
    chosen: dict[str, object] | None = None
    yearly: dict[int, float] = {}
    for province in ("*", campaign.province):
        for year, entry in _years(provinces.get(province)):
            value = entry.value.get("value")
            entry.only({"value", "document", "confirmed", "note"}, "标准的取值")
            if isinstance(year, int) and isinstance(value, int | float) and not isinstance(value, bool):
                yearly[year] = float(value)
            if year in ("*", campaign.year):
                chosen = entry.value
    value = chosen.get("value") if chosen else None
    return Standard(
        name,
        node.text("title", name, required=True),
        node.text("unit"),
        _figure(value),
        str((chosen or {}).get("document") or ""),
        bool((chosen or {}).get("confirmed", False)),
        yearly,
    )


def _years(province: Node | None) -> Iterator[tuple[int | str, Node]]:
    """The years of a province, the starred one first so that a named year wins."""
    if province is None:
        return
    for key in sorted(province.value, key=lambda k: (k != "*", str(k))):
        yield (key if isinstance(key, int) or key == "*" else int(key) if str(key).isdigit() else str(key)), province.child(key)


def _figure(value: object) -> float | str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None if value is None else str(value)


# ---- structure.yml, exceptions.yml -----------------------------------------------------------------------------------


def read_problems(root: Path, mistakes: Mistakes) -> dict[str, Problem]:
    """The engine's own kinds of problem with their wording (structure*.yml), by section.key."""
    found: dict[str, Problem] = {}
    for path in sorted((root / "expectations").glob("structure*.yml")):
        top = mistakes.open(root, f"expectations/{path.name}")
        if top is not None:
            found.update(_problems(top))
    return found


def _problems(top: Node) -> dict[str, Problem]:
    found: dict[str, Problem] = {}
    for section in top.value:
        for key, node in top.mapping(section).items():
            node.only({"id", "name", "dimension", "severity", "owner", "message", "fix", "note"}, "问题种类")
            found[f"{section}.{key}"] = Problem(
                f"{section}.{key}",
                node.text("id", required=True),
                node.text("name", key, required=True),
                node.choice("dimension", DIMENSIONS, "准确性") if "dimension" in node.value else "准确性",
                node.choice("severity", SEVERITIES, "warning"),
                node.text("owner", "township"),
                node.text("message", required=True),
                node.text("fix", required=True),
            )
    return found


def read_exceptions(top: Node) -> dict[str, str]:
    """Catalogue rows that are no rule here, each with its reason."""
    rows = top.items("exceptions") if isinstance(top.value.get("exceptions"), list) else []
    return {node.text("id", required=True): node.text("reason", required=True) for node in rows}


# ---- rules -----------------------------------------------------------------------------------------------------------


@dataclass
class RuleReader:
    """Reads the rule files, binding every expression to the columns and figures at hand."""

    root: Path
    scopes: Mapping[str, Scope]
    needed_tables: Mapping[str, object]
    mistakes: Mistakes
    rules: list[Rule]
    examples: list[Example]

    def read(self) -> None:
        """All rules of expectations/, in file order."""
        for path in sorted((self.root / "expectations").glob("*.yml")):
            if path.stem.startswith(NOT_RULES):
                continue
            name = f"expectations/{path.name}"
            top = self.mistakes.open(self.root, name)
            if top is None:
                continue
            top.only({"table", "rules", "note"}, "规则文件")
            for number, node in enumerate(top.items("rules")):
                self._rule(node, number, top.text("table"), name)

    def _rule(self, node: Node, number: int, default_table: str, file: str) -> None:
        node.only(_RULE_KEYS, "规则")
        table = node.text("table", default_table, required=not default_table)
        if table not in self.scopes:
            node.blame(f"没有 {table} 表{suggestion(table, self.scopes)}", "table")
            return
        variants = list(self._variants(node))
        if not variants:
            node.blame("规则缺少 id（或 ids: {TP: …, JC: …}）")
            return
        keys: list[str] = []
        for rule_id, extra in variants:
            elsewhere = next((r for r in self.rules if r.id == rule_id and r.file != file), None)
            if elsewhere:
                node.blame(f"编号 {rule_id} 已经用在 {elsewhere.file}:{elsewhere.line} 的规则“{elsewhere.name}”上，请换一个编号")
            for each in self._columns_of_each(node, table):
                rule = self._bound(node, table, rule_id, extra, each, number, file)
                if rule is not None:
                    self.rules.append(rule)
                    keys.append(rule.key)
        self._examples(node, variants[0][0], tuple(keys), file)

    def _variants(self, node: Node) -> Iterator[tuple[str, str | None]]:
        """One id, or the pair: JC for monitored households, TP for the others."""
        if "ids" in node.value:
            pair = node.child("ids")
            pair.only({"TP", "JC"}, "ids ")
            both = set(pair.value) == {"TP", "JC"}
            if "JC" in pair.value:
                yield pair.text("JC", required=True), "is_monitored" if both else None
            if "TP" in pair.value:
                yield pair.text("TP", required=True), "not is_monitored" if both else None
        elif "id" in node.value:
            yield node.text("id", required=True), None

    def _columns_of_each(self, node: Node, table: str) -> tuple[str | None, ...]:
        if "each" not in node.value:
            return (None,)
        scope = self.scopes[table]
        value = node.value["each"]
        columns = scope.column_groups.get(value, ()) if isinstance(value, str) else node.texts("each")
        if not columns:
            node.blame(f"没有列组 {value}{suggestion(value, scope.column_groups)}", "each")
        for column in columns:
            if column not in scope.columns():
                node.blame(f"{table} 表没有 {column} 这一列{suggestion(column, scope.columns())}", "each")
        return tuple(c for c in columns if c in scope.columns())

    def _bound(self, node: Node, table: str, rule_id: str, extra: str | None, each: str | None, number: int, file: str) -> Rule | None:
        scope = replace(self.scopes[table], used=set(), grouped=set(), missing_standards=set())
        self._check_words(node, scope)
        self._check_needs(node)
        self._check_expectation(node)
        questions = [key for key in ("check", "flag", "expect") if key in node.value]
        if len(questions) != 1:
            node.blame("check、flag、expect 三者要写一个，也只能写一个")
            return None
        when = self._expression(node, "when", scope, each, extra)
        check = self._expression(node, questions[0], scope, each) if questions[0] != "expect" else None
        if questions[0] == "flag" and check is not None:
            check = ast.UnaryOp(op=ast.Not(), operand=check)
        if check is None and questions[0] != "expect":
            return None
        columns = self._blamed(node, table, scope, each)
        arguments = _expect_arguments(node) if questions[0] == "expect" else {}
        if questions[0] == "expect" and columns:
            scope.used.add((table, str(arguments.get("column", columns[0]))))
        off = "、".join(sorted(scope.missing_standards))
        return Rule(
            rule_id,
            node.texts("also"),
            node.text("name", required=True),
            node.choice("dimension", DIMENSIONS, DIMENSIONS[0]),
            node.choice("severity", SEVERITIES, "warning"),
            node.choice("subject", SUBJECTS, "户"),
            table,
            when,
            check,
            node.maybe_text("expect"),
            arguments,
            columns,
            node.text("message", required=True),
            node.text("fix", required=True),
            node.choice("owner", OWNERS, "village"),
            node.text("basis", required=True),
            node.flag("waivable", True),
            node.maybe_text("retired"),
            node.texts("needs"),
            frozenset(scope.used),
            frozenset(scope.grouped),
            f"缺标准值 {off}" if off else None,
            file,
            node.line,
            each,
            number,
            _figures_in(node),
        )

    def _expression(self, node: Node, key: str, scope: Scope, each: str | None, extra: str | None = None) -> ast.expr | None:
        text = node.maybe_text(key)
        if extra is not None:
            text = f"({text}) and {extra}" if text else extra
        if text is None:
            return None
        try:
            tree = parse(text)
            return bind_truth(expand_each(tree, each) if each else tree, scope)
        except ExpressionError as error:
            if not any(str(error) in m.message for m in self.mistakes):
                node.blame(str(error), key)
            return None

    def _check_words(self, node: Node, scope: Scope) -> None:
        """Refuse a {slot} of message or fix that names nothing."""
        for key in ("message", "fix"):
            for slot in _SLOT.findall(str(node.value.get(key) or "")):
                if slot not in ("it", "value") and not self._known_slot(slot, scope):
                    near = suggestion(slot.lstrip("$"), {*scope.columns(), *scope.standards})
                    node.blame(f"{key} 里的 {{{slot}}} 不是列名、推算列或标准{near}", key)

    @staticmethod
    def _known_slot(slot: str, scope: Scope) -> bool:
        if slot.startswith("$"):
            return slot[1:] in scope.standards
        table = scope.table
        *through, column = slot.split(".")
        for step in through:
            relation = scope.relations.get(table, {}).get(step)
            if relation is None:
                return False
            table = related_table(relation, table)
        return column in scope.types.get(table, {})

    def _check_needs(self, node: Node) -> None:
        known = {*self.needed_tables, *(f"previous_{t}" for t in self.needed_tables)}
        for number, (table, _, column) in enumerate(need.partition(".") for need in node.texts("needs")):
            if table not in known:
                node.blame(f"needs 里没有 {table} 这张表{suggestion(table, known)}", "needs", number)
            elif column and column not in self.scopes[table].types[table]:
                node.blame(f"{table} 表没有 {column} 这一列{suggestion(column, self.scopes[table].types[table])}", "needs", number)

    @staticmethod
    def _check_expectation(node: Node) -> None:
        """Refuse an expectation that Great Expectations does not have, without importing it."""
        name = node.maybe_text("expect")
        if name is not None and name not in expectation_names():
            node.blame(f"Great Expectations 没有 {name}{suggestion(name, expectation_names())}", "expect")

    def _blamed(self, node: Node, table: str, scope: Scope, each: str | None) -> tuple[str, ...]:
        columns = node.texts("columns") or node.texts("column")
        columns = ((each,) if each else ()) + tuple(c for c in columns if c not in ("it", each))
        if not columns:
            node.blame("缺少 columns（出了问题该看哪一格）")
        for column in columns:
            self._known_cell(node, tuple(column.split(".")), scope)
        return columns

    def _known_cell(self, node: Node, path: tuple[str, ...], scope: Scope) -> None:
        """Refuse a cell that no relation leads to; members.labour_skill is fine here although there are many of them."""
        table = scope.table
        for step in path[:-1]:
            relation = scope.relations.get(table, {}).get(step)
            if relation is None:
                node.blame(f"{table} 表没有叫 {step} 的关联{suggestion(step, scope.relations.get(table, {}))}", "columns")
                return
            table = related_table(relation, table)
        if path[-1] not in scope.types[table]:
            node.blame(f"{table} 表没有 {path[-1]} 这一列{suggestion(path[-1], scope.types[table])}", "columns")

    def _examples(self, node: Node, rule_id: str, keys: tuple[str, ...], file: str) -> None:
        block = node.child("examples") if "examples" in node.value else node
        if block is not node:
            block.only({"pass", "fail"}, "examples ")
            for kind in ("pass", "fail"):
                for item in block.items(kind):
                    self.examples.append(Example(rule_id, keys, item.value, kind == "fail", kind, file, item.line))
        for item in node.items("regress"):
            item.only({"row", "fails", "note"}, "regress ")
            row = item.value.get("row")
            self.examples.append(Example(rule_id, keys, row if isinstance(row, dict) else {}, item.flag("fails", True), "regress", file, item.line))


@cache
def expectation_names() -> frozenset[str]:
    """The expectations Great Expectations ships, by the names of their files: importing it takes seconds."""
    found = find_spec("great_expectations")
    folders = [Path(p) / "expectations" / "core" for p in (found.submodule_search_locations or [])] if found else []
    return frozenset(path.stem for folder in folders for path in folder.glob("expect_*.py"))


def _figures_in(node: Node) -> tuple[str, ...]:
    """The standards a rule's expressions name."""
    texts = [str(node.value[key]) for key in ("when", "check", "flag") if node.value.get(key) is not None]
    try:
        return tuple(sorted({name for text in texts for name in standards_in(parse(text))}))
    except ExpressionError:
        return ()                # said already, where the expression was bound


def _expect_arguments(node: Node) -> dict[str, object]:
    """The arguments of a Great Expectations expectation: its column, and whatever stands under `with`."""
    arguments = {str(k): v for k, v in (node.value.get("with") or {}).items()}
    return {**({"column": node.value["column"]} if "column" in node.value else {}), **arguments}
