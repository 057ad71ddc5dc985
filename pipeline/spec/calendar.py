"""campaign.yml's calendar: every duty, the days it falls on, and who signs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.spec.reader import Node

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WHO = ("village", "township", "department")
_KEYS = frozenset({"id", "what", "annexes", "on", "every", "from", "until", "before", "who", "to", "signs", "basis"})


@dataclass(frozen=True)
class Duty:
    """One thing that is due: once, or on certain weekdays from one day to another."""

    id: str
    what: str
    annexes: tuple[str, ...]
    days: tuple[str, ...]  # YYYYMMDD, in order
    before: str
    who: str
    to: str
    signs: tuple[str, ...]
    basis: str
    rhythm: str = ""


def read_calendar(top: Node) -> tuple[Duty, ...]:
    """The duties in the order of the file; ids are used once, days exist, weekdays are weekdays."""
    duties = [_duty(node) for node in top.items("calendar")]
    seen: set[str] = set()
    for node, duty in zip(top.items("calendar"), duties, strict=True):
        if duty.id in seen:
            node.blame(f"日程里 {duty.id} 写了两次，请另起一个 id", "id")
        seen.add(duty.id)
    return tuple(duties)


def _duty(node: Node) -> Duty:
    node.only(_KEYS, "日程")
    every = node.texts("every")
    days = _rhythm(node, every) if every else _once(node)
    return Duty(
        node.text("id", required=True),
        node.text("what", required=True),
        node.texts("annexes"),
        days,
        node.text("before"),
        node.choice("who", WHO, "township"),
        node.text("to"),
        node.texts("signs"),
        node.text("basis"),
        "、".join(every),
    )


def _once(node: Node) -> tuple[str, ...]:
    day = _day(node, "on")
    return (day.strftime("%Y%m%d"),) if day else ()


def _rhythm(node: Node, every: tuple[str, ...]) -> tuple[str, ...]:
    """All days of these weekdays from the first to the last."""
    if "on" in node.value:
        node.blame("on（一次）和 every（每周）只能写一个", "on")
    for number, name in enumerate(every):
        if name not in WEEKDAYS:
            node.blame(f"every 不能写 {name}（可写：{'、'.join(WEEKDAYS)}）", "every", number)
    first, last = _day(node, "from"), _day(node, "until")
    if first is None or last is None:
        return ()
    if last < first:
        node.blame("until 早于 from", "until")
    wanted = {WEEKDAYS.index(name) for name in every if name in WEEKDAYS}
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    return tuple(d.strftime("%Y%m%d") for d in days if d.weekday() in wanted)


def _day(node: Node, key: str) -> date | None:
    text = node.text(key, required=True)
    try:
        if len(text) == 8 and text.isdigit():
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        pass
    if text:
        node.blame(f'{key} 要写成加引号的真实日期，如 "20220531"，写的是 {text}', key)
    return None
