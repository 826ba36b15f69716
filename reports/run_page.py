"""The page of one run, and each run's part of the run report."""

from __future__ import annotations

from dataclasses import dataclass

from portalwatch.model import Attempt, Evidence, Outcome, Result, Step

_NARROWEST = 0.6  # per cent: a step of no duration is still to be seen


@dataclass(frozen=True, slots=True)
class StepBar:
    """A step on the attempt's time line; ``left`` and ``width`` are per cent of it."""

    step: Step
    left: float
    width: float
    failed_here: bool  # the innermost step that failed: where the reader has to look


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt with its evidence sorted by how it is shown."""

    number: int
    attempt: Attempt
    steps: tuple[StepBar, ...]
    screenshots: tuple[Evidence, ...]
    traces: tuple[Evidence, ...]
    files: tuple[Evidence, ...]  # to be downloaded: page text, attachments

    @property
    def failed(self) -> bool:
        return self.attempt.outcome in (Outcome.FAIL, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as readers see it, its verdict-giving attempt first."""

    result: Result
    attempts: tuple[AttemptView, ...]


def build(result: Result) -> RunView:
    """The view of ``result``."""
    views = [_attempt(number, a) for number, a in enumerate(result.attempts, start=1)]
    return RunView(result, tuple(reversed(views)))


def _attempt(number: int, attempt: Attempt) -> AttemptView:
    shown = [e for e in attempt.evidence if _is_screenshot(e)]
    traces = [e for e in attempt.evidence if e.kind == "trace"]
    return AttemptView(
        number,
        attempt,
        steps=tuple(_bars(attempt)),
        screenshots=tuple(shown),
        traces=tuple(traces),
        files=tuple(e for e in attempt.evidence if e not in shown and e not in traces),
    )


def _bars(attempt: Attempt) -> list[StepBar]:
    # A step may end a moment after the attempt's own clock was read.
    span = max([attempt.seconds, *(s.offset + s.seconds for s in attempt.steps)]) or 1.0
    bars = []
    for step in attempt.steps:
        width = max(100 * step.seconds / span, _NARROWEST)
        left = min(100 * step.offset / span, 100 - width)
        bars.append(StepBar(step, round(left, 2), round(width, 2), step is attempt.failed_step))
    return bars


def _is_screenshot(evidence: Evidence) -> bool:
    return evidence.kind == "screenshot" and evidence.media_type.startswith("image/")
