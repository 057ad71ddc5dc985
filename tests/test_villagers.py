"""The clerks who try the round trip do what they say they do."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from conftest import Made
from openpyxl import load_workbook
from villagers import CHANGES, Answer, Habits, Returned, Truth, answer, cells_named, typed_in, untidy, view

from pipeline.sample import write_township


@pytest.fixture(scope="module")
def village(planted: Made) -> Path:
    """The longest list of the planted township."""
    return max((planted.out / "村级整改清单").glob("*.xlsx"), key=lambda path: path.stat().st_size)


@pytest.fixture(scope="module")
def truth(planted: Made) -> Truth:
    return Truth(planted.report.truth)


def go(village: Path, truth: Truth, target: Path, habits: Habits, seed: int = 1) -> Returned:
    return answer(village, target, truth, Random(seed), habits)


def filled(path: Path) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Value and verdict by household, name and problem."""
    seen = view(load_workbook(path).worksheets[0])
    keys = ("户编号", "姓名", "问题")
    return {tuple(seen.text(row, key) for key in keys): (seen.text(row, "正确值"), seen.text(row, "核实结果")) for row in seen.rows}  # type: ignore[misc]


def test_a_place_names_its_cells() -> None:
    place = "家庭成员信息 → 务工时间\n家庭成员信息_20220531.xlsx\nSheet1·第315行·务工时间\n(月)"
    assert cells_named(place) == [("家庭成员信息_20220531.xlsx", 315, "务工时间(月)")]


def test_a_careful_clerk_gives_the_true_values(village: Path, truth: Truth, tmp_path: Path) -> None:
    done = go(village, truth, tmp_path / "改好了.xlsx", Habits(right=1.0, wrong=0.0, messy=0.0))
    rows = filled(done.path)
    assert len(done.answers) == len(rows)
    right = [one for one in done.answers if one.kind == "right"]
    assert len(right) > 10
    assert all(one.known and one.value and one.value != one.known.stated for one in right)
    assert all(rows[one.household_no, one.name, one.problem] == (one.value, "已改") for one in right)


def test_a_clerk_who_does_nothing_leaves_the_list_as_it_was(village: Path, truth: Truth, tmp_path: Path) -> None:
    done = go(village, truth, tmp_path / "空.xlsx", Habits(right=0, wrong=0, unsure=0))
    assert done.answers == () and set(filled(done.path).values()) == {("", "")}


def test_clerks_do_the_same_again(village: Path, truth: Truth, tmp_path: Path) -> None:
    habits = Habits(changes=tuple(CHANGES))
    first, second = (go(village, truth, tmp_path / name, habits, seed=5) for name in ("a.xlsx", "b.xlsx"))
    assert first.answers == second.answers
    assert {one.kind for one in first.answers} >= {"right", "wrong", "unsure"}
    assert any(one.value != one.meant for one in first.answers)


@pytest.mark.parametrize("change", ["sorted", "filtered", "column"])
def test_a_change_of_the_sheet_keeps_every_answer_with_its_row(village: Path, truth: Truth, tmp_path: Path, change: str) -> None:
    plain = go(village, truth, tmp_path / "a.xlsx", Habits())
    changed = go(village, truth, tmp_path / "b.xlsx", Habits(changes=(change,)))
    assert filled(changed.path) == filled(plain.path)


def test_untidy_values_are_the_same_to_a_reader() -> None:
    forms = {untidy(Random(n), "202203") for n in range(60)}
    assert {"2022年3月", "２０２２０３", "2022.03"} <= forms
    assert untidy(Random(0), "") == ""


def test_what_was_typed_is_in_the_next_export(planted: Made, village: Path, truth: Truth, tmp_path: Path) -> None:
    done = go(village, truth, tmp_path / "a.xlsx", Habits(right=1.0, typed=1.0))
    again = typed_in(done.answers, "2022-05-13")
    fixed: list[Answer] = [one for one in done.answers if one.kind == "right"]
    later = write_township(tmp_path / "raw", scale=1.0, again=again)
    left = Truth(later.truth)
    assert later.folder.name == "2022-05-13" and fixed
    assert not {known.group for known in left.cells.values()} & again.mended
    assert {known.group for known in truth.cells.values()} - {known.group for known in left.cells.values()} == again.mended
