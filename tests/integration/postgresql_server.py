"""A real PostgreSQL with an empty database, for as long as a test needs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_UNPACKED = ROOT / ".venv" / "tools"  # by scripts/test-tools.sh
_FOLDERS = "usr/lib/postgresql/*/bin"
OLDEST = 15  # the first whose initdb knows --locale-provider=icu


def programs() -> Path | None:
    """The folder of the newest server's programs; None where there is no server."""
    found = [
        folder
        for top in (_UNPACKED, Path("/"))
        for folder in top.glob(_FOLDERS)
        if (folder / "initdb").exists() and (folder / "postgres").exists() and _reachable(folder)
    ]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def empty_database() -> Iterator[str]:
    """The URL of a database that sorts by a language's rules, as most do."""
    check_version(_run("initdb", "--version"))
    folder = Path(tempfile.mkdtemp(prefix="meridian-pg-"))  # short: a socket's path is
    data = folder / "data"
    server = None
    try:
        _as_nobody(folder)
        _run("initdb", "--pgdata", data, "--username=portal", "--auth=trust", "--encoding=UTF8",
             "--no-sync", "--locale-provider=icu", "--icu-locale=en-US")  # fmt: skip
        # Nothing listens but a socket in the folder; what is written need not outlive it.
        _run("pg_ctl", "--pgdata", data, "--wait", "--log", folder / "log", "start",
             "--options", f"-c listen_addresses='' -c fsync=off -k {folder}")  # fmt: skip
        server = data
        _run("createdb", "--host", folder, "--username=portal", "meridian")
        yield f"postgresql://portal@{str(folder).replace('/', '%2F')}/meridian"
    finally:
        if server:
            _run("pg_ctl", "--pgdata", server, "--mode=immediate", "--wait", "stop")
        shutil.rmtree(folder)


def check_version(told: str) -> None:
    """Fails where ``told``, by ``initdb --version``, is a server too old for these tests."""
    found = re.search(r"\(PostgreSQL\) (\d+)", told)
    assert found, f"initdb does not tell its version: {told!r}"
    assert int(found[1]) >= OLDEST, f"these tests need PostgreSQL {OLDEST} or newer, not {told}"


def _run(program: str, *arguments: object) -> str:
    """Runs one of the server's programs to its end; what it printed, but for pg_ctl."""
    folder = programs()
    assert folder is not None
    libraries = f"{_UNPACKED}/usr/lib/{os.uname().machine}-linux-gnu"
    ended = subprocess.run(
        [folder / program, *map(str, arguments)],
        cwd="/",
        env={**os.environ, "LD_LIBRARY_PATH": libraries} if _UNPACKED in folder.parents else None,
        # A server inherits standard output: a pipe would stay open for as long as it runs.
        stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
        stderr=subprocess.STDOUT if program == "pg_ctl" else subprocess.PIPE,
        text=True,
        check=False,
        **_nobody(),
    )
    assert ended.returncode == 0, f"{program}: {ended.stderr}"
    return (ended.stdout or "").strip()


def _nobody() -> dict[str, Any]:
    """PostgreSQL refuses to be run by root."""
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


def _reachable(folder: Path) -> bool:
    """Whether nobody gets there: a clone in root's own home is not for others."""
    return os.geteuid() != 0 or all(parent.stat().st_mode & 1 for parent in folder.parents)


def _as_nobody(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
