"""The sample's own planted errors: whether the rules that its truth expects raise them, and what is raised besides.

The truth was written by the sample, which knows nothing of the rules. An expected word is an id, several ids of which any
will do (a|b), or a form of id (x*); several words must all be raised. An issue counts as caught where it is raised at the
household of the error (at its row, where there is no household).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fnmatch import fnmatchcase

import pandas as pd

from pipeline.rehearse.town import Truth, View, at_home, homes_of
from pipeline.spec import Spec

READER = "@"                    # words of the truth that begin so name what the reader finds, not a rule
Raised = Mapping[str, frozenset[str]]


def errors_of(truth: Truth) -> dict[str, Truth]:
    """The lines of the truth by planted error."""
    groups: dict[str, Truth] = defaultdict(list)
    for line in truth:
        groups[line["group"]].append(line)
    return groups


def raised_at(view: View) -> Raised:
    """For every home, the ids raised there; what the reader found counts under each of its words too."""
    found: dict[str, set[str]] = defaultdict(set)
    for home, rule, step in zip(at_home(view.issues), view.issues["rule"], view.issues["step"], strict=True):
        found[home].add(rule)
        if step != "validate":
            found[home].add(READER)
    return {home: frozenset(ids) for home, ids in found.items()}


def meets(rule: str, word: str, also: Mapping[str, frozenset[str]]) -> bool:
    """Whether a raised id is one that the word names."""
    if rule == READER:
        return any(side.startswith(READER) for side in word.split("|"))
    return any(fnmatchcase(name, side) for name in also.get(rule, frozenset({rule})) for side in word.split("|"))


def other_names(spec: Spec) -> dict[str, frozenset[str]]:
    """Every rule's id with the official ids it stands for as well."""
    found: dict[str, frozenset[str]] = {}
    for rule in spec.rules:
        found[rule.id] = found.get(rule.id, frozenset()) | {rule.id, *rule.also}
    return found


def score_errors(view: View, spec: Spec, resting: Mapping[str, str]) -> pd.DataFrame:
    """One row per planted error and expected word: kind, note, home, word, caught_by (ids, blank-joined), state.

    state: caught, missed, or asleep where only resting rules could find it.
    """
    raised, also = raised_at(view), other_names(spec)
    known = set(also) | {problem.id for problem in spec.problems.values()}
    awake = (known - set(resting)) | {READER}
    rows = []
    for group, lines in errors_of(view.truth).items():
        homes = homes_of(lines)
        there = {rule for home in homes for rule in raised.get(home, frozenset())}
        for word in lines[0]["expected"].split():
            by = sorted(rule for rule in there if meets(rule, word, also))
            able = any(meets(rule, word, also) for rule in awake)
            state = "caught" if by else "missed" if able else "asleep"
            rows.append((group, lines[0]["kind"], lines[0]["note"], "、".join(sorted(homes)[:2]), word, " ".join(by), state))
    return pd.DataFrame(rows, columns=["group", "kind", "note", "home", "word", "caught_by", "state"])


def without_cause(view: View, spec: Spec) -> pd.DataFrame:
    """The issues that no planted error at their home explains, neither as expected nor as allowed beside it."""
    also = other_names(spec)
    explained: dict[str, list[str]] = defaultdict(list)
    for lines in errors_of(view.truth).values():
        for home in homes_of(lines):
            explained[home] += [*lines[0]["expected"].split(), *lines[0]["may"].split()]
    issues = view.issues
    homes = at_home(issues)
    cause = [
        any(meets(rule, word, also) or (step != "validate" and meets(READER, word, also)) for word in explained.get(home, ()))
        for home, rule, step in zip(homes, issues["rule"], issues["step"], strict=True)
    ]
    return issues.assign(home=homes)[[not c for c in cause]]
