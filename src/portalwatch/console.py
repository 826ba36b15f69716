"""What the command line prints of results: plain lines, and a progress bar on a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from portalwatch.model import Outcome, Result

_STYLES = {
    Outcome.PASS: "green",
    Outcome.FAIL: "red",
    Outcome.ERROR: "yellow",
    Outcome.SKIP: "dim",
}


def line_of(result: Result) -> str:
    """A result in one line, whatever is in it: ``FAIL  login.… [firefox] 1.20 s: The …``."""
    return re.sub(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*", " ", _told(result))


def _told(result: Result) -> str:
    line = f"{_word(result):<5} {result.check} [{result.browser.name}] {result.seconds:.2f} s"
    if result.flaky:
        failed = next(a for a in result.attempts if a.outcome is Outcome.FAIL)
        return f"{line}: passed at attempt {len(result.attempts)}, after: {failed.message}"
    if result.cause is None:
        return f"{line}: {result.message}" if result.message else line
    step = result.last.failed_step
    place = f" in step “{step.name}”" if step else ""
    return f"{line}: {result.cause.words}{place}: {result.message}{_other_tries(result)}"


def _other_tries(result: Result) -> str:
    """How many tries there were, and what those before the last came to."""
    before = result.attempts[:-1]
    if not before:
        return ""
    causes = dict.fromkeys(a.cause.words for a in before if a.cause and a.cause != result.cause)
    told = f"; before: {', '.join(causes)}" if causes else ""
    return f" (attempt {len(result.attempts)}{told})"


def summary_of(results: Sequence[Result]) -> str:
    """``12 passed, 1 failed, 0 errors, 0 skipped``."""
    passed, failed, errors, skipped = (sum(r.outcome is o for r in results) for o in Outcome)
    plural = "" if errors == 1 else "s"
    return f"{passed} passed, {failed} failed, {errors} error{plural}, {skipped} skipped"


@contextmanager
def shown(total: int, *, live: bool) -> Iterator[Callable[[Result], None]]:
    """A function that prints a result; ``live``: coloured, above a bar that counts to ``total``."""
    if not live:
        yield lambda result: print(line_of(result), flush=True)
        return
    # Here, for the monitor, which uses the lines above, needs none of it.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
    from rich.text import Text

    console = Console()
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
    )
    task = progress.add_task("journeys", total=total)

    def show(result: Result) -> None:
        line = Text(line_of(result))
        line.stylize(f"bold {_STYLES[result.outcome]}", 0, len(_word(result)))
        console.print(line, soft_wrap=True)
        progress.advance(task)

    with progress:
        yield show


def _word(result: Result) -> str:
    return "FLAKY" if result.flaky else result.outcome.value.upper()
