"""The commands: what they say, and with which exit code they end."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import files
import pytest
from conftest import PERIOD, ROOT, Answer

from pipeline.inspect import inspect_file
from pipeline.mapping import Recogniser, vocabulary
from pipeline.read import read_file
from pipeline.spec import Spec, load_spec

Command = Callable[..., Answer]
UNSEEN = [
    ["青禾镇 2022 年农机购置补贴发放表"],
    ["序号", "姓名", "身份证号码", "户编号", "所在村", "机具名称", "补贴金额（元）"],
    ["1", "甲", "519923197001010010", "00100201000001", "白鹤村", "微耕机", "800"],
    ["2", "乙", "519923197001010029", "00100201000002", "白鹤村", "打谷机", "600"],
]


def modules_after(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(answer.stdout.split())


def test_help_loads_nothing_heavy() -> None:
    loaded = modules_after("import pipeline.cli")
    assert loaded & {"pandas", "numpy", "great_expectations", "recordlinkage", "openpyxl", "pyarrow", "scipy", "jinja2", "ruamel.yaml", "yaml"} == set()


def test_help_is_chinese_and_names_the_commands(command: Command) -> None:
    answer = command("--help")
    assert answer.code == 0
    assert all(word in answer.out for word in ("run", "demo", "inspect", "check", "status", "清洗"))


@pytest.mark.parametrize("words", [["--no-such"], ["no-such"], ["run", "--fail-on", "much"], ["inspect"], ["run", "a", "b"]])
def test_bad_usage_ends_with_two(command: Command, words: list[str]) -> None:
    answer = command(*words)
    assert answer.code == 2
    assert answer.err


def test_a_folder_that_is_no_project_is_said(command: Command, tmp_path: Path) -> None:
    answer = command("run", "--root", tmp_path)
    assert answer.code == 1
    assert "没有 mappings 和 expectations" in answer.err


def test_no_data_is_a_sentence_and_one(command: Command, hamlet: Path) -> None:
    shutil.rmtree(hamlet / "data")
    answer = command("run", "--root", hamlet)
    assert answer.code == 1
    assert "没有数据" in answer.err and "qingxi demo" in answer.err


def test_a_period_that_is_not_there_is_one(command: Command, hamlet: Path) -> None:
    answer = command("run", "2019-01", "--root", hamlet)
    assert answer.code == 1
    assert "2022-04、2022-05" in answer.err


def test_a_named_period_is_run_and_its_results_are_told(command: Command, hamlet: Path) -> None:
    answer = command("run", "2022-04", "--root", hamlet)
    assert answer.code == 0
    assert "青禾镇 2022-04" in answer.out and "问题清单.xlsx" in answer.out
    assert (hamlet / "data" / "clean" / "2022-04" / "manifest.json").exists()
    assert not (hamlet / "data" / "clean" / PERIOD).exists()
    assert "· 读取文件" in answer.err  # on a pipe: plain lines


def test_fail_on_turns_problems_into_one(command: Command, hamlet: Path) -> None:
    from test_bad_input import FIRST_ROW, MEMBERS, column_of, edit, raw

    def swap_sex(sheet) -> None:
        cell = sheet.cell(FIRST_ROW, column_of(sheet, "性别"))
        cell.value = {"1": "2", "2": "1", "男": "女", "女": "男"}[str(cell.value)]

    edit(raw(hamlet) / MEMBERS, swap_sex)
    assert command("run", "--root", hamlet, "--fail-on", "critical").code == 0
    assert command("run", "--root", hamlet, "--fail-on", "warning").code == 1


def test_status_tells_what_is_cleaned(command: Command, hamlet: Path) -> None:
    assert "还没有清洗" in command("status", "--root", hamlet).out
    command("run", "--root", hamlet)
    lines = command("status", "--root", hamlet).out.splitlines()
    assert lines[0].startswith("2022-04：") and "还没有清洗" in lines[0]
    assert lines[1].startswith("2022-05：") and "已清洗" in lines[1]


def test_status_can_do_without_a_calendar(command: Command, hamlet: Path) -> None:
    (hamlet / "mappings").unlink()
    shutil.copytree(ROOT / "mappings", hamlet / "mappings")
    campaign = hamlet / "mappings" / "campaign.yml"
    campaign.write_text(campaign.read_text(encoding="utf-8").split("calendar:")[0], encoding="utf-8")
    assert command("run", "--root", hamlet).code == 0
    answer = command("status", "--root", hamlet, "--date", "2022-05-18")
    assert answer.code == 0 and "没有日程" in answer.out and "应报表" in answer.out


def test_check_says_how_much_there_is(command: Command) -> None:
    answer = command("check", "--root", ROOT)
    assert answer.code == 0
    assert "没有错误" in answer.out


def test_a_demo_over_real_data_is_refused(command: Command, hamlet: Path) -> None:
    answer = command("demo", "--root", hamlet, "--scale", "0.02")
    assert answer.code == 1
    assert "演示不会动它" in answer.err


def test_a_demo_says_where_everything_lies(command: Command, hamlet: Path) -> None:
    shutil.rmtree(hamlet / "data")
    answer = command("demo", "--root", hamlet, "--scale", "0.02")
    assert answer.code == 0
    assert "虚构乡镇" in answer.out and str(hamlet / "data" / "clean" / PERIOD) in answer.out


# ---- inspect ----------------------------------------------------------------------------------------------------------------


def test_inspect_says_what_a_file_was_taken_for_and_why(spec: Spec, hamlet_files: Path) -> None:
    text, draft = inspect_file(hamlet_files / PERIOD / "（自定义）监测对象信息 (22).xlsx", spec)
    assert "认定为《监测对象信息》（mappings/sources/system_monitored.yml）" in text
    assert "表头在第" in text and "→ 监测对象类别" in text
    assert draft is None


def test_inspect_names_the_nearest_known_header(spec: Spec, hamlet_files: Path, tmp_path: Path) -> None:
    from test_bad_input import HEADER_ROW, MEMBERS, column_of, edit

    def misspell(sheet) -> None:
        sheet.cell(HEADER_ROW, column_of(sheet, "政治面貌")).value = "政冶面貌"

    path = edit(hamlet_files / PERIOD / MEMBERS, misspell, tmp_path / "a.xlsx")
    assert "政冶面貌 → 不认识，最像“政治面貌”" in inspect_file(path, spec)[0]


def test_inspect_drafts_a_list_that_then_is_recognised(spec: Spec, tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "农机补贴.xlsx", UNSEEN)
    text, draft = inspect_file(path, spec)
    assert "没有认出是哪种表" in text
    assert draft is not None
    for name in ("mappings", "expectations"):
        shutil.copytree(ROOT / name, tmp_path / "project" / name)
    (tmp_path / "project" / "mappings" / "sources" / "farm_machines.yml").write_text(draft, encoding="utf-8")
    taught = load_spec(tmp_path / "project")
    [sheet] = read_file(path, path.name, vocabulary(taught))[0]
    recognised = Recogniser(taught).recognise(sheet)
    assert recognised is not None
    assert recognised.source.name == "farm_machines"
    assert {"name", "id_number"} <= recognised.columns()
    assert {"household_no", "household_key"} & recognised.columns()


def test_a_draft_is_written_where_it_is_wanted(command: Command, tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "农机补贴.xlsx", UNSEEN)
    answer = command("inspect", path, "--root", ROOT, "--draft", tmp_path / "draft.yml")
    assert answer.code == 0
    assert "机具名称" in (tmp_path / "draft.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("data", "words"), [(b"", "空的"), (b"PK\x03\x04", "已损坏"), (b"%PDF-1.7", "PDF")])
def test_inspecting_a_bad_file_says_why(command: Command, tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(data)
    answer = command("inspect", tmp_path / "a.xlsx", "--root", ROOT)
    assert answer.code == 0
    assert words in answer.out


def test_inspecting_a_file_that_is_not_there_is_one(command: Command, tmp_path: Path) -> None:
    answer = command("inspect", tmp_path / "none.xlsx", "--root", ROOT)
    assert answer.code == 1
    assert "none.xlsx" in answer.err
