"""Every word the project itself says: of rules, problems, lists, columns, codes and figures. None of it is anybody's name."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.spec.model import Spec


def own_words(spec: Spec) -> tuple[str, ...]:
    """The project's words, each once, in the order of its files."""
    return tuple(dict.fromkeys(text for text in _texts(spec) if text))


def _texts(spec: Spec) -> Iterator[str]:
    for rule in spec.rules:
        yield from (rule.name, rule.message, rule.fix, rule.basis)
    for problem in spec.problems.values():
        yield from (problem.name, problem.message, problem.fix)
    for columns in spec.fields.values():
        yield from (field.label for field in columns.values())
    for labels in spec.fact_labels.values():
        yield from labels.values()
    yield from spec.table_labels.values()
    for codes in spec.codes.values():
        yield from (codes.title, *codes.values)
    for source in spec.sources:
        yield from (source.title, source.owner)
    for annex in spec.annexes:
        yield from (annex.name, annex.label, annex.title, annex.subject, annex.basis, annex.note, *annex.signs)
        yield from (column.label for column in annex.columns)
        yield from (ground.because for ground in annex.grounds)
    for standard in spec.standards.values():
        yield from (standard.title, standard.unit, standard.document)
    yield from (spec.campaign.title, spec.campaign.basis, spec.campaign.province)
    for duty in spec.campaign.calendar:
        yield from (duty.what, duty.before, duty.who, duty.to, duty.basis, *duty.signs)
    yield from spec.switches.values()
