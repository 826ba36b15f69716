"""Work that nobody has to wait for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from portalwatch.daemon_thread import in_daemon_thread


def test_it_gives_what_the_work_gives() -> None:
    assert in_daemon_thread(lambda: 27).result(10) == 27


def test_it_raises_what_the_work_raises() -> None:
    def exits() -> None:
        raise SystemExit("enough")

    with pytest.raises(SystemExit, match="enough"):
        in_daemon_thread(exits).result(10)


def test_a_program_ends_without_it() -> None:
    script = (
        "import threading; from portalwatch.daemon_thread import in_daemon_thread;"
        "in_daemon_thread(threading.Event().wait)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=30).returncode == 0
