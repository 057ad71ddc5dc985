"""The files beside the rules that stages read for themselves: a slip in them is told at its line before anything runs.

What an officer may change in such a file is what stands at the right; the keys at the left and the names in braces are the
program's. So a project's file is held against the one that came with the program, and every list, column, table and number
that the files name must be there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

from pipeline.shipped import shipped
from pipeline.spec import Annex, Spec, SpecError
from pipeline.spec.mappings import Mistakes
from pipeline.spec.reader import Node, suggestion
from pipeline.spec.sentences import SENTENCES, check_words
from pipeline.spec.yamlfile import YamlFile, load

COUNTS, SUMMARY, VISIT, REPORT = (f"mappings/{name}.yml" for name in ("counts", "summary", "visit", "report"))
FREE = {  # mappings whose keys are columns of the data, not words of the program
    VISIT: (("list", "columns"), ("form", "facts"), ("form", "members", "columns"), ("form", "looks", "rows")),
    REPORT: (("risk_columns",),),
}
WIDEST_PAGE = 88  # characters on A4 upright at the size visits are printed in


def proofread(spec: Spec) -> Spec:
    """The same. Raises SpecError with every slip in the project's files of words, counts, visits, answers and the final report."""
    from pipeline.correct.config import load_config

    mistakes = Mistakes()
    for name in SENTENCES:
        if (node := _opened(spec.root, f"mappings/{name}")) is not None:
            _known_keys(node.file, node.file.data, load(shipped() / node.file.name, node.file.name).data, (), FREE.get(node.file.name, ()))
            mistakes += node.file.mistakes
    for file, check in ((COUNTS, _counts), (SUMMARY, _summary), (VISIT, _visit), (REPORT, _report)):
        if (node := _opened(spec.root, file)) is not None:
            check(node, spec)
            mistakes += node.file.mistakes
    for check_more in (lambda: check_words(spec.root), lambda: load_config(spec)):
        try:
            check_more()
        except SpecError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SpecError(mistakes)
    return spec


def _opened(root: Path, name: str) -> Node | None:
    """The file, where the project has one of its own that can be read."""
    file = load(root / name, name) if (root / name).exists() else None
    return Node(file) if file is not None and isinstance(file.data, dict) else None


# ---- held against the program's own file -------------------------------------------------------------------------------

Path_ = tuple[str | int, ...]


def _known_keys(file: YamlFile, mine: Any, ours: Any, path: Path_, free: Collection[Path_]) -> None:
    """No key that is a slip of one of the program's. A key of another kind is left alone; what is missing is said as the program has it."""
    if isinstance(mine, dict) and isinstance(ours, dict) and path not in free:
        for key in mine:
            if key not in ours:
                meant = suggestion(key, [str(k) for k in ours if k not in mine])
                if meant:
                    file.blame(f"没有 {key} 这个键{meant}", *path, key)
            else:
                _known_keys(file, mine[key], ours[key], (*path, key), free)


def _same_slots(file: YamlFile, text: str, known: Collection[str], path: Path_) -> None:
    told = slots(text)
    if told is None:
        file.blame("花括号 { } 没有成对；要写花括号本身，写两个", *path)
        return
    for name in sorted(told - set(known)):
        can = "、".join(f"{{{k}}}" for k in sorted(known)) or "不能用花括号"
        file.blame(f"{{{name}}} 填不上{suggestion(name, known)}（可写：{can}）", *path)


def slots(text: str) -> set[str] | None:
    """The names in braces; None where braces do not pair."""
    try:
        return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return None


# ---- counts.yml --------------------------------------------------------------------------------------------------------

WAYS = ("number", "village", "roster", "people", "problems", "month", "households", "text")


def _counts(top: Node, spec: Spec) -> None:
    """Ledgers and their columns, and what each column counts."""
    annexes = {annex.name: annex for annex in spec.annexes}
    for name, ledger in _inside(top):
        if name not in annexes:
            top.blame(f"没有叫 {name} 的名册{suggestion(name, annexes)}", name)
            continue
        labels = {column.label for column in annexes[name].columns}
        for label, column in _inside(ledger):
            if label not in labels:
                ledger.blame(f"{name} 没有“{label}”这一栏{suggestion(label, labels)}", label)
            _count(column, annexes, spec)


def _inside(node: Node) -> Iterator[tuple[str, Node]]:
    """The mappings under all keys."""
    yield from ((str(key), node.child(key)) for key in node.value)


def _count(node: Node, annexes: Mapping[str, Annex], spec: Spec) -> None:
    node.only(WAYS, "栏目")
    if len(node.value) != 1:
        node.blame(f"这一栏怎么数要写一样，也只能写一样：{'、'.join(WAYS)}")
    for key in ("roster", "people"):
        if key in node.value and node.text(key) not in annexes:
            node.blame(f"没有叫 {node.text(key)} 的名册{suggestion(node.text(key), annexes)}", key)
    for key in ("number", "village", "problems"):
        if key in node.value:
            node.flag(key)
    if "month" in node.value:
        _column(node, spec, "household", node.text("month"), "month")
    if "text" in node.value:
        _same_slots(node.file, node.text("text"), annexes, (*node.path, "text"))
    if "households" in node.value:
        _values(node.child("households"), spec, "household")


def _values(node: Node, spec: Spec, table: str) -> None:
    """{column: value or values}: columns of the table, values its code list has."""
    for name in map(str, node.value):
        field = spec.fields[table].get(name)
        if field is None:
            node.blame(_no_column(table, name, spec), name)
        elif field.codes and not spec.codes[field.codes].open:
            known = spec.codes[field.codes].values
            for value in node.texts(name):
                if value not in known:
                    node.blame(f"{name} 没有“{value}”这个值{suggestion(value, known)}", name)


def _column(node: Node, spec: Spec, table: str, name: str, *path: str | int) -> None:
    if name not in spec.fields[table]:
        node.blame(_no_column(table, name, spec), *path)


def _no_column(table: str, name: str, spec: Spec) -> str:
    return f"{table} 表没有 {name} 这个字段{suggestion(name, spec.fields[table])}"


# ---- visit.yml and report.yml ------------------------------------------------------------------------------------------


def _visit(top: Node, spec: Spec) -> None:
    """The roster to visit, what may be masked, the columns shown of a household and of its people, widths that fit the page."""
    rosters = [annex.name for annex in spec.annexes]
    if top.text("roster", required=True) not in rosters:
        top.blame(f"没有叫 {top.text('roster')} 的名册{suggestion(top.text('roster'), rosters)}", "roster")
    kinds = {f.sensitive for columns in spec.fields.values() for f in columns.values() if f.sensitive}
    for number, kind in enumerate(top.texts("mask")):
        if kind not in kinds:
            top.blame(f"mask 不能写 {kind}{suggestion(kind, kinds)}（可写：{'、'.join(sorted(kinds))}）", "mask", number)
    _list_columns(top)
    form = top.child("form") if isinstance(top.value.get("form"), dict) else None
    if form is not None:
        _form(form, spec)


def _list_columns(top: Node) -> None:
    known = load(shipped() / VISIT, VISIT).data["list"]["columns"]
    node = top.child("list") if isinstance(top.value.get("list"), dict) else None
    for name, look in node.mapping("columns").items() if node is not None else ():
        if name not in known:
            look.blame(f"名单没有 {name} 这一栏{suggestion(name, known)}")
        look.only({"title", "width"}, "栏目")
        look.text("title", required=True)
        look.number("width", 0)


def _form(form: Node, spec: Spec) -> None:
    for key, table, also in (("facts", "household", ()), ("members", "person", ("age",))):
        holder = form.child(key) if isinstance(form.value.get(key), dict) else None
        names = holder.value if key == "facts" and holder is not None else holder.value.get("columns", {}) if holder is not None else {}
        for name in names if isinstance(names, dict) else ():
            if name not in also and holder is not None:
                _column(holder, spec, table, str(name), *(() if key == "facts" else ("columns",)), name)
    for look in form.child("looks").items("rows") if isinstance(form.value.get("looks"), dict) else ():
        look.only({"look", "columns", "seen"}, "五看")
        look.text("look", required=True), look.text("seen", required=True)
        for name in look.child("columns").value if isinstance(look.value.get("columns"), dict) else ():
            _column(look, spec, "household", str(name), "columns", name)
    widths = [w for w in form.value.get("widths") or [] if isinstance(w, int | float)]
    if sum(widths) > WIDEST_PAGE:
        form.blame(f"widths 合计 {sum(widths):g}，超过 {WIDEST_PAGE}，A4 竖排放不下", "widths")
    people = form.value.get("members")
    if isinstance(people, dict) and len(people.get("columns") or {}) > len(widths):
        form.blame(f"members 有 {len(people['columns'])} 栏，widths 只有 {len(widths)} 个宽度", "widths")


def _report(top: Node, spec: Spec) -> None:
    """Columns of households and people that the pages show."""
    for key, table in (("household_shown", "household"), ("member_shown", "person")):
        for number, name in enumerate(top.texts(key)):
            _column(top, spec, table, name, key, number)
    known = {"township", "village", "rank"} | ({c.name for c in spec.village_risk.columns} if spec.village_risk else set())
    for name in top.value.get("risk_columns") or {}:
        if name not in known:
            top.blame(f"村级风险没有 {name} 这一栏{suggestion(name, known)}", "risk_columns", name)


# ---- summary.yml -------------------------------------------------------------------------------------------------------

NUMBER_KEYS = frozenset({"table", "is", "filled", "unique", "month", "percent", "say"})
PARTS = frozenset({"heading", "second", "para", "judge", "sign", "table", "when"})
GIVEN = ("place", "year")


def _summary(top: Node, spec: Spec) -> None:
    """Numbers, tables and text, each naming what is there."""
    numbers = top.mapping("numbers")
    for node in numbers.values():
        _number(node, spec, numbers)
    for node in top.mapping("tables").values():
        _table(node, spec)
    known = {*numbers, *GIVEN}
    _same_slots(top.file, top.text("title", required=True), GIVEN, ("title",))
    tables = top.mapping("tables")
    for node in top.items("text"):
        node.only(PARTS, "正文")
        for key in ("para", "sign"):
            if key in node.value:
                _same_slots(top.file, node.text(key), known, (*node.path, key))
        if "when" in node.value and node.text("when") not in numbers:
            node.blame(f"numbers 里没有 {node.text('when')}{suggestion(node.text('when'), numbers)}", "when")
        if "table" in node.value and node.text("table") not in tables:
            node.blame(f"tables 里没有 {node.text('table')}{suggestion(node.text('table'), tables)}", "table")


def _number(node: Node, spec: Spec, numbers: Collection[str]) -> None:
    node.only(NUMBER_KEYS, "数")
    node.text("say", required=True)
    if "percent" in node.value:
        if len(node.texts("percent")) != 2:
            node.blame("percent 要写两个数的名字：[甲, 乙]", "percent")
        for number, name in enumerate(node.texts("percent")):
            if name not in numbers:
                node.blame(f"numbers 里没有 {name}{suggestion(name, numbers)}", "percent", number)
    else:
        _counted(node, spec)


def _counted(node: Node, spec: Spec) -> None:
    """table, and the columns asked of it."""
    table, columns = node.text("table", required=True), _columns(spec)
    if not table:
        return
    if table not in columns:
        node.blame(f"结果里没有 {table} 这张表{suggestion(table, columns)}", "table")
        return
    known = columns[table]
    asked = node.child("is") if isinstance(node.value.get("is"), dict) else None
    wanted: Iterable[tuple[str, Path_]] = [(str(c), ("is", c)) for c in (asked.value if asked else ())]
    for name, place in [*wanted, *((node.text(k), (k,)) for k in ("filled", "unique", "month", "by") if k in node.value)]:
        if known and name not in known:
            node.blame(f"{table} 表没有 {name} 这一列{suggestion(name, known)}", *place)
    if asked and table in spec.fields:
        _values(asked, spec, table)
    if asked and table == "rosters":
        rosters = [annex.name for annex in spec.annexes]
        for name in asked.texts("annex"):
            if name not in rosters:
                asked.blame(f"没有叫 {name} 的名册{suggestion(name, rosters)}", "annex")


def _columns(spec: Spec) -> dict[str, Collection[str]]:
    """The tables of the results and their columns; none where any may be asked for."""
    from pipeline.correct.follow import STATE_COLUMNS
    from pipeline.ledger import CHANGE_COLUMNS, ISSUE_COLUMNS, LINK_COLUMNS
    from pipeline.report.tables import ROUND_TRIP
    from pipeline.screen.model import ROSTER_ALL

    read = {t: {*columns, "row_id", "household_no", "person_no"} for t, columns in spec.fields.items()}
    made = {"issues": ISSUE_COLUMNS, "changes": CHANGE_COLUMNS, "links": LINK_COLUMNS, "rosters": ROSTER_ALL, "states": STATE_COLUMNS}
    return {**dict.fromkeys((*ROUND_TRIP, "village_risk"), ()), **read, **made}


def _table(node: Node, spec: Spec) -> None:
    node.only({"title", "by", "total", "columns", "count", "frame"}, "报告里的表")
    node.text("title", required=True)
    if "frame" in node.value:
        known = {"rank", "township", "village"} | ({c.name for c in spec.village_risk.columns} if spec.village_risk else set())
        for number, name in enumerate(node.texts("columns")):
            if name not in known:
                node.blame(f"村级风险没有 {name} 这一栏{suggestion(name, known)}", "columns", number)
    elif "count" in node.value:
        count = node.child("count")
        count.only(NUMBER_KEYS | {"by", "top"}, "count ")
        count.number("top", 10)
        _counted(count, spec)
    else:
        columns = node.child("columns")
        for label, what in columns.value.items():
            if isinstance(what, dict):
                child = columns.child(label)
                child.only(NUMBER_KEYS, "栏目")
                _counted(child, spec)
            elif what != "village":
                columns.blame(f"{label} 要写 village，或 {{table: …}}", label)
