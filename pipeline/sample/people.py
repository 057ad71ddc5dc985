"""One person: name, number, health, school, labour, insurances. Every fact fits every other."""

from __future__ import annotations

from random import Random

from pipeline.sample.clock import Clock, full_years
from pipeline.sample.families import Kin
from pipeline.sample.ids import IdIssuer
from pipeline.sample.model import Person
from pipeline.sample.words import Words

SCHOOL_BY_AGE = {
    6: "primary", 7: "primary", 8: "primary", 9: "primary", 10: "primary", 11: "primary",
    12: "grade7", 13: "grade8", 14: "grade9",
}  # fmt: skip
COMPULSORY = {"primary", "grade7", "grade8", "grade9"}
VOCATIONAL = {"vocational1", "vocational2", "vocational3", "college1", "college2", "college3"}


class Registrar:
    """Gives people names and numbers; phones and numbers are never given twice."""

    def __init__(self, words: Words, clock: Clock) -> None:
        self.words = words
        self.clock = clock
        self.ids = IdIssuer(words.place["county_code"])
        self.phones_given = 0
        self.surname_weights = [1 / (5 + rank) for rank in range(len(words.names["surnames"]))]

    def phone(self) -> str:
        """Eleven digits of a segment without subscribers; the factor scatters them."""
        self.phones_given += 1
        return f"{self.words.place['phone_prefix']}{self.phones_given * 7_368_787 % 100_000_000:08d}"

    def surname(self, rng: Random) -> str:
        names = self.words.names
        if rng.random() < 0.004:
            return str(rng.choice(names["double_surnames"]))
        return str(rng.choices(names["surnames"], self.surname_weights)[0])

    def name(self, rng: Random, surname: str, sex: str) -> str:
        """Surname and one or two characters; a few rare characters and dotted names."""
        names = self.words.names
        if rng.random() < 0.004:
            return str(rng.choice(names["dotted"]))
        if rng.random() < 0.004:
            return surname + str(rng.choice(names["rare"]))
        given = names["male" if sex == "male" else "female"]
        return surname + "".join(rng.choice(given) for _ in range(1 if rng.random() < 0.22 else 2))

    def person(self, rng: Random, kin: Kin, surname: str, no: str, frailty: float) -> Person:
        """A member with everything but work, which depends on the household."""
        birth = self.clock.born_at_age(kin.age, rng.random())
        person = Person(no, self.name(rng, surname, kin.sex), kin.sex, birth, kin.relation)
        person.id = self.ids.issue(birth, kin.sex)
        person.age = kin.age
        person.school_age = full_years(birth, self.clock.school_start)
        person.standard = "province"
        give_health(rng, person, frailty, self.clock)
        give_schooling(rng, person)
        give_labour(rng, person)
        give_insurance(rng, person)
        give_habits(rng, person, self)
        return person


def give_health(rng: Random, person: Person, frailty: float, clock: Clock) -> None:
    """Illness and disability by age; a disabled person bears the 20-digit number."""
    chronic, serious, disabled = (
        (0.0, 0.004, 0.008) if person.age < 16 else (0.05, 0.015, 0.035) if person.age < 60 else (0.25, 0.03, 0.07)
    )
    facts = [
        fact
        for fact, share in (("disabled", disabled), ("chronic", chronic), ("serious", serious))
        if rng.random() < share * frailty
    ]
    person.health = tuple(facts) or ("healthy",)
    if "disabled" in facts:
        person.disability_kind = rng.choice("1234567")
        person.disability_grade = rng.choice("12334")
        person.disability_year = str(clock.reference.year - rng.randint(1, 8))
        person.id_type = "disability"
        person.id += person.disability_kind + person.disability_grade
        # a replaced card has two characters more
        person.id += "B1" if rng.random() < 0.1 else ""


def give_schooling(rng: Random, person: Person) -> None:
    """School year by age at 1 September, or the schooling completed."""
    age = person.school_age
    if age < 3:
        person.school = "infant"
    elif age < 6:
        person.school = "kindergarten"
    elif age in SCHOOL_BY_AGE:
        person.school = SCHOOL_BY_AGE[age]
    elif age in (15, 16) or (age == 17 and rng.random() < 0.9):
        stream = "senior" if rng.random() < 0.6 else "vocational"
        person.school = f"{stream}{age - 14}"
    elif 18 <= age <= 21 and rng.random() < 0.55:
        stream = "bachelor" if age == 21 or rng.random() < 0.5 else "college"
        person.school = f"{stream}{age - 17}"
    elif 22 <= age <= 25 and rng.random() < 0.04:
        person.school = "master"
    else:
        person.education = finished(rng, person.age)


def finished(rng: Random, age: int) -> str:
    """Schooling completed by somebody no longer at school; higher degrees are given with a job."""
    if age < 23:
        return rng.choice(("junior", "senior"))
    if age < 45:
        return rng.choices(("primary", "junior", "senior"), (2, 6, 2))[0]
    if age < 60:
        return rng.choices(("primary", "junior", "senior"), (5, 4, 1))[0]
    return rng.choices(("illiterate", "primary", "junior"), (3, 5, 2))[0]


def give_labour(rng: Random, person: Person) -> None:
    """Strength for work, from age, school and health."""
    heavily_disabled = "disabled" in person.health and person.disability_grade in ("1", "2")
    if person.age < 16 or person.school or person.age >= 80:
        person.labour = "none"
    elif heavily_disabled:
        person.labour = "none" if person.age >= 60 else rng.choice(("lost", "none"))
    elif person.age >= 60:
        person.labour = "weak" if person.age < 72 and rng.random() < 0.7 else "none"
    elif person.health != ("healthy",):
        person.labour = "weak"
    else:
        person.labour = "ordinary"


def give_insurance(rng: Random, person: Person) -> None:
    """Everybody has exactly one medical insurance; adults out of school one pension."""
    person.resident_pension = "yes" if person.age >= 16 and not person.school else "no"
    person.commercial = "yes" if rng.random() < 0.1 else "no"
    person.accident_subsidy = "yes" if rng.random() < 0.1 else "no"
    if "serious" in person.health or "chronic" in person.health:
        person.medical_aid = "yes" if rng.random() < 0.4 else "no"


def give_habits(rng: Random, person: Person, registrar: Registrar) -> None:
    """Phone, party, language, people."""
    if person.age >= 16 and (not person.school or rng.random() < 0.6):
        person.phone = registrar.phone()
    if person.age >= 25 and rng.random() < 0.06:
        person.politics = "party"
    elif 15 <= person.age <= 27 and rng.random() < 0.3:
        person.politics = "league"
    person.mandarin = "no" if person.age < 3 or (person.age >= 65 and rng.random() < 0.5) else "yes"
    if "·" in person.name:
        person.ethnicity = "yi"
    elif rng.random() < 0.02:
        person.ethnicity = rng.choice(("yi", "tibetan", "hui", "qiang"))
