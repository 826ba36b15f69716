"""The project of a command, opened step by step: what fails soonest comes first."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portalwatch.check_files import CheckDescription
from portalwatch.cli.shared import tell
from portalwatch.plan import CheckPlan, Plan
from portalwatch.project import Project, activate, find_root, refuse_read_only
from portalwatch.site import Site, open_portal, read_plan, site_of


@dataclass(frozen=True, slots=True)
class OpenedProject:
    """A project whose plan has been read. Its portal is started by ``site()``."""

    project: Project
    plan: Plan
    checks: dict[str, CheckDescription]

    @classmethod
    def at(cls, folder: Path) -> OpenedProject:
        """The project that ``folder`` is in. Raises ``ConfigError`` with every mistake."""
        project = activate(find_root(folder))
        plan, checks = read_plan(project)
        refuse_read_only(project.root)
        project.var.mkdir(parents=True, exist_ok=True)
        return cls(project, plan, checks)

    @contextmanager
    def site(
        self, base_url: str | None, *, only: Collection[CheckPlan] | None = None
    ) -> Iterator[Site]:
        """The project with its portal, which is told when it has to be started.

        ``only``: the checks that will be run, where those are not all of the plan's.
        """
        if base_url is None and self.plan.portal.url is None:
            tell(f"starting {self.plan.portal.name} ({self.plan.portal.start})")
        with open_portal(self.project, self.plan, base_url) as portal:
            yield site_of(self.project, self.plan, self.checks, portal, only=only)
