"""A slip in the files that stages read for themselves is told at its line, with the nearest right word, before anything runs."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT
from test_spec import damage

from pipeline.proof import proofread, slots
from pipeline.report.words import wording
from pipeline.spec import Spec, SpecError

COUNTS, SUMMARY, VISIT, REPORT = (f"mappings/{name}.yml" for name in ("counts", "summary", "visit", "report"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Our mappings, copied."""
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    return tmp_path


def told(spec: Spec, project: Path) -> list[str]:
    with pytest.raises(SpecError) as caught:
        proofread(replace(spec, root=project))
    return str(caught.value).splitlines()


CASES = {
    "a count of a ledger there is not": (COUNTS, "附件11:", "附件15:", "没有叫 附件15 的名册"),
    "a count of a column the ledger has not": (COUNTS, "  应排查户数: {", "  应排查户: {", "是否想写 应排查户数"),
    "a roster there is not": (COUNTS, "{roster: 入户核查}", "{roster: 入户检查}", "是否想写 入户核查"),
    "two ways to count": (COUNTS, "{roster: 县级1}", "{roster: 县级1, people: 县级1}", "也只能写一样"),
    "an unknown way to count": (COUNTS, "{problems: true}", "{problem: true}", "是否想写 problems"),
    "a column that is none": (COUNTS, "{month: removed_month}", "{month: removed_mnth}", "是否想写 removed_month"),
    "a roster in a sentence": (COUNTS, "新增{识别新增}户", "新增{识别增新}户", "是否想写 识别新增"),
    "a number of the report without its table": (SUMMARY, "households: {table: household,", "households: {table: houshold,", "是否想写 household"),
    "a column of a number": (SUMMARY, "filled: category, say", "filled: categry, say", "是否想写 category"),
    "a value no code list has": (SUMMARY, "is: {removed: 否}, say", "is: {removed: 没有}, say", "没有“没有”这个值"),
    "a roster of a number": (SUMMARY, "is: {annex: 回退}", "is: {annex: 退回}", "没有叫 退回 的名册"),
    "a share of a number there is not": (SUMMARY, "percent: [removed, monitored]", "percent: [removed, monitord]", "是否想写 monitored"),
    "a word of the text that is no number": (SUMMARY, "共{visits}户", "共{visit}户", "是否想写 visits"),
    "a table of the text": (SUMMARY, "- table: risks", "- table: risk", "是否想写 risks"),
    "a part of the text": (SUMMARY, "- judge: 组织领导", "- jugde: 组织领导", "是否想写 judge"),
    "a column of the villages' risks": (SUMMARY, "columns: [rank, village, monitored", "columns: [rank, village, monitred", "是否想写 monitored"),
    "a roster to visit": (VISIT, "roster: 入户核查 ", "roster: 入户 ", "没有叫 入户 的名册"),
    "what may be masked": (VISIT, "mask: []", "mask: [phne]", "是否想写 phone"),
    "a column of the list": (VISIT, "    category: {title", "    catgory: {title", "是否想写 category"),
    "a fact of the form": (VISIT, "head_name: 户主\n    head_id_number", "haed_name: 户主\n    head_id_number", "是否想写 head_name"),
    "a column of the people": (VISIT, "schooling: 在校情况", "scholing: 在校情况", "是否想写 schooling"),
    "a page too wide": (VISIT, "widths: [9.5, 10.5", "widths: [29.5, 10.5", "A4 竖排放不下"),
    "a column of the five looks": (VISIT, "{dropout: 失学辍学}", "{dropuot: 失学辍学}", "是否想写 dropout"),
    "a key of the page": (REPORT, "lead_none:", "led_none:", "是否想写 lead_none"),
    "a name in braces": (REPORT, "lead: 共发现问题 {total} 条", "lead: 共发现问题 {totel} 条", "可以写 {critical}"),
    "a brace too many": (REPORT, "lead: 共发现问题 {total} 条", "lead: 共发现问题 {total}} 条", "没有东西可填"),
    "a column shown of households": (REPORT, "household_shown: [household_type,", "household_shown: [houshold_type,", "是否想写 household_type"),
    "a column of the risks page": (REPORT, "unremoved: 风险未消除,", "unremovd: 风险未消除,", "是否想写 unremoved"),
    "a group where a text stood": (REPORT, "none: 没有\n", "none: [没有, 无]\n", "应当和原来一样"),
    "a key of the browser's pages": ("mappings/serve.yml", "busy_port:", "bussy_port:", "是否想写 busy_port"),
    "a name in braces of the browser's pages": ("mappings/serve.yml", "端口 {port} 被", "端口 {prot} 被", "里的 {prot} 没有东西可填"),
    "a key of the words": ("mappings/wording.yml", "  subtitle_open:", "  subtitel_open:", "是否想写 subtitle"),
    "a number where a text is meant": ("mappings/wording.yml", "font: 宋体", "font: 12", "要加引号"),
    "a column that holds the same fact": ("mappings/answers.yml", "person.id_number: name", "person.id_numbr: name", "没有 person.id_numbr"),
    "a slip of form": ("mappings/weights.yml", "\nsettle: [", "\nsettle: [[", "写法不符合 YAML"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_slip_is_told_at_its_line_with_the_nearest_right_word(spec: Spec, project: Path, case: str) -> None:
    file, old, new, said = CASES[case]
    line = damage(project, file, old, new) + old.startswith("\n")
    found = [m for m in told(spec, project) if said in m]
    assert found, told(spec, project)
    place = re.match(r"(.+?):(\d+) ", found[0])
    assert place is not None and place[1] == file
    assert abs(int(place[2]) - line) <= 1


def test_every_slip_is_told_at_once(spec: Spec, project: Path) -> None:
    wanted = [CASES[name] for name in ("a roster there is not", "a roster to visit", "a key of the page", "a column that holds the same fact")]
    for file, old, new, _ in wanted:
        damage(project, file, old, new)
    text = "\n".join(told(spec, project))
    assert all(said in text for *_, said in wanted)


def test_our_own_files_hold_no_slip_and_a_project_may_say_less(spec: Spec, project: Path) -> None:
    assert proofread(spec) is spec
    damage(project, REPORT, "lead_none:", "# lead_none:")
    (project / SUMMARY).unlink()
    proofread(replace(spec, root=project))


def test_names_in_braces() -> None:
    assert slots("共 {n} 条{m:.0f}，{a.b}") == {"n", "m", "a"}
    assert slots("没有") == set()
    assert slots("多了一个}") is None


def test_every_word_that_the_program_asks_for_by_name_stands_in_its_files() -> None:
    """Of the files that are asked by whole keys; what is put together while running is not seen here."""
    asked = {
        (path, key)
        for path in sorted((ROOT / "pipeline").rglob("*.py"))
        for key in re.findall(r"""wording\(\)(?:\.get|\.names)?\(\s*"([a-z_.]+)\"""", path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 30
    assert [f"{path.name}: {key}" for path, key in sorted(asked) if not wording().has(key)] == []
