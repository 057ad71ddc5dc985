"""mappings/: columns, code lists, incoming lists, facts and the campaign."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.cleaners import fold
from pipeline.expression.bind import NUMBER, TEXT, Relation
from pipeline.expression.parse import ExpressionError, parse
from pipeline.headers import fold_header
from pipeline.spec.calendar import read_calendar
from pipeline.spec.model import Campaign, CodeList, Counterpart, Field, Likeness, Source
from pipeline.spec.reader import Node, suggestion
from pipeline.spec.yamlfile import Mistake, YamlFile, load

FIELD_TYPES = frozenset({"text", "name", "id", "number", "month", "date", "year", "phone", "group", "code", "codes", "place"})
_NUMERIC = frozenset({"number", "month", "date", "year"})
SENSITIVE = frozenset({"id", "name", "phone", "account", "health", "address"})


class Mistakes(list[Mistake]):
    """All mistakes found so far, over all files."""

    def open(self, root: Path, name: str) -> Node | None:
        """The top mapping of a file, None when the file is missing, empty or unreadable."""
        path = root / name
        if not path.exists():
            self.append(Mistake(name, 1, "没有这个文件"))
            return None
        file = load(path, name)
        if not file.mistakes and not isinstance(file.data, dict):
            file.blame("文件是空的，或者最外层不是“键: 值”")
        file.mistakes = self._adopt(file)
        return Node(file) if isinstance(file.data, dict) else None

    def _adopt(self, file: YamlFile) -> Mistakes:
        self.extend(file.mistakes)
        return self


def expression_type(field: Field) -> str:
    """number or text: what a column is in an expression."""
    return NUMBER if field.type in _NUMERIC else TEXT


# ---- fields.yml ----------------------------------------------------------------------------------------------------

_FIELD_KEYS = frozenset({"label", "aliases", "type", "codes", "unit", "sensitive", "open_end", "instead", "meaning", "yearly", "after"})


def read_fields(top: Node) -> dict[str, dict[str, Field]]:
    """Every canonical column, by table and name."""
    top.only({"tables", "relations", "groups", "likenesses", "fields"}, "fields.yml ")
    fields: dict[str, dict[str, Field]] = {}
    for table, node in top.mapping("fields").items():
        if table not in top.value.get("tables", {}):
            node.blame(f"tables 里没有 {table}{suggestion(table, top.value.get('tables', {}))}")
        fields[table] = {name: _field(table, name, child) for name, child in _named(node)}
        _refuse_doubled_aliases(fields[table], node)
        for name, field in fields[table].items():
            for key, other in (("yearly", field.yearly), ("after", field.after)):
                if other and other not in fields[table]:
                    node.blame(f"没有 {other} 这个字段{suggestion(other, fields[table])}", name, key)
    return fields


def _named(node: Node) -> list[tuple[str, Node]]:
    return [(str(name), node.child(name)) for name in node.value]


def _field(table: str, name: str, node: Node) -> Field:
    node.only(_FIELD_KEYS, "字段")
    kind = node.choice("type", FIELD_TYPES, "text")
    sensitive = node.maybe_text("sensitive")
    if sensitive and sensitive not in SENSITIVE:
        node.blame(f"sensitive 不能写 {sensitive}{suggestion(sensitive, SENSITIVE)}", "sensitive")
    codes = node.maybe_text("codes")
    if (kind in ("code", "codes")) != bool(codes):
        node.blame("type 是 code 或 codes 时要写 codes: 代码表名，其他类型不写")
    return Field(
        table,
        name,
        node.text("label", name, required=True),
        node.texts("aliases"),
        kind,
        codes,
        node.maybe_text("unit"),
        sensitive,
        node.flag("open_end"),
        node.texts("instead"),
        node.maybe_text("yearly"),
        node.maybe_text("after"),
    )


def _refuse_doubled_aliases(fields: Mapping[str, Field], node: Node) -> None:
    owner: dict[str, str] = {}
    for field in fields.values():
        for number, alias in enumerate((field.label, *field.aliases, *field.instead)):
            other = owner.setdefault(fold_header(alias), field.name)
            if other != field.name:
                place = ("label",) if number == 0 else ("aliases", number - 1)
                node.blame(f"表头“{alias}”已经归 {other}，不能又归 {field.name}", field.name, *place)


def read_relations(top: Node, tables: Mapping[str, object]) -> dict[str, dict[str, Relation]]:
    """How rows of one table reach rows of another."""
    found: dict[str, dict[str, Relation]] = {}
    for table, node in top.mapping("relations").items():
        found[table] = {}
        for name, child in _named(node):
            child.only({"table", "many", "on", "period"}, "关联")
            target = child.text("table", required=True)
            if target not in tables:
                child.blame(f"没有 {target} 表{suggestion(target, tables)}", "table")
            found[table][name] = Relation(name, target, child.flag("many"), child.text("on", required=True), child.maybe_text("period") == "previous")
    return found


def read_groups(top: Node, fields: Mapping[str, Mapping[str, Field]]) -> dict[str, tuple[str, ...]]:
    """Named sets of columns."""
    known = {name for table in fields.values() for name in table}
    node = top.child("groups")
    groups = {str(name): node.texts(name) for name in node.value}
    for name, columns in groups.items():
        for number, column in enumerate(columns):
            if column not in known:
                top.blame(f"没有 {column} 这个字段{suggestion(column, known)}", "groups", name, number)
    return groups


def read_likenesses(top: Node, fields: Mapping[str, Mapping[str, Field]]) -> tuple[Likeness, ...]:
    """name: {like: 姓名$, unlike: 户主} — patterns over folded headers, for every list of a department that has the column."""
    known = {name for table in fields.values() for name in table}
    found = []
    for column, node in top.mapping("likenesses").items():
        node.only({"like", "unlike"}, "likenesses ")
        if column not in known:
            top.blame(f"没有 {column} 这个字段{suggestion(column, known)}", "likenesses", column)
        like, unlike = (_pattern(node, key) for key in ("like", "unlike"))
        if like is not None:
            found.append(Likeness(column, like, unlike))
    return tuple(found)


def _pattern(node: Node, key: str) -> re.Pattern[str] | None:
    text = node.maybe_text(key)
    try:
        return re.compile(text) if text else None
    except re.error as error:
        node.blame(f"{key} 不是正则表达式：{error}", key)
        return None


# ---- codes/*.yml ---------------------------------------------------------------------------------------------------


def read_codes(root: Path, mistakes: Mistakes) -> dict[str, CodeList]:
    """Every code list of mappings/codes/."""
    lists: dict[str, CodeList] = {}
    for path in sorted((root / "mappings" / "codes").glob("*.yml")):
        top = mistakes.open(root, f"mappings/codes/{path.name}")
        if top is not None and path.stem != "village":
            lists[path.stem] = _code_list(path.stem, top)
    return lists


def _code_list(name: str, top: Node) -> CodeList:
    top.only({"title", "basis", "values", "groups", "blank", "open", "note", "review"}, "代码表")
    values = top.mapping("values")
    aliases: dict[str, str] = {}
    attributes: dict[str, dict[str, str]] = {}
    for value in values:
        aliases.setdefault(fold(value), value)
    for value, node in values.items():
        for number, alias in enumerate(node.texts("aliases")):
            other = aliases.setdefault(fold(alias), value)
            if other != value:
                node.blame(f"写法“{alias}”已经归“{other}”，不能又归“{value}”", "aliases", number)
        attributes[value] = {str(k): str(v) for k, v in node.value.items() if k != "aliases"}
    groups = {group: top.child("groups").texts(group) for group in (top.value.get("groups") or {})}
    for group, members in groups.items():
        for number, member in enumerate(members):
            if member not in values:
                top.blame(f"分组 {group} 里的“{member}”不在 values 里{suggestion(member, values)}", "groups", group, number)
    return CodeList(
        name,
        top.text("title", name, required=True),
        tuple(values),
        aliases,
        frozenset(fold(b) for b in top.texts("blank")),
        groups,
        attributes,
        top.flag("open"),
    )


def check_code_names(fields: Mapping[str, Mapping[str, Field]], codes: Mapping[str, CodeList], top: Node) -> None:
    """Refuse a field whose code list does not exist."""
    for table, columns in fields.items():
        for field in columns.values():
            if field.codes and field.codes not in codes:
                top.blame(f"没有代码表 mappings/codes/{field.codes}.yml{suggestion(field.codes, codes)}", "fields", table, field.name, "codes")


# ---- sources/*.yml -------------------------------------------------------------------------------------------------

_SOURCE_KEYS = frozenset(
    {
        "title",
        "owner",
        "table",
        "also",
        "recognise",
        "without",
        "columns",
        "sections",
        "ignore",
        "lookups",
        "required",
        "priority",
        "system",
        "at_least",
        "hints",
        "needs_hint",
        "own_time",
        "counterpart",
        "link",
        "compare",
        "fixed",
        "whose",
        "unlike",
        "note",
        "expect",
    }
)


def read_sources(root: Path, fields: Mapping[str, Mapping[str, Field]], codes: Mapping[str, CodeList], mistakes: Mistakes) -> tuple[Source, ...]:
    """Every incoming list of mappings/sources/."""
    found = []
    for path in sorted((root / "mappings" / "sources").glob("*.yml")):
        top = mistakes.open(root, f"mappings/sources/{path.name}")
        if top is not None:
            found.append(_source(path.stem, top, fields, codes))
    return tuple(found)


def _source(name: str, top: Node, fields: Mapping[str, Mapping[str, Field]], codes: Mapping[str, CodeList]) -> Source:
    top.only(_SOURCE_KEYS, "来源")
    table = top.text("table", required=True)
    also = top.texts("also")
    for number, wanted in enumerate((table, *also)):
        if wanted not in fields:
            top.blame(f"没有 {wanted} 表{suggestion(wanted, fields)}", *(("table",) if number == 0 else ("also", number - 1)))
    known = {column for wanted in (table, *also) for column in fields.get(wanted, {})}

    def columns_of(key: str) -> tuple[str, ...]:
        names = top.texts(key)
        for number, column in enumerate(names):
            if column not in known:
                top.blame(f"没有 {column} 这个字段{suggestion(column, known)}", key, number)
        return names

    columns = {column: top.child("columns").texts(column) for column in (top.value.get("columns") or {})}
    sections = {section: {str(k): str(v) for k, v in node.value.items()} for section, node in top.mapping("sections").items()}
    for column in columns:
        if column not in known:
            top.blame(f"没有 {column} 这个字段{suggestion(column, known)}", "columns", column)
    for section, pairs in sections.items():
        for header, column in pairs.items():
            if column not in known and column != "-":
                top.blame(f"没有 {column} 这个字段{suggestion(column, known)}", "sections", section, header)
    lookups = {column: {str(k): str(v) for k, v in node.value.items()} for column, node in top.mapping("lookups").items()}
    return Source(
        name,
        top.text("title", name, required=True),
        top.text("owner"),
        table,
        also,
        columns_of("recognise"),
        columns_of("without"),
        columns,
        sections,
        top.texts("ignore"),
        lookups,
        columns_of("required"),
        int(top.number("priority", 50)),
        top.flag("system"),
        int(top.number("at_least", 0)),
        top.texts("hints"),
        top.flag("needs_hint"),
        columns_of("own_time"),
        _counterpart(top, fields, codes),
        _column_pairs(top, "link", known, None),
        _column_pairs(top, "compare", known, fields),
        _fixed(top, table, fields, codes),
        top.texts("whose"),
        top.texts("unlike"),
    )


def _fixed(top: Node, table: str, fields: Mapping[str, Mapping[str, Field]], codes: Mapping[str, CodeList]) -> dict[str, str]:
    """fixed: {category: 多子女在读} — a value that every row of the list has without a column for it."""
    node = top.child("fixed") if isinstance(top.value.get("fixed"), dict) else None
    found = {str(name): node.text(str(name), required=True) for name in node.value} if node else {}
    for name, value in found.items():
        field = fields.get(table, {}).get(name)
        if node is not None and field is None:
            node.blame(f"{table} 表没有 {name} 这个字段{suggestion(name, fields.get(table, {}))}", name)
        elif node is not None and field is not None and field.codes and value not in codes[field.codes].values:
            node.blame(f"代码表 {field.codes} 里没有“{value}”{suggestion(value, codes[field.codes].values)}", name)
    return found


def _counterpart(top: Node, fields: Mapping[str, Mapping[str, Field]], codes: Mapping[str, CodeList]) -> Counterpart | None:
    """counterpart: {column: dibao, values: dibao.enjoying, unless: {state: aid_state.stopped}}

    A person's column (or household.x); a group of a code list, or a list of values; and what says in the list that a row has ended.
    """
    if not isinstance(top.value.get("counterpart"), dict):
        return None
    node = top.child("counterpart")
    node.only({"column", "values", "unless"}, "counterpart ")
    table, _, column = ("person." + node.text("column", required=True)).rpartition(".")
    table = table.rpartition(".")[2]
    field = fields.get(table, {}).get(column)
    if field is None:
        node.blame(f"没有 {column} 这个字段{suggestion(column, fields.get(table, {}))}", "column")
        return None
    ended = node.child("unless") if isinstance(node.value.get("unless"), dict) else None
    unless = {str(name): _code_group(ended, str(name), codes) for name in ended.value} if ended else {}
    return Counterpart(table, column, _code_group(node, "values", codes), unless)


def _code_group(node: Node, key: str, codes: Mapping[str, CodeList]) -> tuple[str, ...]:
    """A list of values, or dibao.enjoying: a group of a code list."""
    given = node.value.get(key)
    if given is None or isinstance(given, list):
        return node.texts(key)
    name, _, group = str(given).partition(".")
    known = codes[name].groups if name in codes else {}
    if group not in known:
        node.blame(f"代码表 {name} 没有分组 {group}{suggestion(group, known)}", key)
    return tuple(known.get(group, ()))


def _column_pairs(top: Node, key: str, known: set[str], others: Mapping[str, Mapping[str, Field]] | None) -> dict[str, str]:
    """link: {household: dibao_no} — what linkage asks for, and which of the list's columns holds it;
    compare: {grade: disability_grade} — the list's column, and the person's (or household.x) that must say the same."""
    node = top.child(key) if isinstance(top.value.get(key), dict) else None
    pairs = {str(k): str(v) for k, v in node.value.items()} if node else {}
    for left, right in pairs.items():
        column = right if others is None else left
        if node is not None and column not in known:
            node.blame(f"没有 {column} 这个字段{suggestion(column, known)}", left)
        if node is not None and others is not None:
            table, _, name = ("person." + right).rpartition(".")
            if name not in others.get(table.rpartition(".")[2], {}):
                node.blame(f"系统里没有 {right} 这个字段", left)
    return pairs


# ---- facts.yml, campaign.yml ---------------------------------------------------------------------------------------


def read_facts(top: Node, fields: Mapping[str, Mapping[str, Field]]) -> tuple[dict[str, dict[str, ast.expr]], dict[str, dict[str, str]]]:
    """Expressions and labels of the facts, by table, in their order; not yet bound."""
    facts: dict[str, dict[str, ast.expr]] = {}
    labels: dict[str, dict[str, str]] = {}
    for table in top.value:
        node = top.child(table)
        if table not in fields:
            node.blame(f"没有 {table} 表{suggestion(table, fields)}")
        facts[table], labels[table] = {}, {}
        for name, child in _named(node):
            child.only({"label", "expr"}, "推算列")
            if name in fields.get(table, {}):
                child.blame(f"{name} 已经是 fields.yml 里的字段，推算列要另起名字")
            labels[table][name] = child.text("label", name, required=True)
            try:
                facts[table][name] = parse(child.text("expr", "None", required=True))
            except ExpressionError as error:
                child.blame(str(error), "expr")
    return facts, labels


_CAMPAIGN_KEYS = frozenset(
    {
        "title",
        "basis",
        "province",
        "year",
        "place",
        "reference_date",
        "history_from",
        "list_password",
        "income_window",
        "school_year_start",
        "deadline",
        "usual_share",
        "as_of_max_days",
        "calendar",
        "recipients",
    }
)


def read_campaign(top: Node) -> Campaign:
    """This year's 排查."""
    top.only(_CAMPAIGN_KEYS, "campaign.yml ")
    place = top.child("place") if isinstance(top.value.get("place"), dict) else Node(YamlFile("campaign.yml", {}, {}))
    place.only({"province", "city", "county", "county_code", "townships"}, "place ")
    window = top.child("income_window") if isinstance(top.value.get("income_window"), dict) else Node(YamlFile("campaign.yml", {}, {}))
    reference = _digits(top, "reference_date", 8, "20220531")
    return Campaign(
        top.text("title"),
        top.text("basis"),
        top.text("province", required=True),
        int(top.number("year", int(reference[:4]))),
        place.maybe_text("county"),
        place.maybe_text("county_code"),
        place.texts("townships"),
        reference,
        _digits(window, "start", 6, "202105"),
        _digits(window, "end", 6, "202204"),
        _digits(top, "school_year_start", 8, "20210901"),
        _digits(top, "deadline", 8, reference),
        top.number("usual_share", 0.8),
        top.number("as_of_max_days", 45),
        read_calendar(top),
        top.maybe_text("history_from"),
        top.maybe_text("list_password"),
    )


def _digits(node: Node, key: str, width: int, default: str) -> str:
    text = node.text(key, default, required=True)
    if not (len(text) == width and text.isdigit()):
        node.blame(f'{key} 要写成加引号的 {width} 位数字，如 "{default}"', key)
        return default
    return text
