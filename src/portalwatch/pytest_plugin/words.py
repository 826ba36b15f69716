"""A result as the terminal and JUnit show it."""

from __future__ import annotations

from pathlib import Path

from portalwatch.model import Outcome, Result, UnmetClaim

PROPERTY = "portalwatch_"  # how the names of our JUnit properties begin
_MARKS = {Outcome.PASS: "✓", Outcome.SKIP: "–"}


def verdict_line(result: Result) -> str:
    """The cause first, for pytest cuts its summary's lines at the terminal's width."""
    return f"{result.cause}: {result.message}"


def verdict_text(result: Result, evidence: Path | None = None) -> str:
    """The verdict, the steps, the evidence in the folder ``evidence``, and the traceback."""
    assert result.cause is not None
    lines = [f"{result.cause.words} [{result.cause}]", result.message, *steps_of(result)]
    lines += [f"  not so: {_place(claim)}{claim.message}" for claim in result.last.unmet]
    lines += [f"  evidence: {evidence}/{item.path}" for item in result.last.evidence if evidence]
    if result.last.detail:
        lines += ["", result.last.detail.rstrip()]
    return "\n".join(lines)


def _place(claim: UnmetClaim) -> str:
    return f"{claim.code.file}:{claim.code.line}: " if claim.code else ""


def steps_of(result: Result, *, indent: str = "  ") -> list[str]:
    """The steps of the last attempt, a line each, nested as they were."""
    return [
        f"{indent}{'  ' * step.level}{_MARKS.get(step.outcome, '✗')} {step.name}"
        f"  {step.seconds:.2f} s{f'  {step.error}' if step.error else ''}"
        for step in result.last.steps
    ]


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
    if result.account:
        pairs.append(("portalwatch_account", result.account))
    pairs += [
        (f"portalwatch_step:{step.name}", f"{step.seconds:.3f}") for step in result.last.steps
    ]
    return pairs
