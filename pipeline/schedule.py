"""What is due when, what has been handed in, and what is missing on a day: tables from the calendar and the files' names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.spec.calendar import Duty

STANDING_COLUMNS = ("date", "duty", "annex", "village", "state", "file")
HANDED_COLUMNS = ("annex", "village", "day", "file")
RECEIVED, LATE, MISSING, AHEAD = "received", "late", "missing", "ahead"
"""Handed in by its day; after it; not at all though the day is over; not yet, and not yet due."""
_NUMBERED = re.compile(r"^(?P<prefix>\D+)(?P<number>\d{1,2})$")
_DAY = re.compile(r"(?<!\d)(20\d\d)[-.年_/]?(\d{1,2})[-.月_/]?(\d{1,2})日?(?!\d)")
_SLOT = re.compile(r"\{[^{}]*\}")
_MONTH_DAY = re.compile(r"(?<!\d)(\d{1,2})月(\d{1,2})日")


@dataclass(frozen=True)
class Given:
    """A file, or a tab of one, as it came in: its path below the period's folder, its tab, the day it speaks of, its rows' villages."""

    path: str
    tab: str = ""
    as_of: str | None = None
    villages: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """file#tab"""
        return f"{self.path}#{self.tab}" if self.tab else self.path


def agenda(calendar: Sequence[Duty]) -> pd.DataFrame:
    """One row per duty and day, by day: date, duty, what, annexes, before, who, to, signs, basis."""
    rows = [
        {
            "date": day, "duty": duty.id, "what": duty.what, "annexes": "、".join(duty.annexes), "before": duty.before, "who": duty.who,
            "to": duty.to, "signs": "、".join(duty.signs), "basis": duty.basis, "rhythm": duty.rhythm,
        }
        for duty in calendar
        for day in duty.days
    ]  # fmt: skip
    columns = ["date", "duty", "what", "annexes", "before", "who", "to", "signs", "basis", "rhythm"]
    return pd.DataFrame(rows, columns=columns, dtype=object).sort_values("date", kind="stable", ignore_index=True)


def next_days(calendar: Sequence[Duty], today: str, how_many: int = 3) -> pd.DataFrame:
    """The next duties from `today` on, with the days left to each; all of one day together."""
    rows = agenda(calendar)
    rows = rows[rows["date"] >= today]
    wanted = sorted(rows["date"].unique())[:how_many]
    kept = rows[rows["date"].isin(wanted)].reset_index(drop=True)
    return kept.assign(days_left=[days_between(today, d) for d in kept["date"]])


def days_between(first: str, last: str) -> int:
    """Days from one YYYYMMDD to another."""
    return (as_date(last) - as_date(first)).days


def as_date(day: str) -> date:
    """The date that YYYYMMDD writes."""
    return date(int(day[:4]), int(day[4:6]), int(day[6:8]))


# ---- what has been handed in ---------------------------------------------------------------------------------------


def files_given(folder: Path) -> list[Given]:
    """Every file below a period's folder, by its name alone."""
    if not folder.is_dir():
        return []
    found = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "~$")))
    return [Given(p.relative_to(folder).as_posix()) for p in found]


def given_and_read(
    folder: Path, inputs: Iterable[Mapping[str, Any]], names: Mapping[str, Sequence[str]], villages_of: Callable[[str], tuple[str, ...]]
) -> list[Given]:
    """Every file of a period by its name, and every tab a run has read by what it found inside; `villages_of` a file's rows."""
    given = files_given(folder)
    there = {g.path for g in given}
    read = [i for i in inputs if i["tab"] and i["file"] in there]
    rows_of = {i["file"]: villages_of(i["file"]) for i in read if annexes_named(i["file"], names)}
    return given + [Given(i["file"], i["tab"], i["as_of"], rows_of.get(i["file"], ())) for i in read]


def annex_words(calendar: Sequence[Duty], titles: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Each annex of the calendar with the words by which its title ({…} left open) is known in a file's name."""
    longest = {name: max(_SLOT.sub("\n", title).split("\n"), key=len) for name, title in titles.items()}
    names = dict.fromkeys(annex for duty in calendar for annex in duty.annexes)
    return {name: (longest[name],) if len(longest.get(name, "")) >= 6 else () for name in names}


def handed_in(
    given: Iterable[Given], names: Mapping[str, Sequence[str]], villages: Sequence[str], period: str, calendar: Sequence[Duty]
) -> pd.DataFrame:
    """Which annex came in of which village, on which day (None where nothing tells it); names: annex -> other words for it.

    A period older than the calendar's first month holds another year's sheets.
    """
    days = [day for duty in calendar for day in duty.days]
    if not days or re.sub(r"\D", "", period)[:6] < min(days)[:6]:
        return pd.DataFrame(columns=list(HANDED_COLUMNS), dtype=object)
    places = Villages(villages)
    rows = [
        {"annex": annex, "village": village, "day": _day_of(one, period, int(min(days)[:4])), "file": one.name}
        for one in given
        for annex in annexes_named(one.name, names)
        for village in places.named(one.name) or one.villages
    ]
    return pd.DataFrame(rows, columns=list(HANDED_COLUMNS), dtype=object).drop_duplicates(ignore_index=True)


class Villages:
    """Knows village names inside other text, the longest first: 柏树湾村 is not 树湾村."""

    def __init__(self, names: Sequence[str]) -> None:
        known = sorted({n for n in names if n}, key=lambda n: (-len(n), n))
        self._pattern = re.compile("|".join(map(re.escape, known))) if known else None

    def named(self, text: str) -> tuple[str, ...]:
        """The villages a text names, in its order."""
        return tuple(dict.fromkeys(self._pattern.findall(text))) if self._pattern else ()


def annexes_named(text: str, names: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The annexes a file's name speaks of: by number (附件1、3-5), or by words of their titles."""
    numbered: dict[str, dict[int, str]] = {}
    for name in names:
        if match := _NUMBERED.match(name):
            numbered.setdefault(match["prefix"], {})[int(match["number"])] = name
    found = {by[n] for prefix, by in numbered.items() for n in _numbers_after(prefix, text) if n in by}
    found |= {name for name, words in names.items() if any(word in text for word in (*words, *([] if _NUMBERED.match(name) else [name])))}
    return tuple(name for name in names if name in found)


def _numbers_after(prefix: str, text: str) -> set[int]:
    """附件1、3-5 names 1, 3, 4 and 5."""
    found: set[int] = set()
    for match in re.finditer(rf"{re.escape(prefix)}\s*[（(【\[]?\s*(\d{{1,2}}(?!\d)(?:\s*[、,，和\-~至—]\s*\d{{1,2}}(?![\d月日年]|\.\d))*)", text):
        for part in re.split(r"[、,，和]", match[1]):
            ends = [int(n) for n in re.findall(r"\d+", part)]
            found |= set(range(ends[0], ends[-1] + 1)) | {ends[0]}
    return found


def _day_of(one: Given, period: str, year: int) -> str | None:
    """The day in the file's name, then the day its title speaks of, then the period's own if it is a day."""
    dated = [_valid(int(y), int(m), int(d)) for y, m, d in _DAY.findall(one.name)]
    dated += [_valid(year, int(m), int(d)) for m, d in _MONTH_DAY.findall(one.name)]
    dated += [one.as_of if one.as_of and len(one.as_of) == 8 else None, day_of_period(period)]
    return next((d for d in dated if d), None)


def day_of_period(period: str) -> str | None:
    """2022-05-06 is a day; 2022-05 is none."""
    digits = re.sub(r"\D", "", period)
    return _valid(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if len(digits) == 8 else None


def _valid(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).strftime("%Y%m%d")
    except ValueError:
        return None


# ---- due against handed in -----------------------------------------------------------------------------------------


def standing(calendar: Sequence[Duty], handed: pd.DataFrame, villages: Sequence[str], today: str) -> pd.DataFrame:
    """One row per day, annex and village of what villages owe: received, late, missing or still ahead on `today`."""
    due = pd.DataFrame(
        [(day, duty.id, annex) for duty in calendar if duty.who == "village" for annex in duty.annexes for day in duty.days],
        columns=["date", "duty", "annex"], dtype=object,
    ).sort_values("date", kind="stable")  # fmt: skip
    rows = due.merge(pd.DataFrame({"village": list(villages)}, dtype=object), how="cross")
    days_of = {str(annex): sorted(part["date"].unique()) for annex, part in due.groupby("annex")}
    met = _met(handed, days_of)
    keys = list(zip(rows["annex"], rows["village"], rows["date"], strict=True))
    rows["state"] = [_state(met.get(key), key[2], today) for key in keys]
    rows["file"] = [met[key][1] if key in met else None for key in keys]
    return rows.reindex(columns=list(STANDING_COLUMNS)).reset_index(drop=True)


def _met(handed: pd.DataFrame, days_of: Mapping[str, Sequence[str]]) -> dict[tuple[str, str, str], tuple[str | None, str]]:
    """(annex, village, due day) -> the day and file that meet it: the first due day not before it, else the last.

    A sheet without a day meets every due day of its annex: it cannot be held against the village.
    """
    met: dict[tuple[str, str, str], tuple[str | None, str]] = {}
    for annex, village, day, file in handed.itertuples(index=False):
        days = list(days_of.get(annex, ()))
        wanted = days if day is None else [next((d for d in days if d >= day), days[-1])] if days else []
        for due in wanted:
            known = met.get((annex, village, due))
            if known is None or (day or "") < (known[0] or ""):
                met[annex, village, due] = (day, file)
    return met


def _state(met: tuple[str | None, str] | None, due: str, today: str) -> str:
    """Handed in later than today has not been handed in today."""
    if met is not None and (met[0] is None or met[0] <= today):
        return LATE if met[0] is not None and met[0] > due else RECEIVED
    return MISSING if due < today else AHEAD


def by_village(rows: pd.DataFrame, today: str) -> pd.DataFrame:
    """Per village: due so far, received, late, missing, and which are missing (附件8（5-6）…), newest day first."""
    so_far = rows[(rows["date"] < today) | rows["state"].isin([RECEIVED, LATE])]
    counts = so_far.groupby(["village", "state"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=[RECEIVED, LATE, MISSING], fill_value=0).reindex(rows["village"].drop_duplicates(), fill_value=0)
    lacks: dict[str, dict[str, list[str]]] = {}
    for row in rows[rows["state"] == MISSING].sort_values("date", ascending=False, kind="stable").to_dict("records"):
        lacks.setdefault(row["village"], {}).setdefault(row["date"], []).append(row["annex"])
    listed = [_listed(lacks.get(str(village), {})) for village in counts.index]
    return counts.assign(due=counts.sum(axis=1), lacks=listed).reset_index()


def _listed(days: Mapping[str, Sequence[str]]) -> str:
    return "；".join(f"{int(day[4:6])}-{int(day[6:])} {'、'.join(names)}" for day, names in days.items())


def few(lacks: str, limit: int = 3) -> str:
    """The newest missing sheets, and how many older days there are besides."""
    parts = lacks.split("；") if lacks else []
    return "；".join(parts[:limit]) + (f" …（+{len(parts) - limit}）" if len(parts) > limit else "")


def plus_days(day: str, days: int) -> str:
    """The day so many days later."""
    return (as_date(day) + timedelta(days)).strftime("%Y%m%d")


def newest_day(inputs: Iterable[Mapping[str, Any]], period: str, titles: Iterable[str] | None = None) -> str | None:
    """The day a period's data speak of: its own name, else the newest whole day among its inputs, of these titles if any are given."""
    wanted = None if titles is None else set(titles)
    days = [
        str(i["as_of"])
        for i in inputs
        if i.get("as_of") and len(str(i["as_of"])) == 8 and (wanted is None or i.get("recognised_as") in wanted) and _own(i)
    ]
    return day_of_period(period) or max(days, default=None)


def _own(given: Mapping[str, Any]) -> bool:
    """Not a file of the period before, whose name carries that period's folder."""
    return not re.match(r"^20\d\d[^/]*/", str(given.get("file", "")))
