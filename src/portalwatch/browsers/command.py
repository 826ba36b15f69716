"""Run an installer's command quietly, within a bound."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence


def succeeds(
    command: Sequence[str], *, seconds: float, extra_environ: Mapping[str, str] | None = None
) -> bool:
    """True where ``command`` ends with status 0 within ``seconds``; else its group is killed."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(extra_environ or {})},
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return process.wait(seconds) == 0
    except BaseException as error:  # also Ctrl-C, which a session of its own does not get
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            return False
        raise
