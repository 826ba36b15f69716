"""LIM: how often one may try. A lock is proved by a refused right password, never by a text."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from tests.conformance.client import INSIDE, Account, Browser, ConformingPortal
from tests.conformance.rows import LOCK, Portals, Sees, row
from tests.waiting import wait_until

TRIES = 5
PASSPHRASE = "quilted river notebook sunday"


def locked(portal: ConformingPortal, key: str = "lockout") -> Account:
    """An account after as many wrong passwords as lock it."""
    account = portal.accounts[key]
    portal.fail(account, TRIES)
    return account


@row(
    "LIM-1",
    Sees("lockout_not_enforced", "the right password was accepted after wrong ones"),
    Sees("password_never_disabled", "a password can be guessed at for ever"),
)
def lim_1_limits_failed_tries(portals: Portals) -> None:
    """Limits failed tries per account, at most 100 in a row, then disables the authenticator.

    NIST SP 800-63B-4 3.2.2 SHALL; OWASP ASVS 5.0.0 6.3.1 (L1), 6.1.1.
    """
    portal = portals.usual
    assert not portal.lets_in(locked(portal)), "the right password was accepted after wrong ones"
    portal = portals.short  # six in a row disable a password there
    account = locked(portal)
    wait_until(lambda: portal.locked_until(account) is None, seconds=10, what="the lock's end")
    portal.fail(account, 1)
    assert not portal.lets_in(account), "a password can be guessed at for ever"
    visitor = portal.recovering(account)
    visitor.set_password(PASSPHRASE)
    assert portal.lets_in(account, PASSPHRASE), "a disabled password could not be recovered"


@row(
    "LIM-2",
    Sees("lockout_not_enforced", "ten wrong passwords do not lock"),
    Sees("lockout_too_short", "a lock is for less than 30 minutes"),
)
def lim_2_locks_for_its_time(portals: Portals) -> None:
    """Locks after at most 10, for at least 30 minutes or until identity is confirmed.

    PCI DSS 4.0.1 8.3.4.
    """
    portal = portals.usual
    account = portal.accounts["lockout"]
    portal.fail(account, 10)
    assert not portal.lets_in(account), "ten wrong passwords do not lock"
    until = datetime.fromisoformat(portal.locked_until(account))
    left = until - datetime.now(UTC)
    assert left > timedelta(minutes=29), "a lock is for less than 30 minutes"
    portal = portals.short
    portal.fail(account, TRIES - 1)
    began = time.monotonic()
    portal.fail(account, 1)
    wait_until(lambda: portal.lets_in(account), seconds=LOCK + 10, what="the lock's end")
    assert time.monotonic() - began >= LOCK, "a lock is over before its time"


@row(
    "LIM-3",
    Sees("lockout_not_enforced", "another browser is not locked out"),
    Sees("failures_kept", "a right sign-in does not set the count back"),
)
def lim_3_counts_by_account(portals: Portals) -> None:
    """Counts by account, not by address; a right login sets the count back.

    OWASP Authentication Cheat Sheet, "Account Lockout"; NIST SP 800-63B-4 3.2.2 SHOULD.
    """
    portal = portals.usual
    account = portal.accounts["lockout"]
    for _ in range(2):
        portal.fail(account, TRIES - 1)
        assert portal.lets_in(account), "a right sign-in does not set the count back"
    portal.fail(account, TRIES - 1, "firefox")
    portal.fail(account, 1, "webkit")
    assert not portal.lets_in(account), "another browser is not locked out"
    assert portal.lets_in(portal.accounts["basic"]), "the address is locked out with the account"


@row(
    "LIM-4",
    Sees("wrong_codes_uncounted", "wrong codes do not lock"),
    Sees("lockout_not_enforced", "wrong codes do not lock"),
)
def lim_4_limits_the_second_factor(portals: Portals) -> None:
    """Limits the second factor as well, and a new code does not set the count back.

    NIST SP 800-63B-4 3.1.3.2, 3.1.4.2 SHALL; OWASP ASVS 5.0.0 6.6.3.
    """
    portal = portals.usual
    for key in ("lockout_totp", "sms_code"):
        account = portal.accounts[key]
        visitor = portal.visitor()
        visitor.sign_in(account)
        give_wrong_codes(visitor, portal, account, 2)
        if key == "sms_code":
            wait_until(lambda: resent(visitor), seconds=10, what="a new code")  # noqa: B023
        give_wrong_codes(visitor, portal, account, 2)
        another = portal.visitor()
        another.sign_in(account)  # which asks for a new code, too
        give_wrong_codes(another, portal, account, TRIES - 4)
        assert not portal.gets_past_password(account), "wrong codes do not lock"


def give_wrong_codes(
    visitor: Browser, portal: ConformingPortal, account: Account, times: int
) -> None:
    """Codes that have never been right, however many have been sent."""
    sent = {text[:6] for _, text in portal.texts(account["phone"])} if account["phone"] else set()
    wrong = [code for n in range(20) if (code := f"{n:06}") not in sent]
    for code in wrong[:times]:
        visitor.give_code(code)


def resent(visitor: Browser) -> bool:
    """Whether another code has gone out."""
    return (
        "note=sent" in visitor.fill("/sign-in/code/", to="/sign-in/code/send/").headers["Location"]
    )


@row(
    "LIM-5",
    Sees("recovery_shut_while_locked", "a mail with a recovery link", by_absence=True),
)
def lim_5_leaves_recovery_open(portals: Portals) -> None:
    """A lock cannot be abused easily: waiting times, bot check; recovery is still open.

    NIST SP 800-63B-4 3.2.2 MAY; OWASP Authentication Cheat Sheet; OWASP ASVS 5.0.0 6.1.1.
    Of what may stand against abuse this portal has recovery, and locks that end by
    themselves and grow no longer by more tries.
    """
    portal = portals.usual
    account = locked(portal)
    until = portal.locked_until(account)
    portal.fail(account, 2)
    assert portal.locked_until(account) == until, "more tries make a lock longer"
    portal.recovering(account).set_password(PASSPHRASE)
    assert portal.lets_in(account, PASSPHRASE), "recovery does not lift a lock"


@row("LIM-6", Sees("recovery_locks", "who is asked after is locked out"))
def lim_6_does_not_lock_who_is_asked_after(portals: Portals) -> None:
    """Does not lock an account because somebody asked for its recovery.

    OWASP Forgot Password Cheat Sheet, "Account Lockout".
    """
    portal = portals.usual
    account = portal.accounts["recovery"]
    signed_in = portal.signed_in("recovery")
    for number in range(TRIES):
        portal.ask_recovery(account, "code" if number % 2 else "link")
    assert portal.lets_in(account), "who is asked after is locked out"
    assert signed_in.get(INSIDE).status_code == 200, "who is asked after is signed out"
