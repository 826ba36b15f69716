"""What the user asks for of the plugin: by a flag, else in the environment, else in the ini-file.

--portalwatch-report=DIR    PORTALWATCH_REPORT    portalwatch_report
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portalwatch.browsers import Places

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
MODES = ("off", "on", "retain-on-failure", "on-retry")
_RECORDED = {
    "trace": "which Playwright traces are kept, all masked; by itself as the plan says",
    "video": "which videos are kept; nothing in them is masked",
    "har": "which requests are kept as HAR files, without cookies and bodies",
}
_FAIL_ON_FLAKY = "fail the session where a check passed only after it had failed"


def add_options(parser: pytest.Parser) -> None:
    """Teach pytest what can be asked for."""
    group = parser.getgroup("portalwatch", "portalwatch: journeys of a web portal")
    for name, (metavar, about) in _PATHS.items():
        group.addoption(_flag(name), metavar=metavar, help=_help(name, about))
        parser.addini(f"portalwatch_{name}", about, default="")
    for name, about in _RECORDED.items():
        group.addoption(_flag(name), choices=MODES, help=_help(name, about))
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


def check_modes(config: pytest.Config) -> None:
    """Raise ``pytest.UsageError`` for a mode that cannot be, before anything runs."""
    for mode in (trace_mode, video_mode, har_mode):
        mode(config)
    if video_mode(config) != "off" and not Places.of_this_machine().has_ffmpeg():
        raise pytest.UsageError(
            f"--portalwatch-video={video_mode(config)}: a video needs Playwright's ffmpeg"
            " (fix: playwright install ffmpeg)"
        )


def trace_mode(config: pytest.Config) -> str | None:
    """Which traces are kept: one of ``MODES``; None where the plan decides.

    Raises ``pytest.UsageError`` where pytest-playwright is asked for traces as well.
    """
    mode = _mode(config, "trace")
    if config.getoption("--tracing", default="off") == "off":
        return mode
    if mode not in (None, "off"):
        raise pytest.UsageError(
            f"--portalwatch-trace={mode}: Playwright has one trace of a context, and --tracing"
            " takes it (leave --tracing out: its traces are not masked)"
        )
    return "off"


def video_mode(config: pytest.Config) -> str:
    """Which videos are kept: one of ``MODES``; none of ours where pytest-playwright has them."""
    if config.getoption("--video", default="off") != "off":
        return "off"
    return _mode(config, "video") or "off"


def har_mode(config: pytest.Config) -> str:
    """Of which tries a HAR file is kept: one of ``MODES``."""
    return _mode(config, "har") or "off"


def _mode(config: pytest.Config, name: str) -> str | None:
    given = (
        config.getoption(_flag(name))
        or os.environ.get(_variable(name))
        or config.getini(f"portalwatch_{name}")
    )
    if given and given not in MODES:
        known = ", ".join(MODES)
        raise pytest.UsageError(f"portalwatch_{name}: '{given}' is not known (choose from {known})")
    return given or None


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
