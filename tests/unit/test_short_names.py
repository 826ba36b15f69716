"""Who is told of a verdict is not told whose account it was."""

from __future__ import annotations

import pytest

from portalwatch.account import Account, Inbox
from portalwatch.short_names import ShortNames

ACCOUNT = Account(
    "basic",
    "amara.okafor",
    "Dr. Amara Okafor",
    mail=Inbox("maildir", "/var/mail", "amara.okafor@practice.example"),
    texts=Inbox("http", "https://texts.example", "+12025550143"),
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<input value="amara.okafor">', '<input value="am…">'),
        ("Expected 'AMARA.OKAFOR', got 'amara.okafor'.", "Expected 'AM…', got 'am…'."),
        ("no mail came to amara.okafor@practice.example", "no mail came to am…"),
        ("no text came to +12025550143 within 30 s", "no text came to +1… within 30 s"),
        ("https://portal.example/users/amara.okafor/edit", "https://portal.example/users/am…/edit"),
        ("https://amara.okafor.example/amara.okafor", "https://amara.okafor.example/am…"),
        ("?to=amara.okafor%40practice.example&x=1", "?to=am…&x=1"),
        ("user_amara.okafor_1", "user_am…_1"),
        ("amara.okafor@other.example", "am…@other.example"),
        ("account 'basic' is paused", "account 'basic' is paused"),
        ("amara.okafors amaraXokafor", "amara.okafors amaraXokafor"),
        ("", ""),
    ],
)  # fmt: skip
def test_it_begins_a_name_and_leaves_all_else(text: str, told: str) -> None:
    assert ShortNames(ACCOUNT).shortened(text) == told


def test_the_plans_own_name_is_told() -> None:
    account = Account("amara", "amara", "Dr. Amara Okafor")
    assert ShortNames(account).shortened("account 'amara'") == "account 'amara'"


def test_a_very_short_one_is_not_told_either() -> None:
    assert ShortNames(Account("basic", "ab", "Dr. Ab")).shortened("for ab, or b") == "for a…, or b"


def test_without_an_account_nothing_is_shortened() -> None:
    assert ShortNames(None).shortened("any text") == "any text"
