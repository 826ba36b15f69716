"""An inbox that answers in JSON over HTTP, such as that of an SMS gateway.

A list of messages, or an object with such a list under ``messages``. Of each message the
text is read (``text``, ``body`` or ``message``), and where they are given ``subject``, ``to``
and ``id``; the newest come first or last, as their ``id`` or their place in the list tells.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx

from portalwatch.account import Inbox, origin_of
from portalwatch.errors import MailboxUnavailable
from portalwatch.mailbox.message import Message

ANSWER_SECONDS = 10.0
_TEXTS = ("text", "body", "message")
# No proxy is between this machine and itself, whatever the environment names.
_DIRECT = {f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")}

logging.getLogger("httpx").setLevel(logging.WARNING)  # else it tells each address, with its key


class HttpInbox:
    """The messages to one address that an inbox lists. See ``Mailbox``."""

    def __init__(self, inbox: Inbox) -> None:
        self._url = inbox.place.replace("{address}", quote(inbox.address, safe=""))
        self._shown = origin_of(inbox.place)  # what follows may hold a key
        self._address = inbox.address
        self._client = httpx.Client(timeout=ANSWER_SECONDS, follow_redirects=False, mounts=_DIRECT)

    def mark(self) -> frozenset[str]:
        """The messages that are there."""
        return frozenset(_key(item) for item in self._items())

    def since(self, mark: frozenset[str]) -> list[Message]:
        """The messages that were not there."""
        new = [item for item in self._items() if _key(item) not in mark]
        return [_message(item) for item in _oldest_first(new)]

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _items(self) -> Iterator[dict[str, Any]]:
        try:
            answer = self._client.get(self._url)
            answer.raise_for_status()
            listed = answer.json()
        except httpx.HTTPStatusError as exc:
            raise self._unavailable(f"it answers {exc.response.status_code}") from exc
        except httpx.HTTPError as exc:
            raise self._unavailable(str(exc) or type(exc).__name__) from exc
        except ValueError as exc:
            raise self._unavailable("what it answers is no JSON") from exc
        items = listed.get("messages") if isinstance(listed, dict) else listed
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self._unavailable("it lists no messages")
        for item in items:
            if item.get("to") in (None, self._address):
                yield item

    def _unavailable(self, why: str) -> MailboxUnavailable:
        return MailboxUnavailable(f"the inbox at {self._shown} cannot be read: {why}")


def _key(item: dict[str, Any]) -> str:
    known = item.get("id")
    return json.dumps(item if known is None else known, sort_keys=True)


def _oldest_first(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if all(isinstance(item.get("id"), int) for item in items):
        return sorted(items, key=lambda item: int(item["id"]))
    return items[::-1]  # inboxes list the newest first


def _message(item: dict[str, Any]) -> Message:
    text = next((item[name] for name in _TEXTS if isinstance(item.get(name), str)), "")
    return Message(subject=str(item.get("subject", "")), text=text)
