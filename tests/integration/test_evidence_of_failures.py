"""Evidence of failing runs on real pages: it shows what happened, and no secret."""

from __future__ import annotations

import base64
import json
import logging
import re
import stat
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from flows import login, two_factor
from flows.pages import greeting
from portalwatch.account import Account
from portalwatch.browsers import KNOWN, RunningBrowser, find, launch
from portalwatch.evidence import MASK_COLOUR
from portalwatch.journey import Journey
from portalwatch.model import Attempt, Cause
from portalwatch.secret_forms import encodings
from portalwatch.secrets import Secret
from tests.integration.single_run import BOTH, SingleRuns, account_of
from tests.integration.troubled_site import TroubledSite

PASSWORD = 'Harbor "Lantern" & Söhne\\27'  # what every encoding has to say something about
ACCOUNT = Account("basic", "amara", "Dr. Amara", password=Secret(PASSWORD))


def kept(runs: SingleRuns, attempt: Attempt, kind: str) -> Path:
    (piece,) = [piece for piece in attempt.evidence if piece.kind == kind]
    path = runs.evidence / piece.path
    assert path.stat().st_size == piece.size
    return path


def test_the_trace_of_a_login_holds_no_secret_and_is_still_a_trace(
    browser_under_test: RunningBrowser, runs: SingleRuns, portal: Any
) -> None:
    # An account for each browser: a code is good for one login.
    account = account_of(portal, f"parallel-{3 + BOTH.index(browser_under_test.info.name):03}")
    assert account.password is not None
    assert account.totp_secret is not None
    secrets = [account.password.reveal(), account.totp_secret.reveal()]
    codes: list[str] = []

    def check(journey: Journey) -> None:
        login.sign_in(journey, journey.account)
        two_factor.enter_code(journey)
        greeting(journey.page).wait_for()
        codes.extend(journey.used_codes)
        secrets.extend(cookie["value"] for cookie in journey.page.context.cookies())
        journey.require(False, "not what was wanted")

    attempt = runs.attempt(
        check,
        browser_under_test,
        portal.url,
        account=account,
        trace="on",
        timeout=15.0,
        deadline=90.0,
    )
    assert attempt.message == "not what was wanted"
    assert len(secrets) >= 4  # two cookies: session and CSRF
    with zipfile.ZipFile(kept(runs, attempt, "trace")) as trace:
        assert trace.testzip() is None
        contents = {name: trace.read(name) for name in trace.namelist()}
    for name, data in contents.items():
        for form in encodings(secrets):
            assert form.encode() not in data, (name, form)
        for code in codes:
            assert not re.search(rb"(?<!\d)%s(?!\d)" % code.encode(), data), name
    events = [json.loads(line) for line in contents["trace.trace"].splitlines()]
    assert events[0]["type"] == "context-options"
    typed = [e["params"].get("value") for e in events if e.get("method") == "fill"]
    assert typed == [account.user_id, "*" * len(secrets[0]), "*" * 6]
    requests = [json.loads(line) for line in contents["trace.network"].splitlines()]
    assert any("/sign-in/code/" in request["snapshot"]["request"]["url"] for request in requests)
    bodies = {r["snapshot"]["response"]["content"].get("_sha1") for r in requests} - {None}
    assert {f"resources/{body}" for body in bodies} <= set(contents)


def test_codes_that_a_page_shows_are_in_no_evidence(
    chromium: RunningBrowser, runs: SingleRuns, portal: Any
) -> None:
    codes: list[str] = []

    def check(journey: Journey) -> None:
        login.enter(journey)
        codes.extend(two_factor.new_backup_codes(journey))
        journey.require(False, "not what was wanted")

    attempt = runs.attempt(
        check,
        chromium,
        portal.url,
        account=account_of(portal, "parallel-006"),
        trace="on",
        timeout=15.0,
        deadline=90.0,
    )
    assert attempt.message == "not what was wanted"
    assert len(codes) > 1
    assert attempt.withheld == ()
    with zipfile.ZipFile(kept(runs, attempt, "trace")) as trace:
        contents = b"".join(trace.read(name) for name in trace.namelist())
    contents += kept(runs, attempt, "page_text").read_bytes()
    assert [code for code in codes if code.encode() in contents] == []


def test_a_screenshot_shows_the_page_but_no_password_and_no_code(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    boxes: dict[str, dict[str, float]] = {}

    def check(journey: Journey) -> None:
        page = journey.page
        page.goto("/form")
        journey.enter_secret(page.get_by_label("User ID"), journey.account.password)
        for name in ("Password", "Code"):
            page.get_by_label(name).fill("123456")
        for name in ("User ID", "Password", "Code", "Remarks"):
            boxes[name] = page.get_by_label(name, exact=True).bounding_box()
        journey.require(False, "not what was wanted")

    attempt = runs.attempt(check, browser_under_test, site.url, account=ACCOUNT)
    shot = kept(runs, attempt, "screenshot").read_bytes()
    colours = {name: _colour(browser_under_test, shot, box) for name, box in boxes.items()}
    assert colours["User ID"] == colours["Password"] == colours["Code"] == MASK_COLOUR
    assert colours["Remarks"] == "#ffffff"


def _colour(browser: RunningBrowser, image: bytes, box: dict[str, float]) -> str:
    """The colour in the middle of ``box``, read by the browser itself."""
    with browser.open_context() as context:
        page = context.new_page()
        pixel = page.evaluate(
            """async ([data, x, y]) => {
                const image = new Image();
                image.src = 'data:image/png;base64,' + data;
                await image.decode();
                const canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [image.width, image.height];
                canvas.getContext('2d').drawImage(image, 0, 0);
                return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data];
            }""",
            [
                base64.b64encode(image).decode(),
                int(box["x"] + box["width"] * 0.8),
                int(box["y"] + box["height"] / 2),
            ],
        )
    return "#{:02x}{:02x}{:02x}".format(*pixel[:3])


def test_no_text_of_the_record_holds_a_secret(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        page = journey.page
        with journey.step(f"sign in with {PASSWORD}"):
            page.goto("/")
            page.evaluate("text => console.error(text)", PASSWORD)
            page.evaluate("text => document.body.append(text)", PASSWORD)
            page.evaluate("text => fetch('/nowhere/' + encodeURIComponent(text))", PASSWORD)
            journey.attach("seen.json", json.dumps({"password": PASSWORD}), "application/json")
            raise ValueError(f"could not sign in with {PASSWORD}")

    attempt = runs.attempt(check, browser_under_test, site.url, account=ACCOUNT)
    told = json.dumps(attempt.to_json(), ensure_ascii=False)
    for form in encodings([PASSWORD]):
        assert form not in told
    mask = "*" * len(PASSWORD)
    assert attempt.message.startswith(f"ValueError: could not sign in with {mask} (")
    assert f"could not sign in with {mask}" in attempt.detail
    assert attempt.steps[0].name == f"sign in with {mask}"
    assert any(entry.text == mask for entry in attempt.console)
    assert any("/nowhere/***" in request.url for request in attempt.failed_requests)
    assert mask in kept(runs, attempt, "page_text").read_text()
    assert json.loads(kept(runs, attempt, "attachment").read_text()) == {"password": mask}


def test_files_are_for_the_owner_alone(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.page.goto("/")
        journey.attach("notes.txt", "all is well")
        journey.require(False, "not what was wanted")

    attempt = runs.attempt(check, browser_under_test, site.url, trace="on")
    assert {p.kind for p in attempt.evidence} == {"attachment", "screenshot", "page_text", "trace"}
    for piece in attempt.evidence:
        path = runs.evidence / piece.path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    on_disk = {p.relative_to(runs.evidence).as_posix() for p in runs.evidence.rglob("*.*")}
    assert on_disk == {piece.path for piece in attempt.evidence}


def test_popups_are_shown_as_well(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.page.goto("/links")
        with journey.page.expect_popup() as popup:
            journey.page.get_by_role("link", name="Another").click()
        popup.value.get_by_role("heading", name="All is well").wait_for()
        journey.require(False, "not what was wanted")

    attempt = runs.attempt(check, browser_under_test, site.url, timeout=10.0)
    texts = [runs.evidence / p.path for p in attempt.evidence if p.kind == "page_text"]
    assert [text.name for text in texts] == ["1-page.txt", "1-page-2.txt"]
    assert "Ways into trouble" in texts[0].read_text()
    assert "All is well" in texts[1].read_text()


def test_of_a_page_that_the_check_closed_the_others_are_shown(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.page.context.new_page().goto("/next")
        journey.page.close()
        journey.page.goto("/")

    attempt = runs.attempt(check, chromium, site.url)
    assert "The next page" in kept(runs, attempt, "page_text").read_text()
    assert attempt.url == f"{site.url}/next"


def test_a_page_that_hangs_gives_no_evidence_and_keeps_its_verdict(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.attach("notes.txt", "kept all the same")
        journey.page.goto("/endless")
        journey.page.get_by_role("button").click(timeout=500)

    attempt = runs.attempt(check, chromium, site.url)
    assert attempt.cause is Cause.PAGE_BROKEN
    assert [piece.kind for piece in attempt.evidence] == ["attachment"]


def test_a_browser_that_dies_leaves_no_unmasked_trace_behind(
    playwright: Any, runs: SingleRuns, site: TroubledSite
) -> None:
    browser = launch(playwright, find(KNOWN["chromium"]))
    before = set(Path(tempfile.gettempdir()).glob("trace-*"))

    def check(journey: Journey) -> None:
        journey.page.goto("/")
        browser.kill()
        journey.page.goto("/next")

    attempt = runs.attempt(check, browser, site.url, trace="on")
    browser.close()
    assert attempt.cause is Cause.BROWSER_CRASHED
    assert attempt.evidence == ()
    assert not runs.evidence.exists()
    assert set(Path(tempfile.gettempdir()).glob("trace-*")) == before


def test_a_folder_that_cannot_be_written_does_not_cost_the_verdict(
    chromium: RunningBrowser,
    runs: SingleRuns,
    site: TroubledSite,
    caplog: pytest.LogCaptureFixture,
) -> None:
    runs.evidence.mkdir()
    (runs.evidence / "taken").write_text("a file where the folder should be")

    def check(journey: Journey) -> None:
        journey.attach("notes.txt", "lost")
        journey.require(False, "no greeting")

    with caplog.at_level(logging.WARNING):
        attempt = runs.attempt(check, chromium, site.url, run_id="taken", trace="on")
    assert (attempt.cause, attempt.message) == (Cause.CONTENT_WRONG, "no greeting")
    assert attempt.evidence == ()
    assert "taken: notes.txt could not be kept as evidence: " in caplog.text
