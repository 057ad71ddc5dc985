"""Settlements in words a village clerk understands, and their place in the issue rows."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from pipeline.localise.candidates import Cell
from pipeline.localise.domains import Domains, as_text
from pipeline.localise.model import Advice, Change, Settlement
from pipeline.spec import Rule

Values = dict[Cell, str | None]
Subject = tuple[str, str | None, str | None]
Place = tuple[str, int]


@dataclass
class Speaker:
    """Puts settlements into words."""

    domains: Domains
    rules: Mapping[str, Rule]

    def advice(self, settlement: Settlement) -> Advice:
        """The advice of one settlement."""
        changes = [self._values(c) for c in settlement.changes]
        keys = tuple(key for key, _ in settlement.pairs)
        places = tuple((self.rules[key].table, row) for key, row in settlement.pairs)
        subjects = tuple((self.rules[key].id, *self._subject(*place)) for key, place in zip(keys, places, strict=True))
        return Advice(self._text(*places[0], "household_no"), places, keys, subjects, settlement.changes[0].cells, changes[0], tuple(changes[1:]),
                      self._sentence(settlement, places[0], changes))

    def _values(self, change: Change) -> Values:
        return {cell: as_text(value, self._type(cell)) if follows else None
                for cell, value, follows in zip(change.cells, change.values, change.follows, strict=True)}

    def _type(self, cell: Cell) -> str:
        return self.domains.spec.fields[cell[0]][cell[2]].type

    def _text(self, table: str, row: int, column: str) -> str | None:
        value = self.domains.value((table, row, column)) if column in self.domains.spec.fields[table] else None
        return None if value is None else str(value)

    def _subject(self, table: str, row: int) -> tuple[str | None, str | None]:
        """Household and person as an issue row names them: the person by number, else by name; a household's rows have none."""
        return self._text(table, row, "household_no"), self._text(table, row, "person_no") or self._text(table, row, "name")

    def _sentence(self, settlement: Settlement, place: Place, changes: Sequence[Values]) -> str:
        words = self.domains.weights.words
        shown = [self._phrase(c, place) for c in changes[:int(self.domains.weights.shown)]]
        count = len(settlement.pairs)
        text = (words["several"] if count > 1 else words["alone"]).format(changes=words["only"] + shown[0], count=count)
        text += "".join(words["or"].format(changes=phrase) for phrase in shown[1:])
        if len(changes) > len(shown):
            text += words["more"].format(count=len(changes))
        known = self.domains.weights.remarks
        remarks = [known[r] for r in dict.fromkeys(self.rules[key].id for key, _ in settlement.pairs) if r in known]
        return "；".join([text, *remarks]) + "。"

    def _phrase(self, change: Values, place: Place) -> str:
        words = self.domains.weights.words
        parts = []
        for cell, value in change.items():
            template = words["change"] if value is None else words["clear"] if value == "" else words["set"]
            parts.append(template.format(cell=self._cell(cell, place), value=value))
        return words["and"].join(parts)

    def _cell(self, cell: Cell, place: Place) -> str:
        """What a cell is called; whose it is where it is another row's."""
        label = self.domains.spec.label(cell[0], cell[2])
        name = self._text(cell[0], cell[1], self.domains.weights.who.get(cell[0], "name"))
        return label if cell[:2] == place or name is None else self.domains.weights.words["of"].format(name=name, label=label)


def attach(rows: Sequence[MutableMapping[str, object]], advice: Sequence[Advice]) -> None:
    """Adds to each issue row concerned the sentence, and to its cell the value, where only one smallest set is possible."""
    of_subject = {(rule, household, person): (a, place) for a in advice
                  for (rule, household, person), place in zip(a.subjects, a.places, strict=True)}
    for row in rows:
        found = _of_row(row, of_subject)
        if found is None:
            continue
        given, place = found
        row["fix"] = "。".join(str(t).rstrip("。") for t in (row.get("fix"), given.sentence) if t)
        value = next((v for (table, at, column), v in given.suggestions.items()
                      if (table, column) == (row["table"], row["column"]) and ((table, at) == place or table != place[0])), None)
        if value and not given.alternatives and row.get("suggestion") is None:
            row["suggestion"] = value


def _of_row(row: Mapping[str, object], of_subject: Mapping[Subject, tuple[Advice, Place]]) -> tuple[Advice, Place] | None:
    rule, household = str(row["rule"]), _text(row.get("household_no"))
    for person in (row.get("person_no"), row.get("name"), None):
        if (found := of_subject.get((rule, household, _text(person)))) is not None:
            return found
    return None


def _text(value: object) -> str | None:
    return str(value) if value is not None and value == value else None
