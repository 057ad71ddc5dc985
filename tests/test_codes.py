"""Every file of mappings/codes/, whatever it is called."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.cleaners import fold

MAPPINGS = Path(__file__).parents[1] / "mappings"
FILES = sorted(
    path for path in (MAPPINGS / "codes").glob("*.yml") if path.stem != "village"
)  # village.yml is of another kind: places
KEYS = {"title", "basis", "values", "groups", "blank", "open", "note", "review"}

codes_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def spellings_of(codes: Any) -> list[tuple[str, str]]:
    """Every folded spelling with the value it stands for, the value itself first."""
    return [
        (fold(word), value)
        for value, entry in codes["values"].items()
        for word in dict.fromkeys([value, *entry.get("aliases", [])])
    ]


def test_every_list_a_field_names_exists_and_every_list_is_named() -> None:
    named = set()
    for path in [MAPPINGS / "fields.yml", *(MAPPINGS / "sources").glob("*.yml")]:
        named |= set(re.findall(r"\bcodes: ([a-z_]+)", path.read_text(encoding="utf-8")))
    assert named == {path.stem for path in FILES}


@codes_file
def test_a_list_says_what_it_is_and_where_it_is_from(path: Path) -> None:
    codes = read(path)
    assert codes.keys() <= KEYS
    assert codes["title"] and codes["basis"]


@codes_file
def test_values_aliases_and_attributes_are_text(path: Path) -> None:
    codes = read(path)
    for value, entry in codes["values"].items():
        assert isinstance(value, str) and value
        assert all(isinstance(alias, str) and alias for alias in entry.get("aliases", []))
        assert all(isinstance(text, str) for key, text in entry.items() if key != "aliases"), value
    assert all(isinstance(word, str) for word in codes.get("blank", []))


@codes_file
def test_a_spelling_stands_for_one_value_and_is_written_once(path: Path) -> None:
    spellings = spellings_of(read(path))
    assert [spelling for spelling, count in Counter(word for word, _ in spellings).items() if count > 1] == []


@codes_file
def test_a_value_is_not_the_spelling_of_another(path: Path) -> None:
    codes = read(path)
    values = {fold(value): value for value in codes["values"]}
    assert [(word, value) for word, value in spellings_of(codes) if values.get(word, value) != value] == []


@codes_file
def test_what_is_blank_is_no_spelling_of_a_value(path: Path) -> None:
    codes = read(path)
    blanks = {fold(word) for word in codes.get("blank", [])}
    assert blanks.isdisjoint(word for word, _ in spellings_of(codes))


@codes_file
def test_groups_are_made_of_values(path: Path) -> None:
    codes = read(path)
    for group, members in codes.get("groups", {}).items():
        assert re.fullmatch("[a-z][a-z_]*", group)
        assert len(members) == len(set(members)) > 0
        assert set(members) <= set(codes["values"]), group


@codes_file
def test_no_value_holds_a_comma(path: Path) -> None:
    assert not any(re.search("[,，;；|]", value) for value in read(path)["values"])


def test_the_groups_rules_speak_of_cover_their_lists() -> None:
    schooling = read(MAPPINGS / "codes" / "schooling.yml")
    assert set(schooling["groups"]["pupil"]) | set(schooling["groups"]["preschool"]) == set(schooling["values"])
    assert set(schooling["groups"]["compulsory"]) | set(schooling["groups"]["non_compulsory"]) == set(
        schooling["values"]
    ) - {"学龄前儿童"}
    labour = read(MAPPINGS / "codes" / "labour_skill.yml")
    assert set(labour["groups"]["able_plus"]) | set(labour["groups"]["none"]) == set(labour["values"])
    relation = read(MAPPINGS / "codes" / "relation.yml")
    for group, sex in {"male": "男", "female": "女"}.items():
        assert {value for value, entry in relation["values"].items() if entry.get("sex") == sex} == set(
            relation["groups"][group]
        )


def test_the_lists_have_as_many_values_as_the_documents() -> None:
    assert len(read(MAPPINGS / "codes" / "relation.yml")["values"]) == 28
    nationality = read(MAPPINGS / "codes" / "nationality.yml")["values"]
    numbers = [entry["gb"] for entry in nationality.values() if entry.get("gb", "99") <= "56"]
    assert numbers == [f"{number:02d}" for number in range(1, 57)]
