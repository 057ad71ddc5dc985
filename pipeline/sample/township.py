"""The whole township, month for month: every household coherent, every village row the sum of its households."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from pipeline.sample.clock import Clock, month_number
from pipeline.sample.families import Kin, family
from pipeline.sample.ids import check_character
from pipeline.sample.livelihood import (
    give_home,
    give_plans,
    give_support,
    give_work,
    usual_income,
)
from pipeline.sample.model import Household, Person, Township, VillageRow
from pipeline.sample.monitoring import complete, enter
from pipeline.sample.people import Registrar
from pipeline.sample.words import Village, Words

LIFTED_SHARE, MONITORED_SHARE = 0.25, 0.071
PER_SCALE = 1500
LAST_LIFTED = 2020  # no household was lifted later, whatever the year of the township


def township(clock: Clock, seed: int, scale: float, words: Words) -> Township:
    """About 1,500 households for each unit of scale, sorted by village and group."""
    registrar = Registrar(words, clock)
    total = max(len(words.villages) * 3, round(PER_SCALE * scale))
    households = [household(number, total, seed, registrar) for number in range(total)]
    return Township(households, village_rows(households, words, seed))


def household(number: int, total: int, seed: int, registrar: Registrar) -> Household:
    """One household, drawn from its own random stream so that neighbours do not matter."""
    rng = Random(f"{seed}/{number}")
    village = registrar.words.villages[number * len(registrar.words.villages) // total]
    lifted = rng.random() < LIFTED_SHARE
    chance = MONITORED_SHARE * (1.8 if lifted else 0.73)
    return drawn(rng, number, village, registrar, lifted=lifted, monitored=rng.random() < chance)


def drawn(rng: Random, number: int, village: Village, registrar: Registrar, *, lifted: bool, monitored: bool) -> Household:
    """A household of a kind, everything else about it by chance."""
    words, clock = registrar.words, registrar.clock
    no = f"00{village.code}{number + 1:06d}"
    members = people(rng, no, registrar, 3.0 if monitored else 1.8 if lifted else 1.0)
    result = empty_household(rng, no, village, words, members, lifted)
    if monitored:
        enter(rng, result, clock)
    give_home(rng, result)
    give_support(rng, result)
    give_work(rng, result, words, clock)
    give_plans(rng, result, words)
    if monitored:
        complete(rng, result, registrar)
    else:
        result.now = usual_income(rng, result, clock, words.place["income_line"])
    register(rng, result, clock, number, words)
    result.phone = next((person.phone for person in (result.head, *members) if person.phone), "") or registrar.phone()
    result.bank = words.texts["bank"]
    return result


def people(rng: Random, no: str, registrar: Registrar, frailty: float) -> list[Person]:
    """The members of one household, no two with the same name."""
    own, father = registrar.surname(rng), registrar.surname(rng)
    members: list[Person] = []
    for position, kin in enumerate(family(rng), start=1):
        person = registrar.person(rng, kin, surname_for(rng, kin, own, father, registrar), f"{no}{position:02d}", frailty)
        while any(person.name == other.name for other in members):
            person.name = registrar.name(rng, own if kin.line == "own" else father, kin.sex)
        members.append(person)
    return members


def surname_for(rng: Random, kin: Kin, own: str, father: str, registrar: Registrar) -> str:
    """The family's own; a mother's children bear their father's; who married in brings another."""
    if kin.line == "own":
        return own
    return father if kin.relation in {"son", "daughter"} else registrar.surname(rng)


def empty_household(
    rng: Random, no: str, village: Village, words: Words, members: list[Person], lifted: bool
) -> Household:
    place = words.place
    return Household(
        no=no,
        place=village,
        province=place["province"],
        city=place["city"],
        county=place["county"],
        town=place["town"],
        village=village.name,
        group=rng.randint(1, village.groups),
        kind="lifted" if lifted else "ordinary",
        lifted="yes" if lifted else "no",
        members=members,
        size=len(members),
    )


def register(rng: Random, result: Household, clock: Clock, number: int, words: Words) -> None:
    """What stands on the household row about its head, its home and its first registration."""
    copy_head(result)
    if result.lifted == "yes":
        result.first_found = clock.month - rng.randint(80, 100)
        result.lifted_year = str(min(clock.reference.year - rng.randint(2, 6), LAST_LIFTED))
    else:
        result.first_found = result.found_on
    for person in result.members:
        if result.first_found is not None:
            person.recognised_on = max(result.first_found, month_number(person.birth.year, person.birth.month))
    group = f"{words.place['digits'][result.group]}{words.place['group_suffix']}"
    result.address = words.place["address"].format(
        county=result.county, town=result.town, village=result.village, group=group, number=number % 90 + 1
    )


def copy_head(household: Household) -> None:
    """The household row repeats its head's name and number."""
    head = household.head
    household.head_name, household.head_id, household.head_id_type = head.name, head.id, head.id_type


def village_rows(households: list[Household], words: Words, seed: int) -> list[VillageRow]:
    """One row per village, never less than what its households say."""
    rng = Random(f"{seed}/villages")
    return [
        village_row(rng, village, [h for h in households if h.place.name == village.name], words)
        for village in words.villages
    ]


def village_row(rng: Random, village: Village, own: list[Household], words: Words) -> VillageRow:
    members = [person for household in own for person in household.members]
    net = sum(household.now.net or 0.0 for household in own)
    return VillageRow(
        county=words.place["county"],
        town=words.place["town"],
        name=village.name,
        out="yes",
        households=len(own),
        people=len(members) + 5,
        dibao_households=max(1, sum(any(p.dibao == "rural" for p in h.members) for h in own)),
        dibao_people=max(1, sum(p.dibao == "rural" for p in members)),
        tekun_people=max(1, sum(p.tekun == "rural" for p in members)),
        disabled_people=max(1, sum("disabled" in p.health for p in members)),
        collective=round(rng.uniform(5, 40), 2),
        per_head=round(net / len(members), 2),
        schools=1,
        pension_people=max(1, sum(p.resident_pension == "yes" for p in members)),
        bus="yes",
        clinics=rng.choice((1, 1, 2)),
        toilets=rng.randint(1, 4),
        doctors=rng.choice((1, 2)),
        tips=rng.randint(2, 9),
        libraries=1,
        paved="yes",
        unsafe_water=sum(h.safe_water == "no" for h in own),
        dangerous=sum(h.dangerous == "yes" for h in own),
    )


def month_before(now: Township, clock: Clock, seed: int, touched: set[str]) -> Township:
    """The township a month earlier.

    Unchanged households are shared between the two months; `touched` households are left alone.
    """
    rng = Random(f"{seed}/before")
    households = list(now.households)
    changed: set[str] = set()
    for index, household in enumerate(households):
        earlier = undo_month(household, clock) if household.no not in touched else None
        if earlier is not None:
            households[index] = earlier
            changed.add(household.no)
    quiet = [
        index
        for index, household in enumerate(households)
        if not household.monitored
        and household.lifted == "no"
        and len(household.members) >= 4
        and household.no not in touched | changed
    ]
    wanted = max(1, round(len(households) / 750))
    for index in rng.sample(quiet, k=min(wanted, len(quiet))):
        households[index] = with_one_more(rng, households[index], clock)
        changed.add(households[index].no)
    return Township(households, now.villages)


def departed(now: Township, before: Township) -> list[tuple[Household, Person]]:
    """Who died since the month before, with the household they left."""
    numbers = {person.no for household in now.households for person in household.members}
    return [
        (household, person)
        for household, earlier in zip(now.households, before.households, strict=True)
        if earlier is not household
        for person in earlier.members
        if person.no not in numbers and person.age > 92  # older than anybody alive here
    ]


def undo_month(household: Household, clock: Clock) -> Household | None:
    """The household before this month's births, identifications and removals; None when nothing happened."""
    newborn = [p for p in household.members if (p.birth.year, p.birth.month) == (clock.month // 12, clock.month % 12 + 1)]
    found_now, removed_now = household.found_on == clock.month, household.removed_on == clock.month
    if len(household.members) < 4:
        newborn = []  # in a small household a birth moves the income per head like an error
    if not (newborn or found_now or removed_now):
        return None
    earlier = deepcopy(household)
    if newborn:
        born = {person.no for person in newborn}
        earlier.members = [person for person in earlier.members if person.no not in born]
        resize(earlier)
    if found_now:
        earlier.category = earlier.removed = ""
        earlier.found_on = None
    if removed_now:
        earlier.removed, earlier.removal, earlier.removed_on = "no", "", None
        earlier.after_dropout = earlier.after_house = earlier.after_water = earlier.after_uninsured = ""
        earlier.after = type(earlier.after)()
    return earlier


def with_one_more(rng: Random, household: Household, clock: Clock) -> Household:
    """The household while an old relative, who died this month, was still alive."""
    earlier = deepcopy(household)
    late = deepcopy(household.head)
    late.no = f"{household.no}{len(household.members) + 1:02d}"
    late.relation, late.spells, late.plans = "other", [], ""
    late.work_place, late.work_months, late.company, late.trade, late.channel = "", None, "", "", ""
    late.post, late.post_months, late.phone = (), None, ""
    late.sex, late.age, late.labour, late.school = "female", 93, "none", ""
    late.health, late.id_type, late.disability_kind, late.disability_grade = ("chronic",), "identity", "", ""
    late.disability_year = ""
    late.birth = clock.born_at_age(93, rng.random())
    late.name = late.name[:1] + household.members[-1].name[-1:] + late.name[:1]
    late.resident_insured, late.employee_insured = "yes", "no"
    late.resident_pension, late.employee_pension = "yes", "no"
    late.education, late.politics = "illiterate", "masses"


    first17 = f"{household.head.id[:6]}{late.birth:%Y%m%d}{900 + 2 * rng.randint(0, 49)}"
    late.id = first17 + check_character(first17)
    earlier.members.append(late)
    resize(earlier)
    return earlier


def resize(household: Household) -> None:
    """Head count and everything per head after a birth or death."""
    household.size = len(household.members)
    household.now.settle(household.size)
    if household.monitored:
        household.found.settle(household.size)
        household.limit_total = (household.limit_per_head or 0.0) * household.size
        if household.removed == "yes":
            household.after.settle(household.size)
