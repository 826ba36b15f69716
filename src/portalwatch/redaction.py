"""Masking of secrets in evidence, in every form in which pages, requests and traces hold them.

JSON is taken apart and put together again, so that a masked document is still one: a
mask within an escape sequence, or within a number, would break it. Archives are unpacked
and packed again. Pictures and videos have checksums, and are left as they are: what stands
in them, ``leak_scan`` finds. Everything else is masked byte by byte, length for length, so
that offsets inside a file stay true.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable
from typing import IO, Any, AnyStr

from portalwatch.secret_forms import SecretForms, Span

_CUT = re.compile(r"\.\.\.|…")
MOST_CUTS = 50  # that are looked at, of one text
LONGEST_CUT = 64  # characters on either side
SHORTEST_CUT = 4  # characters of a secret: fewer are of no use to anybody
SEEN_LIMIT = 400  # values; a portal that shows more has evidence that nobody can mask
DEPTH = 3  # archives inside each other that are unpacked
UNPACKED_LIMIT = 400_000_000  # bytes of one archive
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_CHECKSUMMED = (b"\x89PNG", b"\x1aE\xdf\xa3")


class Redaction:
    """The secrets to mask; more may be added as they become known."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.forms = SecretForms(secrets)
        self._room = SEEN_LIMIT
        self.too_many = False  # values were seen for all of them to be masked

    def add_seen(self, values: Iterable[str]) -> None:
        """As ``add``, of what pages and requests have shown: theirs to choose how many."""
        known, new = self.forms.secrets, set[str]()
        for value in values:  # a cookie comes again with every request
            if value in known or value in new:
                continue
            if len(new) == self._room:
                self.too_many = True
                break
            new.add(value)
        self._room -= len(new)
        self.add(new)

    def add(self, secrets: Iterable[str]) -> None:
        """More values to mask from now on: used codes, live session cookies."""
        known = self.forms.secrets
        if not known.issuperset(more := frozenset(secrets)):
            self.forms = SecretForms(known | more)

    def text(self, text: str) -> str:
        """``text`` with every secret masked by as many asterisks."""
        while spans := self.forms.in_text(text):
            masked = _masked(text, spans, "*")
            if masked == text:
                break  # a secret of asterisks
            text = masked
        return text

    def said(self, text: str) -> str:
        """As ``text``, also of a secret that was cut: ``'Harb...rn-27'``, as pytest shortens."""
        masked = self.text(text)
        for cut in list(_CUT.finditer(masked))[:MOST_CUTS]:
            begun = _longest_common(masked[: cut.start()][-LONGEST_CUT:], self._secrets_by_size())
            ended = _longest_common(
                masked[cut.end() :][:LONGEST_CUT][::-1],
                [secret[::-1] for secret in self._secrets_by_size()],
            )
            spans = ((cut.start() - begun, cut.start()), (cut.end(), cut.end() + ended))
            masked = _masked(masked, [span for span in spans if span[0] < span[1]], "*")
        return masked

    def _secrets_by_size(self) -> list[str]:
        return sorted(self.forms.secrets, key=len, reverse=True)

    def data(self, data: bytes, *, depth: int = DEPTH) -> bytes:
        """The same for the content of a file, whatever it holds."""
        if data.startswith(_CHECKSUMMED):
            return data
        if data.startswith((_ZIP, _GZIP)):
            return self._archive(data, depth)
        if not self._may_hold_any(data):
            return data
        if data[:1] not in (b"{", b"["):
            return self._bytes(data)
        try:
            return self._document(data)
        except RecursionError:  # a page chooses how deep its JSON goes
            return self._bytes(data)
        except ValueError:  # more than one document: JSON lines
            return b"\n".join(self._line(line) for line in data.split(b"\n"))

    def _copy_zip(self, source: IO[bytes], target: IO[bytes], depth: int) -> None:
        with (
            zipfile.ZipFile(source) as old,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for entry in old.infolist():
                # Entries refer to each other by name: masked alike, they still do.
                new.writestr(self.text(entry.filename), self.data(old.read(entry), depth=depth - 1))

    def _archive(self, data: bytes, depth: int) -> bytes:
        """A zip or a gzip, masked; as it is where it cannot be unpacked, or is too large."""
        try:
            if data.startswith(_GZIP):
                with gzip.open(io.BytesIO(data)) as packed:
                    content = packed.read(UNPACKED_LIMIT + 1)
                if depth == 0 or len(content) > UNPACKED_LIMIT:
                    return data
                masked = self.data(content, depth=depth - 1)
                return data if masked == content else gzip.compress(masked, mtime=0)
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                size = sum(entry.file_size for entry in packed.infolist())
            if depth == 0 or size > UNPACKED_LIMIT:
                return data
            copy = io.BytesIO()
            self._copy_zip(io.BytesIO(data), copy, depth)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError):
            return data  # cut off, damaged, or with a password
        return copy.getvalue()

    def _may_hold_any(self, data: bytes) -> bool:
        # An escape (\u0070 for p) can hide a secret from a search, though not from _value.
        return b"\\u" in data or bool(self.forms.in_bytes(data))

    def _line(self, line: bytes) -> bytes:
        if not self._may_hold_any(line):
            return line
        try:
            return self._document(line)
        except (ValueError, RecursionError):
            return self._bytes(line)

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
            case bool() | None:
                return value
            case int() if str(value) in self.forms.secrets:
                return 0
        return value

    def _bytes(self, data: bytes) -> bytes:
        while spans := self.forms.in_bytes(data):
            masked = _masked(data, spans, b"*")
            if masked == data:
                break
            data = masked
        return data


def _masked(whole: AnyStr, spans: Iterable[Span], mask: AnyStr) -> AnyStr:
    parts: list[AnyStr] = []
    at = 0
    for start, end in spans:
        parts += [whole[at:start], mask * (end - start)]
        at = end
    parts.append(whole[at:])
    return whole[:0].join(parts)


def _longest_common(text: str, secrets: Iterable[str]) -> int:
    """How many of the last characters of ``text`` are the first ones of one of ``secrets``."""
    longest = 0
    for secret in secrets:
        if secret[:SHORTEST_CUT] not in text:
            continue
        most = min(len(secret), len(text))
        fits = (n for n in range(most, SHORTEST_CUT - 1, -1) if text.endswith(secret[:n]))
        longest = max(longest, next(fits, 0))
    return longest
