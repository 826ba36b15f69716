"""The portals under test: in both disclosure modes, with times of real use and short ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import pytest

from tests.conformance.client import ConformingPortal, conforming_portal
from tests.conformance.rows import CODE, DISABLED_AFTER, IDLE, LOCK, RECOVERY, SESSION, Portals

_SHORT = {
    "PORTAL_LOCK_SECONDS": str(LOCK),
    "PORTAL_CODE_SECONDS": str(CODE),
    "PORTAL_RECOVERY_SECONDS": str(RECOVERY),
    "PORTAL_IDLE_SECONDS": str(IDLE),
    "PORTAL_SESSION_SECONDS": str(SESSION),
    "PORTAL_DISABLE_TRIES": str(DISABLED_AFTER),
}


@pytest.fixture(scope="session")
def portals_of() -> Iterator[Callable[[str], Portals]]:
    """The portals of a disclosure mode; started when they are first asked for."""
    started: dict[str, Portals] = {}
    # Two start side by side: most of it is work that a core does alone.
    with ExitStack() as running, ThreadPoolExecutor(2) as pool:

        def start(mode: str, settings: dict[str, str]) -> ConformingPortal:
            return running.enter_context(conforming_portal(mode, **settings))

        def of(mode: str) -> Portals:
            if mode not in started:
                started[mode] = Portals(*pool.map(partial(start, mode), ({}, _SHORT)))
            return started[mode]

        yield of


@pytest.fixture
def portals(portals_of: Callable[[str], Portals], request: pytest.FixtureRequest) -> Portals:
    """Those of the mode that the test is for."""
    return portals_of(request.getfixturevalue("mode"))
