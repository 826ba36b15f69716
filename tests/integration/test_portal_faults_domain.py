"""Faults of the way in, of sessions and of what a page says: over plain HTTP."""

from __future__ import annotations

import time

import pyotp
import pytest

from tests.integration.test_portal_faults_messages import LINK
from tests.integration.troubled_portal import LOCK_TRIES, SIGN_IN, TroubledPortal, Visitor
from tests.proofs import proves

LOCKED = "temporarily locked"
WRONG = "The User ID or password is incorrect."
NEW_PASSWORD = "Larkspur-Tunnel-Mosaic-90"


def code(account: dict[str, str], ahead: int = 0) -> str:
    return pyotp.TOTP(account["totp"]).at(int(time.time()) + ahead)


def before_the_code(troubled: TroubledPortal, account: str) -> Visitor:
    visitor = troubled.visitor()
    assert visitor.sign_in(troubled.accounts[account]).status_code == 302
    return visitor


def lock(troubled: TroubledPortal, account: str) -> None:
    for _ in range(LOCK_TRIES):
        answer = troubled.visitor().sign_in(troubled.accounts[account], "Wrong-Password-1")
        assert answer.status_code == 200


# --- Passwords and codes


@proves("credentials_store_down")
def test_no_right_password_helps(troubled):
    troubled.turn_on("credentials_store_down")
    for account in ("basic", "totp"):
        visitor = troubled.visitor()
        answer = visitor.sign_in(troubled.accounts[account])
        assert answer.status_code == 503
        assert "We cannot sign you in right now" in answer.text
        assert not visitor.is_in
    troubled.all_well()
    assert troubled.signed_in("basic").is_in


@proves("totp_clock_skew")
@pytest.mark.parametrize("seconds", [300, -300])
def test_codes_of_the_right_time_are_refused(troubled, seconds):
    account = troubled.accounts["totp"]
    troubled.turn_on("totp_clock_skew", parameters={"seconds": seconds})
    answer = before_the_code(troubled, "totp").give_code(code(account))
    assert "That code is not right." in answer.text
    wrong = code(account, ahead=seconds)
    assert before_the_code(troubled, "totp").give_code(wrong).status_code == 302
    # One that the wrong clock has accepted is used up by it all the same.
    assert "already been used" in before_the_code(troubled, "totp").give_code(wrong).text
    troubled.all_well()
    assert troubled.signed_in("totp").is_in  # and nothing of it stays behind


@proves("totp_replay")
def test_a_code_opens_a_second_browser(troubled):
    used = code(troubled.accounts["totp"])
    assert before_the_code(troubled, "totp").give_code(used).status_code == 302
    refused = before_the_code(troubled, "totp").give_code(used)
    assert "That code has already been used." in refused.text
    troubled.turn_on("totp_replay")
    second = before_the_code(troubled, "totp")
    assert second.give_code(used).status_code == 302
    assert second.is_in


@proves("lockout_not_enforced")
def test_no_number_of_tries_locks(troubled):
    account = troubled.accounts["lockout"]
    lock(troubled, "lockout")
    assert LOCKED in troubled.visitor().sign_in(account).text
    troubled.turn_on("lockout_not_enforced")
    lock(troubled, "lockout")
    assert troubled.signed_in("lockout").is_in


@proves("lockout_everyone")
def test_everybody_is_locked_who_did_nothing_wrong(troubled):
    troubled.turn_on("lockout_everyone")
    for account in ("basic", "recovery", "email_code"):
        visitor = troubled.visitor()
        assert LOCKED in visitor.sign_in(troubled.accounts[account]).text
        assert not visitor.is_in
    troubled.all_well()
    assert troubled.signed_in("basic").is_in


@proves("locked_says_wrong_password")
def test_who_is_locked_is_told_of_a_wrong_password(troubled):
    account = troubled.accounts["lockout"]
    lock(troubled, "lockout")
    told = troubled.visitor().sign_in(account).text
    assert LOCKED in told
    assert WRONG not in told
    troubled.turn_on("locked_says_wrong_password")
    visitor = troubled.visitor()
    told = visitor.sign_in(account).text
    assert WRONG in told
    assert LOCKED not in told
    assert not visitor.is_in


@proves("recovery_wrong_account")
def test_a_recovery_link_opens_the_account_of_somebody_else(troubled):
    troubled.turn_on("recovery_wrong_account")
    visitor = LINK.ask(troubled)
    ((_, message),) = LINK.wait_for(troubled)
    assert LINK.helps(visitor, message)
    answer = visitor.fill("/recovery/new-password/", password=NEW_PASSWORD)
    assert answer.headers["Location"] == "/recovery/done/"
    who_asked = troubled.accounts[LINK.account]
    assert WRONG in troubled.visitor().sign_in(who_asked, NEW_PASSWORD).text
    assert troubled.visitor().sign_in(who_asked).status_code == 302
    somebody_else = troubled.accounts["basic"]
    assert troubled.visitor().sign_in(somebody_else, NEW_PASSWORD).status_code == 302


@proves("enumeration_text")
def test_the_sign_in_says_who_exists(troubled):
    def told(user_id: str) -> bool:
        details = {"user_id": user_id, "password": "Wrong-Password-1"}
        return "No account has this User ID." in troubled.visitor().sign_in(details).text

    assert not told("nobody.at.all")
    troubled.turn_on("enumeration_text")
    assert told("nobody.at.all")
    assert not told(troubled.accounts["basic"]["user_id"])


# --- Sessions


@proves("session_id_not_rotated")
def test_an_id_from_before_the_sign_in_opens_the_session(troubled):
    def known_before() -> bool:
        visitor, account = troubled.visitor(), troubled.accounts["basic"]
        planted = "known0to0somebody0else0000000000"
        visitor.cookies.set("session", planted)
        visitor.sign_in(account)
        other = troubled.visitor()
        other.cookies.set("session", planted)
        return other.is_in

    assert not known_before()
    troubled.turn_on("session_id_not_rotated")
    assert known_before()


@proves("sign_out_keeps_session")
def test_the_old_cookie_opens_the_portal_after_sign_out(troubled):
    def still_open() -> bool:
        visitor = troubled.signed_in()
        old = visitor.cookies["session"]
        assert visitor.fill("/dashboard/", to="/sign-out/").status_code == 302
        assert not visitor.is_in
        other = troubled.visitor()
        other.cookies.set("session", old)
        return other.is_in

    assert not still_open()
    troubled.turn_on("sign_out_keeps_session")
    assert still_open()


@proves("cookie_without_flags")
def test_cookies_come_without_their_flags(troubled):
    def flags() -> set[str]:
        visitor = troubled.visitor()
        visitor.get(SIGN_IN)
        cookies = visitor.sign_in(troubled.accounts["basic"]).headers.get_list("Set-Cookie")
        assert any(cookie.startswith("session=") for cookie in cookies)
        return {part.strip().split("=")[0] for cookie in cookies for part in cookie.split(";")[1:]}

    assert {"HttpOnly", "SameSite"} <= flags()
    troubled.turn_on("cookie_without_flags")
    assert not {"HttpOnly", "SameSite", "Secure"} & flags()


@proves("csrf_off")
def test_a_form_without_its_token_is_taken(troubled):
    def without_token() -> int:
        visitor, account = troubled.visitor(), troubled.accounts["basic"]
        details = {"user_id": account["user_id"], "password": account["password"]}
        return visitor.post(SIGN_IN, data=details).status_code

    assert without_token() == 403
    troubled.turn_on("csrf_off")
    assert without_token() == 302


@proves("session_dropped")
def test_a_session_is_over_after_a_while(troubled):
    began = time.monotonic()
    visitor = troubled.signed_in()
    troubled.turn_on("session_dropped", parameters={"seconds": 1.0})
    while (answer := visitor.get("/dashboard/")).status_code == 200:
        assert time.monotonic() - began < 20
    assert time.monotonic() - began >= 1.0
    assert "session-ended" in answer.headers["Location"]
    troubled.all_well()
    assert not visitor.is_in  # dropped for good
    assert troubled.signed_in().is_in
