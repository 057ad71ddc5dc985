"""台账/: the campaign's ledgers in their official titles, filled from the rosters, to be signed and handed in.

台账/附件N_<title>.xlsx holds the township's sheet and one per village on it; 台账/分村/<村>.xlsx one village's sheets, empty ones
too, and nobody else's; 台账/筛查名册.xlsx the working rosters of the township.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.report import form
from pipeline.report.counts import count_words, counted
from pipeline.report.fastsheet import Body
from pipeline.report.fixlist import file_name
from pipeline.report.form import Form
from pipeline.report.mask import masked, masked_text
from pipeline.report.results import Results
from pipeline.report.words import wording
from pipeline.report.workbook import new_workbook, save
from pipeline.spec.annexes import Annex, plain_column

LEDGERS = ("ledger", "template")
SHOWN_MASKED = ("id", "phone", "account")


@dataclass(frozen=True)
class Sheet:
    """One list as printed, with the village of each row."""

    annex: Annex
    rows: pd.DataFrame
    villages: pd.Series
    widths: Sequence[float]

    def of(self, village: str) -> pd.DataFrame:
        """One village's rows, numbered from 1."""
        rows = self.rows[(self.villages == village).to_numpy()]
        asked = count_words().get(self.annex.name) if count_words().has(self.annex.name) else {}
        return rows.assign(**{label: 1.0 for label, what in asked.items() if "number" in what and label in rows})


def write(results: Results, folder: Path) -> list[Path]:
    """Every ledger and roster; nothing where no list was screened."""
    if not results.annexes or results.rosters is None:
        return []
    target = folder / wording()("annex.folder")
    (target / wording()("annex.villages_folder")).mkdir(parents=True, exist_ok=True)
    sheets = [sheet_of(results, annex) for annex in results.annexes]
    ledgers = [s for s in sheets if s.annex.kind in LEDGERS]
    rosters = [s for s in sheets if s.annex.kind not in LEDGERS]
    villages = village_names(results)
    taken: set[str] = set()
    made = [_ledger_book(results, sheet, villages, target, taken) for sheet in ledgers]
    names: set[str] = set()
    made += [_village_book(results, ledgers, village, target / wording()("annex.villages_folder"), names) for village in villages]
    return [*made, *_roster_book(results, rosters, target)]


def village_names(results: Results) -> list[str]:
    """All villages of the system and of the rosters, in order; rows that name none are of an unknown one."""
    unknown = wording()("annex.unknown_unit")
    known = results.whole("household")["village"].dropna().unique().tolist()
    rosters = results.rosters["village"] if results.rosters is not None else pd.Series(dtype=object)
    listed = rosters.dropna().unique().tolist()
    return [*sorted({*known, *listed}), *([unknown] if rosters.isna().any() else [])]


def sheet_of(results: Results, annex: Annex) -> Sheet:
    """What is printed of one list, masked where its file says so."""
    rows = results.ledgers.get(annex.name)
    counts = counted(results, annex.name, [c.label for c in annex.columns], village_names(results))
    if counts is not None:
        return _sheet(annex, counts, pd.Series(village_names(results), dtype=object))
    if rows is None or results.rosters is None:
        return _sheet(annex, pd.DataFrame(columns=[c.label for c in annex.columns], dtype=object), pd.Series(dtype=object))
    villages = results.rosters["village"].reindex(rows.index).fillna(wording()("annex.unknown_unit"))
    return _sheet(annex, _masked(results, annex, rows), villages)


def _sheet(annex: Annex, rows: pd.DataFrame, villages: pd.Series) -> Sheet:
    return Sheet(annex, rows, villages, form.column_widths(rows, {c.label: c.width for c in annex.columns}))


def _masked(results: Results, annex: Annex, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with ids, phones and accounts of masked columns hidden."""
    shown = rows.copy()
    for column in annex.columns:
        if not (annex.mask or column.mask) or column.label not in shown:
            continue
        path = plain_column(column.value)
        kind = results.sensitive.get((annex.table if path and len(path) == 1 else path[0] if path else "", path[-1])) if path else None
        values = shown[column.label]
        if kind in SHOWN_MASKED or (column.mask and kind):
            shown[column.label] = [masked(str(kind), v) if isinstance(v, str) else v for v in values]
        else:
            shown[column.label] = [masked_text(v) if isinstance(v, str) else v for v in values]
    return shown


# ---- workbooks -----------------------------------------------------------------------------------------------------


def _ledger_book(results: Results, sheet: Sheet, villages: Sequence[str], folder: Path, taken: set[str]) -> Path:
    """One ledger: the township's compiled sheet first, then a sheet per village that has somebody on it."""
    words, book = wording(), new_workbook()
    title = re.sub(words("annex.clean_title"), "", heading(results, sheet.annex, ""))
    path = folder / file_name(words("annex.file", name=sheet.annex.name, title=title).removesuffix(".xlsx"), taken)
    place = results.place
    whole = numbered(sheet)
    bodies = [form.add(book, _form(results, sheet, words("annex.summary_sheet"), place, whole, words.get("annex.township_signs")))]
    tabs = {words("annex.summary_sheet").casefold()}
    for village in villages if sheet.annex.kind != "template" else ():
        if len(rows := sheet.of(village)):
            bodies.append(form.add(book, _form(results, sheet, tab_name(village, tabs), village, rows, sheet.annex.signs)))
    return save(book, path, results.moment, bodies)


def _village_book(results: Results, sheets: Sequence[Sheet], village: str, folder: Path, taken: set[str]) -> Path:
    """All ledgers of one village, a sheet each: what is handed out to it."""
    book, tabs = new_workbook(), set[str]()
    bodies = [form.add(book, _form(results, s, tab_name(s.annex.name, tabs), village, s.of(village), s.annex.signs)) for s in sheets]
    return save(book, folder / file_name(village, taken), results.moment, bodies)


def _roster_book(results: Results, sheets: Sequence[Sheet], folder: Path) -> Iterator[Path]:
    """The working rosters, a sheet each, all villages."""
    words, book, village = wording(), new_workbook(), results.label("household", "village")
    tabs: set[str] = set()
    bodies: list[Body] = []
    for sheet in sheets:
        if village not in sheet.rows:
            rows = sheet.rows.assign(**{village: sheet.villages.to_numpy()})
            sheet = _sheet(sheet.annex, rows[[village, *sheet.rows.columns]], sheet.villages)
        bodies.append(form.add(book, _form(results, sheet, tab_name(sheet.annex.name, tabs), results.place, sheet.rows, (), spare=0)))
    if sheets:
        yield save(book, folder / words("annex.rosters_file"), results.moment, bodies)


def _form(results: Results, sheet: Sheet, tab: str, unit: str, rows: pd.DataFrame, signs: Sequence[str], spare: int | None = None) -> Form:
    words, annex = wording(), sheet.annex
    number = words("annex.number_inferred" if annex.inferred else "annex.number", name=annex.name)
    template, is_count = annex.kind == "template" and not len(rows), count_words().has(annex.name)
    key = "annex.subtitle_template" if template or is_count else "annex.subtitle"
    subtitle = words(key, unit=unit, period=results.period, rows=len(rows), subject=annex.subject)
    lines = int(words.get("annex.template_lines" if template else "annex.spare")) if spare is None else spare
    lines = 0 if is_count else lines
    return Form(
        tab, number, heading(results, annex, unit), subtitle, rows, sheet.widths, signs,
        footer=words("annex.footer", unit=unit, name=annex.name, period=results.period),
        empty="" if template or len(rows) else words("annex.empty"), spare=lines,
    )  # fmt: skip


def heading(results: Results, annex: Annex, unit: str) -> str:
    """The official title with its places, month and figures filled in."""
    campaign: Mapping[str, object] = results.manifest.get("campaign") or {}
    values = {"village": unit, "township": unit, "month": str(int(results.reference_date[4:6] or 0)), "year": str(campaign.get("year", ""))}
    values |= {f"${s['name']}": _plain(s["value"]) for s in results.manifest.get("standards", [])}
    return re.sub(r"\{([^{}]+)\}", lambda m: values.get(m[1].strip(), m[0]), annex.title)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def numbered(sheet: Sheet) -> pd.DataFrame:
    """All villages' rows, numbered through, each with its village."""
    rows = sheet.rows.copy()
    for column in sheet.annex.columns:
        if is_number(column) and column.label in rows:
            rows[column.label] = [float(n) for n in range(1, len(rows) + 1)]
    return rows


def is_number(column: object) -> bool:
    """Whether a printed column is the running number."""
    value = getattr(column, "value", None)
    return getattr(value, "id", None) == "_number"


def tab_name(name: str, taken: set[str]) -> str:
    """A tab's name as Excel takes it, used once in a workbook."""
    base = safe = re.sub(r"[\\/*?:\[\]]", "_", name)[:28].strip("'") or "_"
    number = 1
    while safe.casefold() in taken:
        number += 1
        safe = f"{base}_{number}"
    taken.add(safe.casefold())
    return safe
