"""Pages that belong to no part of the portal: health and errors."""

from __future__ import annotations

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string

from portal.brand import BRAND
from portal.sign_in import destination
from portal.status.views import outage


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """Says that the process answers; touches neither session nor database."""
    return JsonResponse({"status": "ok"})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, also for a Host header that is not ours: rendered without the request."""
    if isinstance(exception, SessionInterrupted):
        # Signed out in another tab while this page was being made.
        return redirect(destination.link("sign_in:password", reason="session-ended"))
    return HttpResponse(render_to_string("site/bad_request.html", {"brand": BRAND}), status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but not for this."""
    return render(request, "site/permission_denied.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return render(request, "site/page_not_found.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, rendered without the request: what failed may be the session or the database."""
    # Django calls this while the exception is being handled.
    if isinstance(sys.exc_info()[1], InterfaceError | OperationalError):
        return outage()
    return HttpResponse(render_to_string("site/server_error.html", {"brand": BRAND}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token: most often a page left open for a long time."""
    signing_in = request.path.startswith(resolve_url("sign_in:password"))
    if signing_in and request.user.is_authenticated:
        # A second tab's sign-in form, whose token the sign-in in the first one has made void.
        return redirect(destination.after_sign_in(request))
    context = {"has_no_cookie": settings.CSRF_COOKIE_NAME not in request.COOKIES}
    return render(request, "site/csrf_failure.html", context, status=403)
