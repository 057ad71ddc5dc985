"""The villages' own lists of key households: who is told of, and the files in which it is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from pipeline.sample.clock import Clock
from pipeline.sample.layout import Book, Layout, as_here, book, layouts
from pipeline.sample.model import Township
from pipeline.sample.rosters import Finding
from pipeline.sample.words import Village, Words

TOLD = {"income": "income", "students": "students", "wages": "wages"}  # roster → why a village would tell of it
PER_VILLAGE = 2


def tell_villages(county: Township, findings: list[Finding]) -> None:
    """Two households of every kind per village, out of those that the figures bear out; whatever the cases tell stays."""
    homes = {home.no: home for home in county.households}
    told: dict[tuple[str, str], int] = defaultdict(int)
    for one in findings:
        home = homes.get(one.household_no)
        if one.firm and one.roster in TOLD and home and not home.file.concerns and told[one.roster, one.village] < PER_VILLAGE:
            told[one.roster, one.village] += 1
            home.file.concerns, home.file.told_income = (TOLD[one.roster],), home.now.per_head


def village_books(county: Township, clock: Clock, seed: int, words: Words) -> Iterator[Book]:
    """One file per village, each in one of the forms of villages.yml."""
    forms = layouts("villages.yml")
    for position, village in enumerate(words.villages):
        layout = of_village(as_here(forms[position % len(forms)], words), village)
        yield book(layout, county, clock, Random(f"{seed}/{village.code}/told"), words, {}, now=True)


def of_village(form: Layout, village: Village) -> Layout:
    """The form as this village uses it."""

    def named(text: str) -> str:
        return text.replace("{village}", village.name)

    return replace(form, village=village.name, file=named(form.file), titles=tuple(map(named, form.titles)))
