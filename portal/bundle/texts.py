"""The texts that the bundled gateway has taken, newest first."""

from __future__ import annotations

import re
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164
LONGEST = 1_600  # characters: ten parts of a long text
_MOST = 10_000


class Refused(Exception):
    """The text cannot be taken; ``str()`` of it says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text as it was taken."""

    id: int
    to: str
    text: str
    at: str  # ISO 8601, UTC


class Texts:
    """Keeps texts while the portal runs; any thread may ask."""

    def __init__(self) -> None:
        self._kept: deque[Text] = deque(maxlen=_MOST)
        self._numbers = count(1)
        self._lock = threading.Lock()

    def take(self, message: object) -> Text:
        """Keeps ``message``, a JSON object with ``to`` and ``text``. Raises ``Refused``."""
        if not isinstance(message, dict):
            raise Refused("a JSON object with 'to' and 'text' is wanted")
        to, text = message.get("to"), message.get("text")
        if not (isinstance(to, str) and _NUMBER.fullmatch(to)):
            raise Refused("'to' must be a number of the form +12025550143")
        if not isinstance(text, str) or not text or len(text) > LONGEST:
            raise Refused(f"'text' must be 1 to {LONGEST} characters")
        if not text.replace("\n", " ").isprintable():
            raise Refused("'text' must have no control characters")
        with self._lock:
            taken = Text(next(self._numbers), to, text, datetime.now(UTC).isoformat())
            self._kept.appendleft(taken)
        return taken

    def to(self, number: str = "") -> list[dict[str, object]]:
        """The texts to ``number``, or all; newest first."""
        with self._lock:
            kept = list(self._kept)
        return [asdict(text) for text in kept if number in ("", text.to)]

    def empty(self) -> None:
        """Forgets all."""
        with self._lock:
            self._kept.clear()
