"""An application for a patient whom the practice knows: found by search, filled in beforehand."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal import form_key, paging
from portal.applications import steps
from portal.applications.submission import CONTACT, PERSON
from portal.financing import ledger
from portal.financing.models import Application, CreditAccount, Patient
from portal.patients import records
from portal.patients.forms import SearchForm

_CONFIRMED_FIRST = "contact"  # the step with what may have changed since


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Finds the patient."""
    form = SearchForm(request.GET if "q" in request.GET else None)
    context = {"form": form}
    if form.is_valid():
        found = records.search(request.user.practice, form.cleaned_data["q"], form.born)
        context["page"] = page = paging.page_of(found, found.count(), request)
        prefetch_related_objects(page.rows, "accounts")
    return render(request, "applications/choose_patient.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, number: str) -> HttpResponse:
    """Says what an application leads to for this patient, and begins one."""
    patient = get_object_or_404(request.user.practice.patients, number=number)
    accounts = list(patient.accounts.all())
    waiting = patient.applications.filter(
        status__in=(Application.Status.DRAFT, Application.Status.PENDING)
    )
    context = {
        "patient": patient,
        "open_accounts": [a for a in accounts if a.status == CreditAccount.Status.OPEN],
        "past_due": [a for a in accounts if a.status == CreditAccount.Status.PAST_DUE],
        "pending": waiting.filter(status=Application.Status.PENDING).first(),
        "draft": waiting.filter(status=Application.Status.DRAFT).first(),
        "form_key": form_key.of(request) or uuid.uuid4(),
    }
    context["is_possible"] = not (context["past_due"] or context["pending"])
    if request.method == "POST" and context["is_possible"]:
        return _to_first_step(_begun(request, patient))
    return render(request, "applications/existing.html", context)


def _begun(request: HttpRequest, patient: Patient) -> Application:
    """A draft with what is on record; the same form sent again goes on with the same one."""
    key = form_key.of(request) or uuid.uuid4()
    try:
        with transaction.atomic():
            return Application.objects.create(
                practice=patient.practice,
                reference=ledger.new_reference(patient.practice, "A"),
                existing_patient=patient,
                created_by=request.user,
                created_at=timezone.now(),
                form_key=key,
                **{name: getattr(patient, name) for name in (*PERSON, *CONTACT)},
            )
    except IntegrityError as error:
        earlier = patient.applications.filter(form_key=key).first()
        if earlier is None:  # a key that somebody forged
            raise Http404 from error
        return earlier


def _to_first_step(application: Application) -> HttpResponse:
    confirmed, reached = steps.BY_SLUG[_CONFIRMED_FIRST], steps.next_open(application)
    first = min(confirmed, reached, key=steps.STEPS.index)
    return redirect("applications:step", application.reference, first.slug)
