"""The monitored household's own record: risks, months, flags, measures, removal."""

from __future__ import annotations

from pipeline.sample.clock import month_number
from pipeline.sample.livelihood import scaled
from pipeline.sample.model import Help, Household, Income
from pipeline.sample.people import VOCATIONAL
from pipeline.sample.plants.core import Hand, Where, kind

MEASURES = (
    "industry", "employment", "finance", "post", "health", "compulsory", "education", "security", "housing", "water",
    "social", "move", "living", "facility",
)  # fmt: skip
DEVELOPING = MEASURES[:4]
# risks that no measure, flag or member must bear out
FREE_RISKS = {"disaster", "accident", "other", "industry"}


def open_case(household: Household) -> bool:
    return household.removed == "no"


def closed_case(household: Household) -> bool:
    return household.removed == "yes"


def helped(household: Household) -> bool:
    return closed_case(household) and household.removal == "helped"


def both(*tests: Where) -> Where:
    return lambda household: all(test(household) for test in tests)


def able(household: Household) -> bool:
    return any(person.able for person in household.members)


def strong(household: Household) -> bool:
    return any(person.strong for person in household.members)


def free(household: Household) -> bool:
    return set(household.risks) <= FREE_RISKS


def undemanding(household: Household) -> bool:
    """No member calls for a measure of its own."""
    members = household.members
    supported = any(p.dibao == "rural" or p.tekun == "rural" or "disabled" in p.health for p in members)
    return free(household) and not supported and not any(p.school in VOCATIONAL for p in members)


def with_risk(risk: str) -> Where:
    return lambda household: risk in household.risks


def without_risk(risk: str) -> Where:
    return lambda household: risk not in household.risks and len(household.risks) < 5


def with_measure(name: str) -> Where:
    return lambda household: bool(getattr(household.help, name))


def without_measure(name: str) -> Where:
    return lambda household: not getattr(household.help, name)


def jobless(household: Household) -> bool:
    """Nothing on the record that a moved month would contradict."""
    return not household.help.employment and not household.help.post and "job" not in household.risks


def put(name: str, path: str, value: object, where: Where) -> None:
    kind(name, where=where)(lambda hand: hand.set(path, value))


def drop_measures(hand: Hand, *names: str) -> None:
    for name in names:
        hand.set(f"h.help.{name}", ())


def add_risk(hand: Hand, risk: str) -> None:
    """In the next free slot."""
    slot = len(hand.household.risks) + 1
    hand.set(f"h.risk{slot}", risk)


put("found_on_blank", "h.found_on", None, open_case)
put("found_wage_blank", "h.found.wage", None, lambda h: open_case(h) and not h.found.wage)
put("found_claims_blank", "h.found.claims", None, open_case)
put("dropout_flag_blank", "h.dropout", "", open_case)
put("house_flag_blank", "h.house_problem", "", both(open_case, without_risk("housing")))
put("after_house_blank", "h.after_house", "", closed_case)
put("after_claims_blank", "h.after.claims", None, closed_case)
put("after_per_head_blank", "h.after.per_head", None, closed_case)
put("after_dropout_yes", "h.after_dropout", "yes", closed_case)
put("after_house_yes", "h.after_house", "yes", closed_case)
put("after_water_yes", "h.after_water", "yes", closed_case)
put("removed_but_water_unsafe", "h.safe_water", "no", closed_case)
put("contact_blank", "h.contact", "", closed_case)
put("contact_phone_blank", "h.contact_phone", "", closed_case)
put("other_without_remark", "h.risk_remark", "", with_risk("other"))
put("disaster_without_kind", "h.disaster", "", with_risk("disaster"))
put("development_not_marked", "h.carried_out", "not_yet", both(open_case, able))
put("safety_net_no", "h.safety_net", "no", lambda h: open_case(h) and not able(h) and h.safety_net == "yes")
put("found_too_early", "h.found_on", month_number(2018, 5), both(open_case, jobless))
put("removal_time_blank", "h.removed_on", None, closed_case)
put("removal_way_blank", "h.removal", "", lambda h: closed_case(h) and free(h))


@kind("no_risk", where=lambda h: len(h.risks) == 1 and free(h) and h.category != "sudden" and "other" not in h.risks)
def no_risk(hand: Hand) -> None:
    hand.set("h.risk1", "")
    hand.household.disaster = hand.household.disaster_remark = ""


@kind("found_on_unreadable", where=both(open_case, jobless))
def found_on_unreadable(hand: Hand) -> None:
    found_on = hand.household.found_on or 0
    hand.write("h.found_on", f"{found_on // 12}429")


@kind("removed_but_dangerous", where=closed_case)
def removed_but_dangerous(hand: Hand) -> None:
    hand.set("h.dangerous", "yes")
    hand.household.danger_grade = "C"


@kind("helped_without_measures", where=both(helped, undemanding))
def helped_without_measures(hand: Hand) -> None:
    drop_measures(hand, *(name for name in MEASURES if getattr(hand.household.help, name)))


@kind("months_without_measures", where=lambda h: open_case(h) and undemanding(h))
def months_without_measures(hand: Hand) -> None:
    household = hand.household
    if (household.found_on or 0) > hand.clock.month - 2:
        household.found_on = hand.clock.month - 4
    for name in MEASURES:
        hand.set(f"h.help.{name}", ())
    household.carried_out = "not_yet"


@kind(
    "disability_without_disabled",
    where=lambda h: without_risk("disability")(h)
    and not any("disabled" in p.health for p in h.members)
    and bool(h.help.social or h.help.security),
)
def disability_without_disabled(hand: Hand) -> None:
    add_risk(hand, "disability")


@kind("removed_too_soon", where=both(helped, jobless))
def removed_too_soon(hand: Hand) -> None:
    """Four months: identified in December, removed in the month before the period."""
    hand.set("h.removed_on", hand.clock.month - 1)
    hand.set("h.found_on", hand.clock.month - 5)


@kind("removed_next_month", where=both(helped, jobless))
def removed_next_month(hand: Hand) -> None:
    hand.set("h.removed_on", (hand.household.found_on or 0) + 1)
    hand.note("h.found_on", hand.household)


@kind("job_risk_but_nobody_able", where=lambda h: open_case(h) and not able(h) and without_risk("job")(h))
def job_risk_but_nobody_able(hand: Hand) -> None:
    add_risk(hand, "job")


@kind("job_risk_but_nobody_works", where=lambda h: open_case(h) and strong(h) and not h.spells and without_risk("job")(h))
def job_risk_but_nobody_works(hand: Hand) -> None:
    add_risk(hand, "job")


def bears(risk: str, household: Household) -> bool:
    """The household's facts would bear the risk out, whether or not it is on the record."""
    members = household.members
    if risk == "study":
        upper = any(p.school.startswith(("senior", "bachelor")) for p in members)
        return upper and not any(p.school in VOCATIONAL for p in members)
    if risk == "disability":
        mild = any(p.disability_grade in ("3", "4") for p in members)
        severe = any(p.disability_grade in ("1", "2") for p in members)
        return mild and not severe and not any(p.dibao == "rural" or p.tekun == "rural" for p in members)
    return risk in household.risks


def unanswered(name: str, risk: str, answers: tuple[str, ...]) -> None:
    """A risk whose measures are all taken away."""

    def fits(household: Household) -> bool:
        left = [measure for measure in MEASURES if measure not in answers and getattr(household.help, measure)]
        # other risks must not lean on the measures that go
        alone = not ({"illness", "study", "disability", "housing", "water"} - {risk}) & set(household.risks)
        room = risk in household.risks or len(household.risks) < 5
        return bears(risk, household) and bool(left) and alone and room

    def act(hand: Hand) -> None:
        if risk not in hand.household.risks:
            add_risk(hand, risk)
        drop_measures(hand, *answers)

    kind(f"{name}_removed", where=both(helped, fits))(act)
    kind(f"{name}_open", where=both(open_case, fits))(act)


unanswered("illness_unanswered", "illness", ("health", "social"))
unanswered("study_unanswered", "study", ("compulsory", "education", "social"))
unanswered("disability_unanswered", "disability", ("security", "social"))
unanswered("housing_unanswered", "housing", ("housing", "move"))
unanswered("water_unanswered", "water", ("water",))


@kind("income_implausibly_low", where=lambda h: open_case(h) and not h.spells)
def income_implausibly_low(hand: Hand) -> None:
    household = hand.household
    factor = 3100 / (household.found.per_head or 1)
    for block in ("found", "now"):
        income = scaled(getattr(household, block), factor, household.size)
        setattr(household, block, income)
        for name in ("per_head", "net"):
            hand.note(f"h.{block}.{name}", household)


@kind("water_flag_without_risk", where=lambda h: without_risk("water")(h) and h.water_problem == "no")
def water_flag_without_risk(hand: Hand) -> None:
    hand.set("h.water_problem", "yes")
    hand.household.help.water = ("repair",)
    hand.note("h.risk1", hand.household)


@kind("uninsured_flag_without_illness", where=lambda h: without_risk("illness")(h) and bool(h.help.health))
def uninsured_flag_without_illness(hand: Hand) -> None:
    hand.set("h.uninsured", "yes")
    hand.note("h.risk1", hand.household)


@kind("dropout_flag_without_child", where=with_measure("compulsory"))
def dropout_flag_without_child(hand: Hand) -> None:
    hand.set("h.dropout", "yes")


@kind(
    "labour_risk_but_all_able",
    where=lambda h: open_case(h)
    and without_risk("labour")(h)
    and strong(h)
    and all(p.able for p in h.members if p.age >= 18 and not p.school)
    and 4 * sum(p.strong for p in h.members) > len(h.members),
)
def labour_risk_but_all_able(hand: Hand) -> None:
    add_risk(hand, "labour")


@kind("removed_with_low_income", where=helped)
def removed_with_low_income(hand: Hand) -> None:
    household = hand.household
    factor = 6100 / (household.after.per_head or 1)
    for block in ("after", "now"):
        setattr(household, block, scaled(getattr(household, block), max(factor, 0.56), household.size))
        hand.note(f"h.{block}.per_head", household)
        hand.note(f"h.{block}.net", household)


@kind(
    "removed_but_nobody_able",
    where=lambda h: closed_case(h)
    and jobless(h)
    and not h.spells
    and all(p.age >= 60 or not p.able for p in h.members)
    and not any(p.post for p in h.members),
)
def removed_but_nobody_able(hand: Hand) -> None:
    for person in hand.household.members:
        if person.able:
            hand.set("p.labour", "none", person)
    hand.note("h.removed", hand.household)


def moved_part(hand: Hand, part: str, to: str) -> None:
    """One source of income after removal is booked under another, so that the sums hold."""
    after = hand.household.after
    amount = getattr(after, part) or 0.0
    if part == "operating":
        amount -= after.expense or 0.0
        after.expense = 0.0
    setattr(after, to, round((getattr(after, to) or 0.0) + amount, 2))
    hand.set(f"h.after.{part}", 0.0)
    hand.settle("after")


@kind("employment_but_no_wage", where=both(closed_case, with_measure("employment")))
def employment_but_no_wage(hand: Hand) -> None:
    moved_part(hand, "wage", "operating")


@kind("security_but_no_transfer", where=lambda h: closed_case(h) and bool({"dibao", "disabled"} & set(h.help.security)))
def security_but_no_transfer(hand: Hand) -> None:
    moved_part(hand, "transfer", "property")


@kind("industry_but_no_operating", where=both(closed_case, with_measure("industry")))
def industry_but_no_operating(hand: Hand) -> None:
    moved_part(hand, "operating", "property")


@kind("employment_but_nobody_works", where=lambda h: open_case(h) and strong(h) and not h.spells and not h.help.employment)
def employment_but_nobody_works(hand: Hand) -> None:
    hand.set("h.help.employment", ("workshop",))


def not_on(token: str) -> Where:
    return lambda household: token not in household.help.security


@kind("security_without_dibao", where=both(open_case, not_on("dibao")))
def security_without_dibao(hand: Hand) -> None:
    hand.set("h.help.security", (*hand.household.help.security, "dibao"))


@kind("security_without_tekun", where=both(open_case, not_on("tekun")))
def security_without_tekun(hand: Hand) -> None:
    hand.set("h.help.security", (*hand.household.help.security, "tekun"))


@kind("security_without_disabled", where=lambda h: not_on("disabled")(h) and h.removed == "no")
def security_without_disabled(hand: Hand) -> None:
    hand.set("h.help.security", (*hand.household.help.security, "disabled"))


@kind("dibao_not_in_security", where=lambda h: open_case(h) and "dibao" in h.help.security and len(h.help.security) > 1)
def dibao_not_in_security(hand: Hand) -> None:
    hand.set("h.help.security", tuple(token for token in hand.household.help.security if token != "dibao"))


@kind(
    "severe_without_subsidy",
    where=lambda h: open_case(h)
    and any(p.disability_grade in ("1", "2") for p in h.members)
    and ("disability" not in h.risks or len(h.help.security) > 1),
)
def severe_without_subsidy(hand: Hand) -> None:
    hand.set("h.help.security", tuple(token for token in hand.household.help.security if token != "disabled"))


@kind(
    "only_security",
    where=lambda h: open_case(h) and strong(h) and free(h) and not any(p.school in VOCATIONAL for p in h.members),
)
def only_security(hand: Hand) -> None:
    security = hand.household.help.security or ("urgent",)
    for name in DEVELOPING:
        hand.set(f"h.help.{name}", ())
    hand.household.help = Help(security=security)
    hand.household.carried_out = "not_yet"


@kind("no_development", where=lambda h: open_case(h) and able(h) and bool(h.help.health or h.help.social))
def no_development(hand: Hand) -> None:
    for name in DEVELOPING:
        hand.set(f"h.help.{name}", ())
    hand.household.carried_out = "not_yet"


@kind("hollow_development", where=lambda h: open_case(h) and bool(h.help.employment) and not h.help.post)
def hollow_development(hand: Hand) -> None:
    hand.set("h.help.industry", ("other",))
    hand.set("h.help.employment", ("training", "other"))
    hand.set("h.help.finance", ("other",))


def nobody_ill(household: Household) -> bool:
    return not any({"serious", "chronic"} & set(person.health) for person in household.members)


@kind(
    "illness_risk_but_nobody_ill",
    where=lambda h: open_case(h) and nobody_ill(h) and without_risk("illness")(h) and bool(h.help.health or h.help.social),
)
def illness_risk_but_nobody_ill(hand: Hand) -> None:
    add_risk(hand, "illness")
    hand.household.found.self_paid = hand.household.now.self_paid = 6200.0


@kind("illness_without_self_paid", where=both(open_case, with_risk("illness")))
def illness_without_self_paid(hand: Hand) -> None:
    hand.set("h.found.self_paid", 0.0)
    hand.set("h.now.self_paid", 0.0)


@kind("wage_in_ten_thousands", where=lambda h: open_case(h) and (h.found.wage or 0.0) > 5000)
def wage_in_ten_thousands(hand: Hand) -> None:
    for block in ("found", "now"):
        hand.set(f"h.{block}.wage", round((getattr(hand.household, block).wage or 0.0) / 10000, 2))


@kind(
    "nobody_able_nobody_supported",
    where=lambda h: not able(h) and any(p.dibao == "rural" for p in h.members) and (not h.monitored or bool(h.help.health)),
)
def nobody_able_nobody_supported(hand: Hand) -> None:
    household = hand.household
    for person in household.members:
        hand.set("p.dibao", "none", person)
    household.safety_net = "no"
    household.help.security = tuple(token for token in household.help.security if token != "dibao")


@kind(
    "vocational_without_rain",
    where=lambda h: open_case(h) and any(p.school in VOCATIONAL for p in h.members),
)
def vocational_without_rain(hand: Hand) -> None:
    hand.set("h.help.education", ("grant",))


@kind("rain_without_vocational", where=lambda h: not any(p.school in VOCATIONAL for p in h.members))
def rain_without_vocational(hand: Hand) -> None:
    hand.set("h.help.education", ("rain", *hand.household.help.education))


@kind("category_against_kind", where=lambda h: h.category != "sudden")
def category_against_kind(hand: Hand) -> None:
    hand.set("h.category", "marginal" if hand.household.category == "unstable" else "unstable")
    hand.note("h.kind", hand.household)


def upper_school(household: Household) -> bool:
    return any(person.school.startswith(("senior", "vocational")) for person in household.members)


def short_of_labour(household: Household) -> bool:
    """So plainly that nobody can doubt the risk."""
    members = household.members
    adults = [person for person in members if person.age >= 18 and not person.school]
    return any(not p.able for p in adults) and 4 * sum(p.strong for p in members) <= len(members)


@kind(
    "sudden_without_cause",
    where=lambda h: not {"water", "housing"} & set(h.risks) and (upper_school(h) or short_of_labour(h)),
)
def sudden_without_cause(hand: Hand) -> None:
    household = hand.household
    household.disaster = household.disaster_remark = household.risk_remark = ""
    if upper_school(household):
        household.help.education = household.help.education or ("grant",)
    household.name_risks(["study" if upper_school(household) else "labour"])
    hand.set("h.category", "sudden")
    hand.note("h.risk1", household)


@kind("found_after_removed", where=both(closed_case, jobless))
def found_after_removed(hand: Hand) -> None:
    found_on, removed_on = hand.household.found_on, hand.household.removed_on
    hand.set("h.found_on", removed_on)
    hand.set("h.removed_on", found_on)


@kind("found_in_future", where=both(open_case, jobless))
def found_in_future(hand: Hand) -> None:
    hand.set("h.found_on", hand.clock.month + 3)


@kind("risk_slot_skipped", where=lambda h: len(h.risks) == 2)
def risk_slot_skipped(hand: Hand) -> None:
    risk = hand.household.risk2
    hand.set("h.risk2", "")
    hand.set("h.risk3", risk)


@kind("risk_twice", where=lambda h: len(h.risks) == 1)
def risk_twice(hand: Hand) -> None:
    hand.set("h.risk2", hand.household.risk1)


@kind("removal_without_mark", where=open_case)
def removal_without_mark(hand: Hand) -> None:
    hand.set("h.removal", "natural")
    hand.set("h.removed_on", hand.clock.month - 1)
    hand.note("h.removed", hand.household)


@kind("row_differs", where=lambda h: len(h.members) >= 3)
def row_differs(hand: Hand) -> None:
    """One member's row gives another month of identification than the others."""
    found_on = (hand.household.found_on or 0) - 2
    text = f"{found_on // 12}{found_on % 12 + 1:02d}"
    hand.write("h.found_on", text, layout="monitored", person_no=hand.household.members[1].no)


@kind("row_differs_in_measure", where=lambda h: len(h.members) >= 3)
def row_differs_in_measure(hand: Hand) -> None:
    text = hand.words.say("social", "volunteer")
    hand.write("h.help.social", text, layout="monitored", person_no=hand.household.members[-1].no)


@kind("category_unknown", where=open_case)
def category_unknown(hand: Hand) -> None:
    hand.write("h.category", hand.words.texts["unknown"]["category"])


@kind("risk_unknown", where=lambda h: len(h.risks) < 5)
def risk_unknown(hand: Hand) -> None:
    hand.write(f"h.risk{len(hand.household.risks) + 1}", hand.words.texts["unknown"]["risk"])


@kind("limit_wrong")
def limit_wrong(hand: Hand) -> None:
    hand.set("h.limit_per_head", 6000.0)
    hand.set("h.limit_total", 6000.0 * hand.household.size)


@kind("limit_total_wrong", where=lambda h: len(h.members) > 1)
def limit_total_wrong(hand: Hand) -> None:
    hand.set("h.limit_total", hand.household.limit_per_head)


@kind("subsidy_not_paid", where=lambda h: "subsidy" in h.help.employment)
def subsidy_not_paid(hand: Hand) -> None:
    for _, spell in hand.household.spells:
        hand.set("s.subsidy", 0.0, spell)
    hand.note("h.help.employment", hand.household)


@kind("export_but_at_home", where=lambda h: "export" in h.help.employment)
def export_but_at_home(hand: Hand) -> None:
    home = hand.words.place["own_county_work"]
    for person, spell in hand.household.spells:
        hand.set("s.place", home, spell)
        person.work_place = home
    hand.note("h.help.employment", hand.household)


@kind("after_net_broken", where=closed_case)
def after_net_broken(hand: Hand) -> None:
    after: Income = hand.household.after
    hand.set("h.after.net", round((after.net or 0.0) + 2500 * hand.household.size, 2))
    after.per_head = round((after.net or 0.0) / hand.household.size, 2)
    hand.note("h.after.per_head", hand.household)
