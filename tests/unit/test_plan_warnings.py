"""What a plan may well say, and seldom means."""

from __future__ import annotations

from pathlib import Path

import pytest

from portalwatch.config import load
from portalwatch.plan_warnings import warnings_about

PLAN = """\
portal: {name: Portal, url: "%(portal)s"}
mailboxes:
  mail: %(mail)s
accounts:
  basic: {user_id: amara, name: Amara, password: {env: PASSWORD}, origins: ["%(origin)s"]}
checks: [{check: login.signs_in, account: basic}]
"""
PRIVATE = "secrets cross the network in the clear (use https)"
SAFE = {
    "portal": "https://portal.example",
    "mail": '{http: "https://inbox.example/{address}"}',
    "origin": "https://login.example",
}


def warnings(folder: Path, **changes: str) -> list[str]:
    file = folder / "portalwatch.yaml"
    file.write_text(PLAN % {**SAFE, **changes})
    plan = load(file, known_checks=["login.signs_in"], known_browsers=["chromium", "firefox"])
    return [line.replace(f"{folder}/", "") for line in warnings_about(plan)]


@pytest.mark.parametrize(
    "portal", ["http://127.0.0.1:8000", "http://[::1]:8000", "http://localhost", SAFE["portal"]]
)
def test_what_stays_on_this_machine_or_is_enciphered_is_fine(tmp_path: Path, portal: str) -> None:
    assert warnings(tmp_path, portal=portal, origin=portal) == []


def test_what_crosses_the_network_in_the_clear_is_told_with_its_line(tmp_path: Path) -> None:
    told = warnings(
        tmp_path,
        portal="http://portal.example",
        origin="http://10.0.0.7",
        mail='{http: "http://inbox.example/?token=t0ken&to={address}"}',
    )
    assert told == [
        f"portalwatch.yaml:1: portal.url: http://portal.example is not https: {PRIVATE}",
        f"portalwatch.yaml:5: accounts.basic.origins: http://10.0.0.7 is not https: {PRIVATE}",
        f"portalwatch.yaml:3: mailboxes.mail.http: is not https: {PRIVATE}",
    ]


def test_a_maildir_that_is_not_there(tmp_path: Path) -> None:
    missing = tmp_path / "Maildir"
    assert warnings(tmp_path, mail=f"{{maildir: {missing}}}") == [
        "portalwatch.yaml:3: mailboxes.mail.maildir: Maildir is no folder (yet)"
    ]
    missing.mkdir()
    assert warnings(tmp_path, mail=f"{{maildir: {missing}}}") == []
