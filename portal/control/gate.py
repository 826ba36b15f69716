"""A gate that a reset closes: it waits for the requests inside, and keeps new ones waiting.

So none of them sees half of the old state and half of the new.
"""

from __future__ import annotations

import asyncio

from portal.asgi_types import Application, Receive, Scope, Send

_ALONE = "/control/reset"
_PATIENCE = 5.0  # seconds that a reset waits for the requests inside before it goes on


class Gate:
    """Lets requests to the application pass side by side, and a reset alone."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._inside = 0
        self._changed = asyncio.Condition()
        self._closed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        alone = scope["type"] == "http" and scope["path"] == _ALONE
        await (self._enter_alone() if alone else self._enter())
        try:
            await self._application(scope, receive, send)
        finally:
            # Not to be cut short by a cancelled request: the gate would stay closed.
            await asyncio.shield(self._leave(alone))

    async def _enter(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._closed)
            self._inside += 1

    async def _enter_alone(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._closed)
            self._closed = True
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._changed.wait_for(lambda: self._inside == 0)
            except TimeoutError:
                return  # one that hangs must not keep the portal from its reset
            except asyncio.CancelledError:
                self._closed = False
                self._changed.notify_all()
                raise

    async def _leave(self, alone: bool) -> None:
        async with self._changed:
            if alone:
                self._closed = False
            else:
                self._inside -= 1
            self._changed.notify_all()
