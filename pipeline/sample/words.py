"""The vocabulary, fields and layouts of the sample, read from the YAML files beside this module."""

from __future__ import annotations

from dataclasses import dataclass
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

    def say(self, code_list: str, token: str) -> str:
        """The system's own spelling of a token."""
        return self.codes[code_list][token][0]


def load(name: str) -> dict[str, Any]:
    """One of the YAML files beside this module."""
    return dict(YAML(typ="safe").load((HERE / name).read_text(encoding="utf-8")))


@cache
def words() -> Words:
    """vocabulary.yml."""
    raw = load("vocabulary.yml")
    villages = tuple(
        Village(row["name"], row["code"], row["groups"], row.get("former", "")) for row in raw["place"]["villages"]
    )
    return Words(raw["place"], raw["names"], raw["codes"], raw["texts"], raw["forms"], raw["blanks"], villages)


@cache
def fields() -> dict[str, str]:
    """fields.yml: path in the model → kind of text."""
    return {str(path): str(kind) for path, kind in load("fields.yml").items()}
