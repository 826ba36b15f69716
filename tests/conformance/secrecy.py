"""ENU: what the portal lets on about who has an account."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Sequence

import httpx

from tests.conformance.client import RECOVERY, Account, ConformingPortal
from tests.conformance.limits import TRIES
from tests.conformance.rows import Portals, Sees, row

Seen = tuple[int, str, str]
NOTICEABLE = 0.25  # seconds; hashing a password takes a fraction of it
PAIRS = (
    ("basic", "nobody.one"),
    ("totp", "nobody.two"),
    ("email_code", "nobody.three"),
    ("suspended", "nobody.four"),
    ("recovery", "nobody.five"),
)


def seen(answer: httpx.Response) -> Seen:
    """Status, address and text, without what differs from one page to the next by its nature."""
    text = re.sub(r'value="[^"]*"', "", answer.text)
    text = re.sub(r"Try again in .*?</time>", "", text)
    return answer.status_code, answer.headers.get("Location", ""), text


def nobody(user_id: str = "nobody.here") -> Account:
    """Nobody's User ID, with a password that would do."""
    return {"user_id": user_id, "password": "Harbor-Lantern-Violet-27"}


def slower(known: Sequence[Callable[[], object]], unknown: Sequence[Callable[[], object]]) -> float:
    """By how much longer the answers to ``known`` take, in seconds: medians, taken in turn."""
    taken: tuple[list[float], list[float]] = ([], [])
    for pair in zip(known, unknown, strict=True):
        for ask, times in zip(pair, taken, strict=True):
            began = time.perf_counter()
            ask()
            times.append(time.perf_counter() - began)
    return statistics.median(taken[0]) - statistics.median(taken[1])


@row(
    "ENU-1",
    Sees("enumeration_text", "the sign-in tells who has an account"),
    Sees("enumeration_time", "the sign-in tells by its time who has an account"),
)
def enu_1_tells_nobody_who_has_an_account(portals: Portals) -> None:
    """The same message and status for unknown user, wrong password, locked, disabled.

    OWASP ASVS 5.0.0 6.3.8 (L3); OWASP Authentication Cheat Sheet, "Authentication
    Responses". A portal that is to be explicit tells a lock to whoever tries, but also for
    User IDs that nobody has, and a suspension only to who knows the password.
    """
    portal = portals.usual

    def after(account: Account, password: str = "a wrong password") -> Seen:
        return seen(portal.visitor().sign_in(account, password))

    known = [lambda key=key: after(portal.accounts[key]) for key, _ in PAIRS]
    unknown = [lambda user_id=user_id: after(nobody(user_id)) for _, user_id in PAIRS]
    assert abs(slower(known, unknown)) < NOTICEABLE, (
        "the sign-in tells by its time who has an account"
    )
    standard = after(nobody())
    for key in ("basic", "totp", "suspended", "inactive", "expired_password"):
        told = after(portal.accounts[key])
        assert told == standard, "the sign-in tells who has an account"
    account = portal.accounts["lockout"]
    for locked in (account, nobody("nobody.locked")):
        portal.fail(locked, TRIES)
    of_somebody, of_nobody = after(account, account["password"]), after(nobody("nobody.locked"))
    assert of_somebody == of_nobody, "a lock tells who has an account"
    if portals.mode == "generic":
        assert of_somebody == standard, "a lock is told from a wrong password"
        for key in ("suspended", "inactive"):
            told = after(portal.accounts[key], portal.accounts[key]["password"])
            assert told == standard, f"an account that is {key} is told from a wrong password"


@row(
    "ENU-2",
    Sees("enumeration_text", "recovery tells who has an account", {"path": RECOVERY}),
    Sees("enumeration_time", "recovery tells by its time who has an account", {"path": RECOVERY}),
)
def enu_2_recovery_tells_nobody_either(portals: Portals) -> None:
    """The same for recovery, and takes the same time.

    OWASP ASVS 5.0.0 6.3.8; OWASP Forgot Password Cheat Sheet.
    """
    portal = portals.usual

    def asked(user_id: str, by: str) -> tuple[Seen, ...]:
        visitor = portal.visitor()
        answer = visitor.fill(RECOVERY, user_id=user_id, by=by)
        pages = [answer]
        if path := answer.headers.get("Location"):
            pages.append(visitor.get(path))
            if by == "code":
                pages.append(visitor.fill(path, code="000000"))
        return tuple(seen(page) for page in pages)

    known_ids = [portal.accounts[key]["user_id"] for key, _ in PAIRS]
    known = [lambda user_id=user_id: asked(user_id, "link") for user_id in known_ids]
    unknown = [lambda user_id=user_id: asked(user_id, "link") for _, user_id in PAIRS]
    assert abs(slower(known, unknown)) < NOTICEABLE, "recovery tells by its time who has an account"
    for by in ("link", "code"):
        standard = asked("nobody.here", by)
        for key in ("basic", "suspended", "lockout_totp"):
            told = asked(portal.accounts[key]["user_id"], by)
            assert told == standard, "recovery tells who has an account"
    assert reminded(portal, portal.accounts["basic"]["email"]) == reminded(
        portal, "nobody@practice.example"
    ), "the reminder of a User ID tells who has an account"


def reminded(portal: ConformingPortal, email: str) -> Seen:
    """What somebody sees who asks for the User ID of an address."""
    visitor = portal.visitor()
    path = visitor.fill("/recovery/user-id/", email=email).headers["Location"]
    return seen(visitor.get(path))
