"""Too much, too slow, and cut off half-way: refused cleanly, at no cost to anybody else."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.portal_forms import TOKEN, Visitor
from tests.integration.robust_portal import RobustPortal, signed_in

MB = 1024 * 1024
WORKERS = 16  # threads of the portal
SIGN_IN = "/sign-in/"
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def visitor(robust: RobustPortal) -> Visitor:
    return signed_in(robust)


def _pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 65536):
        yield b"x" * 65536


def _parts(size: int) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="user_id"; filename="x"\r\n\r\n'
    return head + b"x" * size + b"\r\n--b--\r\n"


TOO_LARGE: dict[str, Callable[[], dict[str, object]]] = {
    "a form": lambda: {"content": b"user_id=" + b"x" * 10 * MB},
    "of unknown length": lambda: {"content": _pieces(10 * MB)},
    "a file": lambda: {
        "content": _parts(10 * MB),
        "headers": {"Content-Type": "multipart/form-data; boundary=b"},
    },
}


@pytest.mark.parametrize("kind", TOO_LARGE)
def test_a_body_of_ten_megabytes_is_refused(robust, visitor, kind):
    def send() -> httpx.Response:
        arguments = TOO_LARGE[kind]()
        arguments.setdefault("headers", {"Content-Type": URLENCODED})
        return visitor.client.post("/support/", **arguments)

    answer = send()
    assert answer.status_code == 413
    assert "That is too much to send at once" in answer.text
    before = robust.memory()
    for _ in range(4):
        assert send().status_code == 413
    assert robust.memory() - before < 16 * MB
    assert "Welcome" in visitor.client.get("/dashboard/").text


def test_a_hundred_thousand_fields_are_refused(visitor):
    token = f"{TOKEN}={visitor.client.cookies['csrf']}&".encode()
    headers = {"Content-Type": URLENCODED}
    body = token + b"a=&" * 100_000
    answer = visitor.client.post("/support/", content=body, headers=headers)
    assert answer.status_code == 400
    assert "We could not read that request" in answer.text
    answer = visitor.client.get("/transactions/", params=[("a", "")] * 5_000)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/sign-in/", {"X-Long": "x" * MB}),
        ("/sign-in/", {"Cookie": "a=" + "x" * MB}),
        (f"/sign-in/?next=/{'x' * MB}", {}),
        (f"/{'x' * 60_000}/", {}),
    ],
    ids=["header", "cookie", "query", "path"],
)
def test_a_long_address_or_header_is_refused(robust, path, headers):
    # Not by httpx, which goes on sending while the portal has answered and closed.
    address = urlsplit(robust.url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n{lines}Connection: close\r\n\r\n"
    with _connection(robust) as connection:
        status, _ = _talk(connection, request.encode())
    assert status in (0, 400, 404, 414, 431)  # 0: closed, for it was still being sent
    assert httpx.get(f"{robust.url}{SIGN_IN}").status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nHost: HERE\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: HERE\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: HERE\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: HERE\r\nTransfer-Encoding: odd\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: HERE\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /sign-in/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /sign-in/ HTTP/1.1\r\nHost: HERE\r\nHost: evil.example\r\n\r\n",
        b"GET /sign-in/ HTTP/1.1\r\n\r\n",
        b"GET /sign-in/\xff HTTP/1.1\r\nHost: HERE\r\n\r\n",
        b"GET /sign-in/ HTTP/9.9\r\nHost: HERE\r\n\r\n",
        b"ODD /support/ HTTP/1.1\r\nHost: HERE\r\n\r\n",
        b"TRACE /support/ HTTP/1.1\r\nHost: HERE\r\n\r\n",
        b"\0\1\2\3\r\n\r\n",
    ],
)
def test_what_is_no_proper_request_is_refused(robust, request_):
    here = urlsplit(robust.url).netloc.encode()
    with _connection(robust) as connection:
        status, text = _talk(connection, request_.replace(b"HERE", here))
    assert 200 <= status < 500
    assert b"evil.example" not in text
    assert b"Traceback" not in text


def test_slow_visitors_do_not_stop_the_portal(robust):
    """More of them than there are workers; each is told after a while that it took too long."""
    with ExitStack() as opened:
        slow = [opened.enter_context(_connection(robust)) for _ in range(2 * WORKERS)]
        for connection in slow:
            connection.sendall(_beginning(robust, SIGN_IN, b"user_id=am", length=1000))
        began = time.monotonic()
        assert httpx.get(f"{robust.url}{SIGN_IN}", timeout=20).status_code == 200
        assert time.monotonic() - began < 4, "it waited for the slow ones"
        for connection in slow:
            status, text = _talk(connection, b"a")
            assert status == 408
            assert b"Sending took too long" in text


def test_a_form_that_breaks_off_half_way_does_not_count(robust, visitor):
    page = next(link for link in visitor.page("/patients/").links if "/patients/AC-" in link)
    path = f"{urlsplit(page).path}notes/"
    token = visitor.client.cookies["csrf"]
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
    half = f"{TOKEN}={token}&text=The+beginning+of+a".encode()
    with _connection(robust) as connection:
        start = _beginning(robust, path, half, len(half) + 20, f"Cookie: {cookies}\r\n".encode())
        connection.sendall(start)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""  # closed without an answer: it has seen the end
    assert "The beginning of a" not in visitor.client.get(page).text
    assert visitor.client.post(path, content=half, headers={"Content-Type": URLENCODED}).is_redirect
    assert "The beginning of a" in visitor.client.get(page).text


def _beginning(
    portal: RobustPortal, path: str, body: bytes, length: int, more: bytes = b""
) -> bytes:
    """A POST whose body is to have ``length`` bytes, and only so much of it."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {urlsplit(portal.url).netloc}\r\n"
        f"Content-Type: {URLENCODED}\r\nContent-Length: {length}\r\n"
    )
    return head.encode() + more + b"\r\n" + body


def _connection(portal: RobustPortal) -> socket.socket:
    address = urlsplit(portal.url)
    return socket.create_connection((address.hostname, address.port), timeout=20)


def _talk(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    """Sends and reads until the first whole answer or the end; (0, …) without one."""
    text = b""
    try:
        connection.sendall(request)
        while piece := connection.recv(65536):
            text += piece
            head, _, body = text.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            if (len(body) >= int(length[1])) if length else body.endswith(b"0\r\n\r\n"):
                break
    except (ConnectionResetError, BrokenPipeError):
        pass
    found = re.match(rb"HTTP/1\.1 (\d+) ", text)
    return (int(found[1]) if found else 0), text
