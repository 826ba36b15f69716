"""What the command line prints of results: plain lines, and a live table on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from portalwatch.model import Outcome, Result

_STYLES = {
    Outcome.PASS: "green",
    Outcome.FAIL: "red",
    Outcome.ERROR: "yellow",
    Outcome.SKIP: "dim",
}


def line_of(result: Result) -> str:
    """A result in one plain line: ``FAIL login.… firefox 1.20 s: The portal … (…)``."""
    word = "flaky" if result.flaky else result.outcome.value
    line = f"{word.upper():<5} {result.check} [{result.browser.name}] {result.seconds:.2f} s"
    if result.cause is None:
        return line
    step = result.last.failed_step
    place = f" in step “{step.name}”" if step else ""
    return f"{line}: {result.cause.words}{place}: {result.message}"


def summary_of(results: Sequence[Result]) -> str:
    """``12 passed, 1 failed, 0 errors, 0 skipped``."""
    count = {outcome: sum(r.outcome is outcome for r in results) for outcome in Outcome}
    return (
        f"{count[Outcome.PASS]} passed, {count[Outcome.FAIL]} failed,"
        f" {count[Outcome.ERROR]} errors, {count[Outcome.SKIP]} skipped"
    )


class Progressing:
    """Prints each result as it comes, above a progress bar where there is a terminal."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("journeys", total=total)

    def show(self, result: Result) -> None:
        """Print ``result``."""
        line = line_of(result)
        if self._console.is_terminal:
            word, rest = line[:5], line[5:]
            style = _STYLES[result.outcome]
            self._console.print(f"[bold {style}]{word}[/]{escape(rest)}", highlight=False)
        else:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._progress.advance(self._task)

    @contextmanager
    def running(self) -> Iterator[Progressing]:
        """Show the bar meanwhile."""
        with self._progress:
            yield self
