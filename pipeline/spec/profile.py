"""expectations/profile.yml: what one county does differently, in a file of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.spec.expectations import SEVERITIES
from pipeline.spec.mappings import Mistakes
from pipeline.spec.model import Problem, Rule, Standard
from pipeline.spec.reader import Node, suggestion

FILE = "expectations/profile.yml"
_LEVELS = {"critical": "必须整改或佐证", "warning": "必须整改", "info": "需要核实"}


@dataclass(frozen=True)
class Profile:
    """Rules switched off with the reason, severities and figures of the county's own."""

    switch_off: Mapping[str, str] = field(default_factory=dict)
    severity: Mapping[str, str] = field(default_factory=dict)
    standards: Mapping[str, tuple[float | str, str]] = field(default_factory=dict)
    node: Node | None = None

    def sentences(self, names: Mapping[str, str], standards: Mapping[str, Standard]) -> tuple[str, ...]:
        """What the report's first page says of it; `names` are the rules' by id."""
        return (
            *(f"本县停用规则 {rule}（{names.get(rule, '')}）：{reason}" for rule, reason in self.switch_off.items()),
            *(f"本县把规则 {rule}（{names.get(rule, '')}）定为“{_LEVELS[level]}”" for rule, level in self.severity.items()),
            *(
                f"本县把标准“{standards[name].title}”定为 {_plain(value)}{standards[name].unit}（{document}）"
                for name, (value, document) in self.standards.items()
                if name in standards
            ),
        )

    def figures(self, standards: Mapping[str, Standard]) -> dict[str, Standard]:
        """The standards with the county's own figures in their place."""
        found = dict(standards)
        for name, (value, document) in self.standards.items():
            if name in found:
                found[name] = replace(found[name], value=value, document=document, confirmed=True)
            elif self.node is not None:
                self.node.blame(f"standards.yml 里没有 {name}{suggestion(name, standards)}", "standards", name)
        return found

    def rules(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        """The rules with the county's own severities."""
        return tuple(replace(r, severity=self.severity.get(r.id, r.severity)) for r in rules)

    def problems(self, problems: Mapping[str, Problem]) -> dict[str, Problem]:
        """The engine's own problems with the county's own severities."""
        return {key: replace(p, severity=self.severity.get(p.id, p.severity)) for key, p in problems.items()}

    def check_ids(self, known: set[str]) -> None:
        """Refuse ids that no rule has."""
        for key, named in (("switch_off", self.switch_off), ("severity", self.severity)):
            for rule in named:
                if rule not in known and self.node is not None:
                    self.node.blame(f"没有规则 {rule}{suggestion(rule, known)}", key, rule)


def _plain(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, float) else value


def read_profile(root: Path, mistakes: Mistakes) -> Profile:
    """The county's own file; an empty profile where there is none."""
    if not (root / FILE).exists():
        return Profile()
    top = mistakes.open(root, FILE)
    if top is None:
        return Profile()
    top.only({"switch_off", "severity", "standards", "note"}, "profile.yml ")
    return Profile(_switches(top), _severities(top), _standards(top), top)


def _switches(top: Node) -> dict[str, str]:
    node = top.child("switch_off") if isinstance(top.value.get("switch_off"), dict) else None
    return {str(rule): node.text(rule, required=True) for rule in node.value} if node else {}


def _severities(top: Node) -> dict[str, str]:
    node = top.child("severity") if isinstance(top.value.get("severity"), dict) else None
    return {str(rule): node.choice(rule, SEVERITIES, "warning") for rule in node.value} if node else {}


def _standards(top: Node) -> dict[str, tuple[float | str, str]]:
    found: dict[str, tuple[float | str, str]] = {}
    for name, node in top.mapping("standards").items():
        node.only({"value", "document", "note"}, "标准 ")
        value = node.value.get("value")
        if value is None or isinstance(value, bool):
            node.blame(f"{name} 缺少 value")
            continue
        found[name] = (float(value) if isinstance(value, int | float) else str(value), node.text("document", required=True))
    return found
