"""The pages. Nobody but this computer's own browser is answered, and nothing is done that a page of ours did not ask for."""

from __future__ import annotations

import hmac
import secrets
import tempfile
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pipeline.report.words import page_words
from pipeline.serve import HOST, uploads, words
from pipeline.serve.work import Worker

HOSTS = (HOST, "localhost")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # no-referrer would make a browser send our own forms as coming from nowhere
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Handler = Callable[[Request], Awaitable[Response]]


class Site:
    """The pages over one project folder."""

    def __init__(self, root: Path, port: int) -> None:
        from pipeline.cli import closing, sentence

        self.root = root
        self.raw, self.clean = root / "data" / "raw", root / "data" / "clean"
        self.token = secrets.token_urlsafe(24)
        self.origins = {f"http://{host}:{port}" for host in HOSTS}
        self.worker = Worker(root, closing, sentence)

    def page(self, name: str, status: int = 200, **content: Any) -> HTMLResponse:
        """One of our pages, with the headers that keep it ours."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        env = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
        text = env.get_template("pages.html").render(page=name, w=words(), token=self.token, **content)
        return HTMLResponse(text, status, headers=HEADERS)

    def refuse(self, why: str, status: int = 400) -> HTMLResponse:
        """A page that says why something was not done."""
        return self.page("refused", status, why=why)

    def periods(self) -> list[dict[str, Any]]:
        """Every period, the newest first, and whether it has results."""
        folders = [p for p in self.raw.glob("*") if p.is_dir() and not p.name.startswith((".", "_"))]
        names = sorted((p.name for p in folders), reverse=True)
        report = page_words()("file")
        return [
            {
                "name": name,
                "files": sum(1 for p in (self.raw / name).rglob("*") if p.is_file() and not p.name.startswith((".", "~$"))),
                "ready": (self.clean / name / report).exists(),
            }
            for name in names
        ]

    async def home(self, request: Request) -> Response:
        """What there is, and what can be done."""
        return self.page("home", periods=self.periods(), worker=self.worker, report=page_words()("file"))

    async def asked(self, request: Request, token: str) -> bool:
        """Did one of our own pages ask for this?"""
        origin = request.headers.get("origin")
        ours = (origin is None or origin in self.origins) and request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        return ours and hmac.compare_digest(token.encode(), self.token.encode())

    async def run(self, request: Request) -> Response:
        """Begin to clean a period."""
        form = await request.form(max_files=0, max_fields=5)
        if not await self.asked(request, str(form.get("token") or "")):
            return self.refuse(words()("forbidden"), 403)
        period = str(form.get("period") or "")
        if period not in [p["name"] for p in self.periods()]:
            return self.refuse(words()("bad_period"))
        if not self.worker.start(period):
            return self.refuse(words()("busy"), 409)
        return RedirectResponse("/", 303, headers=HEADERS)

    async def upload(self, request: Request) -> Response:
        """Keep what was sent and say what each file was taken for."""
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > uploads.AT_ONCE:
            return self.refuse(words()("too_large", limit=uploads.AT_ONCE // uploads.MEGABYTE), 413)
        async with request.form(max_files=uploads.FILES_AT_ONCE, max_fields=5) as form:
            if not await self.asked(request, str(form.get("token") or "")):
                return self.refuse(words()("forbidden"), 403)
            if self.worker.busy:
                return self.refuse(words()("busy"), 409)
            try:
                return await run_in_threadpool(self._keep_all, form)
            except uploads.Refused as why:
                return self.refuse(str(why))

    def _keep_all(self, form: FormData) -> Response:
        from pipeline.inspect import inspect_file
        from pipeline.spec import load_spec

        folder = uploads.period_folder(self.raw, str(form.get("period") or "").strip(), str(form.get("kind") or ""))
        sent = [f for f in form.getlist("file") if isinstance(f, UploadFile) and f.filename]
        if not sent:
            raise uploads.Refused(words()("nothing_sent"))
        spec, said = load_spec(self.root), []
        for file in sent:
            try:
                kept = uploads.keep(file.file, str(file.filename), folder)
                said.append({"name": kept.path.name, "remark": kept.remark, "text": inspect_file(kept.path, spec)[0]})
            except uploads.Refused as why:
                said.append({"name": "", "remark": str(why), "text": ""})
        return self.page("received", said=said, folder=folder.relative_to(self.root).as_posix(), period=folder.relative_to(self.raw).parts[0])

    async def results(self, request: Request) -> Response:
        """The files of one period."""
        folder = self._folder(request)
        if folder is None:
            return self.refuse(words()("missing"), 404)
        files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        return self.page("results", period=folder.name, files=files)

    async def file(self, request: Request) -> Response:
        """One file of the results; the report is shown, the rest is saved."""
        folder = self._folder(request)
        path = (folder / request.path_params["path"]).resolve() if folder else None
        if folder is None or path is None or not path.is_relative_to(folder.resolve()) or not path.is_file():
            return self.refuse(words()("missing"), 404)
        shown = path.suffix == ".html"
        headers = {k: v for k, v in HEADERS.items() if k != "Content-Security-Policy"} if shown else HEADERS  # the report brings its own
        return FileResponse(path, filename=path.name, content_disposition_type="inline" if shown else "attachment", headers=headers)

    async def everything(self, request: Request) -> Response:
        """All results of a period in one file."""
        folder = self._folder(request)
        if folder is None:
            return self.refuse(words()("missing"), 404)
        path = await run_in_threadpool(zipped, folder)
        return FileResponse(path, filename=f"{folder.name}.zip", headers=HEADERS, background=BackgroundTask(path.unlink))

    def _folder(self, request: Request) -> Path | None:
        """The results of the period the address names, if there are any."""
        name = request.path_params["period"]
        return self.clean / name if name in {p.name for p in self.clean.glob("[!.]*") if p.is_dir()} else None


def zipped(folder: Path) -> Path:
    """The folder as a zip in a temporary file."""
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            package.write(path, path.relative_to(folder).as_posix())
    return Path(target.name)


def make_app(root: Path, port: int) -> Starlette:
    """The application. A name that is not this computer's own is not answered: no other site can be made to mean us."""
    site = Site(root, port)
    app = Starlette(
        routes=[
            Route("/", site.home),
            Route("/run", site.run, methods=["POST"]),
            Route("/upload", site.upload, methods=["POST"]),
            Route("/results/{period}.zip", site.everything),
            Route("/results/{period}", site.results),
            Route("/results/{period}/{path:path}", site.file),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))],
    )
    app.state.site = site
    return app
