"""The end of trying: after so many failures in a row, over all locks, a password is disabled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Provider
from portal.configuration import Configuration
from portal.sign_in import lockout, refusal
from tests.unit.portal import recovering
from tests.unit.portal.signing_in import credentials

DISABLED = "Your password is disabled after too many failed tries."
LOCKED = "Your account is temporarily locked after too many failed tries."


@pytest.fixture
def target(members):
    return members["recovery"]


@pytest.fixture(autouse=True)
def twelve(monkeypatch):
    """Locks at 5 and 10, and the end at 12."""
    monkeypatch.setattr(
        settings, "CONFIGURATION", replace(settings.CONFIGURATION, disable_tries=12)
    )


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=timezone.now())
    stopped = SimpleNamespace(now=lambda: clock.now)
    monkeypatch.setattr(lockout, "timezone", stopped)
    monkeypatch.setattr(refusal, "timezone", stopped)
    return clock


def sign_in(member, **changes: str):
    return Client().post("/sign-in/", credentials(member, **changes))


def is_in(response) -> bool:
    return response.status_code == 302 and response["Location"] == "/dashboard/"


def fail(user_id: str, times: int, clock) -> None:
    """Failures that count: each lock is waited for."""
    for _ in range(times):
        lockout.failed(None, user_id)
        clock.now += timedelta(seconds=settings.CONFIGURATION.lock_seconds)


def test_it_is_at_a_hundred_unless_set_otherwise(tmp_path):
    environ = {"PORTAL_DATA": str(tmp_path)}
    assert Configuration.from_environ(environ).disable_tries == 100
    assert Configuration.from_environ({**environ, "PORTAL_DISABLE_TRIES": "7"}).disable_tries == 7


def test_it_disables_at_the_last_of_them_and_not_before(target, clock):
    fail(target.user_id, 11, clock)
    assert lockout.lock_of(target.user_id) is None
    fail(target.user_id, 1, clock)
    assert lockout.lock_of(target.user_id).until_recovery
    clock.now += timedelta(days=400)
    assert not is_in(sign_in(target))


def test_it_tells_how_to_go_on(target, clock):
    fail(target.user_id, 12, clock)
    page = sign_in(target).text
    assert DISABLED in page
    assert LOCKED not in page
    assert '<a href="/recovery/password/">Set a new password</a>' in page
    assert "tel:+18005550142" in page


def test_it_tells_nothing_where_it_must_not(target, clock, monkeypatch):
    fail(target.user_id, 12, clock)
    generic = replace(settings.CONFIGURATION, disclosure="generic")
    monkeypatch.setattr(settings, "CONFIGURATION", generic)
    page = sign_in(target).text
    assert refusal.WRONG_DETAILS in page
    assert "disabled" not in page


def test_it_says_the_same_of_a_user_id_that_nobody_has(clock):
    fail("nobody.here", 12, clock)
    nobody = SimpleNamespace(user_id="nobody.here", password="wrong")
    assert DISABLED in sign_in(nobody).text


def test_it_starts_from_nought_after_a_sign_in(target, clock):
    fail(target.user_id, 11, clock)
    assert is_in(sign_in(target))
    fail(target.user_id, 11, clock)
    assert is_in(sign_in(target))


def test_it_does_not_count_what_comes_while_the_account_is_locked(target, clock):
    for _ in range(50):
        lockout.failed(None, target.user_id)
    assert AccessAttempt.objects.get(username=target.user_id).failures_since_start == 5
    clock.now += timedelta(seconds=settings.CONFIGURATION.lock_seconds)
    assert is_in(sign_in(target))


@pytest.mark.parametrize("a_day", [1, 4])
def test_it_forgets_no_failure_over_the_days_and_counts_each_once(target, clock, a_day):
    """Fewer a day than lock never lock: the twelfth of them is the end all the same."""
    for number in range(1, 13):
        assert lockout.lock_of(target.user_id) is None
        lockout.failed(None, target.user_id)
        if number % a_day == 0:
            clock.now += timedelta(days=2)
    assert lockout.lock_of(target.user_id).until_recovery


def test_what_comes_after_a_lock_leads_to_the_next_one_from_nought(target, clock):
    fail(target.user_id, 4, clock)
    lockout.failed(None, target.user_id)
    assert lockout.lock_of(target.user_id).until > clock.now
    clock.now += timedelta(days=3)
    for _ in range(4):
        lockout.failed(None, target.user_id)
    assert lockout.lock_of(target.user_id) is None
    lockout.failed(None, target.user_id)
    assert lockout.lock_of(target.user_id).until > clock.now


@pytest.mark.usefixtures("mailbox")
def test_a_new_password_opens_it_again(client, target, clock):
    fail(target.user_id, 12, clock)
    recovering.ask(client, target.user_id)
    recovering.open_link(client, recovering.newest_link())
    recovering.set_password(client)
    assert is_in(sign_in(target, password=recovering.NEW))


@pytest.mark.parametrize("way", ["unlock", "command"])
def test_staff_open_it_again(target, clock, way):
    fail(target.user_id, 12, clock)
    if way == "unlock":
        lockout.unlock(target.user_id)
    else:
        call_command("axes_reset_username", target.user_id)
    assert is_in(sign_in(target))


def test_the_administration_says_so(client, members, target, clock):
    client.post("/sign-in/", credentials(members["staff"]))
    fail(target.user_id, 12, clock)
    number = Provider.objects.get(user_id=target.user_id).pk
    page = client.get(f"/administration/accounts/provider/{number}/change/").text
    assert "a new password is set" in page


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/account/password/", {"current_password": "wrong", "new_password": recovering.NEW}),
        ("/account/security/change/set-up-app/", {"password": "wrong"}),
    ],
)
def test_a_session_that_goes_on_is_told_as_well(client, target, clock, path, fields):
    client.post("/sign-in/", credentials(target))
    fail(target.user_id, 12, clock)
    assert "Your password is disabled: sign out and recover it" in client.post(path, fields).text
