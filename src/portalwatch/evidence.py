"""Evidence of a failing attempt: captured, redacted, and kept on disk.

Files lie under ``<evidence>/<run id>/``, readable by the owner alone. Trace zips
hold what was typed and every header: each entry is scrubbed of the known secrets
in their usual encodings before the file gets its final name. An entry that cannot
be scrubbed is left out.
"""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
import zipfile
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from portalwatch.fibers import Fibers
from portalwatch.model import Evidence
from portalwatch.secrets import redact

SHOT_SECONDS = 1.5  # one part of the evidence of a page that hangs may take no longer
TRACE_SECONDS = 5.0
PAGE_TEXT_LIMIT = 20_000  # characters
# Fields whose content a screenshot must not show.
MASKED_FIELDS = (
    "input[type=password], input[autocomplete*=password], input[autocomplete=one-time-code]"
)
MASK_COLOUR = "#6b7280"


class EvidenceFolder:
    """Where one attempt's evidence goes; ``secrets`` are masked in all of it."""

    def __init__(self, root: Path, run_id: str, attempt: int, secrets: Iterable[str]) -> None:
        self._root = root
        self._folder = root / run_id
        self._prefix = f"{attempt}-"
        self._secrets = {s for s in secrets if len(s) >= 4}
        self.kept: list[Evidence] = []

    def add_secrets(self, secrets: Iterable[str]) -> None:
        """More values to mask: used codes, live session cookies."""
        self._secrets.update(s for s in secrets if len(s) >= 4)

    def redacted(self, text: str) -> str:
        """``text`` with every known secret masked, in each encoding it may appear in."""
        return redact(text, encodings(self._secrets))

    def text(self, kind: str, name: str, text: str, media_type: str = "text/plain") -> None:
        """Keep ``text``, redacted."""
        self._write(kind, name, self.redacted(text).encode(), media_type)

    def attachment(self, name: str, data: bytes, media_type: str) -> None:
        """Keep what a check attached; text is redacted, other data kept as it is."""
        safe = re.sub(r"[^\w.-]+", "-", name).strip(".-") or "attachment"
        if media_type.startswith("text/") or "json" in media_type or "xml" in media_type:
            data = _scrub(data, encodings(self._secrets))
        self._write("attachment", safe, data, media_type)

    def page(self, page: Page, fibers: Fibers) -> None:
        """A screenshot and the visible text of ``page``; what it does not give is left out."""
        # A crashed or hanging page gives none: the verdict tells, evidence is a bonus.
        fibers.ask(SHOT_SECONDS, lambda: self._screenshot(page), None)
        fibers.ask(SHOT_SECONDS, lambda: self._page_text(page), None)

    def trace(self, context: BrowserContext, fibers: Fibers) -> None:
        """Stop the tracing of ``context`` and keep the trace, scrubbed."""
        final = self._path("trace.zip")
        raw = final.with_suffix(".raw")
        try:
            fibers.ask(TRACE_SECONDS, lambda: context.tracing.stop(path=raw), None)
            if raw.exists():
                scrub_zip(raw, final, self._secrets)
                self._note("trace", final, "application/zip")
        except zipfile.BadZipFile:
            final.unlink(missing_ok=True)  # the browser died with the trace
        finally:
            raw.unlink(missing_ok=True)

    def _screenshot(self, page: Page) -> None:
        data = page.screenshot(
            mask=[page.locator(MASKED_FIELDS)],
            mask_color=MASK_COLOUR,
            animations="disabled",
            timeout=SHOT_SECONDS * 1000,
        )
        self._write("screenshot", "screenshot.png", data, "image/png")

    def _page_text(self, page: Page) -> None:
        text = page.locator("body").inner_text(timeout=SHOT_SECONDS * 1000)
        self.text("page_text", "page.txt", text[:PAGE_TEXT_LIMIT])

    def _path(self, name: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder / f"{self._prefix}{name}"

    def _write(self, kind: str, name: str, data: bytes, media_type: str) -> None:
        path = self._path(name)
        path.touch(mode=0o600)
        path.write_bytes(data)
        self._note(kind, path, media_type)

    def _note(self, kind: str, path: Path, media_type: str) -> None:
        path.chmod(0o600)
        relative = path.relative_to(self._root).as_posix()
        self.kept.append(Evidence(kind, path.name, relative, media_type, path.stat().st_size))


def encodings(secrets: Iterable[str]) -> set[str]:
    """Each secret in the forms in which pages, requests and traces hold it."""
    forms: set[str] = set()
    for secret in secrets:
        raw = secret.encode()
        forms |= {
            secret,
            urllib.parse.quote(secret, safe=""),
            urllib.parse.quote_plus(secret),
            json.dumps(secret)[1:-1],
            json.dumps(json.dumps(secret))[3:-3],
            html.escape(secret),
            base64.b64encode(raw).decode(),
            base64.b64encode(raw).decode().rstrip("="),
            raw.hex(),
        }
    return {form for form in forms if len(form) >= 4}


def scrub_zip(source: Path, target: Path, secrets: Iterable[str]) -> None:
    """Copy the zip ``source`` to ``target`` with every secret masked in every entry."""
    forms = encodings(secrets)
    partial = target.with_suffix(".part")
    partial.touch(mode=0o600)
    try:
        with (
            zipfile.ZipFile(source) as old,
            zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for entry in old.infolist():
                new.writestr(entry.filename, _scrub(old.read(entry), forms))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _scrub(data: bytes, forms: Iterable[str]) -> bytes:
    for form in sorted(forms, key=len, reverse=True):
        encoded = form.encode()
        # The same length, so that lengths and offsets inside the file stay true.
        data = data.replace(encoded, b"*" * len(encoded))
    return data
