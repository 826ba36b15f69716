"""Masking of secrets in whatever holds them, without damage to what holds them."""

from __future__ import annotations

import base64
import html
import json
import stat
import string
import urllib.parse
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portalwatch.redaction import Redaction, encodings

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
    data = b"\x89PNG\r\n\x00\xff night \xfe" + b"night" * 3
    masked = Redaction(["night"]).data(data)
    assert masked == data.replace(b"night", b"*****")


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


# Zips.


def test_a_zip_is_copied_without_its_secrets(tmp_path: Path) -> None:
    raw, final = tmp_path / "raw.zip", tmp_path / "final.zip"
    with zipfile.ZipFile(raw, "w") as trace:
        trace.writestr("trace.trace", '{"resource": "page-night.html"}\n{"typed": "night"}\n')
        trace.writestr("resources/page-night.html", "<p>good night</p>")
        trace.writestr("resources/image.png", b"\x89PNG\x00")
    Redaction(["night"]).zip(raw, final)
    with zipfile.ZipFile(final) as trace:
        assert trace.testzip() is None
        assert {name: trace.read(name) for name in trace.namelist()} == {
            "trace.trace": b'{"resource":"page-*****.html"}\n{"typed":"*****"}\n',
            "resources/page-*****.html": b"<p>good *****</p>",
            "resources/image.png": b"\x89PNG\x00",
        }
    assert stat.S_IMODE(final.stat().st_mode) == 0o600


def test_of_what_is_no_zip_nothing_is_left(tmp_path: Path) -> None:
    raw = tmp_path / "raw.zip"
    raw.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(zipfile.BadZipFile):
        Redaction(["night"]).zip(raw, tmp_path / "final.zip")
    assert list(tmp_path.iterdir()) == [raw]


def test_what_is_nested_too_deep_to_be_read_is_masked_all_the_same() -> None:
    deep = b"[" * 100_000 + b'"Harbor-Lantern-27"' + b"]" * 100_000
    for data in (deep, deep + b"\n{}"):
        masked = Redaction(["Harbor-Lantern-27"]).data(data)
        assert b"Harbor" not in masked
        assert len(masked) == len(data)
