"""The predicates rules call. All numbers lie in 519923, a county that does not exist."""

import time
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.checks import CHECKS

VALID = ["519923197001010010", "519923198802290029", "519923201512311201"]
CARD = "51992319700101001042"  # 肢体二级


def texts(*values: str | None) -> Any:
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


def floats(*values: float) -> Any:
    return np.array(values, dtype=float)


def one(check: str, value: str | None) -> Any:
    """What a check says of one text: True, False, None for unknown, or the value."""
    answer = CHECKS[check](texts(value))[0]
    return None if pd.isna(answer) else answer


def day(iso: str) -> float:
    return float(date.fromisoformat(iso).toordinal())


def make_id(birth: date, sequence: int) -> str:
    body = f"519923{birth:%Y%m%d}{sequence:03d}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


ids = st.builds(make_id, st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999))


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        *[(number, True) for number in VALID],
        ("519923197001010011", False),  # check digit
        ("519923197013010013", False),  # month 13
        ("519923198902290027", False),  # no 29 February in 1989
        ("51992319700101001", False),
        ("5199231970010100100", False),  # 19 characters
        (CARD, True),
        (CARD + "B1", True),
        ("999999197001010010", False),
        ("519923197001010０10", False),  # a full-width digit
        ("张三", False),
        ("", False),
        (None, None),
    ],
)
def test_valid_id_number(number: str | None, valid: bool | None) -> None:
    assert one("valid_id_number", number) == valid


def test_a_lower_case_x_counts_as_upper_case() -> None:
    number = next(n for s in range(1000) if (n := make_id(date(1970, 1, 1), s)).endswith("X"))
    assert one("valid_id_number", number) and one("valid_id_number", number.lower())


@given(ids, st.integers(0, 17), st.integers(1, 9))
def test_any_single_digit_change_of_a_valid_id_is_caught(number: str, at: int, step: int) -> None:
    assert one("valid_id_number", number) is np.True_
    digit = 0 if number[at] == "X" else int(number[at])
    changed = number[:at] + str((digit + step) % 10) + number[at + 1 :]
    assert not one("valid_id_number", changed)
    assert not one("id_checksum_ok", changed)


@pytest.mark.parametrize(
    ("check", "number", "answer"),
    [
        ("id_length_ok", VALID[0], True),
        ("id_length_ok", CARD, True),
        ("id_length_ok", "519923700101001", False),
        ("is_card20", CARD, True),
        ("is_card20", VALID[0], False),
        ("card_kind_grade_ok", CARD, True),
        ("card_kind_grade_ok", VALID[0] + "85", False),
        ("card_kind_grade_ok", VALID[0] + "45", False),
        ("card_kind_grade_ok", VALID[0], False),
        ("card_kind", CARD, "4"),
        ("card_grade", CARD + "B1", "2"),
        ("card_kind", VALID[0], None),
        ("valid_id_date", "519923197002300010", False),
        ("valid_id_date", "519923700101001", True),
        ("legacy15", "519923700101001", True),
        ("legacy15", "519923701301001", False),
        ("legacy15", VALID[0], False),
        ("is_placeholder_id", "999999000000000001", True),
        ("is_placeholder_id", "000000000000000000", True),
        ("is_placeholder_id", VALID[0], False),
        ("id_sex", VALID[0], 1.0),
        ("id_sex", VALID[1], 0.0),
        ("id_sex", "519923197001010011", None),
        ("id_birth", VALID[1], day("1988-02-29")),
        ("id_birth", CARD, day("1970-01-01")),
        ("id_birth", "519923198902290027", None),
    ],
)
def test_parts_of_a_number(check: str, number: str, answer: Any) -> None:
    assert one(check, number) == answer


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (VALID[0], VALID[0]),
        (CARD, VALID[0]),
        (CARD + "B1", VALID[0]),
        ("G" + VALID[0], VALID[0]),
        ("51992319700101001x", "51992319700101001X"),
        ("519923700101001", "519923197001010010"),
        ("519923197001010011", "519923197001010011"),  # a wrong check digit is another matter
        ("51992319700101001", None),
        ("999999197001010010", None),
        ("519923197001010000", None),  # cut by a spreadsheet
        ("5.19923197001010E+17", None),
        (None, None),
    ],
)
def test_the_key_of_a_person(number: str | None, key: str | None) -> None:
    assert one("first18", number) == key


@pytest.mark.parametrize(
    ("number", "damaged"),
    [
        ("5.19923197001010E+17", True),
        ("5.11E+17", True),
        ("519923197001010000", True),
        (str(int(float("519923197001010010"))), True),  # a multiple of 64
        (str(int(float("619923197001010010"))), True),  # a multiple of 128
        ("51992319700101000000", True),
        (VALID[0], False),
        (CARD, False),
        ("519923197001010011", False),  # a slip of the pen
        (None, None),
    ],
)
def test_damage_by_a_spreadsheet(number: str | None, damaged: bool | None) -> None:
    assert one("id_damaged", number) == damaged


def test_a_long_number_held_as_a_number_is_damaged_whatever_it_looks_like() -> None:
    numbers = texts(VALID[0], VALID[0], "519923700101001", None)
    was_number = pd.array([True, False, True, True], dtype="boolean")
    assert list(CHECKS["id_damaged"](numbers, was_number).fillna(False)) == [True, False, False, False]


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        ("1970-01-01", "2022-04-30", 52),
        ("2006-05-01", "2022-04-30", 15),
        ("2006-04-30", "2022-04-30", 16),
        ("1988-02-29", "2022-02-28", 33),
        ("1988-02-29", "2022-03-01", 34),
        ("2022-05-01", "2022-04-30", -1),
    ],
)
def test_full_years(birth: str, on: str, years: int) -> None:
    assert CHECKS["full_years"](floats(day(birth)), day(on))[0] == years
    assert CHECKS["school_age"](floats(day(birth)), floats(day(on)))[0] == years


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_full_years_agree_with_the_calendar(birth: date, on: date) -> None:
    expected = on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
    assert CHECKS["full_years"](floats(birth.toordinal()), float(on.toordinal()))[0] == expected


def test_unknown_in_unknown_out() -> None:
    assert np.isnan(CHECKS["full_years"](floats(np.nan), day("2022-04-30"))).all()
    assert np.isnan(CHECKS["months_between"](floats(np.nan, 24268), floats(24268, np.nan))).all()
    for name in ("valid_mobile", "valid_name", "has_private_use", "id_damaged", "is_placeholder_id"):
        assert one(name, None) is None


def test_months_between_counts_across_years() -> None:
    assert CHECKS["months_between"](floats(2021 * 12 + 11), 2022 * 12 + 4)[0] == 5


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("张三", True),
        ("艾力·买买提", True),
        ("𠮷田", True),
        ("〇某", True),
        ("艾力•买买提", False),
        ("张 三", False),
        ("张三1", False),
        ("Ann", False),
        ("张\ue83b", False),
        ("张?", False),
        ("张□", False),
        ("·张三", False),
    ],
)
def test_valid_name(name: str, valid: bool) -> None:
    assert one("valid_name", name) == valid


@pytest.mark.parametrize(
    ("phone", "valid"),
    [("13812345678", True), ("12812345678", False), ("1381234567", False), ("１３８１２３４５６７８", False)],
)
def test_valid_mobile(phone: str, valid: bool) -> None:
    assert one("valid_mobile", phone) == valid


def test_private_use_characters_of_every_plane() -> None:
    assert [one("has_private_use", t) for t in ("张\ue83b", "张\U000f0001", "张三")] == [True, True, False]


def test_a_place_reaches_the_county() -> None:
    places = texts("四川省遂宁市大英县", "广东", None)
    assert list(CHECKS["place_reaches_county"](places, ["县", "区", "旗"]).fillna(False)) == [True, False, False]


def flags(*values: bool | None) -> Any:
    return pd.array(list(values), dtype="boolean")


def reached(rows: list[tuple[str, str, str, bool]], says: bool = True) -> list[bool]:
    """Of rows (home, village, group, listed) in one town, of whom the system says it, whether the list reaches them."""
    home, village, group, listed = zip(*rows, strict=True)
    town = texts(*["青禾镇"] * len(rows))
    answer = CHECKS["is_reached"](flags(*[says] * len(rows)), flags(*listed), 0.5, texts(*home), town, texts(*village), texts(*group))
    return list(answer.fillna(False))


def people(village: str, listed: int, missing: int, group: str = "1") -> list[tuple[str, str, str, bool]]:
    return [(f"{village}{group}{n}", village, group, n < listed) for n in range(listed + missing)]


def test_what_is_not_on_a_list_counts_where_the_list_reaches() -> None:
    assert all(reached(people("甲村", 9, 1)))
    assert not any(reached(people("甲村", 0, 10)))  # a list of another township
    assert not any(reached(people("甲村", 4, 6)))  # a list of some people only
    assert not any(reached(people("甲村", 9, 1), says=False))


def test_a_list_of_some_villages_or_groups_is_silent_on_the_others() -> None:
    whole, absent, few = people("甲村", 20, 1), people("乙村", 0, 8), people("丙村", 0, 2)
    assert reached([*whole, *absent, *few]) == [True] * 21 + [False] * 8 + [True] * 2
    other_group = people("甲村", 0, 5, group="2")
    assert reached([*whole, *other_group]) == [True] * 21 + [False] * 5


def test_one_household_off_the_list_is_no_missing_village() -> None:
    home = [("一户", "甲村", "1", False)] * 6
    assert all(reached([*people("甲村", 8, 0), *home]))


def test_every_check_takes_an_empty_column() -> None:
    for name, check in CHECKS.items():
        if name in ("full_years", "school_age", "months_between"):
            assert len(check(floats(), floats())) == 0
        elif name == "place_reaches_county":
            assert len(check(texts(), ["县"])) == 0
        elif name == "is_reached":
            assert len(check(flags(), flags(), 0.5, texts(), texts(), texts())) == 0
        else:
            assert len(check(texts())) == 0


def test_every_check_says_first_what_makes_it_true() -> None:
    assert all((check.__doc__ or "").splitlines()[0].endswith(".") for check in CHECKS.values())


def test_a_county_takes_little_time() -> None:
    births = [date.fromordinal(719163 + n % 18000) for n in range(120_000)]
    numbers = texts(*(make_id(birth, n % 1000) for n, birth in enumerate(births)))
    started = time.perf_counter()
    assert CHECKS["valid_id_number"](numbers).all()
    assert time.perf_counter() - started < 2  # a tenth of that is usual
