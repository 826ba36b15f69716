"""Requests with a body: taken in whole, and only so much of it, before a worker sees it.

A worker thread that reads from the network waits for as long as a visitor likes: sixteen
forms that are sent a byte a minute would stop the portal for everybody. And a form whose
sender went away half-way must not count: "amount=1250" is also a beginning of "amount=12500".
"""

from __future__ import annotations

import asyncio
import io

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.template.loader import render_to_string

from portal.asgi_types import Application, Message, Receive, Scope, Send
from portal.brand import BRAND
from portal.headers import protected

MOST = 512 * 1024  # bytes; the longest form has a twentieth of that, and no page takes a file
# What is read and thrown away of a body that is too large: whoever is still sending does not
# read an answer, and loses it when the connection ends.
_THROWN_AWAY = 32 * 1024 * 1024


class WholeBodies:
    """Hands a request on when all of its body is there; answers 413 or 408 by itself."""

    def __init__(self, application: Application, seconds: float) -> None:
        self._application = application
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if b"content-length" not in headers and b"transfer-encoding" not in headers:
            await self._application(scope, receive, send)
            return
        length = int(headers.get(b"content-length", 0))  # digits: the server looks at that
        if length > MOST and (length > _THROWN_AWAY or b"expect" in headers):
            await _refuse(scope, send, 413)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = await _whole(receive)
        except TimeoutError:
            await _refuse(scope, send, 408)
            return
        except _Gone:
            return
        if body is None:
            await _refuse(scope, send, 413)
            return
        # A body of unknown length is taken for none by WSGI's rules.
        scope = {**scope, "headers": _with_length(scope["headers"], len(body))}
        await self._application(scope, _from(body, receive), send)


class _Gone(Exception):
    """The visitor closed the connection before all was sent."""


async def _whole(receive: Receive) -> bytes | None:
    """The body; None for one that is too large."""
    body, size = bytearray(), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        piece = message.get("body", b"")
        size += len(piece)
        if size <= MOST:
            body += piece
        if not message.get("more_body", False):
            return bytes(body) if size <= MOST else None
        if size > _THROWN_AWAY:
            return None


def _from(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives all of the body at once, then what the connection gives."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return left.pop() if left else await receive()

    return replay


def _with_length(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    framing = (b"content-length", b"transfer-encoding")
    return [
        *((name, value) for name, value in headers if name not in framing),
        (b"content-length", b"%d" % length),
    ]


async def _refuse(scope: Scope, send: Send, status: int) -> None:
    text = render_to_string(f"site/refused_{status}.html", {"brand": BRAND})
    page = protected(ASGIRequest(scope, io.BytesIO()), HttpResponse(text))
    headers = [
        *((name.lower().encode(), value.encode()) for name, value in page.items()),
        (b"content-length", b"%d" % len(page.content)),
        (b"connection", b"close"),  # the rest of the body, if any comes, is no next request
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": page.content})
