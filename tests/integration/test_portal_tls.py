"""The portal over HTTPS, with a good certificate and with bad ones, from outside."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from portalwatch.browsers import RunningBrowser
from portalwatch.model import Cause
from tests.integration.secure_portal import SecurePortal, secure_portal, sign_in_is_there
from tests.integration.single_run import SingleRuns
from tests.integration.test_portal import give_code, give_password
from tests.integration.test_portal_command import run
from tests.proofs import held_to_its_marks, proves

ROOT = Path(__file__).parents[2]
EXPIRED, MISMATCH = "certificate has expired", "certificate is not valid for '{host}'"


@pytest.fixture(scope="module")
def started() -> Iterator[SecurePortal]:
    with secure_portal() as portal:
        yield portal


@pytest.fixture
def portal(started: SecurePortal, request: pytest.FixtureRequest) -> Iterator[SecurePortal]:
    started.turned_on.clear()
    yield started
    started.all_well()
    held_to_its_marks(request.node, started.turned_on)


def test_whoever_trusts_its_authority_gets_secure_cookies_and_hsts(portal):
    with portal.visitor() as visitor:
        page = visitor.get("/sign-in/")
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        account = portal.accounts["basic"]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        answer = visitor.post(
            "/sign-in/",
            data={
                "csrfmiddlewaretoken": token,
                "user_id": account["user_id"],
                "password": account["password"],
            },
            headers={"Origin": portal.url},
        )
        assert answer.headers["Location"] == "/dashboard/"
        for line in page.headers.get_list("set-cookie") + answer.headers.get_list("set-cookie"):
            name, _, flags = line.partition("=")
            assert name in ("__Host-csrf", "__Host-session")
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(flags.split("; "))
        assert visitor.get("/dashboard/").status_code == 200


def test_nobody_else_does(portal):
    with pytest.raises(httpx.ConnectError, match="unable to get local issuer certificate"):
        httpx.get(f"{portal.url}/healthz")


def test_plain_http_is_not_answered_and_does_no_harm(portal):
    address = urlsplit(portal.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as bare:
        bare.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP/1.1" not in bare.recv(4096)
    with portal.visitor() as visitor:
        assert visitor.get("/healthz").status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param("tls_expired", EXPIRED, marks=proves("tls_expired")),
        pytest.param("tls_wrong_host", MISMATCH, marks=proves("tls_wrong_host")),
    ],
)
def test_a_fault_fails_the_handshakes_from_then_on(portal, host, fault, reason):
    url = portal.url.replace("127.0.0.1", host)
    with portal.visitor(base_url=url) as earlier:
        assert earlier.get("/healthz").status_code == 200
        assert portal.turn_on(fault).status_code == 201
        assert earlier.get("/healthz").status_code == 200  # its connection goes on
    with portal.visitor(base_url=url) as visitor:
        with pytest.raises(httpx.ConnectError, match=re.escape(reason.format(host=host))):
            visitor.get("/healthz")
        portal.all_well()
        assert visitor.get("/healthz").status_code == 200


def test_a_fault_with_a_scope_that_no_handshake_knows_is_refused(portal):
    answer = portal.turn_on("tls_expired", browser="firefox")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("tls_expired has no path, account or browser")


def test_other_faults_are_played_below_tls_too(portal):
    portal.turn_on("connection_reset", path="/healthz")
    # OpenSSL tells of a reset as of an end: what is one without TLS is seen elsewhere.
    with portal.visitor() as visitor, pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        visitor.get("/healthz")


@pytest.mark.parametrize("wrong", [["--tls", "bad"], ["--tls"]])
def test_a_wrong_option_is_refused_in_one_line(wrong):
    ended = run(*wrong)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith("portal: error: argument --tls: ")


def test_a_host_that_no_certificate_can_have_is_refused_in_one_line():
    ended = run("--tls", "good", PORTAL_HOSTS="my_host")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith("portal: error: PORTAL_HOSTS: no certificate can be made for ")


def test_a_websocket_goes_over_tls(portal):
    address = urlsplit(portal.url).netloc
    with (
        pytest.raises(InvalidStatus, match="HTTP 403"),  # nobody is signed in: its own word
        connect(f"wss://{address}/support/chat/", ssl=portal.trust, origin=portal.url),
    ):
        pass
    portal.turn_on("tls_expired")
    with (
        pytest.raises(ssl.SSLCertVerificationError, match=EXPIRED),
        connect(f"wss://{address}/support/chat/", ssl=portal.trust, origin=portal.url),
    ):
        pass


def test_a_browser_signs_in_and_chats(browser_under_test: RunningBrowser, portal):
    account = portal.accounts["totp_1" if browser_under_test.info.engine == "firefox" else "totp_2"]
    with browser_under_test.browser.new_context(
        base_url=portal.url, ignore_https_errors=True
    ) as context:
        page = context.new_page()
        page.goto("/support/")
        give_password(page, account)
        give_code(page, account)
        page.get_by_role("button", name="Start chat").click()
        expect(page.get_by_role("status")).to_have_text("You are connected.")
        expect(page.get_by_role("log", name="Conversation")).to_contain_text("this is Jamie")
        cookies = {cookie["name"]: cookie for cookie in context.cookies()}
        assert set(cookies) == {"__Host-csrf", "__Host-session"}
        assert all(cookie["secure"] and cookie["httpOnly"] for cookie in cookies.values())


@proves("tls_expired")
def test_portalwatch_calls_it_tls_on_every_browser(
    browser_under_test: RunningBrowser, runs: SingleRuns, portal: SecurePortal
):
    assert portal.turn_on("tls_expired").status_code == 201
    attempt = runs.attempt(sign_in_is_there, browser_under_test, portal.url)
    assert attempt.cause is Cause.TLS
    assert attempt.message.startswith("no secure connection to the portal (")


def test_portalwatch_tells_a_good_certificate_from_bad_ones(portal):
    """Where the authority is trusted, only the faults are wrong with it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.secure_runs", portal.url],
        cwd=ROOT,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(portal.authority)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def attempt() -> list[str | None]:
            process.stdin.write("again\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        assert attempt()[:2] == ["pass", None]
        for fault in ("tls_expired", "tls_wrong_host"):
            assert portal.turn_on(fault).status_code == 201
            assert attempt()[:2] == ["fail", "tls"]
            portal.all_well()
        assert attempt()[:2] == ["pass", None]
        process.stdin.close()
