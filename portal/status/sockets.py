"""Maintenance for WebSockets, which pass by Django and its middleware.

None is opened while it lasts, and those that are open are closed when it begins: a browser
may stay connected for hours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from portal.asgi_types import Application, Message, Receive, Scope, Send
from portal.faults.switchboard import reader
from portal.status import maintenance, views
from portal.status.models import MaintenanceWindow

LOOK_SECONDS = 1.0  # between two looks whether it has begun
TRY_AGAIN_LATER = 1013  # among IANA's registered close codes; chat.js knows it


class ClosedInMaintenance:
    """A WebSocket application that is there as long as the portal is."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if window := await _current():
            await receive()  # websocket.connect
            await _refuse(window, send)
            return

        async def hear() -> Message:
            return await _next(receive, send)

        await self._application(scope, hear, send)


async def _next(receive: Receive, send: Send) -> Message:
    """What the browser says; a farewell in its name once there is maintenance."""
    waiting = asyncio.ensure_future(receive())
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=LOOK_SECONDS)
            if await _current() is not None:
                await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
                return {"type": "websocket.disconnect", "code": TRY_AGAIN_LATER}
            if done:
                return waiting.result()
    finally:
        waiting.cancel()


async def _refuse(window: MaintenanceWindow, send: Send) -> None:
    """Answers the handshake as a page would be answered."""
    page = await _in_thread(views.closed, window)
    headers = [(name.lower().encode(), value.encode()) for name, value in page.items()]
    await send(
        {
            "type": "websocket.http.response.start",
            "status": page.status_code,
            "headers": [*headers, (b"cache-control", b"no-store")],
        }
    )
    await send({"type": "websocket.http.response.body", "body": page.content})


async def _current() -> MaintenanceWindow | None:
    return await _in_thread(maintenance.current)


async def _in_thread(function: Callable[..., Any], *arguments: object) -> Any:
    return await asyncio.get_running_loop().run_in_executor(reader, function, *arguments)
