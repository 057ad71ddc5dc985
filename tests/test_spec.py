"""A mistake in mappings/ or expectations/ is refused at its line with the nearest right word; all of them at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Answer
from ruamel.yaml import YAML

from pipeline.spec import Spec, SpecError, load_spec
from pipeline.spec.compose import composed

RULE = """table: person
rules:
- id: "Z-01"
  name: 试验
  dimension: 准确性
  severity: warning
  subject: 人
  check: sex == "男"
  columns: [sex]
  message: "{name}"
  fix: 请核对
  owner: village
  basis: 试验
"""
EXTRA = "expectations/zz.yml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Our mappings and rules, copied, with one more rule file."""
    for name in ("mappings", "expectations"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / EXTRA).write_text(RULE, encoding="utf-8")
    return tmp_path


def damage(project: Path, file: str, old: str, new: str) -> int:
    """Replace the first `old` of a file; the line it stood on."""
    text = (project / file).read_text(encoding="utf-8")
    assert old in text, f"{old} does not stand in {file}"
    (project / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def mistakes(project: Path) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load_spec(project)
    return str(caught.value).splitlines()


CASES = {
    "unknown key of a rule": (EXTRA, "  severity: warning", "  severty: warning", "是否想写 severity"),
    "unknown key of a list": ("mappings/sources/system_villages.yml", "owner: 乡村振兴", "ownr: 乡村振兴", "是否想写 owner"),
    "unknown column in a rule": (EXTRA, 'check: sex == "男"', 'check: sexx == "男"', "是否想写 sex"),
    "unknown column of a list": ("mappings/sources/system_villages.yml", "recognise: [village,", "recognise: [vilage,", "是否想写 village"),
    "unknown cell of a rule": (EXTRA, "columns: [sex]", "columns: [sexx]", "是否想写 sex"),
    "unknown cell of a related row": (EXTRA, "columns: [sex]", "columns: [household.categry]", "是否想写 category"),
    "unknown relation": (EXTRA, 'check: sex == "男"', "check: any(sibling, sex == 1)", "是否想写 siblings"),
    "unknown table": (EXTRA, "table: person", "table: persons", "是否想写 person"),
    "unknown code list": ("mappings/fields.yml", "codes: sex}", "codes: sexx}", "是否想写 sex"),
    "unknown group of a code list": (EXTRA, 'check: sex == "男"', "check: labour_skill in labour_skill.abel", "是否想写 able"),
    "unknown standard": (EXTRA, 'check: sex == "男"', "check: age > $labour_ag", "是否想写 labour_age"),
    "unknown function": (EXTRA, 'check: sex == "男"', "check: filed(sex)", "是否想写 filled"),
    "unknown predicate": (EXTRA, 'check: sex == "男"', 'check: "@valid_id_nubmer(id_number)"', "是否想写 valid_id_number"),
    "bad severity": (EXTRA, "severity: warning", "severity: warnng", "是否想写 warning"),
    "bad owner": (EXTRA, "owner: village", "owner: vilage", "是否想写 village"),
    "both check and flag": (EXTRA, "- id: ", '- flag: sex == "女"\n  id: ', "只能写一个"),
    "no question at all": (EXTRA, '  check: sex == "男"\n', "", "要写一个"),
    "no words for the clerk": (EXTRA, "  fix: 请核对\n", "", "缺少 fix"),
    "an unquoted number as id": (EXTRA, 'id: "Z-01"', "id: 1_01_003", "要加引号"),
    "an unquoted date": ("mappings/campaign.yml", 'reference_date: "20220531"', "reference_date: 20220531", "要加引号"),
    "a text compared with a number": (EXTRA, 'check: sex == "男"', "check: sex == 1", "加引号"),
    "a value no code list has": (EXTRA, 'check: sex == "男"', 'check: sex in ["男性"]', "代码表 sex 里没有“男性”"),
    "a text without quotes": (EXTRA, 'check: sex == "男"', "check: sex == 男", "要加引号"),
    "a pattern that is none": (EXTRA, 'check: sex == "男"', 'check: matches(name, "[")', "正则表达式"),
    "a word of the message that names nothing": (EXTRA, 'message: "{name}"', 'message: "{nmae}"', "是否想写 name"),
    "a table that cannot be needed": (EXTRA, "  basis: 试验", "  basis: 试验\n  needs: [wrok]", "是否想写 work"),
    "an unknown expectation": (EXTRA, 'check: sex == "男"', "expect: expect_column_values_to_not_be_nul", "是否想写 expect_column_values_to_not_be_null"),
    "a sum of texts": (EXTRA, 'check: sex == "男"', "check: sex + 1 > 2", "只有数才能"),
    "an answer that is no yes or no": (EXTRA, 'check: sex == "男"', "check: name", "是或否"),
    "a key twice": (EXTRA, "  name: 试验", "  name: 试验\n  name: 试验二", "写了两次"),
    "a header of two columns": ("mappings/fields.yml", "label: 性别", "label: 姓名", "已经归"),
    "code with python": (EXTRA, 'check: sex == "男"', 'check: "(lambda x: x)(sex)"', "不能使用"),
    "yaml that is none": (EXTRA, "  message: ", "  message: [", "写法不符合 YAML：方括号"),
    "a colon too many": (EXTRA, "  fix: 请核对", "  fix: 请核对: 户口本", "多了一个“: ”"),
    "a tab for blanks": (EXTRA, "  fix: 请核对", "\tfix: 请核对", "制表符"),
    "a number another file uses": (EXTRA, 'id: "Z-01"', 'id: "X-03"', "已经用在 expectations/person.yml"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_refused_at_its_line(project: Path, case: str) -> None:
    file, old, new, words = CASES[case]
    line = damage(project, file, old, new)
    found = mistakes(project)
    here = [m for m in found if m.startswith(f"{file}:") and words in m]
    assert here, found
    number = int(re.match(r"[^:]+:(\d+) ", here[0])[1])  # type: ignore[index]
    assert abs(number - line) <= 10, here  # within the entry, if not on the very line


@pytest.mark.parametrize(
    "case", ["unknown key of a rule", "unknown column in a rule", "unknown code list", "bad severity", "unknown standard", "an unquoted date", "a key twice"]
)
def test_the_line_is_the_line(project: Path, case: str) -> None:
    file, old, new, words = CASES[case]
    line = damage(project, file, old, new) + new.count("\n")
    assert f"{file}:{line} " in next(m for m in mistakes(project) if words in m)


def test_an_alias_of_two_codes_is_refused(project: Path) -> None:
    path = project / "mappings" / "codes" / "zz.yml"
    path.write_text("title: 试验\nvalues:\n  甲: {aliases: [丙]}\n  乙: {aliases: [丁, 丙]}\n", encoding="utf-8")
    [mistake] = mistakes(project)
    assert mistake.startswith("mappings/codes/zz.yml:4 ")
    assert "“丙”已经归“甲”" in mistake


def test_all_mistakes_are_told_at_once(project: Path) -> None:
    rules = [
        RULE.split("rules:\n", 1)[1].replace('"Z-01"', f'"Z-{n:02d}"').replace(*CASES[name][1:3])
        for n, name in enumerate(["unknown column in a rule", "bad severity", "unknown standard", "unknown function", "unknown key of a rule"])
    ]
    (project / EXTRA).write_text("table: person\nrules:\n" + "".join(rules), encoding="utf-8")
    elsewhere = ["unknown key of a list", "unknown code list", "an unquoted date"]
    for name in elsewhere:
        damage(project, *CASES[name][:3])
    found = "\n".join(mistakes(project))
    for name in ["unknown column in a rule", "bad severity", "unknown standard", "unknown function", "unknown key of a rule", *elsewhere]:
        assert CASES[name][3] in found, name
    assert {line.split(":")[0] for line in found.splitlines()} >= {EXTRA, "mappings/fields.yml", "mappings/campaign.yml"}


def test_a_missing_file_is_named(project: Path) -> None:
    (project / "mappings" / "campaign.yml").unlink()
    assert any(m.startswith("mappings/campaign.yml:1 没有这个文件") for m in mistakes(project))


def test_an_empty_file_is_named(project: Path) -> None:
    (project / "mappings" / "facts.yml").write_text("", encoding="utf-8")
    assert any(m.startswith("mappings/facts.yml") for m in mistakes(project))


def test_a_list_where_a_mapping_belongs_is_refused(project: Path) -> None:
    (project / EXTRA).write_text("- id: 1\n", encoding="utf-8")
    assert any(m.startswith(EXTRA) for m in mistakes(project))


def test_our_own_files_hold_no_mistake(spec: Spec) -> None:
    assert len(spec.rules) > 200
    assert len(spec.sources) >= 8


def test_every_problem_the_engine_reports_has_its_words(spec: Spec) -> None:
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "pipeline").glob("*.py"))
    named = set(re.findall(r'"((?:assemble|mapping)\.[a-z_]+)"', code))
    assert len(named) > 12
    assert named - set(spec.problems) == set()


def test_check_prints_every_mistake(project: Path, command: Callable[..., Answer]) -> None:
    damage(project, EXTRA, "severity: warning", "severity: warnng")
    damage(project, "mappings/campaign.yml", 'reference_date: "20220531"', "reference_date: 20220531")
    answer = command("check", "--root", project)
    assert answer.code == 1
    assert f"{EXTRA}:6 " in answer.err and "mappings/campaign.yml:" in answer.err and "共 2 处错误" in answer.err


@pytest.mark.parametrize(
    "text",
    [
        "a: [on, off, yes, no, true, False, ~, null, 是]",
        "a: {1: 0510, 2: 0o17, 3: 0x1F, 4: 1_000, 5: 1e3, 6: .5, 7: 5.1E+17, 8: 12:30:45, 9: 2022-04-01, 10: +5, 11: -0}",
        "a: ['on', \"no\", '0510', \"1\"]\nb: |\n  两行\n  文字\nc: >-\n  折成\n  一行\n",
        "一: &x {甲: 1}\n二: *x\n三: {<<: *x, 乙: 2}",
        "# 只有注释\n",
        "a: 是  # 注释\n...\n",
        "a: 甲：乙,丙\nb: [甲：乙, '丙: 丁']\n? 丁\n: 戊",
    ],
)
def test_the_parser_in_c_reads_yaml_1_2(text: str) -> None:
    assert outline(composed(text)) == outline(YAML(typ="safe", pure=True).compose(text))


def outline(node: Any) -> Any:
    """Line, kind and content of a node and of all under it."""
    if node is None:
        return None
    kind = (node.start_mark.line, str(node.tag))
    if node.id == "mapping":
        return (*kind, [(outline(k), outline(v)) for k, v in node.value])
    return (*kind, [outline(item) for item in node.value]) if node.id == "sequence" else (*kind, node.value)
