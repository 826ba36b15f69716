"""Noticing that the plan or the code of a project has changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import watchfiles

from portalwatch.project import Project

FOLDERS = ("checks", "flows")  # besides the root: what workers import


async def changes(project: Project) -> AsyncIterator[None]:
    """An endless stream, one for each change that was made to the plan or to the code.

    Raises ``OSError`` where the system does not let the folders be watched.
    """
    parts = {str(project.root / name) for name in FOLDERS}

    def matters(_: watchfiles.Change, path: str) -> bool:
        return path.endswith(".py") or path == str(project.plan_file) or path in parts

    while True:
        folders = [project.root, *filter(Path.is_dir, map(Path, parts))]
        watching = watchfiles.awatch(*folders, recursive=False, watch_filter=matters)
        async with aclosing(watching):
            async for found in watching:
                yield
                if any(path in parts for _, path in found):
                    break  # a folder came, went or was replaced: it has to be watched anew
