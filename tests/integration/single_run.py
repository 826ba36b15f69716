"""One run of a check as a worker carries it out, against any address, in a warm browser."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright

from portal.accounts.cast import cast
from portalwatch.account import Account
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.browsers import RunningBrowser
from portalwatch.code_ledger import CodeLedger
from portalwatch.diagnosis import PortalSays
from portalwatch.fibers import Fibers
from portalwatch.journey import MESSAGE_SECONDS, Journey
from portalwatch.model import Attempt
from portalwatch.order import Order
from portalwatch.project import StartedPortal
from portalwatch.runner import Surroundings, run
from portalwatch.secret_fields import teach_origins
from portalwatch.secrets import Secret
from portalwatch.sign_in_states import SignInStates

ROOT = Path(__file__).parents[2]
BOTH = ("chromium", "firefox")
ACTION_SECONDS = 2.0  # of one action or expectation

_numbers = itertools.count(1)


class SingleRuns:
    """Carries out checks one by one. ``var``: where evidence and the ledger go."""

    def __init__(self, playwright: Playwright, var: Path) -> None:
        self.fibers = Fibers(playwright)
        teach_origins(playwright)
        self.evidence = var / "evidence"
        self.quarantine = var / "quarantine"
        self.changes = var / "account-changes"
        self.sign_ins = SignInStates(var / "sign-ins")
        self._ledger = CodeLedger(var / "codes.sqlite3")
        self.budget = AttemptBudget(var / "accounts.sqlite3")

    def attempts(
        self,
        check: Callable[[Journey], Any],
        browser: RunningBrowser,
        url: str,
        *,
        account: Account | None = None,
        portal_says: Sequence[PortalSays] = (),
        open_context: Callable[[], Any] | None = None,
        message_seconds: float = MESSAGE_SECONDS,
        restore: Callable[[Journey], Any] | None = None,
        allowed_hosts: frozenset[str] = frozenset(),
        **order: Any,
    ) -> tuple[Attempt, ...]:
        """The attempts at ``check`` on the portal at ``url``; ``order``: fields of its Order."""
        fields: dict[str, Any] = {
            "run_id": f"run-{next(_numbers)}",
            "check": "trouble.check",
            "title": "A check.",
            "browser": browser.info.name,
            "base_url": url,
            "scheduled_at": 0.0,
            "deadline": 30.0,
            "timeout": ACTION_SECONDS,
            "confirm": False,
        }
        on = Surroundings(
            self.fibers,
            self._ledger,
            self.budget,
            self.evidence,
            self.quarantine,
            self.changes,
            ROOT,
            portal_says,
            self.sign_ins,
            message_seconds=message_seconds,
            restore=restore,
            allowed_hosts=allowed_hosts,
        )
        opened = open_context or (lambda: browser.open_context(base_url=url))
        return run(Order(**{**fields, **order}), check, account, opened, on)

    def attempt(self, *arguments: Any, **options: Any) -> Attempt:
        """The last of the attempts; see there."""
        return self.attempts(*arguments, **options)[-1]


def account_of(portal: StartedPortal, key: str, **changes: Any) -> Account:
    """The account ``key`` of the bundled portal, with ``changes`` to its fields."""
    (member,) = [member for member in cast(parallel=40) if member.key == key]
    prefix = f"PORTALWATCH_{key.upper().replace('-', '_')}"
    totp = portal.secrets.get(f"{prefix}_SECRET")
    fields = {
        "key": key,
        "user_id": member.user_id,
        "name": member.name,
        "password": Secret(portal.secrets[f"{prefix}_PASSWORD"]),
        "totp_secret": Secret(totp) if totp else None,
    }
    return Account(**{**fields, **changes})
