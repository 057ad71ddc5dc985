"""总结报告.docx: the campaign's report with numbers, tables and findings filled in, judgement left to the writer in marked places.

Text, numbers and tables stand in mappings/summary.yml; every number is counted from a table that programs get as well, and
an appendix says which.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.report.results import Results
from pipeline.report.tables import products
from pipeline.report.words import Words, wording

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

NUMBER_KEYS = frozenset({"table", "is", "filled", "unique", "month", "percent", "say"})


def summary_words() -> Words:
    """What mappings/summary.yml says."""
    return wording("summary.yml")


def write(results: Results, folder: Path) -> list[Path]:
    """Nothing where no list was screened: there is no campaign to report on."""
    if results.rosters is None or not results.annexes:
        return []
    path = folder / summary_words()("file")
    path.write_bytes(stamped(document(results), results.moment))
    return [path]


# ---- numbers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counter:
    """Counts rows of the tables that tables/*.parquet hold."""

    frames: Mapping[str, pd.DataFrame]
    month: str

    @classmethod
    def of(cls, results: Results) -> Counter:
        return cls({**{t: results.whole(t) for t in results.tables}, **products(results)}, results.reference_date[:6])

    def rows(self, asked: Mapping[str, Any]) -> pd.DataFrame:
        """The rows a number counts; none where the table or a column is not there."""
        frame = self.frames.get(asked["table"], pd.DataFrame())
        wanted = [*asked.get("is", {}), *(asked[k] for k in ("filled", "unique", "month") if k in asked)]
        if any(column not in frame for column in wanted):
            return frame.iloc[:0]
        for column, values in asked.get("is", {}).items():
            frame = frame[frame[column].astype(str).isin([values] if isinstance(values, str) else values)]
        if "filled" in asked:
            frame = frame[frame[asked["filled"]].notna()]
        if "month" in asked:
            frame = frame[frame[asked["month"]] == self.month]
        return frame[frame[asked["unique"]].notna()].drop_duplicates(asked["unique"]) if "unique" in asked else frame

    def by_village(self, asked: Mapping[str, Any]) -> pd.Series:
        """The number in each village."""
        rows = self.rows(asked)
        return rows["village"].value_counts() if "village" in rows else pd.Series(dtype=int)

    @cached_property
    def villages(self) -> list[str]:
        """The villages of the system's households."""
        return sorted(self.frames["household"]["village"].dropna().unique())


def numbers(counter: Counter, asked: Mapping[str, Mapping[str, Any]]) -> dict[str, int | float]:
    """Every number by its name; a share is between 0 and 1, 0 where there is nothing to share."""
    found: dict[str, int | float] = {name: len(counter.rows(what)) for name, what in asked.items() if "table" in what}
    for name, what in asked.items():
        if "percent" in what:
            part, whole = (found[n] for n in what["percent"])
            found[name] = part / whole if whole else 0.0
    return found


def told(value: int | float) -> str:
    """7 or 12.5%."""
    return f"{value:.1%}" if isinstance(value, float) else str(value)


# ---- the document --------------------------------------------------------------------------------------------------


def document(results: Results) -> Document:
    """The report, page by page as it is read."""
    import docx

    words, counter = summary_words(), Counter.of(results)
    asked: Mapping[str, Mapping[str, Any]] = words.get("numbers")
    found = numbers(counter, asked)
    campaign = results.manifest.get("campaign") or {}
    values = {"place": results.place, "year": str(campaign.get("year") or results.reference_date[:4]), **{k: told(v) for k, v in found.items()}}
    writer = Writer(docx.Document(), words)
    writer.page()
    writer.title(words("title", **values))
    for part in words.get("text"):
        if not part.get("when") or found[part["when"]]:
            _part(writer, part, values, results, counter)
    writer.heading(words("appendix"))
    writer.table(words.get("appendix_columns"), [_source(asked[name], found[name], words) for name in asked], widths=(8.2, 2.4, 5.0))
    return writer.document


def _part(writer: Writer, part: Mapping[str, Any], values: Mapping[str, str], results: Results, counter: Counter) -> None:
    if "heading" in part:
        writer.heading(part["heading"])
    if "second" in part:
        writer.second(part["second"])
    if "para" in part:
        writer.para(part["para"].format(**values))
    if "judge" in part:
        writer.judge(part["judge"])
    if "sign" in part:
        writer.sign(part["sign"].format(**values))
    if "table" in part:
        made = table(part["table"], results, counter, writer.words)
        if made is not None:
            writer.caption(writer.words(f"tables.{part['table']}.title"))
            writer.table(*made)


def _source(asked: Mapping[str, Any], value: int | float, words: Words) -> list[str]:
    where = words("source", table=asked["table"]) if "table" in asked else words("source_percent")
    return [asked["say"], told(value), where]


def table(name: str, results: Results, counter: Counter, words: Words) -> tuple[list[str], list[list[str]]] | None:
    """Titles and rows of one of the report's tables; None where there is nothing to show."""
    asked: Mapping[str, Any] = words.get(f"tables.{name}")
    if "frame" in asked:
        return _framed(results, asked["columns"])
    if "count" in asked:
        rows = counter.rows({k: v for k, v in asked["count"].items() if k in NUMBER_KEYS})
        counts = rows[asked["count"]["by"]].value_counts() if len(rows) else pd.Series(dtype=int)
        counts = counts.sort_index().sort_values(ascending=False, kind="stable").head(int(asked["count"]["top"]))
        return list(asked["columns"]), [[str(k), str(v)] for k, v in counts.items()]
    columns = asked["columns"]
    sums = {label: counter.by_village(what) for label, what in columns.items() if what != "village"}
    whole = {label: len(counter.rows(what)) for label, what in columns.items() if what != "village"}
    rest = {label: n - int(sums[label].reindex(counter.villages).sum()) for label, n in whole.items()}
    lines = [(village, {label: int(sums[label].get(village, 0)) for label in whole}) for village in counter.villages]
    lines += [(wording()("unknown_village"), rest)] if any(rest.values()) else []
    lines.append((asked["total"], whole))
    return list(columns), [[name if what == "village" else str(row[label]) for label, what in columns.items()] for name, row in lines]


def _framed(results: Results, only: Sequence[str]) -> tuple[list[str], list[list[str]]] | None:
    """The villages' risks as risk.py lays them out for print."""
    from pipeline.report.risk import shown

    rows = shown(results, results.village_risk, only)
    if rows is None or not len(rows):
        return None
    return [str(c) for c in rows.columns], [["" if v is None else str(v) for v in row] for row in rows.to_numpy().tolist()]


@dataclass(frozen=True)
class Writer:
    """Paragraphs and tables in the look of an official document."""

    document: Document
    words: Words

    def page(self) -> None:
        """A4 with the margins of official documents; no line of the template's own text."""
        from docx.shared import Cm

        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Cm(3.5), Cm(3), Cm(2.7), Cm(2.6)

    def title(self, text: str) -> None:
        from docx.enum.text import WD_PARAGRAPH_ALIGNMENT

        paragraph = self._paragraph(text, "title", 22)
        paragraph.alignment = WD_PARAGRAPH_ALIGNMENT.CENTER
        paragraph.paragraph_format.space_after = self._points(16)

    def heading(self, text: str) -> None:
        self._indented(self._paragraph(text, "heading", 16), keep=True)

    def second(self, text: str) -> None:
        self._indented(self._paragraph(text, "second", 16), keep=True)

    def para(self, text: str) -> None:
        self._indented(self._paragraph(text, "body", 16))

    def judge(self, what: str) -> None:
        """A place for the writer, on yellow so that nobody hands it in unfilled."""
        from docx.enum.text import WD_COLOR_INDEX

        paragraph = self._paragraph(self.words("judge", what=what), "body", 16)
        paragraph.runs[0].font.highlight_color = WD_COLOR_INDEX.YELLOW
        self._indented(paragraph)

    def caption(self, text: str) -> None:
        from docx.enum.text import WD_PARAGRAPH_ALIGNMENT

        paragraph = self._paragraph(text, "heading", 12)
        paragraph.alignment, paragraph.paragraph_format.keep_with_next = WD_PARAGRAPH_ALIGNMENT.CENTER, True

    def sign(self, text: str) -> None:
        from docx.enum.text import WD_PARAGRAPH_ALIGNMENT

        for line in text.split("\n"):
            self._paragraph(line, "body", 16).alignment = WD_PARAGRAPH_ALIGNMENT.RIGHT

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float] = ()) -> None:
        """A table with borders whose titles are repeated on every page."""
        from docx.enum.text import WD_PARAGRAPH_ALIGNMENT
        from docx.oxml import OxmlElement
        from docx.shared import Cm

        centre, left = WD_PARAGRAPH_ALIGNMENT.CENTER, WD_PARAGRAPH_ALIGNMENT.LEFT
        made = self.document.add_table(rows=1 + len(rows), cols=len(titles), style="Table Grid")
        made.autofit = not widths
        for number, width in enumerate(widths):
            made.columns[number].width = Cm(width)
        for number, texts in enumerate([titles, *rows]):
            cells = made.rows[number].cells
            for column, (cell, text) in enumerate(zip(cells, texts, strict=True)):
                self._run(cell.paragraphs[0], text, "table", 9).font.bold = number == 0
                cell.paragraphs[0].alignment = centre if number == 0 or re.fullmatch(r"[\d.,%]*", text) else left
                spacing = cell.paragraphs[0].paragraph_format
                spacing.space_before = spacing.space_after = self._points(1.5)
                if widths:
                    cell.width = Cm(widths[column])
        made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        self.document.add_paragraph()

    def _paragraph(self, text: str, font: str, size: float) -> Paragraph:
        paragraph = self.document.add_paragraph()
        self._run(paragraph, text, font, size)
        paragraph.paragraph_format.line_spacing = self._points(28) if size >= 16 else None
        paragraph.paragraph_format.space_after = self._points(0)
        return paragraph

    def _run(self, paragraph: Paragraph, text: str, font: str, size: float) -> Any:
        from docx.oxml.ns import qn

        run = paragraph.add_run(text)
        name = self.words(f"fonts.{font}")
        run.font.name, run.font.size = name, self._points(size)
        fonts: Any = run._element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), name)
        return run

    def _indented(self, paragraph: Paragraph, keep: bool = False) -> None:
        paragraph.paragraph_format.first_line_indent = self._points(32)
        paragraph.paragraph_format.keep_with_next = keep

    def _points(self, size: float) -> Any:
        from docx.shared import Pt

        return Pt(size)


def stamped(made: Document, moment: datetime) -> bytes:
    """The document's bytes with every time in it being `moment`: equal input gives equal bytes."""
    made.core_properties.author = made.core_properties.last_modified_by = "qingxi"
    made.core_properties.created = made.core_properties.modified = moment
    made.core_properties.comments = ""
    plain, out = io.BytesIO(), io.BytesIO()
    made.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, moment.timetuple()[:6])
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            target.writestr(info, source.read(name))
    return out.getvalue()
