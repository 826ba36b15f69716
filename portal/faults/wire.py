"""What faults of HTTP requests and of WebSockets have in common.

Whom they meet, delays, answers in the application's place, breaking off.
"""

from __future__ import annotations

import asyncio
import http
import random
import socket
import struct
from collections import deque
from collections.abc import Mapping

from portal.asgi_types import Message, Receive, Scope, Send
from portal.faults import switchboard
from portal.faults.catalogue import CATALOGUE, Value, Where
from portal.faults.sessions import account_of
from portal.faults.switchboard import Visit

Faults = Mapping[str, Mapping[str, Value]]  # their parameters by their names

_OURS = {name for name, fault in CATALOGUE.items() if fault.where is Where.TRANSPORT}
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time


class Incoming:
    """What comes from a visitor; what is heard while they are waited for to leave is kept."""

    def __init__(self, receive: Receive, farewell: str) -> None:
        self._receive = receive
        self._farewell = farewell
        self._kept: deque[Message] = deque()

    async def next(self) -> Message:
        """What an application is to hear next."""
        return self._kept.popleft() if self._kept else await self._receive()

    def put_back(self, message: Message) -> None:
        """Makes ``message`` the next one."""
        self._kept.appendleft(message)

    async def gone(self) -> None:
        """Ends when the visitor leaves."""
        while not (self._kept and self._kept[-1]["type"] == self._farewell):
            self._kept.append(await self._receive())


async def faults_of(scope: Scope) -> Faults:
    """The transport faults that this request is to have now."""
    ours = [row for row in switchboard.rows() if row.name in _OURS]
    if not ours:
        return {}
    headers = dict(scope["headers"])
    account = ""
    if any(row.account for row in ours):
        account = await account_of(headers.get(b"cookie", b"").decode("latin-1"))
    visit = Visit(scope["path"], headers.get(b"user-agent", b"").decode("latin-1"), account)
    if visit.spared:
        return {}
    return {row.name: row.parameters for row in ours if row.applies(visit)}


async def delayed(faults: Faults, visitor: Incoming) -> bool:
    """Waits as long as asked for; True where ``visitor`` has left during a hang."""
    if fault := faults.get("latency_fixed"):
        await asyncio.sleep(positive(fault["seconds"]))
    if fault := faults.get("latency_jitter"):
        least, most = positive(fault["least_seconds"]), positive(fault["most_seconds"])
        await asyncio.sleep(random.uniform(least, most))  # noqa: S311
    if (fault := faults.get("hang")) is None:
        return False
    try:
        async with asyncio.timeout(positive(fault["seconds"])):
            await visitor.gone()
    except TimeoutError:
        return False  # and only now the application is asked
    return True


async def answered(faults: Faults, scope: Scope, visitor: Incoming, send: Send) -> bool:
    """Answers instead of the application, if a fault wants that."""
    if "connection_reset" in faults:
        reset(scope)
        await visitor.gone()  # the server complains of a request that it sees unanswered
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


def _proxy_page(status: int) -> bytes:
    """As terse as the pages of a proxy: it has none of the portal's look."""
    text = f"{status} {http.HTTPStatus(status).phrase}"
    return (
        f'<!doctype html><html lang="en"><head><title>{text}</title></head>'
        f"<body><h1>{text}</h1></body></html>"
    ).encode()


def transport_of(scope: Scope) -> asyncio.Transport:
    """The connection below ASGI, which has no word for breaking it: see portal.serving."""
    return scope["state"]["transport"]


def reset(scope: Scope) -> None:
    """Ends the connection by a reset, not by the usual farewell."""
    transport = transport_of(scope)
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
    )
    transport.abort()


def positive(value: Value) -> float:
    """A time or a part as a number that is not below zero."""
    return max(0.0, float(value))
