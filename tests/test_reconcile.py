"""Departments' lists at their persons: who is linked, what is asked, what people have decided, and what comes in badly."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from conftest import FEW_RULES, PERIOD, ROOT, files_below
from openpyxl import Workbook, load_workbook

from pipeline.link import LinkageConfig, load_config
from pipeline.link.ids import V18, read_ids
from pipeline.reconcile.decisions import KEYS, read_decisions
from pipeline.report.order import with_none
from pipeline.report.words import wording
from pipeline.run import Summary, run
from pipeline.sample import SampleReport, write_township
from pipeline.spec import Spec, load_spec

SCALE = 0.12
BUCKETS = ["两边一致", "字段不同", "仅系统有", "仅部门有（本辖区）", "证件无效"]


def quick(path: Path | str = "") -> LinkageConfig:
    """Fewer draws than a county needs."""
    config = load_config()
    return replace(config, model=replace(config.model, sample=40_000), estimate=replace(config.estimate, replay_rows=300))


@pytest.fixture(scope="module", autouse=True)
def fewer_draws() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.reconcile.work.load_config", quick)
        yield


def project(root: Path) -> Path:
    """Our mappings and words, one rule."""
    (root / "expectations").mkdir(parents=True)
    (root / "mappings").symlink_to(ROOT / "mappings")
    for path in (ROOT / "expectations").glob("st*.yml"):
        (root / "expectations" / path.name).symlink_to(path)
    (root / "expectations" / "person.yml").write_text(FEW_RULES, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def few_rules(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_spec(project(tmp_path_factory.mktemp("spec") / "project"))


class Township:
    """A run township with departments."""

    def __init__(self, root: Path, report: SampleReport, summary: Summary) -> None:
        self.root, self.report, self.out = root, report, summary.folder
        self.links = pd.read_parquet(self.out / "tables" / "links.parquet")
        self.issues = pd.read_parquet(self.out / "tables" / "issues.parquet")
        self.persons = pd.read_parquet(self.out / "tables" / "person.parquet")
        self.manifest = json.loads((self.out / "manifest.json").read_text("utf-8"))

    def judged(self) -> pd.DataFrame:
        """Links beside the truth; rows of files that are not laid out by departments are left out."""
        people = pd.read_parquet(self.report.people)
        tab = people["tab"].where(people["tab"] != "", people["file"].str.rpartition("/")[2].str.removesuffix(".csv"))
        people["row_id"] = people["file"] + "#" + tab + "!" + people["row"].astype(str)
        truth = people[["row_id", "person_no", "household_no"]].set_axis(["row_id", "truth", "home"], axis=1)
        return self.links[self.links["row_id"].str.startswith("部门/")].merge(truth, on="row_id", how="left", validate="one_to_one")


    def with_other_number(self) -> set[str]:
        """Persons for whom a number was planted that is valid and somebody else's: there is no number of theirs in the system."""
        with self.report.truth.open(encoding="utf-8-sig", newline="") as stream:
            lines = [line for line in csv.DictReader(stream) if line["field"] in ("p.id", "p.id18", "p.name")]
        kinds = read_ids(pd.Series([line["planted_value"] for line in lines], dtype=object), len(lines)).kind
        return {line["person_no"] for line, kind in zip(lines, kinds.tolist(), strict=True) if kind == V18}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, few_rules: Spec) -> Township:
    root = project(tmp_path_factory.mktemp("planted") / "project")
    report = write_township(root / "data" / "raw", scale=SCALE, departments=True)
    return Township(root, report, run(root, spec=few_rules))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """data/raw of a small clean township without departments."""
    raw = tmp_path_factory.mktemp("small") / "raw"
    write_township(raw, scale=0.05, clean=True)
    shutil.rmtree(raw / "2022-04")
    shutil.rmtree(raw / PERIOD / "村级上报")
    return raw


Listed = Callable[..., tuple[Summary, pd.DataFrame, pd.DataFrame]]


@pytest.fixture
def listed(tmp_path: Path, small: Path, few_rules: Spec) -> Listed:
    """Lists put beside the small township, and a run of it: summary, links, issues."""
    root = project(tmp_path / "project")
    shutil.copytree(small, root / "data" / "raw")

    def go(lists: dict[str, pd.DataFrame] | None = None, period: str = PERIOD) -> tuple[Summary, pd.DataFrame, pd.DataFrame]:
        for name, frame in (lists or {}).items():
            write_list(root / "data" / "raw" / period / name, frame)
        summary = run(root, period, spec=few_rules)
        tables = summary.folder / "tables"
        return summary, pd.read_parquet(tables / "links.parquet"), pd.read_parquet(tables / "issues.parquet")

    return go


@pytest.fixture(scope="module")
def members(small: Path, tmp_path_factory: pytest.TempPathFactory, few_rules: Spec) -> pd.DataFrame:
    """The small township's people as the system has them."""
    root = project(tmp_path_factory.mktemp("members") / "project")
    shutil.copytree(small, root / "data" / "raw")
    folder = run(root, spec=few_rules).folder / "tables"
    people, homes = (pd.read_parquet(folder / f"{name}.parquet") for name in ("person", "household"))
    homes = homes.drop_duplicates("household_no").set_index("household_no")
    return people.assign(village=people["household_no"].map(homes["village"]), group=people["household_no"].map(homes["group"]))


def write_list(path: Path, frame: pd.DataFrame) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [list(frame.columns), *with_none(frame).to_numpy().tolist()]:
        sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def disabled(people: pd.DataFrame) -> pd.DataFrame:
    """A list of disabled persons of these people."""
    return pd.DataFrame(
        {
            "村": people["village"], "姓名": people["name"], "性别": people["sex"], "身份证号": people["id_number"].str[:18],
            "残疾类别": "肢体", "残疾等级": "三级",
        }
    )  # fmt: skip


# ---- the planted township -------------------------------------------------------------------------------------------------


def test_rows_are_at_their_true_person(planted: Township) -> None:
    judged = planted.judged()
    linked = judged["person_no"].notna()
    same = planted.persons.groupby(planted.persons["id_number"].str[:18])["person_no"].agg(set)
    twice = {n: group for group in same if len(group) > 1 for n in group}  # planted: one person in two households
    person, home = zip(judged["person_no"], judged["truth"], strict=True), zip(judged["household_no"], judged["home"], strict=True)
    right = [a == b or b in twice.get(a, ()) or (b == "" and bool(g) and g == h) for (a, b), (g, h) in zip(person, home, strict=True)]
    known = judged["truth"].isin(planted.persons["person_no"]) & ~judged["truth"].isin(planted.with_other_number())
    assert sum(right) / linked.sum() >= 0.9995, judged[linked & ~pd.Series(right)].to_dict("records")
    assert (pd.Series(right) & known).sum() / known.sum() >= 0.999, judged[known & ~linked].to_dict("records")


def test_every_row_of_every_list_is_told_of_once(planted: Township) -> None:
    rows = {i["file"]: i["rows"] for i in planted.manifest["inputs"] if i["file"].startswith("部门/")}
    assert planted.links["row_id"].is_unique
    assert planted.links["row_id"].str.startswith("部门/").sum() == sum(rows.values())
    assert planted.links["why"].str.len().gt(0).all()
    assert set(planted.links["kind"]) <= {"linked", "decided", "doubtful", "unlinked", "outside"}


def test_most_rows_need_nobody(planted: Township) -> None:
    assert planted.manifest["linkage"]["automatic_share"] >= 0.97


def test_estimates_carry_their_intervals(planted: Township) -> None:
    estimates = [e for s in planted.manifest["linkage"]["sources"] for e in s["estimates"]]
    assert {"precision_by_posterior", "recall_by_posterior"} <= {e["measure"] for e in estimates}
    assert all(0 <= e["low"] <= e["value"] <= e["high"] + 1e-9 for e in estimates)


def test_findings_carry_both_addresses(planted: Township) -> None:
    ours = planted.issues[(planted.issues["step"] == "link") & (planted.issues["table"] == "person")]
    assert len(ours) and ours["other_cells"].str.startswith("部门/").all()
    assert not ours["row_id"].str.startswith("部门/").any()


def test_each_department_has_a_workbook_with_five_tabs(planted: Township) -> None:
    books = sorted((planted.out / "部门比对").glob("*.xlsx"))
    assert {"民政局", "残联", "医保局"} <= {path.stem for path in books}
    for path in books:
        book = load_workbook(path, read_only=True)
        assert book.sheetnames == BUCKETS
        assert all("截至" in str(next(sheet.iter_rows(min_row=2, max_row=2, values_only=True))[0]) for sheet in book)


def test_the_same_input_gives_the_same_bytes(listed: Listed, members: pd.DataFrame) -> None:
    first = dict(files_below(listed({"残联名单.xlsx": doubtful(members)})[0].folder))
    again = dict(files_below(listed()[0].folder))
    assert {n for n in first.keys() | again.keys() if first.get(n) != again.get(n)} == set()
    assert "待认定匹配.xlsx" in first and "部门比对/残联.xlsx" in first


# ---- what comes in badly ----------------------------------------------------------------------------------------------------


def test_without_lists_linkage_leaves_no_trace(listed: Listed) -> None:
    summary, links, _ = listed()
    assert not len(links) and not (summary.folder / "部门比对").exists() and not (summary.folder / "待认定匹配.xlsx").exists()


def test_a_list_without_ids_finds_people_by_all_else(listed: Listed, members: pd.DataFrame) -> None:
    people = members.drop_duplicates(["name", "village"]).iloc[::2]
    _, links, _ = listed({"残联名单.xlsx": disabled(people).drop(columns="身份证号").assign(出生日期=people["birth_date"])})
    found = links.dropna(subset=["person_no"])
    assert len(found) >= 0.95 * len(people)
    assert set(found["person_no"]) <= set(people["person_no"])


def test_a_list_of_another_county_is_told(listed: Listed, members: pd.DataFrame) -> None:
    strangers = disabled(members.iloc[:40])
    strangers["姓名"] = [f"完颜{c}{c}" for c in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒日月盈昃秋冬收藏闰余"]
    strangers["身份证号"] = "110101" + strangers["身份证号"].str[6:17] + "0"
    strangers["村"] = "别处村"
    strangers["性别"] = None
    _, links, issues = listed({"残联名单.xlsx": strangers})
    assert links["person_no"].isna().all()
    assert (issues["rule"] == "K-01").sum() == 1


def test_swapped_columns_are_told(listed: Listed, members: pd.DataFrame) -> None:
    people = disabled(members.iloc[:40])
    people["姓名"], people["身份证号"] = people["身份证号"].copy(), people["姓名"].copy()
    _, _, issues = listed({"残联名单.xlsx": people})
    assert (issues["rule"] == "K-02").sum() == 1 and not (issues["rule"] == "K-01").any()


def test_one_person_five_times_is_one_finding_and_five_links(listed: Listed, members: pd.DataFrame) -> None:
    people = disabled(members.iloc[:30])
    _, links, issues = listed({"残联名单.xlsx": pd.concat([people, people.iloc[[3]], people.iloc[[3]], people.iloc[[3]], people.iloc[[3]]])})
    repeated = issues[issues["rule"] == "K-06"]
    assert len(repeated) == 1 and repeated.iloc[0]["other_cells"].count("；") == 3
    assert links["person_no"].notna().all() and links["person_no"].value_counts().max() == 5


def test_an_old_list_makes_a_warning_and_no_false_hits(listed: Listed, members: pd.DataFrame) -> None:
    summary, _, _ = listed({"残联名单_20211031.xlsx": disabled(members.iloc[:40])})
    sheet = load_workbook(summary.folder / "部门比对" / "残联.xlsx")["仅系统有"]
    texts = [str(row[0]) for row in sheet.iter_rows(values_only=True) if row[0]]
    assert any("时间太远" in text for text in texts)
    assert texts[-1] == "名单"  # the titles, and no row below them


# ---- decisions --------------------------------------------------------------------------------------------------------------


def doubtful(members: pd.DataFrame) -> pd.DataFrame:
    """Rows that may be somebody: no number, only the name and a birth date that is not quite his."""
    some = members[members["village"] == members["village"].iloc[0]].drop_duplicates("name").iloc[:30]
    people = disabled(some).assign(出生日期=some["birth_date"])
    people.loc[people.index[:6], "身份证号"] = None
    people.loc[people.index[:6], "出生日期"] = [f"{int(d[:4]) + 3}{d[4:6]}15" for d in people["出生日期"].iloc[:6]]
    people.loc[people.index[:6], "村"] = None
    return people


def answer(path: Path, target: Path, verdicts: dict[int, str]) -> list[dict[str, str]]:
    """The workbook filled in, row by row; its rows."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    titles = [str(cell.value) for cell in sheet[3]]
    rows = []
    for number, row in enumerate(sheet.iter_rows(min_row=4)):
        rows.append({t: str(c.value) for t, c in zip(titles, row, strict=True)})
        if number in verdicts:
            row[titles.index("认定")].value = verdicts[number]
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return rows


def test_decisions_outrank_survive_and_reopen(listed: Listed, members: pd.DataFrame, tmp_path: Path) -> None:
    people = doubtful(members)
    summary, _, _ = listed({"残联名单.xlsx": people})
    raw = tmp_path / "project" / "data" / "raw"
    rows = answer(summary.folder / "待认定匹配.xlsx", raw / PERIOD / "returned" / "任意名字.xlsx", {0: "同一人", 1: "不是"})
    assert len(rows) >= 2 and all(set(KEYS) <= set(row) for row in rows)

    summary, links, _ = listed()
    decided = links[links["kind"] == "decided"]
    assert decided["row_id"].tolist() == [rows[0]["名单位置"]]
    assert decided["probability"].tolist() == [1.0] and "任意名字.xlsx" in decided["decided_by"].iloc[0]
    again = answer(summary.folder / "待认定匹配.xlsx", tmp_path / "unused.xlsx", {})
    left = [(row["系统位置"], row["名单位置"]) for row in again if row["认定"] == "None"]
    assert not {(row["系统位置"], row["名单位置"]) for row in rows[:2]} & set(left)

    shutil.copytree(raw / PERIOD, raw / "2022-06", ignore=shutil.ignore_patterns("returned"))
    _, later, _ = listed(period="2022-06")
    assert (later["kind"] == "decided").sum() == 1

    name = rows[0]["名单姓名"]
    others = people["性别"].map({"男": "女", "女": "男"})
    changed = people.assign(性别=people["性别"].mask(people["姓名"] == name, others))
    _, later, issues = listed({"残联名单.xlsx": changed}, period="2022-06")
    assert not (later["kind"] == "decided").any()
    assert (issues["rule"] == "K-11").sum() >= 1


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_decisions_saved_by_libreoffice_are_read_the_same(listed: Listed, members: pd.DataFrame, tmp_path: Path) -> None:
    summary, _, _ = listed({"残联名单.xlsx": doubtful(members)})
    book, root, verdicts = tmp_path / "saved" / "a.xlsx", tmp_path / "project" / "data" / "raw", wording().get("review.verdicts")
    assert len(answer(summary.folder / "待认定匹配.xlsx", book, {0: "同一人", 1: "不是", 2: "不确定"})) >= 3
    for ending in ("xlsx", "ods", "xls", "csv"):
        returned = root / ending / "returned" / f"交回.{ending}"
        returned.parent.mkdir(parents=True)
        kind = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false" if ending == "csv" else ending
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(book.parent / ending), str(book)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        shutil.copy(next((book.parent / ending).glob(f"a*.{ending}")), returned)
    (root / "as is" / "returned").mkdir(parents=True)
    shutil.copy(book, root / "as is" / "returned" / "交回.xlsx")

    def read(name: str) -> list[tuple[str, dict[str, str], int]]:
        alone = tmp_path / "alone" / name
        shutil.copytree(root / name, alone / name)
        found = read_decisions(alone, name, verdicts)
        assert not found.spoilt and not found.contradicted
        return sorted(((one.verdict, one.keys, one.row) for one in found.by_pair.values()), key=str)

    given = read("as is")
    assert [verdict for verdict, _, _ in given] == ["other", "same"] and {row for _, _, row in given} == {4, 5}
    for ending in ("xlsx", "ods", "xls", "csv"):
        assert read(ending) == given, ending


def test_keys_that_were_changed_are_refused(listed: Listed, members: pd.DataFrame, tmp_path: Path) -> None:
    summary, _, _ = listed({"残联名单.xlsx": doubtful(members)})
    target = tmp_path / "project" / "data" / "raw" / PERIOD / "returned" / "a.xlsx"
    answer(summary.folder / "待认定匹配.xlsx", target, {0: "同一人"})
    book = load_workbook(target)
    sheet = book.worksheets[0]
    column = [str(cell.value) for cell in sheet[3]].index("ours") + 1
    sheet.cell(4, column).value = "another"
    book.save(target)
    _, links, issues = listed()
    assert not (links["kind"] == "decided").any()
    assert (issues["rule"] == "K-12").sum() == 1


def test_two_answers_to_one_pair_are_both_refused(listed: Listed, members: pd.DataFrame, tmp_path: Path) -> None:
    summary, _, _ = listed({"残联名单.xlsx": doubtful(members)})
    returned = tmp_path / "project" / "data" / "raw" / PERIOD / "returned"
    rows = answer(summary.folder / "待认定匹配.xlsx", returned / "a.xlsx", {0: "同一人"})
    answer(summary.folder / "待认定匹配.xlsx", returned / "b.xlsx", {0: "不是"})
    summary, links, issues = listed()
    assert not (links["kind"] == "decided").any()
    twice = issues[issues["rule"] == "K-13"]
    assert len(twice) == 1 and "a.xlsx" in twice.iloc[0]["message"] and "b.xlsx" in twice.iloc[0]["message"]
    again = answer(summary.folder / "待认定匹配.xlsx", tmp_path / "unused.xlsx", {})
    assert (rows[0]["系统位置"], rows[0]["名单位置"]) in {(row["系统位置"], row["名单位置"]) for row in again if row["认定"] == "None"}


def test_two_lists_of_one_department_that_contradict_each_other_are_told(listed: Listed, members: pd.DataFrame) -> None:
    first, second = disabled(members.iloc[:30]), disabled(members.iloc[:30])
    second.loc[second.index[4], "残疾等级"] = "一级"
    second["残疾人证号"] = second["身份证号"] + "43"  # another list, not the same one again
    _, _, issues = listed({"残联/残疾人名单.xlsx": first, "残联/残疾人名册.xlsx": second})
    told = issues[issues["rule"] == "K-14"]
    assert len(told) == 1 and told.iloc[0]["name"] == first["姓名"].iloc[4]
    assert {told.iloc[0]["row_id"].partition("#")[0], told.iloc[0]["other_cells"].partition("#")[0]} == {"残联/残疾人名单.xlsx", "残联/残疾人名册.xlsx"}


def test_the_same_row_in_two_files_is_linked_twice(listed: Listed, members: pd.DataFrame) -> None:
    people = disabled(members.iloc[:30])
    _, links, _ = listed({"残联/残疾人名单_5月.xlsx": people, "残联/残疾人名册.xlsx": people.iloc[:12].assign(备注="复核")})
    assert len(links) == 42 and links["person_no"].notna().all() and links["row_id"].is_unique
    assert links["row_id"].str.partition("#")[0].value_counts().to_dict() == {"残联/残疾人名单_5月.xlsx": 30, "残联/残疾人名册.xlsx": 12}


def test_an_id_of_another_is_borrowed_not_linked(listed: Listed, members: pd.DataFrame) -> None:
    people = disabled(members.iloc[:30])
    people.loc[people.index[3], "姓名"] = "完颜阿骨"
    _, links, issues = listed({"残联名单.xlsx": people})
    told = issues[issues["rule"] == "K-03"]
    assert len(told) == 1 and told.iloc[0]["name"] == members["name"].iloc[3] and told.iloc[0]["other_cells"].startswith("残联名单.xlsx")
    assert links["person_no"].isna().sum() == 1


def test_the_dead_on_a_list_are_told(listed: Listed, members: pd.DataFrame) -> None:
    dead = members.iloc[[5]]
    deaths = pd.DataFrame({"姓名": dead["name"], "身份证号": dead["id_number"].str[:18], "死亡日期": "2021-03-02"})
    _, _, issues = listed({"残联名单_20220531.xlsx": disabled(members.iloc[:30]), "公安_死亡人员.xlsx": deaths})
    told = issues[issues["rule"] == "K-08"]
    assert told["name"].tolist() == [members["name"].iloc[5]]


def test_a_village_said_by_the_tab_or_the_address_counts(listed: Listed, members: pd.DataFrame) -> None:
    people = members.drop_duplicates(["name", "village"]).iloc[:40]
    bare = disabled(people).drop(columns=["身份证号", "村"])
    said = bare.assign(家庭住址=["四川省川宁市云溪县青禾镇" + v + str(g) + "组" for v, g in zip(people["village"], people["group"], strict=True)])
    _, links, _ = listed({"残联名单.xlsx": said})
    found = links.set_index("row_id")["person_no"].dropna()
    assert len(found) >= 0.9 * len(people) and set(found) <= set(people["person_no"])
