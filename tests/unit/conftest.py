"""What the unit tests share: the command line in this process."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest

from portalwatch import cli


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """Runs the command line in this process; gives the exit code."""
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["portalwatch", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    yield run
    signal.signal(signal.SIGTERM, before)
