"""Why a worker ended."""

from __future__ import annotations

from enum import StrEnum

from portalwatch.lanes.wire import EXIT_DRIVER_GONE, EXIT_STUCK


class WorkerEnd(StrEnum):
    """Why a worker ended: a closed list, for it labels a metric."""

    RUNS = "runs"  # recycled
    AGE = "age"  # recycled
    MEMORY = "memory"  # recycled
    PLAN = "plan"  # renewed for a changed project
    STOPPED = "stopped"  # with the pool
    NOT_READY = "not_ready"  # it took too long to start
    DEADLINE = "deadline"  # killed, for it gave no answer at the deadline of a run
    STUCK = "stuck"  # a flow held it without yielding
    DRIVER = "driver"  # Playwright's driver died, or hung
    SIGNAL = "signal"  # somebody, such as the kernel short of memory, killed it
    EXIT = "exit"  # it ended by itself

    @property
    def wanted(self) -> bool:
        """True where the pool itself let it go, with nothing wrong."""
        return self in _WANTED


_WANTED = frozenset(
    {WorkerEnd.RUNS, WorkerEnd.AGE, WorkerEnd.MEMORY, WorkerEnd.PLAN, WorkerEnd.STOPPED}
)


def end_of(code: int) -> tuple[WorkerEnd, str]:
    """Why a worker ended by itself with exit code ``code``, and that in words."""
    if code < 0:
        return WorkerEnd.SIGNAL, f"killed by signal {-code}"
    if code == EXIT_DRIVER_GONE:
        return WorkerEnd.DRIVER, "its driver died or hung"
    if code == EXIT_STUCK:
        return WorkerEnd.STUCK, "it was stuck"
    return WorkerEnd.EXIT, f"exit code {code}"
