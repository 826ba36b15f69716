"""The chat's socket: an ASGI application that speaks JSON.

The browser says ``{"type": "hello", "conversation": "CH-…", "seen": 3}`` and gets every
line after the third; then ``{"type": "say", "key": "<uuid>", "text": "…"}``, which comes
back as a line with that key once it is kept, and ``{"type": "end"}``. It is sent
``conversation``, ``message``, ``typing``, ``refused`` and ``ended``. Whatever was said lies
in the database before it is sent to anybody, so a lost connection loses nothing: the
browser says hello again, and again what was not confirmed.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from portal.asgi_types import Message, Receive, Scope, Send
from portal.faults import switchboard
from portal.support import conversations
from portal.support.models import ChatMessage, Conversation
from portal.support.rooms import Rooms
from portal.support.visitor import is_ours, is_there, provider_of

PATH = "/support/chat/"
LONGEST = 1000  # characters of one message
TYPING_SECONDS = 0.8  # that the agent takes to answer
CHECK_SECONDS = 15  # between two looks whether the session still holds
MOST_MESSAGES, PER_SECONDS = 10, 10.0  # of one connection
_NOT_UNDERSTOOD, _SIGNED_OUT = 1003, 4401

_threads = ThreadPoolExecutor(2, thread_name_prefix="chat")
rooms = Rooms()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """One connection, from its handshake to its end."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    await receive()  # websocket.connect
    cookies = headers.get("cookie", "")
    allowed = scope["path"] == PATH and is_ours(headers.get("origin", ""), headers.get("host", ""))
    provider = await _in_thread(provider_of, cookies) if allowed else None
    if provider is None or rooms.is_full(provider.pk):
        await send({"type": "websocket.close", "code": _SIGNED_OUT})  # before accept: 403
        return
    await send({"type": "websocket.accept"})
    visit = switchboard.Visit(PATH, headers.get("user-agent", ""), provider.user_id)
    connection = Connection(provider, cookies, visit, receive, send)
    with rooms.entered(provider.pk, connection):
        code = await connection.run()
    if code is not None:
        await send({"type": "websocket.close", "code": code})


class Connection:
    """A browser's end of the chat."""

    def __init__(
        self,
        provider: Any,
        cookies: str,
        visit: switchboard.Visit,
        receive: Receive,
        send: Send,
    ) -> None:
        self._provider = provider
        self._cookies = cookies
        self._visit = visit
        self._receive = receive
        self._send = send
        self._conversation: Conversation | None = None
        self._sent_at: list[float] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.seen = 0  # the last line that this browser has

    async def run(self) -> int | None:
        """Answers until the browser leaves (None), or has to: the code to close with."""
        try:
            while True:
                message = await self._next()
                if message is None:
                    return _SIGNED_OUT
                if message["type"] == "websocket.disconnect":
                    return None
                if (code := await self._heard(message.get("text"))) is not None:
                    return code
        finally:
            for task in self._tasks:
                task.cancel()

    async def say(self, kind: str, **content: object) -> None:
        """Sends to the browser; one that has gone does not mind."""
        text = json.dumps({"type": kind, **content})
        try:
            await self._send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError):
            return

    async def catch_up(self) -> None:
        """Sends every line that this browser does not have yet, in order, each once."""
        if self._conversation is None:
            return
        for line in await _in_thread(conversations.after, self._conversation, self.seen):
            # Two of these may run at once: the counter goes up before anything is sent.
            if line.position == self.seen + 1:
                self.seen = line.position
                await self.say("message", **_as_sent(line))
        if await _in_thread(conversations.has_ended, self._conversation):
            await self.say("ended", number=self._conversation.number)
            self._conversation = None

    async def _next(self) -> Message | None:
        """What the browser sends next; None once its session is over."""
        waiting = asyncio.ensure_future(self._receive())
        while not (await asyncio.wait({waiting}, timeout=CHECK_SECONDS))[0]:
            if await _in_thread(provider_of, self._cookies) is None:
                waiting.cancel()
                return None
        message = waiting.result()
        if message["type"] == "websocket.receive":
            return message if await _in_thread(provider_of, self._cookies) else None
        return message

    async def _heard(self, text: str | None) -> int | None:
        try:
            message = json.loads(text or "")
            kind = message["type"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return _NOT_UNDERSTOOD
        if kind == "hello":
            return await self._hello(message.get("conversation"), message.get("seen"))
        # A hello is said by the browser alone, whenever it has connected again.
        await _in_thread(is_there, self._cookies)
        if self._conversation is None:
            await self.say("refused", reason="This chat is over. Start a new one.")
        elif kind == "say":
            await self._said(message.get("text"), message.get("key"))
        elif kind == "end":
            await _in_thread(conversations.end, self._conversation)
            await self._tell_all()
        else:
            return _NOT_UNDERSTOOD
        return None

    async def _hello(self, number: object, seen: object) -> int | None:
        if not isinstance(seen, int) or isinstance(seen, bool) or not 0 <= seen < 2**31:
            return _NOT_UNDERSTOOD
        self._conversation = await _in_thread(conversations.open_for, self._provider)
        # Of another conversation, one before a reset perhaps, the browser may have seen more.
        self.seen = seen if number == self._conversation.number else 0
        await self.say("conversation", number=self._conversation.number)
        await self.catch_up()
        self._answer_soon()
        return None

    async def _said(self, text: object, key: object) -> None:
        words = _cleaned(text)
        number = _uuid(key)
        if reason := self._refusal(words, number):
            await self.say("refused", reason=reason, key=str(key)[:40])
            return
        kept = await _in_thread(conversations.said, self._conversation, words, number)
        if kept is None:
            await self.catch_up()
            return
        if kept.position <= self.seen:  # sent again: it had been kept, and the browser told
            await self.say("message", **_as_sent(kept))
        await self._tell_all()
        self._answer_soon()

    def _refusal(self, words: str, key: uuid.UUID | None) -> str:
        now = asyncio.get_running_loop().time()
        self._sent_at = [at for at in self._sent_at if now - at < PER_SECONDS]
        if key is None or not words:
            return "Enter a message."
        if len(words) > LONGEST:
            return f"Messages can have {LONGEST:,} characters. Shorten yours."
        if len(self._sent_at) >= MOST_MESSAGES:
            return "You are sending messages too fast. Wait a few seconds."
        self._sent_at.append(now)
        return ""

    def _answer_soon(self) -> None:
        task = asyncio.create_task(self._answer())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self) -> None:
        conversation = self._conversation
        if switchboard.active("chat_silent", self._visit) is not None:
            return
        if conversation is None or not await _in_thread(conversations.is_owed, conversation):
            return
        for connection in rooms.of(self._provider.pk):
            await connection.say("typing")
        await asyncio.sleep(TYPING_SECONDS)
        await _in_thread(conversations.answer, conversation)
        await self._tell_all()

    async def _tell_all(self) -> None:
        for connection in rooms.of(self._provider.pk):
            await connection.catch_up()


async def _in_thread(function: Callable[..., Any], *arguments: object) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_threads, function, *arguments)


def _as_sent(line: ChatMessage) -> dict[str, object]:
    return {
        "position": line.position,
        "author": line.author,
        "text": line.text,
        "at": line.at.isoformat(),
        "key": str(line.key) if line.key else None,
    }


def _cleaned(text: object) -> str:
    """Without what no keyboard types: NUL would not get into a PostgreSQL database."""
    if not isinstance(text, str):
        return ""
    # A lone surrogate is legal in JSON and in no encoding.
    text = text.encode("utf-8", "replace").decode()
    return "".join(c for c in text if c.isprintable() or c == "\n").strip()


def _uuid(key: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(key) if isinstance(key, str) else None
    except ValueError:
        return None
