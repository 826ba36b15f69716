"""What GitHub Actions takes from a job: annotations on lines of code.

The format is that of its workflow commands, one on each line of standard output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from portalwatch.model import Attempt, CodeFrame, Outcome, Result

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"  # the variable with the path of a step's Markdown


def annotation_lines(results: Sequence[Result], folder: Path) -> Iterator[str]:
    """A line for each run that did not pass at once, failures first.

    ``folder``: the project's, from the root of the repository; GitHub shows ten of a step.
    """
    kinds = (Outcome.FAIL, Outcome.ERROR)
    for kind in kinds:
        for result in results:
            if result.outcome is kind:
                yield _command("error", result, result.last, folder)
    for result in results:
        if result.flaky:
            failed = next(a for a in result.attempts if a.outcome is Outcome.FAIL)
            yield _command("warning", result, failed, folder)


def loss_lines(losses: Iterable[str]) -> Iterator[str]:
    """A line for each loss of results that is known."""
    for loss in losses:
        yield f"::error title=Results are missing::{_message(loss)}"


def _command(level: str, result: Result, attempt: Attempt, folder: Path) -> str:
    words = attempt.cause.words if attempt.cause else ""
    heading = f"{result.title} ({result.browser.name})"
    properties = {**_place(attempt.code, folder), "title": heading}
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    flaky = "flaky: " if level == "warning" else ""
    return f"::{level} {said}::{_message(f'{flaky}{words}: {attempt.message}')}"


def _place(code: CodeFrame | None, folder: Path) -> dict[str, str]:
    if code is None:
        return {}
    return {"file": (folder / code.file).as_posix(), "line": str(code.line)}


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
