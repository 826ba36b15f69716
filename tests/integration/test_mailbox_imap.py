"""Mail read from a real server, Debian's Dovecot."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from portalwatch.account import Inbox
from portalwatch.errors import MailboxUnavailable
from portalwatch.mailbox import Mailbox, open_mailbox
from portalwatch.secrets import Secret
from tests.integration.dovecot_server import (
    HER_PASSWORD,
    PASSWORD,
    PROGRAM,
    USER,
    ZOE,
    MailServer,
    mail_server,
)

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists(), reason="Dovecot is not installed (scripts/test-tools.sh)"
)

_numbers = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def inbox(server: MailServer) -> Inbox:
    """An address of its own for each test, in the one mailbox."""
    to = f"amara+{next(_numbers)}@practice.example"
    return Inbox("imap", f"imap://127.0.0.1:{server.plain}/INBOX", to, USER, Secret(PASSWORD))


@pytest.fixture
def mailbox(inbox: Inbox) -> Iterator[Mailbox]:
    opened = open_mailbox(inbox)
    yield opened
    opened.close()


def test_it_gives_what_has_come_since_to_the_address(server, inbox, mailbox) -> None:
    server.deliver(inbox.address, "111111")
    mark = mailbox.mark()
    assert mailbox.since(mark) == []
    server.deliver("ben@practice.example", "222222")
    server.deliver(inbox.address, "Grüße: 333333", subject="Your code")
    server.deliver(inbox.address, "444444")
    first, second = mailbox.since(mark)
    assert (first.subject, first.text.strip()) == ("Your code", "Grüße: 333333")
    assert second.code() == "444444"


def test_reading_marks_nothing_as_read(server, inbox, mailbox) -> None:
    mark = mailbox.mark()
    server.deliver(inbox.address, "111111")
    assert len(mailbox.since(mark)) == 1
    assert all(b"\\Seen" not in flags for flags in server.flags())


def test_it_speaks_tls_and_checks_the_certificate(server, inbox, monkeypatch) -> None:
    secure = open_mailbox(replace(inbox, place=f"imaps://localhost:{server.secure}/INBOX"))
    with pytest.raises(MailboxUnavailable, match="certificate verify failed"):
        secure.mark()
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca))
    mark = secure.mark()
    server.deliver(inbox.address, "111111")
    assert [message.code() for message in secure.since(mark)] == ["111111"]
    secure.close()


def test_a_wrong_password_is_told_without_it(inbox) -> None:
    wrong = open_mailbox(replace(inbox, password=Secret("not-the-password")))
    with pytest.raises(MailboxUnavailable, match=f"it refuses {USER}$") as problem:
        wrong.mark()
    assert "not-the-password" not in str(problem.value)
    wrong.close()


def test_names_and_passwords_may_be_of_any_letters(server, inbox) -> None:
    hers = open_mailbox(replace(inbox, user=ZOE, password=Secret(HER_PASSWORD)))
    assert hers.since(hers.mark()) == []
    hers.close()
    wrong = open_mailbox(replace(inbox, user=ZOE, password=Secret(PASSWORD)))
    with pytest.raises(MailboxUnavailable, match=f"it refuses {ZOE}$") as problem:
        wrong.mark()
    assert problem.value.__suppress_context__  # a server may repeat what it was told
    wrong.close()


def test_a_message_that_is_deleted_while_it_is_read_is_passed_over(server, inbox, mailbox) -> None:
    mark = mailbox.mark()
    for code in ("111111", "222222"):
        server.deliver(inbox.address, code)
    mailbox.since(mark)
    client = mailbox._client
    search = client.search

    def deleted_meanwhile(criteria):
        numbers = search(criteria)
        server.delete(numbers[0])
        return numbers

    client.search = deleted_meanwhile
    assert [message.code() for message in mailbox.since(mark)] == ["222222"]


def test_a_folder_that_was_made_anew_gives_none_of_its_old_messages(server, inbox) -> None:
    server.make_folder("Codes")
    mailbox = open_mailbox(replace(inbox, place=inbox.place.replace("INBOX", "Codes")))
    mark = mailbox.mark()
    server.make_folder("Codes")
    server.deliver(inbox.address, "111111", folder="Codes")
    with pytest.raises(MailboxUnavailable, match="/Codes cannot be read: it was made anew"):
        mailbox.since(mark)
    mailbox.close()


def test_a_folder_that_is_not_there_cannot_be_read(inbox) -> None:
    lost = open_mailbox(replace(inbox, place=inbox.place.replace("INBOX", "Lost")))
    with pytest.raises(MailboxUnavailable, match="/Lost cannot be read: "):
        lost.mark()
    lost.close()


def test_a_server_that_is_not_there_cannot_be_read(inbox) -> None:
    for where in ("imap://127.0.0.1:9/INBOX", f"imaps://{'a' * 70}.example:993/INBOX"):
        gone = open_mailbox(replace(inbox, place=where))
        with pytest.raises(MailboxUnavailable, match=f"{where} cannot be read: "):
            gone.mark()
        gone.close()
