"""台账: official titles, the rosters' rows, signatures, A4, and nobody of another village in a village's file."""

from __future__ import annotations

import ast
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from test_report_invented import VILLAGES, invented

from pipeline.report import Results, annex
from pipeline.report.fastsheet import to_arrow
from pipeline.report.form import HEAD_ROW, column_width, in_sight, is_short, signature_line
from pipeline.report.workbook import header, new_workbook, paper_for, printed
from pipeline.spec.annexes import Annex, AnnexColumn


def column(label: str, value: str | None = None, mask: bool = False) -> AnnexColumn:
    return AnnexColumn(label, None if value is None else ast.Name(value, ast.Load()), "text", mask)


def listed(name: str, title: str, kind: str, *columns: AnnexColumn, inferred: bool = False) -> Annex:
    return Annex(
        name, name, title, kind, inferred, "户", "household", None, (), (), (), None, columns, ("村书记签字", "填表日期"), (), False, "", "", "", 1
    )


COLUMNS = (column("序号", "_number"), column("户主姓名", "head_name"), column("证件号码", "head_id_number", mask=True), column("人均纯收入"), column("核查人"))
LEDGER = listed("附件1", "{village}家庭人均纯收入低于{$line}元农户{month}月台账", "ledger", *COLUMNS)
TEMPLATE = listed("附件10", "{village}核实表", "template", *(column(c) for c in ("序号", "社", "户主姓名", "核实项目", "核实情况", "更正内容", "核实人")), inferred=True)
ROSTER = listed("县级1", "{village}名册", "roster", column("户主姓名", "head_name"))


def screened(results: Results, villages: tuple[str, ...] = VILLAGES) -> Results:
    """Every household of these villages is on the ledger and the roster."""
    homes = results.tables["household"]
    homes = homes[homes["village"].isin(villages)].sort_values(["village", "household_no"]).reset_index(drop=True)
    rosters = pd.concat([homes.assign(annex="附件1"), homes.assign(annex="县级1")], ignore_index=True)
    number = homes.groupby("village").cumcount() + 1.0
    ledger = pd.DataFrame({"序号": number, "户主姓名": homes["head_name"], "证件号码": homes["head_id_number"], "人均纯收入": 4660.95, "核查人": None})
    names = homes[["head_name"]].rename(columns={"head_name": "户主姓名"}).set_index(pd.RangeIndex(len(homes), 2 * len(homes)))
    manifest = {**results.manifest, "campaign": {"year": 2022}, "standards": [{"name": "line", "value": 7000.0, "title": "线", "unit": "元", "basis": "", "confirmed": True}]}
    return replace(results, rosters=rosters, ledgers={"附件1": ledger, "县级1": names}, annexes=(LEDGER, TEMPLATE, ROSTER), manifest=manifest)


@pytest.fixture(scope="module")
def results() -> Results:
    return screened(invented(30))


@pytest.fixture(scope="module")
def folder(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("annex")
    annex.write(results, target)
    return target / "台账"


def rows_of(sheet: Worksheet) -> list[list[object]]:
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEAD_ROW + 1)]
    return [row for row in rows if len(row) > 1 and row[1] is not None]


def content(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


def test_the_files_have_the_contracts_names(folder: Path) -> None:
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*.xlsx")}
    assert names == {"附件1_家庭人均纯收入低于7000元农户5月台账.xlsx", "附件10_核实表.xlsx", "筛查名册.xlsx", *(f"分村/{v}.xlsx" for v in VILLAGES)}


def test_a_ledger_holds_the_townships_sheet_and_one_per_village(results: Results, folder: Path) -> None:
    book = openpyxl.load_workbook(next(folder.glob("附件1_*.xlsx")))
    assert book.sheetnames == ["汇总", *sorted(VILLAGES)]
    whole, village = book["汇总"], book[VILLAGES[0]]
    assert whole.cell(2, 1).value == "云溪县青禾镇家庭人均纯收入低于7000元农户5月台账"
    assert village.cell(2, 1).value == f"{VILLAGES[0]}家庭人均纯收入低于7000元农户5月台账"
    assert [c.value for c in village[HEAD_ROW]] == ["序号", "户主姓名", "证件号码", "人均纯收入", "核查人"]
    homes = results.tables["household"]
    for name in VILLAGES:
        assert {row[1] for row in rows_of(book[name])} == set(homes.loc[homes["village"] == name, "head_name"])
    assert [row[0] for row in rows_of(whole)] == list(range(1, len(homes) + 1))
    assert [row[0] for row in rows_of(village)] == list(range(1, 1 + len(rows_of(village))))


def test_masked_columns_show_no_whole_id(results: Results, folder: Path) -> None:
    shown = content(next(folder.glob("附件1_*.xlsx")))
    assert not [i for i in results.tables["household"]["head_id_number"] if i in shown]
    assert "*************" in shown


def test_a_villages_file_holds_only_its_own_people(results: Results, folder: Path) -> None:
    homes = results.tables["household"]
    for village in VILLAGES:
        shown = content(folder / "分村" / f"{village}.xlsx")
        own, strangers = (set(homes.loc[(homes["village"] == village) == mine, "head_name"]) for mine in (True, False))
        assert all(name in shown for name in own)
        assert not [name for name in strangers - own if f">{name}<" in shown]
        assert not [v for v in VILLAGES if v != village and v in shown]


def test_below_stand_empty_lines_and_the_signatures(folder: Path) -> None:
    sheet = openpyxl.load_workbook(next(folder.glob("附件1_*.xlsx")))[VILLAGES[0]]
    last = sheet.max_row
    assert str(sheet.cell(last, 1).value).startswith("村书记签字：＿") and "填表日期：＿＿＿＿年" in str(sheet.cell(last, 1).value)
    assert HEAD_ROW + len(rows_of(sheet)) + 3 + 2 == last


def test_an_inferred_template_says_so_and_leaves_room_to_write(folder: Path) -> None:
    sheet = openpyxl.load_workbook(folder / "分村" / f"{VILLAGES[0]}.xlsx")["附件10"]
    assert sheet.cell(1, 1).value == "附件10（推定，以县里下发的表为准）"
    assert sheet.max_row == HEAD_ROW + 12 + 2


def test_a_village_without_anybody_gets_its_sheet_and_a_sentence(tmp_path: Path) -> None:
    annex.write(screened(invented(30), VILLAGES[:1]), tmp_path)
    assert openpyxl.load_workbook(next((tmp_path / "台账").glob("附件1_*.xlsx"))).sheetnames == ["汇总", VILLAGES[0]]
    sheet = openpyxl.load_workbook(tmp_path / "台账" / "分村" / f"{VILLAGES[1]}.xlsx")["附件1"]
    assert not rows_of(sheet)
    assert "没有符合条件的" in "".join(str(row[0].value) for row in sheet.iter_rows())


def test_every_sheet_prints_across_one_a4_page_with_its_titles(folder: Path) -> None:
    for path in folder.rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(path).worksheets:
            setup = sheet.page_setup
            assert (str(setup.paperSize), setup.orientation, setup.fitToWidth, setup.fitToHeight) == ("9", "landscape", 1, 0)
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert sheet.print_title_rows == f"${HEAD_ROW}:${HEAD_ROW}"


def test_figures_are_never_wider_than_their_column() -> None:
    assert column_width("数", None, pd.Series([1234567.89])) >= 12
    assert column_width("数", 5, pd.Series([1234567.89])) >= 11
    assert column_width("姓名", None, pd.Series(["张三"])) == 8


def test_a_signature_that_is_a_day_asks_for_year_month_and_day() -> None:
    assert signature_line(["填表人", "日期"]) == "填表人：＿＿＿＿＿＿＿＿　　　日期：＿＿＿＿年＿＿月＿＿日"


def test_the_same_results_give_the_same_bytes(results: Results, folder: Path, tmp_path: Path) -> None:
    for path in annex.write(results, tmp_path):
        assert path.read_bytes() == (folder.parent / path.relative_to(tmp_path)).read_bytes()


def test_libreoffice_prints_a_village_on_as_many_pages_as_sheets(folder: Path, tmp_path: Path) -> None:
    subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf", "--outdir", tmp_path, folder / "分村" / f"{VILLAGES[0]}.xlsx"], check=True, capture_output=True, timeout=120)
    told = subprocess.run(["pdfinfo", tmp_path / f"{VILLAGES[0]}.pdf"], check=True, capture_output=True, text=True).stdout
    assert "Pages:           2" in told
    assert "A4" in told


def test_a_count_is_filled_where_the_data_know_it_and_blank_where_they_do_not(results: Results, tmp_path: Path) -> None:
    weekly = listed("附件11", "{village}进度统计表", "template", *(column(c) for c in ("序号", "村", "应排查户数", "已排查户数", "发现问题户数")))
    assert results.rosters is not None
    homes = results.tables["household"]
    visits = results.rosters[results.rosters["annex"] == "县级1"].assign(annex="入户核查")
    annex.write(replace(results, annexes=(weekly,), rosters=visits), tmp_path)
    rows = rows_of(openpyxl.load_workbook(next((tmp_path / "台账").glob("附件11_*.xlsx")))["汇总"])
    due = homes["village"].value_counts()
    troubled = results.problems.dropna(subset=["household_no"]).drop_duplicates("household_no")["village"].value_counts()
    assert rows == [[n, v, due[v], None, troubled.get(v, 0)] for n, v in enumerate(sorted(VILLAGES), start=1)]
    own = rows_of(openpyxl.load_workbook(tmp_path / "台账" / "分村" / f"{sorted(VILLAGES)[2]}.xlsx").worksheets[0])
    assert own == [[1, *rows[2][1:]]]


@pytest.mark.parametrize(
    ("widths", "frozen", "paper"),
    [([8.0] * 12, 0, ("A4", 1)), ([9.0] * 20, 0, ("A4", 1)), ([9.0] * 26, 4, ("A3", 1)), ([9.0] * 40, 4, ("A3", 2)), ([9.0] * 100, 4, ("A3", 4))],
)
def test_a_sheet_is_printed_on_the_smallest_paper_on_which_it_can_be_read(widths: list[float], frozen: int, paper: tuple[str, int]) -> None:
    assert paper_for(widths, frozen) == paper


def test_sheets_side_by_side_all_begin_with_the_frozen_columns() -> None:
    sheet = new_workbook().create_sheet("宽")
    header(sheet, [f"栏{n}" for n in range(40)], [12.0] * 40)
    sheet.freeze_panes = "C2"
    printed(sheet)
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.print_title_cols) == (8, 2, "$A:$B")  # 8: A3


def test_a_wide_form_keeps_in_sight_who_it_is_about() -> None:
    assert in_sight([5, 8, 4, 8, 20, *[9] * 20]) == 4
    assert in_sight([5, 8, 4, 8, 20]) == 0


def test_names_and_numbers_stand_in_the_middle_and_sentences_at_the_left() -> None:
    assert is_short(to_arrow(["王小明", None, "519923198001011234"]))
    assert not is_short(to_arrow(["王小明", "家庭人均纯收入5433.52元，低于7000元"]))
