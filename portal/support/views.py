"""The support page, requests in writing, and what was said in the chat."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.support import agent, hours, tickets
from portal.support.forms import TicketForm

_SHOWN = 10  # requests, and earlier chats
_TOO_MANY = "You have sent many requests in the last hour. Call us, or try again later."


def home(request: HttpRequest) -> HttpResponse:
    """Every way to reach support, and what was asked before."""
    now = timezone.now()
    form = TicketForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not tickets.too_many(request.user, now):
            ticket = tickets.take(request.user, now=now, **form.cleaned_data)
            return redirect("support:ticket", number=ticket.number)
        form.add_error(None, _TOO_MANY)
    conversation = request.user.conversations.filter(ended_at=None).first()
    said = list(conversation.messages.all()) if conversation else []
    context = {
        "form": form,
        "open_now": hours.is_open(now),
        "next_opening": hours.in_words(hours.next_opening(now)),
        "tickets": request.user.tickets.all()[:_SHOWN],
        "conversation": conversation,
        "messages": said,
        "last_position": said[-1].position if said else 0,
        "earlier": request.user.conversations.exclude(ended_at=None)[:_SHOWN],
        "agent": agent.NAME,
    }
    return render(request, "support/home.html", context)


@require_safe
def ticket(request: HttpRequest, number: str) -> HttpResponse:
    """A request as it was sent."""
    found = get_object_or_404(request.user.tickets, number=number)
    return render(request, "support/ticket.html", {"ticket": found, "address": tickets.ADDRESS})


@require_safe
def transcript(request: HttpRequest, number: str) -> HttpResponse:
    """A conversation as a text file."""
    found = get_object_or_404(request.user.conversations, number=number)
    names = {"agent": agent.NAME, "provider": request.user.name}
    lines = [f"Chat {found.number} with provider support", ""]
    lines += [
        f"{message.at:%Y-%m-%d %H:%M:%S} UTC  {names[message.author]}: {message.text}"
        for message in found.messages.all()
    ]
    return HttpResponse(
        "\r\n".join([*lines, ""]),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{found.number}.txt"'},
    )
