"""The live chat over a real WebSocket: from a browser, and from what is no browser."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.integration.test_portal import Visitor, give_password, running, violations
from tests.integration.troubled_portal import TOKEN, Control


@pytest.fixture(scope="module")
def controlled() -> Iterator[tuple]:
    with running(PORTAL_CONTROL_TOKEN=TOKEN) as portal:
        control = Control(portal.url)
        yield portal, control
        control.close()


@pytest.fixture
def portal(controlled):
    portal, control = controlled
    control.reset()
    return portal


@pytest.fixture
def control(controlled) -> Iterator[Control]:
    control = controlled[1]
    yield control
    control.all_well()


@pytest.fixture
def cookie(portal) -> str:
    account = portal.accounts["basic"]
    with Visitor(portal) as visitor:
        visitor.send("/sign-in/", user_id=account["user_id"], password=account["password"])
        return f"session={visitor._cookies['session']}"


def socket(portal, cookie: str, **headers: str) -> ClientConnection:
    address = urlsplit(portal.url).netloc
    headers = {"Cookie": cookie, "Origin": portal.url, **headers}
    return connect(
        f"ws://{address}/support/chat/",
        additional_headers={name: value for name, value in headers.items() if name != "Origin"},
        origin=headers["Origin"] or None,
        open_timeout=10,
    )


def hear(chat: ClientConnection, kind: str) -> dict[str, object]:
    while (message := json.loads(chat.recv(timeout=10)))["type"] != kind:
        pass
    return message


def hello(chat: ClientConnection, number: str = "", seen: int = 0) -> str:
    chat.send(json.dumps({"type": "hello", "conversation": number, "seen": seen}))
    return hear(chat, "conversation")["number"]


def say(chat: ClientConnection, text: object, key: str = "") -> str:
    key = key or str(uuid.uuid4())
    chat.send(json.dumps({"type": "say", "key": key, "text": text}))
    return key


def test_the_agent_greets_by_name_and_answers(portal, cookie):
    with socket(portal, cookie) as chat:
        hello(chat)
        assert hear(chat, "message")["text"].startswith("Hello Dr. Amara Okafor, this is Jamie")
        key = say(chat, "What are your hours?")
        assert hear(chat, "message")["key"] == key
        hear(chat, "typing")
        assert "Monday to Friday" in hear(chat, "message")["text"]


def test_nothing_is_lost_or_doubled_by_a_lost_connection(portal, cookie):
    with socket(portal, cookie) as chat:
        number = hello(chat)
        hear(chat, "message")
        key = say(chat, "refund")
        hear(chat, "message")  # and gone before the answer comes
    with socket(portal, cookie) as chat:
        assert hello(chat, number, seen=1) == number
        say(chat, "refund", key)
        positions = [hear(chat, "message")["position"] for _ in range(3)]
    assert sorted(set(positions)) == [2, 3]
    with socket(portal, cookie) as chat:
        hello(chat, number, seen=0)
        assert [hear(chat, "message")["position"] for _ in range(3)] == [1, 2, 3]


def test_another_tab_hears_the_same(portal, cookie):
    with socket(portal, cookie) as first, socket(portal, cookie) as second:
        assert hello(first) == hello(second)
        for tab in (first, second):
            assert hear(tab, "message")["position"] == 1
        say(first, "payment")
        for tab in (first, second):
            assert [hear(tab, "message")["position"] for _ in range(2)] == [2, 3]


def test_the_chat_ends_politely(portal, cookie):
    with socket(portal, cookie) as chat:
        number = hello(chat)
        hear(chat, "message")
        chat.send(json.dumps({"type": "end"}))
        assert hear(chat, "message")["text"].startswith("Thank you for chatting with us.")
        assert hear(chat, "ended")["number"] == number
        say(chat, "still there?")
        assert hear(chat, "refused")["reason"] == "This chat is over. Start a new one."


@pytest.mark.parametrize(
    "change",
    [{"Cookie": ""}, {"Cookie": "session=x"}, {"Origin": "http://evil.example"}, {"Origin": ""}],
)
def test_it_lets_only_our_own_pages_in(portal, cookie, change):
    with pytest.raises(InvalidStatus) as refused, socket(portal, cookie, **change):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "sent",
    ["", "x", "[]", "1", '{"type": 5}', '{"type": "hello", "seen": "1"}', "[" * 9000, b"\xff"],
)
def test_it_closes_on_what_it_does_not_understand(portal, cookie, sent):
    with socket(portal, cookie) as chat:
        hello(chat)
        hear(chat, "message")
        chat.send(sent)
        with pytest.raises(ConnectionClosed) as closed:
            chat.recv(timeout=10)
    assert closed.value.rcvd.code == 1003


def test_it_refuses_more_than_a_message_may_have(portal, cookie):
    with socket(portal, cookie) as chat:
        hello(chat)
        say(chat, "x" * 1001)
        assert hear(chat, "refused")["reason"].startswith("Messages can have 1,000 characters.")
        for odd in ("", " \0 ", None, ["x"], {"a": 1}):
            say(chat, odd)
            assert hear(chat, "refused")["reason"] == "Enter a message."
        say(chat, "x" * 20_000)
        with pytest.raises(ConnectionClosed) as closed:
            hear(chat, "refused")
    assert closed.value.rcvd.code == 1009


def test_it_slows_down_who_writes_too_fast(portal, cookie):
    with socket(portal, cookie) as chat:
        hello(chat)
        for _ in range(11):
            say(chat, "hours")
        assert hear(chat, "refused")["reason"].startswith("You are sending messages too fast.")


def test_it_keeps_odd_characters(portal, cookie):
    with socket(portal, cookie) as chat:
        number = hello(chat)
        hear(chat, "message")
        say(chat, "Zażółć 💥 \ud800 \u202e <b>&")
        assert hear(chat, "message")["text"].startswith("Zażółć 💥")
    with socket(portal, cookie) as chat:
        hello(chat, number)
        hear(chat, "message")
        assert hear(chat, "message")["text"].startswith("Zażółć 💥")


def test_signing_out_ends_the_chat(portal, cookie):
    with socket(portal, cookie) as chat, Visitor(portal) as visitor:
        hello(chat)
        hear(chat, "message")
        visitor._cookies["session"] = cookie.removeprefix("session=")
        token = visitor.get("/account/").split('name="csrfmiddlewaretoken" value="')[1]
        visitor._ask("POST", "/sign-out/", csrfmiddlewaretoken=token.split('"')[0])
        say(chat, "hours")
        with pytest.raises(ConnectionClosed) as closed:
            hear(chat, "message")
    assert closed.value.rcvd.code == 4401


def test_the_chat_that_never_answers(portal, cookie, control):
    control.turn_on("chat_silent")
    with socket(portal, cookie) as chat:
        number = hello(chat)
        hear(chat, "message")
        say(chat, "hours")
        assert hear(chat, "message")["author"] == "provider"
        with pytest.raises(TimeoutError):
            chat.recv(timeout=1.5)
    control.all_well()
    with socket(portal, cookie) as chat:
        hello(chat, number, seen=2)
        assert "Monday to Friday" in hear(chat, "message")["text"]


@pytest.fixture
def tab(chromium, portal) -> Iterator[Page]:
    with chromium.browser.new_context(base_url=portal.url) as context:
        page = context.new_page()
        page.goto("/support/")
        give_password(page, portal.accounts["basic"])
        yield page


def test_a_provider_chats_by_keyboard_reloads_and_takes_the_transcript(tab):
    log = tab.get_by_role("log", name="Conversation")
    tab.get_by_role("button", name="Start chat").press("Enter")
    expect(log).to_contain_text("Hello Dr. Amara Okafor, this is Jamie")
    tab.get_by_label("Your message").fill("How do refunds work?")
    tab.keyboard.press("Enter")
    expect(log).to_contain_text("choose the refund")
    assert violations(tab) == []
    tab.reload()
    expect(tab.get_by_role("status")).to_have_text("You are connected.")
    expect(log.get_by_text("How do refunds work?")).to_have_count(1)
    expect(log.get_by_text("choose the refund")).to_have_count(1)
    tab.get_by_role("button", name="End chat").click()
    expect(log).to_contain_text("Thank you for chatting with us.")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download the transcript").click()
    assert "How do refunds work?" in download.value.path().read_text("utf-8")
    expect(tab.get_by_role("button", name="Start a new chat")).to_be_visible()


def test_the_chat_comes_back_after_a_lost_connection(tab):
    """What was written while offline is sent once the connection is there again."""
    sockets = []

    def relay(route) -> None:
        sockets.append(route)
        route.connect_to_server()

    tab.route_web_socket("**/support/chat/", relay)
    tab.reload()
    tab.get_by_role("button", name="Start chat").click()
    log = tab.get_by_role("log", name="Conversation")
    expect(log).to_contain_text("this is Jamie")
    sockets[0].close(code=1011, reason="lost")
    expect(tab.get_by_role("status")).to_contain_text("Connection lost.")
    tab.get_by_label("Your message").fill("payment")
    tab.keyboard.press("Enter")
    expect(log).to_contain_text("instalments that are still due")
    expect(log.get_by_text("payment", exact=True)).to_have_count(1)
