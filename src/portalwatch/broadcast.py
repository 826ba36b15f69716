"""Telling many readers of what happens, without waiting for any of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

BACKLOG = 100  # words that a reader may be behind before it misses some


class Broadcast:
    """Words told in one loop, heard by whoever listens there."""

    def __init__(self) -> None:
        self._readers: set[asyncio.Queue[str | None]] = set()
        self._closed = False

    def tell(self, word: str) -> None:
        """Let every reader have ``word``; one that is too far behind misses it."""
        for queue in self._readers:
            if queue.qsize() < BACKLOG:
                queue.put_nowait(word)

    def close(self) -> None:
        """Let every stream come to its end, once all that was told is read."""
        self._closed = True
        for queue in self._readers:
            queue.put_nowait(None)

    async def listen(self) -> AsyncIterator[str]:
        """A stream of what is told from now on, until ``close()``."""
        if self._closed:
            return
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._readers.add(queue)
        try:
            while (word := await queue.get()) is not None:
                yield word
        finally:
            self._readers.discard(queue)
