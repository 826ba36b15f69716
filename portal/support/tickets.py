"""Taking a request in writing: kept first, then mailed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from portal.accounts.models import Provider
from portal.messaging import mail
from portal.support.models import Ticket

ADDRESS = "provider.support@meridian.example"
MOST_AN_HOUR = 20  # of one provider


def too_many(provider: Provider, now: datetime) -> bool:
    """True for somebody who has sent more than support can answer."""
    return provider.tickets.filter(created_at__gt=now - timedelta(hours=1)).count() >= MOST_AN_HOUR


def take(
    provider: Provider, *, topic: str, subject: str, message: str, form_key: UUID, now: datetime
) -> Ticket:
    """Keeps the request, and mails it to support and a copy to the provider, once a form."""
    ticket, is_new = Ticket.objects.get_or_create(
        provider=provider,
        form_key=form_key,
        defaults={"topic": topic, "subject": subject, "message": message, "created_at": now},
    )
    if is_new:
        _mail(ticket)
    return ticket


def _mail(ticket: Ticket) -> None:
    provider = ticket.provider
    context = {"ticket": ticket, "provider": provider}
    ticket.mailed = mail.send(
        ADDRESS, f"[{ticket.number}] {ticket.subject}", "support_ticket", **context
    )
    mail.send(
        provider.email, f"We have your request {ticket.number}", "support_ticket_copy", **context
    )
    ticket.save(update_fields=["mailed"])
