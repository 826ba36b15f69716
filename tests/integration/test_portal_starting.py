"""The bundled portal as a project starts it: what is said, and what is left, when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from fixtures.portal import serve
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]

STARTS_A_PORTAL_AND_IS_KILLED = """
import os, signal
from fixtures.portal import serve

with serve() as portal:
    print(*os.listdir(os.environ["TMPDIR"]), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


def test_a_portal_that_ends_by_itself_is_told_of_at_once(caplog: pytest.LogCaptureFixture) -> None:
    before = children()
    with serve() as portal:
        (process,) = children() - before
        process.terminate()  # not killed, which would leave its folder behind
        wait_until(lambda: caplog.messages, seconds=10, what="a line in the log")
    assert caplog.messages == [
        f"the portal at {portal.url} has ended (exit code 0): checks will find it unreachable"
        " until portalwatch is restarted"
    ]


def test_a_portal_that_is_killed_is_told_of_by_its_signal(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # for the folder that it cannot remove
    before = children()
    with serve():
        (process,) = children() - before
        process.kill()
        wait_until(lambda: caplog.messages, seconds=10, what="a line in the log")
    assert "has ended (signal 9)" in caplog.text


def test_a_portal_that_is_stopped_is_not_told_of(caplog: pytest.LogCaptureFixture) -> None:
    before = children()
    with serve():
        started = children() - before
    assert not started & children()
    for watcher in [t for t in threading.enumerate() if t.name == "portal-watch"]:
        watcher.join(10)  # until it has said what it has to say
    assert caplog.messages == []


def test_nothing_is_left_of_a_portal_whose_starter_is_killed(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STARTS_A_PORTAL_AND_IS_KILLED],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout.startswith("meridian-portal-")
    wait_until(lambda: not any(tmp_path.iterdir()), seconds=20, what="an empty folder")
