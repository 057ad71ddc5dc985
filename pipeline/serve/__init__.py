"""The product in a browser, on this computer only: drop files, run, look at the results."""

from __future__ import annotations

import socket
from pathlib import Path

from pipeline.report.words import Words, wording

HOST = "127.0.0.1"
PORT = 8765


def words() -> Words:
    """What the pages say."""
    return wording("serve.yml")


class PortTaken(Exception):
    """Another program listens there."""


def serve(root: Path, port: int, show: bool) -> None:
    """Listen on 127.0.0.1 until Ctrl-C. Raises PortTaken."""
    import uvicorn

    from pipeline.serve.app import make_app

    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise PortTaken(words()("busy_port", port=port, other=port + 1))
    url = f"http://{HOST}:{port}/"
    print(words()("opened", url=url), flush=True)
    if show:
        import webbrowser

        webbrowser.open(url)
    config = uvicorn.Config(make_app(root, port), host=HOST, port=port, log_level="error", access_log=False, server_header=False)
    uvicorn.Server(config).run()
