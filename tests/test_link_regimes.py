"""Lists that are hard in one way each, made apart from the linker (bench/regimes.py), and lists that come in badly."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.link import LinkageConfig, LinkResult, Spine, link, load_config

CONFIG: LinkageConfig = load_config()
CONFIG = replace(CONFIG, model=replace(CONFIG.model, sample=60_000), estimate=replace(CONFIG.estimate, replay_rows=300))
SIZE = 2400


@cache
def bench(name: str) -> Any:
    """A file of bench/ as a module."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", Path(__file__).parents[1] / "bench" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"bench_{name}"] = module
    spec.loader.exec_module(module)
    return module


def lists(regime: str, **other: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both lists of a regime, by a_id and b_id."""
    a, b = bench("regimes").made(SIZE, replace(bench("regimes").REGIMES[regime], **other), seed=3)
    return a.set_index("a_id"), b.set_index("b_id")


def linked(a: pd.DataFrame, b: pd.DataFrame) -> LinkResult:
    return link(a.drop(columns="person"), b.drop(columns="person"), CONFIG)


def rates(a: pd.DataFrame, b: pd.DataFrame, result: LinkResult, least: float = 0.5) -> tuple[float, float]:
    """Precision and recall of automatic links and of the doubtful pairs from `least` on."""
    doubtful = result.review[result.review["chosen"] & (result.review["probability"] >= least)]
    pairs = pd.concat([result.links, doubtful])
    right = (a["person"].loc[pairs["a"]].to_numpy() == b["person"].loc[pairs["b"]].to_numpy()).sum()
    return float(right / len(pairs)), float(right / b["person"].isin(set(a["person"])).sum())


@pytest.mark.parametrize(
    ("regime", "precision", "recall"),
    [
        ("ids", 0.999, 0.998),
        ("ids_cut", 0.999, 0.998),
        ("ids_only_name", 0.999, 0.985),
        ("ids_elsewhere", 0.999, 0.995),
        ("swapped_cells", 0.999, 0.998),
        ("no_births_12", 0.995, 0.99),
        ("one_surname", 0.993, 0.985),
        ("strangers", 0.99, 0.985),
        ("kin", 0.999, 0.998),
        ("full_path", 0.995, 0.99),
        ("household_head", 0.99, 0.99),
        ("births_serial", 0.999, 0.998),
        ("births_month", 0.998, 0.995),
        ("only_name_birth", 0.998, 0.99),
    ],
)
def test_a_hard_pair_of_lists_is_linked(regime: str, precision: float, recall: float) -> None:
    a, b = lists(regime)
    made, found = rates(a, b, linked(a, b))
    assert made >= precision and found >= recall, (made, found)


def test_namesakes_in_villages_of_one_surname_are_not_linked_by_themselves() -> None:
    a, b = lists("one_surname", in_a=0.6)
    precision, _ = rates(a, b, linked(a, b), least=2)
    assert precision >= 0.998


def test_ids_of_another_county_are_said_and_do_no_harm() -> None:
    a, b = lists("ids_elsewhere")
    assert any("其他县" in warning for warning in linked(a, b).warnings)


def test_rows_with_swapped_cells_are_counted() -> None:
    a, b = lists("swapped_cells")
    assert any("对方的列" in warning for warning in linked(a, b).warnings)


def test_a_household_number_for_two_families_costs_nothing() -> None:
    a, b = lists("no_births")
    first = {home: min(home, other) for home, other in zip(*(sorted(set(b["household"]))[k::2] for k in (0, 1)), strict=False)}
    second = {other: home for home, other in zip(*(sorted(set(b["household"]))[k::2] for k in (0, 1)), strict=False)}
    shared = b.assign(household=b["household"].map(lambda home: second.get(home, first.get(home, home))))
    result = linked(a, shared)
    precision, recall = rates(a, shared, result)
    assert precision >= 0.995 and recall >= 0.98
    same = result.households[result.households["same"]]
    assert same["a"].is_unique and same["b"].is_unique


def test_a_block_of_thousands_of_equal_keys_is_left_out_and_said() -> None:
    crowd = pd.DataFrame({"name": ["张伟"] * 90, "sex": "男", "village": "大寨村"})
    result = link(crowd, crowd, CONFIG)
    assert result.links.empty
    assert any("过于常见" in warning and "8100" in warning for warning in result.warnings)


def test_a_list_without_ids_says_that_it_had_to_weigh_for_itself() -> None:
    a, b = lists("no_ids")
    assert any("身份证号一致的人太少" in warning for warning in linked(a, b).warnings)


def test_a_spine_made_once_gives_what_the_frame_gives() -> None:
    a, b = lists("ids")
    people = a.drop(columns="person")
    spine = Spine(people)
    for part in (b.iloc[:900], b.iloc[900:]):
        one = part.drop(columns="person")
        pd.testing.assert_frame_equal(link(spine, one, CONFIG).links, link(people, one, CONFIG).links)


# ---------------------------------------------------------------- what is estimated, beside what is true


@pytest.mark.parametrize(("regime", "within"), [("ids", 0.002), ("no_ids", 0.002), ("strangers_births", 0.002), ("births_40", 0.02)])
def test_estimates_hold_the_truth_in_every_township(regime: str, within: float) -> None:
    a, b = lists(regime)
    for side in (a, b):
        side["township"] = np.where(side["person"] < side["person"].max() / 2, "东山镇", "西河乡")
    result = linked(a, b)
    told = result.estimates.set_index(["measure", "township"])["value"]
    for town in ("", "东山", "西河"):
        here = b[b["township"].str.startswith(town)]
        pairs = result.links[result.links["b"].isin(here.index)]
        right = (a["person"].loc[pairs["a"]].to_numpy() == b["person"].loc[pairs["b"]].to_numpy()).sum()
        assert told["precision_by_posterior", town] == pytest.approx(right / len(pairs), abs=within)
        assert told["recall_by_posterior", town] == pytest.approx(right / here["person"].isin(set(a["person"])).sum(), abs=within)


def test_an_interval_holds_its_value() -> None:
    a, b = lists("ids")
    estimates = linked(a, b).estimates
    shares = estimates[estimates["measure"].str.contains("precision|recall")]
    assert (shares["low"] <= shares["value"] + 1e-9).all() and (shares["value"] <= shares["high"] + 1e-9).all()
