"""The state of the test accounts as metrics, read at each scrape."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from portalwatch.account import Account
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.errors import AccountUnavailable

log = logging.getLogger("portalwatch")

# The portal, as ``portal_of`` names it, and the plan's accounts, by their names in it.
Known = Callable[[], tuple[str, Mapping[str, Account]]]


class AccountCollector(Collector):
    """Of each account that runs use: whether it is paused, and how often it has failed."""

    def __init__(self, budget: AttemptBudget, known: Known) -> None:
        self._budget = budget
        self._known = known

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One sample of each metric for each account."""
        paused = GaugeMetricFamily(
            "portalwatch_account_paused",
            "1 while no run uses the account: refused credentials, or no try left before a lock.",
            labels=["account"],
        )
        failed = GaugeMetricFamily(
            "portalwatch_account_failures",
            "Failed sign-ins in a row that the portal may hold against the account.",
            labels=["account"],
        )
        portal, accounts = self._known()
        try:
            shut = self._budget.shut(portal, accounts)
            for name, state in self._budget.of(portal, accounts).items():
                paused.add_metric([name], name in shut and not shut[name].rests)
                failed.add_metric([name], state.held_against(time.time()) if state else 0)
        except AccountUnavailable as exc:
            log.error("%s", exc)  # runs say so, too; the other metrics are wanted all the more
        yield from (paused, failed)
