"""The seeded state: kept once the database has it, and put back on command.

On SQLite it is a copy of the file, on PostgreSQL one of the tables. With the default records
it is back in well under a second. With a million a file takes a few seconds, and tables,
whose rows are all written and checked anew, more than a minute. A database that had been used
when the portal started is emptied and seeded anew, once, which takes as long as a start does.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from portal.accounts.cast import CastMember, cast
from portal.bundle import services
from portal.control import copied_tables
from portal.faults import messages, switchboard
from portal.recovery import delivery
from portal.seeding import DEFAULT_SIZE, Volume, prepare
from portal.status import maintenance

COPY = "seeded.sqlite3"
_one_at_a_time = threading.Lock()


@dataclass(slots=True)
class _Seed:
    """What the seeded state is made of."""

    members: tuple[CastMember, ...]
    size: Volume
    copied: bool = False


_seed = _Seed(cast(), DEFAULT_SIZE)


def keep(members: tuple[CastMember, ...], size: Volume, *, fresh: bool) -> None:
    """Remembers the seeded state. ``fresh``: the database is in it now, so it is copied."""
    _seed.members, _seed.size, _seed.copied = members, size, False
    if fresh:
        _copy_seeded()


def restore() -> float:
    """Puts the seeded state back, and forgets whatever was kept in memory; how long it took."""
    began = time.perf_counter()
    with _one_at_a_time:
        delivery.drain()  # into the inbox that is emptied below, not the next one
        messages.forget_late()
        if _seed.copied:
            _put_back()
        else:
            call_command("flush", verbosity=0, interactive=False)
            prepare(_seed.members, _seed.size)
            _copy_seeded()
        cache.clear()
        ContentType.objects.clear_cache()
        maintenance.forget()
        services.empty()
        switchboard.changed()
    return time.perf_counter() - began


def _copy_seeded() -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        # A copy of an earlier start may be there: only the whole of it counts.
        _path().unlink(missing_ok=True)
        with closing(sqlite3.connect(_path())) as copy:
            connection.connection.backup(copy)
    else:
        copied_tables.keep()
    _seed.copied = True


def _put_back() -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(_path())) as copy:
            connection.ensure_connection()
            copy.backup(connection.connection)
    else:
        copied_tables.put_back()


def _path() -> Path:
    return settings.CONFIGURATION.data / COPY
