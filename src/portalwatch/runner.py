"""From an order to its attempts: a fresh context, the check, the verdict. The heart of it all.

Nothing here raises for a fault of the portal, the browser or the check: what came of
an attempt is said in its record.
"""

from __future__ import annotations

import logging
import time
from asyncio import TimerHandle
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from greenlet import GreenletExit
from playwright.sync_api import BrowserContext, Page

from portalwatch.account import Account, host_of, origin_of, portal_of
from portalwatch.account_changes import AccountChanges, told_of_changes, told_of_restoring
from portalwatch.account_tries import AccountTries
from portalwatch.aftermath import Aftermath, as_judged
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.browser_death import ends_with_its_browser
from portalwatch.browsers import open_page
from portalwatch.code_ledger import CodeLedger
from portalwatch.destructive import MARK
from portalwatch.diagnosis import PortalSays
from portalwatch.errors import (
    AccountUnavailable,
    BrowserMissing,
    ConfigError,
    Deadline,
    OperatorError,
    first_line,
)
from portalwatch.evidence import EvidenceFolder
from portalwatch.fibers import DeadlineTimer, Fibers, OutOfTime, Patience
from portalwatch.journey import MESSAGE_SECONDS, Journey
from portalwatch.model import Attempt, Cause, Outcome
from portalwatch.order import Order
from portalwatch.problems import said_to_pytest
from portalwatch.recorder import Recorder
from portalwatch.redaction import Redaction
from portalwatch.saved_sign_in import SavedSignIn
from portalwatch.sign_in_states import SignInStates, StateKey
from portalwatch.stopwatch import Stopwatch

log = logging.getLogger("portalwatch")

OPEN_SECONDS = 40.0  # for a context, the launch of its browser on a busy machine included
AFTERMATH_SECONDS = 2.5  # after the deadline, in all, for the verdict and its evidence
KEEP_SECONDS = 1.0  # of them, for the sign-in to be put away
CLOSE_SECONDS = 1.5  # after that, for the context to close

# Causes that an account left behind has no part in: an outage is one, whatever was under way.
_NOT_THE_ACCOUNTS = frozenset(
    {
        *(Cause.UNREACHABLE, Cause.TLS, Cause.SERVER_ERROR, Cause.MAINTENANCE),
        *(Cause.BROWSER_CRASHED, Cause.BROWSER_MISSING, Cause.OUT_OF_MEMORY),
        *(Cause.CONFIG_ERROR, Cause.MAILBOX_UNAVAILABLE, Cause.ACCOUNT_UNAVAILABLE),
    }
)

OpenContext = Callable[[], AbstractContextManager[BrowserContext]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every attempt of a process stands on besides its order."""

    fibers: Fibers
    ledger: CodeLedger
    budget: AttemptBudget
    evidence: Path
    quarantine: Path  # of evidence in which a secret was found after all
    changes: Path  # what destructive checks have changed of accounts
    root: Path  # of the project
    portal_says: Sequence[PortalSays] = ()
    sign_ins: SignInStates | None = None  # those that may be used again
    worker: str = ""  # what the records call this process
    close_seconds: float = CLOSE_SECONDS
    message_seconds: float = MESSAGE_SECONDS  # for a mail or a text to arrive
    restore: Callable[[Journey], Any] | None = None  # the project's: sets an account right
    allowed_hosts: frozenset[str] = frozenset()  # besides the portal's own
    redaction: Redaction | None = None  # of what others show of the attempts; else each has its own


def run(
    order: Order,
    function: Callable[[Journey], Any],
    account: Account | None,
    open_context: OpenContext,
    on: Surroundings,
) -> tuple[Attempt, ...]:
    """The attempts at ``order``: one, and a second where the first needs confirming.

    A failure is confirmed at once, with a trace, so that one hiccup wakes nobody up;
    a browser that crashed gets a second chance, for it was not the portal's fault. All of
    it ends within the order's deadline and four seconds.
    """
    with on.fibers.deadline(order.deadline) as deadline:
        attempts = _Run(order, function, account, open_context, on, deadline).attempts()
    return tuple(replace(attempt, worker=on.worker) for attempt in attempts)


@dataclass(frozen=True, slots=True)
class _Run:
    """What is the same for every attempt of a run."""

    order: Order
    function: Callable[[Journey], Any]
    account: Account | None
    open_context: OpenContext
    on: Surroundings
    deadline: DeadlineTimer

    def attempts(self) -> tuple[Attempt, ...]:
        mode = self.order.trace
        trace = "off" if mode == "on-retry" else mode
        first = self.attempt(1, trace=trace)
        crashed = first.cause is Cause.BROWSER_CRASHED
        doubtful = first.outcome is Outcome.FAIL and self.order.confirm
        too_late = self.deadline.left < first.seconds  # it would take as long again
        if not (crashed or doubtful) or too_late:
            return (first,)
        # A trace would itself slow down what failed for being slow.
        if mode == "on-retry" and doubtful and first.cause is not Cause.SLOW:
            trace = "retain-on-failure"
        second = self.attempt(2, trace=trace)
        if doubtful and second.outcome is Outcome.ERROR:
            for item in second.evidence:
                (self.on.evidence / item.path).unlink(missing_ok=True)
            for name in second.withheld:
                (self.on.quarantine / self.order.run_id / name).unlink(missing_ok=True)
            return (first,)  # our own trouble confirms nothing, and refutes nothing
        return (first, second)

    def attempt(self, number: int, *, trace: str) -> Attempt:
        """Carry out the check once, in a fresh context, and say what came of it.

        The duration is the journey's own: without opening and closing the context, and
        without the wait for a fresh one-time code.
        """
        began = time.time()
        tries = self._tries()
        try:
            if tries is not None:
                tries.begin()
            changes = self._changes()
        except AccountUnavailable as exc:
            return Attempt.without_journey(Cause.ACCOUNT_UNAVAILABLE, first_line(exc), began)
        attempt = self._attempt(number, began, trace, tries, changes)
        try:
            if tries is not None:
                tries.settle(attempt.outcome, attempt.cause)
        except AccountUnavailable as exc:
            # What was written down before stays so; the verdict is wanted all the same.
            log.error("%s", exc)
        return attempt

    def _tries(self) -> AccountTries | None:
        if self.account is None:
            return None
        return AccountTries(self.on.budget, portal_of(self.order.base_url), self.account)

    def _changes(self) -> AccountChanges | None:
        account = self.account
        if account is None or not account.dedicated:
            return None  # nothing may change it
        return AccountChanges(self.on.changes, portal_of(self.order.base_url), account)

    def _attempt(
        self,
        number: int,
        began: float,
        trace: str,
        tries: AccountTries | None,
        changes: AccountChanges | None,
    ) -> Attempt:
        fibers = self.on.fibers
        with ExitStack() as stack:
            try:
                with self.deadline.may_strike():
                    context = fibers.bounded(
                        OPEN_SECONDS, lambda: stack.enter_context(self.open_context())
                    )
            except BrowserMissing as exc:
                return Attempt.without_journey(Cause.BROWSER_MISSING, str(exc), began)
            except OperatorError as exc:
                return Attempt.without_journey(Cause.CONFIG_ERROR, first_line(exc), began)
            except (OutOfTime, Deadline):
                told = "the browser opened no page"
                return Attempt.without_journey(Cause.BROWSER_CRASHED, told, began)
            except Exception as exc:
                return Attempt.without_journey(Cause.BROWSER_CRASHED, first_line(exc), began)
            # Where its browser is gone or stuck, closing is given up: the worker sees to it.
            closing = stack.pop_all()
            stack.callback(fibers.ask, self.on.close_seconds, closing.close, None)
            return _Try(self, context, number, trace, tries, changes).carry_out(began)


class _Try:
    """One attempt in an open context."""

    def __init__(
        self,
        run: _Run,
        context: BrowserContext,
        number: int,
        trace: str,
        tries: AccountTries | None,
        changes: AccountChanges | None,
    ) -> None:
        self.run = run
        self.context = context
        self.number = number
        self.trace = trace
        self.tries = tries
        self.changes = changes
        self.restoring: str | None = None  # what is to be set right, while it is
        self.led_away: TimerHandle | None = None  # ends the journey, which is on a strange host
        self.stopwatch = Stopwatch()
        self.recorder: Recorder | None = None
        self.journey: Journey | None = None
        self.saved_sign_in = self._saved_sign_in()

    def carry_out(self, began: float) -> Attempt:
        problem: BaseException | None = None
        try:
            deadline = self.run.deadline
            with deadline.may_strike(), ends_with_its_browser(self.context, deadline):
                journey = self._begin()
                self._restore_account(journey)
                self.run.function(journey)
                if self.changes is not None:
                    self.changes.end()
        except (KeyboardInterrupt, GreenletExit):
            raise
        except BaseException as exc:  # a check may well call sys.exit() or pytest.fail()
            problem = exc
        finally:
            if self.led_away is not None:
                self.led_away.cancel()
        seconds = self.stopwatch.seconds
        # Claims that do not hold take their time, and may have used up all there was; a check
        # that skips the rest has still made them.
        gives_way = isinstance(problem, Deadline | None) or said_to_pytest(problem) == "Skipped"
        if self.journey is not None and gives_way:
            problem = self.journey.problem_of_soft_claims() or problem
        led_astray = problem is None or (
            self._is_elsewhere() and not isinstance(problem, ConfigError)
        )
        if self.journey is not None and led_astray:
            problem = self.journey.problem_of_place() or problem
        if self.journey is None or self.recorder is None:
            assert problem is not None
            if isinstance(problem, OperatorError):
                return Attempt.without_journey(Cause.CONFIG_ERROR, first_line(problem), began)
            told = f"the browser opened no page ({first_line(problem)})"
            return Attempt.without_journey(Cause.BROWSER_CRASHED, told, began)
        order, on, account = self.run.order, self.run.on, self.run.account
        redaction = on.redaction or Redaction()
        redaction.add(account.secrets() if account else ())
        redaction.add(secret.reveal() for secret in self.journey.passwords_left_behind)
        patience = Patience(on.fibers, max(0.0, self.run.deadline.left) + AFTERMATH_SECONDS)
        saved, page = self.saved_sign_in, self.journey.page
        if problem is None and saved is not None:
            patience.ask(KEEP_SECONDS, lambda: saved.keep(page), None)
        aftermath = Aftermath(
            context=self.context,
            journey=self.journey,
            recorder=self.recorder,
            account=account,
            base_url=order.base_url,
            portal_says=on.portal_says,
            root=on.root,
            slow_after=order.slow_after,
            trace=self.trace,
            folder=EvidenceFolder(on.evidence, order.run_id, self.number, redaction, on.quarantine),
            redaction=redaction,
            shown_by_others=on.redaction is not None,
            patience=patience,
        )
        attempt = aftermath.attempt(problem, began=began, seconds=seconds)
        if self.restoring is None or attempt.cause in _NOT_THE_ACCOUNTS:
            return attempt
        # What could not be set right is our own trouble: a lock that outlasts the run, most of all.
        return replace(
            attempt,
            outcome=Outcome.ERROR,
            cause=Cause.ACCOUNT_UNAVAILABLE,
            message=f"{attempt.message} ({self.restoring})",
            steps=as_judged(attempt.steps, Cause.ACCOUNT_UNAVAILABLE),
        )

    def _end_journey_elsewhere(self, page: Page | None) -> None:
        """The journey's page asks for one of a host that is not to be driven: nothing is done
        there. Once, for what the check does about it may be led on as well."""
        journey = self.journey
        if journey is None or page != journey.page or self.led_away is not None:
            return
        if problem := journey.problem_of_place():
            self.led_away = self.run.deadline.end_after(0.0, problem)

    def _is_elsewhere(self) -> bool:
        """Whether the page that is open is of a host that the journey may not be led to."""
        page = self.journey.page if self.journey is not None else None
        return page is not None and host_of(page.url) not in {*self._allowed_hosts(), ""}

    def _begin(self) -> Journey:
        order, on = self.run.order, self.run.on
        self.context.set_default_timeout(order.timeout * 1000)
        if self.trace != "off":
            # Without its own screenshots: they would show codes, which only ours mask.
            self.context.tracing.start(screenshots=False, snapshots=True)
        self.recorder = Recorder(
            self.context,
            lambda: self.stopwatch.seconds,
            hosts=self._allowed_hosts(),
            strayed=self._end_journey_elsewhere,
        )
        page = open_page(self.context)
        self.stopwatch.start()
        self.journey = Journey(
            page=page,
            account=self._account(),
            changes=self.changes,
            base_url=order.base_url,
            root=on.root,
            ledger=on.ledger,
            fibers=on.fibers,
            stopwatch=self.stopwatch,
            saved_sign_in=self.saved_sign_in,
            tries=self.tries,
            message_seconds=on.message_seconds,
            strayed_to=self.recorder.strayed_to,
        )
        return self.journey

    def _allowed_hosts(self) -> frozenset[str]:
        """Where the journey may be led: to the portal, and where the plan says."""
        account = self.run.account
        places = [self.run.order.base_url, *(account.origins if account else ())]
        return self.run.on.allowed_hosts.union(host_of(place) for place in places)

    def _account(self) -> Account | None:
        """The account with the password that it has, or is about to have again."""
        if self.changes is None or self.run.on.restore is not None:
            return self.run.account
        return self.changes.account

    def _restore_account(self, journey: Journey) -> None:
        """Set right what an earlier run has left of the account, and note what this may change."""
        changes, restore = self.changes, self.run.on.restore
        if changes is None:
            return
        if changes.left is not None and restore is not None:
            self.restoring = told_of_restoring(changes.account, changes.left)
            with journey.step("restore the account"):
                restore(journey)
            changes.restored()
            self.restoring = None
        elif changes.left is not None and not changes.left.sure:
            raise AccountUnavailable(told_of_changes(changes.account, changes.left))
        if getattr(self.run.function, MARK, False):
            changes.begin(self.run.order.check)

    def _saved_sign_in(self) -> SavedSignIn | None:
        order, states, account = self.run.order, self.run.on.sign_ins, self.run.account
        if states is None or account is None or order.reuse_sign_in is None:
            return None
        key = StateKey(origin_of(order.base_url), account, order.browser)
        return SavedSignIn(states, key, within=order.reuse_sign_in)
