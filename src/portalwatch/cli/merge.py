"""``portalwatch report merge``: the results of several pytest runs as one report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portalwatch.cli.publish import GitHubOption, MarkdownOption, publish
from portalwatch.cli.report import SingleFileOption
from portalwatch.cli.shared import Exit, ProjectOption, tell
from portalwatch.model import Outcome, Result

if TYPE_CHECKING:
    from portalwatch.results_file import ReadResults


def merge(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="What --portalwatch-results wrote.")
    ],
    project: ProjectOption = Path(),
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Write to this folder, not to var/report."),
    ] = None,
    expect: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="How many files there must be: none got lost."),
    ] = None,
    fail_on_flaky: Annotated[
        bool,
        typer.Option("--fail-on-flaky", help="Exit with 1 where a check passed after it failed."),
    ] = False,
    single_file: SingleFileOption = False,
    markdown: MarkdownOption = None,
    github_summary: GitHubOption = False,
) -> None:
    """Write one HTML report of the results of several pytest runs, such as a CI job's shards.

    What is damaged is named, and all that can be read is in the report. Exit codes: 0 all
    passed, 1 a claim failed, 2 a file is damaged, its run ended early, or no check was run,
    3 a fault of our own.
    """
    from portalwatch.console import line_of, summary_of
    from portalwatch.project import activate, find_root
    from portalwatch.render import Pages
    from portalwatch.report_file import write_report
    from portalwatch.results_file import read_results, without_repeats

    found = activate(find_root(project))
    pages = Pages(found.root / "reports")
    read = [read_results(file) for file in files]
    results, notes = without_repeats(read)
    damage = [line for each in read for line in each.damage]
    given = len({file.resolve() for file in files})
    if expect is not None and given != expect:
        damage.append(f"--expect {expect}: given are {given}")
    if not results and not damage:
        damage.append("no check was run: these files hold no results")
    tell(*notes, *damage)
    title = _title(read)
    if results:
        index = write_report(
            pages,
            to or found.report_folder,
            results,
            evidence_roots=[each.evidence for each in read],
            title=title,
            started_at=min(result.started_at for result in results),
            ended_at=max(result.ended_at for result in results),
            losses=damage,
            single_file=single_file,
        )
        for result in results:
            if result.flaky or result.outcome in (Outcome.FAIL, Outcome.ERROR):
                print(line_of(result))
        print(summary_of(results))
        print(index)
    elif (index := (to or found.report_folder) / "index.html").exists():
        tell(f"{index}: is an older report, and was left as it is")
    publish(
        results,
        title=title,
        losses=damage,
        root=found.root,
        markdown_file=markdown,
        github_summary=github_summary,
    )
    raise typer.Exit(_exit_code(results, damaged=bool(damage), fail_on_flaky=fail_on_flaky))


def _title(files: Sequence[ReadResults]) -> str:
    return ", ".join(dict.fromkeys(each.title for each in files if each.title)) or "Checks"


def _exit_code(results: Sequence[Result], *, damaged: bool, fail_on_flaky: bool) -> Exit:
    from portalwatch.cli.once import exit_code

    code = exit_code(results)
    if code is Exit.PASSED and fail_on_flaky and any(result.flaky for result in results):
        return Exit.FAILED
    # A claim that failed is what somebody must look at first; what is lost comes next.
    return Exit.USAGE if damaged and code is not Exit.FAILED else code
