"""House, land, water and road; income, its sums and its units; and households nobody watches though they should."""

from __future__ import annotations

from pipeline.sample.livelihood import scaled
from pipeline.sample.model import Household, Income
from pipeline.sample.plants.core import Hand, Where, everyone, kind
from pipeline.sample.words import words


def put(name: str, path: str, value: object, where: Where = everyone) -> None:
    """A kind that sets one household field."""
    kind(name, where=where)(lambda hand: hand.set(path, value))


put("water_blank", "h.safe_water", "")
put("toilet_blank", "h.toilet", "")
put("arable_blank", "h.arable", None)
put("forest_blank", "h.forest", None)
put("pasture_blank", "h.pasture", None)
put("house_area_blank", "h.house_area", None)
put("danger_blank", "h.dangerous", "")
put("distance_blank", "h.distance", None)
put("power_no", "h.power", "no")
put("power_blank", "h.power", "")
put("arable_too_big", "h.arable", 150.0)
put("forest_too_big", "h.forest", 320.0)
put("returned_too_big", "h.returned", 260.0)
put("pond_negative", "h.pond", -3.0)
put("distance_far", "h.distance", 8.5)
put("water_unsafe_unwatched", "h.safe_water", "no")


@kind("road_blank")
def road_blank(hand: Hand) -> None:
    hand.set("h.road", "")
    hand.set("h.road_hard", "")


@kind("house_area_yes")
def house_area_yes(hand: Hand) -> None:
    hand.write("h.house_area", hand.words.texts["yes"])


@kind("distance_in_words")
def distance_in_words(hand: Hand) -> None:
    hand.write("h.distance", hand.words.texts["distance_words"])


@kind("house_dangerous_unwatched")
def house_dangerous_unwatched(hand: Hand) -> None:
    hand.set("h.dangerous", "yes")
    hand.household.danger_grade = hand.rng.choice("CD")


@kind("ill_without_serious_insurance", who=lambda h, p: bool({"serious", "chronic"} & set(p.health)))
def ill_without_serious_insurance(hand: Hand) -> None:
    hand.set("p.serious_insured", "no")


def no_wages(household: Household) -> bool:
    """Income from farm and transfers only, so that no spell contradicts a change."""
    return not household.spells and not household.now.wage


def no_wages_no_old(household: Household) -> bool:
    """Neither wages nor anybody whose pension or support would have to show."""
    return no_wages(household) and bool(household.now.operating) and not has_transfers(household)


def has_transfers(household: Household) -> bool:
    return any(p.age >= 60 or p.dibao == "rural" or p.tekun == "rural" for p in household.members)


def note_income(hand: Hand, *names: str, block: str = "now") -> None:
    for name in names:
        hand.note(f"h.{block}.{name}", hand.household)


ALL_PARTS = ("wage", "operating", "property", "transfer", "expense", "net", "per_head")


@kind("income_low_unwatched", where=no_wages)
def income_low_unwatched(hand: Hand) -> None:
    household = hand.household
    household.now = scaled(household.now, 5600 / (household.now.per_head or 1), household.size)
    note_income(hand, "net", "per_head", "operating", "transfer")


@kind("net_broken")
def net_broken(hand: Hand) -> None:
    household = hand.household
    for block in ("now", "found") if household.removed == "no" else ("now",):
        income: Income = getattr(household, block)
        hand.set(f"h.{block}.net", round((income.net or 0.0) + 3000 * household.size, 2))
        income.per_head = round((income.net or 0.0) / household.size, 2)
        note_income(hand, "per_head", *ALL_PARTS[:5], block=block)


@kind("per_head_broken")
def per_head_broken(hand: Hand) -> None:
    household = hand.household
    for block in ("now", "found") if household.removed == "no" else ("now",):
        hand.set(f"h.{block}.per_head", round((getattr(household, block).per_head or 0.0) + 480, 2))


@kind("expense_negative", where=lambda household: (household.now.expense or 0.0) > 100)
def expense_negative(hand: Hand) -> None:
    hand.set("h.now.expense", -(hand.household.now.expense or 0.0))


@kind("income_in_words", where=lambda household: (household.now.transfer or 0.0) > 1)
def income_in_words(hand: Hand) -> None:
    hand.write("h.now.transfer", hand.words.texts["income_words"])


@kind("income_all_blank")
def income_all_blank(hand: Hand) -> None:
    for name in ALL_PARTS:
        hand.set(f"h.now.{name}", None)


@kind("income_all_zero", where=no_wages_no_old)
def income_all_zero(hand: Hand) -> None:
    for name in ALL_PARTS:
        hand.set(f"h.now.{name}", 0.0)


@kind("income_in_ten_thousands", where=no_wages_no_old)
def income_in_ten_thousands(hand: Hand) -> None:
    for name in ALL_PARTS:
        hand.set(f"h.now.{name}", round((getattr(hand.household.now, name) or 0.0) / 10000, 2))


@kind("income_huge", where=lambda household: bool(household.now.operating))
def income_huge(hand: Hand) -> None:
    hand.set("h.now.operating", 150_000.0 * hand.household.size + (hand.household.now.expense or 0.0))
    hand.settle("now")
    note_income(hand, "net", "per_head")


def stays_above(household: Household, less: float) -> bool:
    """With that much less the household would still not be poor."""
    line: int = words().place["income_line"]
    return (household.now.net or 0.0) - less > line * household.size


@kind(
    "expense_above_operating",
    where=lambda h: (h.now.operating or 0.0) > 2000 and stays_above(h, 1.3 * (h.now.operating or 0.0)),
)
def expense_above_operating(hand: Hand) -> None:
    hand.set("h.now.expense", round((hand.household.now.operating or 0.0) * 1.3, 2))
    hand.settle("now")
    note_income(hand, "operating")


@kind("wage_without_work", where=no_wages)
def wage_without_work(hand: Hand) -> None:
    hand.set("h.now.wage", 8000.0)
    hand.settle("now")


@kind("wage_below_spells", where=lambda h: (h.now.wage or 0.0) > 10000 and stays_above(h, h.now.wage or 0.0))
def wage_below_spells(hand: Hand) -> None:
    hand.set("h.now.wage", round((hand.household.now.wage or 0.0) * 0.3, 2))
    hand.settle("now")


@kind("transfer_zero", where=has_transfers)
def transfer_zero(hand: Hand) -> None:
    income = hand.household.now
    income.property = round((income.property or 0.0) + (income.transfer or 0.0), 2)
    hand.set("h.now.transfer", 0.0)
    hand.settle("now")


@kind("income_copied", where=lambda household: no_wages(household) and len(household.members) in (1, 2))
def income_copied(hand: Hand) -> None:
    """Seven households of one village with the same income to the cent."""
    first = hand.household
    note_income(hand, "wage", "operating", "property", "transfer", "expense", "net", "per_head")
    for _ in range(6):
        other = hand.another(
            lambda h: h.village == first.village and no_wages(h) and len(h.members) == len(first.members)
        )
        if other:
            other.now = scaled(first.now, 1.0, first.size)
            hand.note("h.now.net", other)


@kind("income_jump", where=no_wages)
def income_jump(hand: Hand) -> None:
    household = hand.household
    household.now = scaled(household.now, 1.9, household.size)
    note_income(hand, "per_head", "net", "operating", "transfer")
