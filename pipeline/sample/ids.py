"""Identity numbers by GB 11643, in a county that does not exist."""

from __future__ import annotations

from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


def check_character(first17: str) -> str:
    """The 18th character that belongs to the first 17."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True)) % 11]


class IdIssuer:
    """Hands out numbers that nobody else has: odd sequence for men, even for women."""

    def __init__(self, county_code: str, offset: int = 0) -> None:
        """Two issuers with offsets far apart never meet."""
        self.county_code = county_code
        self.offset = offset
        self.last_given: dict[tuple[date, str], int] = {}

    def issue(self, birth: date, sex: str) -> str:
        """A number never issued before."""
        while True:
            number = self.next_number(birth, sex)
            # a lawful number that ends in 000 looks like Excel's damage; leave those unused
            if not number.endswith("000"):
                return number

    def next_number(self, birth: date, sex: str) -> str:
        key = (birth, sex)
        start = self.offset + birth.day * 7 + birth.month * 2 + (1 if sex == "male" else 0)
        start -= start % 2 != (sex == "male")
        sequence = self.last_given.get(key, start) + 2
        self.last_given[key] = sequence
        first17 = f"{self.county_code}{birth:%Y%m%d}{sequence % 1000:03d}"
        return first17 + check_character(first17)
