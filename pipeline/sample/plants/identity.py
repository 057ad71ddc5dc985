"""Numbers, names, relations, head counts: who is who."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta

from pipeline.sample.ids import check_character
from pipeline.sample.model import Household, Person
from pipeline.sample.plants.core import Hand, kind

SWITCHED = {"son": "daughter", "daughter": "son", "grandson": "granddaughter", "granddaughter": "grandson"}


def plain(household: Household, person: Person) -> bool:
    """A member with an ordinary number that only the member rows carry."""
    return person.relation != "head" and len(person.id) == 18


def plain_digits(household: Household, person: Person) -> bool:
    return plain(household, person) and person.id.isdigit()


def disabled(household: Household, person: Person) -> bool:
    return person.relation != "head" and "disabled" in person.health


def old_disabled(household: Household, person: Person) -> bool:
    return disabled(household, person) and person.age >= 60


def offspring(household: Household, person: Person) -> bool:
    return person.relation in SWITCHED and len(person.id) == 18


def with_work(household: Household, person: Person) -> bool:
    return plain(household, person) and bool(person.spells)


@kind("id_wrong_check", who=plain)
def id_wrong_check(hand: Hand) -> None:
    number = hand.person.id
    other = "0123456789X"[("0123456789X".index(number[17]) + 3) % 11]
    hand.set("p.id", number[:17] + other)


@kind("id_too_short", who=plain)
def id_too_short(hand: Hand) -> None:
    cut = hand.rng.randint(7, 16)
    hand.set("p.id", hand.person.id[:cut] + hand.person.id[cut + 1 :])


@kind("id_15_digits", who=lambda household, person: plain(household, person) and person.birth.year < 2000)
def id_15_digits(hand: Hand) -> None:
    hand.set("p.id", hand.person.id[:6] + hand.person.id[8:17])


@kind("id_bad_birth", who=plain)
def id_bad_birth(hand: Hand) -> None:
    first17 = hand.person.id[:10] + "13" + hand.person.id[12:17]
    hand.set("p.id", first17 + check_character(first17))


@kind("id_blank", who=plain)
def id_blank(hand: Hand) -> None:
    hand.set("p.id", "")


@kind("id_placeholder", who=plain)
def id_placeholder(hand: Hand) -> None:
    first17 = "999999" + hand.person.id[6:17]
    hand.set("p.id", first17 + check_character(first17))


@kind("id_excel_zeros", who=plain_digits)
def id_excel_zeros(hand: Hand) -> None:
    hand.set("p.id", hand.person.id[:15] + "000")


@kind("id_excel_number", who=plain_digits)
def id_excel_number(hand: Hand) -> None:
    hand.write("p.id", float(hand.person.id[:15] + "000"))


@kind("id_scientific", who=plain_digits)
def id_scientific(hand: Hand) -> None:
    hand.set("p.id", f"{float(hand.person.id):.5E}")


@kind("id_through_float", who=lambda h, p: plain_digits(h, p) and not lawful(str(int(float(p.id)))))
def id_through_float(hand: Hand) -> None:
    hand.set("p.id", str(int(float(hand.person.id))))


def lawful(number: str) -> bool:
    return check_character(number[:17]) == number[17]


def same_sex_elsewhere(household: Household, person: Person) -> bool:
    return plain(household, person) and any(
        other is not person and other.sex == person.sex and len(other.id) == 18 for other in household.members
    )


@kind("id_twice_in_household", who=same_sex_elsewhere)
def id_twice_in_household(hand: Hand) -> None:
    person = hand.person
    other = next(o for o in hand.household.members if o is not person and o.sex == person.sex and len(o.id) == 18)
    hand.set("p.id", other.id)
    hand.note("p.id", other)


def quiet_elder(household: Household, person: Person) -> bool:
    return plain(household, person) and person.age >= 60 and person.dibao == "none" and not person.spells and not person.post


@kind("person_in_two_households", who=quiet_elder)
def person_in_two_households(hand: Hand) -> None:
    """The same person, with a number of their own, is also kept in another household."""
    second = hand.another(lambda household: len(household.members) in (3, 4) and household.now.per_head is not None)
    if second is None:
        return
    twin = deepcopy(hand.person)
    twin.no = f"{second.no}{len(second.members) + 1:02d}"
    twin.relation, twin.phone = "other", ""
    second.members.append(twin)
    hand.note("p.id", hand.person)
    hand.note("p.id", twin)
    second.size = len(second.members)
    second.now.settle(second.size)


@kind("number_under_two_villages")
def number_under_two_villages(hand: Hand) -> None:
    others = [village.name for village in hand.words.villages if village.name != hand.household.village]
    hand.write("h.village", hand.rng.choice(others), layout="households_rural")


@kind("no_head", where=lambda household: len(household.members) > 1)
def no_head(hand: Hand) -> None:
    head = hand.household.head
    hand.set("p.relation", "other", head)


@kind("two_heads", who=lambda household, person: person.relation == "spouse")
def two_heads(hand: Hand) -> None:
    hand.set("p.relation", "head")


@kind("spouse_same_sex", who=lambda household, person: person.relation == "spouse" and len(person.id) == 18)
def spouse_same_sex(hand: Hand) -> None:
    head = hand.household.head
    hand.set("p.sex", head.sex)
    hand.renumber(hand.person)
    for path in ("p.relation", "p.sex", "p.id"):
        hand.note(path, hand.person)
        hand.note(path, head)


@kind("sex_against_relation", who=offspring)
def sex_against_relation(hand: Hand) -> None:
    hand.set("p.relation", SWITCHED[hand.person.relation])


@kind("sex_against_id", who=offspring)
def sex_against_id(hand: Hand) -> None:
    hand.set("p.sex", "female" if hand.person.sex == "male" else "male")


@kind("birth_against_id", who=plain)
def birth_against_id(hand: Hand) -> None:
    birth = hand.person.birth
    hand.set("p.birth", birth - timedelta(days=hand.rng.choice((1, 9, 10, 30))))


@kind("birth_impossible", who=plain)
def birth_impossible(hand: Hand) -> None:
    hand.write("p.birth", f"{hand.person.birth.year}0230")


@kind("birth_in_future", who=lambda household, person: plain(household, person) and person.age >= 60)
def birth_in_future(hand: Hand) -> None:
    hand.set("p.birth", date(hand.clock.reference.year + 1, 6, 15))


def one_zero_lost(household: Household, person: Person) -> bool:
    """Written without separators the birth date has seven digits, which nobody can divide."""
    return plain(household, person) and (person.birth.day < 10) != (person.birth.month < 10)


@kind("birth_unreadable", who=one_zero_lost)
def birth_unreadable(hand: Hand) -> None:
    birth = hand.person.birth
    hand.write("p.birth", f"{birth.year}{birth.month}{birth.day}")


@kind(
    "age_over_110",
    where=lambda household: len(household.members) == 1 and household.head.age >= 80,
    who=lambda household, person: len(person.id) == 18,
)
def age_over_110(hand: Hand) -> None:
    birth = hand.person.birth
    hand.set("p.birth", date(birth.year - 40, birth.month, 15))
    hand.renumber(hand.person)


@kind("relation_blank", who=lambda household, person: person.relation not in ("head", "spouse"))
def relation_blank(hand: Hand) -> None:
    hand.set("p.relation", "")


@kind("relation_unknown", who=lambda household, person: person.relation not in ("head", "spouse"))
def relation_unknown(hand: Hand) -> None:
    hand.write("p.relation", hand.words.texts["unknown"]["relation"])


@kind("name_with_digit", who=plain)
def name_with_digit(hand: Hand) -> None:
    hand.set("p.name", f"{hand.person.name[0]}{hand.rng.randint(1, 9)}{hand.person.name[1:]}")


@kind("name_with_latin", who=plain)
def name_with_latin(hand: Hand) -> None:
    hand.set("p.name", f"{hand.person.name[0]}Wei")


@kind("name_with_private_character", who=plain)
def name_with_private_character(hand: Hand) -> None:
    hand.set("p.name", f"{hand.person.name[0]}\ue81e")


@kind("name_with_question_mark", who=plain)
def name_with_question_mark(hand: Hand) -> None:
    hand.set("p.name", f"{hand.person.name[0]}{hand.rng.choice('?□')}{hand.person.name[1:2]}")


@kind("name_with_wrong_separator", who=plain)
def name_with_wrong_separator(hand: Hand) -> None:
    hand.set("p.name", hand.rng.choice(hand.words.names["dotted"]).replace("·", hand.rng.choice("-*")))


@kind("name_differs_between_files", who=with_work)
def name_differs_between_files(hand: Hand) -> None:
    name = hand.person.name
    given = hand.words.names["male"]
    other = next(c for c in given if c != name[-1])
    hand.write("p.name", name[:-1] + other, layout="persons")


@kind("size_against_members")
def size_against_members(hand: Hand) -> None:
    hand.set("h.size", hand.household.size + 1)


@kind("head_name_against_member", where=lambda household: len(household.members) > 1)
def head_name_against_member(hand: Hand) -> None:
    hand.set("h.head_name", hand.household.members[1].name)


@kind("head_id_against_member", where=lambda household: len(household.members) > 1 and len(household.head_id) == 18)
def head_id_against_member(hand: Hand) -> None:
    hand.set("h.head_id", hand.household.members[1].id)


def simple_son(household: Household, person: Person) -> bool:
    """A grown child whose age may move: nobody hangs below, and ten years under the head is still of working age."""
    return (
        person.relation in ("son", "daughter")
        and person.labour == "ordinary"
        and 34 <= household.head.age <= 60
        and len(person.id) == 18
        and not {"grandson", "granddaughter", "daughter_in_law"} & {p.relation for p in household.members}
    )


@kind("child_too_close_to_parent", who=simple_son)
def child_too_close_to_parent(hand: Hand) -> None:
    head = hand.household.head
    hand.set("p.birth", date(head.birth.year + 10, head.birth.month, 15))
    hand.renumber(hand.person)
    note_ages(hand, head)


def note_ages(hand: Hand, head: Person) -> None:
    """Either of two people may be the one whose birth date or relation is wrong."""
    for person in (hand.person, head):
        for path in ("p.birth", "p.id", "p.relation"):
            hand.note(path, person)


def old_wife(household: Household, person: Person) -> bool:
    return (
        person.relation == "spouse" and len(household.members) == 2 and household.head.age >= 58
        and person.dibao == "none" and len(person.id) == 18 and not person.spells and person.age >= 56
    )  # fmt: skip


@kind("spouses_far_apart", who=old_wife)
def spouses_far_apart(hand: Hand) -> None:
    head = hand.household.head
    hand.set("p.birth", date(head.birth.year + 33, head.birth.month, 15))
    hand.renumber(hand.person)
    note_ages(hand, head)
    hand.person.health, hand.person.labour, hand.person.education = ("healthy",), "ordinary", "junior"


@kind("disabled_without_card", who=disabled)
def disabled_without_card(hand: Hand) -> None:
    hand.set("p.id_type", "identity")
    hand.set("p.id", hand.person.id[:18])


@kind("card_but_healthy", who=old_disabled)
def card_but_healthy(hand: Hand) -> None:
    hand.set("p.health", ("healthy",))


@kind("card_with_bad_suffix", who=disabled)
def card_with_bad_suffix(hand: Hand) -> None:
    hand.set("p.id", hand.person.id[:18] + hand.rng.choice(("81", "35", "06")))


@kind("healthy_and_ill", who=lambda household, person: person.age >= 60 and person.health == ("chronic",))
def healthy_and_ill(hand: Hand) -> None:
    hand.set("p.health", ("healthy", "chronic"))
