"""A local site made for trouble: each fault that a portal can have at an address of its own."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW_SECONDS = 0.6
LATE_SECONDS = 2.0  # after which /late shows what it should
HELD_SECONDS = 60.0  # how long a request without an answer is held, unless the site goes away

PAGE = """<!doctype html><html lang="en"><head><title>{title}</title>{head}</head>
<body><h1>{title}</h1>{body}</body></html>"""

SIGN_IN = """<form method="post" action="/form">
<label>User ID <input name="user"></label>
<label>Password <input name="password" type="password"></label>
<label>Code <input name="code" autocomplete="one-time-code"></label>
<label>Remarks <input name="remarks"></label>
<label>Hidden <input name="hidden" type="password" style="display:none"></label>
<button>Sign in</button></form>"""

PAGES: dict[str, tuple[str, str, str]] = {  # address: title, head, body
    "/": ("All is well", "", '<a href="/next">Go on</a>'),
    "/next": ("The next page", "", ""),
    "/form": ("Sign in", "", SIGN_IN),
    "/framed-form": (
        "Sign in, elsewhere",
        "",
        """<iframe></iframe><script>
        document.querySelector('iframe').src = 'http://localhost:' + location.port + '/form'
        </script>""",
    ),
    "/leads-on": (
        "One moment",
        "",
        """<script>addEventListener('load', () => setTimeout(() => {
        location.href = 'http://localhost:' + location.port + '/form'
        }, 300))</script>""",
    ),
    "/late": (
        "One moment",
        "",
        f"""<script>setTimeout(() => {{
        document.querySelector('h1').textContent = 'At last'
        }}, {LATE_SECONDS * 1000})</script>""",
    ),
    "/alert": ("Sign in", "", '<p role="alert">Your password is incorrect</p>'),
    "/hidden-alert": (
        "Sign in",
        "",
        '<p role="alert" style="display:none">Your password is incorrect</p>',
    ),
    "/endless": (
        "Busy",
        "",
        '<script>addEventListener("load", () => setTimeout(() => { while (true) {} }))</script>',
    ),
    "/throws": ("Broken script", "", "<script>throw new Error('the script is broken')</script>"),
    "/unstyled": ("No style", '<link rel="stylesheet" href="/missing.css">', ""),
    "/half": ("Half a page", '<script src="/hang"></script>', ""),
    "/picture": ("A picture that never comes", "", '<img src="/hang" alt="">'),
    "/frame": ("A frame that never comes", "", '<iframe src="/hang"></iframe>'),
    "/broken-frame": ("A frame that fails", "", '<iframe src="/503"></iframe>'),
    "/links": (
        "Ways into trouble",
        "",
        '<a href="/hang">Hang</a> <a href="/reset">Reset</a> <a href="/503">Busy</a>'
        ' <a href="http://127.0.0.1:9/">Refused</a> <a href="/" target="_blank">Another</a>',
    ),
    "/background": ("Background", "", "<script>fetch('/503')</script>"),
    "/third-party": (
        "Third party",
        "",
        "<script>fetch('http://localhost:' + location.port + '/503').catch(() => {})</script>",
    ),
}


class TroubledSite:
    """The site, on a free loopback port until ``stop()``. ``url`` has no slash at its end."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Answers)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.look_alike = f"http://localhost:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()

    @property
    def requests(self) -> list[str]:
        """Method and path of every request so far."""
        return self._server.requests

    def open_gate(self) -> None:
        """Answer every request for /gate, which has none until then."""
        self._server.gate.set()

    def stop(self) -> None:
        """Go away: no more connections, and those that are open end."""
        self._server.go_away()


@contextmanager
def troubled_site() -> Iterator[TroubledSite]:
    """A ``TroubledSite`` for as long as the context lasts."""
    site = TroubledSite()
    try:
        yield site
    finally:
        site.stop()


def refused_url() -> str:
    """An address of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        self.going = threading.Event()
        self.gate = threading.Event()
        self.requests: list[str] = []
        self.connections: set[socket.socket] = set()
        super().__init__(*arguments)

    def go_away(self, *, last: socket.socket | None = None) -> None:
        """End all but the connection ``last``."""
        self.going.set()
        self.gate.set()
        self.shutdown()
        self.server_close()
        for connection in self.connections - {last}:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: object) -> None:
        """A browser that hangs up is no error here."""


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        """Nothing: requests are kept in ``TroubledSite.requests``."""

    def do_GET(self) -> None:
        if self.server.going.is_set():  # its connection was made in the very last moment
            self.reset()
            return
        path = self.path.partition("?")[0]
        self.server.requests.append(f"{self.command} {path}")
        trouble: Callable[[_Answers], None] | None = _TROUBLES.get(path)
        if trouble is not None:
            trouble(self)
        elif path in PAGES:
            title, head, body = PAGES[path]
            self.answer(200, PAGE.format(title=title, head=head, body=body))
        else:
            self.answer(404, PAGE.format(title="Not found", head="", body=""))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def answer(self, status: int, text: str, **headers: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def hang(self) -> None:
        self.server.going.wait(HELD_SECONDS)
        self.close_connection = True

    def slow(self) -> None:
        self.server.going.wait(SLOW_SECONDS)
        self.answer(200, PAGE.format(title="At last", head="", body=""))

    def gate(self) -> None:
        self.server.gate.wait(HELD_SECONDS)
        self.answer(200, PAGE.format(title="At last", head="", body=""))

    def farewell(self) -> None:
        # Gone before its last page is seen: no later request can come in time.
        self.server.go_away(last=self.connection)
        self.answer(200, PAGE.format(title="Farewell", head="", body=""), Connection="close")

    def reset(self) -> None:
        # Closed with data unsent and no lingering: the peer sees a reset, not an end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Cut</title><h1>Cut in the mid")
        self.wfile.flush()
        self.reset()

    def to_look_alike(self) -> None:
        port = self.server.server_address[1]
        self.answer(302, "", Location=f"http://localhost:{port}/form")


_TROUBLES: dict[str, Callable[[_Answers], None]] = {
    "/hang": _Answers.hang,
    "/slow": _Answers.slow,
    "/gate": _Answers.gate,
    "/farewell": _Answers.farewell,
    "/reset": _Answers.reset,
    "/cut": _Answers.cut,
    "/500": lambda to: to.answer(500, PAGE.format(title="Server error", head="", body="")),
    "/503": lambda to: to.answer(503, PAGE.format(title="Busy", head="", body="")),
    "/redirect": lambda to: to.answer(302, "", Location="/"),
    "/look-alike": _Answers.to_look_alike,
    "/no-content": lambda to: to.answer(204, ""),
}
