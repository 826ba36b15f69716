"""The command line. Exit codes: 0 all pass, 1 a claim failed, 2 wrong usage or configuration,
3 our own fault."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from portalwatch import __version__, browsers
from portalwatch.console import Progressing, summary_of
from portalwatch.errors import OperatorError
from portalwatch.lanes.instance import claim
from portalwatch.metrics import Metrics
from portalwatch.model import Outcome, Result
from portalwatch.monitor import Monitor
from portalwatch.once import run_once
from portalwatch.project import Project, find_root
from portalwatch.render import Pages
from portalwatch.server import listen, serving
from portalwatch.site import Site, known_browsers, open_site, read_plan
from portalwatch.store import Store
from portalwatch.web import create_app

STORE_FILE = "portalwatch.sqlite3"  # under var/
REPORT_FOLDER = "report"  # under var/
ENGINES = ("chromium", "firefox", "webkit")


class Exit(IntEnum):
    """What the exit code says."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    OURS = 3


app = typer.Typer(
    name="portalwatch",
    help="Journeys of a web portal, run as tests and as monitors from one source.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
browsers_app = typer.Typer(help="Which browsers there are, and getting those that are missing.")
app.add_typer(browsers_app, name="browsers")

out = Console(soft_wrap=True)

ProjectOption = Annotated[
    Path,
    typer.Option("--project", "-p", help="The project's folder, or one inside it."),
]
CheckOption = Annotated[
    list[str] | None,
    typer.Option("--check", "-c", help="Only this check (an id, or a file's name); repeatable."),
]
BrowserOption = Annotated[
    list[str] | None, typer.Option("--browser", "-b", help="On this browser instead; repeatable.")
]
BaseUrlOption = Annotated[
    str | None, typer.Option("--base-url", help="The portal's address, instead of the plan's.")
]


def main() -> None:
    """Run the command line; an operator's mistake is told in a line, without a traceback."""
    try:
        app()
    except OperatorError as exc:
        for line in str(exc).splitlines():
            print(f"portalwatch: {line}", file=sys.stderr)
        sys.exit(Exit.USAGE)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"portalwatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    project: ProjectOption = Path(),
    once: Annotated[bool, typer.Option("--once", help="Each check once, then end.")] = False,
    check: CheckOption = None,
    browser: BrowserOption = None,
    base_url: BaseUrlOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: results as JSON.")] = False,
    headed: Annotated[
        bool, typer.Option("--headed", help="With --once: show the browser.")
    ] = False,
) -> None:
    """Watch the portal: for ever, or each check once."""
    if once:
        with open_site(find_root(project), base_url=base_url) as site:
            code = _once(site, check or [], browser or [], as_json=as_json, headed=headed)
        sys.exit(code)
    refused = {"--json": as_json, "--headed": headed, "--check": check, "--browser": browser}
    if wrong := [name for name, given in refused.items() if given]:
        raise typer.BadParameter(f"{', '.join(wrong)}: only together with --once")
    _log_plainly()
    with open_site(find_root(project), base_url=base_url) as site:
        sys.exit(asyncio.run(_watch(site)))


@app.command()
def validate(project: ProjectOption = Path()) -> None:
    """Read the plan and the checks, and name every mistake with its line."""
    found = Project(find_root(project))
    plan, checks = read_plan(found)
    watched = {entry.check for entry in plan.checks}
    runs = sum(len(entry.browsers) for entry in plan.checks)
    out.print(f"{plan.file}: {len(watched)} checks, {runs} entries, {len(plan.accounts)} accounts")
    for check_id, described in checks.items():
        if check_id not in watched:
            place = f"{described.file}:{described.line}"
            out.print(f"{place}: {check_id} is in no entry of the plan: it is not watched")


@app.command()
def report(
    project: ProjectOption = Path(),
    to: Annotated[
        Path | None, typer.Option("--to", help="The folder to write to (default: var/report).")
    ] = None,
    last: Annotated[int, typer.Option(min=1, help="How many of the newest results.")] = 200,
) -> None:
    """Write an HTML report of the newest results in the store."""
    found = Project(find_root(project))
    with Store(found.var / STORE_FILE) as store:
        results = store.results(limit=last)
    if not results:
        raise OperatorError(f"{found.var / STORE_FILE}: holds no results yet (portalwatch run)")
    print(_write_report(found, to or found.var / REPORT_FOLDER, results))


@browsers_app.callback(invoke_without_command=True)
def list_browsers(context: typer.Context, project: ProjectOption = Path()) -> None:
    """List the browsers of the plan and the well-known ones, as they are found here."""
    if context.invoked_subcommand is not None:
        return
    specs = dict(browsers.KNOWN)
    # Outside a project, or in a broken one, the well-known browsers are still listed.
    with contextlib.suppress(OperatorError):
        specs = known_browsers(read_plan(Project(find_root(project)))[0])
    table = Table("browser", "engine", "version", "build", "protocol", "cannot", box=None)
    for spec in specs.values():
        try:
            found = browsers.find(spec)
        except OperatorError as exc:
            table.add_row(spec.name, spec.engine, "–", "missing", "–", str(exc))
        else:
            info = found.info()
            build = f"{info.build}, headless shell" if info.headless_shell else info.build
            gaps = "; ".join(found.gaps) or "–"
            table.add_row(info.name, info.engine, info.version, build, info.protocol, gaps)
    out.print(table)


@browsers_app.command("install")
def install_browsers(
    engines: Annotated[
        list[str] | None, typer.Argument(help="chromium, firefox, webkit (default: the first two).")
    ] = None,
) -> None:
    """Get browsers: Playwright's own builds where they can be had, else the system's."""
    wanted = engines or ["chromium", "firefox"]
    if wrong := [name for name in wanted if name not in ENGINES]:
        raise typer.BadParameter(f"{', '.join(wrong)}: choose from {', '.join(ENGINES)}")
    browsers.install(wanted, say=print)


def _once(
    site: Site, checks: Sequence[str], names: Sequence[str], *, as_json: bool, headed: bool
) -> Exit:
    entries = site.entries(only_checks=checks, only_browsers=names)
    if as_json:
        results = asyncio.run(run_once(site, entries, headed=headed, on_result=lambda _: None))
        print(json.dumps([result.to_json() for result in results], indent=2))
    else:
        with Progressing(out, len(entries)).running() as progress:
            shown: Callable[[Result], None] = progress.show
            results = asyncio.run(run_once(site, entries, headed=headed, on_result=shown))
        out.print(summary_of(results))
    with Store(site.project.var / STORE_FILE) as store:
        for result, entry in zip(results, entries, strict=True):
            store.add(result, down_after=entry.plan.down_after)
    return exit_code(results)


def exit_code(results: Sequence[Result]) -> Exit:
    """A failed claim outweighs a fault of ours: it is what somebody must look at first."""
    outcomes = {result.outcome for result in results}
    if Outcome.FAIL in outcomes:
        return Exit.FAILED
    if Outcome.ERROR in outcomes:
        return Exit.OURS
    return Exit.PASSED


async def _watch(site: Site) -> Exit:
    metrics = Metrics()
    listener = listen(site.plan.monitor.listen)
    var = site.project.var
    with listener, claim(var) as instance, Store(var / STORE_FILE) as store:
        monitor = Monitor(site, store, metrics, instance=instance)
        loop = asyncio.get_running_loop()
        for stop in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop, monitor.stop)
        loop.add_signal_handler(signal.SIGHUP, monitor.reload)
        web = create_app(
            store,
            pages=Pages(site.project.root / "reports"),
            evidence=site.evidence_folder,
            facts=monitor.facts,
            metrics=metrics.render,
            readiness=monitor.readiness,
            changes=monitor.changes,
        )
        async with serving(web, listener) as address:
            print(f"Status page: {address}   metrics: {address}metrics", flush=True)
            print(f"Portal: {site.portal.url}   stop with Ctrl-C", flush=True)
            await monitor.run()
    return Exit.PASSED


def _write_report(project: Project, folder: Path, results: Sequence[Result]) -> Path:
    pages = Pages(project.root / "reports")
    name = read_plan(project)[0].portal.name
    return pages.write_report(
        folder,
        results,
        evidence_root=project.var / "evidence",
        title=name,
        started_at=min(result.started_at for result in results),
        ended_at=max(result.ended_at for result in results),
    )


def _log_plainly() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr
    )
    for chatty in ("watchfiles", "alembic", "asyncio", "sse_starlette", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


if __name__ == "__main__":
    main()
