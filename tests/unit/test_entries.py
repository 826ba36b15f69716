"""A plan's entries: each check on each browser, narrowed where asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from portalwatch.browsers import KNOWN
from portalwatch.check_files import CheckDescription
from portalwatch.config import load
from portalwatch.entries import entries_of, entry_for, known_browsers
from portalwatch.errors import ConfigError

PLAN = """\
portal: {name: The portal, url: https://portal.test/}
defaults: {deadline: 40s, browsers: [chromium, firefox]}
browsers:
  pinned: {engine: chromium, executable: /opt/chromium/chrome, args: [--lang=de]}
checks:
  - {check: login.signs_in, every: 30s, browsers: [chromium]}
  - {check: login.signs_in, every: 5m, browsers: [firefox]}
  - {check: access.is_refused}
"""
IDS = ("login.signs_in", "login.signs_out", "access.is_refused")


def described(check_id: str) -> CheckDescription:
    file = f"checks/{check_id.partition('.')[0]}.py"
    return CheckDescription(check_id, f"Title of {check_id}.", file, 1)


CHECKS = {each: described(each) for each in IDS}


@pytest.fixture
def plan(tmp_path: Path):
    file = tmp_path / "portalwatch.yaml"
    file.write_text(PLAN)
    return load(file, known_checks=IDS, known_browsers=KNOWN)


def keys(entries):
    return [entry.key for entry in entries]


def test_an_entry_is_a_check_on_a_browser(plan):
    assert keys(entries_of(plan, CHECKS)) == [
        ("login.signs_in", "chromium"),
        ("login.signs_in", "firefox"),
        ("access.is_refused", "chromium"),
        ("access.is_refused", "firefox"),
    ]


@pytest.mark.parametrize("word", ["login.signs_in", "login"])
def test_checks_are_asked_for_by_id_or_by_file(plan, word):
    assert {check for check, _ in keys(entries_of(plan, CHECKS, only_checks=[word]))} == {
        "login.signs_in"
    }


def test_a_browser_asked_for_is_used_once_for_each_check_with_its_own_entry(plan):
    entries = entries_of(plan, CHECKS, only_browsers=["firefox", "pinned", "firefox"])
    assert keys(entries) == [
        ("login.signs_in", "firefox"),
        ("login.signs_in", "pinned"),
        ("access.is_refused", "firefox"),
        ("access.is_refused", "pinned"),
    ]
    assert entries[0].plan.every == 300.0


def test_words_that_are_neither_check_nor_browser_are_refused_together(plan):
    with pytest.raises(ConfigError) as refused:
        entries_of(plan, CHECKS, only_checks=["logout"], only_browsers=["netscape"])
    assert len(refused.value.problems) == 2
    assert "--check logout: the plan has no such check" in refused.value.problems[0]
    assert "--browser netscape: not a browser" in refused.value.problems[1]


def test_a_check_that_the_plan_does_not_name_runs_by_the_defaults(plan):
    entry = entry_for(plan, CHECKS, "login.signs_out", "webkit")
    assert entry.key == ("login.signs_out", "webkit")
    assert entry.title == "Title of login.signs_out."
    assert entry.plan.deadline == 40.0
    assert plan.accounts_for(entry.plan) == ()


def test_an_order_carries_what_the_plan_says(plan):
    entry = entries_of(plan, CHECKS)[0]
    order = entry.order("https://portal.test", scheduled_at=1_000.0)
    assert (order.check, order.browser, order.deadline) == ("login.signs_in", "chromium", 40.0)
    assert order.title == "Title of login.signs_in."
    assert order.scheduled_at == 1_000.0
    assert order.run_id != entry.order("https://portal.test", scheduled_at=1_000.0).run_id


def test_a_plan_adds_its_own_browsers_to_the_well_known_ones(plan):
    browsers = known_browsers(plan)
    assert set(browsers) == {*KNOWN, "pinned"}
    assert browsers["pinned"].args == ("--lang=de",)
