"""Which collected items are checks, which project they belong to, what its plan says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portalwatch.destructive import MARK
from portalwatch.errors import ConfigError

if TYPE_CHECKING:
    from portalwatch.plan import Plan

ACCOUNT_MARK = "portalwatch_account"
PROBLEMS = "portalwatch_problems"  # of the plan: from an xdist worker to its controller
_TAKEN = {  # marks that mean something already: to pytest, to plugins used with this one, to it
    *("filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xfail"),
    *("browser_context_args", "only_browser", "skip_browser"),
    *("flaky", "timeout", "xdist_group"),
    *(ACCOUNT_MARK, MARK),
}
_ROOT = pytest.StashKey[Path]()


def is_check(item: pytest.Item) -> bool:
    """Whether ``item`` is a claim about the portal: a test that takes the plugin's ``journey``."""
    return (
        isinstance(item, pytest.Function)
        and "journey" in item._fixtureinfo.argnames
        and "portalwatch_site" in item.fixturenames  # a 'journey' of someone else has none
    )


def check_id(item: pytest.Item) -> str:
    """``login.provider_signs_in`` of ``checks/login.py::check_provider_signs_in[chromium]``."""
    name = item.originalname if isinstance(item, pytest.Function) else item.name
    return id_of(item.path, name)


def id_of(path: Path, function: str) -> str:
    """The id of the check that ``function`` in the file ``path`` is."""
    return f"{path.stem}.{function.removeprefix('check_').removeprefix('test_')}"


def title_of(item: pytest.Item) -> str:
    """The check's heading: its first docstring line, or its id where it has none."""
    words = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip()
    return words.partition("\n")[0].strip() or check_id(item)


def is_destructive(item: pytest.Item) -> bool:
    """Whether the check locks or changes its account."""
    return bool(getattr(getattr(item, "obj", None), MARK, False))


def browser_of(item: pytest.Item) -> str:
    """The name of the browser that ``item`` was collected for."""
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get("browser_name", "unknown")) if callspec else "unknown"


def account_mark(item: pytest.Item) -> str | None:
    """The account or tag that the item's mark asks for."""
    mark = item.get_closest_marker(ACCOUNT_MARK)
    if mark is None:
        return None
    if len(mark.args) != 1 or mark.kwargs:
        raise ConfigError(f"{item.nodeid}: write @pytest.mark.{ACCOUNT_MARK}('name')")
    return str(mark.args[0])


def project_root(config: pytest.Config) -> Path:
    """The root of the project whose checks were collected, else of the one pytest runs in."""
    from portalwatch.project import find_root

    return config.stash.get(_ROOT, None) or find_root(config.rootpath)


def read_plan_of(config: pytest.Config, checks: Sequence[pytest.Item]) -> None:
    """Read the plan of the one project of ``checks``, and mark each with its tags there.

    Raises ``ConfigError`` with every mistake of the plan.
    """
    from portalwatch.project import Project, find_root
    from portalwatch.site import read_plan

    roots = {find_root(folder) for folder in {item.path.parent for item in checks}}
    if len(roots) > 1:
        named = ", ".join(str(root) for root in sorted(roots))
        raise ConfigError(f"the checks are of several projects: {named} (run pytest for each)")
    root = config.stash[_ROOT] = roots.pop()
    plan, _ = read_plan(Project(root))
    _refuse_unknown_accounts(plan, checks)
    _refuse_taken_tags(plan)
    for tag in sorted({tag for entry in plan.checks for tag in entry.tags}):
        config.addinivalue_line("markers", f"{tag}: a tag of checks in {plan.file}")
    config.addinivalue_line("markers", f"{MARK}: a check that locks or changes its account")
    for item in checks:
        for tag in _tags_of(plan, check_id(item)):
            item.add_marker(getattr(pytest.mark, tag))
        if is_destructive(item):
            item.add_marker(getattr(pytest.mark, MARK))


def _tags_of(plan: Plan, check: str) -> Iterable[str]:
    return {tag for entry in plan.checks if entry.check == check for tag in entry.tags}


def _refuse_taken_tags(plan: Plan) -> None:
    wrong = [
        f"{plan.at(f'checks[{number}].tags')}: to pytest '{tag}' means something else"
        " (choose another name)"
        for number, entry in enumerate(plan.checks)
        for tag in entry.tags
        if tag in _TAKEN
    ]
    if wrong:
        raise ConfigError(*wrong)


def _refuse_unknown_accounts(plan: Plan, checks: Sequence[pytest.Item]) -> None:
    known = set(plan.accounts) | {t for account in plan.accounts.values() for t in account.tags}
    asked = {account_mark(item): item.nodeid for item in checks}
    wrong = [
        f"{nodeid}: '{name}' is neither an account of the plan nor a tag of one"
        f" (choose from {', '.join(sorted(known)) or 'none'})"
        for name, nodeid in asked.items()
        if name is not None and name not in known
    ]
    if wrong:
        raise ConfigError(*wrong)
