"""The bundled mail server, SMS gateway and inbox, and what is handed to them."""

from __future__ import annotations

import http.client
import json
import mailbox
import smtplib
import socket
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import override_settings

from portal.bundle import services
from portal.bundle.letters import Letters
from portal.bundle.texts import LONGEST
from portal.messaging import mail, sms

NUMBER = "+12025550143"


@pytest.fixture
def environ():
    return {}


@pytest.fixture
def bundle(tmp_path, environ):
    """Both services, started as the portal starts them."""
    configured = replace(settings.CONFIGURATION, data=tmp_path, smtp="", sms_url="")
    started = services.start(configured, environ)
    host, _, port = environ["PORTAL_SMTP"].rpartition(":")
    configured = replace(configured, smtp=environ["PORTAL_SMTP"], sms_url=environ["PORTAL_SMS_URL"])
    with override_settings(
        CONFIGURATION=configured,
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST=host,
        EMAIL_PORT=int(port),
    ):
        yield started
    started.close()


def ask(bundle, method: str, path: str, body: object = None, **headers: str):
    """Status and text of an answer of the gateway."""
    connection = http.client.HTTPConnection(bundle.inbox.removeprefix("http://"), timeout=10)
    content = body if isinstance(body, bytes) else json.dumps(body) if body is not None else None
    given = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    connection.request(method, path, content, given)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def test_a_mail_arrives_in_the_maildir_over_smtp(bundle, tmp_path):
    sent = mail.send(
        "sofia.brandt@practice.example",
        "Your sign-in code",
        "sign_in_code",
        name="Zoë O’Neil <b>",
        code="012345",
        lifetime="10 minutes",
    )
    assert sent
    [message] = mailbox.Maildir(tmp_path / "mail")
    assert message["Delivered-To"] == "sofia.brandt@practice.example"
    assert message["From"] == "Meridian Provider Portal <no-reply@meridian.example>"
    text = message.get_payload(decode=True).decode()
    assert "Hello Zoë O’Neil <b>," in text
    assert "\n012345\n" in text
    assert "It works once, for 10 minutes" in text


def test_a_text_arrives_at_the_gateway(bundle):
    assert sms.send(NUMBER, "012345 is your code – Zoë’s")
    assert sms.send("+12025550144", "another one's")
    assert sms.send(NUMBER, "the newest")
    for query in ("?to=%2B12025550143", "?to=+12025550143"):
        status, text = ask(bundle, "GET", f"/messages{query}")
        assert status == 200
        assert [m["text"] for m in json.loads(text)] == [
            "the newest",
            "012345 is your code – Zoë’s",
        ]
    assert len(json.loads(ask(bundle, "GET", "/messages")[1])) == 3


def test_the_inbox_shows_mails_and_texts_and_no_markup_of_theirs(bundle):
    mail.send(
        "a@practice.example", "<i>Code</i>", "sign_in_code", code="<script>", lifetime="1 minute"
    )
    sms.send(NUMBER, "<b>bold</b>")
    status, page = ask(bundle, "GET", "/")
    assert status == 200
    assert "a@practice.example" in page
    assert "&lt;i&gt;Code&lt;/i&gt;" in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<script>" not in page
    assert "<b>bold" not in page
    for sheet in ("portal.css", "inbox.css"):
        assert ask(bundle, "GET", f"/{sheet}")[0] == 200


@pytest.mark.parametrize(
    "message",
    [
        {},
        [],
        None,
        {"to": NUMBER},
        {"to": NUMBER, "text": ""},
        {"to": NUMBER, "text": 5},
        {"to": NUMBER, "text": "x" * (LONGEST + 1)},
        {"to": NUMBER, "text": "bell\a"},
        {"to": NUMBER, "text": "\ud800"},
        {"to": "12025550143", "text": "x"},
        {"to": f"{NUMBER}\r\nX: y", "text": "x"},
        {"to": "+", "text": "x"},
        b"no json",
        b"\xff\xfe",
        b"[" * 10_000,
    ],
)
def test_the_gateway_refuses_what_is_no_text(bundle, message):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    status, text = ask(bundle, "POST", "/messages", body)
    assert status == 400
    assert json.loads(text)["error"]
    assert ask(bundle, "GET", "/messages") == (200, "[]")


def test_the_gateway_answers_nothing_to_other_sites(bundle):
    assert ask(bundle, "GET", "/messages", Host="evil.example")[0] == 403
    body = json.dumps({"to": NUMBER, "text": "x"}).encode()
    assert ask(bundle, "POST", "/messages", body, Host="evil.example:80")[0] == 403
    assert ask(bundle, "POST", "/messages", body, Content_Type="text/plain")[0] == 415


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/../configuration.py", 404),
        ("GET", "//[", 404),
        ("POST", "/", 404),
        ("PUT", "/messages", 501),
    ],
)
def test_the_gateway_has_no_other_address(bundle, method, path, status):
    assert ask(bundle, method, path, b"{}" if method == "POST" else None)[0] == status


def test_the_gateway_reads_no_body_without_an_end(bundle):
    assert ask(bundle, "POST", "/messages", b"x" * 20_001)[0] == 413
    assert ask(bundle, "POST", "/messages", Content_Length="-1")[0] == 413


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("a@practice.example\nBcc: b@evil.example", "Code"),
        ("a@practice.example", "Code\r\nBcc: b@evil.example"),
        ("a@practice.example", "\ud800"),
    ],
)
def test_nothing_is_put_into_headers(bundle, tmp_path, caplog, to, subject):
    assert not mail.send(to, subject, "sign_in_code", code="1", lifetime="1 minute")
    assert "cannot stand in a header" in caplog.text
    assert len(mailbox.Maildir(tmp_path / "mail")) == 0


@pytest.mark.parametrize("to", ["", "2025550143", f"{NUMBER}\n", "+1202555014a", "+" + "1" * 16])
def test_no_text_goes_to_what_is_no_number(bundle, caplog, to):
    assert not sms.send(to, "x")
    assert "its number is not of the form" in caplog.text
    assert bundle.texts.to() == []


def test_a_server_that_is_away_is_told_apart_from_a_message_that_went_out(caplog):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    away = replace(
        settings.CONFIGURATION, smtp=f"127.0.0.1:{port}", sms_url=f"http://127.0.0.1:{port}/"
    )
    with override_settings(
        CONFIGURATION=away,
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
    ):
        assert not mail.send(
            "a@practice.example", "Code", "sign_in_code", code="1", lifetime="1 minute"
        )
        assert not sms.send(NUMBER, "x")
    assert caplog.text.count("not taken by") == 2


def test_what_is_named_is_not_brought_along(tmp_path, environ):
    named = replace(
        settings.CONFIGURATION, data=tmp_path, smtp="mail:25", sms_url="http://sms/send"
    )
    started = services.start(named, environ)
    assert (started.inbox, started.maildir, environ) == ("", None, {})


def test_a_mail_that_cannot_be_read_is_still_listed(tmp_path):
    maildir = mailbox.Maildir(tmp_path / "mail", create=True)
    maildir.add(b"Content-Type: text/plain; charset=nothing\n\nhello \xff")
    [letter] = Letters(tmp_path / "mail").newest()
    assert "hello" in letter.text


def test_the_mail_server_takes_odd_envelopes_and_bounds_their_size(bundle, tmp_path):
    host, _, port = settings.CONFIGURATION.smtp.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=10) as server:
        server.sendmail("", ["a@x.example", "b@x.example"], b"Subject: two\r\n\r\n.dot\r\n")
    [message] = mailbox.Maildir(tmp_path / "mail")
    assert message.get_all("Delivered-To") == ["a@x.example", "b@x.example"]
    assert message.get_payload() == ".dot\n"
    with smtplib.SMTP(host, int(port), timeout=10) as server, pytest.raises(smtplib.SMTPException):
        server.sendmail("a@x.example", ["b@x.example"], b"x" * 5_000_001)


def test_it_can_be_emptied(bundle):
    mail.send("a@practice.example", "Code", "sign_in_code", code="1", lifetime="1 minute")
    sms.send(NUMBER, "x")
    services.empty()
    assert bundle.texts.to() == []
    assert bundle.letters.newest() == []
