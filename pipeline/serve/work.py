"""One run at a time, beside the pages: what it does now, and what it said at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Worker:
    """Runs a period in the background. It tells itself how far it is, so a page can show it."""

    root: Path
    closing: Callable[[Any], str]
    sentence: Callable[[Exception], str]
    period: str = ""
    stage_now: str = ""
    said: str = ""
    failed: bool = False
    _thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def busy(self) -> bool:
        """Is a run going on?"""
        return self._thread is not None and self._thread.is_alive()

    def start(self, period: str) -> bool:
        """Begin a run; False when one is going on."""
        if self.busy:
            return False
        self.period, self.stage_now, self.said, self.failed = period, "", "", False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return True

    def wait(self) -> None:
        """Until the run is over; for tests."""
        if self._thread:
            self._thread.join()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self.stage_now = name

    def step(self, what: str) -> None:
        """Something smaller inside the stage begins."""

    def _run(self) -> None:
        from pipeline.run import run

        try:
            self.said = self.closing(run(self.root, self.period, self))
        except Exception as error:
            self.failed, self.said = True, self.sentence(error)
