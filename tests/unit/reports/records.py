"""A fixed cast of records for tests of what readers see: every state, outcome and part."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from portalwatch.model import (
    Attempt,
    BrowserInfo,
    Cause,
    ConsoleEntry,
    Evidence,
    FailedRequest,
    Measure,
    Outcome,
    PageVitals,
    Result,
    Step,
)
from portalwatch.render import MonitorFacts, PlannedCheck
from portalwatch.store import Store

NOW = 1_790_000_000.0  # 2026-09-21 14:13:20 UTC
HOUR = 3600.0
DAY = 24 * HOUR

CHROMIUM = BrowserInfo("chromium", "chromium", "156.0.8078.73", "system", "cdp", True)
FIREFOX = BrowserInfo("firefox", "firefox", "153.7.0", "system", "bidi")
BROWSERS = {"chromium": CHROMIUM, "firefox": FIREFOX}

SIGNS_IN = "login.provider_signs_in_and_out"
WRONG_PASSWORD = "login.wrong_password_is_refused"
TOTP = "two_factor.provider_signs_in_with_totp"
WRONG_CODE = "two_factor.wrong_code_is_refused"
ANONYMOUS = "access.dashboard_needs_a_session"
HALFWAY = "access.dashboard_needs_both_factors"

TITLES = {
    SIGNS_IN: "A provider signs in and out again.",
    WRONG_PASSWORD: "A wrong password is refused, and the page says so.",
    TOTP: "A provider with the right password and code reaches the dashboard.",
    WRONG_CODE: "A wrong one-time code is refused.",
    ANONYMOUS: "The dashboard asked for without a session leads to login.",
    HALFWAY: "The dashboard asked for between the two factors leads to login.",
}
BOTH = ("chromium", "firefox")


def facts(**changes: object) -> MonitorFacts:
    """A monitor of the six checks on two browsers."""
    values: dict[str, object] = {
        "portal": "Northfield Provider Portal",
        "portal_url": "https://portal.example/",
        "version": "0.1.0",
        "checks": tuple(PlannedCheck(check, TITLES[check], BOTH, 60.0) for check in TITLES),
        "browsers": (CHROMIUM, FIREFOX),
        "next_run_at": NOW + 12,
    }
    return MonitorFacts(**{**values, **changes})  # type: ignore[arg-type]


def result(
    check: str = SIGNS_IN,
    browser: str = "chromium",
    *,
    cause: Cause | None = None,
    message: str = "",
    ended_at: float = NOW - 20,
    seconds: float = 1.42,
    run_id: str = "",
    skipped: bool = False,
    attempts: int = 1,
    evidence: tuple[Evidence, ...] = (),
    account: str | None = "alice",
    title: str = "",
) -> Result:
    """A run with three steps; with a cause it fails in the innermost of them.

    Of several attempts the last is the one described, and those before it failed.
    """
    outcome = Outcome.SKIP if skipped else cause.outcome if cause else Outcome.PASS
    last = _attempt(outcome, cause, message, ended_at - seconds, seconds, evidence)
    earlier = tuple(
        _attempt(
            Outcome.FAIL,
            Cause.SLOW,
            "The dashboard took 9.8 s",
            ended_at - seconds - 10 * n,
            9.8,
            (),
        )
        for n in range(attempts - 1, 0, -1)
    )
    return Result(
        run_id or f"{check}-{browser}-{ended_at:.0f}".replace(".", "-"),
        check,
        title or TITLES[check],
        BROWSERS[browser],
        account,
        ended_at - seconds - 0.2,
        (*earlier, last),
        queue_seconds=0.2,
        tags=("smoke",),
        versions=(("portalwatch", "0.1.0"), ("playwright", "1.64.0")),
    )


def _attempt(
    outcome: Outcome,
    cause: Cause | None,
    message: str,
    started_at: float,
    seconds: float,
    evidence: tuple[Evidence, ...],
) -> Attempt:
    failed = outcome in (Outcome.FAIL, Outcome.ERROR)
    rest = Outcome.SKIP if failed else outcome
    steps = (
        Step("open the portal", Outcome.PASS, 0.0, 0.2 * seconds),
        Step("sign in", outcome, 0.2 * seconds, 0.7 * seconds),
        Step("type User ID and password", Outcome.PASS, 0.2 * seconds, 0.2 * seconds, 1),
        Step(
            "enter the code",
            outcome,
            0.4 * seconds,
            0.5 * seconds,
            1,
            message if failed else None,
        ),
        Step("sign out", rest, 0.9 * seconds, 0.0 if failed else 0.1 * seconds),
    )
    if outcome is Outcome.SKIP:
        return Attempt(outcome, cause, message, started_at, seconds)
    return Attempt(
        outcome,
        cause,
        message,
        started_at,
        seconds,
        steps,
        vitals=(PageVitals("https://portal.example/login", 0.031, 0.214, 0.342, 0.012, 0.048),),
        console=(ConsoleEntry("error", "Refused to load /app.css", "https://portal.example/", 0.3),)
        if failed
        else (),
        failed_requests=(
            FailedRequest("GET", "https://portal.example/app.css", "stylesheet", 503, "", 0.31),
            FailedRequest("POST", "https://portal.example/beacon", "xhr", None, "refused", 0.9),
        )
        if failed
        else (),
        measures=(Measure("rows on the dashboard", 12.0, "rows"),),
        evidence=evidence,
        detail="Traceback (most recent call last):\n  flows/two_factor.py:31 in enter_code\n"
        if failed
        else "",
        url="https://portal.example/two-factor" if failed else "",
    )


def keep_evidence(root: Path, run_id: str, screenshot: bytes | None = None) -> tuple[Evidence, ...]:
    """A screenshot, a trace and the page's text, written below ``root``."""
    files = (
        ("screenshot", "screenshot.png", "image/png", screenshot or png(64, 40)),
        ("trace", "trace.zip", "application/zip", b"PK\x05\x06" + bytes(18)),
        ("page_text", "page.txt", "text/plain", b"Enter your code\n"),
    )
    kept = []
    for kind, name, media_type, data in files:
        path = root / run_id / "1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        kept.append(Evidence(kind, name, f"{run_id}/1/{name}", media_type, len(data)))
    return tuple(kept)


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = (b"\x00" + b"\xd0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def every_state(store: Store, evidence: Path, screenshot: bytes | None = None) -> None:
    """Fill ``store`` so that each state and each outcome is to be seen at ``NOW``.

    Chromium: all up, but TOTP down with evidence, and the halfway check pending.
    Firefox: signing in was down and is up again (flaky), the wrong password is failing,
    the wrong code unknown, the dashboard without a session skipped.
    """
    refused = Cause.SECOND_FACTOR_REJECTED
    for minutes in range(50, 0, -1):
        at = NOW - 60 * minutes
        wobble = 0.06 * (minutes * 7 % 11)
        for check in (SIGNS_IN, WRONG_PASSWORD, WRONG_CODE, ANONYMOUS):
            store.add(result(check, ended_at=at, seconds=0.9 + wobble))
        if minutes > 12:
            store.add(result(TOTP, ended_at=at, seconds=1.3 + wobble))
        for check in (TOTP, WRONG_PASSWORD):
            store.add(result(check, "firefox", ended_at=at, seconds=2.1 + wobble))
        if 30 < minutes <= 34:
            down = "net::ERR_CONNECTION_REFUSED at https://portal.example/login"
            store.add(
                result(SIGNS_IN, "firefox", cause=Cause.UNREACHABLE, message=down, ended_at=at)
            )
        else:
            store.add(result(SIGNS_IN, "firefox", ended_at=at, seconds=1.9 + wobble))
        if minutes > 3:
            store.add(result(WRONG_CODE, "firefox", ended_at=at, seconds=2.4 + wobble))
    for minutes in range(12, 0, -1):
        run_id = f"totp-{minutes}"
        store.add(
            result(
                TOTP,
                cause=refused,
                message="“That code is not right. Enter the newest code.”",
                ended_at=NOW - 60 * minutes + 5,
                seconds=2.8,
                run_id=run_id,
                evidence=keep_evidence(evidence, run_id, screenshot),
            )
        )
    store.add(
        result(
            WRONG_PASSWORD,
            "firefox",
            cause=Cause.SLOW,
            message="Signing in took 9.1 s; at most 5 s are allowed",
            seconds=9.1,
            ended_at=NOW - 8,
        )
    )
    for minutes in (3, 2, 1):
        store.add(
            result(
                WRONG_CODE,
                "firefox",
                cause=Cause.BROWSER_CRASHED,
                message="The browser closed in the middle of a step",
                seconds=0.7,
                ended_at=NOW - 60 * minutes + 9,
            )
        )
    store.add(result(SIGNS_IN, "firefox", attempts=2, ended_at=NOW - 6, run_id="flaky-run"))
    store.add(
        result(
            ANONYMOUS, "firefox", skipped=True, message="A maintenance window is on", seconds=0.0
        )
    )
