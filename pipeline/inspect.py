"""What a file is taken for and why, and a first draft of a mapping for a list nobody has seen."""

from __future__ import annotations

from pathlib import Path

from pipeline.cleaners import load_spellings
from pipeline.headers import fold_header, strip_unit
from pipeline.mapping import Recogniser, bind_headers, hinted, label_in, vocabulary
from pipeline.read import Sheet, Unreadable, read_file
from pipeline.spec import Spec


def inspect_file(path: Path, spec: Spec) -> tuple[str, str | None]:
    """A text for people, and the draft of a mappings/sources file when some tab is of no known list."""
    path.stat()
    recogniser = Recogniser(spec)
    try:
        sheets, troubles = read_file(path, path.name, vocabulary(spec))
    except Unreadable as problem:
        trouble = problem.trouble()
        words = spec.problems[f"read.{trouble.problem}"]
        slots = _Slots({"file": path.name, "tab": trouble.tab or "", "row": str(trouble.row or ""), **trouble.slots})
        return f"{words.message.format_map(slots)}\n{words.fix.format_map(slots)}", None
    lines: list[str] = []
    draft: str | None = None
    for sheet in sheets:
        text, drafted = _sheet(sheet, spec, recogniser)
        lines.append(text)
        draft = draft or drafted
    for trouble in troubles:
        words = spec.problems[f"read.{trouble.problem}"]
        lines.append(
            "· " + words.message.format_map(_Slots({"file": path.name, "tab": trouble.tab or "", "row": str(trouble.row or ""), **trouble.slots}))
        )
    return "\n\n".join(lines), draft


class _Slots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _sheet(sheet: Sheet, spec: Spec, recogniser: Recogniser) -> tuple[str, str | None]:
    lines = [
        f"[{sheet.tab}] 表头在第 {sheet.header_row} 行，数据 {len(sheet.cells)} 行"
        + (f"，截至 {sheet.as_of}" if sheet.as_of else "")
        + ("（隐藏的工作表）" if sheet.hidden else "")
    ]
    aside = load_spellings(spec.root / "mappings" / "spellings.yml").set_aside
    lines += [f"  第 {s.row} 行不是数据：{aside[s.reason]}" for s in sheet.set_aside[:5]]
    recognised = recogniser.recognise(sheet)
    if recognised is None:
        closest = recogniser.closest(sheet)
        lines.append(
            "  没有认出是哪种表。" + (f"最像《{closest[0].title}》，缺：{'、'.join(closest[1]) or '文件名或文件夹里的提示字样'}" if closest else "")
        )
        return "\n".join(lines), draft_source(sheet, spec, recogniser)
    source = recognised.source
    why = "、".join(label_in(source, c, spec) for c in source.recognise)
    lines.append(
        f"  认定为《{source.title}》（mappings/sources/{source.name}.yml）：表头里有 {why}"
        + ("，文件名或文件夹名也对得上" if hinted(source, sheet) and source.hints else "")
    )
    lines += [f"  {sheet.letters[b.position]:>3} {_flat(b.header)} → {b.field.label}（{b.field.key}）" for b in recognised.bound]
    lines += [f"  {sheet.letters[p]:>3} {_flat(sheet.headers[p])} → 不认识" + _near(sheet.headers[p], recogniser) for p in recognised.unknown]
    return "\n".join(lines), None


def _near(header: str, recogniser: Recogniser) -> str:
    near = recogniser.nearest(_flat(header))
    return f"，最像“{near}”" if near else ""


def _flat(text: str) -> str:
    return " ".join(text.split())


def draft_source(sheet: Sheet, spec: Spec, recogniser: Recogniser) -> str:
    """A mappings/sources file for a list nobody has seen: what is known is filled in, the rest waits to be completed."""
    source = max(spec.sources, key=lambda s: len(bind_headers(s, sheet, recogniser.lookups[s.name], spec).columns()))
    lookup = recogniser.lookups[source.name]
    known: dict[str, str] = {}
    tables: list[str] = []
    unknown: list[str] = []
    for header in sheet.headers:
        folded = fold_header(header)
        field = lookup.get(folded) or lookup.get(strip_unit(folded)[0])
        if field is not None and field.name not in known:
            known[field.name] = _flat(header)
            tables.append(field.table)
        elif folded:
            unknown.append(_flat(header))
    telling = [c for c in ("name", "id_number", "household_no", "village") if c in known][:3] or list(known)[:3]
    lines = [
        f"# {sheet.title or sheet.tab}: 由 qingxi inspect 起草，请核对每一行",
        f"title: {_quoted(sheet.title or sheet.tab)}",
        "owner: 请填写部门名称",
        f"table: {source.table}          # 一行是什么：{'、'.join(f'{k}（{v}）' for k, v in spec.table_labels.items())}",
        *([f"also: [{', '.join(t for t in source.also if t in tables)}]"] if set(source.also) & set(tables) else []),
        "system: false",
        "priority: 60",
        f"recognise: [{', '.join(telling)}]",
        "columns:",
    ]
    lines += [f"  {name}: [{_quoted(header)}]" for name, header in known.items()]
    lines += ["# 下面的表头不认识：要用的，写到 columns 里对应的字段后面；不用的，留在 ignore"] if unknown else []
    for header in unknown:
        near = recogniser.nearest(header)
        lines.append(f"#   {header}" + (f"    最像：{near}" if near else ""))
    lines.append(f"ignore: [{', '.join(_quoted(h) for h in unknown)}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
