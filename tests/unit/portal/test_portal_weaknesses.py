"""Faults that break one rule of the sign-in each: that one alone, at once, for whom they are."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pyotp
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.faults.models import ActiveFault
from portal.second_factor import sent, totp
from portal.second_factor.models import Factor, SentCode
from portal.second_factor.verdict import Verdict
from portal.sign_in.models import PendingSignIn
from portal.support.visitor import provider_of
from tests.unit.portal import recovering
from tests.unit.portal.signing_in import credentials, is_open


@pytest.fixture(autouse=True)
def all_well(rolled_back, monkeypatch):
    """No fault before and after; and no look into the database from another connection."""
    with monkeypatch.context() as patched:
        patched.setattr(switchboard, "FRESH_SECONDS", 3600)
        switchboard.changed()
        yield
        ActiveFault.objects.all().delete()
    switchboard.changed()


def turn_on(name: str, **scope: object) -> ActiveFault:
    return ActiveFault.objects.create(name=name, **scope)


# --- Codes that are sent


@pytest.fixture
def sofia(members, mailbox) -> Provider:
    return Provider.objects.get(user_id=members["email_code"].user_id)


def begin(provider: Provider) -> PendingSignIn:
    return PendingSignIn.objects.create(provider=provider, started_at=timezone.now())


def code_for(begun: PendingSignIn) -> str:
    assert sent.send(begun, Factor.EMAIL) is sent.Sending.SENT
    return recovering.newest_code()


def give(begun: PendingSignIn, code: str) -> Verdict:
    return sent.verify(begun, Factor.EMAIL, code)


def age(seconds: float) -> None:
    """As if all codes had been sent so much earlier."""
    for row in SentCode.objects.all():
        row.sent_at -= timedelta(seconds=seconds)
        row.save()


def expire() -> None:
    age(settings.CONFIGURATION.code_seconds)


def test_a_code_that_never_expires_is_good_once_all_the_same(sofia):
    turn_on("sent_code_endless")
    asked = begin(sofia)
    code = code_for(asked)
    expire()
    assert give(asked, code) is Verdict.ACCEPTED
    assert give(asked, code) is Verdict.USED
    assert give(begin(sofia), code) is Verdict.USED


def test_a_code_that_never_expires_stays_bound_to_its_sign_in(sofia):
    turn_on("sent_code_endless")
    code = code_for(begin(sofia))
    expire()
    assert give(begin(sofia), code) is Verdict.REPLACED
    turn_on("sent_code_unbound")
    assert give(begin(sofia), code) is Verdict.ACCEPTED


def test_a_code_for_any_sign_in_is_good_once_all_the_same(sofia):
    turn_on("sent_code_unbound")
    asked, another = begin(sofia), begin(sofia)
    code = code_for(asked)
    assert give(another, code) is Verdict.ACCEPTED
    for begun in (another, asked, begin(sofia)):
        assert give(begun, code) is Verdict.USED


def test_a_code_for_any_sign_in_expires_and_is_replaced_all_the_same(sofia):
    turn_on("sent_code_unbound")
    asked, another = begin(sofia), begin(sofia)
    first = code_for(asked)
    age(settings.CONFIGURATION.resend_seconds)
    second = code_for(asked)
    for begun in (asked, another):
        assert first == second or give(begun, first) is Verdict.REPLACED
    expire()
    assert give(another, second) is Verdict.EXPIRED


def test_a_code_that_is_good_again_and_again_expires_all_the_same(sofia):
    turn_on("sent_code_reusable")
    asked = begin(sofia)
    code = code_for(asked)
    assert give(begin(sofia), code) is Verdict.REPLACED
    assert give(asked, code) is Verdict.ACCEPTED
    assert give(begin(sofia), code) is Verdict.ACCEPTED
    expire()
    assert give(begin(sofia), code) is Verdict.EXPIRED


# --- Codes of an app


@pytest.fixture
def clock(monkeypatch):
    """Every reader of the time sees this one: ``clock.now`` in seconds."""
    clock = SimpleNamespace(now=1_800_000_015.0)
    stopped = SimpleNamespace(time=lambda: clock.now)
    monkeypatch.setattr(totp, "time", stopped)
    for module in ("django_otp.plugins.otp_totp.models", "django.core.cache.backends.locmem"):
        monkeypatch.setattr(f"{module}.time", stopped)
    monkeypatch.setattr("django.core.cache.backends.base.time", stopped)
    return clock


def test_a_code_that_is_good_for_minutes_is_good_once_in_all_of_them(with_totp, clock):
    turn_on("totp_wide_window", parameters={"steps": 10.0})
    provider = Provider.objects.get(user_id=with_totp.user_id)
    code = pyotp.TOTP(with_totp.totp_secret).at(clock.now + 300)
    assert totp.verify(provider, code) is Verdict.ACCEPTED
    for _ in range(20):
        clock.now += 30
        assert totp.verify(provider, code) is Verdict.USED
    clock.now += 30
    assert totp.verify(provider, code) is Verdict.WRONG


def test_a_code_that_was_used_before_is_used_in_a_wide_window_as_well(with_totp, clock):
    provider = Provider.objects.get(user_id=with_totp.user_id)
    code = pyotp.TOTP(with_totp.totp_secret).at(clock.now)
    assert totp.verify(provider, code) is Verdict.ACCEPTED
    turn_on("totp_wide_window")
    assert totp.verify(provider, code) is Verdict.USED


# --- Sessions


def idle(client: Client) -> None:
    """As if nothing had been asked for until the session's idle time was over."""
    key = client.cookies["session"].value
    assert Session.objects.filter(pk=key).update(expire_date=timezone.now()) == 1


@pytest.mark.parametrize("scope", [{}, {"account": "amara.okafor"}])
def test_sessions_go_on_for_ever_from_the_moment_it_is_on_until_it_is_off(signed_in, scope):
    cookie = f"session={signed_in.cookies['session'].value}"
    idle(signed_in)
    fault = turn_on("session_endless", **scope)
    assert is_open(signed_in)
    idle(signed_in)
    assert provider_of(cookie)
    kept = signed_in.session
    kept["signed_in_at"] -= 2 * settings.CONFIGURATION.session_seconds
    kept.save()
    assert is_open(signed_in)
    assert provider_of(cookie)
    fault.delete()
    assert provider_of(cookie) is None
    assert "session-ended" in signed_in.get("/dashboard/")["Location"]


def test_an_idle_session_of_an_endless_time_is_over_with_it(client, basic):
    fault = turn_on("session_endless")
    client.post("/sign-in/", credentials(basic))
    assert is_open(client)
    left = Session.objects.get(pk=client.cookies["session"].value).expire_date - timezone.now()
    assert left <= timedelta(seconds=settings.CONFIGURATION.idle_seconds)
    idle(client)
    assert is_open(client)
    idle(client)
    fault.delete()
    assert not is_open(client)


def test_sessions_of_others_end_and_what_is_no_session_opens_nothing(signed_in, members):
    turn_on("session_endless", account=members["totp"].user_id)
    idle(signed_in)
    assert not is_open(signed_in)
    turn_on("session_endless")
    for key in ("", "x", "a" * 32):
        client = Client()
        client.cookies["session"] = key
        assert not is_open(client)


# --- For one account, where nobody is signed in


def test_the_password_of_one_account_alone_is_sent_back(client, basic, members):
    turn_on("password_echoed", account=basic.user_id)

    def page(user_id: str) -> str:
        return client.post("/sign-in/", {"user_id": user_id, "password": "Wrong-Word-1"}).text

    assert "Wrong-Word-1" in page(basic.user_id.upper())
    assert "Wrong-Word-1" not in page(members["totp"].user_id)
    assert "Wrong-Word-1" not in page("")
    assert client.get("/sign-in/").status_code == 200


@pytest.mark.usefixtures("mailbox")
def test_the_link_of_one_account_alone_leads_to_the_host_that_was_named(clara, basic):
    turn_on("recovery_link_from_host", account=clara.user_id)
    named = Client(headers={"host": "localhost"})
    recovering.ask(named, basic.user_id)
    assert "https://portal.example/recovery/link/" in recovering.sent()[-1]
    recovering.ask(named, clara.user_id)
    assert "http://localhost/recovery/link/" in recovering.sent()[-1]
    named.post("/recovery/user-id/", {"email": clara.email})
    assert "http://localhost/sign-in/" in recovering.sent()[-1]
