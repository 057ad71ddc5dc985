"""The pages. Nobody but this computer's own browser is answered, and nothing is done that a page of ours did not ask for."""

from __future__ import annotations

import datetime
import hmac
import secrets
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pipeline.demo import MARK, PERIOD
from pipeline.report.words import page_words
from pipeline.serve import HOST, WHOSE, folders, project_mark, uploads, words
from pipeline.serve.guard import HEADERS, Guard
from pipeline.serve.work import Worker

if TYPE_CHECKING:
    from pipeline.spec import Spec

HOSTS = (HOST, "localhost")
HERE = Path(__file__).parent
ASSETS = {"page.css": "text/css", "page.js": "text/javascript"}
# The report brings its own scripts, named by their hashes in its own policy; being of our origin it must not ask us for anything.
OF_REPORT = HEADERS | {
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
}
Handler = Callable[[Request], Awaitable[Response]]


class Site:
    """The pages over one project folder."""

    def __init__(self, root: Path, port: int) -> None:
        from pipeline.cli import sentence
        from pipeline.shipped import use_project

        use_project(root)
        self.root = root
        self.raw, self.clean = root / "data" / "raw", root / "data" / "clean"
        self.token = secrets.token_urlsafe(24)
        self.origins = tuple(f"http://{host}:{port}" for host in HOSTS)
        self.sentence = partial(sentence, root=root)
        self.worker = Worker(root, self.sentence)
        self.putting = threading.Lock()

    def spec(self) -> Spec:
        """The mappings and rules as they are now; read again only where a file changed."""
        from pipeline.correct.history import input_files

        return _spec(self.root, tuple((p, p.stat().st_mtime_ns) for p in input_files(self.root, [])))

    def warm(self) -> None:
        """Read what the first upload needs while its files are still being looked for; what is wrong is said then."""
        import pipeline.serve.seen  # noqa: F401  (pandas and the rest, some seconds)

        with suppress(Exception):
            self.spec()

    def close(self, patience: float) -> bool:
        """End a run that is going on; did it end in time?"""
        self.worker.stop()
        return self.worker.wait(patience)

    def page(self, name: str, status: int = 200, **content: Any) -> HTMLResponse:
        """One of our pages."""
        known = {"w": words(), "token": self.token, "worker": self.worker, "report": page_words()("file"), "root": self.root}
        return HTMLResponse(template().render(page=name, **known, **content), status)

    def refuse(self, why: str, status: int = 400) -> HTMLResponse:
        """A page that says why something was not done."""
        return self.page("refused", status, why=why)

    # ---- pages to look at

    async def home(self, request: Request) -> Response:
        """What there is, and what can be done."""
        periods = await run_in_threadpool(folders.periods, self.root, MARK)
        return self.page("home", periods=periods, limit=uploads.AT_ONCE, most=uploads.FILES_AT_ONCE, types=uploads.TYPES)

    async def now(self, request: Request) -> Response:
        """The part of the first page that changes while a run is going on."""
        return self.page("now", periods=await run_in_threadpool(folders.periods, self.root, MARK))

    async def period(self, request: Request) -> Response:
        """The files of one period, and what each was taken for."""
        name = request.path_params["period"]
        if name not in folders.period_names(self.raw):
            return self.refuse(words()("missing"), 404)
        return self.page("period", period=name, files=await run_in_threadpool(folders.given, self.root, name))

    async def progress(self, request: Request) -> Response:
        """What `qingxi status` says today."""
        from pipeline.status import status_text

        today = datetime.date.today().strftime("%Y%m%d")
        return self.page("progress", text=await run_in_threadpool(status_text, self.root, today))

    async def results(self, request: Request) -> Response:
        """The results of one period, the most wanted first."""
        folder = self._results(request)
        if folder is None:
            return self.refuse(words()("missing"), 404)
        return self.page("results", period=folder.name, groups=folders.groups(folder, words().names("outputs")))

    # ---- files to take away

    async def file(self, request: Request) -> Response:
        """One file of the results; a report is shown, the rest is saved."""
        folder, wanted = self._results(request), request.path_params["path"]
        if folder is None or wanted not in await run_in_threadpool(folders.result_files, folder):
            return self.refuse(words()("missing"), 404)
        path = folder / wanted
        if path.suffix == ".html" and "save" not in request.query_params:
            return FileResponse(path, filename=path.name, content_disposition_type="inline", headers=OF_REPORT)
        return FileResponse(path, filename=path.name)

    async def everything(self, request: Request) -> Response:
        """All results of a period in one package, or those of one folder."""
        folder, part = self._results(request), request.query_params.get("folder", "")
        files = [f for f in folders.result_files(folder) if not part or f.startswith(f"{part}/")] if folder else []
        if folder is None or not files:
            return self.refuse(words()("missing"), 404)
        path = await run_in_threadpool(folders.zipped, folder, files)
        return FileResponse(path, filename=f"{folder.name}{part}.zip", background=BackgroundTask(_remove, path))

    async def asset(self, request: Request) -> Response:
        """Our own style and script."""
        name = request.path_params["name"]
        return FileResponse(HERE / name, media_type=ASSETS[name]) if name in ASSETS else self.refuse(words()("missing"), 404)

    def _results(self, request: Request) -> Path | None:
        """The results of the period the address names, if there are any."""
        name = request.path_params["period"]
        return self.clean / name if name in folders.period_names(self.clean) else None

    # ---- things to do; what another site asks for never gets here

    async def _form(self, request: Request) -> FormData | None:
        """The fields of a form of ours; None where its token is not the one our pages hold."""
        form = await request.form(max_files=0, max_fields=8)
        return form if self._ours(form) else None

    def _ours(self, form: FormData) -> bool:
        return hmac.compare_digest(str(form.get("token") or "").encode(), self.token.encode())

    async def run(self, request: Request) -> Response:
        """Begin to clean a period."""
        form = await self._form(request)
        if form is None:
            return self.refuse(words()("forbidden"), 403)
        period = str(form.get("period") or "")
        if period not in folders.period_names(self.raw):
            return self.refuse(words()("bad_period"))
        if self.putting.locked() or not self.worker.start(period, share=form.get("share") == "1"):
            return self.refuse(words()("putting" if self.putting.locked() else "busy"), 409)
        return _back()

    async def stop(self, request: Request) -> Response:
        """End the run that is going on."""
        if await self._form(request) is None:
            return self.refuse(words()("forbidden"), 403)
        self.worker.stop()
        return _back()

    async def demo(self, request: Request) -> Response:
        """Make the invented township and clean it."""
        if await self._form(request) is None:
            return self.refuse(words()("forbidden"), 403)
        if folders.period_names(self.raw):
            return self.refuse(words()("demo_over_data"), 409)
        return _back() if self.worker.start(PERIOD, before=self._make_demo) else self.refuse(words()("busy"), 409)

    def _make_demo(self) -> None:
        from pipeline.demo import make_demo

        self.worker.stage(words()("making_demo"))
        make_demo(self.root)

    async def demo_away(self, request: Request) -> Response:
        """Take the invented township away."""
        from pipeline.demo import clear_demo

        if await self._form(request) is None:
            return self.refuse(words()("forbidden"), 403)
        if self.worker.busy or self.putting.locked():
            return self.refuse(words()("busy"), 409)
        try:
            clear_demo(self.root)
        except OSError as error:
            return self.refuse(self.sentence(error), 409)
        self.worker.forget()
        return _back()

    async def take_out(self, request: Request) -> Response:
        """Move a file out of a period."""
        form = await self._form(request)
        if form is None:
            return self.refuse(words()("forbidden"), 403)
        if self.worker.busy:
            return self.refuse(words()("busy"), 409)
        period, name = str(form.get("period") or ""), str(form.get("file") or "")
        try:
            moved = folders.take_out(self.raw, period, name) if period in folders.period_names(self.raw) else None
        except OSError as error:
            return self.refuse(self.sentence(error), 409)
        if moved is None:
            return self.refuse(words()("missing"), 404)
        return self.page("taken", period=period, file=name, where=moved.relative_to(self.root).as_posix())

    async def upload(self, request: Request) -> Response:
        """Keep what was sent and say what each file was taken for."""
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > uploads.AT_ONCE:
            return self.refuse(words()("too_large", limit=uploads.AT_ONCE // uploads.MEGABYTE), 413)
        if self.worker.busy:
            return self.refuse(words()("busy"), 409)
        try:
            async with request.form(max_files=uploads.FILES_AT_ONCE, max_fields=8) as form:
                if not self._ours(form):
                    return self.refuse(words()("forbidden"), 403)
                return await run_in_threadpool(self._keep_all, form)
        except uploads.Refused as why:
            return self.refuse(str(why))
        except HTTPException:  # the form itself: too many files, or no form at all
            return self.refuse(words()("too_many", limit=uploads.FILES_AT_ONCE))

    def _keep_all(self, form: FormData) -> Response:
        from pipeline.spec import SpecError

        period, kind = str(form.get("period") or "").strip(), str(form.get("kind") or "")
        folder = uploads.period_folder(self.raw, period, kind)
        sent = [f for f in form.getlist("file") if isinstance(f, UploadFile) and f.filename]
        if not sent:
            raise uploads.Refused(words()("nothing_sent"))
        with self.putting:
            if self.worker.busy:
                raise uploads.Refused(words()("busy"))
            try:
                spec = self.spec()
                said = [one for file in sent for one in self._keep(file, folder, period, spec)]
            except (SpecError, OSError) as error:
                raise uploads.Refused(self.sentence(error)) from None
        for one in said:
            one["rank"] = int(one["seen"] is not None and one["seen"].good)  # what asks for attention comes first
        return self.page("received", said=said, period=period, good=sum(one["rank"] for one in said))

    def _keep(self, file: UploadFile, folder: Path, period: str, spec: Any) -> list[dict[str, Any]]:
        """One sent file, or all that a sent package holds."""
        from pipeline.serve.seen import put_right, see

        said: list[dict[str, Any]] = []
        for kept in uploads.keep(file.file, str(file.filename), folder):
            if isinstance(kept, uploads.Refused):
                said.append({"name": "", "file": "", "remarks": [str(kept)], "seen": None})
                continue
            home = self.raw / period
            seen = see(kept.path, kept.path.relative_to(home).as_posix(), spec)
            path, moved = put_right(kept.path, home, seen)
            remarks = [r for r in (kept.remark, moved) if r]
            said.append({"name": path.name, "file": path.relative_to(home).as_posix(), "remarks": remarks, "seen": seen})
        return said

    # ---- what went wrong

    async def lost(self, request: Request, error: Exception) -> Response:
        """An address that is no page of ours."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self.refuse(words()("missing"), status)

    async def fault(self, request: Request, error: Exception) -> Response:
        """A fault of our own, told without what any cell held."""
        answer = self.refuse(self.sentence(error), 500)
        answer.headers.update(HEADERS)  # given outside of what guards the rest
        return answer


@lru_cache(maxsize=1)
def _spec(root: Path, seen: tuple[Any, ...]) -> Spec:
    from pipeline.spec import load_spec

    return load_spec(root)


def _back() -> Response:
    return RedirectResponse("/", 303)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


@lru_cache(maxsize=1)
def template() -> Any:
    """The pages, once for all."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    env = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.filters["address"] = lambda path: quote(str(path))  # every part as it stands, the slashes kept
    return env.get_template("pages.html")


def make_app(root: Path, port: int) -> Starlette:
    """The application. A name that is not this computer's own is not answered: no other site can be made to mean us."""
    site = Site(root, port)
    doing: Sequence[tuple[str, Handler]] = (
        ("/run", site.run), ("/stop", site.stop), ("/demo", site.demo), ("/demo-away", site.demo_away), ("/upload", site.upload),
        ("/take-out", site.take_out),
    )  # fmt: skip
    seeing: Sequence[tuple[str, Handler]] = (
        ("/", site.home), ("/now", site.now), ("/progress", site.progress), ("/period/{period}", site.period), ("/asset/{name}", site.asset),
        ("/results/{period}.zip", site.everything), ("/results/{period}", site.results), ("/results/{period}/{path:path}", site.file),
    )  # fmt: skip
    app = Starlette(
        routes=[*(Route(path, do, methods=["POST"]) for path, do in doing), *(Route(path, see) for path, see in seeing)],
        middleware=[
            Middleware(Guard, origins=site.origins, refusal=bytes(site.refuse(words()("forbidden")).body), mark=(WHOSE, project_mark(root))),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False),
        ],
        exception_handlers={HTTPException: site.lost, Exception: site.fault},
    )
    app.state.site = site
    return app
