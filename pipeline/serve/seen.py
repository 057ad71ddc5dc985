"""What a file that was just put in is taken for, and the folder where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.correct.returned import SAID, is_returned, read_one
from pipeline.inspect import Look, Tab, look_at, told
from pipeline.period import free_name
from pipeline.read import Unreadable
from pipeline.read.files import RETURNED, sniff
from pipeline.serve import words
from pipeline.spec import Spec

LARGE = 40 << 20  # bytes: reading it would keep the page waiting for minutes; the run will say what it is


@dataclass(frozen=True)
class Seen:
    """A file, in one sentence a village clerk understands, with its tables below."""

    good: bool
    said: str
    advice: str = ""
    tabs: tuple[Tab, ...] = ()
    remarks: tuple[str, ...] = ()
    answers: bool = False
    late: bool = False  # nobody knows before the run


def see(path: Path, name: str, spec: Spec) -> Seen:
    """What the file is; `name` is its path within the period's folder."""
    large = path.stat().st_size > LARGE
    look = _glance(path, spec, name) if large else look_at(path, spec, name)
    if large and not look.refused:
        return Seen(True, words()("seen.large"), late=True)
    if any(is_returned(tab.headers) for tab in look.tabs) or (look.refused and spec.campaign.list_password):
        answers = _answers(path, spec)
        if answers is not None:
            return answers
    return _tables(look)


def _glance(path: Path, spec: Spec, name: str) -> Look:
    """Whether a file is a table at all, by its first bytes."""
    try:
        sniff(path, name)
    except Unreadable as problem:
        return Look(refused=told(problem.trouble(), spec))
    return Look()


def _answers(path: Path, spec: Spec) -> Seen | None:
    """A list that came back, and how much of it is filled in."""
    file = read_one(path, spec.campaign.list_password)
    if file.note == "review":
        return Seen(True, words()("seen.review"), answers=True)
    if not len(file.rows):
        return None
    done = int(file.rows[list(SAID)].notna().any(axis=1).sum())
    said = words()("seen.answers" if done else "seen.no_answers", rows=len(file.rows), done=done)
    return Seen(done > 0, said, "" if done else words()("seen.no_answers_advice"), answers=True)


def _tables(look: Look) -> Seen:
    if look.refused:
        return Seen(False, look.refused[0], look.refused[1])
    known = [tab for tab in look.tabs if tab.title and not tab.hidden]
    if not known:
        return Seen(False, words()("seen.unknown"), words()("seen.unknown_advice"), look.tabs, look.remarks)
    rows = {title: sum(t.rows for t in known if t.title == title) for title in dict.fromkeys(t.title for t in known)}
    said = words()("seen.and").join(words()("seen.table", title=title, rows=count) for title, count in rows.items())
    return Seen(True, said, "", look.tabs, look.remarks)


def put_right(path: Path, folder: Path, seen: Seen) -> tuple[Path, str]:
    """Move a list that came back into the folder for them, and any other table out of it; where it is now, and what to say of it."""
    there = path.parent.name == RETURNED
    if seen.answers == there or (there and not seen.good):
        return path, ""
    target = free_name((folder / RETURNED if seen.answers else folder) / path.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)
    return target, words()("moved_in" if seen.answers else "moved_out")
