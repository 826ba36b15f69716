"""Where a visitor wanted to go before the sign-in came between."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

HOME = "dashboard:home"
FIELD = "next"


def of(request: HttpRequest) -> str:
    """The path that the request asks to go on to; "" unless it is a path of this portal."""
    path = request.POST.get(FIELD) or request.GET.get(FIELD, "")
    # A leading slash alone proves nothing: "//example.com" and "/\example.com" are hosts.
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours else ""


def after_sign_in(request: HttpRequest) -> str:
    """Where to go now: the path asked for, else the dashboard."""
    return of(request) or resolve_url(HOME)


def link(view: str, **query: str) -> str:
    """The address of ``view`` with those values of ``query`` that are not empty."""
    address = resolve_url(view)
    given = {name: value for name, value in query.items() if value}
    return f"{address}?{urlencode(given)}" if given else address
