"""Who must be looked at, and why: every list of mappings/annexes/ over the tables of one period."""

from __future__ import annotations

from pipeline.screen.engine import screen
from pipeline.screen.model import Screened
from pipeline.screen.residents import widen

__all__ = ["Screened", "screen", "widen"]
