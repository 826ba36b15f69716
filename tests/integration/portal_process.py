"""``python -m portal`` in a process of its own, for tests that come to it from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0

Said = dict[str, Any]  # what a portal prints once it is ready


@contextmanager
def portal_process(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
    seconds: float = START_SECONDS,
) -> Iterator[tuple[subprocess.Popen[str], Said]]:
    """A portal that is ready within ``seconds``; it ends with the context.

    Its standard error goes to ``log``, or else where that of the test goes: pytest shows it.
    """
    with ExitStack() as files:
        # A file, not a pipe: a line of it is looked for, and never waited for without end.
        out = files.enter_context(tempfile.NamedTemporaryFile("w", prefix="portal-said-"))
        process = subprocess.Popen(
            [sys.executable, "-m", "portal", "--json", "--with-parent", *arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,  # its end is how the portal knows that the test is over
            stdout=out,
            stderr=files.enter_context(log.open("w")) if log else None,
            text=True,
        )
        said = Path(out.name)
        with process:
            try:
                yield process, _ready(process, said, log, seconds)
            finally:
                process.stdin.close()


def _ready(
    process: subprocess.Popen[str], said: Path, log: Path | None, seconds: float
) -> dict[str, Any]:
    """What the portal says once it is ready; it is killed if that is too late."""

    def output() -> str:
        return said.read_text() + (log.read_text() if log else "")

    def line() -> str:
        ended = process.poll() is not None  # looked at first: what it has said is all then
        found = said.read_text()
        assert found.endswith("\n") or not ended, f"the portal has ended\n{output()}"
        return found if found.endswith("\n") else ""

    try:
        return json.loads(wait_until(line, seconds=seconds, what="a portal is ready", said=output))
    except BaseException:
        process.kill()
        raise
