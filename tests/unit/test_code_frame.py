"""The line of the project that failed, among its neighbours."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

from portalwatch.code_frame import code_frame, frame_here

SOURCE = '''\
from portalwatch.code_frame import frame_here
from json import loads


def sign_in(text):
    """One that fails in a library."""
    first = 1
    return loads(text), first


def here(root):
    return frame_here(root)
'''


def module_in(root: Path) -> ModuleType:
    file = root / "flows" / "login.py"
    file.parent.mkdir()
    file.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("flows_of_a_test", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def failure(root: Path) -> Exception:
    try:
        module_in(root).sign_in("{")
    except json.JSONDecodeError as problem:
        return problem
    raise AssertionError("it did not fail")


def test_it_is_the_innermost_line_of_the_project_not_of_a_library(tmp_path: Path) -> None:
    frame = code_frame(failure(tmp_path).__traceback__, tmp_path)
    assert frame is not None
    assert (frame.file, frame.line, frame.first) == ("flows/login.py", 8, 4)
    assert frame.source == tuple(SOURCE.splitlines()[3:10])


def test_a_failure_outside_of_the_project_has_none(tmp_path: Path) -> None:
    problem = failure(tmp_path)
    assert code_frame(problem.__traceback__, tmp_path / "checks") is None
    assert code_frame(None, tmp_path) is None


def test_it_is_told_of_the_line_that_is_carried_out_now(tmp_path: Path) -> None:
    frame = module_in(tmp_path).here(tmp_path)
    assert frame is not None
    assert (frame.line, frame.source[frame.line - frame.first]) == (
        12,
        "    return frame_here(root)",
    )
    assert frame_here(tmp_path) is None
