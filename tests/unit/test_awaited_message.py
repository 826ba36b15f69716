"""Waiting for a message: what is told, what is kept secret, and whose fault it is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import pytest

from portalwatch.account import Account, Inbox
from portalwatch.awaited_message import AwaitedMessage, inbox_of
from portalwatch.errors import ClaimFailed, ConfigError
from portalwatch.model import Cause

TO = "amara@practice.example"
LINK = "https://portal.example/recovery/link/kT5-0123456789abcdef/"

T = TypeVar("T")


class Lane:
    """A lane's fibers, where nobody else waits; ``meanwhile`` is what happens in a pause."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = lambda: None

    def in_thread(self, thread: Executor, function: Callable[[], T]) -> T:
        return thread.submit(function).result()

    def pause(self, seconds: float) -> None:
        self.meanwhile()


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("tmp", "new", "cur"):
        (tmp_path / part).mkdir()
    return tmp_path


def deliver(maildir: Path, text: str) -> None:
    mail = EmailMessage()
    mail["To"] = TO
    mail.set_content(text)
    (maildir / "new" / f"{len(list((maildir / 'new').iterdir()))}.mail").write_bytes(
        mail.as_bytes()
    )


@pytest.fixture
def secrets() -> list[str]:
    return []


@pytest.fixture
def awaited(maildir: Path, secrets: list[str]) -> AwaitedMessage:
    made = AwaitedMessage("mail", Inbox("maildir", str(maildir), TO), Lane(), secrets.append)  # type: ignore[arg-type]
    made.mark()
    return made


def test_it_waits_for_the_first_that_comes(maildir, awaited, secrets) -> None:
    awaited._fibers.meanwhile = lambda: deliver(maildir, "Your code is 123456")
    assert awaited.wait(5) < 5
    assert awaited.message.text.strip() == "Your code is 123456"
    assert awaited.code() == "123456"
    assert secrets == ["123456"]
    awaited.close()


def test_a_link_is_kept_secret_with_its_token(maildir, awaited, secrets) -> None:
    deliver(maildir, f"Open {LINK} now")
    awaited.wait(5)
    assert awaited.find(r"https://\S+") == LINK
    assert secrets == [LINK, "kT5-0123456789abcdef"]
    awaited.close()


@pytest.mark.parametrize(
    ("link", "token"),
    [
        ("https://portal.example/reset?user=amara&token=kT5-0123456789abcdef", ...),
        ("https://portal.example/reset#kT5-0123456789abcdef", ...),
        ("https://portal.example/reset?token=kT5%2B0123456789abcdef", "kT5+0123456789abcdef"),
        ("/reset/kT5-0123456789abcdef", ...),
        ("https://[portal/reset/kT5-0123456789abcdef", ...),
    ],
)
def test_a_token_is_kept_secret_wherever_it_stands_in_a_link(
    maildir, awaited, secrets, link, token
) -> None:
    deliver(maildir, f"Open {link} now")
    awaited.wait(5)
    assert awaited.find(r"Open (\S+)") == link
    assert secrets[0] == link
    assert ("kT5-0123456789abcdef" if token is ... else token) in secrets
    assert not any("portal.example" in secret for secret in secrets[1:])
    awaited.close()


def test_what_was_there_before_is_no_answer(maildir, awaited) -> None:
    deliver(maildir, "old")
    awaited.mark()
    with pytest.raises(ClaimFailed) as failed:
        awaited.wait(0)
    assert str(failed.value) == f"no mail came to {TO} within 0 s"
    assert failed.value.cause is Cause.CODE_NOT_DELIVERED
    awaited.close()


def test_it_cannot_be_read_before_it_has_come(awaited) -> None:
    with pytest.raises(RuntimeError, match="awaited at the end of its 'with' block"):
        awaited.code()
    awaited.close()


def test_an_account_without_an_address_says_what_is_missing() -> None:
    with pytest.raises(ConfigError) as problem:
        inbox_of(Account("basic", "amara", "Dr. Amara"), "texts")
    assert str(problem.value) == (
        "accounts.basic: the check waits for a text message, and the account has no texts"
        " (add 'texts: ADDRESS', and mailboxes.texts)"
    )


def having_a_link(maildir: Path) -> AwaitedMessage:
    inbox = Inbox("maildir", str(maildir), TO)
    made = AwaitedMessage("mail", inbox, Lane(), lambda secret: None, "https://")  # type: ignore[arg-type]
    made.mark()
    return made


def test_it_passes_over_what_does_not_have_what_is_wanted(maildir: Path) -> None:
    awaited = having_a_link(maildir)
    deliver(maildir, "Your password was changed")
    awaited._fibers.meanwhile = lambda: deliver(maildir, f"Open {LINK}")
    awaited.wait(5)
    assert awaited.find(r"https://\S+") == LINK


def test_where_only_other_messages_come_the_first_of_them_is_judged(maildir: Path) -> None:
    awaited = having_a_link(maildir)
    deliver(maildir, "Open ###")
    deliver(maildir, "Your password was changed")
    awaited.wait(0)
    with pytest.raises(ClaimFailed, match="has nothing like") as problem:
        awaited.find(r"https://\S+")
    assert problem.value.cause is Cause.CONTENT_WRONG
