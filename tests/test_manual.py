"""docs/手册.md says what is there: its tables of names are the code's own, and its examples load, pass and fail as they say."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.checks import CHECKS
from pipeline.cli import app
from pipeline.examples import broken_examples
from pipeline.expression.bind import BUILTINS
from pipeline.expression.parse import AGGREGATES
from pipeline.spec import Spec, campaign_figures, load_spec
from pipeline.spec.expectations import _RULE_KEYS
from pipeline.spec.mappings import _SOURCE_KEYS

ROOT = Path(__file__).parents[1]
MANUAL = (ROOT / "docs" / "手册.md").read_text(encoding="utf-8")
SPEC = load_spec(ROOT)
_SNIPPET = re.compile(r"^```yaml (完整示例|改一行) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Snippet:
    """One YAML example of the manual and the file it belongs in."""

    kind: str
    path: str
    text: str


SNIPPETS = [Snippet(*found) for found in _SNIPPET.findall(MANUAL)]


def table(title: str) -> list[list[list[str]]]:
    """The table under a `<!-- 表: title -->`: for each row, for each cell, the names in it."""
    found = re.search(rf"<!-- 表: {title} -->\n((?:\|.*\n)+)", MANUAL)
    assert found, title
    rows = found.group(1).splitlines()[2:]
    return [[_NAME.findall(cell) for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def names(title: str, column: int = 0) -> list[str]:
    """All names in one column of a table."""
    return [name for row in table(title) for name in row[column]]


@pytest.mark.parametrize(
    ("title", "known"),
    [
        ("函数", {*BUILTINS, *AGGREGATES}),
        ("检查函数", {f"@{name}" for name in CHECKS}),
        ("规则的键", _RULE_KEYS),
        ("列组", set(SPEC.column_groups)),
        ("每年的值", {f"${name}" for name in campaign_figures(SPEC.campaign)}),
        ("命令", {f"qingxi {c.name or c.callback.__name__}" for c in app.registered_commands if c.callback}),
    ],
)
def test_a_table_names_everything_there_is_once(title, known):
    assert sorted(names(title)) == sorted(known)


def test_relations_stand_where_they_belong():
    said = {row[0][0]: (set(row[1]), set(row[2])) for row in table("关联")}
    known = {
        name: ({r.name for r in found.values() if not r.many}, {r.name for r in found.values() if r.many}) for name, found in SPEC.relations.items()
    }
    known = {name: (one - of_lists(name), many - of_lists(name)) for name, (one, many) in known.items() if name.removeprefix("previous_") not in SPEC.lists}
    assert {name: (one - {"名.列"}, many) for name, (one, many) in said.items()} == known


def of_lists(table: str) -> set[str]:
    """Relations to departments' lists: all of one form, which the manual gives once."""
    return {r.name for r in SPEC.relations[table].values() if r.table in SPEC.lists}


def test_every_departments_list_is_reached_as_the_manual_says():
    for table in SPEC.lists:
        assert f"{table}_rows" in SPEC.relations["person"] or f"{table}_rows" in SPEC.relations["household"], table


def test_facts_keys_and_problems_named_are_there():
    assert {tuple(n.split(".")) for n in names("推算列")} <= {(t, f) for t, facts in SPEC.facts.items() for f in facts}
    assert set(names("来源的键")) <= _SOURCE_KEYS
    assert set(names("提示")) <= {p.id for p in SPEC.problems.values()} | {r.id for r in SPEC.rules}


def test_standards_and_checks_named_anywhere_are_there(project: Spec):
    assert set(re.findall(r"\$([a-z_]\w*)", MANUAL)) <= {*project.standards, *campaign_figures(project.campaign)}
    assert set(re.findall(r"@([a-z]\w*)\(", MANUAL)) <= set(CHECKS)


def test_files_named_are_there_or_are_the_readers_own():
    own = {s.path for s in SNIPPETS}
    for path in set(re.findall(r"`((?:mappings|expectations|docs|tests)/[\w./]+\.\w+)`", MANUAL)):
        assert path in own or (ROOT / path).exists(), path


def test_the_readmes_rule_and_files_are_the_projects_own():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rules = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "expectations").glob("*.yml"))
    assert all(snippet in rules for snippet in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL))
    assert all((ROOT / path).exists() for path in re.findall(r"`((?:mappings|docs|tests)/[\w./]+\.\w+)`", readme))
    for command in ("python3 -m pip install uv && uv run qingxi demo", "python3 -m pip install uv && uv run pytest"):
        assert command in readme.split("## ")[0]


def test_the_pictures_are_there_and_are_those_the_script_makes():
    script = (ROOT / "docs" / "screenshots.py").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", MANUAL)
    assert len(shown) == 6
    assert all((ROOT / "docs" / path).exists() and Path(path).stem in script for path in shown)


def test_inner_links_lead_somewhere():
    heads = {re.sub(r"[（）()、，：]", "", h).strip().replace(" ", "-").lower() for h in re.findall(r"^#+ (.+)$", MANUAL, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", MANUAL)) <= heads


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Spec:
    """Our mappings and rules with every example of the manual put where it says."""
    root = tmp_path_factory.mktemp("manual")
    for name in ("mappings", "expectations"):
        shutil.copytree(ROOT / name, root / name)
    for snippet in SNIPPETS:
        put(snippet, root / snippet.path)
    return load_spec(root)


def put(snippet: Snippet, path: Path) -> None:
    """A complete example becomes the file; a changed line replaces the line of the same key."""
    if snippet.kind == "完整示例":
        path.write_text(snippet.text, encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in snippet.text.splitlines():
        at = [n for n, old in enumerate(lines) if old.split(":")[0] == line.split(":")[0]]
        assert len(at) == 1, line
        lines[at[0]] = line
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_examples_load_and_do_what_the_manual_says(project):
    assert {"county", "standards_county", "profile"} <= {Path(s.path).stem for s in SNIPPETS}
    assert project.standards["elder_age"].value is None          # given for 2022 only; the manual's campaign.yml is 2023's
    assert project.standards["same_income"].value == 5
    assert set(project.switches) == {"X-35"}
    assert project.codes["labour_skill"].aliases["壮劳力"] == "普通劳动力"
    assert project.places["松林村"] == "青松村"
    assert {"炊事燃料"} <= {a for s in project.sources for a in s.columns.get("fuel", ())}


def test_the_rules_of_the_manual_find_what_their_examples_say(tmp_path):
    import great_expectations as gx

    for name in ("mappings", "expectations"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for snippet in SNIPPETS:
        if snippet.path.startswith("expectations/") and snippet.path.endswith("county.yml"):
            put(snippet, tmp_path / snippet.path)
    spec = load_spec(tmp_path)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    mine = [rule for rule in spec.rules if rule.file == "expectations/county.yml"]
    assert len(mine) == 8                                         # seven entries, one of them a pair, one for each of two columns
    for line in sorted({rule.line for rule in mine}):
        rules = [rule for rule in mine if rule.line == line]
        examples = [e for e in spec.examples if set(e.keys) & {r.key for r in rules}]
        assert {e.fails for e in examples} == {True, False}
        broken = broken_examples(context, rules, [e.row for e in examples], spec)
        assert [any(n in rows for rows in broken.values()) for n in range(len(examples))] == [e.fails for e in examples], rules[0].id
