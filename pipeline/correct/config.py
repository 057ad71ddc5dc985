"""mappings/answers.yml: which columns hold one fact, and when a rule is noisy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.spec import Spec, SpecError
from pipeline.spec.mappings import Mistakes

FILE = "mappings/answers.yml"


@dataclass(frozen=True)
class AnswerConfig:
    """`same_fact`: a column -> the columns that hold the same fact, itself included, each with the column that says whose it is."""

    same_fact: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    noisy_share: float = 0.9
    noisy_answers: int = 5


def load_config(spec: Spec) -> AnswerConfig:
    """The settings; without the file the plain ones. Raises SpecError."""
    if not (spec.root / FILE).exists():
        return AnswerConfig()
    mistakes = Mistakes()
    top = mistakes.open(spec.root, FILE)
    if top is None:
        raise SpecError(mistakes)
    top.only({"same_fact", "noisy"}, f"{FILE} ")
    same: dict[str, Mapping[str, str]] = {}
    known = {f.key for columns in spec.fields.values() for f in columns.values()}
    for number, group in enumerate(top.value.get("same_fact") or []):
        for name, beside in group.items():
            if name not in known or f"{name.split('.')[0]}.{beside}" not in known:
                top.blame(f"没有 {name} 或 {beside} 这个字段", "same_fact", number)
            same[name] = {str(k): str(v) for k, v in group.items()}
    noisy = top.child("noisy") if isinstance(top.value.get("noisy"), dict) else None
    if noisy is not None:
        noisy.only({"share", "answers"}, "noisy ")
    if mistakes:
        raise SpecError(mistakes)
    share = noisy.number("share", 0.9) if noisy is not None else 0.9
    return AnswerConfig(same, share, int(noisy.number("answers", 5)) if noisy is not None else 5)
