"""The SMS gateway and the inbox: a small HTTP server beside the portal.

``POST /messages`` takes a text as JSON, ``GET /messages?to=+12025550143`` gives those of a
number, newest first, and ``GET /`` shows mails and texts to people. What it keeps is for
whoever is on this machine: it listens on loopback, and answers only to loopback's names,
so that no page of another site can read it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from portal.bundle.letters import Letters
from portal.bundle.texts import Refused, Texts

_LARGEST = 20_000  # bytes of a request
_SECONDS = 10  # for a request to arrive
_STATIC = Path(__file__).parents[1] / "static"
_STYLES = {"/portal.css", "/inbox.css"}
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
}


class Gateway(ThreadingHTTPServer):
    """Bound when it is made; answers once ``start`` was called."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, texts: Texts, letters: Letters | None, page: Callable[[Texts, Letters | None], str]
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.texts = texts
        self.letters = letters
        self.page = page
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        """Answers from now on, in a thread that ends with the process."""
        threading.Thread(
            target=self.serve_forever, args=(0.1,), name="sms-gateway", daemon=True
        ).start()

    def stop(self) -> None:
        """Answers nothing more, and gives the port back."""
        self.shutdown()
        self.server_close()


class _Request(BaseHTTPRequestHandler):
    server: Gateway
    server_version = "Meridian"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS

    def do_GET(self) -> None:
        path, query = self._asked()
        if not self._is_for_us():
            self._refuse(HTTPStatus.FORBIDDEN, "ask for it as 127.0.0.1 or localhost")
        elif path == "/":
            page = self.server.page(self.server.texts, self.server.letters)
            self._answer(HTTPStatus.OK, page, "text/html")
        elif path == "/messages":
            number = parse_qs(query).get("to", [""])[0].strip()
            # "+" in an address means a space, unless it is written as %2B.
            found = self.server.texts.to(f"+{number}" if number.isdigit() else number)
            self._answer(HTTPStatus.OK, json.dumps(found))
        elif path in _STYLES:
            self._answer(HTTPStatus.OK, (_STATIC / path[1:]).read_text(), "text/css")
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is / and /messages")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= _LARGEST):
            self.close_connection = True  # the body is left unread
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{_LARGEST} bytes at most")
            return
        body = self.rfile.read(int(length))
        if not self._is_for_us():
            self._refuse(HTTPStatus.FORBIDDEN, "ask for it as 127.0.0.1 or localhost")
        elif self._asked()[0] != "/messages":
            self._refuse(HTTPStatus.NOT_FOUND, "texts are posted to /messages")
        elif self.headers.get_content_type() != "application/json":
            # What a form of another site could send without being asked for leave.
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
        else:
            self._take(body)

    def _take(self, body: bytes) -> None:
        try:
            taken = self.server.texts.take(json.loads(body))
        except (ValueError, RecursionError):
            self._refuse(HTTPStatus.BAD_REQUEST, "the body is no JSON")
        except Refused as refusal:
            self._refuse(HTTPStatus.BAD_REQUEST, str(refusal))
        else:
            self._answer(HTTPStatus.ACCEPTED, json.dumps({"id": taken.id}))

    def _asked(self) -> tuple[str, str]:
        """Path and query; a path that is none is found nowhere."""
        try:
            address = urlsplit(self.path)
        except ValueError:
            return "", ""
        return address.path, address.query

    def _is_for_us(self) -> bool:
        host = self.headers.get("Host", "").rpartition(":")[0]
        return host in ("127.0.0.1", "localhost")

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        self._answer(status, json.dumps({"error": reason}))

    def _answer(self, status: HTTPStatus, text: str, kind: str = "application/json") -> None:
        body = text.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as inherited
        """Nothing: the log is for what an operator must know."""
