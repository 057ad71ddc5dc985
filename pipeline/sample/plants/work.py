"""Work spells, plans and public posts."""

from __future__ import annotations

from pipeline.sample.clock import first_day, full_years
from pipeline.sample.livelihood import describe_work
from pipeline.sample.model import Household, Person, Spell
from pipeline.sample.plants.core import Hand, Who, kind


def worker(household: Household, person: Person) -> bool:
    """Away for work, once, and still."""
    return len(person.spells) == 1 and not person.post and person.spells[0].working == "yes"


def away(household: Household, person: Person) -> bool:
    return worker(household, person) and bool(person.spells[0].subsidy)


def holder(household: Household, person: Person) -> bool:
    return bool(person.post)


def put(name: str, path: str, value: object, who: Who = worker) -> None:
    kind(name, who=who)(lambda hand: hand.set(path, value))


put("start_blank", "s.start", None)
put("work_place_blank", "s.place", "")
put("company_blank", "s.company", "")
put("work_wage_blank", "s.wage", None)
put("work_wage_too_high", "s.wage", 45000.0)
put("work_wage_too_low", "s.wage", 60.0)
put("work_wage_under_400", "s.wage", 300.0)
put("months_over_12", "p.work_months", 14)
put("place_without_months", "p.work_months", None)
put("months_without_place", "p.work_place", "")
put("post_without_months", "p.post_months", None, holder)
put("months_without_post", "p.post", (), holder)
put("plan_without_need", "p.plan_need", "", lambda h, p: p.plans == "yes")


@kind("worker_without_labour", who=worker)
def worker_without_labour(hand: Hand) -> None:
    hand.set("p.labour", "none")


@kind("student_at_work", where=lambda h: (h.now.wage or 0.0) > 8000, who=lambda h, p: bool(p.school) and 17 <= p.age <= 22)
def student_at_work(hand: Hand) -> None:
    """A student with a work row of one month."""
    person, end = hand.person, hand.clock.window_end
    place = hand.words.texts["far_county"]
    company = hand.words.texts["companies"][0]
    person.spells.append(
        Spell(f"{person.no}/0", "yes", end, None, place, 1800.0, company, "factory", "self", "no", 0.0)
    )
    describe_work(person, hand.clock)
    hand.note("s.working", person.spells[0])
    hand.note("p.school", person)


@kind("work_place_no_county", who=worker)
def work_place_no_county(hand: Hand) -> None:
    hand.set("s.place", hand.words.texts["bare_province"])


@kind("workshop_far_away", who=lambda h, p: worker(h, p) and p.spells[0].place != "" and bool(p.spells[0].subsidy))
def workshop_far_away(hand: Hand) -> None:
    hand.set("s.channel", "workshop")
    hand.person.channel = "workshop"
    hand.note("s.place", hand.person.spells[0])


@kind("supported_at_work", who=lambda h, p: worker(h, p) and p.dibao == "none")
def supported_at_work(hand: Hand) -> None:
    hand.set("p.tekun", "rural")
    hand.note("s.working", hand.person.spells[0])


@kind("worked_as_child", who=lambda h, p: worker(h, p) and p.age <= 24)
def worked_as_child(hand: Hand) -> None:
    birth = hand.person.birth
    start = (birth.year + 15) * 12 + birth.month
    assert full_years(birth, first_day(start)) == 15
    hand.set("s.start", start)


@kind("spells_overlap", who=lambda h, p: len(p.spells) == 2)
def spells_overlap(hand: Hand) -> None:
    first, second = hand.person.spells
    hand.set("s.start", (first.end or 0) - 1, second)
    hand.note("s.end", first)


@kind("spell_outside_window", who=worker)
def spell_outside_window(hand: Hand) -> None:
    spell = hand.person.spells[0]
    early = hand.clock.window_start - 15
    hand.set("s.start", early, spell)
    hand.set("s.end", early + (hand.person.work_months or 1) - 1, spell)


@kind("open_since_2020", who=worker)
def open_since_2020(hand: Hand) -> None:
    hand.set("s.start", 2020 * 12 + hand.rng.randint(2, 10))
    hand.note("s.end", hand.person.spells[0])


@kind("stopped_without_end", who=worker)
def stopped_without_end(hand: Hand) -> None:
    hand.set("s.working", "no")
    hand.note("s.end", hand.person.spells[0])


@kind("stopped_in_future", who=worker)
def stopped_in_future(hand: Hand) -> None:
    hand.set("s.working", "no")
    hand.set("s.end", hand.clock.month + 5)


@kind("start_unreadable", who=lambda h, p: worker(h, p) and 1 <= (p.spells[0].start or 0) % 12 < 9)
def start_unreadable(hand: Hand) -> None:
    start = hand.person.spells[0].start or 0
    # a date typed with its characters for year, month and day, after those were lost
    hand.write("s.start", f"{start // 12}{start % 12 + 1}1")


@kind("three_posts", who=holder)
def three_posts(hand: Hand) -> None:
    hand.set("p.post", ("ranger", "cleaner", "water"))


@kind("child_in_post", who=lambda h, p: 10 <= p.age < 16 and bool(p.school))
def child_in_post(hand: Hand) -> None:
    hand.set("p.post", ("cleaner",))
    hand.person.post_months = 3


@kind("old_in_post", who=lambda h, p: 70 <= p.age <= 78 and p.labour == "weak")
def old_in_post(hand: Hand) -> None:
    hand.set("p.post", ("ranger",))
    hand.person.post_months = 6


@kind("post_without_labour", who=lambda h, p: 60 <= p.age < 70 and p.labour == "none")
def post_without_labour(hand: Hand) -> None:
    hand.set("p.post", ("roads",))
    hand.person.post_months = 6
    hand.note("p.labour", hand.person)
