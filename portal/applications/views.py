"""The pages of applications. All are asked for through the practice of who is signed in."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal import form_key, paging, seen
from portal.applications import steps, submission
from portal.applications.forms import ConsentForm, StepForm
from portal.applications.steps import Step
from portal.faults import switchboard
from portal.financing import ledger
from portal.financing.models import Application
from portal.sign_in import destination

# What the address may ask to be said: known words only, never text out of the address.
NOTICES = {
    "saved": "The application is saved. Continue it from this list whenever you like.",
    "deleted": "The draft is deleted.",
    "step": "Complete this step before you go on.",
}


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The practice's applications, newest first."""
    status = request.GET.get("status", "")
    rows = request.user.practice.applications.order_by("-created_at", "-pk")
    if status in Application.Status.values:
        rows = rows.filter(status=status)
    else:
        status = ""
    context = {
        "page": paging.page_of(rows, rows.count(), request),
        "status": status,
        "statuses": Application.Status.choices,
        "notice": NOTICES.get(request.GET.get("notice", ""), ""),
    }
    return render(request, "applications/overview.html", context)


@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """All that is known of an application."""
    application = _application(request, reference)
    context = {"application": application, "open_step": _open_step(application)}
    return render(request, "applications/detail.html", context)


@require_safe
def decision(request: HttpRequest, reference: str) -> HttpResponse:
    """What was decided, why, and what to do next."""
    application = _application(request, reference)
    if application.status == Application.Status.DRAFT:
        return _to_step(application, steps.next_open(application), notice="step")
    return render(request, "applications/decision.html", {"application": application})


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The first step of an application that is not there yet."""
    if request.method == "POST":
        key = form_key.of(request)
        if key and (earlier := Application.objects.filter(form_key=key).first()):
            # The same form again: it goes on with what the first one began.
            if earlier.practice_id != request.user.practice_id:
                raise Http404
            return step(request, earlier.reference, steps.FIRST.slug)
        application = Application(
            practice=request.user.practice,
            reference=ledger.new_reference(request.user.practice, "A"),
            created_by=request.user,
            created_at=timezone.now(),
            form_key=key or uuid.uuid4(),
        )
    else:
        application = Application(practice=request.user.practice)
    return _fill_in(request, application, steps.FIRST)


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, reference: str, slug: str) -> HttpResponse:
    """A step of an application; one that lies behind an open step leads back to that."""
    application = _application(request, reference)
    asked = steps.BY_SLUG.get(slug)
    if asked is None:
        raise Http404
    if application.status != Application.Status.DRAFT:
        return redirect("applications:decision", application.reference)
    reached = steps.next_open(application)
    if steps.STEPS.index(asked) > steps.STEPS.index(reached):
        return _to_step(application, reached, notice="step")
    if asked is steps.REVIEW:
        return _review(request, application)
    return _fill_in(request, application, asked)


def _fill_in(request: HttpRequest, application: Application, asked: Step) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    later = posted is not None and "later" in posted
    form = asked.form(posted, instance=application, partial=later)
    if form.is_valid():
        application = _saved(request, application, form)
        if later and switchboard.active("drafts_lost", request) is not None:
            application.delete()
        if later:
            return redirect(destination.link("applications:overview", notice="saved"))
        return _to_step(application, steps.after(asked))
    context = _step_context(request, application, asked) | {"form": form}
    if application.pk is None:
        context["form_key"] = form_key.of(request) or uuid.uuid4()
    return render(request, "applications/step.html", context)


def _saved(request: HttpRequest, application: Application, form: StepForm) -> Application:
    drafts = request.user.practice.applications.filter(status=Application.Status.DRAFT)
    if application.pk:
        # Only this step's fields, and only of a draft: another tab may be further.
        drafts.filter(pk=application.pk).update(**form.cleaned_data)
        return application
    try:
        with transaction.atomic():
            return form.save()
    except IntegrityError:
        # The same form sent twice at once: the other one was first.
        return get_object_or_404(request.user.practice.applications, form_key=application.form_key)


def _review(request: HttpRequest, application: Application) -> HttpResponse:
    reason = ""
    if request.method == "POST" and "later" in request.POST:
        return redirect(destination.link("applications:overview", notice="saved"))
    form = ConsentForm(request.POST if request.method == "POST" else None)
    mark = seen.marked(request)
    if form.is_valid():
        try:
            submission.submit(application, timezone.now(), mark)
        except Application.DoesNotExist as error:  # deleted in another tab
            raise Http404 from error
        except submission.Refused as refused:
            reason = str(refused)
            application = _application(request, application.reference)
        else:
            return redirect("applications:decision", application.reference)
    elif form.is_bound and seen.is_out_of_date(mark, *steps.answers(application)):
        reason = submission.CHANGED
    if reason:
        form = ConsentForm()  # what is shown now has been agreed to by nobody
    context = _step_context(request, application, steps.REVIEW)
    context |= {"form": form, "reason": reason, "seen": seen.mark(*steps.answers(application))}
    return render(request, "applications/review.html", context)


def _step_context(request: HttpRequest, application: Application, asked: Step) -> dict[str, object]:
    reached = steps.next_open(application) if application.pk else steps.FIRST
    return {
        "application": application,
        "step": asked,
        "number": steps.STEPS.index(asked) + 1,
        "steps": steps.STEPS,
        "reachable": steps.STEPS[: steps.STEPS.index(reached) + 1] if application.pk else (),
        "back": steps.before(asked),
        "notice": NOTICES.get(request.GET.get("notice", ""), "") if not request.POST else "",
    }


def _application(request: HttpRequest, reference: str) -> Application:
    rows = request.user.practice.applications.select_related(
        "account", "created_by", "existing_patient"
    )
    return get_object_or_404(rows, reference=reference)


def _open_step(application: Application) -> Step | None:
    if application.status != Application.Status.DRAFT:
        return None
    return steps.next_open(application)


def _to_step(application: Application, to: Step, notice: str = "") -> HttpResponse:
    address = reverse("applications:step", args=(application.reference, to.slug))
    return redirect(f"{address}?{urlencode({'notice': notice})}" if notice else address)
