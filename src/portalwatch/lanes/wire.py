"""The messages between pool and worker: one JSON object a line, over a private socket pair.

The pool sends ``setup`` once, then ``run`` messages, and closes the socket to stop the
worker. The worker sends ``ready`` once, then a ``done`` for each ``run``.
Accounts travel with their secrets here, and nowhere else: not in argv, not in the
environment, not on disk.
"""

from __future__ import annotations

import json
from typing import Any

LINE_LIMIT = 64 * 1024 * 1024  # bytes of one message; results hold consoles and tracebacks

# Exit codes of a worker, above those of the command line.
EXIT_DRIVER_GONE = 70
EXIT_STUCK = 71
EXIT_ORPHANED = 72

STUCK_FILE = "stuck.json"  # in the worker's folder: which run the watchdog found to blame


def encode(kind: str, **fields: Any) -> bytes:
    """One message as a line."""
    return json.dumps({"kind": kind, **fields}, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The message of a line. Raises ``ValueError`` for anything else."""
    message = json.loads(line)
    if not isinstance(message, dict) or "kind" not in message:
        raise ValueError("not a message between pool and worker")
    return message
