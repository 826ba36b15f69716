"""Serving the monitor's web site: the address it gets, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from portalwatch.errors import OperatorError
from portalwatch.plan_values import Address
from portalwatch.server import listen, serving
from tests.asynchronous import in_own_loop


async def hello(_request):
    return PlainTextResponse("hello")


APP = Starlette(routes=[Route("/", hello)])


def read(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        pytest.param(
            "::1", marks=pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
        ),
    ],
)
def test_it_serves_on_a_free_port_and_gives_the_address(host, caplog):
    async def work():
        with listen(Address(host, 0)) as listener:
            async with serving(APP, listener) as address:
                body = await asyncio.to_thread(read, address)
        return address, body

    address, body = in_own_loop(work())
    assert body == b"hello"
    assert address.startswith("http://[::1]:" if host == "::1" else "http://127.0.0.1:")
    with pytest.raises(OSError, match="refused"):
        read(address)
    assert caplog.text == ""


def test_an_address_that_is_taken_names_the_key_and_the_reason():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OperatorError) as refused:
            listen(Address("127.0.0.1", port))
    assert str(refused.value) == (
        f"monitor.listen: 127.0.0.1:{port} cannot be listened on: Address already in use"
        " (stop what uses it, or choose another address)"
    )


def test_an_address_that_another_monitor_serves_is_told_as_that():
    async def work():
        with listen(Address("127.0.0.1", 0)) as listener:
            taken = Address(*listener.getsockname())
            async with serving(APP, listener):
                with pytest.raises(OperatorError) as refused:
                    await asyncio.to_thread(listen, taken)
        return taken, str(refused.value)

    taken, told = in_own_loop(work())
    assert told == (
        f"monitor.listen: {taken} is already served by another portalwatch monitor"
        " (stop that one, or choose another port)"
    )


def test_an_address_that_another_web_site_serves_is_only_in_use():
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as site:
        site.timeout = 10
        thread = threading.Thread(target=site.handle_request, daemon=True)
        thread.start()
        with pytest.raises(OperatorError, match="Address already in use"):
            listen(Address("127.0.0.1", site.server_port))
        thread.join(15)
        assert not thread.is_alive()


def test_an_address_of_another_machine_cannot_be_listened_on():
    with pytest.raises(OperatorError, match=r"192\.0\.2\.1:0 cannot be listened on"):
        listen(Address("192.0.2.1", 0))


def test_an_address_that_others_can_reach_is_warned_of(caplog):
    with caplog.at_level(logging.WARNING), listen(Address("0.0.0.0", 0)):
        pass
    assert "everyone who reaches this address can read pages and evidence" in caplog.text


def test_a_name_that_nobody_knows_cannot_be_listened_on():
    with pytest.raises(OperatorError, match=r"nowhere\.invalid:0 cannot be listened on: \w+"):
        listen(Address("nowhere.invalid", 0))
