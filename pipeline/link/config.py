"""mappings/linkage.yml as frozen objects: every mistake of the file at once, each with its line."""

from __future__ import annotations

import difflib
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from pipeline.shipped import shipped
from pipeline.spec.yamlfile import YamlFile, load

DEFAULT = shipped() / "mappings" / "linkage.yml"


@dataclass(frozen=True)
class NameConfig:
    """What is known about how names are miswritten."""

    separators: str
    double_surnames: tuple[str, ...]
    variants: tuple[str, ...]
    look_alikes: tuple[str, ...]
    beginnings: dict[str, str]
    endings: dict[str, str]


@dataclass(frozen=True)
class PlaceConfig:
    """How villages and groups are written, and when two spellings are one village."""

    village_endings: tuple[str, ...]
    township_endings: tuple[str, ...]
    group_words: tuple[str, ...]
    anchors: int
    share: float


@dataclass(frozen=True)
class Level:
    """One step of likeness: its first guess of m, and its words."""

    m: float
    why: str = ""
    learn: bool = True


@dataclass(frozen=True)
class Pass:
    """One way of finding candidates: rows that agree on all these keys; keys with more pairs than `rare` are left to other passes."""

    name: str
    keys: tuple[str, ...]
    rare: int = 0


@dataclass(frozen=True)
class ModelConfig:
    """How the weights are learned."""

    anchors: int
    prior_strength: float
    sample: int
    seed: int
    expected_share: float
    rounds: int
    tf_strength: float
    tf_shape: float
    max_bits: float
    floor_bits: float


@dataclass(frozen=True)
class HouseholdConfig:
    """How members of one household speak for each other."""

    rounds: int
    stay: float
    listed: float
    open_at: float
    same_household: float
    largest: int


@dataclass(frozen=True)
class DecideConfig:
    """Which probabilities become links, which go to people."""

    auto: float
    review: float
    margin: float
    leftover_nats: float
    listed_candidates: int


@dataclass(frozen=True)
class ConstraintConfig:
    """What cannot be true of one person."""

    death: str
    as_of: str
    heads: tuple[str, ...]
    generation_gap: int


@dataclass(frozen=True)
class EstimateConfig:
    """How much is spent on knowing the error."""

    replay_rows: int
    confidence_z: float


@dataclass(frozen=True)
class LinkageConfig:
    """Everything that linkage does not decide by itself."""

    names: NameConfig
    places: PlaceConfig
    sexes: dict[str, tuple[str, ...]]
    generations: dict[str, tuple[str, ...]]
    blanks: tuple[str, ...]
    levels: dict[str, dict[str, Level]]
    passes: tuple[Pass, ...]
    block_cap: int
    model: ModelConfig
    household: HouseholdConfig
    decide: DecideConfig
    constraints: ConstraintConfig
    estimate: EstimateConfig
    queues: dict[str, str]
    sentences: dict[str, str]
    path: tuple[str, ...]
    extra: tuple[str, ...] = field(default=())


class ConfigError(ValueError):
    """The configuration cannot be used; its text lists every mistake as file:line."""


def load_config(path: Path | str = DEFAULT) -> LinkageConfig:
    """The linkage configuration, or ConfigError with all that is wrong in it."""
    path = Path(path)
    file = load(path, f"{path.parent.name}/{path.name}")
    config = None if file.mistakes else _build(LinkageConfig, file.data, file, ())
    mistakes = [str(mistake) for mistake in file.mistakes] or _unknown_levels(config, path)
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    assert isinstance(config, LinkageConfig)
    return config


def _unknown_levels(config: Any, path: Path) -> list[str]:
    """Levels the engine does not have, or has and the file does not describe."""
    from .compare import FEATURE_LEVELS

    mistakes = []
    for feature, known in FEATURE_LEVELS.items():
        wanted, given = set(known) - {"missing"}, set(config.levels.get(feature, {}))
        mistakes += [f"{path.name} levels.{feature} 缺少 {name}" for name in sorted(wanted - given)]
        mistakes += [f"{path.name} levels.{feature} 没有 {name} 这一级" for name in sorted(given - wanted)]
    return mistakes


def _build(kind: Any, node: Any, file: YamlFile, path: tuple[str | int, ...]) -> Any:
    """The value of this type that the YAML value describes; what does not fit is blamed at its line."""
    if is_dataclass(kind):
        return _build_record(kind, node, file, path)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        if not isinstance(node, list):
            return file.blame("这里应是一个列表", *path)
        return tuple(_build(inner[0], item, file, (*path, i)) for i, item in enumerate(node))
    if origin is dict:
        if not isinstance(node, dict):
            return file.blame("这里应是“名称: 值”的表", *path)
        return {str(k): _build(inner[1], v, file, (*path, k)) for k, v in node.items()}
    if kind is float and isinstance(node, int) and not isinstance(node, bool):
        return float(node)
    if not isinstance(node, kind) or (isinstance(node, bool) and kind is not bool):
        return file.blame(f"“{node}”应写成{_KINDS[kind]}", *path)
    return kind(node)


_KINDS = {str: "文字（加引号）", int: "整数", float: "数字", bool: "true 或 false"}


def _build_record(kind: Any, node: Any, file: YamlFile, path: tuple[str | int, ...]) -> Any:
    """A dataclass from a mapping; unknown and missing keys are both said."""
    if not isinstance(node, dict):
        return file.blame("这里应是“名称: 值”的表", *path)
    hints = get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}
    for key in node:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"，是否想写 {near[0]}？" if near else ""
            file.blame(f"没有 {key} 这个设置{hint}", *path, key)
    for name, spec in known.items():
        if name not in node and spec.default is MISSING and spec.default_factory is MISSING:
            file.blame(f"缺少 {name}", *path)
    values = {name: _build(hints[name], node[name], file, (*path, name)) for name in known if name in node}
    return None if file.mistakes else kind(**values)
