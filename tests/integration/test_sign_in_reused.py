"""A sign-in used again, on the bundled portal, in real browsers."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows import dashboard, login, pages, session
from portalwatch.account import Account
from portalwatch.journey import Journey
from portalwatch.model import Attempt, Outcome
from portalwatch.secret_forms import encodings
from portalwatch.secrets import Secret
from tests.integration.single_run import SingleRuns, account_of
from tests.small_project import run_pytest

TOKEN = "eyJhbGciOiJIUzI1NiJ9-of-the-page"
ANEW, REUSED = ["sign in"], ["reuse the sign-in"]
PRACTICE = ("provider_01", "provider_02")


@pytest.fixture
def amara(portal: Any) -> Account:
    """With a password alone: she can sign in as often as a test wants."""
    return account_of(portal, "basic")


@pytest.fixture
def attempt(runs: SingleRuns, browser_under_test: Any, portal: Any, amara: Account):
    """Carries out a check that may reuse a sign-in of the last ten minutes."""

    def carry_out(check: Any, *, account: Account = amara, **order: Any) -> Attempt:
        fields = {"reuse_sign_in": 600.0, "timeout": 10.0, **order}
        return runs.attempt(check, browser_under_test, portal.url, account=account, **fields)

    return carry_out


def is_inside(journey: Journey) -> None:
    login.be_signed_in(journey)
    assert login.is_inside(journey)


def steps(attempt: Attempt) -> list[str]:
    return [step.name for step in attempt.steps]


def files(runs: SingleRuns) -> list[bytes]:
    return [file.read_bytes() for file in (runs.evidence.parent / "sign-ins").glob("*.state")]


def test_the_second_check_goes_on_with_the_sign_in_of_the_first(attempt: Any) -> None:
    first, second, third = (attempt(is_inside) for _ in range(3))
    assert [one.outcome for one in (first, second, third)] == [Outcome.PASS] * 3, first.message
    assert [steps(first), steps(second), steps(third)] == [ANEW, REUSED, REUSED]
    assert first.measures == ()
    ages = {m.name: m.value for m in (*second.measures, *third.measures)}
    assert set(ages) == {"reused_sign_in_age_seconds"}
    assert 0 < second.measures[0].value < third.measures[0].value < 60


def test_a_check_that_the_plan_does_not_let_signs_in_each_time(
    attempt: Any, runs: SingleRuns
) -> None:
    assert [steps(attempt(is_inside, reuse_sign_in=None)) for _ in range(2)] == [ANEW] * 2
    assert files(runs) == []


def test_one_that_is_too_old_is_not_used(attempt: Any) -> None:
    assert steps(attempt(is_inside)) == ANEW
    assert steps(attempt(is_inside, reuse_sign_in=0.001)) == ANEW


def test_a_session_that_the_server_has_ended_is_noticed(attempt: Any) -> None:
    cookies: list[Any] = []

    def end_it(journey: Journey) -> None:
        session.put(journey, *cookies)
        dashboard.open_dashboard(journey)
        login.sign_out(journey)
        pages.signed_out_heading(journey.page).wait_for()

    def remember(journey: Journey) -> None:
        is_inside(journey)
        cookies.extend(journey.page.context.cookies())

    assert steps(attempt(remember)) == ANEW
    assert attempt(end_it, reuse_sign_in=None).outcome is Outcome.PASS
    noticed = attempt(is_inside)
    assert noticed.outcome is Outcome.PASS, noticed.message
    assert steps(noticed) == REUSED + ANEW
    assert noticed.measures == ()
    assert steps(attempt(is_inside)) == REUSED


def test_what_pages_have_stored_is_there_before_the_first_of_them(attempt: Any) -> None:
    def store(journey: Journey) -> None:
        is_inside(journey)
        journey.page.evaluate(
            "token => { sessionStorage.token = token; localStorage.theme = 'dark'; }", TOKEN
        )

    def look(journey: Journey) -> None:
        # What the first script of the first page sees.
        journey.page.add_init_script("""
            if (location.pathname == '/dashboard/')
              window.found ??= [sessionStorage.token, localStorage.theme];
        """)
        login.be_signed_in(journey)
        assert journey.page.evaluate("window.found") == [TOKEN, "dark"]

    assert steps(attempt(store)) == ANEW
    for _ in range(2):  # it is put back each time
        found = attempt(look)
        assert (found.outcome, found.message) == (Outcome.PASS, "")
        assert steps(found) == REUSED


def test_the_storage_of_a_session_that_is_over_is_gone_before_the_sign_in(attempt: Any) -> None:
    def store(journey: Journey) -> None:
        login.be_signed_in(journey)
        journey.page.evaluate("token => { sessionStorage.token = token; }", TOKEN)
        (cookie,) = [c for c in journey.page.context.cookies() if c["name"] == "session"]
        session.put(journey, {**cookie, "value": "k" * 32})  # as if it had ended

    def look(journey: Journey) -> None:
        login.be_signed_in(journey)
        assert journey.page.evaluate("sessionStorage.token ?? null") is None

    attempt(store)
    found = attempt(look)
    assert (found.outcome, found.message) == (Outcome.PASS, "")
    assert steps(found) == REUSED + ANEW


def test_a_check_that_signs_out_leaves_nothing_to_reuse(attempt: Any, runs: SingleRuns) -> None:
    def sign_out(journey: Journey) -> None:
        login.be_signed_in(journey)
        login.sign_out(journey)
        pages.signed_out_heading(journey.page).wait_for()

    assert steps(attempt(is_inside)) == ANEW
    assert attempt(sign_out).outcome is Outcome.PASS
    assert files(runs) == []
    assert steps(attempt(is_inside)) == ANEW


def test_a_failure_is_confirmed_with_a_sign_in_of_its_own(
    attempt: Any,
    runs: SingleRuns,
    browser_under_test: Any,
    portal: Any,
    amara: Account,
) -> None:
    def fail(journey: Journey) -> None:
        login.be_signed_in(journey)
        journey.require(False, "not what was wanted")

    attempt(is_inside)
    attempts = runs.attempts(
        fail,
        browser_under_test,
        portal.url,
        account=amara,
        reuse_sign_in=600.0,
        timeout=10.0,
        confirm=True,
    )
    assert [steps(one) for one in attempts] == [REUSED, ANEW]
    assert files(runs) == [], "what may be the reason of a failure is not used again"


def test_the_file_shows_no_cookie_and_opens_with_the_password_alone(
    attempt: Any, runs: SingleRuns, amara: Account
) -> None:
    cookies: list[str] = []

    def remember(journey: Journey) -> None:
        is_inside(journey)
        cookies.extend(cookie["value"] for cookie in journey.page.context.cookies())

    attempt(remember)
    (sealed,) = files(runs)
    assert max(map(len, cookies)) >= 32
    for form in encodings([*cookies, amara.user_id, "session"]):
        assert form.encode() not in sealed

    changed = Account(
        amara.key, amara.user_id, amara.name, password=Secret("the-new-password-of-amara")
    )
    anew: list[str] = []

    def with_another_password(journey: Journey) -> None:
        journey.reuse_sign_in(lambda: anew.append("signed in"), lambda: True)
        assert journey.page.context.cookies() == []

    assert attempt(with_another_password, account=changed).outcome is Outcome.PASS
    assert anew == ["signed in"]


def test_evidence_of_a_check_that_reused_a_sign_in_holds_nothing_of_it(
    attempt: Any, runs: SingleRuns
) -> None:
    secrets: list[str] = [TOKEN]

    def store(journey: Journey) -> None:
        is_inside(journey)
        document = json.dumps({"user": 1, "bearer": [TOKEN]})
        journey.page.evaluate("text => { sessionStorage.auth = text; }", document)
        secrets.extend(c["value"] for c in journey.page.context.cookies() if len(c["value"]) >= 16)

    def fail(journey: Journey) -> None:
        page = journey.page
        login.be_signed_in(journey)
        page.evaluate(
            """token => {
                document.querySelector('h1').textContent = 'Hello ' + token;
                console.error('sent with ' + token);
                fetch('/dashboard/?with=' + token, {headers: {Authorization: 'Bearer ' + token}});
            }""",
            TOKEN,
        )
        session.forget_everything(journey)  # the live cookies tell nothing any more
        journey.attach("note", " ".join(secrets))
        journey.require(False, f"not what was wanted: {secrets}")

    attempt(store)
    failed = attempt(fail, trace="on")
    assert steps(failed) == REUSED
    assert failed.message.startswith("not what was wanted")
    record = json.dumps(failed.to_json())
    kinds = {piece.kind for piece in failed.evidence}
    assert {"page_text", "trace", "screenshot"} <= kinds
    contents = {"record": record.encode()}
    for piece in failed.evidence:
        path = runs.evidence / piece.path
        contents[piece.path] = path.read_bytes()
        if piece.kind == "trace":
            with zipfile.ZipFile(path) as trace:
                contents |= {name: trace.read(name) for name in trace.namelist()}
    assert len(secrets) >= 3  # token, session, CSRF
    for name, data in contents.items():
        for form in encodings(secrets):
            assert form.encode() not in data, (name, form)


def test_the_trace_of_a_check_that_keeps_its_sign_in_does_not_show_it(
    attempt: Any, runs: SingleRuns
) -> None:
    """What is put away at the journey's end was read by calls that the trace records."""

    token = "eyJhbGciOiJIUzI1NiJ9-made-by-the-page"

    def store(journey: Journey) -> None:
        login.be_signed_in(journey)
        # In two parts, so that the script itself does not have it.
        made = f"'{token[:20]}' + '{token[20:]}'"
        journey.page.evaluate(f"() => {{ sessionStorage.token = {made}; }}")

    for expected in (ANEW, REUSED):
        passed = attempt(store, trace="on")
        assert (passed.message, steps(passed)) == ("", expected)
        (piece,) = [piece for piece in passed.evidence if piece.kind == "trace"]
        with zipfile.ZipFile(runs.evidence / piece.path) as trace:
            for name in trace.namelist():
                for form in encodings([token]):
                    assert form.encode() not in trace.read(name), (name, form)


@pytest.fixture
def two_practices(project_copy: Path) -> Path:
    """A project whose checks of what is inside have two accounts to share."""
    file = project_copy / "portalwatch.yaml"
    plan = yaml.safe_load(file.read_text())
    plan["checks"] = [e for e in plan["checks"] if e["check"].startswith(("dashboard.", "res"))]
    for name, account in plan["accounts"].items():
        account["tags"] = ["practice"] if name in PRACTICE else []
    plan["monitor"]["listen"] = "127.0.0.1:0"
    file.write_text(yaml.safe_dump(plan, sort_keys=False))
    return project_copy


def test_workers_of_xdist_share_sign_ins(two_practices: Path, portal: Any) -> None:
    (two_practices / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\n"
        'python_files = ["checks/*.py"]\n'
        'python_functions = ["check_*"]\n'
    )
    ran = run_pytest(
        two_practices,
        *("checks/dashboard.py", "checks/resources.py", "-v", "-n", "2"),
        *("--browser", "chromium", "--base-url", portal.url),
        **portal.secrets,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "5 passed" in ran.stdout
    anew, reused = ran.stdout.count("✓ sign in "), ran.stdout.count("✓ reuse the sign-in ")
    assert anew + reused == 5
    assert anew <= len(PRACTICE), ran.stdout
    kept = {file.name.split(".")[0] for file in (two_practices / "var/sign-ins").glob("*.state")}
    assert len(kept) == anew


def test_lanes_of_the_monitors_workers_share_sign_ins(
    two_practices: Path, portalwatch_command: list[str]
) -> None:
    ran = subprocess.run(
        [*portalwatch_command, "run", "--once", "--json", "-b", "chromium"],
        cwd=two_practices,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    results = json.loads(ran.stdout)
    first_steps = [result["attempts"][-1]["steps"][0]["name"] for result in results]
    assert sorted(first_steps) == sorted(REUSED * 3 + ANEW * 2)
    anew = {r["account"] for r in results if r["attempts"][-1]["steps"][0]["name"] == ANEW[0]}
    assert anew == set(PRACTICE)
