"""Packages of Debian and its descendants, as far as browsers need them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence

from portalwatch.browsers.command import succeeds

INSTALL_SECONDS = 900.0  # a browser is 100 MB and more, from mirrors that may be slow

_CANDIDATE = re.compile(r"^\s+Candidate: (?P<version>\S+)$", re.MULTILINE)


class Apt:
    """``apt-get`` as root, or through a ``sudo`` that asks for no password."""

    def __init__(self, prefix: Sequence[str] = ()) -> None:
        self._prefix = tuple(prefix)
        self._updated = False

    @classmethod
    def of_this_machine(cls) -> Apt | None:
        """None where there is no apt-get, or no right to use it."""
        if shutil.which("apt-get") is None:
            return None
        if os.geteuid() == 0:
            return cls()
        if shutil.which("sudo") and succeeds(["sudo", "-n", "true"], seconds=10):
            return cls(("sudo", "-n"))
        return None

    def offers(self, package: str) -> bool:
        """True where ``package`` can be installed and is not a mere pointer to a snap."""
        self._update()
        version = self._candidate(package)
        return version is not None and "snap" not in version

    def install(self, packages: Sequence[str]) -> bool:
        """Install ``packages`` quietly, or their newest versions; False where that fails."""
        self._update()
        command = self._command("install", "--yes", "--no-install-recommends", *packages)
        return succeeds(command, seconds=INSTALL_SECONDS)

    def _update(self) -> None:
        """Refresh the package lists, once: old ones name versions that are gone or too old."""
        if not self._updated:
            self._updated = True
            succeeds(self._command("update"), seconds=INSTALL_SECONDS)

    def _command(self, *arguments: str) -> list[str]:
        # Another apt may be at work, such as unattended upgrades: wait for its lock.
        wait = ("-o", "DPkg::Lock::Timeout=120")
        return [
            *self._prefix,
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            *wait,
            *arguments,
        ]

    @staticmethod
    def _candidate(package: str) -> str | None:
        answer = subprocess.run(
            ["apt-cache", "policy", package],  # noqa: S607 - the system's own, wherever it is
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
        found = _CANDIDATE.search(answer.stdout)
        return found["version"] if found and found["version"] != "(none)" else None
