"""For staff: the pages that stand in for the portal, as everybody would see them now."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.status import maintenance, views
from portal.status.models import MaintenanceWindow


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """The page of the window that is announced; else of one that would begin now."""
    now = timezone.now()
    sample = MaintenanceWindow(starts_at=now, planned_end=now + timedelta(hours=1))
    return _shown(request, views.closed(maintenance.announced() or sample))


@require_safe
def outage(request: HttpRequest) -> HttpResponse:
    """The page that is shown while the database cannot be reached."""
    return _shown(request, views.outage())


def _shown(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """``answer``, but as 200: the portal itself is open."""
    if not request.user.is_staff:
        raise PermissionDenied
    answer.status_code = 200
    del answer["Retry-After"]
    return answer
