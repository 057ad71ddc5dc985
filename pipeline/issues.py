"""Broken rules and findings → one table of issues, each with its cell, its words and whose it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.assemble import Entities
from pipeline.derive import Database
from pipeline.expression.parse import dotted, parse, text_of
from pipeline.expression.values import Numbers, Texts, Truths
from pipeline.ledger import ISSUE_COLUMNS, Finding, digest, issue_frame, issue_ids
from pipeline.spec import Problem, Rule, Spec

if TYPE_CHECKING:
    from pipeline.validate import Outcome  # late: with it comes all of Great Expectations

_SLOT = re.compile(r"\{([^{}]*)\}")
BLANK = "空"
PLACE_OF_HOUSEHOLD = ("township", "village", "group")
WHERE = frozenset({"file", "tab", "row", "letter", "letters", "count"})  # slots that change with every export
MANY = 20  # of related rows, so many are named


@dataclass
class Whereabouts:
    """Whose a row is: household, person, place and name, for any table."""

    tables: Mapping[str, Entities]

    def __post_init__(self) -> None:
        households = self.tables["household"].frame
        numbers = _column(households, "household_no")
        self.household = {n: i for i, n in reversed(list(enumerate(numbers))) if n is not None}
        self.places = {c: _column(households, c) for c in (*PLACE_OF_HOUSEHOLD, "head_name")}
        self.rows: dict[str, tuple[str, int]] | None = None

    def of(self, table: str, entity: int) -> dict[str, str | None]:
        """household_no, person_no, township, village, group and name of one row of a table."""
        frame = self.tables[table].frame

        def cell(column: str) -> str | None:
            return _cell(frame, column, entity)

        number = cell("household_no")
        found: dict[str, str | None] = {"household_no": number, "person_no": cell("person_no")}
        found |= self.place(number)
        for column in PLACE_OF_HOUSEHOLD:
            found[column] = found[column] or cell(column)
        found["name"] = cell("name") or cell("head_name") or (found["head_name"] if table == "household" else None)
        return found

    def place(self, household_no: str | None) -> dict[str, str | None]:
        """Where a household lives and who heads it."""
        at = self.household.get(household_no) if household_no else None
        return {c: (None if at is None else values[at]) for c, values in self.places.items()}

    def of_row(self, row_id: str) -> tuple[str, int] | None:
        """The table and row that a list's row became part of, the person before the household."""
        if self.rows is None:
            self.rows = {}
            for table in self.tables:
                for origin in self.tables[table].origins:
                    there = np.flatnonzero(origin.rows >= 0)
                    ids = origin.records.row_ids[origin.rows[there]]
                    for row, entity in zip(ids.tolist(), there.tolist(), strict=True):
                        self.rows.setdefault(row, (table, entity))
        return self.rows.get(row_id)


def _column(frame: pd.DataFrame, name: str) -> list[str | None]:
    if name not in frame.columns:
        return [None] * len(frame)
    return [None if v is None or v != v else str(v) for v in frame[name].to_numpy(dtype=object)]


def _cell(frame: pd.DataFrame, name: str, row: int) -> str | None:
    value = frame[name].iat[row] if name in frame.columns else None
    return None if value is None or value != value else str(value)


# ---- broken rules ----------------------------------------------------------------------------------------------------


class RuleIssues:
    """Turns the rows that break a rule into issues."""

    def __init__(
        self, spec: Spec, database: Database, tables: Mapping[str, Entities], previous: Mapping[str, Entities], whereabouts: Whereabouts, period: str
    ) -> None:
        self.spec, self.database, self.whereabouts, self.period = spec, database, whereabouts, period
        self.tables = {**tables, **{f"previous_{name}": e for name, e in previous.items()}}
        self.before = Whereabouts(previous) if previous else None
        self.lists_of: dict[str, list[str]] = {}
        self.versions: dict[str, str] = {}

    def rows(self, outcome: Outcome) -> list[dict[str, object]]:
        """One issue per row that breaks the rule; none where no list carries the cell it is about for this row."""
        rule = outcome.rule
        return [row for entity in outcome.broken.tolist() if (row := self._issue(rule, int(entity))) is not None]

    def _issue(self, rule: Rule, entity: int) -> dict[str, object] | None:
        table, column, at = self._place_of(rule, entity)
        address = self.tables[table].address(column, at) if at >= 0 else None
        if address is None:
            if rule.each or rule.expect or column in self.tables[table].origin_of:
                return None
            row_ids = self.tables[rule.table].row_ids()
            address = (str(row_ids[entity]), "", "")
        whose = self.whereabouts if not rule.table.startswith("previous_") else self.before
        assert whose is not None
        owner = whose.of(rule.table.removeprefix("previous_"), entity)
        value = _cell(self.tables[table].frame, column, at) if at >= 0 else None
        field = self.spec.fields.get(table.removeprefix("previous_"), {}).get(column)
        others = self.tables[table].elsewhere(column, at) if at >= 0 else []
        others += self._other_columns(rule, entity, column)
        return {
            "rule": rule.id,
            "title": rule.name,
            "dimension": rule.dimension,
            "severity": rule.severity,
            "owner": rule.owner,
            "table": table.removeprefix("previous_"),
            "row_id": address[0],
            "column": column,
            "source_column": address[1],
            "value": value,
            "suggestion": None,
            "message": self._words(rule.message, rule, entity, column, value),
            "fix": self._words(rule.fix, rule, entity, column, value),
            "basis": rule.basis,
            "step": "validate",
            "status": "新增",
            "first_seen": self.period,
            "other_cells": "；".join(dict.fromkeys(others)) or None,
            "waivable": rule.waivable,
            "codes": field.codes if field else None,
            "label": field.label if field else None,
            "source": address[2],
            "rests_on": self._rests_on(rule, entity, value),
            "rule_version": self._version(rule),
            **{k: v for k, v in owner.items() if k != "head_name"},
            "subject": self._subject(rule, entity, owner),
        }

    def _place_of(self, rule: Rule, entity: int) -> tuple[str, str, int]:
        """The cell an issue is filed at: the first of the rule's columns that some list carries for this row."""
        places = [self._resolve(rule.table, tuple(name.split(".")), entity) for name in rule.columns]
        if rule.each or rule.expect:
            return places[0]
        return next((p for p in places if p[2] >= 0 and self.tables[p[0]].address(p[1], p[2]) is not None), places[0])

    def _resolve(self, table: str, path: tuple[str, ...], entity: int) -> tuple[str, str, int]:
        if len(path) == 1 or entity < 0:
            return table, path[-1], entity
        relation = self.database.tables[table].relations[path[0]]
        target = self.database.target(table, relation)
        if relation.many:
            rows = self.database.children(table, relation, entity)
            partner = int(rows[0]) if len(rows) else -1
        else:
            partner = int(self.database.partner(table, relation)[entity])
        return self._resolve(target, path[1:], partner)

    def _other_columns(self, rule: Rule, entity: int, filed: str) -> list[str]:
        """The cells of the rule's other columns; of related rows (members, spells) each one's."""
        found = []
        for name in rule.columns:
            for table, column, at in self._each(rule.table, tuple(name.split(".")), entity):
                address = self.tables[table].address(column, at) if at >= 0 and column != filed else None
                if address is not None:
                    found.append(f"{address[0]}:{address[1]}")
        return found + self._list_rows(rule, entity)

    def _rests_on(self, rule: Rule, entity: int, value: str | None) -> str:
        """A hash of every cell the rule looked at: whoever says it is true says so of these values and no others."""
        own = sorted(c for t, c in rule.used if t == rule.table and c not in rule.columns)
        cells = [f"={value}"]
        for name in (*rule.columns, *own):
            there = self._each(rule.table, tuple(name.split(".")), entity, None)
            values = [_cell(self.tables[table].frame, column, at) or "" for table, column, at in there if at >= 0]
            cells.append("\x1e".join([name, *sorted(values)]))
        return digest(*cells)

    def _version(self, rule: Rule) -> str:
        """Which wording of the rule this is: another one when what it asks, or a figure in it, changes."""
        if rule.key not in self.versions:
            parts = [text_of(tree) if tree is not None else "" for tree in (rule.when, rule.check)]
            self.versions[rule.key] = digest(*parts, rule.expect or "", str(sorted(rule.arguments.items())))
        return self.versions[rule.key]

    def _list_rows(self, rule: Rule, entity: int) -> list[str]:
        """Where the departments' rows stand that a rule weighs, when its columns do not name them: the other side's address."""
        if rule.key not in self.lists_of:
            self.lists_of[rule.key] = sorted(self._list_relations(rule) - {name.split(".")[0] for name in rule.columns})
        found = []
        for name in self.lists_of[rule.key] if entity >= 0 else ():
            relation = self.database.tables[rule.table].relations[name]
            target = self.database.target(rule.table, relation)
            if relation.many:
                for row in self.database.children(rule.table, relation, entity)[:MANY].tolist():
                    table = self.tables[target]
                    address = table.address("id_number", row) or table.address("name", row) or table.address("head_name", row)
                    found += [f"{address[0]}:{address[1]}"] if address else []
        return found or self._whole_lists(rule)

    def _whole_lists(self, rule: Rule) -> list[str]:
        """Where somebody was looked for in vain: the tabs of the lists that a rule asks."""
        wanted = [name for name in rule.needs if name in self.spec.lists]
        return [f"{o.records.file}#{o.records.tab}" for name in wanted for o in self.tables[name].origins][:MANY]

    def _each(self, table: str, path: tuple[str, ...], entity: int, most: int | None = MANY) -> list[tuple[str, str, int]]:
        """The cells a dotted column stands for: one, or one per related row."""
        relation = self.database.tables[table].relations.get(path[0]) if len(path) == 2 and entity >= 0 else None
        if relation is None or not relation.many:
            return [self._resolve(table, path, entity)]
        rows = self.database.children(table, relation, entity)
        return [(self.database.target(table, relation), path[1], int(row)) for row in rows[:most]]

    def _list_relations(self, rule: Rule) -> set[str]:
        """The relations to departments' lists that a rule asks, itself or through its table's facts."""
        relations, facts = self.database.tables[rule.table].relations, self.spec.facts.get(rule.table, {})
        names: set[str] = set()
        waiting = [tree for tree in (rule.when, rule.check) if tree is not None]
        while waiting:
            said = {node.id for node in ast.walk(waiting.pop()) if isinstance(node, ast.Name)} - names
            names |= said
            waiting += [facts[name] for name in said if name in facts]
        return {name for name in names if name in relations and relations[name].table in self.spec.lists}

    def _words(self, template: str, rule: Rule, entity: int, column: str, value: str | None) -> str:
        label = self.spec.label(rule.table, rule.each or column)

        def fill(found: re.Match[str]) -> str:
            name = found.group(1).strip()
            if name == "it":
                return label
            if name == "value":
                return value or BLANK
            return self._slot(name, rule.table, entity)

        return _SLOT.sub(fill, template)

    def _slot(self, name: str, table: str, entity: int) -> str:
        """What a {slot} of a message says for one row: a column's own text, else what a fact gives."""
        if name.startswith("$"):
            standard = self.spec.standards.get(name[1:])
            return _plain(standard.value if standard else None)
        path = tuple(name.split("."))
        if len(path) == 1 or path[0] in self.database.tables[table].relations:
            where, column, at = self._resolve(table, path, entity) if all(p.isidentifier() for p in path) else (table, "", -1)
            if at >= 0 and column in self.tables[where].frame.columns:
                return _cell(self.tables[where].frame, column, at) or BLANK
        return self._computed(name, table, entity)

    def _computed(self, name: str, table: str, entity: int) -> str:
        view = self.database.view(table)
        try:
            column = view.column(parse(name)) if dotted(parse(name)) else None
        except (KeyError, ValueError):
            return BLANK
        if isinstance(column, Texts):
            return str(column.objects()[entity] or BLANK)
        if isinstance(column, Numbers):
            return _plain(float(column.values[entity]))
        if isinstance(column, Truths):
            return "是" if column.certain[entity] else "否"
        return BLANK

    @staticmethod
    def _subject(rule: Rule, entity: int, owner: Mapping[str, str | None]) -> str:
        return "|".join(str(owner.get(k) or "") for k in ("household_no", "person_no")) + (
            "" if owner.get("person_no") else f"|{owner.get('name') or ''}"
        )


def _plain(value: object) -> str:
    if value is None or value != value:
        return BLANK
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


# ---- findings ----------------------------------------------------------------------------------------------------------


def finding_rows(findings: Sequence[Finding], spec: Spec, whereabouts: Whereabouts, period: str) -> list[dict[str, object]]:
    """The engine's own findings as issues, their words from structure*.yml, completed with whose they are.

    What a list repeats on every member's row of a household is one issue, at the first of those rows.
    """
    told = (f for f in findings if spec.problems[f.problem].id not in spec.switches)
    rows: list[dict[str, object]] = []
    first: dict[tuple[object, ...], dict[str, object]] = {}
    for finding in told:
        row = _finding_row(finding, spec.problems[finding.problem], whereabouts, period)
        if finding.table != "household" or row["household_no"] is None or not finding.problem.startswith("normalise."):
            rows.append(row)
            continue
        file = finding.row_id.rpartition("!")[0]
        key = (finding.problem, row["household_no"], finding.column, finding.value, file)
        if key in first:
            cell = f"{finding.row_id}:{finding.source_column}"
            first[key]["other_cells"] = "；".join(filter(None, (str(first[key]["other_cells"] or ""), cell)))
        else:
            first[key] = row
            rows.append(row)
    return rows


def _finding_row(finding: Finding, problem: Problem, whereabouts: Whereabouts, period: str) -> dict[str, object]:
    at = whereabouts.of_row(finding.row_id)
    owner: dict[str, str | None] = (
        whereabouts.of(*at) if at else {**whereabouts.place(finding.household_no), "household_no": None, "person_no": None, "name": None}
    )
    if finding.table == "household" and at and at[0] == "person":
        owner = {**owner, "person_no": None, "name": owner.get("head_name") or owner.get("name")}
    household_no = finding.household_no or owner["household_no"]
    name = finding.name or owner.get("name")
    person_no = finding.person_no or owner["person_no"]
    who = name or (f"户编号{household_no}" if household_no else "这一行")
    slots = _Slots({**finding.slots, "who": who, "household_no": str(household_no or "")})
    subject = finding.subject if not (household_no or person_no or name) else (str(household_no or ""), str(person_no or name or ""))
    return {
        "rule": problem.id,
        "title": problem.name,
        "dimension": problem.dimension,
        "severity": problem.severity,
        "owner": problem.owner,
        "township": owner.get("township"),
        "village": owner.get("village"),
        "group": owner.get("group"),
        "household_no": household_no,
        "person_no": person_no,
        "table": finding.table,
        "row_id": finding.row_id,
        "column": finding.column,
        "source_column": finding.source_column,
        "value": finding.value,
        "suggestion": finding.suggestion,
        "message": problem.message.format_map(slots),
        "fix": problem.fix.format_map(slots),
        "basis": problem.name,
        "step": finding.problem.split(".")[0],
        "status": "新增",
        "first_seen": period,
        "name": name,
        "other_cells": finding.other_cells,
        "waivable": True,
        "codes": finding.codes,
        "label": finding.label,
        "source": finding.source,
        "rests_on": digest(finding.value or "", finding.suggestion or "", *(f"{k}={v}" for k, v in sorted(finding.slots.items()) if k not in WHERE)),
        "rule_version": None,
        "subject": "|".join(subject) + "|" + finding.problem,
    }


class _Slots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return BLANK


# ---- the table -----------------------------------------------------------------------------------------------------------

_ORDER = {"critical": 0, "warning": 1, "info": 2}


def issue_table(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """All issues as the contract's table, sorted, with their ids; what a rule says of a cell is not said again by a comparison."""
    frame = issue_frame(rows)
    if not len(frame):
        return frame.drop(columns="subject")
    frame = frame[~_said_already(frame)]
    frame = frame.assign(_severity=frame["severity"].map(_ORDER)).sort_values(
        ["township", "village", "group", "household_no", "_severity", "rule", "person_no", "row_id", "column"], kind="stable", na_position="last"
    )
    frame = frame.drop(columns="_severity").reset_index(drop=True)
    columns = [frame[c].tolist() for c in ("rule", "subject", "column", "value")]
    frame["issue_id"] = issue_ids(*columns)
    return frame.drop(columns="subject")[[c for c in ISSUE_COLUMNS if c != "subject"]]


def _said_already(frame: pd.DataFrame) -> pd.Series[bool]:
    """One fault is one finding: comparisons of two lists over a cell that is reported anyway, and blanks that are cells nobody could read."""
    cell = frame["row_id"].fillna("").astype(str) + "|" + frame["source_column"].fillna("").astype(str)
    subject = (
        frame["household_no"].fillna("").astype(str) + "|" + frame["person_no"].fillna("").astype(str) + "|" + frame["column"].fillna("").astype(str)
    )
    compared = frame["subject"].astype(str).str.endswith("assemble.lists_differ")
    ruled = set(subject[~compared & frame["step"].isin(["validate", "normalise"])])
    unread = set(cell[frame["step"] == "normalise"])
    return (compared & subject.isin(ruled)) | ((frame["step"] == "validate") & frame["value"].isna() & cell.isin(unread))
