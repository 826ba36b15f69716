"""What checks a project has, read from the source of ``checks/*.py`` without running it.

The monitor's parent process asks here, so that no check ever runs in it and a
reload sees the files as they are now; workers import the checks through ``project``.
"""

from __future__ import annotations

import ast
import inspect
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portalwatch.destructive import MARK
from portalwatch.errors import ConfigError

FOLDER = "checks"
PREFIX = "check_"

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class CheckDescription:
    """A check as its source describes it."""

    id: str  # "login.provider_signs_in" of check_provider_signs_in in checks/login.py
    title: str  # the first line of its docstring
    file: str  # relative to the project's root
    line: int
    destructive: bool = False  # it locks or changes its account

    @property
    def module(self) -> str:
        """The module to import: ``checks.login``."""
        return f"{FOLDER}.{self.id.partition('.')[0]}"

    @property
    def function_name(self) -> str:
        """The function in that module: ``check_provider_signs_in``."""
        return PREFIX + self.id.partition(".")[2]


def describe_checks(root: Path) -> dict[str, CheckDescription]:
    """The checks of the project in ``root`` by id, in the order of files and lines.

    Raises:
        ConfigError: with every file that cannot be parsed and every check that is
            written twice, has no docstring, or does not take exactly ``journey``.
    """
    described: dict[str, CheckDescription] = {}
    problems: list[str] = []
    for path in _files(root):
        file = f"{FOLDER}/{path.name}"
        try:
            tree = _parse(path)
        except SyntaxError as exc:
            problems.append(f"{file}:{exc.lineno or 1}: is not Python: {exc.msg} (mend the line)")
            continue
        except OSError as exc:
            problems.append(f"{file}: cannot be read: {exc.strerror} (check its permissions)")
            continue
        for function in _check_functions(tree):
            place = f"{file}:{function.lineno}: {function.name}"
            problems += [f"{place} {problem}" for problem in _problems_of(function)]
            check = _description(path.stem, file, function)
            if check.id in described:
                first = described[check.id].line
                problems.append(f"{place} is defined here and on line {first} (rename one)")
            described[check.id] = check
    if problems:
        raise ConfigError(*problems)
    return described


def _files(root: Path) -> list[Path]:
    found = (root / FOLDER).glob("*.py")
    return sorted(p for p in found if not p.name.startswith("_") and p.name != "conftest.py")


def _parse(path: Path) -> ast.Module:
    with tokenize.open(path) as source:  # honours the file's coding line, as Python does
        try:
            return ast.parse(source.read(), filename=str(path))
        except ValueError as exc:  # null bytes, or not in the encoding
            raise SyntaxError(str(exc)) from exc


def _check_functions(tree: ast.Module) -> Iterator[_Function]:
    for node in tree.body:
        if isinstance(node, _Function) and node.name.removeprefix(PREFIX) not in ("", node.name):
            yield node


def _description(stem: str, file: str, function: _Function) -> CheckDescription:
    docstring = inspect.cleandoc(ast.get_docstring(function) or "")
    title = docstring.partition("\n")[0].strip()
    name = function.name.removeprefix(PREFIX)
    marked = any(_is_mark(decorator) for decorator in function.decorator_list)
    return CheckDescription(f"{stem}.{name}", title, file, function.lineno, marked)


def _is_mark(decorator: ast.expr) -> bool:
    """True of ``@destructive``, also as the name in a module."""
    name = decorator.attr if isinstance(decorator, ast.Attribute) else decorator
    return name == MARK or (isinstance(name, ast.Name) and name.id == MARK)


def _problems_of(function: _Function) -> Iterator[str]:
    if isinstance(function, ast.AsyncFunctionDef):
        yield "is asynchronous (write 'def', and call the journey's methods without 'await')"
    a = function.args
    names = [arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    if names != ["journey"] or a.kwonlyargs or a.vararg or a.kwarg:
        yield f"must take exactly one parameter (write 'def {function.name}(journey)')"
    if not (ast.get_docstring(function) or "").strip():
        yield "has no docstring (its first line is the check's title in every report)"
