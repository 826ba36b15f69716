"""The results of a run as Markdown: what a pull request or a chat has room for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from portalwatch.model import Attempt, Outcome, Result

LISTED = 50  # of one kind; the report has them all
_MESSAGE = 300  # characters
_KINDS = (
    ("Failed", Outcome.FAIL),
    ("Errors", Outcome.ERROR),
    ("Flaky", None),
    ("Skipped", Outcome.SKIP),
    ("Passed", Outcome.PASS),
)


def markdown(results: Sequence[Result], *, title: str, losses: Sequence[str] = ()) -> str:
    """The verdict, the counts for each browser, and what did not pass, with its cause.

    ``losses``: what is known to be missing, a line each.
    """
    return "\n".join(_lines(results, title, losses)) + "\n"


def _lines(results: Sequence[Result], title: str, losses: Sequence[str]) -> Iterator[str]:
    missing = ", and results are missing" if losses else ""
    yield f"## {_text(title)}: {_verdict(results)}{missing}"
    yield ""
    if losses:
        yield from (f"- {_text(loss)}" for loss in losses)
        yield ""
    yield from _table(
        ("Browser", *(name for name, _ in _KINDS)),
        (
            (_browser(of_browser[0]), *(str(_count(of_browser, kind)) for _, kind in _KINDS))
            for of_browser in _by_browser(results)
        ),
    )
    for heading, kind in _KINDS[:3]:
        yield from _section(heading, [r for r in results if _is(r, kind)])


def _verdict(results: Sequence[Result]) -> str:
    if not results:
        return "no check was run"
    counts = [
        f"{count} {word}"
        for word, kind in (
            ("failed", Outcome.FAIL),
            ("in error through a fault of ours", Outcome.ERROR),
            ("flaky", None),
            ("skipped", Outcome.SKIP),
            ("passed", Outcome.PASS),
        )
        if (count := _count(results, kind))
    ]
    return ", ".join(counts)


def _section(heading: str, results: Sequence[Result]) -> Iterator[str]:
    if not results:
        return
    yield ""
    yield f"### {heading}"
    yield ""
    rows = (
        (_text(result.title), _browser(result), _text(_why(result)), _text(_message(result)))
        for result in results[:LISTED]
    )
    yield from _table(("Check", "Browser", "Cause", "What was seen"), rows)
    if len(results) > LISTED:
        yield ""
        yield f"… and {len(results) - LISTED} more, in the report."


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{' --- |' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _by_browser(results: Sequence[Result]) -> list[list[Result]]:
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.browser.name, result.browser.version), []).append(result)
    return [groups[key] for key in sorted(groups)]


def _is(result: Result, kind: Outcome | None) -> bool:
    """Whether ``result`` is of ``kind``; None is flaky, and a flaky pass is no other kind."""
    return result.flaky if kind is None else result.outcome is kind and not result.flaky


def _count(results: Sequence[Result], kind: Outcome | None) -> int:
    return sum(_is(result, kind) for result in results)


def _browser(result: Result) -> str:
    return f"{_text(result.browser.name)} {_text(result.browser.version)}"


def _why(result: Result) -> str:
    cause = _telling(result).cause
    step = _telling(result).failed_step
    words = cause.words if cause else ""
    return f"{words}, in step “{step.name}”" if step else words


def _message(result: Result) -> str:
    return _telling(result).message[:_MESSAGE]


def _telling(result: Result) -> Attempt:
    """The attempt that tells what was wrong: of a flaky run the one that failed."""
    if result.flaky:
        return next(a for a in result.attempts if a.outcome is Outcome.FAIL)
    return result.last


def _text(text: str) -> str:
    """``text``, in which a portal may have written anything, as one line of plain Markdown."""
    line = " ".join(text.split())
    plain = re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", line)
    # Nobody is called, and nothing is linked.
    return plain.replace("@", "&#64;").replace("://", "&#58;//").replace("www.", "www&#46;")
