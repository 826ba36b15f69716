"""Serving the monitor's web site from within the monitor's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import http.client
import ipaddress
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator, Sequence

import uvicorn
from starlette.types import ASGIApp

from portalwatch.errors import OperatorError
from portalwatch.plan_values import Address

log = logging.getLogger("portalwatch")

CLOSE_SECONDS = 2  # for readers of the live page to let go
ASK_SECONDS = 1  # for whoever has the address already to say who it is
SERVER = "portalwatch"  # the Server header of every answer


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: the monitor drains first and stops this server last."""
        yield


def listen(address: Address, *, asked_by: str = "monitor.listen") -> socket.socket:
    """The socket to serve on, as the option or key ``asked_by`` says.

    Raises ``OperatorError`` where the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        listener = socket.create_server((address.host, address.port), family=family)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE and _is_monitor(address):
            raise OperatorError(
                f"{asked_by}: {address} is already served by another portalwatch monitor"
                " (stop that one, or choose another port)"
            ) from exc
        raise OperatorError(
            f"{asked_by}: {address} cannot be listened on:"
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
        app,
        headers=[("server", SERVER)],
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=CLOSE_SECONDS,
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


def _is_monitor(address: Address) -> bool:
    """Whether it is one of us that answers there, by the name that it gives itself."""
    asked = http.client.HTTPConnection(address.host, address.port, timeout=ASK_SECONDS)
    with contextlib.closing(asked), contextlib.suppress(OSError, http.client.HTTPException):
        asked.request("GET", "/healthz")
        return asked.getresponse().headers.get("server") == SERVER
    return False


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


def allowed_hosts(address: Address) -> Sequence[str]:
    """The names by which requests may ask.

    On loopback its own alone: a page elsewhere, whose name an attacker has led here, must
    not read what a signed-in user saw. Who listens to the network has said that others may.
    """
    if not _is_loopback(address.host):
        return ["*"]
    # Starlette cuts at the first colon: of a literal IPv6 address, which is no name that
    # could be led anywhere, the bracket is left.
    own = "[" if ":" in address.host else address.host
    return ["localhost", "127.0.0.1" if own == "localhost" else own]
