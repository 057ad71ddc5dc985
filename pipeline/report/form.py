"""An official sheet: number and title above, a table with borders, signatures below, as it is printed on A4 and handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.report.fastsheet import Body, Column, letters, text_lines, to_arrow
from pipeline.report.words import wording
from pipeline.report.workbook import GRID, HEAD, HEAD_FILL, PLAIN, TITLE, Look, merge, printed, put, style

HEAD_ROW = 4
LINE_HEIGHT = 13.5
WIDEST = 24  # of a column nobody has set a width for
SCREEN = 150  # characters across a screen: a wider sheet keeps its first columns in sight
IN_SIGHT = 30
SHORT = 20  # characters: an id and whatever is no longer
HEAD_LINES = 4  # a column's title is never higher than this


@dataclass(frozen=True)
class Form:
    """What one sheet shows; `widths` are those of its columns, column_widths() finds them."""

    tab: str
    number: str  # 附件1, above the title at the left; what is inferred is said beside it
    title: str
    subtitle: str
    rows: pd.DataFrame
    widths: Sequence[float]
    signs: Sequence[str]
    footer: str = ""
    empty: str = ""  # said in place of rows where there are none
    spare: int = 0  # lines left for handwriting below the rows
    portrait: bool = False


def add(book: Workbook, form: Form) -> Body:
    """A sheet with the form; the body is to be poured in when the workbook is saved."""
    sheet: Worksheet = book.create_sheet(form.tab)
    widths = list(form.widths)
    last = letters(max(len(widths) - 1, 0))
    _top(sheet, form, widths)
    body = _body(sheet, form, widths)
    below = HEAD_ROW + 1 + body.rows
    if not len(form.rows) and form.empty:
        put(sheet, below, 1, form.empty)
        below += 1
    _signatures(sheet, form.signs, below, widths)
    printed(sheet, HEAD_ROW)
    if form.portrait:
        sheet.page_setup.orientation = "portrait"
    sheet.print_area = f"A1:{last}{below + 1}"
    sheet.oddFooter.left.text = form.footer.replace("&", "&&")
    return body


def column_widths(rows: pd.DataFrame, wanted: Mapping[str, float | None]) -> list[float]:
    """The width of each column, in Latin characters."""
    return [column_width(str(name), wanted.get(str(name)), rows[name]) for name in rows.columns]


def column_width(title: str, wanted: float | None, values: pd.Series) -> float:
    """The wanted width, else one in which the title stands in three lines and most of what is below in one.

    A figure that does not fit its column is shown as ###, so no column is narrower than its longest figure.
    """
    texts = list(values.dropna().astype(str).unique())
    figures = pd.api.types.is_numeric_dtype(values.dtype)
    if figures:
        texts = [f"{n:.2f}".rstrip("0").rstrip(".") for n in values.dropna().unique()]
    longest = max(map(half_widths, texts), default=0) + 2
    if wanted:
        return float(max(wanted, longest - 1)) if figures else float(wanted)
    least = np.ceil(half_widths(title) / 3 / 2) * 2 + 3
    return float(np.clip(max(least, longest), 8, WIDEST))


def lines_of(text: str, width: float) -> int:
    """Lines one text takes; text_lines() is the quick way for many."""
    return max(int(np.ceil(half_widths(text) / width)), 1)


def half_widths(text: str) -> int:
    """Columns a text takes on one line: a Chinese character two, a Latin one one."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _top(sheet: Worksheet, form: Form, widths: Sequence[float]) -> None:
    """Number, title, who hands in what, column titles."""
    put(sheet, 1, 1, form.number, Look(HEAD))
    put(sheet, 2, 1, form.title, Look(TITLE, wrap=True, centre=True))
    put(sheet, 3, 1, form.subtitle)
    for row in (1, 2, 3):
        merge(sheet, row, 1, len(widths))
    title_lines = lines_of(form.title, sum(widths) / 1.6)
    for row, height in ((1, 16), (2, 24 * max(title_lines, 1) + 4), (3, 18)):
        sheet.row_dimensions[row].height = height
    titles = [str(name) for name in form.rows.columns]
    for number, (title, width) in enumerate(zip(titles, widths, strict=True)):
        put(sheet, HEAD_ROW, number + 1, title, Look(HEAD, HEAD_FILL, GRID, wrap=True, centre=True))
        sheet.column_dimensions[letters(number)].width = width
    lines = max((lines_of(t, w - 1) for t, w in zip(titles, widths, strict=True)), default=1)
    sheet.row_dimensions[HEAD_ROW].height = min(lines, HEAD_LINES) * LINE_HEIGHT + 6
    sheet.freeze_panes = f"{letters(in_sight(widths))}{HEAD_ROW + 1}"


def in_sight(widths: Sequence[float]) -> int:
    """How many of the first columns, those that say who it is, stay where they are on a sheet wider than the screen."""
    return int((np.cumsum(widths) <= IN_SIGHT).sum()) if sum(widths) > SCREEN else 0


def _body(sheet: Worksheet, form: Form, widths: Sequence[float]) -> Body:
    """The rows and the empty lines below them, numbers as numbers."""
    rows = form.rows.reset_index(drop=True)
    blank = max(form.spare, 0 if len(rows) or form.empty else 1)
    rows = rows.reindex(range(len(rows) + blank))
    values = [to_arrow(rows[name]) for name in rows.columns]
    text = style(sheet, Look(PLAIN, None, GRID, wrap=True))
    short = style(sheet, Look(PLAIN, None, GRID, wrap=True, centre=True))
    figure = style(sheet, Look(PLAIN, None, GRID, "0.##", wrap=True, centre=True))
    whole = style(sheet, Look(PLAIN, None, GRID, "0", wrap=True, centre=True))
    looks = [_number_style(v, whole, figure) if pa.types.is_floating(v.type) else short if is_short(v) else text for v in values]
    columns = [Column(v, look) for v, look in zip(values, looks, strict=True)]
    return Body(sheet.title, HEAD_ROW + 1, columns, row_heights(values, widths), blanks=True)


def is_short(texts: pa.Array) -> bool:
    """Names, kinds and numbers, which stand in the middle; sentences begin at the left."""
    return bool((text_lines(texts, SHORT + 2) <= 1).all())


def _number_style(values: pa.Array, whole: int, figure: int) -> int:
    """Without decimals where no number has any: Excel would show 12. for 12 under 0.##."""
    numbers = values.drop_null().to_numpy(zero_copy_only=False)
    return whole if (numbers == np.floor(numbers)).all() else figure


def row_heights(values: Sequence[pa.Array], widths: Sequence[float], least: float = 1.6) -> npt.NDArray[np.float64]:
    """Heights at which every text is seen; never so low that nobody can write in the row by hand."""
    lines = np.full(len(values[0]) if values else 0, least)
    for column, width in zip(values, widths, strict=True):
        if pa.types.is_string(column.type) and column.null_count < len(column):
            lines = np.maximum(lines, text_lines(column, width))
    heights: npt.NDArray[np.float64] = np.minimum(lines * LINE_HEIGHT + 3, 400)  # Excel ends at 409
    return heights


def _signatures(sheet: Worksheet, signs: Sequence[str], row: int, widths: Sequence[float]) -> None:
    """One line of places to sign, below the table."""
    line = signature_line(signs)
    put(sheet, row + 1, 1, line, Look(PLAIN, wrap=True))
    merge(sheet, row + 1, 1, len(widths))
    sheet.row_dimensions[row + 1].height = 34 * lines_of(line, sum(widths) * 0.8)


def signature_line(signs: Sequence[str]) -> str:
    """村书记签字：____    日期：____年__月__日"""
    words = wording()
    days = tuple(words.get("form.days"))
    return words("form.between").join(words("form.day" if sign.endswith(days) else "form.sign", sign=sign) for sign in signs)
