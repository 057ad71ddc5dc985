"""What holds for every answer: who may ask at all, and how a browser may use what it got."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # no-referrer would make a browser send our own forms as coming from nowhere
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
READING = ("GET", "HEAD")
OURS = ("same-origin", "none")  # what a browser says of a request that our own page, or the person at the keyboard, made


def asked_by_us(method: str, headers: Headers, origins: Collection[str]) -> bool:
    """Did one of our own pages ask, or somebody who typed the address? A link from elsewhere may open a page and nothing more."""
    site, mode = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode", "navigate")
    if method in READING:
        return site in OURS or mode == "navigate"
    return site in OURS and headers.get("origin", next(iter(origins))) in origins


class Guard:
    """Refuses what other sites ask for before a byte of it is read, and puts our headers on whatever leaves."""

    def __init__(self, app: ASGIApp, origins: Collection[str], refusal: bytes, mark: tuple[str, str]) -> None:
        self.app, self.origins, self.refusal, self.mark = app, origins, refusal, mark

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_ours(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append(*self.mark)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if asked_by_us(scope["method"], Headers(scope=scope), self.origins):
            await self.app(scope, receive, send_ours)
        else:
            await HTMLResponse(self.refusal, 403)(scope, receive, send_ours)
