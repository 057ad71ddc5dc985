"""The report with 50,000 problems in a real Chromium with the network off: how large, how soon it is seen, how long a filter takes.

    uv run python bench/report.py [problems]

The problems are invented: those of a small invented township, repeated over 30 villages and 12,000 households
of three people each, every one of whom stands on two lists.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

VILLAGES, PER_VILLAGE, PEOPLE, LISTS = 30, 400, 3, 2
WORDS = (
    "{name}的民族没有填",
    "{name}家的人均纯收入低于参考线，请核对四项收入和支出",
    "{name}的性别与证件号码不一致",
    "{name}的风险已消除，消除方式没有填",
)


def large(problems: int) -> Any:
    """Results of the wanted size: the households with their people, two lists' rows for each of these, how they were linked, what was respelled."""
    from test_report_invented import invented

    base = invented(24)
    homes = pd.concat([base.tables["household"]] * (VILLAGES * PER_VILLAGE // len(base.tables["household"])), ignore_index=True)
    number = pd.Series(range(len(homes)))
    homes = homes.assign(household_no=(10_000_000_000_000 + number).astype(str), village=("第" + (number % VILLAGES + 1).astype(str) + "村"))
    row = pd.Series(range(problems))
    one = base.issues.sample(problems, replace=True, random_state=1).reset_index(drop=True)
    home = homes.iloc[(row * 7919 % len(homes)).to_numpy()].reset_index(drop=True)
    issues = one.assign(
        issue_id=[f"{n:016x}" for n in row],
        household_no=home["household_no"], village=home["village"], township=home["township"], group=(row % 9 + 1).astype(str),
        message=[WORDS[n % len(WORDS)].format(name=name or "某某") for n, name in zip(row, home["head_name"], strict=True)],
        row_id=[f"家庭成员信息_20220531.xlsx#Sheet1!{n + 4}" for n in row],
    )  # fmt: skip
    people = base.tables["person"].sample(len(homes) * PEOPLE, replace=True, random_state=2).reset_index(drop=True)
    rows = [f"家庭成员信息_20220531.xlsx#Sheet1!{n + 4}" for n in people.index]
    people = people.assign(household_no=homes["household_no"].repeat(PEOPLE).to_numpy(), row_id=rows)
    listed = pd.concat([people[["household_no"]]] * LISTS, ignore_index=True)
    listed["row_id"] = [f"部门/参保名单_2022.xlsx#名单!{n + 3}" for n in listed.index]
    links = listed.assign(source="insured", why="身份证号一致，姓名相同", probability=0.9999)
    insured = listed.assign(year=[f"{2020 + n % 3}" for n in listed.index], paid=[f"{n % 400}" for n in listed.index])
    changes = pd.concat([base.changes.iloc[[0]]] * len(people), ignore_index=True).assign(row_id=people["row_id"])
    labels = {**base.labels, ("insured", "year"): "参保年度", ("insured", "paid"): "资助金额"}
    tables = {**base.tables, "household": homes, "person": people, "insured": insured}
    return replace(base, tables=tables, issues=issues, links=links, changes=changes, labels=labels)


def measure(problems: int) -> dict[str, Any]:
    """Write the report, open it, filter it."""
    from playwright.sync_api import sync_playwright

    from pipeline.report import html

    results = large(problems)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        path = html.write(results, Path(folder))[0]
        found: dict[str, Any] = {"problems": problems, "write s": time.perf_counter() - start, "MB": path.stat().st_size / 1e6}
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}).new_page()
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready]")
            found["first paint ms"] = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            found["usable ms"] = page.evaluate("performance.now()")
            found["problem page ms"] = opened(page)
            filters = (("village", "place", "第7村"), ("severity", "severity", "0"), ("village off", "place", ""), ("text", "text", "民族 第3村"))
            found["village page ms"] = page.evaluate(SHOWN, "village/第7村")
            page.evaluate(SHOWN, "problems")
            found |= {f"filter {name} ms": filtered(page, field, value) for name, field, value in filters}
            browser.close()
    return found


SHOWN = """hash => new Promise(done => {
    const start = performance.now();
    window.addEventListener('hashchange', () => requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0)), { once: true });
    location.hash = hash;
})"""


def opened(page: Any) -> float:
    """Milliseconds from the click on 问题 to the frame that shows the first rows and their number."""
    script = """() => new Promise(done => {
        const start = performance.now(), shown = () => document.querySelector('#page-problems tbody tr');
        const counted = () => document.querySelector('#page-problems output')?.textContent;
        location.hash = 'problems';
        (function look() { shown() && counted() ? requestAnimationFrame(() => done(performance.now() - start)) : setTimeout(look, 2); })();
    })"""
    return float(page.evaluate(script))


def filtered(page: Any, field: str, value: str) -> float:
    """Milliseconds from a changed filter to the frame that shows the rows that fit (60 of them are our own wait after a letter)."""
    script = """([field, value]) => new Promise(done => {
        const box = document.querySelector(`#page-problems [data-field=${field}]`), place = document.querySelector('#page-problems .filters');
        const before = place.dataset.filtered, start = performance.now();
        box.value = value;
        box.dispatchEvent(new Event(box.tagName === 'SELECT' ? 'change' : 'input'));
        const seen = () => requestAnimationFrame(() => done(performance.now() - start));
        (function look() { place.dataset.filtered !== before ? seen() : setTimeout(look, 1); })();
    })"""
    return float(page.evaluate(script, [field, value]))


if __name__ == "__main__":
    for name, figure in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000).items():
        print(f"{name:24} {figure:12,.1f}" if isinstance(figure, float) else f"{name:24} {figure:12,}")
