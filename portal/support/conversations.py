"""A chat as it is kept: what was said, in order, each line once."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from portal.accounts.models import Provider
from portal.support import agent
from portal.support.models import ChatMessage, Conversation

AGENT, PROVIDER = ChatMessage.Author.AGENT, ChatMessage.Author.PROVIDER


def open_for(provider: Provider) -> Conversation:
    """The conversation that goes on, else a new one, greeted."""
    with transaction.atomic():
        # The provider's row, or on SQLite the database, is held: two tabs make one.
        Provider.objects.select_for_update().get(pk=provider.pk)
        found = provider.conversations.filter(ended_at=None).first()
        if found is None:
            found = provider.conversations.create(started_at=timezone.now())
            _add(found, AGENT, agent.greeting(provider.name))
        return found


def after(conversation: Conversation, position: int) -> list[ChatMessage]:
    """What was said after the line ``position``."""
    return list(conversation.messages.filter(position__gt=position))


def said(conversation: Conversation, text: str, key: uuid.UUID) -> ChatMessage | None:
    """Keeps what the provider wrote; the same ``key`` once. None: the chat is over."""
    with transaction.atomic():
        held = Conversation.objects.select_for_update().get(pk=conversation.pk)
        if earlier := held.messages.filter(key=key).first():
            return earlier
        return None if held.ended_at else _add(held, PROVIDER, text, key)


def is_owed(conversation: Conversation) -> bool:
    """True where the last word was the provider's: the agent has not answered yet."""
    last = conversation.messages.order_by("-position").first()
    return last is not None and last.author == PROVIDER


def answer(conversation: Conversation) -> ChatMessage | None:
    """The agent's answer to all that was said since the last one; None: nothing was."""
    with transaction.atomic():
        held = Conversation.objects.select_for_update().filter(pk=conversation.pk).first()
        if held is None or held.ended_at or not is_owed(held):
            return None
        last_answer = held.messages.filter(author=AGENT).aggregate(at=Max("position"))["at"] or 0
        words = " ".join(m.text for m in after(held, last_answer))
        found = agent.reply(words)
        made = _add(held, AGENT, found.text)
        if found.ends:
            _end(held, made.at)
        return made


def end(conversation: Conversation) -> ChatMessage | None:
    """The agent takes leave, and the conversation is over; None: it was."""
    with transaction.atomic():
        held = Conversation.objects.select_for_update().get(pk=conversation.pk)
        if held.ended_at:
            return None
        made = _add(held, AGENT, agent.GOODBYE)
        _end(held, made.at)
        return made


def has_ended(conversation: Conversation) -> bool:
    """True once the conversation is over, or gone with a reset."""
    return not Conversation.objects.filter(pk=conversation.pk, ended_at=None).exists()


def _end(conversation: Conversation, at: datetime) -> None:
    conversation.ended_at = at
    conversation.save(update_fields=["ended_at"])


def _add(
    conversation: Conversation, author: str, text: str, key: uuid.UUID | None = None
) -> ChatMessage:
    last = conversation.messages.aggregate(last=Max("position"))["last"] or 0
    return conversation.messages.create(
        position=last + 1, author=author, text=text, at=timezone.now(), key=key
    )
