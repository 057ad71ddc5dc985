"""Which periods there are, and how each stands."""

from __future__ import annotations

import json
from pathlib import Path


def status_text(root: Path) -> str:
    """One line per period: files received, cleaned or not, problems by severity."""
    raw, clean = root / "data" / "raw", root / "data" / "clean"
    periods = sorted(p.name for p in raw.iterdir() if p.is_dir() and not p.name.startswith(".")) if raw.is_dir() else []
    if not periods:
        return f"{raw} 里还没有数据。"
    return "\n".join(_line(raw / name, clean / name) for name in periods)


def _line(raw: Path, clean: Path) -> str:
    files = sum(1 for p in raw.rglob("*") if p.is_file() and not p.name.startswith((".", "~$")))
    if not (clean / "manifest.json").exists():
        return f"{raw.name}：{files} 个文件，还没有清洗（qingxi run {raw.name}）"
    import pandas as pd

    issues = pd.read_parquet(clean / "tables" / "issues.parquet", columns=["severity"])
    counts = issues["severity"].value_counts()
    notes = len(json.loads((clean / "manifest.json").read_text(encoding="utf-8")).get("notes", []))
    return (
        f"{raw.name}：{files} 个文件，已清洗；必须整改或佐证 {counts.get('critical', 0)}，必须整改 {counts.get('warning', 0)}，"
        f"需要核实 {counts.get('info', 0)}，提示 {notes} 条"
    )
