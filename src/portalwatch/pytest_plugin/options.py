"""What the user asks for of the plugin, on the command line or elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def report_folder(config: pytest.Config) -> Path | None:
    """Where the run report goes: the flag, else the environment, else the ini-file."""
    named = config.getoption("--portalwatch-report") or os.environ.get("PORTALWATCH_REPORT")
    if named:
        return config.invocation_params.dir / named
    in_file = config.getini("portalwatch_report")
    return config.rootpath / in_file if in_file else None
