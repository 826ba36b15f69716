"""A HAR file (HTTP Archive 1.2) without what nobody must read in it.

Known secrets are masked like everywhere. Beyond that, what is known to authenticate goes:
cookies, headers whose name says so, long values in addresses, and the bodies of requests, in
which forms send passwords and codes.
"""

from __future__ import annotations

import json
import re
from typing import Any

from portalwatch import credentials_seen
from portalwatch.redaction import Redaction

MASK = "***"
_SECRET_HEADERS = re.compile(r"auth|cookie|token|csrf|xsrf|api-?key|session|secret", re.IGNORECASE)
_LONG_VALUE = re.compile(r"([?&#;][^=&#;]*=)[^&#;\s]{16,}")  # a token, as none of a page's own is
_LEFT_OUT = "left out, for it may hold secrets"


def scrubbed(data: bytes, redaction: Redaction) -> bytes:
    """The HAR ``data`` as it may be kept. Raises ``ValueError`` or ``KeyError`` if it is none."""
    har = json.loads(data)
    entries = har["log"]["entries"]
    redaction.add_seen(value for entry in entries for value in credentials_seen.of_exchange(entry))
    for entry in entries:
        for side in (entry["request"], entry["response"]):
            _mask(side.get("cookies", ()))
            headers = side.get("headers", ())
            _mask(header for header in headers if _SECRET_HEADERS.search(header["name"]))
            for header in headers:
                header["value"] = _address(header["value"])
            for key in ("url", "redirectURL"):
                if key in side:
                    side[key] = _address(side[key])
        _mask(pair for pair in entry["request"].get("queryString", ()) if len(pair["value"]) >= 16)
        if "postData" in entry["request"]:
            kind = entry["request"]["postData"].get("mimeType", "")
            entry["request"]["postData"] = {"mimeType": kind, "text": "", "comment": _LEFT_OUT}
    return redaction.data(json.dumps(har, separators=(",", ":")).encode())


def _address(text: str) -> str:
    """``text``, which may hold an address, without the long values in its query."""
    return _LONG_VALUE.sub(rf"\1{MASK}", text)


def _mask(pairs: Any) -> None:
    for pair in pairs:
        pair["value"] = MASK
