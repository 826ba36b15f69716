"""What a check receives: the page, the account, and the words to tell its story with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page

from portalwatch.account import Account
from portalwatch.code_ledger import CodeLedger
from portalwatch.errors import ClaimFailed, ConfigError, Deadline
from portalwatch.fibers import Fibers
from portalwatch.model import Cause, Measure, Outcome, Step
from portalwatch.secrets import Secret
from portalwatch.totp import PERIOD, SAFE_MARGIN, next_step_start

CODE_WAIT = "wait_for_code_seconds"  # the measure that holds what waiting for a fresh step cost


class Journey:
    """One attempt at a check, from the check's side.

    ``page``      the browser's page, in a fresh context with the portal as base URL
    ``account``   the test account leased for this run
    ``base_url``  the portal's address
    """

    def __init__(
        self,
        *,
        page: Page,
        account: Account | None,
        base_url: str,
        ledger: CodeLedger,
        fibers: Fibers,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.page = page
        self.base_url = base_url
        self._account = account
        self._ledger = ledger
        self._fibers = fibers
        self._clock = clock
        self._timer = timer
        self._started = timer()
        self._waited = 0.0
        self._open: list[int] = []  # positions in _steps of the steps that are open now
        self._steps: list[Step] = []
        self.measures: list[Measure] = []
        self.attachments: list[tuple[str, bytes, str]] = []
        self.used_codes: list[str] = []
        self.failed_step_offset = 0.0
        self.expected: set[Cause] = set()  # what the failed steps wanted the portal to say

    @property
    def account(self) -> Account:
        """The account of this run. Raises ``ConfigError`` where the plan gives none."""
        if self._account is None:
            raise ConfigError(
                "this check uses journey.account, and its entry in portalwatch.yaml names"
                " none (add 'account: NAME')"
            )
        return self._account

    @property
    def elapsed(self) -> float:
        """Seconds since the attempt began, without those spent waiting for a fresh code."""
        return self._timer() - self._started - self._waited

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps so far, in the order they began."""
        return tuple(self._steps)

    @contextmanager
    def step(self, name: str, *, expects: Cause | None = None) -> Iterator[None]:
        """A named, timed part of the journey; may be nested. An exception fails it.

        ``expects``: what the portal is meant to say in this step. Where a refusal is the
        point, its text on the page does not explain why the step failed.
        """
        position, level, offset = len(self._steps), len(self._open), self.elapsed
        # Written down as failed at once: a run that is killed shows where it stood.
        self._steps.append(Step(name, Outcome.ERROR, offset, 0.0, level, "did not end"))
        self._open.append(position)
        outcome, error = Outcome.PASS, None
        try:
            yield
        except (Exception, Deadline) as exc:
            outcome, error = Outcome.FAIL, _first_line(exc)
            self.failed_step_offset = max(self.failed_step_offset, offset)
            if expects is not None:
                self.expected.add(expects)
            raise
        finally:
            self._open.pop()
            self._steps[position] = Step(name, outcome, offset, self.elapsed - offset, level, error)

    def require(self, claim: bool, message: str, *, cause: Cause | None = None) -> None:
        """Fail the check with ``message`` unless ``claim`` holds. Raises ``ClaimFailed``."""
        if not claim:
            raise ClaimFailed(message, cause=cause)

    def attach(self, name: str, data: bytes | str, media_type: str = "text/plain") -> None:
        """Keep ``data`` with the run's evidence, whatever its outcome."""
        content = data.encode() if isinstance(data, str) else data
        self.attachments.append((name, content, media_type))

    def measure(self, name: str, value: float, unit: str = "seconds") -> None:
        """Record a number of this run, such as a delivery time."""
        self.measures.append(Measure(name, value, unit))

    def enter_secret(self, locator: Locator, secret: Secret | None) -> None:
        """Type ``secret`` into ``locator``, on an origin that the account allows.

        Raises ``ConfigError``, with nothing typed, on any other origin: a redirect to a
        look-alike must not harvest a test account.
        """
        if secret is None:
            raise ConfigError(f"accounts.{self.account.key}: the secret to type is not configured")
        origin = origin_of(locator.page.url)
        allowed = self.account.origins or (origin_of(self.base_url),)
        if origin not in allowed:
            raise ConfigError(
                f"accounts.{self.account.key}: refused to type a secret on {origin}"
                f" (allowed: {', '.join(allowed)}; add it to the account's origins if it is right)"
            )
        locator.fill(secret.reveal())

    def one_time_code(self) -> str:
        """A TOTP code of the account that no run has used and that is not about to expire.

        May wait for the next time step; that wait counts as no one's latency and is
        recorded as a measure. Raises ``ConfigError`` where the account has no secret.
        """
        account = self.account
        totp, secret = account.totp(), account.totp_secret
        assert secret is not None  # totp() has refused an account without one
        portal = origin_of(self.base_url)
        while True:
            now = self._clock()
            step = totp.step(now)
            fresh_for = next_step_start(step) - now
            if fresh_for > SAFE_MARGIN and self._ledger.take(portal, secret, step):
                break
            self._wait(fresh_for)
        code = totp.code(step)
        self.used_codes.append(code)
        return code

    def wrong_one_time_code(self) -> str:
        """Six digits that are no code of the account in any step that the portal may accept."""
        totp = self.account.totp()
        now = totp.step(self._clock())
        near = {totp.code(step) for step in range(now - 3, now + 4)}
        return next(code for code in (f"{n:06d}" for n in range(len(near) + 1)) if code not in near)

    def _wait(self, seconds: float) -> None:
        started = self._timer()
        self._fibers.pause(min(seconds, PERIOD) + 0.05)
        waited = self._timer() - started
        self._waited += waited
        self.measure(CODE_WAIT, waited)


def origin_of(url: str) -> str:
    """Scheme, host and port of ``url`` (RFC 6454)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _first_line(exc: BaseException) -> str:
    text = str(exc).strip()
    return text.splitlines()[0] if text else type(exc).__name__
