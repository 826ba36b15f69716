"""Results as lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portalwatch.console import line_of, shown, summary_of
from portalwatch.model import Cause, Outcome
from tests.records import FIREFOX, attempt, result


def test_a_pass_is_its_name_browser_and_time() -> None:
    line = line_of(result("run-1", seconds=1.234, browser=FIREFOX))
    assert line == "PASS  login.provider_signs_in [firefox] 1.23 s"


def test_a_failure_says_the_cause_the_step_and_the_message() -> None:
    assert line_of(result("run-1", Outcome.FAIL)) == (
        "FAIL  login.provider_signs_in [chromium] 2.00 s: A page does not show what it should"
        " in step “read the greeting”: it came to a fail"
    )


def test_a_failure_says_how_many_tries_there_were_and_what_the_others_came_to() -> None:
    other = replace(attempt(Outcome.FAIL), cause=Cause.SERVER_ERROR)
    twice = replace(result("run-1"), attempts=(other, attempt(Outcome.FAIL)))
    assert line_of(twice).endswith(
        ": it came to a fail (attempt 2; before: The portal answered with a server error)"
    )
    same = replace(result("run-1"), attempts=(attempt(Outcome.FAIL), attempt(Outcome.FAIL)))
    assert line_of(same).endswith(": it came to a fail (attempt 2)")


def test_what_a_portal_wrote_makes_no_second_line() -> None:
    told = replace(attempt(Outcome.FAIL), message="a\n::error::b\u2028c")
    line = line_of(replace(result("run-1", Outcome.FAIL), attempts=(told,)))
    assert line.endswith(": a ::error::b c")
    assert len(line.splitlines()) == 1


def test_a_skip_says_why() -> None:
    assert line_of(result("run-1", Outcome.SKIP)).endswith(" 2.00 s: it came to a skip")


def test_a_pass_after_a_failure_is_flaky() -> None:
    flaky = replace(result("run-1"), attempts=(attempt(Outcome.FAIL), attempt(Outcome.PASS)))
    assert line_of(flaky) == (
        "FLAKY login.provider_signs_in [chromium] 2.00 s: passed at attempt 2,"
        " after: it came to a fail"
    )


def test_the_summary_counts_every_outcome() -> None:
    outcomes = [Outcome.PASS, Outcome.PASS, Outcome.FAIL, Outcome.ERROR]
    results = [result(f"run-{number}", outcome) for number, outcome in enumerate(outcomes)]
    assert summary_of(results) == "2 passed, 1 failed, 1 error, 0 skipped"
    assert summary_of(results[:1]) == "1 passed, 0 failed, 0 errors, 0 skipped"


def test_lines_that_nobody_watches_are_plain(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(1, live=False) as show:
        show(result("run-1"))
    assert capsys.readouterr().out == "PASS  login.provider_signs_in [chromium] 2.00 s\n"
