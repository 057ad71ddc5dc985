"""Cases of linkage as findings: both addresses, ours first where a person of ours is meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.assemble import Assembled, Entities
from pipeline.ledger import Finding
from pipeline.link import LinkageConfig
from pipeline.reconcile.decisions import Decision, Decisions
from pipeline.reconcile.frames import DepartmentList
from pipeline.reconcile.linked import LinkedList
from pipeline.report.words import wording
from pipeline.spec import Spec

FEW = 20  # rows from which on a list that links to nobody is told
NOBODY = 0.02  # of its rows
OF_PERSON = ("link.two_numbers", "link.borrowed", "link.generations")  # one fault of a person, on however many lists it shows
BETWEEN = "》《"
WITHOUT_ONE = ("shared_number", "two_households")  # cases that are told of the list alone; of the system its own rules speak


class Teller:
    """Knows both sides' cells."""

    def __init__(self, now: Assembled, spec: Spec, config: LinkageConfig, spine: pd.DataFrame) -> None:
        self.now, self.spec, self.config, self.spine = now, spec, config, spine
        self.persons = now.tables["person"]
        self.cases = {words: case for case, words in config.queues.items()}
        self.again: list[Finding] = []
        self.as_sentences = {config.sentences[k] for k in ("swapped_columns",)} | {config.sentences["nobody"].split("（")[0]}

    def is_note(self, sentence: str) -> bool:
        """Whether a warning is to stand among the run's notes: not what is a finding anyway, nor how weights were learned."""
        told = any(sentence.startswith(s) for s in self.as_sentences)
        return not told and not sentence.startswith(self.config.sentences["few_anchors"].split("（")[0])

    # -- one list --

    def of_list(self, linked: LinkedList) -> list[Finding]:
        """What is to be said of one list and its rows."""
        return [*self._whole(linked), *self._queues(linked), *self._doubtful(linked)]

    def _whole(self, linked: LinkedList) -> list[Finding]:
        one, size, known = linked.one, len(linked.person), int(((linked.person >= 0) | (linked.resident >= 0)).sum())
        entities = self.now.tables[one.table]
        first = str(entities.row_ids()[one.rows[0]])
        slots = {"title": one.source.title, "file": "、".join(r.file for r in one.records), "count": str(size), "linked": str(known)}
        found = []
        if _digits(one.frame, "name"):
            column = one.columns["name"]
            header = next((r.headers[f"{one.table}.{column}"] for r in one.records if f"{one.table}.{column}" in r.headers), column)
            found.append(
                Finding("link.swapped", first, (one.source.name,), source=one.source.title, source_column=header, slots={**slots, "label": header})
            )
        elif size >= FEW and known < NOBODY * size:
            found.append(Finding("link.nobody", first, (one.source.name,), source=one.source.title, slots=slots))
        return found

    def _queues(self, linked: LinkedList) -> list[Finding]:
        found = []
        queues = linked.queues
        for words, part in queues.groupby("queue", sort=True) if len(queues) else ():
            case = self.cases[str(words)]
            if case == "repeated":
                found += self._repeated(linked, part)
                continue
            for a, b in zip(part["a"], part["b"], strict=True):
                if not _missing(b) and (case in WITHOUT_ONE) == _missing(a):
                    found.append(self._pair(f"link.{case}", linked.one, a, int(b)))
        return found

    def _repeated(self, linked: LinkedList, part: pd.DataFrame) -> list[Finding]:
        """Once per person, at the first of his rows; nothing where several rows of a person are natural (spells, settlements)."""
        one = linked.one
        personal = {"name", "id_number", "household_key", *one.columns.values()}
        ids = {f.name for f in self.spec.fields[one.table].values() if f.type == "id"}
        if not set(self.spec.keys[one.table][0]) <= personal | ids:
            return []
        at = {int(row): int(p) for row, p in zip(one.rows.tolist(), linked.person.tolist(), strict=True)}
        rows = sorted({int(b) for b in part["b"] if not _missing(b) and at[int(b)] >= 0})
        found = []
        for _, group in pd.Series(rows).groupby([at[r] for r in rows], sort=True):
            mine = group.tolist()
            everywhere = [int(r) for r in one.rows[linked.person == at[mine[0]]].tolist()]
            if len(everywhere) > 1 and not self._other_files(one, everywhere):
                found.append(self._pair("link.repeated", one, None, everywhere[0], others=everywhere[1:]))
        return found

    def _other_files(self, one: DepartmentList, rows: list[int]) -> bool:
        """Whether the rows stand in different files: two parts of one list are no repetition within it."""
        ids = self.now.tables[one.table].row_ids()
        return len({str(ids[r]).rpartition("#")[0] for r in rows}) == len(rows)

    def _doubtful(self, linked: LinkedList) -> list[Finding]:
        first = linked.review.drop_duplicates("b") if len(linked.review) else linked.review
        return [
            self._pair("link.doubtful", linked.one, int(a), int(b), why=str(why))
            for a, b, why in zip(first["a"], first["b"], first["why"], strict=True)
        ]

    def _pair(self, problem: str, one: DepartmentList, a: Any, b: int, others: Iterable[int] = (), **slots: str) -> Finding:
        """A finding with our cell and theirs; without a person of ours it stands at the list's row."""
        theirs = self.now.tables[one.table]
        cells = [cell(theirs, r, one.columns) for r in (b, *others)]
        their_name = _text(one.frame.at[b, "name"]) if "name" in one.frame.columns else ""
        their_id = _text(one.frame.at[b, "idno"]) if "idno" in one.frame.columns else ""
        slots = {"title": one.source.title, "their_name": their_name or "（未填姓名）", **slots}
        if a is None or _missing(a):
            row_id, header, *_ = cells[0]
            return Finding(
                problem, row_id, (one.source.name, their_id or their_name, row_id if not (their_id or their_name) else ""), table=one.table,
                column=one.columns.get("idno", one.columns.get("name")), source_column=header, value=their_id or None, source=one.source.title,
                name=their_name or None, other_cells="；".join(f"{r}:{h}" for r, h in cells[1:]) or None, slots=slots,
            )  # fmt: skip
        a = int(a)
        frame = self.persons.frame
        row_id, header = cell(self.persons, a, {"idno": "id_number", "name": "name"})
        return Finding(
            problem, row_id, (problem,), household_no=_of(frame, "household_no", a), person_no=_of(frame, "person_no", a), table="person",
            column="id_number", source_column=header, value=_of(frame, "id_number", a), suggestion=None, source=one.source.title,
            name=_of(frame, "name", a), other_cells="；".join(f"{r}:{h}" for r, h in cells) or None,
            slots={**slots, "why": slots.get("why", "")},
        )  # fmt: skip

    # -- across lists, and answers --

    def of_tables(self, lists: list[LinkedList]) -> list[Finding]:
        """Two lists of one kind that say different things of one person."""
        found = []
        for table in sorted({one.one.table for one in lists}):
            mine = [one for one in lists if one.one.table == table]
            personal = {"name", "id_number", "household_key", "card_no"}
            entities = self.now.tables[table]
            if len({o.records.file for o in entities.origins}) > 1 and set(self.spec.keys[table][0]) <= personal:
                found += self._disagreeing(mine, entities)
        return found

    def _disagreeing(self, lists: list[LinkedList], entities: Entities) -> list[Finding]:
        rows = np.concatenate([one.one.rows for one in lists])
        person = np.concatenate([one.person for one in lists])
        files = np.array([str(i).partition("#")[0] for i in entities.row_ids()[rows]], dtype=object)
        frame = pd.DataFrame({"row": rows, "person": person, "file": files})[person >= 0].drop_duplicates(["person", "file"])
        several = frame[frame["person"].duplicated(keep=False)].sort_values(["person", "row"])
        found = []
        columns = [
            f
            for f in self.spec.fields[entities.table].values()
            if f.type in ("code", "date", "month") and f.name in entities.frame.columns and f.codes != "relation"
        ]
        for person_, group in several.groupby("person", sort=True):
            first, *others = group["row"].tolist()
            for field in columns:
                said = _of(entities.frame, field.name, first)
                for other in others:
                    here = _of(entities.frame, field.name, other)
                    if said and here and said != here:
                        found.append(self._disagreement(entities, field, int(first), int(other), int(str(person_))))
        return found

    def _disagreement(self, entities: Entities, field: Any, first: int, other: int, person: int) -> Finding:
        here, there = (entities.address(field.name, r) or (str(entities.row_ids()[r]), "", "") for r in (first, other))
        frame = self.persons.frame
        value = _of(entities.frame, field.name, first)
        slots = {
            "label": field.label,
            "value": value or "",
            "other": _of(entities.frame, field.name, other) or "",
            "title": here[0].partition("#")[0],
            "other_title": there[0].partition("#")[0],
        }
        return Finding(
            "link.lists_disagree", here[0], (entities.table, str(person)), household_no=_of(frame, "household_no", person),
            person_no=_of(frame, "person_no", person), table=entities.table,
            column=field.name, source_column=here[1], value=value, source=here[2], label=field.label, codes=field.codes,
            name=_of(frame, "name", person), other_cells=f"{there[0]}:{there[1]}", slots=slots,
        )  # fmt: skip

    def reopened(self, one: DepartmentList, a: int, b: int, decision: Decision) -> None:
        """A decision whose values have changed since."""
        verdicts = dict(zip(("same", "other"), wording().get("review.verdicts"), strict=False))
        told = f"{decision.period}：{verdicts[decision.verdict]}"
        self.again.append(self._pair("link.reopened", one, a, b, decision=told))

    def of_answers(self, decisions: Decisions) -> list[Finding]:
        """Answers that could not be used, and those that have to be given again."""
        found = list(self.again)
        for one in decisions.spoilt:
            found.append(
                Finding(
                    "link.decision_spoilt", one.address, (one.file, str(one.row)), slots={"file": f"{one.period}/{one.file}", "row": str(one.row)}
                )
            )
        for first, second in decisions.contradicted:
            slots = {"file": f"{second.period}/{second.file}", "row": str(second.row), "other": f"{first.period}/{first.file} 第{first.row}行"}
            found.append(Finding("link.decision_twice", second.address, (first.keys["pair"],), other_cells=first.address, slots=slots))
        return found


def folded(findings: list[Finding]) -> list[Finding]:
    """What several lists show of one person of ours is one finding that names them all."""
    first: dict[tuple[str, str], Finding] = {}
    kept: dict[int, Finding] = {}
    for number, finding in enumerate(findings):
        key = (finding.problem, finding.row_id)
        if finding.problem not in OF_PERSON or finding.table != "person":
            kept[number] = finding
        elif key not in first:
            first[key] = kept[number] = finding
            continue
        else:
            one = first[key]
            titles = one.slots["title"].split(BETWEEN)
            both = {**one.slots, "title": BETWEEN.join(dict.fromkeys([*titles, finding.slots["title"]]))}
            cells = "；".join(dict.fromkeys(filter(None, (one.other_cells, finding.other_cells))))
            at = next(n for n, f in kept.items() if f is one)
            first[key] = kept[at] = replace(one, other_cells=cells, slots=both)
    return [kept[n] for n in sorted(kept)]


def cell(entities: Entities, row: int, columns: Any) -> tuple[str, str]:
    """(row_id, header) of a row's number, else of its name."""
    for asked in ("idno", "name"):
        address = entities.address(columns[asked], row) if asked in columns else None
        if address is not None:
            return address[0], address[1]
    return str(entities.row_ids()[row]), ""


def _digits(frame: pd.DataFrame, column: str) -> bool:
    """Names that are mostly identity numbers."""
    if column not in frame.columns:
        return False
    sample = frame[column].dropna().astype(str).head(200)
    return len(sample) > 0 and bool(sample.str.fullmatch(r"\d{15,17}[\dXx]{0,3}").mean() > 0.5)


def _missing(value: Any) -> bool:
    return value is None or value != value


def _text(value: Any) -> str:
    return "" if _missing(value) else str(value)


def _of(frame: pd.DataFrame, column: str, row: int) -> str | None:
    return _text(frame[column].iat[row]) or None if column in frame.columns else None
