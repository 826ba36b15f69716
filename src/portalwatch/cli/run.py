"""``portalwatch run``: watch the portal, or run each check once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portalwatch.cli.shared import ProjectOption


def run(
    project: ProjectOption = Path(),
    once: Annotated[bool, typer.Option("--once", help="Run each check once, then end.")] = False,
    check: Annotated[
        list[str] | None,
        typer.Option(
            "--check",
            "-c",
            metavar="CHECK",
            help="With --once: only this check, or the checks of this file; repeatable.",
        ),
    ] = None,
    browser: Annotated[
        list[str] | None,
        typer.Option(
            "--browser",
            "-b",
            metavar="BROWSER",
            help="With --once: on this browser, whatever the plan says; repeatable.",
        ),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", metavar="URL", help="The portal's address, not the plan's."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: print the results as JSON.")
    ] = False,
    headed: Annotated[
        bool, typer.Option("--headed", help="With --once: show the browser.")
    ] = False,
) -> None:
    """Watch the portal until Ctrl-C or SIGTERM; with --once, run each check once."""
    # Here, because a browser's listing or --help need not wait for all that these import.
    from portalwatch.cli.once import once as run_each_once
    from portalwatch.cli.watch import watch

    if once:
        code = run_each_once(
            project, check or (), browser or (), base_url=base_url, as_json=as_json, headed=headed
        )
        raise typer.Exit(code)
    given = {"--json": as_json, "--headed": headed, "--check": check, "--browser": browser}
    if wrong := [name for name, value in given.items() if value]:
        raise typer.BadParameter(f"{', '.join(wrong)}: only together with --once")
    watch(project, base_url)
