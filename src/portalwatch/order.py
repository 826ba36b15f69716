"""What a worker is asked to do, and the record of what came of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from portalwatch.model import Attempt, BrowserInfo, Result
from portalwatch.record import Record

VERSIONS = tuple((name, version(name)) for name in ("portalwatch", "playwright"))


@dataclass(frozen=True, slots=True)
class Order(Record):
    """What to run: one check on one browser, with everything a worker must know of the plan."""

    run_id: str
    check: str
    title: str
    browser: str  # the plan's name of it
    base_url: str
    scheduled_at: float
    deadline: float  # seconds for the whole run
    timeout: float  # seconds for one action
    slow_after: float | None = None  # seconds after which a pass is a failure
    reuse_sign_in: float | None = None  # seconds that a sign-in may be used again
    confirm: bool = True  # try a failing run once more at once
    trace: str = "on-retry"  # "off", "on", "retain-on-failure" or "on-retry"
    tags: tuple[str, ...] = ()

    def result(
        self,
        attempts: Sequence[Attempt],
        *,
        browser: BrowserInfo | None = None,
        account: str | None = None,
    ) -> Result:
        """The record of the run; ``browser`` is None where it never came to one."""
        return Result(
            run_id=self.run_id,
            check=self.check,
            title=self.title,
            browser=browser or BrowserInfo.unknown(self.browser),
            account=account,
            scheduled_at=self.scheduled_at,
            attempts=tuple(attempts),
            queue_seconds=max(0.0, attempts[0].started_at - self.scheduled_at),
            tags=self.tags,
            versions=VERSIONS,
        )


def new_run_id(at: float) -> str:
    """An id that sorts by time and is safe in addresses and file names."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(at))}-{secrets.token_hex(4)}"
