"""What Prometheus scrapes: counters and histograms of results, gauges of statuses.

Names and units follow Prometheus' naming practice: base units, ``_total`` for counters,
metadata in ``*_info``. No label has unbounded values: checks and browsers come from the
plan, outcomes, causes, states and vitals from closed lists, and of the step names of a
check the first ``STEP_NAMES`` count by name, those after them as ``other``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from portalwatch import __version__
from portalwatch.model import Attempt, BrowserInfo, Outcome, Result
from portalwatch.status import State, Status

STEP_NAMES = 50
"""Distinct step names of a check that get a label of their own."""

_JOURNEY = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60)
_PAGE = (0.05, 0.1, 0.2, 0.5, 0.8, 1.2, 1.8, 2.5, 4, 6, 10)
_QUEUE = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60)
_SHIFT = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1)
_PAIR = ("check", "browser")

_UP = {State.UP: 1, State.FAILING: 1, State.DOWN: 0}


class Metrics:
    """The monitor's metrics, in a registry of their own. Any thread may call any method."""

    def __init__(self) -> None:
        # Process-wide, as the library has it: a second series of creation times beside
        # every counter and histogram would be a third of the scrape, and nothing reads it.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's gap
        self._registry = CollectorRegistry()
        self._steps: dict[str, set[str]] = {}
        self._naming = threading.Lock()
        self._add_run_metrics()
        self._add_page_metrics()
        self._add_monitor_metrics()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def _add_run_metrics(self) -> None:
        self._runs = Counter(
            "portalwatch_runs_total",
            "Runs with a verdict; a pass has no cause.",
            (*_PAIR, "outcome", "cause"),
            registry=self._registry,
        )
        self._attempts = Counter(
            "portalwatch_attempts_total",
            "Attempts of runs: more than runs where some were tried again.",
            (*_PAIR, "outcome"),
            registry=self._registry,
        )
        self._duration = Histogram(
            "portalwatch_run_duration_seconds",
            "Duration of the attempt that gave a run its verdict; skipped runs are left out.",
            (*_PAIR, "outcome"),
            buckets=_JOURNEY,
            registry=self._registry,
        )
        self._step_duration = Histogram(
            "portalwatch_step_duration_seconds",
            f"Duration of a step; step names of a check beyond {STEP_NAMES} count as other.",
            (*_PAIR, "step", "outcome"),
            buckets=_JOURNEY,
            registry=self._registry,
        )
        self._up = Gauge(
            "portalwatch_check_up",
            "1 while the check holds or its failure is not confirmed, 0 while it is down; "
            "absent while nothing is known.",
            _PAIR,
            registry=self._registry,
        )
        self._state = Gauge(
            "portalwatch_check_state",
            "1 for the state the check is in, 0 for the others.",
            (*_PAIR, "state"),
            registry=self._registry,
        )
        self._last_run = Gauge(
            "portalwatch_last_run_timestamp_seconds",
            "When the newest run ended.",
            _PAIR,
            registry=self._registry,
        )
        self._last_pass = Gauge(
            "portalwatch_last_pass_timestamp_seconds",
            "When the newest run that passed ended; absent until one passes after a start.",
            _PAIR,
            registry=self._registry,
        )
        self._missed = Counter(
            "portalwatch_missed_runs_total",
            "Runs that fell due and were not started.",
            _PAIR,
            registry=self._registry,
        )

    def _add_page_metrics(self) -> None:
        self._withheld = Counter(
            "portalwatch_evidence_withheld_total",
            "Files of evidence that may hold a secret after masking; they are in quarantine.",
            _PAIR,
            registry=self._registry,
        )
        self._vitals = Histogram(
            "portalwatch_page_vital_seconds",
            "Web vitals of the documents of a run: ttfb, fcp, lcp, inp.",
            (*_PAIR, "vital"),
            buckets=_PAGE,
            registry=self._registry,
        )
        self._shift = Histogram(
            "portalwatch_layout_shift",
            "Cumulative layout shift of the documents of a run.",
            _PAIR,
            buckets=_SHIFT,
            registry=self._registry,
        )
        self._console = Counter(
            "portalwatch_console_errors_total",
            "Errors and uncaught exceptions on the console of the pages.",
            _PAIR,
            registry=self._registry,
        )
        self._requests = Counter(
            "portalwatch_failed_requests_total",
            "Requests of the pages that got no answer or an error status.",
            _PAIR,
            registry=self._registry,
        )

    def _add_monitor_metrics(self) -> None:
        self._queue = Histogram(
            "portalwatch_queue_delay_seconds",
            "From a run's due time to its start.",
            buckets=_QUEUE,
            registry=self._registry,
        )
        self._account_wait = Histogram(
            "portalwatch_account_wait_seconds",
            "How long runs waited for an account to be free; in vain, too.",
            buckets=_QUEUE,
            registry=self._registry,
        )
        self._lanes = Gauge("portalwatch_lanes", "Lanes there are.", registry=self._registry)
        self._busy = Gauge(
            "portalwatch_lanes_busy", "Lanes with a journey.", registry=self._registry
        )
        self._restarts = Counter(
            "portalwatch_worker_restarts_total",
            "Worker processes replaced, by reason.",
            ("reason",),
            registry=self._registry,
        )
        self._reloaded = Gauge(
            "portalwatch_plan_reload_success",
            "1 where the newest plan was taken, 0 where it was refused and the old one stays.",
            registry=self._registry,
        )
        self._reloaded_at = Gauge(
            "portalwatch_plan_reload_timestamp_seconds",
            "When a plan was last taken.",
            registry=self._registry,
        )
        Info("portalwatch_build", "The version that runs.", registry=self._registry).info(
            {"version": __version__}
        )
        self._browsers = Info(
            "portalwatch_browser",
            "The browsers that run.",
            ("browser",),
            registry=self._registry,
        )

    # -- results and statuses ------------------------------------------------------

    def record(self, result: Result, status: Status) -> None:
        """Counts a new verdict and shows the status after it."""
        pair = (result.check, result.browser.name)
        self._runs.labels(*pair, result.outcome, result.cause or "").inc()
        for attempt in result.attempts:
            self._attempts.labels(*pair, attempt.outcome).inc()
            self._record_pages(pair, attempt)
        if result.outcome is not Outcome.SKIP:
            self._duration.labels(*pair, result.outcome).observe(result.seconds)
        for step in result.last.steps:
            if step.outcome is not Outcome.SKIP:
                name = self._step_label(result.check, step.name)
                self._step_duration.labels(*pair, name, step.outcome).observe(step.seconds)
        if result.outcome is Outcome.PASS:
            self._last_pass.labels(*pair).set(result.ended_at)
        self._show(status)

    def restore(self, statuses: Iterable[Status]) -> None:
        """Shows the statuses kept from before a start, so that no gap looks like a recovery."""
        for status in statuses:
            self._show(status)

    def forget(self, check: str, browser: str) -> None:
        """Drops every series of a check on a browser that the plan no longer has."""
        for metric in (
            self._runs,
            self._attempts,
            self._duration,
            self._step_duration,
            self._up,
            self._state,
            self._last_run,
            self._last_pass,
            self._missed,
            self._vitals,
            self._shift,
            self._console,
            self._requests,
            self._withheld,
        ):
            metric.remove_by_labels({"check": check, "browser": browser})

    def _record_pages(self, pair: tuple[str, str], attempt: Attempt) -> None:
        for page in attempt.vitals:
            for vital in ("ttfb", "fcp", "lcp", "inp"):
                seconds = getattr(page, vital)
                if seconds is not None:
                    self._vitals.labels(*pair, vital).observe(seconds)
            if page.cls is not None:
                self._shift.labels(*pair).observe(page.cls)
        # Touched with 0 too: rate() sees the first error only where it saw a 0 before it.
        errors = sum(entry.level in ("error", "exception") for entry in attempt.console)
        self._console.labels(*pair).inc(errors)
        self._requests.labels(*pair).inc(len(attempt.failed_requests))
        self._withheld.labels(*pair).inc(len(attempt.withheld))

    def _show(self, status: Status) -> None:
        pair = (status.check, status.browser)
        if status.state in _UP:
            self._up.labels(*pair).set(_UP[status.state])
        else:
            self._up.remove_by_labels({"check": status.check, "browser": status.browser})
        for state in State:
            self._state.labels(*pair, state).set(state is status.state)
        self._missed.labels(*pair)
        if status.last_run_at:
            self._last_run.labels(*pair).set(status.last_run_at)

    def _step_label(self, check: str, name: str) -> str:
        with self._naming:
            named = self._steps.setdefault(check, set())
            if name not in named and len(named) >= STEP_NAMES:
                return "other"
            named.add(name)
            return name

    # -- the monitor itself --------------------------------------------------------

    def missed(self, check: str, browser: str, count: int = 1) -> None:
        """Counts runs that fell due and were not started."""
        self._missed.labels(check, browser).inc(count)

    def queue_delay(self, seconds: float) -> None:
        """Observes how long a run waited from its due time to its start."""
        self._queue.observe(seconds)

    def lanes(self, busy: int, total: int) -> None:
        """Shows how many lanes there are and how many are at work."""
        self._busy.set(busy)
        self._lanes.set(total)

    def worker_restarted(self, reason: str) -> None:
        """Counts a worker process replaced; ``reason`` is one of a few words."""
        self._restarts.labels(reason).inc()

    def plan_reload(self, ok: bool, at: float) -> None:
        """Shows whether the newest plan was taken; ``at`` counts only if it was."""
        self._reloaded.set(ok)
        if ok:
            self._reloaded_at.set(at)

    def browser(self, info: BrowserInfo) -> None:
        """Shows the version of a browser that runs; a new one takes the place of the old."""
        self._browsers.labels(info.name).info(
            {
                "engine": info.engine,
                "version": info.version,
                "build": info.build,
                "protocol": info.protocol,
            }
        )

    def also(self, collector: Collector) -> None:
        """Shows what ``collector`` gathers, too."""
        self._registry.register(collector)

    def account_wait(self, seconds: float) -> None:
        """Observes how long a run waited for an account."""
        self._account_wait.observe(seconds)

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """The exposition and its content type: OpenMetrics where ``accept`` asks for it.

        ``accept`` is the request's Accept header; without it, Prometheus' text format
        0.0.4 is given.
        """
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type
