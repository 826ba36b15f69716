"""Ask an installed browser for its version, without starting it and at most once a file."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from pathlib import Path

# A browser answers in 0.1 to 0.5 s. The rest is for a machine under full load.
ANSWER_SECONDS = 10.0

_NUMBER = re.compile(r"\d+(?:\.\d+)+")

# MiniBrowser wants a display before it tells its version; its library does not.
_ASK_LIBRARY = """
import ctypes, sys
webkit = ctypes.CDLL(sys.argv[1])
parts = (getattr(webkit, f"webkit_get_{part}_version")() for part in ("major", "minor", "micro"))
print(*parts, sep=".")
"""


def read_version(path: str) -> str | None:
    """The version of the browser at ``path``, None where it does not run or does not say."""
    try:
        changed = Path(path).stat().st_mtime_ns
    except OSError:
        return None
    return _ask(path, changed)


@functools.cache
def _ask(path: str, _changed: int) -> str | None:
    command = [path, "--version"]
    if Path(path).name == "MiniBrowser":
        library = f"lib{Path(path).parent.name}.so.0"  # …/webkit2gtk-4.1/MiniBrowser
        command = [sys.executable, "-I", "-c", _ASK_LIBRARY, library]
    try:
        answer = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = _NUMBER.search(answer.stdout)
    return number.group() if answer.returncode == 0 and number else None
