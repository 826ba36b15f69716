"""A clear page before the sign-in, for browsers that the portal was not made for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from portal.compatibility import browsers
from portal.sign_in import destination

COOKIE = "browser_accepted"  # until the browser is closed: "Continue anyway" was chosen


class BrowserCheckMiddleware:
    """Leads an old or unknown browser to that page, once a session.

    Only from the sign-in: whoever is inside already must not lose what they are doing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._sign_in = resolve_url("sign_in:password")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            request.path == self._sign_in
            and request.method in ("GET", "HEAD")
            and COOKIE not in request.COOKIES
            and not browsers.identify(request.headers.get("User-Agent", "")).is_supported
        ):
            return redirect(
                destination.link("compatibility:unsupported", next=destination.of(request))
            )
        return self.get_response(request)
