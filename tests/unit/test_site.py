"""What runs need, from a project made ready to run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from portalwatch.browsers import KNOWN
from portalwatch.check_files import CheckDescription
from portalwatch.config import load
from portalwatch.errors import ConfigError
from portalwatch.lanes.dispatch import worker_settings
from portalwatch.project import Project, StartedPortal
from portalwatch.site import (
    environment_of,
    open_portal,
    site_of,
)

PLAN = """\
portal: {name: The portal, url: https://portal.test/}
accounts:
  amara: {user_id: amara, name: Amara, password: {env: AMARA}, tags: [people]}
  bruno: {user_id: bruno, name: Bruno, password: {env: BRUNO}, totp: {env: BRUNO_TOTP}}
checks:
  - {check: login.signs_in, account: people}
"""
SIGNS_IN = CheckDescription("login.signs_in", "A provider signs in.", "checks/login.py", 1)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AMARA", "from the environment")
    file = tmp_path / "portalwatch.yaml"
    file.write_text(PLAN)
    plan = load(file, known_checks=[SIGNS_IN.id], known_browsers=KNOWN)
    portal = StartedPortal("https://portal.test", {"AMARA": "from the portal"})
    return site_of(Project(tmp_path), plan, {SIGNS_IN.id: SIGNS_IN}, portal)


def test_workers_are_told_which_variables_to_do_without(site):
    assert worker_settings(site).withheld == (
        *("AMARA", "AMARA_FILE", "BRUNO", "BRUNO_FILE", "BRUNO_TOTP", "BRUNO_TOTP_FILE"),
    )


def test_only_accounts_in_use_need_their_secrets_and_the_environment_has_the_last_word(site):
    assert set(site.accounts) == {"amara"}
    assert site.accounts["amara"].password.reveal() == "from the environment"
    assert site.plan.accounts_for(site.plan.checks[0]) == ("amara",)


def test_a_secret_in_a_file_outweighs_what_a_started_portal_told(monkeypatch):
    monkeypatch.setenv("AMARA_PASSWORD_FILE", "/run/secrets/amara")
    told = StartedPortal("http://127.0.0.1:1", {"AMARA_PASSWORD": "told", "OTHER": "told too"})
    environment = environment_of(told)
    assert "AMARA_PASSWORD" not in environment
    assert environment["OTHER"] == "told too"


def test_the_portal_is_where_the_plan_says_unless_told_otherwise(site):
    with open_portal(site.project, site.plan) as portal:
        assert portal.url == "https://portal.test"
    with open_portal(site.project, site.plan, "https://portal.test:8443/") as portal:
        assert portal.url == "https://portal.test:8443"


@pytest.mark.parametrize("address", ["portal.test", "ftp://portal.test", "https://"])
def test_an_address_that_is_none_is_refused(site, address):
    with (
        pytest.raises(ConfigError, match="not an address"),
        open_portal(site.project, site.plan, address),
    ):
        pass


@pytest.mark.parametrize(
    ("base_url", "allowed"),
    [
        ("https://portal.test/other", True),
        ("http://PORTAL.test:8000", True),
        ("https://staging.test", True),
        ("https://portal.test.evil.example", False),
        ("https://evil.example/portal.test", False),
        ("http://127.0.0.1:8000", False),
    ],
)
def test_an_address_on_the_command_line_is_of_a_host_that_the_plan_names(site, base_url, allowed):
    portal = site.plan.portal.model_copy(update={"allowed_hosts": ("staging.test",)})
    plan = replace(site.plan, portal=portal)
    if allowed:
        with open_portal(site.project, plan, base_url) as started:
            assert started.url == base_url
        return
    with (
        pytest.raises(ConfigError, match=r"is neither the host of portal\.url nor one of"),
        open_portal(site.project, plan, base_url),
    ):
        pytest.fail("it was opened")
