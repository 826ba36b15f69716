"""Faults on command and the way back, seen from outside: raw sockets, httpx, a real browser."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.test_portal import Visitor
from tests.integration.troubled_portal import SIGN_IN, TroubledPortal
from tests.proofs import proved_by_each, proves


@pytest.fixture
def portal(troubled) -> TroubledPortal:
    return troubled


@pytest.fixture
def control(troubled) -> TroubledPortal:
    return troubled


@pytest.fixture
def get(portal) -> Iterator[Callable[..., httpx.Response]]:
    with httpx.Client(base_url=portal.url, timeout=10) as client:
        yield client.get


def seconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


@proves("latency_fixed")
def test_answers_come_late(get, control):
    assert min(seconds(lambda: get(SIGN_IN)) for _ in range(5)) < 0.4
    control.turn_on("latency_fixed", parameters={"seconds": 0.4})
    assert seconds(lambda: get(SIGN_IN)) >= 0.4


@proves("latency_jitter")
def test_answers_come_late_now_more_and_now_less(get, control):
    control.turn_on("latency_jitter", parameters={"least_seconds": 0.1, "most_seconds": 0.3})
    taken = [seconds(lambda: get("/healthz")) for _ in range(6)]
    assert min(taken) >= 0.1
    assert max(taken) - min(taken) > 0.01


@proves("latency_drip")
def test_the_answer_trickles_in(portal, control):
    control.turn_on("latency_drip", parameters={"seconds": 0.4})
    with httpx.stream("GET", f"{portal.url}{SIGN_IN}") as answer:
        pieces = []
        took = seconds(lambda: pieces.extend(answer.iter_raw()))
    assert took >= 0.3
    assert len(pieces) > 5
    assert b"</html>" in pieces[-1] + pieces[-2]


@pytest.mark.parametrize(
    "fault", proved_by_each("status_500", "status_502", "status_503", "status_504", "status_429")
)
def test_errors_are_answered(get, control, fault):
    control.turn_on(fault)
    status = int(fault.removeprefix("status_"))
    answer = get(SIGN_IN)
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) is (status in (503, 429))


@proves("connection_reset")
def test_the_connection_is_reset(portal, control):
    control.turn_on("connection_reset")
    with pytest.raises(ConnectionResetError):
        raw(portal.url)


@proves("hang")
def test_the_connection_hangs(control, get):
    control.turn_on("hang", path=SIGN_IN)
    with pytest.raises(httpx.ReadTimeout):
        get(SIGN_IN, timeout=1)
    assert get("/healthz").status_code == 200


@proves("truncated_page")
def test_the_page_stops_in_its_midst(get, control):
    whole = get(SIGN_IN).content
    control.turn_on("truncated_page", parameters={"fraction": 0.25})
    cut = get(SIGN_IN).content
    assert len(cut) == len(whole) // 4
    assert b"</html>" not in cut


@proves("broken_transfer")
def test_the_connection_breaks_off_before_the_end(portal, control):
    control.turn_on("broken_transfer")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{portal.url}{SIGN_IN}")
    head, _, body = raw(portal.url).partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() not in head.lower()
    assert b"content-length" in head.lower()


@proves("blank_page")
def test_the_page_is_blank(get, control):
    control.turn_on("blank_page")
    answer = get(SIGN_IN)
    assert answer.status_code == 200
    assert answer.text == "<!doctype html><title></title>"


@proves("wrong_content_type")
def test_the_page_is_sent_as_something_else(get, control):
    control.turn_on("wrong_content_type", parameters={"type": "application/octet-stream"})
    assert get(SIGN_IN).headers["Content-Type"] == "application/octet-stream"


@proves("garbled_encoding")
def test_the_page_says_that_it_is_compressed(portal, control):
    control.turn_on("garbled_encoding")
    with pytest.raises(httpx.DecodingError):
        httpx.get(f"{portal.url}{SIGN_IN}")


@proves("redirect_loop")
def test_the_page_sends_to_itself(portal, control):
    control.turn_on("redirect_loop", path=f"{SIGN_IN}*")
    with httpx.Client(follow_redirects=True) as client, pytest.raises(httpx.TooManyRedirects):
        client.get(f"{portal.url}{SIGN_IN}?next=/account/")


@pytest.mark.parametrize(
    ("name", "file", "status"),
    [
        ("missing_stylesheet", "portal.css", 404),
        ("missing_script", "portal.js", 404),
        ("broken_script", "portal.js", 200),
    ],
)
def test_files_of_the_page_are_missing_or_broken(get, control, name, file, status):
    control.turn_on(name)
    answer = get(f"/static/{file}")
    assert answer.status_code == status
    assert len(answer.content) < 100
    assert get(SIGN_IN).status_code == 200


@proves("missing_headers")
def test_the_page_has_no_security_headers(get, control):
    assert "Content-Security-Policy" in get(SIGN_IN).headers
    control.turn_on("missing_headers")
    headers = get(SIGN_IN).headers
    for name in ("Content-Security-Policy", "X-Frame-Options", "Referrer-Policy"):
        assert name not in headers


@proves("enumeration_time")
def test_the_sign_in_takes_longer_for_who_exists(portal, control):
    control.turn_on("enumeration_time", parameters={"seconds": 1.0})

    def attempt(user_id: str) -> float:
        with Visitor(portal) as visitor:
            return seconds(lambda: visitor.send(SIGN_IN, user_id=user_id, password="wrong"))

    there, nobody = attempt("amara.okafor"), attempt("nobody.at.all")
    assert there >= 1.0
    assert there - nobody > 0.5


def test_a_fault_is_only_for_whom_it_is_meant(portal, control):
    control.turn_on("status_500", account="amara.okafor", path="/dashboard/")
    titles = {}
    for key in ("basic", "lockout"):
        account = portal.accounts[key]
        with Visitor(portal) as visitor:
            visitor.send(SIGN_IN, user_id=account["user_id"], password=account["password"])
            titles[key] = "500 Internal Server Error" in visitor.get("/dashboard/")
    assert titles == {"basic": True, "lockout": False}


def test_the_seeded_state_comes_back_in_under_a_second(portal, control, get):
    account = portal.accounts["basic"]
    control.turn_on("status_503", path="/dashboard/")
    with Visitor(portal) as visitor:
        visitor.send(SIGN_IN, user_id=account["user_id"], password=account["password"])
        assert control.reset() < 1
        assert get("/dashboard/").status_code == 302
        assert "Welcome" not in visitor.get("/dashboard/")  # the session is gone
        visitor.send(SIGN_IN, user_id=account["user_id"], password=account["password"])
        assert "Welcome" in visitor.get("/dashboard/")


def test_requests_wait_for_a_reset_and_none_fails(portal, control):
    """Visitors who sign in while the state is put back meet no error page."""
    from concurrent.futures import ThreadPoolExecutor

    def visit(_: int) -> list[int]:
        with httpx.Client(base_url=portal.url, timeout=30) as client:
            return [client.get(SIGN_IN).status_code for _ in range(10)]

    with ThreadPoolExecutor(4) as pool:
        visits = pool.map(visit, range(4))
        for _ in range(5):
            control.reset()
        statuses = {status for visit in visits for status in visit}
    assert statuses == {200}


def raw(url: str) -> bytes:
    """What comes over a bare connection until it ends."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as bare:
        bare.sendall(f"GET {SIGN_IN} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        received = b""
        while piece := bare.recv(65536):
            received += piece
        return received
