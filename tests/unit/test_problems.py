"""What an exception says, for people."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from portalwatch.errors import ClaimFailed, ConfigError, Deadline
from portalwatch.problems import detail_of, message_of, said_to_pytest

EXPECTATION = """Locator expected to contain text 'Welcome'
Actual value: Sign in
Call log:
  - Expect "to_contain_text" with timeout 5000ms
  - waiting for get_by_role("heading", level=1)
    - locator resolved to <h1>Sign in</h1>
"""
TIMEOUT = """Locator.click: Timeout 10000ms exceeded.
Call log:
  - waiting for get_by_role("button", name="Sign in")
"""
COVERED = """Locator.click: Timeout 10000ms exceeded.
Call log:
  - waiting for get_by_role("button", name="Show")
    - locator resolved to <button type="submit">Show</button>
  - attempting click action
    2 × waiting for element to be visible, enabled and stable
      - <div class="spinner"></div> intercepts pointer events
    - retrying click action
      - <main id="main">…</main> intercepts pointer events
"""
EMPTY = """Locator expected to have text 'Operational'
Actual value:
Call log:
  - waiting for locator(".state")
"""
NAVIGATION = """Page.goto: Timeout 10000ms exceeded.
Call log:
  - navigating to "https://portal.example/", waiting until "load"
"""


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (ClaimFailed("no greeting"), "no greeting"),
        (ConfigError("one", "two"), "one"),
        (Deadline("the run's time was over"), "the run's time was over"),
        (
            AssertionError(EXPECTATION),
            "Locator expected to contain text 'Welcome'; Actual value: Sign in"
            ' (waiting for get_by_role("heading", level=1))',
        ),
        (
            PlaywrightTimeout(TIMEOUT),
            "Locator.click: Timeout 10000ms exceeded"
            ' (waiting for get_by_role("button", name="Sign in"))',
        ),
        (
            PlaywrightTimeout(COVERED),
            'Locator.click: Timeout 10000ms exceeded (waiting for get_by_role("button",'
            ' name="Show"); <main id="main">…</main> intercepts pointer events)',
        ),
        (
            AssertionError(EMPTY),
            "Locator expected to have text 'Operational'; Actual value: ''"
            ' (waiting for locator(".state"))',
        ),
        (
            PlaywrightTimeout(NAVIGATION),
            "Page.goto: Timeout 10000ms exceeded"
            ' (navigating to "https://portal.example/", waiting until "load")',
        ),
        (PlaywrightError("Page.goto: net::ERR_ABORTED"), "Page.goto: net::ERR_ABORTED"),
        (AssertionError("the sum is 3\nand not 4"), "the sum is 3"),
        (AssertionError(), "an assertion is not true"),
        (ValueError("one\ntwo"), "ValueError: one"),
        (ValueError("  \n "), "ValueError"),
        (KeyError("total"), "KeyError: 'total'"),
        (SystemExit(3), "SystemExit: 3"),
        (Unspeakable(), "Unspeakable"),
    ],
)
def test_it_says_in_one_line_what_happened(problem: BaseException, message: str) -> None:
    assert message_of(problem) == message


def raised(statement: str) -> BaseException:
    try:
        exec(compile(statement, "/project/checks/login.py", "exec"), {"json": json})
    except BaseException as exc:
        return exc
    raise AssertionError("it did not raise")


def test_an_exception_of_the_script_names_its_place() -> None:
    assert message_of(raised("\n\n1 / 0")) == "ZeroDivisionError: division by zero (login.py:3)"


def test_the_place_is_the_projects_own_not_a_librarys() -> None:
    message = message_of(raised("\njson.loads('{')"))
    assert message.startswith("JSONDecodeError: ")
    assert message.endswith(" (login.py:2)")


def test_a_bare_assertion_is_told_by_its_source() -> None:
    def claim() -> None:
        total = 3
        assert total == 4, ""

    with pytest.raises(AssertionError) as caught:
        claim()
    caught.value.args = ()  # as Python raises it where pytest does not rewrite it
    assert message_of(caught.value).startswith('not true: total == 4, "" (test_problems.py:')


def test_the_detail_has_the_traceback_without_the_engines_frames() -> None:
    detail = detail_of(raised("\n1 / 0"))
    assert 'File "/project/checks/login.py", line 2' in detail
    assert detail.endswith("ZeroDivisionError: division by zero\n")
    assert "portalwatch/problems.py" not in detail


@pytest.mark.parametrize(
    ("says", "word"),
    [
        (lambda: pytest.fail("no greeting"), "Failed"),
        (lambda: pytest.skip("no greeting"), "Skipped"),
        (lambda: 1 / 0, None),
    ],
)
def test_what_a_check_says_by_pytests_own_words_is_understood(says, word) -> None:
    with pytest.raises(BaseException, match=r".+") as raised:
        says()
    assert said_to_pytest(raised.value) == word
    assert "no greeting" in message_of(raised.value) or word is None
