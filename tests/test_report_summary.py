"""总结报告: every number recomputed from the tables that programs get; judgement left in marked places; nobody named."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from string import Formatter

import docx
import pandas as pd
import pytest
from conftest import Made
from docx.enum.text import WD_COLOR_INDEX
from test_report_annex import screened
from test_report_invented import invented

from pipeline.report import Results, summary
from pipeline.report.summary import NUMBER_KEYS, Counter, numbers, summary_words, told

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def tables(planted: Made) -> Tables:
    return {p.stem: pd.read_parquet(p) for p in (planted.out / "tables").glob("*.parquet")}


@pytest.fixture(scope="module")
def report(planted: Made) -> docx.document.Document:
    return docx.Document(str(planted.out / "总结报告.docx"))


def on(roster: str) -> Callable[[Tables], int]:
    return lambda t: t["rosters"].loc[t["rosters"]["annex"] == roster, "household_no"].nunique()


def homes(question: str) -> Callable[[Tables], int]:
    return lambda t: len(t["household"].query(question))


# Counted here once more, in other words than summary.yml's.
COUNTED: dict[str, Callable[[Tables], int]] = {
    "households": lambda t: len(t["household"]),
    "persons": lambda t: len(t["person"]),
    "lifted": homes("household_type == '脱贫户'"),
    "monitored": homes("category.notna()"),
    "unremoved": homes("category.notna() and removed == '否'"),
    "removed": homes("category.notna() and removed == '是'"),
    "identified": homes("category.notna() and identified_month == '202205'"),
    "visits": on("入户核查"),
    "proposed": on("识别新增"),
    "below": on("附件1"),
    "back": on("回退"),
    "again": on("重新识别"),
    "undone": on("措施未落实"),
    "unfit": on("措施不符"),
    "security": on("一兜了之"),
    "dropouts": lambda t: (t["rosters"]["annex"] == "疑似辍学").sum(),
    "dead": lambda t: (t["rosters"]["annex"] == "死亡未减").sum(),
    "problems": lambda t: t["issues"]["issue_id"].nunique(),
    "critical": lambda t: t["issues"].query("severity == 'critical'")["issue_id"].nunique(),
    "warning": lambda t: t["issues"].query("severity == 'warning'")["issue_id"].nunique(),
    "info": lambda t: t["issues"].query("severity == 'info'")["issue_id"].nunique(),
    "problem_households": lambda t: t["issues"]["household_no"].nunique(),
    "changes": lambda t: len(t["changes"]),
    "asked": lambda t: t["states"]["issue_id"].nunique(),
    "settled": lambda t: t["states"].loc[~t["states"]["open"], "issue_id"].nunique(),
}


def body(report: docx.document.Document) -> str:
    return "\n".join(p.text for p in report.paragraphs)


def test_every_number_is_what_the_tables_say(report: docx.document.Document, tables: Tables) -> None:
    asked = summary_words().get("numbers")
    found = {row.cells[0].text: row.cells[1].text for row in report.tables[-1].rows}
    counted = {name: count(tables) for name, count in COUNTED.items()}
    assert set(counted) == {name for name, what in asked.items() if "table" in what}
    assert {name: found[asked[name]["say"]] for name in counted} == {name: str(n) for name, n in counted.items()}
    for name, what in asked.items():
        if "percent" in what:
            part, whole = (counted[n] for n in what["percent"])
            assert found[asked[name]["say"]] == (f"{part / whole:.1%}" if whole else "0.0%")
    assert counted["households"] > 1000 and counted["problems"] > 300


def test_the_text_shows_these_numbers_and_no_others(report: docx.document.Document, tables: Tables) -> None:
    text = body(report)
    asked = summary_words().get("numbers")
    found = {row.cells[0].text: row.cells[1].text for row in report.tables[-1].rows}
    values = {name: found[what["say"]] for name, what in asked.items()} | {"place": "云溪县青禾镇", "year": "2022"}
    for part in summary_words().get("text"):
        if "para" in part and not part.get("when"):
            assert part["para"].format(**values) in text
    assert not re.search(r"[{}]", text)


def test_villages_add_up_to_the_whole(report: docx.document.Document) -> None:
    rows = [[cell.text for cell in row.cells] for row in report.tables[0].rows]
    sums = [sum(int(row[n]) for row in rows[1:-1]) for n in range(1, len(rows[0]))]
    assert [int(c) for c in rows[-1][1:]] == sums
    found = {row.cells[0].text: row.cells[1].text for row in report.tables[-1].rows}
    assert rows[-1][1] == found["系统中的农户"]
    assert rows[-1][rows[0].index("数据问题")] == found["数据问题（疑点）"]


def test_judgement_is_left_to_the_writer_on_yellow(report: docx.document.Document) -> None:
    marked = [p for p in report.paragraphs if "此处由撰写人填写" in p.text]
    assert len(marked) == sum("judge" in part for part in summary_words().get("text"))
    assert all(run.font.highlight_color == WD_COLOR_INDEX.YELLOW for p in marked for run in p.runs)


def test_nobody_is_named(report: docx.document.Document, tables: Tables) -> None:
    text = body(report) + "\n".join(cell.text for table in report.tables for row in table.rows for cell in row.cells)
    people = tables["person"]
    assert not [i for i in people["id_number"].dropna() if i in text]
    assert not [n for n in people["name"].dropna().unique() if len(n) > 2 and n in text]
    assert not re.search(r"\d{11}", text)


def test_every_placeholder_and_key_is_known() -> None:
    words = summary_words()
    asked = words.get("numbers")
    assert all(set(what) <= NUMBER_KEYS for what in asked.values())
    named = {field for part in words.get("text") for text in part.values() if isinstance(text, str) for _, field, _, _ in Formatter().parse(text) if field}
    assert named <= {*asked, "place", "year"}
    assert {part["table"] for part in words.get("text") if "table" in part} == set(words.get("tables"))
    assert {part["when"] for part in words.get("text") if "when" in part} <= set(asked)


def test_every_column_that_is_counted_is_in_its_table(tables: Tables) -> None:
    words = summary_words()
    columns = [c for t in words.get("tables").values() if isinstance(t.get("columns"), dict) for c in t["columns"].values()]
    assert columns
    for what in [*words.get("numbers").values(), *columns]:
        if "table" in what:
            wanted = [*what.get("is", {}), *(what[k] for k in ("filled", "unique", "month") if k in what)]
            assert set(wanted) <= set(tables[what["table"]].columns), what


def test_a_share_of_nothing_is_none_and_an_unknown_table_counts_nothing() -> None:
    found = numbers(Counter({}, "202205"), {"a": {"table": "x"}, "b": {"table": "x"}, "c": {"percent": ["a", "b"]}})
    assert found == {"a": 0, "b": 0, "c": 0.0}
    assert told(found["c"]) == "0.0%"


@pytest.fixture
def results() -> Results:
    return screened(invented(12))


def test_a_paragraph_about_nothing_is_left_out(results: Results, tmp_path: Path) -> None:
    text = body(docx.Document(str(summary.write(results, tmp_path)[0])))
    assert "排查以来发现过问题" not in text
    states = pd.DataFrame({"issue_id": ["1", "2"], "open": [True, False]})
    text = body(docx.Document(str(summary.write(replace(results, states=states), tmp_path)[0])))
    assert "排查以来发现过问题2条，已整改或已说明1条，占50.0%。" in text


def test_the_same_results_give_the_same_bytes(results: Results, tmp_path: Path) -> None:
    first = summary.write(results, tmp_path)[0].read_bytes()
    assert summary.write(results, tmp_path)[0].read_bytes() == first


def test_libreoffice_opens_it(results: Results, tmp_path: Path) -> None:
    path = summary.write(results, tmp_path)[0]
    done = subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf", "--outdir", tmp_path, path], capture_output=True, text=True, timeout=120, check=False)
    if "could not be loaded" in done.stdout + done.stderr:
        pytest.skip("this LibreOffice came without its word processor")
    text = subprocess.run(["pdftotext", tmp_path / "总结报告.pdf", "-"], check=True, capture_output=True, text=True).stdout
    assert "总结报告" in text and "数字来源" in text
