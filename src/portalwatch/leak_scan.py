"""The last look at evidence before it is kept: does a secret stand in it after all?

Masking (``redaction``) is a promise; this holds it to account. It searches the bytes, and
what they come to once they are unpacked: archives, base64 with what it holds, the
streams of a PDF, escapes of addresses, of markup and of JSON. What cannot be looked into,
such as an archive with a password, counts as a leak, for nobody can say that it is none.
"""

from __future__ import annotations

import binascii
import io
import re
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from portalwatch.secret_forms import SecretForms

DEPTH = 5  # forms inside each other, such as a zip in base64 in JSON
LAYERS = 20  # of escapes: what leads from page to page may quote an address each time
PART_LIMIT = 200_000_000  # bytes of one part once it is unpacked
UNPACKED_LIMIT = 1_000_000_000  # bytes, of everything that is unpacked for one file

_ZIP, _GZIP, _PDF = b"PK\x03\x04", b"\x1f\x8b", b"%PDF-"
# Packed already, and nothing but pixels, sounds or letters: searched as they are.
_MEDIA = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\x1aE\xdf\xa3", b"wOFF", b"wOF2")
# Archives that are not opened here: bzip2, xz, 7z, rar, zstd.
_SHUT = re.compile(
    rb"BZh[1-9](?:1AY&SY|\x17rE8P)|\xfd7zXZ\0|7z\xbc\xaf'\x1c|Rar!\x1a\x07|\x28\xb5\x2f\xfd"
)
_ZLIB = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_ENCRYPTED = 0x1  # a zip entry's flag
_ANY_ZLIB = 32 + zlib.MAX_WBITS  # also gzip's header
# How base64 begins that holds more than a form that is searched for: an archive, a PDF,
# or, in a data URL, anything.
_BASE64_BEGINS = BytesAhoCorasick(
    # With this kind of matches the library looks at many bytes at once: twenty times as fast.
    (b"base64,", b"UEsDB", b"H4sI", b"JVBERi0"),
    matchkind=MatchKind.LeftmostLongest,
)
_BASE64 = re.compile(rb"(?:base64,)?([A-Za-z0-9+/_\r\n-]+)")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_STREAM = re.compile(rb"stream\r?\n")
# Each begins with a letter, which the search finds fast: most files have few of them.
_JSON_ESCAPE = re.compile(rb"\\\\*(?:u00|x)([0-7][0-9a-fA-F])")
_ENTITY = re.compile(rb"&(?:#0*([0-9]{2,3})|#[xX]0*([0-7][0-9a-fA-F])|(lt|gt|quot|apos));")
_NAMED = {b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}


@dataclass(frozen=True, slots=True)
class Leak:
    """Where a secret stands, without saying which: "base64 in resources/page.html"."""

    where: str

    def __str__(self) -> str:
        return self.where or "as it is"

    def inside(self, outer: str) -> Leak:
        """The same leak, seen from around ``outer``."""
        if not outer:
            return self
        return Leak(f"{self.where} in {outer}" if self.where else outer)


class LeakScan:
    """A search for ``secrets`` in whatever form."""

    def __init__(self, forms: SecretForms) -> None:
        self._forms = forms

    @classmethod
    def of(cls, secrets: Iterable[str]) -> LeakScan:
        """A search for ``secrets`` themselves."""
        return cls(SecretForms(secrets))

    def leak_in(self, data: bytes) -> Leak | None:
        """The first leak in ``data``; None where it holds no secret."""
        if not self._forms.forms:
            return None
        return _Look(self._forms).at(data, DEPTH)


class _Look:
    """The look at one file."""

    def __init__(self, forms: SecretForms) -> None:
        self._forms = forms
        self._left = UNPACKED_LIMIT

    def at(self, data: bytes, depth: int) -> Leak | None:
        for text, outer in self._layers(data):
            if any(not self._within_a_number(text, *span) for span in self._forms.in_bytes(text)):
                return Leak(outer)
            for name, content in self._inside(text):
                if content is None or depth == 0:
                    return Leak(f"{name} that cannot be looked into").inside(outer)
                self._left -= len(content)
                if self._left < 0:
                    return Leak(f"{name} that is too large to be looked into").inside(outer)
                if leak := self.at(content, depth - 1):
                    return leak.inside(name).inside(outer)
        return None

    @staticmethod
    def _layers(data: bytes) -> Iterator[tuple[bytes, str]]:
        """``data`` itself, and what it is without one layer of escapes after the other."""
        yield data, ""
        if data.startswith((*_MEDIA, _ZIP, _GZIP)):
            return
        for _ in range(LAYERS):
            unescaped = _unescaped(data)
            if unescaped == data:
                return
            data = unescaped
            yield data, "escapes"

    def _within_a_number(self, data: bytes, start: int, end: int) -> bool:
        """Digits that are a part of a longer number are no code: a time in milliseconds."""
        if not data[start:end].isdigit():
            return False
        before, after = data[max(0, start - 2) : start], data[end : end + 2]
        return bool(re.search(rb"\d\.?$", before) or re.match(rb"\.?\d", after))

    def _inside(self, data: bytes) -> Iterator[tuple[str, bytes | None]]:
        """What ``data`` holds in another form, each with a name; None: it cannot be read."""
        if data.startswith(_ZIP):
            yield from self._in_zip(data)
            return
        if _SHUT.match(data):
            yield "an archive", None
            return
        if data.startswith(_ZLIB):
            yield "zlib", _inflated(data)
        if zipfile.is_zipfile(io.BytesIO(data)):  # behind a program that unpacks it
            yield from self._in_zip(data)
        if data.startswith(_GZIP):
            yield "gzip", _gunzipped(data)
            return
        if data.startswith(_MEDIA):
            return
        if data.startswith(_PDF):
            for part in data.split(b"endstream"):
                if begin := _STREAM.search(part):
                    yield "a stream of the PDF", _inflated(part[begin.end() :])
        if coding := _UTF16.get(data[:2]):
            yield "UTF-16", data.decode(coding, "replace").encode()
        yield from _in_base64(data)

    def _in_zip(self, data: bytes) -> Iterator[tuple[str, bytes | None]]:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for entry in archive.infolist():
                    yield "the name of an entry", entry.filename.encode("utf-8", "replace")
                    readable = not entry.flag_bits & _ENCRYPTED
                    readable = readable and entry.file_size <= PART_LIMIT
                    yield entry.filename, archive.read(entry) if readable else None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
            yield "an archive", None  # cut off or damaged


def _gunzipped(data: bytes) -> bytes | None:
    """All that the members of a gzip file hold; None where one is damaged, or too large."""
    parts, left, size = [], data, 0
    while left.startswith(_GZIP):
        inflate = zlib.decompressobj(_ANY_ZLIB)
        try:
            parts.append(inflate.decompress(left, PART_LIMIT + 1 - size))
        except zlib.error:
            return None
        size += len(parts[-1])
        if size > PART_LIMIT or not inflate.eof:
            return None
        left = inflate.unused_data
    return b"".join([*parts, left])


def _inflated(data: bytes) -> bytes | None:
    """All that a zlib stream gives, also where its end is missing; None: too much."""
    try:
        content = zlib.decompressobj(_ANY_ZLIB).decompress(data, PART_LIMIT + 1)
    except zlib.error:
        return b""  # something else, and it has been searched as it is
    return content if len(content) <= PART_LIMIT else None


def _unescaped(data: bytes) -> bytes:
    """``data`` without one layer of what JSON, markup and addresses escape, needed or not."""
    data = _JSON_ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), data)
    # The ampersand last: what is escaped twice has two layers. It is the one that is frequent.
    data = _ENTITY.sub(_sign, data).replace(b"&amp;", b"&")
    return urllib.parse.unquote_to_bytes(data) if b"%" in data else data


def _sign(entity: re.Match[bytes]) -> bytes:
    decimal, hexadecimal, name = entity.groups()
    if name:
        return _NAMED[name]
    return chr(int(decimal) if decimal else int(hexadecimal, 16)).encode()


def _in_base64(data: bytes) -> Iterator[tuple[str, bytes]]:
    end = 0
    for _, start, _ in _BASE64_BEGINS.find_matches_as_indexes(data):
        if start < end:
            continue
        run = _BASE64.match(data, start)
        if run is None:
            continue
        end = run.end()
        text = run[1].translate(_URL_SAFE, b"\r\n")
        try:
            yield "base64", binascii.a2b_base64(text + b"=" * (-len(text) % 4))
        except binascii.Error:  # a long word, and no base64
            continue
