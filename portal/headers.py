"""Response headers: those that Django has no setting for, and all of them on one page."""

from __future__ import annotations

from collections.abc import Callable

from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

_HEADERS = {
    # Patients' data must not stay in a shared computer's cache, nor come back by the
    # back button after sign-out (OWASP ASVS 5.0.0, 14.3.2).
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class PageHeadersMiddleware:
    """Adds the headers to what Django answers; static files are served before it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in _HEADERS.items():
            response.setdefault(name, value)
        return response


def protected(request: HttpRequest, page: HttpResponse) -> HttpResponse:
    """``page`` with every header of the portal's pages: for one that Django is not asked for."""

    def answer(_: HttpRequest) -> HttpResponse:
        return page

    for middleware in (
        XFrameOptionsMiddleware,
        PageHeadersMiddleware,
        CSPMiddleware,
        SecurityMiddleware,
    ):
        answer = middleware(answer)
    return answer(request)
