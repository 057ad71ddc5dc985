"""One run at a time, beside the pages: what it does now, and what it said at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.run import Summary


class Stopped(Exception):
    """Somebody asked the run to end; nothing of it is kept."""


@dataclass
class Worker:
    """Runs a period in the background. The run tells it how far it is, so a page can show it, and is stopped where it tells."""

    root: Path
    sentence: Callable[[Exception], str]
    period: str = ""
    stages: list[str] = field(default_factory=list)
    what: str = ""
    summary: Summary | None = None
    fault: str = ""
    stopped: bool = False
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def busy(self) -> bool:
        """Is a run going on?"""
        return self._thread is not None and self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Was the run asked to end, and has not yet?"""
        return self.busy and self._stop.is_set()

    def start(self, period: str, share: bool = False, before: Callable[[], None] | None = None) -> bool:
        """Begin a run, `before` first; False when one is going on."""
        if self.busy:
            return False
        self.forget()
        self.period = period
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(share, before), daemon=True)
        self._thread.start()
        return True

    def forget(self) -> None:
        """What the last run said, which is about nothing that is there any more."""
        self.period, self.stages, self.what, self.summary, self.fault, self.stopped = "", [], "", None, "", False

    def stop(self) -> None:
        """Ask the run to end: it does so at the next file or stage."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Until the run is over, or so long; is it?"""
        if self._thread:
            self._thread.join(seconds)
        return not self.busy

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._stop_here()
        self.stages, self.what = [*(s for s in self.stages if s != name), name], ""

    def step(self, what: str) -> None:
        """Something smaller inside the stage begins."""
        self._stop_here()
        self.what = what

    def _stop_here(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _run(self, share: bool, before: Callable[[], None] | None) -> None:
        from pipeline.run import run

        try:
            if before:
                before()
            self.summary = run(self.root, self.period, self, share=share)
        except Stopped:
            self.stopped = True
        except Exception as error:
            self.fault = self.sentence(error)
        except BaseException as error:  # a library's panic is none of the ordinary kind; a thread's traceback may hold what a cell held
            self.fault = self.sentence(RuntimeError(type(error).__name__))
