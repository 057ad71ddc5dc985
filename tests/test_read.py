"""Files as they come → sheets of text. Every test is a small messy file, made on the fly."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.headers import fold_header, strip_unit
from pipeline.read import Sheet, Trouble, Unreadable, find_files, name_of, read_file
from pipeline.read.model import BOOLEAN, DATE, ERROR, NUMBER, letters_of
from tests import files

HEADERS = ["姓名", "证件号码", "户编号", "行政村", "人均纯收入", "与户主关系", "务工时间", "工资性收入", "是否消除"]
VOCABULARY = frozenset(map(fold_header, HEADERS))
ID = "519923197001010010"


def read(path: Path) -> tuple[list[Sheet], list[Trouble]]:
    return read_file(path, path.name, VOCABULARY)


def only(path: Path) -> Sheet:
    sheets, _ = read(path)
    assert len(sheets) == 1
    return sheets[0]


def problems(path: Path) -> list[str]:
    """The problem keys a file gives, whether it can be read or not."""
    try:
        return [trouble.problem for trouble in read(path)[1]]
    except Unreadable as fault:
        return [fault.problem]


def table(sheet: Sheet) -> list[list[str | None]]:
    return [list(row) for row in sheet.cells.itertuples(index=False)]


# ---- headers ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("one", "other"), [
    ("人均纯收入（元）", "人均纯收入 (元)"), ("县(市、区、旗)", "县（市/区/旗）"), ("证件\n号码", "证件号码"), ("姓　名", "姓名"),
    ("＊姓名", "姓名"), ("姓名（必填）", "姓名"), ("致贫/返贫风险1", "致贫返贫风险１"), ("姓\u200b名\ufeff", "姓名"), ("sfzh", "ＳＦＺＨ"),
    ("行政村文化（图书）室个数 （个）", "行政村文化(图书)室个数(个)"), ("务工时间：", "务工时间"),
])
def test_spellings_of_one_header_fold_to_one(one: str, other: str) -> None:
    assert fold_header(one) == fold_header(other)


@pytest.mark.parametrize(("header", "base", "unit"), [
    ("人均纯收入（元）", "人均纯收入", "元"), ("村级集体经济收入（万元）", "村级集体经济收入", "万元"), ("住房面积(㎡)", "住房面积", "M2"),
    ("务工时间（月）", "务工时间", "月"), ("比例（%）", "比例", "%"), ("姓名", "姓名", ""), ("低保户数", "低保户数", ""), ("人", "人", ""),
])
def test_a_trailing_unit_comes_off(header: str, base: str, unit: str) -> None:
    assert strip_unit(fold_header(header)) == (base, unit)


# ---- where the table is ----------------------------------------------------------------------------------------------

def test_a_system_export_has_two_title_rows(tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "a.xlsx", [["监测对象信息"], ["截至2022年4月30日"], HEADERS[:3], ["张三", ID, "1"]], merges=["A1:C1"])
    sheet = only(path)
    assert (sheet.header_row, list(sheet.rows), sheet.title, sheet.as_of) == (3, [4], "监测对象信息", "20220430")
    assert table(sheet) == [["张三", ID, "1"]]


def test_the_table_may_start_anywhere(tmp_path: Path) -> None:
    rows = [[], ["", "", "填报单位：某镇"], [], ["", "", *HEADERS[:3]], [], ["", "", "张三", ID, "1"]]
    sheet = only(files.xlsx(tmp_path / "a.xlsx", rows))
    assert (sheet.header_row, list(sheet.rows), sheet.letters) == (4, [6], ("C", "D", "E"))


def test_a_section_above_is_filled_to_the_right(tmp_path: Path) -> None:
    rows = [["标题"], ["基本信息", None, "风险消除后", None], ["姓名", "人均纯收入", "人均纯收入", "工资性收入"], ["张三", 1, 2, 3]]
    for merges in (["A1:D1", "A2:B2", "C2:D2"], []):
        sheet = only(files.xlsx(tmp_path / "a.xlsx", rows, merges=merges))
        assert sheet.header_row == 3
        assert sheet.headers == ("姓名", "人均纯收入", "人均纯收入", "工资性收入")
        assert sheet.sections == ("基本信息", "基本信息", "风险消除后", "风险消除后")


@pytest.mark.parametrize("merges", [["A1:A2", "B1:B2", "C1:D1", "E1:E2"], []])
def test_headers_that_reach_down_keep_their_names(tmp_path: Path, merges: list[str]) -> None:
    rows = [["姓名", "证件号码", "收入", None, "行政村"], [None, None, "工资性收入", "其他", None], ["张三", ID, 1, 2, "甲村"]]
    sheet = only(files.xlsx(tmp_path / "a.xlsx", rows, merges=merges))
    assert sheet.headers == ("姓名", "证件号码", "工资性收入", "其他", "行政村")
    assert sheet.sections == ("", "", "收入", "收入", "")
    assert (sheet.header_row, list(sheet.rows)) == (2, [3])


def test_xls_merges_are_known_too(tmp_path: Path) -> None:
    rows = [["姓名", "收入", None], [None, "工资性收入", "务工时间"], ["张三", 1, 2]]
    sheet = only(files.xls(tmp_path / "a.xls", rows, merges=[(0, 1, 0, 0), (0, 0, 1, 2)]))
    assert (sheet.headers, sheet.sections) == (("姓名", "工资性收入", "务工时间"), ("", "收入", "收入"))


def test_a_line_of_form_details_is_no_section(tmp_path: Path) -> None:
    rows = [["花名册"], ["填报单位：某镇", None, "2022年4月"], HEADERS[:3], ["张三", ID, "1"]]
    sheet = only(files.xlsx(tmp_path / "a.xlsx", rows, merges=["A2:B2"]))
    assert (sheet.sections, sheet.as_of) == (("", "", ""), "202204")


def test_an_unknown_list_is_found_by_its_shape(tmp_path: Path) -> None:
    rows = [["某表"], ["编号", "名目", "数目", "日子"], [1, "甲", 2, "x"], [2, "乙", 3, "y"]]
    sheet = only(files.xlsx(tmp_path / "a.xlsx", rows))
    assert (sheet.header_row, sheet.headers) == (2, ("编号", "名目", "数目", "日子"))


def test_a_header_far_down_is_found(tmp_path: Path) -> None:
    sheet = only(files.xlsx(tmp_path / "a.xlsx", [["说明文字"]] * 60 + [HEADERS[:4], ["张三", ID, "1", "甲村"]]))
    assert (sheet.header_row, list(sheet.rows)) == (61, [62])


def test_blank_rows_and_columns_are_dropped_and_headed_ones_kept(tmp_path: Path) -> None:
    rows = [["姓名", None, "证件号码", "行政村"], ["张三", None, ID, None], [None, " ", None], ["李四", None, ID, None]]
    sheet = only(files.xlsx(tmp_path / "a.xlsx", rows))
    assert (sheet.letters, list(sheet.rows)) == (("A", "C", "D"), [2, 4])
    assert table(sheet)[0] == ["张三", ID, None]


def test_data_under_no_header_is_kept_and_said(tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "a.xlsx", [["姓名", "证件号码", None], ["张三", ID, "某事"]])
    assert only(path).headers == ("姓名", "证件号码", "")
    assert problems(path) == ["no_header"]


def test_a_wrong_declared_size_does_not_matter(tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "a.xlsx", [HEADERS[:3], ["张三", ID, "1"], ["李四", ID, "2"]])
    assert len(only(files.patched(path, 'ref="A1:C3"', 'ref="A1"')).rows) == 2


def test_every_tab_is_a_sheet_and_hidden_ones_are_said(tmp_path: Path) -> None:
    rows = [HEADERS[:3], ["张三", ID, "1"]]
    path = files.xlsx(tmp_path / "a.xlsx", {"甲": rows, "封面": [["某镇"]], "空": [], "旧": [*rows, ["李四", ID, "2"]]}, hidden=["旧"])
    sheets, troubles = read(path)
    assert [(sheet.tab, sheet.hidden) for sheet in sheets] == [("甲", False), ("旧", True)]
    assert [(trouble.problem, trouble.tab) for trouble in troubles] == [("hidden_tab", "旧")]


def test_a_tab_full_of_prose_is_said(tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "a.xlsx", {"甲": [HEADERS[:3], ["张三", ID, "1"]], "说明": [["请注意以下事项"]] * 12})
    assert problems(path) == ["no_table"]


def test_a_tab_that_repeats_another_is_left_out(tmp_path: Path) -> None:
    rows = [HEADERS[:3], ["张三", ID, "1"]]
    sheets, troubles = read(files.xlsx(tmp_path / "a.xlsx", {"甲": rows, "乙": rows}))
    assert [sheet.tab for sheet in sheets] == ["甲"]
    assert (troubles[0].problem, troubles[0].tab, troubles[0].slots) == ("same_tab", "乙", {"other": "甲"})


def test_merged_data_cells_hold_for_all_their_rows(tmp_path: Path) -> None:
    rows = [["户编号", "姓名", "证件号码"], ["1", "张三", ID], [None, "李四", ID], ["2", "王五", ID]]
    sheet = only(files.xlsx(tmp_path / "a.xlsx", rows, merges=["A2:A3"]))
    assert list(sheet.cells[0]) == ["1", "1", "2"]


def test_two_tables_in_one_tab_are_two_sheets(tmp_path: Path) -> None:
    rows = [["脱贫户花名册"], HEADERS[:4], ["张三", ID, "1", "甲村"], ["合计", None, 1], [], ["三社监测户花名册"], ["行政村", "人均纯收入", "姓名"],
            ["乙村", 5, "李四"], ["乙村", 6, "王五"]]
    sheets, _ = read(files.xlsx(tmp_path / "a.xlsx", rows, merges=["A1:D1", "A6:C6", "A8:A9"]))
    assert [(sheet.header_row, list(sheet.rows), sheet.title) for sheet in sheets] == [(2, [3], "脱贫户花名册"), (7, [8, 9], "三社监测户花名册")]
    assert table(sheets[1]) == [["乙村", "5", "李四"], ["乙村", "6", "王五"]]
    assert [aside.row for aside in sheets[0].set_aside] == [4]


def test_pages_that_repeat_title_and_header_are_one_table(tmp_path: Path) -> None:
    page = [["某镇花名册"], HEADERS[:4], ["张三", ID, "1", "甲村"]]
    sheet = only(files.xlsx(tmp_path / "a.xlsx", [*page, *page, *page]))
    assert list(sheet.rows) == [3, 6, 9]
    assert {aside.reason for aside in sheet.set_aside} == {"header_again"}


def test_a_line_of_units_belongs_to_the_header(tmp_path: Path) -> None:
    sheet = only(files.xlsx(tmp_path / "a.xlsx", [HEADERS[:5], [None, None, None, None, "（元）"], ["张三", ID, "1", "甲村", 5]]))
    assert (sheet.headers[4], sheet.header_row, list(sheet.rows)) == ("人均纯收入（元）", 2, [3])


def test_a_form_to_fill_in_above_is_not_the_header(tmp_path: Path) -> None:
    rows = [["行政村：", "甲村", "姓名：", "张三"], ["编号", "名目", "数目"], [1, "甲", 2], [2, "乙", 3]]
    assert only(files.xlsx(tmp_path / "a.xlsx", rows)).headers == ("编号", "名目", "数目")


# ---- rows that are not data ------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("row", "reason"), [
    (["合计", None, None, None, 5000], "total"),
    ([None, "总 计", 12, 30, 5000], "total"),
    (["甲村", "小计：", None, None, 5000], "total"),
    (["甲村小计", None, 3, None, 4], "total"),
    (["合计（户）", 2, 3, 4, 5], "total"),
    (["注：本表数据来源于系统"], "note"),
    (["填表人：", None, "审核人：", None, "日期："], "note"),
    (["以上人员均经村民代表会议评议并公示七天无异议，情况属实"], "note"),
    (["姓名", "证件号码", "户编号", "行政村", "人均纯收入"], "header_again"),
    ([7], "only_serial"),
    ([1, 2, 3, 4, 5], "column_numbers"),
    (["（1）", "（2）", "（3）", "（4）", "（5）"], "column_numbers"),
])
def test_rows_that_are_not_data_are_set_aside(tmp_path: Path, row: list[object], reason: str) -> None:
    person = ["张三", ID, "1", "甲村", 1]
    at = 2 if reason == "column_numbers" else 3
    rows = [HEADERS[:5], person, person]
    rows.insert(at - 1, row)
    sheet = only(files.xlsx(tmp_path / "a.xlsx", rows))
    assert [(aside.row, aside.reason) for aside in sheet.set_aside] == [(at, reason)]
    assert list(sheet.rows) == [row for row in (2, 3, 4) if row != at]


@pytest.mark.parametrize("row", [
    ["合计", ID, "1", "甲村", 1], ["小计", ID, None, None, None], ["计小", None, None, "甲村", None], ["李四"], [None, ID],
    ["注春花", None, "3", None, 5], ["共计", None, "519923000001", "甲村", None],
    ["王小计", None, None, "甲村", None], ["合计", "5.1992319700101e+17", "1"], ["合计", 5.1992319700101e17, "1"],
])
def test_a_row_that_may_be_a_person_is_never_set_aside(tmp_path: Path, row: list[object]) -> None:
    sheet = only(files.xlsx(tmp_path / "a.xlsx", [HEADERS[:5], ["张三", ID, "1", "甲村", 1], row]))
    assert list(sheet.rows) == [2, 3]


# ---- cells -----------------------------------------------------------------------------------------------------------

def test_cells_become_text_and_keep_what_they_were(tmp_path: Path) -> None:
    values = [5000.0, 1234.5, 511992319800101000, 0, -0.5, 20220429.0, 1e-7]
    rows = [[*HEADERS[:4], "值"], *(["张三", ID, "1", "甲村", value] for value in values)]
    sheet = only(files.xlsx(tmp_path / "a.xlsx", rows))
    assert list(sheet.cells[4]) == ["5000", "1234.5", "511992319800101000", "0", "-0.5", "20220429", "0.0000001"]
    assert set(sheet.kinds) == {4}
    assert set(sheet.kinds[4]) == {NUMBER}


def test_dates_booleans_and_times(tmp_path: Path) -> None:
    values = [dt.date(2022, 4, 1), dt.datetime(2022, 4, 1, 13, 5), dt.time(8, 30), True, False, "是", None]
    rows = [[*HEADERS[:4], "值"], *(["张三", ID, "1", "甲村", value] for value in values)]
    sheet = only(files.xlsx(tmp_path / "a.xlsx", rows))
    assert list(sheet.cells[4]) == ["2022-04-01", "2022-04-01 13:05:00", "08:30:00", "TRUE", "FALSE", "是", None]
    assert list(sheet.kinds[4]) == [DATE, DATE, DATE, BOOLEAN, BOOLEAN, 0, 0]


def test_text_stays_as_it_is(tmp_path: Path) -> None:
    values = ["=1+1的写法", "+86", " 张　三 ", "0012", "@x", "-", "䶮𠮷", "行1\n行2"]
    rows = [HEADERS[:3], *(["张三", ID, value] for value in values)]
    path = tmp_path / "a.xlsx"
    files.xlsx(path, rows)
    sheet = only(files.xls(tmp_path / "b.xls", rows))
    assert list(sheet.cells[2]) == values
    assert list(only(path).cells[2])[1:] == values[1:]


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls"])
def test_error_cells_keep_their_text_and_kind(tmp_path: Path, name: str) -> None:
    rows = [HEADERS[:3], ["张三", "#N/A", "1"], ["李四", ID, "#DIV/0!"]]
    path = files.xlsx(tmp_path / name, rows) if name.endswith("x") else files.xls(tmp_path / name, rows)
    sheet = only(path)
    assert table(sheet) == [["张三", "#N/A", "1"], ["李四", ID, "#DIV/0!"]]
    assert (list(sheet.kinds[1]), list(sheet.kinds[2])) == ([ERROR, 0], [0, ERROR])


def test_formulas_without_a_result_are_said(tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "a.xlsx", [HEADERS[:3], ["张三", ID, "=1+1"], ["李四", ID, "=A1"]])
    [trouble] = read(path)[1]
    assert (trouble.problem, trouble.slots) == ("uncomputed", {"cell": "C2", "count": "2"})


def test_formulas_with_a_result_are_read_and_not_said(tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "a.xlsx", [HEADERS[:3], ["张三", ID, "=1+1"]])
    files.patched(path, "<f>1+1</f><v></v>" if b"<v></v>" in _part(path) else "<f>1+1</f><v />", "<f>1+1</f><v>2</v>")
    assert list(only(path).cells[2]) == ["2"]
    assert problems(path) == []


def _part(path: Path) -> bytes:
    import zipfile

    with zipfile.ZipFile(path) as package:
        return package.read("xl/worksheets/sheet1.xml")


def test_a_cell_at_excels_limit_is_said_with_its_row_and_header(tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "a.xlsx", [HEADERS[:3], ["张三", ID, "1"], ["李四", ID, "长" * 32_767]])
    [trouble] = read(path)[1]
    assert (trouble.problem, trouble.row, trouble.slots) == ("cell_limit", 3, {"header": "户编号", "letter": "C"})


# ---- csv -------------------------------------------------------------------------------------------------------------

CSV = f"姓名,证件号码,户编号\n张三,{ID},1\n䶮华,{ID},2\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_csv_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "名单.csv"
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    path.write_bytes((mark + CSV).encode(encoding))
    sheet = only(path)
    assert (sheet.tab, list(sheet.cells[0]), list(sheet.rows)) == ("名单", ["张三", "䶮华"], [2, 3])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_with_every_usual_separator(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CSV.replace(",", separator), encoding="utf-8")
    assert len(only(path).headers) == 3


def test_csv_wrappings_come_off_and_records_count_as_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f'某表,,\r\n姓名,证件号码,户编号\r\n"张\r\n三",="{ID}",1\r\n\r\n李四,\'{ID},"2,3"\r\n'.encode())
    sheet = only(path)
    assert table(sheet) == [["张\n三", ID, "1"], ["李四", ID, "2,3"]]
    assert list(sheet.rows) == [3, 5]


@pytest.mark.parametrize("data", [
    "姓名,証件號碼\n張三,臺灣\n".encode("big5"), "姓名\n张三\n".encode("utf-16-le"), b"\xff\xfe\x00\xd8", b"\x81\x20\xff,\xff",
])
def test_csv_in_another_encoding_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    assert problems(tmp_path / "a.csv") == ["encoding"]


def test_a_quote_that_never_closes_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'{CSV}王五,"{ID},3\n李四,{ID},4\n赵六,{ID},5\n', encoding="utf-8")
    [trouble] = read(tmp_path / "a.csv")[1]
    assert (trouble.problem, trouble.row) == ("open_quote", 4)


def test_ragged_csv_rows_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"姓名,证件号码,户编号\n张三\n李四,{ID},1,多出来的\n", encoding="utf-8")
    assert table(only(tmp_path / "a.csv")) == [["张三", None, None, None], ["李四", ID, "1", "多出来的"]]


# ---- files that are not what they seem -------------------------------------------------------------------------------

def test_a_web_page_saved_as_xls_is_read(tmp_path: Path) -> None:
    html = (
        "<table><tr><td colspan=3>某表</td></tr><tr><th>姓名</th><th>证件号码</th><th>行政村</th></tr>"
        f"<tr><td>张三</td><td style='mso-number-format:\"\\@\"'>{ID}</td><td rowspan=2>甲&nbsp;村</td></tr>"
        f"<tr><td>李<br>四<td>{ID}</tr></table>"
    )
    for charset, encoding in [("gb2312", "gb18030"), ("utf-8", "utf-8"), ("gb2312", "utf-8")]:
        path = tmp_path / "a.xls"
        path.write_bytes(files.web_page(html, charset).encode(encoding))
        sheet = only(path)
        assert table(sheet) == [["张三", ID, "甲 村"], ["李\n四", ID, "甲 村"]]
        assert (sheet.header_row, list(sheet.rows)) == (2, [3, 4])


def test_an_ending_that_lies_is_not_believed(tmp_path: Path) -> None:
    rows = [HEADERS[:3], ["张三", ID, "1"]]
    new, old, text = tmp_path / "a.xlsx", tmp_path / "b.xls", tmp_path / "c.csv"
    files.xlsx(new, rows).rename(tmp_path / "new.xls")
    files.xls(old, rows).rename(tmp_path / "old.xlsx")
    files.xlsx(text, rows)
    (tmp_path / "text.xls").write_bytes("\t".join(HEADERS[:3]).encode("gb18030") + f"\n张三\t{ID}\t1\n".encode("gb18030"))
    for name in ("new.xls", "old.xlsx", "c.csv", "text.xls"):
        assert table(only(tmp_path / name)) == [["张三", ID, "1"]]


@pytest.mark.parametrize(("name", "data", "problem"), [
    ("a.xlsx", b"", "empty_file"),
    ("a.csv", b"\xef\xbb\xbf\r\n", "empty_file"),
    ("a.xlsx", b"PK\x03\x04 and then nothing", "damaged"),
    ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "damaged"),
    ("a.xlsx", b"%PDF-1.7 ...", "not_a_table"),
    ("a.xlsx", b"\xff\xd8\xff\xe0....", "not_a_table"),
    ("a.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "xml_2003"),
    ("a.xls", b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "web_archive"),
    ("a.xls", b"<html><body>please log in</body></html>", "web_without_table"),
    ("a.xls", b"\x09\x08\x08\x00\x00\x05", "old_excel"),
    ("a.csv", "没有表头的一句话\n".encode(), "no_table"),
])
def test_bad_files_are_refused_by_name(tmp_path: Path, name: str, data: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert problems(tmp_path / name) == [problem]


def test_locked_workbooks_and_other_documents(tmp_path: Path) -> None:
    assert problems(files.locked_xls(tmp_path / "a.xls")) == ["password"]
    assert problems(files.locked_xlsx(tmp_path / "b.xlsx")) == ["password"]
    assert problems(files.zipped(tmp_path / "c.xlsx", "[Content_Types].xml", "word/document.xml")) == ["not_a_table"]
    assert problems(files.zipped(tmp_path / "d.xlsx", "名单.xlsx")) == ["not_a_table"]
    assert problems(files.xlsx(tmp_path / "e.xlsx", {"空": []})) == ["empty_file"]


def test_a_tab_that_is_broken_inside_does_not_take_the_others_along(tmp_path: Path) -> None:
    rows = [HEADERS[:3], ["张三", ID, "1"]]
    path = files.xlsx(tmp_path / "a.xlsx", {"甲": rows, "乙": [*rows, ["李四", ID, "2"]]})
    sheets, troubles = read(files.patched(path, "</sheetData>", "</sheetDat"))
    assert [sheet.tab for sheet in sheets] == ["乙"]
    assert [(trouble.problem, trouble.tab) for trouble in troubles] == [("damaged_tab", "甲")]


def test_a_cut_off_workbook_is_damaged(tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "a.xlsx", [HEADERS[:3], ["张三", ID, "1"]])
    path.write_bytes(path.read_bytes()[:-400])
    assert problems(path) == ["damaged"]


def test_a_file_that_is_gone_or_closed_to_us(tmp_path: Path) -> None:
    assert problems(tmp_path / "gone.xlsx") == ["vanished"]
    (tmp_path / "folder.xlsx").mkdir()
    assert problems(tmp_path / "folder.xlsx") == ["no_access"]


def test_a_stray_cell_far_out_is_refused_before_memory_runs_out(tmp_path: Path) -> None:
    path = files.xlsx(tmp_path / "a.xlsx", [HEADERS[:3], ["张三", ID, "1"]])
    files.patched(path, "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    [trouble] = read(path)[1]
    assert (trouble.problem, trouble.slots) == ("stray_cell", {"cell": "XFD1048576"})


def test_rows_that_only_formatting_made_are_not_rows(tmp_path: Path) -> None:
    path = files.tall_xlsx(tmp_path / "a.xlsx", 5, 30_000)
    assert (len(only(path).rows), problems(path)) == (5, [])


@pytest.mark.parametrize("last", [65_536])
def test_data_that_ends_where_excel_ends_is_said(tmp_path: Path, last: int) -> None:
    path = files.tall_xlsx(tmp_path / "a.xlsx", last - 1, 0)
    assert problems(path) == ["row_limit"]


# ---- folders ---------------------------------------------------------------------------------------------------------

def test_files_of_a_period_are_found_and_the_rest_is_said_or_skipped(tmp_path: Path) -> None:
    for name in ["b.xlsx", "村级上报/甲村.XLS", "村级上报/乙.csv", "returned/甲村.xlsx", "~$b.xlsx", ".~lock.b.xlsx#", "Thumbs.db", ".gitkeep",
                 "x.tmp", "a.pdf", "c.et", "说明.docx", "无后缀", "坏\u200b名.csv"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    found, troubles = find_files(tmp_path)
    assert [name_of(path, tmp_path) for path in found] == ["b.xlsx", "坏\u200b名.csv", "村级上报/乙.csv", "村级上报/甲村.XLS"]
    assert {(trouble.file, trouble.problem) for trouble in troubles} == {
        ("~$b.xlsx", "still_open"), ("a.pdf", "unsupported"), ("c.et", "unsupported"), ("说明.docx", "unsupported"),
        ("无后缀", "unsupported"), ("坏\u200b名.csv", "odd_name")}


def test_a_name_that_is_no_text_can_still_be_written_down(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode("甲.csv".encode("gbk"))).write_text(CSV, encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    [path], troubles = find_files(tmp_path)
    name_of(path, tmp_path).encode()
    assert [trouble.problem for trouble in troubles] == ["odd_name"]
    assert len(only(path).rows) == 2


@pytest.mark.parametrize(("name", "date"), [
    ("户信息_20220531.xlsx", "20220531"), ("低保2022年5月.xlsx", "202205"), ("名单202205.xlsx", "202205"), ("2022-05-31名单.xlsx", "20220531"),
    ("2022年1-5月.xlsx", "202205"), ("2022年3季度.xlsx", None), ("名单.xlsx", None), ("20221399.xlsx", None), ("2022.5.xlsx", "202205"),
])
def test_the_day_a_list_is_of(tmp_path: Path, name: str, date: str | None) -> None:
    assert only(files.xlsx(tmp_path / name, [HEADERS[:3], ["张三", ID, "1"]])).as_of == date


# ---- wording ---------------------------------------------------------------------------------------------------------

def test_every_problem_has_its_wording() -> None:
    import re

    from ruamel.yaml import YAML

    root = Path(__file__).parent.parent
    wording = YAML(typ="safe").load((root / "expectations/structure.yml").read_text(encoding="utf-8"))["read"]
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "pipeline/read").glob("*.py"))
    used = set(re.findall(r'(?:Unreadable|Trouble)\("(\w+)"', code)) | {"damaged", "damaged_tab", "still_open", "unsupported"}
    assert used == set(wording)
    assert len({entry["id"] for entry in wording.values()}) == len(wording)


# ---- laws ------------------------------------------------------------------------------------------------------------

NAMES = st.text("张王李赵合计总小注", min_size=2, max_size=3)
BLANK: list[object] = []


@st.composite
def messy(draw: st.DrawFn) -> tuple[list[list[object]], dict[int, str], int]:
    """(rows of a tab, Excel row → id of its data rows, blank rows below the header)."""
    rows: list[list[object]] = [draw(st.sampled_from([BLANK, ["某镇花名册"], ["填报单位：某镇"]])) for _ in range(draw(st.integers(0, 4)))]
    shift = [""] * draw(st.integers(0, 2))
    rows.append([*shift, *HEADERS[:4]])
    data, blank = {}, 0
    for number in range(draw(st.integers(1, 8))):
        for _ in range(draw(st.integers(0, 2))):
            rows.append(BLANK)
            blank += 1
        person = f"519923{number:012d}"
        rows.append([*shift, draw(NAMES), person, draw(st.sampled_from([None, number, "1"])), draw(st.sampled_from([None, "甲村"]))])
        data[len(rows)] = person
    for _ in range(draw(st.integers(0, 2))):
        rows.append(BLANK)
        blank += 1
    rows += draw(st.sampled_from([[], [[*shift, "合计", None, 5]], [[*shift, "注：略"]], [[*shift, "合计", None, 5], [*shift, "填表人："]]]))
    while rows and rows[-1] is BLANK:  # blank rows at the end are not in the file
        rows.pop()
        blank -= 1
    return rows, data, blank


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=messy())
def test_every_row_keeps_its_address_and_none_is_lost(tmp_path: Path, ending: str, case: tuple[list[list[object]], dict[int, str], int]) -> None:
    rows, data, blank = case
    path = tmp_path / f"a{ending}"
    if ending == ".xlsx":
        files.xlsx(path, rows)
    else:
        path.write_text("\n".join(",".join("" if c is None else str(c) for c in row) for row in rows), encoding="utf-8")
    sheet = only(path)
    position = sheet.headers.index("证件号码")
    assert dict(zip(sheet.rows.tolist(), sheet.cells[position], strict=True)) == data
    assert len(rows) - sheet.header_row == len(sheet.rows) + len(sheet.set_aside) + blank


@given(st.integers(0, 16_383))
def test_column_letters_count_like_excel(position: int) -> None:
    from openpyxl.utils import get_column_letter

    assert letters_of(position) == get_column_letter(position + 1)
