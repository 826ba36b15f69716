"""A small project for tests of pytest and of the command line, with a portal of three pages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

PLAN = """\
portal:
  name: Small Portal
  start: fixtures.portal:serve
defaults:
  deadline: 30s
  timeout: 10s
  browsers: [chromium]
accounts:
  amara:
    user_id: amara
    name: Amara
    password: {env: AMARA_PASSWORD}
checks:
"""

INI = """\
[pytest]
python_files = checks/*.py test_*.py
python_functions = check_* test_*
addopts = --strict-markers --strict-config
"""

# A portal of the project's own process: it starts in no time.
PORTAL = """
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from portalwatch.project import StartedPortal

PAGES = {
    "/": "<title>Home</title><h1>Welcome</h1><label>Password <input type=password></label>",
    "/broken": None,
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGES.get(self.path, "<h1>Not here</h1>")
        self.send_response(500 if page is None else 200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write((page or "<h1>Oh no</h1>").encode())

    def log_message(self, *_):
        pass


@contextmanager
def serve():
    Path(__file__).with_name("started").touch()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield StartedPortal(url, {"AMARA_PASSWORD": "s3cret-of-amara"})
        finally:
            server.shutdown()
            thread.join()
"""

CHECKS_HEAD = """
import os
import pytest
from playwright.sync_api import expect
from portalwatch.journey import Journey
from portalwatch.model import Cause

"""


def make_project(root: Path, checks: str, *, plan: str = "", reports: bool = True) -> Path:
    """A project in ``root`` with ``checks`` in checks/home.py; ``plan`` are its entries."""
    files = {
        "portalwatch.yaml": PLAN + (plan or "  - check: home.is_there\n"),
        "pytest.ini": INI,
        "checks/__init__.py": "",
        "checks/home.py": CHECKS_HEAD + checks,
        "fixtures/__init__.py": "",
        "fixtures/portal.py": PORTAL,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "conftest.py", root)
    if reports:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "reports", root / "reports", ignore=ignored)
    return root


def portal_was_started(root: Path) -> bool:
    """Whether the project in ``root`` had its portal started since it was made."""
    return (root / "fixtures" / "started").exists()


def run_pytest(
    root: Path, *arguments: str, seconds: float = 180, **environ: str
) -> subprocess.CompletedProcess[str]:
    """pytest in the project, as a user runs it."""
    # A short name: Chromium keeps a socket below it, whose path may have 107 bytes. What a
    # process that ends its own life leaves there goes with the folder.
    with tempfile.TemporaryDirectory(prefix="p-", ignore_cleanup_errors=True) as temporary:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "--basetemp", f"{root.parent}/temporary", *arguments],
            cwd=root,
            # Lines as on a wide terminal: pytest cuts those of its summary.
            env={**users_environment(), "COLUMNS": "200", "TMPDIR": temporary, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )


# Plugins of our own tests, which no user has: two thirds of the time that pytest takes to start.
NOT_THE_USERS = "-p no:hypothesispytest -p no:faker -p no:anyio"


def users_environment() -> dict[str, str]:
    """The environment without what makes pytest behave as in CI, or show a window."""
    unwanted = ("CI", "BUILD_NUMBER", "PYTEST_XDIST_WORKER", "DISPLAY")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PYTEST_ADDOPTS": NOT_THE_USERS}
