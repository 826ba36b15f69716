"""The list of transactions, and each of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal import paging
from portal.financing import ledger
from portal.financing.models import Transaction
from portal.financing.terms import BY_CODE
from portal.transactions import listing
from portal.transactions.forms import FilterForm


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The practice's transactions: filtered, sorted, in pages."""
    form = FilterForm(request.GET)
    context = {"form": form}
    if form.is_valid():
        found = listing.find(request.user.practice, form.cleaned_data)
        context["page"] = paging.page_of(
            found.rows, found.count, request, related=("account__patient",)
        )
        context["too_many"] = found.too_many
        context["sorts"] = _sorts(request, form.cleaned_data["sort"] or "-at")
    return render(request, "transactions/overview.html", context)


@require_safe
def overdue(request: HttpRequest) -> HttpResponse:
    """The instalments that were due before today and are not paid, the oldest first."""
    unpaid = request.user.practice.instalments.filter(paid_at=None)
    rows = unpaid.filter(due_on__lt=timezone.now().date()).order_by("due_on", "pk")
    page = paging.page_of(rows, rows.count(), request, related=("sale__account__patient",))
    return render(request, "transactions/overdue.html", {"page": page})


@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One transaction, with what it belongs to and what belongs to it."""
    transaction = one(request, reference)
    terms = BY_CODE.get(transaction.terms)
    instalments = list(transaction.instalments.order_by("number"))
    context = {
        "transaction": transaction,
        "patient": transaction.account.patient,
        "terms": terms,
        "instalments": instalments,
        "owed": sum(i.amount for i in instalments if i.paid_at is None),
        "refunds": transaction.refunds.order_by("-at", "-pk"),
        "refundable": ledger.refundable(transaction),
        "today": timezone.now().date(),
    }
    return render(request, "transactions/detail.html", context)


@require_safe
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """Says that a sale or a refund was posted; can be looked at again at any time."""
    transaction = one(request, reference)
    posted = transaction.status == Transaction.Status.POSTED
    if transaction.kind == Transaction.Kind.PAYMENT or not posted:
        raise Http404
    context = {
        "transaction": transaction,
        "patient": transaction.account.patient,
        "terms": BY_CODE.get(transaction.terms),
        "first": transaction.instalments.order_by("number").first(),
    }
    return render(request, "transactions/receipt.html", context)


def one(request: HttpRequest, reference: str) -> Transaction:
    """The practice's transaction of that reference; 404 for any other."""
    rows = request.user.practice.transactions.select_related("account__patient", "sale")
    return get_object_or_404(rows, reference=reference)


def _sorts(request: HttpRequest, current: str) -> dict[str, dict[str, str]]:
    """For each column that can be sorted by: its direction now, and the address of the other."""
    found = {}
    for field in ("at", "amount"):
        others = request.GET.copy()
        others.pop(paging.FIELD, None)
        others["sort"] = field if current == f"-{field}" else f"-{field}"
        direction = {field: "ascending", f"-{field}": "descending"}.get(current, "")
        found[field] = {"direction": direction, "query": others.urlencode()}
    return found
