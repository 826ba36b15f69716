"""Bar charts as numbers for an SVG: no script, and no style of their own.

A chart's colours are classes. Its numbers stand in the table beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portal.documents.money import dollars
from portal.reports.figures import Report

WIDTH, HEIGHT = 520, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 8, 12, 30
_PLOT_WIDTH, _PLOT_HEIGHT = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_MOST_LABELS = 5
_LABEL_WIDTH = 84  # at its largest, on a phone


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle, in the SVG's units."""

    x: float
    y: float
    width: float
    height: float
    series: int  # from 1
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on an axis, with where it is."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars for each period, one for each series."""

    key: str
    title: str
    description: str
    series: tuple[str, ...]
    bars: list[Bar]
    marks: list[Mark]  # of the amounts
    labels: list[Mark]  # of the periods
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    base: int = HEIGHT - _BOTTOM


def charts(report: Report) -> list[Chart]:
    """The report's charts."""
    return [
        _chart(report, "sales", "Sales and refunds", {"Sales": "sales", "Refunds": "refunds"}),
        _chart(report, "payments", "Payments received", {"Payments": "payments"}),
    ]


def _chart(report: Report, key: str, title: str, series: dict[str, str]) -> Chart:
    periods = report.periods
    top = nice_top(max(getattr(period, name) for period in periods for name in series.values()))
    slot = _PLOT_WIDTH / len(periods)
    each = min(slot * 0.76, 56.0) / len(series)
    bars = []
    for number, period in enumerate(periods):
        start = _LEFT + slot * number + (slot - each * len(series)) / 2
        for place, (name, attribute) in enumerate(series.items()):
            amount = getattr(period, attribute)
            if amount:
                height = float(amount / top) * _PLOT_HEIGHT
                bars.append(
                    Bar(
                        x=round(start + each * place, 1),
                        y=round(_TOP + _PLOT_HEIGHT - height, 1),
                        width=round(each * 0.92, 1),
                        height=round(height, 1),
                        series=place + 1,
                        title=f"{period.label}: {name} {dollars(amount)}",
                    )
                )
    totals = [f"{name} {dollars(getattr(report.total, at))}" for name, at in series.items()]
    return Chart(
        key=key,
        title=title,
        description=f"Bars by {report.range.step}. In all: {', '.join(totals)}.",
        series=tuple(series),
        bars=bars,
        marks=[
            Mark(round(_TOP + _PLOT_HEIGHT * (4 - part) / 4, 1), _short(top * part / 4))
            for part in range(5)
        ],
        labels=_labels(report, slot),
    )


def _labels(report: Report, slot: float) -> list[Mark]:
    """The beginning of each period, or of every other one where there are many."""
    every = -(-len(report.periods) // _MOST_LABELS)
    pattern = "%b %Y" if report.range.step == "month" else "%b %-d"
    return [
        Mark(
            round(min(_LEFT + slot * (number + 0.5), WIDTH - _LABEL_WIDTH / 2), 1),
            f"{period.range.first:{pattern}}",
        )
        for number, period in enumerate(report.periods)
        if number % every == 0
    ]


def nice_top(most: Decimal) -> Decimal:
    """A round amount at or above ``most`` for the top of an axis; never 0."""
    if most <= 0:
        return Decimal(100)
    unit = Decimal(10) ** most.adjusted()
    return next(unit * step for step in (1, 2, 4, 6, 8, 10) if unit * step >= most)


def _short(amount: Decimal) -> str:
    """ "$1.5k": an amount in few characters."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if amount >= size:
            return f"${(amount / size).normalize():f}{letter}"
    return f"${amount.normalize():f}"
