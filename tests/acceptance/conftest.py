"""The whole product, as its users start it: on a copy of the bundled project, or a small one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import chromium, project_copy, short_project, visit
from tests.small_project import make_project, users_environment

__all__ = ["chromium", "project_copy", "short_project", "visit"]  # fixtures

Portalwatch = Callable[..., subprocess.CompletedProcess[str]]

COMMAND = [sys.executable, "-m", "portalwatch.cli"]

SECRETS = {
    "PORTALWATCH_BASIC_PASSWORD": "of-another-portal",
    **{
        f"PORTALWATCH_{account}_{what}": value
        for account in ("TOTP", "TOTP_1", "TOTP_2", "TOTP_3")
        for what, value in (("PASSWORD", "of-another-portal"), ("SECRET", "JBSWY3DPEHPK3PXP" * 2))
    },
}
"""Secrets for the bundled plan where it does not start its portal, which would tell them."""

IS_THERE = '''
def check_is_there(journey: Journey) -> None:
    """The home page is there."""
    with journey.step("open it"):
        journey.page.goto("/")
    expect(journey.page.get_by_role("heading")).to_have_text("Welcome")
'''


@pytest.fixture(scope="session")
def portalwatch() -> Portalwatch:
    """The command line, run to its end in the folder ``at``."""

    def run(
        *arguments: str, at: Path, seconds: float = 180, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=at,
            env={**users_environment(), **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    return run


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small project with one check that passes."""
    return make_project(tmp_path / "project", IS_THERE)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for a command's temporary files, to see what it leaves there."""
    # A short path: browsers keep sockets in it, whose paths have a limit.
    folder = Path(tempfile.mkdtemp(prefix="pwt-"))
    yield folder
    shutil.rmtree(folder)
