"""The pages of the way back in.

Each asks, answers and leads on alike whether there is such an account or not; what there
is to say about one is said by mail to its owner (ASVS 5.0.0, 6.3.8).
"""

from __future__ import annotations

import time

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.recovery import delivery, requests
from portal.recovery.forms import NewPasswordForm, PasswordRequestForm, UserIdForm
from portal.recovery.models import RecoveryRequest, State
from portal.second_factor.forms import CodeForm
from portal.sign_in import lockout, session

WRONG_CODE = "That code is not right. Check the newest email and try again."
TOO_MANY_CODES = "Too many codes were not right. Ask for a new one."
OLD_CODE = "That code is no longer valid. Ask for a new one."

_CODE_KEY = "recovery_code"  # of the session: the request that a code is typed for
_PROVED_KEY = "recovery_proved"  # the request whose link was opened, or whose code was right
_NOT_OURS = 0

Kind = RecoveryRequest.Kind


@login_not_required
def user_id(request: HttpRequest) -> HttpResponse:
    """Asks for an email address and sends it the User IDs that it belongs to."""
    form = UserIdForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        email = form.cleaned_data["email"]
        found = list(
            Provider.objects.filter(email__iexact=email, is_active=True).order_by("user_id")
        )
        # The lists of unlike databases differ in what is alike: only one address is written to.
        providers = [provider for provider in found if provider.email == found[0].email]
        first = providers[0] if providers else None
        made, _ = requests.begin(request, Kind.USER_ID, email, first)
        if made.provider_id:
            delivery.user_ids(providers)
        return redirect("recovery:user_id_sent")
    return render(request, "recovery/user_id.html", {"form": form})


@login_not_required
@require_safe
def user_id_sent(request: HttpRequest) -> HttpResponse:
    """The same whatever was typed."""
    return render(request, "recovery/user_id_sent.html")


@login_not_required
def password(request: HttpRequest) -> HttpResponse:
    """Asks for a User ID, and sends a link or a code to its owner.

    It asks nothing of the lock and counts nothing towards it: recovery is open while an
    account is locked, and nobody is locked out by being asked after.
    """
    form = PasswordRequestForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and not _refuses_unknown(form):
        subject, kind = form.cleaned_data["user_id"], Kind(form.cleaned_data["by"])
        provider = Provider.objects.filter(user_id=subject).first()
        made, secret = requests.begin(request, kind, subject, provider)
        delivery.recover(made, provider, secret)
        if switchboard.active("recovery_locks", subject) is not None:
            lockout.failed(request, subject)
        if kind == Kind.LINK:
            return redirect("recovery:link_sent")
        before = _of_session(request, _CODE_KEY)
        # Asked for too often, this one opens nothing: a code that was sent before still does.
        if before is None or not requests.is_live(before, subject):
            request.session[_CODE_KEY] = made.pk
        request.session.pop(_PROVED_KEY, None)
        return redirect("recovery:code")
    asks = switchboard.active("recovery_secret_question") is not None
    return render(request, "recovery/password.html", {"form": form, "asks_secret_question": asks})


def _refuses_unknown(form: PasswordRequestForm) -> bool:
    """What a fault of the sign-in does here, where its path is this page's."""
    user_id = form.cleaned_data["user_id"]
    if switchboard.active("enumeration_text", user_id) is None:
        return False
    if not Provider.objects.filter(user_id=user_id).exists():
        form.add_error("user_id", "No account has this User ID")
    return not form.is_valid()


@login_not_required
@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    """The same whatever was typed."""
    return render(request, "recovery/link_sent.html")


@login_not_required
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """Takes the code that was mailed, in the browser that asked for it."""
    made = _of_session(request, _CODE_KEY)
    if made is None:
        return redirect("recovery:password")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if not requests.take_try(made):
            form.add_error("code", TOO_MANY_CODES)
        elif requests.state(made, timezone.now()) is not State.OPEN or made.confirmed_at:
            form.add_error("code", OLD_CODE)
        elif requests.confirm(made, form.cleaned_data["code"]):
            return _proved(request, made.pk)
        else:
            form.add_error("code", WRONG_CODE if made.tries_left else TOO_MANY_CODES)
    return render(request, "recovery/code.html", {"form": form})


@login_not_required
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the token out of the address: history, logs and referrers must not keep it.

    Opening it uses nothing up: programs that look through mail open links, too. The page
    that it leads to has the portal's usual referrer policy, since a form of a page
    without any sends no origin, and is refused for that.
    """
    found = requests.with_token(token)
    response = _proved(request, found.pk if found else _NOT_OURS)
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_not_required
@sensitive_post_parameters("password")
def new_password(request: HttpRequest) -> HttpResponse:
    """Sets the new password, once, for whoever came by a link or a code."""
    key = request.session.get(_PROVED_KEY)
    if key is None:
        return redirect("recovery:password")
    made = _of_session(request, _PROVED_KEY)
    state = requests.state(made, timezone.now()) if made else None
    if (
        made is None
        or state is not State.OPEN
        or made.provider is None
        or not requests.can_recover(made.provider)
    ):
        return _refused(request, made, state)
    form = NewPasswordForm(made.provider, request.POST if request.method == "POST" else None)
    if form.is_valid():
        if not requests.set_password(made, form.cleaned_data["password"]):
            made.refresh_from_db()
            return _refused(request, made, made.state(timezone.now()))
        delivery.notice(made.provider)
        # Whoever it was that was signed in here: the next sign-in asks for everything anew.
        request.session.flush()
        if switchboard.active("recovery_signs_in", made.provider.user_id) is not None:
            session.start(request, made.provider, time.time())
        return redirect("recovery:done")
    return render(request, "recovery/new_password.html", {"form": form})


@login_not_required
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Leads to the sign-in and does not sign in (OWASP Forgot Password Cheat Sheet)."""
    return render(request, "recovery/done.html")


def _refused(
    request: HttpRequest, made: RecoveryRequest | None, state: State | None
) -> HttpResponse:
    context = {"state": state if state != State.OPEN else None, "made": made}
    return render(request, "recovery/refused.html", context)


def _proved(request: HttpRequest, key: int) -> HttpResponse:
    # A new session id: somebody else may know the one that this browser came with.
    request.session.cycle_key()
    request.session.pop(_CODE_KEY, None)
    request.session[_PROVED_KEY] = key
    return redirect("recovery:new_password")


def _of_session(request: HttpRequest, name: str) -> RecoveryRequest | None:
    key = request.session.get(name)
    return RecoveryRequest.objects.select_related("provider").filter(pk=key).first()
