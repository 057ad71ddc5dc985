"""改哪里: where cells contradict one another, the smallest set whose change settles every broken rule of the record.

Fellegi, I. P. & Holt, D. (1976), A systematic approach to automatic edit and imputation, JASA 71, 17–35. Every equally small set
is shown, unlike R's errorlocate, which picks one. Weights and constraints: mappings/weights.yml. Nothing is changed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.assemble import Entities
from pipeline.derive import Database
from pipeline.localise.advice import Speaker, attach
from pipeline.localise.candidates import Judge, Records
from pipeline.localise.cells import settle_cells
from pipeline.localise.domains import Domains
from pipeline.localise.model import Advice, Settlement
from pipeline.localise.numbers import blocks, in_block, settle_numbers
from pipeline.localise.references import References
from pipeline.localise.weights import Weights, load_weights
from pipeline.spec import Rule, Spec
from pipeline.validate import Outcome

__all__ = ["Advice", "attach", "localise"]


def localise(outcomes: Sequence[Outcome], database: Database, tables: Mapping[str, Entities], spec: Spec) -> list[Advice]:
    """Advice for every contradiction the rules found, in the order of the records."""
    weights = load_weights(spec)
    wanted = [o for o in outcomes if _asked(o, weights)]
    if not any(len(o.broken) for o in wanted):
        return []
    records = Records(database)
    judge = _judge(outcomes, database, records, weights)
    domains = Domains(spec, weights, database, tables)
    pairs = [(o.rule.key, int(row)) for o in wanted if o.rule.key in judge.rules for row in o.broken]
    found = _settle(judge, domains, records, pairs)
    speaker = Speaker(domains, judge.rules)
    return [speaker.advice(s) for s in sorted(found, key=lambda s: (s.record, s.pairs)) if _worth_saying(s, judge)]


def _asked(outcome: Outcome, weights: Weights) -> bool:
    return outcome.skipped is None and outcome.rule.dimension in weights.settle and outcome.rule.check is not None


def _judge(outcomes: Sequence[Outcome], database: Database, records: Records, weights: Weights) -> Judge:
    ran = [o for o in outcomes if o.skipped is None]
    broken = {o.rule.key: o.broken for o in ran}
    return Judge(database, records, References(database), [o.rule for o in ran], broken, {}, weights.keep, weights.blanks)


def _settle(judge: Judge, domains: Domains, records: Records, pairs: Sequence[tuple[str, int]]) -> list[Settlement]:
    """Numbers by their identities, everything else by trial."""
    found: list[Settlement] = []
    rest = list(pairs)
    for block in blocks(domains, judge):
        keys = {key for key in {k for k, _ in rest} if in_block(block, judge.rules[key])}
        mine, rest = [p for p in rest if p[0] in keys], [p for p in rest if p[0] not in keys]
        if mine:
            judge.owners = _nobody(judge, mine)
            found += settle_numbers(block, judge, domains, records, mine)
    known = {key for key in {k for k, _ in rest} if _localisable(judge.rules[key], judge, domains)}
    rest = [p for p in rest if p[0] in known]
    if rest:
        judge.owners = _nobody(judge, rest)
        found += settle_cells(judge, domains, records, rest)
    return found


def _nobody(judge: Judge, pairs: Sequence[tuple[str, int]]) -> dict[str, np.ndarray]:
    return {key: np.full(judge.base.tables[judge.rules[key].table].size, -1, dtype=np.intp) for key in dict.fromkeys(k for k, _ in pairs)}


def _localisable(rule: Rule, judge: Judge, domains: Domains) -> bool:
    """True for a rule about columns weights.yml lists, and no other that may change: what only a visit can tell is no contradiction on paper."""
    kinds = [kind for column in rule.columns if (kind := domains.weights.cells.get((rule.table, column))) is not None]
    return bool(kinds) and all(kind.listed for kind in kinds) and "repeats" not in judge.references.beyond(rule)


def _worth_saying(settlement: Settlement, judge: Judge) -> bool:
    """Several rules at once, a value that follows, or fewer or other cells than the issue itself names: else its own words say it all."""
    if len(settlement.pairs) > 1 or any(any(c.follows) for c in settlement.changes):
        return True
    key, row = settlement.pairs[0]
    rule = judge.rules[key]
    cells = {cell for change in settlement.changes for cell in change.cells}
    return not judge.references.beyond(rule) and cells != {(rule.table, row, column) for column in rule.columns}
