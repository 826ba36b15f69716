"""Secrets: from a variable or a file, never half-known, never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from portalwatch.config import load
from portalwatch.credentials import resolve_accounts
from portalwatch.errors import ConfigError
from portalwatch.plan import Plan
from portalwatch.secret_sources import SecretSource
from portalwatch.secrets import Secret

SOURCE = SecretSource("BASIC_PASSWORD")

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
