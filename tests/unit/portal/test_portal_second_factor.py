"""The second factor: what a code is worth, how often, and what stays shut meanwhile."""

from __future__ import annotations

from types import SimpleNamespace

import pyotp
import pytest
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts.cast import cast
from portal.second_factor import totp
from portal.sign_in.models import PendingSignIn
from portal.sign_in.pending import LIFETIME

NOW = 1_800_000_015  # the middle of a 30-second step
WRONG = "That code is not right. Check your app and try again."
USED = "That code has already been used. Wait for the next one."


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Both readers of the time see this one: ``clock.now`` in seconds."""
    clock = SimpleNamespace(now=NOW)
    stopped = SimpleNamespace(time=lambda: clock.now)
    monkeypatch.setattr("django_otp.plugins.otp_totp.models.time", stopped)
    monkeypatch.setattr(totp, "time", stopped)
    return clock


@pytest.fixture
def code_at(with_totp):
    """The code of a step, counted from now: 0, -1, 1 …"""
    return lambda step: pyotp.TOTP(with_totp.totp_secret).at(NOW + 30 * step)


def enter(client: Client, code: str, **fields: str):
    return client.post("/sign-in/code/", {"code": code, **fields})


def is_signed_in(client: Client) -> bool:
    return client.get("/dashboard/").status_code == 200


def test_it_asks_for_the_code_after_the_password(client, with_totp):
    response = client.post(
        "/sign-in/",
        {"user_id": with_totp.user_id, "password": with_totp.password, "next": "/account/"},
    )
    assert response["Location"] == "/sign-in/code/?next=%2Faccount%2F"
    page = client.get(response["Location"]).text
    assert "<h1>Enter your code</h1>" in page
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    assert '<input type="hidden" name="next" value="/account/">' in page


def test_it_signs_in_with_the_right_code_and_goes_on(between_factors, code_at):
    response = enter(between_factors, code_at(0), next="/account/")
    assert response["Location"] == "/account/"
    assert is_signed_in(between_factors)
    assert not PendingSignIn.objects.exists()


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_it_accepts_a_code_one_step_off(between_factors, code_at, step):
    assert enter(between_factors, code_at(step)).status_code == 302


@pytest.mark.parametrize("step", [-2, 2])
def test_it_refuses_a_code_two_steps_off(between_factors, code_at, step):
    assert WRONG in enter(between_factors, code_at(step)).text
    assert not is_signed_in(between_factors)


def test_it_does_not_follow_a_clock_that_drifts(between_factors, with_totp, code_at, clock):
    enter(between_factors, code_at(-1))
    clock.now += 60
    late = pyotp.TOTP(with_totp.totp_secret).at(clock.now - 60)
    other = Client()
    other.post("/sign-in/", {"user_id": with_totp.user_id, "password": with_totp.password})
    assert other.get("/sign-in/code/").status_code == 200
    assert WRONG in enter(other, late).text


def test_it_tolerates_spaces_that_were_pasted(between_factors, code_at):
    code = code_at(0)
    assert enter(between_factors, f" {code[:3]}\u00a0{code[3:]} ").status_code == 302


def test_it_accepts_the_right_code_straight_after_a_wrong_one(between_factors, code_at):
    assert WRONG in enter(between_factors, code_at(-5)).text
    assert enter(between_factors, code_at(0)).status_code == 302


def test_it_accepts_each_code_once(between_factors, with_totp, code_at, clock):
    enter(between_factors, code_at(0))
    other = Client()
    other.post("/sign-in/", {"user_id": with_totp.user_id, "password": with_totp.password})
    assert USED in enter(other, code_at(0)).text
    assert USED in enter(other, code_at(-1)).text
    clock.now += 30
    assert USED in enter(other, code_at(0)).text
    assert enter(other, code_at(1)).status_code == 302


def test_it_leaves_after_five_wrong_codes(between_factors, code_at):
    for _ in range(4):
        assert WRONG in enter(between_factors, code_at(-9)).text
    response = enter(between_factors, code_at(-9))
    assert response["Location"] == "/sign-in/?reason=too-many-codes"
    assert "Too many codes were not right." in between_factors.get(response["Location"]).text
    assert enter(between_factors, code_at(0))["Location"].startswith("/sign-in/?")
    assert not is_signed_in(between_factors)


def test_it_does_not_compare_a_code_once_the_tries_are_spent(between_factors, code_at):
    PendingSignIn.objects.update(tries_left=0)
    assert enter(between_factors, code_at(0))["Location"] == "/sign-in/?reason=too-many-codes"
    assert not TOTPDevice.objects.exclude(last_t=-1).exists()


def test_it_does_not_count_what_is_no_code(between_factors):
    for text, message in [
        ("", "Enter the 6-digit code"),
        ("12345", "The code must be 6 digits"),
        ("1234567", "The code must be 6 digits"),
        ("12345a", "The code must be 6 digits"),
        ("١٢٣٤٥٦", "The code must be 6 digits"),
        ("-12345", "The code must be 6 digits"),
        ("1" * 33, "The code must be 6 digits"),
    ]:
        assert message in enter(between_factors, text).text
    assert PendingSignIn.objects.get().tries_left == PendingSignIn.CODE_TRIES


@pytest.mark.parametrize("path", ["/dashboard/", "/account/"])
def test_it_opens_nothing_between_the_factors(between_factors, path):
    response = between_factors.get(path)
    assert response["Location"] == f"/sign-in/code/?next=%2F{path.strip('/')}%2F"


def test_it_forgets_the_password_when_cancelled(between_factors, code_at):
    response = between_factors.post("/sign-in/cancel/")
    assert response["Location"] == "/sign-in/"
    assert enter(between_factors, code_at(0))["Location"].startswith("/sign-in/?")
    assert not PendingSignIn.objects.exists()


def test_it_does_not_wait_for_the_code_for_ever(between_factors, code_at):
    PendingSignIn.objects.update(started_at=timezone.now() - LIFETIME)
    assert enter(between_factors, code_at(0))["Location"] == "/sign-in/?reason=code-timed-out"


def test_it_changes_the_session_id_at_each_factor(client, with_totp, code_at):
    client.post("/sign-in/", {"user_id": with_totp.user_id, "password": with_totp.password})
    between = client.cookies["session"].value
    enter(client, code_at(0))
    assert client.cookies["session"].value != between
    assert not client.session.exists(between)


def test_it_binds_the_code_to_the_account_of_the_password(between_factors, members):
    other = pyotp.TOTP(members["totp_1"].totp_secret).at(NOW)
    assert WRONG in enter(between_factors, other).text


def test_it_has_secrets_of_at_least_112_bits_all_different():
    secrets = [member.totp_secret for member in cast(parallel=50) if member.totp_secret]
    assert len(set(secrets)) == len(secrets) > 50
    assert {len(pyotp.TOTP(secret).byte_secret()) for secret in secrets} == {20}
