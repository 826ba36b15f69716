"""What a reader sees of a mail, and what is found in it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from portalwatch.errors import ClaimFailed
from portalwatch.mailbox.message import Message, mail_to
from portalwatch.model import Cause

TO = "amara@practice.example"


def mail(text: str = "", *, html: str = "", **headers: str) -> bytes:
    made = EmailMessage()
    for name, value in ({"To": TO, "Subject": "Your code"} | headers).items():
        made[name.replace("_", "-")] = value
    if text:
        made.set_content(text, cte="base64")
    if html:
        add = made.add_alternative if text else made.set_content
        add(html, subtype="html", cte="quoted-printable")
    return made.as_bytes()


def read(content: bytes) -> Message:
    message = mail_to(TO, content)
    assert message is not None
    return message


def test_it_reads_a_mail_in_whatever_it_was_packed() -> None:
    message = read(mail("Ihr Code für Zoë lautet 123456 – gültig 10 Minuten", Subject="Grüße"))
    assert message.subject == "Grüße"
    assert message.text.strip() == "Ihr Code für Zoë lautet 123456 – gültig 10 Minuten"


def test_it_prefers_the_plain_text_of_a_mail_in_two_forms() -> None:
    assert read(mail("plain 111111", html="<p>html 222222</p>")).code() == "111111"


def test_it_reads_the_text_and_the_links_of_a_mail_in_html_alone() -> None:
    html = """<style>b{width:654321px}</style><h1>Reset</h1><p>Open <a href="https://portal.example/r/x1">this
    link</a>&nbsp;&amp; go on</p><script>var a = 123456</script>"""
    assert read(mail(html=html)).text == "Reset\nOpen https://portal.example/r/x1 this link & go on"


@pytest.mark.parametrize(
    "headers",
    [
        {"To": f"Amara <{TO.upper()}>"},
        {"To": "list@practice.example", "Delivered_To": TO},
        {"To": "a@b.example", "Cc": f"c@d.example, {TO}"},
    ],
)
def test_it_knows_whose_a_mail_is(headers: dict[str, str]) -> None:
    assert mail_to(TO, mail("text", **headers)) is not None


@pytest.mark.parametrize("to", ["zamara@practice.example", "amara@practice.example.org", "x"])
def test_a_mail_to_somebody_else_is_not_read(to: str) -> None:
    assert mail_to(TO, mail("text", To=to)) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code is 042137.", "042137"),
        ("12345678 is your code", "12345678"),
        ("Call 1-800-555-0142 or type 654321", "654321"),
        ("Order 123456789 for $1234567.00: 777777", "777777"),
    ],
)
def test_a_code_is_six_to_eight_digits_that_stand_alone(text: str, code: str) -> None:
    assert Message("", text).code() == code


def test_it_finds_a_pattern_or_its_group() -> None:
    message = Message("", "Open https://portal.example/recovery/link/a-b/ today")
    assert message.find(r"https://\S+") == "https://portal.example/recovery/link/a-b/"
    assert message.find(r"link/([\w-]+)") == "a-b"


def test_what_is_not_there_is_the_portals_fault() -> None:
    message = Message("Your code", "It is 12 34.")
    with pytest.raises(ClaimFailed, match="“Your code” has no code in it") as failed:
        message.code()
    assert failed.value.cause is Cause.CONTENT_WRONG
    with pytest.raises(ClaimFailed, match="“Your code” has nothing like https") as failed:
        message.find("https://")
    assert failed.value.cause is Cause.CONTENT_WRONG


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"To: amara@practice.example\nContent-Type: text/plain; charset=nope\n\n\xff123456",
    ],
)
def test_a_damaged_mail_costs_nothing(content: bytes) -> None:
    message = mail_to(TO, content)
    assert message is None or message.code() == "123456"
