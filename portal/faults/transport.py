"""Faults of the connection and the answer as such: an ASGI wrapper around the application.

Django never sees them. First come those that delay, then those that answer instead, then
those that spoil the answer on its way out.
"""

from __future__ import annotations

import asyncio
import http
import random
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from portal.faults import switchboard
from portal.faults.answers import spoil
from portal.faults.catalogue import CATALOGUE, Value, Where
from portal.faults.sessions import account_of
from portal.faults.switchboard import Switched, Visit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# Set by Django's side on an answer that is to be held back, and taken off here: a thread
# of the pool that waited would be missing to everybody else.
HOLD_BACK = b"x-portal-hold-back"
_OURS = {name for name, fault in CATALOGUE.items() if fault.where is Where.TRANSPORT}
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time


class TransportFaults:
    """Plays the transport faults that are on for a request."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rows = switchboard.rows()
        if not rows or scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        faults = await _of(scope, rows)
        if await _delayed(faults, receive) or await _answered(faults, scope, send):
            return
        await self._spoiled(faults, scope, receive, send)

    async def _spoiled(
        self, faults: dict[str, dict[str, Value]], scope: Scope, receive: Receive, send: Send
    ) -> None:
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
            _transport(scope).abort()
            return
        await _in_pieces(answer.body, faults.get("latency_drip"), send)


async def _of(scope: Scope, rows: Sequence[Switched]) -> dict[str, dict[str, Value]]:
    """The transport faults that this request is to have, by name."""
    ours = [row for row in rows if row.name in _OURS]
    headers = dict(scope["headers"])
    account = ""
    if any(row.account for row in ours):
        account = await account_of(headers.get(b"cookie", b"").decode("latin-1"))
    visit = Visit(scope["path"], headers.get(b"user-agent", b"").decode("latin-1"), account)
    if visit.spared:
        return {}
    return {row.name: dict(row.parameters) for row in ours if row.applies(visit)}


async def _delayed(faults: dict[str, dict[str, Value]], receive: Receive) -> bool:
    """Waits as long as asked for; True where the visitor is not to be answered at all."""
    if fault := faults.get("latency_fixed"):
        await asyncio.sleep(_positive(fault["seconds"]))
    if fault := faults.get("latency_jitter"):
        least, most = _positive(fault["least_seconds"]), _positive(fault["most_seconds"])
        await asyncio.sleep(random.uniform(least, most))  # noqa: S311
    if (fault := faults.get("hang")) is None:
        return False
    try:
        async with asyncio.timeout(_positive(fault["seconds"])):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False  # and only now the application is asked
    return True


async def _answered(faults: dict[str, dict[str, Value]], scope: Scope, send: Send) -> bool:
    """Answers instead of the application, if a fault wants that."""
    if "connection_reset" in faults:
        _reset(_transport(scope))
        return True
    if "redirect_loop" in faults:
        query = scope["query_string"]
        here = scope["raw_path"] + (b"?" + query if query else b"")
        await _send(send, 302, [(b"location", here)], b"")
        return True
    for name, fault in faults.items():
        if name.startswith("status_"):
            status = int(name.removeprefix("status_"))
            wait = fault.get("retry_after")
            headers = [(b"retry-after", b"%d" % wait)] if wait is not None else []
            await _send(send, status, headers, _proxy_page(status))
            return True
    return False


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _in_pieces(body: bytes, drip: dict[str, Value] | None, send: Send) -> None:
    if drip and body:
        size = max(1, len(body) // 20)
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        pause = _positive(drip["seconds"]) / len(pieces)
        for piece in pieces:
            await asyncio.sleep(pause)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        body = b""
    await send({"type": "http.response.body", "body": body})


def _proxy_page(status: int) -> bytes:
    """As terse as the pages of a proxy: it has none of the portal's look."""
    text = f"{status} {http.HTTPStatus(status).phrase}"
    return (
        f'<!doctype html><html lang="en"><head><title>{text}</title></head>'
        f"<body><h1>{text}</h1></body></html>"
    ).encode()


def _transport(scope: Scope) -> asyncio.Transport:
    """The connection below ASGI, which has no word for breaking it: see portal.serving."""
    return scope["state"]["transport"]


def _reset(transport: asyncio.Transport) -> None:
    """Ends the connection by a reset, not by the usual farewell."""
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
    )
    transport.abort()


def _positive(value: Value) -> float:
    return max(0.0, float(value))
