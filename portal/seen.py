"""What somebody saw when they confirmed: another tab may have changed it since."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

FIELD = "seen"


def mark(*values: object) -> str:
    """Stands for ``values`` in a form that confirms them."""
    return salted_hmac("portal.seen", repr(values), algorithm="sha256").hexdigest()[:32]


def is_out_of_date(request: HttpRequest, *values: object) -> bool:
    """True where the form that was sent showed other ``values`` than there are now."""
    given = request.POST.get(FIELD)
    return given is not None and not constant_time_compare(given, mark(*values))
