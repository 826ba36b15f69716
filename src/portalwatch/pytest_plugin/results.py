"""The results of a whole session, where its reports come together: summary and run report."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portalwatch.errors import OperatorError
from portalwatch.model import Cause, Outcome, Result
from portalwatch.pytest_plugin.collected import PROBLEMS, id_of
from portalwatch.pytest_plugin.options import fail_on_flaky, report_folder, results_file
from portalwatch.pytest_plugin.records import CheckRecord, without_run
from portalwatch.pytest_plugin.words import steps_of

if TYPE_CHECKING:
    from portalwatch.render import Pages
    from portalwatch.results_file import ResultsWriter

_ENGINES = ("chromium", "firefox", "webkit")  # what pytest-playwright's --browser takes


class RunResults:
    """Gathers the records; a plugin of the one process that talks to the user.

    A test that pytest-rerunfailures tries again has one run, of several attempts.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started_at = time.time()
        self._runs: dict[str, Result] = {}  # by pytest's id of the test
        self._roots: set[str] = set()  # of projects; there is one
        self._evidence: set[str] = set()
        self._folder = report_folder(config)
        self._writer: ResultsWriter | None = None
        self._said: list[str] = []  # of what was written, a line each

    def pytest_sessionstart(self) -> None:
        """Open the file of results, which replaces the one before: only where tests are run."""
        file = results_file(self._config)
        if file is not None and not self._config.option.collectonly:
            self._writer = self._open_results(file)

    @pytest.hookimpl(tryfirst=True)  # before the terminal asks below what to call it
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record = CheckRecord.of(report)
        if record is None:
            return
        result, run = record.result, self._name_of_run(record.result.node, report)
        earlier = self._runs.get(run)
        self._runs[run] = result.after(earlier) if earlier else result
        self._roots.add(record.root)
        self._evidence |= {record.evidence} - {""}
        if self._writer is None:
            return
        try:
            kept = Path(record.evidence) if record.evidence else None
            self._writer.add(result, kept, run=run)
        except OSError as exc:  # such as a disk that is full: the tests go on
            self._give_up_results(exc)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> object | None:
        """A check that passed after it had failed is neither a plain pass nor a failure."""
        run = self._runs.get(self._name_of_run(report.nodeid, report))
        if report.when == "call" and report.passed and run is not None and run.flaky:
            return "flaky", "f", ("FLAKY", {"yellow": True})
        return None

    def _name_of_run(self, node: str, report: pytest.TestReport) -> str:
        """The test's id; where each worker of xdist runs all tests, with the worker's."""
        if getattr(self._config.option, "dist", "no") != "each" or not hasattr(report, "node"):
            return node
        return f"{node} on {report.node.gateway.id}"

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """A worker of xdist died, and cannot say of which check: the controller does."""
        file, _, rest = crashitem.partition("::")
        path = self._config.rootpath / file
        function = re.fullmatch(r"(?:\w+::)*(?P<name>\w+)(?:\[(?P<parameters>.*)\])?", rest)
        root = _root_of(path)
        if function is None or root is None or not function["name"].startswith("check_"):
            return
        parameters = (function["parameters"] or "").split("-")
        browser = next((name for name in parameters if name in _ENGINES), "unknown")
        check = id_of(path, function["name"])
        result = without_run(
            check=check,
            title=_title_of(check, root),
            browser=browser,
            at=time.time(),
            outcome=Outcome.ERROR,
            cause=Cause.WORKER_CRASHED,
            why=str(report.longrepr),
        )
        CheckRecord(replace(result, node=crashitem), str(root)).put_on(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Refuse a plan with mistakes once, although every worker has read it."""
        problems = getattr(node, "workeroutput", {}).get(PROBLEMS)
        if problems:
            raise pytest.UsageError(*problems)

    @pytest.hookimpl(tryfirst=True)  # before pytest clears its temporary files
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        flaky = sum(run.flaky for run in self._runs.values())
        if flaky and session.exitstatus == pytest.ExitCode.OK and fail_on_flaky(self._config):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            self._said.append(
                f"failed, for {flaky} {'check is' if flaky == 1 else 'checks are'} flaky"
            )
        # Given up after so many failures: what was left is in no file.
        stopped = session.shouldfail or session.shouldstop
        self._close_results(int(session.exitstatus), str(stopped or ""))
        if self._folder is None:
            return
        if not self._runs:
            self._said.append(f"no check was run, so no report was written to {self._folder}")
            return
        try:
            self._said.append(f"report: {self._write_report(self._folder)}")
        except OSError as exc:
            self._miss_report(session, f"{self._folder}: cannot be written: {exc.strerror}")
        except OperatorError as exc:
            self._miss_report(session, str(exc))

    def _miss_report(self, session: pytest.Session, why: str) -> None:
        """Say so, and let no session pass whose report somebody waits for in vain."""
        self._said.append(f"no report: {why}")
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        verbosity = self._config.get_verbosity()
        if self._runs and verbosity >= 0:
            from portalwatch.console import line_of

            terminalreporter.section("journeys")
            for run in self._runs.values():
                terminalreporter.write_line(line_of(run))
                if verbosity > 0:
                    for line in steps_of(run, indent="      "):
                        terminalreporter.write_line(line)
        for line in self._said:
            terminalreporter.write_line(f"portalwatch: {line}")

    def _open_results(self, file: Path) -> ResultsWriter:
        from portalwatch.results_file import ResultsWriter

        try:
            return ResultsWriter(file, started_at=self._started_at)
        except OSError as exc:
            raise pytest.UsageError(
                f"--portalwatch-results: {file}: cannot be written: {exc.strerror}"
            ) from exc

    def _close_results(self, exit_code: int, stopped: str) -> None:
        if self._writer is None:
            return
        try:
            title = self._title() if self._roots else ""
        except OperatorError:  # the plan was changed meanwhile, and the results are not of that
            title = ""
        try:
            self._writer.end(title=title, exit_code=exit_code, stopped=stopped)
        except OSError as exc:
            self._give_up_results(exc)
        else:
            self._said.append(f"results: {self._writer.file}")

    def _give_up_results(self, exc: OSError) -> None:
        """Write no more: the file has no end, and who merges it is told of the loss."""
        assert self._writer is not None
        self._said.append(f"no results: {self._writer.file}: cannot be written: {exc.strerror}")
        self._writer = None

    def _title(self) -> str:
        from portalwatch.project import Project
        from portalwatch.site import read_plan

        return read_plan(Project(Path(min(self._roots))))[0].portal.name

    def _write_report(self, folder: Path) -> Path:
        from portalwatch.project import activate
        from portalwatch.render import Pages
        from portalwatch.report_file import write_report

        project = activate(Path(min(self._roots)))
        pages: Pages = Pages(project.root / "reports")
        return write_report(
            pages,
            folder,
            list(self._runs.values()),
            evidence_roots=[Path(folder) for folder in sorted(self._evidence)],
            title=self._title(),
            started_at=self._started_at,
            ended_at=time.time(),
        )


def _title_of(check: str, root: Path) -> str:
    from portalwatch.check_files import describe_checks

    described = describe_checks(root).get(check)
    return described.title if described else check


def _root_of(path: Path) -> Path | None:
    from portalwatch.project import find_root

    try:
        return find_root(path.parent)
    except OperatorError:
        return None
