"""Results handed on beside the report: as Markdown, and to GitHub Actions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from portalwatch.errors import OperatorError
from portalwatch.github import STEP_SUMMARY, annotation_lines, loss_lines
from portalwatch.model import Result
from portalwatch.summary import markdown

MarkdownOption = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE", help="Write a summary in Markdown as well."),
]
GitHubOption = Annotated[
    bool,
    typer.Option(
        "--github-summary", help="In GitHub Actions: a summary of the job, and annotations."
    ),
]


def publish(
    results: Sequence[Result],
    *,
    title: str,
    losses: Sequence[str] = (),
    root: Path,
    markdown_file: Path | None,
    github_summary: bool,
) -> None:
    """Write what was asked for. ``losses``: what is missing; ``root``: the project's folder.

    Raises ``OperatorError`` outside of GitHub Actions where its summary is asked for.
    """
    if github_summary and not os.environ.get(STEP_SUMMARY):
        raise OperatorError(
            f"--github-summary: {STEP_SUMMARY} is not set, as GitHub Actions does"
            " (use --markdown FILE elsewhere)"
        )
    text = markdown(results, title=title, losses=losses)
    if markdown_file is not None:
        markdown_file.parent.mkdir(parents=True, exist_ok=True)
        markdown_file.write_text(text, encoding="utf-8")
    if github_summary:
        with Path(os.environ[STEP_SUMMARY]).open("a", encoding="utf-8") as summary:
            summary.write(text)
        for line in (*annotation_lines(results, _from_workspace(root)), *loss_lines(losses)):
            print(line)


def _from_workspace(root: Path) -> Path:
    workspace = Path(os.environ.get("GITHUB_WORKSPACE") or root).resolve()
    return root.relative_to(workspace) if root.is_relative_to(workspace) else Path()
