"""``portalwatch run --once``: each check once, and what came of them as the exit code."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Collection, Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from portalwatch.cli.opening import OpenedProject
from portalwatch.cli.shared import Exit, interrupted, tell
from portalwatch.console import shown, summary_of
from portalwatch.entries import entries_of
from portalwatch.model import Outcome, Result
from portalwatch.once import run_once
from portalwatch.site import refuse_no_address
from portalwatch.store import Store


def once(
    folder: Path,
    checks: Collection[str],
    browsers: Collection[str],
    *,
    base_url: str | None,
    as_json: bool,
    headed: bool,
) -> Exit:
    """Run the plan's checks, or those that are asked for, and store and print the results."""
    opened = OpenedProject.at(folder)
    entries = entries_of(opened.plan, opened.checks, only_checks=checks, only_browsers=browsers)
    wanted = [entry.plan for entry in entries]
    down_after = {entry.key: entry.plan.down_after for entry in entries}
    with _store_for(opened, base_url) as store, opened.site(base_url, only=wanted) as site:
        live = sys.stdout.isatty()
        with nullcontext(_silent) if as_json else shown(len(entries), live=live) as show:

            def settle(result: Result) -> None:
                # Stored as they come: what is interrupted has not run for nothing.
                if store is not None:
                    store.add(result, down_after=down_after[result.check, result.browser.name])
                show(result)

            work = run_once(site, entries, headed=headed, on_result=settle)
            try:
                results = asyncio.run(_until_sigterm(work))
            except asyncio.CancelledError:
                interrupted(signal.SIGTERM)
    if as_json:
        print(json.dumps([result.to_json() for result in results], indent=2, ensure_ascii=False))
    else:
        print(summary_of(results))
    return exit_code(results)


def _store_for(opened: OpenedProject, base_url: str | None) -> AbstractContextManager[Store | None]:
    """The project's store; none for another portal, whose verdicts say nothing of the plan's."""
    planned = opened.plan.portal.url or ""
    if base_url is not None:
        refuse_no_address(base_url)
    if base_url is None or base_url.rstrip("/") == planned.rstrip("/"):
        return Store(opened.project.store_file)
    tell(f"the results are not stored: {base_url} is not the plan's portal")
    return nullcontext()


async def _until_sigterm(work: Coroutine[Any, Any, list[Result]]) -> list[Result]:
    """``work``, which SIGTERM ends as Ctrl-C does: workers and browsers first."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def exit_code(results: Sequence[Result]) -> Exit:
    """A failed claim outweighs a fault of ours: it is what somebody must look at first.

    A check that was skipped for a reason of ours, such as no account that was free, was
    not done: that must not look like a pass.
    """
    if any(result.outcome is Outcome.FAIL for result in results):
        return Exit.FAILED
    if any(result.cause and result.cause.ours for result in results):
        return Exit.OURS
    return Exit.PASSED


def _silent(result: Result) -> None:
    """Shows nothing: standard output is for the JSON alone."""
