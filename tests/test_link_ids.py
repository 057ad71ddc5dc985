"""Identity numbers: what each written form is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.link.compare import one_edit
from pipeline.link.ids import CLASS_NAMES, IdTable, as_characters, read_ids


def read(*texts: object) -> IdTable:
    return read_ids(pd.Series(list(texts), dtype=object), len(texts))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("519923197001010010", "V18"),
        ("５１９９２３１９７００１０１００１０", "V18"),
        (" 519923 19700101 0010'", "V18"),
        ("51992319700101001x", "B18"),
        ("519923197001010011", "B18"),
        ("519923197002300014", "B18"),
        ("51992319700101001", "B18"),
        ("5199231970010100100", "B18"),
        ("519923700101001", "V15"),
        ("51992319700101001044", "D20"),
        ("51992319700101001044B1", "D20"),
        ("G519923197001010010", "V18"),
        ("519923197001010000", "TRUNC"),
        ("5.1992319700101E+17", "TRUNC"),
        ("511199198001009984", "TRUNC"),
        ("5.2E+17", "SCI"),
        ("999999197001010010", "EMPTY"),
        ("000000000000000000", "EMPTY"),
        ("无", "EMPTY"),
        ("", "EMPTY"),
        (None, "EMPTY"),
        ("E12345678", "OTHER"),
    ],
)
def test_every_written_form_has_its_class(text: object, kind: str) -> None:
    assert CLASS_NAMES[read(text).kind[0]] == kind


def test_old_and_card_numbers_hold_the_same_person_as_the_18_characters() -> None:
    table = read("519923197001010010", "519923700101001", "51992319700101001044", "G519923197001010010")
    assert len(set(table.key.tolist())) == 1
    assert table.birth.tolist() == [19700101] * 4
    assert table.sex.tolist() == [1] * 4


def test_damage_by_excel_leaves_fifteen_digits_and_the_birth_date() -> None:
    table = read("519923197001010010", "519923197001010000", "5.1992319700101E+17")
    assert len(set(table.prefix15.tolist())) == 1
    assert table.key[1] == -1 and table.birth[1] == 19700101


def test_a_column_that_is_not_there_is_empty() -> None:
    assert read_ids(None, 3).kind.tolist() == [0, 0, 0]


DIGITS = st.text(alphabet="0123456789", min_size=18, max_size=18)


@given(DIGITS, st.integers(0, 17), st.sampled_from("0123456789"), st.sampled_from(["replace", "drop", "add", "swap"]))
@settings(max_examples=60, deadline=None)
def test_one_edit_is_found_and_is_symmetric(text: str, at: int, digit: str, kind: str) -> None:
    other = {
        "replace": text[:at] + digit + text[at + 1 :],
        "drop": text[:at] + text[at + 1 :],
        "add": text[:at] + digit + text[at:],
        "swap": text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
    }[kind]
    a, b = as_characters(np.array([text], dtype=object)), as_characters(np.array([other], dtype=object))
    assert one_edit(a, b)[0] and one_edit(b, a)[0]


def test_two_edits_are_not_one() -> None:
    a = as_characters(np.array(["519923197001010010", "519923197001010010"], dtype=object))
    b = as_characters(np.array(["519923197101010020", "1992319700101001"], dtype=object))
    assert one_edit(a, b).tolist() == [False, False]
