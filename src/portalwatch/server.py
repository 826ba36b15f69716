"""Serving the monitor's web site from within the monitor's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

from portalwatch.errors import OperatorError
from portalwatch.plan_values import Address

log = logging.getLogger("portalwatch")

CLOSE_SECONDS = 2  # for readers of the live page to let go


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: the monitor drains first and stops this server last."""
        yield


def listen(address: Address) -> socket.socket:
    """The socket to serve on. Raises ``OperatorError`` where the address cannot be had."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        listener = socket.create_server((address.host, address.port), family=family)
    except OSError as exc:
        raise OperatorError(
            f"monitor.listen: {address.host}:{address.port} cannot be listened on:"
            f" {_reason(exc)} (stop what uses it, or choose another address)"
        ) from exc
    if not _is_loopback(address.host):
        log.warning(
            "listening on %s: everyone who reaches this address can read pages and evidence",
            address.host,
        )
    return listener


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[str]:
    """Serve ``app`` on ``listener`` for as long as the context lasts; gives the address."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=CLOSE_SECONDS
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{shown}:{port}/"
    finally:
        server.should_exit = True
        await task


def _reason(exc: OSError) -> str:
    # create_server() adds the address to strerror; a name that is not found has a negative errno.
    if exc.errno and exc.errno > 0:
        return os.strerror(exc.errno)
    return exc.strerror or str(exc)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
