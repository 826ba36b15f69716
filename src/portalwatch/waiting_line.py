"""Who waits for which name, in the order in which they came, over all processes of a machine.

Without a line a name goes to whoever happens to look first when it gets free, and one that
is unlucky waits for ever. Places are kept in memory, and those at the front of their process
also as files, each locked by whoever waits: the system takes back the place of what dies.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_SUFFIX, _PART = ".waits", ".part"
_serial = itertools.count(1)


class WaitingLine:
    """The line of one process; ``folder``, which is there, joins it with those of the others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: list[Place] = []
        self._guard = threading.Lock()

    @contextmanager
    def place(self, names: Sequence[str]) -> Iterator[Place]:
        """A place at the end of the line, until the context ends."""
        place = Place(self, names)
        with self._guard:
            self._places.append(place)
        try:
            yield place
        finally:
            with self._guard:
                self._places.remove(place)
            place.give_up()

    def before(self, place: Place) -> Iterator[Place]:
        """Those of this process that came before ``place``."""
        with self._guard:
            # By their tickets, as between processes: two orders could wait for each other.
            return iter([other for other in self._places if other.ticket < place.ticket])

    def shown_before(self, ticket: str) -> Iterator[Path]:
        """The files of others' places that were taken before that of ``ticket``."""
        with self._guard:
            own = {place.ticket for place in self._places}
        for file in self._folder.iterdir():
            if file.suffix == _SUFFIX and file.name < ticket and file.name not in own:
                yield file

    def file_of(self, ticket: str) -> Path:
        """Where the place of ``ticket`` is shown."""
        return self._folder / ticket


class Place:
    """A place in the line, of somebody who wants any one of ``names``."""

    def __init__(self, line: WaitingLine, names: Sequence[str]) -> None:
        self.names = tuple(names)
        # Their order by name is that of their coming.
        self.ticket = f"{time.time_ns():020}-{os.getpid()}-{next(_serial):08}{_SUFFIX}"
        self._line = line
        self._lock: int | None = None

    def free_to_take(self) -> list[str]:
        """Those of its names that nobody waits for who came before."""
        mine = self.first_for()
        if mine:
            others = {name for file in self._line.shown_before(self.ticket) for name in _held(file)}
            mine = [name for name in mine if name not in others]
        return mine

    def first_for(self) -> list[str]:
        """Those of its names that nobody in this process waits for who came before."""
        wanted = {name for place in self._line.before(self) for name in place.names}
        return [name for name in self.names if name not in wanted]

    def show(self) -> None:
        """Keep the place against other processes, too: for one at the front of its own."""
        if self._lock is not None:
            return
        file = self._line.file_of(self.ticket)
        part = file.with_name(file.name + _PART)
        self._lock = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(self._lock, "\n".join(self.names).encode())
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        part.rename(file)  # seen only once it is locked: else it would look like a dead one's

    def give_up(self) -> None:
        """Leave the line."""
        if self._lock is not None:
            file = self._line.file_of(self.ticket)
            for left in (file, file.with_name(file.name + _PART)):
                left.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None


def _held(file: Path) -> Sequence[str]:
    """The names that ``file`` keeps a place for; none where whoever waited is gone."""
    with suppress(FileNotFoundError), file.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return opened.read().split("\n")
        file.unlink(missing_ok=True)
    return ()
