"""qingxi serve: what it keeps, what it refuses, and the whole way through a real browser."""

from __future__ import annotations

import http.client
import io
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import ROOT
from test_report_html import browser  # noqa: F401  (a fixture)

from pipeline.serve import HOST, uploads
from pipeline.serve.app import Site, make_app


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Served:
    """A project served in a thread."""

    def __init__(self, root: Path) -> None:
        import uvicorn

        self.root, self.port = root, free_port()
        self.app = make_app(root, self.port)
        self.site: Site = self.app.state.site
        self.server = uvicorn.Server(uvicorn.Config(self.app, host=HOST, port=self.port, log_level="critical"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.02)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers of one answer; header names with _ for -."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace"), {k.lower(): v for k, v in answer.getheaders()}

    def send(self, fields: dict[str, str], files: dict[str, bytes], **headers: str) -> tuple[int, str, dict[str, str]]:
        """Upload as a browser does, with the page's token unless another is given."""
        mark, parts = "x----x", []
        for name, value in {"token": self.site.token, **fields}.items():
            parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        for name, content in files.items():
            head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        return self.ask("POST", "/upload", body, Content_Type=f"multipart/form-data; boundary={mark}", **headers)

    def post(self, path: str, **fields: str) -> tuple[int, str, dict[str, str]]:
        body = "&".join(f"{k}={quote(v)}" for k, v in fields.items()).encode()
        return self.ask("POST", path, body, Content_Type="application/x-www-form-urlencoded")


@pytest.fixture
def served(hamlet: Path) -> Iterator[Served]:
    there = Served(hamlet)
    yield there
    there.server.should_exit = True
    there.thread.join(10)


CSV = "户编号,姓名\n1,甲\n".encode("utf-8-sig")


def test_a_file_is_kept_as_sent_and_said_what_it_is(served: Served) -> None:
    source = next(p for p in (served.root / "data" / "raw" / "2022-05").glob("*成员*.xlsx"))
    status, text, _ = served.send({"period": "2022-06", "kind": ""}, {source.name: source.read_bytes()})
    assert status == 200 and "家庭成员信息" in text and "表头在第" in text
    assert (served.root / "data" / "raw" / "2022-06" / source.name).read_bytes() == source.read_bytes()


def test_a_file_never_takes_the_place_of_another(served: Served) -> None:
    for content, said in ((CSV, "甲.csv"), (CSV, "已经有一份完全一样的"), (CSV + b"2,B\n", "存为 甲 (2).csv")):
        assert said in served.send({"period": "2022-06", "kind": "村级上报"}, {"甲.csv": content})[1]
    folder = served.root / "data" / "raw" / "2022-06" / "村级上报"
    assert sorted(p.name for p in folder.iterdir()) == ["甲 (2).csv", "甲.csv"] and (folder / "甲.csv").read_bytes() == CSV


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("名单.xlsx", "名单.xlsx"),
        ("民政 名单😀.xlsx", "民政 名单😀.xlsx"),
        ("../../../etc/名单.xlsx", "名单.xlsx"),
        ("..\\..\\名单.xlsx", "名单.xlsx"),
        ("C:\\用户\\名单.XLS", "名单.XLS"),
        ("/名单.csv", "名单.csv"),
    ],
)
def test_only_the_last_part_of_a_name_counts(sent: str, kept: str) -> None:
    assert uploads.safe_name(sent) == kept


@pytest.mark.parametrize(
    "sent",
    ["", "..", ".xlsx", "~$名单.xlsx", "名单.exe", "名单", "a\x00.xlsx", "con.xlsx", "COM1 .xlsx", "lpt².csv", "名" * 90 + ".xlsx", "名单.xlsx\u202e", 'a"b.xlsx', "a/..", "名单.docx", "名单.xlsx.", "a:b.xlsx"],
)
def test_names_that_no_file_may_have_are_refused(sent: str) -> None:
    with pytest.raises(uploads.Refused):
        uploads.safe_name(sent)


@pytest.mark.parametrize(("period", "kind"), [("../x", ""), ("2022", ""), ("2022-13", ""), ("", ""), ("2022-05", "../.."), ("2022-05", "别的")])
def test_files_go_nowhere_else(served: Served, period: str, kind: str) -> None:
    before = sorted(served.root.rglob("*"))
    status, text, _ = served.send({"period": period, "kind": kind}, {"甲.csv": CSV})
    assert status == 400 and 'role="alert"' in text and sorted(served.root.rglob("*")) == before


def test_the_demo_takes_no_real_files(served: Served) -> None:
    (served.root / "data" / "raw" / "2022-05" / ".demo").write_text("")
    assert "演示数据" in served.send({"period": "2022-05", "kind": ""}, {"甲.csv": CSV})[1]


def test_a_bomb_is_not_kept(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "UNPACKED", 1000)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/a.xml", b"0" * 5000)
    assert "解开后太大" in served.send({"period": "2022-06", "kind": ""}, {"大.xlsx": stream.getvalue()})[1]
    assert list((served.root / "data" / "raw" / "2022-06").iterdir()) == []


def test_too_much_at_once_is_refused_unread(served: Served) -> None:
    connection = http.client.HTTPConnection(HOST, served.port, timeout=10)
    connection.putrequest("POST", "/upload")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(uploads.AT_ONCE + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}],
)
def test_another_site_can_send_nothing(served: Served, headers: dict[str, str]) -> None:
    assert served.send({"period": "2022-06", "kind": ""}, {"甲.csv": CSV}, **headers)[0] == 403
    assert not (served.root / "data" / "raw" / "2022-06").exists()


def test_without_our_token_nothing_is_done(served: Served) -> None:
    assert served.send({"token": "x", "period": "2022-06", "kind": ""}, {"甲.csv": CSV})[0] == 403
    assert served.post("/run", token="", period="2022-05")[0] == 403
    assert served.ask("GET", "/run")[0] == 405


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example"])
def test_a_foreign_name_for_this_computer_is_not_answered(served: Served, host: str) -> None:
    assert served.ask("GET", "/", Host=host)[0] == 400


def test_results_are_handed_out_and_nothing_beside_them(served: Served) -> None:
    out = served.root / "data" / "clean" / "2022-05"
    out.mkdir(parents=True)
    (out / "校验报告.html").write_text("<p>x</p>", "utf-8")
    (out / "问题清单.xlsx").write_bytes(b"PK")
    assert quote("问题清单.xlsx") in served.ask("GET", "/results/2022-05")[1]
    status, _, headers = served.ask("GET", "/results/2022-05/" + quote("问题清单.xlsx"))
    assert status == 200 and headers["content-disposition"].startswith("attachment") and headers["x-content-type-options"] == "nosniff"
    assert served.ask("GET", "/results/2022-05/" + quote("校验报告.html"))[2]["content-disposition"].startswith("inline")
    for path in ("../../raw/2022-05/.demo", "..%2f..%2f..%2fmappings%2ffields.yml", "%2e%2e/%2e%2e/raw", "/etc/passwd", "没有.xlsx"):
        assert served.ask("GET", "/results/2022-05/" + quote(path, safe="/%."))[0] == 404, path
    for period in ("2022-06", "..", ".", "%2e%2e"):
        assert served.ask("GET", f"/results/{period}/x")[0] in (404, 307), period
    status, _, headers = served.ask("GET", "/results/2022-05.zip")
    assert status == 200 and headers["content-type"] == "application/zip"


def test_it_listens_on_this_computer_only_and_closes_on_ctrl_c(hamlet: Path) -> None:
    port = free_port()
    words = [sys.executable, "-m", "pipeline", "serve", "--no-open", "--port", str(port), "--root", str(hamlet)]
    running = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8")
    assert running.stdout
    assert f"127.0.0.1:{port}" in running.stdout.readline()
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                break
        time.sleep(0.05)
    listening = Path("/proc/net/tcp").read_text() if Path("/proc/net/tcp").exists() else ""
    assert not re.search(rf"00000000:{port:04X} 00000000:0000 0A", listening)
    running.send_signal(signal.SIGINT)
    assert running.wait(20) in (0, 130) and "Traceback" not in running.stdout.read()


def test_a_taken_port_is_said(command: Any, hamlet: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        answer = command("serve", "--no-open", "--port", str(taken.getsockname()[1]), "--root", hamlet)
    assert answer.code == 1 and "已被占用" in answer.err


def test_from_the_dropped_file_to_the_report(served: Served, browser: Any) -> None:  # noqa: F811
    page = browser.new_context(accept_downloads=True).new_page()
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.goto(served.url)
    page.set_input_files("input[type=file]", [str(p) for p in (served.root / "data" / "raw" / "2022-05").glob("*.xlsx")])
    page.get_by_label("期次").fill("2022-06")
    page.get_by_role("button", name="放入").click()
    assert "家庭成员信息" in page.inner_text("body") and "已放入 data/raw/2022-06" in page.inner_text("body")
    page.get_by_role("button", name="运行", exact=True).first.click()
    served.site.worker.wait()
    page.goto(served.url)
    assert "结果在" in page.inner_text("body"), page.inner_text("body")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="校验报告").first.click()
    report = opened.value
    report.wait_for_selector("html[data-ready]")
    assert "校验报告" in report.title()
    page.get_by_role("link", name="下载").first.click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="问题清单.xlsx").click()
    assert zipfile.is_zipfile(saved.value.path())
    assert wrong == []
