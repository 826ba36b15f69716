"""How many failed sign-ins the portal may hold against each account, and when to stop trying.

A portal locks an account after a few failures in a row. So every try is written down
before it is made, by whichever process makes it: what dies in the middle has used it up.
The portal's own count is not known. This one is not below it, as long as nobody else signs in
with the account; but secrets that have worked are trusted through an outage of the portal, and
half an hour after a run of ours that died.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from portalwatch.account import Account
from portalwatch.account_state import (
    DOUBTED_FOR,
    REST,
    AccountState,
    Shut,
    told_of_no_try_left,
    told_of_pause,
    told_of_refused_secret,
)
from portalwatch.account_table import AccountTable, key_of
from portalwatch.errors import AccountUnavailable
from portalwatch.model import Cause
from portalwatch.sealing import is_marked, mark_of

REFUSALS_IN_A_ROW = 2  # of an account that should work, until nothing tries it any more
KEPT_FOR = 90 * 24 * 3600.0  # seconds, for a portal that nobody watches any more

_NOTHING_HELD = (
    "UPDATE account SET failed = 0, unclear = 0, doubtful = 0, open = 0, refused = 0,"
    " rests_until = 0"
)


class AttemptBudget:
    """The tries at every account, kept in the file ``path`` for every process of this machine.

    A run begins with ``begin``, and ``settle`` tells how it ended; it has the account's lease
    meanwhile. A portal is named by ``portalwatch.account.portal_of``.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._table = AccountTable(path, kept_since=clock() - KEPT_FOR)
        # What is only looked at is asked of the table itself.
        self.of = self._table.of
        self.states = self._table.states
        self.resumed_at = self._table.resumed_at

    def begin(self, portal: str, account: Account) -> None:
        """A run takes up ``account`` at ``portal``.

        Tries that are open are those of a run that died: the portal may have refused them.
        Raises ``AccountUnavailable`` where the account is paused, or its secret was refused.
        """
        key = key_of(portal, account)
        state = self._table.state(key, account.key)
        if state is None:
            return
        now = self._clock()
        if state.paused_at is not None:
            raise AccountUnavailable(told_of_pause(state, account.attempts, now))
        if state.is_barred and self._table.is_barred(key, account):
            raise AccountUnavailable(told_of_refused_secret(account.key))
        as_it_is = state
        if state.is_over(now):
            state = replace(state, failed=0, unclear=0)
        state = replace(state, doubtful=state.doubtful_by(now), open=0)
        if as_it_is.open and not _is_proven(state, account):
            state = replace(state, failed=state.failed + as_it_is.open)
        elif as_it_is.open and now - state.tried_at <= DOUBTED_FOR:
            doubtful = state.doubtful + as_it_is.open
            state = replace(state, doubtful=doubtful, doubted_at=state.tried_at)
        if state != as_it_is:
            self._table.change(
                "UPDATE account SET failed = ?, unclear = ?, doubtful = ?, doubted_at = ?,"
                " open = 0",
                key,
                *(state.failed, state.unclear, state.doubtful, state.doubted_at),
            )
        if state.rests_until > now:
            raise AccountUnavailable(told_of_no_try_left(state, account.attempts, now))

    def charge(self, portal: str, account: Account, *, meant_to_fail: bool = False) -> None:
        """Write down a try that is about to be made; one that is ``meant_to_fail`` has failed.

        Raises ``AccountUnavailable``, with nothing written, where the portal might lock the
        account if it failed, and where it was paused meanwhile.
        """
        key = key_of(portal, account)
        failed, tried = (1, 0) if meant_to_fail else (0, 1)
        now = self._clock()
        if self._table.does(
            "INSERT INTO account (portal, identity, name, failed, open, tried_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " failed = failed + excluded.failed, open = open + excluded.open,"
            " name = excluded.name, tried_at = excluded.tried_at"
            " WHERE failed + unclear + doubtful + open + 1 < ? AND paused_at IS NULL",
            *(*key, account.key, failed, tried, now, account.attempts),
        ):
            return
        state = self._table.state(key, account.key)
        assert state is not None
        told = told_of_no_try_left if state.paused_at is None else told_of_pause
        raise AccountUnavailable(told(state, account.attempts, now))

    def take_back(self, portal: str, account: Account, *, meant_to_fail: bool = False) -> None:
        """A try that was written down was not made."""
        failed, tried = (1, 0) if meant_to_fail else (0, 1)
        self._table.change(
            "UPDATE account SET failed = max(0, failed - ?), open = max(0, open - ?)",
            key_of(portal, account),
            *(failed, tried),
        )

    def let_in(self, portal: str, account: Account) -> None:
        """The portal has let the account in, and forgets what failed before."""
        self._table.change(
            f"{_NOTHING_HELD}, proven = ?",
            key_of(portal, account),
            mark_of(account),
        )

    def settle(
        self,
        portal: str,
        account: Account,
        *,
        failed: int = 0,
        unclear: int = 0,
        doubtful: int = 0,
        refusal: Cause | None = None,
    ) -> str | None:
        """The tries of a run came to ``failed`` ones. Gives a line where that pauses it.

        ``unclear``: further ones, after which the account may rest for a while. ``doubtful``:
        others, which are held against it for ``DOUBTED_FOR`` alone.
        ``refusal``: why the account's own credentials were refused. After
        ``REFUSALS_IN_A_ROW`` of them the account is paused, and at once where it has no try left.
        """
        key, now = key_of(portal, account), self._clock()
        if refusal is None:
            self._table.change(
                "UPDATE account SET open = 0, failed = failed + ?, doubtful = doubtful + ?,"
                " doubted_at = iif(? > 0, ?, doubted_at), unclear = unclear + ?,"
                " rests_until = iif(? > 0 AND unclear + ? >= ?, ?, rests_until)",
                key,
                *(failed, doubtful, doubtful, now, unclear),
                *(unclear, unclear, _at_once(account.attempts), now + REST),
            )
            return None
        self._table.change(
            # What was in doubt may have been refused just as well.
            "UPDATE account SET open = 0, failed = failed + unclear + doubtful + ?, doubtful = 0,"
            " unclear = 0, rests_until = 0, refused = refused + 1, proven = NULL,"
            " refusal = ?, refused_at = ?,"
            " paused_at = iif(refused + 1 >= ? OR failed + unclear + doubtful + ? + 1 >= ?,"
            " coalesce(paused_at, ?), paused_at)",
            key,
            *(failed, refusal, now, REFUSALS_IN_A_ROW, failed, account.attempts, now),
        )
        state = self._table.state(key, account.key)
        if state is None or state.paused_at is None:
            return None
        if _tells_of_secrets(refusal, account):
            self._table.bar(key, account)
        return told_of_pause(state, account.attempts, now)

    def is_proven(self, portal: str, account: Account) -> bool:
        """Whether the secrets that ``account`` has now worked when the portal last told."""
        state = self._table.state(key_of(portal, account), account.key)
        return state is not None and _is_proven(state, account)

    def was_refused(self, portal: str, account: Account) -> bool:
        """Whether the secrets that ``account`` has now are such as paused it at ``portal``."""
        return self._table.is_barred(key_of(portal, account), account)

    def open_ones(self, portal: str, accounts: Mapping[str, Account]) -> list[str]:
        """Those of ``accounts``, by the plan's names, that may be tried at ``portal``.

        Raises ``AccountUnavailable`` where there are some, and none of them may.
        """
        shut = self.shut(portal, accounts)
        if shut and len(shut) == len(accounts):
            raise AccountUnavailable("; ".join(why.told for why in shut.values()))
        return [name for name in accounts if name not in shut]

    def shut(self, portal: str, accounts: Mapping[str, Account]) -> dict[str, Shut]:
        """Those of ``accounts`` that are not tried at ``portal``, by their names, and why.

        One is paused, has no try left, or its secret is one that was refused.
        """
        now = self._clock()
        known = self.of(portal, accounts).items()
        found = ((name, self._why_shut(state, accounts[name], now)) for name, state in known)
        return {name: why for name, why in found if why is not None}

    def _why_shut(self, state: AccountState | None, account: Account, now: float) -> Shut | None:
        if state is None or account.dedicated:
            return None
        if state.paused_at is not None:
            return Shut(told_of_pause(state, account.attempts, now))
        if state.is_barred and self._table.is_barred((state.portal, state.identity), account):
            return Shut(told_of_refused_secret(account.key))
        # Without those of a run under way: whoever waits for it is told under the lease.
        state = replace(state, open=0)
        again = state.opens_at(account.attempts, now)
        if again is None and not state.has_no_try_left(account.attempts, now):
            return None
        return Shut(told_of_no_try_left(state, account.attempts, now), rests=again is not None)

    def resume(
        self,
        states: Iterable[AccountState],
        *,
        unlocked: bool = False,
        same_secret: bool = False,
    ) -> None:
        """Let the accounts of ``states`` be tried again.

        What failed before still counts, unless the portal has ``unlocked`` them: then it counts
        nothing any more. Secrets that were refused are not tried, unless ``same_secret`` says
        that those are right.
        """
        for state in states:
            key = state.portal, state.identity
            self._table.change(
                "UPDATE account SET paused_at = NULL, resumed_at = ?", key, self._clock()
            )
            if unlocked:
                self._table.change(_NOTHING_HELD, key)
            if same_secret:
                self._table.unbar(key)


def _at_once(attempts: int) -> int:
    """How many unclear tries may follow each other with no rest: two thirds of those there are."""
    there_are = attempts - 1
    return max(1, there_are - max(1, there_are // 3))


def _is_proven(state: AccountState, account: Account) -> bool:
    return state.proven is not None and is_marked(account, state.proven)


def _tells_of_secrets(refusal: Cause, account: Account) -> bool:
    """Whether the account's own secrets are what was refused, and not a code sent to it."""
    if refusal is Cause.SECOND_FACTOR_REJECTED:
        return account.totp_secret is not None
    return refusal is Cause.INVALID_CREDENTIALS
