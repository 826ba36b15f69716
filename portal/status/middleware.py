"""Before everything that needs the database: maintenance, and the status page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from portal.sign_in import destination
from portal.status import maintenance, views

# For the people who run the portal, and for those who watch it.
_ADMINISTRATION = "/administration/"
_OPEN = ("/healthz", "/static/", "/control/", _ADMINISTRATION)


class StatusMiddleware:
    """Answers for the whole portal while it is under maintenance.

    The status pages are answered here, before the session is read: a visitor's cookie
    must not make them fail with the database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._sign_in = resolve_url("sign_in:password")
        self._pages = {
            resolve_url("status:page"): views.page,
            resolve_url("status:document"): views.document,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if page := self._pages.get(request.path):
            return page(request)
        if request.path.startswith(_OPEN) or self._leads_to_administration(request):
            return self.get_response(request)
        if window := maintenance.current():
            return views.closed(window)
        return self.get_response(request)

    def _leads_to_administration(self, request: HttpRequest) -> bool:
        """True on the way in of those who must be able to end the maintenance."""
        return request.path.startswith(self._sign_in) and destination.of(request).startswith(
            _ADMINISTRATION
        )
