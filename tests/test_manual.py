"""docs/手册.md says what is there: its tables of names are the code's own, and its examples load, pass and fail as they say."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from pipeline.checks import CHECKS
from pipeline.cli import app
from pipeline.examples import broken_examples
from pipeline.expression.bind import BUILTINS
from pipeline.expression.parse import AGGREGATES
from pipeline.messages import spoken
from pipeline.report.words import wording
from pipeline.spec import Spec, campaign_figures, load_spec
from pipeline.spec.expectations import _RULE_KEYS
from pipeline.spec.mappings import _SOURCE_KEYS

ROOT = Path(__file__).parents[1]
MANUAL = (ROOT / "docs" / "手册.md").read_text(encoding="utf-8")
SPEC = load_spec(ROOT)
_SNIPPET = re.compile(r"^```yaml (完整示例|改一行|改几行) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
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
    for script in re.findall(r"python ((?:bench|docs)/\w+\.py)", readme + MANUAL):
        assert (ROOT / script).exists(), script


def commands(text: str) -> list[str]:
    """The commands of a text as they are to be typed: in `…`, or in a line of their own."""
    spans = re.findall(r"`((?:uv run )?qingxi [a-z][^`]*)`", text)
    lines = re.findall(r"^ {4,}(?:python3 -m pip install uv && )?((?:uv run )?qingxi [a-z].*?)(?: +#.*)?$", text, re.MULTILINE)
    return [found.removeprefix("uv run ").removeprefix("qingxi ") for found in (*spans, *lines)]


READ = {path.name: path.read_text(encoding="utf-8") for path in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md")}
TYPED = sorted({(name, words) for name, text in READ.items() for words in commands(text)})
GROUP: Any = typer.main.get_command(app)


@pytest.mark.parametrize(("page", "words"), TYPED)
def test_every_command_shown_can_be_typed(page, words):
    name, *rest = shlex.split(words.replace("[1 4 16]", ""))
    if all(word.startswith("--") for word in rest):      # only named: what belongs behind it is left out
        assert set(rest) <= {option for param in GROUP.commands[name].params for option in param.opts}
    else:
        GROUP.commands[name].make_context(name, rest)


def test_commands_were_found_where_they_are_shown():
    assert {name for name, _ in TYPED} >= {"手册.md", "README.md", "提示.md", "规则.md", "CHANGELOG.md"}
    assert {words.split()[0] for page, words in TYPED if page == "手册.md"} == set(GROUP.commands)


def test_options_named_by_themselves_are_some_commands_own():
    known = {name for command in GROUP.commands.values() for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    assert set(re.findall(r"`(--[a-z-]+)", MANUAL)) - {"--force-reinstall"} <= known
    assert {name for name in known if name.startswith("--")} <= set(re.findall(r"--[a-z]+(?:-[a-z]+)*", MANUAL)) | {"--open"}


def test_what_our_own_words_say_to_type_can_be_typed():
    texts = [text for folder in ("mappings", "expectations") for path in (ROOT / folder).rglob("*.yml") for text in [path.read_text(encoding="utf-8")]]
    texts += [text for _, text in spoken()]
    said = {found for text in texts for found in re.findall(r"qingxi ([a-z]+)(?: (--[a-z-]+))?", text)}
    assert {name for name, _ in said} <= set(GROUP.commands)
    for name, option in said:
        assert not option or option in {o for p in GROUP.commands[name].params for o in (*p.opts, *p.secondary_opts)}, (name, option)


def products() -> set[str]:
    """Every file or folder a run writes for people, by the words it is called by."""
    found = set()
    for file in ("wording.yml", "report.yml", "summary.yml", "visit.yml"):
        content = yaml_of(file)
        for section in (content, *(part for part in content.values() if isinstance(part, dict))):
            name = str(section.get("folder") or section.get("file") or "")
            found |= {name} if "folder" in section or re.fullmatch(r"[^{}]+\.\w+", name) else set()
    return found | {wording()("annex.villages_folder"), wording()("annex.rosters_file")}


def yaml_of(file: str) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load((ROOT / "mappings" / file).read_text(encoding="utf-8"))


def test_every_product_is_explained():
    table = re.search(r"<!-- 表: 结果 -->\n((?:\|.*\n)+)", MANUAL)
    assert len(products()) > 14
    for product in products():
        assert table and product in table.group(1), product


def test_the_readme_counts_what_check_counts():
    said = re.search(r"`qingxi check` counts about (\d+) kinds of lists, (\d+) columns, (\d+) code lists, (\d+) rules with (\d+) examples", READ["README.md"])
    counted = (SPEC.sources, [f for fields in SPEC.fields.values() for f in fields], SPEC.codes, {rule.id for rule in SPEC.rules}, SPEC.examples)
    assert said and [int(number) for number in said.groups()] == pytest.approx([len(things) for things in counted], rel=0.05)


def test_the_readme_names_every_product():
    assert {product for product in products() if product not in READ["README.md"]} <= {wording()("annex.villages_folder")}


def test_every_product_that_is_explained_is_written():
    inside = {wording()(key) for key in ("annex.villages_folder", "annex.rosters_file", "risk.file", "against.file")}
    for_programs = {"tables", "suites", "manifest.json"}
    assert set(names("结果")) - inside - for_programs == products() - inside


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
    if snippet.kind == "改几行":
        path.write_text("".join((blocks(path.read_text(encoding="utf-8")) | blocks(snippet.text)).values()), encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in snippet.text.splitlines():
        at = [n for n, old in enumerate(lines) if old.split(":")[0] == line.split(":")[0]]
        assert len(at) == 1, line
        lines[at[0]] = line
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def blocks(text: str) -> dict[str, str]:
    """A YAML file by its outermost keys: each with all its lines and the comments above the next."""
    return {part.split(":")[0]: part for part in re.split(r"^(?=\w+:)", text, flags=re.MULTILINE)}


def test_the_examples_load_and_do_what_the_manual_says(project):
    assert {"county", "standards_county", "profile"} <= {Path(s.path).stem for s in SNIPPETS}
    assert project.campaign.year == 2023 and project.campaign.history_from == "2023-05" and len(project.campaign.calendar) > 5
    assert "优抚对象名单" in {s.title for s in project.sources}
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
