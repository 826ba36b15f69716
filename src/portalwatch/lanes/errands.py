"""An order on its way through the pool, and what may come of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from portalwatch.account import Account
from portalwatch.model import Attempt, BrowserInfo, Cause, Result
from portalwatch.runner import Order

VERSIONS = tuple((name, version(name)) for name in ("portalwatch", "playwright"))


@dataclass(frozen=True, slots=True)
class Done:
    """A worker's answer: its attempts at the order, and the browser they were made on."""

    attempts: tuple[Attempt, ...]
    browser: BrowserInfo


@dataclass(frozen=True, slots=True)
class Lost:
    """There was no answer; ``attempt`` is the record of what was lost."""

    attempt: Attempt
    final: bool = False  # another try is of no use: the run itself is to blame, or nobody works
    suspect: bool = False  # nobody knows what ended the worker: it may have been this run


Answer = Done | Lost


@dataclass(slots=True, eq=False)
class Errand:
    """An order with its account, and the answer that somebody waits for."""

    order: Order
    account: Account | None
    answer: asyncio.Future[Answer]

    def settle(self, answer: Answer) -> None:
        """Give ``answer``, unless nobody waits for it any more."""
        if not self.answer.done():
            self.answer.set_result(answer)


def lost_attempt(cause: Cause, message: str, began: float) -> Attempt:
    """The record of an attempt of which nothing is known but when it began and why it ended."""
    seconds = max(0.0, time.time() - began)
    return Attempt(cause.outcome, cause, message, started_at=began, seconds=seconds)


def result_of(
    order: Order,
    account: str | None,
    attempts: Sequence[Attempt],
    browser: BrowserInfo | None = None,
) -> Result:
    """The record of a run; ``browser`` is None where it never came to one."""
    return Result(
        run_id=order.run_id,
        check=order.check,
        title=order.title,
        browser=browser or _unknown(order.browser),
        account=account,
        scheduled_at=order.scheduled_at,
        attempts=tuple(attempts),
        queue_seconds=max(0.0, attempts[0].started_at - order.scheduled_at),
        tags=order.tags,
        versions=VERSIONS,
    )


def _unknown(browser: str) -> BrowserInfo:
    return BrowserInfo(browser, "unknown", "unknown", "unknown", "unknown")
