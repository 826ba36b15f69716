"""Sample records for tests: results of one check on one browser, with what matters set."""

from __future__ import annotations

from dataclasses import replace

from portalwatch.model import (
    Attempt,
    BrowserInfo,
    Cause,
    Evidence,
    Outcome,
    Result,
    Step,
)

CHROMIUM = BrowserInfo(
    name="chromium",
    engine="chromium",
    version="156.0.8078.73",
    build="system",
    protocol="cdp",
    headless_shell=True,
)
FIREFOX = BrowserInfo(
    name="firefox", engine="firefox", version="153.7", build="system", protocol="bidi"
)

SIGNS_IN = "login.provider_signs_in"

_CAUSES: dict[Outcome, Cause | None] = {
    Outcome.PASS: None,
    Outcome.FAIL: Cause.CONTENT_WRONG,
    Outcome.ERROR: Cause.BROWSER_CRASHED,
    Outcome.SKIP: None,
}


def attempt(
    outcome: Outcome = Outcome.PASS, *, at: float = 1_000.0, seconds: float = 2.0
) -> Attempt:
    """An attempt of three steps that ended at ``at``."""
    return Attempt(
        outcome=outcome,
        cause=_CAUSES[outcome],
        message="" if outcome is Outcome.PASS else f"it came to a {outcome}",
        started_at=at - seconds,
        seconds=seconds,
        steps=(
            Step("sign in", Outcome.PASS, offset=0.0, seconds=0.5),
            Step("type the password", Outcome.PASS, offset=0.1, seconds=0.25, level=1),
            Step("read the greeting", outcome, offset=0.5, seconds=1.5),
        ),
    )


def result(
    run_id: str,
    outcome: Outcome = Outcome.PASS,
    *,
    at: float = 1_000.0,
    seconds: float = 2.0,
    check: str = SIGNS_IN,
    browser: BrowserInfo = CHROMIUM,
) -> Result:
    """A result of one attempt that ended at ``at``."""
    return Result(
        run_id=run_id,
        check=check,
        title="A provider signs in and out.",
        browser=browser,
        account="amara",
        scheduled_at=at - seconds,
        attempts=(attempt(outcome, at=at, seconds=seconds),),
    )


def with_evidence(sample: Result, *paths: str) -> Result:
    """``sample`` with a screenshot at each of ``paths``."""
    pieces = tuple(Evidence("screenshot", path, path, "image/png", 10) for path in paths)
    return replace(sample, attempts=(replace(sample.last, evidence=pieces),))
