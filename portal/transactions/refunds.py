"""Giving back a sale, or a part of it."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal import form_key
from portal.financing import ledger
from portal.financing.models import Transaction
from portal.transactions.forms import RefundForm
from portal.transactions.views import one


@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, reference: str) -> HttpResponse:
    """Asks how much, and posts it once however often the form is sent."""
    sale = one(request, reference)
    key = form_key.of(request)
    if request.method == "POST" and (
        earlier := sale.refunds.filter(form_key=key).first() if key else None
    ):
        return redirect("transactions:receipt", earlier.reference)
    left = ledger.refundable(sale)
    if not left:
        return redirect("transactions:detail", sale.reference)
    form = RefundForm(
        request.POST if request.method == "POST" else None,
        refundable=left,
        initial={"amount": left},
    )
    if form.is_valid():
        try:
            posted = ledger.refund(
                sale,
                form.cleaned_data["amount"],
                by=request.user,
                now=timezone.now(),
                form_key=key or uuid.uuid4(),
            )
        except ledger.Refused as refused:
            form.add_error("amount", str(refused))
        else:
            return _receipt_or_sale(sale, posted)
    context = {
        "form": form,
        "sale": sale,
        "patient": sale.account.patient,
        "refundable": left,
        "form_key": key or uuid.uuid4(),
    }
    return render(request, "transactions/refund.html", context)


def _receipt_or_sale(sale: Transaction, posted: Transaction) -> HttpResponse:
    """The receipt; a form key that somebody forged stands for a posting that is not this one."""
    if posted.sale_id != sale.pk:
        return redirect("transactions:detail", sale.reference)
    return redirect("transactions:receipt", posted.reference)
