"""The provider's own pages: profile, password, sessions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from portal.accounts.forms import ChangePasswordForm
from portal.messaging import mail
from portal.recovery import password_rules
from portal.second_factor import factors
from portal.sign_in import destination, open_sessions, session

# What has just been done: known words only, never text out of the address.
DONE = {
    "password-changed": "Your password has been changed."
    " Every other session of your account has been ended.",
    "session-signed-out": "That session has been signed out.",
    "signed-out-everywhere": "You have been signed out everywhere else.",
}


def profile(request: HttpRequest) -> HttpResponse:
    """Who is signed in, for which practice, and how the account is protected."""
    context = {
        "practice": request.user.practice,
        "second_factor": factors.overview(request.user),
        "sessions": open_sessions.of(request.user, timezone.now()),
        "this_session": open_sessions.key_of(request),
        "done": DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "accounts/profile.html", context)


@sensitive_post_parameters("current_password", "new_password")
def change_password(request: HttpRequest) -> HttpResponse:
    """Sets a new password; the one page that is open to who has to, see ``sign_in.middleware``."""
    form = ChangePasswordForm(request)
    has_expired = request.user.password_expired
    if form.is_valid():
        _set_password(request, form.cleaned_data["new_password"])
        if has_expired:
            return redirect(destination.after_sign_in(request))
        return redirect(destination.link("accounts:profile", done="password-changed"))
    context = {
        "form": form,
        "shortest": password_rules.shortest(request.user),
        "next": destination.of(request),
    }
    page = "expired_password" if has_expired else "change_password"
    return render(request, f"accounts/{page}.html", context)


def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Ends the provider's sessions on other browsers; this one goes on."""
    if request.method != "POST":
        return redirect("accounts:profile")
    session.end_others(request)
    return redirect(destination.link("accounts:profile", done="signed-out-everywhere"))


def sign_out_session(request: HttpRequest, key: int) -> HttpResponse:
    """Ends one of the provider's sessions on another browser; one that is over stays over."""
    if request.method != "POST":
        return redirect("accounts:profile")
    found = get_object_or_404(request.user.open_sessions, pk=key)
    if found.pk == open_sessions.key_of(request):
        session.end(request)
        return redirect("sign_in:signed_out")
    open_sessions.end(found, timezone.now())
    return redirect(destination.link("accounts:profile", done="session-signed-out"))


def _set_password(request: HttpRequest, password: str) -> None:
    provider = request.user
    provider.set_password(password)
    provider.password_expired = False
    provider.save(update_fields=["password", "password_expired"])
    session.end_others(request)
    # NIST SP 800-63B-4, 4.2.3, asks for a notice of it; without the password.
    mail.send(
        provider.email,
        "Your password was changed",
        "password_changed",
        name=provider.name,
        at=timezone.now(),
    )
