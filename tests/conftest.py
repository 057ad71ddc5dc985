"""What several tests stand on: the project's own spec, an invented township with and without errors, and a small fast project."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

from pipeline.run import Summary, run
from pipeline.sample import SampleReport, write_township
from pipeline.spec import Spec, load_spec

# No clock in a test: on a busy machine an example may take its time.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


ROOT = Path(__file__).parents[1]
PERIOD = "2022-05"
FEW_RULES = """
table: person
rules:
- id: "X-03"
  name: 性别须与身份证号一致
  dimension: 准确性
  severity: warning
  subject: 人
  check: sex == when(@id_sex(id_number) == 1, "男", "女")
  columns: [sex, id_number]
  message: "{name}的性别与身份证号不一致"
  fix: 请核对户口本
  owner: village
  basis: GB 11643-1999
"""


@dataclass(frozen=True)
class Made:
    """A project folder with a township in it, run."""

    root: Path
    report: SampleReport
    summary: Summary

    @property
    def out(self) -> Path:
        """What came out."""
        return self.root / "data" / "clean" / PERIOD

    @cached_property
    def issues(self) -> pd.DataFrame:
        """The issues table as programs read it."""
        return pd.read_parquet(self.out / "tables" / "issues.parquet")

    @cached_property
    def truth(self) -> list[dict[str, str]]:
        """The lines of the truth file."""
        with self.report.truth.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))


def linked_project(root: Path) -> Path:
    """A project folder with our mappings and rules and no data."""
    root.mkdir(parents=True, exist_ok=True)
    for name in ("mappings", "expectations"):
        (root / name).symlink_to(ROOT / name)
    return root


def small_project(root: Path) -> Path:
    """A project folder with our mappings, our words and one rule: a run of it takes a second or two."""
    (root / "expectations").mkdir(parents=True)
    (root / "mappings").symlink_to(ROOT / "mappings")
    for path in (ROOT / "expectations").glob("st*.yml"):
        (root / "expectations" / path.name).symlink_to(path)
    (root / "expectations" / "person.yml").write_text(FEW_RULES, encoding="utf-8")
    return root


def made(root: Path, scale: float, clean: bool) -> Made:
    """The township written and run in a project of its own."""
    report = write_township(linked_project(root) / "data" / "raw", scale=scale, clean=clean)
    return Made(root, report, run(root))


@pytest.fixture(scope="session")
def spec() -> Spec:
    """Our own mappings and rules."""
    return load_spec(ROOT)


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A township with every kind of error in it, run."""
    return made(tmp_path_factory.mktemp("planted") / "project", 1.0, clean=False)


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A township without errors, run."""
    return made(tmp_path_factory.mktemp("clean") / "project", 1.0, clean=True)


@pytest.fixture(scope="session")
def hamlet_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """data/raw of some thirty households without errors, to be copied."""
    raw = tmp_path_factory.mktemp("hamlet") / "raw"
    write_township(raw, scale=0.02, clean=True)
    return raw


@pytest.fixture(scope="session")
def small_spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    """The spec of a small project."""
    return load_spec(small_project(tmp_path_factory.mktemp("spec") / "project"))


@pytest.fixture
def hamlet(tmp_path: Path, hamlet_files: Path) -> Path:
    """A small project with thirty households in its newest period."""
    root = small_project(tmp_path / "project")
    shutil.copytree(hamlet_files, root / "data" / "raw")
    return root


@pytest.fixture
def run_small(small_spec: Spec) -> Callable[[Path], tuple[Summary, pd.DataFrame]]:
    """Run a small project; what it said and its issues."""

    def go(root: Path, period: str | None = None) -> tuple[Summary, pd.DataFrame]:
        summary = run(root, period, spec=small_spec)
        return summary, pd.read_parquet(summary.folder / "tables" / "issues.parquet")

    return go


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(small_spec: Spec, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """The command in this process, over small projects."""

    def go(*words: str | Path) -> Answer:
        from pipeline import cli

        monkeypatch.setattr("pipeline.run.load_spec", lambda root, county=None: small_spec)
        monkeypatch.setattr("sys.argv", ["qingxi", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return go


def qingxi(*words: str | Path, code: str | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; `code` runs before it (sockets closed, disks full)."""
    import os

    program = f"{code or ''}\nfrom pipeline.cli import main\nmain()"
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        timeout=300,
        check=False,
    )


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file with its bytes, by its name below the folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()
