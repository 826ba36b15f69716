"""Who may use the control API, and how it reads and refuses: JSON both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

LARGEST_BODY = 64 * 1024


class Refused(Exception):
    """The request cannot be carried out; ``str()`` of it says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def controlled(
    *methods: str,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view of the control API that answers to ``methods``.

    A token in a header is nothing that a browser sends by itself: no CSRF token is needed.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            token = settings.CONFIGURATION.control_token
            if not token:
                raise Http404
            scheme, _, given = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not constant_time_compare(given.strip(), token):
                answer = _error("send the control token: Authorization: Bearer <token>", 401)
                answer["WWW-Authenticate"] = "Bearer"
                return answer
            if request.method not in methods:
                answer = _error(f"use {' or '.join(methods)}", 405)
                answer["Allow"] = ", ".join(methods)
                return answer
            try:
                return view(request, *args, **kwargs)
            except Refused as refused:
                return _error(str(refused), refused.status)

        return csrf_exempt(login_not_required(guarded))

    return decorate


def body_of(request: HttpRequest, allowed: set[str]) -> dict[str, Any]:
    """The JSON object that was sent; an empty one for no body. Raises ``Refused``."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
        raise Refused(f"the body is over {LARGEST_BODY} bytes", 413)
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refused("the body is not JSON") from error
    if not isinstance(body, dict):
        raise Refused("the body is not a JSON object")
    if unknown := sorted(set(body) - allowed):
        raise Refused(f"unknown key {unknown[0]!r} (known: {', '.join(sorted(allowed))})")
    return body


def text_of(body: dict[str, Any], name: str, longest: int) -> str:
    """A line of text of ``body``; "" where it is left out. Raises ``Refused``."""
    value = body.get(name) or ""
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise Refused(f"{name}: not a line of at most {longest} characters")
    return value


def number_of(body: dict[str, Any], name: str, default: float | None, most: float) -> float | None:
    """A number of ``body`` from 0 to ``most``. Raises ``Refused``."""
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise Refused(f"{name}: not a number from 0 to {most:g}")
    return float(value)


def flag_of(body: dict[str, Any], name: str) -> bool:
    """True or false; false where it is left out. Raises ``Refused``."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Refused(f"{name}: neither true nor false")
    return value


def _error(message: str, status: int) -> JsonResponse:
    return JsonResponse({"error": message}, status=status)
