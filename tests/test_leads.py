"""Without a register: whom lists know and the system does not, household by household."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.screen.residents import MOST_PEOPLE, _leads

Person = tuple[str, str, str | None]  # name, village, household as the list numbers it


def listed(table: str, *people: Person) -> Any:
    """A list none of whose rows is in the system."""
    frame = pd.DataFrame(people, columns=["name", "village", "household"], dtype=object)
    size = len(frame)
    one = SimpleNamespace(table=table, frame=frame, columns=list(frame.columns), rows=np.arange(size))
    return SimpleNamespace(one=one, kind=np.array(["unlinked"] * size, dtype=object), person=np.full(size, -1))


def addresses(one: Any) -> Any:
    return np.array([f"{one.one.table}.xlsx#1!{row}" for row in one.one.rows], dtype=object)


def homes(*lists: Any) -> list[set[str]]:
    """Whoever is told to live together: name by name, by household."""
    tables: Any = {one.one.table: SimpleNamespace(row_ids=lambda one=one: addresses(one)) for one in lists}
    groups, _ = _leads(lists, tables)
    frames = {one.one.table: one.one.frame for one in lists}
    found: dict[str, set[str]] = {}
    for group in groups:
        for row, home in zip(group.rows, group.homes, strict=True):
            found.setdefault(str(home), set()).add(frames[group.table].at[row, "name"])
    heads = sum(int(group.heads.sum()) for group in groups)
    assert heads == len(found)
    return sorted(found.values(), key=min)


@pytest.mark.parametrize(
    ("lists", "told"),
    [
        ([[("a", "甲村", "1"), ("b", "甲村", "1"), ("c", "甲村", "2")]], [{"a", "b"}, {"c"}]),
        ([[("a", "甲村", "1"), ("b", "乙村", "1")]], [{"a"}, {"b"}]),  # villages number their households each from 1
        ([[("a", "甲村", None), ("b", "甲村", None)]], [{"a"}, {"b"}]),
        ([[("a", "甲村", None)], [("b", "甲村", "7"), ("a", "甲村", "7")]], [{"a", "b"}]),  # the second list says with whom he lives
        ([[("a", "甲村", "1")], [("b", "甲村", "1")]], [{"a"}, {"b"}]),  # a number means nothing in another list
    ],
)
def test_those_whom_a_list_has_in_one_household_are_one(lists: list[list[Person]], told: list[set[str]]) -> None:
    assert homes(*(listed(f"t{n}", *people) for n, people in enumerate(lists))) == told


def test_a_number_under_which_a_crowd_stands_is_no_household() -> None:
    crowd = [(f"p{n:02}", "甲村", "1") for n in range(MOST_PEOPLE + 1)]
    assert len(homes(listed("t", *crowd))) == len(crowd)
