"""expectations/ → Great Expectations suites → the rows that break a rule. Great Expectations stays in here.

A rule becomes one expectation over one table. Its inputs from related rows are columns of that table by then (derive.py),
so a suite can be read, stored as JSON and run again with nothing but the frame beside it.
"""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, List, Optional  # noqa: UP035

import numpy as np
import numpy.typing as npt
import pandas as pd

os.environ["GX_ANALYTICS_ENABLED"] = "false"
warnings.filterwarnings("ignore", category=DeprecationWarning, module="great_expectations")
logging.getLogger("great_expectations").setLevel(logging.ERROR)

import great_expectations as gx  # noqa: E402
from great_expectations.core.metric_domain_types import MetricDomainTypes  # noqa: E402
from great_expectations.execution_engine import PandasExecutionEngine  # noqa: E402
from great_expectations.expectations.expectation import BatchExpectation  # noqa: E402
from great_expectations.expectations.metrics.metric_provider import metric_value  # noqa: E402
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider  # noqa: E402
from pydantic.v1 import PrivateAttr  # noqa: E402

from pipeline.checks import CHECKS  # noqa: E402
from pipeline.derive import PREVIOUS, Database, TableView  # noqa: E402
from pipeline.expression.evaluate import as_truths, evaluate, evaluate_truth  # noqa: E402
from pipeline.expression.parse import AGGREGATES, WHOLE_COLUMN, called, children, dotted, parse, text_of  # noqa: E402
from pipeline.expression.values import Column, Numbers, Value, of_series, to_series  # noqa: E402
from pipeline.spec import Rule, Spec  # noqa: E402

ROW = "row_id"
Positions = npt.NDArray[np.intp]


class RuleCrashed(RuntimeError):
    """A rule could not be computed; nothing about it may be published."""

    def __init__(self, rule: str, cause: str) -> None:
        super().__init__(f"规则 {rule} 未能执行：{cause}。请修改这条规则或暂时停用，然后重新运行。")
        self.rule = rule


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations itself said of one rule: its expectation, figures filled in, and its counts."""

    suite: str
    expectation: str
    arguments: str
    success: bool
    evaluated: int
    unexpected: int


@dataclass(frozen=True)
class Outcome:
    """What became of one rule: the rows of its table that break it, or why it did not run.

    evaluated  how many rows could break it: `when` is known to hold, what `check` needs is filled in, some list has the cells
    asked      which rows these are, as packed bits
    """

    rule: Rule
    broken: Positions
    evaluated: int
    skipped: str | None = None
    verdict: Verdict | None = None
    asked: npt.NDArray[np.uint8] = field(default_factory=lambda: np.array([], dtype=np.uint8), repr=False)

    def rows_asked(self, size: int) -> Positions:
        """The rows of its table, of that size, that could break it."""
        return np.flatnonzero(np.unpackbits(self.asked, count=size)) if len(self.asked) else np.array([], dtype=np.intp)


class FrameView:
    """A frame whose columns are named by the expressions they answer."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.size = len(frame)
        self.memo: dict[str, Value] = {text: of_series(frame[text]) for text in frame.columns if text.startswith(_GROUP_CALLS)}
        self.asked: dict[tuple[str, str | None], npt.NDArray[np.bool_]] = {}

    def column(self, node: ast.expr) -> Column:
        """The column standing under the node's own text."""
        return of_series(self.frame[text_of(node)])

    def check(self, name: str) -> Callable[..., Any]:
        """The function of checks.py of that name."""
        return CHECKS[name]


OF_A_GROUP = frozenset({"any_filled", "all_filled", "none_filled", "count_filled", "has", "has_any"})    # a frame cannot tell blank from never asked
_GROUP_CALLS = tuple(f"{name}(" for name in sorted(OF_A_GROUP))
_VIEWS: dict[int, FrameView] = {}           # the view of each frame being validated, so that rules share what they compute


def _view_of(frame: pd.DataFrame) -> FrameView:
    """The frame's view; one per frame, dropped when its suite is done."""
    view = _VIEWS.get(id(frame))
    if view is None or view.frame is not frame:
        view = _VIEWS[id(frame)] = FrameView(frame)
    return view


class RowsBreakingRule(TableMetricProvider):  # type: ignore[misc]
    """The positions of the rows for which `when` is known to hold and `check` is known not to; and how many rows could have been such."""

    metric_name = "rule.broken_rows"
    value_keys = ("check", "when")

    @metric_value(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Mapping[str, Any], **_: Any) -> tuple[Positions, int]:  # noqa: N805
        frame, _domain, _keys = execution_engine.get_compute_domain(domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE)
        view = _view_of(frame)
        check, when = metric_value_kwargs["check"], metric_value_kwargs.get("when")
        truth = evaluate_truth(parse(check), view)
        broken, asked = truth.refuted, truth.refuted | truth.certain
        if when is not None:
            applies = as_truths(evaluate(parse(when), view), view.size).certain
            broken, asked = broken & applies, asked & applies
        view.asked[check, when] = asked
        return np.flatnonzero(broken), int(asked.sum())


class ExpectRowsToSatisfyRule(BatchExpectation):  # type: ignore[misc]
    """Expect every row for which `when` is known to hold not to refute `check`.

    One metric per rule: the map expectations of Great Expectations ask for ten, and copy the frame for each.
    """

    check: str
    when: Optional[str] = None  # noqa: UP045  (pydantic v1 reads the annotation)
    columns: List[str] = []  # noqa: UP006, RUF012
    metric_dependencies = ("rule.broken_rows",)
    success_keys = ("check", "when")
    args_keys = ("columns", "check", "when")
    _held: Any = PrivateAttr(None)

    @property
    def configuration(self) -> Any:
        """Built once: Great Expectations asks for it many times per rule, and a rule does not change while it runs."""
        if self._held is None:
            self._held = super().configuration
        return self._held

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "_held":
            self._held = None
        super().__setattr__(name, value)

    def _validate(self, metrics: Mapping[str, Any], runtime_configuration: Any = None, execution_engine: Any = None) -> dict[str, Any]:
        broken, asked = metrics["rule.broken_rows"]
        counts = {"element_count": asked, "unexpected_count": len(broken), "unexpected_index_list": broken.tolist()}
        return {"success": not len(broken), "result": counts}


def flat_columns(node: ast.expr | None) -> Iterator[ast.expr]:
    """The parts of an expression that are columns of the flat frame: names, related rows' columns, aggregates."""
    if node is None:
        return
    if dotted(node) is not None or called(node) in AGGREGATES or called(node) in WHOLE_COLUMN or called(node) in OF_A_GROUP:
        yield node
        return
    for child in children(node):
        yield from flat_columns(child)


def validate(database: Database, spec: Spec, carried: Mapping[str, frozenset[str]], read: frozenset[str]) -> tuple[list[Outcome], dict[str, Any]]:
    """Every rule over its table. `carried`: the columns the inputs bring, by table; `read`: the tables that were read.

    Returns the outcomes in the rules' order and the compiled suites as JSON-ready dicts. Raises RuleCrashed.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    outcomes: dict[str, Outcome] = {}
    suites: dict[str, Any] = {}
    runnable: dict[tuple[str, str | None], list[Rule]] = {}
    for rule in spec.rules:
        reason = why_not(rule, carried, read, spec)
        if reason:
            outcomes[rule.key] = Outcome(rule, np.array([], dtype=np.intp), 0, reason)
        else:
            runnable.setdefault((rule.table, text_of(rule.when) if rule.expect and rule.when is not None else None), []).append(rule)
    for number, ((table, when), rules) in enumerate(runnable.items()):
        name = f"{table}-{number:02d}"
        frame, rows = flat_frame(database, table, rules, when)
        found, suites[name], verdicts, known = run_suite(context, name, frame, rules)
        for rule in rules:
            there, broken = can_be_asked(rule, database), rows[found[rule.key]]
            asked = np.zeros_like(there)
            asked[rows[known[rule.key]]] = True
            asked &= there
            outcomes[rule.key] = Outcome(rule, broken[there[broken]], int(asked.sum()), verdict=verdicts[rule.key], asked=np.packbits(asked))
    return [outcomes[rule.key] for rule in spec.rules], suites


def why_not(rule: Rule, carried: Mapping[str, frozenset[str]], read: frozenset[str], spec: Spec) -> str | None:
    """Why a rule cannot be asked of these inputs; None when it can."""
    if rule.retired:
        return f"已停用：{rule.retired}"
    if rule.id in spec.switches:
        return f"本县停用：{spec.switches[rule.id]}"
    if rule.switched_off:
        return rule.switched_off
    missing = [t for t in (rule.table, *(need.split(".")[0] for need in rule.needs)) if t not in read]
    if missing:
        return "没有读到" + "、".join(_table_label(t, spec) for t in dict.fromkeys(missing))
    lacking = [(t, c) for t, _, c in (need.partition(".") for need in rule.needs) if c and c not in carried.get(t, {c})]
    if lacking:
        return "导出的表里没有这一列：" + "、".join(spec.label(t, c) for t, c in lacking)
    if rule.table in carried:
        absent = [c for c in _named(rule, spec) if c not in carried[rule.table]]
        absent += _absent_group(rule, carried[rule.table])
        if absent:
            return "导出的表里没有这一列：" + "、".join(sorted({spec.label(rule.table, c) for c in absent}))
    return None


def _named(rule: Rule, spec: Spec) -> set[str]:
    """The columns of its own table that a rule cannot do without: those it names itself, and the one an issue is filed at."""
    fields = spec.fields[rule.table.removeprefix(PREVIOUS)]
    return {c for c in (*rule.columns[:1], *(c for t, c in rule.used if t == rule.table)) if c in fields}


def _absent_group(rule: Rule, carried: frozenset[str]) -> list[str]:
    """The columns of a group none of which is there."""
    group = [c for t, c in rule.grouped if t == rule.table]
    return group if group and not carried & set(group) else []


def can_be_asked(rule: Rule, database: Database) -> npt.NDArray[np.bool_]:
    """Rows for which some list has every cell the rule names: lists of different columns may have different households."""
    table = database.tables[rule.table]
    asked = np.ones(table.size, dtype=bool)
    for name, column in {(rule.table, c) for c in rule.columns[:1]} | set(rule.used):
        if name == rule.table and column in table.carried:
            asked &= table.carried[column]
    for relation in table.relations.values():
        target = database.tables[database.target(rule.table, relation)]
        wanted = [c for t, c in rule.used if t == target.name and c in target.carried and t != rule.table]
        if wanted and not relation.many:
            partner = database.partner(rule.table, relation)
            there = np.logical_and.reduce([target.carried[c] for c in wanted])
            asked &= (partner < 0) | there[np.maximum(partner, 0)] if len(there) else asked
    return asked


def _table_label(table: str, spec: Spec) -> str:
    base = table.removeprefix("previous_")
    return ("上期" if base != table else "") + spec.table_labels.get(base, base) + "表"


def flat_frame(database: Database, table: str, rules: Sequence[Rule], when: str | None) -> tuple[pd.DataFrame, Positions]:
    """The frame a suite runs on: one column per column, related column or aggregate its rules use; and the rows it holds."""
    view = database.view(table)
    nodes: dict[str, ast.expr] = {}
    for rule in rules:
        for part in (rule.when, rule.check):
            nodes.update((text_of(n), n) for n in flat_columns(part))
        if rule.expect:
            column = str(rule.arguments.get("column", rule.columns[0]))
            nodes[column] = ast.Name(column, ast.Load())
    frame = pd.DataFrame({text: to_series(_column(node, view)) for text, node in nodes.items()}, index=pd.RangeIndex(view.size))
    frame[ROW] = np.arange(view.size)
    rows = np.arange(view.size)
    if when is not None:
        rows = np.flatnonzero(as_truths(evaluate(parse(when), view), view.size).certain)
        frame = frame.iloc[rows].reset_index(drop=True)
    return frame, rows


def _column(node: ast.expr, view: TableView) -> Column:
    if called(node) not in OF_A_GROUP:
        return view.column(node)
    value = evaluate(node, view)
    return value if isinstance(value, Numbers) else as_truths(value, view.size)


def run_suite(
    context: Any, name: str, frame: pd.DataFrame, rules: Sequence[Rule]
) -> tuple[dict[str, Positions], dict[str, Any], dict[str, Verdict], dict[str, npt.NDArray[np.bool_]]]:
    """Run one suite over one frame: the rows that break each rule, the suite as JSON, what was said of each rule, the rows it was put to."""
    suite = gx.ExpectationSuite(name=name, expectations=[expectation(rule) for rule in rules])
    asset = context.data_sources.add_pandas(name=name).add_dataframe_asset(name=name)
    batch = asset.add_batch_definition_whole_dataframe(name).get_batch(batch_parameters={"dataframe": frame})
    report = batch.validate(suite, result_format={"result_format": "COMPLETE", "exclude_unexpected_values": True})
    found: dict[str, Positions] = {}
    verdicts: dict[str, Verdict] = {}
    for result in report.results:
        key = result.expectation_config.meta["key"]
        _refuse_crash(key, result)
        found[key] = np.array(result.result.get("unexpected_index_list") or [], dtype=np.intp)
        verdicts[key] = verdict(name, result)
    for rule in rules:
        if rule.key not in found:
            raise RuleCrashed(rule.id, "Great Expectations 没有给出结果")
    asked = {rule.key: rows_asked(rule, frame) for rule in rules}
    context.data_sources.delete(name)
    _VIEWS.clear()
    return found, json.loads(json.dumps(suite.to_json_dict(), ensure_ascii=False, sort_keys=True, default=str)), verdicts, asked


def rows_asked(rule: Rule, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows of the frame could break a rule; Great Expectations' own column expectations pass over blank cells, save the one about blanks."""
    if rule.check is not None:
        return _view_of(frame).asked[text_of(rule.check), text_of(rule.when) if rule.when is not None else None]
    if str(rule.expect).endswith("to_not_be_null"):
        return np.ones(len(frame), dtype=bool)
    there: npt.NDArray[np.bool_] = frame[str(rule.arguments.get("column", rule.columns[0]))].notna().to_numpy(dtype=bool)
    return there


def verdict(suite: str, result: Any) -> Verdict:
    """One result of Great Expectations as it stands, without the rows."""
    config = result.expectation_config
    arguments = {k: v for k, v in dict(config.kwargs).items() if k not in ("batch_id", "columns") and v is not None}
    said = "；".join(f"{k}={v}" for k, v in sorted(arguments.items()))
    counts = {k: int((result.result or {}).get(k) or 0) for k in ("element_count", "missing_count", "unexpected_count")}
    evaluated = counts["element_count"] - counts["missing_count"]
    return Verdict(suite, str(config.type), said, bool(result.success), evaluated, counts["unexpected_count"])


def _refuse_crash(key: str, result: Any) -> None:
    info = result.exception_info or {}
    details = [info] if "raised_exception" in info else list(info.values())
    for detail in details:
        if isinstance(detail, dict) and detail.get("raised_exception"):
            raise RuleCrashed(key.split("#")[0], _kind_of_fault(str(detail.get("exception_traceback", ""))))
    if not result.success and not (result.result or {}).get("unexpected_index_list"):
        raise RuleCrashed(key.split("#")[0], "没有给出违反的行")


def _kind_of_fault(traceback: str) -> str:
    """The exception's name only: its text may hold somebody's name or number."""
    found = re.search(r"^[\w.]*?(\w+(?:Error|Exception))\b", traceback, re.MULTILINE)
    return found.group(1) if found else "内部错误"


def expectation(rule: Rule) -> Any:
    """A rule as an expectation, its words and origin in meta."""
    meta = {
        "key": rule.key,
        "rule": rule.id,
        "name": rule.name,
        "dimension": rule.dimension,
        "subject": rule.subject,
        "fix": rule.fix,
        "basis": rule.basis,
        "owner": rule.owner,
        "columns": list(rule.columns),
        "source": f"{rule.file}:{rule.line}",
    }
    shared = {"meta": meta, "severity": rule.severity, "description": rule.name}
    if rule.expect:
        kind = "".join(part.capitalize() for part in rule.expect.split("_"))
        return getattr(gx.expectations, kind)(**{"column": rule.columns[0], **rule.arguments}, **shared)
    columns = sorted({text_of(n) for part in (rule.when, rule.check) for n in flat_columns(part)})
    assert rule.check is not None
    return ExpectRowsToSatisfyRule(
        columns=columns,
        check=text_of(rule.check),
        when=text_of(rule.when) if rule.when is not None else None,
        **shared,
    )


def unconfirmed(rules: Iterable[Rule], spec: Spec) -> list[str]:
    """Names of figures in use that nobody has confirmed."""
    return sorted(s.title for s in spec.standards.values() if s.value is not None and not s.confirmed)
