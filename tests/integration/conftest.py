"""What the integration tests share over a session: one portal, one warm browser of each kind."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.portal import serve
from portalwatch.browsers import KNOWN, RunningBrowser, find, launch
from portalwatch.project import StartedPortal
from tests.integration import portal_doors
from tests.integration.portal_doors import Walk
from tests.integration.robust_portal import ACCOUNTS, RobustPortal, robust_portal
from tests.integration.single_run import BOTH, SingleRuns
from tests.integration.troubled_portal import TroubledPortal, troubled_portal
from tests.integration.troubled_site import TroubledSite, troubled_site
from tests.integration.yard import Yard
from tests.proofs import held_to_its_marks

ROOT = Path(__file__).parents[2]
PROJECT_FOLDERS = ("checks", "flows", "fixtures", "reports", "portal")


@pytest.fixture(scope="session")
def portal() -> Iterator[StartedPortal]:
    """The bundled portal, with accounts enough for tests that sign in at the same time."""
    with serve("--accounts", "40") as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Any) -> Iterator[RunningBrowser]:
    """A warm Chromium."""
    browser = launch(playwright, find(KNOWN["chromium"]))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def firefox(playwright: Any) -> Iterator[RunningBrowser]:
    """A warm Firefox."""
    browser = launch(playwright, find(KNOWN["firefox"]))
    yield browser
    browser.close()


@pytest.fixture(params=BOTH)
def browser_under_test(request: pytest.FixtureRequest) -> RunningBrowser:
    """Chromium in one test, Firefox in the next."""
    browser: RunningBrowser = request.getfixturevalue(request.param)
    return browser


@pytest.fixture
def runs(playwright: Any, tmp_path: Path) -> SingleRuns:
    """Carries out single runs, with evidence and ledger of the test's own."""
    return SingleRuns(playwright, tmp_path)


@pytest.fixture
def site() -> Iterator[TroubledSite]:
    """A site that is in every kind of trouble."""
    with troubled_site() as running:
        yield running


@pytest.fixture(scope="session")
def breakable() -> Iterator[TroubledPortal]:
    """A portal whose faults are turned on and off; for ``troubled``."""
    with troubled_portal() as running:
        yield running


@pytest.fixture
def troubled(breakable: TroubledPortal, request: pytest.FixtureRequest) -> Iterator[TroubledPortal]:
    """A portal in its seeded state; a test that says it proves faults must turn them on."""
    yield breakable
    turned_on = set(breakable.turned_on)
    breakable.back_to_normal()
    held_to_its_marks(request.node, turned_on)


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    """A project of trials with a site of its own; nothing of its pools may stay behind."""
    with troubled_site() as site:
        made = Yard(tmp_path, site.url)
        yield made
        assert made.remains() == []


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """The bundled project in a folder of its own, to be changed at will.

    Without ``slow_after``: a machine that runs other tests meanwhile says nothing of a portal.
    """
    root = tmp_path / "project"
    root.mkdir()
    for name in PROJECT_FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    for name in ("portalwatch.yaml", "conftest.py", "monitor.py"):
        shutil.copy(ROOT / name, root / name)
    plan = root / "portalwatch.yaml"
    plan.write_text(re.sub(r"(?m)^ +slow_after: .*\n", "", plan.read_text()))
    return root


SHORT_PLAN = (
    "login.provider_signs_in_and_out",
    "login.wrong_password_is_refused",
    "two_factor.provider_signs_in_with_totp",
    "two_factor.wrong_code_is_refused",
    "access.dashboard_needs_a_session",
    "access.dashboard_needs_the_second_factor",
)


@pytest.fixture
def short_project(project_copy: Path) -> Path:
    """As ``project_copy``, watching six of its checks on both browsers, on a free port."""
    file = project_copy / "portalwatch.yaml"
    plan = yaml.safe_load(file.read_text())
    plan["checks"] = [entry for entry in plan["checks"] if entry["check"] in SHORT_PLAN]
    plan["monitor"] |= {"listen": "127.0.0.1:0", "lanes": 2}  # beside other tests' browsers
    file.write_text(yaml.safe_dump(plan, sort_keys=False))
    return project_copy


@pytest.fixture(scope="session")
def portalwatch_command() -> list[str]:
    """The command line of this environment."""
    return [sys.executable, "-m", "portalwatch.cli"]


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens an address in a page of its own; fails the test on any script or policy error."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_page(url: str, **options: Any) -> Any:
        context = chromium.browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # A page that is not there is some tests' point; Chromium puts that on the console.
    assert [c for c in complaints if "404 (Not Found)" not in c] == []


@pytest.fixture(scope="session")
def robust(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RobustPortal]:
    """A portal that is tried hard; whatever is done to it, its log stays free of errors."""
    with robust_portal(tmp_path_factory.mktemp("robust"), "--accounts", str(ACCOUNTS)) as started:
        yield started
    assert started.troubles() == []


@pytest.fixture(scope="session")
def walks(robust: RobustPortal) -> dict[str, Walk]:
    """What there is behind every door of that portal."""
    return portal_doors.walks(robust)
