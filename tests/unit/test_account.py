"""A test account: its secrets, and where they belong."""

from __future__ import annotations

import json
import logging

import pytest

from portalwatch.account import Account, origin_of, portal_of
from portalwatch.errors import ConfigError
from portalwatch.secrets import Secret

AMARA = Account(
    key="basic",
    user_id="amara.okafor",
    name="Dr. Amara Okafor",
    password=Secret("Harbor-Lantern"),
    totp_secret=Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
    origins=("https://portal.example",),
)


def test_it_travels_to_a_worker_and_back_with_its_secrets() -> None:
    assert Account.from_order(json.loads(json.dumps(AMARA.to_order()))) == AMARA
    bare = Account("bare", "user", "Name")
    assert Account.from_order(json.loads(json.dumps(bare.to_order()))) == bare


def test_it_shows_none_of_its_secrets() -> None:
    grouped = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"  # as portals show it
    assert AMARA.secrets() == ("Harbor-Lantern", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", grouped)
    for secret in AMARA.secrets():
        assert secret not in repr(AMARA)
    assert Account("bare", "user", "Name").secrets() == ()


def test_its_codes_are_those_of_its_secret() -> None:
    assert AMARA.totp().code(1) == "287082"


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        (
            None,
            "accounts.basic: the check asks for a one-time code, and the account has no totp"
            " (add 'totp: {env: NAME}')",
        ),
        (Secret("Harbor!"), "accounts.basic.totp: the TOTP secret is not base32"),
    ],
)
def test_without_a_usable_secret_it_says_what_to_do(secret: Secret | None, problem: str) -> None:
    account = Account("basic", "user", "Name", totp_secret=secret)
    with pytest.raises(ConfigError) as caught:
        account.totp()
    assert str(caught.value) == problem
    assert caught.value.__cause__ is None  # a decoder's message may quote the secret


def test_a_short_secret_is_told_of_once_however_many_codes_it_gives(
    caplog: pytest.LogCaptureFixture,
) -> None:
    account = Account("told-once", "user", "Name", totp_secret=Secret("JBSWY3DPEHPK3PXP"))
    with caplog.at_level(logging.WARNING):
        assert len({account.totp().code(step) for step in range(3)}) == 3
    assert caplog.messages == [
        "accounts.told-once.totp: a secret of 80 bits works, but NIST SP 800-63B-4 asks for 112"
        " (have the portal hand out a longer one)"
    ]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://portal.example/sign-in/?next=/a#top", "https://portal.example"),
        ("https://Portal.Example:443/", "https://portal.example"),
        ("http://portal.example:80", "http://portal.example"),
        ("http://portal.example:443", "http://portal.example:443"),
        ("http://user:pass@127.0.0.1:8000/x", "http://127.0.0.1:8000"),
        ("https://[::1]:443/", "https://[::1]"),
        ("about:blank", "about://"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("url", "portal"),
    [
        ("https://portal.example/sign-in/", "portal.example"),
        ("http://www.Portal.example:80", "portal.example"),
        ("https://portal.example:443", "portal.example"),
        ("https://portal.example:8443/", "portal.example:8443"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("https://login.portal.example", "login.portal.example"),
    ],
)
def test_a_portal_is_one_however_it_is_reached(url: str, portal: str) -> None:
    assert portal_of(url) == portal
