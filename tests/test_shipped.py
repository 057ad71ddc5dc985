"""An installed qingxi brings its knowledge along: the wheel holds it, and a new project is laid out from it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from pipeline.report.words import wording
from pipeline.shipped import STARTER, NotEmpty, is_behind, make_project, shipped, update_project, use_project, write_starter
from pipeline.spec import load_spec


def below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_new_project_is_ours_and_loads(tmp_path: Path) -> None:
    made = make_project(tmp_path / "新项目")
    for name in ("mappings", "expectations"):
        assert below(made / name) == below(shipped() / name)
    assert (made / "data" / "raw").is_dir() and load_spec(made).rules


def test_nothing_is_laid_over(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    with pytest.raises(NotEmpty, match="没有改动"):
        make_project(tmp_path)
    assert below(tmp_path) == set()


def test_init_says_what_comes_next(command: Any, tmp_path: Path) -> None:
    assert "qingxi run" in command("init", tmp_path / "甲").out
    again = command("init", tmp_path / "甲")
    assert again.code == 1 and "已有" in again.err


def test_a_folder_with_other_things_in_it_becomes_no_demo(command: Any, tmp_path: Path) -> None:
    (tmp_path / "别的.txt").write_text("x")
    answer = command("demo", "--root", tmp_path)
    assert answer.code == 1 and "qingxi init" in answer.err and below(tmp_path) == {"别的.txt"}


def test_the_wheel_holds_the_knowledge_and_the_pages(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    for name in ("mappings", "expectations"):
        assert {f"pipeline/shipped/{name}/{path}" for path in below(ROOT / name)} <= names
    for path in ("report/assets/echarts.min.js", "report/assets/echarts.LICENSE", "report/templates/page/start.js", "serve/pages.html", "serve/page.css", "serve/page.js", "sample/fields.yml"):
        assert f"pipeline/{path}" in names


def test_the_projects_own_words_hold_and_what_it_lacks_is_said_as_we_say_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.shipped._project", [])
    made, ours = make_project(tmp_path / "新 项目"), wording()("severity.critical")
    use_project(made)
    assert wording()("severity.critical") == ours
    (made / "mappings" / "wording.yml").write_bytes("severity:\r\n  critical: 立即整改\r\n".encode("utf-8-sig"))     # as Notepad saves it
    assert wording()("severity.critical") == "立即整改" and wording()("font")


@pytest.mark.parametrize(("content", "said"), [("a: 甲\n".encode("gbk"), "不是 UTF-8"), (b"a: 1\na: 2\n", "写了两次"), ("a: 甲\n".encode("utf-16"), "不是 UTF-8")])
def test_words_that_cannot_be_read_are_said_with_their_line(content: bytes, said: str, tmp_path: Path, command: Any) -> None:
    made = make_project(tmp_path / "甲")
    (made / "mappings" / "wording.yml").write_bytes(content)
    answer = command("check", "--root", made)
    assert answer.code == 1 and f"mappings/wording.yml:{2 if b'a: 2' in content else 1} " in answer.err and said in answer.err


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "cp437"])
def test_no_code_page_stops_what_we_say(encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "run", "--root", "/无"], cwd=ROOT, capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": encoding}
    )
    assert "没有" in done.stderr.decode("gbk" if encoding == "gbk" else "utf-8")


def test_the_file_to_double_click_is_what_windows_can_read(tmp_path: Path) -> None:
    content = write_starter(tmp_path).read_bytes()
    assert (ROOT / STARTER).read_bytes() == content and content == content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert "清洗" in content.decode("gbk")
    second = [pair[1:] for pair in (character.encode("gbk") for character in content.decode("gbk")) if len(pair) == 2]
    assert not {b"|", b"&", b"^", b"%", b"<", b">"} & set(second)     # cmd would take them for its own in another code page


def test_a_newer_program_renews_what_nobody_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for name, content in {"same.yml": "1", "better.yml": "1", "mine.yml": "1", "both.yml": "1", "gone.yml": "1", "dropped.yml": "1"}.items():
        write(old / "mappings" / name, content)
        (old / "expectations").mkdir(exist_ok=True)
    for name, content in {"same.yml": "1", "better.yml": "2", "mine.yml": "1", "both.yml": "2", "dropped.yml": "2", "codes/added.yml": "2"}.items():
        write(new / "mappings" / name, content)
    monkeypatch.setattr("pipeline.shipped.shipped", lambda: old)
    project = make_project(tmp_path / "project")
    write(project / "mappings" / "mine.yml", "me")
    write(project / "mappings" / "both.yml", "me")
    write(project / "mappings" / "county.yml", "me")
    write(project / "mappings" / "better.yml", "1\r\n".strip())
    (project / "mappings" / "dropped.yml").unlink()
    monkeypatch.setattr("pipeline.shipped.shipped", lambda: new)
    assert is_behind(project)
    done = update_project(project)
    assert done.renewed == ("mappings/better.yml", "mappings/codes/added.yml", "mappings/gone.yml") and done.kept == ("mappings/both.yml",)
    there = {p.relative_to(project / "mappings").as_posix(): p.read_text() for p in (project / "mappings").rglob("*.yml*")}
    assert there == {"same.yml": "1", "better.yml": "2", "mine.yml": "me", "both.yml": "me", "both.yml.新版": "2", "county.yml": "me", "codes/added.yml": "2"}
    assert update_project(project).renewed == () and not is_behind(project)


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_init_update_tells_what_it_did(command: Any, tmp_path: Path) -> None:
    made = make_project(tmp_path / "甲")
    path = made / "mappings" / "campaign.yml"
    path.write_text(path.read_text("utf-8") + "\n# 本县\n", "utf-8")
    answer = command("init", made, "--update")
    assert answer.code == 0 and "换成新版的 0 个" in answer.out
    assert command("init", tmp_path, "--update").code == 1
