"""Who belongs on which roster of the plan, judged from what the files state of each household.

These are the plan's definitions in this generator's own words. Where a definition leaves room, a finding is not firm: a
checker may put the household on the roster or leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pipeline.sample.clock import Clock, full_years, month_number
from pipeline.sample.livelihood import months_worked
from pipeline.sample.model import Household, Income, Person
from pipeline.sample.words import load

DEVELOPING = ("industry", "employment", "finance", "post")
MEASURES = (*DEVELOPING, "health", "compulsory", "education", "security", "housing", "water", "social", "move", "living", "facility")
UPPER = ("kindergarten", "senior", "vocational", "college", "bachelor", "master")
ON_SCHOOL_LIST = ("primary", "grade", "senior", "vocational")


@dataclass(frozen=True, slots=True)
class Finding:
    """One household (or one of its members) on one roster."""

    roster: str
    household_no: str
    person_no: str
    village: str
    why: str
    firm: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """One household as the files state it: by the system, by the departments, by its village."""

    home: Household | None  # nothing for a household outside the system
    listed: Household
    dead: frozenset[str]  # numbers of those on the list of deaths
    clock: Clock
    line: float
    namesakes: bool = False  # somebody else in the village has the head's name, and the water list gives no number

    @property
    def shown(self) -> Household:
        """Where its own facts are read: the system's copy where there is one."""
        return self.home or self.listed

    @property
    def no(self) -> str:
        """The number that the files give it: the system's, or the police's."""
        return self.home.no if self.home else self.listed.register_no


@cache
def figures() -> dict[str, Any]:
    return dict(load("rosters.yml")["figures"])


@cache
def answers() -> dict[str, list[str]]:
    return dict(load("rosters.yml")["answers"])


@dataclass(frozen=True, slots=True)
class Why:
    """A reason for a roster, before it is known whose."""

    roster: str
    why: str
    firm: bool = True
    person: Person | None = None


def on_rosters(sights: list[Sight]) -> list[Finding]:
    """Everybody on every roster but the visit list; the same reason once, firm where any reading makes it firm."""
    found = [finding(sight, why) for sight in sights for why in reasons(sight)]
    found += poorest(sights)
    return found


def finding(sight: Sight, why: Why) -> Finding:
    person_no = why.person.no if why.person and sight.home else ""
    return Finding(why.roster, sight.no, person_no, sight.shown.village, why.why, why.firm)


def reasons(sight: Sight) -> Iterator[Why]:
    yield from ledgers(sight)
    yield from county_lists(sight)
    yield from village_lists(sight)
    yield from people(sight)
    if sight.home is None or not sight.home.monitored:
        yield from newcomers(sight)
    elif sight.home.removed == "yes":
        yield from relapses(sight, sight.home)
        yield from new_events(sight, sight.home)
    else:
        yield from measures(sight, sight.home)


# ---- income ---------------------------------------------------------------------------------------------------------------


def incomes(sight: Sight) -> list[Income]:
    """The income blocks that may count, the one that counts first: this year's is newer than that at removal."""
    home = sight.home
    if home is None:
        told = sight.listed.file.told_income
        return [] if told is None else [Income(per_head=told)]
    blocks = [home.now, home.after] if home.removed == "yes" else [home.now] if home.now.per_head is not None else [home.found]
    return [block for block in blocks if block.per_head is not None]


def is_low(values: list[float], line: float) -> bool | None:
    """True below the line, None where only another reading says so, False otherwise."""
    if values and values[0] < line:
        return True
    return None if any(value < line for value in values) else False


def per_head(sight: Sight) -> list[float]:
    return [block.per_head or 0.0 for block in incomes(sight)]


def after_spending(sight: Sight) -> list[float]:
    """Income per head less medical self-payment: the system's figure or the hospitals', whichever is more; then other readings."""
    blocks = incomes(sight)
    if not blocks:
        return []
    settled = sum(pay for _, month, pay in stays(sight) if sight.clock.window_start <= month <= sight.clock.window_end)
    size = len(sight.shown.members)
    income, own = blocks[0].per_head or 0.0, blocks[0].self_paid or 0.0
    claims = blocks[0].claims or 0.0
    documented = max(max(own, settled) - claims, 0.0)
    spent = (documented, max(own - claims, 0.0), max(own + settled - claims, 0.0), max(own, settled))
    return [round(income - each / size, 2) for each in spent]


def stays(sight: Sight) -> list[tuple[Person, int, float]]:
    """Who paid how much at a hospital, and in which month."""
    files = [(person, person.file) for person in sight.listed.members]
    return [
        (person, month_number(file.settled_on.year, file.settled_on.month), file.self_paid)
        for person, file in files
        if file.settled_on and file.self_paid is not None
    ]


def poorest(sights: list[Sight]) -> Iterator[Finding]:
    """The lowest of each village after rigid spending; not firm where readings or a tie at the last place decide."""
    villages: dict[str, list[Sight]] = {}
    for sight in sights:
        villages.setdefault(sight.shown.village, []).append(sight)
    for village, homes in villages.items():
        lists = [lowest(homes, reading) for reading in range(4)]
        for sight in homes:
            sure = all(sight.no in certain for certain, _ in lists)
            if sure or any(sight.no in possible for _, possible in lists):
                yield Finding("poorest", sight.no, "", village, "after_spending", sure)


def lowest(homes: list[Sight], reading: int) -> tuple[set[str], set[str]]:
    """Those certainly among the lowest, and those that may be when the last place is tied."""
    ranked = sorted((values[reading], sight.no) for sight in homes if (values := after_spending(sight)))
    count = int(figures()["poorest"])
    if len(ranked) <= count:
        everybody = {no for _, no in ranked}
        return everybody, everybody
    last = ranked[count - 1][0]
    possible = {no for value, no in ranked if value <= last}
    return ({no for value, no in ranked if value < last} if len(possible) > count else possible), possible


# ---- 附件1 to 6 -------------------------------------------------------------------------------------------------------------


def ledgers(sight: Sight) -> Iterator[Why]:
    low = is_low(per_head(sight), sight.line)
    if low is not False:
        yield Why("income", "income", firm=low is True)
    if len(students(sight)) >= figures()["students"]:
        yield Why("students", "students")
    if sight.home:
        yield from idle(sight, sight.home)
        yield from unsteady(sight, sight.home)
        if sight.home.monitored and sight.home.found_on == sight.clock.month:
            yield Why("found", "found_on")


def students(sight: Sight) -> list[Person]:
    """Members at a school that nobody is obliged to attend, as far as a file says so."""
    stages = UPPER if sight.home else ("senior", "vocational")
    return [person for person in sight.shown.members if person.school.startswith(stages)]


def idle(sight: Sight, home: Household) -> Iterator[Why]:
    """Somebody could work, nobody works, and the farm brings nothing."""
    able = [p for p in home.members if p.able and 16 <= full_years(p.birth, sight.clock.reference) <= 59 and not p.school]
    block = incomes(sight)
    if not able or any((income.operating or 0.0) > 0 for income in block) or any(person.post for person in home.members):
        return
    working = any(spell.working == "yes" for _, spell in home.spells)
    ever = bool(home.spells) or any(person.work_months for person in home.members)
    elsewhere = any(spell.working == "yes" for _, spell in sight.listed.spells) or any(p.post for p in sight.listed.members)
    if not working:
        yield Why("idle", "nobody_works", firm=any(p.strong for p in able) and not ever and not elsewhere)


def unsteady(sight: Sight, home: Household) -> Iterator[Why]:
    """Most of the income is wages, and the work that brings them comes and goes."""
    blocks = incomes(sight)
    if not blocks or not (blocks[0].wage or 0.0) > 0:
        return
    wage = blocks[0].wage or 0.0
    shares = [wage / total for total in (blocks[0].net, blocks[0].gross) if total and total > 0]
    share = figures()["wage_share"]
    workers = [p for p in home.members if p.spells and not p.post] or [p for p in home.members if p.spells]
    doubts = [breaks(person, sight.clock) for person in workers]
    if not shares or max(shares) < share or not doubts or all(doubt is False for doubt in doubts):
        return
    hired = any(p.spells and not p.post for p in home.members)
    yield Why("wages", "months_or_gap", firm=min(shares) >= share and hired and all(doubt is True for doubt in doubts))


def breaks(person: Person, clock: Clock) -> bool | None:
    """Few months, or months without work between two spells; None where work has ended and nothing is said of later."""
    months = sum(months_worked(spell, clock) for spell in person.spells)
    pairs = zip(person.spells, person.spells[1:], strict=False)
    gap = any((later.start or 0) - (first.end if first.end is not None else 10**6) > 1 for first, later in pairs)
    if months < figures()["steady_months"] or gap:
        return True
    return None if all(spell.working == "no" for spell in person.spells) else False


# ---- 二(一) ------------------------------------------------------------------------------------------------------------------


def newcomers(sight: Sight) -> Iterator[Why]:
    """The five looks at a household that is not monitored."""
    low = is_low(per_head(sight), sight.line)
    if low is not False:
        yield Why("identify", "income", firm=low is True)
    spent = is_low(after_spending(sight), sight.line)
    if spent is not False:
        yield Why("identify", "after_spending", firm=spent is True)
    for person, sure in out_of_school(sight):
        yield Why("identify", "dropout", sure, person)
    for person, sure in uninsured(sight):
        yield Why("identify", "uninsured", sure, person)
    if unsafe_house(sight):
        yield Why("identify", "house")
    if unsafe_water(sight):
        yield Why("identify", "water", firm=water_is_known(sight))
    for why in alerts(sight):
        if why.why in ("self_paid", "incident", "claim"):
            yield Why("identify", why.why, why.firm and why.why == "self_paid")


def out_of_school(sight: Sight) -> Iterator[tuple[Person, bool]]:
    """Children of school age whom the system or the school list does not have at school."""
    first, last = figures()["school_ages"]
    listed = {person.no: person for person in sight.listed.members}
    for person in sight.shown.members:
        age = full_years(person.birth, sight.clock.school_start)
        if not first <= age <= last + 1:
            continue
        by_system = sight.home is None or person.school.startswith(("primary", "grade", "senior", "vocational"))
        by_list = person.no not in listed or listed[person.no].school.startswith(ON_SCHOOL_LIST)
        if not (by_system and by_list):
            yield person, age <= last and person.absent_reason not in ("illness", "disability")


def uninsured(sight: Sight) -> Iterator[tuple[Person, bool]]:
    """Members without any basic medical insurance: by the system; outside it, by the list that has the others of the household."""
    on_list = [p.no for p in sight.listed.members if "yes" in (p.resident_insured, p.employee_insured)]
    for person in sight.shown.members:
        if "yes" not in (person.resident_insured, person.employee_insured):
            yield person, sight.home is not None or (bool(on_list) and person.age >= 1)
        elif sight.home and person.no not in on_list and any(p.no == person.no for p in sight.listed.members):
            yield person, False


def unsafe_house(sight: Sight) -> bool:
    """The only house is dangerous, by the system or by appraisal."""
    if sight.listed.file.second_grade in ("A", "B"):
        return False
    by_system = sight.home is not None and (sight.home.dangerous == "yes" or sight.home.danger_grade in ("C", "D"))
    return by_system or sight.listed.danger_grade in ("C", "D")


def unsafe_water(sight: Sight) -> bool:
    return "no" in (sight.shown.safe_water, sight.listed.safe_water)


def water_is_known(sight: Sight) -> bool:
    """Said by the system, or by a list whose name can only mean this household."""
    return (sight.home is not None and sight.home.safe_water == "no") or not sight.namesakes


# ---- 二(二) ------------------------------------------------------------------------------------------------------------------


def relapses(sight: Sight, home: Household) -> Iterator[Why]:
    """A removal that does not hold."""
    low = is_low(per_head(sight), sight.line)
    if low is not False:
        yield Why("return", "income", firm=low is True)
    if is_low(after_spending(sight), sight.line) is not False:
        yield Why("return", "after_spending", firm=False)
    for mark in ("dropout", "house", "water", "uninsured"):
        if getattr(home, f"after_{mark}") == "yes":
            yield Why("return", f"after_{mark}")
    for person, sure in out_of_school(sight):
        yield Why("return", "dropout", sure, person)
    for person, sure in uninsured(sight):
        yield Why("return", "uninsured", sure, person)
    if unsafe_house(sight):
        yield Why("return", "house", firm=home.dangerous == "yes" or home.danger_grade in ("C", "D"))
    if unsafe_water(sight):
        yield Why("return", "water", firm=water_is_known(sight))
    if not any(person.able for person in home.members):
        yield Why("return", "nobody_able")
    yield from standing_risks(sight, home)
    for why in new_events(sight, home):
        yield Why("return", why.why, firm=False)


def standing_risks(sight: Sight, home: Household) -> Iterator[Why]:
    """The risk for which it was identified is there still."""
    busy = bool(home.spells) or any(person.post or person.work_months for person in home.members)
    if "job" in home.risks and not busy:
        yield Why("return", "risk_job")
    elif "job" in home.risks and not any(spell.working == "yes" for _, spell in home.spells):
        yield Why("return", "risk_job", firm=False)
    ill = any({"serious", "chronic"} & set(person.health) for person in home.members)
    paid = max((block.self_paid or 0.0 for block in incomes(sight)), default=0.0)
    if "illness" in home.risks and ill and paid >= figures()["alert_supported"]:
        yield Why("return", "risk_illness", firm=False)


def new_events(sight: Sight, home: Household) -> Iterator[Why]:
    """Something that happened after the removal."""
    removed, file = home.removed_on, sight.listed.file
    if removed is None:
        return
    if file.struck and file.struck_on:
        month = month_number(file.struck_on.year, file.struck_on.month)
        if month >= removed:
            yield Why("again", "incident", firm=month > removed)
    if file.claimed is not None and file.claimed_on:
        month = month_number(file.claimed_on.year, file.claimed_on.month)
        if month >= removed:
            yield Why("again", "claim", firm=False)
    paid = [(person, pay) for person, month, pay in stays(sight) if month > removed]
    limit = figures()["alert_supported"]
    if sum(pay for _, pay in paid) >= limit:
        yield Why("again", "self_paid", firm=any(pay >= limit for _, pay in paid))
    if unsafe_house(sight):
        month = month_number(file.appraised_on.year, file.appraised_on.month) if file.appraised_on else 0
        yield Why("again", "house", firm=month > removed and home.dangerous == "no" and sight.listed.danger_grade in ("C", "D"))
    if unsafe_water(sight):
        yield Why("again", "water", firm=False)
    for person, _ in [*out_of_school(sight), *uninsured(sight)]:
        yield Why("again", "person", False, person)
    for mark in ("dropout", "house", "water", "uninsured"):
        if getattr(home, f"after_{mark}") == "yes":
            yield Why("again", f"after_{mark}", firm=False)
    for person in home.members:
        if person.no in sight.dead and person.able:
            yield Why("again", "death", False, person)
    if is_low(per_head(sight), sight.line) is not False:
        yield Why("again", "income", firm=False)


# ---- 二(三) ------------------------------------------------------------------------------------------------------------------


def measures(sight: Sight, home: Household) -> Iterator[Why]:
    """Households whose risk was not removed: is anything done, does it fit, is it carried out."""
    given = {name for name in MEASURES if getattr(home.help, name)}
    months = sight.clock.month - (home.found_on or sight.clock.month)
    if not given:
        if months >= 1:
            yield Why("undone", "no_measure", firm=months >= 2)
            yield from (Why("unfit", "no_measure", firm=False) for _ in unanswered(home, given))
        return
    yield from carried_out(sight, home, given, months)
    for risk in unanswered(home, given):
        yield Why("unfit", risk, firm=months >= 2)
        yield Why("undone", risk, firm=False)
    able = any(person.able for person in home.members)
    if able and not given & set(DEVELOPING):
        yield Why("unfit", "no_development", firm=False)
    if given == {"security"} and able:
        yield Why("only_security", "only_security", firm=any(person.strong for person in home.members))
        yield Why("undone", "only_security", firm=False)


def unanswered(home: Household, given: set[str]) -> list[str]:
    """Risks, and things said to be wanting, for which no measure that answers them is recorded."""
    wanting = set(home.risks)
    wanting |= {"water"} if home.water_problem == "yes" else set()
    wanting |= {"housing"} if home.house_problem == "yes" else set()
    missing = [risk for risk in sorted(wanting) if risk in answers() and not given & set(answers()[risk])]
    missing += ["dropout"] * (home.dropout == "yes" and "compulsory" not in given)
    missing += ["uninsured"] * (home.uninsured == "yes" and not given & {"health", "social"})
    return missing


def carried_out(sight: Sight, home: Household, given: set[str], months: int) -> Iterator[Why]:
    """Measures that stand on paper only."""
    members = home.members
    security = home.help.security
    helped = {
        "dibao": any(person.dibao == "rural" for person in members),
        "tekun": any(person.tekun == "rural" for person in members),
        "disabled": any("disabled" in person.health or len(person.id) > 18 for person in members),
    }
    paid = {
        "dibao": any(person.dibao == "rural" for person in sight.listed.members),
        "tekun": any(person.tekun == "rural" for person in sight.listed.members),
        "disabled": any(person.file.subsidy for person in sight.listed.members),
    }
    for token in ("dibao", "tekun", "disabled"):
        if token in security and not helped[token]:
            yield Why("undone", token, firm=months >= 2 and not paid[token])
        elif token in security and not paid[token]:
            yield Why("undone", token, firm=False)
    busy = bool(home.spells) or any(person.post or person.work_months for person in members)
    if given & {"employment", "post"} and not busy:
        yield Why("undone", "nobody_works", firm=months >= 2)
    elif given & {"employment", "post"} and not any(spell.working == "yes" for _, spell in home.spells):
        yield Why("undone", "nobody_works", firm=False)
    if given & set(DEVELOPING) and home.carried_out == "not_yet":
        yield Why("undone", "not_yet", firm=months >= 2)
    if unsafe_house(sight) or unsafe_water(sight) or list(out_of_school(sight)) or list(uninsured(sight)):
        yield Why("undone", "still_open", firm=False)
    if (home.now.per_head or 0.0) <= (home.found.per_head or 0.0):
        yield Why("undone", "no_effect", firm=False)


# ---- 三(二), 三(三), people ---------------------------------------------------------------------------------------------------


def county_lists(sight: Sight) -> Iterator[Why]:
    home, listed = sight.home, sight.listed
    if home and home.monitored:
        yield Why("monitored", "category")
    if home and home.lifted == "yes":
        yield Why("lifted", "lifted_year", firm=home.lifted_year == figures()["lifted_in"])
    spread = [p for p in listed.members if p.tekun == "rural" and p.file.support_way.startswith("分散")]
    if spread and len(sight.shown.members) == 1:
        yield Why("tekun_alone", "support_way")
    since = month_number(*figures()["since"])
    if listed.dibao_people and listed.dibao_since >= since:
        yield Why("new_dibao", "dibao_since")
    elif listed.marginal:
        yield Why("new_dibao", "applied", firm=False)
    for person in listed.members:
        if len(person.id) > 18:
            new = bool(person.disability_year) and int(person.disability_year) >= since // 12
            if person.disability_grade in ("1", "2") or new:
                yield Why("severe", "grade" if person.disability_grade in ("1", "2") else "new_card")
    if home and any(person.disability_grade in ("1", "2") for person in home.members):
        yield Why("severe", "system", firm=False)
    monitored = home is not None and home.monitored
    for why in alerts(sight):
        yield replace(why, firm=why.firm and not monitored)


def alerts(sight: Sight) -> Iterator[Why]:
    """What departments' own screening throws up."""
    home, listed, file = sight.home, sight.listed, sight.listed.file
    supported = home is not None and (home.monitored or home.lifted == "yes")
    limit = figures()["alert_supported" if supported else "alert_other"]
    paid = [pay for _, _, pay in stays(sight)]
    if sum(paid) >= limit or any(pay >= figures()["alert_stay"] for pay in paid):
        yield Why("alerted", "self_paid", firm=any(pay >= limit for pay in paid))
    if file.struck and file.struck_on:
        month = month_number(file.struck_on.year, file.struck_on.month)
        yield Why("alerted", "incident", firm=month >= sight.clock.window_start)
    if file.claimed is not None:
        yield Why("alerted", "claim")
    if listed.danger_grade in ("C", "D") or file.second_grade in ("C", "D"):
        yield Why("alerted", "house", firm=file.second_grade == "")
    elif unsafe_house(sight):
        yield Why("alerted", "house", firm=False)
    if listed.safe_water == "no" or unsafe_water(sight):
        yield Why("alerted", "water", firm=listed.safe_water == "no" and not sight.namesakes)
    for person, sure in out_of_school(sight):
        absent = any(p.no == person.no and not p.school.startswith(ON_SCHOOL_LIST) for p in listed.members)
        yield Why("alerted", "dropout", sure and absent, person)


def village_lists(sight: Sight) -> Iterator[Why]:
    """What the village's own list of key households says; what could be computed in its place is not firm."""
    told = sight.listed.file.concerns
    for concern in told:
        yield Why(f"told_{concern}", "told")
    computed = {why.roster for why in ledgers(sight)}
    for roster, concern in (("income", "income"), ("students", "students"), ("wages", "wages")):
        if roster in computed and concern not in told:
            yield Why(f"told_{concern}", "computed", firm=False)
    hard = set(after_spending(sight)) - set(per_head(sight)) or stays(sight) or any(alerts(sight))
    if (hard or {"illness", "disaster", "accident"} & set(sight.shown.risks)) and "hardship" not in told:
        yield Why("told_hardship", "computed", firm=False)


def people(sight: Sight) -> Iterator[Why]:
    """The rosters of persons."""
    if sight.home:
        for person in sight.home.members:
            if person.no in sight.dead:
                yield Why("dead", "death_list", True, person)
    for person, sure in out_of_school(sight):
        yield Why("dropout", "not_at_school", sure, person)


# ---- one list of it -------------------------------------------------------------------------------------------------------------

VISITED = (
    "identify", "return", "again", "monitored", "lifted", "tekun_alone", "new_dibao", "severe", "alerted",
    "told_income", "told_students", "told_wages", "told_hardship", "told_other",
)  # fmt: skip
PERSONAL = ("dead", "dropout")


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per roster and household (or person): reasons joined, firm where any is; and the visit list of them all."""
    found = list(findings)
    found += [replace(one, roster="visit", why=one.roster, person_no="") for one in found if one.roster in VISITED]
    rows: dict[tuple[str, str, str], Finding] = {}
    for one in found:
        person_no = one.person_no if one.roster in PERSONAL else ""
        key = (one.roster, one.household_no, person_no)
        before = rows.get(key)
        whys = {one.why} | (set(before.why.split(" ")) if before else set())
        rows[key] = replace(one, person_no=person_no, why=" ".join(sorted(whys)), firm=one.firm or (before is not None and before.firm))
    order = {name: position for position, name in enumerate(load("rosters.yml")["names"])}
    return sorted(rows.values(), key=lambda one: (order[one.roster], one.village, one.household_no, one.person_no))


def doubted(sights: Iterable[Sight]) -> list[Finding]:
    """What a checker may find who cannot tell that the rows of a list are about these people: nothing, or too little, is listed."""
    found = []
    for sight in sights:
        home = sight.shown
        rosters = ["dropout", "alerted", "undone", "return", "again"] if home.monitored else ["dropout", "alerted", "identify"]
        found += [Finding(roster, sight.no, "", home.village, "identity", False) for roster in rosters if roster != "dropout"]
        found += [Finding("dropout", sight.no, person.no, home.village, "identity", False) for person in home.members]
    return found


def settled(*accounts: list[Finding], doubts: list[Finding]) -> list[Finding]:
    """Accounts of the same township by different versions of the truth: firm where all are, else what any of them has.

    Doubts are added last, and take nothing away.
    """
    first: dict[tuple[str, str, str], Finding] = {}
    counts: dict[tuple[str, str, str], int] = {}
    for account in accounts:
        for one in account:
            key = (one.roster, one.household_no, one.person_no)
            first.setdefault(key, one)
            counts[key] = counts.get(key, 0) + one.firm
    for one in doubts:
        first.setdefault((one.roster, one.household_no, one.person_no), one)
    return [replace(one, firm=counts.get(key) == len(accounts)) for key, one in first.items()]
