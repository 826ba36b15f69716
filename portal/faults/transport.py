"""Faults of the connection and the answer as such: an ASGI wrapper around the application.

Django never sees them. First come those that delay, then those that answer instead, then
those that spoil the answer on its way out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from portal.asgi_types import Application, Message, Receive, Scope, Send
from portal.faults import sockets, switchboard, wire
from portal.faults.answers import spoil
from portal.faults.catalogue import Value
from portal.faults.wire import Faults

# Set by Django's side on an answer that is to be held back, and taken off here: a thread
# of the pool that waited would be missing to everybody else.
HOLD_BACK = b"x-portal-hold-back"


class TransportFaults:
    """Plays the transport faults that are on for a request."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await sockets.play(self._application, scope, receive, send)
        elif not switchboard.rows():
            await self._application(scope, receive, send)
        else:
            await self._play(scope, receive, send)

    async def _play(self, scope: Scope, receive: Receive, send: Send) -> None:
        visitor = wire.Incoming(receive, "http.disconnect")
        faults = await wire.faults_of(scope)
        if await wire.delayed(faults, visitor):
            return
        if await wire.answered(faults, scope, visitor, send):
            return
        await self._spoiled(faults, scope, visitor.next, send)

    async def _spoiled(self, faults: Faults, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the application's answer on as the faults want it."""
        start: Message = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self._application(scope, receive, collect)
        if not start:  # the visitor has gone
            return
        headers = [(name, value) for name, value in start["headers"] if name.lower() != HOLD_BACK]
        held = [value for name, value in start["headers"] if name.lower() == HOLD_BACK]
        if held:
            await asyncio.sleep(float(held[0]))
        answer = spoil(faults, scope["path"], start["status"], headers, b"".join(parts))
        start |= {"status": answer.status, "headers": answer.headers}
        await send(start)
        if answer.breaks_off:
            await send({"type": "http.response.body", "body": answer.body, "more_body": True})
            await asyncio.sleep(0.05)  # what was written must be on its way before the end
            wire.transport_of(scope).abort()
            return
        await _in_pieces(answer.body, faults.get("latency_drip"), send)


async def _in_pieces(body: bytes, drip: Mapping[str, Value] | None, send: Send) -> None:
    if drip and body:
        size = max(1, len(body) // 20)
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        pause = wire.positive(drip["seconds"]) / len(pieces)
        for piece in pieces:
            await asyncio.sleep(pause)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        body = b""
    await send({"type": "http.response.body", "body": body})
