"""OTP: codes of an app, and codes that are sent."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable

import pyotp

from tests.conformance.client import CODE, INSIDE, NEW_PASSWORD, Account, ConformingPortal
from tests.conformance.rows import CODE as CODE_SECONDS
from tests.conformance.rows import Portals, Sees, row
from tests.waiting import wait_until

STEP = 30
ASKED = "/sign-in/code/"
_PAGES = (
    *(INSIDE, "/account/", "/account/security/", "/account/password/", "/patients/"),
    *("/transactions/", "/applications/", "/reports/", "/resources/", "/support/"),
)


def in_one_step(portals: Portals, probe: Callable[[ConformingPortal], None]) -> None:
    """Runs ``probe`` while an app shows one code; again, from the start, where it changed."""
    while True:
        began = time.time() // STEP
        try:
            probe(portals.usual)
        except AssertionError:
            if time.time() // STEP == began:
                raise
        if time.time() // STEP == began:
            return
        portals.start_over()


def texted(portal: ConformingPortal, account: Account, number: int = 1) -> str:
    """The code of the ``number``-th text."""

    def found() -> str | None:
        codes = [text[:6] for _, text in portal.texts(account["phone"])]
        return codes[number - 1] if len(codes) >= number else None

    return wait_until(found, seconds=portal.patience, what="a text with a code")


@row(
    "OTP-1",
    Sees("totp_replay", "a code of an app works twice"),
    Sees("sent_code_reusable", "a code that was sent works twice"),
)
def otp_1_code_works_once(portals: Portals) -> None:
    """A TOTP or mailed code works once: the same code in a second browser, same step.

    RFC 6238 5.2 MUST NOT; NIST SP 800-63B-4 3.1.4.2, 3.1.3.2 SHALL; OWASP ASVS 5.0.0 6.5.1
    (L2); PCI DSS 4.0.1 8.5.1.
    """
    in_one_step(portals, app_code_works_once)
    portal = portals.usual
    for key in ("email_code", "sms_code"):
        account = portal.accounts[key]
        first, second = portal.visitor(), portal.visitor()
        first.sign_in(account)
        is_mail = key == "email_code"
        code = portal.mailed(account, CODE, "a code") if is_mail else texted(portal, account)
        second.sign_in(account)
        first.give_code(code)
        assert first.is_in, "a right code does not open the portal"
        second.give_code(code)
        assert not second.is_in, "a code that was sent works twice"


def app_code_works_once(portal: ConformingPortal) -> None:
    account = portal.accounts["totp"]
    code = pyotp.TOTP(account["totp"]).now()
    first, second = portal.visitor(), portal.visitor()
    for visitor in (first, second):
        visitor.sign_in(account)
        visitor.give_code(code)
    assert first.is_in, "a right code does not open the portal"
    assert not second.is_in, "a code of an app works twice"


@row(
    "OTP-2",
    Sees("totp_clock_skew", "a code of this step or the next to it is refused"),
    Sees("totp_wide_window", "a code of two steps away is accepted"),
)
def otp_2_code_is_good_for_its_step(portals: Portals) -> None:
    """30 s steps, at most one step of delay: codes at -2, -1, 0, +1, +2.

    RFC 6238 5.2 RECOMMEND; OWASP ASVS 5.0.0 6.5.5 says 30 s at most (stricter).
    """
    in_one_step(portals, codes_around_now)


def codes_around_now(portal: ConformingPortal) -> None:
    account = portal.accounts["totp"]
    app, now = pyotp.TOTP(account["totp"]), int(time.time())
    for steps in (-2, 2, -1, 0, 1):
        visitor = portal.visitor()
        visitor.sign_in(account)
        visitor.give_code(app.at(now + steps * STEP))
        if abs(steps) < 2:
            assert visitor.is_in, "a code of this step or the next to it is refused"
        else:
            assert not visitor.is_in, "a code of two steps away is accepted"


@row("OTP-3", Sees("totp_short_key", "the key of an app is shorter than 112 bits"))
def otp_3_secret_is_long(portals: Portals) -> None:
    """A secret of 112 bits or more.

    NIST SP 800-63B-4 3.1.4.1 SHALL.
    """
    portal = portals.usual
    account = portal.accounts["no_factor_yet"]
    visitor = portal.signed_in("no_factor_yet")
    answer = visitor.fill("/account/security/change/set-up-app/", password=account["password"])
    page = visitor.get(answer.headers["Location"])
    key = re.search(r'<code class="key">([^<]+)<', page.text)[1].replace(" ", "").rstrip("=")
    bits = 8 * len(base64.b32decode(key + "=" * (-len(key) % 8)))
    assert bits >= 112, "the key of an app is shorter than 112 bits"
    code = pyotp.TOTP(key).now()
    visitor.fill("/account/security/app/", code=code)
    assert not portal.lets_in(account), "an app that was set up is not asked for"


@row(
    "OTP-4",
    Sees("sent_code_unbound", "a code opens a sign-in that did not ask for it"),
    Sees("sent_code_endless", "a code is good after its time"),
)
def otp_4_sent_code_is_short_lived_and_bound(portals: Portals) -> None:
    """Sent codes: at most 10 minutes, at least 6 digits, bound to that login.

    NIST SP 800-63B-4 3.1.3.2; OWASP ASVS 5.0.0 6.5.4, 6.5.5, 6.6.2.
    """
    portal = portals.usual
    account = portal.accounts["sms_code"]
    asked, another = portal.visitor(), portal.visitor()
    asked.sign_in(account)
    code = texted(portal, account)
    another.sign_in(account)
    assert re.fullmatch(r"\d{6}", code), "a code has fewer than six digits"
    (_, said), *_ = portal.texts(account["phone"])
    assert re.search(r"for (10|\d) minutes?", said), "a code is for more than ten minutes"
    another.give_code(code)
    assert not another.is_in, "a code opens a sign-in that did not ask for it"
    asked.give_code(code)
    assert asked.is_in, "a code does not open the sign-in that asked for it"
    portal = portals.short
    account = portal.accounts["sms_code"]
    late = portal.visitor()
    late.sign_in(account)
    code = texted(portal, account)
    # Whether a code is over shows only by trying it: a link of the same time, which was
    # asked for later, says when that is. The sign-in must not be idle meanwhile.
    link = portal.recovering(portal.accounts["recovery"])
    wait_until(
        lambda: late.get(ASKED) and not link.asks_for_password(NEW_PASSWORD),
        seconds=CODE_SECONDS + 10,
        what="the end of a code's time",
    )
    late.give_code(code)
    assert not late.is_in, "a code is good after its time"


@row("OTP-5", Sees("mail_is_second_factor", "a mailbox counts as a second factor"))
def otp_5_mail_is_no_second_factor(portals: Portals) -> None:
    """Codes by mail are not a second factor: warn, do not fail.

    NIST SP 800-63B-4 3.1.3.1 SHALL NOT; OWASP ASVS 5.0.0 6.3.6 (L3). The portal offers
    them, since portals do; it says that they protect less, and asks of a password beside
    them what it asks of one alone.
    """
    portal = portals.usual
    account = portal.accounts["email_code"]
    page = portal.signed_in("basic").get("/account/security/").text
    assert "An app protects you better" in page, "nobody is told what codes by mail are worth"
    visitor = portal.recovering(account)
    visitor.set_password("brook7fern")
    assert visitor.asks_for_password(NEW_PASSWORD), "a mailbox counts as a second factor"


@row("OTP-6", Sees("second_factor_skippable", "a page opens between the two factors"))
def otp_6_nothing_opens_between_the_factors(portals: Portals) -> None:
    """Nothing behind the login opens between the two factors.

    PCI DSS 4.0.1 8.5.1; OWASP ASVS 5.0.0 6.3.4.
    """
    portal = portals.usual
    visitor = portal.visitor()
    visitor.sign_in(portal.accounts["totp"])
    for path in _PAGES:
        answer = visitor.get(path)
        assert answer.status_code == 302, "a page opens between the two factors"
        assert answer.headers["Location"].startswith(ASKED), "the code is not asked for"
