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

from portalwatch.leases import FileLeases
from tests.asynchronous import in_own_loop
from tests.waiting import wait_until

HOLDER = """
import sys
from pathlib import Path
from portalwatch.leases import FileLeases
patience, *names = sys.argv[2:]
with FileLeases(Path(sys.argv[1])).hold_here(names, patience=float(patience)) as name:
    print(name, flush=True)
    sys.stdin.read()
"""


def hold_blocking(leases: FileLeases, names: Sequence[str], patience: float = 0.0) -> str | None:
    with leases.hold_here(names, patience=patience) as name:
        return name


def hold_waiting(leases: FileLeases, names: Sequence[str], patience: float = 0.0) -> str | None:
    async def hold() -> str | None:
        async with leases.hold(names, patience=patience) as name:
            return name

    return in_own_loop(hold())


@pytest.fixture(params=[hold_blocking, hold_waiting], ids=["blocking", "asynchronous"])
def hold(request: pytest.FixtureRequest) -> Callable[..., str | None]:
    return request.param


@pytest.fixture
def leases(tmp_path: Path) -> FileLeases:
    return FileLeases(tmp_path / "leases")


@contextmanager
def another_process(folder: Path, *names: str) -> Iterator[tuple[str, subprocess.Popen[Any]]]:
    """A process that holds one of ``names``, until it is ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), "0", *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process


def test_whoever_needs_no_account_waits_for_none(hold: Any, leases: FileLeases) -> None:
    assert hold(leases, []) is None


def test_a_held_account_is_not_given_out_again(hold: Any, leases: FileLeases) -> None:
    with leases.hold_here(["amara"], patience=0):
        with pytest.raises(TimeoutError, match=r"in use for 0 s: amara"):
            hold(leases, ["amara"])
        assert hold(leases, ["amara", "daniel"]) == "daniel"
    assert hold(leases, ["amara"]) == "amara"


def test_it_is_held_against_other_processes(hold: Any, leases: FileLeases, tmp_path: Path) -> None:
    with another_process(tmp_path / "leases", "amara") as (name, process):
        assert name == "amara"
        with pytest.raises(TimeoutError):
            hold(leases, ["amara"])
        process.communicate()
    assert hold(leases, ["amara"]) == "amara"


def test_a_holder_that_is_killed_gives_it_back(
    hold: Any, leases: FileLeases, tmp_path: Path
) -> None:
    with another_process(tmp_path / "leases", "amara") as (_, process):
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert hold(leases, ["amara"]) == "amara"


def test_it_is_waited_for_while_patience_lasts(hold: Any, leases: FileLeases) -> None:
    with ExitStack() as held:
        held.enter_context(leases.hold_here(["amara"], patience=0))
        giving_back = threading.Timer(0.3, held.close)
        giving_back.start()
        began = time.monotonic()
        assert hold(leases, ["amara"], 30.0) == "amara"
        giving_back.join()
        assert 0.2 < time.monotonic() - began < 10


def test_an_exception_gives_it_back(leases: FileLeases) -> None:
    with pytest.raises(ZeroDivisionError), leases.hold_here(["amara"], patience=0):
        1 / 0  # noqa: B018
    assert hold_blocking(leases, ["amara"]) == "amara"


def test_a_waiter_that_is_cancelled_holds_nothing(leases: FileLeases) -> None:
    async def give_up() -> None:
        async with asyncio.timeout(0.2):
            async with leases.hold(["amara"], patience=60):
                raise AssertionError("it is in use")

    with leases.hold_here(["amara"], patience=0), pytest.raises(TimeoutError):
        in_own_loop(give_up())
    assert hold_blocking(leases, ["amara"]) == "amara"


def test_the_longest_rested_goes_first_whichever_process_used_it(
    leases: FileLeases, tmp_path: Path
) -> None:
    names = ["amara", "daniel", "priya"]
    assert [hold_blocking(leases, names) for _ in range(4)] == [*names, "amara"]
    with another_process(tmp_path / "leases", *names) as (name, process):
        assert name == "daniel"
        process.communicate()
    assert hold_blocking(leases, names) == "priya"


def test_one_that_is_preferred_goes_before_those_that_rested_longer(leases: FileLeases) -> None:
    names = ["amara", "daniel", "priya"]
    assert [hold_blocking(leases, names) for _ in range(3)] == names
    wanted = {"daniel", "priya"}.__contains__
    with ExitStack() as held:
        taken = [
            held.enter_context(leases.hold_here(names, patience=0, prefer=wanted)) for _ in names
        ]
    assert taken == ["daniel", "priya", "amara"]


def test_every_one_of_many_waiters_gets_its_turn(leases: FileLeases) -> None:
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


def in_line(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("*.waits"))


@contextmanager
def waiting_process(folder: Path, *names: str) -> Iterator[subprocess.Popen[Any]]:
    """A process that waits for one of ``names``; its place in the line is taken."""
    before = in_line(folder)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), "60", *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        wait_until(lambda: len(in_line(folder)) > len(before), seconds=20, what="its place")
        yield process
        process.kill()


def test_who_came_first_is_served_first_whichever_process_it_is_of(
    hold: Any, leases: FileLeases, tmp_path: Path
) -> None:
    folder = tmp_path / "leases"
    with ExitStack() as held:
        held.enter_context(leases.hold_here(["amara"], patience=0))
        with waiting_process(folder, "amara") as first, waiting_process(folder, "amara") as second:
            held.close()  # it is free now, and not for whoever comes now
            with pytest.raises(TimeoutError):
                hold(leases, ["amara"])
            assert first.stdout is not None
            assert first.stdout.readline() == "amara\n"
            os.kill(first.pid, signal.SIGKILL)
            assert second.stdout is not None
            assert second.stdout.readline() == "amara\n"
        assert in_line(folder) == []


def test_the_place_of_a_process_that_was_killed_is_free(
    hold: Any, leases: FileLeases, tmp_path: Path
) -> None:
    folder = tmp_path / "leases"
    with ExitStack() as held:
        held.enter_context(leases.hold_here(["amara"], patience=0))
        with waiting_process(folder, "amara") as process:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            assert len(in_line(folder)) == 1
        held.close()
        assert hold(leases, ["amara"]) == "amara"
    assert in_line(folder) == []


def test_nobody_waits_for_those_who_want_another(
    hold: Any, leases: FileLeases, tmp_path: Path
) -> None:
    with (
        leases.hold_here(["amara"], patience=0),
        waiting_process(tmp_path / "leases", "amara"),
    ):
        assert hold(leases, ["amara", "daniel"]) == "daniel"


def test_within_a_process_turns_come_in_the_order_of_coming(leases: FileLeases) -> None:
    served = []

    async def one(number: int) -> None:
        async with leases.hold(["amara"], patience=60):
            served.append(number)

    async def all_of_them() -> None:
        async with leases.hold(["amara"], patience=0):
            waiting = [asyncio.create_task(one(number)) for number in range(8)]
            await asyncio.sleep(0)
            waiting[3].cancel()  # whoever gives up keeps nobody waiting
        await asyncio.gather(*waiting, return_exceptions=True)

    in_own_loop(all_of_them())
    assert served == [0, 1, 2, 4, 5, 6, 7]


def test_its_files_are_for_the_owner_alone(leases: FileLeases, tmp_path: Path) -> None:
    hold_blocking(leases, ["amara"])
    assert (tmp_path / "leases").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "leases" / "amara.lock").stat().st_mode & 0o777 == 0o600
