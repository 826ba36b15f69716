"""The project's checks under pytest: collected as functions, run as the monitor runs them.

The browser is pytest-playwright's, and so are its options (``--browser``, ``--headed``,
``--tracing``, ``--base-url``, …); the attempt is the runner's, with the same diagnosis
and the same record. Results travel with the test reports, so that under xdist the
controller has them all and writes the run report.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from portalwatch.errors import OperatorError
from portalwatch.model import Attempt, BrowserInfo, Cause, Outcome, Result

# Everything else is imported where it is needed: this module is loaded by every pytest
# run on a machine that has portalwatch installed, and most of them have no checks.

RESULT = pytest.StashKey[Result]()
_PREFIX = "check_"


class CheckFailed(Exception):
    """A check did not pass; the text is the verdict with its steps."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("portalwatch", "portalwatch: journeys of a web portal")
    group.addoption(
        "--portalwatch-report",
        metavar="DIR",
        type=Path,
        help="write the HTML run report of the checks, with its evidence, to this folder",
    )


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # under xdist the controller alone has them all
        config.pluginmanager.register(RunResults(config), "portalwatch-results")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a plan with mistakes before anything runs: a line each, and no traceback."""
    if any(is_check(item) for item in items):
        from portalwatch.project import Project, find_root
        from portalwatch.site import read_plan

        try:
            read_plan(Project(find_root(config.rootpath)))
        except OperatorError as exc:
            raise pytest.UsageError(*str(exc).splitlines()) from exc


def is_check(item: pytest.Item) -> bool:
    """Whether ``item`` is a claim about the portal: a ``check_*`` that takes a journey."""
    return (
        isinstance(item, pytest.Function)
        and item.originalname.startswith(_PREFIX)
        and "journey" in item.fixturenames
    )


def check_id(item: pytest.Item) -> str:
    """``login.provider_signs_in`` of ``checks/login.py::check_provider_signs_in[chromium]``."""
    assert isinstance(item, pytest.Function)
    return f"{item.path.stem}.{item.originalname.removeprefix(_PREFIX)}"


# Fixtures.


@pytest.fixture(scope="session")
def portalwatch_site(pytestconfig: pytest.Config, base_url: str | None) -> Iterator[Any]:
    """The project with its portal, started by the project unless ``--base-url`` names one."""
    from portalwatch.project import find_root
    from portalwatch.site import open_site

    with open_site(find_root(pytestconfig.rootpath), base_url=base_url or None) as site:
        yield site


@pytest.fixture(scope="session")
def portalwatch_browser(
    pytestconfig: pytest.Config, browser_name: str, browser_channel: str | None
) -> Any:
    """The browser as it is found on this machine: Playwright's own build, or the system's."""
    from portalwatch.browsers import BrowserSpec, find

    spec = BrowserSpec(browser_name, browser_name, channel=browser_channel)
    return find(spec, headed=bool(pytestconfig.getoption("--headed")))


@pytest.fixture
def journey(
    request: pytest.FixtureRequest,
    portalwatch_site: Any,
    portalwatch_browser: Any,
    playwright: Any,
    new_context: Callable[..., Any],
    base_url: str | None,
) -> Seat:
    """What a check receives; outside of a check it is only the seat that awaits one."""
    known = {} if base_url else {"base_url": portalwatch_site.portal.url}
    return Seat(
        portalwatch_site,
        portalwatch_browser.info(),
        playwright,
        lambda: new_context(**known),
        check_id(request.node),
    )


class Seat:
    """Where a check takes place: its entry of the plan, its account, its browser."""

    def __init__(
        self,
        site: Any,
        info: BrowserInfo,
        playwright: Any,
        new_context: Callable[[], Any],
        check: str,
    ) -> None:
        self._site = site
        self._info = info
        self._playwright = playwright
        self._new_context = new_context
        self._check = check

    def carry_out(self, function: Callable[[Any], Any]) -> Result:
        """Run ``function`` as the check of this seat, with an account that is free."""
        from portalwatch.leases import Leases

        entry = self._site.entry_for(self._check, self._info.name)
        names = self._site.accounts_for(entry.plan)
        leases = Leases(self._site.leases_folder)
        scheduled_at = time.time()
        order = entry.order(self._site.portal.url, scheduled_at=scheduled_at)
        try:
            with leases.hold_here(names, patience=entry.plan.deadline) as name:
                account = self._site.accounts[name] if name else None
                attempts = self._attempts(order, function, account)
        except TimeoutError:
            message = f"every account of '{entry.plan.account}' stayed in use"
            attempts = (_not_run(Outcome.SKIP, Cause.ACCOUNT_UNAVAILABLE, message),)
            name = None
        return Result(
            run_id=order.run_id,
            check=order.check,
            title=order.title,
            browser=self._info,
            account=name,
            scheduled_at=scheduled_at,
            attempts=attempts,
            queue_seconds=max(0.0, attempts[0].started_at - scheduled_at),
            tags=order.tags,
        )

    def _attempts(self, order: Any, function: Any, account: Any) -> tuple[Attempt, ...]:
        from dataclasses import replace

        from playwright.sync_api import expect

        from portalwatch.code_ledger import CodeLedger
        from portalwatch.fibers import Fibers
        from portalwatch.project import portal_says
        from portalwatch.runner import Surroundings, run

        expect.set_options(timeout=self._site.plan.defaults.timeout * 1000)
        on = Surroundings(
            fibers=Fibers(self._playwright),
            ledger=CodeLedger(self._site.ledger_file),
            evidence=self._site.evidence_folder,
            portal_says=portal_says(self._site.project),
        )
        # A test run wants the plain verdict: reruns are --reruns, traces are --tracing.
        plain = replace(order, confirm=False, trace="off")
        return run(plain, function, account, self._open_context, on)

    @contextmanager
    def _open_context(self) -> Iterator[Any]:
        # Left open: pytest-playwright closes it, and saves its trace and video, at teardown.
        yield self._new_context()


# Running and reporting.


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Run a check through the runner; every other function as always."""
    __tracebackhide__ = True
    seat = pyfuncitem.funcargs.get("journey")
    if not isinstance(seat, Seat) or not is_check(pyfuncitem):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    others = {name: pyfuncitem.funcargs[name] for name in names if name != "journey"}
    result = seat.carry_out(lambda journey: pyfuncitem.obj(journey=journey, **others))
    pyfuncitem.stash[RESULT] = result
    pyfuncitem.user_properties += properties(result)  # JUnit takes them at the teardown
    if result.outcome is Outcome.SKIP:
        pytest.skip(result.message)
    if result.outcome is not Outcome.PASS:
        raise CheckFailed(verdict_text(result))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Add the record to the report: for the controller, JUnit and the terminal."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if is_check(item):
        result = item.stash.get(RESULT, None) if call.when == "call" else None
        if call.when == "setup" and call.excinfo and call.excinfo.errisinstance(OperatorError):
            result = _never_began(item, str(call.excinfo.value), call.start)
            report.longrepr = str(call.excinfo.value)
        if result is not None:
            report.portalwatch = result.to_json()  # type: ignore[attr-defined]
            if call.excinfo and call.excinfo.errisinstance(CheckFailed):
                report.longrepr = str(call.excinfo.value)
            report.sections.append(("portalwatch", steps_text(result)))
    return report  # type: ignore[return-value]


class RunResults:
    """The results of a whole session, where its reports come together."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started_at = time.time()
        self._results: list[Result] = []
        self._report: Path | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = getattr(report, "portalwatch", None)
        if data is not None:
            self._results.append(Result.from_json(data))

    def pytest_sessionfinish(self) -> None:
        folder = self._config.getoption("--portalwatch-report")
        if folder is None or not self._results:
            return
        from portalwatch.project import Project, find_root
        from portalwatch.render import Pages
        from portalwatch.site import read_plan

        project = Project(find_root(self._config.rootpath))
        self._report = Pages(project.root / "reports").write_report(
            folder,
            self._results,
            evidence_root=project.var / "evidence",
            title=read_plan(project)[0].portal.name,
            started_at=self._started_at,
            ended_at=time.time(),
        )

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self._results:
            return
        from portalwatch.console import line_of

        terminalreporter.section("journeys")
        for result in self._results:
            terminalreporter.write_line(line_of(result))
            if self._config.get_verbosity() > 0 or result.outcome is not Outcome.PASS:
                terminalreporter.write_line(steps_text(result, indent="      "))
        if self._report:
            terminalreporter.write_line(f"report: {self._report}")


def properties(result: Result) -> list[tuple[str, str]]:
    """The record as JUnit properties."""
    pairs = [
        ("portalwatch_run_id", result.run_id),
        ("portalwatch_outcome", result.outcome.value),
        ("portalwatch_browser", f"{result.browser.name} {result.browser.version}"),
        ("portalwatch_seconds", f"{result.seconds:.3f}"),
    ]
    if result.cause:
        pairs.append(("portalwatch_cause", result.cause.value))
    pairs += [
        (f"portalwatch_step:{step.name}", f"{step.seconds:.3f}") for step in result.last.steps
    ]
    return pairs


def verdict_text(result: Result) -> str:
    """The verdict first, as summaries show the first line; then steps and traceback."""
    assert result.cause is not None
    parts = [f"{result.cause.words}: {result.message} [{result.cause.value}]", steps_text(result)]
    parts += [f"evidence: {item.path}" for item in result.last.evidence]
    return "\n".join([*parts, "", result.last.detail])


def steps_text(result: Result, *, indent: str = "  ") -> str:
    """The steps of the last attempt, a line each, nested as they were."""
    marks = {Outcome.PASS: "✓", Outcome.SKIP: "–"}
    lines = []
    for step in result.last.steps:
        error = f"  {step.error}" if step.error else ""
        mark = marks.get(step.outcome, "✗")
        nested = "  " * step.level
        lines.append(f"{indent}{nested}{mark} {step.name}  {step.seconds:.2f} s{error}")
    return "\n".join(lines)


def _never_began(item: pytest.Item, problem: str, at: float) -> Result:
    name = getattr(item, "callspec", None) and item.callspec.params.get("browser_name")  # type: ignore[attr-defined]
    cause = Cause.CONFIG_ERROR if "browser" not in problem else Cause.BROWSER_MISSING
    browser = str(name or "unknown")
    return Result(
        run_id=f"{int(at * 1000):x}-{abs(hash(item.nodeid)):x}",
        check=check_id(item),
        title=check_id(item),
        browser=BrowserInfo(browser, browser, "unknown", "unknown", "unknown"),
        account=None,
        scheduled_at=at,
        attempts=(_not_run(Outcome.ERROR, cause, problem.splitlines()[0]),),
    )


def _not_run(outcome: Outcome, cause: Cause, message: str) -> Attempt:
    return Attempt(outcome, cause, message, started_at=time.time(), seconds=0.0)
