"""Names, dates, places, joins and assignment: small tables, this in, that out."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.link import ConfigError, load_config
from pipeline.link.assign import assign, posteriors
from pipeline.link.compare import FEATURE_LEVELS, birth_levels, level_of, one_slip, pack
from pipeline.link.config import DEFAULT
from pipeline.link.joins import combine, join
from pipeline.link.names import LEVELS, build_book, clean_name, compare_names
from pipeline.link.persons import group_number, read_date

CONFIG = load_config()


def name_level(left: str, right: str) -> str:
    book = build_book([clean_name(left, CONFIG.names.separators), clean_name(right, CONFIG.names.separators)], CONFIG.names)
    levels = compare_names(book, np.array([0, 1]), np.array([1, 0]))
    assert levels[0] == levels[1], "a likeness has no direction"
    return LEVELS[levels[0]]


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("张　三", "张三", "folded"),
        ("陳國華", "陈国华", "folded"),
        ("萧红", "肖红", "folded"),
        ("王建国", "王建囯", "pinyin"),
        ("李伟", "李玮", "pinyin"),
        ("李未", "李末", "shape"),
        ("刘兰英", "刘南英", "near_sound"),
        ("王小明", "王明小", "swapped"),
        ("王小明", "王明", "dropped"),
        ("王建国", "王建军", "one_char"),
        ("张桂芳", "田桂芳", "given_only"),
        ("王伟", "王芳", "surname_only"),
        ("王伟", "李娜", "other"),
        ("阿依古丽•买买提", "阿依古丽・买买提", "folded"),
        ("Jane SMITH", "smith jane", "swapped"),
        ("jane smith", "jane smyth", "near"),
        ("jane ann smith", "jane smith", "dropped"),
        ("jane smith", "jane brown", "one_token"),
        ("jane smith", "olga petrova", "other"),
    ],
)
def test_the_first_likeness_that_holds_is_the_level(left: str, right: str, level: str) -> None:
    # Cleaned alike is one name to the linker: such names share a row of the book.
    found = name_level(left, right)
    assert found == level or (level == "folded" and clean_name(left, "•・") == clean_name(right, "•・"))


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        (19700203, 19700203, "equal"),
        (19700203, 19700302, "swapped"),
        (19700200, 19700203, "partial"),
        (19700000, 19700203, "partial"),
        (19700203, 19700208, "one_digit"),
        (19780203, 19870203, "one_digit"),
        (19700223, 19720223, "one_digit"),
        (19690223, 19710223, "month_day"),
        (19700203, 19700217, "year_month"),
        (19700203, 19700314, "lunar"),
        (19700203, 19701127, "same_year"),
        (19700203, 19721127, "near_year"),
        (19700203, 19331127, "other"),
        (0, 19331127, "missing"),
    ],
)
def test_birth_dates_and_their_slips(left: int, right: int, level: str) -> None:
    for a, b in ((left, right), (right, left)):
        found = birth_levels(np.array([a]), np.array([b]))[0]
        assert FEATURE_LEVELS["birth"][found] == level


DATES = st.integers(19000000, 20991231)


@given(DATES, st.one_of(DATES, st.tuples(st.integers(0, 7), st.integers(0, 9)), st.integers(0, 6)))
def test_a_slip_of_the_pen_is_one_digit_or_two_neighbours_swapped(date: int, other: int | tuple[int, int]) -> None:
    from rapidfuzz.distance import OSA

    digits = list(str(date))
    if isinstance(other, tuple):
        digits[other[0]] = str(other[1])
    elif other < 7:
        digits[other], digits[other + 1] = digits[other + 1], digits[other]
    else:
        digits = list(str(other))
    written = "".join(digits)
    assert one_slip(np.array([date]), np.array([int(written)]))[0] == (OSA.distance(str(date), written) == 1)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1970-02-03", 19700203),
        ("1970年2月3日", 19700203),
        ("1970/2", 19700200),
        ("19700203.0", 19700203),
        ("1970-02-03 00:00:00", 19700203),
        ("197002", 19700200),
        ("1970", 19700000),
        ("19780231", 19780000),
        ("不详", 0),
    ],
)
def test_dates_as_they_are_typed(text: str, date: int) -> None:
    assert read_date(text) == date


@pytest.mark.parametrize("text", ["11组", "１１社", "第十一村民小组", "十一队", "第11小组", "十一"])
def test_one_group_in_six_spellings(text: str) -> None:
    assert group_number(text, CONFIG.places.group_words) == "11"


def test_a_block_of_equal_keys_is_skipped_and_counted() -> None:
    left, right, lost = join(np.array([7] * 10 + [8]), np.array([7] * 10 + [8]), cap=50)
    assert (left.tolist(), right.tolist(), lost) == ([10], [10], 100)


def test_a_blank_never_joins() -> None:
    left, right, _ = join(np.array([-1, 1]), np.array([-1, 1]))
    assert (left.tolist(), right.tolist()) == ([1], [1])


def test_a_key_of_two_columns_is_blank_where_either_is() -> None:
    key_a, key_b = combine([np.array([1, -1]), np.array([2, 2])], [np.array([1]), np.array([2])])
    assert key_a[0] == key_b[0] and key_a[1] == -1


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 8), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_packed_levels_unpack(rows: list[tuple[int, ...]]) -> None:
    matrix = np.array(rows, dtype=np.uint8)
    patterns = pack(matrix)
    assert all((level_of(patterns, i) == matrix[:, i]).all() for i in range(8))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 60)), min_size=1, max_size=9, unique_by=lambda e: e[:2]))
@settings(max_examples=25, deadline=None)
def test_the_assignment_is_the_best_of_all(edges: list[tuple[int, int, int]]) -> None:
    a, b, weight = (np.array(column) for column in zip(*edges, strict=True))
    chosen = assign(a, b, weight.astype(float))
    assert len(set(a[chosen])) == len(chosen) == len(set(b[chosen]))
    worth = {(x, y): w for x, y, w in edges}
    best = max(sum(worth.get((x, y), 0) for x, y in enumerate(order)) for order in permutations(range(4)))
    assert weight[chosen].sum() == best


def test_rivals_share_the_probability() -> None:
    p = posteriors(np.array([0, 1, 2]), np.array([0, 0, 2]), np.array([5.0, 5.0, 5.0]))
    assert p[0] == pytest.approx(p[1]) and p[0] + p[1] <= 1
    assert p[0] == pytest.approx(0.5, abs=0.01) and p[2] > 0.99


def test_the_configuration_names_every_mistake_with_its_line(tmp_path: Path) -> None:
    text = DEFAULT.read_text(encoding="utf-8").replace("block_cap: 5000", "block_cpa: 5000").replace("auto: 0.98 ", "auto: 高 ")
    wrong = tmp_path / "linkage.yml"
    wrong.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(wrong)
    assert "是否想写 block_cap" in str(error.value)
    assert "应写成数字" in str(error.value)
    assert all(":" in line for line in str(error.value).splitlines())
