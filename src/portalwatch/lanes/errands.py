"""An order on its way through the pool, and what may come of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from portalwatch.account import Account
from portalwatch.model import Attempt, BrowserInfo
from portalwatch.order import Order


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
