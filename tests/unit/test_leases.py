"""One run at a time for each account, on the whole machine."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from portalwatch.leases import Leases
from tests.asynchronous import in_own_loop

HOLDER = """
import sys
from pathlib import Path
from portalwatch.leases import Leases
with Leases(Path(sys.argv[1])).hold_here(sys.argv[2:], patience=0) as name:
    print(name, flush=True)
    sys.stdin.read()
"""


def hold_blocking(leases: Leases, names: Sequence[str], patience: float = 0.0) -> str | None:
    with leases.hold_here(names, patience=patience) as name:
        return name


def hold_waiting(leases: Leases, names: Sequence[str], patience: float = 0.0) -> str | None:
    async def hold() -> str | None:
        async with leases.hold(names, patience=patience) as name:
            return name

    return in_own_loop(hold())


@pytest.fixture(params=[hold_blocking, hold_waiting], ids=["blocking", "asynchronous"])
def hold(request: pytest.FixtureRequest) -> Callable[..., str | None]:
    return request.param


@pytest.fixture
def leases(tmp_path: Path) -> Leases:
    return Leases(tmp_path / "leases")


@contextmanager
def another_process(folder: Path, *names: str) -> Iterator[tuple[str, subprocess.Popen[Any]]]:
    """A process that holds one of ``names``, until it is ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process


def test_whoever_needs_no_account_waits_for_none(hold: Any, leases: Leases) -> None:
    assert hold(leases, []) is None


def test_a_held_account_is_not_given_out_again(hold: Any, leases: Leases) -> None:
    with leases.hold_here(["amara"], patience=0):
        with pytest.raises(TimeoutError, match=r"in use for 0 s: amara"):
            hold(leases, ["amara"])
        assert hold(leases, ["amara", "daniel"]) == "daniel"
    assert hold(leases, ["amara"]) == "amara"


def test_it_is_held_against_other_processes(hold: Any, leases: Leases, tmp_path: Path) -> None:
    with another_process(tmp_path / "leases", "amara") as (name, process):
        assert name == "amara"
        with pytest.raises(TimeoutError):
            hold(leases, ["amara"])
        process.communicate()
    assert hold(leases, ["amara"]) == "amara"


def test_a_holder_that_is_killed_gives_it_back(hold: Any, leases: Leases, tmp_path: Path) -> None:
    with another_process(tmp_path / "leases", "amara") as (_, process):
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert hold(leases, ["amara"]) == "amara"


def test_it_is_waited_for_while_patience_lasts(hold: Any, leases: Leases) -> None:
    with ExitStack() as held:
        held.enter_context(leases.hold_here(["amara"], patience=0))
        giving_back = threading.Timer(0.3, held.close)
        giving_back.start()
        began = time.monotonic()
        assert hold(leases, ["amara"], 30.0) == "amara"
        giving_back.join()
        assert 0.2 < time.monotonic() - began < 10


def test_an_exception_gives_it_back(leases: Leases) -> None:
    with pytest.raises(ZeroDivisionError), leases.hold_here(["amara"], patience=0):
        1 / 0  # noqa: B018
    assert hold_blocking(leases, ["amara"]) == "amara"


def test_a_waiter_that_is_cancelled_holds_nothing(leases: Leases) -> None:
    async def give_up() -> None:
        async with asyncio.timeout(0.2):
            async with leases.hold(["amara"], patience=60):
                raise AssertionError("it is in use")

    with leases.hold_here(["amara"], patience=0), pytest.raises(TimeoutError):
        in_own_loop(give_up())
    assert hold_blocking(leases, ["amara"]) == "amara"


def test_the_longest_rested_goes_first_whichever_process_used_it(
    leases: Leases, tmp_path: Path
) -> None:
    names = ["amara", "daniel", "priya"]
    assert [hold_blocking(leases, names) for _ in range(4)] == [*names, "amara"]
    with another_process(tmp_path / "leases", *names) as (name, process):
        assert name == "daniel"
        process.communicate()
    assert hold_blocking(leases, names) == "priya"


def test_one_that_is_preferred_goes_before_those_that_rested_longer(leases: Leases) -> None:
    names = ["amara", "daniel", "priya"]
    assert [hold_blocking(leases, names) for _ in range(3)] == names
    wanted = {"daniel", "priya"}.__contains__
    with ExitStack() as held:
        taken = [
            held.enter_context(leases.hold_here(names, patience=0, prefer=wanted)) for _ in names
        ]
    assert taken == ["daniel", "priya", "amara"]


def test_every_one_of_many_waiters_gets_its_turn(leases: Leases) -> None:
    async def take_turns() -> list[int]:
        turns = []

        async def one(number: int) -> None:
            for _ in range(3):
                async with leases.hold(["amara", "daniel"], patience=60):
                    turns.append(number)
                    await asyncio.sleep(0.01)

        await asyncio.gather(*(one(number) for number in range(6)))
        return turns

    turns = in_own_loop(take_turns())
    assert sorted(turns) == [number for number in range(6) for _ in range(3)]


def test_its_files_are_for_the_owner_alone(leases: Leases, tmp_path: Path) -> None:
    hold_blocking(leases, ["amara"])
    assert (tmp_path / "leases").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "leases" / "amara.lock").stat().st_mode & 0o777 == 0o600
