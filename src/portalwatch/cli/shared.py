"""What several commands share: options, exit codes, and where their output lies."""

from __future__ import annotations

import signal
import sys
from enum import IntEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

ProjectOption = Annotated[
    Path,
    typer.Option("--project", "-p", metavar="DIR", help="The project's folder, or one inside it."),
]


class Exit(IntEnum):
    """What the exit code says."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    OURS = 3


def tell(*lines: str) -> None:
    """Say something about the command itself, beside its output."""
    for line in lines:
        print(f"portalwatch: {line}", file=sys.stderr, flush=True)


def interrupted(number: signal.Signals) -> NoReturn:
    """End because of a signal, as a shell expects it of a command that cleans up first."""
    tell("interrupted")
    sys.exit(128 + number)
