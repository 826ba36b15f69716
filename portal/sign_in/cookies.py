"""A way out for browsers whose cookies stand in the way of the sign-in."""

from __future__ import annotations

from contextlib import suppress
from http.cookies import CookieError

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt

from portal.faults import switchboard
from portal.sign_in import destination, session


@login_not_required
# Whoever needs this page has cookies that do not work, and so no token. What a token is for
# is seen to by ``_is_ours``.
@csrf_exempt
def clear(request: HttpRequest) -> HttpResponse:
    """Removes every cookie that the browser sends here, and ends the session with them."""
    if request.method != "POST":
        return render(request, "sign_in/clear_cookies.html", {"done": "done" in request.GET})
    if not _is_ours(request):
        return redirect("sign_in:clear_cookies")
    done = redirect(destination.link("sign_in:clear_cookies", done="1"))
    if switchboard.active("cookies_kept", request) is not None:
        return done
    names = list(request.COOKIES)
    session.end(request)
    for name in names:
        # A name that Python's cookies do not know how to write is left to Clear-Site-Data.
        with suppress(CookieError):
            done.delete_cookie(name)
    done["Clear-Site-Data"] = '"cookies"'
    return done


def _is_ours(request: HttpRequest) -> bool:
    """False where a page of another site sent the form: it could sign people out."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    ours = f"{request.scheme}://{request.get_host()}"
    return site in ("same-origin", "none") and origin in (None, ours)
