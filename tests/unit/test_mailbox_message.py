"""What a reader sees of a mail, and what is found in it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_cells_of_a_table_are_apart_so_that_no_two_numbers_make_a_code() -> None:
    html = "<table><tr><th>Order</th><td>12</td><td>3456</td></tr><tr><td>654321</td></tr></table>"
    assert read(mail(html=html)).text == "Order 12 3456\n654321"


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


def test_an_address_may_be_of_any_letters() -> None:
    content = "To: Zoë <zoë@practice.example>\n\n123456".encode()
    assert mail_to("Zoë@practice.example", content) is not None


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
        b'To: amara@practice.example\nContent-Type: text/plain; charset="a\x00b"\n\n123456',
        b"To: amara@practice.example\nContent-Type: text/html\n\n<![no[ such> 123456",
        b"To: amara@practice.example\nCc: <\n\n123456",
    ],
)
def test_a_damaged_mail_costs_nothing(content: bytes) -> None:
    message = mail_to(TO, content)
    assert message is None or message.code() == "123456"


# What parsers of mail and HTML stumble over, and some that they do not.
_SHARDS = st.lists(
    st.sampled_from(
        [
            *"<>@\"(),;:[]=/'\\ aü\0",
            *(
                "\n ",
                "=?utf-8?q?",
                "?=",
                "*0=",
                "%41",
                "charset",
                "<![",
                "<!",
                "--",
                "cdata[",
                "&#",
            ),
        ]
    ),
    max_size=10,
).map("".join)
_FIELDS = st.sampled_from(
    [
        *("To", "Cc", "Delivered-To", "Subject", "MIME-Version", "Content-Disposition"),
        *("Content-Type", "Content-Type: text/plain;", "Content-Transfer-Encoding"),
    ]
)


@given(_FIELDS, _SHARDS, st.sampled_from(["plain", "html"]), _SHARDS)
def test_no_mail_keeps_another_from_being_read(
    field: str, value: str, form: str, body: str
) -> None:
    """A mailbox has mail of others, and mail that nobody wrote by the rules."""
    head = f"X-Original-To: {TO}\n{field}: {value}\nContent-Type: text/{form}\n"
    assert mail_to(TO, f"{head}\n{body}".encode()) is not None
    assert mail_to("ben@practice.example", f"{head}\n{body}".encode()) is None
