"""The monitor's web site: pages, evidence, JSON, metrics and health.

Read-only, without cookies, and without inline code: what pages show was written by a
portal that may be hostile. Everything that reads the store runs in a thread pool.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portalwatch.errors import OperatorError
from portalwatch.model import Result
from portalwatch.render import MonitorFacts, Pages, PlannedCheck
from portalwatch.served_evidence import evidence_response
from portalwatch.status import Status
from portalwatch.store import Store

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}
_FLIPS = 20  # on the status page


def create_app(
    store: Store,
    *,
    pages: Pages,
    evidence: Path,
    facts: Callable[[], MonitorFacts],
    metrics: Callable[[str], tuple[bytes, str]],
    readiness: Callable[[], tuple[bool, str]],
    changes: Callable[[], AsyncIterator[str]],
    clock: Callable[[], float] = time.time,
    hosts: Sequence[str] = ("*",),
) -> Starlette:
    """The site over ``store``; all callables are asked anew for every request.

    ``evidence`` is the folder that paths of evidence are relative to. ``metrics`` gives a
    body with its content type; ``readiness`` whether the monitor does its work, with the
    reason; ``changes`` an endless stream of one text for each stored result, a stream for
    every reader. All but ``changes`` are called in threads. ``hosts``: the names that it is
    asked by; see ``server.allowed_hosts``.
    """
    site = _Site(store, pages, evidence, facts, metrics, readiness, changes, clock)
    return Starlette(
        routes=[
            Route("/", site.status),
            Route("/checks/{check}/{browser}", site.check),
            Route("/runs/{run_id}", site.run),
            Route("/evidence/{path:path}", site.evidence_file),
            Route("/api/status", site.api_status),
            Route("/api/runs/{run_id}", site.api_run),
            Route("/events", site.events),
            Route("/metrics", site.expose_metrics),
            Route("/healthz", site.alive),
            Route("/readyz", site.ready),
            Mount("/static", StaticFiles(directory=pages.static)),
        ],
        middleware=[
            Middleware(_SafeHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts),
        ],
        exception_handlers={
            HTTPException: site.refused,
            OperatorError: site.store_unusable,
            Exception: site.broken,
        },
    )


@dataclass(frozen=True, slots=True)
class _Site:
    """The handlers. Those that are not ``async`` run in the thread pool."""

    store: Store
    pages: Pages
    evidence: Path
    facts: Callable[[], MonitorFacts]
    metrics: Callable[[str], tuple[bytes, str]]
    readiness: Callable[[], tuple[bool, str]]
    changes: Callable[[], AsyncIterator[str]]
    clock: Callable[[], float]

    def status(self, request: Request) -> Response:
        facts, now = self.facts(), self.clock()
        return self._html("status.html.j2", now, facts=facts, page=self._status_page(facts, now))

    def api_status(self, request: Request) -> Response:
        page = self._status_page(self.facts(), self.clock())
        return JSONResponse(self.pages.status_page.as_json(page))

    def check(self, request: Request) -> Response:
        facts, now = self.facts(), self.clock()
        before = _before(request)
        key = check, browser = request.path_params["check"], request.path_params["browser"]
        limit = self.pages.check_page.RUNS + 1
        runs = self.store.results(check=check, browser=browser, limit=limit, before=before)
        planned = _planned(facts, check, browser, runs)
        if planned is None:
            raise HTTPException(404)
        page = self.pages.check_page.build(
            planned,
            status=next(
                (s for s in self.store.statuses() if (s.check, s.browser) == key), Status(*key)
            ),
            hours=self.store.uptime(now - self.pages.uptime.LONGEST, pair=key),
            points=self.store.latencies_of(*key, self.pages.check_page.LATENCIES),
            runs=runs,
            before=before,
            now=now,
        )
        return self._html("check.html.j2", now, facts=facts, page=page)

    def run(self, request: Request) -> Response:
        view = self.pages.run_page.build(self._result(request))
        return self._html("run.html.j2", self.clock(), facts=self.facts(), view=view)

    def api_run(self, request: Request) -> Response:
        result = self._result(request)
        return JSONResponse(
            {
                **result.to_json(),
                "outcome": result.outcome,
                "cause": result.cause,
                "message": result.message,
                "seconds": result.seconds,
                "flaky": result.flaky,
            }
        )

    def evidence_file(self, request: Request) -> Response:
        return evidence_response(self.evidence, request.path_params["path"])

    async def events(self, request: Request) -> Response:
        return EventSourceResponse(ServerSentEvent(data=text) async for text in self.changes())

    def expose_metrics(self, request: Request) -> Response:
        body, content_type = self.metrics(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})

    async def alive(self, request: Request) -> Response:
        return PlainTextResponse("alive\n")

    def ready(self, request: Request) -> Response:
        is_ready, reason = self.readiness()
        return PlainTextResponse(f"{reason}\n", status_code=200 if is_ready else 503)

    def refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            gone = "What it was about may have left the plan, or been cleared away."
            return self._error(404, "There is no such page", gone)
        return self._error(error.status_code, error.detail, "", error.headers)

    def store_unusable(self, request: Request, error: Exception) -> Response:
        return self._error(503, "The monitor cannot read its store", str(error))

    def broken(self, request: Request, error: Exception) -> Response:
        return self._error(500, "The monitor failed to show this page", "Its log says why.")

    def _status_page(self, facts: MonitorFacts, now: float) -> Any:
        return self.pages.status_page.build(
            facts.checks,
            statuses=self.store.statuses(),
            hours=self.store.uptime(now - self.pages.uptime.LONGEST),
            latencies=self.store.latencies(self.pages.status_page.RUNS),
            flips=self.store.flips(_FLIPS),
            now=now,
            watching_since=facts.started_at,
        )

    def _result(self, request: Request) -> Result:
        result = self.store.result(request.path_params["run_id"])
        if result is None:
            raise HTTPException(404)
        return result

    def _html(self, template: str, now: float, **values: Any) -> Response:
        return HTMLResponse(self.pages.html(template, now=now, **values))

    def _error(self, code: int, heading: str, message: str, headers: Any = None) -> Response:
        html = self.pages.html(
            "error.html.j2",
            now=self.clock(),
            facts=self.facts(),
            code=code,
            heading=heading,
            message=message,
        )
        # Given here too: an unforeseen failure is answered outside of _SafeHeaders.
        return HTMLResponse(html, status_code=code, headers={**_HEADERS, **(headers or {})})


class _SafeHeaders:
    """ASGI middleware: ``_HEADERS`` on every response that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_safely)


def _before(request: Request) -> float | None:
    text = request.query_params.get("before")
    if text is None:
        return None
    try:
        before = float(text)
    except ValueError:
        before = math.nan
    if not math.isfinite(before):
        raise HTTPException(400, "“before” is not a point in time")
    return before


def _planned(
    facts: MonitorFacts, check: str, browser: str, runs: list[Result]
) -> PlannedCheck | None:
    """The check as planned; for one that has left the plan, as its runs remember it."""
    for planned in facts.checks:
        if planned.id == check and browser in planned.browsers:
            return planned
    return PlannedCheck(check, runs[0].title, (browser,)) if runs else None
