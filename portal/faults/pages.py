"""Faults of the portal's pages, sessions and cookies: two middlewares around Django's own.

The outer one has the session's and the form's checks inside; the inner one knows who is
signed in.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static

from portal.accounts.models import Provider
from portal.faults import sessions, switchboard
from portal.sign_in import session

_DOWNLOADS = ("application/pdf", "text/csv")
_SIGN_IN, _SIGN_OUT, _RECOVERY = "/sign-in/", "/sign-out/", "/recovery/password/"

Next = Callable[[HttpRequest], HttpResponse]


class PageFaultsMiddleware:
    """Faults of requests and answers; stands before the session and the forms' token are read.

    What stands before it is what no fault of a page is to spoil: the headers, the static files,
    the status page and maintenance, and what old browsers are told.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with switchboard.during(request):
            if not switchboard.rows():
                return self.get_response(request)
            if _is_sign_in(request) and _on("credentials_store_down", _who(request)):
                return render(request, "faults/credentials_store_down.html", status=503)
            if request.method == "POST" and _on("csrf_off", _who(request)):
                # What Django's own test client sets for the same end.
                request._dont_enforce_csrf_checks = True
            return self._answered(request)

    def _answered(self, request: HttpRequest) -> HttpResponse:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        leaving = request.method == "POST" and request.path == _SIGN_OUT
        keeps = leaving and _on("sign_out_keeps_session", _who(request))
        kept = sessions.saved(key) if keeps else None
        response = self.get_response(request)
        if kept:
            sessions.bring_back(kept)
        if _on("session_id_not_rotated", request):
            _keep_session_id(response, key)
        if _is(response, "text/html") and _on("pages_cached", request):
            response["Cache-Control"] = "private, max-age=600"
            del response["Vary"]  # else one that was kept for a session is of no use after it
        if _on("cookie_without_flags", request):
            for morsel in response.cookies.values():
                morsel.update({"httponly": "", "secure": "", "samesite": ""})
        if request.method == "POST" and request.path in (_SIGN_IN, _RECOVERY):
            _tell_who_exists(request, response)
        if _is(response, *_DOWNLOADS) and _on("download_broken", request):
            response = _whole(response)
            _replace(response, response.content[: len(response.content) // 2])
        if _is(response, "text/html") and not response.streaming:
            _need_another_engine(request, response)
        return response


class ViewerFaultsMiddleware:
    """Faults of who is signed in; stands behind Django's AuthenticationMiddleware."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if switchboard.rows() and request.user.is_authenticated:
            fault = switchboard.active("session_dropped", request)
            if fault and session.age(request, time.time()) >= fault["seconds"]:
                request.session.flush()
                request.user = AnonymousUser()
            # Shown alone: what is sent would be done in somebody else's name, and stay.
            elif request.method in ("GET", "HEAD") and _on("account_switched", request):
                request.user = _somebody_else(request.user)
        return self.get_response(request)


def _on(name: str, about: HttpRequest | str) -> bool:
    return switchboard.active(name, about) is not None


def _who(request: HttpRequest) -> str:
    """The User ID that a request is from, or is for, before Django knows who is signed in."""
    if not any(row.account for row in switchboard.rows()):
        return ""  # nobody asks
    if _is_sign_in(request):
        return _given(request)
    return sessions.user_id_of(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))


def _given(request: HttpRequest) -> str:
    return request.POST.get("user_id", "").strip().lower()[:64].replace("\0", "")


def _is_sign_in(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path == _SIGN_IN


def _is(response: HttpResponse, *kinds: str) -> bool:
    return response.get("Content-Type", "").partition(";")[0] in kinds


def _whole(response: HttpResponse) -> HttpResponse:
    """A response whose body can be read and replaced, also of one that streams."""
    if not response.streaming:
        return response
    body = b"".join(response.streaming_content)
    whole = HttpResponse(body, status=response.status_code, headers=response.headers)
    whole.cookies = response.cookies
    response.close()
    return whole


def _replace(response: HttpResponse, body: bytes) -> None:
    response.content = body
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(body))


def _keep_session_id(response: HttpResponse, old: str) -> None:
    """As if the portal had gone on with the id that the browser came with."""
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    if cookie is None or not cookie.value or not (old.isalnum() and 8 <= len(old) <= 40):
        return
    if cookie.value != old:
        sessions.rename(cookie.value, old)
        cookie.set(cookie.key, old, old)


def _tell_who_exists(request: HttpRequest, response: HttpResponse) -> None:
    user_id = _given(request)
    exists = Provider.objects.filter(user_id=user_id).exists()
    if exists and (fault := switchboard.active("enumeration_time", user_id)):
        # The transport waits: see portal.faults.transport.HOLD_BACK.
        response["X-Portal-Hold-Back"] = str(float(fault["seconds"]))
    refused = _is_sign_in(request) and response.status_code == 200
    if refused and not exists and _on("enumeration_text", user_id):
        # The recovery tells it by itself: its page would else lead on.
        telling = b'<main id="main"', b'<p role="status">No account has this User ID.</p>'
        _replace(response, response.content.replace(telling[0], telling[1] + telling[0], 1))


def _need_another_engine(request: HttpRequest, response: HttpResponse) -> None:
    engine = switchboard.engine(request.headers.get("User-Agent", ""))
    head = ""
    if (fault := switchboard.active("engine_script", request)) and fault["engine"] == engine:
        head += f'<link rel="stylesheet" href="{static("faults/waits_for_script.css")}">'
        head += f'<script src="{static("faults/unknown_syntax.js")}"></script>'
    if (fault := switchboard.active("engine_style", request)) and fault["engine"] == engine:
        head += f'<link rel="stylesheet" href="{static("faults/covered.css")}">'
    if head:
        _replace(response, response.content.replace(b"</head>", head.encode() + b"</head>", 1))


def _somebody_else(provider: Provider) -> Provider:
    others = Provider.objects.exclude(practice=provider.practice).select_related("practice")
    return others.order_by("pk").first() or provider
