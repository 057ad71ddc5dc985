"""Bad input: a clear sentence that names the file, and the rest of the run goes on."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import files
import pandas as pd
import pytest
from conftest import PERIOD, ROOT, Answer, files_below, qingxi, small_project
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.checks import CHECKS
from pipeline.run import Summary, run
from pipeline.spec import Spec

MEMBERS, HOUSEHOLDS, VILLAGES = "家庭成员信息_20220531.xlsx", "（基础信息）户信息_20220531.xlsx", "（自定义）行政村信息.xlsx"
HEADER_ROW, FIRST_ROW = 3, 4
Outcome = tuple[Summary, pd.DataFrame]
RunSmall = Callable[[Path], Outcome]
Command = Callable[..., Answer]


def raw(root: Path) -> Path:
    return root / "data" / "raw" / PERIOD


def edit(path: Path, change: Callable[[Worksheet], None], to: Path | None = None) -> Path:
    """A workbook of the hamlet with its first tab changed, in its place or beside it."""
    book = load_workbook(path)
    change(book.worksheets[0])
    book.save(to or path)
    return to or path


def column_of(sheet: Worksheet, header: str) -> int:
    return next(c.column for c in sheet[HEADER_ROW] if "".join(str(c.value or "").split()) == header)


def said(issues: pd.DataFrame, rule: str, file: str = "") -> list[str]:
    """What the issues of a rule say, for one file."""
    return issues.loc[(issues["rule"] == rule) & issues["row_id"].str.startswith(file), "message"].tolist()


def manifest(summary: Summary) -> dict[str, list[dict[str, object]]]:
    return json.loads((summary.folder / "manifest.json").read_text(encoding="utf-8"))


# ---- one run over a folder of bad files ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory, hamlet_files: Path, small_spec: Spec) -> Outcome:
    """Thirty good households with every bad file beside them, run once."""
    root = small_project(tmp_path_factory.mktemp("spoiled") / "project")
    shutil.copytree(hamlet_files, root / "data" / "raw")
    folder = raw(root)
    reports = folder / "村级上报"
    (folder / "空.xlsx").write_bytes(b"")
    (folder / "坏.xlsx").write_bytes(b"PK\x03\x04 cut off")
    (folder / "断.xlsx").write_bytes((folder / MEMBERS).read_bytes()[:5000])
    (folder / "其实是PDF.xlsx").write_bytes(b"%PDF-1.7\n%...")
    files.bomb_xlsx(folder / "炸弹.xlsx")
    (folder / "~$家庭成员信息.xlsx").write_bytes(b"\x05user")
    (folder / "乱码.csv").write_bytes("姓名,証件號碼\n張三,臺灣\n".encode("big5"))
    (folder / "说明.docx").write_bytes(b"PK\x03\x04")
    files.locked_xlsx(folder / "加密.xlsx")
    files.locked_xls(folder / "加密旧.xls")
    (folder / "甲村 填好.csv").write_text("编号,社/组,户编号,户主,证件号码,正确值,核实结果\nA1,一组,5199,甲,1,汉族,已改\n", "utf-8-sig")
    files.xlsx(folder / "全不认识.xlsx", [["品名", "单价", "供货商"], ["化肥", "120", "甲店"], ["种子", "35", "乙店"]])
    shutil.copy(folder / VILLAGES, folder / "行政村 - 副本.xlsx")
    edit(folder / MEMBERS, elsewhere, folder / "外县家庭成员.xlsx")
    rows = [["户编号", "姓名", "身份证号", "联系电话"], ["00100201000001", "甲", "x" * 32767, "13800000000"], ["00100201000001", "乙", "1", "=NA()"]]
    files.xlsx(reports / "长单元格花名册.xlsx", rows)
    page = "<table><tr><th>户编号</th><th>姓名</th><th>身份证号</th></tr><tr><td>00100201000001</td><td>丙</td><td>519923197001010010</td></tr></table>"
    (reports / "网页花名册.xls").write_bytes(files.web_page(page).encode("gb18030"))
    tall = files.tall_xlsx(reports / "满行花名册.xlsx", 2, 0)
    files.patched(tall, '<row r="3">', '<row r="1048576">')
    files.patched(tall, 'r="A3"', 'r="A1048576"')
    files.patched(tall, 'r="B3"', 'r="B1048576"')
    summary = run(root, spec=small_spec)
    return summary, pd.read_parquet(summary.folder / "tables" / "issues.parquet")


def elsewhere(sheet: Worksheet) -> None:
    for row in range(FIRST_ROW, sheet.max_row + 1):
        sheet.cell(row, column_of(sheet, "县")).value = "外乡县"


def test_the_good_files_are_cleaned_all_the_same(spoiled: Outcome) -> None:
    assert spoiled[0].households >= 25
    assert {"清洗数据.xlsx", "问题清单.xlsx", "校验报告.html", "tables"} <= {p.name for p in spoiled[0].folder.iterdir()}


@pytest.mark.parametrize(
    ("file", "rule", "words"),
    [
        ("空.xlsx", "R-01", "空的"),
        ("坏.xlsx", "R-02", "已损坏"),
        ("断.xlsx", "R-02", "已损坏"),
        ("炸弹.xlsx", "R-29", "占满内存"),
        ("加密.xlsx", "R-04", "密码"),
        ("加密旧.xls", "R-04", "密码"),
        ("其实是PDF.xlsx", "R-05", "PDF"),
        ("乱码.csv", "R-10", "编码"),
        ("~$家庭成员信息.xlsx", "R-12", "开着"),
        ("说明.docx", "R-13", "不是能读取的文件类型"),
        ("全不认识.xlsx", "M-01", "认不出是哪种表"),
        ("甲村 填好.csv", "M-09", "收回的清单"),
        ("外县家庭成员.xlsx", "M-07", "外乡县"),
        ("村级上报/长单元格花名册.xlsx", "R-22", "32767"),
        ("村级上报/长单元格花名册.xlsx", "R-23", "公式"),
        ("村级上报/满行花名册.xlsx", "R-21", "1048576"),
    ],
)
def test_a_bad_file_gets_a_sentence_that_names_it(spoiled: Outcome, file: str, rule: str, words: str) -> None:
    messages = said(spoiled[1], rule, file)
    assert len(messages) == 1
    assert file in messages[0]
    assert words in messages[0]
    assert spoiled[1].loc[spoiled[1]["rule"] == rule, "fix"].str.len().min() > 8


def test_the_same_file_twice_is_used_once_and_both_are_named(spoiled: Outcome) -> None:
    [message] = said(spoiled[1], "M-05")
    assert "行政村 - 副本.xlsx" in message and VILLAGES in message


def test_every_sentence_is_chinese_and_complete(spoiled: Outcome) -> None:
    texts = [*spoiled[1]["message"], *spoiled[1]["fix"]]
    assert [t for t in texts if "{" in t or "None" in t or "nan" in t or "Error" in t] == []
    assert [t for t in texts if not re.search("[一-鿿]", t)] == []


def test_every_file_stands_in_the_manifest(spoiled: Outcome) -> None:
    inputs = {str(i["file"]): i for i in manifest(spoiled[0])["inputs"]}
    assert {"空.xlsx", "坏.xlsx", "加密.xlsx", "全不认识.xlsx", "行政村 - 副本.xlsx", "外县家庭成员.xlsx", MEMBERS} <= set(inputs)
    assert inputs["外县家庭成员.xlsx"]["refused"] == inputs["外县家庭成员.xlsx"]["rows"]
    assert all("note" in inputs[name] for name in ("空.xlsx", "坏.xlsx", "加密.xlsx", "全不认识.xlsx"))


def test_a_web_page_saved_as_xls_is_read(spoiled: Outcome) -> None:
    [given] = [i for i in manifest(spoiled[0])["inputs"] if i["file"] == "村级上报/网页花名册.xls"]
    assert (given["source"], given["rows"]) == ("village_report", 1)


# ---- lists that quarrel ------------------------------------------------------------------------------------------------


def test_a_list_twice_with_a_small_difference_is_said(hamlet: Path, run_small: RunSmall) -> None:
    def drop_last(sheet: Worksheet) -> None:
        sheet.delete_rows(sheet.max_row)

    before, _ = run_small(hamlet)
    edit(raw(hamlet) / MEMBERS, drop_last, raw(hamlet) / "家庭成员信息（1）.xlsx")
    after, issues = run_small(hamlet)
    assert (after.households, after.persons) == (before.households, before.persons)
    [message] = said(issues, "M-06")
    assert "家庭成员信息（1）.xlsx" in message and MEMBERS in message


def test_two_lists_that_contradict_are_told_cell_by_cell(hamlet: Path, run_small: RunSmall) -> None:
    def other_size(sheet: Worksheet) -> None:
        sheet.cell(FIRST_ROW, column_of(sheet, "当前家庭人口数")).value = "9"

    edit(raw(hamlet) / HOUSEHOLDS, other_size)
    _, issues = run_small(hamlet)
    [issue] = issues[issues["rule"] == "S-03"].to_dict("records")
    assert issue["column"] == "member_count"
    assert f"{HOUSEHOLDS}里是“9”" in issue["message"]
    assert f"#户信息!{FIRST_ROW}" in issue["row_id"] + issue["other_cells"]


def test_a_column_that_differs_throughout_is_told_once(hamlet: Path, run_small: RunSmall) -> None:
    def other_sizes(sheet: Worksheet) -> None:
        for row in range(FIRST_ROW, sheet.max_row + 1):
            sheet.cell(row, column_of(sheet, "当前家庭人口数")).value = "9"

    edit(raw(hamlet) / HOUSEHOLDS, other_sizes)
    _, issues = run_small(hamlet)
    assert said(issues, "S-03") == []
    [message] = said(issues, "S-08")
    assert HOUSEHOLDS in message and "家庭人口数" in message


def test_error_values_are_told_with_their_cell(hamlet: Path, run_small: RunSmall) -> None:
    def spoil(sheet: Worksheet) -> None:
        cell = sheet.cell(FIRST_ROW, column_of(sheet, "务工所在地"))
        cell.value, cell.data_type = "#N/A", "e"

    edit(raw(hamlet) / MEMBERS, spoil)
    _, issues = run_small(hamlet)
    [issue] = issues[issues["rule"] == "N-05"].to_dict("records")
    assert issue["row_id"] == f"{MEMBERS}#Sheet1!{FIRST_ROW}"
    assert "#N/A" in issue["message"]


def test_nothing_but_unknown_files_stops_with_a_sentence(tmp_path: Path, command: Command) -> None:
    root = small_project(tmp_path / "project")
    raw(root).mkdir(parents=True)
    files.xlsx(raw(root) / "进货.xlsx", [["品名", "单价"], ["化肥", "120"]])
    answer = command("run", "--root", root)
    assert answer.code == 1
    assert "进货.xlsx" in answer.err


# ---- text stays text -----------------------------------------------------------------------------------------------------

DANGEROUS = ["=HYPERLINK(1)", "+8613800000000", "-5", "@SUM(A1)", "=cmd|' /C calc'!A0"]


def test_cells_that_begin_like_formulas_stay_text(hamlet: Path, run_small: RunSmall) -> None:
    def poison(sheet: Worksheet) -> None:
        for offset, text in enumerate(DANGEROUS):
            cell = sheet.cell(FIRST_ROW + offset, column_of(sheet, "务工所在地"))
            cell.value, cell.data_type = text, "s"
            sheet.cell(FIRST_ROW + offset, column_of(sheet, "与户主关系")).value = text
            sheet.cell(FIRST_ROW + offset, column_of(sheet, "与户主关系")).data_type = "s"

    edit(raw(hamlet) / MEMBERS, poison)
    summary, issues = run_small(hamlet)
    assert set(DANGEROUS) <= set(issues["value"])
    seen: set[str] = set()
    for path in sorted(summary.folder.rglob("*.xlsx")):
        for sheet in load_workbook(path):
            cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
            assert [(path.name, cell.coordinate) for cell in cells if cell.data_type == "f"] == []
            seen |= {cell.value for cell in cells if cell.data_type == "s"}
    assert set(DANGEROUS) <= seen


# ---- disks, signals, networks --------------------------------------------------------------------------------------------


def leftovers(root: Path) -> list[str]:
    return [p.name for p in (root / "data" / "clean").iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize("product", ["dataset", "tables"])
def test_a_full_disk_leaves_the_old_result(hamlet: Path, command: Command, monkeypatch: pytest.MonkeyPatch, product: str) -> None:
    target = hamlet / "data" / "clean" / PERIOD
    target.mkdir(parents=True)
    (target / "old.txt").write_text("old")

    def full(results: object, folder: Path) -> list[Path]:
        (folder / "half").write_bytes(b"x")
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / "half"))

    monkeypatch.setattr(f"pipeline.report.{product}.write", full)
    answer = command("run", "--root", hamlet)
    assert answer.code == 1
    assert "磁盘满了" in answer.err and "原来的结果没有动" in answer.err
    assert [name for name, _ in files_below(target)] == ["old.txt"]
    assert leftovers(hamlet) == []


@pytest.mark.parametrize(("number", "moment"), [(signal.SIGINT, "读取文件"), (signal.SIGKILL, "写出结果")])
def test_a_run_that_is_stopped_leaves_old_or_new_and_nothing_else(hamlet: Path, number: int, moment: str) -> None:
    target = hamlet / "data" / "clean" / PERIOD
    target.mkdir(parents=True)
    (target / "old.txt").write_text("old")
    before = dict(files_below(hamlet / "data" / "raw"))
    program = [sys.executable, "-c", "from pipeline.cli import main; main()", "run", "--root", str(hamlet)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True, encoding="utf-8") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if moment in line:
                break
        time.sleep(0.2)
        process.send_signal(number)
        rest = process.stderr.read()
        process.wait(60)
    assert dict(files_below(hamlet / "data" / "raw")) == before
    assert [name for name, _ in files_below(target)] == ["old.txt"] or (target / "manifest.json").exists()
    if number == signal.SIGINT and process.returncode:
        assert process.returncode == 130
        assert "已按 Ctrl-C 停止" in rest and "Traceback" not in rest
        assert leftovers(hamlet) == []


KILLER = """
import os, signal, sys
from pathlib import Path
import shutil
import pipeline.place as place
clean, last = Path(sys.argv[1]), int(sys.argv[2])
steps = 0
def counted(act):
    def wrapper(*args, **kwargs):
        global steps
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return act(*args, **kwargs)
    return wrapper
for owner, name in ((Path, "rename"), (Path, "mkdir"), (os, "unlink"), (os, "rmdir"), (Path, "write_text")):
    setattr(owner, name, counted(getattr(owner, name)))
with place.workplace(clean, "2022-05") as folder:
    (folder / "tables").mkdir()
    for n in range(3):
        (folder / "tables" / str(n)).write_text("new")
    place.swap_in(folder, clean / "2022-05")
print(steps)
"""


def killed_at(clean: Path, step: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", KILLER, str(clean), str(step)], capture_output=True, text=True, cwd=ROOT, check=False)


def test_killed_at_any_step_of_writing_the_result_is_old_or_new(tmp_path: Path) -> None:
    steps = int(fresh(tmp_path / "all") and killed_at(tmp_path / "all", 0).stdout)
    assert steps > 8
    for step in range(1, steps + 1):
        clean = fresh(tmp_path / str(step))
        assert killed_at(clean, step).returncode == -signal.SIGKILL
        assert contents(clean / PERIOD) in ({"old"}, {"new"}, set()), step
        assert killed_at(clean, 0).returncode == 0  # the next run
        assert contents(clean / PERIOD) == {"new"}
        assert [p.name for p in clean.iterdir()] == [PERIOD], step


def test_an_old_result_that_was_being_replaced_comes_back(tmp_path: Path) -> None:
    from pipeline.place import recover

    clean = fresh(tmp_path / "clean")
    (clean / PERIOD).rename(clean / f".old-{PERIOD}-123")
    recover(clean, PERIOD)
    assert contents(clean / PERIOD) == {"old"}
    assert [p.name for p in clean.iterdir()] == [PERIOD]


def fresh(clean: Path) -> Path:
    (clean / PERIOD / "tables").mkdir(parents=True)
    (clean / PERIOD / "tables" / "0").write_text("old")
    return clean


def contents(folder: Path) -> set[str]:
    return {data.decode() for _, data in files_below(folder)} if folder.exists() else set()


CLOSED = """
import socket
def closed(*args, **kwargs):
    raise AssertionError("the network was touched")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = socket.gethostbyname = closed
class Closed(socket.socket):
    def __init__(self, family=-1, *args, **kwargs):
        if family != socket.AF_UNIX:
            closed()
        super().__init__(family, *args, **kwargs)
socket.socket = Closed
"""


def test_no_network_is_touched_and_nothing_personal_is_said(hamlet: Path) -> None:
    (raw(hamlet) / "坏.xlsx").write_bytes(b"PK\x03\x04")
    answer = qingxi("run", "--root", hamlet, code=CLOSED, env={"GX_ANALYTICS_ENABLED": ""})
    assert answer.returncode == 0, answer.stderr
    persons = pd.read_parquet(hamlet / "data" / "clean" / PERIOD / "tables" / "person.parquet")
    secrets = {str(v) for c in ("name", "id_number", "phone") for v in persons[c].dropna() if len(str(v)) > 2}
    assert len(secrets) > 100
    assert [s for s in secrets if s in answer.stdout + answer.stderr] == []


def test_a_fault_of_our_own_is_told_without_anybodys_name(hamlet: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ValueError("could not convert 陈某某 519923197001010010")

    monkeypatch.setattr("pipeline.run.typed", broken)
    answer = command("run", "--root", hamlet)
    assert answer.code == 1
    assert "陈某某" not in answer.err and "519923197001010010" not in answer.err
    assert "ValueError" in answer.err and "原来的结果没有动" in answer.err and "run.py" in answer.err
    assert not (hamlet / "data" / "clean" / PERIOD).exists()


def test_a_rule_that_crashes_stops_the_run_and_names_nobody(hamlet: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(ids: object) -> None:
        raise ValueError("陈某某")

    monkeypatch.setitem(CHECKS, "id_sex", broken)
    answer = command("run", "--root", hamlet)
    assert answer.code == 1
    assert "X-03" in answer.err and "ValueError" in answer.err
    assert "陈某某" not in answer.err
    assert not (hamlet / "data" / "clean" / PERIOD).exists()


def test_raw_files_are_never_written(hamlet: Path, run_small: RunSmall) -> None:
    before = dict(files_below(hamlet / "data" / "raw"))
    for path in (hamlet / "data" / "raw").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    run_small(hamlet)
    assert dict(files_below(hamlet / "data" / "raw")) == before
    for path in (hamlet / "data" / "raw").rglob("*"):
        path.chmod(0o755)
    assert os.access(raw(hamlet), os.W_OK)
