"""Their headers → our columns: which list a sheet is, and which of our columns each of its columns holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import process

from pipeline.headers import fold_header, strip_unit
from pipeline.ledger import Finding
from pipeline.read import Sheet
from pipeline.spec import Field, Source, Spec

OF_HEAD = {"name": "head_name", "id_number": "head_id_number"}
UNUSED = "-"  # in a source's sections: this header is known there and not used


@dataclass(frozen=True)
class Bound:
    """One column of a sheet, bound to one of ours."""

    position: int
    header: str
    field: Field
    unit: str


@dataclass(frozen=True)
class Recognised:
    """What a sheet was taken for, and why."""

    source: Source
    bound: tuple[Bound, ...]
    unknown: tuple[int, ...]
    doubled: tuple[tuple[int, int, Field], ...]

    def columns(self) -> set[str]:
        """Our names of the columns that are there."""
        return {b.field.name for b in self.bound}


@dataclass
class Records:
    """One sheet's rows under our names (table.column), text as it stood, each with its address."""

    source: Source
    file: str
    tab: str
    as_of: str | None
    frame: pd.DataFrame
    row_ids: npt.NDArray[np.object_]
    excel_rows: npt.NDArray[np.int64]
    headers: Mapping[str, str]
    units: Mapping[str, str]
    kinds: Mapping[str, npt.NDArray[np.uint8]]

    def with_frame(self, frame: pd.DataFrame) -> Records:
        """The same rows with other cells."""
        return Records(self.source, self.file, self.tab, self.as_of, frame, self.row_ids, self.excel_rows, self.headers, self.units, self.kinds)


def vocabulary(spec: Spec) -> frozenset[str]:
    """Every header known anywhere, folded: what the reader looks for when it looks for the header row."""
    words = {fold_header(a) for table in spec.fields.values() for f in table.values() for a in (f.label, *f.aliases, *f.instead)}
    for source in spec.sources:
        words.update(fold_header(a) for aliases in source.columns.values() for a in aliases)
        words.update(fold_header(a) for a in source.ignore)
        words.update(fold_header(a) for pairs in source.sections.values() for a in pairs)
    return frozenset(words)


def lookup_of(source: Source, spec: Spec) -> dict[str, Field]:
    """Folded header → column, as this list uses it; what one row is comes first, its own spellings before the general ones."""
    found: dict[str, Field] = {}
    for table in source.tables:
        for column, aliases in source.columns.items():
            if column in spec.fields[table]:
                for alias in aliases:
                    found.setdefault(fold_header(alias), spec.fields[table][column])
    for table in source.tables:
        for field in spec.fields[table].values():
            for alias in (field.label, *field.aliases, *field.instead):
                found.setdefault(fold_header(alias), field)
    return found


def _stands_in(folded: str, field: Field) -> bool:
    return any(fold_header(alias) == folded for alias in field.instead)


@dataclass(frozen=True)
class _Candidate:
    """A list a sheet may be, and how well it fits."""

    recognised: Recognised | None
    rank: tuple[int, ...]


_NOBODY = _Candidate(None, ())


class Recogniser:
    """Knows every list's headers, looked up once."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.lookups = {source.name: lookup_of(source, spec) for source in spec.sources}
        self.known = sorted({a for table in spec.fields.values() for f in table.values() for a in (f.label, *f.aliases)})

    def recognise(self, sheet: Sheet) -> Recognised | None:
        """The list whose tell-tale columns are there, the most telling first; None when no list fits.

        A list may lack one of them (somebody exported without that column) when no other list fits better and it is wide enough.
        A department's list whose name says what it is needs its required columns only.
        """
        candidates = [c for source in self.spec.sources if (c := self._try(source, sheet)) is not None]
        return max(candidates, key=lambda c: c.rank, default=_NOBODY).recognised

    def _try(self, source: Source, sheet: Sheet) -> _Candidate | None:
        hint = hinted(source, sheet)
        if (source.needs_hint and not hint) or named(source.unlike, sheet):
            return None
        found = bind_headers(source, sheet, self.lookups[source.name], self.spec)
        columns = found.columns() if source.table not in self.spec.lists else with_heads(found.columns())
        missing = set(source.recognise) - columns
        wide = len(found.bound) >= source.at_least
        telling = set(source.recognise) & columns - set(OF_HEAD)  # anybody's list has a name and a number
        nearly = len(missing) == 1 and wide and source.at_least > 0 and bool(telling)
        told = source.table in self.spec.lists and hint > 0 and not set(source.required) - columns
        if set(source.without) & columns or (missing and not nearly and not told):
            return None
        export = not missing and source.system and wide and source.at_least > 0
        rank = (0 if missing else hint, export, hint, named(source.whose, sheet), not missing, source.system, wide, -words_after(source, sheet),
                len(source.recognise) - len(missing), len(found.bound), -source.priority)  # fmt: skip
        return _Candidate(found, rank)

    def nearest(self, header: str) -> str | None:
        """The known header most like this one."""
        best = process.extractOne(header, self.known, score_cutoff=60)
        return str(best[0]) if best else None

    def closest(self, sheet: Sheet) -> tuple[Source, list[str]] | None:
        """The list that fits best although some of its tell-tale columns are missing, and their labels."""
        best: tuple[int, Source, list[str]] | None = None
        for source in self.spec.sources:
            columns = bind_headers(source, sheet, self.lookups[source.name], self.spec).columns()
            columns = with_heads(columns) if source.table in self.spec.lists else columns
            missing = [c for c in source.recognise if c not in columns]
            score = len(columns & set(source.recognise)) * 10 + len(columns)
            if columns and (best is None or score > best[0]):
                best = (score, source, [label_in(source, c, self.spec) for c in missing])
        return best[1:] if best else None


def hinted(source: Source, sheet: Sheet) -> int:
    """Whether the file says in words that it is this list: 2 for the name, tab or title, and 2 more in the folder of whose list it is;
    3 for a village's folder, 1 for another folder, 0 not at all.

    A village's list is known by the folder an officer put it into; the words of its name count only where it lies in no other's folder.
    """
    folder, _, name = sheet.file.rpartition("/")
    by_folder = any(word in folder for word in source.hints)
    by_name = any(word in text for word in source.hints for text in _said(sheet, name))
    if source.needs_hint and source.table in ("person", "household"):
        return 3 if by_folder else 0 if folder else 2 * by_name
    return 2 * by_name * (1 + any(word in folder for word in source.whose)) or int(by_folder)


def named(words: Sequence[str], sheet: Sheet) -> bool:
    """Whether the folder, file, tab or title says one of these words."""
    return any(word in text for word in words for text in _said(sheet, sheet.file))


def words_after(source: Source, sheet: Sheet) -> int:
    """How much of the name follows the list's own word: 低保户参保名单 is a list of 参保, not of 低保户."""
    name = sheet.file.rpartition("/")[2]
    return min((len(t) - t.rindex(w) - len(w) for w in source.hints for t in _said(sheet, name) if w in t), default=len(sheet.file))


def _said(sheet: Sheet, name: str) -> tuple[str, str, str]:
    return name, sheet.tab, sheet.title


def with_heads(columns: set[str]) -> set[str]:
    """A list of households names its people by their heads."""
    return columns | {mine for mine, of_head in OF_HEAD.items() if of_head in columns}


def label_in(source: Source, column: str, spec: Spec) -> str:
    """The label of a column in the tables this list carries."""
    for table in source.tables:
        if column in spec.fields[table]:
            return spec.fields[table][column].label
    return column


def bind_headers(source: Source, sheet: Sheet, lookup: Mapping[str, Field], spec: Spec) -> Recognised:
    """Each header bound to a column; a header doubled between sections is told apart by its section, else by its order."""
    bound: list[Bound] = []
    unknown: list[int] = []
    doubled: list[tuple[int, int, Field]] = []
    stand_ins: list[tuple[int, str, Field, str]] = []
    taken: dict[str, int] = {}
    ignored = {fold_header(i) for i in source.ignore}
    sections = {fold_header(name): {fold_header(h): c for h, c in pairs.items()} for name, pairs in source.sections.items()}
    for position, header in enumerate(sheet.headers):
        folded = fold_header(header)
        if not folded or folded in ignored:
            continue
        field, unit, dropped = _find(folded, sheet.sections[position], lookup, sections, source, spec)
        if dropped:
            continue
        if field is not None and _stands_in(folded, field):
            stand_ins.append((position, header, field, unit))
            continue
        if field is not None and field.key in taken:
            other = _by_order(folded, sections, taken, source, spec)
            if other is None:
                doubled.append((taken[field.key], position, field))
                continue
            field = other
        if field is None:
            unknown.append(position)
            continue
        taken[field.key] = position
        bound.append(Bound(position, header, field, unit))
    for position, header, field, unit in [*stand_ins, *_alike(source, sheet, unknown, taken, spec)]:
        if taken.setdefault(field.key, position) == position:
            bound.append(Bound(position, header, field, unit))
    unknown = [position for position in unknown if position not in taken.values()]
    return Recognised(source, tuple(sorted(bound, key=lambda b: b.position)), tuple(unknown), tuple(doubled))


def _alike(
    source: Source, sheet: Sheet, unknown: Sequence[int], taken: Mapping[str, int], spec: Spec
) -> list[tuple[int, str, Field, str]]:
    """Unknown headers of a department's list that are like those of a column it has no header for."""
    if source.table not in spec.lists:
        return []
    found: list[tuple[int, str, Field, str]] = []
    for likeness in spec.likenesses:
        field = spec.fields[source.table].get(likeness.column)
        if field is not None and field.key not in taken:
            first = next((p for p in unknown if likeness.fits(fold_header(sheet.headers[p])) and p not in {f[0] for f in found}), None)
            found += [(first, sheet.headers[first], field, "")] if first is not None else []
    return found


def _find(
    folded: str, section: str, lookup: Mapping[str, Field], sections: Mapping[str, Mapping[str, str]], source: Source, spec: Spec
) -> tuple[Field | None, str, bool]:
    """The column of a header, its unit, and whether the section says that it is not used."""
    base, unit = strip_unit(folded)
    place = fold_header(section) if section else ""
    for name, pairs in sections.items():
        if place and name in place:
            column = pairs.get(folded) or (pairs.get(base) if unit else None)
            if column == UNUSED:
                return None, unit, True
            if column:
                return _field(column, source, spec), unit, False
    if folded in lookup:
        return lookup[folded], unit, False
    return (lookup[base], unit, False) if unit and base in lookup else (None, unit, False)


def _by_order(folded: str, sections: Mapping[str, Mapping[str, str]], taken: Mapping[str, int], source: Source, spec: Spec) -> Field | None:
    """The second time a header comes, with no section above it, it is the next section's."""
    base = strip_unit(folded)[0]
    for pairs in sections.values():
        column = pairs.get(folded) or pairs.get(base)
        if column:
            field = _field(column, source, spec)
            if field is not None and field.key not in taken:
                return field
    return None


def _field(column: str, source: Source, spec: Spec) -> Field | None:
    return next((spec.fields[table][column] for table in source.tables if column in spec.fields[table]), None)


def map_sheet(sheet: Sheet, recognised: Recognised) -> Records:
    """The sheet's rows under our column names; unknown columns stay behind in the raw file."""
    frame = pd.DataFrame({b.field.key: sheet.cells[b.position].to_numpy() for b in recognised.bound})
    source = recognised.source
    for column, value in source.fixed.items():
        if f"{source.table}.{column}" not in frame.columns:
            frame[f"{source.table}.{column}"] = np.full(len(frame), value, dtype=object)
    where = f"{sheet.file}#{sheet.tab}!"
    return Records(
        recognised.source,
        sheet.file,
        sheet.tab,
        sheet.as_of,
        frame,
        _row_ids(where, sheet),
        sheet.rows,
        {b.field.key: b.header for b in recognised.bound},
        {b.field.key: b.unit for b in recognised.bound if b.unit},
        {b.field.key: sheet.kinds[b.position] for b in recognised.bound if b.position in sheet.kinds},
    )


def _row_ids(where: str, sheet: Sheet) -> npt.NDArray[np.object_]:
    """file#tab!row; further people that one row names are !row·1, !row·2 …"""
    turns = pd.Series(sheet.rows).groupby(sheet.rows).cumcount().to_numpy()
    named = [f"{where}{row}·{turn}" if turn else f"{where}{row}" for row, turn in zip(sheet.rows.tolist(), turns.tolist(), strict=True)]
    return np.array(named, dtype=object)


def header_findings(sheet: Sheet, recognised: Recognised, recogniser: Recogniser) -> list[Finding]:
    """Unknown, missing and doubled headers, each with what to do."""
    where = {"file": sheet.file, "tab": sheet.tab, "row": str(sheet.header_row), "source": recognised.source.name}
    row_id = f"{sheet.file}#{sheet.tab}!{sheet.header_row}"
    found = [_unknown(sheet, position, where, row_id, recogniser) for position in recognised.unknown]
    present = recognised.columns()
    for column in recognised.source.required:
        if column not in (with_heads(present) if recognised.source.table in recogniser.spec.lists else present):
            label = label_in(recognised.source, column, recogniser.spec)
            found.append(
                Finding(
                    "mapping.missing_header",
                    row_id,
                    subject=(recognised.source.name, column),
                    source=recognised.source.title,
                    column=column,
                    table=recognised.source.table,
                    slots={**where, "label": label, "column": column},
                )
            )
    return found


def _unknown(sheet: Sheet, position: int, where: dict[str, str], row_id: str, recogniser: Recogniser) -> Finding:
    header = " ".join(sheet.headers[position].split())
    near = recogniser.nearest(header)
    slots = {**where, "header": header, "letter": sheet.letters[position], "nearest": f"（最像的是“{near}”）" if near else ""}
    return Finding(
        "mapping.unknown_header",
        row_id,
        subject=(where["source"], fold_header(header)),
        source_column=header,
        source=where["source"],
        suggestion=near,
        slots=slots,
    )


def second_columns(sheet: Sheet, recognised: Recognised) -> list[Records]:
    """Columns under a header that is already taken, each as records of its own, to be compared once they are clean."""
    found = []
    for first, second, field in recognised.doubled:
        bound = (Bound(second, sheet.headers[second], field, strip_unit(fold_header(sheet.headers[second]))[1]),)
        found.append(map_sheet(sheet, Recognised(recognised.source, bound, (), ())))
        del first
    return found


def doubled_findings(sheet: Sheet, recognised: Recognised, clean: Records, seconds: Sequence[Records]) -> list[Finding]:
    """Two columns under one header matter only where they disagree: cell by cell, or once when they are two different things."""
    found: list[Finding] = []
    for (first, second, field), other in zip(recognised.doubled, seconds, strict=True):
        one, two = clean.frame[field.key].to_numpy(dtype=object), other.frame[field.key].to_numpy(dtype=object)
        differ = np.flatnonzero((one != two) & ~(pd.isna(one) & pd.isna(two)))
        header = " ".join(sheet.headers[second].split())
        where = {
            "file": sheet.file,
            "tab": sheet.tab,
            "row": str(sheet.header_row),
            "header": header,
            "letters": f"{sheet.letters[first]}、{sheet.letters[second]}",
        }
        if len(differ) > max(3, 0.2 * len(one)):
            found.append(
                Finding(
                    "mapping.doubled_header",
                    f"{sheet.file}#{sheet.tab}!{sheet.header_row}",
                    (recognised.source.name, header),
                    source_column=header,
                    source=recognised.source.title,
                    slots=where,
                )
            )
            continue
        found += [_second_differs(int(i), field, clean, one, two, where, sheet.headers[second]) for i in differ]
    return found


def _second_differs(
    position: int, field: Field, clean: Records, one: npt.NDArray[np.object_], two: npt.NDArray[np.object_], where: Mapping[str, str], header: str
) -> Finding:
    mine, other = two[position], one[position]
    slots = {**where, "label": field.label, "value": str(mine or "空"), "other": str(other or "空")}
    return Finding(
        "mapping.second_differs",
        str(clean.row_ids[position]),
        (field.name,),
        table=field.table,
        column=field.name,
        source_column=header,
        value=mine,
        suggestion=other,
        source=clean.source.title,
        label=field.label,
        codes=field.codes,
        slots=slots,
        other_cells=f"{clean.row_ids[position]}:{clean.headers[field.key]}",
    )
