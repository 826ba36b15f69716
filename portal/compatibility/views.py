"""The supported browsers, and the page for the others."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from portal.compatibility import browsers
from portal.compatibility.middleware import COOKIE
from portal.sign_in import destination

# What compatibility.js found missing: known words only, never text out of the address.
MISSING = {
    "script": "It lacks parts of JavaScript that our pages use.",
    "style": "It lacks parts of CSS that our pages are laid out with.",
}


@login_not_required
@require_safe
def supported(request: HttpRequest) -> HttpResponse:
    """The browsers that the portal is tested with."""
    shown = {family.name: family for family in browsers.FAMILIES}
    context = {"families": shown.values(), "browser": _browser(request)}
    return render(request, "compatibility/supported.html", context)


@login_not_required
def unsupported(request: HttpRequest) -> HttpResponse:
    """Says what may not work, and lets the visitor go on all the same."""
    if request.method == "POST":
        response = redirect(destination.link("sign_in:password", next=destination.of(request)))
        response.set_cookie(
            COOKIE, "1", secure=settings.CONFIGURATION.https, httponly=True, samesite="Lax"
        )
        return response
    context = {
        "browser": _browser(request),
        "missing": MISSING.get(request.GET.get("missing", ""), ""),
        "next": destination.of(request),
    }
    return render(request, "compatibility/unsupported.html", context)


def _browser(request: HttpRequest) -> browsers.Browser:
    return browsers.identify(request.headers.get("User-Agent", ""))
