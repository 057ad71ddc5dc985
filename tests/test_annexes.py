"""Every list of mappings/annexes/ proves itself on the rows written beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.examples import example_database
from pipeline.expression.evaluate import evaluate_truth
from pipeline.spec import SpecError, load_spec
from pipeline.spec.annexes import Annex, AnnexExample

ROOT = Path(__file__).parents[1]
SPEC = load_spec(ROOT)
CASES = [(annex, example) for annex in SPEC.annexes for example in annex.examples]
NAMES = {
    *(f"附件{n}" for n in range(1, 13)), *(f"县级{n}" for n in range(1, 7)), *(f"村级{n}" for n in range(1, 6)),
    "识别新增", "回退", "重新识别", "一兜了之", "措施未落实", "措施不符", "死亡未减", "疑似辍学", "入户核查",
}  # fmt: skip


def on_the_list(annex: Annex, example: AnnexExample) -> bool:
    """Whether the example's row stands on the list, for a reason that can be asked."""
    view = example_database(annex.table, example.row, SPEC).view(annex.table)
    if annex.among is not None and not evaluate_truth(annex.among, view).certain[0]:
        return False
    return any(evaluate_truth(ground.when, view).certain[0] for ground in annex.grounds if not ground.missing)


@pytest.mark.parametrize(("annex", "example"), CASES, ids=[f"{a.name}:{e.line}" for a, e in CASES])
def test_a_list_holds_whom_its_examples_say(annex, example):
    assert on_the_list(annex, example) == example.on, f"{annex.file}:{example.line} {dict(example.row)}"


@pytest.mark.parametrize("annex", [a for a in SPEC.annexes if a.grounds], ids=lambda a: a.name)
def test_a_list_has_a_row_that_is_on_it_and_one_that_is_not(annex):
    assert {e.on for e in annex.examples} == {True, False}


def test_the_lists_are_named_as_everybody_calls_them():
    assert {a.name for a in SPEC.annexes} <= NAMES


def mistakes_of(root: Path, text: str) -> str:
    """What the loader says of a list written like this."""
    for name in ("mappings", "expectations"):
        (root / name).mkdir(parents=True)
        for path in (ROOT / name).iterdir():
            if path.name != "annexes" and not (name == "expectations" and path.stem.startswith(("person", "measure", "cross"))):
                (root / name / path.name).symlink_to(path)
    (root / "mappings" / "annexes").mkdir()
    (root / "mappings" / "annexes" / "01.yml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_spec(root)
    return str(caught.value)


WRONG = """\
name: 附件1
title: "{village}{$lin}"
kind: ledgers
basis: 测试
on:
- when: income_per_hed < $line
  because: "{income_per_head}"
  cells: [income_per_head]
- when: income_per_head < $line
  because: "{incom_per_head}"
  cells: [is_monitored, {rows: member, column: name}]
colums: []
from: [县级9]
"""


def test_every_mistake_in_a_list_is_told_with_its_line(tmp_path):
    told = mistakes_of(tmp_path / "p", WRONG)
    for line, word in ((2, "$lin"), (3, "ledgers"), (6, "income_per_head"), (10, "incom_per_head"), (11, "is_monitored"), (11, "members"), (12, "columns"), (13, "县级9")):
        assert any(t.startswith(f"mappings/annexes/01.yml:{line} ") and word in t for t in told.splitlines()), (line, word, told)
