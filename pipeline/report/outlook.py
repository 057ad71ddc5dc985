"""The forecast in words, for qingxi status and 校验报告.html alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.forecast import MANY, NONE
from pipeline.report.results import day
from pipeline.report.words import wording


def sentence(whole: Mapping[Any, Any], deadline: str) -> str:
    """What the forecast of all villages says of the deadline."""
    words = wording()
    said = {
        "open": whole["open"], "deadline": day(deadline), "expected": whole["expected"], "low": whole["low"], "high": whole["high"],
        "rate": 0 if whole["per_day"] is None else f"{whole['per_day']:.1f}", "done": day(whole["done_by"] or ""),
    }  # fmt: skip
    kind = "clear" if not whole["open"] else whole["basis"] if whole["basis"] == NONE or whole["per_day"] > 0 else "growing"
    return words(f"schedule.forecast.{kind}", **said) + (words("schedule.forecast.range", **said) if whole["basis"] == MANY and whole["open"] else "")


def expected(row: Mapping[Any, Any]) -> str:
    """How many are expected at the deadline; a dash where nothing can be said."""
    return wording()("schedule.unknown") if row["basis"] == NONE else f"{row['expected']:.0f}"


def expected_range(row: Mapping[Any, Any]) -> str:
    """The same with the best and the worst course where several periods tell them apart."""
    if row["basis"] != MANY or row["low"] == row["high"]:
        return expected(row)
    return wording()("schedule.expected_range", expected=row["expected"], low=row["low"], high=row["high"])
