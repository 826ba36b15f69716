"""Videos and HAR files: recorded while a context is open, whole once it is closed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import BrowserContext

from portalwatch.evidence import EvidenceFolder
from portalwatch.model import Attempt, Outcome
from portalwatch.runner import OpenContext
from portalwatch.secrets_in_sight import HIDE_IN_VIDEOS

HAR = "requests.har"
_SIZE = {"width": 1280, "height": 720}  # Playwright's viewport, where no other is asked for


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be kept of a try. Each is a mode: see ``options``; ``retry``: not the first."""

    video: str = "off"
    har: str = "off"
    retry: bool = False

    def records(self, mode: str) -> bool:
        """Whether something is recorded at this try."""
        return mode in ("on", "retain-on-failure") or (mode == "on-retry" and self.retry)

    @staticmethod
    def keeps(mode: str, outcome: Outcome) -> bool:
        """Whether what was recorded is kept of a try with ``outcome``."""
        return mode == "on" or outcome in (Outcome.FAIL, Outcome.ERROR)


class Recordings:
    """What is recorded of the contexts of one check. Use as a context: it removes the rest."""

    def __init__(self, wanted: Wanted, viewport: dict[str, int] | None) -> None:
        self._wanted = wanted
        self._size = viewport or _SIZE
        self._folders: list[Path] = []  # one for each context, in the order they were opened

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def any(self) -> bool:
        """Whether anything is recorded."""
        wanted = self._wanted
        return wanted.records(wanted.video) or wanted.records(wanted.har)

    def opener(self, new_context: Callable[..., BrowserContext]) -> OpenContext:
        """Contexts of ``new_context`` that record; each is closed with its attempt."""

        @contextmanager
        def open_context() -> Iterator[BrowserContext]:
            context = new_context(**self._options())
            if self._wanted.records(self._wanted.video):
                context.add_init_script(HIDE_IN_VIDEOS)
            try:
                yield context
            finally:
                context.close()

        return open_context

    def keep(
        self, attempts: Sequence[Attempt], folder_of: Callable[[int], EvidenceFolder]
    ) -> tuple[Attempt, ...]:
        """The ``attempts`` with what is kept of their recordings, in the folder of each."""
        # Of a browser that opens its contexts otherwise nothing is recorded.
        missing = len(attempts) - len(self._folders)
        kept = list(attempts[:missing]) if missing > 0 else []
        for attempt, folder in zip(attempts[max(0, missing) :], self._folders, strict=False):
            evidence = folder_of(len(kept) + 1)
            wanted = self._wanted
            if wanted.keeps(wanted.video, attempt.outcome):
                for video in sorted(folder.glob("*.webm"), key=lambda file: file.stat().st_mtime):
                    evidence.video(video)
            if wanted.keeps(wanted.har, attempt.outcome) and (folder / HAR).exists():
                evidence.har(folder / HAR)
            kept.append(
                replace(
                    attempt,
                    evidence=(*attempt.evidence, *evidence.kept),
                    withheld=(*attempt.withheld, *evidence.withheld),
                )
            )
        return tuple(kept)

    def _options(self) -> dict[str, Any]:
        folder = Path(tempfile.mkdtemp(prefix="recordings-"))
        self._folders.append(folder)
        options: dict[str, Any] = {}
        if self._wanted.records(self._wanted.video):
            # Stock Firefox records nothing in any other size than the viewport's.
            options |= {"record_video_dir": folder, "record_video_size": self._size}
        if self._wanted.records(self._wanted.har):
            options |= {"record_har_path": folder / HAR, "record_har_content": "omit"}
        return options
