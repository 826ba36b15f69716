"""SES: what a session is, how it begins and how it ends."""

from __future__ import annotations

import re
import time
from http.cookies import Morsel, SimpleCookie

import httpx
import pyotp

from tests.conformance.client import INSIDE, RECOVERY, SESSION, Browser, ConformingPortal
from tests.conformance.rows import IDLE, Portals, Sees, row
from tests.conformance.rows import SESSION as LONGEST

SIGN_OUT, EVERYWHERE, STAY = "/sign-out/", "/account/sign-out-everywhere/", "/session/"
ELSEWHERE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
_FORM = re.compile(rf'<form method="post" action="{SIGN_OUT}"[^>]*>')


def knows(portal: ConformingPortal, session: str) -> bool:
    """Whether a session cookie opens the portal to somebody else who has it."""
    visitor = portal.visitor()
    visitor.session = session
    return visitor.is_in


@row("SES-1", Sees("session_id_not_rotated", "the session keeps its token over the login"))
def ses_1_login_brings_a_new_token(portals: Portals) -> None:
    """A new session token at login.

    OWASP ASVS 5.0.0 7.2.4 (L1); OWASP Session Management Cheat Sheet, "Renew".
    """
    portal = portals.usual
    for key in ("basic", "totp"):
        account = portal.accounts[key]
        visitor = portal.visitor()
        # A token that the portal gave out, and that somebody else may know.
        visitor.fill(RECOVERY, user_id="nobody.here", by="code")
        tokens = [visitor.session]
        assert tokens[0], "there is no token before the login to compare with"
        visitor.sign_in(account)
        tokens.append(visitor.session)
        if account["totp"]:
            visitor.give_code(pyotp.TOTP(account["totp"]).now())
            tokens.append(visitor.session)
        assert visitor.is_in, "the login does not open the portal"
        assert len(set(tokens)) == len(tokens), "the session keeps its token over the login"
        assert not any(knows(portal, token) for token in tokens[:-1]), "an older token is good"


@row("SES-2", Sees("cookie_without_flags", "a cookie is without its flags"))
def ses_2_cookies_are_guarded(portals: Portals) -> None:
    """Cookie Secure, HttpOnly, SameSite Lax or Strict, `__Host-`, Path=/.

    NIST SP 800-63B-4 5.1.1; OWASP ASVS 5.0.0 3.3.1-3.3.4; OWASP Session Management Cheat
    Sheet.
    """
    portal = portals.usual
    account = portal.accounts["totp_1"]
    visitor = portal.visitor()
    fields = {"user_id": account["user_id"], "password": account["password"], "remember": "on"}
    code = pyotp.TOTP(account["totp"]).now()
    answers = [
        visitor.get("/sign-in/"),
        visitor.fill("/sign-in/", **fields),
        visitor.fill("/sign-in/code/", code=code, trust="on"),
    ]
    cookies = [cookie for answer in answers for cookie in set_by(answer)]
    names = {cookie.key for cookie in cookies}
    assert len(names) == 4, "the session, the form, the User ID and the device have a cookie each"
    for cookie in cookies:
        flags = cookie["secure"] and cookie["httponly"] and cookie["samesite"] in ("Lax", "Strict")
        assert flags, "a cookie is without its flags"
        bound = cookie.key.startswith("__Host-") and cookie["path"] == "/" and not cookie["domain"]
        assert bound, "a cookie is not bound to this host"
    assert SESSION in names, "there is no session cookie"


def set_by(answer: httpx.Response) -> list[Morsel[str]]:
    """The cookies that an answer sets."""
    return [
        morsel
        for line in answer.headers.get_list("Set-Cookie")
        for morsel in SimpleCookie(line).values()
    ]


@row("SES-3", Sees("sign_out_keeps_session", "the old cookie is good after the logout"))
def ses_3_logout_ends_it_on_the_server(portals: Portals) -> None:
    """Logout ends it on the server: put the old cookie back.

    OWASP ASVS 5.0.0 7.4.1 (L1); NIST SP 800-63B-4 5.1.
    """
    portal = portals.usual
    visitor = portal.signed_in("basic")
    session = visitor.session
    assert knows(portal, session), "a session cookie opens nothing"
    visitor.fill(INSIDE, to=SIGN_OUT)
    assert not visitor.is_in, "the logout does not log out"
    assert not knows(portal, session), "the old cookie is good after the logout"


@row("SES-4", Sees("session_endless", "an idle session goes on"))
def ses_4_session_ends_by_itself(portals: Portals) -> None:
    """Idle at most 15 min (PCI), SHOULD be at most 1 h and 24 h in all at AAL2.

    PCI DSS 4.0.1 8.2.8; NIST SP 800-63B-4 2.2.3; OWASP ASVS 5.0.0 7.3.1, 7.3.2.
    """
    left = portals.usual.signed_in("basic").fill(INSIDE, to=STAY).json()
    assert left["idle"] <= 15 * 60, "a session may be idle for more than 15 minutes"
    assert left["at_most"] <= 24 * 60 * 60, "a session may last longer than a day"
    portal = portals.short
    idle, busy = portal.signed_in("recovery"), portal.signed_in("basic")  # its time runs from here
    began = time.monotonic()
    while time.monotonic() - began < IDLE + 0.5:
        assert busy.is_in, "a session that is in use does not go on"
    assert not idle.is_in, "an idle session goes on"
    while busy.is_in:
        assert time.monotonic() - began < LONGEST + 2, "a session never ends"
    assert time.monotonic() - began > IDLE, "a session in use ends as an idle one does"


@row("SES-5", Sees("sign_out_by_link", "a link on another site signs out"))
def ses_5_logout_is_at_hand(portals: Portals) -> None:
    """Logout is easy to find on every page; not on GET of another site.

    OWASP ASVS 5.0.0 7.4.4 (L2).
    """
    visitor = portals.usual.signed_in("basic")
    navigation = visitor.get(INSIDE).text.partition("<nav")[2].partition("</nav>")[0]
    pages = re.findall(r'href="(/[^"]*)"', navigation)
    assert len(pages) >= 8, "the navigation leads nowhere"
    for path in (*pages, "/account/security/", "/account/password/"):
        assert _FORM.search(visitor.get(path).text), f"{path} has no logout"
    visitor.get(SIGN_OUT, headers=ELSEWHERE)
    assert visitor.is_in, "a link on another site signs out"
    visitor.post(SIGN_OUT, headers=ELSEWHERE)
    assert visitor.is_in, "a form on another site signs out"


@row("SES-6", Sees("csrf_off", "a form is taken that is not of this session"))
def ses_6_posts_belong_to_the_session(portals: Portals) -> None:
    """POSTs carry something tied to the session: send one without.

    NIST SP 800-63B-4 5.1 SHALL.
    """
    portal = portals.usual
    visitor, another = portal.signed_in("basic"), portal.signed_in("basic")
    for token in ("", token_of(another), "x" * 64):
        for path in (EVERYWHERE, STAY, SIGN_OUT):
            answer = visitor.post(path, data={"csrfmiddlewaretoken": token})
            assert answer.status_code == 403, "a form is taken that is not of this session"
    assert visitor.is_in, "a refused form has had its effect"
    assert another.is_in, "a refused form has had its effect"
    assert visitor.fill(INSIDE, to=STAY).status_code == 200, "a right form is refused"


def token_of(visitor: Browser) -> str:
    """What the forms of somebody's session carry."""
    page = visitor.get(INSIDE).text
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
