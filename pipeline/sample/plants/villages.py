"""The village rows: one error per village, each village at most once."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from pipeline.sample.model import VillageRow
from pipeline.sample.plants.core import (
    Garden,
    Planted,
    Told,
    WrongCell,
    copy_villages,
    told_from,
)
from pipeline.sample.words import load

Change = Callable[[VillageRow, int], object]

# kind → field and its new value, from the row and the members known
CHANGES: dict[str, tuple[str, Change]] = {
    "village_people_blank": ("people", lambda row, known: None),
    "village_people_too_few": ("people", lambda row, known: known - 40),
    "village_collective_zero": ("collective", lambda row, known: 0.0),
    "village_clinics_blank": ("clinics", lambda row, known: None),
    "village_road_unpaved": ("paved", lambda row, known: "no"),
    "village_unsafe_above_total": ("unsafe_water", lambda row, known: row.households + 12),
    "village_households_blank": ("households", lambda row, known: None),
    "village_dibao_blank": ("dibao_people", lambda row, known: None),
}


def sow_villages(garden: Garden, rng: Random) -> None:
    """Give each kind a village of its own."""
    copy_villages(garden.township)
    rows = garden.township.villages
    chosen = rng.sample(range(len(rows)), k=min(len(rows), len(CHANGES)))
    for entry, index in zip(village_kinds(), chosen, strict=False):
        row = rows[index]
        known = sum(len(h.members) for h in garden.township.households if h.place.name == row.name)
        name, change = CHANGES[entry.name]
        planted = Planted(f"{len(garden.planted) + 1:05d}", entry, "", "", list(entry.expects))
        planted.before[row.name] = VillageRow(**{slot: getattr(row, slot) for slot in VillageRow.__slots__})
        planted.cells.append(WrongCell(row.name, f"v.{name}"))
        setattr(row, name, change(row, known))
        garden.planted.append(planted)


def village_kinds() -> list[Told]:
    """villages.yml beside kinds.yml."""
    return [told_from(name, dict(entry)) for name, entry in load("plants/villages.yml").items()]
