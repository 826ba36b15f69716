"""Requests are whole before a worker sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from django.test import override_settings

from portal import bodies
from portal.bodies import WholeBodies

POST = {
    "type": "http",
    "method": "POST",
    "scheme": "https",
    "path": "/",
    "headers": [(b"transfer-encoding", b"chunked")],
}


def _answers(pieces: Iterable[dict[str, Any]], scope: dict[str, Any] = POST) -> tuple[list, list]:
    """What reaches the application of a request in ``pieces``, and what is answered instead."""
    left, reached, sent = list(pieces), [], []

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        return await asyncio.Event().wait()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        reached.append((dict(scope["headers"]), await receive()))

    asyncio.run(WholeBodies(application, seconds=0.05)(scope, receive, send))
    return reached, sent


def _piece(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_in_pieces_arrives_whole_and_with_its_length():
    reached, sent = _answers([_piece(b"a=1&", more=True), _piece(b"b=2", more=False)])
    assert reached == [({b"content-length": b"7"}, _piece(b"a=1&b=2", more=False))]
    assert sent == []


def test_half_a_body_does_not_count():
    assert _answers([_piece(b"amount=1", more=True), {"type": "http.disconnect"}]) == ([], [])


def test_a_body_that_does_not_come_is_told_of():
    reached, sent = _answers([_piece(b"amount=1", more=True)])
    assert (reached, sent[0]["status"]) == ([], 408)


def test_the_largest_body_is_taken_and_one_byte_more_is_not():
    reached, sent = _answers([_piece(b"x" * bodies.MOST, more=False)])
    assert (len(reached), sent) == (1, [])
    reached, sent = _answers([_piece(b"x" * bodies.MOST, more=True), _piece(b"x", more=False)])
    assert (reached, sent[0]["status"]) == ([], 413)


def test_a_body_that_waits_to_be_asked_for_is_refused_unread():
    scope = {**POST, "headers": [(b"content-length", b"9999999"), (b"expect", b"100-continue")]}
    reached, sent = _answers([], scope)
    assert (reached, sent[0]["status"]) == ([], 413)


def test_a_refused_body_is_answered_with_the_headers_of_every_page(client):
    with override_settings(SECURE_HSTS_SECONDS=60):
        _, sent = _answers([_piece(b"x" * bodies.MOST, more=True), _piece(b"x", more=False)])
        page = client.get("/no-such-page/", secure=True).headers
    refused = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    wanted = {name.lower(): value for name, value in page.items()}
    assert {"content-security-policy", "strict-transport-security"} < set(wanted)
    assert "frame-ancestors 'none'" in refused["content-security-policy"]
    for own in ("content-length", "vary"):
        wanted.pop(own, None)
    assert wanted.items() <= refused.items()
