"""A journey that waits for what the bundled portal sends, on a lane beside others."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from fixtures.portal import serve
from portalwatch.account import Account, Inbox
from portalwatch.model import Cause, Outcome
from portalwatch.secrets import Secret

FORGOT = "/recovery/password/"


@pytest.fixture(scope="module")
def sending():
    with serve() as portal:
        yield portal


@pytest.fixture
def sofia(sending) -> Account:
    return Account(
        "email_code",
        "sofia.brandt",
        "Sofia Brandt",
        password=Secret(sending.secrets["PORTALWATCH_EMAIL_CODE_PASSWORD"]),
        mail=Inbox(
            "maildir", sending.secrets["PORTALWATCH_MAILDIR"], "sofia.brandt@practice.example"
        ),
    )


@pytest.fixture
def marcus(sending) -> Account:
    return Account(
        "sms_code",
        "marcus.tully",
        "Marcus Tully",
        password=Secret(sending.secrets["PORTALWATCH_SMS_CODE_PASSWORD"]),
        texts=Inbox("http", sending.secrets["PORTALWATCH_TEXTS"], "+12025550143"),
    )


def ask_for_a_code(journey) -> None:
    page, account = journey.page, journey.account
    page.goto("/sign-in/")
    page.get_by_label("User ID", exact=True).fill(account.user_id)
    journey.enter_secret(page.get_by_label("Password", exact=True), account.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("input[autocomplete=one-time-code]").wait_for()


def signs_in_by_code(channel):
    def check(journey):
        with journey.expect_message(channel) as sent:
            ask_for_a_code(journey)
        journey.page.locator("input[autocomplete=one-time-code]").fill(sent.code())
        journey.page.get_by_role("button", name="Continue", exact=True).click()
        journey.page.get_by_role("heading", name="Welcome").wait_for()

    return check


@pytest.mark.parametrize("channel", ["mail", "texts"])
def test_a_code_that_is_sent_signs_in(runs, browser_under_test, sending, request, channel):
    account = request.getfixturevalue({"mail": "sofia", "texts": "marcus"}[channel])
    (attempt,) = runs.attempts(
        signs_in_by_code(channel), browser_under_test, sending.url, account=account
    )
    assert (attempt.outcome, attempt.message) == (Outcome.PASS, "")
    assert [m.name for m in attempt.measures] == [f"{channel}_delivery_seconds"]
    assert 0 < attempt.measures[0].value < 20


def test_a_message_that_never_comes_is_the_portals_fault(runs, browser_under_test, sending, sofia):
    def check(journey):
        with journey.expect_message("mail", timeout=0.5):
            journey.page.goto(FORGOT)

    (attempt,) = runs.attempts(check, browser_under_test, sending.url, account=sofia)
    assert (attempt.outcome, attempt.cause) == (Outcome.FAIL, Cause.CODE_NOT_DELIVERED)
    assert attempt.message == "no mail came to so… within 0.5 s"


def test_a_mailbox_that_cannot_be_read_is_ours(runs, browser_under_test, sending, sofia, tmp_path):
    def check(journey):
        with journey.expect_message("mail"):
            pytest.fail("the mailbox is looked at first")

    lost = replace(sofia, mail=replace(sofia.mail, place=str(tmp_path / "lost")))
    (attempt,) = runs.attempts(check, browser_under_test, sending.url, account=lost)
    assert (attempt.outcome, attempt.cause) == (Outcome.ERROR, Cause.MAILBOX_UNAVAILABLE)
    assert attempt.message.startswith(f"the maildir {tmp_path / 'lost'} cannot be read")


def test_a_deadline_ends_the_wait(runs, browser_under_test, sending, sofia):
    def check(journey):
        with journey.expect_message("mail", timeout=60):
            journey.page.goto(FORGOT)

    began = time.monotonic()
    (attempt,) = runs.attempts(check, browser_under_test, sending.url, account=sofia, deadline=3.0)
    assert attempt.cause is Cause.DEADLINE_KILLED
    assert time.monotonic() - began < 10
