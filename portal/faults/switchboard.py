"""Which faults are on, for whom: asked for on every request, so read from memory.

``active("totp_clock_skew", account)`` is what the portal's parts call where a fault would
have its effect. It costs next to nothing while no fault is on.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from django.apps import apps
from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.utils import timezone

from portal.faults.catalogue import CATALOGUE, Value

log = logging.getLogger(__name__)

# What another process of the portal, or a hand in the database, has changed is seen by then.
FRESH_SECONDS = 0.25
# Whoever turns a fault off must always get there.
_SPARED = ("/control/", "/administration/")


@dataclass(frozen=True, slots=True)
class Switched:
    """A fault that is on."""

    name: str
    path: str  # a glob
    account: str  # a User ID; "" is everybody
    browser: str  # "" is every one
    probability: float
    expires_at: datetime | None
    parameters: Mapping[str, Value]

    def applies(self, visit: Visit) -> bool:
        """Whether this request is to have it; by chance, if its probability says so."""
        return (
            fnmatchcase(visit.path, self.path)
            and self.browser in ("", engine(visit.user_agent))
            and (not self.account or self.account == visit.account())
            and (self.expires_at is None or timezone.now() < self.expires_at)
            and (self.probability >= 1 or random.random() < self.probability)  # noqa: S311
        )


class Visit:
    """What a fault's scope looks at: path, browser and account."""

    host = ""  # that the request was sent to

    def __init__(self, path: str, user_agent: str, account: str = "") -> None:
        self.path = path
        self.user_agent = user_agent
        self._account = account

    def account(self) -> str:
        """The User ID; "" for nobody."""
        return self._account

    @property
    def spared(self) -> bool:
        """True for the ways to turn faults off."""
        return self.path.startswith(_SPARED)


class RequestVisit(Visit):
    """A request to Django; who it is from is found out only where a scope asks."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.path, request.headers.get("User-Agent", ""))
        self._request = request
        self.host = request.headers.get("Host", "")

    def account(self) -> str:
        """The User ID of whoever is signed in."""
        user = getattr(self._request, "user", None)
        return user.user_id if user is not None and user.is_authenticated else ""


About = HttpRequest | Visit | str | None


class _Memory:
    """The table of active faults as it was a moment ago.

    Changes made here are seen at once; those of others are looked for in a thread of its
    own, so that no request waits for it, or asks the database more than its page needs.
    """

    def __init__(self) -> None:
        self.rows: tuple[Switched, ...] = ()
        self.reader = ThreadPoolExecutor(1, thread_name_prefix="faults")
        self._until = 0.0
        self._generation = 0
        self._lock = threading.Lock()

    def load(self) -> None:
        """Reads the table, over this thread's connection."""
        generation = self._generation
        rows = tuple(
            _switched(row) for row in apps.get_model("faults", "ActiveFault").objects.all()
        )
        with self._lock:
            # What was read before a change must not be taken for what is there after it.
            if generation == self._generation:
                self.rows, self._until = rows, time.monotonic() + FRESH_SECONDS

    def change(self) -> None:
        with self._lock:
            self._generation += 1
        self.load()

    def refresh(self) -> None:
        with self._lock:
            first, due = self._until == 0, time.monotonic() >= self._until
            if due:
                self._until = time.monotonic() + FRESH_SECONDS
        if first:
            self.reader.submit(self.load).result()
        elif due:
            self.reader.submit(self._load_again)

    def _load_again(self) -> None:
        connection.close_if_unusable_or_obsolete()
        try:
            self.load()
        except DatabaseError as error:
            log.warning("the faults that are on could not be read: %s", error)


_memory = _Memory()
reader = _memory.reader  # for those who need the database and run in an event loop
_visit: ContextVar[Visit | None] = ContextVar("visit", default=None)


def rows() -> Sequence[Switched]:
    """Every fault that is on, for anybody."""
    _memory.refresh()
    return _memory.rows


def active(name: str, about: About = None) -> Mapping[str, Value] | None:
    """The parameters of the fault ``name`` if it is on; None: all is well.

    ``about`` is a request, what is known of one, or the User ID of an account that nobody
    is signed in to yet; without it the request that is being answered is meant.
    """
    on = rows()
    if not on:
        return None
    visit = _of(about)
    if visit.spared:
        return None
    return next((row.parameters for row in on if row.name == name and row.applies(visit)), None)


def host() -> str:
    """The host that the request names which is being answered; "" where none is."""
    visit = _visit.get()
    return visit.host if visit else ""


def changed() -> None:
    """The faults have changed: the next request has them."""
    _memory.change()


@contextmanager
def during(request: HttpRequest) -> Iterator[None]:
    """Inside, ``active`` without a request means this one."""
    token = _visit.set(RequestVisit(request))
    try:
        yield
    finally:
        _visit.reset(token)


def engine(user_agent: str) -> str:
    """The browser engine that a User-Agent names; "" for none that is known."""
    if "Firefox/" in user_agent:
        return "firefox"
    if "Chrome/" in user_agent or "Chromium/" in user_agent:
        return "chromium"
    return "webkit" if "AppleWebKit/" in user_agent else ""


def _of(about: About) -> Visit:
    if isinstance(about, Visit):
        return about
    if isinstance(about, HttpRequest):
        return RequestVisit(about)
    here = _visit.get()
    if about is None:
        return here or Visit("", "")
    return Visit(here.path, here.user_agent, about) if here else Visit("", "", about)


def _switched(row: object) -> Switched:
    fault = CATALOGUE.get(row.name)
    return Switched(
        name=row.name,
        path=row.path or (fault.path if fault else "*"),
        account=row.account.lower(),
        browser=row.browser,
        probability=row.probability,
        expires_at=row.expires_at,
        parameters={**(fault.parameters if fault else {}), **row.parameters},
    )
