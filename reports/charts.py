"""The geometry of the charts; templates draw it as inline SVG.

Coordinates are per cent of the drawing, x to the right and y downwards, so that one
drawing fits a phone and a desk without a script. Values are seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from portalwatch.model import Outcome
from reports.inputs import Point


@dataclass(frozen=True, slots=True)
class Mark:
    """One run on a chart."""

    x: float
    y: float
    at: float
    seconds: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis: seconds on y, POSIX seconds on x."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A line through the passes, with a mark for every run.

    ``line`` is the ``points`` attribute of an SVG polyline on a 100 × 100 drawing.
    """

    line: str
    marks: tuple[Mark, ...]
    y_ticks: tuple[Tick, ...] = ()
    x_ticks: tuple[Tick, ...] = ()

    @property
    def time_pattern(self) -> str:
        """How to write ``x_ticks``, for ``strftime``."""
        days = self.x_ticks[-1].value - self.x_ticks[0].value > 86400
        return "%-d %b %H:%M" if days else "%H:%M"

    @property
    def single(self) -> bool:
        """Whether there is one run to show, and so no line."""
        return len(self.marks) == 1

    @property
    def not_passed(self) -> tuple[Mark, ...]:
        return tuple(m for m in self.marks if m.outcome is not Outcome.PASS)


def sparkline(points: Sequence[Point]) -> Chart:
    """Runs evenly spaced, the newest at the right end: for the shape of the last few.

    One run alone has no shape: it is half-way up.
    """
    runs = _ran(points)
    top = max((seconds for _, seconds, _ in runs), default=0.0) or 1.0
    gap = 96 / max(len(runs) - 1, 1)
    return _chart(
        [
            Mark(
                _round(98 - (len(runs) - 1 - i) * gap),
                _y(seconds, top, 12, 88) if len(runs) > 1 else 50.0,
                at,
                seconds,
                outcome,
            )
            for i, (at, seconds, outcome) in enumerate(runs)
        ]
    )


def latency_chart(points: Sequence[Point]) -> Chart:
    """Runs at their times, with axes: the y axis begins at zero and ends on a round number."""
    runs = _ran(points)
    if not runs:
        return Chart("", ())
    step = _round_step(max(seconds for _, seconds, _ in runs))
    ticks = [step * n for n in range(5)]
    first, last = runs[0][0], runs[-1][0]
    span = (last - first) or 1.0
    marks = [
        Mark(
            _round(1 + 98 * (at - first) / span) if last > first else 50.0,
            _y(seconds, ticks[-1], 8, 88),
            at,
            seconds,
            outcome,
        )
        for at, seconds, outcome in runs
    ]
    x_ticks = [Tick(1, first), Tick(50, first + span / 2), Tick(99, last)]
    return _chart(
        marks,
        y_ticks=tuple(Tick(_y(value, ticks[-1], 8, 88), value) for value in ticks),
        x_ticks=tuple(x_ticks if last > first else [Tick(50, first)]),
    )


def _ran(points: Sequence[Point]) -> list[Point]:
    return [p for p in points if p[2] is not Outcome.SKIP]


def _chart(
    marks: list[Mark], y_ticks: tuple[Tick, ...] = (), x_ticks: tuple[Tick, ...] = ()
) -> Chart:
    line = " ".join(f"{m.x},{m.y}" for m in marks if m.outcome is Outcome.PASS)
    return Chart(line, tuple(marks), y_ticks, x_ticks)


def _round_step(highest: float) -> float:
    """The smallest of 1, 2, 2.5, 5 × 10ⁿ of which four reach ``highest`` seconds."""
    wanted = max(highest, 0.004) / 4
    magnitude = 10.0 ** math.floor(math.log10(wanted))
    return next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= wanted)


def _y(seconds: float, top: float, above: float, below: float) -> float:
    return _round(below - (below - above) * seconds / top)


def _round(value: float) -> float:
    return round(value, 2)
