"""``portalwatch browsers``: which there are here, and getting those that are missing."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portalwatch.cli.shared import ProjectOption
from portalwatch.errors import OperatorError

if TYPE_CHECKING:
    from portalwatch.browsers import FoundBrowser, Missing

_INDENT = 16  # columns, for the names
_WIDEST = 100  # columns: longer lines are hard to read
_BUILDS = {"playwright": "Playwright's build", "system": "the system's"}

app = typer.Typer(help="List the browsers that are found here; install those that are missing.")


@app.callback(invoke_without_command=True, short_help="List the browsers, or install some.")
def list_browsers(context: typer.Context, project: ProjectOption = Path()) -> None:
    """List the browsers of the plan and the well-known ones, as they are found here."""
    if context.invoked_subcommand is not None:
        return
    from portalwatch.browsers import KNOWN, find_all
    from portalwatch.entries import known_browsers
    from portalwatch.project import Project, find_root
    from portalwatch.site import read_plan

    specs = dict(KNOWN)
    try:
        specs = known_browsers(read_plan(Project(find_root(project)))[0])
    except OperatorError:
        if _given(context, "project"):
            raise
        # Outside a project, or in a broken one, the well-known browsers are still listed.
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    for browser in find_all(specs.values()):
        for line in lines_of(browser, width=width):
            print(line)


@app.command("install")
def install_browsers(
    engines: Annotated[
        list[str] | None,
        typer.Argument(metavar="BROWSER", help="chromium, firefox, webkit, chrome or edge."),
    ] = None,
) -> None:
    """Get browsers, chromium and firefox if none is named.

    Playwright's own builds where they can be had, else the system's packages. What is
    installed already is left alone.
    """
    from portalwatch.browsers import install

    install(engines or ["chromium", "firefox"], say=lambda line: print(line, flush=True))


def lines_of(browser: FoundBrowser | Missing, *, width: int) -> Iterator[str]:
    """A block of lines on one browser, its name in a column of its own."""
    first, *rest = _facts(browser)
    yield f"{browser.name:<{_INDENT - 1}} {first}"
    for fact in rest:
        yield from textwrap.wrap(
            fact,
            width,
            initial_indent=" " * _INDENT,
            subsequent_indent=" " * (_INDENT + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )


def _facts(browser: FoundBrowser | Missing) -> Iterator[str]:
    from portalwatch.browsers import Missing

    if isinstance(browser, Missing):
        yield f"missing (fix: {browser.fix})"
        return
    info = browser.info()
    shell = " headless shell" if info.headless_shell else ""
    yield f"{info.engine} {info.version}{shell}, {_BUILDS[info.build]}, over {info.protocol}"
    yield browser.path
    if browser.gaps:
        yield f"cannot: {'; '.join(browser.gaps)}"


def _given(context: typer.Context, option: str) -> bool:
    """Whether ``option`` was named on the command line, not left at its default."""
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"
