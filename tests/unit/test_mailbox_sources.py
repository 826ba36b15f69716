"""Maildirs and inboxes in JSON: what is new to an address, and what cannot be read."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from portalwatch.account import Inbox
from portalwatch.errors import MailboxUnavailable
from portalwatch.mailbox import open_mailbox

TO = "amara@practice.example"
NUMBER = "+12025550143"


def deliver(maildir: Path, name: str, text: str, to: str = TO) -> None:
    mail = EmailMessage()
    mail["To"] = to
    mail.set_content(text)
    (maildir / "tmp" / name).write_bytes(mail.as_bytes())
    (maildir / "tmp" / name).rename(maildir / "new" / name)


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("tmp", "new", "cur"):
        (tmp_path / part).mkdir()
    return tmp_path


def test_a_maildir_gives_what_has_come_since_to_the_address(maildir: Path) -> None:
    deliver(maildir, "1.old", "old")
    mailbox = open_mailbox(Inbox("maildir", str(maildir), TO))
    mark = mailbox.mark()
    assert mailbox.since(mark) == []
    deliver(maildir, "9.first", "first")
    deliver(maildir, "2.second", "second")
    deliver(maildir, "3.theirs", "theirs", to="ben@practice.example")
    assert [m.text.strip() for m in mailbox.since(mark)] == ["first", "second"]


def test_a_message_that_another_reader_has_seen_is_no_new_one(maildir: Path) -> None:
    deliver(maildir, "1.old", "old")
    mailbox = open_mailbox(Inbox("maildir", str(maildir), TO))
    mark = mailbox.mark()
    (maildir / "new/1.old").rename(maildir / "cur/1.old:2,S")
    assert mailbox.since(mark) == []


def test_a_folder_that_is_no_maildir_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MailboxUnavailable) as problem:
        open_mailbox(Inbox("maildir", str(tmp_path), TO)).mark()
    assert str(problem.value) == (
        f"the maildir {tmp_path} cannot be read: No such file or directory"
    )


def test_what_is_no_message_in_a_maildir_is_told(maildir: Path) -> None:
    mailbox = open_mailbox(Inbox("maildir", str(maildir), TO))
    mark = mailbox.mark()
    (maildir / "new/folder").mkdir()
    with pytest.raises(MailboxUnavailable, match=r"cannot be read: folder: Is a directory$"):
        mailbox.since(mark)


class Inboxes(ThreadingHTTPServer):
    """Answers every request with what it is given."""

    answer: tuple[int, str] = (200, "[]")
    asked: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/messages?key=s3cret&to={{address}}"

    def lists(self, *messages: Any) -> None:
        self.answer = 200, json.dumps(messages)


class Answer(BaseHTTPRequestHandler):
    server: Inboxes

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
        """Says nothing."""


@pytest.fixture
def inboxes() -> Iterator[Inboxes]:
    server = Inboxes(("127.0.0.1", 0), Answer)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def text(number: int, says: str, to: str = NUMBER) -> dict[str, Any]:
    return {"id": number, "to": to, "text": says}


def test_an_inbox_gives_what_has_come_since_the_oldest_first(inboxes: Inboxes) -> None:
    mailbox = open_mailbox(Inbox("http", inboxes.url, NUMBER))
    inboxes.lists(text(1, "old"))
    mark = mailbox.mark()
    assert inboxes.asked == ["/messages?key=s3cret&to=%2B12025550143"]
    inboxes.lists(
        text(4, "third"), text(3, "theirs", "+12025550199"), text(2, "first"), text(1, "old")
    )
    assert [m.text for m in mailbox.since(mark)] == ["first", "third"]
    mailbox.close()


def test_an_inbox_may_tell_less_of_its_messages(inboxes: Inboxes) -> None:
    mailbox = open_mailbox(Inbox("http", inboxes.url, NUMBER))
    mark = mailbox.mark()
    inboxes.answer = (
        200,
        json.dumps({"messages": [{"body": "new", "subject": "S"}, {"body": "old"}]}),
    )
    assert [(m.subject, m.text) for m in mailbox.since(mark)] == [("", "old"), ("S", "new")]
    mailbox.close()


def test_messages_without_an_id_are_told_apart(inboxes: Inboxes) -> None:
    mailbox = open_mailbox(Inbox("http", inboxes.url, NUMBER))
    inboxes.lists({"id": None, "text": "old"})
    mark = mailbox.mark()
    inboxes.lists({"id": None, "text": "new"}, {"id": None, "text": "old"})
    assert [m.text for m in mailbox.since(mark)] == ["new"]
    mailbox.close()


def test_an_inbox_on_this_machine_is_asked_past_any_proxy(
    inboxes: Inboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    mailbox = open_mailbox(Inbox("http", inboxes.url, NUMBER))
    assert mailbox.mark() == frozenset()
    mailbox.close()


def test_a_key_in_an_inboxs_address_is_told_nowhere(
    inboxes: Inboxes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    inbox = Inbox("http", inboxes.url, NUMBER)
    mailbox = open_mailbox(inbox)
    mailbox.mark()
    inboxes.answer = 503, ""
    with pytest.raises(MailboxUnavailable) as problem:
        mailbox.mark()
    assert "s3cret" not in f"{caplog.text} {problem.value} {inbox!r}"
    mailbox.close()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((503, ""), "it answers 503"),
        ((302, ""), "it answers 302"),
        ((200, "<html>"), "what it answers is no JSON"),
        ((200, '{"error": "no"}'), "it lists no messages"),
        ((200, '["text"]'), "it lists no messages"),
    ],
)
def test_it_says_why_an_inbox_cannot_be_read(
    inboxes: Inboxes, answer: tuple[int, str], why: str
) -> None:
    inboxes.answer = answer
    mailbox = open_mailbox(Inbox("http", inboxes.url, NUMBER))
    with pytest.raises(MailboxUnavailable) as problem:
        mailbox.mark()
    where = inboxes.url.partition("/messages")[0]  # neither path nor query: both may hold a key
    assert str(problem.value) == f"the inbox at {where} cannot be read: {why}"
    mailbox.close()


def test_an_inbox_that_is_not_there_cannot_be_read() -> None:
    mailbox = open_mailbox(Inbox("http", "http://127.0.0.1:9/?to={address}", NUMBER))
    with pytest.raises(
        MailboxUnavailable, match=r"the inbox at http://127.0.0.1:9 cannot be read: "
    ):
        mailbox.mark()
    mailbox.close()
