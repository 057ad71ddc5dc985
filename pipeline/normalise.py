"""Text → canonical text, by the cleaners that fields.yml names. Form only: no fact about a person is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import process

from pipeline.cleaners import CLEANERS, Cleaned, Context, Spellings, fold
from pipeline.ledger import Finding
from pipeline.mapping import Records
from pipeline.spec import Field, Spec


class Normaliser:
    """Cleans records; each distinct text of a column is cleaned once, also across files."""

    def __init__(self, spec: Spec, spellings: Spellings) -> None:
        self.spec, self.spellings = spec, spellings
        self._done: dict[tuple[str, str, str, int], dict[str, Cleaned]] = {}

    def normalise(self, records: Records) -> tuple[Records, list[Finding]]:
        """The records in canonical text; what cannot be read is blank there and a finding at its cell."""
        cleaned: dict[str, npt.NDArray[np.object_]] = {}
        findings: list[Finding] = []
        for key in records.frame.columns:
            table, column = key.split(".", 1)
            field = self.spec.fields[table][column]
            cells = records.frame[key].to_numpy(dtype=object)
            cleaned[key], problems = self._column(cells, field, records, key)
            findings.extend(self._findings(problems, cells, cleaned[key], field, records, key))
        return records.with_frame(pd.DataFrame(cleaned, index=records.frame.index)), findings

    def reason(self, key: str) -> str:
        """Why a cell of this column is rewritten, in an officer's words."""
        table, column = key.split(".", 1)
        return self.spellings.reasons[self.spec.fields[table][column].type]

    def one(self, text: str, field: Field, kind: int) -> Cleaned:
        """One text as a cell of this column, whoever wrote it: no list's own words."""
        codes = self.spec.codes.get(field.codes or "")
        year = int(self.spec.campaign.reference_date[:4])
        answer = CLEANERS[field.type](text, Context(self.spellings, codes, field.unit, None, field.open_end, kind, year))
        places = self.spec.places if field.type == "place" else {}
        return Cleaned(places.get(answer.value, answer.value), answer.problem) if answer.value else answer

    def _column(
        self, cells: npt.NDArray[Any], field: Field, records: Records, key: str
    ) -> tuple[npt.NDArray[np.object_], dict[str, npt.NDArray[np.intp]]]:
        """The canonical cells, and by problem the positions of the cells that have it."""
        result: npt.NDArray[np.object_] = np.full(len(cells), None, dtype=object)
        problems: dict[str, npt.NDArray[np.intp]] = {}
        kinds = records.kinds.get(key)
        for kind in (0,) if kinds is None else np.unique(kinds).tolist():
            rows = np.arange(len(cells)) if kinds is None else np.flatnonzero(kinds == kind)
            codes, texts = pd.factorize(cells[rows])
            if not len(texts):
                continue
            answers = self._clean(texts, field, records, key, kind)
            values = np.array([a.value for a in answers] + [None], dtype=object)
            result[rows] = values[codes]
            self._note(problems, answers, codes, rows)
        return result, problems

    @staticmethod
    def _note(problems: dict[str, npt.NDArray[np.intp]], answers: list[Cleaned], codes: npt.NDArray[Any], rows: npt.NDArray[Any]) -> None:
        for name in sorted({a.problem for a in answers if a.problem}):
            flags = np.array([a.problem == name for a in answers] + [False])
            hit = rows[flags[codes]]
            problems[name] = np.concatenate([problems[name], hit]) if name in problems else hit

    def _clean(self, texts: npt.NDArray[Any], field: Field, records: Records, key: str, kind: int) -> list[Cleaned]:
        lookups = {fold(k): v for k, v in records.source.lookups.get(field.name, {}).items()}
        unit = records.units.get(key, "")
        memory = self._done.setdefault((field.key, records.source.name if lookups else "", unit, kind), {})
        cleaner = CLEANERS[field.type]
        context = Context(
            self.spellings,
            self.spec.codes.get(field.codes or ""),
            field.unit,
            unit or None,
            field.open_end,
            kind,
            int(self.spec.campaign.reference_date[:4]),
        )
        places = self.spec.places if field.type == "place" else {}
        for text in texts:
            if text not in memory:
                answer = cleaner(lookups.get(fold(text), text) if lookups else text, context)
                memory[text] = Cleaned(places.get(answer.value, answer.value), answer.problem) if answer.value else answer
        return [memory[text] for text in texts]

    def _findings(
        self, problems: Mapping[str, npt.NDArray[np.intp]], raw: npt.NDArray[Any], clean: npt.NDArray[Any], field: Field, records: Records, key: str
    ) -> list[Finding]:
        found = []
        for problem, positions in problems.items():
            names = (f"normalise.{problem}@{field.name}", f"normalise.{problem}", "normalise.other")
            name = next(n for n in names if n in self.spec.problems)
            for position in positions.tolist():
                found.append(self._finding(name, position, str(raw[position]), field, records, key))
        return found

    def _finding(self, problem: str, position: int, value: str, field: Field, records: Records, key: str) -> Finding:
        near = self._nearest(value, field)
        slots = {"label": field.label, "value": value, "codes": field.codes or "", "nearest": f"（最像的是“{near}”）" if near else ""}
        return Finding(
            problem,
            str(records.row_ids[position]),
            (field.name,),
            table=field.table,
            column=field.name,
            value=value,
            suggestion=near,
            source_column=records.headers[key],
            source=records.source.title,
            codes=field.codes,
            label=field.label,
            slots=slots,
        )

    def _nearest(self, value: str, field: Field) -> str | None:
        codes = self.spec.codes.get(field.codes or "")
        best = process.extractOne(value, codes.values, score_cutoff=50) if codes else None
        return str(best[0]) if best else None
