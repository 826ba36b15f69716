"""The maintenance that matters now, known without asking the database each time."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from django.db import DatabaseError
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest
from django.utils import timezone

from portal.status.models import MaintenanceWindow, Phase

log = logging.getLogger(__name__)

_SECONDS = 1.0  # that an answer of the database is good for


@dataclass(slots=True)
class _Known:
    windows: tuple[MaintenanceWindow, ...] = ()
    until: float = 0.0


_known = _Known()
_one_asks = threading.Lock()


def current() -> MaintenanceWindow | None:
    """The window that is under way, if one is."""
    now = timezone.now()
    found = [window for window in _windows() if window.phase(now) is Phase.UNDER_WAY]
    return max(found, key=lambda window: window.planned_end, default=None)


def announced() -> MaintenanceWindow | None:
    """The next window that pages have a banner of."""
    now = timezone.now()
    found = [window for window in _windows() if window.is_announced(now)]
    return min(found, key=lambda window: window.starts_at, default=None)


def forget(**signal: object) -> None:
    """Makes the next question go to the database: a window has changed."""
    _known.until = 0.0


def context(request: HttpRequest) -> dict[str, MaintenanceWindow | None]:
    """Template context processor: the banner of every page."""
    return {"announced_maintenance": announced()}


def _windows() -> tuple[MaintenanceWindow, ...]:
    # While one asks, the others go on with what was known: no page waits for another.
    if time.monotonic() >= _known.until and _one_asks.acquire(blocking=False):
        try:
            _known.windows = tuple(MaintenanceWindow.objects.filter(ended_at=None))
        except DatabaseError:
            # Whether it can be reached is for the page to say; what was known stays.
            log.warning("the database does not say whether there is maintenance")
        finally:
            _known.until = time.monotonic() + _SECONDS
            _one_asks.release()
    return _known.windows


post_save.connect(forget, sender=MaintenanceWindow)
post_delete.connect(forget, sender=MaintenanceWindow)
