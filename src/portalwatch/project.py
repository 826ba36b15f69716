"""A portalwatch project: the folder with ``portalwatch.yaml``, and the code beside it."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from portalwatch.check_files import CheckDescription, describe_checks
from portalwatch.diagnosis import PortalSays
from portalwatch.errors import ConfigError, PortalwatchError

PLAN_FILE = "portalwatch.yaml"
FOLDERS = ("flows", "checks", "fixtures", "reports", "portal")
"""The project's packages; imported from its root by these bare names."""

_PAGES = ("flows/pages.py", "flows/pages/__init__.py")  # where PORTAL_SAYS may stand


@dataclass(frozen=True, slots=True)
class Project:
    """Where the parts of a project are. Nothing is read before it is asked for."""

    root: Path

    @property
    def plan_file(self) -> Path:
        """The plan: which checks, how often, on which browsers."""
        return self.root / PLAN_FILE

    @property
    def var(self) -> Path:
        """Where everything is kept that portalwatch writes; not under version control."""
        return self.root / "var"

    @property
    def store_file(self) -> Path:
        """The database with the results."""
        return self.var / "portalwatch.sqlite3"

    @property
    def evidence_folder(self) -> Path:
        """Where evidence is kept."""
        return self.var / "evidence"

    @property
    def quarantine_folder(self) -> Path:
        """Where evidence goes in which a secret was found after all. Nothing publishes it."""
        return self.var / "quarantine"

    @property
    def ledger_file(self) -> Path:
        """Which one-time codes were used."""
        return self.var / "one-time-codes.sqlite3"

    @property
    def budget_file(self) -> Path:
        """How many failed sign-ins may be held against each account."""
        return self.var / "accounts.sqlite3"

    @property
    def leases_folder(self) -> Path:
        """Which accounts are in use."""
        return self.var / "leases"

    @property
    def sign_ins_folder(self) -> Path:
        """The sign-ins that checks use again, encrypted."""
        return self.var / "sign-ins"

    @property
    def changes_folder(self) -> Path:
        """What destructive checks have changed of accounts, sealed."""
        return self.var / "account-changes"

    @property
    def report_folder(self) -> Path:
        """Where a report goes when no other place is asked for."""
        return self.var / "report"


def refuse_read_only(root: Path) -> None:
    """Raise ``ConfigError`` where nothing can be kept below the project's folder ``root``."""
    var = Project(root).var
    if var.exists() and not var.is_dir():
        raise ConfigError(f"{var}: is no folder, and runs keep their results in it (move it away)")
    place = var if var.exists() else root
    if not os.access(place, os.W_OK | os.X_OK):
        raise ConfigError(
            f"{place}: cannot be written, and runs keep their results and counts of tries in"
            f" {var.name}/ (give this user the right to write there)"
        )


@dataclass(frozen=True, slots=True)
class StartedPortal:
    """A portal to watch. What a project's ``portal.start`` gives for as long as it runs.

    ``secrets``: values for the plan's ``{env: NAME}`` by name, where whoever started the
    portal knows them; the environment has the last word.
    """

    url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class CheckFunction:
    """A check that can be called: its description and the imported function."""

    description: CheckDescription
    function: Callable[[Any], None]


def find_root(start: Path) -> Path:
    """The nearest folder with a plan: ``start``, or one above it.

    Raises:
        ConfigError: there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / PLAN_FILE).is_file():
            return folder
    raise ConfigError(
        f"{PLAN_FILE}: is neither in {start} nor in a folder above it (change into a project)"
    )


def activate(root: Path) -> Project:
    """Make the project's folders importable, and make sure that they are what is imported.

    Puts ``root`` first on ``sys.path``; a second call changes nothing.

    Raises:
        ConfigError: a folder's name is taken by a package imported from elsewhere, or one
            that Python would prefer; ``sys.path`` is then as before.
    """
    root = root.resolve()
    before = list(sys.path)
    sys.path[:] = [str(root), *(entry for entry in before if entry != str(root))]
    importlib.invalidate_caches()
    problems = [p for name in FOLDERS if (root / name).is_dir() for p in _namesakes(root, name)]
    if problems:
        sys.path[:] = before
        raise ConfigError(*problems)
    return Project(root)


def load_checks(root: Path) -> dict[str, CheckFunction]:
    """Import the checks of an activated project, by id.

    Raises:
        ConfigError: with every problem of ``describe_checks``, or every check module
            that cannot be imported; the project's modules imported on the way are gone.
    """
    described = describe_checks(root)
    problems: list[str] = []
    checks: dict[str, CheckFunction] = {}
    with _all_or_no_modules():
        for module_name in dict.fromkeys(check.module for check in described.values()):
            of_module = [check for check in described.values() if check.module == module_name]
            try:
                module = importlib.import_module(module_name)
            except (Exception, SystemExit) as exc:
                problems.append(_trouble_in(root, of_module[0].file, "cannot be imported", exc))
                continue
            for check in of_module:
                function = getattr(module, check.function_name, None)
                if callable(function):
                    checks[check.id] = CheckFunction(check, function)
                else:
                    what = f"{check.function_name} is no function after its module was imported"
                    problems.append(f"{check.file}:{check.line}: {what} (do not rebind the name)")
        if problems:
            raise ConfigError(*problems)
    return checks


def load_object(project: Project, path: str) -> Any:
    """The object at ``path``, ``fixtures.portal:serve``, of an activated project.

    Raises:
        ConfigError: the module is not there or cannot be imported, or has no such name.
    """
    module_name, _, name = path.partition(":")
    file = f"{module_name.replace('.', '/')}.py"
    with _all_or_no_modules():
        try:
            module = importlib.import_module(module_name)
        except (Exception, SystemExit) as exc:
            missing = exc.name if isinstance(exc, ModuleNotFoundError) else None
            if missing and f"{module_name}.".startswith(f"{missing}."):
                raise ConfigError(f"{path}: there is no module {missing} (write {file})") from exc
            raise ConfigError(_trouble_in(project.root, file, "cannot be imported", exc)) from exc
        if not hasattr(module, name):
            raise ConfigError(f"{path}: {file} has no '{name}' (define it there)")
        return getattr(module, name)


@contextmanager
def start_portal(project: Project, path: str) -> Iterator[StartedPortal]:
    """The portal that the project's own ``path``, ``fixtures.portal:serve``, starts and ends.

    Raises:
        ConfigError: it cannot be imported, does not start, or gives no ``StartedPortal``.
    """
    serve = load_object(project, path)
    with ExitStack() as stack:
        try:
            portal = stack.enter_context(serve())
        except PortalwatchError:
            raise
        except Exception as exc:
            file = f"{path.partition(':')[0].replace('.', '/')}.py"
            what = "the portal does not start"
            raise ConfigError(_trouble_in(project.root, file, what, exc)) from exc
        if not isinstance(portal, StartedPortal):
            told = f"gave {type(portal).__name__}, not a portalwatch.project.StartedPortal"
            raise ConfigError(f"{path}: {told} (yield one)")
        yield portal


def portal_says(project: Project) -> tuple[PortalSays, ...]:
    """The project's rules of diagnosis, ``PORTAL_SAYS`` of its flows.pages; none is fine.

    Raises:
        ConfigError: the module is there and cannot be imported, or its rules are none.
    """
    file = next((f for f in _PAGES if (project.root / f).is_file()), None)
    if file is None:
        return ()
    pages = load_object(project, "flows.pages:__dict__")
    rules = pages.get("PORTAL_SAYS", ())
    if not isinstance(rules, Sequence) or not all(isinstance(each, PortalSays) for each in rules):
        raise ConfigError(f"{file}: PORTAL_SAYS is no list of PortalSays(text, cause)")
    return tuple(rules)


def account_restorer(project: Project) -> Callable[[Any], Any] | None:
    """``restore_account`` of the project's flows.restore: sets the journey's account right.

    Raises:
        ConfigError: the module is there and cannot be imported, or has no such function.
    """
    if not any((project.root / f"flows/restore{end}").is_file() for end in (".py", "/__init__.py")):
        return None
    function = load_object(project, "flows.restore:restore_account")
    if not callable(function):
        raise ConfigError("flows/restore.py: restore_account is no function (define it there)")
    restorer: Callable[[Any], Any] = function
    return restorer


def _namesakes(root: Path, name: str) -> Iterator[str]:
    """What stands, or would stand, in the place of the project's folder ``name``."""
    ours = root / name
    loaded = sys.modules.get(name)
    if loaded is not None:
        places = [*getattr(loaded, "__path__", []), *filter(None, [_file_of(loaded)])]
        if not any(Path(place).resolve().is_relative_to(ours) for place in places):
            origin = places[0] if places else "no file"
            yield f"{ours}: '{name}' is already imported from {origin} (start a fresh process)"
        return
    spec = PathFinder.find_spec(name)
    if spec is not None and spec.origin and not Path(spec.origin).resolve().is_relative_to(ours):
        # A folder without __init__.py yields to any package of its name on sys.path.
        yield f"{ours}: '{name}' would be imported from {spec.origin} (add {ours}/__init__.py)"


def _file_of(module: Any) -> str | None:
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) else None


@contextmanager
def _all_or_no_modules() -> Iterator[None]:
    """Undo the imports of project modules made within, if an exception leaves it.

    Python itself drops a module that fails, yet keeps those it imported before.
    """
    before = set(sys.modules)
    try:
        yield
    except BaseException:
        for name in set(sys.modules) - before:
            parent, _, child = name.rpartition(".")
            if name.partition(".")[0] in FOLDERS:
                del sys.modules[name]
                if parent in sys.modules:
                    vars(sys.modules[parent]).pop(child, None)
        raise


def _trouble_in(root: Path, file: str, what: str, exc: BaseException) -> str:
    """``checks/login.py:12: cannot be imported: NameError: …``, and where deeper it arose."""
    frames = [(Path(f.filename), f.lineno) for f in traceback.extract_tb(exc.__traceback__)]
    if isinstance(exc, SyntaxError) and exc.filename:
        frames.append((Path(exc.filename), exc.lineno))
    ours = [(p.relative_to(root).as_posix(), n) for p, n in frames if p.is_relative_to(root)]
    line = next((number for name, number in reversed(ours) if name == file), None)
    said = str(exc).partition("\n")[0]
    told = f"{type(exc).__name__}: {said}" if said else type(exc).__name__
    deeper = f" (at {ours[-1][0]}:{ours[-1][1]})" if ours and ours[-1][0] != file else ""
    return f"{file}{f':{line}' if line else ''}: {what}: {told}{deeper}"
