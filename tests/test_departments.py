"""Each department's list is taken for what it is, by its own columns or by its name, and never for an export of the system."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.mapping import Recogniser
from pipeline.read import Sheet
from pipeline.sample.layout import Layout, layouts
from pipeline.spec import Spec, load_spec

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(ROOT)


def sheet(file: str, headers: Sequence[str], sections: Sequence[str] = ()) -> Sheet:
    """A tab with these headers and no rows."""
    count = len(headers)
    cells = pd.DataFrame({n: pd.Series([], dtype=object) for n in range(count)})
    letters = tuple(f"C{n}" for n in range(count))
    given = tuple(sections) or ("",) * count
    return Sheet(file, "Sheet1", False, 1, tuple(headers), given, letters, cells, np.array([], dtype=np.int64), {}, (), None, "")


LISTS = [
    ("a.xlsx", "乡镇 村 户主姓名 姓名 身份证号 与户主关系 低保证号 保障人数 月保障金额", "dibao"),
    ("a.xlsx", "乡镇 村 户主姓名 身份证号码 保障人数 领取金额 起始保障年月", "dibao"),
    ("5月低保名单.xlsx", "姓名 身份证号 金额", "dibao"),
    ("低保户.xlsx", "户主姓名 身份证号", "dibao"),
    ("a.xlsx", "姓名 身份证 供养方式 供养金", "tekun"),
    ("分散供养特困人员.xlsx", "姓名 身份证号", "tekun"),
    ("a.xlsx", "姓名 身份证号 救助类别 金额 时间", "aid"),
    ("低保边缘家庭.xlsx", "姓名 身份证号 家庭人口", "aid"),
    ("a.xlsx", "乡镇 姓名 身份证号码 残疾人证号 残疾类别 残疾等级 补贴类型 金额", "disability_subsidy"),
    ("a.xlsx", "姓名 身份证号 困难残疾人生活补贴 重度残疾人护理补贴", "disability_subsidy"),
    ("a.xlsx", "姓名 性别 身份证号 残疾人证号 残疾类别 残疾等级 发证日期", "disabled"),
    ("a.xlsx", "个人编号 姓名 证件号码 险种 参保状态 参保年度", "medical_enrolment"),
    ("a.xlsx", "姓名 证件号码 险种 参保状态 缴费年度 待遇状态 领取金额", "pension"),
    ("养老保险参保.xlsx", "姓名 身份证号 参保状态", "pension"),
    ("a.xlsx", "姓名 身份证号 YLFZE JBYBZF DBBX YLJZ CZDD GRZF", "medical_settlement"),
    ("医保局住院自付.xlsx", "姓名 身份证号 个人自付", "medical_settlement"),
    ("a.xlsx", "学校 学生姓名 身份证号 全国学籍号 年级 班级", "school"),
    ("a.xlsx", "学校 学生姓名 全国学籍号 年级", "school"),
    ("a.xlsx", "姓名 身份证号 学校 资助金额", "school"),
    ("a.xlsx", "户主姓名 身份证号 房屋地址 鉴定等级", "house"),
    ("a.xlsx", "户主姓名/管理单位 户主电话 房屋地址 建成年份 建筑面积 层数 结构形式 用途 排查结论", "house"),
    ("a.xlsx", "户主姓名 身份证号 改造方式 竣工时间 补助金额", "house"),
    ("a.xlsx", "村 组 户主 供水方式 水量 水质 用水方便程度 供水保证率", "water"),
    ("a.xlsx", "姓名 身份证号 就业单位 务工地点 月收入", "employment"),
    ("人社局务工.xlsx", "姓名 身份证号 务工单位 务工地点 开始时间 结束时间", "employment"),
    ("a.xlsx", "姓名 身份证号 岗位名称 岗位补贴", "posts"),
    ("a.xlsx", "户号 姓名 公民身份号码 与户主关系", "register"),
    ("a.xlsx", "姓名 身份证号 死亡日期", "death"),
    ("死亡注销.xlsx", "姓名 公民身份号码 变动类型 变动日期", "death"),
    ("a.xlsx", "姓名 公民身份号码 变动类型 变动日期 迁往地", "moved"),
    ("脱贫户名单.xlsx", "户编号 户主姓名 户主证件号码 脱贫年度", "lifted_list"),
    ("监测对象名单.xlsx", "户编号 姓名 证件号码 与户主关系 监测对象类别", "monitored_list"),
]


@pytest.mark.parametrize(("file", "headers", "table"), LISTS, ids=[f"{t}:{h[:14]}" for _, h, t in LISTS])
def test_a_list_is_taken_for_what_it_is(spec: Spec, file: str, headers: str, table: str) -> None:
    found = Recogniser(spec).recognise(sheet(file, headers.split()))
    assert found is not None
    assert found.source.table == table, found.source.name


@pytest.mark.parametrize("layout", [one for one in layouts("layouts.yml") if not one.by_hand], ids=lambda one: one.key)
def test_exports_of_the_system_stay_what_they_are(spec: Spec, layout: Layout) -> None:
    sections = [column.section if layout.section_row else "" for column in layout.columns]
    found = Recogniser(spec).recognise(sheet(layout.file, [column.header for column in layout.columns], sections))
    assert found is not None
    assert found.source.system, found.source.name


def test_every_list_belongs_to_a_department_and_says_what_it_needs(spec: Spec) -> None:
    lists = [source for source in spec.sources if source.table in spec.lists]
    assert len(lists) > 40
    assert [source.name for source in lists if source.system or not source.owner or not source.required] == []
    assert [source.name for source in lists if source.needs_hint and not source.hints] == []


def test_every_rule_of_the_comparison_names_its_lists(spec: Spec) -> None:
    rules = [rule for rule in spec.rules if re.fullmatch(r"D-\d\d", rule.id)]
    assert {rule.id for rule in rules} == {f"D-{n:02d}" for n in range(1, 31)}
    assert [rule.id for rule in rules if not rule.needs or not set(rule.needs) <= set(spec.lists)] == []
