"""What somebody saw when they confirmed: another tab may have changed it since."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

FIELD = "seen"


def mark(*values: object) -> str:
    """Stands for ``values`` in a form that confirms them."""
    return salted_hmac("portal.seen", repr(values), algorithm="sha256").hexdigest()[:32]


def marked(request: HttpRequest) -> str:
    """The mark in the form that was sent; "" where it has none, which stands for nothing."""
    return request.POST.get(FIELD, "")


def is_out_of_date(given: str, *values: object) -> bool:
    """True where ``given``, the mark of a form, is of other ``values`` than there are now."""
    return not constant_time_compare(given, mark(*values))
