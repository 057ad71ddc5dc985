"""Each department's list is taken for what it is, by its own columns or by its name, and never for an export of the system."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.mapping import Recogniser, map_sheet
from pipeline.read import Sheet
from pipeline.sample.layout import Layout, layouts
from pipeline.spec import Spec, load_spec
from pipeline.unfold import unfold

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
    ("2022年第二季度农村低保发放花名册.xlsx", "序号 村组 户主姓名 户主身份证号码 家庭人口 保障人口 低保档次 月补助标准 银行卡号", "dibao"),
    ("困难残疾人生活补贴.xlsx", "村（社区） 残疾人姓名 残疾人证号 补贴标准 开户银行 账号", "disability_subsidy"),
    ("残联/全县持证残疾人.xlsx", "乡镇 村 姓名 残疾人证号码 等级 类别", "disabled"),
    ("医保/2022参保数据_导出.csv", "参保人姓名 证件号码 人员类别 参保险种 缴费状态 实缴金额 缴费时间 行政区划名称", "medical_enrolment"),
    ("医保/1-4月住院自付超5000元人员.xlsx", "姓名 身份证号码 就诊医院 入院时间 总费用 统筹基金支付 大病支付 个人负担", "medical_settlement"),
    ("水利/农户饮水情况.xlsx", "行政村 小组 户主姓名 联系电话 供水形式 是否安全", "water"),
    ("人社/到龄领取.csv", "姓名 证件号码 参保身份 待遇领取开始时间 月养老金 村社区", "pension"),
    ("卫健/大病救治台账.xlsx", "患者姓名 身份证号 病种 救治医院 救治时间", "illness"),
    ("应急/因灾受损农户.xlsx", "户主 身份证号 村 受灾时间 灾种 损失情况", "incidents"),
    ("保险/防贫保理赔台账.xlsx", "被保险人 身份证号 出险时间 出险原因 赔付金额", "incidents"),
]

# A list's name says what it has no column for: (file, headers, table, what it says of all its rows)
NAMED = [
    ("交警/车辆登记信息.xlsx", "车主姓名 身份证明号码 号牌号码 车辆类型 初次登记日期", "assets", {"asset_kind": "车辆"}),
    ("市监/企业登记.xlsx", "法定代表人 证件号码 企业名称 统一社会信用代码 成立日期", "assets", {"asset_kind": "工商登记"}),
    ("不动产/商品房.xlsx", "权利人 证件号码 坐落 建筑面积 登记时间", "assets", {"asset_kind": "商品房"}),
    ("财政/财政供养人员.xlsx", "姓名 身份证号 单位名称 职务", "assets", {"asset_kind": "财政供养"}),
    ("分散供养特困人员.xlsx", "姓名 身份证号码 月金额", "tekun", {"way": "分散供养"}),
    ("民政/敬老院集中供养.xlsx", "姓名 身份证 入住时间", "tekun", {"way": "集中供养"}),
    ("特困人员分散供养和集中供养.xlsx", "姓名 身份证", "tekun", {}),
    ("停发低保人员.xlsx", "姓名 身份证号 所在村 停发时间 停发原因", "dibao", {"state": "停保"}),
    ("医保/2022年未参保人员名单.xlsx", "村 姓名 身份证号码 未参保原因", "medical_enrolment", {"state": "未参保"}),
    ("教育局/疑似辍学学生名单.xlsx", "姓名 身份证号 原就读学校 年级 辍学时间", "school", {"state": "辍学"}),
    ("人社/登记失业人员.xlsx", "姓名 身份证号 失业登记日期 村", "employment", {"state": "失业"}),
    ("注销残疾人证.xlsx", "姓名 身份证号 残疾人证号", "disabled", {"card_state": "注销"}),
    ("迁出.xlsx", "姓名 身份证号 迁出日期 迁往地", "moved", {"change_kind": "迁出"}),
    ("临时救助台账.xlsx", "救助对象 身份证号码 家庭住址 救助原因 救助金额", "aid", {"aid_kind": "临时救助"}),
]


@pytest.mark.parametrize(("file", "headers", "table"), LISTS, ids=[f"{t}:{h[:14]}" for _, h, t in LISTS])
def test_a_list_is_taken_for_what_it_is(spec: Spec, file: str, headers: str, table: str) -> None:
    found = Recogniser(spec).recognise(sheet(file, headers.split()))
    assert found is not None
    assert found.source.table == table, found.source.name


@pytest.mark.parametrize(("file", "headers", "table", "says"), NAMED, ids=[f for f, *_ in NAMED])
def test_what_a_lists_name_says_holds_for_its_rows(spec: Spec, file: str, headers: str, table: str, says: dict[str, str]) -> None:
    found = Recogniser(spec).recognise(sheet(file, headers.split()))
    assert found is not None
    assert (found.source.table, dict(found.source.fixed)) == (table, says), found.source.name


@pytest.mark.parametrize("file", ["2022年数据.xlsx", "民政局/名单.xlsx", "妇联/两癌患病妇女花名册.xlsx"])
def test_a_name_and_a_number_alone_are_no_known_list(spec: Spec, file: str) -> None:
    assert Recogniser(spec).recognise(sheet(file, ["姓名", "身份证号"])) is None


@pytest.mark.parametrize("headers", ["村 姓名 身份证号码 患病类型 救助金额 救助时间", "户主 身份证号 村组 亩数 补贴金额", "乡镇 村 组 姓名 性别 身份证号 电话 面积"])
def test_a_list_nobody_foresaw_is_no_known_one(spec: Spec, headers: str) -> None:
    found = Recogniser(spec).recognise(sheet("供销社/2022年发放表.xlsx", headers.split()))
    assert found is None, found.source.name


def test_somebody_elses_name_is_not_the_persons(spec: Spec) -> None:
    headers = ["患儿姓名", "监护人姓名", "监护人身份证号码", "患儿身份证件号", "病种", "诊治医生姓名"]
    found = Recogniser(spec).recognise(sheet("卫健/大病救治.xlsx", headers))
    assert found is not None
    assert {b.header: b.field.name for b in found.bound if b.field.name in ("name", "id_number")} == {"患儿姓名": "name", "患儿身份证件号": "id_number"}


def members_of(spec: Spec, headers: str, *rows: Sequence[str | None]) -> list[tuple[object, ...]]:
    """A form of households unfolded: name, number and address of each person."""
    given = sheet("民政/低保家庭.xlsx", headers.split())
    cells = pd.DataFrame({n: pd.Series([row[n] for row in rows], dtype=object) for n in range(len(given.headers))})
    found = unfold(replace(given, cells=cells, rows=np.arange(2, 2 + len(rows))), spec)
    recognised = Recogniser(spec).recognise(found)
    assert recognised is not None
    records = map_sheet(found, recognised)
    ids = [str(i).rpartition("!")[2] for i in records.row_ids]
    return list(zip(records.frame["dibao.name"], records.frame["dibao.id_number"], records.frame["dibao.head_name"], ids, strict=True))


HEAD, WIFE, SON = "519923197001010010", "519923197203040021", "519923199905060033"


def test_numbered_columns_are_members(spec: Spec) -> None:
    headers = "户主姓名 户主身份证号 保障金额 成员1姓名 成员1身份证号 成员2姓名 成员2身份证号"
    rows = [("王大", HEAD, "400", "李二", WIFE, "王小", SON), ("张一", "519923196001010020", "200", None, None, None, None)]
    assert members_of(spec, headers, *rows) == [
        ("王大", HEAD, "王大", "2"), ("李二", WIFE, "王大", "2·1"), ("王小", SON, "王大", "2·2"), ("张一", "519923196001010020", "张一", "3"),
    ]  # fmt: skip


def test_repeated_columns_are_members(spec: Spec) -> None:
    headers = "户主姓名 户主身份证号 家庭成员姓名 身份证号 家庭成员姓名 身份证号"
    assert [m[:2] for m in members_of(spec, headers, ("王大", HEAD, "李二", WIFE, "王小", SON))] == [("王大", HEAD), ("李二", WIFE), ("王小", SON)]


def test_members_in_one_cell_are_members(spec: Spec) -> None:
    rows = [("甲村", "王大", HEAD, f"李二{WIFE}；王小（{SON}）")] * 3
    assert [m[:2] for m in members_of(spec, "村 户主 身份证号码 家庭成员及身份证号", *rows)][:3] == [("王大", HEAD), ("李二", WIFE), ("王小", SON)]


def test_other_numbered_columns_stay(spec: Spec) -> None:
    given = sheet("a.xlsx", ["户编号", "姓名", "身份证号", "风险1", "风险2", "联系电话1", "联系电话2"])
    assert unfold(given, spec) is given


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
    lists = {rule.key: {need for need in rule.needs if "." not in need} for rule in rules}
    assert [key for key, named in lists.items() if not named or not named <= set(spec.lists)] == []
