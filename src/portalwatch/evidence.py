"""Evidence of an attempt: captured, redacted, and kept on disk.

Files lie under ``<evidence>/<run id>/``, readable by the owner alone. Trace zips hold
what was typed and every header, so every file is masked before it is written, and then
searched once more: where a secret stands in it all the same, it is withheld from
everything that is published, and goes to the quarantine. Evidence is a bonus: what cannot
be captured or written is left out, and the verdict stands without it.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page

from portalwatch.fibers import Patience
from portalwatch.har import scrubbed
from portalwatch.leak_scan import Leak, LeakScan
from portalwatch.model import Evidence
from portalwatch.redaction import Redaction
from portalwatch.secrets_in_sight import covers

log = logging.getLogger(__name__)

SHOT_SECONDS = 1.5  # one part of the evidence of a page that hangs may take no longer
TRACE_SECONDS = 5.0
TRACE_LIMIT = 30_000_000  # bytes
PAGES = 3  # of one attempt that are shown; popups beyond them are left out
PAGE_TEXT_LIMIT = 20_000  # characters
NAME_LIMIT = 80  # characters of an attachment's name
# What a browser carries out when it opens it from disk, where no policy holds it back.
_RUNS_SCRIPTS = {".html", ".htm", ".xhtml", ".xht", ".svg", ".xml", ".mht", ".mhtml"}
MASK_COLOUR = "#6b7280"


class EvidenceFolder:
    """Where one attempt's evidence goes; all of it is masked by ``redaction``."""

    def __init__(
        self, root: Path, run_id: str, attempt: int, redaction: Redaction, quarantine: Path
    ) -> None:
        self._root = root
        self._run_id = run_id
        self._prefix = f"{attempt}-"
        self._redaction = redaction
        self._quarantine = quarantine
        self.kept: list[Evidence] = []
        self.withheld: list[str] = []  # names of those in which a secret was found

    def attachment(self, name: str, data: bytes, media_type: str) -> None:
        """Keep what a check attached, masked whatever its type says."""
        with self._bonus(name):
            self._attachment(name, self._redaction.data(data), media_type)

    def _attachment(self, name: str, data: bytes, media_type: str) -> None:
        # A name is a name: nothing in it may lead out of the folder, or hide the file.
        safe = (
            re.sub(r"[^\w.*-]+", "-", self._redaction.text(name))
            .replace("*", "x")
            .strip(".-")[-NAME_LIMIT:]
            or "attachment"
        )
        if Path(safe).suffix.lower() in _RUNS_SCRIPTS:
            safe, media_type = f"{safe}.txt", "text/plain"
        self._write("attachment", safe, data, media_type)

    def pages(self, pages: Iterable[Page], masked: Iterable[Locator], patience: Patience) -> None:
        """A screenshot and the visible text of each page; what one does not give is left out.

        ``masked``: locators, of any of the pages, that a screenshot must not show.
        """
        fields = list(masked)
        for page in list(pages)[:PAGES]:
            own = [field for field in fields if field.page == page]
            patience.ask(SHOT_SECONDS, partial(self._screenshot, page, own), None)
            patience.ask(SHOT_SECONDS, partial(self._page_text, page), None)

    def end_trace(self, context: BrowserContext, patience: Patience) -> bytes | None:
        """Stop the tracing of ``context``; the trace as it is, with every secret in it."""
        with tempfile.TemporaryDirectory(prefix="trace-") as folder:  # unscrubbed: not beside ours
            raw = Path(folder) / "trace.zip"
            # Pages and their screenshots are to have their share of the time.
            seconds = min(TRACE_SECONDS, patience.left / 2)
            patience.ask(seconds, lambda: context.tracing.stop(path=raw), None)
            if not raw.exists():
                return None
            if raw.stat().st_size > TRACE_LIMIT:
                # Masking it would hold up every lane of the worker.
                log.warning("%s: a trace of over 30 MB was left out", self._run_id)
                return None
            return raw.read_bytes()

    def trace(self, data: bytes) -> None:
        """Keep the trace ``data``, scrubbed."""
        with self._bonus("trace"):
            self._write("trace", "trace.zip", self._redaction.data(data), "application/zip")

    def video(self, source: Path) -> None:
        """Keep a video, in whose making ``HIDE_IN_VIDEOS`` has left passwords and codes out."""
        with self._bonus("video.webm"):
            self._write("video", "video.webm", source.read_bytes(), "video/webm")

    def har(self, source: Path) -> None:
        """Keep the requests in the HAR file ``source``, scrubbed."""
        with self._bonus("requests.har"):
            data = scrubbed(source.read_bytes(), self._redaction)
            self._write("har", "requests.har", data, "application/json")

    def _screenshot(self, page: Page, masked: list[Locator]) -> None:
        for frame in page.frames:
            masked += covers(frame, self._redaction.forms)
        data = page.screenshot(
            mask=masked,
            mask_color=MASK_COLOUR,
            animations="disabled",
            timeout=SHOT_SECONDS * 1000,
        )
        self._write("screenshot", "screenshot.png", data, "image/png")

    def _page_text(self, page: Page) -> None:
        text = page.locator("body").inner_text(timeout=SHOT_SECONDS * 1000)
        masked = self._redaction.text(text)[:PAGE_TEXT_LIMIT]
        if masked.strip():  # a blank page has nothing to say
            self._write("page_text", "page.txt", masked.encode(), "text/plain")

    def _write(self, kind: str, name: str, data: bytes, media_type: str) -> None:
        with self._bonus(name):
            leak = LeakScan(self._redaction.forms).leak_in(data)
            if self._redaction.too_many:
                leak = Leak("of more tokens than are masked")
            path = self._path(self._quarantine if leak else self._root, name)
            path.touch(mode=0o600)
            path.write_bytes(data)
            if leak:
                self.withheld.append(path.name)
                log.error("%s holds a secret after masking (%s): withheld", path, leak)
                return
            relative = path.relative_to(self._root).as_posix()
            self.kept.append(Evidence(kind, path.name, relative, media_type, len(data)))

    def _path(self, root: Path, name: str) -> Path:
        """A place for ``name`` below ``root``, numbered where there is such a file already."""
        folder = root / self._run_id
        for made in (root, folder):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        first = path = folder / f"{self._prefix}{name}"
        number = 1
        while path.exists():
            number += 1
            path = first.with_stem(f"{first.stem}-{number}")
        return path

    @contextmanager
    def _bonus(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as exc:  # a full disk, a trace that was cut off, whatever it is
            log.warning("%s: %s could not be kept as evidence: %s", self._run_id, name, exc)
