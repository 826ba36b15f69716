"""What authenticates in the requests and pages of a journey, besides the secrets that are known.

A session's cookie, the token of a form, a bearer token, a reset link: whoever reads one in
published evidence may use it for as long as it lives. They are gathered from where they
stand by their nature, so that they can be masked wherever else they turn up.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

TELLING = re.compile(
    r"auth(?!or(?!iz))|token|csrf|xsrf|api-?key|session|secret|^sid$", re.IGNORECASE
)
# Shorter values are flags such as "1" or "dark", and words: masking them would blank those.
SHORTEST = 16  # characters
SHORTEST_TELLING = 8  # characters, with a digit in them, where its name says what it is
LONGEST = 4096  # characters, of a cookie (RFC 6265, 6.1); more is a document, masked in its parts
PART_LIMIT = 50_000_000  # bytes of a file in a trace that is looked into
PAGE_LIMIT = 2_000_000  # characters of a page's markup

# No "<" within, for the time that a search takes must not be the page's to choose.
_FIELD = re.compile(r"<(?:input|meta)\b([^<>]{1,10000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_READ = (".network", ".trace", ".html", ".htm", ".json")


def of_exchange(entry: Any) -> Iterator[str]:
    """What authenticates in a request and its answer, an entry of HTTP Archive 1.2."""
    for side in (entry["request"], entry["response"]):
        yield from of_cookies(side.get("cookies", ()))
        for header in side.get("headers", ()):
            yield from _in_header(header["name"], header["value"])
        yield from of_address(side.get("url", ""))
        yield from of_address(side.get("redirectURL", ""))
    for pair in entry["request"].get("postData", {}).get("params", ()):
        yield from _value(pair["name"], pair.get("value", ""))


def of_address(address: str) -> Iterator[str]:
    """The tokens in the query and the fragment of ``address``."""
    if "?" not in address and "#" not in address:
        return
    try:
        parts = urlsplit(address)
    except ValueError:  # a header that is none
        return
    for name, value in (*parse_qsl(parts.query), *parse_qsl(parts.fragment)):
        yield from _value(name, value)


def of_cookies(cookies: Iterable[Any]) -> Iterator[str]:
    """The values of cookies, as Playwright gives them."""
    for cookie in cookies:
        yield from _value(cookie["name"], cookie["value"], cookie.get("httpOnly", False))


def of_page(markup: str) -> Iterator[str]:
    """The tokens in the forms and the head of a page."""
    for field in _FIELD.finditer(markup[:PAGE_LIMIT]):
        found = {
            name.lower(): double or single or bare
            for name, double, single, bare in _ATTRIBUTE.findall(field[1])
        }
        name = found.get("name", "")
        if found.get("type", "").lower() == "hidden":
            yield from _value(name, html.unescape(found.get("value", "")))
        elif TELLING.search(name):
            yield from _value(name, html.unescape(found.get("content", "")))


def of_storage(stored: Mapping[str, Any]) -> Iterator[str]:
    """What a page keeps in its storage, also in JSON."""
    for key, value in stored.items():
        yield from _value(key, str(value))
        try:
            yield from of_document(json.loads(str(value)))
        except (ValueError, RecursionError):
            continue


def of_document(value: Any) -> Iterator[str]:
    """What a JSON document names as a token, and the like."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str) and TELLING.search(key):
                yield from _value(key, item)
            yield from of_document(item)
    elif isinstance(value, list):
        for item in value:
            yield from of_document(item)


def of_trace(data: bytes) -> Iterator[str]:
    """All of it in a trace of Playwright's, the bytes of a zip; nothing, where it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as trace:
            for entry in trace.infolist():
                if entry.filename.endswith(_READ) and entry.file_size <= PART_LIMIT:
                    yield from _in_entry(entry.filename, trace.read(entry))
    except (zipfile.BadZipFile, EOFError, OSError):
        return


def _in_entry(name: str, data: bytes) -> Iterator[str]:
    if name.endswith(".network"):
        for event in _json_lines(data.splitlines()):
            try:
                yield from list(of_exchange(event["snapshot"]))
            except (KeyError, TypeError, AttributeError, ValueError):
                continue  # another kind of event
    elif name.endswith(".trace"):
        lines = (line for line in data.splitlines() if b'"hidden"' in line)
        for event in _json_lines(lines):
            snapshot = event.get("snapshot")
            yield from _hidden_fields(snapshot.get("html") if isinstance(snapshot, dict) else None)
    elif name.endswith((".html", ".htm")):
        yield from of_page(data.decode("utf-8", "replace"))
    elif name.endswith(".json"):
        try:
            yield from of_document(json.loads(data))
        except (ValueError, RecursionError):
            return


def _json_lines(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):  # a page chooses how deep its snapshot goes
            continue
        if isinstance(event, dict):
            yield event


def _hidden_fields(root: Any) -> Iterator[str]:
    """Of a snapshot's elements, ``[name, attributes, *children]``, the values of hidden fields."""
    left = [root]
    while left:
        match left.pop():
            case [str(), {"type": "hidden", "value": str(value)} as field, *_]:
                yield from _value(str(field.get("name", "")), value)
            case [*children]:
                left += children


def _in_header(name: str, value: str) -> Iterator[str]:
    if name.lower() in ("cookie", "set-cookie"):
        for line in value.splitlines():
            # Of Set-Cookie the attributes are no cookies.
            for part in line.split(";")[: 1 if name.lower() == "set-cookie" else None]:
                cookie, _, content = part.strip().partition("=")
                yield from _value(cookie, content)
    elif TELLING.search(name) and not name.startswith(":"):
        yield from _value(name, value.rpartition(" ")[2])  # without the scheme: "Bearer …"
    else:
        yield from of_address(value)


def _value(name: str, value: str, is_secret: bool = False) -> Iterator[str]:
    for form in {value, unquote(value)}:
        if not SHORTEST_TELLING <= len(form) <= LONGEST or form.startswith(
            ("/", "http:", "https:")
        ):
            continue  # addresses are no secrets: what their queries hold is told by itself
        telling = is_secret or TELLING.search(name)
        # What has spaces in it is what somebody searched for, unless its name says otherwise.
        long = len(form) >= SHORTEST and (telling or not re.search(r"\s", form))
        if long or (telling and re.search(r"\d", form)):
            yield form
