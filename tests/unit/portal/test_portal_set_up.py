"""Setting up second factors, changing and removing them."""

from __future__ import annotations

import re
from dataclasses import replace

import pyotp
import pytest
import segno
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings

from portal.accounts.models import Provider
from portal.second_factor import backup, factors, totp
from portal.second_factor.models import BackupCode, Factor
from portal.sign_in import lockout

SECURITY = "/account/security/"


@pytest.fixture(autouse=True)
def outbox():
    configured = replace(settings.CONFIGURATION, smtp="127.0.0.1:9")
    mail.outbox = []
    with override_settings(CONFIGURATION=configured):
        yield


@pytest.fixture
def browser_of(members):
    """A browser signed in as a member of the cast, and that member's provider."""

    def browser(key: str) -> tuple[Client, Provider]:
        client, provider = Client(), Provider.objects.get(user_id=members[key].user_id)
        client.force_login(provider)
        return client, provider

    return browser


def change(client: Client, name: str, password: str):
    return client.post(f"{SECURITY}change/{name}/", {"password": password})


def key_on(page: str) -> str:
    return re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)[1].replace(" ", "")


def test_it_sets_up_an_authenticator_app(browser_of, members):
    client, provider = browser_of("no_factor_yet")
    password = members["no_factor_yet"].password
    assert "Your password alone opens your account." in client.get(SECURITY).text
    assert change(client, "set-up-app", password)["Location"] == f"{SECURITY}app/"
    answer = client.get(f"{SECURITY}app/")
    assert answer["Cache-Control"] == "no-store"
    assert "<svg" in answer.text
    key = key_on(answer.text)
    assert len(pyotp.TOTP(key).byte_secret()) == 20
    assert key_on(client.get(f"{SECURITY}app/").text) == key
    assert factors.of(provider) == ()
    assert mail.outbox == []
    refused = client.post(f"{SECURITY}app/", {"code": "000000"})
    assert "That code is not right. Check your app" in refused.text
    code = pyotp.TOTP(key).now()
    done = client.post(f"{SECURITY}app/", {"code": code})
    assert done["Location"] == f"{SECURITY}?done=app"
    assert "Your authenticator app is on." in client.get(done["Location"]).text
    assert factors.of(provider) == (Factor.APP,)
    assert "turned on" in mail.outbox[0].body
    assert totp.verify(provider, code) is totp.Verdict.USED
    assert client.get(f"{SECURITY}app/")["Location"] == SECURITY


def test_the_picture_says_who_and_for_what(browser_of, members, monkeypatch):
    seen = []
    original = segno.make
    monkeypatch.setattr(
        segno, "make", lambda content, **of: seen.append(content) or original(content, **of)
    )
    client, _ = browser_of("no_factor_yet")
    change(client, "set-up-app", members["no_factor_yet"].password)
    key = key_on(client.get(f"{SECURITY}app/").text)
    read = pyotp.parse_uri(seen[0])
    assert (read.name, read.issuer, read.secret) == (
        "Meridian Provider Portal:paula.jensen",
        "Meridian Provider Portal",
        key,
    )


def test_another_app_takes_the_place_of_the_first(browser_of, with_totp):
    client, provider = browser_of("totp")
    change(client, "set-up-app", with_totp.password)
    key = key_on(client.get(f"{SECURITY}app/").text)
    assert totp.key_in_groups(totp.device_of(provider)).replace(" ", "") == with_totp.totp_secret
    client.post(f"{SECURITY}app/", {"code": pyotp.TOTP(key).now()})
    assert totp.key_in_groups(totp.device_of(provider)).replace(" ", "") == key


@pytest.mark.parametrize(
    ("key", "name", "factor"),
    [
        ("totp", "turn-off-app", Factor.APP),
        ("email_code", "turn-off-email", Factor.EMAIL),
        ("sms_code", "turn-off-sms", Factor.SMS),
    ],
)
def test_a_factor_is_turned_off_by_the_password_only(browser_of, members, key, name, factor):
    client, provider = browser_of(key)
    assert f"{SECURITY}change/{name}/" in client.get(SECURITY).text
    assert "Enter your current password" in change(client, name, "").text
    refused = change(client, name, "wrong")
    assert "That is not your current password." in refused.text
    assert 'value="wrong"' not in refused.text
    assert factors.of(provider) == (factor,)
    answer = change(client, name, members[key].password)
    assert answer["Location"] == f"{SECURITY}?done={name}"
    assert factors.of(provider) == ()
    assert "turned off" in mail.outbox[-1].body
    # Once more, from another tab: nothing is left to turn off.
    assert change(client, name, members[key].password)["Location"] == SECURITY
    assert len(mail.outbox) == 1


def test_codes_by_mail_are_turned_on(browser_of, basic):
    client, provider = browser_of("basic")
    answer = change(client, "turn-on-email", basic.password)
    assert answer["Location"] == f"{SECURITY}?done=turn-on-email"
    assert factors.of(provider) == (Factor.EMAIL,)


def test_codes_by_text_need_a_number(browser_of, basic):
    client, provider = browser_of("basic")
    assert "We hold no mobile number for you." in client.get(SECURITY).text
    assert change(client, "turn-on-sms", basic.password)["Location"] == SECURITY
    Provider.objects.filter(pk=provider.pk).update(phone="+12025550199")
    change(client, "turn-on-sms", basic.password)
    provider.refresh_from_db()
    assert factors.of(provider) == (Factor.SMS,)


def test_wrong_passwords_lock_the_account(browser_of, with_totp):
    client, provider = browser_of("totp")
    for _ in range(settings.CONFIGURATION.lock_tries):
        change(client, "turn-off-app", "wrong")
    assert lockout.lock_of(provider.user_id)
    refused = change(client, "turn-off-app", with_totp.password)
    assert "Your account is locked for a while" in refused.text
    assert factors.of(provider) == (Factor.APP,)


def test_backup_codes_are_shown_once_and_void_the_old_ones(browser_of, members):
    client, provider = browser_of("all_factors")
    old = members["all_factors"].backup_codes[0]
    answer = change(client, "new-backup-codes", members["all_factors"].password)
    page = client.get(answer["Location"]).text
    codes = re.findall(r"<code>([a-z2-7]{5}-[a-z2-7]{5})</code>", page)
    assert len(set(codes)) == 10
    again = client.get(answer["Location"])
    assert again["Location"] == f"{SECURITY}?done=codes-shown"
    assert "Backup codes are shown once only." in client.get(again["Location"]).text
    hashes = str(list(BackupCode.objects.filter(provider=provider).values()))
    assert not [code for code in codes if code.replace("-", "") in hashes]
    assert backup.verify(provider, old) is totp.Verdict.WRONG
    assert backup.verify(provider, codes[0].replace("-", "")) is totp.Verdict.ACCEPTED
    assert "You have 9 backup codes left." in client.get(SECURITY).text


def test_backup_codes_stand_in_for_another_factor(browser_of, basic, members):
    client, provider = browser_of("basic")
    assert "Turn on one of the other ways first." in client.get(SECURITY).text
    assert change(client, "new-backup-codes", basic.password)["Location"] == SECURITY
    client, provider = browser_of("backup_codes")
    change(client, "turn-off-app", members["backup_codes"].password)
    assert factors.of(provider) == ()
    assert backup.left(provider) == 0


@pytest.mark.parametrize("path", ["change/nothing/", "change/%00/", "change/-/"])
def test_there_is_no_other_change(signed_in, path):
    assert signed_in.get(SECURITY + path).status_code == 404


@pytest.mark.parametrize("path", ["", "app/", "backup-codes/", "change/set-up-app/"])
def test_it_is_for_who_is_signed_in(client, path):
    assert client.get(SECURITY + path)["Location"].startswith("/sign-in/?")


@pytest.mark.parametrize("password", ["a\0b", "a" * 257, "😀" * 300, b"\xff\xfe"])
def test_odd_passwords_are_refused(signed_in, password):
    assert change(signed_in, "turn-on-email", password).status_code == 200


def test_its_pages_have_no_script_or_style_inside(browser_of, members):
    client, _ = browser_of("all_factors")
    change(client, "set-up-app", members["all_factors"].password)
    for path in ("", "app/", "change/turn-off-app/"):
        page = client.get(SECURITY + path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_devices_are_not_forgotten_by_a_link(signed_in):
    assert signed_in.get(f"{SECURITY}forget-devices/")["Location"] == SECURITY
