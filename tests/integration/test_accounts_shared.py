"""Many lanes share few accounts, on a portal that refuses a code that it has seen.

``PORTALWATCH_TEST_FULL=1`` makes it 500 runs each, which take about twelve minutes.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import psutil
import pyotp
import pytest

from portalwatch.account import Account
from portalwatch.leases import FileLeases
from portalwatch.model import Cause, Outcome, Result
from portalwatch.secrets import Secret
from tests.asynchronous import in_own_loop
from tests.integration.yard import Yard

RUNS = 500 if os.environ.get("PORTALWATCH_TEST_FULL") == "1" else 24
LANES = 8  # over two workers
KILL_EVERY = max(8, RUNS // 20)  # results
PERIOD = 5  # seconds of a code: with a portal's 30 it would take hours
ACCOUNTS = {
    name: Account(
        name,
        f"{name}.okafor",
        name,
        password=Secret(f"the password of {name}"),
        totp_secret=Secret(f"otpauth://totp/{name}?secret={pyotp.random_base32()}&period={PERIOD}"),
        attempts=1000,
    )
    for name in ("amara", "bruno", "chen")
}

CHECK = '''
def check_signs_in(journey):
    """A provider signs in with a code of the app."""
    page = journey.page
    page.goto("/")
    page.get_by_label("User ID").fill(journey.account.user_id)
    page.get_by_label("Code").fill(journey.one_time_code())
    page.get_by_role("button").click()
    page.get_by_role("heading", name="Inside").wait_for()
    journey.signed_in()
'''

FORM = """<h1>Sign in</h1><form method="post"><label>User ID <input name="user"></label>
<label>Code <input name="code" autocomplete="one-time-code"></label><button>Go</button></form>"""


@dataclass
class StrictPortal:
    """Takes each code of an account once, and only in its own step."""

    url: str = ""
    taken: set[tuple[str, str, int]] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sign_in(self, user: str, code: str) -> bool:
        totp = pyotp.parse_uri(ACCOUNTS[user.partition(".")[0]].totp_secret.reveal())
        step = int(time.time()) // PERIOD
        with self.lock:
            known = next((s for s in (step, step - 1) if totp.generate_otp(s) == code), None)
            if known is None:
                self.refused.append(f"{user}: a code of no step")
            elif (user, code, known) in self.taken:
                self.refused.append(f"{user}: a code for the second time")
            else:
                self.taken.add((user, code, known))
                return True
        return False


@contextmanager
def served(portal: StrictPortal) -> Iterator[StrictPortal]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(FORM)

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            form = parse_qs(self.rfile.read(length).decode())
            let_in = portal.sign_in(form["user"][0], form["code"][0])
            self.answer("<h1>Inside</h1>" if let_in else "<h1>Refused</h1>")

        def answer(self, body: str) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        portal.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield portal
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def strict() -> Iterator[StrictPortal]:
    with served(StrictPortal()) as portal:
        yield portal


async def all_runs(
    yard: Yard, strict: StrictPortal, *, kill_every: int = 0
) -> tuple[list[Result], list[float]]:
    """The results of ``RUNS`` runs by ``LANES`` lanes, and how long each waited for its account.

    ``kill_every`` so many results a worker is killed.
    """
    yard.write_checks(CHECK, "shared")
    leases = FileLeases(yard.root / "var" / "leases")
    waits: list[float] = []
    results: list[Result] = []
    left = iter(range(RUNS))
    dice = random.Random(27)

    async with yard.pool(workers=2, lanes=LANES // 2) as pool:

        async def lane() -> None:
            for _ in left:
                order = yard.order(check="shared.signs_in", base_url=strict.url, deadline=60.0)
                began = time.monotonic()
                async with leases.hold(tuple(ACCOUNTS), patience=300.0) as name:
                    waits.append(time.monotonic() - began)
                    assert name is not None
                    results.append(await pool.run(order, ACCOUNTS[name]))
                if kill_every and len(results) % kill_every == 0:
                    victim = dice.choice(sorted(pool.pids))
                    psutil.Process(victim).send_signal(signal.SIGKILL)

        await asyncio.gather(*(lane() for _ in range(LANES)))
    return results, waits


def passed_by(results: list[Result]) -> list[int]:
    """For each run, how many that asked for an account later were given one earlier."""
    began = [(result.scheduled_at, result.last.started_at) for result in results]
    return [sum(asked > own and given < begun for asked, given in began) for own, begun in began]


def told(waits: list[float]) -> str:
    p50, p99 = (statistics.quantiles(waits, n=100)[at] for at in (49, 98))
    return f"{len(waits)} runs waited for an account: p50 {p50:.1f} s, p99 {p99:.1f} s"


def test_no_code_is_submitted_twice_and_nobody_waits_for_ever(
    yard: Yard, strict: StrictPortal
) -> None:
    results, waits = in_own_loop(all_runs(yard, strict))
    print(told(waits))
    assert strict.refused == []
    assert {(result.outcome, result.last.message) for result in results} == {(Outcome.PASS, "")}
    assert len(results) == len(strict.taken) == RUNS
    # In turn: nobody is passed by. Who came before is one run of each other lane.
    assert max(passed_by(results)) < LANES


def test_nor_where_workers_are_killed(yard: Yard, strict: StrictPortal) -> None:
    results, waits = in_own_loop(all_runs(yard, strict, kill_every=KILL_EVERY))
    print(told(waits))
    assert strict.refused == []
    assert len(results) == len({result.run_id for result in results}) == RUNS
    assert {result.outcome for result in results} <= {Outcome.PASS, Outcome.ERROR}
    ours = {result.cause for result in results} - {None}
    assert ours <= {Cause.WORKER_CRASHED, Cause.BROWSER_CRASHED}
    # Each of those that are killed takes along what it had under way, three accounts at most.
    lost = sum(result.outcome is Outcome.ERROR for result in results)
    assert lost <= len(ACCOUNTS) * (RUNS // KILL_EVERY)
