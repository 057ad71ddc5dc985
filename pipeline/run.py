"""The whole flow on one page: raw files in, clean tables, issues and products out.

A run is a function of data/raw, mappings and expectations; it keeps no state and knows no clock.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from dataclasses import replace as replaced
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import pandas as pd

from pipeline.assemble import Assembled, Entities, assemble, same_persons
from pipeline.checks import CHECKS
from pipeline.cleaners import load_spellings
from pipeline.correct import Corrected, Past, campaign_periods, correct, inputs_key, kept_past, read_returned
from pipeline.correct.causes import find_causes
from pipeline.correct.imports import ImportSheet, import_sheets
from pipeline.correct.whatif import Effect, overlaid
from pipeline.derive import PREVIOUS, Columns, Database, Table, typed
from pipeline.expression.values import Column, Truths
from pipeline.gazetteer import learn_villages, resolve_villages
from pipeline.intake import Intake, count_rows, learn_place, other_counties, take_in
from pipeline.issues import RuleIssues, Whereabouts, finding_rows, issue_table
from pipeline.ledger import Finding
from pipeline.mapping import Recogniser, vocabulary
from pipeline.normalise import Normaliser
from pipeline.period import NothingToDo, Period, find_period
from pipeline.place import swap_in, workplace
from pipeline.proof import proofread
from pipeline.quality import quality
from pipeline.reconcile import Reconciled, reconcile
from pipeline.report import Results, write_all
from pipeline.schedule import annex_words, given_and_read, handed_in, newest_day
from pipeline.screen import Screened, screen, widen
from pipeline.spec import Spec, load_spec
from pipeline.spec.model import Field
from pipeline.spec.said import own_words
from pipeline.zeros import full_spellings, number_columns, restore_zeros


class RowsLost(RuntimeError):
    """Rows in ≠ rows out + rows refused: the result would be false, so nothing is published."""


class Teller(Protocol):
    """Somebody who tells the user how far the run is."""

    def stage(self, name: str) -> None:
        """A stage begins."""
        ...

    def step(self, what: str) -> None:
        """Something smaller inside the stage begins."""
        ...


@dataclass
class Silence:
    """Tells nobody."""

    def stage(self, name: str) -> None:
        """Nothing."""

    def step(self, what: str) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Summary:
    """What a run says at its end."""

    period: str
    place: str
    folder: Path
    households: int
    persons: int
    issues: Mapping[str, int]
    files: int
    notes: tuple[str, ...]
    seconds: Mapping[str, float]


@dataclass
class Clock:
    """How long each stage took; for people and benches, never for the outputs."""

    tell: Teller
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage under its name."""
        self.tell.stage(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def run(root: Path, wanted: str | None = None, tell: Teller | None = None, spec: Spec | None = None, share: bool = False) -> Summary:
    """Clean one period and put everything into data/clean/<period>; with `share` also a report that may leave the office.

    Raises NothingToDo, SpecError, RuleCrashed, RowsLost, NotShareable.
    """
    clock = Clock(tell or Silence())
    period = find_period(root / "data" / "raw", wanted)
    with clock.stage("载入规则"):
        spec = spec or proofread(load_spec(root))
    results, suites = work(root, period, spec, clock)
    with clock.stage("写出结果"), workplace(root / "data" / "clean", period.name) as folder:
        write_all(results, folder)
        write_suites(suites, folder)
        if share:
            from pipeline.report.share import write as write_shared

            write_shared(results, folder)
        swap_in(folder, root / "data" / "clean" / period.name)
    counts = results.issues["severity"].value_counts()
    return Summary(
        period.name,
        results.place,
        root / "data" / "clean" / period.name,
        len(results.tables["household"]),
        len(results.tables["person"]),
        {s: int(counts.get(s, 0)) for s in ("critical", "warning", "info")},
        len(results.manifest["inputs"]),
        tuple(results.manifest["notes"]),
        clock.seconds,
    )


@dataclass(frozen=True)
class Given:
    """What one period's files say, before any question is asked."""

    root: Path
    period: Period
    spec: Spec
    normaliser: Normaliser
    intake: Intake
    before: Intake
    place: str
    townships: list[str]
    told: bool


@dataclass(frozen=True)
class Examined:
    """The tables that some records give, and everything that is wrong with them."""

    intake: Intake
    now: Assembled
    last: Assembled
    linked: Reconciled | None
    outcomes: list[Any]
    suites: dict[str, Any]
    issues: pd.DataFrame
    database: Database
    read: frozenset[str]


def work(root: Path, period: Period, spec: Spec, clock: Clock) -> tuple[Results, dict[str, Any]]:
    """Everything but writing: the results of one period and the compiled suites."""
    given = take(root, period, spec, clock)
    before = past(root, period, spec, clock)
    done, found = answered(given, before.states, clock)
    return results_of(given, found, screened_lists(given, found, clock), done, continued(before, given, found, done)), found.suites


def what_if(root: Path, wanted: str | None, overlay: Path, tell: Teller | None = None) -> Effect:
    """The open problems of a period with and without some changes of mappings/ and expectations/. Writes nothing to the project."""
    clock = Clock(tell or Silence())
    period = find_period(root / "data" / "raw", wanted)
    with TemporaryDirectory() as folder:
        other = overlaid(root, overlay, Path(folder))
        specs = load_spec(root), load_spec(other)
        before, after = (work(place, period, spec, clock)[0].problems for place, spec in zip((root, other), specs, strict=True))
    return Effect(before, after)


def answered(given: Given, before: pd.DataFrame, clock: Clock, advise: bool = True) -> tuple[Corrected, Examined]:
    """The period with the villages' answers laid over: without any this is one examination, with some it is two or three."""
    root, period = given.root, given.period
    names = campaign_periods(root / "data" / "raw", period.name, given.spec.campaign.history_from)
    files = read_returned(root / "data" / "raw", names, given.spec.campaign.list_password)
    waiting = any(len(one.rows) for one in files)
    first = examine(given, given.intake, clock, advise=advise and not waiting)
    if not waiting:
        return correct(period.name, files, first, before, given.spec, given.normaliser, lambda intake: first, pd.DataFrame)

    def again(intake: Intake) -> Examined:
        with clock.stage("采用村级答复"):
            return examine(given, intake, Clock(Silence()), advise=False)

    def listed() -> pd.DataFrame:
        from pipeline.report.fixrows import fix_rows

        return fix_rows(results_of(given, first, Screened(pd.DataFrame(), {})))

    done, found = correct(period.name, files, first, before, given.spec, given.normaliser, again, listed)
    return (advised(given, done, found, clock), found) if advise else (done, found)


def past(root: Path, period: Period, spec: Spec, clock: Clock) -> Past:
    """The campaign up to the period before this one: as kept if it is of the same inputs, else told anew."""
    raw = root / "data" / "raw"
    names = [n for n in campaign_periods(raw, period.name, spec.campaign.history_from) if n < period.name]
    at, so_far = next(((i, p) for i, n in reversed(list(enumerate(names))) if (p := kept_past(root, n)) is not None), (-1, Past()))
    for name in names[at + 1 :]:
        with clock.stage("重算以前各期"), suppress(NothingToDo):
            given = take(root, find_period(raw, name), spec, Clock(Silence()))
            done, found = answered(given, so_far.states, Clock(Silence()), advise=False)
            so_far = continued(so_far, given, found, done)
    return so_far


def continued(before: Past, given: Given, found: Examined, done: Corrected) -> Past:
    """The campaign with this period in it."""
    name, inputs = given.period.name, [asdict(i) for i in given.intake.inputs]
    exports = {s.title for s in given.spec.sources if s.system}  # a list may be older, or tell of days to come
    days = {**before.days, name: newest_day(inputs, name, exports)}
    return Past(done.states, days, pd.concat([before.handed, sheets_handed_in(given, found, inputs)], ignore_index=True))


def sheets_handed_in(given: Given, found: Examined, inputs: list[dict[str, Any]]) -> pd.DataFrame:
    """Which annexes of the calendar came in with this period, of which villages."""
    spec, tables = given.spec, found.now.tables
    names = annex_words(spec.campaign.calendar, {a.name: a.title for a in spec.annexes})

    def villages_of(file: str) -> tuple[str, ...]:
        mine = [(e.frame["village"], pd.Series(e.row_ids(), dtype=object)) for e in tables.values() if "village" in e.frame.columns]
        return tuple(sorted({v for village, rows in mine for v in village[rows.str.startswith(f"{file}#", na=False).to_numpy()].dropna()}))

    homes = tables["household"].frame
    villages = sorted(homes["village"].dropna().unique()) if "village" in homes.columns else []
    sheets = given_and_read(given.period.folder, inputs, names, villages_of)
    return handed_in(sheets, names, villages, given.period.name, spec.campaign.calendar)


def advised(given: Given, done: Corrected, found: Examined, clock: Clock) -> Corrected:
    """The open problems with advice on which cell to change."""
    from pipeline.localise import attach, localise

    with clock.stage("整理问题"):
        rows = [{str(k): v for k, v in row.items()} for row in done.issues.to_dict("records")]
        attach(rows, localise(found.outcomes, found.database, found.now.tables, given.spec))
        issues = pd.DataFrame(rows, columns=list(done.issues.columns), dtype=object)
    return replaced(done, issues=issues.assign(waivable=issues["waivable"].astype(bool)))


def take(root: Path, period: Period, spec: Spec, clock: Clock) -> Given:
    """Read and clean the period's files and those it is compared with. Raises NothingToDo."""
    with clock.stage("读取文件"):
        kit = (spec, Recogniser(spec), Normaliser(spec, load_spellings(root / "mappings" / "spellings.yml")), vocabulary(spec))
        intake, county = other_counties(take_in(period.folder, *kit, clock.tell.step), spec)
        before = other_counties(take_in(period.previous, *kit, clock.tell.step, previous=True), spec)[0] if period.previous else Intake()
    gazetteer = learn_villages(intake.records, kit[2].spellings)
    intake.records, respelt = resolve_villages(intake.records, gazetteer, kit[2].spellings.reasons["place"])
    intake.changes += respelt
    before.records, _ = resolve_villages(before.records, gazetteer, "")
    numbers = number_columns(spec)
    full = full_spellings([*intake.records, *before.records], numbers)
    intake.records, padded = restore_zeros(intake.records, full, numbers, kit[2].spellings.reasons["zeros"])
    intake.changes += padded
    before.records, _ = restore_zeros(before.records, full, numbers, "")
    place, townships = learn_place(intake, county)
    if not intake.records:
        raise NothingToDo(_nothing_read(period, intake, spec))
    told = spec.campaign.county is not None
    if not told and county:
        spec = load_spec_for_county(root, spec, county)
    return Given(root, period, spec, kit[2], intake, before, place, townships, told)


def examine(given: Given, intake: Intake, clock: Clock, advise: bool = True) -> Examined:
    """Tables, links, broken rules and findings of some records: those of the files, or with answers laid over. Raises RowsLost."""
    spec, before, period = given.spec, given.before, given.period
    with clock.stage("汇总成表"):
        now, last = assemble(intake.records, spec), assemble(before.records, spec)
        same_persons(now, last, spec)
        broken = count_rows(intake, now.used, now.refused)
        if broken:
            raise RowsLost("行数对不上（读入 ≠ 用上 + 未用），结果不可靠，已停止：" + "；".join(broken[:5]))
    linked = reconciled(now, spec, given.root, period, clock)
    with clock.stage("按规则校验"):
        from pipeline.validate import validate

        database = make_database(now, last, spec)
        carried = {name: frozenset(e.origin_of) for name, e in now.tables.items()} | {
            PREVIOUS + n: frozenset(e.origin_of) for n, e in last.tables.items()
        }
        read = frozenset(n for n, e in now.tables.items() if e.origins) | frozenset(PREVIOUS + n for n, e in last.tables.items() if e.origins)
        read -= linked.late if linked else frozenset()
        outcomes, suites = validate(database, spec, carried, read)
    with clock.stage("整理问题"):
        from pipeline.localise import attach, localise

        whereabouts = Whereabouts(now.tables)
        builder = RuleIssues(spec, database, now.tables, last.tables, whereabouts, period.name)
        rows = finding_rows([*intake.findings, *_unread(before), *now.findings, *(linked.findings if linked else [])], spec, whereabouts, period.name)
        rows += [row for outcome in outcomes for row in builder.rows(outcome)]
        if advise:
            attach(rows, localise(outcomes, database, now.tables, spec))
        issues = issue_table(rows)
    return Examined(intake, now, last, linked, outcomes, suites, issues, database, read)


def results_of(given: Given, found: Examined, screened: Screened, done: Corrected | None = None, campaign: Past | None = None) -> Results:
    """What the products are made from."""
    spec, now, linked = given.spec, found.now, found.linked
    issues = found.issues if done is None else done.issues
    notes = [*place_notes(spec, given.place, given.townships, given.told), *(linked.notes if linked else []), *screened.notes]
    return Results(
        period=given.period.name,
        place=given.place,
        reference_date=spec.campaign.reference_date,
        deadline=spec.campaign.deadline,
        list_password=spec.campaign.list_password,
        tables={name: output_frame(entities, spec) for name, entities in now.tables.items()},
        labels={(t, f.name): f.label for t, columns in spec.fields.items() for f in columns.values()} | linked_labels(spec),
        titles=spec.table_labels,
        sensitive={(t, f.name): f.sensitive for t, columns in spec.fields.items() for f in columns.values() if f.sensitive},
        codes={name: codes.values for name, codes in spec.codes.items()},
        types={(t, f.name): f.type for t, columns in spec.fields.items() for f in columns.values()},
        issues=issues,
        changes=found.intake.all_changes(),
        manifest=manifest(spec, found.intake, given.before, found.outcomes, issues, notes, given.period, linked) | round_trip(given, done, campaign),
        rules=None,
        links=linked.links if linked else None,
        comparisons=linked.comparisons if linked else [],
        review=linked.review if linked else None,
        validation=verdicts(found.outcomes),
        rosters=screened.rosters,
        ledgers=screened.ledgers,
        village_risk=screened.risk,
        annexes=spec.annexes,
        states=done.states if done else None,
        answers=done.answers if done else None,
        entries=done.entries if done else None,
        progress=done.progress if done else None,
        waivers=done.waivers if done else None,
        days=campaign.days if campaign else {},
        handed=campaign.handed if campaign else None,
        quality=quality(found.outcomes, frames_of(found), done.states) if done else None,
        imports=sheets_to_import(given, found) if done else (),
        own_words=own_words(spec),
        causes=find_causes(issues, found.intake.records, spec, given.normaliser) if done else None,
    )


def frames_of(found: Examined) -> dict[str, pd.DataFrame]:
    """The tables of now and of the period before, by the names that rules call them."""
    return {n: e.frame for n, e in found.now.tables.items()} | {PREVIOUS + n: e.frame for n, e in found.last.tables.items()}


def sheets_to_import(given: Given, found: Examined) -> list[ImportSheet]:
    """The rows that answers changed, in the system's own headers."""
    changes = pd.concat(found.intake.changes[len(given.intake.changes) :] or [pd.DataFrame(columns=["step"])], ignore_index=True)
    return import_sheets(given.period.folder, changes, given.intake.mapped, given.intake.records, vocabulary(given.spec))


def round_trip(given: Given, done: Corrected | None, campaign: Past | None) -> dict[str, Any]:
    """The lists that came back, and a hash of everything these results follow from, by which later periods trust them."""
    if done is None or campaign is None:
        return {}
    counted = done.answers.groupby(["file", "outcome"]).size() if len(done.answers) else pd.Series(dtype=int)
    files = [
        {"period": f.period, "file": f.file, "sha256": f.sha256, "rows": len(f.rows), "note": f.note,
         "outcomes": {str(o): int(n) for (name, o), n in counted.items() if name == f.file} if f.period == given.period.name else {}}  # type: ignore[misc]
        for f in done.files
    ]  # fmt: skip
    return {"returned": files, "periods": dict(campaign.days), "inputs_key": inputs_key(given.root, given.period.name)}


def verdicts(outcomes: list[Any]) -> pd.DataFrame:
    """What Great Expectations said of every rule, a line each, with why those that did not run did not."""
    rows = [
        {
            "rule": o.rule.id, "name": o.rule.name, "severity": o.rule.severity, "dimension": o.rule.dimension, "table": o.rule.table,
            "fix": o.rule.fix,
            "suite": o.verdict.suite if o.verdict else None, "expectation": o.verdict.expectation if o.verdict else None,
            "arguments": o.verdict.arguments if o.verdict else None, "success": o.verdict.success if o.verdict else None,
            "evaluated": o.verdict.evaluated if o.verdict else 0, "unexpected": o.verdict.unexpected if o.verdict else 0, "reported": len(o.broken),
            "figures": "、".join(o.rule.standards), "source": f"{o.rule.file}:{o.rule.line}", "skipped": o.skipped,
        }
        for o in outcomes
    ]  # fmt: skip
    return pd.DataFrame(rows)


def reconciled(now: Assembled, spec: Spec, root: Path, period: Period, clock: Clock) -> Reconciled | None:
    """The departments' lists at their persons; no stage at all where no list came in."""
    if not any(now.tables[table].origins for table in spec.lists):
        return None
    with clock.stage("比对部门名单"):
        return reconcile(now, spec, root / "data" / "raw", period.name)


def screened_lists(given: Given, found: Examined, clock: Clock) -> Screened:
    """Who must be looked at, by every list of mappings/annexes/; also among households that only other lists know of."""
    with clock.stage("筛查名册"):
        tables = widen(found.now.tables, found.linked, given.spec)
        database = found.database if tables is found.now.tables else make_database(replaced(found.now, tables=dict(tables)), found.last, given.spec)
        return screen(database, tables, given.spec, found.read)


def linked_labels(spec: Spec) -> dict[tuple[str, str], str]:
    """What the columns are called that linkage adds to the lists."""
    return {(t, c): spec.label("person", c) for t in spec.lists for c in ("household_no", "person_no") if c not in spec.fields[t]}


def load_spec_for_county(root: Path, spec: Spec, county: str) -> Spec:
    """The rules bound again to the county the exports themselves name, when campaign.yml leaves it open."""
    return load_spec(root, county=county) if spec.root == root else replaced(spec)


def make_database(now: Assembled, last: Assembled, spec: Spec) -> Database:
    """This month's and last month's tables, ready for questions."""
    tables = {name: make_table(name, e, spec) for name, e in now.tables.items()}
    tables |= {PREVIOUS + name: make_table(PREVIOUS + name, e, spec) for name, e in last.tables.items()}
    return Database(tables, CHECKS, spec.campaign.usual_share)


def make_table(name: str, entities: Entities, spec: Spec) -> Table:
    """One assembled table as typed columns, its facts still unasked."""
    base = name.removeprefix(PREVIOUS)
    columns = Columns({c: partial(make_column, entities, c, spec.fields[base]) for c in entities.frame.columns})
    types = {f.name: "number" if f.type in ("number", "month", "date", "year") else "text" for f in spec.fields[base].values()}
    carried = {column: origin >= 0 for column, origin in entities.origin_of.items()}
    after = {f.name: f.after for f in spec.fields[base].values() if f.after}
    return Table(
        name, len(entities.frame), columns, types, spec.facts.get(base, {}), spec.relations.get(name, {}), entities.was_number, carried, after
    )


def make_column(entities: Entities, name: str, fields: Mapping[str, Field]) -> Column:
    """One column of an assembled table by its type, knowing where no list has a cell for it."""
    return _where_carried(typed(fields[name].type if name in fields else "text", entities.frame[name]), entities.origin_of.get(name))


def _where_carried(value: Column, origin: Any) -> Column:
    """The column, knowing for which rows no list has a cell: such a cell is not blank, nobody was asked."""
    there = None if origin is None or (origin >= 0).all() else origin >= 0
    return value if isinstance(value, Truths) else replaced(value, there=there)


def output_frame(entities: Entities, spec: Spec) -> pd.DataFrame:
    """A table as the contract has it: canonical columns, numbers as numbers, and the address of each row."""
    frame = entities.frame.copy()
    for field_ in spec.fields[entities.table].values():
        if field_.type == "number" and field_.name in frame.columns:
            frame[field_.name] = pd.to_numeric(frame[field_.name], errors="coerce").astype(float)
    frame["row_id"] = entities.row_ids()
    return frame.drop(columns=[c for c in ("person_key", "awaiting") if c in frame.columns])


def _unread(before: Intake) -> list[Finding]:
    """What could not be read of last month: its comparisons would be missing without a word."""
    return [f for f in before.findings if f.problem.startswith("read.")]


def place_notes(spec: Spec, place: str, townships: list[str], told: bool) -> list[str]:
    """The county's own switches, what was learned instead of told, and what nobody has confirmed."""
    notes = list(spec.profile)
    if not told:
        where = f"{place}" if len(townships) == 1 else f"{place}（{'、'.join(townships[:8])}）"
        notes.append(f"地区没有写在 mappings/campaign.yml 里，从导出的表中认定为：{where}")
    _figures_wanting(spec, notes)
    _figures_unconfirmed(spec, notes)
    return notes


def _figures_wanting(spec: Spec, notes: list[str]) -> None:
    """The standards without a figure that keep rules from being asked, in one sentence."""
    kept: dict[str, list[str]] = {}
    for rule in spec.rules:
        for name in rule.switched_off.split(" ")[-1].split("、") if rule.switched_off else ():
            kept.setdefault(name, []).append(rule.id)
    missing = [s for s in spec.standards.values() if s.value is None and s.name in kept]
    listed = "；".join(f"“{s.title}”（规则 {'、'.join(sorted(set(kept[s.name])))}）" for s in missing)
    if missing:
        notes.append(
            f"请确认：{spec.campaign.province} {spec.campaign.year} 年有 {len(missing)} 项标准没有数值，有关规则暂时没有检查；"
            f"请在 expectations/standards.yml 里填上数值和文号：{listed}"
        )


def _figures_unconfirmed(spec: Spec, notes: list[str]) -> None:
    """The figures in use that no document has confirmed, in one sentence."""
    used = {name for rule in spec.rules for name in rule.standards if not rule.switched_off}
    used |= {name for annex in spec.annexes for ground in annex.grounds for name in ground.standards}
    waiting = [s for s in spec.standards.values() if isinstance(s.value, float) and not s.confirmed and s.name in used]
    listed = "；".join(f"“{s.title}”= {s.value:g}{s.unit}" for s in waiting)
    if waiting:
        notes.append(f"请确认：有 {len(waiting)} 项标准还没有文件确认，先照这些数检查：{listed}")


def manifest(
    spec: Spec,
    intake: Intake,
    before: Intake,
    outcomes: list[Any],
    issues: pd.DataFrame,
    notes: list[str],
    period: Period,
    linked: Reconciled | None = None,
) -> dict[str, Any]:
    """What went in, under which figures, and what each rule found."""
    counts = issues["rule"].value_counts()
    rules: dict[str, dict[str, Any]] = {}
    ran: set[str] = set()
    for outcome in outcomes:
        rule = outcome.rule
        entry = rules.setdefault(
            rule.id,
            {
                "id": rule.id,
                "name": rule.name,
                "dimension": rule.dimension,
                "severity": rule.severity,
                "basis": rule.basis,
                "subject": rule.subject,
                "count": int(counts.get(rule.id, 0)),
                "evaluated": 0,
                "status": "已检查",
            },
        )
        entry["evaluated"] += outcome.evaluated
        if not outcome.skipped:
            ran.add(rule.id)
        entry["status"] = "已检查" if rule.id in ran else f"未检查：{outcome.skipped}"
    inputs = [asdict(i) for i in (*intake.inputs, *before.inputs)]
    standards = [
        {"name": s.name, "title": s.title, "value": s.value, "unit": s.unit, "basis": s.document, "confirmed": s.confirmed}
        for s in spec.standards.values()
    ]
    result = {
        "period": period.name,
        "previous": period.previous.name if period.previous else None,
        "campaign": {k: v for k, v in asdict(spec.campaign).items() if k != "list_password"},
        "inputs": inputs,
        "standards": standards,
        "rules": list(rules.values()),
        "notes": notes,
        **({"linkage": linked.linkage} if linked else {}),
        "switches": dict(spec.switches),
        "versions": versions(),
    }
    result["run_id"] = hashlib.blake2b(json.dumps(result, ensure_ascii=False, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()
    return result


def versions() -> dict[str, str]:
    """The libraries whose behaviour the result rests on."""
    from importlib.metadata import version

    return {name: version(name) for name in ("qingxi", "pandas", "great-expectations", "python-calamine")}


def write_suites(suites: Mapping[str, Any], folder: Path) -> None:
    """The compiled suites, figures filled in, for auditors."""
    target = folder / "suites"
    target.mkdir(parents=True, exist_ok=True)
    for name, suite in suites.items():
        (target / f"{name}.json").write_text(json.dumps(suite, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")


def _nothing_read(period: Period, intake: Intake, spec: Spec) -> str:
    problems = [spec.problems[f.problem].message.format_map(_Blank(f.slots)) for f in intake.findings[:10]]
    said = "\n".join(f"  · {p}" for p in problems)
    return f"{period.folder} 里没有一张能用的表。" + (f"\n{said}" if said else "请把系统导出的 Excel 文件放进去再运行。")


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
