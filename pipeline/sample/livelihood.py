"""Work, land, house and income of a household, so that sums add up and every yuan has a source."""

from __future__ import annotations

from random import Random

from pipeline.sample.clock import Clock
from pipeline.sample.model import Household, Income, Person, Spell
from pipeline.sample.words import Words

TRANSFERS = ("pension", "dibao", "tekun", "ecology", "family_planning", "other_transfer")
EARNINGS = ("wage", "operating", "property", "expense", "dividend", "posts")


def give_work(rng: Random, household: Household, words: Words, clock: Clock) -> None:
    """Spells inside the income window; those of a monitored household begin after it was identified."""
    earliest = max(clock.window_start, (household.found_on or 0) + 1)
    if earliest > clock.window_end - 1:
        return
    fit = [p for p in household.members if p.strong and p.age < 60]
    chance = 0.7 if household.lifted == "yes" or not household.monitored else 0.6
    workers = [p for p in fit if rng.random() < chance]
    if household.monitored:
        workers = workers[:1]
    for person in workers:
        go_to_work(rng, household, person, earliest, words, clock)
    supported = household.monitored or household.lifted == "yes"
    idle = [p for p in fit if not p.spells and 20 <= p.age < 65]
    if supported and idle and not (household.monitored and workers) and rng.random() < 0.3:
        give_post(rng, household, idle[0], earliest, words, clock)


def go_to_work(
    rng: Random, household: Household, person: Person, earliest: int, words: Words, clock: Clock
) -> None:
    """One or two spells, the last one usually still running."""
    own_county = rng.random() < 0.3
    place = words.place["own_county_work"] if own_county else rng.choice(words.place["work_counties"])
    near = ("workshop",) if household.monitored else ("workshop", "self", "friends")
    channel = rng.choice(near) if own_county else rng.choice(("organised", "friends", "self"))
    first = rng.randint(earliest, max(earliest, clock.window_end - 4))
    spans: list[tuple[int, int | None]] = [(first, None)]
    if first + 6 <= clock.window_end and rng.random() < 0.3:
        spans = [(first, first + 3), (first + 5, None)]
    returned = not household.monitored and rng.random() < 0.08
    if returned:
        last = spans[-1]
        spans[-1] = (last[0], min(last[0] + 3, clock.window_end))
    wage = float(rng.randint(18, 62) * 100)
    supported = household.monitored or household.lifted == "yes"
    for start, end in spans:
        person.spells.append(
            Spell(
                key=f"{person.no}/{len(person.spells)}",
                working="no" if returned or (end is not None and len(spans) == 1) else "yes",
                start=start,
                end=end,
                place=place,
                wage=wage,
                company=rng.choice(words.texts["companies"]),
                trade=rng.choice(("factory", "building", "catering", "service")),
                channel=channel,
                point="yes" if channel == "organised" else "no",
                subsidy=float(rng.choice((200, 300, 400, 600))) if supported and not own_county else 0.0,
            )
        )
    if rng.random() < 0.15:
        person.labour = "skilled"
    if 23 <= person.age < 40 and not person.school and rng.random() < 0.2:
        person.education = rng.choice(("college", "bachelor"))
    if not household.monitored and rng.random() < 0.06:
        person.resident_insured, person.employee_insured = "no", "yes"
        person.resident_pension, person.employee_pension = "no", "yes"
    describe_work(person, clock)


def give_post(
    rng: Random, household: Household, person: Person, earliest: int, words: Words, clock: Clock
) -> None:
    """A public post in the village, which is also a work spell in the own county."""
    person.post = (rng.choice(("ranger", "cleaner", "roads", "water", "grass")),)
    person.spells.append(
        Spell(
            key=f"{person.no}/0",
            working="yes",
            start=earliest,
            end=None,
            place=words.place["own_county_work"],
            wage=float(rng.choice((600, 700, 800))),
            company=words.place["committee"].format(village=household.village),
            trade="public",
            channel="post",
            point="no",
            subsidy=0.0,
        )
    )
    describe_work(person, clock)
    person.post_months = person.work_months


def describe_work(person: Person, clock: Clock) -> None:
    """The member's own work columns follow from the spells."""
    if not person.spells:
        person.work_place, person.work_months, person.company, person.trade, person.channel = "", None, "", "", ""
        return
    last = person.spells[-1]
    person.work_place, person.company = last.place, last.company
    person.trade, person.channel = last.trade, last.channel
    person.work_months = sum(months_worked(spell, clock) for spell in person.spells)


def months_worked(spell: Spell, clock: Clock) -> int:
    """Months of a spell inside the income window."""
    end = clock.window_end if spell.end is None else spell.end
    return end - (spell.start or end) + 1


def give_plans(rng: Random, household: Household, words: Words) -> None:
    """Some who are fit and at home mean to go; some who are away are asked as well."""
    for person in household.members:
        if not person.strong or person.age >= 60 or rng.random() < 0.5:
            continue
        person.plans = "no" if person.spells else rng.choice(("yes", "no"))
        if person.plans == "yes":
            person.plan_county = rng.choice(words.place["work_counties"])
            person.plan_need = rng.choice(("training", "placement", "subsidy", "nothing"))


def give_home(rng: Random, household: Household) -> None:
    """House, water, road and land, all in order."""
    household.danger_grade = rng.choice("AAAB")
    household.house_area = float(rng.randint(45, 210))
    household.road = rng.choice(("cement", "cement", "asphalt", "gravel"))
    household.road_hard = "no" if household.road == "gravel" else "yes"
    household.distance = round(rng.random() * 3.5, 1)
    household.fuel = rng.choice(("wood", "clean", "clean", "coal"))
    household.arable = round(rng.random() * 8, 1)
    household.forest = round(rng.random() * 15, 1)
    household.returned = round(rng.random() * 3, 1) if rng.random() < 0.4 else 0.0
    household.orchard = round(rng.random() * 4, 1) if rng.random() < 0.4 else 0.0
    household.pasture, household.pond = 0.0, round(rng.random(), 1) if rng.random() < 0.1 else 0.0
    household.cooperative = "yes" if rng.random() < 0.2 else "no"


def give_support(rng: Random, household: Household) -> None:
    """Support for all members of a household, always where nobody of a supported one can work."""
    members = household.members
    nobody_able = not any(person.able for person in members)
    supported = household.monitored or household.lifted == "yes"
    if len(members) == 1 and nobody_able and members[0].age >= 60 and rng.random() < 0.5:
        members[0].tekun = "rural"
    elif (nobody_able and supported) or rng.random() < (
        0.25 if household.monitored else 0.08 if household.lifted == "yes" else 0.015
    ):
        for person in members:
            person.dibao = "rural"
    on_support = any(person.dibao == "rural" or person.tekun == "rural" for person in members)
    household.safety_net = "yes" if nobody_able and supported and on_support else "no"


def transfers(rng: Random, household: Household) -> Income:
    """An income with its transfers only."""
    members = household.members
    income = Income(wage=0.0, operating=0.0, property=0.0, expense=0.0, dividend=0.0, posts=0.0)
    income.pension = float(sum(rng.randint(115, 135) * 12 for p in members if p.age >= 60))
    income.dibao = float(sum(rng.randint(19, 21) * 120 for p in members if p.dibao == "rural"))
    income.tekun = float(sum(8268 for p in members if p.tekun == "rural"))
    income.ecology = float(rng.randint(20, 260))
    income.family_planning = 0.0
    income.other_transfer = float(sum(960 for p in members if "disabled" in p.health))
    income.claims, income.self_paid = 0.0, 0.0
    if household.cooperative == "yes" or household.lifted == "yes":
        income.dividend = float(rng.randint(30, 300))
    income.property = (income.dividend or 0.0) + (float(rng.randint(5, 60) * 10) if rng.random() < 0.3 else 0.0)
    add_transfers(income)
    return income


def add_transfers(income: Income) -> None:
    """The transfer total is the sum of its items."""
    income.transfer = round(sum(getattr(income, item) or 0.0 for item in TRANSFERS), 2)


def wages(household: Household, clock: Clock) -> tuple[float, float]:
    """What all spells paid, and what of it came from public posts."""
    paid = [(spell, (spell.wage or 0.0) * months_worked(spell, clock)) for _, spell in household.spells]
    return sum(pay for _, pay in paid), sum(pay for spell, pay in paid if spell.channel == "post")


def usual_income(rng: Random, household: Household, clock: Clock, line: int) -> Income:
    """Clearly above the line: what work and transfers leave open comes from the farm or from the children."""
    size = len(household.members)
    income = transfers(rng, household)
    income.wage, income.posts = wages(household, clock)
    if any(person.able for person in household.members):
        income.operating = float(rng.randint(15, 160) * 100)
        income.expense = round(income.operating * rng.uniform(0.2, 0.5), 2)
    income.settle(size)
    wanted = round(rng.uniform(1.12, 2.6) * line) * size
    if (income.net or 0.0) < line * 1.1 * size:
        gap = round(wanted - (income.net or 0.0), 2)
        if income.operating:
            income.operating = round(income.operating + gap, 2)
        else:
            income.other_transfer = round((income.other_transfer or 0.0) + gap, 2)
            add_transfers(income)
    income.settle(size)
    return income


def modest_income(rng: Random, household: Household, clock: Clock, per_head: float) -> Income:
    """Close to a wanted sum per head; wages of the spells are set to fit."""
    size = len(household.members)
    income = transfers(rng, household)
    left = per_head * size - (income.transfer or 0.0) - (income.property or 0.0)
    if not any(person.able for person in household.members):
        income.other_transfer = round((income.other_transfer or 0.0) + max(left, 0.0), 2)
        add_transfers(income)
    else:
        left = max(left, 1500.0)
        if household.spells:
            fit_wages(household, left * 0.65, clock)
            income.wage, income.posts = wages(household, clock)
        farm = max(left - (income.wage or 0.0), 400.0)
        income.operating = round(farm / 0.7, 2)
        income.expense = round(income.operating * 0.3, 2)
    income.settle(size)
    return income


def fit_wages(household: Household, wanted: float, clock: Clock) -> None:
    """Shorten and reprice the spells of the one who works so that they pay about `wanted`."""
    person, first = household.spells[0]
    months = sum(months_worked(spell, clock) for spell in person.spells)
    if wanted / months < 700:
        person.spells = [first]
        first.end = None
        first.working = "yes"
        months = max(1, int(wanted // 900))
        # still at work: the spell that pays little began late
        first.start = max(first.start or 0, clock.window_end - months + 1)
        months = months_worked(first, clock)
    for spell in person.spells:
        spell.wage = max(500.0, float(round(wanted / months, -1)))
    describe_work(person, clock)
    if person.post:
        person.post_months = person.work_months


def scaled(income: Income, factor: float, size: int) -> Income:
    """The same sources at another level."""
    result = Income(claims=income.claims, self_paid=income.self_paid)
    for name in EARNINGS + TRANSFERS:
        setattr(result, name, round((getattr(income, name) or 0.0) * factor, 2))
    add_transfers(result)
    result.settle(size)
    return result
