"""How long the portal's main pages take, asked for one at a time by somebody signed in.

Each page is asked for in rounds, so that a busy moment of the machine falls on all of them.
Beside the time stands the processor time that it cost the portal, which no other program
adds to. Signing in, which is hashing of passwords, is not part of it.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx
import psutil

from bench import portal_pages
from fixtures.portal import serve
from portal.accounts.cast import CastMember, cast

# Targets, in milliseconds: of the median page, and of every list, search and report.
_MEDIAN_PAGE, _LIST = 30, 300
_READY_SECONDS = 600  # a million records take one minute, on a busy machine more


@dataclass(slots=True)
class Times:
    """Of one page, in milliseconds."""

    path: str
    wall: list[float] = field(default_factory=list)
    cpu: float = 0.0  # of all rounds

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def p95(self) -> float:
        return sorted(self.wall)[max(0, round(0.95 * len(self.wall)) - 1)]


def bench_portal(arguments: argparse.Namespace) -> None:
    """Starts a portal with as many records as ``arguments`` say, and measures its pages."""
    size = ["--patients", str(arguments.patients), "--transactions", str(arguments.transactions)]
    began = time.perf_counter()
    with serve(*size, ready_seconds=_READY_SECONDS) as started:
        took = time.perf_counter() - began
        print(f"portal with {arguments.transactions:,} transactions, half of them of this practice")
        print(f"ready after {took:.1f} s", flush=True)
        portal = next(c for c in psutil.Process().children() if "portal" in c.cmdline())
        _measure(started.url, cast()[0], portal, arguments.requests)


def _measure(url: str, member: CastMember, portal: psutil.Process, rounds: int) -> None:
    """Prints how long each page took, beside what the targets ask for."""
    with httpx.Client(base_url=url, timeout=60) as visitor:

        def get(path: str) -> str:
            answer = visitor.get(path)
            if answer.status_code != 200:
                raise SystemExit(f"bench: {path}: status {answer.status_code}")
            return answer.text

        public = {name: Times(path) for name, path in portal_pages.public()}
        _ask(get, public, portal, rounds)
        _sign_in(visitor, get, member)
        inner = {name: Times(path) for name, path in portal_pages.signed_in(get)}
        _ask(get, inner, portal, rounds)
    print(*lines(public | inner), sep="\n", flush=True)


def lines(pages: Mapping[str, Times]) -> Iterator[str]:
    """What came of it: a line for each page, the slowest first, then what the targets ask for."""
    yield f"{'page':<44}{'median':>9}{'p95':>9}{'worst':>9}{'CPU':>9}   milliseconds"
    for name, times in sorted(pages.items(), key=lambda page: -page[1].median):
        target = f"   (under {_LIST})" if portal_pages.is_list(times.path) else ""
        yield (
            f"{name:<44}{times.median:>9.1f}{times.p95:>9.1f}{max(times.wall):>9.1f}"
            f"{times.cpu / len(times.wall):>9.1f}{target}"
        )
    middle = statistics.median(times.median for times in pages.values())
    yield f"{'median page':<44}{middle:>9.1f}   (under {_MEDIAN_PAGE}, with the default records)"
    slowest = max(times.median for times in pages.values() if portal_pages.is_list(times.path))
    yield (
        f"{'slowest list, search or report':<44}{slowest:>9.1f}"
        f"   (under {_LIST}, with 1,000,000 transactions)"
    )


def _ask(get: portal_pages.Get, pages: dict[str, Times], portal: psutil.Process, n: int) -> None:
    for times in pages.values():
        get(times.path)  # the first time, its template is compiled
    for _ in range(n):
        for times in pages.values():
            cpu, wall = _cpu(portal), time.perf_counter()
            get(times.path)
            times.wall.append(1000 * (time.perf_counter() - wall))
            times.cpu += 1000 * (_cpu(portal) - cpu)


def _cpu(process: psutil.Process) -> float:
    """Seconds, to a hundredth: only a mean of many rounds is finer."""
    used = process.cpu_times()
    return used.user + used.system


def _sign_in(visitor: httpx.Client, get: portal_pages.Get, member: CastMember) -> None:
    get("/sign-in/")
    answer = visitor.post(
        "/sign-in/",
        data={
            "csrfmiddlewaretoken": visitor.cookies["csrf"],
            "user_id": member.user_id,
            "password": member.password,
        },
        headers={"Referer": str(visitor.base_url)},
    )
    if answer.status_code != 302:
        raise SystemExit(f"bench: signing in: status {answer.status_code}")
