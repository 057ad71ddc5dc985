"""The product in a browser, on this computer only: drop files, run, look at the results."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.report.words import Words, wording

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

HOST = "127.0.0.1"
PORT = 8765
NEXT_PORTS = 20
PATIENCE = 5.0  # seconds that a run is given to end by itself once Ctrl-C was pressed
WHOSE = "qingxi-project"  # the header by which a second start finds out that the first one is still open


def words() -> Words:
    """What the pages say."""
    return wording("serve.yml")


class PortTaken(Exception):
    """Another program listens there."""


def project_mark(root: Path) -> str:
    """The same for one project folder always, and telling nothing about where it lies."""
    return hashlib.blake2b(os.fsencode(root.resolve()), digest_size=8).hexdigest()


def serve(root: Path, port: int | None, show: bool) -> None:
    """Listen on 127.0.0.1 until Ctrl-C; where this project is open already, only show it. Raises PortTaken."""
    free = _free_port(root, port)
    if free < 0:
        print(words()("open_already", url=_url(-free)), flush=True)
        _show(_url(-free), show)
        return
    print(words()("opened" if show else "ready", url=_url(free)), flush=True)
    _listen(root, free, show)


def _url(port: int) -> str:
    return f"http://{HOST}:{port}/"


def _free_port(root: Path, wanted: int | None) -> int:
    """A port to listen on; minus the port where this project is served already. Raises PortTaken."""
    for port in [wanted] if wanted else range(PORT, PORT + NEXT_PORTS):
        if not _taken(port):
            return port
        if _serves(port) == project_mark(root):
            return -port
    raise PortTaken(words()("busy_port", port=wanted or PORT, other=(wanted or PORT + NEXT_PORTS) + 1))


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _serves(port: int) -> str | None:
    """The mark of the project that another qingxi serves there."""
    import http.client

    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("HEAD", "/")
        return connection.getresponse().getheader(WHOSE)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _show(url: str, show: bool) -> None:
    if show:
        import webbrowser

        webbrowser.open(url)


def server(app: Starlette, port: int) -> uvicorn.Server:
    """What listens, on this computer only. It keeps no log: its lines hold the names of files, its tracebacks whatever a cell held."""
    import uvicorn

    config = uvicorn.Config(app, host=HOST, port=port, log_level="critical", access_log=False, server_header=False, timeout_graceful_shutdown=2)
    return uvicorn.Server(config)


def _listen(root: Path, port: int, show: bool) -> None:
    """Answer until Ctrl-C. Whatever goes on then is ended: results are swapped in whole, so none are half written."""
    from pipeline.serve.app import Site, make_app

    app = make_app(root, port)
    site: Site = app.state.site
    threading.Thread(target=site.warm, daemon=True).start()
    _show(_url(port), show)  # the browser takes longer to come up than we do
    try:
        server(app, port).run()
    except KeyboardInterrupt:
        pass
    finally:
        ended = site.close(PATIENCE)
        print(words()("closed"), flush=True)
        if not ended:  # a thread deep inside a library would keep the window open for a minute
            sys.stdout.flush()
            os._exit(130)
