"""Undoing plants: the township after some of its errors were put right in the system."""

from __future__ import annotations

from collections.abc import Collection

from pipeline.sample.model import Household, VillageRow
from pipeline.sample.plants.core import Garden, Planted


def mend(garden: Garden, groups: Collection[str]) -> None:
    """Take back every plant of these groups, whole: what was true before is in the exports again, and in the truth no more."""
    healed = [planted for planted in garden.planted if planted.group in groups and not planted.group.startswith("L")]
    originals = {no: subject for planted in healed for no, subject in planted.before.items()}
    homes = garden.township.households
    for position, home in enumerate(homes):
        original = originals.get(home.no, home)
        homes[position] = original if isinstance(original, Household) else home
    bring_back(garden, {planted.household_no for planted in healed if planted.told.name == "household_vanished"})
    garden.township.villages = [as_it_was(row, originals.get(row.name)) for row in garden.township.villages]
    for key in [key for key in garden.overrides if key[0] in originals]:
        del garden.overrides[key]
    garden.planted = [planted for planted in garden.planted if not is_one_of(planted, healed)]


def as_it_was(row: VillageRow, original: object) -> VillageRow:
    return original if isinstance(original, VillageRow) else row


def is_one_of(planted: Planted, others: list[Planted]) -> bool:
    return any(planted is other for other in others)


def bring_back(garden: Garden, numbers: set[str]) -> None:
    """Households that had vanished stand where they stood."""
    still_gone = 0
    for index, household in sorted(garden.gone.items()):
        if household.no in numbers:
            garden.township.households.insert(index - still_gone, household)
        else:
            still_gone += 1
