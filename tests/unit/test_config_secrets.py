"""Secrets: from a variable or a file, never half-known, never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from portalwatch.account import Account, Inbox
from portalwatch.config import load
from portalwatch.credentials import resolve_accounts
from portalwatch.errors import ConfigError
from portalwatch.plan import Plan
from portalwatch.secret_sources import Variable
from portalwatch.secrets import Secret

SOURCE = Variable("BASIC_PASSWORD")

PLAN = """\
portal: {name: Portal, url: https://portal.example}
accounts:
  basic:
    user_id: amara
    name: Amara
    password: {env: BASIC_PASSWORD}
  second:
    user_id: {env: SECOND_USER}
    name: Lena
    password: {env: SECOND_PASSWORD}
    totp: {env: SECOND_SECRET}
    tags: [team]
    origins: ["https://login.portal.example/"]
checks:
  - check: login.signs_in
"""
ENVIRON = {
    "BASIC_PASSWORD": "hunter2",
    "SECOND_USER": "lena",
    "SECOND_PASSWORD": "correct horse",
    "SECOND_SECRET": "jbsw y3dp ehpk 3pxp jbsw y3dp",
}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    file = tmp_path / "portalwatch.yaml"
    file.write_text(PLAN)
    return load(file, known_checks=["login.signs_in"], known_browsers=["chromium", "firefox"])


def test_it_takes_a_secret_from_its_variable() -> None:
    assert SOURCE.resolve({"BASIC_PASSWORD": " hunter2 "}) == Secret(" hunter2 ")


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_it_takes_a_secret_from_a_file_without_its_last_newline(
    tmp_path: Path, ending: str
) -> None:
    file = tmp_path / "password"
    file.write_bytes(f"two\nlines{ending}".encode())
    assert SOURCE.resolve({"BASIC_PASSWORD_FILE": str(file)}) == Secret("two\nlines")


def test_it_refuses_a_secret_that_is_nowhere() -> None:
    with pytest.raises(ConfigError) as caught:
        SOURCE.resolve({})
    assert str(caught.value) == (
        "BASIC_PASSWORD is not set (set it, or BASIC_PASSWORD_FILE to a file's path)"
    )


def test_it_refuses_a_secret_that_is_in_two_places(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="are both set"):
        SOURCE.resolve({"BASIC_PASSWORD": "a", "BASIC_PASSWORD_FILE": "/run/secrets/a"})


def test_it_refuses_a_secret_that_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("\n")
    with pytest.raises(ConfigError, match="which is empty"):
        SOURCE.resolve({"BASIC_PASSWORD_FILE": str(file)})
    with pytest.raises(ConfigError, match="is set but empty"):
        SOURCE.resolve({"BASIC_PASSWORD": ""})


def test_it_says_why_a_secret_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        SOURCE.resolve({"BASIC_PASSWORD_FILE": str(tmp_path / "absent")})
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not text in UTF-8"):
        SOURCE.resolve({"BASIC_PASSWORD_FILE": str(binary)})


def test_it_resolves_accounts_with_all_they_need(plan: Plan) -> None:
    accounts = resolve_accounts(plan, ENVIRON)
    assert list(accounts) == ["basic", "second"]
    assert accounts["basic"].totp_secret is None
    second = accounts["second"]
    assert second.user_id == "lena"
    assert second.password.reveal() == "correct horse"
    assert second.totp_secret == Secret(ENVIRON["SECOND_SECRET"])
    assert second.origins == ("https://login.portal.example",)
    assert "correct horse" not in repr(second)


@pytest.mark.parametrize("held", ["k7w2 p3mz", "k7w2,p3mz", "k7w2\np3mz\n", " k7w2 ; p3mz "])
def test_backup_codes_are_several_secrets_in_one(held: str, tmp_path: Path) -> None:
    file = tmp_path / "portalwatch.yaml"
    file.write_text(PLAN.replace("    tags: [team]\n", "    backup_codes: {env: CODES}\n"))
    plan = load(file, known_checks=["login.signs_in"], known_browsers=["chromium", "firefox"])
    account = resolve_accounts(plan, {**ENVIRON, "CODES": held})["second"]
    assert account.backup_codes == (Secret("k7w2"), Secret("p3mz"))
    assert Account.from_order(account.to_order()) == account
    assert {"k7w2", "p3mz"} <= set(account.secrets())
    with pytest.raises(ConfigError, match="CODES holds no backup code"):
        resolve_accounts(plan, {**ENVIRON, "CODES": " , "})


def test_it_resolves_only_the_accounts_that_are_asked_for(plan: Plan) -> None:
    assert list(resolve_accounts(plan, {"BASIC_PASSWORD": "a"}, only=["basic"])) == ["basic"]


def test_it_tells_every_missing_secret_with_its_line(plan: Plan) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_accounts(plan, {"SECOND_USER": "lena", "SECOND_SECRET": "not base32!"})
    assert caught.value.problems == (
        "portalwatch.yaml:6: accounts.basic.password: BASIC_PASSWORD is not set"
        " (set it, or BASIC_PASSWORD_FILE to a file's path)",
        "portalwatch.yaml:10: accounts.second.password: SECOND_PASSWORD is not set"
        " (set it, or SECOND_PASSWORD_FILE to a file's path)",
        "portalwatch.yaml:11: accounts.second.totp: SECOND_SECRET holds no TOTP secret:"
        " the TOTP secret is not base32 (copy the portal's setup key)",
    )


WITH_MAILBOXES = """\
portal: {name: Portal, url: https://portal.example}
mailboxes:
  mail:
    imap: imaps://mail.example.com/Tests
    user: {env: MAIL_USER}
    password: {env: MAIL_PASSWORD}
  texts: {http: {env: TEXTS}}
accounts:
  basic: {user_id: amara, name: Amara, password: {env: BASIC_PASSWORD}, mail: {env: BASIC_MAIL},
    texts: "+12025550143"}
checks:
  - check: login.signs_in
"""
MAIL = {
    "BASIC_PASSWORD": "hunter2",
    "BASIC_MAIL": "amara@portal.example",
    "MAIL_USER": "reader",
    "MAIL_PASSWORD": "horse battery",
    "TEXTS": "http://127.0.0.1:8025/messages?key=1&to={address}",
}


@pytest.fixture
def with_mailboxes(tmp_path: Path) -> Plan:
    file = tmp_path / "portalwatch.yaml"
    file.write_text(WITH_MAILBOXES)
    return load(file, known_checks=["login.signs_in"], known_browsers=["chromium", "firefox"])


def test_an_account_knows_where_its_messages_are_read(with_mailboxes: Plan) -> None:
    account = resolve_accounts(with_mailboxes, MAIL)["basic"]
    assert account.mail == Inbox(
        "imap",
        "imaps://mail.example.com/Tests",
        "amara@portal.example",
        "reader",
        Secret("horse battery"),
    )
    assert account.texts == Inbox("http", MAIL["TEXTS"], "+12025550143")
    assert "horse battery" in account.secrets()
    assert Account.from_order(account.to_order()) == account


def test_no_mailbox_is_needed_for_accounts_that_have_no_address(plan: Plan) -> None:
    account = resolve_accounts(plan, ENVIRON)["basic"]
    assert (account.mail, account.texts) == (None, None)


def test_it_names_what_is_missing_of_a_mailbox_once_and_at_its_line(with_mailboxes: Plan) -> None:
    environ = {"BASIC_PASSWORD": "hunter2", "TEXTS": "http://127.0.0.1:8025/messages"}
    with pytest.raises(ConfigError) as caught:
        resolve_accounts(with_mailboxes, environ)
    assert str(caught.value).splitlines() == [
        "portalwatch.yaml:5: mailboxes.mail.user: MAIL_USER is not set"
        " (set it, or MAIL_USER_FILE to a file's path)",
        "portalwatch.yaml:6: mailboxes.mail.password: MAIL_PASSWORD is not set"
        " (set it, or MAIL_PASSWORD_FILE to a file's path)",
        "portalwatch.yaml:7: mailboxes.texts.http: TEXTS: 'http://127.0.0.1:8025/messages' does"
        " not say whose messages (try 'http://127.0.0.1:8025/messages?to={address}')",
    ]


def test_workers_do_not_inherit_what_mailboxes_are_read_with(with_mailboxes: Plan) -> None:
    assert set(MAIL) <= set(with_mailboxes.secret_variables())


def test_two_names_of_one_user_id_are_refused(plan: Plan) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_accounts(plan, {**ENVIRON, "SECOND_USER": "Amara "})
    assert caught.value.problems == (
        "portalwatch.yaml:8: accounts.second.user_id: is that of accounts.basic, too"
        " (have the checks of both use one account)",
    )
