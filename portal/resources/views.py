"""Resources: what can be downloaded, and what is asked often."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.documents import download
from portal.resources import faq as frequent
from portal.resources import library
from portal.resources.forms import SearchForm


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """All that there is to read."""
    context = {
        "materials": library.downloads(library.MATERIALS),
        "guides": library.downloads(library.GUIDES),
        "topics": list(frequent.search("")),
        "form": SearchForm(),
    }
    return render(request, "resources/home.html", context)


@require_safe
def faq(request: HttpRequest) -> HttpResponse:
    """The questions that were searched for; all of them at first."""
    form = SearchForm(request.GET)
    context = {"form": form}
    if form.is_valid():
        text = form.cleaned_data["q"]
        found = frequent.search(text)
        context |= {"text": text, "topics": found, "count": sum(map(len, found.values()))}
    return render(request, "resources/faq.html", context)


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponse:
    """A PDF of the library."""
    if name not in (*library.MATERIALS, *library.GUIDES):
        raise Http404("no such file")
    return download.pdf(library.content(name), f"meridian-{name}.pdf")
