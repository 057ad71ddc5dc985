"""Cleaners: this text in, that text out. No person here exists; ids lie in 519923, a county that does not exist."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipeline.cleaners import CLEANERS, ERROR, NUMBER, PROBLEMS, Cleaned, Context, fold, load_spellings, tidy

MAPPINGS = Path(__file__).parents[1] / "mappings"
SPELLINGS = load_spellings(MAPPINGS / "spellings.yml")
SEVERAL = ["health", "measure_security", "post_kind", "job_channel"]
SINGLE = ["sex", "yes_no", "relation", "nationality", "risk", "id_type", "disability_kind", "dibao"]


@dataclass(frozen=True)
class Codes:
    values: tuple[str, ...]
    aliases: dict[str, str]
    blanks: frozenset[str]
    open: bool


def code_list(name: str) -> Codes:
    data = YAML(typ="safe").load(MAPPINGS / "codes" / f"{name}.yml")
    aliases = {fold(word): value for value, e in data["values"].items() for word in [value, *e.get("aliases", [])]}
    blanks = frozenset(fold(word) for word in data.get("blank", []))
    return Codes(tuple(data["values"]), aliases, blanks, data.get("open", False))


LISTS = {name: code_list(name) for name in [*SEVERAL, *SINGLE]}


def clean(kind_of_value: str, text: str, **context: Any) -> Cleaned:
    if name := context.pop("codes", None):
        context["codes"] = LISTS[name]
    return CLEANERS[kind_of_value](text, Context(SPELLINGS, **context))


def cases(*rows: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("text", "expected"), rows)


def assert_cleaned(cleaned: Cleaned, expected: Any) -> None:
    """`expected` is a value, None for a blank, or (value, problem)."""
    assert cleaned == (Cleaned(*expected) if isinstance(expected, tuple) else Cleaned(expected))


# ---- numbers -------------------------------------------------------------------------------------------------------


@cases(
    ("5000", "5000"),
    ("007", "007"),  # canonical text is left alone
    ("1234.50", "1234.50"),
    ("-3", "-3"),
    ("12,345.6", "12345.6"),
    ("１２，３４５", "12345"),
    (" 5 000 ", "5000"),
    ("5000元", "5000"),
    ("￥5000.00", "5000"),
    ("1.1万", "11000"),
    ("1.1万元", "11000"),
    ("3千元", "3000"),
    ("1万2千元", (None, "bad_number")),
    ("(123)", "-123"),
    ("（123）", "-123"),
    ("−5", "-5"),
    ("+5", "5"),
    ("-0元", "0"),
    (".5", "0.5"),
    ("5000.", "5000"),
    ("1.2E+05", "120000"),
    ("约3000元", (None, "approximate")),
    ("3000左右", (None, "approximate")),
    ("5000多元", (None, "approximate")),
    ("约五千多", (None, "approximate")),
    ("三", ("3", "written_numeral")),
    ("一万", ("10000", "written_numeral")),
    ("1,23", (None, "bad_number")),
    ("5000-6000", (None, "bad_number")),
    ("3户", (None, "bad_number")),
    ("是", (None, "bad_number")),
    ("无", (None, "bad_number")),  # none, or not collected? not ours to say
    ("50%", (None, "bad_number")),
    ("9" * 41 + "元", (None, "bad_number")),
    ("1e999999999", (None, "bad_number")),
    ("—", None),
    ("/", None),
    ("　", None),
    ("NULL", None),
    ("0", "0"),
    ("#N/A", (None, "error_value")),
)
def test_amounts_in_yuan(text: str, expected: Any) -> None:
    assert_cleaned(clean("number", text, unit="元"), expected)


@pytest.mark.parametrize(
    ("text", "unit", "header_unit", "expected"),
    [
        ("12000元", "万元", None, "1.2"),
        ("1.2万", "万元", None, "1.2"),
        ("1.2", "万元", "万元", "1.2"),
        ("1.2", "元", "万元", "12000"),
        ("5000元", "元", "万元", "5000"),  # the cell knows better than the header
        ("1.10", "元", "元", "1.10"),
        ("3", "元", "个", "3"),
        ("3亩5分", "亩", None, "3.5"),
        ("3.5亩", "亩", "亩", "3.5"),
        ("1公顷", "亩", None, "15"),
        ("5分3亩", "亩", None, None),
        ("500米", "公里", None, "0.5"),
        ("500", "公里", "米", "0.5"),
        ("2里", "公里", None, "1"),
        ("3千米", "公里", None, "3"),
        ("120㎡", "平方米", None, "120"),
        ("120m²", "平方米", "㎡", "120"),
        ("5口人", "人", None, "5"),
        ("10个月", "月", None, "10"),
        ("1年", "月", None, "12"),
        ("50%", "%", None, "50"),
        ("50%", None, None, "0.5"),
        ("5000元", None, None, "5000"),
    ],
)
def test_units(text: str, unit: str | None, header_unit: str | None, expected: str | None) -> None:
    assert clean("number", text, unit=unit, header_unit=header_unit).value == expected


# ---- days, months, years -------------------------------------------------------------------------------------------


@cases(
    ("202204", "202204"),
    ("202204.0", "202204"),
    ("2022年04月", "202204"),
    ("2022年4月", "202204"),
    ("2022年4月份", "202204"),
    ("2022.4", "202204"),
    ("2022.04", "202204"),
    ("2022.10", "202210"),
    ("2022.1", "202201"),
    ("2022-4", "202204"),
    ("2022/4", "202204"),
    ("２０２２．４", "202204"),
    ("20220429", "202204"),
    ("20220429.0", "202204"),
    ("2022.4.29", "202204"),
    ("2022-04-29 00:00:00", "202204"),
    ("44680", ("202204", "excel_serial")),
    ("2022429", (None, "lost_separator")),
    ("202151", (None, "lost_separator")),
    ("20221", (None, "lost_separator")),
    ("202213", (None, "lost_separator")),
    ("2022.13", (None, "bad_date")),
    ("2022", (None, "year_only")),
    ("2022年", (None, "year_only")),
    ("22.4", (None, "two_digit_year")),
    ("22年4月", (None, "two_digit_year")),
    ("4月", (None, "no_year")),
    ("2022.3-2022.8", (None, "bad_date")),
    ("220404", (None, "two_digit_year")),
    ("至今", (None, "bad_date")),
    ("/", None),
    ("无", None),
    ("0", None),
    ("0000-00-00", None),
)
def test_months(text: str, expected: Any) -> None:
    assert_cleaned(clean("month", text, reference_year=2022), expected)


@cases(
    ("2022.1", ("202201", "ambiguous_month")),
    ("2022.4", "202204"),
    ("2022.12", "202212"),
    ("44680", "202204"),
    ("44680.5", "202204"),
    ("20214", (None, "lost_separator")),
    ("202204", "202204"),
)
def test_months_that_excel_held_as_numbers(text: str, expected: Any) -> None:
    assert_cleaned(clean("month", text, kind=NUMBER), expected)


@cases(
    ("至今", "至今"),
    ("长期", "至今"),
    ("—", "至今"),
    ("/", "至今"),
    ("", None),
    ("202204", "202204"),
    ("以后", (None, "bad_date")),
)
def test_open_ends_only_where_a_column_has_them(text: str, expected: Any) -> None:
    assert_cleaned(clean("month", text, open_end=True), expected)


@cases(
    ("20220429", "20220429"),
    ("19800101.0", "19800101"),
    ("2022年4月9日", "20220409"),
    ("2022年4月9号", "20220409"),
    ("2022.4.9", "20220409"),
    ("2022-4-9", "20220409"),
    ("2022/04/09 13:05", "20220409"),
    ("2022-04-09T00:00:00", "20220409"),
    ("44681", ("20220430", "excel_serial")),
    ("20220230", (None, "bad_date")),
    ("2022-02-30", (None, "bad_date")),
    ("18990101", (None, "bad_date")),
    ("29990101", (None, "bad_date")),
    ("2022.4", (None, "month_only")),
    ("202204", (None, "month_only")),
    ("1980", (None, "year_only")),
    ("2022429", (None, "lost_separator")),
    ("202151日", (None, "lost_separator")),
    ("80.1.1", (None, "two_digit_year")),
    ("4月29日", (None, "no_year")),
    ("不详", (None, "bad_date")),
    ("-", None),
)
def test_days(text: str, expected: Any) -> None:
    assert_cleaned(clean("date", text), expected)


@cases(
    ("44681", "20220430"), ("29221", "19800101"), ("20214", ("19550505", "excel_serial")), ("61000", (None, "bad_date"))
)
def test_days_that_excel_held_as_numbers(text: str, expected: Any) -> None:
    assert_cleaned(clean("date", text, kind=NUMBER), expected)


@cases(("2020", "2020"), ("2020年", "2020"), ("2020年度", "2020"), ("2020.0", "2020"), ("202004", "2020"), ("2020-04-29", "2020"),
       ("20年", (None, "two_digit_year")), ("2020-2021", (None, "bad_date")), ("44681", (None, "bad_date")), ("无", None))  # fmt: skip
def test_years(text: str, expected: Any) -> None:
    assert_cleaned(clean("year", text), expected)


# ---- ids and phones ------------------------------------------------------------------------------------------------


@cases(
    ("519923197001010010", "519923197001010010"),
    ("51992319700101001x", "51992319700101001X"),
    ("５１９９２３１９７００１０１００１Ｘ", "51992319700101001X"),
    (" 519923 19700101 0010 ", "519923197001010010"),
    ("519923-19700101-0010", "519923197001010010"),
    ("'519923197001010010", "519923197001010010"),
    ('="519923197001010010"', "519923197001010010"),
    ("519923197001010010.0", "519923197001010010"),
    ("\u200b519923197001010010\n", "519923197001010010"),
    ("519923197001010010_x000D_", "519923197001010010"),
    ("519923197001010011", "519923197001010011"),  # wrong stays wrong
    ("5.19923E+17", "5.19923E+17"),
    ("5.19923e+17", "5.19923E+17"),
    ("51992319700101001042", "51992319700101001042"),
    ("51992319700101001042b1", "51992319700101001042B1"),
    ("5199231970010100", "5199231970010100"),
    ("999999", "999999"),
    ("G519923197001010010", "G519923197001010010"),
    ("无", None),
    ("-", None),
    ("null", None),
)
def test_ids(text: str, expected: Any) -> None:
    assert_cleaned(clean("id", text), expected)


@cases(
    ("13812345678", "13812345678"),
    ("138 1234 5678", "13812345678"),
    ("138-1234-5678", "13812345678"),
    ("１３８１２３４５６７８", "13812345678"),
    ("13812345678.0", "13812345678"),
    ("+86 13812345678", "13812345678"),
    ("8613812345678", "13812345678"),
    ("0086-13812345678", "13812345678"),
    ("0825-7822222", "08257822222"),
    ("（0825）7822222", "08257822222"),
    ("1381234567", "1381234567"),  # a rule says that it is too short
    ("13812345678、", "13812345678"),
    ("13812345678/13912345678", ("13812345678/13912345678", "several_phones")),
    ("13812345678，13912345678", ("13812345678/13912345678", "several_phones")),
    ("13812345678 13912345678", ("13812345678/13912345678", "several_phones")),
    ("13812345678\n13912345678", ("13812345678/13912345678", "several_phones")),
    ("13812345678、13812345678", "13812345678"),
    ("13812345678(儿子)", "13812345678(儿子)"),
    ("1.38123E+10", (None, "damaged_phone")),
    ("无", None),
)
def test_phones(text: str, expected: Any) -> None:
    assert_cleaned(clean("phone", text), expected)


# ---- texts, names, places, groups ----------------------------------------------------------------------------------


@cases(("  张家  湾\n12号 ", "张家 湾 12号"), ("ＡＢ１２（三）", "AB12（三）"), ("备\u200b注", "备注"), ("a_x000D_\nb", "a b"), ("无", "无"), ("Ｎ／Ａ", None), ("—", None), ("\u3000", None))  # fmt: skip
def test_texts(text: str, expected: Any) -> None:
    assert_cleaned(clean("text", text), expected)


@cases(
    ("张　三", "张三"),
    ("\u00a0张三\t", "张三"),
    ("欧 阳 修", "欧阳修"),
    ("艾力•买买提", "艾力·买买提"),
    ("艾力・买买提", "艾力·买买提"),
    ("艾力．买买提", "艾力·买买提"),
    ("艾力.买买提", "艾力·买买提"),
    ("艾力 · 买买提", "艾力·买买提"),
    ("艾力··买买提", "艾力·买买提"),
    ("张三.", "张三."),  # no separator: nothing follows
    ("Ann Lee", "Ann Lee"),
    ("𠮷田", "𠮷田"),
    ("张\ue83b", "张\ue83b"),
    ("张三１", "张三1"),
    ("张㈠", "张㈠"),  # no NFKC in names
    ("-", None),
    ("无", None),
)
def test_names(text: str, expected: Any) -> None:
    assert_cleaned(clean("name", text), expected)


@cases((" 龙 门 村 ", "龙门村"), ("龙门村(原双河村)", "龙门村(原双河村)"), ("/", None))
def test_places(text: str, expected: Any) -> None:
    assert_cleaned(clean("place", text), expected)


@cases(
    *[(text, "1") for text in ("1", "01", "1.0", "一", "一社", "1社", "１社", "第一社", "一组", "1组", "第1村民小组", "第一村民小组", "1队", "一小组", "①社")],
    ("十社", "10"), ("十一组", "11"), ("二十三社", "23"), ("廿三社", "23"), ("卅组", "30"), ("12社", "12"),
    ("1社2社", (None, "several_groups")), ("1、2社", (None, "several_groups")), ("一社/二社", (None, "several_groups")), ("1-3组", (None, "several_groups")),
    ("张家湾组", "张家湾组"), ("三合组", "三合组"), ("龙门村3社", "龙门村3社"), ("无", None),
)  # fmt: skip
def test_groups(text: str, expected: Any) -> None:
    assert_cleaned(clean("group", text), expected)


# ---- codes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "text", "expected"),
    [
        ("sex", "1", "男"),
        ("sex", "2.0", "女"),
        ("sex", " 男 性", "男"),
        ("sex", "1-男", "男"),
        ("sex", "1女", (None, "unknown_code")),  # number and word disagree
        ("nationality", "汉", "汉族"),
        ("nationality", "07", "彝族"),
        ("relation", "长子", "之子"),
        ("relation", "媳妇", "之儿媳"),
        ("yes_no", "√", "是"),
        ("yes_no", "无", "否"),
        ("yes_no", "TRUE", "是"),
        ("yes_no", "-", None),
        ("yes_no", "是。", "是"),
        ("disability_kind", "1", "视力"),
        ("disability_kind", "2", "听力"),
        ("dibao", "是", "享受（未注明）"),
        ("dibao", "否", "未享受"),
        ("risk", "因灾", "因自然灾害"),
        ("risk", "缺水", (None, "unknown_code")),
        ("id_type", "外国人永久居留证", "外国人永久居留证"),  # an open list keeps what it does not know
    ],
)
def test_one_code(codes: str, text: str, expected: Any) -> None:
    assert_cleaned(clean("code", text, codes=codes), expected)


@pytest.mark.parametrize(
    ("codes", "text", "expected"),
    [
        ("health", "残疾,长期慢性病", "长期慢性病,残疾"),
        ("health", "残疾，长期慢性病", "长期慢性病,残疾"),
        ("health", "大病/残疾、残疾", "患有大病,残疾"),
        ("health", "残疾 慢病", "长期慢性病,残疾"),
        ("health", "残疾|头痛", (None, "unknown_code")),
        ("health", "健康；", "健康"),
        ("health", "残疾_x000D_\n慢病", "长期慢性病,残疾"),
        ("health", "无", None),
        ("measure_security", "残疾人补贴；低保+新措施", "低保,残疾人补贴,新措施"),
        ("measure_security", "孤儿/事实无人抚养", "孤儿/事实无人抚养"),
        ("measure_security", "其他（物资/现金）", "其他（物资/现金）"),
        ("post_kind", "治安/消防员,保洁", "保洁员,治安/消防员"),
        ("post_kind", "治安、消防员", "治安/消防员"),
        ("job_channel", "公益岗位", "公益性岗位"),
    ],
)
def test_several_codes(codes: str, text: str, expected: Any) -> None:
    assert_cleaned(clean("codes", text, codes=codes), expected)


# ---- laws ----------------------------------------------------------------------------------------------------------

# What really stands in cells, in any order: this finds more than random characters.
PIECES = [*"0123456789", "2022", "1999", "13812345678", "519923197001010010", *".,-/、，；|+ 　\n()（）'\"=%#", "年", "月", "日", "万", "元",
          "约", "亩", "分", "一", "十", "廿", "第", "社", "组", "无", "至今", "张", "三", "·", "•", "．", "男", "是", "低保", "残疾", "慢病", "其他", "Ｘ", "x",
          "E+", "N/A", "#N/A", "null", "\u200b", "\ufeff", "_x000D_", "_x00", "0D_", "\u0301", "\ufb01", "①", "㈠", "\ue000", "𠮷", "\u00a0", "½", "²"]  # fmt: skip
cells = st.one_of(st.text(max_size=12), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))

CONTEXTS: list[tuple[str, dict[str, Any]]] = [
    *((kind, {}) for kind in CLEANERS if kind not in ("code", "codes")),
    ("number", {"unit": "元"}),
    ("number", {"unit": "万元"}),
    ("month", {"open_end": True}),
    ("date", {"open_end": True}),
    *(("code", {"codes": name}) for name in SINGLE),
    *(("codes", {"codes": name}) for name in SEVERAL),
]
every_cleaner = pytest.mark.parametrize(("kind", "context"), CONTEXTS, ids=lambda part: str(part))

CANONICAL = {
    "number": r"-?\d+(\.\d+)?",
    "date": r"\d{8}",
    "month": r"\d{6}",
    "year": r"\d{4}",
    "name": r"\S.*\S|\S",
    "text": r"\S.*\S|\S",
    "place": r"\S.*\S|\S",
    "group": r"\S.*\S|\S",
    "phone": r"\S.*\S|\S",
    "id": r"[^\sa-z]+",
}


@every_cleaner
@given(text=cells)
@example(text="")
@example(text="#N/A,#N/A")
def test_cleaning_twice_is_cleaning_once(kind: str, context: dict[str, Any], text: str) -> None:
    once = clean(kind, text, **context)
    if once.value is not None:
        assert clean(kind, once.value, **context).value == once.value


@every_cleaner
@given(text=cells, held=st.integers(0, 4))
def test_what_comes_out_is_canonical(kind: str, context: dict[str, Any], text: str, held: int) -> None:
    value, problem = clean(kind, text, **context, kind=held)
    assert problem is None or problem in PROBLEMS
    if kind in ("code", "codes") and value is not None:
        codes = LISTS[context["codes"]]
        known = [codes.values.index(word) for word in value.split(",") if word in codes.values]
        assert known == sorted(set(known)) or codes.open
        assert codes.open or all(word in codes.values for word in value.split(","))
    elif value is not None and value != SPELLINGS.open_end_value:
        assert re.fullmatch(CANONICAL[kind], value), value


@every_cleaner
@given(text=st.text(alphabet=" \u3000\t\n\u00a0\u200b\ufeff", max_size=5))
def test_nothing_but_blanks_is_blank(kind: str, context: dict[str, Any], text: str) -> None:
    assert clean(kind, text, **context) == Cleaned(None)


@every_cleaner
def test_a_failed_formula_is_no_blank(kind: str, context: dict[str, Any]) -> None:
    assert clean(kind, "#REF!", **context) == Cleaned(None, "error_value")
    assert clean(kind, "5", **context, kind=ERROR) == Cleaned(None, "error_value")


@every_cleaner
@pytest.mark.parametrize(
    "piece", ["1", "1.", "1,", "1社", "十", ".", "· ", "张 ", "13812345678/", "无、", "2022年", "1.0", "-", "1亩", "万"]
)
def test_the_longest_cell_excel_can_hold_is_cleaned_too(kind: str, context: dict[str, Any], piece: str) -> None:
    clean(kind, (piece * 32767)[:32766] + "x", **context)


@given(cells)
def test_tidy_and_fold_settle(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert fold(tidy(text)) == fold(tidy(tidy(text)))


def test_the_problems_a_cleaner_reports_are_listed() -> None:
    folder = Path(__file__).parents[1] / "pipeline" / "cleaners"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "base.py")
    assert {problem for problem in PROBLEMS if f'"{problem}"' not in source} == set()
