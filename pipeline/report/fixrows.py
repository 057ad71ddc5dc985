"""What stands on a village's fix list: one row per problem, in words, with the keys it will be recognised by."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence

import pandas as pd

from pipeline.report.address import addresses
from pipeline.report.mask import masked
from pipeline.report.order import by_place, with_none
from pipeline.report.phrases import OwnWords, Phrases, replaced
from pipeline.report.results import Results
from pipeline.report.words import worded, wording

KEYS = (
    "run_id", "issue_ids", "fingerprint", "rule", "table", "column", "codes", "person_no", "row_ids", "seen",
    "township", "village", "rests_on", "rule_version",
)  # fmt: skip
"""Hidden beside each row: how the answer finds its problem again, what the village saw, and of which rule and values."""
Place = tuple[object, ...]
"""(township, village)."""
SENTENCES = ("problem", "fix", "suggestion")
SHORT = 7  # digits: a shorter number may be anything
SIGNED = (
    "issue_ids", "rule", "township", "village", "household_no", "person_no", "head", "name", "id", "problem", "value",
    "table", "column", "seen", "rests_on", "rule_version",
)  # fmt: skip
"""What the fingerprint covers, keys and words: one row's keys beside another's words, or anything pasted over, no longer fits."""
REF = 8  # digits of the problem's id that stand in sight, so that an answer is known even when the hidden columns are lost


def fix_rows(results: Results) -> pd.DataFrame:
    """The problems villages can settle, sorted by place, household and severity; one problem in two exports once."""
    return results.fix_rows


def made_rows(results: Results) -> pd.DataFrame:
    """The rows themselves; several products ask for them, so that the results keep them once made."""
    issues = _with_village(results, results.problems[_for_villages(results.problems)])
    rows = without_strangers(results, _folded(_described(results, issues)))
    rows["run_id"] = results.run_id
    rows["fingerprint"] = fingerprints(rows)
    return rows


def fingerprints(rows: pd.DataFrame) -> list[str]:
    """16 hex digits over each row's keys and the value seen; the same problem keeps them from run to run."""
    signed = rows[list(SIGNED)].fillna("").to_numpy().tolist()
    return [hashlib.sha256("\x1f".join(map(plain, values)).encode("utf-8", "surrogatepass")).hexdigest()[:16] for values in signed]


def plain(text: str) -> str:
    """A text without its spaces, line ends and widths: programs that save the list change those."""
    return "".join(unicodedata.normalize("NFKC", str(text)).split())


def without_strangers(results: Results, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose sentences name nobody of another village: no name, household number, id or phone."""
    known = Known(results)
    told: dict[tuple[object, ...], str] = {}
    own = set(zip(rows["head"], rows["name"], strict=True))
    names = {pair: {n for n in pair if n} for pair in own}
    for column in SENTENCES:
        said = []
        for text, *place, head, name in rows[[column, "township", "village", "head", "name"]].itertuples(index=False, name=None):
            key = (text, *place, head, name)
            if text and key not in told:
                told[key] = known.without(str(text), tuple(place), names[head, name])
            said.append(told[key] if text else text)
        rows[column] = pd.Series(said, index=rows.index, dtype=object)
    return rows


class Known:
    """Whose the names and numbers are that may stand in a sentence: the villages of each."""

    def __init__(self, results: Results) -> None:
        words = wording()
        places = _first(results, "household", "household_no", ["township", "village"])
        self._at: dict[str, set[Place]] = {}
        self._kinds: dict[str, str] = {}
        for table, columns in words.get("about").items():
            frame = results.tables.get(table)
            if frame is None or "household_no" not in frame.columns:
                continue
            at = list(with_none(places.reindex(frame["household_no"])).itertuples(index=False, name=None))
            for kind, column in (*columns.items(), ("household", "household_no")):
                self._note(kind, frame[column] if column in frame.columns else (), at)
        self._phrases = Phrases(self._at)
        self._own_words = OwnWords(results.own_words)
        self._stranger = {kind: words(f"fixlist.strangers.{kind}") for kind in ("name", "household")}

    def _note(self, kind: str, values: Iterable[object], at: Sequence[Place]) -> None:
        """Of each value the places where somebody has it; a number too short to be told from any other figure is nobody's."""
        least = 2 if kind == "name" else SHORT
        for value, place in zip(values, at, strict=False):
            if isinstance(value, str) and len(value) >= least:
                self._at.setdefault(value, set()).add(place)
                self._kinds[value] = kind

    def without(self, text: str, place: Place, own: set[str]) -> str:
        """The text, with what is known only of other places' people told without saying whose it is."""
        found = [
            (at, value)
            for at, value in self._phrases.found(text)
            if place not in self._at[value] and value not in own and not self._own_words.hold(text, at, value)
        ]
        return replaced(text, found, self._told) if found else text

    def _told(self, value: str) -> str:
        kind = self._kinds[value]
        return self._stranger.get(kind) or masked(kind, value)


def _for_villages(issues: pd.DataFrame) -> pd.Series:
    """Problems of a household, person or village that the village is to settle; files and headers are not."""
    known = issues[["village", "household_no", "person_no", "name"]].notna().any(axis=1)
    return known & (issues["owner"].isna() | (issues["owner"] == "village"))


def _with_village(results: Results, issues: pd.DataFrame) -> pd.DataFrame:
    """Issues in order, with the place taken from their household where they name none."""
    households = _first(results, "household", "household_no", ["township", "village", "group"])
    lost = issues["village"].isna() & issues["household_no"].isin(households.index)
    if not lost.any():
        return issues.reset_index(drop=True)
    issues = issues.copy()
    found = households.loc[issues.loc[lost, "household_no"]]
    for column in households.columns:
        issues.loc[lost, column] = found[column].to_numpy()
    return by_place(issues)


def _described(results: Results, issues: pd.DataFrame) -> pd.DataFrame:
    """Issues with the words of the fix list beside them."""
    people = _people(results, issues)
    return issues.assign(
        head=people["head"],
        name=issues["name"].where(issues["name"].notna(), people["name"]),
        id=people["id"],
        phone=people["phone"],
        problem=issues["message"].where(issues["message"].notna(), issues["title"]),
        severity=worded(issues["severity"], "severity_short"),
        where=_where(results, issues),
        address=_address(issues),
        seen=issues["value"],
        ref=issues["issue_id"].astype(str).str[:REF],
    )


def _where(results: Results, issues: pd.DataFrame) -> pd.Series:
    """The field in the system's own words: 家庭成员信息 → 民族."""
    words, names = wording(), wording().names("tables")
    texts: dict[tuple[object, object, object], str | None] = {}
    for key in set(zip(issues["table"], issues["column"], issues["label"], strict=True)):
        table, column, label = key
        part = names.get(str(table), names["other"])
        field = label or (results.labels.get((str(table), str(column))) if column else None)
        texts[key] = words("fixlist.where" if field else "fixlist.whole_row", table=part, label=field)
    keys = zip(issues["table"], issues["column"], issues["label"], strict=True)
    return pd.Series([texts[key] for key in keys], index=issues.index, dtype=object)


def _address(issues: pd.DataFrame) -> pd.Series:
    """File, tab, row and header of the cell as one line."""
    cell_words, header_words = wording()("address.cell"), wording()("address.header")
    parts = addresses(issues["row_id"])
    cells = zip(parts["file"], parts["tab"], parts["row"], issues["source_column"], strict=True)
    lines = [
        cell_words.format(file=file, tab=tab or "", row=int(row))
        + (header_words.format(header=header) if header else "")
        if file is not None and row == row  # a row that is not a number is no cell
        else None
        for file, tab, row, header in cells
    ]
    return pd.Series(lines, index=issues.index, dtype=object)


def _people(results: Results, issues: pd.DataFrame) -> pd.DataFrame:
    """head, name, id and phone of the person, or else the household, each issue is about."""
    about = wording().get("about")
    heads = _looked_up(results, about, "household", "household_no", issues["household_no"])
    person = _looked_up(results, about, "person", "person_no", issues["person_no"])
    for table in about:
        if table != "household" and table in results.tables:
            at = issues["row_id"].where(issues["table"] == table)
            person = person.combine_first(_looked_up(results, about, table, "row_id", at))
    is_person = person.notna().any(axis=1)
    either = person.where(is_person, heads)
    return either.assign(head=heads["name"], phone=either["phone"].where(either["phone"].notna(), heads["phone"]))


def _looked_up(
    results: Results, about: dict[str, dict[str, str]], table: str, key: str, keys: pd.Series
) -> pd.DataFrame:
    """name, id and phone of the rows of `table` that the keys name; empty where there is none."""
    columns = about[table]
    found = _first(results, table, key, list(columns.values())).reindex(keys)
    found = found.reindex(columns=list(columns.values())).set_axis(list(columns), axis=1).set_axis(keys.index, axis=0)
    found[keys.isna()] = None
    return with_none(found)


def _first(results: Results, table: str, key: str, columns: Sequence[str]) -> pd.DataFrame:
    """The first row of each key, as many of the columns as the table has."""
    frame = results.tables.get(table)
    if frame is None or key not in frame.columns:
        return pd.DataFrame(columns=list(columns), dtype=object)
    frame = frame[frame[key].notna()].drop_duplicates(key).set_index(key)
    return frame.reindex(columns=list(columns)).astype(object)


def _folded(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of which those that say the same of one household or person in several files are one, all addresses named.

    The second such problem within one file (another spell of work, say) is a problem of its own.
    """
    subject = ["rule", "household_no", "person_no", "table", "column"]
    file = addresses(rows["row_id"])["file"]
    nobody = rows["household_no"].isna() & rows["person_no"].isna()
    rows["nth"] = rows.assign(file=file).groupby([*subject, "file"], dropna=False).cumcount()
    rows["nth"] = rows["nth"].where(~nobody, -1 - rows.index.to_series())
    number = rows.groupby([*subject, "nth"], dropna=False, sort=False).ngroup()
    first = rows[~number.duplicated()].assign(issue_ids=None, row_ids=None)
    first.index = pd.Index(number[~number.duplicated()])
    for source, target, joiner in (
        ("issue_id", "issue_ids", " "),
        ("row_id", "row_ids", "\n"),
        ("address", "address", wording()("address.joiner")),
        ("value", "value", wording()("fixlist.more_values")),
        ("value", "seen", "\n"),
        ("rests_on", "rests_on", " "),
    ):
        first[target] = _together(rows[source], number, joiner)
    first["where"] = _lines(first["where"], first["address"])
    return first.sort_index().drop(columns="nth").reset_index(drop=True)


def _together(texts: pd.Series, number: pd.Series, joiner: str) -> pd.Series:
    """Per group its different texts, joined in the order in which they come."""
    pairs = pd.DataFrame({"number": number, "text": texts}).dropna().drop_duplicates()
    alone = ~pairs["number"].duplicated(keep=False)
    joined = pairs[~alone].groupby("number")["text"].agg(joiner.join)
    together = pd.concat([pairs[alone].set_index("number")["text"], joined]).astype(object)
    return with_none(together.reindex(range(int(number.max()) + 1 if len(number) else 0)).to_frame())["text"]


def _lines(first: pd.Series, second: pd.Series) -> pd.Series:
    both: pd.Series = first + "\n" + second
    return both.where(both.notna(), first)
