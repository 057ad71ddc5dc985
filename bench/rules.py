"""How long all rules take over 40,000 households and 120,000 members, and how much of it Great Expectations and our expressions cost.

    uv run --group bench python bench/rules.py                     # makes the township first: some minutes
    uv run --group bench python bench/rules.py --scale 4           # a smaller one
    uv run --group bench python bench/rules.py --keep big.pkl      # keeps the assembled township for the next time

Every line is a process of its own, starting from the same assembled tables of text; loading them is in the peak memory and not in
the seconds, importing the libraries is in neither. "of it before": seconds until the first rule. qingxi makes every column of both
months ready, whichever rules follow; a person makes ready what the rules at hand need. To reach: all rules in 60 s and 2.5 GB on
two cores, and no slower than the same conditions written by hand in pandas by more than 2×.

Twenty simple rules are written by hand below, after their titles; all tools must count the same broken rows. pandera and
pointblank run the same conditions where they are installed (dependency group bench); nothing of the product imports them. All
rules by hand would be a second qingxi; in their place stands the bare evaluation of the same expressions, without Great Expectations.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
Answer = tuple[dict[str, int], float]      # broken rows per rule, and seconds spent before the first rule
Mask = Callable[[pd.DataFrame], "pd.Series[bool]"]

# ---- twenty simple rules, by hand: the rows that break them -------------------------------------------------------------

NO_LABOUR = ["无劳动力", "丧失劳动力"]
MOBILE = re.compile(r"1[3-9]\d{9}")


def outside(column: str, top: float) -> Mask:
    return lambda h: (h[column] < 0) | (h[column] > top)


BY_HAND: dict[str, dict[str, Mask]] = {
    "household": {
        "5_14_001": lambda h: ~h["monitored"] & outside("land_farm", 100)(h),
        "5_14_002": lambda h: ~h["monitored"] & outside("land_forest", 200)(h),
        "5_14_003": lambda h: ~h["monitored"] & outside("land_returned", 200)(h),
        "5_14_004": lambda h: ~h["monitored"] & outside("land_orchard", 200)(h),
        "5_14_005": lambda h: ~h["monitored"] & outside("land_grass", 100)(h),
        "5_14_006": lambda h: ~h["monitored"] & outside("land_water", 100)(h),
        "5_14_007": lambda h: ~h["monitored"] & outside("road_distance", 5)(h),
        "1_02_001": lambda h: h["lifted"] & ~h["monitored"] & (h["dangerous_house"] == "是"),
        "1_02_002": lambda h: h["lifted"] & ~h["monitored"] & (h["safe_water"] == "否"),
        "1_11_006": lambda h: h["monitored"] & (h["removed"] == "是") & (h["dangerous_house"] == "是"),
        "1_11_007": lambda h: h["monitored"] & (h["removed"] == "是") & (h["safe_water"] == "否"),
    },
    "person": {
        "X-13": lambda p: p["health"].notna() & p["health"].str.contains(",") & p["health"].str.contains(r"(?:^|,)健康(?:,|$)"),
        "3_01_003": lambda p: ~p["monitored"] & p["education"].notna() & p["schooling"].notna(),
        "2_01_009": lambda p: ~p["monitored"] & (p["resident_medical"] == "是") & (p["employee_medical"] == "是"),
        "2_01_013": lambda p: ~p["monitored"] & p["phone"].notna() & ~p["phone"].str.fullmatch(MOBILE).fillna(False).astype(bool),
        "3_01_005": lambda p: ~p["monitored"] & p["post_kind"].notna() & (p["post_months"].isna() | (p["post_months"] == 0)),
        "3_01_006": lambda p: ~p["monitored"] & (p["post_months"] > 0) & p["post_kind"].isna(),
        "3_01_010": lambda p: ~p["monitored"] & (p["post_kind"].str.count(",") >= 2),
        "5_15_006": lambda p: p["post_kind"].notna() & p["labour_skill"].isin(NO_LABOUR),
        "3_12_004": lambda p: p["monitored"] & p["education"].notna() & p["schooling"].notna(),
    },
}
NUMBERS = {
    "household": ["land_farm", "land_forest", "land_returned", "land_orchard", "land_grass", "land_water", "road_distance"],
    "person": ["post_months"],
}
TEXTS = {
    "household": ["dangerous_house", "safe_water", "removed"],
    "person": ["health", "education", "schooling", "resident_medical", "employee_medical", "phone", "post_kind", "labour_skill"],
}
SIMPLE = {name for rules in BY_HAND.values() for name in rules}


def prepared(town: Any) -> tuple[dict[str, pd.DataFrame], float]:
    """What a person would do first: numbers as numbers, and on every member what its household is. And the seconds it took."""
    start = time.perf_counter()
    household, person = (town.now.tables[name].frame for name in ("household", "person"))
    homes = household[TEXTS["household"]].assign(**{c: pd.to_numeric(household[c], errors="coerce") for c in NUMBERS["household"]})
    homes["monitored"] = household["category"].notna()
    homes["lifted"] = (household["household_type"] == "脱贫户") | (household["lifted"] == "是" if "lifted" in household else False)
    members = person[TEXTS["person"]].assign(**{c: pd.to_numeric(person[c], errors="coerce") for c in NUMBERS["person"]})
    monitored = household.loc[household["category"].notna(), "household_no"]
    members["monitored"] = person["household_no"].isin(monitored)
    return {"household": homes, "person": members}, time.perf_counter() - start


# ---- the tools: each from assembled tables to the number of rows that break each rule -------------------------------------


def qingxi(town: Any, only: set[str] | None) -> Answer:
    from pipeline.run import make_database
    from pipeline.validate import validate

    spec, start = the_spec(only), time.perf_counter()
    database = make_database(town.now, town.last, spec)
    ready = time.perf_counter() - start
    outcomes, _ = validate(database, spec, town.carried, town.read)
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome.rule.id] = counts.get(outcome.rule.id, 0) + len(outcome.broken)
    return counts, ready


def bare(town: Any, only: set[str] | None) -> Answer:
    """The same expressions over the same columns, without Great Expectations."""
    from pipeline.expression.evaluate import evaluate_truth
    from pipeline.run import make_database
    from pipeline.validate import why_not

    spec, start, counts = the_spec(only), time.perf_counter(), {}
    database = make_database(town.now, town.last, spec)
    ready = time.perf_counter() - start
    for rule in spec.rules:
        if why_not(rule, town.carried, town.read, spec) or rule.check is None:
            continue
        view = database.view(rule.table)
        broken = evaluate_truth(rule.check, view).refuted
        if rule.when is not None:
            broken = broken & evaluate_truth(rule.when, view).certain
        counts[rule.id] = counts.get(rule.id, 0) + int(broken.sum())
    return counts, ready


def pandas_by_hand(town: Any, only: set[str] | None) -> Answer:
    frames, ready = prepared(town)
    return {name: len(np.flatnonzero(mask(frames[table]))) for table, rules in BY_HAND.items() for name, mask in rules.items()}, ready


def pandera(town: Any, only: set[str] | None) -> Answer:
    import pandera.pandas as pa

    (frames, ready), counts = prepared(town), dict.fromkeys(SIMPLE, 0)
    for table, rules in BY_HAND.items():
        checks = [pa.Check(lambda d, mask=mask: ~mask(d), name=name, ignore_na=False) for name, mask in rules.items()]
        try:
            pa.DataFrameSchema(checks=checks).validate(frames[table], lazy=True)
        except pa.errors.SchemaErrors as error:
            cases = error.failure_cases
            counts |= cases.groupby("check")["index"].nunique().astype(int).to_dict()
    return counts, ready


def pointblank(town: Any, only: set[str] | None) -> Answer:
    import pointblank as pb

    (frames, ready), counts = prepared(town), {}
    for table, rules in BY_HAND.items():
        plan = pb.Validate(frames[table])
        for name, mask in rules.items():
            plan = plan.col_vals_expr(expr=lambda d, mask=mask: ~mask(d), brief=name)
        failed = plan.interrogate().n_failed()
        counts |= {name: int(failed[number]) for number, name in enumerate(rules, 1)}
    return counts, ready


TOOLS: dict[str, tuple[str, Callable[[Any, set[str] | None], Answer], set[str] | None]] = {
    "all": ("qingxi, all rules", qingxi, None),
    "all-bare": ("  the same expressions, no Great Expectations", bare, None),
    "simple": ("qingxi, 20 simple rules", qingxi, SIMPLE),
    "simple-bare": ("  the same expressions, no Great Expectations", bare, SIMPLE),
    "pandas": ("pandas by hand, the same 20", pandas_by_hand, SIMPLE),
    "pandera": ("pandera, the same 20", pandera, SIMPLE),
    "pointblank": ("pointblank, the same 20", pointblank, SIMPLE),
}


def the_spec(only: set[str] | None) -> Any:
    return SPEC if only is None else replace(SPEC, rules=tuple(r for r in SPEC.rules if r.id in only))


SPEC: Any = None


# ---- measuring -------------------------------------------------------------------------------------------------------


def measure(tool: str, path: Path) -> dict[str, Any]:
    """One tool, in this process."""
    global SPEC
    from pipeline.sample.words import words
    from pipeline.spec import load_spec

    _, act, only = TOOLS[tool]
    SPEC = load_spec(ROOT, county=str(words().place["county"]))
    try:
        warm_up(tool)
    except ImportError as error:
        return {"tool": tool, "missing": error.name}
    town = pickle.loads(path.read_bytes())
    before = resident()
    best, first, counts = float("inf"), 0.0, {}
    for _ in range(1 if only is None else 3):
        start = time.perf_counter()
        counts, ready = act(town, only)
        best, first = min((best, first), (time.perf_counter() - start, ready))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"tool": tool, "seconds": best, "ready": first, "before": before, "peak": peak, "counts": counts, "rules": len(the_spec(only).rules)}


def warm_up(tool: str) -> None:
    """Import what the tool needs."""
    if tool == "pandera":
        import pandera.pandas  # noqa: F401
    elif tool == "pointblank":
        import pointblank  # noqa: F401
    else:
        import pipeline.run
        import pipeline.validate  # noqa: F401


def resident() -> float:
    """GB held now."""
    text = Path("/proc/self/status").read_text() if Path("/proc/self/status").exists() else ""
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found.group(1)) / 1024**2 if found else float("nan")


def make_town(scale: float, path: Path) -> None:
    """The township with errors in it, assembled, without the files it came from."""
    from pipeline.rehearse.town import tables_of, write_town
    from pipeline.sample.words import words
    from pipeline.spec import load_spec

    spec = load_spec(ROOT, county=str(words().place["county"]))
    with tempfile.TemporaryDirectory() as folder:
        town = tables_of(write_town(Path(folder), spec, scale, clean=False), spec)
    for entities in town.tables().values():
        for origin in entities.origins:
            origin.records = None  # type: ignore[assignment]
    path.write_bytes(pickle.dumps(town))


def own_process(*words: str) -> str:
    return subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True).stdout


def main(scale: float, keep: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = keep or Path(folder) / "town.pkl"
        if not path.exists():
            own_process("--make", str(path), "--scale", str(scale))
        tables = pickle.loads(path.read_bytes()).now.tables
        print(f"{len(tables['household'].frame):,} households, {len(tables['person'].frame):,} members, {len(tables['work'].frame):,} spells of work")
        del tables
        print(f"{'':<48}{'rules':>6}{'seconds':>9}{'× pandas':>9}{'of it before':>14}{'peak GB':>9}{'of it data':>11}")
        found = {tool: json.loads(own_process("--tool", tool, "--keep", str(path)).splitlines()[-1]) for tool in TOOLS}
    by_hand = found["pandas"]["seconds"]
    for tool, (title, _, only) in TOOLS.items():
        one = found[tool]
        if "missing" in one:
            print(f"{title:<48}not installed ({one['missing']}); uv sync --group bench")
            continue
        times, rules = (f"{one['seconds'] / by_hand:.1f}", len(SIMPLE)) if only else ("", one["rules"])
        print(f"{title:<48}{rules:>6}{one['seconds']:>9.2f}{times:>9}{one['ready']:>14.2f}{one['peak']:>9.2f}{one['before']:>11.2f}")
    for tool in ("simple", "simple-bare", "pandera", "pointblank"):
        counts = found[tool].get("counts", found["pandas"]["counts"])
        differ = {n: (c, counts.get(n, 0)) for n, c in found["pandas"]["counts"].items() if counts.get(n, 0) != c}
        if differ:
            print(f"{tool} counts other rows than pandas by hand (pandas, {tool}): {differ}")
    print("broken rows of the 20, by hand:", sum(found["pandas"]["counts"].values()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=26.7)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--tool")
    parser.add_argument("--make", type=Path)
    given = parser.parse_args()
    if given.make:
        make_town(given.scale, given.make)
    elif given.tool:
        print(json.dumps(measure(given.tool, given.keep)))
    else:
        main(given.scale, given.keep)
