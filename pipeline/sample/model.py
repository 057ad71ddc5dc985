"""What an invented township is made of: households, their members, work spells, villages.

Coded values are English tokens here; vocabulary.yml says how a file spells them. Months are year × 12 + month − 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from pipeline.sample.words import Village

Tokens = tuple[str, ...]
Amount = float | None


@dataclass(slots=True)
class Income:
    """A year's income of one household in yuan; net and per head follow from the rest by `settle`."""

    wage: Amount = None
    operating: Amount = None
    property: Amount = None
    transfer: Amount = None
    expense: Amount = None
    net: Amount = None
    per_head: Amount = None
    gross: Amount = None
    claims: Amount = None
    self_paid: Amount = None
    pension: Amount = None
    dibao: Amount = None
    tekun: Amount = None
    ecology: Amount = None
    family_planning: Amount = None
    other_transfer: Amount = None
    dividend: Amount = None
    posts: Amount = None

    def settle(self, size: int) -> None:
        """Make net and per head agree with the parts."""
        earned = [part or 0.0 for part in (self.wage, self.operating, self.property, self.transfer)]
        self.gross = round(sum(earned), 2)
        self.net = round(self.gross - (self.expense or 0.0), 2)
        self.per_head = round(self.net / size, 2)


@dataclass(slots=True)
class Help:
    """The measures a household receives, by column."""

    industry: Tokens = ()
    employment: Tokens = ()
    finance: Tokens = ()
    post: Tokens = ()
    health: Tokens = ()
    compulsory: Tokens = ()
    education: Tokens = ()
    security: Tokens = ()
    housing: Tokens = ()
    water: Tokens = ()
    social: Tokens = ()
    move: Tokens = ()
    living: Tokens = ()
    facility: Tokens = ()
    post_remark: str = ""


@dataclass(slots=True)
class Spell:
    """One stretch of work away from the farm."""

    key: str
    working: str
    start: int | None
    end: int | None
    place: str
    wage: Amount
    company: str
    trade: str
    channel: str
    point: str
    subsidy: Amount


@dataclass(slots=True)
class Record:
    """What only the departments hold of a person; the system's exports show none of it."""

    support_way: str = ""
    self_care: str = ""
    monthly: Amount = None
    subsidy: str = ""
    subsidy_amount: Amount = None
    medical_category: str = ""
    aided_pay: Amount = None
    hospital: str = ""
    settled_on: date | None = None
    cost: Amount = None
    basic: Amount = None
    self_paid: Amount = None
    benefit: str = ""
    pension: Amount = None
    illness: str = ""
    asset: str = ""
    asset_detail: str = ""
    change: str = ""


@dataclass(slots=True)
class HouseFile:
    """What only departments and the village hold of a household."""

    appraised_on: date | None = None
    second_grade: str = ""  # of a second house; empty where there is one house
    struck: str = ""
    struck_on: date | None = None
    claimed: Amount = None
    claimed_on: date | None = None
    dibao_from: int | None = None
    concerns: Tokens = ()  # why the village has it on its list of key households
    told_income: Amount = None  # what the village's list says of its income per head


@dataclass(slots=True)
class Person:
    """A member of a household."""

    no: str
    name: str
    sex: str
    birth: date
    relation: str
    id: str = ""
    id_type: str = "identity"
    ethnicity: str = "han"
    politics: str = "masses"
    education: str = ""
    school: str = ""
    absent_reason: str = ""
    health: Tokens = ("healthy",)
    disability_kind: str = ""
    disability_grade: str = ""
    disability_year: str = ""
    labour: str = "ordinary"
    work_place: str = ""
    work_months: int | None = None
    company: str = ""
    trade: str = ""
    channel: str = ""
    overseas: str = "no"
    post: Tokens = ()
    post_months: int | None = None
    phone: str = ""
    serious_insured: str = "yes"
    resident_insured: str = "yes"
    employee_insured: str = "no"
    resident_pension: str = "no"
    employee_pension: str = "no"
    commercial: str = "no"
    accident_subsidy: str = "no"
    medical_aid: str = "no"
    other_health: str = "no"
    dibao: str = "none"
    tekun: str = "none"
    relocated: str = "no"
    mandarin: str = "yes"
    soldier: str = "no"
    orphan: str = "no"
    graduate_reason: str = ""
    standard: str = ""
    recognised_on: int | None = None
    plans: str = ""
    plan_county: str = ""
    plan_need: str = ""
    age: int = 0
    school_age: int = 0
    spells: list[Spell] = field(default_factory=list)
    file: Record = field(default_factory=Record)

    @property
    def id18(self) -> str:
        """The identity number without what a disability card adds to it."""
        return self.id[:18]

    @property
    def student_no(self) -> str:
        """The national school number."""
        return f"G{self.id[:18]}"

    @property
    def grade(self) -> str:
        """The school year as a school names it: the primary years are counted."""
        return f"primary{min(max(self.school_age - 5, 1), 6)}" if self.school == "primary" else self.school

    @property
    def able(self) -> bool:
        """Has at least half the strength to work."""
        return self.labour in {"ordinary", "skilled", "weak"}

    @property
    def strong(self) -> bool:
        return self.labour in {"ordinary", "skilled"}


@dataclass(slots=True)
class Household:
    """One household: the columns of the household exports, and its members."""

    no: str
    place: Village
    province: str
    city: str
    county: str
    town: str
    village: str
    group: int
    kind: str
    lifted: str
    members: list[Person]
    head_name: str = ""
    head_id_type: str = ""
    head_id: str = ""
    size: int = 0
    phone: str = ""
    address: str = ""
    category: str = ""
    lifted_year: str = ""
    first_found: int | None = None
    safety_net: str = "no"
    risk1: str = ""
    risk2: str = ""
    risk3: str = ""
    risk4: str = ""
    risk5: str = ""
    disaster: str = ""
    disaster_remark: str = ""
    risk_remark: str = ""
    found_on: int | None = None
    removed: str = ""
    removal: str = ""
    removed_on: int | None = None
    contact: str = ""
    contact_phone: str = ""
    in_move_site: str = "no"
    move_site: str = ""
    dropout: str = ""
    house_problem: str = ""
    water_problem: str = ""
    uninsured: str = ""
    after_dropout: str = ""
    after_house: str = ""
    after_water: str = ""
    after_uninsured: str = ""
    dangerous: str = "no"
    danger_grade: str = "A"
    house_area: float | None = None
    safe_water: str = "yes"
    toilet: str = "yes"
    toilet_works: str = "yes"
    road: str = "cement"
    road_hard: str = "yes"
    distance: float | None = None
    power: str = "yes"
    broadcast: str = "yes"
    arable: float | None = None
    forest: float | None = None
    returned: float | None = None
    orchard: float | None = None
    pasture: float | None = None
    pond: float | None = None
    fuel: str = "clean"
    cooperative: str = "no"
    leading_firm: str = "no"
    leader: str = "no"
    martyr: str = "no"
    bank: str = ""
    carried_out: str = ""
    limit_total: Amount = None
    limit_per_head: Amount = None
    helper: str = ""
    helper_sex: str = ""
    helper_politics: str = ""
    helper_unit: str = ""
    helper_from: int | None = None
    helper_to: int | None = None
    helper_phone: str = ""
    filled_by: str = ""
    filled_on: date | None = None
    now: Income = field(default_factory=Income)
    found: Income = field(default_factory=Income)
    after: Income = field(default_factory=Income)
    help: Help = field(default_factory=Help)
    resident: bool = False  # a farm household that the system does not hold
    file: HouseFile = field(default_factory=lambda: HouseFile())

    @property
    def old_village(self) -> str:
        """The village's former name where it was merged: some departments never changed it."""
        return self.place.former or self.village

    @property
    def register_no(self) -> str:
        """The police's own number of the household."""
        return f"5199{int(self.no[-6:]) * 7 + 1_000_003:08d}"

    @property
    def dibao_no(self) -> str:
        """The number of the household's support certificate."""
        return f"51992301{self.no[-6:]}"

    @property
    def dibao_since(self) -> int:
        """Month from which support was paid; some fixed month of 2017 to 2019 unless the office wrote another."""
        return self.file.dibao_from or 2017 * 12 + int(self.no[-2:]) % 36

    @property
    def head_id18(self) -> str:
        """The head's identity number without what a disability card adds to it."""
        return self.head_id[:18]

    @property
    def account(self) -> str:
        """Where the household's allowances are paid to."""
        return f"6214{int(self.no[-6:]) * 104_729 + 7_000_000_000:015d}"

    @property
    def marginal(self) -> bool:
        """Poor, but not so poor as to be supported."""
        supported = any(person.dibao == "rural" or person.tekun == "rural" for person in self.members)
        return int(self.no[-6:]) % 29 == 0 and not supported

    @property
    def dibao_people(self) -> int:
        return sum(person.dibao == "rural" for person in self.members)

    @property
    def dibao_monthly(self) -> Amount:
        return round((self.now.dibao or 0.0) / 12, 2)

    @property
    def monitored(self) -> bool:
        return self.category != ""

    @property
    def head(self) -> Person:
        return next((person for person in self.members if person.relation == "head"), self.members[0])

    @property
    def risks(self) -> list[str]:
        """The risks of the household, without the empty slots."""
        slots = (self.risk1, self.risk2, self.risk3, self.risk4, self.risk5)
        return [risk for risk in slots if risk]

    def name_risks(self, risks: list[str]) -> None:
        """Fill the five slots in order."""
        self.risk1, self.risk2, self.risk3, self.risk4, self.risk5 = (*risks, "", "", "", "", "")[:5]

    @property
    def spells(self) -> list[tuple[Person, Spell]]:
        return [(person, spell) for person in self.members for spell in person.spells]


@dataclass(slots=True)
class VillageRow:
    """What the township says of one village."""

    county: str
    town: str
    name: str
    out: str
    households: int
    people: int
    dibao_households: int
    dibao_people: int
    tekun_people: int
    disabled_people: int
    collective: Amount
    per_head: Amount
    schools: int
    pension_people: int
    bus: str
    clinics: int
    toilets: int
    doctors: int
    tips: int
    libraries: int
    paved: str
    unsafe_water: int
    dangerous: int


@dataclass(slots=True)
class Township:
    """All of it, at the end of one month."""

    households: list[Household]
    villages: list[VillageRow]
    departed: list[tuple[Household, Person]] = field(default_factory=list)
    moved: list[tuple[Household, Person]] = field(default_factory=list)
    residents: list[Household] = field(default_factory=list)  # of this township, but outside the system: on lists only
    outside: list[Household] = field(default_factory=list)  # of other townships: on the departments' lists only
