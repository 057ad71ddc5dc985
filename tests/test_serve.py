"""qingxi serve: what it keeps, what it refuses, and the whole way through a real browser."""

from __future__ import annotations

import http.client
import io
import json
import re
import shutil
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

from pipeline.serve import HOST, server, uploads
from pipeline.serve.app import Site, make_app


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


Said = tuple[int, str, dict[str, str]]
FORM = "application/x-www-form-urlencoded"


def ask(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> Said:
    """Status, text and headers of one answer; header names with _ for -."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8", "replace"), {k.lower(): v for k, v in answer.getheaders()}


class Served:
    """A project served in a thread."""

    def __init__(self, root: Path) -> None:
        self.root, self.port = root, free_port()
        self.app = make_app(root, self.port)
        self.site: Site = self.app.state.site
        self.server = server(self.app, self.port)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.02)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Said:
        return ask(self.port, method, path, body, **headers)

    def send(self, fields: dict[str, str], files: dict[str, bytes], **headers: str) -> Said:
        """Upload as a browser does, with the page's token unless another is given."""
        mark, parts = "x----x", []
        for name, value in {"token": self.site.token, **fields}.items():
            parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        for name, content in files.items():
            head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        return self.ask("POST", "/upload", body, Content_Type=f"multipart/form-data; boundary={mark}", **headers)

    def post(self, path: str, **fields: str) -> Said:
        """A form of ours sent, with the page's token unless another is given."""
        body = "&".join(f"{k}={quote(v)}" for k, v in {"token": self.site.token, **fields}.items()).encode()
        return self.ask("POST", path, body, Content_Type=FORM)


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
    ["", "..", ".xlsx", "~$名单.xlsx", "名单.exe", "名单", "a\x00.xlsx", "con.xlsx", "COM1 .xlsx", "lpt².csv", "名" * 90 + ".xlsx", "名单.xlsx\u202e", 'a"b.xlsx', "a/..", "名单.docx", "名单.xlsx."],
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


def test_the_demo_is_taken_away_and_nothing_else(served: Served) -> None:
    from pipeline.demo import _mark

    raw = served.root / "data" / "raw"
    _mark(raw / "2022-05")
    members = next((raw / "2022-05").glob("*成员*.xlsx"))
    members.write_bytes(b"an export of one's own under the demo's name")
    (raw / "2022-05" / "甲.csv").write_bytes(CSV)                     # put there by hand
    served.send({"period": "2022-06", "kind": ""}, {"乙.csv": CSV})
    assert "去掉演示数据" in served.ask("GET", "/")[1] and served.post("/demo-away")[0] == 303
    assert not (raw / "2022-05").exists() and (raw / "2022-06" / "乙.csv").exists() and (raw / "2022-04").exists()
    assert {p.name for p in (raw / "_取出" / "2022-05").iterdir()} == {members.name, "甲.csv"}
    assert "去掉演示数据" not in served.ask("GET", "/")[1]


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
    for path in ("/run", "/stop", "/demo", "/demo-away", "/take-out"):
        assert served.post(path, token="", period="2022-05", file="甲.csv")[0] == 403, path
        assert served.ask("GET", path)[0] == 405, path
    assert not served.site.worker.busy


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example"])
def test_a_foreign_name_for_this_computer_is_not_answered(served: Served, host: str) -> None:
    assert served.ask("GET", "/", Host=host)[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}, 403),        # a picture, a script, a frame of another page
        ("GET", "/now", {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors"}, 403),         # another program on this computer, at another port
        ("GET", "/", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, 200),       # a link somebody clicked
        ("POST", "/run", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, 403),
        ("POST", "/take-out", {"Origin": "http://127.0.0.1:1"}, 403),
        ("POST", "/nothing", {"Origin": "http://evil.example"}, 403),
        ("GET", "/nothing", {}, 404),
        ("GET", "/asset/pages.html", {}, 404),
        ("GET", "/asset/page.js", {}, 200),
        ("GET", "/", {"Host": "evil.example"}, 400),
        ("DELETE", "/", {}, 405),
        ("POST", "/run", {}, 403),
    ],
)
def test_every_answer_is_ours_alone(served: Served, method: str, path: str, headers: dict[str, str], status: int) -> None:
    got, _, heads = served.ask(method, path, **headers)
    assert got == status
    assert heads["cache-control"] == "no-store" and "frame-ancestors 'none'" in heads["content-security-policy"] and heads["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in heads and "server" not in heads


def test_a_fault_is_told_without_what_a_cell_held(served: Served, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object) -> None:
        raise ValueError("张三丰 519923199001011234")

    monkeypatch.setattr("pipeline.serve.folders.given", fail)
    status, text, heads = served.ask("GET", "/period/2022-05")
    assert status == 500 and heads["cache-control"] == "no-store" and "程序出错" in text and "ValueError" in text
    assert "张三丰" not in text + "".join(capfd.readouterr())


def packed(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return stream.getvalue()


def test_a_package_is_unpacked_each_file_checked(served: Served) -> None:
    sent = packed(**{"../部门/甲.csv": CSV, "乙/丙.exe": b"MZ", "__MACOSX/._甲.csv": b"", "丁.zip": packed(a=b""), "/etc/戊.csv": CSV + b"2,B\n", "己/": b""})
    text = served.send({"period": "2022-06", "kind": ""}, {"全部.zip": sent})[1]
    assert "不是表格：丙.exe" in text and "压缩包里的压缩包" in text
    assert sorted(p.relative_to(served.root / "data" / "raw" / "2022-06").as_posix() for p in (served.root / "data" / "raw" / "2022-06").rglob("*")) == ["戊.csv", "甲.csv"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_packed_by_windows_are_read(encoding: str) -> None:
    part = zipfile.ZipInfo("民政/低保名单.xlsx".encode(encoding).decode("cp437"))
    assert uploads._name_in(part) == "低保名单.xlsx"


@pytest.mark.parametrize(("content", "said"), [(b"PK\x03\x04 broken", "打不开"), (packed(a=b"1").replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"), "有密码")])
def test_a_package_that_cannot_be_used_is_refused(served: Served, content: bytes, said: str) -> None:
    assert said in served.send({"period": "2022-06", "kind": ""}, {"全部.zip": content})[1]
    assert not (served.root / "data" / "raw" / "2022-06").exists()


FIX_LIST = "编号,户主,问题,正确值,核实结果,佐证说明\nA1,甲,缺民族,汉族,已改,\nA2,乙,缺民族,,,\n".encode("utf-8-sig")


@pytest.mark.parametrize("kind", ["", "returned", "村级上报"])
def test_a_fix_list_that_came_back_goes_where_it_belongs(served: Served, kind: str) -> None:
    text = served.send({"period": "2022-05", "kind": kind}, {"甲村 填好.csv": FIX_LIST})[1]
    assert "收回的整改清单，2 行，已答复 1 行" in text
    assert (served.root / "data" / "raw" / "2022-05" / "returned" / "甲村 填好.csv").exists()


def test_a_large_file_is_kept_and_looked_at_by_the_run(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.serve.seen.LARGE", 10)
    text = served.send({"period": "2022-06", "kind": ""}, {"大.csv": CSV, "图.xlsx": b"\x89PNG\r\n" + b"x" * 20})[1]
    assert "没有先看" in text and "图.xlsx 的后缀像表格，但内容其实是图片" in text


def test_a_fix_list_behind_the_campaigns_password_is_opened(served: Served, tmp_path: Path) -> None:
    import files

    from pipeline.locked import lock

    mappings = served.root / "mappings"
    mappings.unlink()
    shutil.copytree(ROOT / "mappings", mappings)
    campaign = mappings / "campaign.yml"
    campaign.write_text(campaign.read_text("utf-8").replace("list_password: null", 'list_password: "qx2022"'), "utf-8")
    path = lock(files.xlsx(tmp_path / "甲村.xlsx", [line.split(",") for line in FIX_LIST.decode("utf-8-sig").splitlines()]), "qx2022")
    assert "2 行，已答复 1 行" in served.send({"period": "2022-05", "kind": ""}, {"甲村.xlsx": path.read_bytes()})[1]
    assert (served.root / "data" / "raw" / "2022-05" / "returned" / "甲村.xlsx").exists()


def test_an_export_among_the_fix_lists_is_put_right(served: Served) -> None:
    source = next(p for p in (served.root / "data" / "raw" / "2022-05").glob("*成员*.xlsx"))
    assert "不是整改清单" in served.send({"period": "2022-06", "kind": "returned"}, {source.name: source.read_bytes()})[1]
    assert (served.root / "data" / "raw" / "2022-06" / source.name).exists()


def test_a_file_taken_out_is_read_no_more_and_not_lost(served: Served) -> None:
    raw = served.root / "data" / "raw"
    source = next((raw / "2022-05").glob("*成员*.xlsx"))
    content = source.read_bytes()
    assert "没有删除" in served.post("/take-out", period="2022-05", file=source.name)[1]
    assert not source.exists() and (raw / "_取出" / "2022-05" / source.name).read_bytes() == content
    for period, file in (("2022-05", "../2022-04/x"), ("2022-05", "/etc/passwd"), ("..", "clean"), ("_取出", source.name), ("2022-05", "")):
        assert served.post("/take-out", period=period, file=file)[0] == 404
    assert "_取出" not in served.ask("GET", "/")[1] and "_取出" not in served.ask("GET", "/progress")[1]


class Slow:
    """A run that goes on until it is let go or stopped."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.shared = threading.Event(), []
        monkeypatch.setattr("pipeline.run.run", self)

    def __call__(self, root: Path, period: str, tell: Any, share: bool = False) -> None:
        self.shared.append(share)
        while not self.go.wait(0.01):
            tell.stage("读取文件")
            tell.step("甲.csv")


def test_while_a_run_goes_on_nothing_else_is_done(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, raw = Slow(monkeypatch), served.root / "data" / "raw"
    assert served.post("/run", period="2022-05", share="1")[0] == 303
    source = next((raw / "2022-05").glob("*成员*.xlsx"))
    assert "正在清洗 2022-05" in served.ask("GET", "/now")[1]
    assert served.post("/run", period="2022-05")[0] == 409
    assert served.post("/take-out", period="2022-05", file=source.name)[0] == 409 and source.exists()
    assert served.send({"period": "2022-06", "kind": ""}, {"甲.csv": CSV})[0] == 409 and not (raw / "2022-06").exists()
    slow.go.set()
    served.site.worker.wait()
    assert slow.shared == [True] and served.post("/run", period="2022-05")[0] == 303


def test_a_run_is_stopped_where_it_tells_how_far_it_is(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    Slow(monkeypatch)
    served.post("/run", period="2022-05")
    assert served.post("/stop")[0] == 303 and served.site.worker.wait(10)
    assert "已停止，原来的结果没有动" in served.ask("GET", "/")[1]


class Panic(BaseException):
    """As a library in another language panics."""


@pytest.mark.parametrize(
    ("error", "said"),
    [(PermissionError(13, "Permission denied", "问题清单.xlsx"), "请关掉正打开它的程序"), (MemoryError(), "内存不够"), (Panic("张三丰"), "程序出错"), (KeyError("张三丰"), "程序出错")],
)
def test_a_run_that_fails_says_why(served: Served, error: BaseException, said: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("pipeline.run.run", fail)
    served.post("/run", period="2022-05")
    served.site.worker.wait()
    text = served.ask("GET", "/")[1]
    assert said in text and "张三丰" not in text + "".join(capfd.readouterr())


def test_no_run_while_files_are_put_in_and_no_demo_over_data(served: Served) -> None:
    with served.site.putting:
        assert served.post("/run", period="2022-05")[0] == 409
    assert served.post("/demo")[0] == 409 and served.post("/run", period="没有")[0] == 400
    assert not served.site.worker.busy


def test_what_only_points_out_of_the_results_is_not_handed_out(served: Served) -> None:
    out = served.root / "data" / "clean" / "2022-05"
    (out / "村级整改清单").mkdir(parents=True)
    (out / "村级整改清单" / "甲村.xlsx").write_bytes(b"PK")
    (out / "密.txt").symlink_to("/etc/passwd")
    (out / "外").symlink_to("/etc")
    assert served.ask("GET", "/results/2022-05/" + quote("密.txt"))[0] == 404
    assert served.ask("GET", "/results/2022-05/" + quote("外/passwd"))[0] == 404
    assert served.ask("GET", "/results/2022-05/" + quote("村级整改清单"))[0] == 404      # no listing of a folder
    connection = http.client.HTTPConnection(HOST, served.port, timeout=60)
    connection.request("GET", "/results/2022-05.zip")
    assert zipfile.ZipFile(io.BytesIO(connection.getresponse().read())).namelist() == ["村级整改清单/甲村.xlsx"]


def test_results_of_other_files_are_said_to_be_old(served: Served) -> None:
    from pipeline.correct import inputs_key
    from pipeline.report.words import page_words

    out = served.root / "data" / "clean" / "2022-05"
    out.mkdir(parents=True)
    (out / page_words()("file")).write_text("")
    (out / "manifest.json").write_text(json.dumps({"inputs_key": inputs_key(served.root, "2022-05")}))
    assert "要再运行一次" not in served.ask("GET", "/")[1]
    served.send({"period": "2022-05", "kind": ""}, {"甲.csv": CSV})
    assert "要再运行一次" in served.ask("GET", "/")[1]


def test_a_second_start_finds_the_first_and_gives_way_to_others(served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from pipeline import serve

    monkeypatch.setattr(serve, "PORT", served.port)
    assert serve._free_port(served.root, None) == -served.port
    assert serve._free_port(tmp_path, None) > served.port
    with pytest.raises(serve.PortTaken):
        serve._free_port(tmp_path, served.port)


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


def test_it_listens_on_this_computer_only_and_ctrl_c_ends_a_run_at_once(hamlet: Path) -> None:
    port = free_port()
    words = [sys.executable, "-m", "pipeline", "serve", "--no-open", "--port", str(port), "--root", str(hamlet)]
    running = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8")
    assert running.stdout
    assert f"127.0.0.1:{port}" in running.stdout.readline()
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                break
        time.sleep(0.05)
    listening = Path("/proc/net/tcp").read_text() if Path("/proc/net/tcp").exists() else ""
    assert not re.search(rf"00000000:{port:04X} 00000000:0000 0A", listening)
    token = re.search(r'name="token" value="([^"]+)"', ask(port, "GET", "/")[1])
    assert token and ask(port, "POST", "/run", f"token={token[1]}&period=2022-05".encode(), Content_Type=FORM)[0] == 303
    running.send_signal(signal.SIGINT)
    assert running.wait(30) in (0, 130)
    assert running.stdout.read().strip() == "已关闭。结果都在 data/clean 里。"
    assert not list((hamlet / "data" / "clean").glob("2022-05*"))


def test_a_taken_port_is_said(command: Any, hamlet: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        answer = command("serve", "--no-open", "--port", str(taken.getsockname()[1]), "--root", hamlet)
    assert answer.code == 1 and "被别的程序占着" in answer.err


DROP = """files => {
  const all = new DataTransfer();
  for (const [name, text] of files) all.items.add(new File([text], name));
  document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: all, bubbles: true, cancelable: true}));
}"""


def test_from_the_dropped_file_to_the_report(served: Served, browser: Any) -> None:  # noqa: F811
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    wrong: list[str] = []
    asked: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: wrong.append(str(e)))
    context.on("request", lambda r: asked.append(r.url))
    page.goto(served.url)
    page.evaluate(DROP, [["农机.csv", "机主,农机\n甲,收割机\n"], ["~$农机.csv", "x"]])
    assert page.inner_text("#chosen li") == "农机.csv" and "已选 1 个" in page.inner_text("#chosen")
    page.set_input_files("input[type=file]", [str(p) for p in (served.root / "data" / "raw" / "2022-05").glob("*.xlsx")])
    page.get_by_label("期次").fill("五月")
    page.get_by_role("button", name="放入").click()
    assert page.evaluate("document.querySelector('[name=period]').validity.patternMismatch")
    page.get_by_label("期次").fill("2022-06")
    page.keyboard.press("Enter")
    page.wait_for_selector("article")
    assert "家庭成员信息" in page.inner_text("body") and "已放在 data/raw/2022-06" in page.inner_text("body")
    page.get_by_role("button", name="运行", exact=True).first.click()
    page.wait_for_selector("#now .good", timeout=120_000)          # the page follows the run by itself
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="看校验报告").first.click()
    report = opened.value
    report.wait_for_selector("html[data-ready]")
    assert "校验报告" in report.title()
    page.get_by_role("link", name="下载结果").first.click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="下载 问题清单.xlsx").click()
    assert zipfile.is_zipfile(saved.value.path())
    assert wrong == []
    assert [url for url in asked if not url.startswith((f"http://{HOST}:{served.port}/", "data:"))] == []
