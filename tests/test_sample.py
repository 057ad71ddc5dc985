"""The invented township keeps its own promises, read back from the files it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from pipeline.sample import SampleReport, write_township


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    return write_township(tmp_path_factory.mktemp("clean") / "raw", scale=0.2, clean=True)


def contents(report: SampleReport) -> dict[str, bytes]:
    written = (*report.files, report.truth, report.people)
    return {path.name + path.parent.name: path.read_bytes() for path in written}


def test_the_same_seed_gives_the_same_bytes(clean: SampleReport, tmp_path: Path) -> None:
    again = write_township(tmp_path / "raw", scale=0.2, clean=True)
    first, second = contents(clean), contents(again)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_every_file_opens(clean: SampleReport) -> None:
    books = [path for path in clean.files if path.suffix != ".csv"]
    assert all(CalamineWorkbook.from_path(str(path)).sheet_names for path in books)
