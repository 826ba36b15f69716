"""Who may see what: everything asks for a session, and no session lasts for ever."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.sign_in import destination, pending, session


class SessionLifetimeMiddleware:
    """Ends a session that has reached its overall lifetime, before any page sees it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and session.is_over(
            request, time.time()
        ):
            session.end(request)
        return self.get_response(request)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Sends visitors without a session to the sign-in, or to the code they still owe."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponse]
    ) -> HttpResponse:
        # Only what can be asked for again by following a link is worth coming back to.
        wanted = request.get_full_path() if request.method in ("GET", "HEAD") else ""
        if pending.current(request):
            return redirect(destination.link("sign_in:code", next=wanted))
        ended = settings.SESSION_COOKIE_NAME in request.COOKIES
        return redirect(
            destination.link(
                "sign_in:password", reason="session-ended" if ended else "", next=wanted
            )
        )
