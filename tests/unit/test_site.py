"""A plan's entries, and what runs need, from a project made ready to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from portalwatch.browsers import KNOWN
from portalwatch.check_files import CheckDescription
from portalwatch.config import load
from portalwatch.errors import ConfigError
from portalwatch.project import Project, StartedPortal
from portalwatch.site import (
    environment_of,
    known_browsers,
    new_run_id,
    open_portal,
    site_of,
)

PLAN = """\
portal: {name: The portal, url: https://portal.test/}
defaults: {deadline: 40s, browsers: [chromium, firefox]}
browsers:
  pinned: {engine: chromium, executable: /opt/chromium/chrome, args: [--lang=de]}
accounts:
  amara:
    user_id: amara
    name: Amara
    password: {env: AMARA}
    tags: [people]
  bruno:
    user_id: bruno
    name: Bruno
    password: {env: BRUNO}
checks:
  - {check: login.signs_in, account: people, every: 30s, browsers: [chromium]}
  - {check: login.signs_in, account: people, every: 5m, browsers: [firefox]}
  - {check: access.is_refused}
"""
IDS = ("login.signs_in", "login.signs_out", "access.is_refused")


def described(check_id: str) -> CheckDescription:
    file = f"checks/{check_id.partition('.')[0]}.py"
    return CheckDescription(check_id, f"Title of {check_id}.", file, 1)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AMARA", "from the environment")
    file = tmp_path / "portalwatch.yaml"
    file.write_text(PLAN)
    plan = load(file, known_checks=IDS, known_browsers=KNOWN)
    portal = StartedPortal("https://portal.test", {"AMARA": "from the portal"})
    return site_of(Project(tmp_path), plan, {each: described(each) for each in IDS}, portal)


def keys(entries):
    return [entry.key for entry in entries]


def test_an_entry_is_a_check_on_a_browser(site):
    assert keys(site.entries()) == [
        ("login.signs_in", "chromium"),
        ("login.signs_in", "firefox"),
        ("access.is_refused", "chromium"),
        ("access.is_refused", "firefox"),
    ]


@pytest.mark.parametrize("word", ["login.signs_in", "login"])
def test_checks_are_asked_for_by_id_or_by_file(site, word):
    assert {check for check, _ in keys(site.entries(only_checks=[word]))} == {"login.signs_in"}


def test_a_browser_asked_for_is_used_once_for_each_check_with_its_own_entry(site):
    entries = site.entries(only_browsers=["firefox", "pinned", "firefox"])
    assert keys(entries) == [
        ("login.signs_in", "firefox"),
        ("login.signs_in", "pinned"),
        ("access.is_refused", "firefox"),
        ("access.is_refused", "pinned"),
    ]
    assert entries[0].plan.every == 300.0


def test_words_that_are_neither_check_nor_browser_are_refused_together(site):
    with pytest.raises(ConfigError) as refused:
        site.entries(only_checks=["logout"], only_browsers=["netscape"])
    assert len(refused.value.problems) == 2
    assert "--check logout: the plan has no such check" in refused.value.problems[0]
    assert "--browser netscape: not a browser" in refused.value.problems[1]


def test_a_check_that_the_plan_does_not_name_runs_by_the_defaults(site):
    entry = site.entry_for("login.signs_out", "webkit")
    assert entry.key == ("login.signs_out", "webkit")
    assert entry.title == "Title of login.signs_out."
    assert entry.plan.deadline == 40.0
    assert site.accounts_for(entry.plan) == ()


def test_an_order_carries_what_the_plan_says(site):
    entry = site.entries()[0]
    order = entry.order("https://portal.test", scheduled_at=1_000.0)
    assert (order.check, order.browser, order.deadline) == ("login.signs_in", "chromium", 40.0)
    assert order.title == "Title of login.signs_in."
    assert order.scheduled_at == 1_000.0
    assert order.run_id != entry.order("https://portal.test", scheduled_at=1_000.0).run_id


def test_run_ids_sort_by_time_and_are_safe_in_addresses(site):
    early, late = new_run_id(1_700_000_000.0), new_run_id(1_700_000_001.0)
    assert early < late
    assert early.replace("-", "").isalnum()


def test_only_accounts_in_use_need_their_secrets_and_the_environment_has_the_last_word(site):
    assert set(site.accounts) == {"amara"}
    assert site.accounts["amara"].password.reveal() == "from the environment"
    assert site.accounts_for(site.entries()[0].plan) == ("amara",)


def test_a_secret_in_a_file_outweighs_what_a_started_portal_told(monkeypatch):
    monkeypatch.setenv("AMARA_PASSWORD_FILE", "/run/secrets/amara")
    told = StartedPortal("http://127.0.0.1:1", {"AMARA_PASSWORD": "told", "OTHER": "told too"})
    environment = environment_of(told)
    assert "AMARA_PASSWORD" not in environment
    assert environment["OTHER"] == "told too"


def test_a_plan_adds_its_own_browsers_to_the_well_known_ones(site):
    browsers = known_browsers(site.plan)
    assert set(browsers) == {*KNOWN, "pinned"}
    assert browsers["pinned"].args == ("--lang=de",)
    assert set(site.browsers()) == set(browsers.values())


def test_the_portal_is_where_the_plan_says_unless_told_otherwise(site):
    with open_portal(site.project, site.plan) as portal:
        assert portal.url == "https://portal.test"
    with open_portal(site.project, site.plan, "http://127.0.0.1:8000/") as portal:
        assert portal.url == "http://127.0.0.1:8000"


@pytest.mark.parametrize("address", ["portal.test", "ftp://portal.test", "https://"])
def test_an_address_that_is_none_is_refused(site, address):
    with (
        pytest.raises(ConfigError, match="not an address"),
        open_portal(site.project, site.plan, address),
    ):
        pass
