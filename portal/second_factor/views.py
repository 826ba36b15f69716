"""The pages between the password and the session."""

from __future__ import annotations

import time

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from portal.faults import switchboard
from portal.second_factor import factors, gate, sent, trust
from portal.second_factor.forms import BackupCodeForm, SignInCodeForm
from portal.second_factor.models import Factor
from portal.second_factor.sent import Sending
from portal.second_factor.verdict import Verdict
from portal.sign_in import destination, lockout, open_sessions, pending, session
from portal.sign_in.models import PendingSignIn

REFUSALS = {
    Verdict.WRONG: {
        Factor.APP: "That code is not right. Check your app and try again.",
        Factor.EMAIL: "That code is not right. Check the newest email and try again.",
        Factor.SMS: "That code is not right. Check the newest text and try again.",
        Factor.BACKUP: "That backup code is not right. Check it and try again.",
    },
    Verdict.USED: {
        Factor.APP: "That code has already been used. Wait for the next one.",
        Factor.EMAIL: "That code has already been used. Ask for a new one.",
        Factor.SMS: "That code has already been used. Ask for a new one.",
        Factor.BACKUP: "That backup code has already been used. Use another one.",
    },
    Verdict.EXPIRED: "That code has expired. Ask for a new one.",
    Verdict.REPLACED: "That code is not the newest one. Use the one sent last.",
}

# What became of asking for a code: known words only, never text out of the address.
NOTES = {
    Sending.SENT: "We have sent a new code. The one before no longer works.",
    Sending.TOO_SOON: "A code was sent a moment ago. Wait a little before you ask for another.",
    Sending.TOO_MANY: "Too many codes have been sent. Wait ten minutes, or try another way.",
    Sending.FAILED: "We could not send a code just now. Try again, or try another way.",
}


@login_not_required
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """The second factor."""
    if request.user.is_authenticated:
        return redirect(destination.after_sign_in(request))
    begun = pending.current(request)
    on = factors.of(begun.provider) if begun else ()
    if not on:
        return _back_to_password(request, "code-timed-out" if request.method == "POST" else "")
    factor = gate.chosen(request, on)
    form_class = BackupCodeForm if factor is Factor.BACKUP else SignInCodeForm
    form = form_class(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if not pending.take_try(begun):
            return _leave(request, "too-many-codes")
        verdict = gate.verify(begun, factor, form.cleaned_data["code"])
        # Who knows a code that was right once is not guessing: only guesses lock the account.
        if verdict is Verdict.WRONG and _counts(begun):
            lockout.failed(request, begun.provider.user_id)
        # A right code, too, is refused while the account is locked (LIM-1, LIM-4).
        if lockout.lock_of(begun.provider.user_id):
            return _leave(request, "too-many-codes")
        if verdict is Verdict.ACCEPTED:
            return _sign_in(request, begun, trusted=form.cleaned_data["trust"])
        if begun.tries_left == 0:
            return _leave(request, "too-many-codes")
        text = REFUSALS[verdict]
        form.add_error("code", text if isinstance(text, str) else text[factor])
    return render(request, "second_factor/code.html", _context(request, begun, factor, on, form))


@login_not_required
def send(request: HttpRequest) -> HttpResponse:
    """Sends another code, by POST only."""
    begun = pending.current(request)
    if begun is None:
        return _back_to_password(request)
    on = factors.of(begun.provider)
    factor = gate.chosen(request, on) if on else None
    note = ""
    if request.method == "POST" and factor and factor.is_sent:
        note = sent.send(begun, factor)
    return redirect(destination.link("second_factor:code", note=note, next=destination.of(request)))


@login_not_required
def another_way(request: HttpRequest) -> HttpResponse:
    """The choice between the factors that the provider has."""
    begun = pending.current(request)
    if begun is None:
        return _back_to_password(request)
    on = factors.of(begun.provider)
    if request.method == "POST" and request.POST.get("factor") in on:
        failed = gate.choose(request, begun, Factor(request.POST["factor"]))
        return redirect(
            destination.link(
                "second_factor:code",
                note="" if failed is Sending.SENT else failed or "",
                next=destination.of(request),
            )
        )
    context = {
        "ways": [(factor, _way(begun, factor)) for factor in on],
        "next": destination.of(request),
    }
    return render(request, "second_factor/another_way.html", context)


@login_not_required
def cancel(request: HttpRequest) -> HttpResponse:
    """Leaves a sign-in between its factors."""
    if request.method == "POST":
        begun = pending.current(request)
        about = begun.provider.user_id if begun else None
        if switchboard.active("cancel_goes_on", about) is None:
            pending.discard(request)
    return _back_to_password(request)


def _counts(begun: PendingSignIn) -> bool:
    return switchboard.active("wrong_codes_uncounted", begun.provider.user_id) is None


def _sign_in(request: HttpRequest, begun: PendingSignIn, *, trusted: bool) -> HttpResponse:
    provider = begun.provider
    pending.discard(request)
    session.start(request, provider, time.time())
    response = redirect(destination.after_sign_in(request))
    if trusted:
        open_sessions.trusts(request, trust.begin(request, response, provider))
    return response


def _context(
    request: HttpRequest,
    begun: PendingSignIn,
    factor: Factor,
    on: tuple[Factor, ...],
    form: SignInCodeForm | BackupCodeForm,
) -> dict[str, object]:
    note = NOTES.get(request.GET.get("note", ""), "") if request.method == "GET" else ""
    is_sent = factor.is_sent
    if is_sent and not sent.was_sent(begun, factor):
        note = note or NOTES[Sending.FAILED]
    return {
        "form": form,
        "factor": factor,
        "others": len(on) > 1,
        "note": note,
        "sent_to": factors.masked(begun.provider, factor) if is_sent else "",
        "wait": sent.seconds_to_wait(begun, factor, timezone.now()) if is_sent else 0,
        "trust_for": trust.days(),
        "next": destination.of(request),
    }


def _way(begun: PendingSignIn, factor: Factor) -> str:
    match factor:
        case Factor.APP:
            return "Use your authenticator app"
        case Factor.BACKUP:
            return "Use a backup code"
        case Factor.EMAIL:
            return f"Email a code to {factors.masked(begun.provider, factor)}"
        case _:
            return f"Text a code to {factors.masked(begun.provider, factor)}"


def _leave(request: HttpRequest, reason: str) -> HttpResponse:
    pending.discard(request)
    return _back_to_password(request, reason)


def _back_to_password(request: HttpRequest, reason: str = "") -> HttpResponse:
    return redirect(
        destination.link("sign_in:password", reason=reason, next=destination.of(request))
    )
