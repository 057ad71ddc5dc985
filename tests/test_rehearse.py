"""A rehearsal on a small township: every rule in force is tried, and rules that are broken, too eager or doubled show up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.expression.parse import parse
from pipeline.rehearse import Rehearsal, in_the_sample, rehearse, report_text
from pipeline.run import Silence
from pipeline.spec import Rule, Spec, load_spec

ROOT = Path(__file__).parents[1]
COUNTY = "云溪县"                     # of the invented township


def copied(spec: Spec, rule_id: str, name: str, check: str | None = None) -> Spec:
    """The spec with one rule more: that one under another id, its check replaced, its examples with it."""
    rule = next(r for r in spec.rules if r.id == rule_id)
    twin = replace(rule, id=name, also=(), variant=900 + len(spec.rules), check=parse(check) if check else rule.check)
    examples = tuple(replace(e, rule=name, keys=(twin.key,), line=-e.line) for e in spec.examples if rule.key in e.keys)
    return replace(spec, rules=(*spec.rules, twin), examples=(*spec.examples, *examples))


@pytest.fixture(scope="module")
def injected() -> Spec:
    """Our rules with four of ours spoiled on purpose."""
    spec = load_spec(ROOT, county=COUNTY)
    spec = copied(spec, "X-01", "Z-dead", "filled(household_no) or blank(household_no)")
    spec = copied(spec, "3_01_001", "Z-eager", "blank(relation)")
    return copied(spec, "X-08", "Z-double")


@pytest.fixture(scope="module")
def result(injected: Spec) -> Rehearsal:
    found = rehearse(injected, 0.3, Silence())
    print("\n" + report_text(found, injected))
    return found


def row(result: Rehearsal, rule: str) -> dict[str, object]:
    return result.rules.set_index("id").loc[rule].to_dict()


def test_every_rule_in_force_is_tried_and_fires(result: Rehearsal, spec: Spec) -> None:
    rules = result.rules[~result.rules["id"].str.startswith("Z-")]
    silent = rules[rules["mark"] == "从不报"]
    assert silent["id"].tolist() == []
    assert set(rules["id"]) == {r.id for r in spec.rules}


def test_what_counts_as_tried_was_caught_or_grafted(result: Rehearsal) -> None:
    live = result.rules[result.rules["mark"].isin(["", "嫁接"])]
    assert ((live["caught"] > 0) | (live["grafted"] > 0)).all()
    assert (live.loc[live["mark"] == "嫁接", "caught"] == 0).all()


def test_planted_errors_are_caught(result: Rehearsal) -> None:
    states = result.errors["state"].value_counts()
    assert states["caught"] / (states["caught"] + states.get("missed", 0)) >= 0.98


def test_rules_are_silent_on_clean_data_but_for_questions(result: Rehearsal) -> None:
    loud = result.needless[(result.needless["where"] == "干净") & (result.needless["severity"] != "info") & (result.needless["rule"] != "Z-eager")]
    assert loud["rule"].tolist() == []


def test_a_broken_rule_shows_as_never_firing(result: Rehearsal) -> None:
    assert row(result, "Z-dead")["mark"] == "从不报"
    assert row(result, "Z-dead")["grafted_missed"] > 0          # type: ignore[operator]


def test_a_rule_that_is_too_eager_shows_as_firing_on_clean_data(result: Rehearsal) -> None:
    assert row(result, "Z-eager")["on_clean"] > 1000            # type: ignore[operator]


def test_a_doubled_rule_shows_as_a_repeat(result: Rehearsal) -> None:
    assert ("X-08", "Z-double", "同一格") in set(result.repeats[["rule", "other", "how"]].itertuples(index=False, name=None))


def test_rules_that_want_a_cell_filled_and_blank_contradict_each_other(result: Rehearsal) -> None:
    pairs = set(result.contradictions[["rule", "other"]].itertuples(index=False, name=None))
    assert ("3_01_001", "Z-eager") in pairs


def test_a_resting_rule_says_why(result: Rehearsal, spec: Spec) -> None:
    resting = {r.id for r in spec.rules if r.switched_off}
    marks = result.rules.set_index("id")["mark"]
    assert all("缺标准值" in marks[rule] for rule in resting)


def test_the_report_names_every_rule_and_the_score(result: Rehearsal, injected: Spec) -> None:
    text = report_text(result, injected)
    rules: tuple[Rule, ...] = injected.rules
    assert [r.id for r in rules if r.id not in text] == []
    assert f"变异得分 {result.score:.1%}" in text
    assert 0.9 < result.score < 1


def test_a_county_of_ones_own_does_not_turn_the_invented_township_away(spec: Spec, tmp_path: Path) -> None:
    elsewhere = replace(spec, campaign=replace(spec.campaign, county="大安县"))
    moved = in_the_sample(elsewhere, tmp_path)
    assert (moved.campaign.county, moved.root) == (COUNTY, spec.root)
    assert len(moved.rules) == len(spec.rules)
