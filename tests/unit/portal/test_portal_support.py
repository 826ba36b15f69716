"""Support: opening hours, requests in writing, the scripted agent, what is kept of a chat."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.test import override_settings

from portal.accounts.models import Provider
from portal.brand import BRAND
from portal.support import agent, conversations, hours, tickets
from portal.support.models import Ticket
from portal.support.visitor import is_ours, provider_of

HOME = "/support/"


@pytest.fixture(autouse=True)
def with_a_mail_server(rolled_back):
    outbox.outbox.clear()
    with override_settings(CONFIGURATION=replace(settings.CONFIGURATION, smtp="localhost:2525")):
        yield


@pytest.fixture
def provider(basic) -> Provider:
    return Provider.objects.get(user_id=basic.user_id)


def request_of(**changes: str) -> dict[str, str]:
    return {
        "form_key": str(uuid.uuid4()),
        "topic": "payment",
        "subject": "A payment is missing",
        "message": "It was due <b>last</b> week.",
    } | changes


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 16, 12, 0, tzinfo=UTC), True),  # Monday, 7 a.m. in summer time
        (datetime(2026, 3, 16, 11, 59, tzinfo=UTC), False),
        (datetime(2026, 1, 13, 2, 59, tzinfo=UTC), True),  # Monday, 8.59 p.m. in winter
        (datetime(2026, 1, 13, 3, 0, tzinfo=UTC), False),
        (datetime(2026, 1, 17, 22, 59, tzinfo=UTC), True),  # Saturday, 4.59 p.m.
        (datetime(2026, 1, 17, 23, 0, tzinfo=UTC), False),
        (datetime(2026, 1, 18, 18, 0, tzinfo=UTC), False),  # Sunday
    ],
)
def test_it_knows_whether_support_is_open(at, expected):
    assert hours.is_open(at) is expected


def test_it_knows_when_support_opens_again():
    sunday = datetime(2026, 1, 18, 18, 0, tzinfo=UTC)
    assert hours.next_opening(sunday) == datetime(2026, 1, 19, 7, tzinfo=hours.ZONE)
    assert hours.in_words(hours.next_opening(sunday)) == "Monday at 7 a.m."


def test_the_hours_are_those_that_the_brand_tells():
    def told(day: int) -> str:
        if day not in hours._OPEN:
            return "Closed"
        begins, ends = (f"{t:%-I} {'a.m.' if t.hour < 12 else 'p.m.'}" for t in hours._OPEN[day])
        return f"{begins} – {ends} CT"

    assert BRAND.hours == (
        ("Monday to Friday", told(0)),
        ("Saturday", told(5)),
        ("Sunday", told(6)),
    )
    assert {told(day) for day in range(5)} == {told(0)}


def test_it_shows_every_way_to_reach_support(signed_in):
    page = signed_in.get(HOME).text
    assert "<h1>Support</h1>" in page
    for heading in ("Call us", "Live chat", "Send a request"):
        assert f">{heading}</h2>" in page
    assert BRAND.phone in page
    assert "The chat needs JavaScript." in page


def test_a_request_gets_a_number_and_is_mailed(signed_in, provider):
    answer = signed_in.post(HOME, request_of(), follow=True)
    ticket = Ticket.objects.get(provider=provider)
    assert f"<h1>Request {ticket.number}</h1>" in answer.text
    assert "It was due &lt;b&gt;last&lt;/b&gt; week." in answer.text
    to_support, copy = outbox.outbox
    assert to_support.to == [tickets.ADDRESS]
    assert to_support.subject == f"[{ticket.number}] A payment is missing"
    assert "It was due <b>last</b> week." in to_support.body
    assert provider.practice.merchant_number in to_support.body
    assert copy.to == [provider.email]
    assert ticket.number in copy.subject
    assert ticket.number in signed_in.get(HOME).text


def test_a_request_that_is_sent_twice_is_one(signed_in):
    form = request_of()
    first, second = (signed_in.post(HOME, form).headers["Location"] for _ in range(2))
    assert first == second
    assert len(outbox.outbox) == 2


def test_a_request_is_kept_when_no_server_takes_the_mail(signed_in, provider):
    with override_settings(CONFIGURATION=replace(settings.CONFIGURATION, smtp="")):
        page = signed_in.post(HOME, request_of(), follow=True).text
    assert "We have kept your request." in page
    assert provider.tickets.count() == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"topic": ""}, "Choose a topic"),
        ({"topic": "gossip"}, "Choose a topic of the list"),
        ({"subject": " "}, "Enter a subject"),
        ({"subject": "x" * 121}, "Subject must be 120 characters or fewer"),
        ({"subject": "a\r\nBcc: all@x.example"}, "Subject must be one line of text"),
        ({"message": ""}, "Enter your message"),
        ({"message": "x" * 4001}, "Message must be 4,000 characters or fewer"),
        ({"message": "a\0b"}, "Null characters are not allowed."),
        ({"form_key": "x"}, "There is a problem"),
    ],
)
def test_a_request_that_cannot_be_taken_says_why(signed_in, changes, message):
    answer = signed_in.post(HOME, request_of(**changes))
    assert answer.status_code == 200
    assert message in answer.text
    assert "There is a problem" in answer.text
    assert not Ticket.objects.exists()
    assert outbox.outbox == []


def test_a_flood_of_requests_is_stopped(signed_in, monkeypatch):
    monkeypatch.setattr(tickets, "MOST_AN_HOUR", 2)
    for _ in range(2):
        assert signed_in.post(HOME, request_of()).status_code == 302
    assert "You have sent many requests" in signed_in.post(HOME, request_of()).text


def test_nobody_sees_what_another_has_asked(signed_in, members):
    other = Provider.objects.get(user_id=members["totp"].user_id)
    now = datetime.now(UTC)
    theirs = tickets.take(
        other, topic="other", subject="s", message="m", form_key=uuid.uuid4(), now=now
    )
    chat = conversations.open_for(other)
    assert signed_in.get(f"/support/requests/{theirs.number}/").status_code == 404
    assert signed_in.get(f"/support/chats/{chat.number}/transcript.txt").status_code == 404
    assert theirs.number not in signed_in.get(HOME).text


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("What are your HOURS?", "Monday to Friday: 7 a.m. – 9 p.m. CT"),
        ("when are you open", "Monday to Friday"),
        ("Is my patient's application approved?", "Most applications are decided at once"),
        ("Where is the payment", "instalments that are still due"),
        ("How do I refund a sale", "choose the refund"),
        ("I want to talk to a human", BRAND.phone),
        ("thanks", "You are welcome."),
        ("qwertz 💥", "I am not sure that I understood."),
        ("", "I am not sure that I understood."),
    ],
)
def test_the_agent_answers_by_its_script(said, heard):
    found = agent.reply(said)
    assert heard in found.text
    assert not found.ends


@pytest.mark.parametrize("said", ["Bye!", "no thanks", "That’s all, thank you"])
def test_the_agent_takes_leave(said):
    assert agent.reply(said) == agent.Reply(agent.GOODBYE, ends=True)


def test_a_conversation_begins_with_a_greeting_and_goes_on(provider):
    chat = conversations.open_for(provider)
    assert conversations.open_for(provider) == chat
    assert [m.text for m in conversations.after(chat, 0)] == [agent.greeting(provider.name)]


def test_a_line_that_is_sent_again_is_kept_once(provider):
    chat = conversations.open_for(provider)
    key = uuid.uuid4()
    first = conversations.said(chat, "hours?", key)
    assert conversations.said(chat, "hours?", key) == first
    assert conversations.answer(chat).position == 3
    assert conversations.answer(chat) is None
    assert conversations.said(chat, "hours?", key) == first
    assert [m.position for m in conversations.after(chat, 0)] == [1, 2, 3]


def test_what_was_said_while_the_agent_was_away_is_answered_once(provider):
    chat = conversations.open_for(provider)
    conversations.said(chat, "hello", uuid.uuid4())
    conversations.said(chat, "where is my refund", uuid.uuid4())
    assert conversations.is_owed(chat)
    assert "choose the refund" in conversations.answer(chat).text
    assert not conversations.is_owed(chat)


def test_a_conversation_ends_and_another_begins(provider):
    chat = conversations.open_for(provider)
    assert conversations.end(chat).text == agent.GOODBYE
    assert conversations.end(chat) is None
    assert conversations.has_ended(chat)
    assert conversations.said(chat, "one more", uuid.uuid4()) is None
    assert conversations.open_for(provider) != chat


def test_the_page_shows_the_conversation_and_keeps_its_transcript(signed_in, provider):
    chat = conversations.open_for(provider)
    conversations.said(chat, "<script>hours</script>", uuid.uuid4())
    page = signed_in.get(HOME).text
    assert f'data-chat="{chat.number}"' in page
    assert 'data-seen="2"' in page
    assert "&lt;script&gt;hours" in page
    conversations.end(chat)
    assert f'Download transcript<span class="visually-hidden"> of {chat.number}' in (
        signed_in.get(HOME).text
    )
    text = signed_in.get(f"/support/chats/{chat.number}/transcript.txt")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert f'filename="{chat.number}.txt"' in text.headers["Content-Disposition"]
    assert f"{provider.name}: <script>hours</script>\r\n" in text.text
    assert f"{agent.NAME}: {agent.GOODBYE}\r\n" in text.text


def test_only_a_live_session_opens_the_chat(signed_in, provider):
    cookie = f"session={signed_in.cookies['session'].value}"
    assert provider_of(cookie) == provider
    assert provider_of("") is None
    assert provider_of("session=made-up") is None
    assert provider_of("session=\0;;=") is None
    provider.end_sessions()
    assert provider_of(cookie) is None


def test_a_session_past_its_longest_time_has_no_chat(signed_in):
    cookie = f"session={signed_in.cookies['session'].value}"
    kept = signed_in.session
    kept["signed_in_at"] -= settings.CONFIGURATION.session_seconds
    kept.save()
    assert provider_of(cookie) is None


def test_a_suspended_provider_has_no_chat(signed_in, provider):
    cookie = f"session={signed_in.cookies['session'].value}"
    provider.standing = Provider.Standing.SUSPENDED
    provider.save()
    assert provider_of(cookie) is None


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("https://localhost", "localhost", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://127.0.0.1:8001", "127.0.0.1:8000", False),
        ("http://evil.example", "127.0.0.1:8000", False),
        ("http://evil.example", "evil.example", False),
        ("null", "127.0.0.1:8000", False),
        ("", "127.0.0.1:8000", False),
        ("", "", False),
        ("http://[", "[", False),
    ],
)
def test_only_a_page_of_the_portal_opens_the_chat(origin, host, expected):
    assert is_ours(origin, host) is expected
