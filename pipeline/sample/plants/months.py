"""What changed since last month's export and should not have."""

from __future__ import annotations

from pipeline.sample.model import Household, Income, Person
from pipeline.sample.plants.core import Hand, kind


def unremarkable(household: Household, person: Person) -> bool:
    """A grown member whose leaving upsets nothing else: no head, no wages, no support, in a large household."""
    return (
        person.relation != "head" and len(household.members) >= 4 and not person.spells and person.age >= 18
        and person.dibao == "none" and person.tekun == "none" and not person.post
    )  # fmt: skip


@kind("member_vanished", who=unremarkable)
def member_vanished(hand: Hand) -> None:
    hand.household.members.remove(hand.person)
    hand.resize()


@kind("household_vanished")
def household_vanished(hand: Hand) -> None:
    households = hand.garden.township.households
    hand.garden.vanished.add(next(i for i, other in enumerate(households) if other is hand.household))


@kind("id_changed", who=lambda h, p: p.relation != "head" and len(p.id) == 18)
def id_changed(hand: Hand) -> None:
    hand.renumber(hand.person)


@kind("moved_to_other_village")
def moved_to_other_village(hand: Hand) -> None:
    others = [village.name for village in hand.words.villages if village.name != hand.household.village]
    hand.set("h.village", hand.rng.choice(others))
    hand.household.group = 1


@kind("removal_withdrawn", where=lambda h: h.removed == "yes" and not {"housing", "water"} & set(h.risks))
def removal_withdrawn(hand: Hand) -> None:
    household = hand.household
    hand.set("h.removed", "no")
    household.removal, household.removed_on = "", None
    household.after_dropout = household.after_house = household.after_water = household.after_uninsured = ""
    household.after = Income()


@kind("measure_withdrawn", where=lambda h: bool(h.help.social) and len(h.risks) == 1 and bool(h.help.industry))
def measure_withdrawn(hand: Hand) -> None:
    hand.set("h.help.social", ())


@kind("no_longer_monitored", where=lambda h: h.removed == "no")
def no_longer_monitored(hand: Hand) -> None:
    """Dropped from monitoring without a removal."""
    hand.set("h.category", "")
