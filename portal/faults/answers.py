"""What transport faults make of an answer that the application has given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from portal.faults.catalogue import Value

Headers = list[tuple[bytes, bytes]]
_PROTECTIVE = {
    b"content-security-policy",
    b"x-frame-options",
    b"x-content-type-options",
    b"referrer-policy",
    b"cross-origin-opener-policy",
    b"cross-origin-resource-policy",
    b"permissions-policy",
    b"strict-transport-security",
}
_THROWS = b'throw new Error("Portal script failed to start");\n'


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent; with ``breaks_off`` the connection ends before all of it has come."""

    status: int
    headers: Headers
    body: bytes
    breaks_off: bool = False

    @property
    def kind(self) -> bytes:
        """The media type."""
        return dict(self.headers).get(b"content-type", b"").partition(b";")[0].strip()

    def typed(self, kind: bytes) -> Answer:
        """The same with another Content-Type."""
        kept = [(name, value) for name, value in self.headers if name != b"content-type"]
        return replace(self, headers=[*kept, (b"content-type", kind)])

    def with_body(self, body: bytes) -> Answer:
        """The same with another body and the length of it."""
        # Whatever described the old body, its compression for one, is not true of this one.
        described = (b"content-length", b"content-encoding", b"etag", b"last-modified")
        kept = [(name, value) for name, value in self.headers if name not in described]
        return replace(self, headers=[*kept, (b"content-length", b"%d" % len(body))], body=body)


def spoil(
    faults: Mapping[str, Mapping[str, Value]],
    path: str,
    status: int,
    headers: Headers,
    body: bytes,
) -> Answer:
    """The answer as ``faults`` leave it."""
    answer = Answer(status, [(name.lower(), value) for name, value in headers], body)
    if "missing_stylesheet" in faults and path.endswith(".css"):
        answer = replace(answer.with_body(b""), status=404)
    if "missing_script" in faults and path.endswith(".js"):
        answer = replace(answer.with_body(b""), status=404)
    if "broken_script" in faults and path.endswith(".js"):
        answer = replace(answer.with_body(_THROWS), status=200)
    if "missing_headers" in faults:
        kept = [(name, value) for name, value in answer.headers if name not in _PROTECTIVE]
        answer = replace(answer, headers=kept)
    return _page(answer, faults) if answer.kind == b"text/html" else answer


def _page(answer: Answer, faults: Mapping[str, Mapping[str, Value]]) -> Answer:
    if "blank_page" in faults and answer.status == 200:
        answer = answer.with_body(b"<!doctype html><title></title>")
    if fault := faults.get("truncated_page"):
        answer = answer.with_body(_cut(answer.body, fault["fraction"]))
    if fault := faults.get("wrong_content_type"):
        answer = answer.typed(str(fault["type"]).encode("latin-1", "replace"))
    if "garbled_encoding" in faults:
        answer = replace(answer, headers=[*answer.headers, (b"content-encoding", b"gzip")])
    if (fault := faults.get("broken_transfer")) and answer.body:
        answer = replace(answer, body=_cut(answer.body, fault["fraction"]), breaks_off=True)
    return answer


def _cut(body: bytes, fraction: Value) -> bytes:
    return body[: int(len(body) * min(1.0, max(0.0, float(fraction))))]
