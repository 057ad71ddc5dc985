"""Every rule proves itself on the rows written beside it, through Great Expectations."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from pipeline.examples import broken_examples
from pipeline.spec import Rule, load_spec
from pipeline.spec.model import Example

ROOT = Path(__file__).parents[1]
SPEC = load_spec(ROOT)
RULES = {rule.key: rule for rule in SPEC.rules}


def entries() -> dict[tuple[str, int], tuple[list[Rule], list[Example]]]:
    """Rules and examples by the YAML entry they stand in."""
    found: dict[tuple[str, int], tuple[list[Rule], list[Example]]] = defaultdict(lambda: ([], []))
    for rule in SPEC.rules:
        found[rule.file, rule.line][0].append(rule)
    by_keys = {rule.key: (rule.file, rule.line) for rule in SPEC.rules}
    for example in SPEC.examples:
        if example.keys:
            found[by_keys[example.keys[0]]][1].append(example)
    return dict(found)


ENTRIES = entries()


@pytest.fixture(scope="module")
def context():
    import great_expectations as gx
    made = gx.get_context(mode="ephemeral")
    made.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return made


@pytest.mark.parametrize("place", sorted(ENTRIES), ids=lambda place: f"{Path(place[0]).stem}:{place[1]}")
def test_a_rule_finds_what_its_examples_say(place, context):
    rules, examples = ENTRIES[place]
    live = [rule for rule in rules if not rule.retired and not rule.switched_off]
    if not live:
        pytest.skip("no figure for this province and year")
    broken = broken_examples(context, live, [e.row for e in examples], SPEC)
    wrong = [f"{e.file}:{e.line} {e.kind}: {dict(e.row)}" for n, e in enumerate(examples) if any(n in rows for rows in broken.values()) != e.fails]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("place", sorted(ENTRIES), ids=lambda place: f"{Path(place[0]).stem}:{place[1]}")
def test_a_rule_has_a_row_that_passes_and_one_that_fails(place):
    _, examples = ENTRIES[place]
    assert {True, False} <= {e.fails for e in examples if e.kind != "regress"}
