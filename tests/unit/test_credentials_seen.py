"""What authenticates in requests and pages, found where it stands by its nature."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portalwatch import credentials_seen as seen

TOKEN = "3f9Zk2mQx81LtVbn7RcYwE4s"


def exchange(
    *, request: dict[str, Any] | None = None, response: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"request": {"url": "https://a.example/", **(request or {})}, "response": response or {}}


def header(name: str, value: str) -> dict[str, Any]:
    return {"headers": [{"name": name, "value": value}]}


@pytest.mark.parametrize(
    "entry",
    [
        exchange(request={"cookies": [{"name": "anything", "value": TOKEN}]}),
        exchange(response={"cookies": [{"name": "anything", "value": TOKEN}]}),
        exchange(request=header("Cookie", f"theme=dark; sid={TOKEN}; a=b")),
        exchange(response=header("set-cookie", f"sid={TOKEN}; Path=/; HttpOnly")),
        exchange(response=header("Set-Cookie", f"a=b; Path=/\nsid={TOKEN}; Path=/")),
        exchange(request=header("Authorization", f"Bearer {TOKEN}")),
        exchange(request=header("X-CSRFToken", TOKEN)),
        exchange(request={"url": f"https://a.example/reset?t={TOKEN}"}),
        exchange(request={"url": f"https://a.example/#access={TOKEN}"}),
        exchange(request=header("Referer", f"https://a.example/?t={TOKEN}")),
        exchange(response={"redirectURL": f"/next/?ticket={TOKEN}"}),
        exchange(request={"postData": {"params": [{"name": "a", "value": TOKEN}]}}),
    ],
)  # fmt: skip
def test_it_sees_what_authenticates_in_a_request(entry: dict[str, Any]) -> None:
    assert set(seen.of_exchange(entry)) == {TOKEN}


def test_a_short_value_with_digits_is_one_where_its_name_or_nature_says_so() -> None:
    cookies = [
        {"name": "theme", "value": "dark-mode"},
        {"name": "session", "value": "8f3kd01x"},
        {"name": "session_kind", "value": "trusted-one"},
        {"name": "x", "value": "httponly-1", "httpOnly": True},
        {"name": "token", "value": "short"},
    ]
    assert set(seen.of_cookies(cookies)) == {"8f3kd01x", "httponly-1"}


def test_what_was_searched_for_is_no_token() -> None:
    url = "https://a.example/?q=Dr.+Amara+Okafor+of+Northside&from=2026-01-01"
    assert list(seen.of_address(url)) == []


def test_what_is_escaped_is_told_as_meant_too() -> None:
    cookies = [{"name": "sid", "value": "s%3A3f9Zk2mQx81LtVbn.aa%2F"}]
    assert set(seen.of_cookies(cookies)) == {
        "s%3A3f9Zk2mQx81LtVbn.aa%2F",
        "s:3f9Zk2mQx81LtVbn.aa/",
    }


@pytest.mark.parametrize(
    "markup",
    [
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{TOKEN}">',
        f"<input name=x value='{TOKEN}' type=hidden>",
        f'<INPUT\n  TYPE="hidden"\n  VALUE="{TOKEN}"/>',
        f'<meta name="csrf-token" content="{TOKEN}">',
        f"<meta content='{TOKEN}' name='_token'>",
    ],
)
def test_it_sees_the_tokens_of_a_page(markup: str) -> None:
    page = f"<p>a</p>{markup}<input type=text value='what somebody has typed here'>"
    assert list(seen.of_page(page)) == [TOKEN]


@pytest.mark.parametrize(
    "markup",
    [
        '<input type=hidden name=next value="/patients/12345/history">',
        '<input type=hidden name=next value="https://portal.example/dashboard">',
        '<input type=hidden name=session_kind value="trusted">',  # a word
        '<input type=hidden name=page value="2">',
        '<meta name="author" content="Meridian Health Partners 2026">',
    ],
)
def test_addresses_and_words_are_no_tokens(markup: str) -> None:
    assert list(seen.of_page(markup)) == []


@pytest.mark.parametrize(
    "hostile", ["<input ", "<input type=hidden value=", "<meta name='", '<input a="'], ids=range(4)
)
def test_a_page_that_never_closes_what_it_opens_is_gone_through_once(hostile: str) -> None:
    assert list(seen.of_page(hostile * 100_000)) == []  # by the square it would take hours


def test_it_sees_what_a_page_keeps_in_its_storage() -> None:
    stored = {"theme": "dark", "x": TOKEN, "user": json.dumps({"idToken": f"a{TOKEN}", "n": 1})}
    assert set(seen.of_storage(stored)) >= {TOKEN, f"a{TOKEN}"}
    assert "dark" not in set(seen.of_storage(stored))


def test_it_sees_what_a_document_names_as_a_token() -> None:
    document = {"user": {"accessToken": TOKEN, "name": "Dr. Amara Okafor of Northside"}}
    assert list(seen.of_document([document])) == [TOKEN]


def trace(**entries: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("__", "."), data)
    return packed.getvalue()


def test_it_sees_all_of_it_in_a_trace() -> None:
    values = [f"{number}{TOKEN}" for number in range(4)]
    cookie = exchange(request={"cookies": [{"name": "sid", "value": values[0]}]})
    network = json.dumps({"type": "resource-snapshot", "snapshot": cookie}).encode()
    hidden = ["INPUT", {"type": "hidden", "name": "csrf", "value": values[1]}]
    html = ["HTML", {}, ["BODY", {}, ["FORM", {"action": "/"}, hidden]]]
    snapshot = {"type": "frame-snapshot", "snapshot": {"html": html}}
    assert set(
        seen.of_trace(
            trace(
                trace__network=network + b"\n{cut off",
                trace__trace=json.dumps(snapshot).encode(),
                page__html=f'<input type="hidden" value="{values[2]}">'.encode(),
                answer__json=json.dumps({"token": values[3]}).encode(),
                broken__json=b"{",
            )
        )
    ) == set(values)


@pytest.mark.parametrize("data", [b"", b"no zip", trace(trace__trace=b"{}")[:-10]])
def test_of_what_is_no_trace_it_sees_nothing(data: bytes) -> None:
    assert list(seen.of_trace(data)) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
)


@given(JSON, st.binary(max_size=200))
def test_no_trace_is_too_strange(document: Any, data: bytes) -> None:
    line = json.dumps(document).encode()
    event = json.dumps({"type": "resource-snapshot", "snapshot": document}).encode()
    hidden = json.dumps({"snapshot": {"html": [document, {"type": "hidden"}]}}).encode()
    for _ in seen.of_trace(
        trace(
            trace__network=b"\n".join([line, event, data]),
            trace__trace=b"\n".join([line, hidden, data]),
            a__json=line,
            b__json=data,
            c__html=data,
        )
    ):
        pass
