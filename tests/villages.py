"""Three invented villages whose lists go out, come back and are exported again: what is true, what the system holds, who answers what."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.report.fixlist import FIRST_ROW, HEAD_ROW
from pipeline.run import run
from pipeline.spec import Spec

ROOT = Path(__file__).parents[1]
OF_THE_ROUND_TRIP = ("problems", "changes", "fixlist", "receipt", "moves", "importform", "tables")
VILLAGES = ("石桥村", "青杠村", "白鹤村")
RULES = """
table: person
rules:
- id: "X-03"
  name: 性别须与身份证号一致
  dimension: 准确性
  severity: warning
  subject: 人
  check: sex == when(@id_sex(id_number) == 1, "男", "女")
  columns: [sex, id_number]
  message: "{name}的性别与身份证号不一致"
  fix: 请核对户口本
  owner: village
  basis: GB 11643-1999
- id: "1_12_003"
  name: 身份证号须通过校验
  dimension: 准确性
  severity: critical
  subject: 人
  check: "@valid_id_number(id_number)"
  columns: [id_number]
  message: "{name}的身份证号不对"
  fix: 请核对户口本
  owner: village
  basis: GB 11643-1999
  waivable: false
- id: "2_12_002"
  name: 民族不能为空
  dimension: 完整性
  severity: warning
  subject: 人
  flag: blank(nationality)
  columns: [nationality]
  message: "{name}的民族没有填"
  fix: 请补填
  owner: village
  basis: 方案
- id: "2_01_013"
  name: 电话须为11位
  dimension: 准确性
  severity: warning
  subject: 人
  check: length(phone) == 11
  columns: [phone]
  message: "{name}的电话不是11位"
  fix: 请核对
  owner: village
  basis: 方案
- id: "X-09"
  name: 年龄少见
  dimension: 准确性
  severity: info
  subject: 人
  check: birth_date >= date("1930-01-01")
  columns: [birth_date, relation]
  message: "{name}超过九十岁"
  fix: 请核对
  owner: village
  basis: 方案
"""
MEMBERS = {
    "county": "县", "township": "乡(镇)", "village": "行政村", "group": "村民小组", "household_no": "户编号", "person_no": "人编号", "name": "姓名",
    "sex": "性别", "birth_date": "出生日期", "kind": "证件类型", "id_number": "证件号码", "nationality": "民族", "relation": "与户主关系",
    "phone": "成员联系电话",
}  # fmt: skip
HOMES = {
    "county": "县", "township": "乡", "village": "村", "household_no": "户编号", "name": "户主姓名", "id_number": "户主证件号码",
    "household_type": "户类型",
}  # fmt: skip
People = dict[str, dict[str, Any]]


def checked(first17: str) -> str:
    """An id with its check character."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first17 + "10X98765432"[sum(int(d) * w for d, w in zip(first17, weights, strict=True)) % 11]


def people(households: int = 5) -> People:
    """The truth: a few households of three in each village."""
    found: People = {}
    for v, village in enumerate(VILLAGES):
        for h in range(households):
            number = f"00519923{v:02d}{h:03d}"
            for m, (relation, sex) in enumerate((("户主", "男"), ("配偶", "女"), ("之子", "男"))):
                birth = f"{1960 + 7 * h + (22 if m == 2 else m)}0{1 + m}1{h % 10}"
                name = "赵钱孙李周吴郑王"[(v * 3 + h) % 8] + "安平福寿康宁"[h % 6] + "甲乙丙"[m]
                number17 = f"519923{birth}{v}{h % 10}{(m * 2 + 1) if sex == '男' else m * 2}"
                found[f"{number}{m:02d}"] = {
                    "county": "云溪县", "township": "青禾镇", "village": village, "group": f"{1 + h % 3}组", "household_no": number,
                    "person_no": f"{number}{m:02d}", "name": name, "sex": sex, "birth_date": birth, "kind": "居民身份证",
                    "id_number": checked(number17), "nationality": "汉族", "relation": relation,
                    "phone": f"139{v}{h:03d}{m}{h:02d}1", "household_type": "脱贫户",
                }  # fmt: skip
    return found


@dataclass
class Villages:
    """A project whose system we type into. `true` is what is so, `system` what the export says."""

    root: Path
    spec: Spec
    true: People = field(default_factory=people)
    system: People = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.system = self.system or deepcopy(self.true)

    @property
    def persons(self) -> list[str]:
        """The persons' numbers, village by village."""
        return list(self.true)

    def raw(self, period: str) -> Path:
        """The period's folder."""
        folder = self.root / "data" / "raw" / period
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def returned(self, period: str) -> Path:
        """Where lists come back to."""
        folder = self.raw(period) / "returned"
        folder.mkdir(exist_ok=True)
        return folder

    def clean(self, period: str) -> Path:
        """The period's results."""
        return self.root / "data" / "clean" / period

    def export(self, period: str) -> None:
        """The system's exports as they are today."""
        heads = [p for p in self.system.values() if p["relation"] == "户主"]
        _book(self.raw(period) / "家庭成员信息.xlsx", MEMBERS, list(self.system.values()))
        _book(self.raw(period) / "（基础信息）户信息.xlsx", HOMES, heads)

    def run(self, period: str | None = None) -> None:
        """Clean the period, with the products that these tests look at: the others only take time."""
        with patch("pipeline.report.PRODUCTS", OF_THE_ROUND_TRIP):
            run(self.root, period, spec=self.spec)

    def table(self, period: str, name: str) -> pd.DataFrame:
        """One of its tables."""
        return pd.read_parquet(self.clean(period) / "tables" / f"{name}.parquet")

    def lists(self, period: str) -> dict[str, Path]:
        """The fix lists that go out."""
        return {p.stem: p for p in sorted((self.clean(period) / "村级整改清单").glob("*.xlsx"))}

    def states(self, period: str) -> dict[tuple[str, str], str]:
        """(person_no, rule) -> state."""
        found = self.table(period, "states")
        return {(p or h, r): s for p, h, r, s in zip(found["person_no"], found["household_no"], found["rule"], found["state"], strict=True)}

    def answers(self, period: str) -> pd.DataFrame:
        """What became of the rows that somebody filled in."""
        found = self.table(period, "answers")
        return found[found["outcome"] != "blank"].reset_index(drop=True)

    def snapshot(self, period: str) -> dict[str, bytes]:
        """Every file of the results with its bytes."""
        folder = self.clean(period)
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    def forget(self) -> None:
        """Delete data/clean."""
        shutil.rmtree(self.root / "data" / "clean", ignore_errors=True)


def _book(path: Path, headers: Mapping[str, str], rows: list[dict[str, Any]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(headers.values()))
    for row in rows:
        sheet.append([row[c] for c in headers])
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.data_type = "s" if cell.value is not None else cell.data_type
    book.save(path)


def project(root: Path) -> Path:
    """Our mappings and words, the few rules of this module."""
    (root / "expectations").mkdir(parents=True)
    (root / "mappings").symlink_to(ROOT / "mappings")
    for path in (ROOT / "expectations").glob("st*.yml"):
        (root / "expectations" / path.name).symlink_to(path)
    (root / "expectations" / "person.yml").write_text(RULES, encoding="utf-8")
    return root


@dataclass(frozen=True)
class Line:
    """One row of a fix list as a villager sees it."""

    sheet: Worksheet
    row: int
    columns: Mapping[str, int]

    def __getitem__(self, title: str) -> str:
        value = self.sheet.cell(self.row, self.columns[title]).value
        return "" if value is None else str(value)

    def __setitem__(self, title: str, value: object) -> None:
        self.sheet.cell(self.row, self.columns[title]).value = value  # type: ignore[assignment]


def lines(sheet: Worksheet) -> Iterator[Line]:
    """The rows of the list, the signature below left out."""
    columns = {str(cell.value): int(cell.column) for cell in sheet[HEAD_ROW] if cell.value is not None}
    for row in range(FIRST_ROW, sheet.max_row + 1):
        if sheet.cell(row, columns["编号"]).value:
            yield Line(sheet, row, columns)


def fill(source: Path, target: Path, answer: Callable[[Line], Mapping[str, object] | None]) -> Path:
    """A copy of a list, filled in: `answer` gives what to write in the columns of a row, None to leave it."""
    book = openpyxl.load_workbook(source)
    for line in lines(book.worksheets[0]):
        for title, value in (answer(line) or {}).items():
            line[title] = value
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return target


TRUE_AS_IT_STANDS = {"核实结果": "情况属实", "佐证说明": "户口本原件", "核实人": "王五", "日期": "2022-05-10"}


def changed(value: object) -> dict[str, object]:
    """The answer “changed, the right value is …”."""
    return {"正确值": value, "核实结果": "已改", "核实人": "王五", "日期": "2022-05-10"}
