"""How far a run is: a bar with the stage's name on a terminal, plain lines on a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Lines:
    """Plain lines on standard error."""

    def stage(self, name: str) -> None:
        """A stage begins."""
        print(f"· {name}", file=sys.stderr, flush=True)

    def step(self, what: str) -> None:
        """A file begins."""
        print(f"    {what}", file=sys.stderr, flush=True)


class Bar:
    """A rich progress bar; the stage's name in front, the file behind."""

    STAGES = 7

    def __init__(self, progress: Any) -> None:
        self.progress = progress
        self.task = progress.add_task("准备", total=self.STAGES, what="")
        self.begun = False

    def stage(self, name: str) -> None:
        """A stage begins, so the one before it is done."""
        self.progress.update(self.task, description=name, what="", advance=1 if self.begun else 0)
        self.begun = True

    def step(self, what: str) -> None:
        """A file begins."""
        self.progress.update(self.task, what=what)


@contextmanager
def teller() -> Iterator[Lines | Bar]:
    """A bar where there is a terminal, else lines."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[what]}"),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        yield Bar(progress)
