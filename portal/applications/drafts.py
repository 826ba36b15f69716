"""Throwing a draft away; what was sent in stays for ever."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from portal.financing.models import Application
from portal.sign_in import destination

_DELETED = "deleted_applications"  # in the session: so that the same form sent twice is no error
_MOST_REMEMBERED = 20


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, reference: str) -> HttpResponse:
    """Asks whether to delete a draft, then does."""
    deleted = request.session.get(_DELETED, [])
    if reference in deleted:
        return _to_list()
    found = request.user.practice.applications.filter(reference=reference)
    application = get_object_or_404(found)
    if request.method == "POST":
        # Only if it is a draft now: another tab may have sent it in meanwhile.
        found.filter(status=Application.Status.DRAFT).delete()
        application = found.first()
        if application is None:  # also where the same form, sent twice at once, was quicker
            request.session[_DELETED] = [*deleted, reference][-_MOST_REMEMBERED:]
            return _to_list()
    if application.status != Application.Status.DRAFT:
        return redirect("applications:decision", application.reference)
    return render(request, "applications/delete.html", {"application": application})


def _to_list() -> HttpResponse:
    return redirect(destination.link("applications:overview", notice="deleted"))
