"""docs/规则.md: every rule as its YAML says it, which of them rest, and where each id of the published catalogue went."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from pipeline import messages
from pipeline.report.words import wording
from pipeline.spec import Rule, Spec
from pipeline.spec.mappings import Mistakes
from pipeline.spec.reader import Node

PAGE = Path("docs") / "规则.md"
_SLOT = re.compile(r"\{([^{}]*)\}")
_HEAD = """# 规则

这一页由 `qingxi check --write-docs` 从 expectations/ 里的文件生成，请不要手改：改规则就改那里的 YAML，再生成一次。
“可说明”：情况属实的，可以附说明不改。编号相同的几行是同一条规则的几个方面。
"""


def write_page(spec: Spec, root: Path) -> Path:
    """Write docs/规则.md and docs/提示.md of a project; where the first went."""
    path = root / PAGE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rules_page(spec), encoding="utf-8", newline="\n")
    (root / messages.PAGE).write_text(messages.messages_page(spec), encoding="utf-8", newline="\n")
    return path


def rules_page(spec: Spec) -> str:
    """The whole page; the same rules give the same text."""
    titles = {str(file): str(title) for file, title in (_catalogue(spec.root).value.get("files") or {}).items()}
    order = {title: number for number, title in enumerate(titles)}
    files = sorted(_by_file(spec), key=lambda f: (order.get(Path(f[0]).stem, len(order)), f[0]))
    return "\n".join([_HEAD, *(_file_part(file, rules, titles, spec) for file, rules in files), _resting_part(spec), _coverage_part(spec)])


# ---- the rules -------------------------------------------------------------------------------------------------------


def _by_file(spec: Spec) -> Iterator[tuple[str, list[list[Rule]]]]:
    """The rule files in their order, each as its entries: the rules of one entry stand at one line."""
    files: dict[str, dict[int, list[Rule]]] = {}
    for rule in spec.rules:
        files.setdefault(rule.file, {}).setdefault(rule.line, []).append(rule)
    return ((file, [entries[line] for line in sorted(entries)]) for file, entries in files.items())


def _file_part(file: str, entries: list[list[Rule]], titles: dict[str, str], spec: Spec) -> str:
    title = titles.get(Path(file).stem, Path(file).stem)
    rows = [_rule_row(rules, spec) for rules in entries]
    return f"## {title}\n\n{file}，{len(rows)} 项。\n\n" + _table(["编号", "名称", "种类", "程度", "对象", "依据", "怎样改", "可说明"], rows)


def _rule_row(rules: list[Rule], spec: Spec) -> list[str]:
    rule = rules[0]
    ids = dict.fromkeys(name for r in rules for name in (r.id, *r.also))
    level = wording().names("severity")[rule.severity]
    texts = [_plain(text, rule, spec) for text in (rule.name, rule.basis, rule.fix)]
    return [" ".join(ids), texts[0], rule.dimension, level, rule.subject, texts[1], texts[2], "可以" if rule.waivable else ""]


def _plain(text: str, rule: Rule, spec: Spec) -> str:
    """A sentence of a rule with its {slots} as words."""

    def word(found: re.Match[str]) -> str:
        name = found.group(1).strip()
        if name == "it":
            return "该项"
        if name.startswith("$"):
            return f"“{spec.standards[name[1:]].title}”" if name[1:] in spec.standards else name[1:]
        return f"“{spec.label(rule.table, name)}”"

    return _SLOT.sub(word, text)


# ---- rules that rest -------------------------------------------------------------------------------------------------


def resting(spec: Spec) -> dict[str, str]:
    """The ids none of whose checks is in force for this campaign, each with the reason."""
    live = {rule.id for rule in spec.rules if not why_resting(rule, spec)}
    return {rule.id: why_resting(rule, spec) or "" for rule in spec.rules if rule.id not in live}


def why_resting(rule: Rule, spec: Spec) -> str | None:
    """Why a rule is not in force; None when it is."""
    if rule.retired:
        return f"已停用：{rule.retired}"
    if rule.id in spec.switches:
        return f"本县停用：{spec.switches[rule.id]}"
    if rule.switched_off:
        missing = [s.title for name, s in spec.standards.items() if name in re.findall(r"\w+", rule.switched_off)]
        return f"缺标准值：{'、'.join(missing)}，请在 expectations/standards.yml 里填上并注明文号" if missing else rule.switched_off
    return None


def _resting_part(spec: Spec) -> str:
    names = {rule.id: rule.name for rule in reversed(spec.rules)}
    rows = [[rule, names[rule], reason] for rule, reason in resting(spec).items()]
    campaign = spec.campaign
    lead = f"## 目前不检查的规则\n\n按 mappings/campaign.yml：{campaign.province} {campaign.year} 年，{campaign.title}。\n\n"
    return lead + (_table(["编号", "名称", "原因"], rows) if rows else "没有。\n")


# ---- coverage of the catalogue ---------------------------------------------------------------------------------------


def coverage(spec: Spec) -> pd.DataFrame:
    """One row per id of expectations/catalogue.yml: section, title, id, status (有规则 读取时查 不作规则 以后 没有) and where or why."""
    rules: dict[str, str] = {}
    for rule in spec.rules:
        for name in (rule.id, *rule.also):
            rules.setdefault(name, Path(rule.file).name)
    problems = {problem.id: problem.name for problem in spec.problems.values()}
    rows = []
    for section, node in _catalogue(spec.root).mapping("sections").items():
        later = node.maybe_text("later")
        for name in node.texts("ids"):
            rows.append((section, node.text("title"), name, *_found(name, rules, problems, spec, later)))
    return pd.DataFrame(rows, columns=["section", "title", "id", "status", "where"])


def _found(name: str, rules: dict[str, str], problems: dict[str, str], spec: Spec, later: str | None) -> tuple[str, str]:
    if name in rules:
        return "有规则", rules[name]
    if name in problems:
        return "读取时查", f"structure*.yml：{problems[name]}"
    if name in spec.exceptions:
        return "不作规则", spec.exceptions[name]
    return ("以后", later) if later else ("没有", "")


def uncovered(spec: Spec) -> list[str]:
    """The ids of the catalogue that are neither a rule, nor the reader's own, nor an exception with its reason, nor for later."""
    table = coverage(spec)
    return list(table.loc[table["status"] == "没有", "id"])


def _coverage_part(spec: Spec) -> str:
    table = coverage(spec)
    counts = table["status"].value_counts()
    said = "，".join(f"{status} {counts[status]}" for status in ("有规则", "读取时查", "不作规则", "以后", "没有") if status in counts)
    parts = [f"## 对照公开的规则目录\n\n目录共 {len(table)} 个编号（expectations/catalogue.yml）：{said}。\n"]
    for (section, title), rows in table.groupby(["section", "title"], sort=False):
        parts.append(f"### {section} {title}\n\n" + _table(["编号", "情况", "在哪里、为什么"], rows[["id", "status", "where"]].to_numpy().tolist()))
    return "\n".join(parts)


def _catalogue(root: Path) -> Node:
    """The top of expectations/catalogue.yml. Raises SpecError when it is not there or not readable."""
    from pipeline.spec import SpecError

    mistakes = Mistakes()
    top = mistakes.open(root, "expectations/catalogue.yml")
    if top is None or mistakes:
        raise SpecError(mistakes)
    return top


def _table(head: list[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
