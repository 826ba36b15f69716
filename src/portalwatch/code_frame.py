"""Where in the project something failed: the line, and those around it."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path
from types import TracebackType

from portalwatch.model import CodeFrame
from portalwatch.problems import is_own

_BEFORE, _AFTER = 4, 2  # lines that a reader needs to know the place


def code_frame(trace: TracebackType | None, root: Path) -> CodeFrame | None:
    """The innermost line of ``trace`` that is in the project ``root``; None where none is."""
    places = traceback.extract_tb(trace)
    return next(filter(None, (_frame(place, root) for place in reversed(places))), None)


def frame_here(root: Path) -> CodeFrame | None:
    """As ``code_frame``, of the line that is being carried out now."""
    places = traceback.extract_stack()
    return next(filter(None, (_frame(place, root) for place in reversed(places))), None)


def _frame(place: traceback.FrameSummary, root: Path) -> CodeFrame | None:
    file = Path(place.filename)
    if place.lineno is None or not is_own(place.filename) or not file.is_relative_to(root):
        return None
    lines = linecache.getlines(place.filename)
    first = max(1, place.lineno - _BEFORE)
    source = tuple(line.rstrip("\n") for line in lines[first - 1 : place.lineno + _AFTER])
    return CodeFrame(file.relative_to(root).as_posix(), place.lineno, first, source)
