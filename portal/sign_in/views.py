"""The pages of the way in and out.

A refused form answers 200, as most portals do: a 4xx document would also stand as an
error in the browser's console, and what was refused is for the page to say.
"""

from __future__ import annotations

import time
from dataclasses import asdict

from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.second_factor import gate
from portal.sign_in import destination, refusal, remembered, session
from portal.sign_in.forms import PasswordForm

# Why somebody is back at the sign-in: known words only, never text out of the address.
REASONS = {
    "session-ended": "Your session has ended. Sign in again.",
    "signed-out": "You have signed out in another tab. Sign in again to go on.",
    "too-many-codes": "Too many codes were not right. Sign in again.",
    "code-timed-out": "Your sign-in took too long. Sign in again.",
}


@login_not_required
@sensitive_post_parameters("password")
def password(request: HttpRequest) -> HttpResponse:
    """The first factor; for accounts without a second one, the whole sign-in."""
    if request.user.is_authenticated:
        return redirect(destination.after_sign_in(request))
    kept = remembered.user_id(request)
    form = PasswordForm(
        request.POST if request.method == "POST" else None,
        initial={"user_id": kept, "remember": bool(kept)},
    )
    refused = None
    if form.is_valid():
        user_id = form.cleaned_data["user_id"]
        # Takes as long for an unknown User ID: Django's backend hashes the password then too.
        # A pair that is wrong is counted by what this tells axes: see lockout.AccountHandler.
        provider = authenticate(request, username=user_id, password=form.cleaned_data["password"])
        refused = refusal.of_password(request, user_id, provider)
        if refused is None:
            answer = _go_on(request, provider)
            if switchboard.active("user_id_forgotten", user_id) is not None:
                return answer
            if form.cleaned_data["remember"]:
                remembered.keep(answer, user_id)
            elif kept:
                remembered.forget(answer)
            return answer
    if form.is_bound and _echoes_password(form):
        form.fields["password"].widget.render_value = True
    context = {
        "form": form,
        "refused": refused,
        "kept": kept,
        "next": destination.of(request),
        "reason": "" if form.is_bound else REASONS.get(request.GET.get("reason", ""), ""),
    }
    return render(request, "sign_in/password.html", context)


def _echoes_password(form: PasswordForm) -> bool:
    return switchboard.active("password_echoed", form.cleaned_data.get("user_id", "")) is not None


def _go_on(request: HttpRequest, provider: Provider) -> HttpResponse:
    """From the right password to the code, or straight in."""
    if code_page := gate.after_password(request, provider):
        return redirect(code_page)
    session.start(request, provider, time.time())
    return redirect(destination.after_sign_in(request))


@login_not_required
def forget_user_id(request: HttpRequest) -> HttpResponse:
    """Removes the User ID that this browser was asked to remember."""
    answer = redirect(destination.link("sign_in:password", next=destination.of(request)))
    if request.method == "POST":
        remembered.forget(answer)
    return answer


@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session, by POST only: a link on another site must not be able to."""
    if request.method != "POST" and switchboard.active("sign_out_by_link", request) is None:
        return redirect(destination.HOME)
    session.end(request)
    return redirect("sign_in:signed_out")


def stay(request: HttpRequest) -> HttpResponse:
    """Begins the idle time anew, and tells how long there is: "Stay signed in"."""
    if request.method != "POST":
        return redirect(destination.HOME)
    return JsonResponse(asdict(session.time_left(request, time.time())))


@login_not_required
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Says that the session is over."""
    return render(request, "sign_in/signed_out.html")
