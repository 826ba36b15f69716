"""A HAR file (HTTP Archive 1.2) without what nobody must read in it.

Known secrets are masked like everywhere; beyond that, whatever authenticates goes: cookies,
the headers that carry them, and the bodies of requests, in which forms send passwords and
codes.
"""

from __future__ import annotations

import json
from typing import Any

from portalwatch.redaction import Redaction

MASK = "***"
_SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "proxy-authorization", "set-cookie", "x-csrftoken", "x-xsrf-token"}
)
_LEFT_OUT = "left out, for it may hold secrets"


def scrubbed(data: bytes, redaction: Redaction) -> bytes:
    """The HAR ``data`` as it may be kept. Raises ``ValueError`` or ``KeyError`` if it is none."""
    har = json.loads(data)
    for entry in har["log"]["entries"]:
        for side in (entry["request"], entry["response"]):
            _mask(side.get("cookies", ()))
            _mask(h for h in side.get("headers", ()) if h["name"].lower() in _SECRET_HEADERS)
        if "postData" in entry["request"]:
            kind = entry["request"]["postData"].get("mimeType", "")
            entry["request"]["postData"] = {"mimeType": kind, "text": "", "comment": _LEFT_OUT}
    return redaction.data(json.dumps(har, separators=(",", ":")).encode())


def _mask(pairs: Any) -> None:
    for pair in pairs:
        pair["value"] = MASK
