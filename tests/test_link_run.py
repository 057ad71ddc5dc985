"""Two lists in, links out: what is linked, what goes to people, and what must never happen."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.link import LinkageConfig, LinkResult, duplicates, link, load_config

# Fewer random pairs than a county needs, so that the tests stay quick.
CONFIG: LinkageConfig = load_config()
CONFIG = replace(CONFIG, model=replace(CONFIG.model, sample=60_000), estimate=replace(CONFIG.estimate, replay_rows=300))


@cache
def bench() -> Any:
    """bench/linkage.py as a module: its invented county serves here too."""
    spec = importlib.util.spec_from_file_location("bench_linkage", Path(__file__).parents[1] / "bench" / "linkage.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_linkage"] = module
    spec.loader.exec_module(module)
    return module


@cache
def county(with_ids: bool) -> Any:
    return bench().county(1600, bench().Damage() if with_ids else bench().IDLESS, seed=7)


@cache
def linked(with_ids: bool) -> LinkResult:
    made = county(with_ids)
    return link(made.a.set_index("a_id"), made.b.set_index("b_id"), CONFIG)


def people(*rows: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), index=[f"r{i}" for i in range(len(rows))])


def pairs(frame: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(frame["a"], frame["b"], strict=True))


def test_with_ids_nearly_everything_is_linked_and_nothing_wrongly() -> None:
    found, truth = pairs(linked(True).links), county(True).truth()
    assert len(found & truth) >= 0.999 * len(truth)
    assert len(found - truth) <= 1


def test_without_ids_and_most_birth_dates_the_households_carry_it() -> None:
    result, truth = linked(False), county(False).truth()
    chosen = result.review[result.review["chosen"] & (result.review["probability"] >= 0.5)]
    found = pairs(result.links) | pairs(chosen)
    right = len(found & truth)
    assert 2 * right / (len(found) + len(truth)) >= 0.99


def test_no_row_is_linked_twice_and_none_is_lost() -> None:
    for with_ids in (True, False):
        result, b = linked(with_ids), county(with_ids).b
        fresh = result.links[result.links["stage"] != "exact_again"]
        assert fresh["a"].is_unique and result.links["b"].is_unique
        assert sorted([*result.links["b"], *result.unlinked["b"]]) == sorted(b["b_id"])
        assert result.unlinked["why"].str.len().gt(0).all() and result.links["why"].str.len().gt(0).all()


def test_the_order_of_rows_and_a_second_run_change_nothing() -> None:
    made = county(True)
    again = link(made.a.set_index("a_id"), made.b.set_index("b_id"), CONFIG)
    pd.testing.assert_frame_equal(again.links, linked(True).links)
    pd.testing.assert_frame_equal(again.estimates, linked(True).estimates)
    shuffled = link(made.a.sample(frac=1, random_state=3).set_index("a_id"), made.b.sample(frac=1, random_state=4).set_index("b_id"), CONFIG)
    first = linked(True)
    for mine, theirs in ((first.links, shuffled.links), (first.review, shuffled.review), (first.unlinked, shuffled.unlinked)):
        by = [c for c in ("b", "a") if c in mine]
        pd.testing.assert_frame_equal(mine.sort_values(by, ignore_index=True), theirs.sort_values(by, ignore_index=True))
    pd.testing.assert_frame_equal(first.estimates, shuffled.estimates)


def test_the_estimates_hold_the_truth() -> None:
    result, truth = linked(True), county(True).truth()
    precision = len(pairs(result.links) & truth) / len(result.links)
    by_measure = result.estimates.set_index("measure")
    assert abs(by_measure.loc["precision_by_posterior", "value"] - precision) <= 0.002
    assert by_measure.loc["precision_by_replay", "low"] <= 1.0
    assert {"recall_by_posterior", "recall_by_replay", "blocking_recall"} <= set(by_measure.index)


def test_households_are_linked_by_their_members() -> None:
    result = linked(True)
    same = result.households[result.households["same"]]
    assert same["a"].is_unique and same["b"].is_unique
    assert len(same) > 0.9 * county(True).b["household"].nunique() * 0.85


def test_one_valid_number_under_an_unrelated_name_is_no_link() -> None:
    a = people({"name": "张建国", "idno": "519923197001010010"})
    b = people({"name": "刘春花", "idno": "519923197001010010"})
    result = link(a, b, CONFIG)
    assert result.links.empty
    assert result.queues["queue"].tolist() == ["证件疑似被借用"]


def test_a_childs_row_with_the_fathers_number_is_no_link_either() -> None:
    a = people({"name": "张军", "idno": "519923197001010010", "household": "1"}, {"name": "张伟", "idno": "519923201512311201", "household": "1"})
    b = people({"name": "张伟", "idno": "519923197001010010", "household": "9"})
    result = link(a, b, CONFIG)
    assert ("r0", "r0") not in pairs(result.links)
    assert "证件疑似被借用" in set(result.queues["queue"])


@pytest.mark.parametrize(
    ("written", "stage"),
    [
        ("519923197001010010", "exact"),
        ("519923700101001", "exact"),
        ("51992319700101001044", "exact"),
        ("519923197001010000", "truncated"),
        ("519923197001010070", "repaired"),
        ("519923197010010010", "repaired"),
        ("51992319700101010", "repaired"),
        ("519921397001010010", "repaired"),
    ],
)
def test_a_number_in_any_shape_finds_its_person(written: str, stage: str) -> None:
    a = people({"name": "张建国", "idno": "519923197001010010"}, {"name": "李伟", "idno": "519923198802290029"})
    b = people({"name": "张建国", "idno": written})
    result = link(a, b, CONFIG)
    assert pairs(result.links) == {("r0", "r0")}
    assert result.links["stage"].tolist() == [stage]


def test_one_person_five_times_is_linked_five_times_and_said() -> None:
    a = people({"name": "张建国", "idno": "519923197001010010"})
    b = people(*[{"name": "张建国", "idno": "519923197001010010"}] * 5)
    result = link(a, b, CONFIG)
    assert len(result.links) == 5
    assert (result.queues["queue"] == "重复登记").sum() == 5


def test_the_dead_are_not_on_later_lists() -> None:
    a = people({"name": "张建国", "idno": "519923197001010010", "death_date": "20210305"})
    b = people({"name": "张建国", "idno": "519923197001010010", "as_of": "2022-04-30"})
    result = link(a, b, CONFIG)
    assert len(result.links) == 1, "the number says who it is; the finding stands beside the link"
    assert result.queues["queue"].tolist() == ["死亡后仍在名单"]


def test_a_father_is_not_younger_than_his_child() -> None:
    a = people(
        {"name": "张建国", "birth": "19700101", "relation": "户主", "household": "1"},
        {"name": "张福", "idno": "519923198802290029", "relation": "之父母", "household": "1"},
    )
    result = link(a, people({"name": "张福", "idno": "519923198802290029"}), CONFIG)
    assert "辈分与年龄矛盾" in set(result.queues["queue"])


def test_repetitions_within_one_list_are_found_and_nothing_is_removed() -> None:
    made = county(True).a.set_index("a_id").head(600)
    twice = pd.concat([made, made.head(20).rename(index=lambda label: label + "x")])
    found = duplicates(twice, CONFIG)
    assert {(f"{label}", f"{label}x") for label in made.index[:20]} <= pairs(found)
    assert len(found) <= 24


def test_two_people_under_one_number_are_said() -> None:
    a = people({"name": "张建国", "idno": "519923197001010010"}, {"name": "刘春花", "idno": "519923197001010010"})
    result = link(a, people({"name": "刘春花", "idno": "519923197001010010"}), CONFIG)
    assert pairs(result.links) == {("r1", "r0")}
    assert "重号" in set(result.queues["queue"])


def test_a_list_that_links_to_nobody_is_a_clear_warning() -> None:
    made = county(True)
    strangers = made.b.head(30).assign(
        name=[f"欧阳{c}{c}" for c in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒"], idno=None, birth=None
    )
    result = link(made.a.set_index("a_id"), strangers.set_index("b_id"), CONFIG)
    assert any("几乎无人" in warning for warning in result.warnings)


def test_swapped_columns_are_noticed() -> None:
    made = county(True)
    swapped = made.b.head(60).rename(columns={"name": "idno", "idno": "name"})
    result = link(made.a.set_index("a_id"), swapped.set_index("b_id"), CONFIG)
    assert any("放反" in warning for warning in result.warnings)


def test_lists_without_names_and_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="姓名或身份证号"):
        link(people({"village": "大寨村"}), people({"village": "大寨村"}), CONFIG)


def test_villages_spelt_in_two_ways_are_one() -> None:
    made = county(False)
    b = made.b.assign(village="旧" + made.b["village"].str.replace("村民委员会", "").str.replace("村", ""))
    result = link(made.a.set_index("a_id"), b.set_index("b_id"), CONFIG)
    chosen = result.review[result.review["chosen"] & (result.review["probability"] >= 0.5)]
    found, truth = pairs(result.links) | pairs(chosen), made.truth()
    assert len(found & truth) / len(truth) >= 0.97
