"""Which periods there are, how each stands, and what each village still has to settle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SEVERITIES = ("critical", "warning", "info")


def status_text(root: Path) -> str:
    """A line per period: files received, cleaned or not, problems by severity; below it the newest period's villages."""
    raw, clean = root / "data" / "raw", root / "data" / "clean"
    periods = sorted(p.name for p in raw.iterdir() if p.is_dir() and not p.name.startswith(".")) if raw.is_dir() else []
    if not periods:
        return f"{raw} 里还没有数据。"
    lines = [_line(raw / name, clean / name) for name in periods]
    newest = clean / periods[-1] / "tables" / "issues.parquet"
    return "\n".join([*lines, *(_villages(newest) if newest.exists() else ())])


def _line(raw: Path, clean: Path) -> str:
    files = sum(1 for p in raw.rglob("*") if p.is_file() and not p.name.startswith((".", "~$")))
    if not (clean / "manifest.json").exists():
        return f"{raw.name}：{files} 个文件，还没有清洗（qingxi run {raw.name}）"
    counts = _issues(clean / "tables" / "issues.parquet")["severity"].value_counts()
    notes = len(json.loads((clean / "manifest.json").read_text(encoding="utf-8")).get("notes", []))
    return (
        f"{raw.name}：{files} 个文件，已清洗；必须整改或佐证 {counts.get('critical', 0)}，必须整改 {counts.get('warning', 0)}，"
        f"需要核实 {counts.get('info', 0)}，提示 {notes} 条"
    )


def _issues(path: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(path, columns=["village", "severity"])


def _villages(path: Path) -> list[str]:
    """One line per village, the one with most to settle first; a village without a kind of problem shows 0, not a gap."""
    import janitor  # noqa: F401  (gives frames .complete)

    issues: Any = _issues(path).dropna(subset=["village"])
    if not len(issues):
        return []
    counted = (
        issues
        .groupby(["village", "severity"]).size().rename("count").reset_index()
        .complete({"severity": list(SEVERITIES)}, "village", fill_value=0)
        .pivot(index="village", columns="severity", values="count")
        .loc[:, list(SEVERITIES)]
        .assign(total=lambda villages: villages.sum(axis=1))
        .sort_values(["total"], ascending=False, kind="stable")
    )
    return [
        f"  {village}：共 {row['total']:.0f}，必须整改或佐证 {row['critical']:.0f}，必须整改 {row['warning']:.0f}，需要核实 {row['info']:.0f}"
        for village, row in counted.iterrows()
    ]
