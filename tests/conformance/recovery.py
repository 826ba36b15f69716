"""REC: the way back in must be no easier than the sign-in."""

from __future__ import annotations

import re

from tests.conformance.client import CODE, INSIDE, LINK, NEW_PASSWORD, PUBLIC, RECOVERY, Browser
from tests.conformance.limits import PASSPHRASE
from tests.conformance.rows import RECOVERY as LINK_SECONDS
from tests.conformance.rows import Portals, Sees, row
from tests.waiting import wait_until

ANOTHER = "seven lanterns under granite"
# At most 24 hours, in whichever unit.
LINK_TIME = r"for ((2[0-4]|1?\d) hours?|\d{1,3} minutes?)\b"
_FIELDS = {"csrfmiddlewaretoken", "user_id", "by", "email", "code", "password"}
_SECRETS = re.compile(
    r"security question|secret question|hint:|first pet|mother.s|maiden|born in", re.I
)


@row(
    "REC-1",
    Sees("recovery_older_token_good", "an older link is good beside a newer one"),
    Sees("recovery_wrong_account", "a link does not open the account it was mailed to"),
    Sees("recovery_token_reusable", "a link is good a second time"),
    Sees("recovery_token_endless", "the end of a link's time"),
)
def rec_1_token_is_good_once_and_for_a_time(portals: Portals) -> None:
    """A recovery token is random, single use, for one user, expires: 24 h by mail, 10 min by SMS.

    NIST SP 800-63B-4 4.2.1.2 SHALL; OWASP Forgot Password Cheat Sheet.
    """
    portal = portals.usual
    account = portal.accounts["recovery"]
    older = portal.recovering(account)
    visitor = portal.recovering(account, 2)
    links = [portal.recovery_link(account, number) for number in (1, 2)]
    tokens = {link.rstrip("/").rpartition("/")[2] for link in links}
    assert len(tokens) == 2, "two links have the same token"
    assert min(map(len, tokens)) >= 22, "a token has less than 128 bits"
    portal.mailed(account, LINK_TIME, "a link's time of 24 hours")
    assert not older.asks_for_password(NEW_PASSWORD), "an older link is good beside a newer one"
    visitor.set_password(PASSPHRASE)
    assert portal.lets_in(account, PASSPHRASE), "a link does not open the account it was mailed to"
    again = portal.visitor()
    again.get(links[1])
    assert not again.asks_for_password(NEW_PASSWORD), "a link is good a second time"
    portal = portals.short
    late = portal.recovering(portal.accounts["recovery"])
    assert late.asks_for_password(NEW_PASSWORD), "a link is good for no time at all"
    wait_until(
        lambda: not late.asks_for_password(NEW_PASSWORD),
        seconds=LINK_SECONDS + 1,
        what="the end of a link's time",
    )


@row("REC-2", Sees("recovery_code_unlimited", "a code can be guessed at without end"))
def rec_2_typed_code_is_long_and_tries_are_few(portals: Portals) -> None:
    """A code to type has at least 6 digits, and tries are limited.

    NIST SP 800-63B-4 4.2.1.2 with 3.2.2 SHALL.
    """
    portal = portals.usual
    account = portal.accounts["recovery"]
    visitor = portal.ask_recovery(account, by="code")
    code = portal.mailed(account, CODE, "a mail with a code")
    assert len(code) >= 6, "a code has fewer than six digits"
    portal.mailed(account, r"for (10|\d) minutes?", "a code's time of ten minutes")
    for number in range(10):
        give_code(visitor, f"{(int(code) + 1 + number) % 10 ** len(code):0{len(code)}}")
    give_code(visitor, code)
    assert not visitor.asks_for_password(NEW_PASSWORD), "a code can be guessed at without end"
    second = portal.ask_recovery(account, by="code")
    give_code(second, portal.mailed(account, CODE, "a second code", 2))
    assert second.asks_for_password(NEW_PASSWORD), "a right code does not lead on"


def give_code(visitor: Browser, code: str) -> None:
    visitor.fill("/recovery/code/", code=code)


@row("REC-3", Sees("recovery_skips_second_factor", "recovery gets round the second factor"))
def rec_3_second_factor_is_still_asked(portals: Portals) -> None:
    """Recovery does not get round the second factor; at AAL2 two proofs.

    OWASP ASVS 5.0.0 6.4.3 (L2); NIST SP 800-63B-4 4.2.2.2; PCI DSS 4.0.1 8.5.1.
    """
    portal = portals.usual
    account = portal.accounts["recovery_totp"]
    visitor = portal.recovering(account)
    visitor.set_password(PASSPHRASE)
    assert not visitor.is_in, "recovery gets round the second factor"
    answer = visitor.sign_in(account, PASSPHRASE)
    assert answer.headers.get("Location") == "/sign-in/code/", (
        "recovery gets round the second factor"
    )
    assert not visitor.is_in, "recovery gets round the second factor"


@row(
    "REC-4",
    Sees(
        "mail_lost", "a notice of the new password", by_absence=True, scope={"path": NEW_PASSWORD}
    ),
)
def rec_4_tells_the_owner(portals: Portals) -> None:
    """Tells the user by mail, without the password.

    NIST SP 800-63B-4 4.2.3 SHALL; OWASP ASVS 5.0.0 6.3.7 (L3); OWASP Forgot Password Cheat
    Sheet.
    """
    portal = portals.usual
    account = portal.accounts["recovery"]
    portal.recovering(account).set_password(PASSPHRASE)
    portal.mailed(account, "was changed", "a notice of the new password")
    texts = [text for _, text in portal.mails(account["email"])]
    assert not any(word in text for text in texts for word in (PASSPHRASE, account["password"])), (
        "a mail has a password"
    )


@row(
    "REC-5",
    Sees("recovery_signs_in", "recovery signs in by itself"),
    Sees("recovery_keeps_sessions", "another session goes on after recovery"),
)
def rec_5_ends_sessions_and_starts_none(portals: Portals) -> None:
    """Does not sign in by itself afterwards; ends or offers to end other sessions.

    OWASP Forgot Password Cheat Sheet; OWASP ASVS 5.0.0 7.4.3 (L2).
    """
    portal = portals.usual
    another = portal.signed_in("recovery")
    visitor = portal.recovering(portal.accounts["recovery"])
    visitor.set_password(PASSPHRASE)
    assert not visitor.is_in, "recovery signs in by itself"
    assert not another.is_in, "another session goes on after recovery"


@row("REC-6", Sees("recovery_secret_question", "recovery asks for a secret"))
def rec_6_asks_no_secrets(portals: Portals) -> None:
    """No hints, no secret questions.

    NIST SP 800-63B-4 3.1.1.2 SHALL NOT; OWASP ASVS 5.0.0 6.4.2.
    """
    portal = portals.usual
    account = portal.accounts["recovery"]
    by_code = portal.ask_recovery(account, by="code")
    by_link = portal.recovering(account)
    pages = [
        portal.visitor().get("/sign-in/"),
        portal.visitor().sign_in(account, "a wrong password"),
        portal.visitor().get(RECOVERY),
        portal.visitor().get("/recovery/user-id/"),
        by_code.get("/recovery/code/"),
        by_link.get(NEW_PASSWORD),
    ]
    for page in pages:
        asked = set(re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', page.text))
        unknown = asked - _FIELDS - {"remember"}
        assert not unknown | set(_SECRETS.findall(page.text)), "recovery asks for a secret"


@row(
    "REC-7",
    Sees("recovery_link_from_host", "a link leads to the host that the request named"),
    Sees("missing_headers", "the page of a link tells its address to others"),
)
def rec_7_link_leads_here_and_stays_secret(portals: Portals) -> None:
    """The link is https, not built from the Host header, its page sends no referrer.

    OWASP Forgot Password Cheat Sheet, "URL Tokens".
    """
    portal = portals.usual
    account = portal.accounts["recovery"]
    visitor = portal.visitor()
    refused = visitor.get(RECOVERY, headers={"Host": "evil.example"})
    assert refused.status_code == 400, "a host that is not ours is answered"
    # One that is answered, and is not the public one; with what proxies say of theirs.
    hosts = {"Host": "localhost", "Origin": "https://localhost", "X-Forwarded-Host": "evil.example"}
    visitor.headers.update(hosts)
    visitor.fill(RECOVERY, user_id=account["user_id"], by="link")
    link = portal.mailed(account, LINK, "a mail with a recovery link")
    assert link.startswith(f"{PUBLIC}/recovery/link/"), (
        "a link leads to the host that the request named"
    )
    reader = portal.visitor()
    opened = reader.get(link)
    assert opened.headers.get("Referrer-Policy") == "no-referrer", (
        "the page of a link tells its address to others"
    )
    page = reader.get(opened.headers["Location"])
    assert page.headers.get("Referrer-Policy") in ("no-referrer", "same-origin"), (
        "the page after a link tells its address to others"
    )
    token = link.rstrip("/").rpartition("/")[2]
    assert token not in opened.headers["Location"] + page.text, "a page repeats the token"
    assert reader.get(INSIDE).status_code == 302, "a link alone signs in"
