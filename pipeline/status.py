"""How each period stands, what is due next, what each village has handed in, and whether its problems will be settled in time."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.report.words import Words, wording

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.forecast import Snapshot
    from pipeline.spec import Campaign

SEVERITIES = ("critical", "warning", "info")


def status_text(root: Path, today: str) -> str:
    """The whole page: a line per period, the days to come, a line per village. Raises SpecError."""
    raw, clean = root / "data" / "raw", root / "data" / "clean"
    periods = sorted(p.name for p in raw.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))) if raw.is_dir() else []
    if not periods:
        return f"{raw} 里还没有数据。"
    lines = [_line(raw / name, clean / name) + _outdated(root, clean / name) for name in periods]
    campaign = read_campaign_file(root)
    cleaned = [name for name in periods if (clean / name / "tables" / "issues.parquet").exists()]
    words = wording()
    lines += ["", *days_lines(campaign, today, words)]
    if cleaned:
        lines += ["", *village_lines(root, periods, cleaned, campaign, today, words)]
    return "\n".join(lines)


def read_campaign_file(root: Path) -> Campaign:
    """campaign.yml alone: status must not wait for all rules to be read."""
    from pipeline.spec import SpecError
    from pipeline.spec.mappings import Mistakes, read_campaign

    mistakes = Mistakes()
    node = mistakes.open(root, "mappings/campaign.yml")
    campaign = read_campaign(node) if node else None
    if campaign is None or mistakes:
        raise SpecError(mistakes)
    return campaign


def _line(raw: Path, clean: Path) -> str:
    files = sum(1 for p in raw.rglob("*") if p.is_file() and not p.name.startswith((".", "~$")))
    if not (clean / "manifest.json").exists():
        return f"{raw.name}：{files} 个文件，还没有清洗（qingxi run {raw.name}）"
    counts = _issues(clean)["severity"].value_counts()
    notes = len(_manifest(clean).get("notes", []))
    return (
        f"{raw.name}：{files} 个文件，已清洗；必须整改或佐证 {counts.get('critical', 0)}，必须整改 {counts.get('warning', 0)}，"
        f"需要核实 {counts.get('info', 0)}，提示 {notes} 条"
    )


def _outdated(root: Path, clean: Path) -> str:
    """A word where files or rules have changed since: a list that came back this morning is in no result yet."""
    from pipeline.correct.history import inputs_key

    key = _manifest(clean).get("inputs_key") if (clean / "manifest.json").exists() else None
    return wording()("schedule.outdated") if key is not None and key != inputs_key(root, clean.name) else ""


def _issues(clean: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(clean / "tables" / "issues.parquet", columns=["severity"])


def _manifest(clean: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((clean / "manifest.json").read_text(encoding="utf-8"))
    return found


def days_lines(campaign: Campaign, today: str, words: Words) -> list[str]:
    """What is due next, nearest first, with the days left."""
    from pipeline.report.results import day
    from pipeline.schedule import next_days

    if not campaign.calendar:
        return [words("schedule.no_calendar")]
    rows = next_days(campaign.calendar, today)
    lines = [words("schedule.today", today=day(today), title=campaign.title)]
    lines += ["  " + _due(row, words) for row in rows.to_dict("records")]
    return lines if len(rows) else [*lines, "  " + words("schedule.nothing_due")]


def _due(row: Mapping[Hashable, Any], words: Words) -> str:
    from pipeline.report.results import day

    said = {"date": day(row["date"]), "left": _left(row["days_left"], words), "who": words(f"owner.{row['who']}"), "what": row["what"]}
    return words("schedule.due", **said) + (f"（{row['annexes']}）" if row["annexes"] else "")


def _left(days: int, words: Words) -> str:
    return words("schedule.is_today") if days == 0 else words("schedule.days_left", days=days)


def village_lines(root: Path, periods: Sequence[str], cleaned: Sequence[str], campaign: Campaign, today: str, words: Words) -> list[str]:
    """A table with a line per village: sheets due, received, missing; open problems now and expected at the deadline."""
    from pipeline.forecast import forecast
    from pipeline.report.outlook import expected, sentence
    from pipeline.schedule import by_village, few, standing

    clean = root / "data" / "clean"
    villages = village_names(clean / cleaned[-1])
    handed = all_handed_in(root, periods, campaign, villages)
    sheets = by_village(standing(campaign.calendar, handed, villages, today), today).set_index("village").to_dict("index")
    outlook = forecast(snapshots(clean / cleaned[-1]), campaign.deadline)
    rows = {row["village"]: row for row in outlook.to_dict("records")}
    nobody = {"open": 0, "expected": 0, "basis": outlook.iloc[-1]["basis"]}
    nothing_due: dict[Hashable, Any] = {"due": 0, "received": 0, "late": 0, "lacks": ""}
    titles = [words(f"schedule.columns.{key}") for key in ("village", "open", "expected", "due", "received", "lacks")]
    table = [titles]
    for village in villages:
        sheet, ahead = sheets.get(village, nothing_due), rows.get(village, nobody)
        came = sheet["received"] + sheet["late"]
        table.append([village, str(ahead["open"]), expected(ahead), str(sheet["due"]), str(came), few(str(sheet["lacks"]))])
    return [*aligned(table), "", sentence(outlook.iloc[-1].to_dict(), campaign.deadline)]


def village_names(clean: Path) -> list[str]:
    """The villages of the system's households, as the cleaned data name them."""
    import pandas as pd

    return sorted(pd.read_parquet(clean / "tables" / "household.parquet", columns=["village"])["village"].dropna().unique())


def all_handed_in(root: Path, periods: Sequence[str], campaign: Campaign, villages: Sequence[str]) -> pd.DataFrame:
    """Sheets of all periods: by the files' names, and where a run has read them by what it found inside."""
    import pandas as pd

    from pipeline.schedule import annex_words, given_and_read, handed_in

    names = annex_words(campaign.calendar, annex_titles(root))
    parts = []
    for period in periods:
        made = root / "data" / "clean" / period
        inputs = _manifest(made).get("inputs", []) if (made / "manifest.json").exists() else []
        given = given_and_read(root / "data" / "raw" / period, inputs, names, partial(villages_in, made))
        parts.append(handed_in(given, names, villages, period, campaign.calendar))
    return pd.concat(parts, ignore_index=True)


def villages_in(made: Path, file: str) -> tuple[str, ...]:
    """The villages that the rows of one file are of, for a sheet whose name does not say it."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    found: set[str] = set()
    for path in sorted((made / "tables").glob("*.parquet")):
        if {"row_id", "village"} <= set(pq.read_schema(path).names):
            table = pq.read_table(path, columns=["row_id", "village"])
            mine = table.filter(pc.starts_with(table["row_id"], f"{file}#"))
            found |= {v for v in mine["village"].to_pylist() if v}
    return tuple(sorted(found))


def annex_titles(root: Path) -> dict[str, str]:
    """Name → title of every annex, as mappings/annexes/ has them."""
    from pipeline.spec.mappings import Mistakes

    nodes = [Mistakes().open(root, f"mappings/annexes/{path.name}") for path in sorted((root / "mappings" / "annexes").glob("*.yml"))]
    return {node.text("name"): node.text("title") for node in nodes if node}


def snapshots(clean: Path) -> list[Snapshot]:
    """The problems open at each period of the campaign, as the run of the newest of them tells it."""
    import pandas as pd

    from pipeline.correct import course

    states = pd.read_parquet(clean / "tables" / "states.parquet", columns=["issue_id", "village", "history"])
    return course.snapshots(states, _manifest(clean).get("periods") or {clean.name: None})


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Rows of text in columns, a Chinese character counting two: what a Windows console shows in line."""
    widths = [max(width(row[i]) for row in table) for i in range(len(table[0]))]
    return ["  ".join(cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row)).rstrip() for row in table]


def width(text: str) -> int:
    """Console columns a text takes."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(c) in "WFA" else 1 for c in text)
