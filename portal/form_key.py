"""The key in a form that posts something: the same form sent twice has the same key."""

from __future__ import annotations

import uuid

from django.http import HttpRequest

_FIELD = "form_key"


def of(request: HttpRequest) -> uuid.UUID | None:
    """The key that was posted; None where there is none, or what is there is no key."""
    try:
        return uuid.UUID(request.POST.get(_FIELD, ""))
    except ValueError:
        return None
