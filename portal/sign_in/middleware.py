"""Who may see what: everything asks for a session, and no session lasts for ever."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.sign_in import destination, pending, session

_SESSION_KEY = re.compile(r"[a-z0-9]{32}")  # as Django makes them


class ForeignCookiesMiddleware:
    """Takes a session cookie that cannot be one of ours as none.

    Another application on the same host, or somebody's hand, may have set it: what is in it
    must reach neither the database nor a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        value = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if value is not None and not _SESSION_KEY.fullmatch(value):
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        return self.get_response(request)


class SessionLifetimeMiddleware:
    """Ends a session past its overall lifetime, or ended elsewhere, before any page sees it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not session.goes_on(
            request, time.time()
        ):
            session.end(request)
        return self.get_response(request)


class PasswordExpiredMiddleware:
    """Shows who has to set a new password nothing else before that is done.

    It comes after the whole sign-in: a password that somebody has found out must not be
    enough to set a new one where there is a second factor.
    """

    _PAGE = "accounts:change_password"
    _OPEN: ClassVar = {_PAGE, "sign_in:stay"}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if (
            not getattr(view_func, "login_required", True)
            or not request.user.is_authenticated
            or not request.user.password_expired
            or request.resolver_match.view_name in self._OPEN
            or switchboard.active("password_never_expires", request) is not None
        ):
            return None
        wanted = request.get_full_path() if request.method in ("GET", "HEAD") else ""
        return redirect(destination.link(self._PAGE, next=wanted))


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Sends visitors without a session to the sign-in, or to the code they still owe."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponse]
    ) -> HttpResponse | None:
        if switchboard.active("sign_in_not_required", request) is not None:
            request.user = Provider.objects.filter(standing=Provider.Standing.ACTIVE).first()
            return None
        # Only what can be asked for again by following a link is worth coming back to.
        wanted = request.get_full_path() if request.method in ("GET", "HEAD") else ""
        if begun := pending.current(request):
            if switchboard.active("second_factor_skippable", begun.provider.user_id) is not None:
                request.user = begun.provider
                return None
            return redirect(destination.link("second_factor:code", next=wanted))
        ended = settings.SESSION_COOKIE_NAME in request.COOKIES
        return redirect(
            destination.link(
                "sign_in:password", reason="session-ended" if ended else "", next=wanted
            )
        )
