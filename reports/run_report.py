"""The run report: every run of one invocation, the failed ones first.

The page makes its rows itself, from data that is packed into it: ten thousand runs are a
file of two megabytes, and are there in less than a second.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portalwatch.model import Cause, Outcome, Result

PAST_RUNS = 21  # of a check on a browser: those that are shown, and the run itself
_TROUBLED = 200  # runs that are listed where scripts are off
_WORST_FIRST = (Outcome.FAIL, Outcome.ERROR, Outcome.SKIP, Outcome.PASS)
_DECIMALS = 4  # of seconds: a tenth of a millisecond

History = Mapping[tuple[str, str], Sequence[Result]]
"""The newest runs of each check on each browser, in any order."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A number in the report's head that is also a filter; ``key`` is a status of the search."""

    key: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """All that the report's template needs."""

    title: str
    started_at: float
    ended_at: float
    counters: tuple[Counter, ...]
    troubled: tuple[Result, ...]  # for readers without scripts
    data: str  # for the script: JSON, deflated, in base64

    @property
    def verdict(self) -> str:
        """One sentence for the head of the report."""
        counts = {c.key: c.count for c in self.counters}
        total = counts["all"]
        runs = f"{total} run" + ("" if total == 1 else "s")
        if not total:
            return "No check was run"
        if counts["failed"]:
            return f"{counts['failed']} of {runs} failed"
        if counts["error"]:
            return f"{counts['error']} of {runs} ended in an error of our own"
        if counts["skipped"] == total:
            return f"{runs} skipped"
        passed = f"{counts['passed']} of {runs}" if counts["skipped"] else runs
        return f"{passed} passed" + (f", {counts['flaky']} flaky" if counts["flaky"] else "")

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of the report; a skip where nothing was run."""
        counts = {c.key: c.count for c in self.counters}
        if counts["failed"]:
            return Outcome.FAIL
        if counts["error"]:
            return Outcome.ERROR
        return Outcome.PASS if counts["passed"] else Outcome.SKIP


def build(
    results: Sequence[Result],
    *,
    title: str,
    started_at: float,
    ended_at: float,
    history: History | None = None,
) -> RunReport:
    """The report of ``results``; times are POSIX seconds."""
    counts = {outcome: sum(r.outcome is outcome for r in results) for outcome in Outcome}
    troubled = [r for r in results if r.outcome in (Outcome.FAIL, Outcome.ERROR)]
    data = {
        "started": started_at,
        "ended": ended_at,
        "causes": {cause.value: cause.words for cause in Cause},
        "runs": [_plain(result) for result in results],
    }
    if history is not None:
        data["history"] = _pasts(results, history)
    return RunReport(
        title,
        started_at,
        ended_at,
        counters=(
            Counter("all", "All", len(results)),
            Counter("failed", "Failed", counts[Outcome.FAIL]),
            Counter("error", "Errors", counts[Outcome.ERROR]),
            Counter("flaky", "Flaky", sum(r.flaky for r in results)),
            Counter("skipped", "Skipped", counts[Outcome.SKIP]),
            Counter("passed", "Passed", counts[Outcome.PASS]),
        ),
        troubled=tuple(sorted(troubled, key=_rank)[:_TROUBLED]),
        data=_packed(data),
    )


def _rank(result: Result) -> tuple[int, str, str, float]:
    worst = _WORST_FIRST.index(result.outcome)
    return worst, result.check, result.browser.name, result.started_at


def _pasts(results: Sequence[Result], history: History) -> dict[str, list[dict[str, Any]]]:
    """What is known of earlier runs of the report's own checks, the newest last."""
    shown = {(result.check, result.browser.name) for result in results}
    return {
        f"{check} {browser}": _past(history[check, browser])
        for check, browser in sorted(shown)
        if history.get((check, browser))
    }


def _past(runs: Sequence[Result]) -> list[dict[str, Any]]:
    newest = sorted(runs, key=lambda run: run.started_at)[-PAST_RUNS:]
    # The steps of the last good run, for comparing: those of others would only fill the file.
    good = next((run for run in reversed(newest) if run.outcome is Outcome.PASS), None)
    return [
        {
            "id": run.run_id,
            "outcome": run.outcome,
            "at": run.started_at,
            "seconds": round(run.seconds, _DECIMALS),
            **({"flaky": True} if run.flaky else {}),
            **({"steps": [_plain(step) for step in run.last.steps]} if run is good else {}),
        }
        for run in newest
    ]


def _plain(value: Any) -> Any:
    """``value`` as plain data, without what is empty: the script puts it back."""
    if dataclasses.is_dataclass(value):
        parts = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {f.name: _plain(part) for f, part in parts if part or _says_more(f, part)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return round(value, _DECIMALS) if isinstance(value, float) else value


def _says_more(of: dataclasses.Field[Any], part: Any) -> bool:
    """Whether an empty ``part`` is more than nothing: a zero, where None means not measured."""
    return of.default is None and part == 0


def _packed(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")
