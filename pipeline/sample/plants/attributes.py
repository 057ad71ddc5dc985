"""What stands on a member beside identity: health, schooling, labour, insurance, phones."""

from __future__ import annotations

from pipeline.sample.model import Household, Person
from pipeline.sample.plants.core import Hand, Who, kind


def healthy(person: Person) -> bool:
    return person.health == ("healthy",)


def adult(household: Household, person: Person) -> bool:
    """Out of school, healthy, with no work rows that repeat the fact."""
    return 23 <= person.age < 60 and not person.school and healthy(person) and not person.spells and not person.plans


def idle_strong(household: Household, person: Person) -> bool:
    """One who could do without, because somebody else of the household can work."""
    others = any(other is not person and other.strong for other in household.members)
    return adult(household, person) and person.labour == "ordinary" and not person.post and others


def elder(household: Household, person: Person) -> bool:
    return person.age >= 60 and any(other is not person and other.able for other in household.members)


def pupil(low: int, high: int) -> Who:
    """A healthy child whose age at the start of the school year lies between."""
    return lambda household, person: low <= person.school_age <= high and healthy(person) and bool(person.school)


def blank(name: str, path: str, who: Who, empty: object = "") -> None:
    """A kind that empties one field."""
    kind(name, who=who)(lambda hand: hand.set(path, empty))


def wrong(name: str, path: str, who: Who, value: object) -> None:
    """A kind that puts one fixed value."""
    kind(name, who=who)(lambda hand: hand.set(path, value))


def anybody(household: Household, person: Person) -> bool:
    return True


def well(household: Household, person: Person) -> bool:
    return healthy(person)


def grown(household: Household, person: Person) -> bool:
    return person.age >= 23 and not person.school


def resident(household: Household, person: Person) -> bool:
    """Insured as a resident, healthy, and not helped by medical aid."""
    return healthy(person) and person.resident_insured == "yes" and person.medical_aid == "no"


blank("ethnicity_blank", "p.ethnicity", anybody)
blank("health_blank", "p.health", lambda h, p: elder(h, p) and healthy(p), ())
blank("labour_blank", "p.labour", elder)
blank("serious_insurance_blank", "p.serious_insured", well)
blank("pension_blank", "p.resident_pension", lambda h, p: grown(h, p) and p.employee_pension == "no")
blank("dibao_blank", "p.dibao", lambda h, p: p.dibao == "none")
blank("mandarin_blank", "p.mandarin", grown)
blank("schooling_blank", "p.education", lambda h, p: p.age >= 23 and p.education not in ("", "college", "bachelor"))
wrong("serious_insurance_no", "p.serious_insured", resident, "no")
wrong("schooling_both", "p.education", pupil(7, 13), "primary")
wrong("preschool_too_old", "p.school", pupil(7, 10), "kindergarten")
wrong("primary_too_old", "p.school", lambda h, p: p.school in ("senior1", "senior2") and 15 <= p.age <= 16, "primary")
wrong("junior_too_young", "p.school", pupil(7, 9), "grade7")
wrong("senior_too_young", "p.school", pupil(11, 12), "senior1")
wrong("college_too_young", "p.school", lambda h, p: p.school.startswith("senior") and p.age in (16, 17), "bachelor1")
wrong("master_too_young", "p.school", lambda h, p: p.school.startswith(("senior", "bachelor")) and p.age in (18, 19), "master")
wrong("low_schooling_young", "p.education", lambda h, p: 16 <= p.age <= 22 and p.education in ("junior", "senior"), "primary")
wrong("child_with_labour", "p.labour", pupil(7, 13), "ordinary")
wrong("student_with_labour", "p.labour", lambda h, p: bool(p.school) and 17 <= p.age <= 22, "ordinary")
wrong("healthy_but_lost", "p.labour", idle_strong, "lost")
wrong("healthy_but_none", "p.labour", idle_strong, "none")
wrong("healthy_but_weak", "p.labour", idle_strong, "weak")
wrong("ill_but_strong", "p.labour", lambda h, p: 23 <= p.age < 60 and p.labour == "weak" and "serious" in p.health, "ordinary")
wrong("old_but_strong", "p.labour", elder, "ordinary")
wrong("phone_of_worker_short", "p.phone", lambda h, p: bool(p.spells) and len(p.phone) == 11, "1540000")
wrong("phone_of_worker_odd", "p.phone", lambda h, p: bool(p.spells) and len(p.phone) == 11, "25412345678")


@kind("both_pensions_blank", who=grown)
def both_pensions_blank(hand: Hand) -> None:
    hand.set("p.resident_pension", "")
    hand.set("p.employee_pension", "")


@kind("medical_none", who=resident)
def medical_none(hand: Hand) -> None:
    hand.set("p.resident_insured", "no")
    hand.note("p.employee_insured", hand.person)


@kind("medical_none_removed", where=lambda household: household.removed == "yes", who=resident)
def medical_none_removed(hand: Hand) -> None:
    medical_none(hand)


@kind("medical_both", who=resident)
def medical_both(hand: Hand) -> None:
    hand.set("p.employee_insured", "yes")
    hand.note("p.resident_insured", hand.person)


@kind("medical_blank", who=resident)
def medical_blank(hand: Hand) -> None:
    hand.set("p.resident_insured", "")
    hand.set("p.employee_insured", "")


@kind("aid_without_insurance", who=resident)
def aid_without_insurance(hand: Hand) -> None:
    medical_none(hand)
    hand.set("p.medical_aid", "yes")


@kind("child_out_of_school", who=pupil(10, 13))
def child_out_of_school(hand: Hand) -> None:
    hand.set("p.school", "")
    hand.note("p.absent_reason", hand.person)
    hand.person.education = "primary"


@kind("absent_for_illness_but_healthy", who=pupil(8, 14))
def absent_for_illness_but_healthy(hand: Hand) -> None:
    hand.person.school = ""
    hand.set("p.absent_reason", "illness")
    hand.note("p.health", hand.person)


@kind("limb_card_but_ordinary", who=lambda h, p: "disabled" in p.health and 23 <= p.age < 60 and p.relation != "head")
def limb_card_but_ordinary(hand: Hand) -> None:
    person = hand.person
    person.id, person.disability_kind, person.disability_grade = person.id[:18] + "41", "4", "1"
    hand.note("p.id", person)
    hand.set("p.labour", "ordinary")


@kind("support_for_the_fit", who=lambda h, p: adult(h, p) and p.dibao == "none")
def support_for_the_fit(hand: Hand) -> None:
    hand.set("p.tekun", "rural")


@kind("household_phone_blank")
def household_phone_blank(hand: Hand) -> None:
    hand.set("h.phone", "")


@kind("household_phone_short")
def household_phone_short(hand: Hand) -> None:
    hand.set("h.phone", hand.household.phone[:10])


@kind("household_phone_odd")
def household_phone_odd(hand: Hand) -> None:
    hand.set("h.phone", "12" + hand.household.phone[2:])


def far_apart_workers(household: Household) -> list[Person]:
    """Two members at work in different counties."""
    workers = [person for person in household.members if person.spells and len(person.phone) == 11]
    return [workers[0], workers[1]] if len(workers) > 1 and workers[0].work_place != workers[1].work_place else []


@kind("phone_shared_by_workers", where=lambda household: bool(far_apart_workers(household)))
def phone_shared_by_workers(hand: Hand) -> None:
    first, second = far_apart_workers(hand.household)
    hand.set("p.phone", first.phone, second)
    hand.note("p.phone", first)


@kind("phone_shared_between_households", who=lambda h, p: p.relation != "head" and len(p.phone) == 11)
def phone_shared_between_households(hand: Hand) -> None:
    second = hand.another(lambda household: any(p.relation != "head" and len(p.phone) == 11 for p in household.members))
    if second:
        other = next(person for person in second.members if person.relation != "head" and len(person.phone) == 11)
        hand.set("p.phone", hand.person.phone, other)
        hand.note("p.phone", hand.person)


def unknown(name: str, path: str, who: Who) -> None:
    """A kind that writes a word no list has."""
    kind(name, who=who)(lambda hand: hand.write(path, hand.words.texts["unknown"][path[2:]]))


unknown("ethnicity_unknown", "p.ethnicity", anybody)
unknown("politics_unknown", "p.politics", grown)
unknown("education_unknown", "p.education", lambda h, p: p.age >= 30 and p.education in ("primary", "junior"))
unknown("labour_unknown", "p.labour", elder)
