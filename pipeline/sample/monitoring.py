"""The monitored household's own record: category, risks, measures that answer them, removal."""

from __future__ import annotations

from copy import copy
from datetime import timedelta
from random import Random

from pipeline.sample.clock import Clock, first_day, month_number
from pipeline.sample.livelihood import modest_income, scaled
from pipeline.sample.model import Help, Household
from pipeline.sample.people import COMPULSORY, VOCATIONAL, Registrar
from pipeline.sample.words import Words

SUDDEN = ("illness", "disaster", "accident")


def enter(rng: Random, household: Household, clock: Clock) -> None:
    """Category and months; whether the risk was removed. Comes before work, which must follow identification."""
    able = any(person.able for person in household.members)
    household.category = "sudden" if rng.random() < 0.22 else "unstable" if household.lifted == "yes" else "marginal"
    household.removed = "yes" if able and rng.random() < 0.52 else "no"
    if household.removed == "yes":
        household.found_on = clock.month - rng.randint(11, 26)
        household.removed_on = min(household.found_on + rng.randint(7, 18), clock.month)
        household.removal = "helped" if rng.random() < 0.85 else "natural"
    else:
        household.found_on = clock.month - rng.choice((0, 1, *range(3, 15), *range(3, 15)))


def complete(rng: Random, household: Household, registrar: Registrar) -> None:
    """Everything that stands on the monitored record, in an order in which each follows from the last."""
    clock = registrar.clock
    flags(household)
    incomes(rng, household, clock, registrar.words)
    risks(rng, household, registrar.words)
    household.help = measures(rng, household, clock)
    developing = household.help.industry or household.help.employment or household.help.finance or household.help.post
    household.carried_out = "done" if developing else "not_yet"
    household.limit_per_head = float(registrar.words.place["income_line"])
    household.limit_total = household.limit_per_head * len(household.members)
    people_in_charge(rng, household, registrar)


def flags(household: Household) -> None:
    household.dropout = household.house_problem = household.water_problem = household.uninsured = "no"
    if household.removed == "yes":
        household.after_dropout = household.after_house = household.after_water = household.after_uninsured = "no"


def incomes(rng: Random, household: Household, clock: Clock, words: Words) -> None:
    """Below the line when found unless hit by something sudden, above it when removed."""
    line = words.place["income_line"]
    size = len(household.members)
    if household.removed == "yes":
        household.now = modest_income(rng, household, clock, rng.uniform(1.06, 1.4) * line)
        per_head = household.now.per_head or line
        target = min(max(rng.uniform(0.57, 0.9) * per_head, 0.6 * line), 0.98 * line)
        household.found = scaled(household.now, min(target / per_head, 0.95), size)
        household.after = copy(household.now)
    else:
        high = 1.3 if household.category == "sudden" else 0.97
        household.now = modest_income(rng, household, clock, rng.uniform(0.66, high) * line)
        household.found = copy(household.now)


def risks(rng: Random, household: Household, words: Words) -> None:
    """One to three risks, each of which the household's own facts bear out."""
    possible = possible_risks(household)
    sudden = [risk for risk in possible if risk in SUDDEN]
    first = rng.choice(sudden) if household.category == "sudden" else rng.choice(possible)
    others = sorted(set(possible) - {first})
    chosen = [first, *rng.sample(others, k=min(len(others), rng.choice((0, 0, 1, 1, 2))))]
    household.name_risks(chosen)
    if "disaster" in chosen:
        household.disaster = rng.choice(("flood", "geology", "drought", "weather"))
        household.disaster_remark = words.texts["disaster_remark"]
    if "other" in chosen:
        household.risk_remark = words.texts["risk_remark"]
    if "illness" in chosen:
        paid = float(rng.randint(20, 180) * 100)
        household.found.self_paid = household.now.self_paid = paid
        if household.removed == "yes":
            household.after.self_paid = round(paid / 4, 2)
            household.now.self_paid = household.after.self_paid
    bear_out(rng, household, chosen)


def possible_risks(household: Household) -> list[str]:
    """Those that no rule could doubt."""
    members = household.members
    found = ["disaster", "accident", "housing", "water", "other"]
    ill = any({"serious", "chronic"} & set(person.health) for person in members)
    disabled = any("disabled" in person.health for person in members)
    adults = [person for person in members if person.age >= 18 and not person.school]
    strong = sum(person.strong for person in members)
    wanting = any(not person.able for person in adults) and 4 * strong <= len(members)
    upper = any(person.school.startswith(("senior", "vocational", "college", "bachelor")) for person in members)
    # what the household really has comes twice, so that it is drawn more often
    found += ["illness"] * 4 * ill + ["disability"] * 3 * disabled + ["labour"] * 2 * wanting + ["study"] * 2 * upper
    found += ["job"] * 2 * bool(household.spells) + ["industry"] * bool(household.now.operating)
    return found


def bear_out(rng: Random, household: Household, chosen: list[str]) -> None:
    """A housing or water risk stands in the flags; the house itself is mended once the risk is removed."""
    open_case = household.removed == "no"
    if "housing" in chosen:
        household.house_problem = "yes"
        if open_case:
            household.dangerous, household.danger_grade = "yes", rng.choice("CD")
    if "water" in chosen:
        household.water_problem = "yes"
        if open_case:
            household.safe_water = "no"


def measures(rng: Random, household: Household, clock: Clock) -> Help:
    """At least one measure for every risk, and development for whoever can work."""
    chosen, members = set(household.risks), household.members
    found_on = household.found_on or 0
    given = Help()
    if household.now.operating:
        given.industry = (rng.choice(("planting", "breeding")),) + (("share",) if rng.random() < 0.3 else ())
    worker = next((spell for person, spell in household.spells if not person.post), None)
    if worker and found_on <= clock.month - 3:
        given.employment = employment(rng, worker.channel, worker.point == "yes", bool(worker.subsidy))
    if given.industry and rng.random() < 0.3:
        given.finance = (rng.choice(("loan", "insurance")),)
    holder = next((person for person in members if person.post), None)
    if holder:
        given.post = holder.post
    premium = found_on <= month_number(clock.reference.year - 1, 12)
    given.health = (("premium",) if premium else ()) + (("aid", "doctor") if "illness" in chosen else ())
    schools = {person.school for person in members}
    given.compulsory = ("exemption",) if schools & COMPULSORY else ()
    given.education = education(schools, "study" in chosen)
    given.security = security(household)
    given.housing = ("rebuild",) if "housing" in chosen else ()
    given.water = (rng.choice(("build", "repair")),) if "water" in chosen else ()
    given.social = (rng.choice(("fixed", "donation")),) if rng.random() < 0.3 or not chosen - {"accident"} else ()
    given.living = ("toilet",) if rng.random() < 0.1 else ()
    return given


def employment(rng: Random, channel: str, escorted: bool, subsidised: bool) -> tuple[str, ...]:
    if channel == "workshop":
        return ("workshop",)
    if subsidised:
        return ("export", "subsidy") if escorted or rng.random() < 0.5 else ("subsidy",)
    return ("training",)


def education(schools: set[str], wanted: bool) -> tuple[str, ...]:
    if schools & VOCATIONAL:
        return ("rain",)
    return ("grant",) if wanted else ()


def security(household: Household) -> tuple[str, ...]:
    members = household.members
    return tuple(
        token
        for token, holds in (
            ("dibao", any(person.dibao == "rural" for person in members)),
            ("tekun", any(person.tekun == "rural" for person in members)),
            ("disabled", any("disabled" in person.health for person in members)),
            ("pension", any(person.age >= 60 for person in members) and household.removed == "yes"),
        )
        if holds
    )


def people_in_charge(rng: Random, household: Household, registrar: Registrar) -> None:
    """Contact, helper and the one who filled the form."""
    found_on = household.found_on or registrar.clock.month
    household.contact = registrar.name(rng, registrar.surname(rng), "male")
    household.contact_phone = registrar.phone()
    household.helper_sex = rng.choice(("male", "female"))
    household.helper = registrar.name(rng, registrar.surname(rng), household.helper_sex)
    household.helper_politics = "party"
    household.helper_unit = rng.choice(registrar.words.texts["units"])
    household.helper_from = found_on
    household.helper_phone = registrar.phone()
    household.filled_by = household.contact
    household.filled_on = first_day(found_on) + timedelta(days=rng.randint(0, 27))
