"""The tables the page searches: problems, households, members, lists' records, links, changes; nobody's name or number whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import pandas as pd

from pipeline.report.address import addresses
from pipeline.report.html.figures import Places
from pipeline.report.html.packed import pack
from pipeline.report.html.shield import Shield
from pipeline.report.order import SEVERITIES, with_none
from pipeline.report.results import Results
from pipeline.report.words import page_words, wording

MOST_ROWS = 60_000  # of one kind: a page with more would no longer open quickly; the workbooks have them all, and the page says so


def problems(issues: pd.DataFrame, shield: Shield, health: set[tuple[object, object]], fixes: Mapping[str, str]) -> dict[str, Any]:
    """Every problem, masked. One that tells of somebody's health names nobody, no household and no row, and stands where no neighbour tells whose.

    `fixes`: what to do as each rule says it of everybody, for those; a problem's own may say whose cell to mend.
    """
    known = issues["again"] if "again" in issues.columns else again(issues)
    issues = issues.assign(again=known, hush=about_health(issues, shield, health))
    issues = _hushed_last(issues)
    where, hush = addresses(issues["row_id"]), issues["hush"]
    bare = with_none(issues[["household_no", "person_no", "name", "group", "message", "value"]]).mask(hush, cast(Any, None))
    remedies = zip(issues["rule"], issues["fix"], hush, strict=True)
    said = [shield.sentence(message or title) for message, title in zip(bare["message"], issues["title"], strict=True)]
    values = zip(issues["table"], issues["column"], bare["value"], strict=True)
    return pack(
        {
            "id": issues["issue_id"],
            "rule": issues["rule"],
            "title": [shield.sentence(title) for title in issues["title"]],
            "severity": [SEVERITIES.index(s) if s in SEVERITIES else len(SEVERITIES) for s in issues["severity"]],
            "dimension": issues["dimension"],
            "place": issues["place"],
            "group": bare["group"],
            "household": bare["household_no"],
            "who": [shield.cell("person", "name", name) for name in bare["name"]],
            "person": bare["person_no"],
            "cell": [f"{t}.{c}" for t, c in zip(issues["table"], issues["column"], strict=True)],
            "message": said,
            "value": [shield.cell(t, c, v) for t, c, v in values],
            "fix": [fixes.get(rule, "") if quiet else shield.sentence(text) for rule, text, quiet in remedies],
            "file": where["file"],
            "tab": where["tab"],
            "row": [None if r != r or quiet else int(r) for r, quiet in zip(where["row"], hush, strict=True)],
            "header": [h or label for h, label in zip(issues["source_column"], issues["label"], strict=True)],
            "owner": issues["owner"].fillna("village"),
            "status": issues["status"],
            "again": issues["again"].astype(int),
            "hush": hush.astype(int),
        }
    )


def again(issues: pd.DataFrame) -> pd.Series:
    """Is this the same problem of the same household and person once more, out of another file? To the people of the village it is one."""
    subject = ["rule", "household_no", "person_no", "table", "column"]
    keys = issues[subject].assign(file=addresses(issues["row_id"])["file"].to_numpy())
    keys["nth"] = keys.groupby([*subject, "file"], dropna=False).cumcount()
    known = issues[["household_no", "person_no"]].notna().any(axis=1)
    return known & keys.duplicated([*subject, "nth"])


def _hushed_last(issues: pd.DataFrame) -> pd.DataFrame:
    """The problems in their order; those that tell of health behind all others, in an order that follows no household."""
    hushed = issues[issues["hush"]].sort_values(["place", "rule", "issue_id"], kind="stable", na_position="last")
    return pd.concat([issues[~issues["hush"]], hushed], ignore_index=True)


TELLING = ("title", "message", "value", "fix", "source_column", "label")  # what of a problem may tell of health: its words and its cell


def about_health(issues: pd.DataFrame, shield: Shield, health: set[tuple[object, object]]) -> pd.Series:
    """Which problems stand at a cell of somebody's health, or in a list of the sick, or speak of health."""
    lists = shield.health_tables()
    ill = pd.Series([(t, c) in health or t in lists for t, c in zip(issues["table"], issues["column"], strict=True)], index=issues.index, dtype=bool)
    told: list[Iterable[object]] = [*(issues[column] for column in TELLING), files_of_lists(issues)]
    for texts in told:
        ill |= pd.Series(shield.speaks_of_health(texts), index=issues.index, dtype=bool)
    return ill


def files_of_lists(rows: pd.DataFrame) -> list[str | None]:
    """The file and tab of each row of a list. The system's own exports have everybody in them: their names tell of nobody."""
    own = set(wording().names("tables"))
    return [None if t in own or not isinstance(row, str) else row.rpartition("!")[0] for t, row in zip(rows["table"], rows["row_id"], strict=True)]


def households(results: Results, places: Places, shield: Shield) -> dict[str, Any]:
    """Every household by its number: place and masked head."""
    about = wording().get("about")["household"]
    frame = _keyed(results, "household", "household_no").drop_duplicates("household_no")
    names = frame[about["name"]] if about["name"] in frame.columns else pd.Series(None, index=frame.index, dtype=object)
    columns = [c for c in page_words().get("household_shown") if c in frame.columns]
    extra = {c: [shield.cell("household", c, v) for v in untelling("household", frame[c], shield)] for c in columns}
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
    cells = {c: [shield.cell("person", c, v) for v in untelling("person", frame[c], shield)] for c in columns}
    if "birth_date" in cells:
        cells["birth_date"] = [text[:4] for text in cells["birth_date"]]
    number = frame["person_no"] if "person_no" in frame.columns else [None] * len(frame)
    return pack({"household": frame["household_no"], "person": number, **cells})


def untelling(table: str, column: pd.Series, shield: Shield) -> pd.Series:
    """A column without what it tells of health. What is masked anyhow tells nothing: somebody may be called 健康."""
    if shield.kind(table, column.name):
        return column
    return pd.Series([None if ails else v for v, ails in zip(column, shield.speaks_of_health(column), strict=True)], index=column.index, dtype=object)


class Sheets:
    """Which list a row or a source is, by the inputs of the run, and whether being in it tells of somebody's health."""

    def __init__(self, results: Results, shield: Shield) -> None:
        inputs = results.manifest.get("inputs", [])
        self._of_tab = {(i.get("file"), i.get("tab") or ""): str(i.get("recognised_as") or "") for i in inputs}
        self._of_source = {str(i.get("source")): str(i.get("recognised_as") or "") for i in inputs}
        self._shield = shield
        sick = [t for t in results.tables if t in shield.health_tables() or shield.speaks_of_health([results.title(t)])[0]]
        frames = [results.tables[t] for t in sick]
        self._hushed = {row for frame in frames if "row_id" in frame for row in frame["row_id"]}

    def of_rows(self, row_ids: pd.Series) -> list[str]:
        """The lists in which rows stand."""
        where = addresses(row_ids)
        return [self._of_tab.get((file, tab or ""), file or "") for file, tab in zip(where["file"], where["tab"], strict=True)]

    def of_links(self, links: pd.DataFrame) -> list[str]:
        """The lists whose rows were linked."""
        return [self._of_source.get(str(source), str(source)) for source in links["source"]]

    def tell(self, row_ids: pd.Series, titles: Sequence[str]) -> list[bool]:
        """Of which rows the list alone, its title or the name of its file tells of health."""
        said, files = self._shield.speaks_of_health(titles), self._shield.speaks_of_health(str(row).rpartition("!")[0] for row in row_ids)
        return [row in self._hushed or title or file for row, title, file in zip(row_ids, said, files, strict=True)]


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
    """The departments' rows that stand at a household: what they say, without names; nothing of a list or a column that tells of health."""
    own = set(wording().names("tables"))
    frames = {t: _untelling(_keyed(results, t, "household_no"), sheets) for t in results.tables if t not in own}
    numbers = [frame["household_no"] for frame in frames.values()]
    fits, total = room_for(pd.concat(numbers) if numbers else pd.Series(dtype=object), wanted)
    parts: list[pd.DataFrame] = [pd.DataFrame(columns=["household", "title", "text", "at"], dtype=object)]
    for table, whole in frames.items():
        shown = _shown(results, table, shield)
        frame = whole[whole["household_no"].isin(fits)]
        if len(frame):
            texts = _told(results, table, frame[shown], shield)
            parts.append(pd.DataFrame({"household": frame["household_no"], "title": frame["title"], "text": texts, "at": frame["row_id"]}))
    told_of = pd.concat(parts, ignore_index=True)
    return said_of({str(c): told_of[c] for c in told_of.columns}, total)


def _untelling(frame: pd.DataFrame, sheets: Sheets) -> pd.DataFrame:
    """The rows of the lists that tell nothing of health, with the title of each one's list."""
    titles = sheets.of_rows(frame["row_id"])
    return frame.assign(title=pd.Series(titles, index=frame.index, dtype=object)).loc[[not tells for tells in sheets.tell(frame["row_id"], titles)]]


def _shown(results: Results, table: str, shield: Shield) -> list[str]:
    """The columns to be told. One that tells of health in any row is told in none: a gap would say as much."""
    frame, untold = results.tables[table], {*UNTOLD, *page_words().get("record_untold")}
    columns = [str(c) for c in frame.columns if (table, c) in results.labels and not shield.kind(table, c) and c not in untold]
    return [c for c in columns if not any(shield.speaks_of_health([results.label(table, c), *pd.unique(frame[c].dropna())]))]


def _told(results: Results, table: str, frame: pd.DataFrame, shield: Shield) -> list[str]:
    """Each row as label and value, one after the other."""
    labels = {str(c): results.label(table, str(c)) for c in frame.columns}
    if not labels:
        return [""] * len(frame)
    rows = frame.to_dict("records")
    return [shield.sentence("；".join(f"{labels[str(c)]}：{_plain(v)}" for c, v in row.items() if v is not None and v == v)) for row in rows]


def links(results: Results, wanted: Sequence[Any], sheets: Sheets, shield: Shield) -> dict[str, Any]:
    """By what each list's row was recognised as somebody of a household; of the lists of the sick nothing."""
    nothing = pd.DataFrame(columns=["source", "row_id", "household_no", "why", "probability"], dtype=object)
    frame = results.links if results.links is not None else nothing
    titles = sheets.of_links(frame)
    telling = zip(sheets.tell(frame["row_id"], titles), shield.speaks_of_health(frame["why"]), shield.speaks_of_health(frame["source"]), strict=True)
    frame = frame.assign(title=pd.Series(titles, index=frame.index, dtype=object)).loc[[not any(tells) for tells in telling]]
    fits, total = room_for(frame["household_no"], wanted)
    frame = frame[frame["household_no"].isin(fits)]
    probability = pd.to_numeric(frame["probability"], errors="coerce")
    told = {
        "household": frame["household_no"],
        "title": frame["title"],
        "why": [shield.sentence(w) for w in frame["why"]],
        "sure": [None if p != p else round(float(p), 4) for p in probability],
    }
    return said_of(told, total)


def changes(results: Results, wanted: Sequence[Any], shield: Shield) -> dict[str, Any]:
    """The cells of a household whose spelling was changed, and why; no cell that tells of health."""
    rows = results.changes
    cells = zip(rows["source_column"], rows["table"], rows["column"], strict=True)
    rows = rows.assign(label=pd.Series([h or results.label(str(t), str(c)) for h, t, c in cells], index=rows.index, dtype=object))
    rows = rows[~_telling_changes(results, rows, shield)]
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
            "label": rows["label"],
            "before": [shield.cell(t, c, v) for t, c, v in zip(rows["table"], rows["column"], rows["before"], strict=True)],
            "after": [shield.cell(t, c, v) for t, c, v in zip(rows["table"], rows["column"], rows["after"], strict=True)],
            "reason": rows["reason"],
            "at": rows["row_id"],
        },
        total,
    )


def _telling_changes(results: Results, rows: pd.DataFrame, shield: Shield) -> pd.Series:
    """Which changes tell of health by their column, their list, their file or what stood there."""
    lists = shield.health_tables()
    cells = list(zip(rows["table"], rows["column"], strict=True))
    own = [results.label(str(t), str(c)) for t, c in cells]
    tell = pd.Series([t in lists or shield.kind(t, c) == "health" for t, c in cells], index=rows.index, dtype=bool)
    for texts in (own, rows["label"], rows["before"], rows["after"], rows["reason"], files_of_lists(rows)):
        tell |= pd.Series(shield.speaks_of_health(texts), index=rows.index, dtype=bool)
    return tell


def rosters(results: Results, places: Places, shield: Shield) -> dict[str, Any]:
    """Which lists of the campaign a household stands on, and why; of what tells of somebody's health only how many of the village."""
    frame = results.rosters if results.rosters is not None else pd.DataFrame(columns=["annex", "household_no", "township", "village", "reason"])
    labels = {a.name: a.label or a.name for a in results.annexes}
    titles = {a.name: f"{a.name}\n{a.label}\n{a.title}" for a in results.annexes}
    label = [labels.get(str(a), str(a)) for a in frame["annex"]]
    said: list[Iterable[object]] = [label, [titles.get(str(a), str(a)) for a in frame["annex"]], frame["reason"]]
    hush = [any(tells) for tells in zip(*[shield.speaks_of_health(texts) for texts in said], strict=True)]
    told = pd.DataFrame({"label": label, "place": places.names(frame)}, index=frame.index, dtype=object)
    frame = frame.assign(label=told["label"], place=told["place"], hush=pd.Series(hush, index=frame.index, dtype=bool))
    hushed = frame[frame["hush"]].assign(household_no=None, label="", reason=None).sort_values(["place", "annex"], kind="stable")
    frame = pd.concat([frame[~frame["hush"]], hushed], ignore_index=True) if len(hushed) else frame
    return pack(
        {
            "household": frame["household_no"],
            "place": frame["place"],
            "annex": frame["annex"],
            "label": frame["label"],
            "reason": [shield.sentence(text) for text in with_none(frame[["reason"]])["reason"]],
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
