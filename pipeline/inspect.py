"""What a file is taken for and why, and a first draft of a mapping for a list nobody has seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from pipeline.cleaners import load_spellings
from pipeline.headers import fold_header
from pipeline.mapping import OF_HEAD, Recogniser, bind_headers, hinted, label_in, lookup_of, vocabulary, with_heads
from pipeline.read import Sheet, Trouble, Unreadable, read_file
from pipeline.spec import Spec
from pipeline.unfold import unfold

OTHER = "other_list"  # the table of lists nobody foresaw
TELLING = 2  # tell-tale columns, besides a name and a number, that make a list one of a known kind


@dataclass(frozen=True)
class Column:
    """One header: its Excel column, and what it is taken for, or what it is most like."""

    letter: str
    header: str
    label: str = ""
    key: str = ""
    near: str = ""


@dataclass(frozen=True)
class Tab:
    """One table of a file, and what it is taken for: `title` is None where nobody knows."""

    name: str
    header_row: int
    rows: int
    as_of: str | None
    hidden: bool
    aside: tuple[str, ...]
    title: str | None
    source: str
    why: str
    headers: tuple[str, ...] = ()
    known: tuple[Column, ...] = ()
    unknown: tuple[Column, ...] = ()
    draft: str | None = None


@dataclass(frozen=True)
class Look:
    """A file as the program sees it; `refused` says why it gives no table at all, and what to do."""

    tabs: tuple[Tab, ...] = ()
    remarks: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def look_at(path: Path, spec: Spec, name: str | None = None) -> Look:
    """What a file is taken for; `name` is its path within the period's folder, whose words count too."""
    path.stat()
    try:
        sheets, troubles = read_file(path, name or path.name, vocabulary(spec))
    except Unreadable as problem:
        return Look(refused=told(problem.trouble(), spec))
    recogniser = Recogniser(spec)
    return Look(tuple(_tab(sheet, spec, recogniser) for sheet in sheets), tuple(told(t, spec)[0] for t in troubles))


def told(trouble: Trouble, spec: Spec) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    words = spec.problems[f"read.{trouble.problem}"]
    slots = _Slots({"file": trouble.file, "tab": trouble.tab or "", "row": str(trouble.row or ""), **trouble.slots})
    return words.message.format_map(slots), words.fix.format_map(slots)


class _Slots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _tab(sheet: Sheet, spec: Spec, recogniser: Recogniser) -> Tab:
    given, recognised = sheet, recogniser.recognise(sheet)
    if recognised is None or not recognised.source.system:  # as intake does
        unfolded = unfold(sheet, spec)
        if unfolded is not sheet:
            sheet, recognised = unfolded, recogniser.recognise(unfolded)
    path = spec.root / "mappings" / "spellings.yml"
    aside = _reasons(path, path.stat().st_mtime_ns)
    set_aside = tuple(f"第 {s.row} 行不是数据：{aside[s.reason]}" for s in sheet.set_aside[:5])
    common = (sheet.tab, sheet.header_row, len(sheet.cells), sheet.as_of, sheet.hidden, set_aside)
    if recognised is None:
        closest = recogniser.closest(sheet)
        why = f"最像《{closest[0].title}》，缺：{'、'.join(closest[1]) or '文件名或文件夹里的提示字样'}" if closest else ""
        return Tab(*common, None, "", why, given.headers, draft=draft_source(given, spec, recogniser))
    source = recognised.source
    there = recognised.columns() if source.table not in spec.lists else with_heads(recognised.columns())
    why = "、".join(label_in(source, c, spec) for c in source.recognise if c in there) or "名称"
    why = f"表头里有 {why}" + ("，文件名或文件夹名也对得上" if hinted(source, sheet) and source.hints else "")
    known = tuple(Column(sheet.letters[b.position], _flat(b.header), b.field.label, b.field.key) for b in recognised.bound)
    strange = [(sheet.letters[p], _flat(sheet.headers[p])) for p in recognised.unknown]
    unknown = tuple(Column(letter, header, near=recogniser.nearest(header) or "") for letter, header in strange)
    return Tab(*common, source.title, source.name, why, sheet.headers, known, unknown)


@lru_cache(maxsize=8)
def _reasons(path: Path, changed: int) -> Mapping[str, str]:
    """Why rows are set aside, in the words of the file as it was at that moment."""
    return load_spellings(path).set_aside


def inspect_file(path: Path, spec: Spec) -> tuple[str, str | None]:
    """A text for people, and the draft of a mappings/sources file when some tab is of no known list."""
    seen = look_at(path, spec)
    if seen.refused:
        return "\n".join(seen.refused), None
    texts = [*map(_tab_text, seen.tabs), *(f"· {remark}" for remark in seen.remarks)]
    return "\n\n".join(texts), next((tab.draft for tab in seen.tabs if tab.draft), None)


def _tab_text(tab: Tab) -> str:
    lines = [
        f"[{tab.name}] 表头在第 {tab.header_row} 行，数据 {tab.rows} 行"
        + (f"，截至 {tab.as_of}" if tab.as_of else "")
        + ("（隐藏的工作表）" if tab.hidden else "")
    ]
    lines += [f"  {aside}" for aside in tab.aside]
    if tab.title is None:
        return "\n".join([*lines, "  没有认出是哪种表。" + tab.why])
    lines.append(f"  认定为《{tab.title}》（mappings/sources/{tab.source}.yml）：{tab.why}")
    lines += [f"  {c.letter:>3} {c.header} → {c.label}（{c.key}）" for c in tab.known]
    lines += [f"  {c.letter:>3} {c.header} → 不认识" + (f"，最像“{c.near}”" if c.near else "") for c in tab.unknown]
    return "\n".join(lines)


def _flat(text: str) -> str:
    return " ".join(text.split())


def draft_source(sheet: Sheet, spec: Spec, recogniser: Recogniser) -> str:
    """A mappings/sources file for a list nobody has seen: what is known is filled in, the rest waits to be completed."""
    bound = {s.name: bind_headers(s, sheet, recogniser.lookups[s.name], spec) for s in spec.sources}
    like = max(spec.sources, key=lambda s: len(set(s.recognise) & bound[s.name].columns() - set(OF_HEAD)) * 10 + len(bound[s.name].columns()))
    own = set(like.recognise) & bound[like.name].columns() - set(OF_HEAD)
    if OTHER in spec.lists and (len(own) < TELLING or like.table not in spec.lists):
        like = replace(like, name=OTHER, table=OTHER, also=(), columns={}, sections={}, ignore=(), recognise=("name", "id_number"), counterpart=None)
        bound[OTHER] = bind_headers(like, sheet, lookup_of(like, spec), spec)
    found = bound[like.name]
    known = {b.field.name: _flat(b.header) for b in found.bound}
    unknown = [_flat(sheet.headers[p]) for p in found.unknown]
    ignored = [_flat(h) for h in sheet.headers if fold_header(h) and _flat(h) not in (*known.values(), *unknown)]
    telling = [c for c in (*like.recognise, "name", "head_name", "id_number", "village") if c in known]
    title = sheet.title or sheet.tab
    lines = [
        f"# {title}: 由 qingxi inspect 起草，请核对每一行，改好后放进 mappings/sources/",
        f"title: {_quoted(title)}",
        "owner: 请填写部门名称          # 部门比对里的文件就叫这个名字",
        "# table 是一行说的什么，可以改成："
        + "、".join(f"{k}（{v}）" for k, v in spec.table_labels.items() if k in spec.lists or k == like.table),
        f"table: {like.table}",
        *([f"also: [{', '.join(t for t in like.also)}]"] if set(like.also) & {b.field.table for b in found.bound} else []),
        "system: false",
        "priority: 60",
        f"recognise: [{', '.join(dict.fromkeys(telling[:3]))}]",
        f"required: [{', '.join(c for c in ('name', 'id_number') if c in with_heads(set(known)))}]",
        f"hints: [{_quoted(_words_of(sheet))}]          # 文件名、工作表名或标题里有这些字才认作这种表，请改成每次都会有的几个字",
        "needs_hint: true",
        "columns:",
    ]
    lines += [f"  {name}: [{_quoted(header)}]" for name, header in known.items()]
    lines += ["# 下面的表头不认识：要用的，写到 columns 里对应的字段后面；不用的，留在 ignore"] if unknown else []
    for header in unknown:
        near = recogniser.nearest(header)
        lines.append(f"#   {header}" + (f"    最像：{near}" if near else ""))
    lines.append(f"ignore: [{', '.join(_quoted(h) for h in dict.fromkeys([*unknown, *ignored]))}]")
    return "\n".join(lines) + "\n"


def _words_of(sheet: Sheet) -> str:
    """What of a file's name will be there next month too: its longest run without figures."""
    stem = PurePosixPath(sheet.file).stem
    runs = re.findall(r"[^\W\d_]+", re.sub(r"[0-9０-９]+[年月日季度期]*", " ", stem))
    return max(runs, key=len, default=stem)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
