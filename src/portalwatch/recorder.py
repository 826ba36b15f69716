"""What the pages of one attempt did, seen from outside: console, requests, crashes, vitals."""

from __future__ import annotations

import inspect
import json
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    WebError,
)
from playwright.sync_api import Error as PlaywrightError

from portalwatch import credentials_seen
from portalwatch.account import host_of
from portalwatch.fibers import Patience
from portalwatch.model import ConsoleEntry, FailedRequest, PageVitals

KEEP = 200  # entries of each kind; a page that logs in a loop must not fill our memory
TEXT_LIMIT = 2_000  # characters of one console entry
# Pages of the browser's, which complain on the console too: Firefox's of a refused connection.
_BROWSERS_OWN = ("about:neterror", "about:certerror", "chrome:", "chrome-error:", "resource:")
_ONE_EVENT = inspect.signature(lambda event: None)
VITALS_SECONDS = 1.0  # how long the last page may take to tell its vitals

# Tells the vitals of a document that was left on the console, and those of the open one when
# it is asked, under a word that the page cannot know. The
# values follow https://web.dev/articles/vitals; inp is the longest interaction, as that
# article defines it for under 50 interactions.
# A document that is left hands them to the next of its origin and tab, for Chromium no
# longer delivers what a page says in pagehide, and a beforeunload costs each navigation 5 ms.
_VITALS_SCRIPT = """(() => {
  if (window.top !== window) return;
  const vitals = {};
  const types = PerformanceObserver.supportedEntryTypes || [];
  const see = {
    'paint': e => { if (e.name === 'first-contentful-paint') vitals.fcp = e.startTime; },
    'largest-contentful-paint': e => { vitals.lcp = e.startTime; },
    'layout-shift': e => { if (!e.hadRecentInput) vitals.cls += e.value; },
    'event': e => { if (e.interactionId) vitals.inp = Math.max(vitals.inp || 0, e.duration); },
  };
  if (types.includes('layout-shift')) vitals.cls = 0;
  const observer = new PerformanceObserver(
    list => list.getEntries().forEach(e => see[e.entryType](e)));
  for (const type of Object.keys(see).filter(type => types.includes(type)))
    observer.observe({type, buffered: true, durationThreshold: 16});
  const told = () => {
    const navigation = performance.getEntriesByType('navigation')[0];
    if (navigation && navigation.responseStart) vitals.ttfb = navigation.responseStart;
    return 'WORD' + JSON.stringify({
      id: performance.timeOrigin, url: location.origin + location.pathname, ...vitals});
  };
  addEventListener('WORD', e => { e.detail.told = told(); });
  try {  // a page may be denied its storage
    const before = sessionStorage.getItem('WORD');
    if (before) console.debug(before);
    sessionStorage.removeItem('WORD');
    addEventListener('pagehide', () => {
      try { sessionStorage.setItem('WORD', told()); } catch {}  // it may be full
    });
  } catch {}
})()"""

# Asks the page for them, by an event of that word.
_ASK_VITALS = """word => {
  const asked = new CustomEvent(word, {detail: {}});
  dispatchEvent(asked);
  return asked.detail.told;
}"""


@dataclass(frozen=True, slots=True)
class PendingDocument:
    """A document that was asked for and has not been answered."""

    method: str
    url: str  # without query and fragment
    seconds: float  # how long it has been waited for

    def __str__(self) -> str:
        return f"{self.method} {self.url} for {self.seconds:.1f} s"


class Recorder:
    """Listens to ``context`` from before its first page until ``finish()``.

    ``clock`` gives seconds since the attempt's start, ``hosts`` are those that the journey may
    be led to; none: any. ``strayed`` is told each page that asks for one of another. The
    document of a frame inside the page is of the kind ``iframe``: it is no more than a part of
    the page, like a picture.
    """

    def __init__(
        self,
        context: BrowserContext,
        clock: Callable[[], float],
        *,
        hosts: Collection[str] = (),
        strayed: Callable[[Page | None], object] = lambda page: None,
    ) -> None:
        self._clock = clock
        self._hosts = frozenset(hosts)
        self._strayed = strayed
        self._strayed_to: str | None = None
        self._word = f"portalwatch-{secrets.token_hex(8)}"
        self._vitals: dict[float, PageVitals] = {}
        self._pending: dict[Request, float] = {}
        self.console: list[ConsoleEntry] = []
        self.failed_requests: list[FailedRequest] = []
        self.tokens: set[str] = set()  # in the addresses of documents
        self.page_crashed = False
        self.closed_by_check = False
        self.clock_drift: float | None = None  # seconds that ours is ahead of the portal's
        self._closed = False
        listeners: dict[str, Callable[[Any], None]] = {
            "console": self._on_console,
            "weberror": self._on_web_error,
            "request": self._on_request,
            "response": self._on_response,
            "requestfailed": self._on_request_failed,
            "page": self._on_page,
        }
        for event, listener in listeners.items():
            context.on(event, _signed(listener))  # type: ignore[call-overload]
        self._watch_closing(context)
        context.add_init_script(_VITALS_SCRIPT.replace("WORD", self._word))

    def _watch_closing(self, context: BrowserContext) -> None:
        close = context.close

        def closed(**options: Any) -> None:
            self.closed_by_check = True
            close(**options)

        context.close = closed  # type: ignore[method-assign]

    def strayed_to(self) -> str | None:
        """The first host of a page that the journey was led to and may not be."""
        return self._strayed_to

    def pending_document(self) -> PendingDocument | None:
        """The oldest document that an open page asked for and that is not answered yet."""
        for request, since in self._pending.items():
            if (page := _page_of(request)) is None or not page.is_closed():
                url = _address(request.url)
                return PendingDocument(request.method, url, self._clock() - since)
        return None

    def failed_since(self, offset: float) -> tuple[FailedRequest, ...]:
        """The failed requests seen since ``offset`` seconds into the attempt."""
        return tuple(r for r in self.failed_requests if r.offset >= offset)

    def finish(self, page: Page, patience: Patience) -> tuple[PageVitals, ...]:
        """The vitals of every document, the one that is still open included."""
        # A page that is gone, stuck, or has no script of ours has no more to tell; what it says
        # then is no vitals, and raises. The verdict stands.
        patience.ask(
            VITALS_SECONDS,
            lambda: self._see_vitals(page.evaluate(_ASK_VITALS, self._word)),
            None,
        )
        return tuple(self._vitals.values())

    def withhold_console(self) -> None:
        """Forget what the pages said on the console, for nobody knows what must be masked in it."""
        told = "(withheld: it is not known what must be masked in it)"
        self.console = [replace(entry, text=told) for entry in self.console]

    def close(self) -> None:
        """Take no more notice: from here on it is we who work on the page.

        A policy of the portal's forbids the style of our screenshots, which Firefox tells.
        """
        self._closed = True

    def _on_console(self, message: ConsoleMessage) -> None:
        text = message.text
        if text.startswith(self._word):
            self._see_vitals(text)
        elif message.type in ("error", "warning"):
            url = str(message.location.get("url", ""))
            self._keep_console(message.type, text, url)

    def _on_web_error(self, error: WebError) -> None:
        page = error.page
        self._keep_console("exception", str(error.error), page.url if page else "")

    def _keep_console(self, level: str, text: str, url: str) -> None:
        if not self._closed and len(self.console) < KEEP and not url.startswith(_BROWSERS_OWN):
            entry = ConsoleEntry(level, text[:TEXT_LIMIT], _address(url), self._clock())
            self.console.append(entry)

    def _see_vitals(self, text: str) -> None:
        told: dict[str, Any] = json.loads(text.removeprefix(self._word))
        if not told["url"].startswith("http"):
            return  # about:blank has vitals too
        milliseconds = {k: told[k] / 1000 for k in ("ttfb", "fcp", "lcp", "inp") if k in told}
        vitals = PageVitals(url=told["url"], cls=told.get("cls"), **milliseconds)
        # A page that is come back to tells again when it is left again: the last word counts.
        self._vitals[told["id"]] = vitals

    def _on_request(self, request: Request) -> None:
        if _kind(request) == "document":
            self._pending[request] = self._clock()
            host = host_of(request.url) if request.url.startswith("http") else ""
            if host and self._hosts and host not in self._hosts:
                self._strayed_to = self._strayed_to or host
                self._strayed(_page_of(request))
            if len(self.tokens) < KEEP:
                self.tokens.update(credentials_seen.of_address(request.url))

    def _on_response(self, response: Response) -> None:
        request = response.request
        self._pending.pop(request, None)
        if _kind(request) == "document":
            self._compare_clocks(response.headers.get("date", ""))
        if response.status >= 400:
            self._keep_request(request, response.status, response.status_text)

    def _compare_clocks(self, date: str) -> None:
        try:
            drift = time.time() - parsedate_to_datetime(date).timestamp()
        except ValueError:  # none, or none of that form (RFC 9110, 6.6.1)
            return
        # An answer that was slow, or lay in a cache, makes our clock seem further ahead, and none
        # makes it seem further behind.
        if self.clock_drift is None or drift < self.clock_drift:
            self.clock_drift = drift

    def _on_request_failed(self, request: Request) -> None:
        self._pending.pop(request, None)
        self._keep_request(request, None, request.failure or "failed")

    def _keep_request(self, request: Request, status: int | None, error: str) -> None:
        kind = _kind(request)
        # However many pictures have failed: what became of the page itself decides the cause.
        if len(self.failed_requests) < (2 * KEEP if kind == "document" else KEEP):
            self.failed_requests.append(
                FailedRequest(
                    method=request.method,
                    url=_address(request.url),
                    kind=kind,
                    status=status,
                    error=error[:TEXT_LIMIT],
                    offset=self._clock(),
                )
            )

    def _on_page(self, page: Page) -> None:
        page.on("crash", self._on_crash)

    def _on_crash(self, _: Page) -> None:
        self.page_crashed = True


def _signed(listener: Callable[[Any], None]) -> Callable[[Any], None]:
    """``listener`` with its signature ready: Playwright works it out anew at every event."""

    def signed(event: Any) -> None:
        listener(event)

    signed.__signature__ = _ONE_EVENT  # type: ignore[attr-defined]
    return signed


def _kind(request: Request) -> str:
    """Playwright's resource type, with ``iframe`` for what it calls a document too."""
    if request.resource_type != "document":
        return request.resource_type
    try:
        inner = request.frame.parent_frame is not None
    except PlaywrightError:  # the first document of a popup is asked for before its frame is there
        inner = False
    return "iframe" if inner else "document"


def _page_of(request: Request) -> Page | None:
    try:
        return request.frame.page
    except PlaywrightError:
        return None


def _address(url: str) -> str:
    """``url`` without query and fragment, which may hold tokens."""
    return url.partition("#")[0].partition("?")[0][:TEXT_LIMIT]
