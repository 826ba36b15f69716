"""What a provider asks support: requests in writing, and conversations in the chat."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models


def _number(letters: str) -> str:
    """A number that nobody can guess from another one: "SR-8F3K27QD"."""
    # Crockford's base 32: nothing in it is taken for something else when read aloud.
    tail = "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(8))
    return f"{letters}-{tail}"


def ticket_number() -> str:
    """A new number of a request."""
    return _number("SR")


def conversation_number() -> str:
    """A new number of a conversation."""
    return _number("CH")


class Ticket(models.Model):
    """A request in writing."""

    class Topic(models.TextChoices):
        APPLICATION = "application", "A patient’s application"
        PAYMENT = "payment", "Payments and refunds"
        ACCOUNT = "account", "Signing in or my account"
        TECHNICAL = "technical", "A problem with this portal"
        OTHER = "other", "Something else"

    provider = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tickets"
    )
    number = models.CharField(max_length=12, unique=True, default=ticket_number)
    topic = models.CharField(max_length=12, choices=Topic)
    subject = models.CharField(max_length=120)
    message = models.TextField(max_length=4000)
    created_at = models.DateTimeField()
    mailed = models.BooleanField(default=False)  # the mail server took it
    # Of the form that it was made by: the same form sent twice makes one request.
    form_key = models.UUIDField()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["provider", "form_key"], name="one_ticket_a_form"),
        )

    def __str__(self) -> str:
        return self.number


class Conversation(models.Model):
    """A chat, from its greeting to its end."""

    provider = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations"
    )
    number = models.CharField(max_length=12, unique=True, default=conversation_number)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-started_at", "-pk")
        constraints = (
            # Two tabs share one conversation.
            models.UniqueConstraint(
                fields=["provider"],
                condition=models.Q(ended_at=None),
                name="one_open_conversation_a_provider",
            ),
        )

    def __str__(self) -> str:
        return self.number


class ChatMessage(models.Model):
    """A line of a conversation; ``position`` counts them from 1 without a gap."""

    class Author(models.TextChoices):
        AGENT = "agent"
        PROVIDER = "provider"

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages"
    )
    position = models.PositiveIntegerField()
    author = models.CharField(max_length=8, choices=Author)
    text = models.TextField()
    at = models.DateTimeField()
    # Given by the browser: a message that is sent again after a lost connection is one.
    key = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=["conversation", "position"], name="one_message_a_position"
            ),
            models.UniqueConstraint(fields=["conversation", "key"], name="one_message_a_key"),
        )

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.position}"
