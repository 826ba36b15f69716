"""The pages on which a provider sets up, changes and removes second factors."""

from __future__ import annotations

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from portal.messaging import mail
from portal.second_factor import backup, factors, totp, trust
from portal.second_factor.changes import CHANGES
from portal.second_factor.forms import CodeForm, PasswordAgainForm
from portal.sign_in import destination, lockout, refusal

WRONG_PASSWORD = "That is not your current password."  # noqa: S105 - a text, no password
WRONG_CODE = "That code is not right. Check your app, wait for its next code, and try again."

# What has just been done: known words only, never text out of the address.
DONE = {
    "app": "Your authenticator app is on. You will be asked for its code when you sign in.",
    "turn-off-app": "Codes of an authenticator app are off.",
    "turn-on-email": "Codes by email are on.",
    "turn-off-email": "Codes by email are off.",
    "turn-on-sms": "Codes by text are on.",
    "turn-off-sms": "Codes by text are off.",
    "forget-devices": "You will be asked for a code on every device again.",
    "codes-shown": "Backup codes are shown once only. If you have lost them, make new ones.",
}
_SHOW_ONCE = "backup_codes_to_show"


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Which factors are on."""
    context = {
        "second_factor": factors.overview(request.user),
        "trust_for": trust.days(),
        "all_codes": backup.COUNT,
        "done": DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "second_factor/security.html", context)


@sensitive_post_parameters("password")
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Asks for the password, then makes one of the changes."""
    if name not in CHANGES:
        raise Http404
    wanted = CHANGES[name]
    if not wanted.is_possible(request.user, factors.overview(request.user)):
        # Done already, in another tab or before the back button.
        return redirect("second_factor:security")
    form = PasswordAgainForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_confirmed(request, form):
        wanted.make(request.user)
        if wanted.told:
            _tell(request, wanted.told)
        if name == "set-up-app":
            return redirect("second_factor:app")
        if name == "new-backup-codes":
            request.session[_SHOW_ONCE] = backup.renew(request.user)
            return redirect("second_factor:backup_codes")
        return redirect(destination.link("second_factor:security", done=name))
    return render(
        request, "second_factor/change.html", {"form": form, "change": wanted, "name": name}
    )


@sensitive_post_parameters("code")
def app(request: HttpRequest) -> HttpResponse:
    """Shows the key as a QR code and as text, and takes the first code."""
    device = totp.being_set_up(request.user)
    if device is None:
        return redirect("second_factor:security")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if totp.confirm(request.user, form.cleaned_data["code"]):
            _tell(request, "An authenticator app has been turned on for your account.")
            return redirect(destination.link("second_factor:security", done="app"))
        form.add_error("code", WRONG_CODE)
    picture = segno.make(device.config_url, error="m").svg_inline(
        scale=5, border=4, light="#fff", dark="#000", omitsize=True, svgclass=None, lineclass=None
    )
    context = {
        "form": form,
        "key": totp.key_in_groups(device),
        # Made by segno from a key and a User ID: nothing in it is markup of a visitor's.
        "picture": mark_safe(picture),  # noqa: S308
    }
    return render(request, "second_factor/app.html", context)


@require_safe
def backup_codes(request: HttpRequest) -> HttpResponse:
    """Shows the codes that have just been made, this once."""
    codes = request.session.pop(_SHOW_ONCE, None)
    if codes is None:
        return redirect(destination.link("second_factor:security", done="codes-shown"))
    return render(
        request,
        "second_factor/backup_codes.html",
        {"codes": [backup.in_groups(code) for code in codes]},
    )


def forget_devices(request: HttpRequest) -> HttpResponse:
    """Ends trust in every device; takes nothing but a click, as it only makes things safer."""
    if request.method != "POST":
        return redirect("second_factor:security")
    trust.forget(request.user)
    return redirect(destination.link("second_factor:security", done="forget-devices"))


def _is_confirmed(request: HttpRequest, form: PasswordAgainForm) -> bool:
    if lock := lockout.lock_of(request.user.user_id):
        form.add_error(None, refusal.within_session(lock))
        return False
    if not form.is_of(request.user):
        lockout.failed(request, request.user.user_id)
        form.add_error("password", WRONG_PASSWORD)
        return False
    return True


def _tell(request: HttpRequest, text: str) -> None:
    """NIST SP 800-63B-4, 4.6: the provider hears of every change of an authenticator."""
    mail.send(
        request.user.email,
        "Your sign-in settings have changed",
        "second_factor_changed",
        name=request.user.name,
        change=text,
    )
