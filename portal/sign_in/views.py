"""The pages of the way in and out.

A refused form answers 200, as most portals do: a 4xx document would also stand as an
error in the browser's console, and what was refused is for the page to say.
"""

from __future__ import annotations

import time

from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from portal.second_factor import totp
from portal.second_factor.totp import Verdict
from portal.sign_in import destination, pending, session
from portal.sign_in.forms import CodeForm, PasswordForm

WRONG_DETAILS = "The User ID or password is incorrect."
WRONG_CODE = "That code is not right. Check your app and try again."
USED_CODE = "That code has already been used. Wait for the next one."

# Why somebody is back at the sign-in: known words only, never text out of the address.
REASONS = {
    "session-ended": "Your session has ended. Sign in again.",
    "too-many-codes": "Too many codes were not right. Sign in again.",
    "code-timed-out": "Your sign-in took too long. Sign in again.",
}


@login_not_required
@sensitive_post_parameters("password")
def password(request: HttpRequest) -> HttpResponse:
    """The first factor; for accounts without a second one, the whole sign-in."""
    if request.user.is_authenticated:
        return redirect(destination.after_sign_in(request))
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        # Takes as long for an unknown User ID: Django's backend hashes the password then too.
        provider = authenticate(
            request,
            username=form.cleaned_data["user_id"],
            password=form.cleaned_data["password"],
        )
        if provider is None:
            form.add_error(None, WRONG_DETAILS)
        elif totp.device_of(provider):
            pending.begin(request, provider)
            return redirect(destination.link("sign_in:code", next=destination.of(request)))
        else:
            session.start(request, provider, time.time())
            return redirect(destination.after_sign_in(request))
    context = {
        "form": form,
        "next": destination.of(request),
        "reason": "" if form.is_bound else REASONS.get(request.GET.get("reason", ""), ""),
    }
    return render(request, "sign_in/password.html", context)


@login_not_required
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """The second factor."""
    if request.user.is_authenticated:
        return redirect(destination.after_sign_in(request))
    begun = pending.current(request)
    if begun is None:
        return _back_to_password(request, "code-timed-out" if request.method == "POST" else "")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if not pending.take_try(begun):
            return _too_many_codes(request)
        verdict = totp.verify(begun.provider, form.cleaned_data["code"])
        if verdict is Verdict.ACCEPTED:
            pending.discard(request)
            session.start(request, begun.provider, time.time())
            return redirect(destination.after_sign_in(request))
        if begun.tries_left == 0:
            return _too_many_codes(request)
        form.add_error("code", USED_CODE if verdict is Verdict.USED else WRONG_CODE)
    context = {"form": form, "next": destination.of(request)}
    return render(request, "sign_in/code.html", context)


@login_not_required
def cancel(request: HttpRequest) -> HttpResponse:
    """Leaves a sign-in between its factors."""
    if request.method == "POST":
        pending.discard(request)
    return _back_to_password(request)


@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session, by POST only: a link on another site must not be able to."""
    if request.method != "POST":
        return redirect(destination.HOME)
    session.end(request)
    return redirect("sign_in:signed_out")


@login_not_required
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Says that the session is over."""
    return render(request, "sign_in/signed_out.html")


def _too_many_codes(request: HttpRequest) -> HttpResponse:
    pending.discard(request)
    return _back_to_password(request, "too-many-codes")


def _back_to_password(request: HttpRequest, reason: str = "") -> HttpResponse:
    return redirect(
        destination.link("sign_in:password", reason=reason, next=destination.of(request))
    )
