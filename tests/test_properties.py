"""Laws: cleaning twice is cleaning once, changes replay, no row is lost, equal input gives equal bytes, no wrong digit passes."""

from __future__ import annotations

import ast
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import PERIOD, Made, files_below, linked_project, qingxi
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.assemble import Assembled, assemble
from pipeline.cleaners import load_spellings
from pipeline.examples import example_database
from pipeline.intake import Intake, other_counties, take_in
from pipeline.ledger import replay
from pipeline.mapping import Recogniser, Records, vocabulary
from pipeline.normalise import Normaliser
from pipeline.run import run
from pipeline.sample import write_township
from pipeline.spec import Spec
from pipeline.validate import flat_frame, run_suite


@dataclass(frozen=True)
class TakenIn:
    """A whole township up to its tables."""

    intake: Intake
    normaliser: Normaliser
    assembled: Assembled


@pytest.fixture(scope="module")
def taken(planted: Made, spec: Spec) -> TakenIn:
    """The planted township, read, cleaned and put together."""
    normaliser = Normaliser(spec, load_spellings(spec.root / "mappings" / "spellings.yml"))
    read = take_in(planted.report.folder, spec, Recogniser(spec), normaliser, vocabulary(spec), lambda _: None)
    intake, _ = other_counties(read, spec)
    return TakenIn(intake, normaliser, assemble(intake.records, spec))


def as_read_again(records: Records) -> Records:
    """Cleaned rows as a list that was written so: texts, in our own units."""
    again = records.with_frame(records.frame)
    again.units, again.kinds = {}, {}
    return again


def test_cleaning_twice_is_cleaning_once(taken: TakenIn) -> None:
    for records in taken.intake.records:
        twice, _ = taken.normaliser.normalise(as_read_again(records))
        for column in records.frame.columns:
            once, again = records.frame[column].to_numpy(dtype=object), twice.frame[column].to_numpy(dtype=object)
            differ = np.flatnonzero((once != again) & ~(pd.isna(once) & pd.isna(again)))
            assert [(records.file, column, once[i], again[i]) for i in differ[:5]] == []


def test_replaying_the_changes_gives_the_cleaned_table(taken: TakenIn) -> None:
    changes = taken.intake.all_changes()
    assert len(changes) > 1000
    for mapped, clean in zip(taken.intake.mapped, taken.intake.records, strict=True):
        replayed = replay(mapped.frame, mapped.row_ids, changes)
        assert (clean.row_ids == mapped.row_ids).all()
        pd.testing.assert_frame_equal(replayed, clean.frame, check_dtype=False)


def test_every_row_ends_in_a_table_or_in_an_issue(taken: TakenIn) -> None:
    used: set[str] = set()
    for entities in taken.assembled.tables.values():
        for origin in entities.origins:
            used.update(origin.records.row_ids[origin.rows[origin.rows >= 0]])
    told = {finding.row_id for finding in [*taken.intake.findings, *taken.assembled.findings]}
    rows = {str(row) for records in taken.intake.records for row in records.row_ids}
    assert len(rows) > 10_000
    assert sorted(rows - used - told)[:5] == []


def test_the_books_balance(planted: Made) -> None:
    import json

    manifest = json.loads((planted.out / "manifest.json").read_text(encoding="utf-8"))
    for given_ in manifest["inputs"]:
        assert given_["refused"] <= given_["rows"], given_
        assert given_["source"] or given_["note"], given_
    assert sum(i["rows"] for i in manifest["inputs"]) > 10_000


def test_every_issue_stands_at_a_cell_that_exists(planted: Made) -> None:
    issues = planted.issues
    assert issues["issue_id"].is_unique
    paths = [p.relative_to(planted.root / "data" / "raw").as_posix() for p in (planted.root / "data" / "raw").rglob("*.*")]
    files = {path.removeprefix("2022-05/") for path in paths}       # last month's files carry the name of their folder
    named = issues["row_id"].str.extract(r"^(?P<file>.+)#(?P<tab>[^#]*)!(?P<row>\d+)$")
    assert named.notna().all().all()
    assert set(named["file"]) - files == set()
    assert issues[["rule", "title", "severity", "owner", "message", "fix", "basis", "step"]].notna().all().all()
    assert not issues["message"].str.contains(r"[{}]|\bnan\b|None").any()


# ---- equal input, equal bytes ------------------------------------------------------------------------------------------


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = linked_project(tmp_path / "one"), linked_project(tmp_path / "elsewhere" / "two")
    write_township(one / "data" / "raw", scale=0.05)
    shutil.copytree(one / "data" / "raw", two / "data" / "raw")
    for path in two.rglob("*.xlsx"):
        path.touch()
    run(one)
    answer = qingxi("run", "--root", two, env={"PYTHONHASHSEED": "12345", "TZ": "America/New_York", "LANG": "C"})
    assert answer.returncode == 0, answer.stderr
    first, second = (dict(files_below(root / "data" / "clean" / PERIOD)) for root in (one, two))
    assert len(first) > 20
    assert sorted(n for n in first.keys() | second.keys() if first.get(n) != second.get(n)) == []


# ---- ids ------------------------------------------------------------------------------------------------------------------

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_character(body: str) -> str:
    """The last character by GB 11643, reckoned here on its own."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def citizen(day: int, order: int) -> str:
    born = date(1930, 1, 1) + timedelta(days=day)
    body = f"519923{born:%Y%m%d}{order:03d}"
    return body + check_character(body)


ids = st.builds(citizen, st.integers(0, 33_000), st.integers(1, 999))


@pytest.fixture(scope="module")
def id_rules(spec: Spec):
    """The rules about the number itself, and Great Expectations to run them."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    rules = [r for r in spec.rules if r.id in ("1_01_003", "1_12_003", "X-10") and r.table == "person" and not r.expect]
    assert {r.id for r in rules} == {"1_01_003", "1_12_003", "X-10"}
    return context, rules


@given(ids, st.sampled_from(["脱贫户", "突发严重困难户"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_single_wrong_digit_of_an_id_is_caught(spec: Spec, id_rules, number: str, kind: str) -> None:
    context, rules = id_rules
    household = {"household_type": "脱贫户"} if kind == "脱贫户" else {"category": kind}
    wrong = [number[:at] + digit + number[at + 1 :] for at in range(18) for digit in "0123456789X" if digit != number[at] and (digit != "X" or at == 17)]
    home = {**household, "members": [{"name": "甲", "id_number": text} for text in wrong]}
    database = example_database("person", {"name": "甲", "id_number": number, "household": home}, spec)
    frame, rows = flat_frame(database, "person", rules, None)
    numbers = database.view("person").column(ast.Name("id_number", ast.Load())).objects()
    caught = {numbers[rows[at]] for found in run_suite(context, f"ids-{number}-{kind}", frame, rules)[0].values() for at in found}
    assert sorted(numbers) == sorted([number, *wrong])
    assert caught == set(wrong)
