"""The run report: every run of one invocation, the failed ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portalwatch.model import Outcome, Result
from reports import run_page

# Opened rows lay out their screenshots and tables: fine for a handful, not for hundreds.
_OPEN_AT_MOST = 10

_WORST_FIRST = (Outcome.FAIL, Outcome.ERROR, Outcome.SKIP, Outcome.PASS)


@dataclass(frozen=True, slots=True)
class Counter:
    """A number in the report's head that is also a filter; ``key`` is what rows carry."""

    key: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """A run in the report."""

    view: run_page.RunView
    keys: str  # the counters that it belongs to, separated by spaces
    words: str  # what the search looks through, in lower case
    open: bool

    @property
    def result(self) -> Result:
        return self.view.result


@dataclass(frozen=True, slots=True)
class RunReport:
    """All that the report's template needs."""

    title: str
    started_at: float
    ended_at: float
    counters: tuple[Counter, ...]
    rows: tuple[Row, ...]

    @property
    def verdict(self) -> str:
        """One sentence for the head of the report."""
        counts = {c.key: c.count for c in self.counters}
        runs = f"{len(self.rows)} run" + ("" if len(self.rows) == 1 else "s")
        if not self.rows:
            return "No check was run"
        if counts["fail"]:
            return f"{counts['fail']} of {runs} failed"
        if counts["error"]:
            return f"{counts['error']} of {runs} ended in an error of our own"
        if counts["skip"] == len(self.rows):
            return f"{runs} skipped"
        return f"{runs} passed" if not counts["skip"] else f"{counts['pass']} of {runs} passed"

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of the report; a skip where nothing was run."""
        outcomes = {r.result.outcome for r in self.rows} - {Outcome.SKIP}
        return next((o for o in _WORST_FIRST if o in outcomes), Outcome.SKIP)


def build(
    results: Sequence[Result], *, title: str, started_at: float, ended_at: float
) -> RunReport:
    """The report of ``results``; times are POSIX seconds."""
    ordered = sorted(results, key=_rank)
    troubled = [r for r in ordered if r.outcome in (Outcome.FAIL, Outcome.ERROR)]
    opened = {r.run_id for r in troubled[:_OPEN_AT_MOST]}
    return RunReport(
        title,
        started_at,
        ended_at,
        counters=(
            Counter("all", "All", len(results)),
            *(
                Counter(outcome.value, label, sum(r.outcome is outcome for r in results))
                for outcome, label in (
                    (Outcome.FAIL, "Failed"),
                    (Outcome.ERROR, "Errors"),
                    (Outcome.SKIP, "Skipped"),
                    (Outcome.PASS, "Passed"),
                )
            ),
            Counter("flaky", "Flaky", sum(r.flaky for r in results)),
        ),
        rows=tuple(_row(r, r.run_id in opened) for r in ordered),
    )


def _row(result: Result, is_open: bool) -> Row:
    words = (
        result.title,
        result.check,
        result.browser.name,
        result.browser.engine,
        result.browser.version,
        result.account or "",
        result.cause.words if result.cause else "",
        result.cause or "",
        result.message,
        *result.tags,
    )
    return Row(
        run_page.build(result),
        keys=result.outcome.value + (" flaky" if result.flaky else ""),
        words=" ".join(words).lower(),
        open=is_open,
    )


def _rank(result: Result) -> tuple[int, bool, str, str, float]:
    worst = _WORST_FIRST.index(result.outcome)
    return worst, not result.flaky, result.check, result.browser.name, result.started_at
