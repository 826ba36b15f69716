"""What the user asks for of the plugin: by a flag, else in the environment, else in the ini-file.

--portalwatch-report=DIR    PORTALWATCH_REPORT    portalwatch_report
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_PATHS = {
    "report": (
        "DIR",
        "write the HTML run report of the checks, with its evidence, to this folder",
    ),
    "results": (
        "FILE",
        "write the results as JSON lines, with their evidence beside them, for"
        " 'portalwatch report merge'",
    ),
}
_FAIL_ON_FLAKY = "fail the session where a check passed only after it had failed"


def add_options(parser: pytest.Parser) -> None:
    """Teach pytest what can be asked for."""
    group = parser.getgroup("portalwatch", "portalwatch: journeys of a web portal")
    for name, (metavar, about) in _PATHS.items():
        group.addoption(_flag(name), metavar=metavar, help=_help(name, about))
        parser.addini(f"portalwatch_{name}", about, default="")
    name = "fail_on_flaky"
    group.addoption(
        _flag(name), action="store_true", default=None, help=_help(name, _FAIL_ON_FLAKY)
    )
    parser.addini(f"portalwatch_{name}", _FAIL_ON_FLAKY, type="bool", default=False)


def report_folder(config: pytest.Config) -> Path | None:
    """Where the run report goes."""
    return _path(config, "report")


def results_file(config: pytest.Config) -> Path | None:
    """Where the results go as JSON lines."""
    return _path(config, "results")


def fail_on_flaky(config: pytest.Config) -> bool:
    """Whether a check that passed only after it had failed fails the session."""
    name = "fail_on_flaky"
    if config.getoption(_flag(name)):
        return True
    given = os.environ.get(_variable(name))
    if given is None:
        return bool(config.getini(f"portalwatch_{name}"))
    return given.lower() not in ("", "0", "false", "no", "off")


def _path(config: pytest.Config, name: str) -> Path | None:
    given = config.getoption(_flag(name)) or os.environ.get(_variable(name))
    if given:
        return config.invocation_params.dir / given
    in_file = config.getini(f"portalwatch_{name}")
    return config.rootpath / in_file if in_file else None


def _flag(name: str) -> str:
    return f"--portalwatch-{name.replace('_', '-')}"


def _variable(name: str) -> str:
    return f"PORTALWATCH_{name.upper()}"


def _help(name: str, about: str) -> str:
    return f"{about} (or {_variable(name)}, or portalwatch_{name} in the ini-file)"
