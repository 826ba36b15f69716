"""From a plan's text to the plan."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from fixtures.portal import ALIKE
from portal.accounts.cast import cast
from portalwatch.check_files import describe_checks
from portalwatch.config import MAX_BYTES, load
from portalwatch.errors import ConfigError
from portalwatch.plan import (
    AccountPlan,
    BrowserPlan,
    CheckPlan,
    MonitorPlan,
    Plan,
    PortalPlan,
    RecyclePlan,
    RunPlan,
)
from portalwatch.plan_values import Address
from portalwatch.secret_sources import Variable

ROOT = Path(__file__).parents[2]
CHECKS = ("login.signs_in", "login.signs_out")
BROWSERS = ("chromium", "firefox", "webkit", "chrome", "edge")
PORTAL = "portal: {name: Portal, url: https://portal.example/app}\n"


def read(folder: Path, text: str) -> Plan:
    file = folder / "portalwatch.yaml"
    file.write_text(text)
    return load(file, known_checks=CHECKS, known_browsers=BROWSERS)


def test_it_needs_no_more_than_a_portal_and_a_check(tmp_path: Path) -> None:
    plan = read(tmp_path, f"{PORTAL}checks:\n  - check: login.signs_in\n")
    assert plan.portal.url == "https://portal.example/app"
    assert plan.portal.start is None
    assert plan.monitor == MonitorPlan()
    assert plan.monitor.listen == Address("127.0.0.1", 9464)
    assert plan.accounts == {}
    (check,) = plan.checks
    assert check.every == 60.0
    assert check.browsers == ("chromium", "firefox")
    assert check.account is None
    assert plan.accounts_for(check) == ()


def test_it_reads_every_key(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        """\
portal: {name: Portal, start: "fixtures.portal:serve"}
monitor:
  listen: "[::1]:8080"
  workers: 2
  lanes: 8
  drain: 0s
  stall: 2500ms
  recycle: {runs: 10, age: 1h, memory: 2GB}
  keep: 7d
defaults: {every: 2m, jitter: 0s, deadline: 30s, timeout: 5s, browsers: [pinned], down_after: 3,
           confirm: false, trace: off}
browsers:
  pinned: {engine: chromium, executable: /opt/chrome, args: [--lang=de, "--mute-audio"]}
accounts:
  basic: {user_id: "0123", name: Amara, password: {env: PASSWORD}}
checks:
  - {check: login.signs_in, account: basic, slow_after: 5s, every: 30s, tags: [smoke]}
""",
    )
    assert plan.portal.start == "fixtures.portal:serve"
    assert plan.monitor == MonitorPlan.model_construct(
        listen=Address("::1", 8080),
        workers=2,
        lanes=8,
        drain=0.0,
        stall=2.5,
        recycle=RecyclePlan.model_construct(runs=10, age=3600.0, memory=2 * 10**9),
        keep=7 * 86400.0,
    )
    pinned = {"engine": "chromium", "executable": "/opt/chrome"}
    assert plan.browsers == {
        "pinned": BrowserPlan(**pinned, args=("--lang=de", "--mute-audio")),
    }
    assert plan.accounts["basic"].user_id == "0123"
    assert plan.accounts["basic"].password == Variable("PASSWORD")
    assert plan.checks == (
        CheckPlan.model_construct(
            check="login.signs_in",
            account="basic",
            slow_after=5.0,
            tags=("smoke",),
            every=30.0,
            jitter=0.0,
            deadline=30.0,
            timeout=5.0,
            browsers=("pinned",),
            down_after=3,
            confirm=False,
            trace="off",
        ),
    )


def test_it_finds_the_accounts_of_a_check_by_name_or_tag(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        PORTAL
        + """\
accounts:
  one: {user_id: a, name: A, password: {env: A}, tags: [team]}
  two: {user_id: b, name: B, password: {env: B}}
  three: {user_id: c, name: C, password: {env: C}, tags: [other, team]}
checks:
  - {check: login.signs_in, account: team}
  - {check: login.signs_out, account: two}
""",
    )
    by_tag, by_name = plan.checks
    assert plan.accounts_for(by_tag) == ("one", "three")
    assert plan.accounts_for(by_name) == ("two",)


def test_it_shares_values_by_anchors_under_keys_of_the_writers_own(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        f"x-slow: &slow {{every: 10m, deadline: 2m}}\n{PORTAL}"
        "checks:\n  - {<<: *slow, check: login.signs_in, deadline: 90s}\n",
    )
    assert (plan.checks[0].every, plan.checks[0].deadline) == (600.0, 90.0)


def test_it_may_watch_one_check_differently_on_each_browser(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        f"{PORTAL}checks:\n"
        "  - {check: login.signs_in, browsers: [chromium], every: 30s}\n"
        "  - {check: login.signs_in, browsers: [firefox], every: 5m}\n",
    )
    assert [check.every for check in plan.checks] == [30.0, 300.0]


def test_it_blames_the_defaults_once_for_what_every_check_inherits(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(
            tmp_path,
            f"{PORTAL}defaults: {{jitter: 1m}}\n"
            "checks:\n  - check: login.signs_in\n  - check: login.signs_out\n",
        )
    assert caught.value.problems == (
        "portalwatch.yaml:2: defaults.jitter: the jitter of 1m is not shorter than the interval"
        " of 1m (lower the jitter or raise 'every')",
    )


def test_it_knows_where_every_value_stands(tmp_path: Path) -> None:
    plan = read(tmp_path, f"{PORTAL}checks:\n  - check: login.signs_in\n    every: 30s\n")
    assert plan.at("checks[0].every") == "portalwatch.yaml:4: checks[0].every"
    assert plan.at("monitor.listen") == "portalwatch.yaml: monitor.listen"


def test_it_calls_plans_equal_that_differ_in_their_lines_alone(tmp_path: Path) -> None:
    text = f"{PORTAL}checks:\n  - check: login.signs_in\n"
    assert read(tmp_path, text) == read(tmp_path, f"# a comment\n{text}")
    assert read(tmp_path, text) != read(tmp_path, f"{text}    every: 5m\n")


def test_it_gives_a_plan_that_nobody_can_change(tmp_path: Path) -> None:
    plan = read(tmp_path, f"{PORTAL}checks:\n  - check: login.signs_in\n")
    with pytest.raises(ValidationError, match="frozen"):
        plan.checks[0].every = 1.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        plan.accounts["new"] = None  # type: ignore[index]


def test_it_reads_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert read(tmp_path, f"\ufeff{PORTAL}checks:\n  - check: login.signs_in\n").checks


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "portalwatch.yaml: is not there (a project keeps its plan in this file)"),
        (
            b"portal:\n  name: Caf\xe9\n",
            "portalwatch.yaml:2: is not UTF-8 (save the file as UTF-8)",
        ),
        (
            b"#" * (MAX_BYTES + 1),
            "portalwatch.yaml: is larger than 1 MB (a plan is a few kilobytes)",
        ),
    ],
)
def test_it_says_why_a_file_is_no_plan(tmp_path: Path, data: bytes | None, message: str) -> None:
    file = tmp_path / "portalwatch.yaml"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(ConfigError, match=re.escape(message)):
        load(file, known_checks=CHECKS, known_browsers=BROWSERS)


def test_it_says_that_a_directory_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a directory"):
        load(tmp_path, known_checks=CHECKS, known_browsers=BROWSERS)


def test_it_says_why_the_operating_system_refuses_a_file(tmp_path: Path) -> None:
    file = tmp_path / "portalwatch.yaml"
    file.symlink_to(file)
    with pytest.raises(ConfigError, match=r"cannot be read: Too many levels of symbolic links"):
        load(file, known_checks=CHECKS, known_browsers=BROWSERS)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["30s", "chromium", "login.signs_in", "basic", "https://a.b", "a:b", "1GB"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["env", "runs", "basic", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def some_of(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """A section with some of its keys, and anything as their values."""
    keys = st.sampled_from([*model.model_fields, "unknown"])
    return ANYTHING | st.dictionaries(keys, ANYTHING, max_size=4)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "portal": some_of(PortalPlan),
            "monitor": some_of(MonitorPlan),
            "defaults": some_of(RunPlan),
            "browsers": ANYTHING | st.dictionaries(st.text(max_size=3), some_of(BrowserPlan)),
            "accounts": ANYTHING | st.dictionaries(st.text(max_size=3), some_of(AccountPlan)),
            "checks": ANYTHING | st.lists(some_of(CheckPlan), max_size=3),
        },
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_has_an_answer_to_every_document(tmp_path: Path, document: dict[str, Any]) -> None:
    try:
        read(tmp_path, json.dumps(document))
    except ConfigError as exc:
        for problem in exc.problems:
            assert re.match(r"portalwatch\.yaml(:\d+)*: .+\(.+\)$", problem), problem


DESTROYERS = """\
portal: {name: P, url: "https://portal.example.com"}
accounts:
  kept: {user_id: a, name: A, password: {env: A}, tags: [some]}
  spare: {user_id: b, name: B, password: {env: B}, tags: [some], destructive: true}
checks:
  - {check: lockout.locks, account: spare}
  - {check: lockout.locks_too, account: kept}
  - {check: lockout.locks_any, account: some}
  - {check: lockout.locks_nobody}
  - {check: lockout.looks, account: kept}
"""


def test_a_check_that_destroys_has_an_account_for_that(tmp_path: Path) -> None:
    file = tmp_path / "portalwatch.yaml"
    file.write_text(DESTROYERS)
    destructive = [
        f"lockout.{name}" for name in ("locks", "locks_too", "locks_any", "locks_nobody")
    ]
    with pytest.raises(ConfigError) as caught:
        load(
            file,
            known_checks=[*destructive, "lockout.looks"],
            known_browsers=BROWSERS,
            destructive=destructive,
        )
    fix = "(name one that has 'destructive: true')"
    assert caught.value.problems == tuple(
        f"portalwatch.yaml:{line}: checks[{line - 6}].account: '{check}' locks or changes its"
        f" account, and {why} {fix}"
        for line, check, why in (
            (7, "lockout.locks_too", "accounts.kept is not one for that"),
            (8, "lockout.locks_any", "accounts.kept is not one for that"),
            (9, "lockout.locks_nobody", "it has no account"),
        )
    )


def test_the_bundled_plan_signs_in_as_the_bundled_portals_own_cast() -> None:
    checks = describe_checks(ROOT)
    plan = load(ROOT / "portalwatch.yaml", known_checks=checks, known_browsers=BROWSERS)
    assert {check.check for check in plan.checks} == set(checks)
    people = {member.user_id: member for member in cast(parallel=ALIKE)}
    for account in plan.accounts.values():
        member = people[str(account.user_id)]
        assert account.name == member.name
        assert account.mail in (None, member.email)
        assert account.texts in (None, member.phone)
        assert (account.totp is not None) == (member.totp_secret is not None)
