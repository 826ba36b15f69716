"""What a check receives: the page, the account, and the words to tell its story with."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import overload

from playwright.sync_api import APIResponse, Locator, Page

from portalwatch.account import Account, origin_of, portal_of
from portalwatch.account_changes import AccountChanges
from portalwatch.account_tries import AccountTries
from portalwatch.awaited_message import AwaitedMessage, Channel, inbox_of
from portalwatch.code_ledger import CodeLedger
from portalwatch.errors import ClaimFailed, ConfigError
from portalwatch.fibers import Fibers
from portalwatch.model import Cause, Measure, Outcome, Step, UnmetClaim
from portalwatch.one_time_codes import OneTimeCodes
from portalwatch.problems import message_of
from portalwatch.saved_sign_in import SavedSignIn
from portalwatch.secret_fields import WrongOrigin, fill_on
from portalwatch.secrets import Secret
from portalwatch.soft_claims import SoftAssertions, SoftClaims, verdict_on
from portalwatch.stopwatch import Stopwatch

MESSAGE_SECONDS = 20.0  # for a mail or a text to arrive
# The steps of being signed in, one for each way, so that their times do not mix.
REUSE_STEP, SIGN_IN_STEP = "reuse the sign-in", "sign in"
REUSED_AGE = "reused_sign_in_age_seconds"  # the measure that tells how long ago it was made
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
        root: Path,
        ledger: CodeLedger,
        fibers: Fibers,
        stopwatch: Stopwatch,
        saved_sign_in: SavedSignIn | None = None,
        tries: AccountTries | None = None,
        changes: AccountChanges | None = None,
        clock: Callable[[], float] = time.time,
        message_seconds: float = MESSAGE_SECONDS,
        strayed_to: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.page = page
        self.base_url = base_url
        self._account = account
        self._fibers = fibers
        self._stopwatch = stopwatch
        self._saved_sign_in = saved_sign_in
        self._tries = tries
        self._changes = changes
        self._codes = OneTimeCodes(
            portal_of(base_url), ledger, wait=self._wait_for_step, clock=clock
        )
        self._message_seconds = message_seconds
        self._strayed_to = strayed_to
        self._level = 0  # how many steps are open
        self._steps: list[Step] = []
        self._last_passed = 0.0  # when the last step that passed ended
        self._failure: tuple[BaseException, float] | None = None
        self._open_since: list[float] = []  # where the steps that are open began
        self._soft = SoftClaims(root, lambda: stopwatch.seconds, self._note_unmet)
        self.unmet: list[UnmetClaim] = []
        self._first_unmet_in = 0.0  # where the step of the first of them began
        self.measures: list[Measure] = []
        self.attachments: list[tuple[str, bytes, str]] = []
        self.used_codes: list[str] = []
        self.went_by_the_clock = False  # whether one of them was a TOTP code
        self.typed_secrets: list[Secret] = []
        self.secret_fields: list[Locator] = []  # what a screenshot must not show
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
    def sign_in_secrets(self) -> frozenset[str]:
        """What evidence must not show of a sign-in that was used again, or is kept for it."""
        saved = self._saved_sign_in
        return frozenset(saved.secrets if saved is not None else ())

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps so far, in the order they began."""
        return tuple(self._steps)

    def failed_from(self, problem: BaseException) -> float:
        """Where the part that ``problem`` ended began: its innermost step, or after the last."""
        if self._failure is not None and self._failure[0] is problem:
            return self._failure[1]
        return self._last_passed

    def problem_of_soft_claims(self) -> ClaimFailed | None:
        """What the soft claims that the journey went past come to at its end."""
        if not self.unmet:
            return None
        problem = verdict_on(self.unmet)
        self._failure = problem, self._first_unmet_in
        return problem

    def problem_of_place(self) -> ConfigError | None:
        """Where a page of a host was opened that the plan does not name, what to say of it."""
        host = self._strayed_to()
        if host is None:
            return None
        return ConfigError(
            f"the journey was led to {host}, and only the portal's own host is allowed"
            " (if that is right, add it to portal.allowed_hosts)"
        )

    def _refuse_other_hosts(self) -> None:
        if problem := self.problem_of_place():
            raise problem

    @contextmanager
    def step(self, name: str, *, expects: Cause | None = None) -> Iterator[None]:
        """A named, timed part of the journey; may be nested. An exception fails it.

        ``expects``: what the portal is meant to say in this step. Where a refusal is the
        point, its text on the page does not explain why the step failed.
        """
        self._refuse_other_hosts()
        position, level, offset = len(self._steps), self._level, self._stopwatch.seconds
        name = str(name)
        self._steps.append(Step(name, Outcome.SKIP, offset, 0.0, level))  # in its place, at least
        self._level += 1
        self._open_since.append(offset)
        outcome, error, unmet = Outcome.PASS, None, len(self.unmet)
        try:
            yield
            if self.unmet[unmet:]:
                outcome, error = Outcome.FAIL, self.unmet[unmet].message
                self._expected_also(expects)
            else:
                self._last_passed = self._stopwatch.seconds
        except BaseException as exc:
            outcome, error = Outcome.FAIL, message_of(exc)
            if self._failure is None or self._failure[0] is not exc:
                self._failure = exc, offset
            self._expected_also(expects)
            raise
        finally:
            self._level -= 1
            self._open_since.pop()
            seconds = self._stopwatch.seconds - offset
            self._steps[position] = Step(name, outcome, offset, seconds, level, error)

    def require(self, claim: bool, message: str, *, cause: Cause | None = None) -> None:
        """Fail the check with ``message`` unless ``claim`` holds. Raises ``ClaimFailed``."""
        if not claim:
            raise ClaimFailed(message, cause=cause)

    @overload
    def expect_that(self, actual: Page | Locator | APIResponse) -> SoftAssertions: ...

    @overload
    def expect_that(self, actual: bool, message: str, *, cause: Cause | None = None) -> None: ...

    def expect_that(
        self,
        actual: Page | Locator | APIResponse | bool,
        message: str = "",
        *,
        cause: Cause | None = None,
    ) -> SoftAssertions | None:
        """A soft claim: where it does not hold, the journey goes on, and fails at its end.

        Of a page, a locator or a response as Playwright's ``expect`` says it, which waits for
        it to become true: ``journey.expect_that(heading).to_have_text("Home")``. Of anything
        else as ``require`` says it: ``journey.expect_that(total == 3, "three are listed")``.
        """
        if isinstance(actual, (Page, Locator, APIResponse)):
            return self._soft.about(actual)
        if not message:
            raise TypeError("a claim about a value says in words what it claims")
        self._soft.value(actual, message, cause)
        return None

    def attach(self, name: str, data: bytes | str, media_type: str = "text/plain") -> None:
        """Keep ``data`` with the run's evidence, whatever its outcome."""
        content = data.encode() if isinstance(data, str) else data
        self.attachments.append((name, content, media_type))

    @contextmanager
    def waiting(self, name: str) -> Iterator[None]:
        """Wait for what takes its time by design, such as the end of a lock.

        It counts as no one's latency, and is recorded as the measure ``name``. The deadline
        of the run still holds.
        """
        began = time.perf_counter()
        with self._stopwatch.paused():
            yield
        self.measure(name, time.perf_counter() - began)

    def measure(self, name: str, value: float, unit: str = "seconds") -> None:
        """Record a number of this run, such as a delivery time.

        Raises ``ValueError`` or ``TypeError`` for what is no finite number.
        """
        number = float(value)  # a Decimal is one, and no JSON
        if not math.isfinite(number):
            raise ValueError(f"{name}: {value} is not a number to keep")
        self.measures.append(Measure(str(name), number, str(unit)))

    def reuse_sign_in(
        self, sign_in: Callable[[], None], still_signed_in: Callable[[], bool]
    ) -> None:
        """Be signed in as an earlier journey was, where the plan lets this check reuse that.

        Where there is nothing to reuse, or ``still_signed_in``, which opens a page and looks
        at it, says that it is over, by ``sign_in`` in a context that is as fresh as ever.
        """
        saved = self._saved_sign_in
        if saved is not None and saved.take():
            with self.step(REUSE_STEP):
                if saved.restore(self.page) and still_signed_in():
                    self.measure(REUSED_AGE, saved.age)
                    return
                saved.discard(self.page)
        with self.step(SIGN_IN_STEP):
            sign_in()
        if saved is not None:
            saved.begin(self.page)

    def enter_secret(
        self, locator: Locator, secret: Secret | None, *, of: Account | None = None
    ) -> None:
        """Type ``secret`` into ``locator``, on an origin that the account allows.

        It counts as a try to sign in, which the portal may hold against the account, until
        ``signed_in()``. ``of``: whose secret it is, where that is not the journey's account.

        Raises ``ConfigError``, with nothing typed, on any other origin: a redirect to a
        look-alike must not harvest a test account. Raises ``AccountUnavailable``, with nothing
        typed, where one more failure might lock the account.
        """
        with self._tries.password(of or self.account, secret) if self._tries else nullcontext():
            self._type(locator, secret)

    def enter_new_secret(self, locator: Locator, secret: Secret) -> None:
        """As ``enter_secret``, of one that is chosen here: no try that could fail."""
        self._type(locator, secret)

    @property
    def passwords_left_behind(self) -> tuple[Secret, ...]:
        """Those that the account may have since a run that did not come to its end.

        For the project's ``restore_account``. Empty where its password is the plan's.
        """
        left = self._changes.left if self._changes is not None else None
        return left.passwords if left is not None else ()

    @contextmanager
    def password_change(self, new: Secret) -> Iterator[None]:
        """The block has the portal give the account the password ``new``, and sees that it did.

        Whenever the run dies, the next one knows every password that the account may have; where
        the check does not put the plan's own back, the next run signs in with this one. Raises
        ``ConfigError`` for an account that is not the check's to change.
        """
        if self._changes is None or not self._changes.begun:
            raise ConfigError(
                f"accounts.{self.account.key}: no check may change its password (mark the check"
                " @destructive, and give it an account that has 'destructive: true')"
            )
        with self._changes.password(new):
            yield

    def signed_in(self) -> None:
        """Say that the portal has let the account in, which ends its count of failures."""
        if self._tries is not None:
            self._tries.let_in()

    def password_taken(self) -> None:
        """Say that the portal has taken the password, though nobody is inside yet.

        It asks for a code, say: a check that gives up there has not failed to sign in.
        """
        if self._tries is not None:
            self._tries.password_taken()

    def meant_to_fail(self) -> None:
        """Say that what is sent next, such as a wrong code, counts as a failure to sign in.

        Raises ``AccountUnavailable`` where one more might lock the account.
        """
        if self._tries is not None:
            self._tries.meant_to_fail()

    @contextmanager
    def expect_message(
        self,
        channel: Channel = "mail",
        *,
        timeout: float | None = None,
        having: str | re.Pattern[str] = "",
    ) -> Iterator[AwaitedMessage]:
        """A mail, or one of the ``texts``, that the block asks the portal for.

        ``having``: a pattern of what must be in it, where the portal may be about to send the
        account something else as well.

        The end of the block waits for it, ``timeout`` seconds at most, or else 20; what
        was there before the block is no answer. How long it took from the end of the block on
        is recorded as a measure: what comes while the block goes on took next to nothing. Raises
        ``ClaimFailed`` (``code_not_delivered``) where none comes, ``MailboxUnavailable`` where
        the mailbox cannot be read, ``ConfigError`` where the account has none.
        """
        limit = self._message_seconds if timeout is None else timeout
        awaited = AwaitedMessage(
            channel, inbox_of(self.account, channel), self._fibers, self._keep_code, having
        )
        try:
            awaited.mark()
            yield awaited
            self.measure(f"{channel}_delivery_seconds", awaited.wait(limit))
        finally:
            awaited.close()

    def one_time_code(self) -> str:
        """A TOTP code of the account that no run has used and that is not about to expire.

        May wait for the next time step; that wait counts as no one's latency and is
        recorded as a measure. Raises ``ConfigError`` where the account has no secret.
        """
        self._refuse_other_hosts()
        code = self._codes.fresh(self.account)
        self.used_codes.append(code)
        self.went_by_the_clock = True
        return code

    def backup_code(self) -> str:
        """The next backup code of the account that no run has used.

        Raises ``ConfigError`` where the account has none, ``AccountUnavailable`` where all of
        them have been used.
        """
        self._refuse_other_hosts()
        code = self._codes.backup(self.account)
        self.used_codes.append(code)
        return code

    def wrong_one_time_code(self) -> str:
        """Digits that are no code of the account in any step that the portal may accept."""
        return self._codes.wrong(self.account)

    def keep_secret(self, *values: str) -> None:
        """Say that ``values``, as a page shows them, are secrets: no evidence is to hold them."""
        self.used_codes += values

    def _type(self, locator: Locator, secret: Secret | None) -> None:
        if secret is None:
            raise ConfigError(f"accounts.{self.account.key}: the secret to type is not configured")
        self.secret_fields.append(locator)
        self.typed_secrets.append(secret)
        allowed = [origin_of(url) for url in self.account.origins or [self.base_url]]
        try:
            fill_on(allowed, locator, secret.reveal())
        except WrongOrigin as exc:
            raise ConfigError(
                f"accounts.{self.account.key}: refused to type a secret on {exc}"
                f" (allowed: {', '.join(allowed)}; add it to the account's origins if it is right)"
            ) from exc

    def _keep_code(self, code: str) -> None:
        """A code or a link was read in a message, to be used on the page that is open."""
        self.used_codes.append(code)
        self._refuse_other_hosts()

    def _expected_also(self, expects: Cause | None) -> None:
        if expects is not None:
            self.expected.add(expects)

    def _note_unmet(self, claim: UnmetClaim) -> None:
        if not self.unmet:
            self._first_unmet_in = (self._open_since or [self._last_passed])[-1]
        self.unmet.append(claim)

    def _wait_for_step(self, seconds: float) -> None:
        began = time.perf_counter()
        with self._stopwatch.paused():
            self._fibers.pause(seconds)
        self.measure(CODE_WAIT, time.perf_counter() - began)
