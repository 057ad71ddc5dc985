"""系统录入清单.xlsx: what is to be typed into the national system, household by household in the order of its pages.

Only answers that were accepted are to be typed in; what the screening proposes (回退, 重新识别 …) stands in a tab of its own
and waits for the procedure.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.report import form
from pipeline.report.results import Results
from pipeline.report.words import Words, wording
from pipeline.report.workbook import new_workbook, save

ENTRY_COLUMNS = (
    "township", "village", "group", "household_no", "person_no", "head", "name", "table", "column", "page", "field", "old", "new", "evidence", "done",
)  # fmt: skip


def write(results: Results, folder: Path) -> list[Path]:
    """Nothing where nothing was answered and nothing is proposed."""
    words = wording()
    entries = ordered(results, results.entries)
    proposed = proposals(results, words.names("entry.proposals"))
    if not len(entries) and not len(proposed):
        return []
    book = new_workbook()
    done = entries["done"].eq(True)
    tabs = {"todo": entries[~done], "done": entries[done], "proposed": proposed}
    bodies = [form.add(book, _form(results, key, rows, words)) for key, rows in tabs.items()]
    return [save(book, folder / words("entry.file"), results.moment, bodies)]


def ordered(results: Results, entries: pd.DataFrame | None) -> pd.DataFrame:
    """Entries by place and household, within it by page and field as the system asks for them."""
    rows = pd.DataFrame(columns=list(ENTRY_COLUMNS), dtype=object) if entries is None else entries.reindex(columns=list(ENTRY_COLUMNS))
    pages = {table: n for n, table in enumerate(wording().get("tables"))}
    fields = {cell: n for n, cell in enumerate(results.labels)}
    names = wording().names("tables")
    keys = rows.assign(
        by_group=pd.to_numeric(rows["group"], errors="coerce"),
        by_page=rows["table"].map(pages).fillna(len(pages)),
        by_field=[fields.get((str(t), str(c)), len(fields)) for t, c in zip(rows["table"], rows["column"], strict=True)],
        page=rows["table"].map(names).fillna(rows["page"]),
    )
    by = ["township", "village", "by_group", "group", "household_no", "by_page", "person_no", "by_field"]
    return keys.sort_values(by, kind="stable", ignore_index=True)[list(ENTRY_COLUMNS)]


def proposals(results: Results, actions: dict[str, str]) -> pd.DataFrame:
    """Households that the screening would have the system changed for, each list with what would be done; never done by itself."""
    rosters = results.rosters
    if rosters is None or not len(rosters):
        return pd.DataFrame()
    rows = rosters[rosters["annex"].isin(list(actions))]
    order = rows["annex"].map({name: n for n, name in enumerate(actions)})
    rows = rows.assign(action=rows["annex"].map(actions), order=order)
    return rows.sort_values(["township", "village", "order"], kind="stable", ignore_index=True)


def _form(results: Results, key: str, rows: pd.DataFrame, words: Words) -> form.Form:
    columns = words.get(f"entry.columns.{key}")
    titles = {name: str(look["title"]) for name, look in columns.items()}
    shown = rows.reindex(columns=list(columns)).assign(number=np.arange(1, len(rows) + 1, dtype=float)).rename(columns=titles)
    widths = form.column_widths(shown, {str(look["title"]): float(look["width"]) for look in columns.values()})
    signs: Sequence[str] = words.get("entry.signs") if key != "proposed" else ()
    title = words(f"entry.titles.{key}", place=results.place)
    subtitle = words(f"entry.subtitles.{key}", period=results.period, rows=len(rows), deadline=results.due or "")
    return form.Form(words(f"entry.tabs.{key}"), "", title, subtitle, shown, widths, signs, footer=title, empty=words("entry.empty"))
