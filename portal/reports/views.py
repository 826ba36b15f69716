"""The report as a page and as files, all three for the same range in the address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.documents import download
from portal.reports import charts, export, figures, wording
from portal.reports.forms import RangeForm
from portal.reports.ranges import PRESETS, Range, preset

_CUSTOM = "custom"


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Key figures, charts, and the numbers behind them."""
    chosen, wanted, form = _asked(request)
    context = {"presets": PRESETS, "chosen": chosen, "form": form}
    if wanted:
        report = figures.report(request.user.practice, wanted)
        context |= {
            "report": report,
            "span": wording.span(wanted),
            "key_figures": wording.key_figures(report),
            "charts": charts.charts(report),
            "columns": wording.COLUMNS,
            "rows": wording.rows(report),
            "query": request.GET.urlencode(),
        }
    return render(request, "reports/overview.html", context)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """The table for spreadsheets."""
    wanted = _asked(request)[1]
    if wanted is None:
        return _back(request)
    report = figures.report(request.user.practice, wanted)
    return download.download(
        export.to_csv(report), "text/csv; charset=utf-8", export.filename(report, "csv")
    )


@require_safe
def as_pdf(request: HttpRequest) -> HttpResponse:
    """Key figures and table for printing."""
    wanted = _asked(request)[1]
    if wanted is None:
        return _back(request)
    report = figures.report(request.user.practice, wanted)
    return download.pdf(export.to_pdf(report, timezone.now()), export.filename(report, "pdf"))


def _asked(request: HttpRequest) -> tuple[str, Range | None, RangeForm]:
    """The range that the address names, with its name and form; None for one that cannot be."""
    today = timezone.now().date()
    name = request.GET.get("range", PRESETS[0][0])
    if name == _CUSTOM:
        form = RangeForm(request.GET, today)
        return name, form.range() if form.is_valid() else None, form
    if name not in dict(PRESETS):
        name = PRESETS[0][0]
    wanted = preset(name, today)
    # The fields show what is shown, to begin a range of one's own from.
    return name, wanted, RangeForm({"first": wanted.first, "last": wanted.last}, today)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page, which says what is wrong with the range."""
    return redirect(f"{reverse('reports:overview')}?{request.GET.urlencode()}")
