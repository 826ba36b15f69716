"""The public status of the portal, for people and for programs.

Rendered without the request: the session lies in the database, whose failure these pages
must be able to report.
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from portal.brand import BRAND
from portal.status import checks
from portal.status.models import Incident, MaintenanceWindow

_SHOWN = 20  # entries of each history
_AGAIN = 60  # seconds to come back after, where no end is planned

TEXTS = {
    checks.State.OPERATIONAL: "All systems operational",
    checks.State.DEGRADED: "Some parts are not working as they should",
    checks.State.OUTAGE: "The portal is not available",
    checks.State.MAINTENANCE: "Under maintenance",
}


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What works now, what is planned, what happened."""
    parts = checks.components()
    now = timezone.now()
    context = {
        "brand": BRAND,
        "now": now,
        "components": parts,
        "overall": checks.overall(parts),
        "headline": TEXTS[checks.overall(parts)],
    }
    try:
        incidents, windows = _history()
    except DatabaseError:
        context["history_is_missing"] = True
    else:
        context |= {
            "incidents": incidents,
            "windows": [(window, window.phase(now)) for window in windows],
        }
    return HttpResponse(render_to_string("status/status.html", context))


@login_not_required
@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The same as JSON."""
    parts = checks.components()
    now = timezone.now()
    answer: dict[str, object] = {
        "status": checks.overall(parts),
        "at": now,
        "components": [
            {"key": part.key, "name": part.name, "status": part.state, "note": part.note}
            for part in parts
        ],
    }
    try:
        incidents, windows = _history()
    except DatabaseError:
        return JsonResponse(answer)
    answer["incidents"] = [
        {
            "component": incident.component,
            "title": incident.title,
            "began_at": incident.began_at,
            "resolved_at": incident.resolved_at,
        }
        for incident in incidents
    ]
    answer["maintenance"] = [
        {
            "status": window.phase(now),
            "starts_at": window.starts_at,
            "planned_end": window.planned_end,
            "ended_at": window.ended_at,
            "message": window.message,
        }
        for window in windows
    ]
    return JsonResponse(answer)


def closed(window: MaintenanceWindow) -> HttpResponse:
    """503 for everything else while ``window`` is under way (RFC 9110, 15.6.4 and 10.2.3)."""
    now = timezone.now()
    is_late = window.planned_end <= now
    text = render_to_string(
        "status/maintenance.html", {"brand": BRAND, "window": window, "is_late": is_late}
    )
    response = HttpResponse(text, status=503)
    back = now + timedelta(seconds=_AGAIN) if is_late else window.planned_end
    response["Retry-After"] = http_date(back.timestamp())
    return response


def outage() -> HttpResponse:
    """503 where the database cannot be reached."""
    response = HttpResponse(render_to_string("status/outage.html", {"brand": BRAND}), status=503)
    response["Retry-After"] = str(_AGAIN)
    return response


def _history() -> tuple[list[Incident], list[MaintenanceWindow]]:
    return list(Incident.objects.all()[:_SHOWN]), list(MaintenanceWindow.objects.all()[:_SHOWN])
