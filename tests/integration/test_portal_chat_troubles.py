"""The chat's WebSocket under maintenance and under faults, and what keeps its session."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from portalwatch.browsers import RunningBrowser
from tests.integration.test_portal import give_password
from tests.integration.test_portal_chat import hear, hello, say
from tests.integration.test_portal_messages import running
from tests.integration.troubled_portal import TOKEN, TroubledPortal
from tests.waiting import wait_until

Open = Callable[..., ClientConnection]


@pytest.fixture
def cookie(troubled: TroubledPortal) -> str:
    return f"session={troubled.signed_in().cookies['session']}"


@pytest.fixture
def chat(troubled: TroubledPortal, cookie: str) -> Open:
    return partial(connected, troubled.url, cookie)


def connected(url: str, cookie: str, patience: float = 10) -> ClientConnection:
    return connect(
        f"{url.replace('http', 'ws')}/support/chat/",
        additional_headers={"Cookie": cookie},
        origin=url,
        open_timeout=patience,
    )


@pytest.fixture
def maintenance(troubled: TroubledPortal) -> Callable[[], None]:
    def begin() -> None:
        answer = troubled._client.post("/maintenance", json={"seconds": 600})
        assert answer.status_code == 201

    return begin


def refused(chat: Open) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as caught, chat():
        pass
    return caught.value


# --- Maintenance


def test_no_chat_is_opened_under_maintenance(chat, maintenance):
    maintenance()
    answer = refused(chat).response
    assert answer.status_code == 503
    assert answer.headers["Retry-After"].endswith("GMT")
    assert b"maintenance" in answer.body


@pytest.mark.parametrize("speaks", [False, True])
def test_a_chat_that_is_open_is_closed_when_maintenance_begins(chat, maintenance, speaks):
    with chat() as open_chat:
        hello(open_chat)
        hear(open_chat, "message")
        maintenance()
        if speaks:
            say(open_chat, "hours")
        with pytest.raises(ConnectionClosed) as closed:
            hear(open_chat, "ended")
    assert closed.value.rcvd.code == 1013


def test_a_provider_is_told_and_the_chat_goes_on_afterwards(tab, troubled, maintenance):
    tab.get_by_role("button", name="Start chat").click()
    status = tab.get_by_role("status")
    expect(status).to_have_text("You are connected.")
    maintenance()
    expect(status).to_have_text("The portal is under maintenance. Your chat goes on afterwards.")
    assert troubled._client.delete("/maintenance").status_code == 204
    expect(status).to_have_text("You are connected.", timeout=15_000)


# --- Faults


@pytest.mark.parametrize("status", [500, 503])
def test_the_handshake_is_answered_with_an_error(troubled, chat, status):
    troubled.turn_on(f"status_{status}", path="/support/chat/")
    assert refused(chat).response.status_code == status


def test_the_handshake_is_reset(troubled):
    troubled.turn_on("connection_reset", path="/support/*")
    address = urlsplit(troubled.url)
    asked = (
        f"GET /support/chat/ HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=10) as bare:
        bare.sendall(asked.encode())
        with pytest.raises(ConnectionResetError):
            bare.recv(4096)


def test_the_handshake_hangs_and_then_goes_on(troubled, chat):
    on = troubled.turn_on("hang", path="/support/*")
    with pytest.raises(TimeoutError), chat(patience=0.5):
        pass
    troubled.turn_off(on)
    troubled.turn_on("hang", path="/support/*", parameters={"seconds": 0.4})
    began = time.monotonic()
    with chat():
        assert time.monotonic() - began >= 0.4


def test_the_handshake_and_each_message_come_late(troubled, chat):
    troubled.turn_on("latency_fixed", parameters={"seconds": 0.4})
    began = time.monotonic()
    with chat() as open_chat:
        there = time.monotonic()
        assert there - began >= 0.4
        hello(open_chat)
        assert time.monotonic() - there >= 0.4


def test_a_chat_that_is_open_is_reset_when_something_is_said(troubled, chat):
    with chat() as open_chat:
        hello(open_chat)
        hear(open_chat, "message")
        troubled.turn_on("connection_reset")
        say(open_chat, "hours")
        with pytest.raises(ConnectionClosed) as closed:
            hear(open_chat, "message")
    assert closed.value.rcvd is None  # no farewell


def test_a_chat_that_is_open_hangs_and_loses_nothing(troubled, chat):
    with chat() as open_chat:
        hello(open_chat)
        hear(open_chat, "message")
        troubled.turn_on("hang", parameters={"seconds": 0.7})
        key = say(open_chat, "hours")
        with pytest.raises(TimeoutError):
            open_chat.recv(timeout=0.4)
        later = say(open_chat, "refund")
        assert hear(open_chat, "message")["key"] == key
        troubled.all_well()
        keys = {hear(open_chat, "message")["key"] for _ in range(2)}
        assert later in keys


def test_a_fault_of_another_account_or_browser_leaves_the_chat_alone(troubled, chat):
    other = troubled.accounts["lockout"]["user_id"]
    troubled.turn_on("status_500", account=other)
    troubled.turn_on("hang", browser="firefox")
    with chat() as open_chat:
        hello(open_chat)
    troubled.turn_on("status_500", account=troubled.accounts["basic"]["user_id"])
    assert refused(chat).response.status_code == 500


# --- The session


def test_what_is_written_begins_the_idle_time_anew(troubled, chat, cookie):
    database = troubled._maildir.parent / "portal.sqlite3"

    def expires() -> str:
        with closing(sqlite3.connect(database)) as connection:
            wanted = "SELECT expire_date FROM django_session WHERE session_key = ?"
            return connection.execute(wanted, [cookie.removeprefix("session=")]).fetchone()[0]

    with chat() as open_chat:
        began = expires()
        hello(open_chat)
        hear(open_chat, "message")
        assert expires() == began  # a browser says hello by itself
        say(open_chat, "hours")
        hear(open_chat, "message")
        assert expires() > began
        said = expires()
        hear(open_chat, "message")  # the agent's answer
        assert expires() == said


def test_a_chat_does_not_bring_back_a_session_that_was_ended(troubled, chat, cookie):
    with chat() as open_chat:
        hello(open_chat)
        hear(open_chat, "message")
        visitor = troubled._visitors[0]
        visitor.fill("/account/", "/sign-out/")
        say(open_chat, "hours")
        with pytest.raises(ConnectionClosed) as closed:
            hear(open_chat, "message")
        assert closed.value.rcvd.code == 4401
        assert refused(chat).response.status_code == 403


@pytest.fixture
def short_lived() -> Iterator[TroubledPortal]:
    """A portal whose sessions have five seconds, however busy they are."""
    few = ("--patients", "10", "--transactions", "50")
    environment = {"PORTAL_CONTROL_TOKEN": TOKEN, "PORTAL_SESSION_SECONDS": "5"}
    with running(*few, **environment) as started:
        portal = TroubledPortal(started)
        yield portal
        portal.back_to_normal()
        portal.close()


def test_a_chat_ends_with_the_longest_time_of_its_session(short_lived):
    cookie = f"session={short_lived.signed_in().cookies['session']}"
    chat = partial(connected, short_lived.url, cookie)
    with chat() as open_chat:
        hello(open_chat)
        hear(open_chat, "message")
        # A page would end the session itself: one that began later tells when its time is over.
        later = short_lived.signed_in()
        wait_until(lambda: not later.is_in, seconds=20, what="the end of both sessions")
        say(open_chat, "hours")
        with pytest.raises(ConnectionClosed) as closed:
            hear(open_chat, "message")
    assert closed.value.rcvd.code == 4401
    assert refused(chat).response.status_code == 403


@pytest.fixture
def tab(chromium: RunningBrowser, troubled: TroubledPortal) -> Iterator[Page]:
    with chromium.browser.new_context(base_url=troubled.url) as context:
        page = context.new_page()
        page.goto("/support/")
        give_password(page, troubled.accounts["basic"])
        yield page


def test_writing_keeps_the_warning_of_the_idle_time_away_in_every_tab(tab):
    other = tab.context.new_page()
    other.goto("/account/")
    other.evaluate(
        """() => {
            window.heard = [];
            const channel = new BroadcastChannel("session");
            channel.onmessage = ({ data }) => window.heard.push(data);
        }"""
    )
    tab.get_by_role("button", name="Start chat").click()
    log = tab.get_by_role("log", name="Conversation")
    expect(log).to_contain_text("this is Jamie")
    assert other.evaluate("window.heard") == []
    tab.get_by_label("Your message").fill("hours")
    tab.keyboard.press("Enter")
    expect(log).to_contain_text("Monday to Friday")
    wait_until(lambda: other.evaluate("window.heard"), seconds=5, what="word of it")
    assert json.dumps(other.evaluate("window.heard")) == '["used"]'
