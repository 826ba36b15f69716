"""Annotations of GitHub Actions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from portalwatch.github import annotation_lines, loss_lines
from portalwatch.model import CodeFrame, Outcome, Result
from tests.records import FIREFOX, attempt, result

FRAME = CodeFrame("checks/login.py", 12, 10, ("a", "b", "c"))


def failed(run_id: str = "run-1", message: str = "it is wrong") -> Result:
    told = replace(attempt(Outcome.FAIL), message=message, code=FRAME)
    return replace(result(run_id, Outcome.FAIL), attempts=(told,))


def test_a_failure_stands_at_its_line_of_the_repository() -> None:
    (line,) = annotation_lines([failed()], Path("portal/tests"))
    assert line == (
        "::error file=portal/tests/checks/login.py,line=12,"
        "title=A provider signs in and out. (chromium)"
        "::A page does not show what it should: it is wrong"
    )


def test_text_of_a_portal_ends_no_command() -> None:
    odd = replace(failed(message="100 %\n::error::x"), title="a: b, c")
    (line,) = annotation_lines([odd], Path())
    assert line.endswith("::A page does not show what it should: 100 %25%0A::error::x")
    assert ",title=a%3A b%2C c (chromium)::" in line


def test_failures_come_first_then_our_errors_then_what_is_flaky() -> None:
    passed = attempt(Outcome.PASS)
    flaky = replace(result("run-2", browser=FIREFOX), attempts=(failed().last, passed))
    error = result("run-3", Outcome.ERROR)
    lines = list(annotation_lines([result("run-4"), flaky, error, failed()], Path()))
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::error", "::warning"]
    assert "file=checks/login.py" in lines[0]
    assert lines[1].startswith("::error title=")  # no line of the project is known of it
    assert "::flaky: A page" in lines[2]


def test_what_is_lost_is_an_error() -> None:
    assert list(loss_lines(["b.jsonl: has no end: 50 % of it", "--expect 3: given are 2"])) == [
        "::error title=Results are missing::b.jsonl: has no end: 50 %25 of it",
        "::error title=Results are missing::--expect 3: given are 2",
    ]
