"""A HAR file that may be kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portalwatch.har import scrubbed
from portalwatch.redaction import Redaction

ENTRY: dict[str, Any] = {
    "request": {
        "method": "POST",
        "url": "https://portal.example/sign-in/?next=/&code=492811",
        "cookies": [{"name": "sessionid", "value": "abc"}],
        "headers": [
            {"name": "Cookie", "value": "sessionid=abc"},
            {"name": "X-CSRF-Token", "value": "def"},
            {"name": "Accept", "value": "text/html"},
        ],
        "postData": {
            "mimeType": "application/x-www-form-urlencoded",
            "text": "password=never-seen-before",
            "params": [{"name": "password", "value": "never-seen-before"}],
        },
    },
    "response": {
        "status": 302,
        "cookies": [{"name": "sessionid", "value": "ghi"}],
        "headers": [
            {"name": "set-cookie", "value": "sessionid=ghi; HttpOnly"},
            {"name": "Location", "value": "/in?state=1&id_token=a-token-nobody-knows"},
        ],
        "redirectURL": "/in?state=1&id_token=a-token-nobody-knows",
    },
}


def test_nothing_that_authenticates_is_left_and_all_else_is() -> None:
    har = json.dumps({"log": {"version": "1.2", "entries": [ENTRY]}}).encode()
    kept = scrubbed(har, Redaction(["492811"]))
    for secret in (b"abc", b"def", b"ghi", b"never-seen-before", b"492811"):
        assert secret not in kept
    (entry,) = json.loads(kept)["log"]["entries"]
    assert entry["request"]["url"] == "https://portal.example/sign-in/?next=/&code=******"
    assert [h["value"] for h in entry["request"]["headers"]] == ["***", "***", "text/html"]
    assert entry["request"]["postData"]["mimeType"] == "application/x-www-form-urlencoded"
    assert entry["response"]["status"] == 302
    assert entry["response"]["headers"][1]["value"] == "/in?state=1&id_token=***"
    assert entry["response"]["redirectURL"] == "/in?state=1&id_token=***"
    assert entry["response"]["cookies"] == [{"name": "sessionid", "value": "***"}]


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b'{"log": {"entries": [{}]}}'])
def test_what_is_no_har_is_not_kept(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        scrubbed(data, Redaction())
