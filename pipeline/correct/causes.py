"""Problems that share one cause, said once: what it is, how many problems it accounts for, and the one thing that settles them.

A detector looks at the issues and at the records they stand in; it knows no list, column or code of its own. Each issue is
laid to the first cause that claims it, so the numbers add up. Some causes can be tried before anything is changed:
`qingxi run --what-if FILE.yml`, with the lines the cause itself gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from pipeline.headers import fold_header
from pipeline.mapping import Records
from pipeline.normalise import Normaliser
from pipeline.read.model import NUMBER
from pipeline.report.words import wording
from pipeline.spec import Field, Spec

FEW = 3            # fewer problems are no pattern
HALF = 0.5         # of a column's filled cells unreadable: not slips, another column's cells
READABLE = 0.8     # of them readable next door: that is where they belong
MOST = 0.8         # of a rule's problems in one village, or of a village's households: its own way of filling in
TOO_OLD = 200      # days before the reference date: a list of another year
SHORT = 14         # characters: no number of a person is as short
SPREAD = 3         # villages that must be there before one of them can stand out
COLUMNS = ("kind", "title", "message", "fix", "file", "tab", "village", "table", "column", "rules", "count", "what_if", "where", "issue_ids")


@dataclass(frozen=True)
class Scene:
    """What the detectors look at: the open issues with file and tab taken apart, and the records they stand in."""

    issues: pd.DataFrame
    records: Mapping[tuple[str, str], Records]
    spec: Spec
    normaliser: Normaliser


@dataclass(frozen=True)
class Cause:
    """One cause, the issues (positions) it claims, and what to say; `what_if` is YAML to be tried, `where` the file it belongs to."""

    kind: str
    claims: Sequence[int]
    slots: Mapping[str, str]
    file: str | None = None
    tab: str | None = None
    village: str | None = None
    table: str | None = None
    column: str | None = None
    what_if: str | None = None
    where: str | None = None
    least: int = field(default=FEW)


def find_causes(issues: pd.DataFrame, records: Sequence[Records], spec: Spec, normaliser: Normaliser) -> pd.DataFrame:
    """The causes, those that settle most first."""
    scene = _scene(issues, records, spec, normaliser)
    free = np.ones(len(issues), dtype=bool)
    rows: list[dict[str, Any]] = []
    for detector in DETECTORS:
        for cause in sorted(detector(scene), key=lambda c: (-len(c.claims), str(c.slots))):
            mine = [i for i in cause.claims if free[i]]
            if len(mine) >= cause.least:
                free[mine] = False
                rows.append(_row(cause, scene.issues.iloc[mine]))
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return frame.assign(count=frame["count"].astype(float)).sort_values("count", ascending=False, kind="stable").reset_index(drop=True)


def _scene(issues: pd.DataFrame, records: Sequence[Records], spec: Spec, normaliser: Normaliser) -> Scene:
    parts = issues["row_id"].astype(str).str.extract(r"^(?P<file>.*)#(?P<tab>[^#]*)!\d+$")
    frame = issues.reset_index(drop=True).assign(**{str(c): parts[c].to_numpy(dtype=object) for c in parts})
    return Scene(frame, {(r.file, r.tab): r for r in records}, spec, normaliser)


def _row(cause: Cause, mine: pd.DataFrame) -> dict[str, Any]:
    words = wording()
    slots = {**cause.slots, "count": str(len(mine)), "file": cause.file or "", "tab": cause.tab or "", "village": cause.village or ""}
    return {
        "kind": cause.kind,
        "title": words(f"causes.{cause.kind}.title"),
        "message": words(f"causes.{cause.kind}.message").format(**slots),
        "fix": words(f"causes.{cause.kind}.fix").format(**slots),
        "file": cause.file, "tab": cause.tab, "village": cause.village, "table": cause.table, "column": cause.column,
        "rules": "、".join(sorted(mine["rule"].unique())), "count": len(mine), "what_if": cause.what_if, "where": cause.where,
        "issue_ids": " ".join(mine["issue_id"]),
    }  # fmt: skip


def _groups(frame: pd.DataFrame, keys: Sequence[str]) -> Iterator[tuple[tuple[Any, ...], pd.DataFrame]]:
    part = frame.dropna(subset=list(keys))
    for key, group in part.groupby(list(keys), sort=True):
        yield key if isinstance(key, tuple) else (key,), group


# ---- detectors, the widest cause first -----------------------------------------------------------------------------------


def other_year(scene: Scene) -> Iterator[Cause]:
    """A list whose own date is long before the reference date: last year's."""
    for (file, tab), group in _groups(scene.issues, ("file", "tab")):
        records = scene.records.get((file, tab))
        day = _day(records.as_of if records is not None else None)
        if day is not None and (_reference(scene.spec) - day).days > TOO_OLD:
            yield Cause("other_year", group.index.tolist(), {"day": day.isoformat()}, file, tab)


def shifted(scene: Scene) -> Iterator[Cause]:
    """Neighbouring columns most of whose cells cannot be read under their own header but can under the next one: cells moved sideways."""
    unread = scene.issues[scene.issues["step"] == "normalise"]
    for (file, tab), group in _groups(unread, ("file", "tab")):
        records = scene.records.get((file, tab))
        if records is None:
            continue
        moved = [(key, to) for key, cells in _by_column(group) if (to := _neighbour(key, cells, records, scene)) is not None]
        if moved:
            keys = {key for key, _ in moved}
            claims = [i for i, k in zip(group.index, group["table"] + "." + group["column"].fillna(""), strict=True) if k in keys]
            labels = "、".join(f"“{records.headers[key]}”→“{records.headers[to]}”" for key, to in moved)
            yield Cause("shifted", claims, {"columns": labels}, file, tab)


def _by_column(group: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    for (table, column), part in group.dropna(subset=["table", "column"]).groupby(["table", "column"], sort=True):
        yield f"{table}.{column}", part["value"].dropna().tolist()


def _neighbour(key: str, cells: list[str], records: Records, scene: Scene) -> str | None:
    """The column beside it under which its cells make sense; None when most of its cells are its own."""
    if key not in records.headers or len(cells) < FEW:
        return None
    order = list(records.headers)
    filled = len(cells) + int(records.frame[key].notna().sum())
    if len(cells) < HALF * filled:
        return None
    at = order.index(key)
    for near in (at - 1, at + 1):
        if 0 <= near < len(order) and _readable(cells, _field(order[near], scene.spec), scene.normaliser) >= READABLE:
            return order[near]
    return None


def _readable(cells: Sequence[str], field_: Field | None, normaliser: Normaliser) -> float:
    """The share of texts that are canonical under a column; none under columns that take any text."""
    if field_ is None or field_.type in ("text", "name", "place"):
        return 0.0
    found = [normaliser.one(text, field_, 0) for text in cells]
    short = SHORT if field_.type == "id" else 0  # an id's cleaner takes any text, so that the rules can say what is wrong with it
    return sum(one.problem is None and len(one.value or "") > short for one in found) / len(found)


def numbers_for_ids(scene: Scene) -> Iterator[Cause]:
    """Numbers of persons that went through a number column: their last digits are gone for good."""
    ids = scene.issues[_types(scene, ("id",))]
    for (file, tab, table, column), group in _groups(ids, ("file", "tab", "table", "column")):
        records = scene.records.get((file, tab))
        kinds = records.kinds.get(f"{table}.{column}") if records is not None else None
        if records is None or kinds is None:
            continue
        numeric = set(records.row_ids[np.flatnonzero(kinds == NUMBER)].tolist())
        claims = group.index[group["row_id"].isin(numeric)].tolist()
        yield Cause("numbers_for_ids", claims, {"header": records.headers[f"{table}.{column}"]}, file, tab, table=table, column=column)


def empty_column(scene: Scene) -> Iterator[Cause]:
    """A column of which a list has the header and not one cell: left out when the list was exported."""
    for (file, tab, table, column), group in _groups(scene.issues, ("file", "tab", "table", "column")):
        records = scene.records.get((file, tab))
        key = f"{table}.{column}"
        if records is not None and key in records.frame.columns and len(records.frame) >= FEW and records.frame[key].isna().all():
            claims = group.index[group["value"].isna()].tolist()
            yield Cause("empty_column", claims, {"header": records.headers[key]}, file, tab, table=table, column=column)


def unknown_spelling(scene: Scene) -> Iterator[Cause]:
    """One spelling of a code, again and again."""
    unread = scene.issues[(scene.issues["step"] == "normalise") & scene.issues["codes"].notna()]
    for (codes, value), group in _groups(unread, ("codes", "value")):
        near = group["suggestion"].dropna()
        meant = str(near.iloc[0]) if len(near) else wording()("causes.fill_in")
        if str(codes) in scene.spec.codes:
            line = f'codes/{codes}:\n  values:\n    {_quoted(meant)}: {{aliases: [{_quoted(str(value))}]}}\n'
            slots = {"value": str(value), "meant": meant, "label": str(group["label"].iloc[0])}
            where = f"mappings/codes/{codes}.yml"
            yield Cause("unknown_spelling", group.index.tolist(), slots, column=str(codes), what_if=line, where=where, least=2)


def unknown_header(scene: Scene) -> Iterator[Cause]:
    """A header nobody knows beside a column that is missing: the same column under another name."""
    for position, issue in scene.issues[scene.issues["step"] == "mapping"].iterrows():
        header, near = issue["source_column"], issue["suggestion"]
        records = scene.records.get((issue["file"], issue["tab"]))
        wanted = _labelled(str(near), records, scene.spec) if near and header and records is not None else None
        if records is not None and wanted is not None:
            line = f"sources/{records.source.name}:\n  columns:\n    {wanted.name}: [{_quoted(str(header))}]\n"
            where = f"mappings/sources/{records.source.name}.yml"
            slots = {"header": str(header), "label": wanted.label}
            yield Cause("unknown_header", [int(str(position))], slots, issue["file"], issue["tab"], what_if=line, where=where, least=1)


def _labelled(label: str, records: Records, spec: Spec) -> Field | None:
    """The column of that label which the list does not have yet."""
    for table in records.source.tables:
        for one in spec.fields[table].values():
            if fold_header(label) in {fold_header(a) for a in (one.label, *one.aliases)} and one.key not in records.headers:
                return one
    return None


def one_village(scene: Scene) -> Iterator[Cause]:
    """A problem that nearly only one village has, and nearly all of its households: its own way of filling in."""
    placed = scene.issues.dropna(subset=["village", "household_no"])
    homes = _homes(scene)
    for (rule, column), group in _groups(placed, ("rule", "column")):
        counts = group.groupby("village")["household_no"].nunique()
        if not len(counts):
            continue
        village = str(counts.idxmax())
        share = counts.max() / counts.sum()
        within = counts.max() / max(homes.get(village, 0), 1)
        if share >= MOST and within >= HALF and len(homes) >= SPREAD and counts.max() >= 2 * FEW:
            mine = group[group["village"] == village]
            slots = {"title": str(mine["title"].iloc[0]), "households": str(int(counts.max())), "rule": str(rule)}
            yield Cause("one_village", mine.index.tolist(), slots, village=village, column=str(column))


def _homes(scene: Scene) -> dict[str, int]:
    """Village -> its households."""
    found: dict[str, set[str]] = {}
    for records in scene.records.values():
        for table in ("household", "person"):
            if records.source.system and {f"{table}.village", f"{table}.household_no"} <= set(records.frame.columns):
                part = records.frame[[f"{table}.village", f"{table}.household_no"]].dropna().drop_duplicates()
                for village, number in part.itertuples(index=False, name=None):
                    found.setdefault(str(village), set()).add(str(number))
    return {village: len(numbers) for village, numbers in found.items()}


def one_value(scene: Scene) -> Iterator[Cause]:
    """The same value under the same rule in many households of several people: a sample filled down, a cadre's own number."""
    filled = scene.issues[(scene.issues["step"] == "validate") & _types(scene, ("phone", "id", "date", "number"))].dropna(subset=["value"])
    for (rule, column, value), group in _groups(filled, ("rule", "column", "value")):
        if group["household_no"].nunique() >= 2 * FEW:
            shown = "…" + str(value)[-4:] if len(str(value)) > 7 else str(value)
            slots = {"value": shown, "label": str(group["label"].iloc[0]), "households": str(group["household_no"].nunique()), "rule": str(rule)}
            yield Cause("one_value", group.index.tolist(), slots, column=str(column))


DETECTORS: tuple[Callable[[Scene], Iterator[Cause]], ...] = (
    other_year, shifted, numbers_for_ids, empty_column, unknown_spelling, unknown_header, one_village, one_value,
)  # fmt: skip


def _types(scene: Scene, wanted: Sequence[str]) -> pd.Series:
    """Issues at columns of these types."""
    kinds = {(t, f.name): f.type for t, fields in scene.spec.fields.items() for f in fields.values()}
    found = [kinds.get((t, c)) in wanted for t, c in zip(scene.issues["table"], scene.issues["column"], strict=True)]
    return pd.Series(found, index=scene.issues.index, dtype=bool)


def _field(key: str, spec: Spec) -> Field | None:
    table, column = key.split(".", 1)
    return spec.fields.get(table, {}).get(column)


def _day(text: str | None) -> date | None:
    digits = (text or "").ljust(6, "x")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8] or 28))
    except ValueError:
        return None


def _reference(spec: Spec) -> date:
    text = spec.campaign.reference_date
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _quoted(text: str) -> str:
    """A text as YAML takes it, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
