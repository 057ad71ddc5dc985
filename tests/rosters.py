"""Rosters against a truth, and the townships in which they are tried."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pipeline.sample import SampleReport, write_township

ELSEWHERE = sorted((Path(__file__).parent / "townships").glob("*.yml"))
PERSONAL = ("死亡未减", "疑似辍学")
Key = tuple[str, str]


def campaign_of(elsewhere: Path) -> dict[str, Any]:
    """The township's own words: its period and its place."""
    return dict(YAML(typ="safe").load(elsewhere.read_text(encoding="utf-8")))


def township_of(elsewhere: Path, raw: Path, **how: Any) -> SampleReport:
    """That township, written in its own period."""
    return write_township(raw, period=campaign_of(elsewhere)["period"], elsewhere=elsewhere, screening=True, **how)


@dataclass(slots=True)
class Score:
    """How one roster fared. Rows that a careful reader may leave count neither for nor against."""

    annex: str
    right: int = 0
    missed: list[Key] = field(default_factory=list)
    wrong: list[Key] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right / (self.right + len(self.missed)) if self.right + len(self.missed) else 1.0

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.wrong)) if self.right + len(self.wrong) else 1.0


def scores(truth: Path, rows: Iterable[tuple[str, str, str]]) -> dict[str, Score]:
    """Every roster of the truth file against rows of (annex, household_no, person_no); persons count on the rosters of persons."""
    sure: dict[str, set[Key]] = defaultdict(set)
    allowed: dict[str, set[Key]] = defaultdict(set)
    outside: set[Key] = set()
    with truth.open(encoding="utf-8-sig", newline="") as stream:
        for line in csv.DictReader(stream):
            key = (line["household_no"], line["person_no"] if line["annex"] in PERSONAL else "")
            (allowed if line["may"] else sure)[line["annex"]].add(key)
            if line["annex"] in PERSONAL and not line["person_no"]:
                outside.add((line["annex"], line["household_no"]))  # somebody whom only the lists know has no number
    found: dict[str, set[Key]] = defaultdict(set)
    for annex, household_no, person_no in rows:
        named = annex in PERSONAL and (annex, household_no) not in outside
        found[annex].add((household_no, (person_no or "") if named else ""))
    return {annex: judged(annex, sure[annex], allowed[annex], found[annex]) for annex in sorted(sure.keys() | allowed.keys())}


def judged(annex: str, sure: set[Key], allowed: set[Key], found: set[Key]) -> Score:
    return Score(annex, len(sure & found), sorted(sure - found), sorted(found - sure - allowed))


def table(found: dict[str, Score]) -> str:
    """For reading: one line per roster."""
    lines = [f"{'名册':<8}{'对':>6}{'漏':>6}{'多':>6}  召回   准确"]
    for score in found.values():
        counts = f"{score.right:>6}{len(score.missed):>6}{len(score.wrong):>6}"
        lines.append(f"{score.annex:<8}{counts}  {score.recall:.3f}  {score.precision:.3f}")
    return "\n".join(lines)
