"""Waiting for what another process does: the one place where tests look again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_EVERY = 0.05  # seconds


def wait_until(
    condition: Callable[[], T], *, seconds: float, what: str, said: Callable[[], str] = str
) -> T:
    """The first truthy value of ``condition``; fails the test after ``seconds``.

    ``said``: what whoever was waited for has to say of itself, for that failure.
    """
    give_up = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < give_up, f"{what}: not within {seconds:g} s\n{said()}"
        time.sleep(LOOK_EVERY)
    return value
