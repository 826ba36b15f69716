"""The record that travels with a test's report, under xdist from the worker to the controller."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from portalwatch.errors import BrowserMissing, OperatorError, PortalwatchError, first_line
from portalwatch.model import Attempt, BrowserInfo, Cause, Outcome, Result
from portalwatch.pytest_plugin.attachments import attach_evidence, evidence_shown_in
from portalwatch.pytest_plugin.collected import browser_of, check_id, project_root, title_of
from portalwatch.pytest_plugin.words import PROPERTY, properties, verdict_line, verdict_text
from portalwatch.record import Record

RESULT = pytest.StashKey[Result]()


class CheckFailed(AssertionError):
    """A check's claim is false; the text is the verdict with its steps."""


class CheckInError(Exception):
    """A check came to no verdict, through a fault of ours; the text is as of ``CheckFailed``.

    No ``AssertionError``: to Allure it is broken, not failed.
    """


class BrowserDoesNotStart(PortalwatchError):
    """A browser is installed here, and fails when it is launched."""


@dataclass(frozen=True, slots=True)
class CheckRecord(Record):
    """A result with the folders that whoever makes the run report must know."""

    result: Result
    root: str  # of the project
    evidence: str = ""  # the folder that paths of evidence are relative to; "" where none is

    @classmethod
    def of(cls, report: pytest.CollectReport | pytest.TestReport) -> CheckRecord | None:
        """The record that ``report`` carries, if it is of a check that has its verdict."""
        data = getattr(report, "portalwatch", None)
        return cls.from_json(data) if data else None

    def put_on(self, report: pytest.TestReport) -> None:
        """Have ``report`` carry this record, as plain data that xdist can send."""
        report.portalwatch = self.to_json()  # type: ignore[attr-defined]


def attach_record(
    item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> None:
    """Give ``report`` the record of the check, and of one that did not pass its text.

    A check that came to no verdict has a record too: one that is skipped, or whose fixtures
    fail, also after it.
    """
    problem = call.excinfo.value if call.excinfo else None
    result = None
    if report.when == "call" and RESULT in item.stash:
        result = item.stash[RESULT]
        del item.stash[RESULT]  # pytest may try the same item again
    elif problem is not None:  # a fixture, at its beginning or end, or what ended the call
        result = _without_verdict(item, report, problem, call.start)
    if result is None:
        return
    if result.outcome is Outcome.PASS and problem is not None:
        seat = getattr(item, "funcargs", {}).get("journey")
        result = _failed_softly(result, seat.redaction.text(str(problem)) if seat else "")
    evidence = getattr(getattr(item, "funcargs", {}).get("journey"), "evidence", None)
    result = replace(result, node=item.nodeid)
    CheckRecord(result, str(project_root(item.config)), str(evidence or "")).put_on(report)
    # JUnit takes them at the teardown: of the last attempt alone.
    others = [pair for pair in item.user_properties if not pair[0].startswith(PROPERTY)]
    item.user_properties[:] = [*others, *properties(result)]
    if evidence:
        attach_evidence(item, report, result, evidence)
    # A fixture of the project that fails is shown by pytest as ever: its traceback matters.
    ours = report.when == "call" or isinstance(problem, PortalwatchError)
    if report.failed and problem is not None and ours:
        shown = evidence_shown_in(item.config, evidence) if evidence else None
        _show(report, item, problem, result, shown)


def without_run(
    check: str, title: str, browser: str, at: float, outcome: Outcome, cause: Cause | None, why: str
) -> Result:
    """The result of a check that never began, or whose process died with it."""
    from portalwatch.order import VERSIONS, new_run_id

    return Result(
        run_id=new_run_id(at),
        check=check,
        title=title,
        browser=BrowserInfo.unknown(browser, browser),
        account=None,
        scheduled_at=at,
        attempts=(Attempt(outcome, cause, why, started_at=at, seconds=max(0.0, time.time() - at)),),
        versions=VERSIONS,
    )


def _without_verdict(
    item: pytest.Item, report: pytest.TestReport, problem: BaseException, at: float
) -> Result:
    cause = None if report.skipped else _cause_of(problem)
    outcome = cause.outcome if cause else Outcome.SKIP
    why = first_line(problem)
    return without_run(check_id(item), title_of(item), browser_of(item), at, outcome, cause, why)


def _cause_of(problem: BaseException) -> Cause:
    match problem:
        case BrowserMissing():
            return Cause.BROWSER_MISSING
        case BrowserDoesNotStart():
            return Cause.BROWSER_CRASHED
        case OperatorError():
            return Cause.CONFIG_ERROR
    return Cause.SCRIPT_ERROR


def _failed_softly(result: Result, told: str) -> Result:
    """``expect.soft`` of pytest-playwright speaks up only after the check has come to its end."""
    failed = replace(
        result.last,
        outcome=Outcome.FAIL,
        cause=Cause.CONTENT_WRONG,
        message=told.strip().partition("\n")[0] or "a soft expectation was not met",
        detail=told,
    )
    return replace(result, attempts=(*result.attempts[:-1], failed))


def _show(
    report: pytest.TestReport,
    item: pytest.Item,
    problem: BaseException,
    result: Result,
    evidence: Path | None,
) -> None:
    """The verdict with its steps, instead of a traceback through the engine."""
    text = CheckFailed(verdict_text(result, evidence)).with_traceback(problem.__traceback__)
    shown = pytest.ExceptionInfo.from_exception(text).getrepr(style="value")
    if shown.reprcrash is not None:  # what the short summary and JUnit say
        shown.reprcrash.path = str(item.path)
        shown.reprcrash.lineno = (item.location[1] or 0) + 1
        shown.reprcrash.message = verdict_line(result)
    report.longrepr = shown
