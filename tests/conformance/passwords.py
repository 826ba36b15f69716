"""PWD: what a password may be, tried at recovery."""

from __future__ import annotations

import re

from tests.conformance.client import NEW_PASSWORD, Account, Browser, ConformingPortal
from tests.conformance.rows import Portals, Sees, row

SHORT = "quilted-river-"  # 14 characters
LONG = "quilted river notebook sunday lantern granite seven under window"  # 64
COMMON = ("password1234567", "aaaaaaaaaaaaaaaa", "abcdefghijklmnopq", "simon.okoye-meridian")
SECRET = "Zanzibar-Marmalade-40"


def refused(visitor: Browser, password: str) -> str:
    """What the page says against a password; "" where it was taken."""
    text = visitor.set_password(password).text
    return " ".join(re.findall(r'class="field-error">(.*?)</p>', text, re.S))


@row(
    "PWD-1",
    Sees("password_rules_off", "14 characters alone are enough"),
    Sees("password_composition", "64 small letters are refused"),
)
def pwd_1_asks_for_length_alone(portals: Portals) -> None:
    """15 characters alone, 8 with a second factor; 64 allowed; no composition rules, paste allowed.

    NIST SP 800-63B-4 3.1.1.2; OWASP ASVS 5.0.0 6.2.1, 6.2.5, 6.2.7, 6.2.9 (PCI DSS 4.0.1
    8.3.6: 12).
    """
    portal = portals.usual
    account = portal.accounts["recovery"]
    visitor = portal.recovering(account)
    page = visitor.get(NEW_PASSWORD).text
    assert "onpaste" not in page, "a password cannot be pasted"
    assert 'autocomplete="new-password"' in page, "a password manager is not welcome"
    assert refused(visitor, SHORT), "14 characters alone are enough"
    assert not refused(visitor, LONG), "64 small letters are refused"
    assert portal.lets_in(account, LONG), "a password of 64 characters does not sign in"
    assert not refused(portal.recovering(account, 2), SHORT + "m"), "15 characters are refused"
    visitor = portal.recovering(portal.accounts["recovery_totp"])
    assert refused(visitor, "brookfe"), "7 characters with an app are enough"
    assert not refused(visitor, "brookfer"), "8 characters with an app are refused"


@row("PWD-2", Sees("password_rules_off", "a password that is easily guessed was taken"))
def pwd_2_refuses_what_is_guessed_first(portals: Portals) -> None:
    """Common and breached ones refused, with the reason.

    NIST SP 800-63B-4 3.1.1.2 SHALL; OWASP ASVS 5.0.0 6.2.4, 6.2.12.
    """
    portal = portals.usual
    visitor = portal.recovering(portal.accounts["recovery_totp"])
    for password in COMMON:
        reason = refused(visitor, password)
        assert reason, "a password that is easily guessed was taken"
        assert re.search(r"Password must (not|be more)", reason), "no reason is given"


@row("PWD-3", Sees("password_echoed", "a page has the password that was typed"))
def pwd_3_never_echoes_a_password(portals: Portals) -> None:
    """Never echoes a password in a page.

    Masking: OWASP ASVS 5.0.0 6.2.6; nothing names it outright.
    """
    portal = portals.usual
    for text in pages_after(portal, portal.accounts["recovery"]):
        assert SECRET not in text, "a page has the password that was typed"


def pages_after(portal: ConformingPortal, account: Account) -> list[str]:
    """What is answered to a password, wherever one can be typed and refused."""
    security = "/account/security/change/set-up-app/"
    signed_in = portal.signed_in("basic")
    change = {"current_password": SECRET, "new_password": SECRET + SECRET}
    return [
        portal.visitor().sign_in(account, SECRET).text,
        portal.visitor().fill("/sign-in/", user_id="", password=SECRET).text,
        portal.recovering(account).set_password(f"{SECRET}{account['user_id']}").text,
        signed_in.fill("/account/password/", **change).text,
        signed_in.fill(security, password=SECRET).text,
    ]
