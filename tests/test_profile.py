"""One county's own file changes rules and figures without touching ours."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.spec import Spec, SpecError, load_spec

ROOT = Path(__file__).parents[1]


@pytest.fixture
def county(tmp_path: Path) -> Path:
    for name in ("mappings", "expectations"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def with_profile(county: Path, text: str) -> Spec:
    (county / "expectations" / "profile.yml").write_text(text, encoding="utf-8")
    return load_spec(county)


def test_a_rule_is_switched_off_with_its_reason_on_the_first_page(county: Path) -> None:
    spec = with_profile(county, 'switch_off: {"X-40": 全县统一核算}\n')
    assert spec.switches == {"X-40": "全县统一核算"}
    assert any("X-40" in line and "全县统一核算" in line for line in spec.profile)


def test_a_severity_and_a_figure_are_the_countys_own(county: Path) -> None:
    spec = with_profile(county, 'severity: {"X-01": info}\nstandards: {line: {value: 7200, document: 某发〔2022〕1号}}\n')
    assert {r.severity for r in spec.rules if r.id == "X-01"} == {"info"}
    assert spec.standards["line"].value == 7200
    assert any("7200" in line and "某发〔2022〕1号" in line for line in spec.profile)


def test_a_figure_of_the_countys_own_switches_its_rules_on(county: Path) -> None:
    assert any(r.switched_off for r in load_spec(county).rules if r.id == "3_11_010")
    spec = with_profile(county, "standards: {low_line: {value: 4000, document: 某发〔2022〕2号}}\n")
    assert not any(r.switched_off for r in spec.rules if r.id == "3_11_010")


@pytest.mark.parametrize(("text", "expected"), [
    ('switch_off: {"X-4O": 写错了}\n', "没有规则 X-4O"),
    ('severity: {"X-01": wrong}\n', "不能写 wrong"),
    ("standards: {lien: {value: 1, document: 文}}\n", "是否想写 line"),
    ("swich_off: {}\n", "是否想写 switch_off"),
    ("standards: {line: {value: 7200}}\n", "缺少 document"),
])
def test_a_mistake_in_it_is_refused_at_its_line(county: Path, text: str, expected: str) -> None:
    with pytest.raises(SpecError, match=r"expectations/profile\.yml:1 ") as found:
        with_profile(county, text)
    assert expected in str(found.value)
