"""The project's checks under pytest: collected as functions, run as the monitor runs them.

The browser is pytest-playwright's, and so are its options (``--browser``, ``--headed``,
``--tracing``, ``--base-url``, …); the attempt is the runner's, with the same diagnosis
and the same record.

    hooks and fixtures      here
    ``collected``           which items are checks, and what the plan says of them
    ``seat``                where a check takes place: entry, account, browser, verdict
    ``records``             the record that travels with a test's report
    ``masks``               what pytest keeps of a check, without its secrets
    ``results``             the records of a session brought together: summary, report, file
    ``recordings``          videos and HAR files
    ``attachments``         evidence for JUnit, pytest-html and Allure
    ``options``             what the user asks for
    ``words``               a record as the terminal and JUnit show it

This module is loaded by every pytest run on a machine that has portalwatch installed, and
most of them have no checks: what is heavy is imported where it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from portalwatch.errors import OperatorError
from portalwatch.model import Outcome
from portalwatch.pytest_plugin import masks
from portalwatch.pytest_plugin.collected import (
    ACCOUNT_MARK,
    PROBLEMS,
    is_check,
    is_destructive,
    project_root,
    read_plan_of,
)
from portalwatch.pytest_plugin.masks import mask_captured, masks_of
from portalwatch.pytest_plugin.options import (
    add_options,
    check_modes,
    har_mode,
    trace_mode,
    video_mode,
)
from portalwatch.pytest_plugin.records import (
    RESULT,
    CheckFailed,
    CheckInError,
    attach_record,
)
from portalwatch.pytest_plugin.results import RunResults
from portalwatch.pytest_plugin.words import verdict_text

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Playwright

    from portalwatch.browsers import FoundBrowser
    from portalwatch.pytest_plugin.seat import Seat
    from portalwatch.site import Site


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


# pytest-playwright defines base_url as a method of its plugin object, which pytest 9.1 began
# to warn of, in every session that takes a page: nothing that its reader could mend.
_BASE_URL_IS_A_METHOD = (
    r"ignore:Session-scoped fixtures defined as instance methods[\s\S]* 'base_url' fixture"
    ":pytest.PytestDeprecationWarning"
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("filterwarnings", _BASE_URL_IS_A_METHOD)
    config.addinivalue_line(
        "markers",
        f"{ACCOUNT_MARK}(name): the plan's account, or tag of accounts, for a test that takes"
        " 'journey' and stands in no entry of portalwatch.yaml",
    )
    check_modes(config)
    if not hasattr(config, "workerinput"):  # under xdist the controller alone has them all
        config.pluginmanager.register(RunResults(config), "portalwatch-results")
    masks.register(config)


@pytest.hookimpl(tryfirst=True)  # before -m chooses, for the plan's tags become marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a plan with mistakes before anything runs: a line each, and no traceback."""
    checks = [item for item in items if is_check(item)]
    if not checks:
        return
    from portalwatch.project import refuse_read_only

    try:
        read_plan_of(config, checks)
        refuse_read_only(project_root(config))
    except OperatorError as exc:
        problems = str(exc).splitlines()
        if not hasattr(config, "workeroutput"):
            raise pytest.UsageError(*problems) from exc
        config.workeroutput[PROBLEMS] = problems  # the controller raises it, once for all
        items.clear()


# Fixtures.


@pytest.fixture(scope="session")
def portalwatch_site(pytestconfig: pytest.Config, base_url: str | None) -> Iterator[Site]:
    """The project with its portal, started by the project unless ``--base-url`` names one."""
    from portalwatch.site import open_site

    with open_site(project_root(pytestconfig), base_url=base_url or None) as site:
        yield site


@pytest.fixture(scope="session")
def portalwatch_browser(
    pytestconfig: pytest.Config, browser_name: str, browser_channel: str | None
) -> FoundBrowser:
    """The browser as it is found on this machine: Playwright's own build, or the system's."""
    from portalwatch.browsers import BrowserSpec, find

    spec = BrowserSpec(browser_name, browser_name, channel=browser_channel)
    return find(spec, headed=bool(pytestconfig.getoption("--headed")))


@pytest.fixture(scope="session")
def portalwatch_evidence(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Where evidence is kept: with pytest's temporary files, which it clears by itself."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(pytestconfig, "workerinput") else base
    return shared / "portalwatch-evidence"


@pytest.fixture
def journey(
    request: pytest.FixtureRequest,
    portalwatch_site: Site,
    portalwatch_browser: FoundBrowser,
    portalwatch_evidence: Path,
    playwright: Playwright,
    base_url: str | None,
) -> Seat:
    """What a check receives. Until the check is called, only the seat that awaits one."""
    from portalwatch.pytest_plugin import seat
    from portalwatch.pytest_plugin.recordings import Recordings, Wanted

    config, retry = request.config, getattr(request.node, "execution_count", 1) > 1
    wanted = Wanted(video_mode(config), har_mode(config), retry)
    recordings = Recordings(wanted, request.getfixturevalue("browser_context_args").get("viewport"))
    if portalwatch_browser.minibrowser:
        open_context = seat.contexts_of_minibrowser(
            playwright, portalwatch_browser, portalwatch_site.portal.url
        )
    else:
        seat.refuse_missing_build(request, portalwatch_browser)
        known = {} if base_url else {"base_url": portalwatch_site.portal.url}
        new_context: Callable[..., BrowserContext] = seat.launched(
            lambda: request.getfixturevalue("new_context"), portalwatch_browser.name
        )
        if recordings.any:
            open_context = recordings.opener(partial(new_context, **known))
        else:
            open_context = seat.contexts_left_open(lambda: new_context(**known))
    return seat.Seat(
        site=portalwatch_site,
        entry=seat.entry_of(portalwatch_site, request.node, portalwatch_browser.name),
        info=portalwatch_browser.info(),
        playwright=playwright,
        open_context=open_context,
        recordings=recordings,
        trace=trace_mode(config),
        retry=retry,
        base_url=base_url or "",
        destructive=is_destructive(request.node),
        evidence=portalwatch_evidence,
    )


# Running and reporting.


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Run a check through the runner; every other function as always."""
    __tracebackhide__ = True
    if not is_check(pyfuncitem):
        return None
    seat = cast("Seat", pyfuncitem.funcargs["journey"])
    names = pyfuncitem._fixtureinfo.argnames
    others: dict[str, Any] = {n: pyfuncitem.funcargs[n] for n in names if n != "journey"}
    result = seat.carry_out(lambda journey: pyfuncitem.obj(journey=journey, **others))
    pyfuncitem.stash[RESULT] = result
    masks_of(pyfuncitem.config).goes_by(seat.redaction)
    if result.outcome is Outcome.SKIP:
        pytest.skip(result.message)
    if result.outcome is not Outcome.PASS:
        kind = CheckFailed if result.outcome is Outcome.FAIL else CheckInError
        raise kind(verdict_text(result, seat.evidence))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Add the record to the report: for the controller, JUnit and the terminal."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if is_check(item):
        mask_captured(item, report)
        attach_record(item, call, report)
    return report  # type: ignore[return-value]


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> object | None:
    """Count a fault of our own as an error, not as a failure, whenever it struck."""
    record = getattr(report, "portalwatch", None)
    if report.failed and record and record["result"]["attempts"][-1]["outcome"] == Outcome.ERROR:
        return "error", "E", "ERROR"
    return None
