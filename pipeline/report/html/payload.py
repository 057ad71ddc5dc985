"""The tables the page searches: problems, households, members, lists' records, links, changes; nobody's name or number whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.report.address import addresses
from pipeline.report.html.figures import Places
from pipeline.report.html.packed import pack
from pipeline.report.html.shield import Shield
from pipeline.report.order import SEVERITIES
from pipeline.report.results import Results
from pipeline.report.words import Words, page_words, wording

MOST_ROWS = 60_000  # of one kind: a page with more would no longer open quickly; the workbooks have them all, and the page says so


def problems(issues: pd.DataFrame, shield: Shield, health: set[tuple[object, object]]) -> dict[str, Any]:
    """Every problem, masked. One that speaks of somebody's health names nobody."""
    where = addresses(issues["row_id"])
    ill = about_health(issues, shield, health)
    triples = zip(issues["message"], issues["title"], ill, strict=True)
    said = [shield.sentence(title if hush or not message else message) for message, title, hush in triples]
    values = zip(issues["table"], issues["column"], issues["value"], ill, strict=True)
    return pack(
        {
            "id": issues["issue_id"],
            "rule": issues["rule"],
            "severity": [SEVERITIES.index(s) if s in SEVERITIES else len(SEVERITIES) for s in issues["severity"]],
            "dimension": issues["dimension"],
            "place": issues["place"],
            "group": issues["group"],
            "household": issues["household_no"],
            "who": ["" if hush else shield.cell("person", "name", name) for name, hush in zip(issues["name"], ill, strict=True)],
            "person": issues["person_no"],
            "cell": [f"{t}.{c}" for t, c in zip(issues["table"], issues["column"], strict=True)],
            "message": said,
            "value": [shield.cell(t, c, v) for t, c, v, _ in values],
            "fix": [shield.sentence(text) for text in issues["fix"]],
            "file": where["file"],
            "tab": where["tab"],
            "row": [None if r != r else int(r) for r in where["row"]],
            "header": [h or label for h, label in zip(issues["source_column"], issues["label"], strict=True)],
            "owner": issues["owner"].fillna("village"),
            "status": issues["status"],
        }
    )


def about_health(issues: pd.DataFrame, shield: Shield, health: set[tuple[object, object]]) -> list[bool]:
    """Which problems stand at a cell of somebody's health, or speak of it."""
    said = shield.speaks_of_health(issues["message"])
    cells = zip(issues["table"], issues["column"], said, strict=True)
    lists = shield.health_tables()
    return [(t, c) in health or t in lists or ill for t, c, ill in cells]


def households(results: Results, places: Places, shield: Shield) -> dict[str, Any]:
    """Every household by its number: place and masked head."""
    about = wording().get("about")["household"]
    frame = _keyed(results, "household", "household_no").drop_duplicates("household_no")
    names = frame[about["name"]] if about["name"] in frame.columns else pd.Series(None, index=frame.index, dtype=object)
    extra = {c: [shield.cell("household", c, v) for v in frame[c]] for c in page_words().get("household_shown") if c in frame.columns}
    return pack(
        {
            "no": frame["household_no"],
            "place": places.names(frame) if {"township", "village"} <= set(frame.columns) else [None] * len(frame),
            "group": frame["group"] if "group" in frame.columns else [None] * len(frame),
            "head": [shield.cell("household", about["name"], v) for v in names],
            **extra,
        }
    )


def members(results: Results, shield: Shield) -> dict[str, Any]:
    """Who belongs to each household, masked: name, relation, sex, year of birth."""
    frame = _keyed(results, "person", "household_no")
    columns = [c for c in page_words().get("member_shown") if c in frame.columns]
    cells = {c: [shield.cell("person", c, v) for v in frame[c]] for c in columns}
    if "birth_date" in cells:
        cells["birth_date"] = [text[:4] for text in cells["birth_date"]]
    number = frame["person_no"] if "person_no" in frame.columns else [None] * len(frame)
    return pack({"household": frame["household_no"], "person": number, **cells})


class Sheets:
    """Which list a row or a source is, by the inputs of the run; the lists of the sick are not named beside a household."""

    def __init__(self, results: Results, shield: Shield, words: Words) -> None:
        inputs = results.manifest.get("inputs", [])
        self._of_tab = {(i.get("file"), i.get("tab") or ""): str(i.get("recognised_as") or "") for i in inputs}
        self._of_source = {str(i.get("source")): str(i.get("recognised_as") or "") for i in inputs}
        frames = [results.tables[t] for t in shield.health_tables() if t in results.tables]
        self._hushed = {row for frame in frames if "row_id" in frame for row in frame["row_id"]}
        self._hush = words("health_list")

    def hushed(self, row_id: object) -> bool:
        """Is this a row of a list of the sick?"""
        return row_id in self._hushed

    def of_rows(self, row_ids: pd.Series) -> list[str]:
        """The lists in which rows stand."""
        where = addresses(row_ids)
        pairs = zip(row_ids, where["file"], where["tab"], strict=True)
        return [self._hush if self.hushed(row) else self._of_tab.get((file, tab or ""), file or "") for row, file, tab in pairs]

    def of_links(self, links: pd.DataFrame) -> list[str]:
        """The lists whose rows were linked."""
        pairs = zip(links["row_id"], links["source"], strict=True)
        return [self._hush if self.hushed(row) else self._of_source.get(str(source), str(source)) for row, source in pairs]


def room_for(numbers: pd.Series, wanted: Sequence[Any], most: int | None = None) -> tuple[set[Any], int]:
    """Which of the wanted households fit with all their rows, taken in their order, and how many rows all of them would have."""
    sizes = numbers.value_counts().reindex(list(wanted)).dropna().cumsum()
    return set(sizes[sizes <= (most or MOST_ROWS)].index), int(sizes.iloc[-1]) if len(sizes) else 0


def said_of(columns: dict[str, Any], total: int) -> dict[str, Any]:
    """Packed, with how many there would be where some are left out."""
    packed = pack(columns)
    return {**packed, "of": total} if total > packed["n"] else packed


def gravest_first(issues: pd.DataFrame) -> list[Any]:
    """The households with problems, those with the gravest and most first: where not everything fits, they are told whole."""
    known = issues.loc[issues["household_no"].notna(), ["household_no", "severity"]]
    rank = known["severity"].map({severity: n for n, severity in enumerate(SEVERITIES)}).fillna(len(SEVERITIES))
    told = rank.groupby(known["household_no"], sort=True).agg(["min", "size"])
    return list(told.sort_values(["min", "size"], ascending=[True, False], kind="stable").index)


def records(results: Results, wanted: Sequence[Any], sheets: Sheets, shield: Shield) -> dict[str, Any]:
    """The departments' rows that stand at a household: what they say, without names; of lists of the sick only that there is one."""
    own = set(wording().names("tables"))
    frames = {t: _keyed(results, t, "household_no") for t in results.tables if t not in own}
    numbers = [frame["household_no"] for frame in frames.values()]
    fits, total = room_for(pd.concat(numbers) if numbers else pd.Series(dtype=object), wanted)
    parts: list[pd.DataFrame] = [pd.DataFrame(columns=["household", "title", "text", "at"], dtype=object)]
    for table, whole in frames.items():
        frame = whole[whole["household_no"].isin(fits)]
        shown = [str(c) for c in frame.columns if (table, c) in results.labels and not shield.kind(table, c) and c not in UNTOLD]
        if not len(frame):
            continue
        hushed = [sheets.hushed(row) for row in frame["row_id"]]
        texts = _told(results, table, frame[shown], shield)
        parts.append(
            pd.DataFrame(
                {
                    "household": frame["household_no"].to_numpy(),
                    "title": sheets.of_rows(frame["row_id"]),
                    "text": ["" if hush else text for text, hush in zip(texts, hushed, strict=True)],
                    "at": ["" if hush else row for row, hush in zip(frame["row_id"], hushed, strict=True)],
                }
            )
        )
    told = pd.concat(parts, ignore_index=True)
    return said_of({str(c): told[c] for c in told.columns}, total)


def _told(results: Results, table: str, frame: pd.DataFrame, shield: Shield) -> list[str]:
    """Each row as label and value, one after the other."""
    labels = {str(c): results.label(table, str(c)) for c in frame.columns}
    if not labels:
        return [""] * len(frame)
    rows = frame.to_dict("records")
    return [shield.sentence("；".join(f"{labels[str(c)]}：{_plain(v)}" for c, v in row.items() if v is not None and v == v)) for row in rows]


def links(results: Results, wanted: Sequence[Any], sheets: Sheets, shield: Shield) -> dict[str, Any]:
    """By what each list's row was recognised as somebody of a household."""
    nothing = pd.DataFrame(columns=["source", "row_id", "household_no", "why", "probability"], dtype=object)
    frame = results.links if results.links is not None else nothing
    fits, total = room_for(frame["household_no"], wanted)
    frame = frame[frame["household_no"].isin(fits)]
    probability = pd.to_numeric(frame["probability"], errors="coerce")
    told = {
        "household": frame["household_no"],
        "title": sheets.of_links(frame),
        "why": [shield.sentence(w) for w in frame["why"]],
        "sure": [None if p != p else round(float(p), 4) for p in probability],
    }
    return said_of(told, total)


def changes(results: Results, wanted: Sequence[Any], shield: Shield) -> dict[str, Any]:
    """The cells of a household whose spelling was changed, and why."""
    rows = results.changes
    owner: dict[str, Any] = {}
    for frame in results.tables.values():
        if {"row_id", "household_no"} <= set(frame.columns):
            known = frame[["row_id", "household_no"]].dropna()
            owner.update(zip(known["row_id"], known["household_no"], strict=True))
    rows = rows.assign(household=rows["row_id"].map(owner))
    fits, total = room_for(rows["household"], wanted)
    rows = rows[rows["household"].isin(fits)]
    return said_of(
        {
            "household": rows["household"],
            "label": [h or results.label(str(t), str(c)) for h, t, c in zip(rows["source_column"], rows["table"], rows["column"], strict=True)],
            "before": [shield.cell(t, c, v) for t, c, v in zip(rows["table"], rows["column"], rows["before"], strict=True)],
            "after": [shield.cell(t, c, v) for t, c, v in zip(rows["table"], rows["column"], rows["after"], strict=True)],
            "reason": rows["reason"],
            "at": rows["row_id"],
        },
        total,
    )


def rosters(results: Results, places: Places, shield: Shield) -> dict[str, Any]:
    """Which lists of the campaign a household stands on, and why; what concerns somebody's health is not said."""
    frame = results.rosters if results.rosters is not None else pd.DataFrame(columns=["annex", "household_no", "township", "village", "reason"])
    labels = {a.name: a.label or a.name for a in results.annexes}
    ill = shield.speaks_of_health(frame["reason"])
    return pack(
        {
            "household": frame["household_no"],
            "place": places.names(frame),
            "annex": frame["annex"],
            "label": [labels.get(str(a), str(a)) for a in frame["annex"]],
            "reason": ["" if hush else shield.sentence(text) for text, hush in zip(frame["reason"], ill, strict=True)],
        }
    )


def validation(results: Results) -> dict[str, Any]:
    """What Great Expectations said of every rule."""
    frame = results.validation if results.validation is not None else pd.DataFrame(columns=list(VALIDATION))
    return pack({c: frame[c] for c in VALIDATION})


VALIDATION = (
    "rule", "name", "severity", "dimension", "suite", "expectation", "arguments", "success", "evaluated", "unexpected", "reported", "figures",
    "source", "skipped",
)  # fmt: skip
UNTOLD = ("household_no", "person_no", "township", "village", "group", "county")


def _keyed(results: Results, table: str, key: str) -> pd.DataFrame:
    """The rows of a table that have a key."""
    frame = results.tables.get(table)
    if frame is None or key not in frame.columns:
        return pd.DataFrame(columns=[key, "row_id"], dtype=object)
    return frame[frame[key].notna()]


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
