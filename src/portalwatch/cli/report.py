"""``portalwatch report``: an HTML report of what the store holds, also over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portalwatch.cli.publish import GitHubOption, MarkdownOption, publish
from portalwatch.cli.shared import ProjectOption
from portalwatch.errors import OperatorError

if TYPE_CHECKING:
    from portalwatch.plan_values import Address

PAST_RUNS = 21  # of a check on a browser: those that the report shows, and the run itself

# The options of a report that is written now.
_OF_WRITING = ("project", "to", "last", "single_file", "markdown", "github_summary")

SingleFileOption = Annotated[
    bool, typer.Option("--single-file", help="Put the evidence into the page itself.")
]

app = typer.Typer(help="Write an HTML report of the newest results.")


@app.callback(invoke_without_command=True, short_help="Write an HTML report.")
def report(
    context: typer.Context,
    project: ProjectOption = Path(),
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Write to this folder, not to var/report."),
    ] = None,
    last: Annotated[
        int, typer.Option(min=1, metavar="N", help="How many of the newest results.")
    ] = 200,
    single_file: SingleFileOption = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve it until Ctrl-C, with the trace viewer.")
    ] = False,
    written: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="With --serve: a report that is there."),
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option("--listen", metavar="HOST:PORT", help="With --serve: where; else locally."),
    ] = None,
    markdown: MarkdownOption = None,
    github_summary: GitHubOption = False,
) -> None:
    """Write an HTML report of the newest results, and say where it is."""
    if context.invoked_subcommand is not None:
        _refuse_options_before(context)
        return
    if not serve and (written or listen):
        raise typer.BadParameter("--from, --listen: only together with --serve")
    if written is not None and (unused := _given(context, _OF_WRITING)):
        raise typer.BadParameter(f"{unused[0]}: not together with --from, which writes no report")
    address = _address(listen)
    if written is None:
        written = _write(
            project, to, last, single_file, markdown=markdown, github_summary=github_summary
        )
        print(written / "index.html", flush=True)
    if serve:
        from portalwatch.cli.serve import serve_report

        serve_report(written, address)


def _given(context: typer.Context, options: Iterable[str]) -> list[str]:
    """Those of ``options``, by their parameters' names, that the command line gives."""
    sources = {name: context.get_parameter_source(name) for name in options}
    given = [name for name, source in sources.items() if source and source.name == "COMMANDLINE"]
    return [f"--{name.replace('_', '-')}" for name in given]


def _refuse_options_before(context: typer.Context) -> None:
    """Options are those of the command that they follow: none here would have an effect."""
    if _given(context, context.params):
        command = context.invoked_subcommand
        raise typer.BadParameter(f"options of '{command}' stand after it: report {command} …")


def _write(
    project: Path,
    to: Path | None,
    last: int,
    single_file: bool,
    *,
    markdown: Path | None,
    github_summary: bool,
) -> Path:
    """Write the report and what else was asked for; gives the report's folder."""
    from portalwatch.project import activate, find_root
    from portalwatch.render import Pages
    from portalwatch.report_file import write_report
    from portalwatch.site import read_plan
    from portalwatch.store import Store

    found = activate(find_root(project))
    plan, _ = read_plan(found)
    pages = Pages(found.root / "reports")
    file = found.store_file
    results, history = [], {}
    if file.exists():  # else it would be made, only to be found empty
        with Store(file) as store:
            results = store.results(limit=last)
            history = store.newest_runs(PAST_RUNS)
    if not results:
        raise OperatorError(f"{file}: holds no results yet (portalwatch run --once makes some)")
    index = write_report(
        pages,
        to or found.report_folder,
        results,
        evidence_roots=[found.evidence_folder],
        title=plan.portal.name,
        started_at=min(result.started_at for result in results),
        ended_at=max(result.ended_at for result in results),
        history=history,
        single_file=single_file,
    )
    publish(
        results,
        title=plan.portal.name,
        root=found.root,
        markdown_file=markdown,
        github_summary=github_summary,
    )
    return index.parent


def _address(listen: str | None) -> Address:
    from portalwatch.plan_values import Address, address

    if listen is None:
        return Address("127.0.0.1", 0)  # a free port
    try:
        return address(listen)
    except ValueError as exc:
        raise OperatorError(f"--listen: {exc}") from exc
