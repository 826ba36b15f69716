"""The lock after failures in a row: what counts, for whom, for how long, and what is told."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from axes.models import AccessAttempt, AccessAttemptExpiration
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.sign_in import lockout, refusal
from portal.sign_in.models import FailedTries

LOCKED = "Your account is temporarily locked after too many failed tries."
WRONG = refusal.WRONG_DETAILS


@pytest.fixture
def target(members):
    return members["lockout"]


@pytest.fixture
def clock(monkeypatch):
    """The lock's time: ``clock.now`` can be moved on."""
    clock = SimpleNamespace(now=timezone.now())
    stopped = SimpleNamespace(now=lambda: clock.now)
    monkeypatch.setattr(lockout, "timezone", stopped)
    monkeypatch.setattr(refusal, "timezone", stopped)
    return clock


@pytest.fixture
def generic(monkeypatch):
    monkeypatch.setattr(
        settings, "CONFIGURATION", replace(settings.CONFIGURATION, disclosure="generic")
    )


def sign_in(member, password: str | None = None, client: Client | None = None, **headers: str):
    fields = {"user_id": member.user_id, "password": password or member.password}
    return (client or Client()).post("/sign-in/", fields, headers=headers)


def fail(member, times: int):
    for _ in range(times):
        response = sign_in(member, "wrong")
    return response


def is_in(response) -> bool:
    return response.status_code == 302 and response["Location"] == "/dashboard/"


def test_it_locks_at_the_fifth_failure_in_a_row(target):
    assert WRONG in fail(target, 4).text
    assert LOCKED in sign_in(target, "wrong").text
    response = sign_in(target)
    assert response.status_code == 200
    assert LOCKED in response.text


def test_it_is_not_locked_before_the_fifth(target):
    fail(target, 4)
    assert is_in(sign_in(target))


def test_it_counts_from_nought_after_a_sign_in(target):
    fail(target, 4)
    sign_in(target)
    fail(target, 4)
    assert is_in(sign_in(target))


def test_it_counts_by_account_wherever_the_tries_come_from(target, basic):
    for number in range(5):
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        sign_in(target, "wrong", client, **{"user-agent": f"Browser/{number}"})
    assert LOCKED in sign_in(target, client=Client(REMOTE_ADDR="198.51.100.7")).text
    assert AccessAttempt.objects.filter(username=target.user_id).count() == 1
    assert is_in(sign_in(basic))


def test_it_counts_a_user_id_however_it_is_typed(target):
    for user_id in (
        "Tessa.Morgan",
        " tessa.morgan",
        "TESSA.MORGAN ",
        "tessa.morgaN",
        "tessa.morgan",
    ):
        Client().post("/sign-in/", {"user_id": user_id, "password": "wrong"})
    assert LOCKED in sign_in(target).text


def test_it_opens_again_when_the_time_is_over_and_not_before(target, clock):
    fail(target, 5)
    clock.now += timedelta(seconds=settings.CONFIGURATION.lock_seconds - 1)
    assert LOCKED in sign_in(target).text
    clock.now += timedelta(seconds=1)
    assert WRONG in fail(target, 4).text
    assert is_in(sign_in(target))


def test_it_does_not_make_a_lock_longer_by_more_tries(target, clock):
    fail(target, 5)
    until = lockout.lock_of(target.user_id)
    clock.now += timedelta(minutes=10)
    fail(target, 3)
    assert lockout.lock_of(target.user_id) == until


def test_it_holds_for_its_whole_time_however_old_the_first_failures_are(target, clock):
    fail(target, 4)
    clock.now += timedelta(seconds=settings.CONFIGURATION.lock_seconds - 60)
    fail(target, 1)
    clock.now += timedelta(seconds=settings.CONFIGURATION.lock_seconds - 1)
    assert LOCKED in sign_in(target).text


def test_it_forgets_failures_that_nothing_follows_for_a_day(target, clock):
    fail(target, 4)
    clock.now += lockout.REMEMBERED
    assert WRONG in fail(target, 4).text


def test_it_tells_when_to_try_again_and_whom_to_call(target, clock):
    page = fail(target, 5).text
    assert "Try again in 30 minutes, at" in page
    stamp, shown = re.search(r'<time datetime="([^"]+)">([^<]+) UTC</time>', page).groups()
    late = datetime.fromisoformat(stamp) - (clock.now + timedelta(minutes=30))
    assert timedelta(0) <= late < timedelta(seconds=1)
    assert re.fullmatch(r"\d\d?:\d\d [ap]\.m\.|\d\d? [ap]\.m\.|noon|midnight", shown)
    assert "tel:+18005550142" in page
    assert "stays possible" in page
    assert page.count('role="alert"') == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "in 1 second"),
        (45, "in 45 seconds"),
        (60, "in 1 minute"),
        (61, "in 2 minutes"),
        (5400, "in 90 minutes"),
        (7200, "in 2 hours"),
        (7201, "in 3 hours"),
    ],
)
def test_it_rounds_the_wait_up(seconds, words):
    assert refusal.in_words(timedelta(seconds=seconds)) == words


def test_it_locks_a_user_id_that_nobody_has_in_the_same_way(target):
    nobody = SimpleNamespace(user_id="nobody.here", password="wrong")
    for _ in range(4):
        assert WRONG in sign_in(nobody).text
    assert LOCKED in sign_in(nobody).text


def test_it_tells_no_lock_where_it_must_not(target, generic):
    wrong = sign_in(target, "wrong")
    fail(target, 5)
    for response in (sign_in(target, "wrong"), sign_in(target)):
        assert response.status_code == 200
        assert WRONG in response.text
        assert "locked" not in response.text
        assert bare(response) == bare(wrong)


def bare(response) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.text)


def test_it_locks_a_suspended_account_as_any_other_where_nothing_is_told(members, generic):
    suspended = members["suspended"]
    for _ in range(5):
        sign_in(suspended)
    assert lockout.lock_of(suspended.user_id)


def test_it_does_not_count_a_right_password_while_the_code_is_to_come(members):
    target = members["lockout_totp"]
    fail(target, 4)
    for _ in range(3):
        assert sign_in(target)["Location"] == "/sign-in/code/"
    assert LOCKED in fail(target, 1).text


def test_it_sends_nobody_to_the_code_of_a_locked_account(members):
    target = members["lockout_totp"]
    fail(target, 5)
    assert LOCKED in sign_in(target).text


def test_it_counts_what_the_second_factor_reports(members):
    target = members["lockout_totp"]
    fail(target, 3)
    lockout.failed(None, target.user_id)
    assert lockout.lock_of(target.user_id) is None
    lockout.failed(None, target.user_id)
    assert lockout.lock_of(target.user_id)
    lockout.succeeded(None, target.user_id)
    assert lockout.lock_of(target.user_id)


@pytest.mark.parametrize("way", ["unlock", "command"])
def test_it_lifts_a_lock(target, way, capsys):
    fail(target, 5)
    if way == "unlock":
        lockout.unlock(target.user_id)
    else:
        call_command("axes_reset_username", target.user_id)
    assert is_in(sign_in(target))


def test_it_shows_a_lock_in_axes_own_tables(target, clock):
    fail(target, 5)
    attempt = AccessAttempt.objects.get(username=target.user_id)
    assert attempt.failures_since_start == settings.AXES_FAILURE_LIMIT == 5
    assert attempt.expiration.expires_at == lockout.lock_of(target.user_id).until
    assert attempt.path_info == "/sign-in/"
    assert attempt.post_data == attempt.get_data == ""


def test_it_leaves_who_is_signed_in_alone(client, target):
    sign_in(target, client=client)
    fail(target, 5)
    assert client.get("/dashboard/").status_code == 200


def test_it_keeps_its_table_small(target, clock, monkeypatch):
    monkeypatch.setattr(lockout, "MOST_UNKNOWN", 10)
    lockout.failed(None, target.user_id)
    for number in range(30):
        lockout.failed(None, f"nobody.{number}")
    assert AccessAttempt.objects.count() == 11
    assert AccessAttempt.objects.filter(username=target.user_id).exists()
    assert AccessAttempt.objects.filter(username="nobody.29").exists()
    clock.now += timedelta(days=2)
    lockout.failed(None, "nobody.at.all")
    assert AccessAttempt.objects.count() == AccessAttemptExpiration.objects.count() == 11
    assert AccessAttempt.objects.filter(username="nobody.at.all").exists()


def test_it_forgets_what_nobody_is_called_a_week_after_the_last_try(target, clock):
    """It may have been a password, typed one field too early."""
    for user_id in (target.user_id, "Correct-Horse-9", "tried.again"):
        lockout.failed(None, user_id)
    clock.now += lockout.UNKNOWN_KEPT - timedelta(seconds=1)
    lockout.failed(None, "tried.again")
    lockout.failed(None, "somebody.else")
    assert AccessAttempt.objects.filter(username="Correct-Horse-9").exists()
    clock.now += timedelta(seconds=1)
    lockout.failed(None, "anybody.else")
    kept = set(AccessAttempt.objects.values_list("username", flat=True))
    assert kept == {target.user_id, "tried.again", "somebody.else", "anybody.else"}
    lockout.forget_unknown(clock.now + lockout.UNKNOWN_KEPT)  # as each start of the portal does
    assert [row.username for row in AccessAttempt.objects.all()] == [target.user_id]
    assert FailedTries.objects.count() == 1


def test_it_forgets_no_lock_that_holds(clock, monkeypatch):
    long = replace(settings.CONFIGURATION, lock_seconds=int(timedelta(days=30).total_seconds()))
    monkeypatch.setattr(settings, "CONFIGURATION", long)
    for _ in range(5):
        lockout.failed(None, "nobody.here")
    clock.now += 2 * lockout.UNKNOWN_KEPT
    lockout.forget_unknown(clock.now)
    assert lockout.lock_of("nobody.here")


@pytest.mark.parametrize(
    "user_id", ["Ω" * 64, "a'; DROP TABLE axes_accessattempt; --", "\U0001f980"]
)
def test_it_counts_odd_user_ids(user_id):
    odd = SimpleNamespace(user_id=user_id, password="wrong")
    for _ in range(5):
        response = sign_in(odd)
    assert LOCKED in response.text


def test_it_locks_at_the_length_that_is_configured(target, monkeypatch):
    monkeypatch.setattr(
        settings,
        "CONFIGURATION",
        replace(settings.CONFIGURATION, lock_tries=2, lock_seconds=20),
    )
    assert "Try again in 20 seconds" in fail(target, 2).text


class TestAtOnce:
    """Threads see one another's rows only where each commits its own."""

    @pytest.fixture(autouse=True)
    def rolled_back(self, seeded_database):
        yield
        lockout.unlock("many.at.once")

    def test_it_counts_every_one_of_many_failures(self):
        def fail_once() -> None:
            try:
                lockout.failed(None, "many.at.once")
            finally:
                connection.close()

        threads = [threading.Thread(target=fail_once) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert AccessAttempt.objects.get(username="many.at.once").failures_since_start == 4
