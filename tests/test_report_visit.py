"""入户核查名单: one line and one page per household, everything open on it, nobody of another village."""

from __future__ import annotations

import subprocess
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from test_report_invented import VILLAGES, invented

from pipeline.report import Results, visit
from pipeline.report.fixrows import fix_rows
from pipeline.report.form import HEAD_ROW
from pipeline.report.visit import age, visit_words


def visited(results: Results) -> Results:
    """Every household is to be visited, for two reasons; one pair waits for a decision."""
    homes = results.tables["household"].reset_index(drop=True)
    rosters = homes.assign(annex="入户核查", reason="监测对象：边缘易致贫户；疑似辍学：七岁没有在校", name=homes["head_name"], origin="system")
    review = pd.DataFrame([{"household_no": homes["household_no"][0], "title": "低保名单", "their_name": "某甲", "their_idno": "", "our_name": homes["head_name"][0]}])
    return replace(results, rosters=rosters, review=review)


@pytest.fixture(scope="module")
def results() -> Results:
    return visited(invented(30))


@pytest.fixture(scope="module")
def books(results: Results, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {p.stem: p for p in visit.write(results, tmp_path_factory.mktemp("visit"))}


def content(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


def test_every_village_has_its_list_and_pages(results: Results, books: dict[str, Path]) -> None:
    assert set(books) == set(VILLAGES)
    homes = results.tables["household"]
    for village, path in books.items():
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["名单", "核查表"]
        mine = homes[homes["village"] == village].sort_values("group", key=pd.to_numeric, kind="stable")
        listed = [row for row in book["名单"].iter_rows(min_row=HEAD_ROW + 1, values_only=True) if isinstance(row[0], int | float)]
        assert {row[2] for row in listed} == set(mine["household_no"])
        assert [int(str(row[1])) for row in listed] == sorted(int(g) for g in mine["group"])
        assert len(book["核查表"].row_breaks.brk) == len(mine)


def test_a_households_page_holds_its_reasons_problems_members_and_doubts(results: Results, books: dict[str, Path]) -> None:
    home = results.tables["household"].iloc[0]
    sheet = openpyxl.load_workbook(books[str(home["village"])])["核查表"]
    cells = [[c for c in row if c] for row in sheet.iter_rows(values_only=True)]
    starts = [n for n, row in enumerate(cells) if row and "入户核查表" in str(row[0])] + [len(cells)]
    mine = next(n for n, start in enumerate(starts) if home["household_no"] in str(cells[start + 1]))
    page = "\n".join(str(c) for row in cells[starts[mine] : starts[mine + 1]] for c in row)
    members = results.tables["person"]
    assert all(name in page for name in members.loc[members["household_no"] == home["household_no"], "name"])
    assert "1. 监测对象：边缘易致贫户" in page and "2. 疑似辍学：七岁没有在校" in page
    problems = fix_rows(results)
    wanted = problems.loc[problems["household_no"] == home["household_no"], "problem"]
    assert len(wanted) and all(p in page for p in wanted)
    assert "低保名单上的“某甲”" in page
    assert "入户人员签字（不少于 2 人）" in page and "户主（家庭成员）签字" in page
    assert all(look["look"] in page for look in visit_words().get("form.looks.rows"))


def test_a_villages_workbook_names_no_one_of_another_village(results: Results, books: dict[str, Path]) -> None:
    homes, people = results.tables["household"], results.tables["person"]
    village_of = people["household_no"].map(homes.set_index("household_no")["village"])
    for village, path in books.items():
        shown = content(path)
        strangers = set(people.loc[village_of != village, "id_number"]) - set(people.loc[village_of == village, "id_number"])
        assert not [i for i in strangers if i in shown]
        assert not [n for n in homes.loc[homes["village"] != village, "household_no"] if n in shown]


def test_a_household_known_from_another_list_only_has_its_page_too(results: Results, tmp_path: Path) -> None:
    assert results.rosters is not None
    stranger = results.rosters.iloc[:1].assign(household_no="H777", name="某乙", origin="outside")
    path = visit.write(replace(results, rosters=stranger), tmp_path)[0]
    page = content(path)
    assert "H777" in page and "某乙" in page and "系统里没有这户的成员" in page


@pytest.mark.parametrize(("birth", "years"), [("20040531", "18"), ("20040601", "17"), ("2004", None), (None, None)])
def test_age_is_of_the_reference_day(birth: str | None, years: str | None) -> None:
    assert age(birth, "20220531") == years


def test_a_village_of_two_hundred_is_quick(tmp_path: Path) -> None:
    many = invented(200)
    one = many.tables["household"].assign(village=VILLAGES[0])
    results = visited(replace(many, tables={**many.tables, "household": one}))
    start = time.process_time()
    assert len(visit.write(results, tmp_path)) == 1
    assert time.process_time() - start < 4  # 2 on an idle machine


def test_the_same_results_give_the_same_bytes(results: Results, books: dict[str, Path], tmp_path: Path) -> None:
    for path in visit.write(results, tmp_path):
        assert path.read_bytes() == books[path.stem].read_bytes()


def test_libreoffice_begins_a_page_with_every_household(results: Results, books: dict[str, Path], tmp_path: Path) -> None:
    village = VILLAGES[0]
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", tmp_path, books[village]], check=True, capture_output=True, timeout=120)
    text = subprocess.run(["pdftotext", "-layout", tmp_path / f"{village}.pdf", "-"], check=True, capture_output=True, text=True).stdout
    titled = [page.count("集中排查入户核查表") for page in text.split("\f")]
    assert sum(titled) == (results.tables["household"]["village"] == village).sum()
    assert max(titled) == 1
    assert text.count("核查日期：") == sum(titled)


def test_the_people_of_a_household_outside_the_system_come_from_the_list_that_knows_it(results: Results, tmp_path: Path) -> None:
    assert results.rosters is not None
    rows = [{"row_id": f"户籍.xlsx#户籍!{n}", "household_key": key, "name": name, "id_number": f"51992319900101{n:04d}", "relation": relation, "village": VILLAGES[0]} for n, (key, name, relation) in enumerate([("K1", "某乙", "户主"), ("K1", "某丙", "之子"), ("K2", "别户某丁", "户主")])]
    rows.append({**rows[1], "row_id": "户籍.xlsx#户籍!9", "name": "别村某戊", "village": VILLAGES[1]})
    stranger = results.rosters.iloc[:1].assign(household_no="K1", name="某乙", origin="outside", row_id="户籍.xlsx#户籍!0")
    path = visit.write(replace(results, rosters=stranger, tables={**results.tables, "register": pd.DataFrame(rows)}), tmp_path)[0]
    page = content(path)
    assert "某乙" in page and "某丙" in page and "519923199001010001" in page
    assert "别户某丁" not in page and "别村某戊" not in page and "系统里没有这户的成员" not in page
