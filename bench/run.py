"""How long a whole run takes on the invented township at 1×, 4× and 16×, beside a bare reading of the same files.

    uv run python bench/run.py [scale …]

Prints, per scale: households, members, cells read, the bare python-calamine reading, each stage, the whole, their ratio and
the peak memory. Each scale runs in a process of its own; the bare reading is done in the same process, before the run.
To reach at 16×: ratio ≤ 4, peak ≤ 3 GB, time growing no faster than rows.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def bare_read(folder: Path) -> tuple[float, int]:
    """Seconds and cells of reading every workbook of a folder with python-calamine and nothing else."""
    from python_calamine import CalamineWorkbook

    start, cells = time.perf_counter(), 0
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".xlsx", ".xls")):
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python()
            cells += sum(len(r) for r in rows[:1]) * len(rows)
    return time.perf_counter() - start, cells


def project(folder: Path) -> Path:
    """A project folder that shares our mappings and expectations."""
    for name in ("mappings", "expectations"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def measure(scale: float) -> dict[str, object]:
    """One scale, in this process."""
    from pipeline.run import run
    from pipeline.sample import write_township

    with tempfile.TemporaryDirectory() as made:
        root = project(Path(made))
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from pathlib import Path; from pipeline.sample import write_township; "
                "write_township(Path(sys.argv[1]), scale=float(sys.argv[2]))",
                str(root / "data" / "raw"),
                str(scale),
            ],
            check=True,
            cwd=ROOT,
        )
        del write_township
        bare, cells = bare_read(root / "data" / "raw")
        import great_expectations  # noqa: F401  (its import is paid once, whatever the size)

        start = time.perf_counter()
        summary = run(root)
        whole = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    return {
        "scale": scale,
        "households": summary.households,
        "persons": summary.persons,
        "cells": cells,
        "bare": bare,
        "whole": whole,
        "ratio": whole / bare,
        "peak_gb": peak,
        "stages": dict(summary.seconds),
        "issues": dict(summary.issues),
    }


def main(scales: list[float]) -> None:
    """All scales, one process each, as a table."""
    for scale in scales:
        done = subprocess.run([sys.executable, __file__, "--one", str(scale)], capture_output=True, text=True, cwd=ROOT)
        if done.returncode:
            print(done.stderr[-2000:])
            continue
        m = json.loads(done.stdout.splitlines()[-1])
        print(
            f"{m['scale']:g}×: {m['households']} households, {m['persons']} persons, {m['cells']:,} cells; bare read {m['bare']:.1f} s, "
            f"whole run {m['whole']:.1f} s, ratio {m['ratio']:.2f}, peak {m['peak_gb']:.2f} GB, issues {sum(m['issues'].values())}"
        )
        print("    " + "  ".join(f"{k} {v:.1f}s" for k, v in m["stages"].items()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(float(sys.argv[2]))))
    else:
        main([float(a) for a in sys.argv[1:]] or [1, 4, 16])
