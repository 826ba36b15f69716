"""What the control API does."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from portal.accounts.models import Provider
from portal.control import seeded
from portal.control.access import Refused, body_of, controlled, flag_of, number_of, text_of
from portal.faults.catalogue import CATALOGUE, BadParameters
from portal.faults.models import ActiveFault, changed
from portal.sign_in import lockout
from portal.status.models import MaintenanceWindow

_YEAR = 365 * 24 * 60 * 60
_FAULT_KEYS = {"name", "path", "account", "browser", "probability", "seconds", "parameters"}


@controlled("GET", "POST", "DELETE")
def faults(request: HttpRequest) -> HttpResponse:
    """The faults that are on and those there are; turns one on; turns all off."""
    if request.method == "POST":
        return JsonResponse(_described(_turned_on(body_of(request, _FAULT_KEYS))), status=201)
    if request.method == "DELETE":
        ActiveFault.objects.all().delete()
        changed()
        return HttpResponse(status=204)
    return JsonResponse(
        {
            "active": [_described(fault) for fault in ActiveFault.objects.on(timezone.now())],
            "catalogue": {
                fault.name: {
                    "line": fault.line,
                    "where": fault.where,
                    "path": fault.path,
                    "parameters": dict(fault.parameters),
                }
                for fault in CATALOGUE.values()
            },
        }
    )


@controlled("DELETE")
def fault(request: HttpRequest, number: int) -> HttpResponse:
    """Turns one fault off."""
    found = ActiveFault.objects.filter(pk=number).first()
    if found is None:
        raise Refused(f"no fault {number} is on", 404)
    found.delete()
    return HttpResponse(status=204)


@controlled("POST")
def reset(request: HttpRequest) -> HttpResponse:
    """Back to the seeded state: accounts, records, sessions, locks, faults, messages."""
    took = seeded.restore()
    return JsonResponse({"seconds": round(took, 3)})


@controlled("GET", "POST")
def account(request: HttpRequest, user_id: str) -> HttpResponse:
    """The standing of an account; changes it, and lifts its lock."""
    provider = Provider.objects.filter(user_id=user_id.lower()).first()
    if provider is None:
        raise Refused(f"there is no account {user_id!r}", 404)
    if request.method == "POST":
        body = body_of(request, {"standing", "password_expired", "unlock"})
        if standing := text_of(body, "standing", 20):
            if standing not in Provider.Standing.values:
                raise Refused(f"standing: none of {', '.join(Provider.Standing.values)}")
            provider.standing = standing
        if "password_expired" in body:
            provider.password_expired = flag_of(body, "password_expired")
        provider.save(update_fields=["standing", "password_expired"])
        if flag_of(body, "unlock"):
            lockout.unlock(provider.user_id)
    lock = lockout.lock_of(provider.user_id)
    return JsonResponse(
        {
            "user_id": provider.user_id,
            "standing": provider.standing,
            "password_expired": provider.password_expired,
            "locked_until": lock.until if lock else None,
            "password_disabled": lock is not None and lock.until_recovery,
        }
    )


@controlled("GET", "POST", "DELETE")
def maintenance(request: HttpRequest) -> HttpResponse:
    """The windows that are not over; plans one from ``starts_in`` seconds on; ends all."""
    if request.method == "POST":
        body = body_of(request, {"starts_in", "seconds", "message", "banner_hours"})
        starts_at = timezone.now() + timedelta(seconds=number_of(body, "starts_in", 0, _YEAR))
        window = MaintenanceWindow.objects.create(
            starts_at=starts_at,
            planned_end=starts_at + timedelta(seconds=number_of(body, "seconds", 600, _YEAR)),
            message=text_of(body, "message", 300),
            banner_hours=int(number_of(body, "banner_hours", 24, 24 * 30)),
        )
        return JsonResponse(_window(window), status=201)
    if request.method == "DELETE":
        for window in MaintenanceWindow.objects.filter(ended_at=None):
            window.ended_at = timezone.now()
            window.save(update_fields=["ended_at"])
        return HttpResponse(status=204)
    planned = MaintenanceWindow.objects.filter(ended_at=None)
    return JsonResponse({"windows": [_window(window) for window in planned]})


def _window(window: MaintenanceWindow) -> dict[str, object]:
    return {
        "id": window.pk,
        "starts_at": window.starts_at,
        "planned_end": window.planned_end,
        "message": window.message,
        "banner_hours": window.banner_hours,
    }


def _turned_on(body: dict[str, object]) -> ActiveFault:
    name = text_of(body, "name", 40)
    known = CATALOGUE.get(name)
    if known is None:
        raise Refused(f"name: there is no fault {name!r} (GET lists them)")
    browser = text_of(body, "browser", 10)
    if browser and browser not in ActiveFault.Browser.values:
        raise Refused(f"browser: none of {', '.join(ActiveFault.Browser.values)}")
    parameters = body.get("parameters", {})
    if not isinstance(parameters, dict):
        raise Refused("parameters: not a JSON object")
    try:
        completed = known.completed(parameters)
    except BadParameters as error:
        raise Refused(str(error)) from error
    seconds = number_of(body, "seconds", None, _YEAR)
    fault = ActiveFault(
        name=name,
        path=text_of(body, "path", 200),
        account=text_of(body, "account", 64),
        browser=browser,
        probability=number_of(body, "probability", 1.0, 1.0),
        expires_at=None if seconds is None else timezone.now() + timedelta(seconds=seconds),
        parameters=completed,
    )
    try:
        fault.clean()
    except ValidationError as error:
        raise Refused(error.message) from error
    fault.save()
    return fault


def _described(fault: ActiveFault) -> dict[str, object]:
    return {
        "id": fault.pk,
        "name": fault.name,
        "path": fault.path or CATALOGUE[fault.name].path if fault.name in CATALOGUE else fault.path,
        "account": fault.account,
        "browser": fault.browser,
        "probability": fault.probability,
        "expires_at": fault.expires_at,
        "parameters": fault.parameters,
    }
