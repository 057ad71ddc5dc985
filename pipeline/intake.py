"""One period's folder → records under our names: reading, recognising, mapping and cleaning every file once."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pipeline.ledger import CHANGE_COLUMNS, Finding, cell_diff
from pipeline.mapping import Recognised, Recogniser, Records, doubled_findings, header_findings, map_sheet, second_columns
from pipeline.normalise import Normaliser
from pipeline.read import Sheet, Trouble, Unreadable, find_files, name_of, read_file
from pipeline.spec import Spec
from pipeline.unfold import unfold

Report = Callable[[str], None]
Sheets = tuple[list[Sheet], list[Trouble]]
AHEAD = 1                       # files read ahead of the one being cleaned: more would only hold more memory


@dataclass
class Input:
    """What became of one tab of one file."""

    file: str
    tab: str | None
    sha256: str
    recognised_as: str | None
    source: str | None
    as_of: str | None
    rows: int
    refused: int
    set_aside: list[dict[str, object]] = field(default_factory=list)
    note: str | None = None
    columns: dict[str, str] = field(default_factory=dict)


@dataclass
class Intake:
    """All of one period's files, read and cleaned."""

    records: list[Records] = field(default_factory=list)
    mapped: list[Records] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    changes: list[pd.DataFrame] = field(default_factory=list)

    def all_changes(self) -> pd.DataFrame:
        """Every change of form, in the order of the files."""
        parts = [c for c in self.changes if len(c)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CHANGE_COLUMNS), dtype=object)


def take_in(
    folder: Path, spec: Spec, recogniser: Recogniser, normaliser: Normaliser, vocabulary: frozenset[str], tell: Report, previous: bool = False
) -> Intake:
    """Every file of a period. One bad file never stops the others; it becomes a finding.

    Of the `previous` period only the system's exports count, and their names carry the period's.
    """
    prefix = f"{folder.name}/" if previous else ""
    intake = Intake()
    files, troubles = find_files(folder)
    intake.findings += [_trouble(t) for t in troubles]
    seen: dict[str, str] = {}
    for path, read in _ahead(files, folder, vocabulary, prefix):
        relative = prefix + name_of(path, folder)
        tell(relative)
        digest = _sha256(path)
        if digest and digest in seen:
            intake.findings.append(Finding("mapping.same_file_twice", f"{relative}#!1", (relative,), slots={"file": relative, "other": seen[digest]}))
            intake.inputs.append(Input(relative, None, digest, None, None, None, 0, 0, note="与另一文件相同，未使用"))
            continue
        seen[digest] = relative
        _one_file(relative, digest, read, intake, recogniser, normaliser, previous)
    return intake


def _ahead(files: Sequence[Path], folder: Path, vocabulary: frozenset[str], prefix: str) -> Iterator[tuple[Path, Callable[[], Sheets]]]:
    """Each file with the way to its sheets, the next one being read meanwhile: python-calamine works beside Python."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        waiting: deque[tuple[Path, Future[Sheets]]] = deque()
        for path in files:
            waiting.append((path, reader.submit(read_file, path, prefix + name_of(path, folder), vocabulary)))
            if len(waiting) > AHEAD:
                done, sheets = waiting.popleft()
                yield done, sheets.result
        while waiting:
            done, sheets = waiting.popleft()
            yield done, sheets.result


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def _one_file(
    relative: str, digest: str, read: Callable[[], Sheets], intake: Intake, recogniser: Recogniser, normaliser: Normaliser, system_only: bool
) -> None:
    try:
        sheets, troubles = read()
    except Unreadable as problem:
        intake.findings.append(_trouble(problem.trouble()))
        intake.inputs.append(Input(relative, None, digest, None, None, None, 0, 0, note="读不出来，未使用"))
        return
    intake.findings += [_trouble(t) for t in troubles]
    for sheet in sheets:
        _one_sheet(sheet, digest, intake, recogniser, normaliser, system_only)


def _trouble(trouble: Trouble) -> Finding:
    where = f"{trouble.file}#{trouble.tab or ''}!{trouble.row or 1}"
    slots = {"file": trouble.file, "tab": trouble.tab or "", "row": str(trouble.row or ""), **trouble.slots}
    return Finding(f"read.{trouble.problem}", where, (trouble.file, trouble.tab or "", str(trouble.row or "")), slots=slots)


def _one_sheet(sheet: Sheet, digest: str, intake: Intake, recogniser: Recogniser, normaliser: Normaliser, system_only: bool) -> None:
    rows = len(sheet.cells)
    aside: list[dict[str, object]] = [{"row": s.row, "reason": s.reason} for s in sheet.set_aside]
    if sheet.hidden:  # said by the reader already
        intake.inputs.append(Input(sheet.file, sheet.tab, digest, None, None, sheet.as_of, rows, rows, aside, "隐藏的工作表，未使用"))
        return
    if _is_answered_list(sheet):
        where = f"{sheet.file}#{sheet.tab}!{sheet.header_row}"
        intake.findings.append(Finding("mapping.list_astray", where, (sheet.file, sheet.tab), slots={"file": sheet.file, "tab": sheet.tab}))
        intake.inputs.append(Input(sheet.file, sheet.tab, digest, None, None, sheet.as_of, rows, rows, aside, "收回的清单放错了文件夹，未使用"))
        return
    recognised = recogniser.recognise(sheet)
    if recognised is None or not recognised.source.system:
        unfolded = unfold(sheet, recogniser.spec)
        if unfolded is not sheet:
            sheet, rows, recognised = unfolded, len(unfolded.cells), recogniser.recognise(unfolded)
    if recognised is None:
        intake.findings.append(_not_recognised(sheet, recogniser))
        intake.inputs.append(Input(sheet.file, sheet.tab, digest, None, None, sheet.as_of, rows, rows, aside, "认不出是哪种表，未使用"))
        return
    if system_only and not recognised.source.system:
        return
    intake.findings += header_findings(sheet, recognised, recogniser)
    mapped = map_sheet(sheet, recognised)
    clean, findings = normaliser.normalise(mapped)
    seconds = [normaliser.normalise(second)[0] for second in second_columns(sheet, recognised)]
    intake.findings += doubled_findings(sheet, recognised, clean, seconds)
    reasons = {key: normaliser.reason(key) for key in clean.frame.columns}
    intake.mapped.append(mapped)
    intake.records.append(clean)
    intake.findings += findings
    intake.changes.append(cell_diff(mapped.frame, clean.frame, clean.row_ids, clean.headers, "normalise", reasons))
    intake.inputs.append(
        Input(
            sheet.file, sheet.tab, digest, recognised.source.title, recognised.source.name, sheet.as_of, rows, 0, aside, columns=_bindings(recognised)
        )
    )


def _is_answered_list(sheet: Sheet) -> bool:
    """A fix list beside the exports: its columns look like those of an export, and its rows are no such thing."""
    from pipeline.correct.returned import is_returned

    return is_returned(sheet.headers)


def _bindings(recognised: Recognised) -> dict[str, str]:
    return {" ".join(b.header.split()): b.field.key for b in recognised.bound}


def _not_recognised(sheet: Sheet, recogniser: Recogniser) -> Finding:
    closest = recogniser.closest(sheet)
    why = f"最像《{closest[0].title}》，但缺“{'”“'.join(closest[1])}”" if closest and closest[1] else "没有一个认识的表头"
    slots = {"file": sheet.file, "tab": sheet.tab, "why": why, "row": str(sheet.header_row)}
    return Finding("mapping.not_recognised", f"{sheet.file}#{sheet.tab}!{sheet.header_row}", (sheet.file, sheet.tab), slots=slots)


def other_counties(intake: Intake, spec: Spec) -> tuple[Intake, str | None]:
    """The intake without lists that are wholly of another county, and the county's own name (given, else the commonest)."""
    own = spec.campaign.county or _commonest([r for r in intake.records if r.source.system]) or _commonest(intake.records)
    kept = Intake(inputs=intake.inputs, findings=list(intake.findings), changes=intake.changes)
    for mapped, records in zip(intake.mapped, intake.records, strict=True):
        seen = _commonest([records])
        if own and seen and seen != own and not _mentions(records, own):
            slots = {"file": records.file, "tab": records.tab, "seen": seen, "own": own}
            kept.findings.append(
                Finding(
                    "mapping.other_county", f"{records.file}#{records.tab}!1", (records.source.name, seen), source=records.source.title, slots=slots
                )
            )
            for given in kept.inputs:
                if (given.file, given.tab) == (records.file, records.tab):
                    given.refused, given.note = given.rows, f"是{seen}的数据，未使用"
            continue
        kept.mapped.append(mapped)
        kept.records.append(records)
    return kept, own


def _counties(records: Records) -> pd.Series:
    for table in records.source.tables:
        key = f"{table}.county"
        if key in records.frame.columns:
            return records.frame[key].dropna()
    return pd.Series(dtype=object)


def _commonest(records: Sequence[Records]) -> str | None:
    parts = [c for r in records if len(c := _counties(r))]
    if not parts:
        return None
    counts = pd.concat(parts).value_counts()
    top = counts[counts == counts.max()].index.tolist()
    return str(min(top))


def _mentions(records: Records, county: str) -> bool:
    return bool((_counties(records) == county).any())


def learn_place(intake: Intake, county: str | None) -> tuple[str, list[str]]:
    """County and townships as the exports themselves give them."""
    towns: dict[str, int] = {}
    for records in intake.records:
        for table in records.source.tables:
            column = records.frame.get(f"{table}.township")
            if column is not None and records.source.system:
                for name, count in column.value_counts().items():
                    towns[str(name)] = towns.get(str(name), 0) + int(count)
    names = sorted(towns, key=lambda n: (-towns[n], n))
    return (county or "") + (names[0] if len(names) == 1 else ""), names


def count_rows(intake: Intake, used: dict[str, int], refused: dict[str, int]) -> list[str]:
    """Row conservation: rows in = rows out + rows refused, for every tab; returns the tabs where it does not hold."""
    broken = []
    for given in intake.inputs:
        name = f"{given.file}#{given.tab}"
        if given.source and not given.note:
            given.refused = refused.get(name, 0)
            if used.get(name, 0) + given.refused != given.rows:
                broken.append(f"{name}: {given.rows} ≠ {used.get(name, 0)} + {given.refused}")
    return broken
