"""A result as pytest's terminal and JUnit show it."""

from __future__ import annotations

from pathlib import Path

from portalwatch.model import Outcome
from portalwatch.pytest_plugin.words import (
    properties,
    steps_of,
    verdict_line,
    verdict_text,
)
from tests.records import result, with_evidence


def test_a_verdict_begins_with_its_cause() -> None:
    assert verdict_line(result("run-1", Outcome.FAIL)) == "content_wrong: it came to a fail"


def test_steps_are_nested_as_they_were() -> None:
    assert steps_of(result("run-1", Outcome.FAIL)) == [
        "  ✓ sign in  0.50 s",
        "    ✓ type the password  0.25 s",
        "  ✗ read the greeting  1.50 s",
    ]


def test_the_text_of_a_failure_tells_steps_and_where_the_evidence_is() -> None:
    failed = with_evidence(result("run-1", Outcome.FAIL), "run-1/1-screenshot.png")
    assert verdict_text(failed, Path("/tmp/evidence")).splitlines() == [
        "A page does not show what it should [content_wrong]",
        "it came to a fail",
        "  ✓ sign in  0.50 s",
        "    ✓ type the password  0.25 s",
        "  ✗ read the greeting  1.50 s",
        "  evidence: /tmp/evidence/run-1/1-screenshot.png",
    ]


def test_properties_name_outcome_cause_browser_account_and_steps() -> None:
    said = dict(properties(result("run-1", Outcome.ERROR)))
    assert said == {
        "portalwatch_run_id": "run-1",
        "portalwatch_outcome": "error",
        "portalwatch_browser": "chromium 156.0.8078.73",
        "portalwatch_seconds": "2.000",
        "portalwatch_cause": "browser_crashed",
        "portalwatch_account": "amara",
        "portalwatch_step:sign in": "0.500",
        "portalwatch_step:type the password": "0.250",
        "portalwatch_step:read the greeting": "1.500",
    }
