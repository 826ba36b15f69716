"""What works, from looking: the database, the mail server, the gateway of the texts."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, models

from portal.accounts.models import Provider
from portal.financing.models import DailyFigures, Transaction
from portal.status import maintenance
from portal.status.models import Incident

_SECONDS = 15.0  # that a look is good for: visitors must not keep the servers busy
_PATIENCE = 3.0  # seconds for a server to answer


class State(StrEnum):
    """How one part of the portal is."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    OUTAGE = "outage"
    MAINTENANCE = "maintenance"
    NOT_SET_UP = "not set up"  # by the configuration of this installation


# The worst first. What is not set up cannot fail.
_SEVERITY = (State.MAINTENANCE, State.OUTAGE, State.DEGRADED)


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the portal, by the name that the public knows."""

    key: str
    name: str
    state: State
    note: str = ""


@dataclass(slots=True)
class _Known:
    components: tuple[Component, ...] = ()
    until: float = 0.0


_known = _Known()
_one_looks = threading.Lock()


def components() -> tuple[Component, ...]:
    """Every component, in the order of the page."""
    # While one looks, the others go by what was known; only the first ones wait.
    if time.monotonic() >= _known.until and _one_looks.acquire(blocking=not _known.components):
        try:
            if time.monotonic() >= _known.until:
                _known.components = _look()
                _known.until = time.monotonic() + _SECONDS
        finally:
            _one_looks.release()
    found = _known.components
    if maintenance.current():
        return tuple(Component(part.key, part.name, State.MAINTENANCE) for part in found)
    return found


def overall(parts: tuple[Component, ...]) -> State:
    """The state of the portal as a whole: an outage only where every part is out."""
    states = {part.state for part in parts}
    if State.OUTAGE in states and len(states - {State.NOT_SET_UP}) > 1:
        return State.DEGRADED
    return next((state for state in _SEVERITY if state in states), State.OPERATIONAL)


def forget() -> None:
    """Makes the next question look anew."""
    _known.until = 0.0


def _look() -> tuple[Component, ...]:
    names = Incident.Component
    return (
        _stored(names.SIGN_IN, Provider),
        _stored(names.DASHBOARD, DailyFigures),
        _stored(names.PAYMENTS, Transaction),
        _messaging(),
    )


def _stored(which: Incident.Component, model: type[models.Model]) -> Component:
    """A component that works where its records can be read."""
    try:
        model.objects.values_list("pk")[:1].get()
    except model.DoesNotExist:
        pass
    except DatabaseError:
        return Component(which.value, which.label, State.OUTAGE, "Records cannot be read.")
    return Component(which.value, which.label, State.OPERATIONAL)


def _messaging() -> Component:
    which = Incident.Component.MESSAGING
    ways = {
        "Mail": (settings.CONFIGURATION.smtp, _takes_mail),
        "Texts": (settings.CONFIGURATION.sms_url, _takes_texts),
    }
    used = {name: reaches(to) for name, (to, reaches) in ways.items() if to}
    if not used:
        return Component(which.value, which.label, State.NOT_SET_UP)
    failing = [name for name, works in used.items() if not works]
    if not failing:
        return Component(which.value, which.label, State.OPERATIONAL)
    state = State.OUTAGE if len(failing) == len(used) else State.DEGRADED
    return Component(
        which.value, which.label, state, f"{' and '.join(failing)} cannot be sent at the moment."
    )


def _takes_mail(address: str) -> bool:
    host, _, port = address.rpartition(":")

    def greet() -> None:
        with smtplib.SMTP(host.strip("[]"), int(port), timeout=_PATIENCE) as server:
            server.noop()

    return _answers(greet)


def _takes_texts(address: str) -> bool:
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)

    def connect() -> None:
        socket.create_connection((parts.hostname or "", port), timeout=_PATIENCE).close()

    return _answers(connect)


def _answers(ask: Callable[[], None]) -> bool:
    try:
        ask()
    except (OSError, smtplib.SMTPException):
        return False
    return True
