"""Noticing that the accounts' secrets may not be any more what they were when they were read."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portalwatch.attempt_budget import AttemptBudget
from portalwatch.plan import Plan

AGAIN_AFTER = 60.0  # seconds, where they could not be read: a password manager may be locked


@dataclass(frozen=True, slots=True)
class Look:
    """What was there at a time: it differs where secrets may."""

    resumed_at: float
    files: Mapping[str, tuple[int, ...]]  # what tells a file from the one before, by its path

    def differs(self, before: Look) -> bool:
        """Whether a file was replaced, or an account resumed, since ``before``."""
        known = before.files
        replaced = any(known[path] != stamp for path, stamp in self.files.items() if path in known)
        return replaced or self.resumed_at != before.resumed_at


@dataclass
class SecretWatch:
    """Looks for files of secrets that were replaced, and for accounts that were resumed.

    Who resumes an account has mended its secret; where that is kept in a keyring, or by a
    password manager, nothing else tells. Secrets in variables of the environment stay as they
    are for as long as a process lives.
    """

    budget: AttemptBudget
    environ: Mapping[str, str]
    clock: Callable[[], float] = time.monotonic
    _taken_up: Look | None = field(default=None, init=False)
    _tried: Look | None = field(default=None, init=False)
    _tried_at: float = field(default=0.0, init=False)

    def look(self, plan: Plan) -> Look:
        """What there is now. Raises ``AccountUnavailable`` where the budget cannot be read."""
        pointers = [name for name in plan.secret_variables() if name.endswith("_FILE")]
        files = [self.environ.get(name) for name in pointers]
        return Look(self.budget.resumed_at(), {file: _stamp(file) for file in files if file})

    def taken_up(self, look: Look) -> None:
        """The secrets in use were read after ``look``."""
        self._taken_up = look

    def is_due(self, plan: Plan) -> bool:
        """Whether secrets of ``plan`` should be read again: they may have changed, and were not
        tried to be read a moment ago."""
        found = self.look(plan)
        if self._taken_up is None or not found.differs(self._taken_up):
            return False
        tried = self._tried is not None and not found.differs(self._tried)
        if tried and self.clock() - self._tried_at < AGAIN_AFTER:
            return False
        self._tried, self._tried_at = found, self.clock()
        return True


def _stamp(file: str) -> tuple[int, ...]:
    try:
        # Followed: platforms swap a link to hand over a new secret.
        found = Path(file).stat()
    except (OSError, ValueError):
        return ()  # reading it tells why
    return found.st_ino, found.st_mtime_ns, found.st_size
