"""The step between the password and the session: is a code owed, and from which factor?"""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.second_factor import backup, factors, sent, totp, trust
from portal.second_factor.models import Factor
from portal.second_factor.sent import Sending
from portal.second_factor.verdict import Verdict
from portal.sign_in import destination, pending
from portal.sign_in.models import PendingSignIn

_CHOICE = "second_factor"  # in the session, next to the sign-in that has begun


def after_password(request: HttpRequest, provider: Provider) -> str | None:
    """Where to ask ``provider`` for a code; None where the password is enough.

    A code that has to be sent goes out here: once for each right password.
    """
    on = factors.of(provider)
    if not on or (trust.of(request, provider) and not _forgets_trust(provider)):
        return None
    begun = pending.begin(request, provider)
    choose(request, begun, on[0])
    return destination.link("second_factor:code", next=destination.of(request))


def _forgets_trust(provider: Provider) -> bool:
    return switchboard.active("device_trust_forgotten", provider.user_id) is not None


def choose(request: HttpRequest, begun: PendingSignIn, factor: Factor) -> Sending | None:
    """Asks for a code of ``factor`` from now on, and sends one where none is under way."""
    request.session[_CHOICE] = factor.value
    if factor.is_sent and not sent.was_sent(begun, factor):
        return sent.send(begun, factor)
    return None


def chosen(request: HttpRequest, on: Sequence[Factor]) -> Factor:
    """The factor that the form was for, else the one last chosen, if it is one of ``on``.

    Two tabs may ask for codes of two factors.
    """
    for name in (request.POST.get("factor"), request.session.get(_CHOICE)):
        if name in on:
            return Factor(name)
    return on[0]


def verify(begun: PendingSignIn, factor: Factor, code: str) -> Verdict:
    """Checks a code of ``factor`` and, if it is right, uses it up."""
    match factor:
        case Factor.APP:
            return totp.verify(begun.provider, code)
        case Factor.BACKUP:
            return backup.verify(begun.provider, code)
        case _:
            return sent.verify(begun, factor, code)
