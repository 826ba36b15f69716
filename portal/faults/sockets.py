"""Transport faults of a WebSocket: in its handshake, and at each message of the browser.

What would keep an answer from a request keeps it from a message, too: the application hears
it late, after a hang, or not at all because the connection is reset.
"""

from __future__ import annotations

from portal.asgi_types import Application, Message, Receive, Scope, Send
from portal.faults import wire

_GONE = "websocket.disconnect"


async def play(application: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Runs ``application`` on a WebSocket, with the faults that are on."""
    browser = wire.Incoming(receive, _GONE)
    if not await _connects(browser, scope, send):
        return

    async def hear() -> Message:
        return await _through_faults(await browser.next(), browser, scope)

    await application(scope, hear, send)


async def _connects(browser: wire.Incoming, scope: Scope, send: Send) -> bool:
    """The handshake; False where the application is to know nothing of it."""

    async def refuse(message: Message) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    browser.put_back(await browser.next())  # websocket.connect
    faults = await wire.faults_of(scope)
    if await wire.delayed(faults, browser):
        return False
    return not await wire.answered(faults, scope, browser, refuse)


async def _through_faults(message: Message, browser: wire.Incoming, scope: Scope) -> Message:
    """What the application hears when the browser has sent ``message``."""
    if message["type"] != "websocket.receive":
        return message
    faults = await wire.faults_of(scope)
    if "connection_reset" in faults:
        wire.reset(scope)
        return {"type": _GONE, "code": 1006}
    if await wire.delayed(faults, browser):
        return {"type": _GONE, "code": 1006}
    return message
