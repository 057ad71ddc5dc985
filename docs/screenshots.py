"""The six pictures of docs/手册.md, made from the demo: python docs/screenshots.py [folder]. Needs chromium and playwright (uv's dev group).

An invented township of a third of the usual size is written and run in a temporary folder; nobody in the pictures exists.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCALE, WIDTH, HEIGHT = 0.3, 1280, 760      # each picture below 200 KB


def take_all(target: Path) -> list[Path]:
    """Run the demo and take every picture."""
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(HERE.parent))
    from pipeline.demo import make_demo
    from pipeline.run import run
    from pipeline.shipped import make_project

    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder) / "project")
        demo = make_demo(root, scale=SCALE)
        summary = run(root)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            taken = [*of_report(browser, summary.folder / "校验报告.html", target), *of_serve(browser, root, demo.folder, target)]
            browser.close()
    return taken


def of_report(browser: Any, report: Path, target: Path) -> list[Path]:
    """Five pages of the report."""
    page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, offline=True, color_scheme="light").new_page()
    page.goto(report.as_uri())
    page.wait_for_selector("html[data-ready]")
    village = page.locator("table.villages tbody th a").first.inner_text()
    page.evaluate("where => { location.hash = where; }", f"village/{village}")
    number = page.locator("table.homes tbody th a").first.inner_text()
    wanted = {
        "1_首页": "home",
        "2_按村": f"village/{village}",
        "3_问题": "problems?severity=0",
        "4_按户": f"household/{number}",
        "5_部门名单": "lists" if page.locator("nav a[data-page=lists]").count() else "calendar",
    }
    taken = []
    for name, where in wanted.items():
        page.evaluate("where => { location.hash = where; }", where)
        page.wait_for_timeout(700)
        taken.append(target / f"{name}.png")
        page.screenshot(path=str(taken[-1]))
    return taken


def of_serve(browser: Any, root: Path, files: Path, target: Path) -> list[Path]:
    """Files dropped into qingxi serve, and what they were taken for."""
    import uvicorn

    from pipeline.serve import HOST, PORT
    from pipeline.serve.app import make_app

    server = uvicorn.Server(uvicorn.Config(make_app(root, PORT), host=HOST, port=PORT, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light").new_page()
    page.goto(f"http://{HOST}:{PORT}/")
    page.set_input_files("input[type=file]", [str(p) for p in sorted(files.glob("*.xlsx"))])
    page.get_by_label("期次").fill("2022-06")
    page.get_by_role("button", name="放入").click()
    page.wait_for_selector("article")
    path = target / "6_放入文件.png"
    page.screenshot(path=str(path))
    server.should_exit = True
    thread.join(10)
    return [path]


if __name__ == "__main__":
    for made in take_all(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "图"):
        print(made)
