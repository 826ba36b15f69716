"""Masking of secrets in evidence, in every encoding that pages, requests and traces use.

JSON is taken apart and put together again, so that a masked document is still one: a
mask within an escape sequence, or within a number, would break it. Everything else is
masked byte by byte, length for length, so that offsets inside a file stay true.
Secrets of under four characters are left alone: masking them would blank ordinary
words without protecting anything.
"""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SHORTEST = 4  # characters of a secret, or of one of its encodings, that is masked

# What is left unescaped by encodeURIComponent, by encodeURI, and by a form's own encoding.
_UNESCAPED = ("", "-_.!~*'()", "-_.!~*'();,/?:@&=+$#", "*-._")


class Redaction:
    """The secrets to mask; more may be added as they become known."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._forms: tuple[str, ...] = ()
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """More values to mask from now on: used codes, live session cookies."""
        self._secrets.update(secret for secret in secrets if len(secret) >= SHORTEST)
        self._forms = encodings(self._secrets)

    def text(self, text: str) -> str:
        """``text`` with every secret masked by as many asterisks."""
        for form in self._forms:
            text = text.replace(form, "*" * len(form))
        return text

    def data(self, data: bytes) -> bytes:
        """The same for the content of a file, whatever it holds."""
        if not self._may_hold_any(data):
            return data
        if data[:1] not in (b"{", b"["):
            return self._masked(data)
        try:
            return self._document(data)
        except RecursionError:  # a page chooses how deep its JSON goes
            return self._masked(data)
        except ValueError:  # more than one document: JSON lines
            return b"\n".join(self._line(line) for line in data.split(b"\n"))

    def zip(self, source: Path, target: Path) -> None:
        """Copy the zip ``source`` to ``target``, readable by the owner alone, all masked.

        Raises ``zipfile.BadZipFile`` where ``source`` is none; ``target`` is then not made.
        """
        partial = target.with_suffix(".part")
        partial.touch(mode=0o600)
        try:
            with (
                zipfile.ZipFile(source) as old,
                zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as new,
            ):
                for entry in old.infolist():
                    # Entries refer to each other by name: masked alike, they still do.
                    new.writestr(self.text(entry.filename), self.data(old.read(entry)))
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _may_hold_any(self, data: bytes) -> bool:
        # An escape (\u0070 for p) can hide a secret from a search, though not from _value.
        return b"\\u" in data or any(form.encode() in data for form in self._forms)

    def _line(self, line: bytes) -> bytes:
        if not self._may_hold_any(line):
            return line
        try:
            return self._document(line)
        except (ValueError, RecursionError):
            return self._masked(line)

    def _document(self, data: bytes) -> bytes:
        return json.dumps(self._value(json.loads(data)), separators=(",", ":")).encode()

    def _value(self, value: Any) -> Any:
        match value:
            case str():
                return self.text(value)
            case list():
                return [self._value(item) for item in value]
            case dict():
                return {self.text(key): self._value(item) for key, item in value.items()}
            case int() if str(value) in self._secrets:
                return 0
        return value

    def _masked(self, data: bytes) -> bytes:
        for form in self._forms:
            encoded = form.encode()
            data = data.replace(encoded, b"*" * len(encoded))
        return data


def encodings(secrets: Iterable[str]) -> tuple[str, ...]:
    """Each secret in the forms in which pages, requests and traces hold it, the longest first."""
    forms = {form for secret in secrets for form in _encodings(secret) if len(form) >= SHORTEST}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _encodings(secret: str) -> Iterator[str]:
    yield secret
    yield secret.encode().hex()
    yield secret.encode().hex().upper()
    yield from _in_addresses(secret)
    yield from _in_markup(secret)
    yield from _in_json(secret)
    yield from _in_base64(secret.encode())


def _in_addresses(secret: str) -> Iterator[str]:
    for unescaped in _UNESCAPED:
        # Browsers write %7E where Python, whatever it is told, leaves the tilde.
        for tilde in ("~", "%7E"):
            escaped = urllib.parse.quote(secret, safe=unescaped).replace("~", tilde)
            lower = re.sub("%..", lambda escape: escape[0].lower(), escaped)
            for form in (escaped, lower):
                yield form
                yield form.replace("%20", "+")


def _in_markup(secret: str) -> Iterator[str]:
    yield html.escape(secret, quote=False)
    yield html.escape(secret)
    yield html.escape(secret).replace("&#x27;", "&#39;")
    yield html.escape(secret, quote=False).replace('"', "&quot;")  # what innerHTML writes


def _in_json(secret: str) -> Iterator[str]:
    for ascii_only in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]  # JSON in a string of JSON


def _in_base64(raw: bytes) -> Iterator[str]:
    """What base64 makes of ``raw`` wherever it stands in a longer text, as in "user:password"."""
    yield base64.b64encode(raw).decode()
    for before in range(3):
        # Characters that also hold bits of what stands before or after are not the same each time.
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        text = base64.b64encode(b"\0" * before + raw).decode()[first:last]
        yield text
        yield text.replace("+", "-").replace("/", "_")
