"""What a piece of work costs: wall time, CPU of the whole process tree, memory."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import psutil

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one piece of work, in seconds."""

    wall: float
    cpu: float


def measured(work: Callable[[], T], *, without: int) -> tuple[T, Cost]:
    """The result of ``work`` and what it cost this process and all it started.

    ``without``: the process id of the portal, whose work is the same either way.
    """
    cpu, wall = cpu_seconds(without), time.perf_counter()
    result = work()
    return result, Cost(time.perf_counter() - wall, cpu_seconds(without) - cpu)


def cpu_seconds(without: int) -> float:
    """CPU seconds used so far by this process's tree, ended children included."""
    total = 0.0
    for process in tree(without):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def tree(without: int) -> Iterator[psutil.Process]:
    """This process and its descendants but ``without`` and its own."""
    this = psutil.Process()
    yield this
    left_out = {without}
    with contextlib.suppress(psutil.Error):
        left_out |= {child.pid for child in psutil.Process(without).children(recursive=True)}
    yield from (p for p in this.children(recursive=True) if p.pid not in left_out)
