"""How long the screening takes: all lists of mappings/annexes/ over 150,000 farm households, most of them outside the system.

    uv run --group bench python bench/screen.py                    # makes the county first: some minutes
    uv run --group bench python bench/screen.py --households 20000
    uv run --group bench python bench/screen.py --keep big.pkl     # keeps the assembled and linked township for the next time

The households of an invented township are taken over and over, each time under other numbers, with their lists' rows linked as they
were; so nothing here tells of reading or linking, nor of widening the tables by the households outside the system: that is done
before they are repeated. Seconds and peak memory are of the rest: all facts, all lists, their cells and words. To reach: 60 s on two cores.
"""

from __future__ import annotations

import argparse
import pickle
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
KEYS = ("household_no", "person_no", "person_key", "household_key", "id_number", "head_id_number")


def small_town() -> object:
    """A small township's assembled and linked tables, with the households outside the system."""
    from pipeline.period import find_period
    from pipeline.run import Clock, Silence, examine, take
    from pipeline.sample import write_township
    from pipeline.screen import widen
    from pipeline.spec import load_spec

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("mappings", "expectations"):
            (root / name).symlink_to(ROOT / name)
        write_township(root / "data" / "raw", scale=0.5, departments=True, screening=True)
        clock = Clock(Silence())
        given = take(root, find_period(root / "data" / "raw", None), load_spec(root), clock)
        found = examine(given, given.intake, clock, advise=False)
        return dict(widen(found.now.tables, found.linked, given.spec)), found.now, found.last, found.read


def repeated(entities: object, times: int) -> object:
    """The table so many times under one another; numbers of households and persons are told apart."""
    from pipeline.assemble import Entities

    assert isinstance(entities, Entities)
    size = len(entities.frame)
    turn = np.repeat(np.arange(times), size)
    frame = pd.concat([entities.frame] * times, ignore_index=True)
    for column in KEYS:
        if column in frame.columns and not column.endswith("id_number"):
            text = frame[column].to_numpy(dtype=object)
            frame[column] = [None if t is None or t != t else f"{t}-{n}" for t, n in zip(text, turn.tolist(), strict=True)]
    for column in ("village",):
        if column in frame.columns:
            frame[column] = [None if v is None or v != v else f"{v}{n // 8}" for v, n in zip(frame[column], turn.tolist(), strict=True)]
    return Entities(
        entities.table,
        frame,
        [replace(o, rows=np.tile(o.rows, times)) for o in entities.origins],
        {c: np.tile(v, times) for c, v in entities.origin_of.items()},
        {c: np.tile(v, times) for c, v in entities.was_number.items()},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=150_000)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    from pipeline.run import make_database
    from pipeline.screen import screen
    from pipeline.spec import load_spec

    if asked.keep and asked.keep.exists():
        town = pickle.loads(asked.keep.read_bytes())
    else:
        town = small_town()
        if asked.keep:
            asked.keep.write_bytes(pickle.dumps(town))
    tables, now, last, read = town
    assert isinstance(tables, Mapping)
    spec = load_spec(ROOT)
    times = -(-asked.households // len(tables["household"].frame))
    big = {name: repeated(entities, times) for name, entities in tables.items()}
    empty = replace(last, tables={name: repeated(entities, 1) for name, entities in last.tables.items()})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    database = make_database(replace(now, tables=big), empty, spec)
    ready = time.perf_counter()
    found = screen(database, big, spec, read)
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = sum(len(big[t].frame) for t in spec.lists)
    print(f"households {len(big['household'].frame):,}  persons {len(big['person'].frame):,}  list rows {rows:,}")
    print(f"tables {ready - start:.1f} s  lists {end - ready:.1f} s  together {end - start:.1f} s")
    print(f"memory before {before / 1e6:.1f} GB, at most {peak / 1e6:.1f} GB")
    print(found.rosters.groupby("annex", sort=False).size().to_string())


if __name__ == "__main__":
    main()
