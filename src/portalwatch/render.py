"""HTML from records: a project's ``reports`` folder decides what its readers see.

The folder is a package of pure functions (``status_page``, ``check_page``, ``run_page``,
``run_report``) with ``templates/`` and ``static/`` beside them. Here they are loaded and
joined, with what is true of every portal: words for durations and times, and escaping.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import jinja2

from portalwatch.errors import ConfigError
from portalwatch.model import BrowserInfo


@dataclass(frozen=True, slots=True)
class PlannedCheck:
    """A check as the plan has it; ``every`` is its interval in seconds, None if irregular."""

    id: str
    title: str
    browsers: tuple[str, ...]
    every: float | None = None


@dataclass(frozen=True, slots=True)
class MonitorFacts:
    """What pages say of the monitor itself; times are POSIX seconds."""

    portal: str
    version: str
    checks: tuple[PlannedCheck, ...] = ()
    browsers: tuple[BrowserInfo, ...] = ()
    portal_url: str = ""
    plan_problem: str = ""  # why the last reload of the plan was refused
    paused: tuple[str, ...] = ()  # a line for each account that no run uses any more
    started_at: float = 0.0  # of the monitor
    next_run_at: float | None = None
    product: str = "portalwatch"


class Pages:
    """The pages of one project, rendered from its ``reports`` folder.

    The folder's parent must be on ``sys.path``. Raises ``ConfigError`` where the folder
    cannot be imported or another package of its name was.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.static = self.folder / "static"
        if not self.folder.is_dir():
            raise ConfigError(f"{folder}: there is no such folder (copy it from portalwatch's own)")
        self.status_page = self._load("status_page")
        self.check_page = self._load("check_page")
        self.run_page = self._load("run_page")
        self.run_report = self._load("run_report")
        self.uptime = self._load("uptime")
        for part in (self.static, self.folder / "templates"):
            if not part.is_dir():
                raise ConfigError(f"{part}: there is no such folder (restore it)")
        self._templates = _environment(self.folder / "templates")

    def _load(self, name: str) -> ModuleType:
        full_name = f"{self.folder.name}.{name}"
        try:
            module = importlib.import_module(full_name)
        except Exception as error:  # a mistake in the project's file, of whatever kind
            problem = f"{type(error).__name__}: {error}"
            raise ConfigError(f"{self.folder / name}.py: cannot be imported: {problem}") from error
        if Path(module.__file__ or "").resolve().parent != self.folder:
            raise ConfigError(
                f"{self.folder}: another package {self.folder.name!r} is imported already, "
                f"from {module.__file__} (run portalwatch from its own environment)"
            )
        return module

    def html(self, template: str, *, now: float, **values: Any) -> str:
        """A template of the folder with ``values``; ``now`` is what "5 min ago" counts from."""
        return self._templates.get_template(template).render(now=now, **values)

    def inlined(self, *names: str) -> str:
        """Static files as one text that can stand within a page. Raises ``ConfigError`` else."""
        text = "\n".join((self.static / name).read_text(encoding="utf-8") for name in names)
        if "</" in text:
            raise ConfigError(
                f"{self.static}: {' or '.join(names)} holds '</' and cannot be inlined"
            )
        return text


def duration(seconds: float) -> str:
    """A duration in the two units that matter: "842 ms", "1.42 s", "2 min 5 s", "3 d 4 h"."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return _in_units(whole, (60, "min"), (1, "s"))
    if whole < 86400:
        return _in_units(whole, (3600, "h"), (60, "min"))
    return _in_units(whole, (86400, "d"), (3600, "h"))


def interval(seconds: float) -> str:
    """A planned span of time: "30 s", "1.5 s", "5 min"."""
    return f"{seconds:g} s" if seconds < 60 else duration(seconds)


def _in_units(seconds: int, large: tuple[int, str], small: tuple[int, str]) -> str:
    count, rest = divmod(round(seconds / small[0]), large[0] // small[0])
    return f"{count} {large[1]} {rest} {small[1]}" if rest else f"{count} {large[1]}"


def clock(at: float) -> str:
    """A point in time, to the second, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(at: float) -> str:
    """A point in time for a ``datetime`` attribute."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def short_time(at: float, pattern: str = "%H:%M") -> str:
    """A point in time in UTC, by a ``strftime`` pattern."""
    return datetime.fromtimestamp(at, UTC).strftime(pattern)


@jinja2.pass_context
def lapse(context: jinja2.runtime.Context, at: float) -> str:
    """The time between ``at`` and the page's ``now``, in one unit: "12 min"."""
    distance = abs(context["now"] - at)
    units = (("d", 86400), ("h", 3600), ("min", 60))
    name, length = next((unit for unit in units if distance >= unit[1]), ("s", 1))
    return f"{distance // length:.0f} {name}"


@jinja2.pass_context
def ago(context: jinja2.runtime.Context, at: float) -> str:
    """How long before (or after) the page's ``now``: "12 min ago", "in 20 s"."""
    distance = context["now"] - at
    if abs(distance) < 1:
        return "just now"
    return f"{lapse(context, at)} ago" if distance > 0 else f"in {lapse(context, at)}"


def percent(ratio: float | None) -> str:
    """A share of 1, rounded down: one failure among many is never "100 %"."""
    if ratio is None:
        return "–"
    hundredths = math.floor(ratio * 10_000 + 1e-6)
    return "100 %" if hundredths == 10_000 else f"{hundredths / 100:.2f} %"


def size(count: int) -> str:
    """A number of bytes: "512 B", "48 kB", "1.2 MB"."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.0f} kB" if count < 999_500 else f"{count / 1e6:.1f} MB"


def web_address(url: str) -> str:
    """``url`` where it is safe as a link, else "": results hold what a page wrote."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


_FILTERS: dict[str, Callable[..., str]] = {
    "ago": ago,
    "clock": clock,
    "duration": duration,
    "interval": interval,
    "iso": iso,
    "lapse": lapse,
    "percent": percent,
    "short_time": short_time,
    "size": size,
    "web_address": web_address,
}


def _environment(templates: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    return environment


def evidence_file(root: Path, path: str) -> Path | None:
    """The file of evidence that ``path`` names below ``root``, or None.

    Nothing outside ``root`` is ever given, also not through "..", links, or hidden names.
    """
    parts = PurePosixPath(path).parts
    if "\0" in path or not parts or any(part.startswith((".", "/")) for part in parts):
        return None
    file = root.joinpath(*parts).resolve()
    return file if file.is_relative_to(root.resolve()) and file.is_file() else None
