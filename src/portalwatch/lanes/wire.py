"""The messages between pool and worker: one JSON object a line, over a private socket pair.

The pool sends ``setup`` once, then ``run`` messages, and closes the socket to stop the
worker. The worker sends ``ready`` once, then a ``done`` for each ``run``.
Accounts travel with their secrets here, and nowhere else: not in argv, not on disk, and
not in the environment, which drivers and browsers inherit (``WorkerSettings.withheld``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from portalwatch.browsers import BrowserSpec
from portalwatch.record import Record

LINE_LIMIT = 64 * 1024 * 1024  # bytes of one message; results hold consoles and tracebacks

# Exit codes of a worker, above those of the command line.
EXIT_DRIVER_GONE = 70
EXIT_STUCK = 71
EXIT_ORPHANED = 72
EXIT_FAULT = 73

STUCK_FILE = "stuck.json"  # in the worker's folder: which run the watchdog found to blame


@dataclass(frozen=True, slots=True)
class WorkerSettings(Record):
    """What a worker needs to know before its first order: the fields of ``setup``."""

    root: str  # the project's root folder
    evidence: str  # the folder for evidence
    quarantine: str  # that for evidence in which a secret was found after all
    ledger: str  # the file of used one-time codes
    budget: str  # the file of the tries at every account
    changes: str  # the folder of what was changed of accounts
    sign_ins: str  # the folder of sign-ins that checks use again
    browsers: tuple[BrowserSpec, ...]
    expect_timeout: float = 10.0  # seconds of one expectation
    stall: float = 10.0  # seconds that a flow may hold the worker without yielding
    headed: bool = False
    allowed_hosts: tuple[str, ...] = ()  # besides the portal's own
    withheld: tuple[str, ...] = ()  # environment variables that it does not inherit


def encode(kind: str, **fields: Any) -> bytes:
    """One message as a line."""
    return json.dumps({"kind": kind, **fields}, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The message of a line. Raises ``ValueError`` for anything else."""
    message = json.loads(line)
    if not isinstance(message, dict) or "kind" not in message:
        raise ValueError("not a message between pool and worker")
    return message
