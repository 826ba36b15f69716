"""What an exception says, in one line for people and in full for whoever mends it."""

from __future__ import annotations

import re
import sysconfig
import traceback
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError

from portalwatch.errors import (
    AccountUnavailable,
    ClaimFailed,
    ConfigError,
    Deadline,
    MailboxUnavailable,
    first_line,
)

_ENGINE = str(Path(__file__).parent)
_LIBRARIES = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))


def message_of(problem: BaseException) -> str:
    """One line for people. An exception of the script's own names its place."""
    match problem:
        case (
            Deadline() | ConfigError() | MailboxUnavailable() | AccountUnavailable() | ClaimFailed()
        ):
            return first_line(problem)
        case PlaywrightError():
            return _with_target(first_line(problem), problem)
        case AssertionError() if "Call log:" in str(problem):
            return _expectation(problem)
        case AssertionError():
            return f"{_assertion(problem)}{_place(problem)}"
        case _ if said_to_pytest(problem):
            return f"{first_line(problem)}{_place(problem)}"
    name, text = type(problem).__name__, first_line(problem)
    return f"{name if text == name else f'{name}: {text}'}{_place(problem)}"


def said_to_pytest(problem: BaseException) -> str | None:
    """ "Failed" or "Skipped" where the check has ended itself by ``pytest.fail`` or ``skip``."""
    # By name: a worker has no pytest, unless a check brings it.
    said = any(base.__module__ == "_pytest.outcomes" for base in type(problem).__mro__)
    return type(problem).__name__ if said else None


def detail_of(problem: BaseException) -> str:
    """The exception with its traceback, without the frames of this engine."""
    told = traceback.TracebackException.from_exception(problem)
    told.stack = traceback.StackSummary.from_list(
        [frame for frame in told.stack if not frame.filename.startswith(_ENGINE)]
    )
    return "".join(told.format())


def is_own(file: str) -> bool:
    """Whether ``file`` of a traceback is the project's own, not the engine's or a library's."""
    return not file.startswith((_ENGINE, *_LIBRARIES))


def _expectation(problem: AssertionError) -> str:
    """What Playwright's expect() wanted and what was there."""
    lines = [line.strip() for line in str(problem).strip().splitlines()]
    told = (line for line in lines[1:] if re.match(r"(Expected|Received|Actual|Error)\b", line))
    # Of an empty text Playwright says nothing, as if the line were cut off.
    plain = (f"{line} ''" if line == "Actual value:" else line for line in told)
    return _with_target("; ".join([lines[0], *plain]), problem)


def _with_target(line: str, problem: BaseException) -> str:
    """``line``, and what Playwright says in its call log alone: what it waited for, and why."""
    log = str(problem)
    waited = re.search(r"^\s*- (waiting for .+|navigating to .+)$", log, re.MULTILINE)
    # The last: what is in the way now was not always the first thing to be.
    covers = re.findall(r"^\s*- (<.+ intercepts pointer events)$", log, re.MULTILINE)[-1:]
    told = "; ".join([*([waited.group(1)] if waited else []), *covers])
    return f"{line.rstrip('.')} ({told})" if told else line


def _assertion(problem: AssertionError) -> str:
    if str(problem).strip():
        return first_line(problem)
    frames = traceback.extract_tb(problem.__traceback__)
    source = frames[-1].line if frames else None
    return f"not true: {source.removeprefix('assert ')}" if source else "an assertion is not true"


def _place(problem: BaseException) -> str:
    """The innermost place that is the project's own, not a library's."""
    frames = traceback.extract_tb(problem.__traceback__)
    own = [f for f in frames if is_own(f.filename)]
    return f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
