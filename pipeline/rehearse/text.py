"""A rehearsal in words, for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.spec import Spec

if TYPE_CHECKING:
    from pipeline.rehearse import Rehearsal

NAME = 40                       # half-widths of a rule's name that are shown


def report_text(result: Rehearsal, spec: Spec) -> str:
    """The whole report."""
    rules = result.rules
    resting = rules["mark"].where(~rules["mark"].isin(["", "嫁接", "从不报"]), "") != ""
    live = rules[~resting]
    names = dict(zip(rules["id"], rules["name"], strict=True))
    return "\n".join(
        [
            f"演练：虚构乡镇 {result.households} 户，没有错的和埋了错的各清洗一遍；再把规则自己的示例逐个嫁接到没有错的户上。",
            "",
            *_rule_lines(live),
            "",
            *_section("从不报的规则（埋的错和嫁接的示例都没有让它报）", (f"{r.id} {r.name}" for r in _rows(live[live["mark"] == "从不报"]))),
            *_section("没有错也报的", _needless_lines(result.needless)),
            *_section("漏掉的错", (f"{e.note}（{e.kind}），在 {e.home}，应由 {e.word} 报" for e in _in_state(result, "missed"))),
            *_section("嫁接后没有一条规则报的示例", result.unfired),
            *_section("没有可用的规则、不计分的错", (f"{e.note}，应由 {e.word} 报" for e in _in_state(result, "asleep"))),
            *_section("目前不检查的规则", (f"{r.id} {r.name}：{r.mark}" for r in _rows(rules[resting]))),
            *_section("总是一起报的规则（只就这次演练说）", _repeat_lines(result.repeats, names)),
            *_section("改好一条就会违反另一条的规则（只就这次演练说）", _clash_lines(result.contradictions, names)),
            *_closing(result, live),
        ]
    )


def _rule_lines(live: pd.DataFrame) -> Iterator[str]:
    head = ("编号", "名称", "抓到", "漏掉", "嫁接抓到", "干净上报", "无故报", "")
    widths = (10, NAME, 6, 6, 10, 10, 8, 0)
    yield _line(head, widths)
    for r in _rows(live):
        grafts = f"{r.grafted}/{r.grafted + r.grafted_missed}"
        yield _line((r.id, _cut(r.name, NAME - 2), r.caught, r.missed or "", grafts, r.on_clean or "", r.without_cause or "", r.mark), widths)
    yield "抓到、漏掉：虚构乡镇埋的错。嫁接：规则自己的示例；只靠嫁接证明的规则注明“嫁接”。无故报：埋了错的乡镇里，与埋的错无关的。"


def _needless_lines(needless: pd.DataFrame) -> Iterator[str]:
    for (rule, title, where, severity), rows in needless.groupby(["rule", "title", "where", "severity"], sort=False):
        on = "没有错的乡镇" if where == "干净" else "埋了错的乡镇"
        yield f"{rule} {title}（{severity}）：{on}，{len(rows)}次，如 {'、'.join(rows['home'].head(3))}"


def _repeat_lines(found: pd.DataFrame, names: dict[str, str]) -> Iterator[str]:
    for r in _rows(found):
        said = f"{r.rule} {names.get(r.rule, '')} 与 {r.other} {names.get(r.other, '')}"
        yield f"{said}：{'只有后一条报的格前一条才报' if r.how == 'only_with' else f'报的总是{r.how}'}，{r.hits}次"


def _clash_lines(found: pd.DataFrame, names: dict[str, str]) -> Iterator[str]:
    for r in _rows(found.sort_values(["records", "of"], ascending=[False, True])):
        said = f"改好 {r.rule} {names.get(r.rule, '')}（{r.columns}），就违反 {r.other} {names.get(r.other, '')}"
        yield f"{said}：{r.of} 条记录里 {r.records} 条"


def _closing(result: Rehearsal, live: pd.DataFrame) -> Iterator[str]:
    states = result.errors["state"].value_counts()
    caught, missed = int(states.get("caught", 0)), int(states.get("missed", 0))
    yield f"在用规则 {len(live)} 条：埋的错抓到过的 {int((live['caught'] > 0).sum())} 条，只靠嫁接证明的 {int((live['mark'] == '嫁接').sum())} 条，从不报的 {int((live['mark'] == '从不报').sum())} 条，没有错也报的 {int((live['on_clean'] > 0).sum())} 条。"  # noqa: E501
    yield f"埋的错 {caught + missed} 处，抓到 {caught} 处；嫁接的示例 {result.examples} 个，抓到 {result.examples - len(result.unfired)} 个。"
    yield f"变异得分 {result.score:.1%}"


def _in_state(result: Rehearsal, state: str) -> Iterator[Any]:
    return _rows(result.errors[result.errors["state"] == state])


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    return iter(frame.itertuples())


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    yield f"{title}：{len(found) or '没有'}"
    yield from (f"  {line}" for line in found)
    if found:
        yield ""


def _line(cells: Sequence[object], widths: Sequence[int]) -> str:
    """Cells in columns; a Chinese character is two wide."""
    return "".join(str(c) + " " * max(w - _width(str(c)), 1 if w else 0) for c, w in zip(cells, widths, strict=True)).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, width: int) -> str:
    kept = ""
    for character in text:
        if _width(kept + character) > width:
            return kept + "…"
        kept += character
    return kept
