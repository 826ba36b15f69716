"""The dashboard."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.dashboard import figures
from portal.faults import switchboard


def home(request: HttpRequest) -> HttpResponse:
    """A practice at a glance."""
    practice = request.user.practice
    now = timezone.now()
    if switchboard.active("dashboard_without_data", request) is not None:
        return render(request, "dashboard/home.html", {"practice": practice, "now": now})
    summary = figures.summary(practice, now)
    context = {
        "practice": practice,
        "now": now,
        "summary": summary,
        "alerts": figures.alerts(summary),
        "activities": figures.recent_activity(practice),
    }
    return render(request, "dashboard/home.html", context)
