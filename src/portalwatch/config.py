"""From ``portalwatch.yaml`` to a plan, with every problem told at once.

file ─▶ yaml_lines: values and their lines ─▶ plan_sections: each section as its model
of ``plan`` ─▶ plan_conflicts ─▶ a Plan, or one ConfigError with all problems
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from portalwatch import plan_conflicts, yaml_lines
from portalwatch.errors import ConfigError
from portalwatch.plan import (
    AccountPlan,
    BrowserPlan,
    CheckPlan,
    Known,
    MailboxesPlan,
    MonitorPlan,
    Plan,
    PortalPlan,
    RunPlan,
)
from portalwatch.plan_sections import SectionReader
from portalwatch.yaml_lines import Document, KeyPath, dotted

MAX_BYTES = 1_000_000
"""A larger file is no plan, and would hold up the monitor that reads it."""

SECTIONS = ("portal", "monitor", "defaults", "browsers", "mailboxes", "accounts", "checks")
OWN_KEYS = "x-"
"""Sections whose names begin so are the writer's own: a place for anchors."""


def load(
    path: Path,
    *,
    known_checks: Collection[str],
    known_browsers: Collection[str],
    destructive: Collection[str] = (),
) -> Plan:
    """Read the plan in ``path``.

    Args:
        path: the file; messages give its name without its folder.
        known_checks: ids of the project's checks, such as ``login.provider_signs_in``.
        destructive: those of the checks that lock or change their account.
        known_browsers: names of browsers that need no entry under ``browsers``.

    Raises:
        ConfigError: with all problems of the file, in the order of their lines.
    """
    try:
        document = yaml_lines.read(_text(path))
    except yaml_lines.Unreadable as exc:
        raise ConfigError(exc.problem.in_file(path.name)) from exc
    root = document.root
    if not isinstance(root, dict):
        what = "is empty" if root is None else "is not a mapping of sections"
        raise ConfigError(f"{path.name}:1: {what} (begin with 'portal:' and 'checks:')")
    tags = _tags(root)
    known = Known(
        checks=known_checks,
        browsers={*known_browsers, *_mapping(root, "browsers")},
        accounts={*_mapping(root, "accounts"), *tags},
    )
    reader = SectionReader(document, known)
    plan = _plan(root, reader, path.name, destructive)
    names = plan_conflicts.of_names(
        _mapping(root, "browsers"), known_browsers, _mapping(root, "accounts"), tags
    )
    for at, text in names:
        reader.refuse(at, text)
    problems = sorted({*document.problems, *reader.problems})
    if plan is None or problems:
        raise ConfigError(*(problem.in_file(path.name) for problem in problems))
    return plan


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as exc:
        reason = {
            FileNotFoundError: "is not there (a project keeps its plan in this file)",
            IsADirectoryError: "is a directory (the plan is a file)",
        }.get(type(exc), f"cannot be read: {exc.strerror} (check its permissions)")
        raise ConfigError(f"{path.name}: {reason}") from exc
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path.name}: is larger than 1 MB (a plan is a few kilobytes)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise ConfigError(f"{path.name}:{line}: is not UTF-8 (save the file as UTF-8)") from exc


def _plan(
    root: dict[str, Any], reader: SectionReader, file: str, destructive: Collection[str]
) -> Plan | None:
    """The plan, or None where a section that it cannot be without is wrong."""
    sections = [key for key in root if not key.startswith(OWN_KEYS)]
    reader.refuse_unknown_keys((), sections, SECTIONS)
    for key in ("portal", "checks"):
        if key not in root:
            reader.refuse((key,), f"is missing (add the section '{key}:')")
    portal = reader.section(("portal",), PortalPlan, root["portal"]) if "portal" in root else None
    monitor = reader.section(("monitor",), MonitorPlan, root.get("monitor", {}))
    defaults = reader.section(("defaults",), RunPlan, root.get("defaults", {}))
    browsers = reader.named_sections("browsers", BrowserPlan, root.get("browsers", {}))
    mailboxes = reader.section(("mailboxes",), MailboxesPlan, root.get("mailboxes", {}))
    accounts = reader.named_sections("accounts", AccountPlan, root.get("accounts", {}))
    if mailboxes is not None:
        for at, text in plan_conflicts.of_inboxes(accounts, mailboxes):
            reader.refuse(at, text)
    checks = _checks(root["checks"], reader) if "checks" in root else {}
    for at, text in plan_conflicts.of_destruction(checks.items(), accounts, destructive):
        reader.refuse(at, text)
    if defaults is None:
        return None
    checks = {path: _with_defaults(check, defaults) for path, check in checks.items()}
    _refuse_conflicts(defaults, checks, root, reader)
    if portal is None or monitor is None or mailboxes is None:
        return None
    return Plan(
        portal=portal,
        monitor=monitor,
        defaults=defaults,
        browsers=MappingProxyType(browsers),
        accounts=MappingProxyType(accounts),
        checks=tuple(checks.values()),
        mailboxes=mailboxes,
        file=file,
        lines=_lines(reader.document),
    )


def _checks(entries: Any, reader: SectionReader) -> dict[KeyPath, CheckPlan]:
    if not isinstance(entries, list) or not entries:
        what = "is an empty list" if entries == [] else "is not a list"
        reader.refuse(("checks",), f"{what} (add entries such as '- check: module.claim')")
        return {}
    checks: dict[KeyPath, CheckPlan] = {}
    for index, entry in enumerate(entries):
        check = reader.section(("checks", index), CheckPlan, entry)
        if check is not None:
            checks["checks", index] = check
    return checks


def _with_defaults(check: CheckPlan, defaults: RunPlan) -> CheckPlan:
    inherited = RunPlan.model_fields.keys() - check.model_fields_set
    return check.model_copy(update={key: getattr(defaults, key) for key in inherited})


def _refuse_conflicts(
    defaults: RunPlan,
    checks: Mapping[KeyPath, CheckPlan],
    root: dict[str, Any],
    reader: SectionReader,
) -> None:
    written = root.get("defaults", {})
    conflicts = [*plan_conflicts.of_times(defaults, ("defaults",), written)]
    for path, check in checks.items():
        conflicts += plan_conflicts.of_times(check, path, root["checks"][path[-1]], defaults)
    conflicts += plan_conflicts.of_watches(checks.items(), reader.document)
    conflicts += plan_conflicts.of_sign_ins(checks.items())
    for path, text in conflicts:
        reader.refuse(path, text)


def _mapping(root: dict[str, Any], section: str) -> dict[str, Any]:
    """A section as it was written, also where parts are wrong: no error follows another."""
    value = root.get(section)
    return value if isinstance(value, dict) else {}


def _tags(root: dict[str, Any]) -> dict[str, KeyPath]:
    """Every tag of an account, and where it first stands."""
    tags: dict[str, KeyPath] = {}
    for name, account in _mapping(root, "accounts").items():
        listed = account.get("tags") if isinstance(account, dict) else None
        for index, tag in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(tag, str):
                tags.setdefault(tag, ("accounts", name, "tags", index))
    return tags


def _lines(document: Document) -> Mapping[str, int]:
    places = document.places.items()
    return MappingProxyType({dotted(path): place.value_line for path, place in places})
