"""Every age, month and window of the sample follows from its period, never from today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


def month_number(year: int, month: int) -> int:
    """Months counted from year 0, so that differences are differences."""
    return year * 12 + month - 1


def last_day(month: int) -> date:
    """The last day of a month number."""
    return first_day(month + 1) - timedelta(days=1)


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def month_name(month: int) -> str:
    """2022-05, as the period folders are called."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def full_years(birth: date, day: date) -> int:
    """Age in completed years on a day."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@dataclass(frozen=True, slots=True)
class Clock:
    """The period a township is written for."""

    month: int

    @classmethod
    def of(cls, period: str) -> Clock:
        year, month = period.split("-")
        return cls(month_number(int(year), int(month)))

    @property
    def reference(self) -> date:
        return last_day(self.month)

    @property
    def window_start(self) -> int:
        """The income year begins twelve months before the period."""
        return self.month - 12

    @property
    def window_end(self) -> int:
        return self.month - 1

    @property
    def school_start(self) -> date:
        """1 September of the running school year."""
        year = self.month // 12 - (self.month % 12 < 8)
        return date(year, 9, 1)

    def born_at_age(self, age: int, share: float) -> date:
        """The day that makes somebody `age` at the reference date; share in [0, 1) places it within the year."""
        reference = self.reference
        year = reference.year - age
        latest = date(year, reference.month, min(reference.day, 28))
        return latest - timedelta(days=int(share * 360))
