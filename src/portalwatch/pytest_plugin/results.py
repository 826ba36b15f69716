"""The results of a whole session, where its reports come together: summary and run report."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portalwatch.errors import OperatorError
from portalwatch.model import Cause, Outcome
from portalwatch.pytest_plugin.collected import PROBLEMS, id_of
from portalwatch.pytest_plugin.options import report_folder
from portalwatch.pytest_plugin.records import CheckRecord, without_run
from portalwatch.pytest_plugin.words import steps_of

if TYPE_CHECKING:
    from portalwatch.render import Pages

_ENGINES = ("chromium", "firefox", "webkit")  # what pytest-playwright's --browser takes


class RunResults:
    """Gathers the records; a plugin of the one process that talks to the user."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started_at = time.time()
        self._records: list[CheckRecord] = []
        self._folder = report_folder(config)
        self._said = ""  # of the run report, in one line

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record = CheckRecord.of(report)
        if record is not None:
            self._records.append(record)

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
        CheckRecord(result, str(root)).put_on(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Refuse a plan with mistakes once, although every worker has read it."""
        problems = getattr(node, "workeroutput", {}).get(PROBLEMS)
        if problems:
            raise pytest.UsageError(*problems)

    @pytest.hookimpl(tryfirst=True)  # before pytest clears its temporary files
    def pytest_sessionfinish(self) -> None:
        if self._folder is None:
            return
        if not self._records:
            self._said = f"no check was run, so no report was written to {self._folder}"
            return
        try:
            self._said = f"report: {self._write_report(self._folder)}"
        except OSError as exc:
            self._said = f"no report: {self._folder}: cannot be written: {exc.strerror}"
        except OperatorError as exc:
            self._said = f"no report: {exc}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        verbosity = self._config.get_verbosity()
        if self._records and verbosity >= 0:
            from portalwatch.console import line_of

            terminalreporter.section("journeys")
            for record in self._records:
                terminalreporter.write_line(line_of(record.result))
                if verbosity > 0:
                    for line in steps_of(record.result, indent="      "):
                        terminalreporter.write_line(line)
        if self._said:
            terminalreporter.write_line(f"portalwatch: {self._said}")

    def _write_report(self, folder: Path) -> Path:
        from portalwatch.project import activate
        from portalwatch.render import Pages
        from portalwatch.site import read_plan

        project = activate(Path(self._records[0].root))
        pages: Pages = Pages(project.root / "reports")
        kept = sorted({record.evidence for record in self._records} - {""})
        return pages.write_report(
            folder,
            [record.result for record in self._records],
            evidence_roots=[Path(folder) for folder in kept],
            title=read_plan(project)[0].portal.name,
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
