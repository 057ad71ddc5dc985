"""Invented townships on which rules are tried: what an officer would be told of one, and the tables of a clean one in memory."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.assemble import Assembled, Entities, assemble
from pipeline.cleaners import load_spellings
from pipeline.derive import PREVIOUS
from pipeline.intake import other_counties, take_in
from pipeline.mapping import Recogniser, vocabulary
from pipeline.normalise import Normaliser
from pipeline.period import Period
from pipeline.run import Clock, Teller, work
from pipeline.sample import SampleReport, write_township
from pipeline.spec import Spec

Truth = list[dict[str, str]]


@dataclass
class Town:
    """The tables of one township, this month's and last month's."""

    now: Assembled
    last: Assembled

    def tables(self) -> dict[str, Entities]:
        """Every table, last month's under their own names."""
        return self.now.tables | {PREVIOUS + name: e for name, e in self.last.tables.items()}

    @property
    def carried(self) -> dict[str, frozenset[str]]:
        """The columns that are there, by table."""
        return {name: frozenset(e.origin_of) for name, e in self.tables().items()}

    @property
    def read(self) -> frozenset[str]:
        """The tables that were read."""
        return frozenset(name for name, e in self.tables().items() if e.origins)


@dataclass(frozen=True)
class View:
    """What an officer would be told of a township, the truth about its errors, and the rules that could not be asked there."""

    issues: pd.DataFrame
    truth: Truth
    unasked: Mapping[str, str]


def write_town(folder: Path, spec: Spec, scale: float, clean: bool) -> SampleReport:
    """An invented township for the campaign's month."""
    month = spec.campaign.reference_date
    return write_township(folder / "raw", period=f"{month[:4]}-{month[4:6]}", scale=scale, clean=clean)


def officers_view(report: SampleReport, spec: Spec, tell: Teller) -> View:
    """The township run like anybody's exports. Raises RuleCrashed."""
    period = Period(report.folder.name, report.folder, report.previous)
    results, _ = work(spec.root, period, spec, Clock(_Steps(tell)))
    with report.truth.open(encoding="utf-8-sig", newline="") as stream:
        truth = list(csv.DictReader(stream))
    unasked = {rule["id"]: rule["status"] for rule in results.manifest["rules"] if rule["status"].startswith("未检查")}
    return View(results.issues, truth, unasked)


def tables_of(report: SampleReport, spec: Spec) -> Town:
    """The township's tables. It is clean, so that what a run mends on the way need not be mended here."""
    kit = (spec, Recogniser(spec), Normaliser(spec, load_spellings(spec.root / "mappings" / "spellings.yml")), vocabulary(spec))

    def told_nobody(_: str) -> None: ...

    now, last = (other_counties(take_in(folder, *kit, told_nobody), spec)[0] for folder in (report.folder, report.previous))
    return Town(assemble(now.records, spec), assemble([r for r in last.records if r.source.system], spec))


def at_home(issues: pd.DataFrame) -> pd.Series[str]:
    """Where an issue is at home: its household, else the row it stands in."""
    return issues["household_no"].where(issues["household_no"].notna(), issues["row_id"]).astype(str)


def homes_of(lines: Iterable[Mapping[str, str]]) -> set[str]:
    """Where a planted error is at home: the households of its cells, else their rows."""
    return {line["household_no"] or f"{line['file']}#{line['tab']}!{line['row']}" for line in lines}


@dataclass
class _Steps:
    """The stages of a run are steps of a rehearsal."""

    tell: Teller

    def stage(self, name: str) -> None:
        """A stage of the run."""
        self.tell.step(name)

    def step(self, what: str) -> None:
        """Files are not told."""
