"""An invented township's results, for the tests of the products. No test stands here."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from pipeline.report.order import ISSUE_COLUMNS
from pipeline.report.results import Results

VILLAGES = ("石桥村", "柏树湾村", "双河口村")
FAMILY = "赵钱孙李周吴郑王冯陈"
GIVEN = ("秀英", "建国", "小梅", "德福", "桂芳", "志强", "玉兰", "天明")
NATIONALITIES = tuple(f"{a}{b}族" for a in "云青白红金银石木水" for b in "山川江湖岭原")
LABELS = {
    ("household", "township"): "乡", ("household", "village"): "村", ("household", "group"): "组",
    ("household", "household_no"): "户编号", ("household", "head_name"): "户主姓名",
    ("household", "head_id_number"): "户主证件号码", ("household", "phone"): "户联系电话",
    ("household", "risk1"): "致贫/返贫风险1", ("household", "income_wage"): "工资性收入",
    ("household", "removed_month"): "消除监测时间", ("household", "measure_job"): "就业帮扶",
    ("person", "household_no"): "户编号", ("person", "person_no"): "人编号", ("person", "name"): "姓名",
    ("person", "id_number"): "证件号码", ("person", "birth_date"): "出生日期", ("person", "nationality"): "民族",
    ("person", "health"): "健康状况", ("person", "phone"): "家庭成员联系电话",
    ("work", "household_no"): "户编号", ("work", "person_no"): "人编号", ("work", "name"): "姓名",
    ("work", "id_number"): "证件号码", ("work", "phone"): "联系电话", ("work", "monthly_wage"): "务工月收入",
}  # fmt: skip
SENSITIVE = {
    ("household", "head_name"): "name", ("household", "head_id_number"): "id", ("household", "phone"): "phone",
    ("person", "name"): "name", ("person", "id_number"): "id", ("person", "phone"): "phone", ("person", "health"): "health",
    ("work", "name"): "name", ("work", "id_number"): "id", ("work", "phone"): "phone",
}  # fmt: skip
TYPES = {
    ("household", "risk1"): "code", ("household", "income_wage"): "number", ("household", "removed_month"): "month",
    ("household", "measure_job"): "codes", ("person", "nationality"): "code", ("person", "birth_date"): "date",
    ("person", "id_number"): "id", ("person", "phone"): "phone", ("person", "health"): "codes",
    ("work", "monthly_wage"): "number",
}  # fmt: skip
CODES = {
    "nationality": NATIONALITIES,
    "risk": ("因病", "因学", "因残", "因自然灾害", "因意外事故", "缺劳动力", "其他"),
    "measure_job": ("技能培训", "省外务工", "公益性岗位", "其他,需注明"),
}


def id_number(birth: str, order: int) -> str:
    """A valid id in 519923, a county that does not exist."""
    body = f"519923{birth}{order:03d}"
    weights = [pow(2, 17 - i, 11) for i in range(17)]
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights, strict=True)) % 11]


def invented(households: int = 24, seed: int = 5) -> Results:
    """Three villages, some problems of every type of answer, a few without a village."""
    dice = random.Random(seed)
    homes = [_household(dice, n) for n in range(households)]
    people = [_person(dice, home, n, k) for n, home in enumerate(homes) for k in range(1 + n % 4)]
    work = [_spell(person, n) for n, person in enumerate(people) if n % 3 == 0]
    tables = {
        "household": _frame(homes), "person": _frame(people), "work": _frame(work),
        "work_plan": pd.DataFrame(columns=["household_no", "row_id"], dtype=object),
    }  # fmt: skip
    return Results(
        period="2022-05", place="云溪县青禾镇", reference_date="20220531", deadline="20220610", tables=tables,
        labels=LABELS, sensitive=SENSITIVE, codes=CODES, types=TYPES, issues=issues(homes, people, work),
        changes=changes(people), manifest=MANIFEST,
    )  # fmt: skip


def _household(dice: random.Random, n: int) -> dict[str, Any]:
    birth = f"19{50 + n % 40}0{1 + n % 9}1{n % 9}"
    return {
        "township": "青禾镇", "village": VILLAGES[n % 3], "group": str(1 + n * 7 % 12), "household_no": f"5199230{n:05d}",
        "head_name": dice.choice(FAMILY) + dice.choice(GIVEN) + str(n), "head_id_number": id_number(birth, n),
        "phone": f"139{dice.randrange(10**8):08d}", "risk1": "因病", "income_wage": float(n * 1000) if n % 5 else None,
        "removed_month": None, "measure_job": "技能培训,省外务工" if n % 2 else None,
        "row_id": f"（自定义）监测对象信息.xlsx#Sheet1!{4 + n * 3}",
    }  # fmt: skip


def _person(dice: random.Random, home: dict[str, Any], n: int, k: int) -> dict[str, Any]:
    birth = f"20{k:02d}0{1 + n % 9}1{n % 9}"
    return {
        "household_no": home["household_no"], "person_no": f"P{n:05d}{k}",
        "name": home["head_name"] if k == 0 else f"{dice.choice(FAMILY)}{dice.choice(GIVEN)}{n}_{k}",
        "id_number": home["head_id_number"] if k == 0 else id_number(birth, n * 4 + k), "birth_date": birth,
        "nationality": None if k == 1 else NATIONALITIES[n % 50], "health": "长期慢性病",
        "phone": f"158{dice.randrange(10**8):08d}" if k == 1 else None,
        "row_id": f"（自定义）监测对象信息.xlsx#Sheet1!{4 + n * 3 + k}",
    }  # fmt: skip


def _spell(person: dict[str, Any], n: int) -> dict[str, Any]:
    kept = {c: person[c] for c in ("household_no", "person_no", "name", "id_number", "phone")}
    return {**kept, "monthly_wage": 98000.0, "row_id": f"已外出务工.xlsx#务工!{4 + n}"}


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    numbers = [c for c in ("income_wage", "monthly_wage") if c in frame]
    others = frame.columns.difference(numbers)
    frame[others] = frame[others].astype(object).where(frame[others].notna(), None)
    return frame.astype(dict.fromkeys(numbers, float))


def issues(homes: list[dict[str, Any]], people: list[dict[str, Any]], work: list[dict[str, Any]]) -> pd.DataFrame:
    place = {h["household_no"]: h for h in homes}
    found = [
        _issue(place, p, "2_12_002", "person", "nationality", fix=FIX[0]) for p in people if p["nationality"] is None
    ]
    twice = [
        i | {"row_id": i["row_id"].replace("（自定义）监测对象信息", "家庭成员"), "issue_id": i["issue_id"]}
        for i in found[:3]
    ]
    found += twice
    found += [_issue(place, p, "1_12_003", "person", "id_number", "critical", fix=FIX[1]) for p in people[::5]]
    found += [_issue(place, p, "2_12_009", "person", "birth_date", fix=FIX[1]) for p in people[::7]]
    found += [_issue(place, h, "5_11_032", "household", "removed_month", "critical", fix=FIX[2]) for h in homes[::3]]
    found += [_issue(place, h, "5_11_040", "household", "measure_job", fix=FIX[2]) for h in homes[1::4]]
    found += [_issue(place, h, "5_11_044", "household", "income_wage", "info", fix=FIX[3]) for h in homes[::4]]
    found += [_issue(place, w, "6_01_001", "work", "monthly_wage", "info", fix=FIX[3]) for w in work[::2]]
    lost = _issue({}, people[0] | {"household_no": None, "person_no": None}, "9_00_001", "person", "name", fix=FIX[0])
    header = dict.fromkeys(ISSUE_COLUMNS) | {
        "issue_id": "header", "rule": "M-01", "title": "表头没有对应的字段", "dimension": "合规性", "severity": "warning",
        "owner": "township", "row_id": "低保名单.xlsx#Sheet1", "message": "低保名单.xlsx 的表头“低保档次”没有对应的字段",
        "fix": "如属新表头，请加到对应的清单说明里", "step": "mapping", "status": "新增",
    }  # fmt: skip
    return pd.DataFrame([*found, lost | {"name": people[0]["name"]}, header], columns=list(ISSUE_COLUMNS))


FIX = (
    "请核对户口本，在系统“家庭成员信息”中补录。",
    "请核对户口本或身份证原件；号码抄错的，在系统中改正后填写正确号码。",
    "请查看该户风险消除的评议记录，确认风险是否消除、何时消除，在系统中补填“消除监测时间”；尚未消除的，把“风险是否已消除”改为“否”。",
    "请向该户核实全年收入来源，与收入测算表对照；确实没有的填 0。",
)


def _issue(
    place: dict[str, dict[str, Any]], row: dict[str, Any], rule: str, table: str, column: str,
    severity: str = "warning", fix: str = "",
) -> dict[str, Any]:  # fmt: skip
    home = place.get(row["household_no"], {})
    name, label = row.get("name") or row.get("head_name"), LABELS[table, column]
    return dict.fromkeys(ISSUE_COLUMNS) | {
        "issue_id": f"{rule}-{row['row_id'][-6:]}".replace("!", "-"), "rule": rule, "title": f"{label}须填写且正确",
        "dimension": "完整性" if severity == "warning" else "准确性", "severity": severity, "owner": "village",
        "township": home.get("township"), "village": home.get("village"), "group": home.get("group"),
        "household_no": row["household_no"], "person_no": row.get("person_no"), "table": table, "row_id": row["row_id"],
        "column": column, "source_column": label, "value": None if pd.isna(row.get(column)) else str(row[column]),
        "message": f"{name}的{label}没有填写或与证件不一致", "fix": fix, "basis": "《工作方案》二（五）", "step": "validate",
        "status": "新增", "first_seen": "2022-05", "name": name, "waivable": True, "label": label,
        "codes": {"nationality": "nationality", "measure_job": "measure_job"}.get(column),
    }  # fmt: skip


def changes(people: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["row_id", "table", "column", "source_column", "before", "after", "step", "reason"]
    rows = [
        (p["row_id"], "person", "name", "姓名", f" {p['name']}", p["name"], "normalise", "去掉多余的空格")
        for p in people
    ]
    rows.append((people[0]["row_id"], "person", "name", "姓名", "=1+1", "-1", "normalise", "+全角改半角"))
    return pd.DataFrame(rows, columns=columns)


MANIFEST = {
    "run_id": "20220531-ab12cd",
    "inputs": [
        {"file": "（自定义）监测对象信息.xlsx", "sha256": "9f" * 32, "recognised_as": "监测对象信息", "rows": 60, "refused": 0,
         "as_of": "2022-05-28"},
        {"file": "坏文件.xlsx", "sha256": "1e" * 32, "recognised_as": None, "rows": 0, "refused": 0, "as_of": None},
    ],
    "standards": [
        {"name": "监测范围人均纯收入", "value": 6800, "unit": "元", "basis": "川乡振发〔2022〕x号", "confirmed": True},
        {"name": "理赔收入预警", "value": None, "unit": "元", "basis": None, "confirmed": False},
    ],
    "rules": [
        {"id": "2_12_002", "name": "民族不能为空", "dimension": "完整性", "severity": "warning", "count": 12, "status": "已检查"},
        {"id": "5_14_001", "name": "理赔收入过高", "dimension": "准确性", "severity": "info", "count": 0,
         "status": "标准“理赔收入预警”未确认"},
    ],
    "notes": ["没有收到上期数据，未做前后对比。"],
}  # fmt: skip
