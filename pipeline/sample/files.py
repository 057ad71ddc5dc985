"""What the county's departments hold besides the system, and the people of other townships on their lists."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from pipeline.sample.clock import Clock, first_day
from pipeline.sample.ids import IdIssuer
from pipeline.sample.model import HouseFile, Household, Person, Record, Township
from pipeline.sample.people import Registrar
from pipeline.sample.township import drawn, household
from pipeline.sample.words import Words

FAR = 900_000  # household numbers of other townships begin here
NEAR = 300_000  # and those of this township's households outside the system
PENSION_AGE = 60


def outsiders(clock: Clock, seed: int, words: Words, count: int) -> list[Household]:
    """Households of other townships of the county, whole and coherent."""
    registrar = Registrar(words, clock)
    registrar.ids = IdIssuer(words.place["county_code"], 250)
    registrar.phones_given = FAR
    found = []
    for number in range(count):
        made = household(number % len(words.villages), len(words.villages), seed + FAR + number, registrar)
        made.town, made.village = words.place["outside"][number % len(words.place["outside"])]
        made.place = type(made.place)(made.village, made.place.code, made.place.groups, "")
        made.no = f"{made.no[:-6]}{FAR + number:06d}"
        for person in made.members:
            person.no = f"{made.no}{person.no[-2:]}"
        made.address = f"{made.county}{made.town}{made.village}{number % 90 + 1}号"
        found.append(made)
    return found


def residents(clock: Clock, seed: int, words: Words, count: int) -> list[Household]:
    """Farm households that are neither lifted nor monitored and of which the system holds nothing, sorted by village."""
    registrar = Registrar(words, clock)
    registrar.ids = IdIssuer(words.place["county_code"], 350)
    registrar.phones_given = 2_000_000
    found = []
    for number in range(count):
        village = words.villages[number * len(words.villages) // count]
        rng = Random(f"{seed}/residents/{number}")
        found.append(drawn(rng, NEAR + number, village, registrar, lifted=False, monitored=False))
        found[-1].resident = True
    return found


def keep_records(township: Township, clock: Clock, seed: int) -> None:
    """Fill in what only departments know, in agreement with the system."""
    for home in [*township.households, *township.residents, *township.outside]:
        rng = Random(f"{seed}/records/{home.no}")
        home.file = house_file(home, clock)
        for person in home.members:
            person.file = record(rng, home, person, clock)
    for home, person in township.departed:
        person.file = record(Random(f"{seed}/records/{person.no}"), home, person, clock)


def house_file(home: Household, clock: Clock) -> HouseFile:
    """The house was looked at one to two years ago; what struck a monitored household did so before it was identified."""
    found = HouseFile(appraised_on=first_day(clock.month - 13 - int(home.no[-2:]) % 12) + timedelta(days=int(home.no[-3:]) % 28))
    sudden = [risk for risk in home.risks if risk in ("accident", "disaster")]
    if sudden:
        found.struck, found.struck_on = sudden[0], first_day((home.found_on or clock.month) - 1) + timedelta(days=9)
    return found


def record(rng: Random, home: Household, person: Person, clock: Clock) -> Record:
    """One person's files at all departments."""
    found = Record()
    severe = person.disability_grade in ("1", "2")
    if person.tekun == "rural":
        found.support_way = rng.choice(("分散供养", "分散", "集中供养"))
        found.self_care = rng.choice(("全自理", "半护理", "全护理"))
        found.monthly = 689.0
    if len(person.id) > 18 and (severe or person.dibao == "rural"):
        kinds = (["重度残疾人护理补贴"] if severe else []) + (["困难残疾人生活补贴"] if person.dibao == "rural" else [])
        found.subsidy, found.subsidy_amount = "、".join(kinds), 80.0 * len(kinds)
    helped = home.monitored or person.dibao == "rural" or person.tekun == "rural"
    found.medical_category = "监测对象" if home.monitored else "低保对象" if helped else "普通居民"
    found.aided_pay = 150.0 if helped else 0.0
    ill = "serious" in person.health or "chronic" in person.health
    if ill:
        found.illness = "恶性肿瘤" if "serious" in person.health else rng.choice(("高血压", "糖尿病", "慢性阻塞性肺疾病"))
    if ill and rng.random() < 0.5:
        # this month, after the income year: the system cannot know of it yet
        found.hospital = rng.choice((f"{home.county}人民医院", f"{home.town}卫生院", f"{home.city}中心医院"))
        found.settled_on = first_day(clock.month) + timedelta(days=rng.randint(0, 27))
        found.cost = float(rng.randint(12, 80) * 100)
        found.self_paid = round(found.cost * rng.uniform(0.1, 0.35), 2)
        found.basic = round(found.cost - found.self_paid, 2)
    drawing = person.age >= PENSION_AGE
    found.benefit = "正常领取" if drawing else "未领取"
    found.pension = float(rng.randint(115, 135)) if drawing else 0.0
    comfortable = not helped and not home.monitored and home.lifted == "no" and 25 <= person.age < 60
    if comfortable and rng.random() < 0.01:
        found.asset, found.asset_detail = rng.choice((("车辆", "小型轿车"), ("工商登记", "个体工商户"), ("财政供养", f"{home.town}人民政府")))
    return found
