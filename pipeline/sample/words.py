"""The vocabulary, fields and layouts of the sample, read from the YAML files beside this module."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Village:
    name: str
    code: str
    groups: int
    former: str


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the generator may say in Chinese."""

    place: dict[str, Any]
    names: dict[str, Any]
    codes: dict[str, dict[str, list[str]]]
    texts: dict[str, Any]
    forms: dict[str, Any]
    blanks: list[str]
    villages: tuple[Village, ...]
    headers: dict[str, dict[str, str]] = field(default_factory=dict)  # file → field → what its column is called elsewhere
    files: dict[str, str] = field(default_factory=dict)

    def say(self, code_list: str, token: str) -> str:
        """The system's own spelling of a token."""
        return self.codes[code_list][token][0]


def load(name: str) -> dict[str, Any]:
    """One of the YAML files beside this module."""
    return dict(YAML(typ="safe").load((HERE / name).read_text(encoding="utf-8")))


@cache
def words(elsewhere: Path | None = None) -> Words:
    """vocabulary.yml; a file of another township's words goes over it, by the same keys, and names files and columns otherwise."""
    raw = load("vocabulary.yml")
    over = dict(YAML(typ="safe").load(elsewhere.read_text(encoding="utf-8"))) if elsewhere else {}
    for part in ("place", "texts", "codes"):
        raw[part] = {**raw[part], **over.get(part, {})}
    villages = tuple(
        Village(row["name"], row["code"], row["groups"], row.get("former", "")) for row in raw["place"]["villages"]
    )
    said = (raw["place"], raw["names"], raw["codes"], raw["texts"], raw["forms"], raw["blanks"], villages)
    return Words(*said, headers=over.get("headers", {}), files=over.get("files", {}))


@cache
def fields() -> dict[str, str]:
    """fields.yml: path in the model → kind of text."""
    return {str(path): str(kind) for path, kind in load("fields.yml").items()}
