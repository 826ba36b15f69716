"""Codes by mail and text, backup codes, and the choice between them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings

from portal.accounts.models import Provider
from portal.bundle.gateway import Gateway
from portal.bundle.texts import Texts
from portal.second_factor.models import SentCode
from portal.sign_in import lockout
from portal.sign_in.models import PendingSignIn

CODE_PAGE = "/sign-in/code/"


@pytest.fixture(autouse=True)
def texts():
    """The bundled gateway's texts; mail goes to Django's outbox."""
    kept, mail.outbox = Texts(), []
    with Gateway(kept, None, lambda texts, letters: "") as gateway:
        gateway.start()
        configured = replace(
            settings.CONFIGURATION, smtp="127.0.0.1:9", sms_url=f"{gateway.url}/messages"
        )
        with override_settings(CONFIGURATION=configured):
            yield kept
        gateway.shutdown()


def give_password(client: Client, member, **fields: str):
    return client.post(
        "/sign-in/", {"user_id": member.user_id, "password": member.password, **fields}
    )


def enter(client: Client, code: str, **fields: str):
    return client.post(CODE_PAGE, {"code": code, **fields})


def mailed() -> str:
    return re.search(r"^\d{6}$", mail.outbox[-1].body, re.MULTILINE)[0]


def is_signed_in(client: Client) -> bool:
    return client.get("/dashboard/").status_code == 200


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def age(seconds: float) -> None:
    """As if all codes had been sent so much earlier."""
    for row in SentCode.objects.all():
        row.sent_at -= timedelta(seconds=seconds)
        row.save()


def test_it_signs_in_with_a_code_by_mail(client, members):
    assert give_password(client, members["email_code"])["Location"] == CODE_PAGE
    page = client.get(CODE_PAGE).text
    assert "<h1>Enter your code</h1>" in page
    assert "s•••@practice.example" in page
    assert "sofia.brandt@" not in page
    [message] = mail.outbox
    assert message.to == ["sofia.brandt@practice.example"]
    assert not is_signed_in(client)
    assert enter(client, mailed())["Location"] == "/dashboard/"
    assert is_signed_in(client)


def test_it_signs_in_with_a_code_by_text(client, members, texts):
    give_password(client, members["sms_code"])
    assert "the number ending in 0143" in client.get(CODE_PAGE).text
    [text] = texts.to("+12025550143")
    assert mail.outbox == []
    code = re.match(r"\d{6} is your Meridian", text["text"])[0][:6]
    assert enter(client, code)["Location"] == "/dashboard/"


def test_it_keeps_no_code_that_can_be_read(client, members):
    give_password(client, members["email_code"])
    row = SentCode.objects.get()
    assert len(row.code_hash) == 64
    assert mailed() not in str(vars(row))


def test_it_accepts_a_sent_code_once(client, members):
    give_password(client, members["email_code"])
    code = mailed()
    enter(client, code)
    other = Client()
    give_password(other, members["email_code"])
    assert "That code has already been used. Ask for a new one." in enter(other, code).text


def test_it_binds_a_sent_code_to_the_sign_in_that_asked(client, members):
    give_password(client, members["email_code"])
    code = mailed()
    thief = Client()
    give_password(thief, members["email_code"])
    assert "That code is not the newest one." in enter(thief, code).text
    assert not is_signed_in(thief)
    assert enter(client, code).status_code == 302


def test_it_accepts_a_sent_code_until_it_expires(client, members):
    give_password(client, members["email_code"])
    age(settings.CONFIGURATION.code_seconds)
    assert "That code has expired. Ask for a new one." in enter(client, mailed()).text
    age(-2)
    assert enter(client, mailed()).status_code == 302


def test_it_sends_no_second_code_at_once_and_says_when(client, members):
    give_password(client, members["email_code"])
    assert "You can ask for a new code in" in client.get(CODE_PAGE).text
    answer = client.post("/sign-in/code/send/", {"next": "/account/"})
    assert answer["Location"] == "/sign-in/code/?note=too-soon&next=%2Faccount%2F"
    assert "Wait a little before you ask for another." in client.get(answer["Location"]).text
    assert len(mail.outbox) == 1


def test_a_new_code_replaces_the_one_before(client, members):
    give_password(client, members["email_code"])
    first = mailed()
    age(settings.CONFIGURATION.resend_seconds)
    assert "You can ask for a new code in" not in client.get(CODE_PAGE).text
    assert client.post("/sign-in/code/send/")["Location"] == "/sign-in/code/?note=sent"
    assert len(mail.outbox) == 2
    if first != mailed():
        assert "That code is not the newest one." in enter(client, first).text
    assert enter(client, mailed()).status_code == 302


def test_it_sends_nothing_by_a_link(client, members):
    give_password(client, members["email_code"])
    age(60)
    assert client.get("/sign-in/code/send/")["Location"] == CODE_PAGE
    assert len(mail.outbox) == 1


def test_it_does_not_flood_a_mailbox(client, members):
    for _ in range(30):
        give_password(client, members["email_code"])
        client.post("/sign-in/cancel/")
    assert len(mail.outbox) == 30
    give_password(client, members["email_code"])
    assert len(mail.outbox) == 30
    assert "We could not send a code just now." in client.get(CODE_PAGE).text
    assert client.post("/sign-in/code/send/")["Location"] == "/sign-in/code/?note=too-many"


def test_a_new_code_does_not_set_the_count_back(client, members):
    give_password(client, members["email_code"])
    for _ in range(4):
        assert "That code is not right." in enter(client, other_than(mailed())).text
        age(60)
        client.post("/sign-in/code/send/")
    answer = enter(client, other_than(mailed()))
    assert answer["Location"] == "/sign-in/?reason=too-many-codes"
    assert not is_signed_in(client)


def test_wrong_codes_lock_the_account_over_several_sign_ins(client, members):
    member = members["email_code"]
    for tries in (3, 2):
        give_password(client, member)
        for _ in range(tries):
            answer = enter(client, other_than(mailed()))
        client.post("/sign-in/cancel/")
    assert answer["Location"] == "/sign-in/?reason=too-many-codes"
    assert lockout.lock_of(member.user_id)
    assert not PendingSignIn.objects.exists()


def test_a_right_code_is_refused_once_the_account_is_locked(client, members):
    member = members["email_code"]
    give_password(client, member)
    for _ in range(settings.CONFIGURATION.lock_tries):
        lockout.failed(None, member.user_id)
    assert enter(client, mailed())["Location"] == "/sign-in/?reason=too-many-codes"
    assert not is_signed_in(client)


def test_it_says_so_where_no_server_took_the_code(client, members):
    with override_settings(CONFIGURATION=replace(settings.CONFIGURATION, smtp="")):
        give_password(client, members["email_code"])
        assert "We could not send a code just now." in client.get(CODE_PAGE).text
    assert client.post("/sign-in/code/send/")["Location"] == "/sign-in/code/?note=sent"
    assert enter(client, mailed()).status_code == 302


def test_it_offers_every_way_that_is_set_up(client, members, texts):
    member = members["all_factors"]
    give_password(client, member, next="/account/")
    link = "/sign-in/another-way/?next=%2Faccount%2F"
    assert f'href="{link}"' in client.get(f"{CODE_PAGE}?next=/account/").text
    page = client.get(link).text
    for way in (
        "Use your authenticator app",
        "Email a code to v•••@practice.example",
        "Text a code to the number ending in 0144",
        "Use a backup code",
    ):
        assert way in page
    answer = client.post("/sign-in/another-way/", {"factor": "sms", "next": "/account/"})
    assert answer["Location"] == "/sign-in/code/?next=%2Faccount%2F"
    assert "the number ending in 0144" in client.get(CODE_PAGE).text
    assert len(texts.to("+12025550144")) == 1
    client.post("/sign-in/another-way/", {"factor": "sms"})
    assert len(texts.to("+12025550144")) == 1


@pytest.mark.parametrize("factor", ["email", "pigeon", "", "\0"])
def test_it_takes_no_way_that_is_not_set_up(client, members, factor):
    give_password(client, members["backup_codes"])
    assert client.post("/sign-in/another-way/", {"factor": factor}).status_code == 200
    assert "Open your authenticator app" in client.get(CODE_PAGE).text
    assert "That code is not right." in enter(client, "123456", factor=factor).text
    assert mail.outbox == []


def test_it_offers_no_other_way_where_there_is_none(between_factors):
    assert "Try another way" not in between_factors.get(CODE_PAGE).text


def test_it_accepts_each_backup_code_once(client, members):
    member = members["backup_codes"]
    code = member.backup_codes[0]
    give_password(client, member)
    client.post("/sign-in/another-way/", {"factor": "backup"})
    assert "<h1>Enter a backup code</h1>" in client.get(CODE_PAGE).text
    assert enter(client, f" {code[:5].upper()}-{code[5:]}").status_code == 302
    other = Client()
    give_password(other, member)
    refused = enter(other, code, factor="backup").text
    assert "That backup code has already been used. Use another one." in refused
    assert enter(other, member.backup_codes[1], factor="backup").status_code == 302


@pytest.mark.parametrize("code", ["abc", "a" * 11, "0189018901", "a" * 65, "😀" * 10])
def test_what_is_no_backup_code_is_not_counted(client, members, code):
    give_password(client, members["backup_codes"])
    page = enter(client, code, factor="backup").text
    assert "A backup code has 10 letters and digits" in page
    assert PendingSignIn.objects.get().tries_left == PendingSignIn.CODE_TRIES


def test_a_sign_in_that_waits_for_its_code_ends_with_the_password(client, members):
    member = members["email_code"]
    give_password(client, member)
    Provider.objects.get(user_id=member.user_id).end_sessions()
    assert enter(client, mailed())["Location"] == "/sign-in/?reason=code-timed-out"


def test_a_sign_in_that_waits_for_its_code_ends_with_a_suspension(client, members):
    member = members["email_code"]
    give_password(client, member)
    Provider.objects.filter(user_id=member.user_id).update(standing="suspended")
    assert enter(client, mailed())["Location"] == "/sign-in/?reason=code-timed-out"


@pytest.mark.parametrize("path", ["code/send/", "another-way/"])
def test_nothing_of_it_opens_without_a_password(client, path):
    for ask in (client.get, client.post):
        assert ask(f"/sign-in/{path}")["Location"] == "/sign-in/"
