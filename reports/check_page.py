"""The page of one check on one browser: its state, its latency, its recent runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portalwatch.model import Result
from portalwatch.status import Status
from reports import charts, status_page
from reports.inputs import PlannedCheck, Point, UptimeHour

RUNS = 25  # on one page of the list
LATENCIES = 120  # on the chart


@dataclass(frozen=True, slots=True)
class CheckPage:
    """All that the check page's template needs."""

    line: status_page.Line
    chart: charts.Chart
    runs: tuple[Result, ...]
    before: float | None  # the list shows runs older than this; None on its first page
    older: float | None  # ``before`` of the next page; None on the last


def build(
    check: PlannedCheck,
    *,
    status: Status,
    hours: Sequence[UptimeHour],
    points: Sequence[Point],
    runs: Sequence[Result],
    before: float | None,
    now: float,
) -> CheckPage:
    """The page at ``now``; ``runs`` are the newest ``RUNS + 1`` before ``before``."""
    shown = tuple(runs[:RUNS])
    return CheckPage(
        status_page.line(check, status, hours, points, now),
        charts.latency_chart(points),
        shown,
        before,
        older=shown[-1].ended_at if len(runs) > RUNS else None,
    )
