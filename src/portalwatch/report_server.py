"""A run report over HTTP, with the trace viewer that ships with Playwright.

The viewer cannot read a trace from disk: it fetches it, by a script that browsers run only
for pages of a server. The report's own script finds the viewer by a ``meta`` element that
is put into the page on its way out: a page that is opened from disk has none.
"""

from __future__ import annotations

from pathlib import Path

import playwright
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portalwatch.errors import OperatorError
from portalwatch.plan_values import Address
from portalwatch.report_file import EVIDENCE
from portalwatch.served_evidence import evidence_response
from portalwatch.server import allowed_hosts

VIEWER = "/trace/index.html"
# A path that Playwright does not promise: where it has moved, traces are for the command.
_VIEWER_FOLDER = "driver/package/lib/vite/traceViewer"
_HEADERS = {
    # The page has a policy of its own, in a meta element; this it cannot say there.
    "content-security-policy": "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, no-store",
}
_VIEWER_HEADERS = {
    "content-security-policy": "default-src 'self' blob: data: 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; object-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


def create_report_app(folder: Path, address: Address) -> Starlette:
    """The site of the report in ``folder``, for requests to ``address`` by its own names.

    Raises ``OperatorError`` where ``folder`` holds no report.
    """
    index = folder / "index.html"
    if not index.is_file():
        raise OperatorError(
            f"{index}: there is no such report (portalwatch report, or"
            " pytest --portalwatch-report=DIR, writes one)"
        )
    viewer = viewer_folder()

    def page(request: Request) -> Response:
        html = index.read_text(encoding="utf-8")
        return HTMLResponse(with_viewer(html) if viewer else html, headers=_HEADERS)

    def evidence(request: Request) -> Response:
        return evidence_response(folder / EVIDENCE, request.path_params["path"])

    def no_viewer(request: Request) -> Response:
        told = "This Playwright brings no trace viewer along: use playwright show-trace FILE.\n"
        return PlainTextResponse(told, status_code=404)

    traces = Mount("/trace", _viewer(viewer)) if viewer else None
    return Starlette(
        routes=[
            Route("/", page),
            Route(f"/{EVIDENCE}/{{path:path}}", evidence),
            traces or Route("/trace/{path:path}", no_viewer),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(address))],
    )


def _viewer(folder: Path) -> ASGIApp:
    """Playwright's viewer: it shows pages as they were, and sends nothing to any other host."""
    files = StaticFiles(directory=folder)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_VIEWER_HEADERS)
            await send(message)

        await files(scope, receive, send_guarded)

    return answer


def viewer_folder() -> Path | None:
    """The folder of Playwright's trace viewer, where there is one."""
    folder = Path(playwright.__file__).parent / _VIEWER_FOLDER
    return folder if (folder / "index.html").is_file() else None


def with_viewer(html: str) -> str:
    """The report's page ``html``, which is told where the viewer is."""
    meta = f'<meta name="portalwatch-serve" content="{VIEWER}">'
    return html.replace("<head>", f"<head>\n{meta}", 1)
