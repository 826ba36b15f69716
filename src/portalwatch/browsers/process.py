"""The operating system's side of a running browser: its process group and its profile.

Playwright tells neither. Both are read once, when the browser has started, so that a
browser can be ended after its driver has died: stock Firefox would stay for ever.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

KILL_SECONDS = 5.0  # measured: 10 to 60 ms until the last of a group has ended

_PROFILE_ARGUMENTS = ("--user-data-dir", "-profile", "--profile")


@dataclass(frozen=True, slots=True)
class BrowserProcess:
    """The first process of a browser, leader of the group of all its processes."""

    pid: int
    started: float  # with the pid it tells a process from a later one of the same number
    profile: str | None  # the temporary profile, which a killed browser leaves behind

    @property
    def alive(self) -> bool:
        """True until it has ended; a zombie has."""
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.started and (
                process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            return False

    def kill(self) -> None:
        """End the whole group, and remove the profile once nobody writes to it any more.

        Nothing to do is no error.
        """
        if not self._number_was_reused():
            kill_group(self.pid)
        if self.profile is not None:
            shutil.rmtree(self.profile, ignore_errors=True)

    def _number_was_reused(self) -> bool:
        # Not while a member of the group lives: the number stays taken as the group's.
        try:
            return psutil.Process(self.pid).create_time() != self.started
        except psutil.NoSuchProcess:
            return False


def kill_group(group: int) -> None:
    """Kill every process of the group, and wait until they have ended, ``KILL_SECONDS`` at most.

    Their zombies may stay for as long as their parents do not reap them.
    """
    with contextlib.ExitStack() as stack:
        members = list(_open_members(group, stack))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        _wait_until_ended(members)


def find_process(temporary: str) -> BrowserProcess | None:
    """The browser that this process's driver started with ``temporary`` as its ``TMPDIR``."""
    started = {
        process.pid: process
        for process in psutil.Process().children(recursive=True)
        if _environment(process).get("TMPDIR") == temporary
    }
    # Started by the driver, neither by the browser itself nor by us: Firefox's crash helper
    # leaves its parent, and is adopted by us where we are a container's first process.
    strangers = {os.getpid(), *started}
    for process in started.values():
        with contextlib.suppress(psutil.Error):
            if process.ppid() not in strangers:
                return BrowserProcess(
                    process.pid, process.create_time(), _temporary_profile(process.cmdline())
                )
    return None


def _open_members(group: int, stack: contextlib.ExitStack) -> Iterator[int]:
    """A pidfd of each process of the group: it becomes readable when the process ends."""
    for pid in psutil.pids():
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(pid) == group:
                member = os.pidfd_open(pid)
                stack.callback(os.close, member)
                yield member


def _wait_until_ended(members: Iterable[int]) -> None:
    poll = select.poll()
    running = set(members)
    for member in running:
        poll.register(member, select.POLLIN)
    deadline = time.monotonic() + KILL_SECONDS
    while running and (left := deadline - time.monotonic()) > 0:
        for member, _ in poll.poll(left * 1000):
            poll.unregister(member)
            running.discard(member)


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:  # it has ended meanwhile, or hides its environment
        return {}


def _temporary_profile(command: list[str]) -> str | None:
    for folder in _profiles(command):
        # Only a folder that Playwright made for this launch may be removed.
        if Path(folder).parent == Path(tempfile.gettempdir()) and "playwright_" in folder:
            return folder
    return None


def _profiles(command: list[str]) -> Iterator[str]:
    following = [*command[1:], ""]
    for argument, after in zip(command, following, strict=True):
        option, has_value, value = argument.partition("=")
        if option in _PROFILE_ARGUMENTS:
            yield value if has_value else after
