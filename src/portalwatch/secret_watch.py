"""Noticing that the accounts' secrets may not be any more what they were when they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portalwatch.attempt_budget import AttemptBudget
from portalwatch.plan import Plan

Stamps = Mapping[str, tuple[int, ...]]  # what tells a file from the one before, by its path


@dataclass
class SecretWatch:
    """Looks for files of secrets that were replaced, and for accounts that were resumed.

    Who resumes an account has mended its secret; where that is kept in a keyring, or by a
    password manager, nothing else tells. Secrets in variables of the environment stay as they
    are for as long as a process lives.
    """

    budget: AttemptBudget
    environ: Mapping[str, str]
    _resumed_at: float | None = None
    _files: Stamps | None = None

    def have_changed(self, plan: Plan) -> bool:
        """Whether secrets of ``plan`` may have changed since the last time; not at the first.

        Raises ``AccountUnavailable`` where the file of the accounts cannot be read.
        """
        resumed_at, files = self.budget.resumed_at(), self._stamps(plan)
        known, self._files = self._files, files
        before, self._resumed_at = self._resumed_at, resumed_at
        if known is None or before is None:
            return False
        replaced = any(known[path] != stamp for path, stamp in files.items() if path in known)
        return replaced or resumed_at > before

    def _stamps(self, plan: Plan) -> Stamps:
        pointers = [name for name in plan.secret_variables() if name.endswith("_FILE")]
        files = [self.environ.get(name) for name in pointers]
        return {file: _stamp(file) for file in files if file}


def _stamp(file: str) -> tuple[int, ...]:
    try:
        # Followed: platforms swap a link to hand over a new secret.
        found = Path(file).stat()
    except (OSError, ValueError):
        return ()  # reading it tells why
    return found.st_ino, found.st_mtime_ns, found.st_size
