"""Serving an ASGI application on a free port until told to stop, and saying when it is ready."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import NoReturn

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address, not listening yet: nobody connects before all is ready.

    ``port`` 0 takes a free one. Raises ``OSError`` where the address cannot be had.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        # A port that a stopped portal has just left is free again at once.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket, scheme: str = "http") -> str:
    """The address that a browser on this machine opens."""
    host, port = bound.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def exit_on_signals() -> None:
    """Turns SIGTERM, SIGINT and SIGHUP into ``SystemExit(0)``, so that cleaning up takes place."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)


def exit_with_parent() -> None:
    """Ends this process when its standard input does, as it does when the parent dies."""

    def watch() -> None:
        # Not sys.stdin: a thread that holds its buffer's lock aborts the interpreter's exit.
        while os.read(sys.stdin.fileno(), 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def serve(
    application: Callable[..., Awaitable[None]],
    bound: socket.socket,
    *,
    tls: ssl.SSLContext | None,
    behind_tls: bool,
    announce: Callable[[], None],
) -> None:
    """Serves until a signal; calls ``announce`` once connections are accepted.

    ``tls`` ends TLS here; ``behind_tls`` is for a proxy in front that does.
    """
    config = uvicorn.Config(
        application,
        lifespan="off",
        http=_Protocol,
        ws="auto",  # the chat's; needs the package websockets
        ws_max_size=16 * 1024,
        ssl_context_factory=(lambda *_: tls) if tls else None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Only a proxy that ends TLS has anything true to say in X-Forwarded-Proto.
        proxy_headers=behind_tls and tls is None,
        # Longer than browsers keep an idle connection in a test: a request must not meet
        # one that is being closed.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )
    _AnnouncingServer(config, announce).run(sockets=[bound])


class _Protocol(H11Protocol):
    """uvicorn's protocol; it lets the application get at its connection, to break it.

    ASGI has no word for that, and a fault on command wants it: see portal.faults.transport.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _AnnouncingServer(uvicorn.Server):
    """uvicorn's server; it has no hook for the moment in which it is ready."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._announce()
