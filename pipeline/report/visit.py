"""入户核查名单/<村>.xlsx: who is to be visited with everything open on each household, and a page per household to take along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from openpyxl import Workbook
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.report import form
from pipeline.report.fastsheet import Body, Column, letters, text_lines, to_arrow
from pipeline.report.fixlist import file_name
from pipeline.report.fixrows import fix_rows
from pipeline.report.mask import masked
from pipeline.report.order import with_none
from pipeline.report.results import Results, day
from pipeline.report.words import Words, wording
from pipeline.report.workbook import GRID, HEAD, HEAD_FILL, PLAIN, SHADE, TITLE, Look, merge, new_workbook, save, style

LINE_HEIGHT = 13.0
PLAIN_CELL = Look(PLAIN, None, GRID, wrap=True)
LABEL = Look(HEAD, HEAD_FILL, GRID, wrap=True, centre=True)
SECTION = Look(HEAD, SHADE, GRID, wrap=True)
HEADING = Look(TITLE, centre=True)
UNDER = Look(PLAIN, wrap=True)
AGE, BIRTH = "age", "birth_date"


def visit_words() -> Words:
    """The words of mappings/visit.yml."""
    return wording("visit.yml")


@dataclass(frozen=True)
class Home:
    """One household to be visited, with all that is known and open of it."""

    number: int
    household_no: str
    row: Mapping[Any, Any]  # its line of the roster
    facts: Mapping[str, Any]  # its row of the household table, empty where only another list knows it
    members: Sequence[Mapping[Any, Any]]
    problems: Sequence[Mapping[Any, Any]]
    doubts: Sequence[Mapping[Any, Any]]

    @property
    def reasons(self) -> list[str]:
        """Why it is to be visited, one by one."""
        return [r for r in str(self.row["reason"] or "").split(visit_words()("form.reasons.joiner")) if r]


def write(results: Results, folder: Path) -> list[Path]:
    """A workbook per village; nothing where no list of visits was made."""
    words = visit_words()
    rosters = results.rosters
    if rosters is None or not (rosters["annex"] == words("roster")).any():
        return []
    target = folder / words("folder")
    target.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    return [_write(results, village, homes, target / file_name(village, taken)) for village, homes in homes_by_village(results)]


def homes_by_village(results: Results) -> Iterator[tuple[str, list[Home]]]:
    """Each village with its households, by group."""
    words, rosters = visit_words(), results.rosters
    assert rosters is not None
    rows = with_none(rosters[rosters["annex"] == words("roster")])
    persons = results.whole("person")
    facts = by_key(results.whole("household"), rows["household_no"])
    people = persons[persons["household_no"].isin(rows["household_no"])]
    wanted = {*words.names("form.members.columns"), BIRTH, "household_no"}
    members = grouped(people[[c for c in people if c in wanted]], "household_no")
    for home, people, first in strangers(results, rows[~rows["household_no"].isin(list(facts))]):
        members[home] = people.to_dict("records")
        facts[home] = {"head_id_number": first.get("id_number"), "phone": first.get("phone"), "member_count": float(len(people))}
    problems = grouped(fix_rows(results), "household_no")
    doubts = grouped(results.review, "household_no")
    by = ["village", "by_group", "group", "household_no"]
    order = rows.assign(by_group=pd.to_numeric(rows["group"], errors="coerce")).sort_values(by, kind="stable")
    for village, part in order.groupby(order["village"].fillna(wording()("annex.unknown_unit")), sort=False):
        yield str(village), [
            Home(n, str(no), row, facts.get(str(no), {}), members.get(str(no), ()), problems.get(str(no), ()), doubts.get(str(no), ()))
            for n, (no, row) in enumerate(zip(part["household_no"], part.to_dict("records"), strict=True), start=1)
        ]


def strangers(results: Results, rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, Mapping[Any, Any]]]:
    """Households that only another list knows: their people on that list, and the row they were found by."""
    for frame in results.tables.values():
        if not len(rows) or not {"row_id", "name", "household_key"} <= set(frame.columns):
            continue
        found = with_none(frame[frame["row_id"].isin(rows["row_id"])].drop_duplicates("row_id")).set_index("row_id", drop=False)
        alike = with_none(frame[frame["household_key"].isin(found["household_key"].dropna())])
        keys = ["household_key", *(["village"] if "village" in alike else [])]  # villages number their households each from 1
        together = dict(iter(alike.groupby(keys, sort=False, dropna=False)))
        for home, row_id in zip(rows["household_no"], rows["row_id"], strict=True):
            if row_id in found.index:
                first = found.loc[row_id].to_dict()
                yield str(home), together.get(tuple(first[k] for k in keys), found.loc[[row_id]]), first


def by_key(frame: pd.DataFrame, wanted: pd.Series) -> dict[str, dict[str, Any]]:
    """The first row of each wanted household, as a mapping."""
    rows = with_none(frame[frame["household_no"].isin(wanted)].drop_duplicates("household_no"))
    return {str(row["household_no"]): {str(k): v for k, v in row.items()} for row in rows.to_dict("records")}


def grouped(frame: pd.DataFrame | None, key: str) -> dict[str, list[dict[Any, Any]]]:
    """Rows by their household."""
    found: dict[str, list[dict[Any, Any]]] = {}
    if frame is None or key not in frame:
        return found
    rows = with_none(frame[frame[key].notna()])
    for no, row in zip(rows[key], rows.to_dict("records"), strict=True):
        found.setdefault(str(no), []).append(row)
    return found


def _write(results: Results, village: str, homes: Sequence[Home], path: Path) -> Path:
    book, words = new_workbook(), visit_words()
    bodies = [form.add(book, _list(results, village, homes))]
    size = int(words.get("form.per_sheet"))
    for number, start in enumerate(range(0, len(homes), size), start=1):
        tab = words("form.tab") if number == 1 else words("form.more_tab", number=number)
        bodies.append(_pages(book, tab, results, village, homes[start : start + size]))
    return save(book, path, results.moment, bodies)


# ---- the list ------------------------------------------------------------------------------------------------------


def _list(results: Results, village: str, homes: Sequence[Home]) -> form.Form:
    """One line per household."""
    words = visit_words()
    columns: dict[str, dict[str, Any]] = words.get("list.columns")
    rows = pd.DataFrame([_line(results, home, words) for home in homes]).reindex(columns=list(columns))
    rows = rows.rename(columns={name: str(look["title"]) for name, look in columns.items()})
    widths = form.column_widths(rows, {str(look["title"]): float(look["width"]) for look in columns.values()})
    return form.Form(
        words("list.tab"), "", words("list.title", village=village),
        words("list.subtitle", place=results.place, period=results.period, rows=len(homes)), rows, widths, words.get("list.signs"),
        footer=words("form.footer", village=village, period=results.period),
    )  # fmt: skip


def _line(results: Results, home: Home, words: Words) -> dict[str, object]:
    columns = {"head": "head_name", "id": "head_id_number", "phone": "phone", "category": "category"}
    told = {name: _shown(results, "household", column, home.facts.get(column), words) for name, column in columns.items()}
    return told | {
        "number": float(home.number), "group": home.row["group"], "household_no": home.household_no, "head": told["head"] or home.row["name"],
        "people": float(len(home.members)) if home.members else None, "reason": home.row["reason"], "problems": _problem_titles(home, words),
        "doubts": float(len(home.doubts)) if home.doubts else None,
    }  # fmt: skip


def _problem_titles(home: Home, words: Words) -> str | None:
    if not home.problems:
        return None
    titles = list(dict.fromkeys(str(p["problem"]) for p in home.problems))
    limit = int(words.get("list.shown_problems"))
    shown = words("list.joiner").join(titles[:limit]) + (words("list.more") if len(titles) > limit else "")
    return words("list.problems", count=len(home.problems), titles=shown)


def _shown(results: Results, table: str, column: str, value: Any, words: Words) -> str:
    """A value as people write it, masked where visit.yml asks for it."""
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    kind = results.sensitive.get((table, column))
    if kind in words.get("mask"):
        return masked(str(kind), str(value))
    if results.types.get((table, column)) == "month" and len(str(value)) == 6:
        return f"{value[:4]}-{value[4:]}"
    return day(str(value)) if results.types.get((table, column)) == "date" else str(value)


# ---- a page per household ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One row of a page: texts with the columns they span and their look."""

    cells: tuple[tuple[str, int, Look], ...]
    least: float = 1.3  # lines: room to write by hand


def _pages(book: Workbook, tab: str, results: Results, village: str, homes: Sequence[Home]) -> Body:
    """All pages below one another, a page break after each."""
    words = visit_words()
    sheet: Worksheet = book.create_sheet(tab)
    widths = [float(w) for w in words.get("form.widths")]
    lines: list[Line] = []
    for home in homes:
        lines += _page(results, village, home, words, len(widths))
        sheet.row_breaks.append(Break(id=len(lines)))
    for number, width in enumerate(widths):
        sheet.column_dimensions[letters(number)].width = width
    _paper(sheet, words("form.footer", village=village, period=results.period), len(lines), len(widths))
    return _poured(sheet, lines, widths)


def _paper(sheet: Worksheet, footer: str, rows: int, columns: int) -> None:
    """A4 upright at full size: fitted to a page's width, Excel would forget the page breaks."""
    sheet.page_setup.paperSize, sheet.page_setup.orientation = sheet.PAPERSIZE_A4, "portrait"
    sheet.page_setup.scale = 84
    sheet.print_options.horizontalCentered = True
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.45, bottom=0.55, header=0.2, footer=0.25)
    sheet.print_area = f"A1:{letters(columns - 1)}{rows}"
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = footer.replace("&", "&&"), wording()("page")


def _page(results: Results, village: str, home: Home, words: Words, width: int) -> Iterator[Line]:
    subtitle = words("form.subtitle", household_no=home.household_no, group=home.row["group"] or "", period=results.period, number=home.number)
    yield Line(((words("form.title", village=village), width, HEADING),), 2.2)
    yield Line(((subtitle, width, UNDER),))
    yield from _facts(results, home, words, width)
    yield from _members(results, home, words, width)
    yield _section(words("form.reasons.section"), width)
    for number, reason in enumerate(home.reasons, start=1):
        yield Line(((words("form.reasons.line", number=number, reason=reason), width, PLAIN_CELL),))
    yield from _problems(home, words, width)
    yield from _doubts(home, words, width)
    yield from _looks(results, home, words, width)
    yield _section(words("form.conclusions.section"), width)
    for line in words.get("form.conclusions.lines"):
        yield Line(((line, width, PLAIN_CELL),), 1.6)
    yield Line(((words("form.signatures"), width, UNDER),), 3.6)


def _section(title: str, width: int) -> Line:
    return Line(((title, width, SECTION),))


def _facts(results: Results, home: Home, words: Words, width: int) -> Iterator[Line]:
    """Label and value in turn, four pairs to a line."""
    facts = {"head_name": home.row["name"], "household_no": home.household_no, **{k: v for k, v in home.facts.items() if v is not None}}
    pairs = [(label, _shown(results, "household", c, facts.get(c), words)) for c, label in words.names("form.facts").items()]
    per_line = width // 2
    for start in range(0, len(pairs), per_line):
        part = (*pairs[start : start + per_line], *([("", "")] * per_line))[:per_line]
        yield Line(tuple(cell for label, value in part for cell in ((label, 1, LABEL), (value, 1, PLAIN_CELL))))


def _members(results: Results, home: Home, words: Words, width: int) -> Iterator[Line]:
    columns = words.names("form.members.columns")
    yield _section(words("form.members.section"), width)
    yield Line(tuple((label, 1, LABEL) for label in columns.values()))
    if not home.members:
        yield Line(((words("form.members.unknown"), width, PLAIN_CELL),), 3)
    for member in home.members:
        told = {str(k): v for k, v in member.items()} | {AGE: age(member.get(BIRTH), results.reference_date)}
        yield Line(tuple((_shown(results, "person", c, told.get(c), words), 1, PLAIN_CELL) for c in columns))


def age(birth: object, reference: str) -> str | None:
    """Full years on the reference day."""
    text = str(birth or "")
    return str((int(reference) - int(text)) // 10000) if len(text) == 8 and text.isdigit() and reference.isdigit() else None


def _problems(home: Home, words: Words, width: int) -> Iterator[Line]:
    """The problem and what to check, the value as it is, room for what was found: half the width, a quarter, a quarter."""
    spans = (width // 2, width // 4, width - width // 2 - width // 4)
    yield _section(words("form.problems.section"), width)
    if not home.problems:
        yield Line(((words("form.problems.none"), width, PLAIN_CELL),))
        return
    yield Line(tuple((t, s, LABEL) for t, s in zip(words.get("form.problems.columns"), spans, strict=True)))
    for number, problem in enumerate(home.problems, start=1):
        value = words("form.problems.value", label=problem["label"] or "", value=problem["value"]) if problem["value"] else ""
        line = words("form.problems.line", number=number, problem=problem["problem"] or "", fix=problem["fix"] or "")
        yield Line(tuple((t, s, PLAIN_CELL) for t, s in zip((line, value, ""), spans, strict=True)), 2)


def _doubts(home: Home, words: Words, width: int) -> Iterator[Line]:
    if home.doubts:
        yield _section(words("form.doubts.section"), width)
    for number, pair in enumerate(home.doubts, start=1):
        told = {k: pair.get(k) or "" for k in ("title", "their_name", "their_idno", "our_name")}
        yield Line(((words("form.doubts.line", number=number, **told), width, PLAIN_CELL),), 1.8)


def _looks(results: Results, home: Home, words: Words, width: int) -> Iterator[Line]:
    """Income, schooling, medical care, housing, water: what the data say, and boxes for what is seen."""
    spans = (1, 2, width - 3)
    yield _section(words("form.looks.section"), width)
    yield Line(tuple((t, s, LABEL) for t, s in zip(words.get("form.looks.columns"), spans, strict=True)))
    for look in words.get("form.looks.rows"):
        texts = [
            words("form.looks.value", label=label, value=value)
            for c, label in look["columns"].items()
            if (value := _shown(results, "household", c, home.facts.get(c), words))
        ]
        told = words("form.looks.joiner").join(texts) or words("form.looks.blank")
        yield Line(((str(look["look"]), spans[0], LABEL), (told, spans[1], PLAIN_CELL), (str(look["seen"]), spans[2], PLAIN_CELL)), 2)


def _poured(sheet: Worksheet, lines: Sequence[Line], widths: Sequence[float]) -> Body:
    """The lines as columns of text and styles; cells that a text spans are merged."""
    texts: list[list[str | None]] = [[None] * len(lines) for _ in widths]
    looks = np.zeros((len(widths), len(lines)), dtype=np.int64)
    spanned: list[tuple[int, float, str]] = []  # line, width of the span, text
    for row, line in enumerate(lines):
        column = 0
        for text, span, look in line.cells:
            texts[column][row] = text or None
            looks[column : column + span, row] = style(sheet, look)
            spanned.append((row, sum(widths[column : column + span]), text))
            merge(sheet, row + 1, column + 1, column + span)
            column += span
    columns = [Column(to_arrow(pd.Series(values, dtype=object)), style_) for values, style_ in zip(texts, looks, strict=True)]
    return Body(sheet.title, 1, columns, _heights(spanned, lines), blanks=True)


def _heights(spanned: Sequence[tuple[int, float, str]], lines: Sequence[Line]) -> Any:
    """The height in which the fullest cell of each line is seen."""
    needed = np.array([line.least for line in lines])
    rows = np.array([row for row, _, _ in spanned], dtype=np.int64)
    widths = np.array([width for _, width, _ in spanned])
    texts = pa.array([text for _, _, text in spanned], pa.string())
    for width in np.unique(widths):
        mine = np.flatnonzero(widths == width)
        np.maximum.at(needed, rows[mine], text_lines(texts.take(pa.array(mine)), float(width) + 1))
    return np.minimum(needed * LINE_HEIGHT + 4, 400)
