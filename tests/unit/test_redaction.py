"""Masking of secrets in whatever holds them, without damage to what holds them."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import string
import urllib.parse
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portalwatch.leak_scan import LeakScan
from portalwatch.redaction import SEEN_LIMIT, Redaction
from portalwatch.secret_forms import encodings

SECRET = 'p&ss "w\'rd"~ö/\\27'
MASK = "*" * len(SECRET)


def form_encoded(secret: str) -> str:
    return urllib.parse.quote_plus(secret, safe="*").replace("~", "%7E")


@pytest.mark.parametrize(
    "encoded",
    [
        SECRET,
        urllib.parse.quote(SECRET, safe=""),
        urllib.parse.quote_plus(SECRET),
        form_encoded(SECRET),
        urllib.parse.quote(SECRET, safe="").lower(),
        urllib.parse.quote(SECRET, safe="-_.!~*'()"),  # encodeURIComponent
        urllib.parse.quote(SECRET, safe=";,/?:@&=+$#-_.!~*'()"),  # encodeURI
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        html.escape(SECRET, quote=False).replace('"', "&quot;"),  # innerHTML
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(SECRET))[3:-3],
        SECRET.encode().hex(),
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_it_masks_a_secret_in_the_encoding(encoded: str) -> None:
    text = f"before {encoded} after"
    assert Redaction([SECRET]).text(text) == f"before {'*' * len(encoded)} after"


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "amara.okafor"])
@pytest.mark.parametrize("after", ["", ":", "::"])
def test_it_masks_a_secret_in_the_midst_of_base64(user: str, after: str) -> None:
    header = base64.b64encode(f"{user}:{SECRET}{after}".encode()).decode()
    masked = Redaction([SECRET]).text(f"Authorization: Basic {header}")
    assert masked.count("*") >= len(SECRET.encode()) * 8 // 6 - 1


def test_it_masks_the_longest_first() -> None:
    assert Redaction(["lantern", "lantern-27"]).text("a lantern-27, a lantern") == (
        "a **********, a *******"
    )


def test_what_is_shorter_than_four_characters_is_left_alone() -> None:
    assert Redaction(["abc", ""]).text("abc abcabc") == "abc abcabc"


def test_secrets_may_become_known_later() -> None:
    redaction = Redaction()
    assert redaction.text("code 123456") == "code 123456"
    redaction.add(["123456"])
    assert redaction.text("code 123456") == "code ******"


@pytest.mark.parametrize(
    "document",
    [
        {"password": SECRET, "other": 1, "list": [SECRET, None, True, 1.5, "x"]},
        {SECRET: {"nested": f"a {SECRET} b"}},
        [{"body": json.dumps({"password": SECRET})}],
        {"body": form_encoded(SECRET)},
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_stays_json(document: object, ascii_only: bool) -> None:
    data = json.dumps(document, ensure_ascii=ascii_only, indent=2).encode()
    masked = Redaction([SECRET]).data(data)
    told = json.dumps(json.loads(masked))
    assert "*****" in told
    for form in encodings([SECRET]):
        assert form not in told


def test_a_secret_that_looks_like_part_of_an_escape_does_not_break_it() -> None:
    lines = [{"text": "one\nnight two"}, {"text": "night"}, {"text": "\u006eight"}]
    data = b"\n".join(json.dumps(line).encode() for line in lines) + b"\n"
    masked = Redaction(["night"]).data(data)
    assert [json.loads(line) for line in masked.splitlines()] == [
        {"text": "one\n***** two"},
        {"text": "*****"},
        {"text": "*****"},
    ]


def test_an_escape_does_not_hide_a_secret() -> None:
    escaped = b'{"text": "' + b"".join(b"\\u%04x" % ord(c) for c in "night") + b'"}'
    assert json.loads(Redaction(["night"]).data(escaped)) == {"text": "*****"}


def test_a_code_of_digits_spares_the_numbers_around_it() -> None:
    event = {"time": 1712345699, "code": "123456", "number": 123456, "line": "typed 123456"}
    assert json.loads(Redaction(["123456"]).data(json.dumps(event).encode())) == {
        "time": 1712345699,
        "code": "******",
        "number": 0,
        "line": "typed ******",
    }


def test_lines_that_are_no_json_are_masked_all_the_same() -> None:
    data = b'{"ok": 1}\n{broken night\n{"text": "night"}'
    assert Redaction(["night"]).data(data) == b'{"ok": 1}\n{broken *****\n{"text":"*****"}'


def test_other_files_keep_their_length() -> None:
    data = b"%PDF-1.7\r\n\x00\xff night \xfe" + b"night" * 3
    masked = Redaction(["night"]).data(data)
    assert masked == data.replace(b"night", b"*****")


def test_a_picture_is_not_damaged() -> None:
    data = b"\x89PNG\r\n\x1a\n\x00night"
    assert Redaction(["night"]).data(data) == data


def test_what_holds_no_secret_stays_as_it_is() -> None:
    data = b'{ "spaced" : [1,  2] }'
    assert Redaction(["night"]).data(data) == data


@given(
    secret=st.text(min_size=4, max_size=12).filter(lambda s: not set(s) <= {"*"}),
    around=st.text(max_size=8),
)
def test_json_with_any_secret_stays_json_without_it(secret: str, around: str) -> None:
    data = json.dumps({"text": around + secret + around, "n": [1, 2.5, None]}).encode()
    told = json.loads(Redaction([secret]).data(data))
    assert len(told) == 2
    assert all(secret not in str(value) for value in told.values() if isinstance(value, str))


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=4, max_size=20))
def test_masked_text_has_the_length_that_it_had(secret: str) -> None:
    text = f"sign in with {secret}."
    assert len(Redaction([secret]).text(text)) == len(text)


@pytest.mark.parametrize("half", ["\ud83d", "half \ud83d of one", "\udca9" * 20])
def test_half_an_emoji_neither_stops_the_masking_nor_switches_it_off(half: str) -> None:
    redaction = Redaction(["Harbor-Lantern-27", f"of a page's own {half}"])
    told = f"{half} Harbor-Lantern-27 {half}"
    assert redaction.text(told) == f"{half} ***************** {half}"
    data = b"\xed\xa0\xbd Harbor-Lantern-27"
    assert redaction.data(data) == b"\xed\xa0\xbd *****************"


def test_what_pages_show_is_masked_up_to_a_limit_and_what_is_beyond_is_told() -> None:
    redaction = Redaction(["night"])
    again_and_again = ["token-0000"] * 100_000
    redaction.add_seen([*again_and_again, *(f"token-{n:04}" for n in range(SEEN_LIMIT))])
    assert not redaction.too_many
    assert redaction.text("token-0007, night") == "**********, *****"
    redaction.add_seen(["token-0007"] * 100_000)
    assert not redaction.too_many
    redaction.add_seen(["one-too-many"])
    assert redaction.too_many
    assert redaction.text("night") == "*****"


# Archives.


def zipped(entries: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return packed.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_is_unpacked_and_packed_again() -> None:
    raw = {
        "trace.trace": b'{"resource": "page-night.html"}\n{"typed": "night"}\n',
        "resources/page-night.html": b"<p>good night</p>",
        "resources/image.png": b"\x89PNG\x00",
        "inner.zip": zipped({"a.txt": b"night"}),
        "inner.gz": gzip.compress(b"good night"),
    }
    masked = unzipped(Redaction(["night"]).data(zipped(raw)))
    assert unzipped(masked.pop("inner.zip")) == {"a.txt": b"*****"}
    assert gzip.decompress(masked.pop("inner.gz")) == b"good *****"
    assert masked == {
        "trace.trace": b'{"resource":"page-*****.html"}\n{"typed":"*****"}\n',
        "resources/page-*****.html": b"<p>good *****</p>",
        "resources/image.png": b"\x89PNG\x00",
    }


def test_what_cannot_be_unpacked_is_left_to_the_scan() -> None:
    whole = zipped({"a.txt": b"night" * 9})
    for data in (whole[:-5], b"PK\x03\x04 cut off", gzip.compress(b"night")[:-9], b"\x1f\x8b"):
        assert Redaction(["night"]).data(data) == data
        leak = LeakScan.of(["night"]).leak_in(data)
        assert leak or data == b"\x1f\x8b"


def test_what_is_nested_too_deep_to_be_read_is_masked_all_the_same() -> None:
    deep = b"[" * 100_000 + b'"Harbor-Lantern-27"' + b"]" * 100_000
    for data in (deep, deep + b"\n{}"):
        masked = Redaction(["Harbor-Lantern-27"]).data(data)
        assert b"Harbor" not in masked
        assert len(masked) == len(data)


# Whatever comes.

SECRETS = st.lists(st.text(min_size=1, max_size=12) | st.from_regex(r"\A[0-9]{4,8}\Z"), max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
PACKED = st.sampled_from(["bare", "zip", "gzip", "lines"])


def packed(how: str, data: bytes) -> bytes:
    match how:
        case "zip":
            return zipped({"trace.trace": data, "empty": b""})
        case "gzip":
            return gzip.compress(data)
        case "lines":
            return data + b"\n" + data
    return data


@given(SECRETS, st.binary(max_size=200), PACKED)
def test_no_bytes_are_too_strange_and_masking_twice_changes_nothing(
    secrets: list[str], data: bytes, how: str
) -> None:
    redaction = Redaction(secrets)
    if secrets:
        data += secrets[0].encode("utf-8", "replace")
    once = redaction.data(packed(how, data))
    again = redaction.data(once)
    if how == "zip":  # its entries have the time of their packing
        assert unzipped(again) == unzipped(once)
    else:
        assert again == once


@given(SECRETS, st.text(max_size=60))
def test_a_masked_text_has_its_length_and_no_secret(secrets: list[str], text: str) -> None:
    text = text + "".join(secrets)
    redaction = Redaction(secrets)
    masked = redaction.text(text)
    assert len(masked) == len(text)
    assert redaction.text(masked) == masked
    for secret in redaction.forms.secrets:
        assert secret not in masked


@given(SECRETS, JSON)
def test_a_masked_document_is_one_with_its_shape(secrets: list[str], document: Any) -> None:
    whole = {"document": document, "typed": secrets, "number": 4829}
    redaction = Redaction([*secrets, "4829"])
    masked = json.loads(redaction.data(json.dumps(whole).encode()))
    assert len(masked) == 3
    assert len(masked["typed"]) == len(secrets)
    assert masked["number"] == 0
    assert LeakScan(redaction.forms).leak_in(json.dumps(masked["typed"]).encode()) is None


@given(SECRETS, st.binary(max_size=100), st.integers(0, 60), st.binary(min_size=1, max_size=5))
def test_a_damaged_archive_is_withheld_or_whole(
    secrets: list[str], data: bytes, at: int, damage: bytes
) -> None:
    """What is published can be opened."""
    whole = zipped({"a.txt": data + b"4829", "b.txt": b"x"})
    broken = whole[:at] + damage + whole[at + len(damage) :]
    redaction = Redaction([*secrets, "4829"])
    masked = redaction.data(broken)
    if masked.startswith(b"PK\x03\x04") and LeakScan(redaction.forms).leak_in(masked) is None:
        unzipped(masked)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'Harb...rn-27'", "'****...*****'"),
        ("{'a': 'Harbor-Lan…tern-27'}", "{'a': '**********…*******'}"),
        ("'Har...-27'", "'Har...-27'"),  # three characters are of no use to anybody
        ("...Harb", "...Harb"),  # not where it was cut
        ("one... two... three", "one... two... three"),
        ("'Harbor-Lantern-27'...", "'*****************'..."),
    ],
)
def test_what_was_cut_is_masked_on_both_sides(text: str, said: str) -> None:
    assert Redaction(["Harbor-Lantern-27"]).said(text) == said
