"""``portalwatch report``: an HTML report of what the store holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portalwatch.cli.publish import GitHubOption, MarkdownOption, publish
from portalwatch.cli.shared import ProjectOption
from portalwatch.errors import OperatorError

PAST_RUNS = 21  # of a check on a browser: those that the report shows, and the run itself

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
    markdown: MarkdownOption = None,
    github_summary: GitHubOption = False,
) -> None:
    """Write an HTML report of the newest results, and say where it is."""
    if context.invoked_subcommand is not None:
        return
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
    publish(
        results,
        title=plan.portal.name,
        root=found.root,
        markdown_file=markdown,
        github_summary=github_summary,
    )
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
    print(index)
