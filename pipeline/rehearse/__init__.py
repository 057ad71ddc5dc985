"""`qingxi check --rehearse`: every rule tried on an invented township, and what it caught, missed and raised without cause.

Two kinds of error are planted. The sample's own, whose truth knows nothing of the rules (planted.py); and each rule's failing
examples, laid over households of the clean township (graft.py, trial.py), which alone count where the sample plants nothing for
a rule. The score is the share of all planted errors and grafted examples that the rules in force caught.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as replaced
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from pipeline.docs import resting
from pipeline.rehearse.clash import contradictions, hits, repeats
from pipeline.rehearse.planted import score_errors, without_cause
from pipeline.rehearse.text import report_text
from pipeline.rehearse.town import View, officers_view, tables_of, write_town
from pipeline.rehearse.trial import Trials, try_examples
from pipeline.run import Teller
from pipeline.sample.words import words
from pipeline.spec import Spec, load_spec

__all__ = ["Rehearsal", "rehearse", "report_text"]


@dataclass(frozen=True)
class Rehearsal:
    """What a rehearsal showed.

    rules: id, name, severity, caught, missed, grafted, grafted_missed, on_clean, without_cause, mark, one row per id; the counts of
    the last four columns but one are of planted errors, of examples, and of issues. mark: "" 从不报 嫁接 or why it rests.
    """

    households: int
    rules: pd.DataFrame
    errors: pd.DataFrame                # one row per planted error and expected word, see planted.score_errors
    unfired: tuple[str, ...]            # examples that made no rule fire among full rows
    examples: int
    needless: pd.DataFrame              # issues without cause: rule, title, severity, where (干净 埋错), home
    repeats: pd.DataFrame
    contradictions: pd.DataFrame

    @property
    def score(self) -> float:
        """Caught of all that was planted, errors and examples alike."""
        states = self.errors["state"].value_counts()
        caught, missed = int(states.get("caught", 0)), int(states.get("missed", 0))
        return (caught + self.examples - len(self.unfired)) / max(caught + missed + self.examples, 1)


def rehearse(spec: Spec, scale: float, tell: Teller) -> Rehearsal:
    """Try every rule of `spec` on an invented township. Raises RuleCrashed."""
    with TemporaryDirectory(prefix="qingxi-") as made:
        folder = Path(made)
        tell.stage("造虚构乡镇")
        spec = in_the_sample(spec, folder)
        clean, planted = (write_town(folder / name, spec, scale, name == "clean") for name in ("clean", "planted"))
        tell.stage("清洗没有错的乡镇")
        on_clean, town = officers_view(clean, spec, tell), tables_of(clean, spec)
        tell.stage("清洗埋了错的乡镇")
        view = officers_view(planted, spec, tell)
    rest = {**on_clean.unasked, **resting(spec)}
    tell.stage("嫁接规则的示例")
    trials = try_examples(town, spec, rest, tell)
    tell.stage("找重复和矛盾的规则")
    errors = score_errors(view, spec, rest)
    needless = _needless(on_clean, view, spec)
    fired = trials.table.groupby("example")["fired"].any()
    return Rehearsal(
        clean.households,
        _rule_table(spec, rest, errors, trials, needless),
        errors,
        tuple(fired[~fired].index),
        len(fired),
        needless,
        repeats(hits(view, trials)),
        contradictions(trials, spec, rest),
    )


def in_the_sample(spec: Spec, folder: Path) -> Spec:
    """The rules bound to the invented county, whatever county campaign.yml names: elsewhere its exports would be turned away."""
    county = str(words().place["county"])
    if spec.campaign.county == county:
        return spec
    if spec.campaign.county is None:
        return load_spec(spec.root, county=county)
    from ruamel.yaml import YAML

    for name in ("mappings", "expectations"):
        shutil.copytree(spec.root / name, folder / "project" / name)
    yaml, path = YAML(typ="safe", pure=True), folder / "project" / "mappings" / "campaign.yml"
    campaign = yaml.load(path.read_text(encoding="utf-8-sig"))
    with path.open("w", encoding="utf-8") as stream:
        yaml.dump({**campaign, "place": {"county": None, "county_code": None, "townships": []}}, stream)
    return replaced(load_spec(folder / "project", county=county), root=spec.root)


def _needless(on_clean: View, view: View, spec: Spec) -> pd.DataFrame:
    """Issues without cause, on the clean township and beside the planted errors."""
    parts = [without_cause(v, spec).assign(where=name) for name, v in (("干净", on_clean), ("埋错", view))]
    return pd.concat(parts, ignore_index=True)[["rule", "title", "severity", "where", "home", "step"]]


def _rule_table(spec: Spec, rest: Mapping[str, str], errors: pd.DataFrame, trials: Trials, needless: pd.DataFrame) -> pd.DataFrame:
    caught = Counter(rule for names in errors["caught_by"] for rule in names.split())
    missed = Counter(side for word in errors.loc[errors["state"] == "missed", "word"] for side in word.split("|"))
    table = trials.table
    fired = table[table["fired"]].groupby("rule")["example"].nunique().to_dict()
    dead = set(table["example"]) - set(table.loc[table["fired"], "example"])
    unfired = table[table["example"].isin(dead)].groupby("rule")["example"].nunique().to_dict()
    ruled = needless[needless["step"] == "validate"]
    idle = {name: ruled.loc[ruled["where"] == name, "rule"].value_counts().to_dict() for name in ("干净", "埋错")}
    rows = []
    for rule in {r.id: r for r in reversed(spec.rules)}.values():
        mine = (caught[rule.id], sum(missed[name] for name in {rule.id, *rule.also}), fired.get(rule.id, 0), unfired.get(rule.id, 0))
        mark = rest.get(rule.id) or ("" if mine[0] else "嫁接" if mine[2] else "从不报")
        rows.append((rule.id, rule.name, rule.severity, *mine, idle["干净"].get(rule.id, 0), idle["埋错"].get(rule.id, 0), mark))
    columns = ["id", "name", "severity", "caught", "missed", "grafted", "grafted_missed", "on_clean", "without_cause", "mark"]
    return pd.DataFrame(rows[::-1], columns=columns)
