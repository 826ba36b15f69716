"""The run report as a file: one page that needs nothing but the evidence beside it, or in it."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from portalwatch.model import Evidence, Result
from portalwatch.render import Pages, evidence_file

EVIDENCE = "evidence"  # the folder beside a report's index.html
STYLES = ("style.css", "report.css")
# In the order in which they need each other: they are one script.
SCRIPTS = tuple(
    f"report/{name}.js"
    for name in ("data", "dom", "search", "list", "evidence", "past", "run", "timeline", "main")
)

_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")  # all that is ever removed

History = Mapping[tuple[str, str], Sequence[Result]]
"""The newest runs of each check on each browser."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A file of evidence that is part of the page, in base64."""

    path: str
    data: str


def write_report(
    pages: Pages,
    folder: Path,
    results: Sequence[Result],
    *,
    evidence_roots: Sequence[Path],
    title: str,
    started_at: float,
    ended_at: float,
    history: History | None = None,
    losses: Sequence[str] = (),
    single_file: bool = False,
) -> Path:
    """Write ``folder/index.html`` with the evidence it shows, and return its path.

    Each file appears whole or not at all, readable by its owner alone, because evidence
    shows what a signed-in user sees. Evidence is looked for below all of
    ``evidence_roots``, for its path begins with the run's id; what is outside of them or
    gone is left out. With ``single_file`` it is part of the page. ``history``: earlier
    runs, where they are known. ``losses``: what is known to be missing. Raises ``OSError``
    where nothing can be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = _Found(evidence_roots)
    inside: list[Inside] = []
    if single_file:
        shown = found.results(results)
        inside = [Inside(path, _base64(file)) for path, file in found.files.items()]
    else:
        (folder / EVIDENCE).mkdir(mode=0o700, exist_ok=True)
        shown = found.results(results)
        for path, file in found.files.items():
            _place(folder / EVIDENCE / path, _copier(file))
    html = report_html(
        pages,
        shown,
        title=title,
        started_at=started_at,
        ended_at=ended_at,
        history=history,
        losses=losses,
        inside=inside,
    )
    index = folder / "index.html"
    _place(index, lambda draft: draft.write_text(html, encoding="utf-8"))
    _clear_evidence_of_others(folder / EVIDENCE, {Path(path).parts[0] for path in found.files})
    return index


def report_html(
    pages: Pages,
    results: Sequence[Result],
    *,
    title: str,
    started_at: float,
    ended_at: float,
    history: History | None = None,
    losses: Sequence[str] = (),
    inside: Sequence[Inside] = (),
) -> str:
    """The report's page; ``inside``: the evidence that is part of it."""
    style, script = pages.inlined(*STYLES), pages.inlined(*SCRIPTS)
    page = pages.run_report.build(
        results, title=title, started_at=started_at, ended_at=ended_at, history=history
    )
    sources = "blob:" if inside else "'self' file:"
    return pages.html(
        "report.html.j2",
        now=ended_at,
        page=page,
        losses=losses,
        evidence_href=f"{EVIDENCE}/",
        inside=inside,
        style=Markup(style),  # noqa: S704 - files of the project, not data
        script=Markup(script),  # noqa: S704
        policy=(
            f"default-src 'none'; img-src {sources}; media-src {sources}; "
            "base-uri 'none'; form-action 'none'; "
            f"style-src '{_csp_hash(style)}'; script-src '{_csp_hash(script)}'"
        ),
    )


class _Found:
    """The files of evidence that are there, by their paths, as results are gone through."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = roots
        self.files: dict[str, Path] = {}

    def results(self, results: Sequence[Result]) -> list[Result]:
        """The results with only that evidence which there is."""
        return [
            replace(
                result,
                attempts=tuple(
                    replace(a, evidence=tuple(self._kept(a.evidence))) if a.evidence else a
                    for a in result.attempts
                ),
            )
            for result in results
        ]

    def _kept(self, evidence: Sequence[Evidence]) -> Iterator[Evidence]:
        for item in evidence:
            places = (evidence_file(root, item.path) for root in self._roots)
            file = next(filter(None, places), None)
            if file is not None:
                self.files[item.path] = file
                yield item


def _clear_evidence_of_others(evidence: Path, runs: Collection[str]) -> None:
    """Remove what a report that was here before has left: nobody would look for it there."""
    for folder in evidence.glob("*/"):
        if _RUN_ID.fullmatch(folder.name) and folder.name not in runs:
            shutil.rmtree(folder, ignore_errors=True)


def _csp_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _base64(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode("ascii")


def _copier(source: Path) -> Callable[[Path], object]:
    return lambda draft: shutil.copyfile(source, draft)


def _place(target: Path, write: Callable[[Path], object]) -> None:
    """Have ``write`` fill a file of mode 0600 that then becomes ``target`` at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".draft-", dir=target.parent) as drafts:
        draft = Path(drafts) / target.name
        draft.touch(mode=0o600)
        write(draft)
        draft.replace(target)
