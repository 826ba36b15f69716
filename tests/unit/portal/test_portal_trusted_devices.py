"""Browsers on which the password is enough, and when it no longer is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from portal.accounts.cast import CastMember
from portal.accounts.models import Provider
from portal.second_factor import trust
from portal.second_factor.models import TrustedDevice


def give_password(client: Client, member: CastMember) -> str:
    """Where the portal goes on to."""
    answer = client.post("/sign-in/", {"user_id": member.user_id, "password": member.password})
    return answer["Location"]


def give_code(client: Client, member: CastMember, number: int = 0, **fields: str):
    code = member.backup_codes[number]
    return client.post("/sign-in/code/", {"factor": "backup", "code": code, **fields})


@pytest.fixture
def member(members):
    return members["backup_codes"]


@pytest.fixture
def trusting(client, member):
    """A browser on which the member asked not to be asked again, signed out."""
    give_password(client, member)
    give_code(client, member, trust="on")
    client.post("/sign-out/")
    return client


def test_it_does_not_ask_again_on_a_trusted_device(trusting, member):
    cookie = trusting.cookies["trusted-device"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 30 * 24 * 60 * 60
    assert cookie.value not in str(list(TrustedDevice.objects.values()))
    assert give_password(trusting, member) == "/dashboard/"
    assert trusting.get("/dashboard/").status_code == 200


def test_it_trusts_nobody_who_did_not_ask_for_it(client, member):
    give_password(client, member)
    give_code(client, member)
    assert "trusted-device" not in client.cookies


def test_a_wrong_code_makes_no_device_trusted(client, member):
    give_password(client, member)
    page = client.post("/sign-in/code/", {"factor": "backup", "code": "a" * 10, "trust": "on"}).text
    assert "That backup code is not right." in page
    assert "trusted-device" not in client.cookies
    assert not TrustedDevice.objects.exists()


def test_trust_is_for_one_provider_and_several_may_share_a_browser(trusting, member, members):
    other = members["all_factors"]
    assert give_password(trusting, other) == "/sign-in/code/"
    give_code(trusting, other, trust="on")
    trusting.post("/sign-out/")
    for each in (other, member):
        assert give_password(trusting, each) == "/dashboard/"
        trusting.post("/sign-out/")


def test_no_token_that_a_visitor_brings_is_taken_up(client, member):
    planted = client.cookies["trusted-device"] = "A" * 43
    give_password(client, member)
    give_code(client, member, trust="on")
    thief = Client()
    thief.cookies["trusted-device"] = planted
    assert give_password(thief, member) == "/sign-in/code/"


@pytest.mark.parametrize("end", ["password", "everywhere", "time", "forgotten", "made-up"])
def test_trust_ends(trusting, member, end):
    provider = Provider.objects.get(user_id=member.user_id)
    match end:
        case "password":
            provider.set_password(member.password)
            provider.save()
        case "everywhere":
            provider.end_sessions()
        case "time":
            TrustedDevice.objects.update(expires_at=timezone.now())
        case "forgotten":
            give_password(trusting, member)
            assert "Forget trusted devices" in trusting.get("/account/").text
            trusting.post("/account/security/forget-devices/")
            trusting.post("/sign-out/")
        case _:
            trusting.cookies["trusted-device"] = "A" * 43 + ".é\0." + "." * 50
    assert give_password(trusting, member) == "/sign-in/code/"


@pytest.mark.parametrize("signed_in_again", [False, True])
def test_trust_ends_with_a_session_that_is_ended_from_elsewhere(client, member, signed_in_again):
    give_password(client, member)
    give_code(client, member, trust="on")
    if signed_in_again:  # by the password alone
        client.post("/sign-out/")
        assert give_password(client, member) == "/dashboard/"
    other = Client()
    give_password(other, member)
    give_code(other, member, number=1, trust="on")
    key = client.session["open_session"]
    assert "A trusted device: when you sign it out" in other.get("/account/").text
    other.post(f"/account/sessions/{key}/sign-out/")
    assert give_password(client, member) == "/sign-in/code/"
    # The browser that did it stays trusted.
    other.post("/sign-out/")
    assert give_password(other, member) == "/dashboard/"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(2592000, "30 days"), (86400, "1 day"), (7200, "2 hours"), (60, "1 minute"), (1, "1 second")],
)
def test_it_says_how_long_it_trusts(settings_with, seconds, said):
    with settings_with(trust_seconds=seconds):
        assert trust.days() == said


@pytest.fixture
def settings_with():

    return lambda **changes: override_settings(
        CONFIGURATION=replace(settings.CONFIGURATION, **changes)
    )
