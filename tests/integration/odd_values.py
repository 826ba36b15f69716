"""What nobody would type: values, names and bodies that have broken forms elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

Fields = list[tuple[str, str | bytes]]

_MARK = "<script odd-mark=1>alert(1)</script>"

# Each is also put into paths; the marks show where one is taken for markup, the "X-Odd"
# where one becomes a header of an answer or a mail.
ODD = (
    "",
    " ",
    "0",
    "-1",
    "1e400",
    "NaN",
    "Infinity",
    "9" * 400,
    "0.0000000000001",
    "١٢٣٤٥",
    "²",
    "\0",
    "a\0b",
    "\x7f\x1b[2J",
    "x" * 70_000,
    "💥" * 5_000,
    "Z̴̨͕̹͝a̵̡̛̗l̶̺͝g̷̙͘o̸̧͝" * 40,
    "\u202emoc.live\u202c\u200b\ufeff",
    "\u0130\u0131ſKÅ",
    "\U0010ffff\ufffe\ufdd0",
    "' OR 1=1 --",
    "'; DROP TABLE accounts_provider; --",
    '" OR ""="',
    "%' ESCAPE '!' UNION SELECT password FROM accounts_provider --",
    "%_\\",
    _MARK,
    f'">{_MARK}<i odd-mark="',
    "'><img src=x odd-mark onerror=alert(1)>",
    "</textarea><b odd-mark>",
    "</title></style><svg odd-mark/onload=alert(1)>",
    "{{ 7|add:7 }}{% debug %}{{ settings.SECRET_KEY }}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "x\r\nX-Odd: 1",
    "x\nBcc: odd@evil.example",
    "x%0d%0aX-Odd:%201",
    "x@practice.example\r\nBcc: odd@evil.example",
    "/\r\nSet-Cookie: odd=1",
    "//evil.example/",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "////evil.example",
    "http:///evil.example",
    "/[",
    "//[::1",
    "../../../../etc/passwd",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "12/31/9999",
    "01/01/0001",
    "0000-00-00",
    "00000000-0000-0000-0000-000000000000",
    "{00000000-0000-0000-0000-000000000000}",
    "ffffffffffffffffffffffffffffffff",
    "１２３４５６７８１２３４５６７８１２３４５６７８１２３４５６７８",
    "AC-",
    "T-00000000-0000",
    "000000",
    "１２３４５６",
    "null",
    "[]",
    '{"a": 1}',
)
# A few for every single field: out of each place that a page may put a text into; more lines
# than one; and what databases and C libraries end a text at.
SHARP = (
    "'\"></textarea><b odd-mark>",
    "x\r\nX-Odd: 1\r\nBcc: odd@evil.example",
    "a\0b",
    "9" * 400,
)
_RAW = (b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\xae", b"\xf4\x90\x80\x80", b"abc\x80", b"\xe2\x28\xa1")

odd_values: st.SearchStrategy[str | bytes] = st.one_of(
    st.sampled_from(ODD),
    st.sampled_from(ODD),
    st.sampled_from(_RAW),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
)

# Names of fields and of an address's values that some page looks at, and a few of none.
NAMES = (
    "page", "sort", "q", "kind", "status", "since", "until", "first", "last", "range", "preset",
    "next", "reason", "done", "note", "notice", "amount", "plan", "later", "factor", "form_key",
    "topic", "category", "section", "", "__proto__", "a[b]", "\0",
)  # fmt: skip

_PLAUSIBLE = {
    "user_id": "amara.okafor",
    "email": "clara.novak@practice.example",
    "password": "a-password-of-nobody-17",
    "current_password": "a-password-of-nobody-17",
    "new_password": "Lantern-Orchard-Meadow-93",
    "code": "123456",
    "amount": "250.00",
    "description": "Crown",
    "first_name": "Grace",
    "last_name": "Bellamy",
    "birth_date": "1985-04-27",
    "phone": "(202) 555-0143",
    "street": "1 Main Street",
    "city": "Asheville",
    "state": "NC",
    "postcode": "28801",
    "yearly_income": "64000",
    "yearly_housing": "12000",
    "treatment": "Implant",
    "subject": "A question",
    "message": "What now?",
    "text": "Called the patient.",
    "q": "an",
    "since": "2026-01-01",
    "until": "2026-12-31",
}


def likely(name: str, value: str, choices: Sequence[str]) -> str:
    """What somebody might well put into a field."""
    chosen = next((choice for choice in choices if choice), "")
    return value or chosen or _PLAUSIBLE.get(name, "something")


# --- Ways to send fields; each gives httpx's arguments


def _as_form(fields: Fields) -> dict[str, Any]:
    return _typed("application/x-www-form-urlencoded", urlencode(fields).encode())


def _as_other_charset(fields: Fields) -> dict[str, Any]:
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    return _typed(kind, urlencode(fields).encode())


def _as_parts(fields: Fields) -> dict[str, Any]:
    body = b""
    for name, value in fields:
        content = value if isinstance(value, bytes) else value.encode()
        body += b'--odd\r\nContent-Disposition: form-data; name="'
        body += name.encode() + b'"\r\n\r\n' + content + b"\r\n"
    return _typed("multipart/form-data; boundary=odd", body + b"--odd--\r\n")


def _as_files(fields: Fields) -> dict[str, Any]:
    token, *others = fields
    start = _as_parts([token])["content"].removesuffix(b"--odd--\r\n")
    for name, value in others:
        content = value if isinstance(value, bytes) else value.encode()
        start += b'--odd\r\nContent-Disposition: form-data; filename="../x"; name="'
        start += name.encode() + b'"\r\nContent-Type: a/b\r\n\r\n' + content + b"\r\n"
    return _typed("multipart/form-data; boundary=odd", start + b"--odd--\r\n")


def _as_broken_parts(fields: Fields) -> dict[str, Any]:
    whole = _as_parts(fields)["content"]
    return _typed("multipart/form-data; boundary=odd", whole[: len(whole) // 2])


def _as_json(fields: Fields) -> dict[str, Any]:
    texts = {name: repr(value) for name, value in fields}
    return _typed("application/json", json.dumps(texts).encode())


def _typed(kind: str, content: bytes) -> dict[str, Any]:
    return {"content": content, "headers": {"Content-Type": kind}}


# Mostly as forms are sent.
BODIES: tuple[Callable[[Fields], dict[str, Any]], ...] = (
    *(_as_form,) * 12,
    *(_as_parts,) * 3,
    _as_files,
    _as_broken_parts,
    _as_json,
    _as_other_charset,
)
