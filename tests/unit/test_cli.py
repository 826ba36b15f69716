"""The command line's parts: exit codes, faults of our own, the listing of browsers."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from portalwatch import __version__
from portalwatch.browsers import KNOWN, FoundBrowser, Missing
from portalwatch.cli.browsers import lines_of
from portalwatch.cli.once import exit_code
from portalwatch.model import Cause, Outcome
from tests.records import result


def raising(problem: BaseException) -> Callable[..., Any]:
    def find_all(*_: object) -> Any:
        raise problem

    return find_all


def test_it_says_its_version(main: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert main("--version") == 0
    assert capsys.readouterr().out == f"portalwatch {__version__}\n"


def test_a_fault_of_our_own_is_exit_code_3_with_its_traceback(
    main: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("portalwatch.browsers.find_all", raising(ZeroDivisionError("by zero")))
    assert main("browsers") == 3
    said = capsys.readouterr().err
    assert "ZeroDivisionError: by zero" in said
    assert said.endswith(
        "portalwatch: this is a fault of portalwatch itself;"
        " please report it with the lines above\n"
    )


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/srv/var"), "/srv/var: Permission"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
    ],
)
def test_what_the_operator_can_mend_is_exit_code_2_in_a_line(
    main: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    problem: OSError,
    line: str,
) -> None:
    monkeypatch.setattr("portalwatch.browsers.find_all", raising(problem))
    assert main("browsers") == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"portalwatch: {line}")


def test_ctrl_c_is_told_and_ends_it_as_shells_expect(
    main: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("portalwatch.browsers.find_all", raising(KeyboardInterrupt()))
    assert main("browsers") == 130
    assert capsys.readouterr().err == "portalwatch: interrupted\n"


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([Outcome.PASS, Outcome.PASS], 0),
        ([Outcome.PASS, Outcome.FAIL], 1),
        ([Outcome.PASS, Outcome.ERROR], 3),
        ([Outcome.ERROR, Outcome.FAIL], 1),
        ([Outcome.PASS, Outcome.SKIP], 0),
    ],
)
def test_the_exit_code_says_whose_fault_it_was(outcomes: list[Outcome], code: int) -> None:
    results = [result(f"run-{number}", outcome) for number, outcome in enumerate(outcomes)]
    assert exit_code(results) == code


def test_a_check_for_which_no_account_was_free_does_not_look_like_a_pass() -> None:
    skipped = result("run-1", Outcome.SKIP)
    attempt = replace(skipped.last, cause=Cause.ACCOUNT_UNAVAILABLE)
    assert exit_code([replace(skipped, attempts=(attempt,))]) == 3


def test_a_browser_is_a_block_of_lines_within_the_width() -> None:
    found = FoundBrowser(
        KNOWN["firefox"], "/usr/bin/firefox-esr", "system", "bidi", released_as="153.7"
    )
    lines = list(lines_of(found, width=60))
    assert lines[0] == "firefox         firefox 153.7, the system's, over bidi"
    assert lines[1] == "                /usr/bin/firefox-esr"
    assert lines[2].startswith("                cannot: request bodies are not seen")
    assert all(len(line) <= 60 for line in lines)
    assert all(line.startswith(" " * 18) for line in lines[3:])


def test_a_missing_browser_is_a_line_with_the_command_that_gets_it() -> None:
    missing = Missing(KNOWN["chrome"], "portalwatch browsers install chrome")
    assert list(lines_of(missing, width=80)) == [
        "chrome          missing (fix: portalwatch browsers install chrome)"
    ]
