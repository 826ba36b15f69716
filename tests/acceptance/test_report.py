"""``portalwatch report --serve`` as its users start and end it."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import COMMAND, Portalwatch
from tests.small_project import users_environment


@pytest.fixture
def reported(small: Path, portalwatch: Portalwatch) -> Path:
    """A project with results in its store."""
    assert portalwatch("run", "--once", at=small).returncode == 0
    return small


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_is_served_until_a_signal_ends_it(reported: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "report", "--serve"],
        cwd=reported,
        env=users_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{reported}/var/report/index.html\n"
        address = process.stdout.readline().removeprefix("Report: ").strip()
        assert address.startswith("http://127.0.0.1:")
        assert "1 run passed" in httpx.get(address).text
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def test_a_report_that_is_there_is_served_from_anywhere(
    portalwatch: Portalwatch, reported: Path, tmp_path: Path
) -> None:
    assert portalwatch("report", "--to", "elsewhere", at=reported).returncode == 0
    outside = tmp_path / "outside"
    outside.mkdir()
    with subprocess.Popen(
        [*COMMAND, "report", "--serve", "--from", str(reported / "elsewhere")],
        cwd=outside,
        env=users_environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().removeprefix("Report: ").strip()
        assert "1 run passed" in httpx.get(address).text
        process.terminate()
        assert process.wait(30) == 0
    ran = portalwatch("report", "--serve", "--from", str(outside), at=outside)
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"portalwatch: {outside}/index.html: there is no such report")


def test_what_cannot_be_is_told_in_a_line(portalwatch: Portalwatch, reported: Path) -> None:
    ran = portalwatch("report", "--serve", "--from", "x", "--single-file", at=reported)
    assert ran.returncode == 2
    assert "--single-file: not together with --from" in ran.stderr
    ran = portalwatch("report", "--from", "x", at=reported)
    assert ran.returncode == 2
    assert "--from, --listen: only together with --serve" in ran.stderr
    ran = portalwatch("report", "--serve", "--listen", "9000", at=reported)
    assert ran.stderr == "portalwatch: --listen: '9000' has no port (try '127.0.0.1:9464')\n"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        ran = portalwatch("report", "--serve", "--listen", place, at=reported)
    assert ran.returncode == 2
    assert f"portalwatch: --listen: {place} cannot be listened on" in ran.stderr
