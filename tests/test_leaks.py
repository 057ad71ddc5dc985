"""Nobody's name or number where it does not belong: every file of a whole run is searched for every person in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import python_calamine
from conftest import Made

from pipeline.report.phrases import Phrases

FOLDERS = ("村级整改清单", "入户核查名单", "台账/分村")


@pytest.fixture(scope="module")
def people(planted: Made) -> pd.DataFrame:
    """token, kind, village: every name, id, phone and number of a household or person of the system."""
    tables = {name: pd.read_parquet(planted.out / "tables" / f"{name}.parquet") for name in ("household", "person")}
    village = tables["household"].drop_duplicates("household_no").set_index("household_no")["village"]
    columns = {"household": ("head_name", "head_id_number", "phone", "household_no"), "person": ("name", "id_number", "phone", "person_no")}
    parts = [
        pd.DataFrame({"token": tables[table][column], "kind": column.split("_")[-1], "village": tables[table]["household_no"].map(village)})
        for table, its in columns.items() for column in its
    ]  # fmt: skip
    known = pd.concat(parts).dropna().drop_duplicates()
    return known[known["token"].str.len() > 1]


def cells_of(path: Path) -> Iterator[str]:
    book = python_calamine.load_workbook(str(path))
    for tab in book.sheet_names:
        for row in book.get_sheet_by_name(tab).to_python():
            yield from (cell for cell in row if isinstance(cell, str))


def named(phrases: Phrases, cell: str) -> list[str]:
    """Whom a cell names. A name of two characters stands inside longer ones and inside words: it counts alone."""
    return [token for _, token in phrases.found(cell) if len(token) > 2 or token == cell]


def test_a_villages_files_name_nobody_of_another_village(planted: Made, people: pd.DataFrame) -> None:
    phrases, of = Phrases(people["token"]), people.groupby("token")["village"].agg(set).to_dict()
    read = 0
    for path in (p for folder in FOLDERS for p in sorted((planted.out / folder).glob("*.xlsx"))):
        read += 1
        told = [(token, cell[:80]) for cell in cells_of(path) for token in named(phrases, cell) if path.stem not in of[token]]
        assert not told, path
    assert read >= 10 and (people["village"] != people["village"].iloc[0]).any()
