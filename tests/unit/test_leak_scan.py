"""The last look at evidence: every form of a secret, inside whatever holds it."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portalwatch import leak_scan
from portalwatch.leak_scan import Leak, LeakScan

SECRET = 'p&ss "w\'rd"~ö/\\27'
TOKEN = "3f9Zk2mQx81LtVbn7RcYwE4s"
CODE = "482913"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SCAN = LeakScan.of([SECRET, TOKEN, CODE, KEY])


def zipped(data: bytes, *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        archive.writestr("harmless.txt", b"nothing")
        archive.writestr("resources/page.html", data)
    return packed.getvalue()


def pdf(data: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj\nstream\r\n" + zlib.compress(data) + b"\nendstream\n"


def data_url(data: bytes) -> bytes:
    return b'<img src="data:text/plain;base64,' + base64.b64encode(data) + b'">'


CONTAINERS: dict[str, Callable[[bytes], bytes]] = {
    "bare": lambda data: data,
    "zip": zipped,
    "zip, stored": lambda data: zipped(data, compression=zipfile.ZIP_STORED),
    "gzip": gzip.compress,
    "gzip that is cut off": lambda data: gzip.compress(data + b"." * 4000)[:-12],
    "PDF": pdf,
    "data URL": data_url,
    "zip in JSON": lambda data: b'{"body":"' + base64.b64encode(zipped(data)) + b'"}',
    "gzip in base64 of mail": lambda data: base64.encodebytes(gzip.compress(data * 9)),
    "zip in zip": lambda data: zipped(zipped(data)),
    "picture": lambda data: b"\x89PNG\r\n\x1a\n\x00\x00tEXt" + data,
    "PDF in a zip in a data URL": lambda data: data_url(zipped(pdf(data))),
}  # fmt: skip

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda secret: secret.encode(),
    "URL": lambda secret: urllib.parse.quote(secret, safe="").encode(),
    "URL, of every letter": lambda secret: b"".join(b"%%%02x" % b for b in secret.encode()),
    "form": lambda secret: urllib.parse.quote_plus(secret).encode(),
    "JSON": lambda secret: json.dumps(secret)[1:-1].encode(),
    "JSON in JSON": lambda secret: json.dumps(json.dumps(secret))[3:-3].encode(),
    "HTML": lambda secret: html.escape(secret).encode(),
    "HTML of Jinja": lambda secret: html.escape(secret)
    .replace("&#x27;", "&#39;").replace("&quot;", "&#34;").encode(),
    "HTML, of every letter": lambda secret: "".join(f"&#{ord(c)};" for c in secret).encode(),
    "HTML, some letters": lambda secret: f"&#{ord(secret[0])};{secret[1:-1]}&#x{ord(secret[-1]):X};"
    .encode(),
    "base64": lambda secret: base64.b64encode(secret.encode()),
    "base64, in a header": lambda secret: base64.b64encode(f"user:{secret}:x".encode()),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(f"u:{secret}".encode()),
    "base64 of JSON": lambda secret: base64.b64encode(json.dumps({"a": secret}).encode()),
    "base64 of base64": lambda secret: base64.b64encode(base64.b64encode(secret.encode())),
    "hex": lambda secret: secret.encode().hex().encode(),
    "HEX": lambda secret: secret.encode().hex().upper().encode(),
    "UTF-16": lambda secret: secret.encode("utf-16-le"),
    "UTF-16, big end": lambda secret: secret.encode("utf-16-be"),
    "base64 of UTF-16": lambda secret: base64.b64encode(secret.encode("utf-16-le")),
    "backwards": lambda secret: secret[::-1].encode(),
}  # fmt: skip


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_it_finds_a_secret_in(encoding: str, container: str) -> None:
    held = b"before " + ENCODINGS[encoding](SECRET) + b" after"
    leak = SCAN.leak_in(CONTAINERS[container](held))
    # A picture holds texts, and nothing that has to be unescaped first.
    assert leak or (encoding, container) == ("HTML, some letters", "picture")


@pytest.mark.parametrize("container", sorted(set(CONTAINERS) - {"gzip that is cut off"}))
def test_it_finds_nothing_where_there_is_nothing(container: str) -> None:
    held = "before ******** äöü & \\ % &amp; %20 \\u00e9 after ".encode() * 50
    assert SCAN.leak_in(CONTAINERS[container](held)) is None


@pytest.mark.parametrize(
    "shown",
    [
        *("482 913", "48 29 13", "482-913", "482\u00a0913", "319284", "319 284"),
        *("JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP", KEY.lower(), "jbsw-y3dp-ehpk-3pxp-"),
    ],
)
def test_it_finds_codes_and_keys_as_portals_show_them(shown: str) -> None:
    # Of the last one only the beginning is given.
    found = SCAN.leak_in(f"Your code: {shown}.".encode())
    assert bool(found) is not shown.endswith("3pxp-")


@pytest.mark.parametrize(
    "number", ["1482913", "4829131", "0.482913", "482913.25", "1764237482913", "17642.482913"]
)
def test_a_longer_number_is_no_code(number: str) -> None:
    assert SCAN.leak_in(f'{{"time":{number},"n":1}}'.encode()) is None


@pytest.mark.parametrize("text", ["code 482913.", "482913", "x=482913&y", "a482913b", '"482913"'])
def test_a_code_beside_anything_else_is_one(text: str) -> None:
    assert SCAN.leak_in(text.encode())


def test_it_says_where_and_not_what() -> None:
    leak = SCAN.leak_in(data_url(zipped(SECRET.encode())))
    assert str(leak) == "resources/page.html in base64"
    assert str(SCAN.leak_in(TOKEN.encode())) == "as it is"


def test_the_name_of_an_entry_may_hold_one() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{TOKEN}.html", b"x")
    leak = SCAN.leak_in(zipped(packed.getvalue()))
    assert str(leak) == "resources/page.html"


def test_what_cannot_be_looked_into_counts_as_a_leak() -> None:
    whole = zipped(b"harmless " * 100)
    assert "cannot be looked into" in str(SCAN.leak_in(whole[:-30]))  # cut off
    locked = bytearray(whole)
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.rfind(header)
        locked[at + flags] |= 1  # with a password
    assert "cannot be looked into" in str(SCAN.leak_in(bytes(locked)))
    deep = b"harmless"
    for _ in range(leak_scan.DEPTH + 2):
        deep = zipped(deep)
    assert "cannot be looked into" in str(SCAN.leak_in(deep))


@pytest.mark.parametrize(
    "packed", [bz2.compress(b"harmless"), lzma.compress(b"harmless"), b"7z\xbc\xaf'\x1c and on"]
)
def test_an_archive_that_is_not_opened_counts_as_a_leak(packed: bytes) -> None:
    assert str(SCAN.leak_in(packed)) == "an archive that cannot be looked into"


def test_a_zip_behind_a_program_and_zlib_hide_nothing() -> None:
    unpacks_itself = b"#!/bin/sh\nunzip $0\n" + zipped(SECRET.encode())
    assert SCAN.leak_in(unpacks_itself) is not None
    assert SCAN.leak_in(b"#!/bin/sh\nunzip $0\n" + zipped(b"harmless")) is None
    assert SCAN.leak_in(zlib.compress(SECRET.encode())) == Leak("zlib")
    assert SCAN.leak_in(b"x\x9c is no zlib at all") is None


def test_a_gzip_that_is_damaged_or_has_a_second_part_hides_nothing() -> None:
    damaged = bytearray(gzip.compress(SECRET.encode()))
    damaged[-5] ^= 1  # its checksum
    assert "cannot be looked into" in str(SCAN.leak_in(bytes(damaged)))
    parts = gzip.compress(b"harmless") + gzip.compress(SECRET.encode())
    assert str(SCAN.leak_in(parts)) == "gzip"
    assert "cannot be looked into" in str(SCAN.leak_in(parts[:-3]))
    assert str(SCAN.leak_in(gzip.compress(b"harmless") + SECRET.encode()))


def test_what_was_quoted_again_and_again_is_no_leak_and_hides_none() -> None:
    def quoted(text: str) -> bytes:
        for _ in range(8):
            text = urllib.parse.quote(text, safe="")
        return text.encode()

    assert SCAN.leak_in(quoted("/next?a=b c")) is None
    assert SCAN.leak_in(zipped(quoted(SECRET)))


@pytest.mark.parametrize(
    ("hostile", "found"),
    [
        (b"UEsDB", None),
        (b"H4sI", Leak("gzip that cannot be looked into in base64")),
        (b"%PDF-stream\n", None),
        (b"%PDF-" + b"stream\n" * 9, None),
    ],
)
def test_what_begins_again_and_again_is_gone_through_once(
    hostile: bytes, found: Leak | None
) -> None:
    assert SCAN.leak_in(hostile * 100_000) == found  # by the square it would take hours


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leak_scan, "PART_LIMIT", 1_000_000)
    zeros = b"\0" * 2_000_000
    for bomb in (zipped(zeros), gzip.compress(zeros), pdf(zeros)):
        assert "cannot be looked into" in str(SCAN.leak_in(bomb))
    monkeypatch.setattr(leak_scan, "UNPACKED_LIMIT", 1_000_000)
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.bin", b"\0" * 100_000)
    assert "too large" in str(SCAN.leak_in(many.getvalue()))


def test_without_secrets_there_is_nothing_to_find() -> None:
    assert LeakScan.of([]).leak_in(b"PK\x03\x04 whatever") is None
    assert LeakScan.of(["abc", ""]).leak_in(b"abc") is None


@given(st.binary(max_size=300), st.sampled_from(sorted(CONTAINERS)))
def test_no_bytes_are_too_strange(data: bytes, container: str) -> None:
    SCAN.leak_in(CONTAINERS[container](data))
    SCAN.leak_in(CONTAINERS[container](data)[:-7])


@given(
    secret=st.text(min_size=6, max_size=20).filter(lambda s: s.strip("*") == s),
    around=st.binary(max_size=20),
    encoding=st.sampled_from(sorted(set(ENCODINGS) - {"HTML, some letters"})),
)
def test_it_finds_any_secret(secret: str, around: bytes, encoding: str) -> None:
    if secret.isdigit():
        around = b" "
    assert LeakScan.of([secret]).leak_in(around + ENCODINGS[encoding](secret) + around)
